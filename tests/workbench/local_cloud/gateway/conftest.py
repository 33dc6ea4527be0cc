from collections.abc import Iterator

import pytest

from tests.workbench.local_cloud.gateway.cloud import GatewayCloud, gateway_cloud


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayCloud]:
    """A local cloud for all tests of this package; each uses names of its own."""
    with gateway_cloud(tmp_path_factory.mktemp("gateways")) as running:
        yield running
