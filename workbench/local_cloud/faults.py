"""Faults that a drill switches on: a part of the local cloud then answers as the service does when it fails.

The switches are kept where requests are answered, so that whoever asks meets a real error, and is counted like one.
"""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

PATH = "/_local/faults"
"""Where both servers take the switches; the AgentCore server hands them to the emulator."""

PROCESS_KILLED = "ProcessKilled"
"""The fault of a runtime that ends the session's process in the middle of the invocation."""

_THROTTLED, _FAILED, _UNAVAILABLE = 429, 500, 503

FAULTS: Mapping[str, Mapping[str, int]] = {
    "runtime": {PROCESS_KILLED: 424, "InternalServerException": _FAILED, "ThrottlingException": _THROTTLED},
    "memory": {"ServiceException": _FAILED, "ThrottledException": _THROTTLED},
    "identity": {
        "InternalServerException": _FAILED,
        "ThrottlingException": _THROTTLED,
        "UnauthorizedException": 401,
        "AccessDeniedException": 403,
    },
    "gateway": {"InternalServerException": _FAILED, "ThrottlingException": _THROTTLED},
    "tools": {"InternalServerException": _FAILED, "ThrottlingException": _THROTTLED},
    "model": {
        "ThrottlingException": _THROTTLED,
        "ServiceUnavailableException": _UNAVAILABLE,
        "InternalServerException": _FAILED,
        "ModelErrorException": 424,
    },
    "guardrail": {
        "ServiceUnavailableException": _UNAVAILABLE,
        "ThrottlingException": _THROTTLED,
        "InternalServerException": _FAILED,
    },
}
"""What can fail, and how: exception and HTTP status, the usual one first."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Args:
        target: What fails: a key of `FAULTS`.
        code: The exception's name. Default: the target's usual one.
        every: Only every N-th request fails. Default: each one.
        operations: Only these operations fail. Default: all.

    Raises:
        ValueError: If there is no such fault.
    """

    target: str
    code: str = ""
    every: int = 1
    operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.target not in FAULTS:
            raise ValueError(f"nothing named {self.target!r} can fail: choose from {', '.join(FAULTS)}")
        if not self.code:
            object.__setattr__(self, "code", next(iter(FAULTS[self.target])))
        if self.code not in FAULTS[self.target]:
            known = ", ".join(FAULTS[self.target])
            raise ValueError(f"{self.target} does not fail with {self.code!r}: choose from {known}")
        if self.every < 1:
            raise ValueError(f"'every' is 1 or more, got {self.every}")

    @classmethod
    def of(cls, target: str, described: object) -> Self:
        """A fault as a request to `PATH` describes it.

        Raises:
            ValueError: If it is none.
        """
        members = _object(described)
        every, operations = members.get("every", 1), members.get("operations", [])
        wrong = f"a fault has code, every (a number) and operations (a list); got {described!r}"
        if not isinstance(every, int) or members.keys() - {"code", "every", "operations"}:
            raise ValueError(wrong)
        if not isinstance(operations, list | tuple):
            raise ValueError(wrong)  # noqa: TRY004  a value of the request, not of the caller's code
        return cls(target, str(members.get("code", "")), every, tuple(map(str, operations)))

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return FAULTS[self.target][self.code]

    @property
    def message(self) -> str:
        """What the answer says, so that nobody looks for the reason elsewhere."""
        return f"{self.code}: switched on for {self.target} at {PATH} of the local cloud"


class FaultSwitches:
    """The faults that are on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, Fault] = {}
        self._asked: dict[str, int] = {}

    def replace(self, described: object) -> None:
        """Switch on these faults and no others.

        Args:
            described: By target, see `Fault.of`.

        Raises:
            ValueError: If one of them is none; nothing changes then.
        """
        faults = {target: Fault.of(target, one) for target, one in _object(described).items()}
        with self._lock:
            self._on, self._asked = faults, {}

    def described(self) -> dict[str, dict[str, object]]:
        """The faults that are on, by target."""
        with self._lock:
            return {target: _described(fault) for target, fault in self._on.items()}

    def met(self, target: str, operation: str) -> Fault | None:
        """The fault that a request meets, if it meets one.

        Args:
            target: What is asked.
            operation: For what.
        """
        with self._lock:
            fault = self._on.get(target)
            if fault is None or (fault.operations and operation not in fault.operations):
                return None
            self._asked[target] = self._asked.get(target, 0) + 1
            return fault if self._asked[target] % fault.every == 0 else None


def _object(described: object) -> dict[str, object]:
    try:
        return dict(described)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        raise ValueError(f"faults are described by objects, got {described!r}") from None


def _described(fault: Fault) -> dict[str, object]:
    return {name: value for name, value in asdict(fault).items() if name != "target"}
