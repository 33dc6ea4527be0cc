"""Reads web pages in an AgentCore browser: one session per conversation, started when it is first needed.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/browser-tool.html
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from agents.shared.aws import boto_session
from agents.shared.sandbox.failures import UNREACHED, SandboxError, failure, reason_of
from agents.shared.sandbox.idle import IDLE_SECONDS, Idle
from agents.shared.sandbox.page import Page, PageError, check_url, read_page
from agents.shared.telemetry import LogEvent

if TYPE_CHECKING:
    from bedrock_agentcore.tools.browser_client import BrowserClient
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

logger = logging.getLogger(__name__)

SESSION_SECONDS = 3600
"""How long a session lives that nobody closes."""

_WHAT = "The page could not be read"
_DENIED = frozenset({401, 403})
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
Address = Callable[["BrowserClient"], tuple[str, Mapping[str, str]]]


class NoBrowserError(Exception):
    """A session was started behind which there is no browser, as in a local cloud that only records it."""


class PageReader:
    """The browser session of one conversation.

    Args:
        identifier: The browser.
        client: AgentCore's data plane, with the patience that starting a browser takes.
        closing: The same with little patience, for ending the session.
        address: Says where a started session is reached. Default: AgentCore's, signed by the
            SDK; where the client has an endpoint of its own, the one that StartBrowserSession answers.
        idle_seconds: How long the session waits for its next page before it is ended.
    """

    def __init__(
        self,
        identifier: str,
        client: "BedrockAgentCoreClient",
        closing: "BedrockAgentCoreClient",
        *,
        address: Address | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._identifier = identifier
        self._client = client
        self._closing = closing
        self._address = address or self._signed
        self._stream = ""
        self._browser: BrowserClient | None = None
        self._turn = threading.Lock()
        self._closed = False
        self._idle = Idle(self._end_idle, idle_seconds)

    def read(self, url: str) -> Page:
        """Open a page and read it.

        Raises:
            PageError: If the address is refused or the page cannot be opened.
            SandboxError: If there is no browser to open it.
        """
        check_url(url)
        with self._turn:
            self._idle.end()
            try:
                return read_page(url, *self._address(self._started()))
            except (*UNREACHED, InvalidHandshake, InvalidURI, NoBrowserError) as error:
                raise self._failed(error) from error
            finally:
                if self._browser is not None:
                    self._idle.begin()

    def close(self) -> None:
        """End the session, if there is one; a failure is logged, and the service ends it after `SESSION_SECONDS`."""
        # Without waiting for its turn: who closes does not want to wait for a page.
        self._closed = True
        self._idle.end()
        self._stop()

    def _end_idle(self) -> None:
        with self._turn:
            self._stop()

    def _failed(self, error: Exception) -> SandboxError:
        logger.warning(
            f"browser=<%s>, reason=<%s>, error=<%s> | {LogEvent.SANDBOX_FAILED}",
            self._identifier,
            reason_of(error),
            error,
        )
        # What is left of it is of no use: the next page begins anew.
        self._stop()
        if isinstance(error, NoBrowserError):
            return SandboxError(f"{_WHAT}: {error}", "no browser")
        if isinstance(error, InvalidStatus) and error.response.status_code in _DENIED:
            return SandboxError(f"{_WHAT}: the agent's role does not allow it.", "AccessDenied")
        return failure(_WHAT, error)

    def _signed(self, browser: "BrowserClient") -> tuple[str, Mapping[str, str]]:
        # A local cloud's streams are where its API is, and the SDK signs for AWS's hosts only.
        endpoint, stream = urlsplit(self._client.meta.endpoint_url), urlsplit(self._stream)
        if str(endpoint.hostname).endswith(_AWS_HOSTS) or stream.netloc != endpoint.netloc:
            return browser.generate_ws_headers()
        request = AWSRequest("GET", urlunsplit(stream._replace(scheme=endpoint.scheme)))
        credentials = boto_session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        SigV4Auth(credentials, "bedrock-agentcore", self._client.meta.region_name).add_auth(request)
        return self._stream, dict(request.headers)

    def _started(self) -> "BrowserClient":
        browser = self._browser
        if browser is None and not self._closed:
            from bedrock_agentcore.tools.browser_client import BrowserClient

            browser = BrowserClient(self._client.meta.region_name)
            browser.data_plane_client = self._client
            # Not by its own `start`, which keeps from us whether there is a browser behind the session.
            started = self._client.start_browser_session(
                browserIdentifier=self._identifier, sessionTimeoutSeconds=SESSION_SECONDS
            )
            browser.identifier, browser.session_id = started["browserIdentifier"], started["sessionId"]
            self._browser = browser
            stream = (started.get("streams") or {}).get("automationStream")
            if stream is None:
                raise NoBrowserError("no browser runs behind this session.")
            self._stream = stream["streamEndpoint"]
            if self._closed:
                self._stop()
        if browser is None or self._closed:
            raise SandboxError(f"{_WHAT}: the conversation is over.", "closed")
        return browser

    def _stop(self) -> None:
        browser, self._browser = self._browser, None
        if browser is None:
            return
        browser.data_plane_client = self._closing
        try:
            browser.stop()
        except UNREACHED as error:
            logger.warning(
                "browser=<%s>, reason=<%s> | session not ended, it ends by itself", self._identifier, reason_of(error)
            )


__all__ = ["NoBrowserError", "PageError", "PageReader"]
