"""An AgentCore server in this process, with a fake control plane and a fake emulator, driven by real boto3 clients."""

import asyncio
import io
import json
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest
import uvicorn
from botocore.config import Config

from workbench.local_cloud.agentcore.app import AgentCoreServer
from workbench.local_cloud.agentcore.faults import FaultRoutes
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.runtimes.authorization import RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.code import CodeStore, S3PackageSource
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.service import Caller, Operations, invalid, not_found
from workbench.telemetry.store import Datum

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

MEMORY = "assistant-0123456789"
RUNTIME_ID = "assistant-abcdefghij"
ARN = f"arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/{RUNTIME_ID}"
ROLE = "arn:aws:iam::000000000000:role/execution"
PYTHON = f"PYTHON_{sys.version_info.major}_{sys.version_info.minor}"

AGENT = """
import json, os, pathlib, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

memory = []

class Agent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, json.dumps({"status": os.environ.get("PING", "Healthy")}).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body.get("prompt")
        if prompt == "crash":
            print("the agent fell over", file=sys.stderr, flush=True)
            os._exit(3)
        if prompt == "fail":
            return self.answer(418, b'{"error": "teapot"}')
        if prompt == "stream":
            return self.stream()
        memory.append(prompt)
        pathlib.Path("note.txt").write_text("mine")
        document = {"pid": os.getpid(), "heard": memory, "path": self.path, "environment": dict(os.environ),
                    "headers": {k.lower(): v for k, v in self.headers.items()}, "cwd": os.getcwd(),
                    "files": sorted(os.listdir("."))}
        self.answer(200, json.dumps(document).encode())

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(3):
            piece = b"data: %d\\n\\n" % number
            self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(piece), piece))
            self.wfile.flush()
            time.sleep(0.3)
        self.wfile.write(b"0\\r\\n\\r\\n")

print("agent starts", flush=True)
ThreadingHTTPServer(("0.0.0.0", 8080), Agent).serve_forever()
"""


def package(files: Mapping[str, str]) -> bytes:
    """A zip of an agent."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


class FakeControl(Operations):
    """Knows one memory and the runtimes it is given."""

    def __init__(self) -> None:
        self.memory: dict[str, object] = {
            "id": MEMORY,
            "eventExpiryDuration": 30,
            "status": "ACTIVE",
            "strategies": [
                {
                    "strategyId": "facts-0123456789",
                    "type": "SEMANTIC",
                    "namespaceTemplates": ["/users/{actorId}/facts/"],
                },
                {
                    "strategyId": "likes-0123456789",
                    "type": "USER_PREFERENCE",
                    "namespaceTemplates": ["/users/{actorId}/preferences/"],
                },
            ],
        }
        self.versions: dict[str, dict[str, object]] = {}
        self.endpoints = {"DEFAULT": "1"}
        self.deploy("1")

    def deploy(self, version: str, **changes: object) -> None:
        """Make a version of the runtime."""
        code = {"s3": {"bucket": "code", "prefix": f"agent-{version}.zip"}}
        self.versions[version] = {
            "agentRuntimeArn": ARN,
            "agentRuntimeId": RUNTIME_ID,
            "agentRuntimeVersion": version,
            "roleArn": ROLE,
            "agentRuntimeArtifact": {"codeConfiguration": {"code": code, "runtime": PYTHON, "entryPoint": ["main.py"]}},
            "environmentVariables": {"GREETING": "hello"},
            **changes,
        }

    def call(self, operation: str, params: Mapping[str, object], caller: Caller) -> dict[str, object]:
        match operation:
            case "GetMemory" if params["memoryId"] == MEMORY:
                return {"memory": self.memory}
            case "GetAgentRuntimeEndpoint" if params["agentRuntimeId"] == RUNTIME_ID:
                if params["endpointName"] in self.endpoints:
                    return {"liveVersion": self.endpoints[str(params["endpointName"])]}
            case "GetAgentRuntime" if params["agentRuntimeId"] == RUNTIME_ID and self.versions:
                return self.versions[str(params.get("agentRuntimeVersion") or max(self.versions))]
            case "ListMemories":
                raise invalid("the fake has no list")
        raise not_found(f"{operation}: {dict(params)}")


class FakeResources:
    """Remembers what CloudFormation asked for."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, object]] = []

    def handle(self, request: Mapping[str, object]) -> dict[str, object]:
        if request.get("type") == "AWS::Nothing":
            raise ValueError("AWS::Nothing is not known")
        self.requests.append(request)
        return {"physicalId": "p-1", "attributes": {}, "kind": "real", "replaced": False}


@dataclass
class FakeEmulator:
    """Mints credentials and serves objects, as the emulator does."""

    objects: dict[str, bytes] = field(default_factory=dict)
    minted: list[Mapping[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    refusal: str = ""
    valid_seconds: int = 3600
    url: str = ""
    faults: object = None

    def answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """One response."""
        if method == "POST" and path == "/_local/credentials":
            return self._credentials(json.loads(body))
        if (method, path) == ("PUT", "/_local/faults"):
            self.faults = json.loads(body)
            return 200, body
        self.authorizations.append(headers.get("Authorization", ""))
        name = path.split("?")[0].lstrip("/")
        return (200, self.objects[name]) if name in self.objects else (404, b"")

    def _credentials(self, wanted: Mapping[str, str]) -> tuple[int, bytes]:
        if self.refusal:
            return 403, self.refusal.encode()
        self.minted.append(wanted)
        expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.valid_seconds))
        document = {
            "AccessKeyId": f"ASIAKEY{len(self.minted)}",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": expiration,
        }
        return 200, json.dumps(document).encode()


@pytest.fixture
def emulator() -> Iterator[FakeEmulator]:
    fake = FakeEmulator({"code/agent-1.zip": package({"main.py": AGENT})})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = fake.answer(self.command, self.path, body, dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = _respond  # noqa: N815  the standard library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield fake
    server.shutdown()
    server.server_close()


@dataclass
class Server:
    """The server under test and what it was made of."""

    url: str
    control: FakeControl
    memory: MemoryDataPlane
    sessions: Sessions
    resources: FakeResources
    work_dir: Path
    loop: asyncio.AbstractEventLoop
    measured: list[Datum]

    def values(self, name: str, **dimensions: str) -> list[float]:
        """What was measured of a metric of AgentCore with exactly these dimensions."""
        wanted = ("AWS/Bedrock-AgentCore", name, dimensions)
        return [one.value for one in self.measured if (one.namespace, one.name, one.dimensions) == wanted]

    def client(self) -> "BedrockAgentCoreClient":
        """A boto3 client of the data plane."""
        session = boto3.session.Session(
            aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="us-east-1"
        )
        config = Config(retries={"max_attempts": 0}, max_pool_connections=100, read_timeout=30)
        return session.client("bedrock-agentcore", endpoint_url=self.url, config=config)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A plain GET."""
        return httpx.get(self.url + path, headers=headers, trust_env=False)


@pytest.fixture
def make_server(emulator: FakeEmulator, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def make(*, start_seconds: float = 20.0) -> Server:
        # With the protocol named, as uvicorn's own sockets have it: asyncio sets TCP_NODELAY on those alone.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        control, resources = FakeControl(), FakeResources()
        credentials = RoleCredentials(emulator.url)
        sessions = Sessions(
            control,
            CodeStore(S3PackageSource(emulator.url), tmp_path / "cache"),
            credentials,
            directory=tmp_path,
            emulator_url=emulator.url,
            server_url=url,
            start_seconds=start_seconds,
        )
        measured: list[Datum] = []
        observing = Observing(measured.extend)
        memory = MemoryDataPlane(control, emit=observing.emit)
        agentcore = AgentCoreServer(
            control=control,
            memory=memory,
            sessions=sessions,
            credentials=credentials,
            resources=resources,
            authorization=RuntimeAuthorization(TokenVerifier(emulator.url), emulator.url),
            observing=observing,
            more_routes=FaultRoutes(observing.faults, emulator.url).routes(),
        )
        config = uvicorn.Config(agentcore.application(), log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        loops: list[asyncio.AbstractEventLoop] = []

        async def serve() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        running.append((server, thread))
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        return Server(url, control, memory, sessions, resources, tmp_path, loops[0], measured)

    yield make
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    return make_server()
