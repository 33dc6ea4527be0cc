"""One synth per environment and session; the tests only read the templates."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import pytest

from stacks.environments import ENVIRONMENTS
from stacks.platform_stage import PlatformStage

Template = Mapping[str, object]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mapping[str, Template]]:
    """The templates of an environment by stack name, as `cdk synth` writes them."""

    @cache
    def synthesize(environment: str) -> Mapping[str, Template]:
        app = cdk.App(
            outdir=str(tmp_path_factory.mktemp(environment)),
            analytics_reporting=False,
            context=json.loads(Path("cdk.json").read_text())["context"],
        )
        stage = PlatformStage(app, environment=ENVIRONMENTS[environment])
        assembly = stage.synth()
        return {stack.stack_name: cast("Template", stack.template) for stack in assembly.stacks}

    return synthesize
