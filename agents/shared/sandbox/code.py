"""Runs code in an AgentCore code interpreter: one session per conversation, started when it is first needed.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from agents.shared.sandbox.failures import UNREACHED, SandboxError, failure, reason_of, session_is_gone, timed_out
from agents.shared.sandbox.idle import IDLE_SECONDS, Idle
from agents.shared.telemetry import LogEvent

if TYPE_CHECKING:
    import boto3
    from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

logger = logging.getLogger(__name__)

SESSION_SECONDS = 3600
"""How long a session lives at most: a conversation that lasts longer gets another one."""

Result = Mapping[str, object]
Call = Callable[["CodeInterpreter"], Mapping[str, object]]


@dataclass(frozen=True)
class File:
    """A file out of the sandbox.

    Args:
        path: Where it is there.
        content: What it holds; bytes where that is no text.
        media_type: Its MIME type as the service says.
    """

    path: str
    content: str | bytes
    media_type: str


@dataclass
class Outcome:
    """What a call did.

    Args:
        text: What it wrote or says.
        failed: Whether the service calls it an error: the code's own fault.
        restarted: Whether the session was a new one although there had been one: files and variables are gone.
        files: Files it gave.
    """

    text: str
    failed: bool
    restarted: bool = False
    files: list[File] = field(default_factory=list)


class CodeRunner:
    """The code session of one conversation.

    Calls come one after the other. A call that stays silent too long costs the session: nobody knows what it still
    does, so it is stopped, and the next call begins a new one.

    Args:
        identifier: The code interpreter.
        client: AgentCore's data plane, with the patience that running code takes.
        closing: The same with little patience, for ending the session.
        idle_seconds: How long the session waits for its next call before it is ended.
    """

    def __init__(
        self,
        identifier: str,
        client: "BedrockAgentCoreClient",
        closing: "BedrockAgentCoreClient",
        *,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._identifier = identifier
        self._client = client
        self._closing = closing
        self._interpreter: CodeInterpreter | None = None
        self._turn = threading.Lock()
        self._closed = False
        self._lost = False
        self._idle = Idle(self._end_idle, idle_seconds)

    def run(self, code: str) -> Outcome:
        """Run Python code; variables and files last until the session ends.

        Raises:
            SandboxError: If it was not run, or is not known to have ended.
        """
        return self._call("The code could not be run", lambda it: it.execute_code(code))

    def write_file(self, path: str, text: str) -> Outcome:
        """Put a text file into the session.

        Raises:
            SandboxError: If the session cannot be reached.
        """
        return self._call("The file could not be written", lambda it: it.upload_file(path, text))

    def read_files(self, paths: Sequence[str]) -> Outcome:
        """Get files out of the session.

        Raises:
            SandboxError: If the session cannot be reached.
        """
        return self._call("The files could not be read", lambda it: it.invoke("readFiles", {"paths": list(paths)}))

    def list_files(self, directory: str) -> Outcome:
        """The names of a directory's files; those of directories end in `/`.

        Raises:
            SandboxError: If the session cannot be reached.
        """
        arguments = {"directoryPath": directory}
        return self._call("The files could not be listed", lambda it: it.invoke("listFiles", arguments))

    def close(self) -> None:
        """End the session, if there is one, and with it what runs there.

        A failure is logged, and the service ends the session after `SESSION_SECONDS`.
        """
        # Without waiting for its turn: who closes does not want to wait for code.
        self._closed = True
        self._idle.end()
        self._stop()

    def _call(self, what: str, call: Call) -> Outcome:
        with self._turn:
            self._idle.end()
            try:
                outcome = self._sent(call)
            except UNREACHED as error:
                raise self._failed(what, error) from error
            finally:
                if self._interpreter is not None:
                    self._idle.begin()
            outcome.restarted, self._lost = self._lost, False
            return outcome

    def _sent(self, call: Call) -> Outcome:
        had_one = self._interpreter is not None
        try:
            return _outcome(call(self._started()))
        except UNREACHED as error:
            # Nothing has run then: the session ended between two calls.
            if not (had_one and session_is_gone(error)):
                raise
        logger.warning("code_interpreter=<%s> | session has ended, a new one is started", self._identifier)
        self._interpreter, self._lost = None, True
        return _outcome(call(self._started()))

    def _end_idle(self) -> None:
        with self._turn:
            if self._interpreter is not None:
                logger.info("code_interpreter=<%s> | session is idle and ended", self._identifier)
                self._lost = True
                self._stop()

    def _failed(self, what: str, error: Exception) -> SandboxError:
        logger.warning(
            f"code_interpreter=<%s>, reason=<%s>, error=<%s> | {LogEvent.SANDBOX_FAILED}",
            self._identifier,
            reason_of(error),
            error,
        )
        if self._closed:
            return _over()
        if not timed_out(error):
            return failure(what, error)
        self._stop()
        lost = "It was stopped; the files and variables of the sandbox are lost."
        return SandboxError(f"The code gave no answer for too long. {lost}", "timed out", again=True)

    def _started(self) -> "CodeInterpreter":
        made = self._interpreter
        if made is None and not self._closed:
            from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

            made = CodeInterpreter(
                self._client.meta.region_name, session=cast("boto3.Session", OneClient(self._client))
            )
            made.start(self._identifier, session_timeout_seconds=SESSION_SECONDS)
            self._interpreter = made
            if self._closed:
                self._stop()
        if made is None or self._closed:
            raise _over()
        return made

    def _stop(self) -> None:
        interpreter, self._interpreter = self._interpreter, None
        if interpreter is None:
            return
        interpreter.data_plane_client = self._closing
        try:
            interpreter.stop()
        except UNREACHED as error:
            logger.warning(
                "code_interpreter=<%s>, reason=<%s> | session not ended, it ends by itself",
                self._identifier,
                reason_of(error),
            )


def _over() -> SandboxError:
    return SandboxError("The code could not be run: the conversation is over.", "closed")


class OneClient:
    """Stands in for a boto3 session, so that the SDK uses our client with our time-outs and makes none of its own."""

    def __init__(self, client: "BedrockAgentCoreClient") -> None:
        self._client = client

    def client(self, *_: object, **__: object) -> "BedrockAgentCoreClient":
        """The client, whatever is asked for."""
        return self._client


def _outcome(answer: Mapping[str, object]) -> Outcome:
    texts: list[str] = []
    files: list[File] = []
    failed = False
    for result in _results(answer):
        failed = failed or bool(result.get("isError"))
        for part in cast("Sequence[Mapping[str, object]]", result.get("content") or ()):
            texts += _texts(part)
            files += _files(part)
    return Outcome("\n".join(texts), failed, files=files)


def _results(answer: Mapping[str, object]) -> Iterator[Result]:
    for event in cast("Sequence[Mapping[str, object]]", answer["stream"]):
        if "result" in event:
            yield cast("Result", event["result"])


def _texts(part: Mapping[str, object]) -> list[str]:
    if part.get("type") == "text":
        return [str(part.get("text", ""))]
    if part.get("type") == "resource_link":
        return [f"{part.get('name')}{'/' if part.get('description') == 'Directory' else ''}"]
    return []


def _files(part: Mapping[str, object]) -> list[File]:
    resource = part.get("resource")
    if isinstance(resource, Mapping):
        path = str(resource.get("uri", "")).removeprefix("file://").removeprefix("/")
        content = resource.get("text", resource.get("blob"))
        if isinstance(content, str | bytes):
            return [File(path, content, str(resource.get("mimeType", "")))]
    data = part.get("data")
    if part.get("type") == "image" and isinstance(data, bytes):
        return [File(str(part.get("name") or "image"), data, str(part.get("mimeType", "")))]
    return []
