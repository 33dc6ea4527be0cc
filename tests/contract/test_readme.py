"""What the README and the documentation name exists: code, commands, options, files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

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

FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)(?P<target>[^)#\s]+)(?:#[^)\s]*)?\)")
SNIPPET = re.compile(r'^--8<-- "(?P<path>[^":]+)(?::(?P<section>[\w-]+))?"$', re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    return [match["code"] for match in FENCE.finditer(text) if match["language"] == language]


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def named(pattern: str, page: Path) -> set[str]:
    return set(re.findall(pattern, page.read_text()))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands() -> dict[str, TyperCommand]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {name: command for name, command in group.commands.items() if isinstance(command, TyperCommand)}


def options(command: TyperCommand) -> Iterator[str]:
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--"))


def test_the_readmes_code_is_the_examples() -> None:
    (code,) = blocks(README.read_text(), "python")
    shown, tested = lines(code), lines(EXAMPLE.read_text())
    starts = [index for index in range(len(tested)) if tested[index : index + len(shown)] == shown]
    assert shown
    assert starts, "the README's Python is not a run of lines of examples/memory_agent/app.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    assert named(r"(?:`|^)make ([a-z]+)", page) <= make_targets()


def test_the_readme_names_the_two_commands() -> None:
    assert {"demo", "test"} <= named(r"(?m)(?:`|^)make ([a-z]+)", README)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    assert named(r"agentcore-workbench ([a-z]+)\b", page) <= set(commands())


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


def test_the_reference_names_no_option_that_is_gone() -> None:
    known = {option for command in commands().values() for option in options(command)} | {"--help"}
    assert named(r"`(--[a-z-]+)`", ROOT / "docs/reference/workbench.md") <= known


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
