"""What all people of a task share: connections, threads, sign-ins. Nothing of anybody's conversation."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from .runtime_client import RuntimeClient, http_client
from .settings import ChatSettings
from .tokens import Tokens

_WORKERS = 32
"""Lists that load, and data that is exported, at the same time; answers have threads of their own."""


@dataclass(frozen=True)
class Services:
    """Made once in a process.

    Args:
        settings: What the container is told.
        client: Calls agents.
        tokens: Renews access tokens.
        workers: Run what a page does not wait for.
    """

    settings: ChatSettings
    client: RuntimeClient
    tokens: Tokens
    workers: ThreadPoolExecutor


@cache
def services() -> Services:
    """The process's services.

    Raises:
        SettingsError: If the container is told too little, or something wrong.
    """
    settings = ChatSettings.from_environment(os.environ)
    http = http_client()
    return Services(
        settings,
        RuntimeClient(http, settings.endpoint),
        Tokens(http, settings.metadata_url, settings.client_id, settings.client_secret),
        ThreadPoolExecutor(_WORKERS, thread_name_prefix="work"),
    )
