import subprocess
import sys

import pytest

import constructs_lib


@pytest.mark.parametrize("name", constructs_lib.__all__)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    assert getattr(constructs_lib, name).__name__ == name
    assert name in dir(constructs_lib)


@pytest.mark.parametrize(
    "room",
    [
        "runtime",
        "memory",
        "identity",
        "gateway",
        "safety",
        "sandbox",
        "evaluation",
        "network",
        "observability",
        "frontend",
    ],
)
def test_every_room_exports_its_own(room: str) -> None:
    module = __import__(f"constructs_lib.{room}", fromlist=["x"])
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is getattr(constructs_lib, name)


def test_fails_for_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'constructs_lib' has no attribute 'Agent'"):
        constructs_lib.Agent  # noqa: B018


def test_importing_the_library_starts_no_jsii() -> None:
    check = "import sys, constructs_lib, constructs_lib.runtime; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_monitoring_imports_only_what_is_watched() -> None:
    check = (
        "import sys; from constructs_lib import AgentMonitoring;"
        " print([name for name in ('aws_cdk.aws_ecs', 'constructs_lib.gateway.tool_gateway') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
