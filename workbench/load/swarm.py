"""The process that carries out a load test: `python -m workbench.load.swarm PLAN RECORD`.

Locust makes the users and counts. It wants the standard library patched before anything else is imported, which is why
this is a process of its own. It prints one JSON object a second, for whoever shows progress.
"""

# ruff: noqa: E402  the patch comes first
from gevent import monkey

monkey.patch_all()

import json
import random
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

import gevent
import httpx
from locust import LoadTestShape, User, task
from locust.env import Environment
from locust.exception import StopUser

from workbench.conversations.answers import AgentError, Answer, AnswerEvent, TextPart, streamed_answer
from workbench.load.canaries import Canaries
from workbench.load.plan import LoadPlan, Sent, Speaker

_SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
_SMALL_TALK = ("What is {0} * {1}?", "What is {0} + {1}?", "What is ({0} + {1}) * 2?")
_STREAM = "text/event-stream"
_MESSAGE_CHARACTERS = 300


class Talk:
    """What one user says: plants a canary first, asks for it in every second message, and calculates in between.

    Args:
        canary: The user's canary.
    """

    def __init__(self, canary: str) -> None:
        self._canary = canary

    def message(self, turn: int) -> str:
        """The message.

        Args:
            turn: Which one, from 1.
        """
        if turn == 1:
            return f"My canary is {self._canary}"
        if self.asks_for_canary(turn):
            return "What is my canary?"
        return random.choice(_SMALL_TALK).format(random.randint(2, 99), random.randint(2, 99))  # noqa: S311

    @staticmethod
    def asks_for_canary(turn: int) -> bool:
        """Whether the message asks for the canary.

        Args:
            turn: Which one, from 1.
        """
        return turn > 1 and turn % 2 == 0

    def recalled(self, turn: int, text: str) -> bool | None:
        """Whether the answer has the canary; None where it was not asked for.

        Args:
            turn: Which message was answered, from 1.
            text: The answer.
        """
        return self._canary in text if self.asks_for_canary(turn) else None


class Swarm:
    """What all users of a test share.

    Args:
        plan: The test.
        record: Where to write what was sent.
    """

    def __init__(self, plan: LoadPlan, record: IO[str]) -> None:
        self.plan = plan
        self.canaries = Canaries(plan.canaries)
        self.began = time.monotonic()
        self.sent = self.failed = self.done = 0
        self.http = httpx.Client(
            timeout=plan.timeout_seconds,
            limits=httpx.Limits(max_connections=None),
            trust_env=not plan.address.startswith("http://127.0.0.1"),
        )
        self._record = record
        self._speakers = iter(plan.speakers)

    @property
    def exhausted(self) -> bool:
        """Whether the cap on messages is reached."""
        return bool(self.plan.most_requests) and self.sent >= self.plan.most_requests

    @property
    def over(self) -> bool:
        """Whether everything was said."""
        return self.done >= len(self.plan.speakers)

    def next_speaker(self) -> Speaker | None:
        """The next user who has not talked yet."""
        return next(self._speakers, None)

    def write(self, sent: Sent) -> None:
        """Keep what came of a message."""
        self.failed += bool(sent.error)
        self._record.write(json.dumps(asdict(sent)) + "\n")
        self._record.flush()


class Visitor(User):
    """A user with a conversation of its own."""

    swarm: Swarm

    def on_start(self) -> None:
        """Begin the conversation."""
        speaker = self.swarm.next_speaker()
        if speaker is None:
            raise StopUser
        self.speaker = speaker
        self.session = f"load-{uuid.uuid4()}"
        self.turn = 0
        self.talk = Talk(self.swarm.canaries.plant(speaker.number))

    def wait_time(self) -> float:
        """The pause before the next message."""
        return random.expovariate(1 / self.swarm.plan.think_seconds) if self.swarm.plan.think_seconds else 0.0

    @task
    def say(self) -> None:
        """Send one message and read the answer as it comes."""
        if self.turn >= self.swarm.plan.requests or self.swarm.exhausted:
            self.swarm.done += 1
            raise StopUser
        self.turn += 1
        self.swarm.sent += 1
        began = time.monotonic()
        answer, first, error = Answer(""), None, ""
        heard: list[str] = []
        try:
            for event in self._answer(self.talk.message(self.turn)):
                if isinstance(event, TextPart):
                    heard.append(event.text)
                    first = first or round(time.monotonic() - began, 4)
                if isinstance(event, Answer):
                    answer = event
        except (AgentError, httpx.HTTPError) as failure:
            error = str(failure) or type(failure).__name__
        seconds = time.monotonic() - began
        self.environment.events.request.fire(
            request_type="POST",
            name="invocation",
            response_time=seconds * 1000,
            response_length=len(answer.text),
            exception=AgentError("failed", error) if error else None,
        )
        self.swarm.write(
            Sent(
                at=round(began - self.swarm.began, 3),
                user=self.speaker.number,
                session=self.session,
                turn=self.turn,
                seconds=round(seconds, 4),
                first_token_seconds=first,
                error=error,
                # Also of an answer that broke off, and of words that are not in its end; its parts may split a canary.
                foreign=tuple(sorted(self.swarm.canaries.foreign(["".join(heard), answer.text], self.speaker.number))),
                recalled=None if error else self.talk.recalled(self.turn, answer.text),
                notices=answer.notices,
            )
        )

    def _answer(self, prompt: str) -> Iterator[AnswerEvent]:
        body = {"prompt": prompt, "stream": True, "message_id": str(uuid.uuid4())}
        headers = {"Authorization": f"Bearer {self.speaker.token}", _SESSION_HEADER: self.session, "Accept": _STREAM}
        with self.swarm.http.stream("POST", self.swarm.plan.address, json=body, headers=headers) as response:
            if response.is_success:
                yield from streamed_answer(line.encode() for line in response.iter_lines())
                return
            response.read()
            raise AgentError(f"HTTP {response.status_code}", response.text[:_MESSAGE_CHARACTERS])


def _shape(swarm: Swarm) -> LoadTestShape:
    class Shape(LoadTestShape):
        def tick(self) -> tuple[int, float] | None:
            if swarm.over or swarm.exhausted:
                return None
            users = swarm.plan.ramp.at(time.monotonic() - swarm.began)
            return users, float(max(users, 1))

    return Shape()  # type: ignore[no-untyped-call]


def run(plan: LoadPlan, record: IO[str]) -> None:
    """Carry out a test.

    Args:
        plan: The test.
        record: Where to write what was sent, one JSON object a line.
    """
    swarm = Swarm(plan, record)
    visitor = type("PlannedVisitor", (Visitor,), {"swarm": swarm})
    environment = Environment(user_classes=[visitor], shape_class=_shape(swarm), stop_timeout=plan.timeout_seconds)
    runner = environment.create_local_runner()
    runner.start_shape()
    while not (swarm.over or swarm.exhausted):
        gevent.sleep(1)
        progress = {"users": runner.user_count, "sent": swarm.sent, "failed": swarm.failed}
        sys.stdout.write(json.dumps(progress) + "\n")
        sys.stdout.flush()
    runner.quit()


def main() -> None:
    """Carry out the plan that the command line names."""
    plan, record = (Path(argument) for argument in sys.argv[1:])
    with record.open("w") as file:
        run(LoadPlan.read(plan), file)


if __name__ == "__main__":
    main()
