"""What a load test found, and whether that is good enough."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.load.isolation import Kept
from workbench.load.plan import Sent


@dataclass(frozen=True)
class Acceptance:
    """What a test has to reach.

    Args:
        success: Least share of messages answered, 0 to 1.
        above: Whether the share must be above that, or may equal it.
        p95_seconds: Most seconds for 95 % of the answers; 0 if it does not matter.
    """

    success: float
    above: bool = False
    p95_seconds: float = 0.0


@dataclass(frozen=True)
class Criterion:
    """One thing to reach.

    Args:
        name: What.
        wanted: What is wanted.
        found: What was found.
        met: Whether that is good enough.
    """

    name: str
    wanted: str
    found: str
    met: bool


@dataclass(frozen=True)
class Results:
    """What a load test found.

    Args:
        title: What was tested.
        agent: The agent.
        model: What answered as its model.
        seconds: How long it took.
        users: Users who talked.
        sessions: Sessions they had; each has a microVM of its own.
        processes: Processes the local cloud ran for them; None for a deployed agent, where nobody can count.
        messages: What was sent.
        kept: What the memory keeps; None if there is none, or it may not be read.
        acceptance: What to reach.
    """

    title: str
    agent: str
    model: str
    seconds: float
    users: int
    sessions: int
    processes: int | None
    messages: tuple[Sent, ...]
    kept: Kept | None
    acceptance: Acceptance

    @property
    def succeeded(self) -> int:
        """Messages that were answered."""
        return sum(not message.error for message in self.messages)

    @property
    def success(self) -> float:
        """Share of the messages that were answered."""
        return self.succeeded / len(self.messages) if self.messages else 0.0

    @property
    def leaks(self) -> tuple[str, ...]:
        """One line for each answer, event or record that held somebody else's canary."""
        answers = (
            f"answer {message.turn} to user {message.user} holds the canary of user {other}"
            for message in self.messages
            for other in message.foreign
        )
        return (*answers, *(self.kept.leaks if self.kept else ()))

    @property
    def errors(self) -> Sequence[tuple[str, int]]:
        """The errors, most frequent first, and how often."""
        return Counter(message.error for message in self.messages if message.error).most_common()

    @property
    def notices(self) -> Sequence[tuple[str, int]]:
        """What answers went without, most frequent first, and how often; such answers count as answered."""
        return Counter(notice for message in self.messages for notice in message.notices).most_common()

    @property
    def degraded(self) -> int:
        """Messages that were answered, and not in full."""
        return sum(bool(message.notices) and not message.error for message in self.messages)

    def seconds_of(self, quantile: float) -> float:
        """How long that share of the answers took at most.

        Args:
            quantile: 0 to 1.
        """
        return _quantile([message.seconds for message in self.messages if not message.error], quantile)

    def first_token_of(self, quantile: float) -> float:
        """After how long that share of the answers had begun.

        Args:
            quantile: 0 to 1.
        """
        begun = [message.first_token_seconds for message in self.messages if message.first_token_seconds is not None]
        return _quantile(begun, quantile)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Everything to reach."""
        wanted = self.acceptance
        found = [
            Criterion(
                "messages answered",
                f"{'>' if wanted.above else '≥'} {wanted.success:.0%}",
                f"{self.success:.2%} of {len(self.messages)}",
                self.success > wanted.success if wanted.above else self.success >= wanted.success,
            )
        ]
        if wanted.p95_seconds:
            p95 = self.seconds_of(0.95)
            found.append(
                Criterion("95 % of the answers within", f"< {wanted.p95_seconds:g} s", f"{p95:.2f} s", self._fast(p95))
            )
        found.append(Criterion("canaries of somebody else", "0", str(len(self.leaks)), not self.leaks))
        asked = [message.recalled for message in self.messages if message.recalled is not None]
        found.append(
            Criterion(
                "canaries looked for",
                "> 0 answers, and what the memory keeps",
                f"{len(self.messages)} answers, " + self._looked(),
                bool(asked) and any(asked),
            )
        )
        if self.processes is not None:
            met = self.processes >= self.sessions
            found.append(Criterion("a process for each session", str(self.sessions), str(self.processes), met))
        return tuple(found)

    @property
    def passed(self) -> bool:
        """Whether everything is reached."""
        return all(criterion.met for criterion in self.criteria)

    def to_dict(self) -> dict[str, object]:
        """The results for machines."""
        return {
            "title": self.title,
            "agent": self.agent,
            "model": self.model,
            "passed": self.passed,
            "seconds": round(self.seconds, 1),
            "users": self.users,
            "sessions": self.sessions,
            "processes": self.processes,
            "messages": len(self.messages),
            "answered": self.succeeded,
            "degraded": self.degraded,
            "p50_seconds": self.seconds_of(0.5),
            "p95_seconds": self.seconds_of(0.95),
            "p99_seconds": self.seconds_of(0.99),
            "first_token_p50_seconds": self.first_token_of(0.5),
            "first_token_p95_seconds": self.first_token_of(0.95),
            "events_read": self.kept.events if self.kept else None,
            "records_read": self.kept.records if self.kept else None,
            "leaks": list(self.leaks),
            "errors": [{"message": message, "count": count} for message, count in self.errors],
            "notices": [{"message": message, "count": count} for message, count in self.notices],
            "criteria": [asdict(criterion) for criterion in self.criteria],
        }

    def _fast(self, p95: float) -> bool:
        return bool(self.succeeded) and p95 < self.acceptance.p95_seconds

    def _looked(self) -> str:
        if self.kept is None:
            return "the memory not"
        return f"{self.kept.events} events, {self.kept.records} records"


def read_messages(path: Path) -> tuple[Sent, ...]:
    """Read what the swarm wrote down.

    Args:
        path: The file.
    """
    return tuple(Sent.parse(json.loads(line)) for line in path.read_text().splitlines())


def _quantile(values: Iterable[float], quantile: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(quantile * len(ordered)) - 1)] if ordered else 0.0
