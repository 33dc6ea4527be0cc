"""One answer on its way: read by a thread of its own, so that a click elsewhere on the page does not lose it."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar

from .errors import ChatError, Failure, Kind
from .events import End, Event, File, Notice, Text, ToolFinished, ToolStarted

logger = logging.getLogger(__name__)

_FAILED = Failure(
    Kind.WAIT, "The chat failed to read the answer.", "Send your message again in a moment.", "chat_failed"
)

Ask = Callable[[str], AbstractContextManager[Iterator[Event]]]
"""Sends the message under an id of its own."""


@dataclass
class ToolUse:
    """A tool that the agent used for an answer.

    Args:
        name: The tool.
        id: Which use.
        finished: Whether it has answered.
        failed: Whether it could not do what it was asked.
        sources: Addresses that its answer names.
    """

    name: str
    id: str = ""
    finished: bool = False
    failed: bool = False
    sources: tuple[str, ...] = ()


@dataclass
class Answer:
    """What of an answer has arrived.

    Args:
        text: What the agent says.
        tools: What it used.
        files: What comes with it.
        notices: What the person should know.
        failure: Why it broke off, if it did.
        stopped: Whether the person stopped it.
    """

    text: str = ""
    tools: list[ToolUse] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    failure: Failure | None = None
    stopped: bool = False


class Turn:
    """A message that was sent, and its answer.

    Args:
        prompt: What the person says.
        ask: Sends it.
    """

    _running: ClassVar[set[str]] = set()

    def __init__(self, prompt: str, ask: Ask) -> None:
        self.prompt = prompt
        self.message_id = uuid.uuid4().hex
        self.started_at = time.monotonic()
        self._ask = ask
        self._changed = threading.Condition()
        self._answer = Answer()
        self._version = 0
        self._done = False
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="turn", daemon=True).start()

    @classmethod
    def on_their_way(cls) -> int:
        """How many answers this process reads at the moment."""
        return len(cls._running)

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self._done

    @property
    def answer(self) -> Answer:
        """What has arrived; complete when `done`."""
        return self._answer

    def stop(self) -> None:
        """Read no further; the agent notices at its next word that nobody listens."""
        self._stop.set()
        with self._changed:
            self._answer.stopped = not self._done
            self._done = True
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Wait for something new.

        Args:
            seen: What the call before returned; 0 at first.
            seconds: How long to wait at most.

        Returns:
            A number that grows with each change.
        """
        with self._changed:
            if self._version == seen and not self._done:
                self._changed.wait(seconds)
            return self._version

    def _run(self) -> None:
        self._running.add(self.message_id)
        try:
            with self._ask(self.message_id) as events:
                for event in events:
                    if self._stop.is_set():
                        break
                    self._take(event)
        except ChatError as error:
            self._fail(error.failure)
        except Exception:
            # A thread's error reaches nobody: without this the page would wait for the answer for ever.
            logger.exception("message_id=<%s> | answer not read", self.message_id)
            self._fail(_FAILED)
        finally:
            self._running.discard(self.message_id)
        with self._changed:
            self._done = True
            self._changed.notify_all()

    def _fail(self, failure: Failure) -> None:
        if self._stop.is_set():
            return
        logger.warning(
            "message_id=<%s>, code=<%s>, detail=<%s> | answer failed", self.message_id, failure.code, failure.detail
        )
        self._answer.failure = failure

    def _take(self, event: Event) -> None:
        with self._changed:
            _add(self._answer, event)
            self._version += 1
            self._changed.notify_all()


def _add(answer: Answer, event: Event) -> None:
    match event:
        case Text(text):
            answer.text += text
        case ToolStarted(use_id, name):
            # What is said before and after a tool are paragraphs of their own.
            answer.text = f"{answer.text.rstrip()}\n\n" if answer.text else ""
            answer.tools.append(ToolUse(name, use_id))
        case ToolFinished():
            _finish(answer, event)
        case File():
            answer.files.append(event)
        case Notice():
            answer.notices.append(event)
        case End(response):
            answer.text = answer.text.strip() or response


def _finish(answer: Answer, event: ToolFinished) -> None:
    for use in answer.tools:
        if use.id == event.id and not use.finished:
            use.finished, use.failed, use.sources = True, event.failed, event.sources
            return
