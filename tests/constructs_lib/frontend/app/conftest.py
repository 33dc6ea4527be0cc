"""A user pool and agents on real sockets."""

from collections.abc import Iterator

import pytest

from tests.constructs_lib.frontend.app.fake_cloud import FakeCloud, serve_cloud


@pytest.fixture(scope="module")
def servers() -> Iterator[FakeCloud]:
    with serve_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(servers: FakeCloud) -> FakeCloud:
    """The servers as nobody has used them yet."""
    for name, value in vars(FakeCloud(key=servers.key)).items():
        if name != "url":
            setattr(servers, name, value)
    return servers
