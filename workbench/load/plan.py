"""What a load test does: who talks, how often, and how the number of users grows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Speaker:
    """A user of the test.

    Args:
        number: Which one, from 0.
        actor: The `sub` of the token.
        token: The access token.
    """

    number: int
    actor: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Ramp:
    """How the number of users grows, evenly.

    Args:
        start: Users at the beginning.
        users: Users at the end.
        seconds: How long it takes.
    """

    start: int
    users: int
    seconds: float

    def at(self, seconds: float) -> int:
        """How many users there are.

        Args:
            seconds: Since the beginning.
        """
        grown = min(1.0, seconds / self.seconds) if self.seconds else 1.0
        return max(1, round(self.start + (self.users - self.start) * grown))


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """One load test.

    Args:
        address: Where invocations are posted.
        canaries: Name of the run's canaries.
        speakers: Who talks.
        requests: How many messages each of them sends.
        ramp: How their number grows.
        think_seconds: Mean pause of a user between an answer and the next message.
        most_requests: After how many messages the test stops: the cap on what it may cost. 0 means no cap.
        timeout_seconds: How long an answer may take.
    """

    address: str
    canaries: str
    speakers: tuple[Speaker, ...]
    requests: int
    ramp: Ramp
    think_seconds: float
    most_requests: int
    timeout_seconds: float

    def write(self, path: Path) -> None:
        """Write the plan for the process that carries it out; it holds tokens, so only this user may read it.

        Args:
            path: The file.
        """
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(path: Path) -> "LoadPlan":
        """Read a plan, and remove its file.

        Args:
            path: The file.
        """
        raw = json.loads(path.read_text())
        path.unlink()
        speakers = tuple(Speaker(**speaker) for speaker in raw.pop("speakers"))
        return LoadPlan(speakers=speakers, ramp=Ramp(**raw.pop("ramp")), **raw)


@dataclass(frozen=True)
class Sent:
    """A message that was sent, and what came of it.

    Args:
        at: Seconds since the test began.
        user: Number of the user.
        session: The session.
        turn: Which message of the session, from 1.
        seconds: Until the whole answer was there.
        first_token_seconds: Until its first words were there; None where there were none.
        error: What went wrong; empty if nothing did.
        foreign: Numbers of other users whose canaries were in the answer.
        recalled: Whether the user's own canary was in it; None where it was not asked for.
        notices: What the agent said that this answer goes without, for example its memory; empty for a whole one.
    """

    at: float
    user: int
    session: str
    turn: int
    seconds: float
    first_token_seconds: float | None
    error: str
    foreign: tuple[int, ...]
    recalled: bool | None
    notices: tuple[str, ...]

    @staticmethod
    def parse(raw: Mapping[str, object]) -> "Sent":
        """Read one line of the record.

        Args:
            raw: The parsed line.
        """
        # JSON has lists only; the rest is as this module's own class wrote it.
        return Sent(**{name: tuple(v) if isinstance(v, list) else v for name, v in raw.items()})  # type: ignore[arg-type]
