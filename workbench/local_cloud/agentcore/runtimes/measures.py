"""The metrics of one invocation of a runtime."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx

from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition
from workbench.local_cloud.agentcore.service import ServiceError
from workbench.telemetry.services import agentcore
from workbench.telemetry.services.outcome import Emit, Stopwatch

_CLIENT_GONE = 499
_BAD_REQUEST = 400
_AGENT_FAILED = ServiceError("RuntimeClientError", "the agent failed", 424)


class InvocationMeasure:
    """Watches one invocation from the request to the end of the answer.

    Args:
        runtime: The runtime.
        emit: Takes the values.
    """

    def __init__(self, runtime: RuntimeDefinition, emit: Emit) -> None:
        self._arn = runtime.arn
        self._name = f"{runtime.runtime_id.rpartition('-')[0]}::{runtime.endpoint}"
        self._emit = emit
        self._stopwatch = Stopwatch()
        self._ended = False

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Count what authorizing the caller comes to, in its block."""
        when = self._stopwatch.outcome().time
        try:
            yield
        except ServiceError as error:
            self._emit(agentcore.inbound_refused(arn=self._arn, code=error.code, when=when))
            raise
        self._emit(agentcore.inbound_authorized(arn=self._arn, when=when))

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Count an invocation that fails before its answer begins, in its block."""
        try:
            yield
        except ServiceError as error:
            self._end(error.status, error.code)
            raise
        except BaseException:
            self._end(_CLIENT_GONE, "")
            raise

    def session_began(self) -> None:
        """Count a new session."""
        when = self._stopwatch.outcome().time
        self._emit(agentcore.runtime_session_began(name=self._name, arn=self._arn, when=when))

    async def passing(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The answer's parts; one that breaks off counts as the agent's failure."""
        try:
            async for chunk in chunks:
                yield chunk
        except httpx.HTTPError:
            self._end(_AGENT_FAILED.status, _AGENT_FAILED.code)
            raise

    def closing(self, status: int, close: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """What ends the answer, and counts the invocation.

        Args:
            status: The agent's HTTP status. Whatever it is, an error of the agent is the service's 424.
            close: Lets go of the agent's connection.
        """

        async def closed() -> None:
            self._end(status if status < _BAD_REQUEST else _AGENT_FAILED.status, "")
            await close()

        return closed

    def _end(self, status: int, code: str) -> None:
        if not self._ended:
            self._ended = True
            outcome = self._stopwatch.outcome(status, code)
            self._emit(agentcore.runtime_invoked(name=self._name, arn=self._arn, outcome=outcome))
