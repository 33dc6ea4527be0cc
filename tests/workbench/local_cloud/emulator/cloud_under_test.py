"""A real emulator process between fakes of what it talks to: an AgentCore server and a chat endpoint."""

import asyncio
import json
import os
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.serving import serving
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.environments import ServerEnvironments, workbench_home
from workbench.telemetry.store import MetricStore

ROOT = Path(__file__).parents[4]
HOST = ROOT / "workbench" / "local_cloud" / "emulator" / "host.py"
ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass
class FakeAgentCore:
    """Keeps resources in a dictionary, answers every other request with what it received."""

    resources: dict[str, dict[str, object]] = field(default_factory=dict)
    requests: list[dict[str, object]] = field(default_factory=list)
    refuse: Callable[[Mapping[str, object]], str | None] = lambda _: None
    disconnected: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def application(self) -> ASGIApp:
        methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
        return Starlette(
            routes=[
                Route("/_local/resources", self._resource, methods=["POST"]),
                Route("/{path:path}", self._service, methods=methods),
            ]
        )

    async def _resource(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        refusal = await asyncio.to_thread(self.refuse, body)
        if refusal:
            return JSONResponse({"error": refusal}, 400)
        # The name is create-only: a new one is a new resource.
        name = str(body["properties"].get("Name", body["logicalId"]))
        if body["operation"] == "delete":
            self.resources.pop(body["physicalId"], None)
            return JSONResponse({"physicalId": body["physicalId"], "attributes": {}, "kind": "real", "replaced": False})
        self.resources[name] = body["properties"]
        kind = "record only" if body["type"].startswith("AWS::XRay::") else "real"
        attributes = {"Arn": f"arn:aws:bedrock-agentcore:{body['region']}:{body['account']}:memory/{name}"}
        replaced = body["operation"] == "update" and name != body["physicalId"]
        return JSONResponse({"physicalId": name, "attributes": attributes, "kind": kind, "replaced": replaced})

    async def _service(self, request: Request) -> Response:
        body = await request.body()
        if request.url.path.endswith("/invocations"):
            return StreamingResponse(self._slow(body), media_type="text/event-stream")
        return JSONResponse(
            {
                "path": request.scope["raw_path"].decode(),
                "query": request.url.query,
                "headers": dict(request.headers),
                "length": len(body),
            }
        )

    async def _slow(self, body: bytes) -> AsyncIterator[bytes]:
        try:
            yield b"data: first\n\n"
            await asyncio.sleep(30 if b"hang" in body else 0.3)
            yield b"data: second\n\n"
        except asyncio.CancelledError:
            self.disconnected.set()
            raise


def chat_endpoint() -> ASGIApp:
    """Answers `weather` with a call of the first tool, `fail` with an error, and everything else with two words."""

    async def complete(request: Request) -> Response:
        body = await request.json()
        said = body["messages"][-1].get("content") or ""
        if "fail" in said:
            return JSONResponse({"error": {"message": "out of memory"}}, 500)
        tool = body["tools"][0]["function"]["name"] if "weather" in said else None
        if body["stream"]:
            return StreamingResponse(_chunks(tool), media_type="text/event-stream")
        message: dict[str, object] = {"role": "assistant", "content": None if tool else "hello world"}
        if tool:
            call = {"name": tool, "arguments": '{"city": "Ulm"}'}
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
        usage = {"prompt_tokens": 7, "completion_tokens": 2}
        return JSONResponse({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


async def _chunks(tool: str | None) -> AsyncIterator[str]:
    deltas: list[dict[str, object]] = [{"content": "hello"}, {"content": " world"}]
    if tool:
        parts = [{"id": "call_1", "function": {"name": tool, "arguments": ""}}]
        parts += [{"function": {"arguments": part}} for part in ('{"city":', ' "Ulm"}')]
        deltas = [{"tool_calls": [{"index": 0, **part}]} for part in parts]
    for delta in deltas:
        yield f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n"
        await asyncio.sleep(0.15)
    last = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    yield f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n"


@dataclass
class Cloud:
    """A running emulator."""

    endpoint: str
    agentcore: FakeAgentCore
    access_log: Path
    process: subprocess.Popen[str]

    def session(self, account: str = ACCOUNT) -> boto3.Session:
        """The administrator's session."""
        keys = administrator(account)
        return boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name=REGION)

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        """A client of whatever service; its operations differ by service."""
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=300)
        create: Any = (session or self.session()).client
        return create(service, endpoint_url=self.endpoint, config=config)

    def assume(self, role_arn: str, source: str = "runtime/agent-0123456789") -> httpx.Response:
        source_arn = source if source.startswith("arn:") else f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:{source}"
        body = {"roleArn": role_arn, "sourceArn": source_arn}
        return httpx.post(f"{self.endpoint}/_local/credentials", json=body, trust_env=False)

    def role_session(self, name: str, *statements: Mapping[str, object]) -> boto3.Session:
        """A session of a new role that has these permissions."""
        iam = self.client("iam")
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="Granted", PolicyDocument=json.dumps(policy))
        keys = self.assume(arn).raise_for_status().json()
        return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)

    @property
    def metrics(self) -> MetricStore:
        """What the emulator measured."""
        return MetricStore(self.access_log.with_name("metrics.sqlite"))

    def decisions(self, role: str) -> list[dict[str, object]]:
        """What the access log says about a role."""
        lines = [json.loads(line) for line in self.access_log.read_text().splitlines()]
        return [line for line in lines if line["role_arn"].endswith(f"/{role}")]


def trust(account: str = ACCOUNT) -> dict[str, object]:
    """The trust policy of an execution role."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock-agentcore.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock-agentcore:{REGION}:{account}:runtime/agent-*"},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def interpreter() -> Path:
    """Python of the emulator's environment; installed once below .workbench."""
    return ServerEnvironments(workbench_home(ROOT)).python("emulator", HOST.with_name("requirements.lock.txt"))


def variables(port: int, agentcore: str, model: str, access_log: Path) -> dict[str, str]:
    """What host.py is told."""
    ours = {
        "LOCAL_CLOUD_PORT": str(port),
        "LOCAL_CLOUD_AGENTCORE_URL": agentcore,
        "LOCAL_CLOUD_MODEL_URL": model,
        "LOCAL_CLOUD_ACCESS_LOG": str(access_log),
        "LOCAL_CLOUD_METRICS": str(access_log.with_name("metrics.sqlite")),
    }
    return {**os.environ, **ours}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(directory: Path, model_url: str, agentcore: FakeAgentCore) -> Iterator[Cloud]:
    """A running emulator that ends with the block."""
    access_log = directory / "access.jsonl"
    environment = variables(free_port(), agentcore.url, model_url, access_log)
    with subprocess.Popen(
        [str(interpreter()), str(HOST)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            assert ready[0] == "ready"
            yield Cloud(ready[1], agentcore, access_log, process)
        finally:
            process.terminate()


@contextmanager
def whole_cloud(directory: Path) -> Iterator[Cloud]:
    """An emulator with both of its fakes."""
    agentcore = FakeAgentCore()
    with (
        serving(agentcore.application()) as agentcore.url,
        serving(chat_endpoint()) as model_url,
        running(directory, model_url, agentcore) as cloud,
    ):
        yield cloud
