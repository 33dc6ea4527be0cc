"""From a request to an answer: checks, the caller's conversation, and one turn of it."""

import asyncio
import importlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agents.shared.conversations.desk import OPERATIONS, ConversationDesk
from agents.shared.errors import AgentError
from agents.shared.identity import Proof, proof_of, resolve_actor
from agents.shared.ownership import SessionOwners
from agents.shared.request_log import RequestEntry, request_entry
from agents.shared.requests import Request, read_operation, read_request, wants_stream
from agents.shared.session import Session
from agents.shared.settings import Settings
from agents.shared.telemetry import LogEvent, log_as_json, session_baggage

# Strands and boto3 take longer to import than a server to start, so they are imported after it listens.
if TYPE_CHECKING:
    from strands import Agent

    from agents.shared.conversation import Conversation
    from agents.shared.gateway.announced import AnnouncedTool
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
        tasks: TOML file with the predefined tasks, which the operation `list_tasks` answers with. Default: none.
        announced_tools: Tools of the gateway that the model is offered whoever the user is. Default: none.
        prompt_limit: Longest accepted prompt in characters.
        environ: Where the settings come from. Default: the process's environment.
    """

    def __init__(
        self,
        build: BuildAgent,
        *,
        warm_up: Sequence[str] = (),
        tasks: Path | None = None,
        announced_tools: "Sequence[AnnouncedTool]" = (),
        prompt_limit: int = 32_000,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._build = build
        self._modules = (*_HEAVY, *warm_up)
        self._tasks = tasks
        self._announced_tools = announced_tools
        self._prompt_limit = prompt_limit
        self._environ = environ
        self._conversations: dict[str, Conversation] = {}
        self._building = asyncio.Lock()
        # A boto3 session must not make two clients at once, and the first request may come while the process warms up.
        self._starting = threading.Lock()
        self._owners = SessionOwners(self._starting)
        self._desk = ConversationDesk(self._conversations, self._owners, self._starting)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Import what the first answer needs while the server waits for it, and close sandboxes at its end.

        Args:
            _app: The app that starts.
        """
        thread = threading.Thread(target=self._get_ready, name="warm-up", daemon=True)
        log_as_json()
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
            `{"response", "notices", "artifacts", "session_id"}`, an operation's answer, `{"error": …}`, or an async
            generator of events.
        """
        if wants_stream(payload):
            return self._logged(payload, session_id, headers)
        events = [event async for event in self._logged(payload, session_id, headers)]
        answer = events[-1]
        if "response" not in answer:
            return answer
        artifacts = [event for event in events if event["type"] == "artifact"]
        return {
            "response": answer["response"],
            "notices": answer["notices"],
            **({"artifacts": artifacts} if artifacts else {}),
            "session_id": session_id,
        }

    async def _logged(
        self, payload: object, session_id: str | None, headers: Mapping[str, str]
    ) -> AsyncGenerator[dict[str, object], None]:
        with request_entry(session_id) as entry:
            async with aclosing(self._events(payload, session_id, headers, entry)) as events:
                async for event in events:
                    entry.saw(event)
                    yield event
            entry.complete()

    async def _events(
        self, payload: object, session_id: str | None, headers: Mapping[str, str], entry: RequestEntry
    ) -> AsyncGenerator[dict[str, object], None]:
        try:
            settings = Settings.from_environment(self._environ)
            operation = read_operation(payload)
            if operation is not None:
                yield await self._operate(settings, resolve_actor(settings, headers), operation, payload)
                return
            request = read_request(payload, self._prompt_limit)
            session = Session(session_id or "", resolve_actor(settings, headers))
            entry.actor_id = session.actor_id
            with session_baggage(session):
                turn = self._turn(settings, session, request, proof_of(settings, headers))
                async with aclosing(turn) as events:
                    async for event in events:
                        yield event
        except AgentError as error:
            line = f"session_id=<%s>, code=<%s>, message=<%s> | {LogEvent.REQUEST_REFUSED}"
            logger.warning(line, session_id, error.code, error.message)
            yield error.body()
        except Exception:
            # The last stop before the server: whatever nobody has thought of is an answer too, without what it says,
            # which may hold somebody's words or an address of the account.
            logger.exception(f"session_id=<%s> | {LogEvent.REQUEST_FAILED}", session_id)
            yield AgentError(
                "internal_error",
                "The agent failed to answer.",
                "Try again; the agent's log holds the reason.",
                status=500,
            ).body()

    async def _operate(self, settings: Settings, actor_id: str, operation: str, payload: object) -> dict[str, object]:
        if operation == "list_tasks":
            return {"tasks": await asyncio.to_thread(self._list_tasks)}
        if operation in OPERATIONS:
            return await self._desk.run(settings, actor_id, operation, payload)
        known = ", ".join(sorted({"list_tasks", *OPERATIONS}))
        raise AgentError(
            "operation_unknown",
            f"There is no operation {operation[:80]!r}.",
            f'Send {{"prompt": "…"}}, or one of {known}.',
        )

    def _list_tasks(self) -> list[dict[str, object]]:
        if self._tasks is None:
            return []
        from agents.shared.tasks import read_tasks

        return [task.model_dump() for task in read_tasks(self._tasks)]

    async def _turn(
        self, settings: Settings, session: Session, request: Request, proof: Proof
    ) -> AsyncGenerator[dict[str, object], None]:
        await self._owners.claim(settings, session)
        conversation = await self._conversation(settings, session)
        async with aclosing(conversation.turn(request.prompt, proof, request.message_id)) as events:
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
            toolbox = _toolbox(settings, self._announced_tools)
            return Conversation(agent, memory, toolbox, sandbox, _guard(settings, session, agent))

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


def _toolbox(settings: Settings, announced: "Sequence[AnnouncedTool]") -> "Toolbox | None":
    if settings.gateway_url is None:
        return None
    from agents.shared.gateway.toolbox import toolbox_for

    return toolbox_for(settings, announced)


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
