import pytest

from constructs_lib.gateway import OutboundAuth, ToolSource

URL = "https://mcp.example.com/mcp"


def source(name: str = "server", **props: object) -> ToolSource:
    return ToolSource.mcp_server(URL, name=name, outbound=OutboundAuth.none(), **props)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "two words", "a_b", "a--b", "-a", "a-", "a" * 101, "a___b", "ä"])
def test_fails_for_a_target_name_that_the_service_refuses(name: str) -> None:
    with pytest.raises(ValueError, match="the name of a tool source has letters, digits and single '-'"):
        source(name)


@pytest.mark.parametrize("description", ["", "x" * 201])
def test_fails_for_a_description_out_of_bounds(description: str) -> None:
    with pytest.raises(ValueError, match="has 1 to 200 characters"):
        source(description=description)


@pytest.mark.parametrize("header", ["Authorization", "cookie", "Content-Type", "X Y", ""])
def test_fails_for_a_header_that_is_not_forwarded(header: str) -> None:
    with pytest.raises(ValueError, match="cannot be forwarded to the tool source 'server'"):
        source(request_headers=[header])


def test_fails_for_more_headers_than_are_forwarded() -> None:
    with pytest.raises(ValueError, match="at most 10 headers are forwarded to a tool source, got 11"):
        source(request_headers=[f"X-{number}" for number in range(11)])
