"""What clicks do: each runs before the page is drawn again."""

import re
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from .conversations import Conversation, Conversations, Exchange, Page, Task
from .errors import ChatError
from .services import Services
from .settings import Agent
from .state import Chat, Job
from .turn import Turn

Result = TypeVar("Result")
# https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{32,255}")
_LINK = "conversation"
"""Query parameter that names the open conversation, so that a page that is loaded again shows it again."""
_AGENT_LINK = "agent"
"""Query parameter that names the chosen agent, whose conversation it is. Without one it is the first."""


class Actions:
    """What a signed-in person can do on their page.

    Args:
        services: Shared by all.
        chat: The person's page.
        held: The access token that the browser's cookie holds.
    """

    def __init__(self, services: Services, chat: Chat, held: str) -> None:
        self._services = services
        self._chat = chat
        self._held = held

    @property
    def agents(self) -> tuple[Agent, ...]:
        """The agents that can be chosen."""
        return self._services.settings.agents

    @property
    def agent(self) -> Agent:
        """The agent that is chosen."""
        return self.agents[self._chat.agent]

    def conversations(self) -> Conversations:
        """What the chosen agent keeps of the person."""
        return self._of(self.agent)

    def of_all_agents(self) -> list[tuple[Agent, Conversations]]:
        """What every agent keeps of the person."""
        return [(agent, self._of(agent)) for agent in self.agents]

    def restore_agent(self) -> None:
        """Choose the agent that the page's address names, at its first run."""
        wanted = st.query_params.get(_AGENT_LINK)
        labels = [agent.label for agent in self.agents]
        if wanted in labels:
            self._chat.agent = labels.index(wanted)

    def load(self) -> None:
        """Begin to load what the page shows beside the conversation; the page does not wait for it."""
        if self._chat.listing is None:
            self._chat.listing = self._job(self.conversations().list)
        if self._chat.tasks is None:
            self._chat.tasks = self._job(self.conversations().tasks)

    def restore(self) -> None:
        """Open the conversation that the page's address names, at its first run."""
        wanted = st.query_params.get(_LINK)
        if wanted and wanted != self._chat.conversation.id:
            self.open(wanted)

    def send(self, prompt: str) -> None:
        """Say something; the answer comes in a thread of its own.

        Args:
            prompt: What the person says.
        """
        # The answer before may have ended since the page was drawn.
        self.finish()
        conversation = self._chat.conversation
        if not prompt.strip() or conversation.turn is not None:
            return
        ask = self._services.client.ask
        arn, token, session = self.agent.runtime_arn, self._token, conversation.id
        conversation.turn = Turn(prompt, lambda message_id: ask(arn, token, session, prompt, message_id))
        self._chat.problem, self._chat.news = None, ""
        st.query_params[_LINK] = conversation.id

    def finish(self) -> None:
        """Take over an answer that is complete."""
        conversation = self._chat.conversation
        turn = conversation.turn
        if turn is None or not turn.done:
            return
        conversation.turn = None
        conversation.exchanges.append(Exchange(turn.prompt, turn.answer))
        if not conversation.known and turn.answer.failure is None:
            conversation.known = True
            # It has a name now.
            self.reload()

    def stop(self) -> None:
        """Stop the answer; what has come stays."""
        if self._chat.conversation.turn is not None:
            self._chat.conversation.turn.stop()

    def reload(self) -> None:
        """Load the list again."""
        self._chat.listing = self._job(self.conversations().list)
        self._chat.more = []

    def more(self) -> None:
        """Load the list's next page."""
        pages = [self._chat.page or Page(), *self._chat.more]
        token = pages[-1].next
        if token is not None:
            self._try(lambda: self._chat.more.append(self.conversations().list(token)))

    def search(self, query: str) -> Page:
        """Look for conversations.

        Args:
            query: What to look for.
        """
        found: list[Page] = []
        self._try(lambda: found.append(self.conversations().search(query)))
        return found[0] if found else Page()

    def new(self) -> None:
        """Begin a conversation."""
        self._leave(Conversation())
        st.query_params.pop(_LINK, None)

    def open(self, conversation_id: str) -> None:
        """Go on with a conversation.

        Args:
            conversation_id: Its session id.
        """
        if conversation_id == self._chat.conversation.id:
            return

        def read() -> None:
            # Its own process answers: it is the one that the next message needs.
            reader = Conversations(
                self._services.client,
                self.agent.runtime_arn,
                self._token,
                answering_session(conversation_id, self._chat),
            )
            self._leave(reader.open(conversation_id))
            st.query_params[_LINK] = conversation_id

        if not self._try(read):
            st.query_params.pop(_LINK, None)

    def rename(self, name: str) -> bool:
        """Name the open conversation; returns whether that worked.

        Args:
            name: At most 60 characters.
        """
        conversation = self._chat.conversation

        def keep() -> None:
            conversation.name = self.conversations().rename(conversation.id, name)
            self.reload()

        return self._try(keep)

    def delete(self) -> bool:
        """Delete the open conversation; returns whether that worked."""
        conversation_id = self._chat.conversation.id

        def remove() -> None:
            following = Conversation()
            Conversations(self._services.client, self.agent.runtime_arn, self._token, following.id).delete(
                conversation_id
            )
            self._leave(following)
            st.query_params.pop(_LINK, None)
            self.reload()

        return self._try(remove)

    def forget_page(self) -> None:
        """Begin anew after everything was deleted."""
        self._chat.choose(self._chat.agent)
        st.query_params.pop(_LINK, None)

    def choose(self, agent: int) -> None:
        """Go to another agent.

        Args:
            agent: Which.
        """
        self.stop()
        self._chat.choose(agent)
        st.query_params.pop(_LINK, None)
        st.query_params[_AGENT_LINK] = self.agent.label

    def tasks(self) -> tuple[Task, ...]:
        """What the chosen agent offers, as far as that is known."""
        return self._chat.tasks.result(()) if self._chat.tasks is not None else ()

    def _leave(self, following: Conversation) -> None:
        self.stop()
        self._chat.conversation = following
        self._chat.problem, self._chat.news = None, ""

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except ChatError as error:
            self._chat.problem = error.failure
            return False
        self._chat.problem = None
        return True

    @property
    def _token(self) -> str:
        # Asked for at each use: a click may come long after the page was drawn. An agent refuses what has expired.
        return self._services.tokens.current(self._held) or self._held

    def _of(self, agent: Agent) -> Conversations:
        return Conversations(self._services.client, agent.runtime_arn, self._token, self._chat.conversation.id)

    def _job(self, work: Callable[[], Result]) -> Job[Result]:
        return Job(self._services.workers, work)


def answering_session(conversation_id: str, chat: Chat) -> str:
    """The session whose process reads a conversation: its own, or that of the page where a link holds no session id.

    Args:
        conversation_id: What a link names, which may be anything.
        chat: The person's page.
    """
    return conversation_id if _SESSION_ID.fullmatch(conversation_id) else chat.conversation.id
