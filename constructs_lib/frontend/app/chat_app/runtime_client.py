"""Calls agents on AgentCore Runtime as any client with a user's token does: HTTPS, answers as server-sent events.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-oauth.html
"""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

import httpx

from .errors import BROKEN_OFF, TIMED_OUT, UNREACHABLE, ChatError, of_agent, of_status
from .events import Event, parse_answer, parse_stream

logger = logging.getLogger(__name__)

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"

_ATTEMPTS = 4
_FIRST_PAUSE = 0.4
_TIMEOUT = httpx.Timeout(connect=5.0, read=300.0, write=30.0, pool=10.0)
"""`read` is the longest silence: an agent may start, think and wait for tools."""
_LIMITS = httpx.Limits(max_connections=400, max_keepalive_connections=50, keepalive_expiry=60.0)
_EVENT_STREAM = "text/event-stream"

Wait = Callable[[float], None]


def http_client() -> httpx.Client:
    """A client for all people of a task: it keeps connections, and nothing of anybody."""
    return httpx.Client(timeout=_TIMEOUT, limits=_LIMITS, follow_redirects=False, trust_env=False)


class RuntimeClient:
    """Calls agents under a person's token.

    A request is sent again only where nothing of it can have been accepted: the connection was not made, or AgentCore
    refused it for its rate. A message also has an id, so that an agent that did get it twice answers once.

    Args:
        http: The HTTP client; shared.
        endpoint: Address of the data plane.
        wait: Waits between attempts, in seconds.
    """

    def __init__(self, http: httpx.Client, endpoint: str, *, wait: Wait = time.sleep) -> None:
        self._http = http
        self._endpoint = endpoint
        self._wait = wait

    @contextmanager
    def ask(
        self, runtime_arn: str, token: str, session_id: str, prompt: str, message_id: str
    ) -> Iterator[Iterator[Event]]:
        """Send a message; the connection is closed at the end of the `with` block, whatever is left of the answer.

        Args:
            runtime_arn: The agent.
            token: The person's access token.
            session_id: The conversation, at least 33 characters.
            prompt: What the person says.
            message_id: The message's own id.

        Yields:
            The events of the answer.

        Raises:
            ChatError: What went wrong, also while the events are read.
        """
        payload = {"prompt": prompt, "stream": True, "message_id": message_id}
        headers = {"Accept": f"{_EVENT_STREAM}, application/json"}
        with self._sent(self._invocation(runtime_arn, token, session_id, payload, headers)) as response:
            yield _read(response)

    def operate(
        self, runtime_arn: str, token: str, session_id: str, operation: str, **arguments: object
    ) -> Mapping[str, object]:
        """Run an operation of an agent, such as `list_conversations`.

        Args:
            runtime_arn: The agent.
            token: The person's access token.
            session_id: The session whose process answers.
            operation: The operation.
            **arguments: Its arguments.

        Raises:
            ChatError: What went wrong.
        """
        request = self._invocation(runtime_arn, token, session_id, {"operation": operation, **arguments}, {})
        with self._sent(request) as response:
            body = _body(response)
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise of_agent(body)
        if answer.get("error"):
            raise of_agent(answer["error"])
        return answer

    def stop_session(self, runtime_arn: str, token: str, session_id: str) -> None:
        """End a session's process at once; one that does not run is left alone.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-stop-session.html

        Args:
            runtime_arn: The agent.
            token: The person's access token.
            session_id: The session.
        """
        request = self._http.build_request(
            "POST",
            f"{self._address(runtime_arn)}/stopruntimesession",
            params={"qualifier": "DEFAULT"},
            headers=_headers(token, session_id),
            json={},
        )
        try:
            status = self._http.send(request).status_code
        except httpx.HTTPError as error:
            logger.warning("session_id=<%s>, error=<%s> | session not stopped", session_id, type(error).__name__)
            return
        if status not in {200, 202, 204, 404}:
            logger.warning("session_id=<%s>, status=<%d> | session not stopped", session_id, status)

    def _invocation(
        self, runtime_arn: str, token: str, session_id: str, payload: Mapping[str, object], headers: Mapping[str, str]
    ) -> httpx.Request:
        return self._http.build_request(
            "POST",
            f"{self._address(runtime_arn)}/invocations",
            params={"qualifier": "DEFAULT"},
            headers={**_headers(token, session_id), **headers},
            json=dict(payload),
        )

    def _address(self, runtime_arn: str) -> str:
        return f"{self._endpoint}/runtimes/{quote(runtime_arn, safe='')}"

    @contextmanager
    def _sent(self, request: httpx.Request) -> Iterator[httpx.Response]:
        response = self._send(request)
        try:
            if response.status_code >= 400:
                raise of_status(response.status_code, _body(response))
            yield response
        finally:
            response.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = self._http.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                if attempt == _ATTEMPTS:
                    raise ChatError(UNREACHABLE) from error
            except httpx.TimeoutException as error:
                raise ChatError(TIMED_OUT) from error
            except httpx.HTTPError as error:
                # The message may have arrived.
                raise ChatError(UNREACHABLE) from error
            else:
                if response.status_code != httpx.codes.TOO_MANY_REQUESTS or attempt == _ATTEMPTS:
                    return response
                response.close()
            self._wait(random.uniform(0.5, 1.0) * _FIRST_PAUSE * 2**attempt)  # noqa: S311 -- spreads retries
        raise ChatError(UNREACHABLE)


def _read(response: httpx.Response) -> Iterator[Event]:
    try:
        if response.headers.get("content-type", "").startswith(_EVENT_STREAM):
            yield from parse_stream(response.iter_lines())
        else:
            yield from parse_answer(_body(response))
    except httpx.TimeoutException as error:
        raise ChatError(TIMED_OUT) from error
    except httpx.HTTPError as error:
        raise ChatError(BROKEN_OFF) from error


def _body(response: httpx.Response) -> str:
    try:
        return response.read().decode(errors="replace")
    except httpx.HTTPError as error:
        raise ChatError(BROKEN_OFF) from error


def _headers(token: str, session_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", SESSION_HEADER: session_id}
