"""How a request went, and what every service counts of it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.telemetry.store import Datum

COUNT = "Count"
MILLISECONDS = "Milliseconds"

Emit = Callable[[Iterable[Datum]], None]
"""Takes values that were measured; returns at once."""

_BAD_REQUEST, _THROTTLED, _SERVER_ERROR = 400, 429, 500


def nowhere(_: Iterable[Datum]) -> None:
    """Keep no values."""


@dataclass(frozen=True)
class Outcome:
    """One answered request.

    Args:
        milliseconds: From the request to the end of its answer.
        status: HTTP status. Default: it was answered well.
        code: The exception's name. Default: none.
        time: When it was answered, in seconds since the epoch. Default: now.
    """

    milliseconds: float
    status: int = 200
    code: str = ""
    time: float = field(default_factory=time.time)

    @property
    def failed(self) -> bool:
        """Whether it was answered with an error."""
        return self.status >= _BAD_REQUEST

    @property
    def throttled(self) -> bool:
        """Whether the service had no room for it."""
        return self.status == _THROTTLED

    @property
    def system_error(self) -> bool:
        """Whether the service failed."""
        return self.status >= _SERVER_ERROR

    @property
    def user_error(self) -> bool:
        """Whether the caller is to blame."""
        return self.failed and not self.system_error


class Stopwatch:
    """Measures a request."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def milliseconds(self) -> float:
        """How long it has been running."""
        return (time.perf_counter() - self._started) * 1000

    def outcome(self, status: int = 200, code: str = "") -> Outcome:
        """The request's outcome, where it is answered now."""
        return Outcome(self.milliseconds, status, code)


def measured(
    namespace: str,
    sets: Sequence[Mapping[str, str]],
    values: Mapping[str, float],
    *,
    unit: str = COUNT,
    when: float,
) -> list[Datum]:
    """Values under each of several sets of dimensions.

    Args:
        namespace: Their namespace.
        sets: The sets of dimensions.
        values: The value of each metric.
        unit: Their unit.
        when: When they were measured.
    """
    return [Datum(namespace, name, one, float(value), unit, when) for one in sets for name, value in values.items()]
