"""A word to whoever waits for an answer."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""How long a command stays silent."""

_WHY = "Waiting: an agent's first answer starts its process, and installs its packages on this machine once"


@contextmanager
def waiting(console: Console, *, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Say why it takes long, if it does.

    Args:
        console: Where to say it.
        patience: Seconds of silence before. Default: two.
    """
    timer = threading.Timer(patience, console.print, (_WHY,), {"style": "dim", "highlight": False, "soft_wrap": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def awaited(ask: Callable[[], Iterable[T]], console: Console, *, patience: float = PATIENCE_SECONDS) -> Iterator[T]:
    """What an answer streams; says why its first part takes long, if it does.

    Args:
        ask: Asks.
        console: Where to say it.
        patience: Seconds of silence before. Default: two.

    Yields:
        The parts of the answer.
    """
    with waiting(console, patience=patience):
        parts = iter(ask())
        first = list(itertools.islice(parts, 1))
    yield from first
    yield from parts
