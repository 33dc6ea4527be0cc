from collections.abc import Iterator

import pytest
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

from tests.workbench.local_cloud.sandbox.cloud import SandboxCloud, sandbox_cloud


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxCloud]:
    """A local cloud for all tests of this package; each uses sessions of its own."""
    with sandbox_cloud(tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture
def interpreter(cloud: SandboxCloud) -> Iterator[CodeInterpreter]:
    """A code session of one test."""
    with cloud.session() as started:
        yield started
