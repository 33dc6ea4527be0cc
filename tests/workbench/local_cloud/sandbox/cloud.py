"""A real emulator and a real AgentCore server with narrow sandboxes, talked to by AWS's own clients."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3
import httpx
import psutil
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

from tests.serving import serving
from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud, FakeAgentCore, free_port, running
from workbench.local_cloud.agentcore.app import AgentCoreServer
from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.authorization import RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.code import CodeStore, S3PackageSource
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.sandbox.browsers import LocalBrowsers
from workbench.local_cloud.agentcore.sandbox.chromium import Chromium
from workbench.local_cloud.agentcore.sandbox.isolation import Limits
from workbench.local_cloud.agentcore.sandbox.plane import SandboxDataPlane
from workbench.local_cloud.cloudformation import ResourceProvider
from workbench.telemetry.store import Datum

BUILTIN = "aws.codeinterpreter.v1"
LIMITS = Limits(
    call_seconds=2.0,
    memory_bytes=400 << 20,
    file_bytes=1_000_000,
    output_bytes=20_000,
    read_bytes=50_000,
    sessions=12,
)


@dataclass
class SandboxCloud:
    """A running local cloud whose sandboxes have narrow limits."""

    emulator: Cloud
    server_url: str
    directory: Path
    measured: list[Datum]

    def values(self, name: str, **dimensions: str) -> list[float]:
        """What was measured of a metric of AgentCore with exactly these dimensions."""
        wanted = ("AWS/Bedrock-AgentCore", name, dimensions)
        return [one.value for one in self.measured if (one.namespace, one.name, one.dimensions) == wanted]

    def client(self, service: str = "bedrock-agentcore", session: boto3.Session | None = None) -> Any:
        """A client; the administrator's by default."""
        return self.emulator.client(service, session)

    def interpreter(self, client: object = None) -> CodeInterpreter:
        """The SDK's client, not started."""
        return CodeInterpreter("us-east-1", session=cast("boto3.Session", _OneClient(client or self.client())))

    @contextmanager
    def session(self) -> Iterator[CodeInterpreter]:
        """A started session."""
        made = self.interpreter()
        made.start(BUILTIN, session_timeout_seconds=60)
        try:
            yield made
        finally:
            made.stop()

    def rows(self) -> dict[str, dict[str, Any]]:
        """What the server says of its sessions."""
        answer = httpx.get(f"{self.server_url}/_local/sandboxes", trust_env=False).json()
        return {row["sessionId"]: row for row in answer}


class _OneClient:
    def __init__(self, client: object) -> None:
        self._client = client

    def client(self, *_: object, **__: object) -> object:
        return self._client


def result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The one result of a call."""
    (event,) = list(answer["stream"])
    return cast("dict[str, Any]", event["result"])


def text(answer: Mapping[str, Any]) -> str:
    """What a call says."""
    return "\n".join(part["text"] for part in result(answer)["content"])


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def sandbox_cloud(directory: Path, chromium: Chromium | None = None) -> Iterator[SandboxCloud]:
    """A local cloud that ends with the block; browsers run in it if a Chromium is given."""
    port = free_port()
    agentcore = FakeAgentCore(url=f"http://127.0.0.1:{port}")
    with running(directory, "http://127.0.0.1:9", agentcore) as emulator:
        measured: list[Datum] = []
        server = _server(directory, emulator.endpoint, agentcore.url, chromium, Observing(measured.extend))
        with serving(server.application(), port=port):
            yield SandboxCloud(emulator, agentcore.url, directory, measured)


def _server(
    directory: Path, emulator_url: str, server_url: str, chromium: Chromium | None, observing: Observing
) -> AgentCoreServer:
    browsers = LocalBrowsers(chromium, emulator_url, most=2) if chromium else None
    control, credentials = ControlPlane(emulator_url), RoleCredentials(emulator_url)
    packages = CodeStore(S3PackageSource(emulator_url), directory / "cache")
    sessions = Sessions(
        control, packages, credentials, directory=directory, emulator_url=emulator_url, server_url=server_url
    )
    return AgentCoreServer(
        control=control,
        memory=MemoryDataPlane(control),
        sessions=sessions,
        credentials=credentials,
        resources=ResourceProvider(control),
        authorization=RuntimeAuthorization(TokenVerifier(emulator_url), emulator_url),
        sandboxes=SandboxDataPlane(
            control, directory / "sandboxes", limits=LIMITS, browsers=browsers, emit=observing.emit
        ),
        observing=observing,
    )
