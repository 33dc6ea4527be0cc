from collections.abc import Iterator

import pytest

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud, whole_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An emulator for the whole test run; tests use names of their own."""
    with whole_cloud(tmp_path_factory.mktemp("emulator")) as running:
        yield running
