"""Talks to a deployed agent as any client does: `InvokeAgentRuntime` over boto3.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
"""

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from workbench.conversations.answers import (
    AgentError,
    Answer,
    AnswerEvent,
    Notice,
    TextPart,
    plain_answer,
    streamed_answer,
)
from workbench.conversations.extraction import LongTermMemory

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

ACTOR_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"
"""Names the actor, where the runtime's header allowlist and the agent's settings accept it."""

_JSON = "application/json"
_EVENT_STREAM = "text/event-stream"


def new_session_id() -> str:
    """A session id the service accepts: at least 33 characters, and nobody else's."""
    return f"session-{uuid.uuid4()}"


class AgentClient:
    """One deployed agent, as one actor talks to it.

    Args:
        client: A `bedrock-agentcore` client of boto3; used by this object alone, because it signs the actor's header.
            With a token, one that signs nothing.
        runtime_arn: ARN of the agent's runtime.
        actor: Who talks: named in a header, or with a token the user whom it speaks for. Default: no actor is named.
        token: Bearer token of a user. Default: requests are signed.
        memory: The agent's memory. Default: it has none.
    """

    def __init__(
        self,
        client: "BedrockAgentCoreClient",
        runtime_arn: str,
        *,
        actor: str = "",
        token: str = "",
        memory: LongTermMemory | None = None,
    ) -> None:
        self._client = client
        self._arn = runtime_arn
        self._actor = actor
        self._memory = memory
        if token:

            def show_token(params: dict[str, dict[str, str]], **_: object) -> None:
                params["headers"]["Authorization"] = f"Bearer {token}"

            client.meta.events.register("before-call.bedrock-agentcore", show_token)
        elif actor:
            # The operation's model has no member for custom headers, so the header joins the request before signing.
            def name_actor(request: AWSRequest, **_: object) -> None:
                request.headers[ACTOR_HEADER] = actor

            client.meta.events.register("before-sign.bedrock-agentcore.InvokeAgentRuntime", name_actor)

    def ask(self, prompt: str, session_id: str) -> Answer:
        """Ask for a plain answer.

        Args:
            prompt: What the actor says.
            session_id: At least 33 characters.

        Returns:
            The answer.

        Raises:
            AgentError: If the agent or the service answers with an error.
        """
        try:
            _, body = self._invoke(prompt, session_id, stream=False)
            return plain_answer(body.read())
        except (ClientError, BotoCoreError) as error:
            raise _service_error(error) from error

    def stream(self, prompt: str, session_id: str) -> Iterator[AnswerEvent]:
        """Ask for a streamed answer; an agent that does not stream answers as a whole.

        Args:
            prompt: What the actor says.
            session_id: At least 33 characters.

        Yields:
            The parts as they arrive, and the whole `Answer` last.

        Raises:
            AgentError: If the agent or the service answers with an error.
        """
        try:
            content_type, body = self._invoke(prompt, session_id, stream=True)
            if not content_type.startswith(_EVENT_STREAM):
                answer = plain_answer(body.read())
                yield TextPart(answer.text)
                yield from map(Notice, answer.notices)
                yield answer
                return
            # Small chunks, or words wait for each other.
            yield from streamed_answer(body.iter_lines(chunk_size=1))
        except (ClientError, BotoCoreError) as error:
            raise _service_error(error) from error

    def stop_session(self, session_id: str) -> None:
        """End the session's process; what it had not stored is gone.

        Args:
            session_id: The session.

        Raises:
            AgentError: If the service answers with an error.
        """
        try:
            self._client.stop_runtime_session(agentRuntimeArn=self._arn, runtimeSessionId=session_id)
        except (ClientError, BotoCoreError) as error:
            raise _service_error(error) from error

    def wait_for_extraction(self) -> None:
        """Wait until long-term memory has learned from what the actor said.

        Raises:
            AgentError: If the agent has no memory, or nothing appears in it.
        """
        if self._memory is None:
            raise AgentError("no_memory", "the agent has no memory that could learn", "remove the wait for extraction")
        try:
            self._memory.wait_for_records(self._actor)
        except (ClientError, BotoCoreError) as error:
            raise _service_error(error) from error

    def _invoke(self, prompt: str, session_id: str, *, stream: bool) -> tuple[str, "StreamingBody"]:
        answer = self._client.invoke_agent_runtime(
            agentRuntimeArn=self._arn,
            runtimeSessionId=session_id,
            contentType=_JSON,
            accept=_EVENT_STREAM if stream else _JSON,
            payload=json.dumps({"prompt": prompt, "stream": stream}).encode(),
        )
        return answer["contentType"], answer["response"]


def _service_error(error: ClientError | BotoCoreError) -> AgentError:
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        return AgentError(details.get("Code", "Unknown"), details.get("Message", ""))
    return AgentError(type(error).__name__, str(error))
