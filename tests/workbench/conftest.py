"""What the workbench's tests share: one local cloud without a deployment, started when a test first asks for it."""

from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud; tests deploy stacks of their own names onto it. The emulator is installed once."""
    with LocalCloud(workbench_home(ROOT), work=tmp_path_factory.mktemp("local-cloud")) as cloud:
        yield cloud
