"""Where the addresses that targets name are served: AWS's by the emulator, others as they say, or where a test says.

Targets may name https addresses only, so a server on this machine stands in for one by a rerouted address.
"""

import re
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from workbench.local_cloud.agentcore.gateway.role import TIMEOUT_SECONDS

_AGENTCORE = re.compile(r"bedrock-agentcore\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)")
_GATEWAY = re.compile(r"(?P<id>[a-z0-9-]+)\.gateway\.bedrock-agentcore\.[a-z0-9-]+\.amazonaws\.com")
_EXECUTE_API = re.compile(r"(?P<id>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Addresses:
    """Translates addresses, and holds the HTTP clients that lead there.

    Args:
        emulator_url: Base address of the emulator.
    """

    def __init__(self, emulator_url: str) -> None:
        self.emulator_url = emulator_url.rstrip("/")
        self._lock = threading.Lock()
        self._rerouted: dict[str, str] = {}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=2.0)
        self._local = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
        self._remote = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits)

    def reroute(self, addresses: Mapping[str, str]) -> None:
        """Serve addresses elsewhere: what starts with a key goes to its value.

        Args:
            addresses: Beginnings of addresses, for example `https://mcp.example.com`, and where they are served. An
                empty value ends a rerouting.

        Raises:
            ValueError: If one is no http(s) address.
        """
        wrong = [a for pair in addresses.items() for a in pair if a and urlsplit(a).scheme not in ("http", "https")]
        if wrong:
            raise ValueError(f"addresses start with http:// or https://, got {wrong[0]!r}")
        with self._lock:
            self._rerouted.update({key.rstrip("/"): value.rstrip("/") for key, value in addresses.items()})
            self._rerouted = {key: value for key, value in self._rerouted.items() if value}

    def rerouted(self) -> dict[str, str]:
        """The addresses that are served elsewhere."""
        with self._lock:
            return dict(self._rerouted)

    def served_at(self, url: str) -> str:
        """Where an address is served."""
        for beginning, place in self.rerouted().items():
            if url == beginning or url.startswith((f"{beginning}/", f"{beginning}?")):
                return place + url.removeprefix(beginning)
        parts = urlsplit(url)
        host = parts.hostname or ""
        path = self._local_path(host, parts.path)
        return url if path is None else self.emulator_url + urlunsplit(("", "", path, parts.query, ""))

    def client(self, url: str) -> httpx.AsyncClient:
        """The client for an address as it is served: past the machine's proxy for those on this machine."""
        return self._local if urlsplit(url).hostname in _LOOPBACK else self._remote

    async def close(self) -> None:
        """Close the connections."""
        await self._local.aclose()
        await self._remote.aclose()

    def _local_path(self, host: str, path: str) -> str | None:
        if _AGENTCORE.fullmatch(host):
            return path
        if gateway := _GATEWAY.fullmatch(host):
            return f"/gateways/{gateway['id']}{path}"
        if api := _EXECUTE_API.fullmatch(host):
            return f"/_aws/execute-api/{api['id']}{path}"
        return None
