"""What agents print, into the log groups of their runtimes at the emulator's CloudWatch Logs.

As in the service, it goes there under the agent's own execution role, so a role that may not write its logs is noticed
here: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
"""

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workbench.local_cloud.agentcore.runtimes.credentials import Credentials
from workbench.local_cloud.agentcore.runtimes.definition import RuntimeDefinition

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

LOG_GROUPS = "/aws/bedrock-agentcore/runtimes"
TELEMETRY_STREAM = "otel-rt-logs"
"""The log stream of all sessions' OpenTelemetry log records.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-view.html
"""


def log_group(runtime: RuntimeDefinition) -> str:
    """The log group of a runtime's endpoint."""
    return f"{LOG_GROUPS}/{runtime.runtime_id}-{runtime.endpoint}"


_LOG = logging.getLogger(__name__)
_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30, proxies={})
_EVENTS_A_CALL = 1000
_BYTES_AT_ONCE = 500_000
_LONGEST_LINE = 250_000


class AgentOutput:
    """The output of one session's process.

    Args:
        runtime: The runtime it runs.
        session_id: Its session.
        log: The file that the process prints to.
        emulator_url: Where every AWS call goes.
        stream: The log stream. Default: one of the session's own, as for what an agent prints.
    """

    def __init__(
        self, runtime: RuntimeDefinition, session_id: str, log: Path, emulator_url: str, *, stream: str = ""
    ) -> None:
        self._runtime = runtime
        self._log = log
        self._emulator_url = emulator_url
        self._group = log_group(runtime)
        self._stream = stream or f"{dt.datetime.now(dt.UTC):%Y/%m/%d}/[runtime-logs]{session_id}"
        # What an earlier process of the session wrote is delivered already.
        self._delivered = log.stat().st_size if log.exists() else 0
        self._stream_exists = False
        self._given_up = False
        self._lock = threading.Lock()

    def deliver(self, credentials: Credentials) -> None:
        """Send what was printed since the last time; nothing more after a refusal, which is logged once.

        Args:
            credentials: Of the execution role.
        """
        with self._lock:
            if self._given_up or not self._log.exists() or self._log.stat().st_size <= self._delivered:
                return
            try:
                self._send(_client(self._emulator_url, self._runtime.scope.region, credentials))
            except (ClientError, BotoCoreError) as error:
                self._given_up = True
                _LOG.warning("the output of %s does not reach %s: %s", self._runtime.arn, self._group, error)

    def _send(self, logs: "CloudWatchLogsClient") -> None:
        with self._log.open("rb") as file:
            file.seek(self._delivered)
            text = file.read(_BYTES_AT_ONCE)
        # A line that is still being printed comes the next time.
        complete = text[: text.rfind(b"\n") + 1]
        if not complete:
            return
        if not self._stream_exists:
            self._make_stream(logs)
        for events in _batches(complete.decode(errors="replace").splitlines()):
            logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
        self._delivered += len(complete)

    def _make_stream(self, logs: "CloudWatchLogsClient") -> None:
        found = logs.describe_log_streams(logGroupName=self._group, logStreamNamePrefix=self._stream)
        if not found["logStreams"]:
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._stream_exists = True


def _batches(lines: Sequence[str]) -> Iterator[list["InputLogEventTypeDef"]]:
    now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    events: list[InputLogEventTypeDef] = [{"timestamp": now, "message": line[:_LONGEST_LINE]} for line in lines if line]
    for start in range(0, len(events), _EVENTS_A_CALL):
        yield events[start : start + _EVENTS_A_CALL]


@lru_cache(maxsize=64)
def _client(emulator_url: str, region: str, credentials: Credentials) -> "CloudWatchLogsClient":
    session = boto3.Session(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token, region_name=region
    )
    return session.client("logs", endpoint_url=emulator_url, config=_CONFIG)
