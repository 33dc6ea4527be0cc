"""A real MCP server for each test."""

from collections.abc import Iterator

import pytest

from tests.agents.fake_gateway import FakeGateway, serve_gateway


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serve_gateway() as fake:
        fake.tools["Orders___get"] = lambda arguments, seen: f"{seen.caller} has {arguments.get('text', 'nothing')}"
        yield fake
