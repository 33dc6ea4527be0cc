from pathlib import Path

import pytest

from workbench.assembly import CloudAssembly, Environment, Stack, Template
from workbench.errors import WorkbenchError
from workbench.sessions import stage_patterns


def _stack(id_: str, stage: str) -> Stack:
    return Stack(
        id=id_,
        name=id_,
        display_name=f"{stage}/{id_}",
        stage=stage,
        environment=Environment(None, None),
        template=Template(Path("t.json"), {}, ()),
        template_url=None,
        dependencies=(),
        files=(),
        images=(),
        tags={},
        parameters={},
        termination_protection=False,
        bootstrap_version=None,
        bootstrap_parameter=None,
    )


def _assembly(*stages: str) -> CloudAssembly:
    return CloudAssembly(Path("cdk.out"), tuple(_stack(f"s{index}", stage) for index, stage in enumerate(stages)))


def test_a_stage_is_found_in_any_case() -> None:
    assert stage_patterns(_assembly("Local", "Local", "Dev"), "local") == ("Local",)


def test_an_assembly_without_stages_is_deployed_as_a_whole() -> None:
    assert stage_patterns(_assembly("", ""), "local") == ("*",)


def test_fails_on_an_unknown_stage() -> None:
    with pytest.raises(WorkbenchError, match="no stage is called 'prod'; the assembly has: Dev, Local"):
        stage_patterns(_assembly("Local", "Dev"), "prod")
