"""Sends an agent's telemetry with the token of its process.

OpenTelemetry's exporters load this by an entry point, and read their own headers only once, when they are made: a
process that was forked later has another token. It is copied into agents' environments, beside `_shim.py`.
"""

import os

import requests


class _Session(requests.Session):
    def request(self, *arguments, **named):  # type: ignore[no-untyped-def]
        self.headers["x-local-telemetry-token"] = os.environ.get("LOCAL_CLOUD_TELEMETRY_TOKEN", "")
        return super().request(*arguments, **named)


def session() -> requests.Session:
    """A session for one exporter."""
    made = _Session()
    # Loopback needs no proxy.
    made.trust_env = False
    return made
