"""The emulator's record of authorization decisions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Decision:
    """One authorization decision on a session of a role.

    Args:
        time: Seconds since the epoch.
        role_arn: The role.
        action: What was asked for, for example `bedrock-agentcore:CreateEvent`.
        resource: On what.
        allowed: What was decided.
        reason: Why.
    """

    time: float
    role_arn: str
    action: str
    resource: str
    allowed: bool
    reason: str


def read_decisions(path: Path, *, role_arn: str) -> tuple[Decision, ...]:
    """Read the decisions on one role.

    Args:
        path: The access log, one JSON object per line.
        role_arn: The role.

    Returns:
        The decisions in the order they were made.

    Raises:
        WorkbenchError: If the log is missing or a line is not understood.
    """
    return tuple(decision for decision in _decisions(path) if decision.role_arn == role_arn)


def _decisions(path: Path) -> Iterator[Decision]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WorkbenchError(f"the access log {path} is missing: restart the local cloud") from None
    # A line without its end is still being written.
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            entry = json.loads(line)
            yield Decision(
                time=float(entry["time"]),
                role_arn=str(entry["role_arn"]),
                action=str(entry["action"]),
                resource=str(entry["resource"]),
                allowed=entry["allowed"] is True,
                reason=str(entry["reason"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise WorkbenchError(f"{path}, line {number} is no decision: {error!r}") from None
