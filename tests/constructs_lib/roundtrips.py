"""Counts messages to the jsii kernel: what a construct in Python costs more than one in JavaScript."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jsii._kernel.providers.process import _NodeProcess


@contextmanager
def counted() -> Iterator[list[str]]:
    """The kind of each message sent while the context is open."""
    sent: list[str] = []
    send = _NodeProcess.send

    def counting(process: _NodeProcess, request: Any, response_type: Any) -> Any:
        sent.append(type(request).__name__)
        return send(process, request, response_type)

    _NodeProcess.send = counting  # type: ignore[method-assign, assignment]
    try:
        yield sent
    finally:
        _NodeProcess.send = send  # type: ignore[method-assign]
