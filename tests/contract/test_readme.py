"""What the README and the documentation name exists: code, commands, options, files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

import constructs_lib
from workbench.cli import app

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
EXAMPLE = ROOT / "examples/memory_agent/app.py"

# Page of a construct: its class, the callable whose arguments the page lists, and the sources that name IAM actions.
CONSTRUCTS = {
    "agent-service": ("runtime/agent_service.py", "AgentService", "__init__", ["runtime/_permissions.py"]),
    "agent-code": ("runtime/agent_code.py", "AgentCode", "from_directory", []),
    "model-access": ("runtime/model_access.py", "ModelAccess", "inference_profile", []),
    "session-registry": ("runtime/session_registry.py", "SessionRegistry", "__init__", []),
    "agent-memory": ("memory/agent_memory.py", "AgentMemory", "__init__", ["memory/_permissions.py"]),
    "agent-network": ("network/agent_network.py", "AgentNetwork", "__init__", ["network/_flow_logs.py"]),
    "chat-frontend": ("frontend/chat_frontend.py", "ChatFrontend", "__init__", ["frontend/_task.py"]),
    "tool-gateway": ("gateway/tool_gateway.py", "ToolGateway", "__init__", ["gateway/_permissions.py"]),
}
# Further constructs whose arguments a page lists; what they let others do is said in prose.
ARGUMENTS = [
    *((page, path, class_name, method) for page, (path, class_name, method, _) in CONSTRUCTS.items()),
    ("account-observability", "observability/account_observability.py", "AccountObservability", "__init__"),
    ("agent-monitoring", "observability/monitoring/agent_monitoring.py", "AgentMonitoring", "__init__"),
    ("agent-monitoring", "observability/monitoring/topics.py", "AlarmTopics", "__init__"),
    ("chat-frontend", "frontend/frontend_edge.py", "FrontendEdge", "__init__"),
    ("cost-budget", "observability/cost_budget.py", "CostBudget", "__init__"),
    ("log-delivery", "observability/log_delivery.py", "LogDelivery", "__init__"),
    ("tool-function", "gateway/tool_function.py", "ToolFunction", "__init__"),
]
ACTION = re.compile(r'"(?!aws:|kms:Via)[a-z][a-z0-9-]+:(?P<name>[A-Z]\w+\*?)"')

FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)\s]*)?\)")
SNIPPET = re.compile(r'^--8<-- "(?P<path>[^":]+)(?::(?P<section>[\w-]+))?"$', re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    return [match["code"] for match in FENCE.finditer(text) if match["language"] == language]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def code(page: Path) -> str:
    """Everything on a page that stands as code, in a block or in a line."""
    text = page.read_text()
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    return "\n".join([*(match["code"] for match in FENCE.finditer(text)), *inline])


def named(pattern: str, page: Path) -> set[str]:
    return set(re.findall(pattern, code(page), re.MULTILINE))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands() -> dict[str, TyperCommand]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {name: command for name, command in group.commands.items() if isinstance(command, TyperCommand)}


def options(command: TyperCommand) -> Iterator[str]:
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--"))


def source(path: str) -> str:
    return (ROOT / "constructs_lib" / path).read_text()


def keyword_arguments(path: str, class_name: str, method: str) -> set[str]:
    (cls,) = [
        node for node in ast.parse(source(path)).body if isinstance(node, ast.ClassDef) and node.name == class_name
    ]
    (function,) = [node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == method]
    return {argument.arg for argument in function.args.kwonlyargs}


def test_the_readmes_code_is_the_examples() -> None:
    (block,) = blocks(README.read_text(), "python")
    shown, tested = lines(block), lines(EXAMPLE.read_text())
    starts = [index for index in range(len(tested)) if tested[index : index + len(shown)] == shown]
    assert shown
    assert starts, "the README's Python is not a run of lines of examples/memory_agent/app.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    assert named(r"^make ([a-z]+)", page) <= make_targets()


def test_the_readme_names_the_two_commands() -> None:
    assert {"demo", "test"} <= named(r"^make ([a-z]+)", README)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    assert named(r"agentcore-workbench ([a-z][a-z-]*)\b", page) <= set(commands())


def test_the_reference_names_every_command_and_option() -> None:
    page = (ROOT / "docs/reference/workbench.md").read_text()
    sections = {part.split(maxsplit=1)[0]: part for part in page.split("\n## ")[1:]}
    assert set(commands()) <= set(sections)
    missing = {
        f"{name} {option}"
        for name, command in commands().items()
        for option in options(command)
        if f"`{option}`" not in sections[name]
    }
    assert not missing


def test_the_reference_has_every_public_name_once() -> None:
    page = (ROOT / "docs/reference/constructs-lib.md").read_text()
    assert sorted(re.findall(r"^::: constructs_lib\.(\w+)$", page, re.MULTILINE)) == sorted(constructs_lib.__all__)


def test_the_navigation_has_every_page() -> None:
    named = set(re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE))
    assert named == {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}


def test_the_reference_names_no_option_that_is_gone() -> None:
    known = {option for command in commands().values() for option in options(command)} | {"--help"}
    assert named(r"^(--[a-z-]+)$", ROOT / "docs/reference/workbench.md") <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(FENCE.sub("", page.read_text()))]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_snippet_resolves(page: Path) -> None:
    for match in SNIPPET.finditer(page.read_text()):
        source = (ROOT / match["path"]).read_text()
        section = match["section"]
        assert section is None or f"[start:{section}]" in source, match[0]


def test_the_readme_has_no_relative_link() -> None:
    # The documentation includes the README, from where its links would lead elsewhere.
    assert not [match["target"] for match in LINK.finditer(FENCE.sub("", README.read_text()))]


@pytest.mark.parametrize(("page", "path", "class_name", "method"), ARGUMENTS)
def test_a_constructs_page_names_every_argument(page: str, path: str, class_name: str, method: str) -> None:
    text = (ROOT / f"docs/constructs/{page}.md").read_text()
    arguments = keyword_arguments(path, class_name, method)
    assert arguments
    assert not {name for name in arguments if f"`{name}`" not in text}


@pytest.mark.parametrize("page", CONSTRUCTS)
def test_a_constructs_page_names_every_action_it_grants(page: str) -> None:
    path, _, _, permissions = CONSTRUCTS[page]
    text = (ROOT / f"docs/constructs/{page}.md").read_text()
    actions = {match["name"] for file in (path, *permissions) for match in ACTION.finditer(source(file))}
    assert actions
    assert not {name for name in actions if f"{name}`" not in text}
