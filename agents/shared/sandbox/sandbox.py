"""What one conversation has of sandboxes: its tools, its notices, its end."""

import atexit
import logging
from typing import TYPE_CHECKING

from botocore.config import Config

from agents.shared.aws import agentcore_client, boto_session
from agents.shared.notices import Notice
from agents.shared.sandbox.browser import PageReader
from agents.shared.sandbox.code import CodeRunner
from agents.shared.sandbox.tools import browser_tools, code_tools
from agents.shared.settings import Settings

if TYPE_CHECKING:
    from strands import Agent

logger = logging.getLogger(__name__)

RUN_SECONDS = 60
"""The longest silence of code that is waited for."""

SANDBOX_CONFIG = Config(
    connect_timeout=5, read_timeout=RUN_SECONDS, retries={"total_max_attempts": 1}, tcp_keepalive=True
)
"""Code is sent once: whether a call that got no answer has run is not known."""


class Sandbox:
    """The sandbox tools of one conversation. Sessions start with the first call that needs one.

    Args:
        code: The code session. None: the agent runs no code.
        browser: The browser session. None: the agent reads no pages.
    """

    def __init__(self, code: CodeRunner | None, browser: PageReader | None) -> None:
        self._sessions = [session for session in (code, browser) if session is not None]
        self._notices: list[Notice] = []
        self.tools = [
            *(code_tools(code, self._report) if code else ()),
            *(browser_tools(browser, self._report) if browser else ()),
        ]
        # For a process that ends without its server's shutdown; the service ends what a killed one leaves.
        atexit.register(self.close)

    def offer(self, agent: "Agent") -> None:
        """Give the agent the tools.

        Args:
            agent: The conversation's agent.
        """
        for each in self.tools:
            try:
                agent.tool_registry.register_tool(each)
            except ValueError as error:
                logger.warning("tool=<%s>, error=<%s> | tool of the sandbox not offered", each.tool_name, error)

    def take_notices(self) -> list[Notice]:
        """What went wrong since the last call, in words for the person who reads the answer."""
        taken, self._notices = self._notices, []
        return list(dict.fromkeys(taken))

    def close(self) -> None:
        """End the sessions. May be called again."""
        atexit.unregister(self.close)
        for session in self._sessions:
            try:
                session.close()
            except Exception:
                # At the end of a process or of a conversation there is nobody to tell, and the other session has to be
                # closed all the same; the service ends what is left.
                logger.exception("session=<%s> | sandbox not closed", type(session).__name__)

    def _report(self, told: str) -> None:
        remedy = "Go on without it, or ask again in a moment."
        self._notices.append(Notice(told, code="sandbox_unavailable", remedy=remedy))


def sandbox_for(settings: Settings) -> Sandbox:
    """The sandbox tools of a new conversation; makes no call yet.

    Args:
        settings: Names the code interpreter, the browser, or both.
    """
    client = boto_session().client("bedrock-agentcore", config=SANDBOX_CONFIG)
    closing = agentcore_client()
    return Sandbox(
        CodeRunner(settings.code_interpreter_id, client, closing) if settings.code_interpreter_id else None,
        PageReader(settings.browser_id, client, closing) if settings.browser_id else None,
    )
