"""From a request to an answer: checks, the caller's conversation, and one turn of it."""

import asyncio
import importlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from agents.shared.errors import AgentError
from agents.shared.identity import Proof, proof_of, resolve_actor
from agents.shared.ownership import SessionOwners
from agents.shared.requests import Request, read_request, wants_stream
from agents.shared.session import Session
from agents.shared.settings import Settings
from agents.shared.telemetry import session_baggage

# Strands and boto3 take longer to import than a server to start, so they are imported after it listens.
if TYPE_CHECKING:
    from strands import Agent

    from agents.shared.conversation import Conversation
    from agents.shared.gateway.toolbox import Toolbox
    from agents.shared.guardrails.guard import Guard
    from agents.shared.memory import ConversationMemory
    from agents.shared.sandbox.sandbox import Sandbox

logger = logging.getLogger(__name__)

_HEAVY = ("agents.shared.conversation",)
_HEAVY_WITH_GATEWAY = ("agents.shared.gateway.toolbox",)
_HEAVY_WITH_SANDBOX = ("agents.shared.sandbox.sandbox",)
_HEAVY_WITH_GUARDRAIL = ("agents.shared.guardrails.guard",)
_WARM_UP_DELAY = 0.05
"""Seconds after start-up; long enough for the server to listen and answer its first ping."""


class BuildAgent(Protocol):
    """Makes a session's agent."""

    def __call__(self, settings: Settings, session: Session, *, memory: "ConversationMemory | None") -> "Agent":
        """Make the agent of a session, with its memory as session manager."""
        ...


class AgentService:
    """Answers the requests of an agent's session process.

    Runtime gives each session a process of its own; a process that is started by hand may serve several.

    Args:
        build: Makes the agent of a session.
        warm_up: Modules of the agent that are slow to import. They are imported when the server listens already.
        prompt_limit: Longest accepted prompt in characters.
        environ: Where the settings come from. Default: the process's environment.
    """

    def __init__(
        self,
        build: BuildAgent,
        *,
        warm_up: Sequence[str] = (),
        prompt_limit: int = 32_000,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._build = build
        self._modules = (*_HEAVY, *warm_up)
        self._prompt_limit = prompt_limit
        self._environ = environ
        self._conversations: dict[str, Conversation] = {}
        self._building = asyncio.Lock()
        # A boto3 session must not make two clients at once, and the first request may come while the process warms up.
        self._starting = threading.Lock()
        self._owners = SessionOwners(self._starting)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Import what the first answer needs while the server waits for it, and close sandboxes at its end.

        Args:
            _app: The app that starts.
        """
        thread = threading.Thread(target=self._get_ready, name="warm-up", daemon=True)
        warm_up = asyncio.get_running_loop().call_later(_WARM_UP_DELAY, thread.start)
        try:
            yield
        finally:
            warm_up.cancel()
            await asyncio.gather(*(each.close() for each in self._conversations.values()))

    async def answer(self, payload: object, session_id: str | None, headers: Mapping[str, str]) -> object:
        """Answer a request, whole or in parts.

        Errors are answers too, with HTTP status 200: Runtime hides the body of any other status from the caller.

        Args:
            payload: The request's JSON.
            session_id: Runtime's session id.
            headers: The request's headers.

        Returns:
            `{"response", "notices", "session_id"}`, `{"error": …}`, or an async generator of events.
        """
        if wants_stream(payload):
            return self._events(payload, session_id, headers)
        answer: dict[str, object] = {}
        async for event in self._events(payload, session_id, headers):
            answer = event
        if "error" in answer:
            return answer
        return {"response": answer["response"], "notices": answer["notices"], "session_id": session_id}

    async def _events(
        self, payload: object, session_id: str | None, headers: Mapping[str, str]
    ) -> AsyncGenerator[dict[str, object], None]:
        try:
            settings = Settings.from_environment(self._environ)
            request = read_request(payload, self._prompt_limit)
            session = Session(session_id or "", resolve_actor(settings, headers))
            with session_baggage(session):
                turn = self._turn(settings, session, request, proof_of(settings, headers))
                async with aclosing(turn) as events:
                    async for event in events:
                        yield event
        except AgentError as error:
            logger.warning("session_id=<%s>, code=<%s> | %s", session_id, error.code, error.message)
            yield error.body()
        except Exception:
            logger.exception("session_id=<%s> | request failed", session_id)
            yield AgentError(
                "internal_error",
                "The agent failed to answer.",
                "Try again; the agent's log holds the reason.",
                status=500,
            ).body()

    async def _turn(
        self, settings: Settings, session: Session, request: Request, proof: Proof
    ) -> AsyncGenerator[dict[str, object], None]:
        await self._owners.claim(settings, session)
        conversation = await self._conversation(settings, session)
        async with aclosing(conversation.turn(request.prompt, proof)) as events:
            async for event in events:
                yield event

    async def _conversation(self, settings: Settings, session: Session) -> "Conversation":
        async with self._building:
            if session.id not in self._conversations:
                self._conversations[session.id] = await asyncio.to_thread(self._converse, settings, session)
        return self._conversations[session.id]

    def _converse(self, settings: Settings, session: Session) -> "Conversation":
        with self._starting:
            from agents.shared.conversation import Conversation
            from agents.shared.memory import memory_for

            memory = memory_for(settings, session)
            agent = self._build(settings, session, memory=memory)
            sandbox = _sandbox(settings)
            if sandbox is not None:
                sandbox.offer(agent)
            return Conversation(agent, memory, _toolbox(settings), sandbox, _guard(settings, session, agent))

    def _get_ready(self) -> None:
        with self._starting:
            gateway = _HEAVY_WITH_GATEWAY if self._environ.get("AGENT_GATEWAY_URL") else ()
            has_sandbox = self._environ.get("AGENT_CODE_INTERPRETER_ID") or self._environ.get("AGENT_BROWSER_ID")
            sandbox = _HEAVY_WITH_SANDBOX if has_sandbox else ()
            guardrail = _HEAVY_WITH_GUARDRAIL if self._environ.get("AGENT_GUARDRAIL_ID") else ()
            for module in (*self._modules, *gateway, *sandbox, *guardrail):
                importlib.import_module(module)
            from agents.shared.aws import read_service_models

            read_service_models(sessions=bool(self._environ.get("AGENT_SESSIONS_TABLE")))


def _toolbox(settings: Settings) -> "Toolbox | None":
    if settings.gateway_url is None:
        return None
    from agents.shared.gateway.toolbox import toolbox_for

    return toolbox_for(settings)


def _sandbox(settings: Settings) -> "Sandbox | None":
    if not (settings.code_interpreter_id or settings.browser_id):
        return None
    from agents.shared.sandbox.sandbox import sandbox_for

    return sandbox_for(settings)


def _guard(settings: Settings, session: Session, agent: "Agent") -> "Guard | None":
    if settings.guardrail_id is None:
        return None
    from agents.shared.guardrails.guard import Guard

    return Guard(settings, session, agent)
