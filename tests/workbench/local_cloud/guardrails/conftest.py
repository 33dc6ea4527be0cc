from collections.abc import Iterator

import pytest

from tests.workbench.local_cloud.guardrails.guarded_cloud import GuardedCloud, guarded_cloud


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedCloud]:
    """One cloud for the whole test run; tests use names of their own."""
    with guarded_cloud(tmp_path_factory.mktemp("guarded")) as running:
        yield running
