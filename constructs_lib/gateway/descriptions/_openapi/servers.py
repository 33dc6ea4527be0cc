"""The one server that a picked description calls."""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from constructs_lib.gateway.descriptions._nodes import Node, as_object, children, text

_REMEDY = "pass server='https://…'"


def server_of(operations: Iterable[tuple[str, Node, Node]], document: Node, *, source: str) -> str:
    """The server that all operations name; each may name its own, or its path, or the description.

    Args:
        operations: Of each its name for messages, its path item and itself.
        document: The whole description.
        source: Its file.
    """
    found: dict[str, str] = {}
    for name, item, operation in operations:
        where = f"{source}: {name}"
        urls = _urls(operation, where) or _urls(item, where) or _urls(document, source)
        if not urls:
            raise ValueError(f"{where}: the description names no server; {_REMEDY}")
        if len(urls) > 1:
            raise ValueError(f"{where}: the description names {len(urls)} servers, {', '.join(urls)}; {_REMEDY}")
        found.setdefault(urls[0], name)
    if len(found) > 1:
        first, second, *_ = (f"{name} calls {url}" for url, name in found.items())
        raise ValueError(
            f"{source}: {first}, {second}; a target calls one server, pick them into descriptions of their own"
        )
    return next(iter(found))


def checked_server(url: str, *, source: str) -> tuple[str, str]:
    """The server's URL without a closing slash, and its host."""
    shown = f"{source}: the server {url!r}"
    if "{" in url:
        raise ValueError(
            f"{shown} has variables, by which a call could be sent anywhere; {_REMEDY} with them filled in"
        )
    parts = urlsplit(url)
    if not parts.scheme:
        raise ValueError(f"{shown} is relative to wherever the description was published; {_REMEDY}")
    if parts.scheme != "https":
        raise ValueError(f"{shown} is not https, so credentials would cross the network readable; {_REMEDY}")
    host = parts.hostname
    if not host or parts.username or parts.query or parts.fragment:
        raise ValueError(f"{shown} is no https://host/path; {_REMEDY}")
    if _is_private(host):
        raise ValueError(f"{shown} is a private address, which the gateway blocks; {_REMEDY} with a public name")
    return url.rstrip("/"), host


def _urls(node: Node, where: str) -> list[str]:
    servers = [as_object(server, where=f"{where}/servers") for server in children(node, "servers", where=where)]
    return list(dict.fromkeys(text(server, "url") for server in servers))


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
