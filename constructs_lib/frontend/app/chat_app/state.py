"""What a person's page remembers between two runs of the script."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

import streamlit as st

from .conversations import Conversation, Page, Task
from .errors import ChatError, Failure

Result = TypeVar("Result")
_KEY = "chat"


class Job(Generic[Result]):
    """Something a page does not wait for.

    Args:
        workers: Run it.
        work: What to do.
    """

    def __init__(self, workers: ThreadPoolExecutor, work: Callable[[], Result]) -> None:
        self._future: Future[Result] = workers.submit(work)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        error = self._future.exception() if self._future.done() else None
        if error is None:
            return None
        if isinstance(error, ChatError):
            return error.failure
        raise error

    def result(self, otherwise: Result) -> Result:
        """What came of it.

        Args:
            otherwise: Returned as long as it runs, and if it failed.
        """
        return self._future.result() if self._future.done() and self._future.exception() is None else otherwise


@dataclass
class Chat:
    """One page.

    Args:
        agent: Which agent is chosen.
        conversation: The conversation that is open.
        listing: Loads the first page of the list.
        page: The first page, as it was loaded last.
        more: Further pages that the person asked for.
        tasks: What the agent offers.
        problem: What did not work in the last click.
        news: What a click has done, where the page does not show it by itself.
        said: What a screen reader is told of the last click.
        restored: Whether the conversation that the page's address names was opened.
        dialog: Which dialog is open; empty for none. It stays open while the page is drawn again beneath it.
    """

    agent: int = 0
    conversation: Conversation = field(default_factory=Conversation)
    listing: Job[Page] | None = None
    page: Page | None = None
    more: list[Page] = field(default_factory=list)
    tasks: Job[tuple[Task, ...]] | None = None
    problem: Failure | None = None
    news: str = ""
    said: str = ""
    restored: bool = False
    dialog: str = ""

    def take_listing(self) -> None:
        """Take over a list that has loaded."""
        if self.listing is not None and self.listing.done and self.listing.failure is None:
            self.page = self.listing.result(Page())

    def loading(self) -> tuple[bool, ...]:
        """Of the list and the tasks, which are still loading."""
        return tuple(job is not None and not job.done for job in (self.listing, self.tasks))

    def choose(self, agent: int) -> None:
        """Go to another agent, with a new conversation.

        Args:
            agent: Which.
        """
        self.agent = agent
        self.listing, self.page, self.tasks, self.problem = None, None, None, None
        self.more, self.news = [], ""
        self.conversation = Conversation()


def chat() -> Chat:
    """The page of the person whose script runs."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Chat()
    return cast("Chat", st.session_state[_KEY])


def close_dialog() -> None:
    """What happens when a person closes a dialog."""
    chat().dialog = ""
