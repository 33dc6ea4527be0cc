import asyncio
import concurrent.futures
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore.conftest import AGENT, ARN, ROLE, RUNTIME_ID, FakeEmulator, Server, package
from workbench.local_cloud.agentcore.runtimes.process import AgentProcess
from workbench.local_cloud.agentcore.runtimes.running_session import CREDENTIALS_PATH

SESSION = "session-" + "1" * 30
OTHER = "session-" + "2" * 30
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock-agentcore/aws4_request"


def invoke(server: Server, prompt: str = "hi", session: str | None = SESSION, **more: Any) -> dict[str, Any]:
    named = {"runtimeSessionId": session} if session else {}
    body = json.dumps({"prompt": prompt}).encode()
    return dict(server.client().invoke_agent_runtime(agentRuntimeArn=ARN, payload=body, **named, **more))


def said(server: Server, prompt: str = "hi", session: str | None = SESSION, **more: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(invoke(server, prompt, session, **more)["response"].read())
    return document


def post(server: Server, headers: dict[str, str], session: str = SESSION) -> httpx.Response:
    url = f"{server.url}/runtimes/{ARN.replace(':', '%3A').replace('/', '%2F')}/invocations"
    named = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session, "Authorization": SIGNED}
    return httpx.post(url, json={"prompt": "hi"}, headers={**named, **headers}, trust_env=False, timeout=30)


def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def sweep(server: Server) -> None:
    asyncio.run_coroutine_threadsafe(server.sessions.sweep(), server.loop).result(10)


def test_a_session_is_one_process_with_its_own_memory_and_directory(server: Server) -> None:
    first, again, other = said(server, "a"), said(server, "b"), said(server, "c", OTHER)

    assert (first["pid"], again["heard"]) == (again["pid"], ["a", "b"])
    assert (other["pid"] != first["pid"], other["heard"]) == (True, ["c"])
    assert first["path"] == "/invocations"
    assert other["files"] == first["files"]
    assert first["cwd"] != other["cwd"]


def test_the_answer_says_session_status_and_content_type(server: Server) -> None:
    answer = invoke(server, session=None)

    assert len(answer["runtimeSessionId"]) >= 33
    assert (answer["statusCode"], answer["contentType"]) == (200, "application/json")


def test_an_agents_own_error_is_passed_on(server: Server) -> None:
    with pytest.raises(ClientError) as caught:
        invoke(server, "fail")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 418


def test_a_stream_arrives_while_the_agent_still_speaks(server: Server) -> None:
    said(server)
    began = time.monotonic()
    answer = invoke(server, "stream")
    arrivals = [(line, time.monotonic() - began) for line in answer["response"].iter_lines(chunk_size=1) if line]

    assert answer["contentType"] == "text/event-stream"
    assert [line for line, _ in arrivals] == [b"data: 0", b"data: 1", b"data: 2"]
    # The agent says a word each 0.3 s; an answer kept until its end would arrive at once.
    assert arrivals[2][1] - arrivals[0][1] > 0.5


def test_the_environment_is_the_templates_plus_the_roles_credentials(
    server: Server, emulator: FakeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "leaked")
    variables = said(server)["environment"]

    assert variables["GREETING"] == "hello"
    assert variables["AWS_ENDPOINT_URL"] == emulator.url
    assert (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]) == ("us-east-1", "us-east-1")
    assert "DEVELOPERS_SECRET" not in variables
    assert Path(variables["HOME"]).is_relative_to(server.work_dir)
    assert emulator.minted == [{"roleArn": ROLE, "sourceArn": ARN}]
    answer = httpx.get(
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        headers={"Authorization": variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
        trust_env=False,
    )
    assert answer.json()["AccessKeyId"] == "ASIAKEY1"
    assert dt.datetime.fromisoformat(answer.json()["Expiration"]) > dt.datetime.now(dt.UTC)
    assert httpx.get(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], trust_env=False).status_code == 403


def test_credentials_are_renewed_before_they_expire(server: Server, emulator: FakeEmulator) -> None:
    emulator.valid_seconds = 60
    variables = said(server)["environment"]
    headers = {"Authorization": variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}

    answer = httpx.get(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers, trust_env=False).json()

    assert answer["AccessKeyId"] != "ASIAKEY1"


def test_the_code_is_read_with_the_roles_credentials(server: Server, emulator: FakeEmulator) -> None:
    said(server)
    said(server, session=OTHER)

    assert len(emulator.authorizations) == 1
    assert "Credential=ASIAKEY1/" in emulator.authorizations[0]


def test_only_allowlisted_headers_reach_the_agent(server: Server) -> None:
    server.control.deploy(
        "1",
        requestHeaderConfiguration={
            "requestHeaderAllowlist": ["X-Allowed", "x-amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"]
        },
    )
    headers = {
        "x-allowed": "yes",
        "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id": "ann",
        "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Other": "no",
        "X-Amzn-Bedrock-AgentCore-Runtime-User-Id": "user",
        "x-other": "no",
        "x-local-principal-arn": "arn:aws:iam::000000000000:user/u",
    }
    heard = post(server, headers).json()["headers"]

    assert heard["x-allowed"] == "yes"
    assert heard["x-amzn-bedrock-agentcore-runtime-custom-actor-id"] == "ann"
    assert heard["x-amzn-bedrock-agentcore-runtime-session-id"] == SESSION
    assert heard["x-amzn-bedrock-agentcore-runtime-user-id"] == "user"
    assert not {"x-amzn-bedrock-agentcore-runtime-custom-other", "x-other", "authorization"} & heard.keys()
    assert not [name for name in heard if name.startswith("x-local")]


def test_an_oversized_header_is_refused(server: Server) -> None:
    server.control.deploy("1", requestHeaderConfiguration={"requestHeaderAllowlist": ["X-Allowed"]})

    answer = post(server, {"x-allowed": "x" * 4097})

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")


def test_a_short_session_id_is_refused(server: Server) -> None:
    answer = post(server, {}, session="short")

    assert answer.headers["x-amzn-errortype"] == "ValidationException"
    assert "greater than or equal to 33" in answer.json()["message"]


def test_endpoints_point_to_versions_and_each_version_has_its_own_process(
    server: Server, emulator: FakeEmulator
) -> None:
    emulator.objects["code/agent-2.zip"] = package({"main.py": AGENT})
    old = said(server)
    server.control.deploy("2", environmentVariables={"GREETING": "hi again"})
    server.control.endpoints |= {"DEFAULT": "2", "stable": "1"}

    new = said(server)

    assert (new["pid"] != old["pid"], new["environment"]["GREETING"]) == (True, "hi again")
    assert said(server, qualifier="stable")["pid"] == old["pid"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        said(server, qualifier="nowhere")


def test_a_runtime_may_be_named_by_id_and_account(server: Server) -> None:
    client = server.client()
    body = b'{"prompt": "hi"}'

    answer = client.invoke_agent_runtime(agentRuntimeArn=RUNTIME_ID, accountId="000000000000", payload=body)

    assert json.loads(answer["response"].read())["heard"] == ["hi"]
    with pytest.raises(ClientError, match="name the account in 'accountId'"):
        client.invoke_agent_runtime(agentRuntimeArn=RUNTIME_ID, payload=body)


def test_a_crash_is_reported_with_the_log_and_the_next_call_starts_anew(server: Server) -> None:
    before = said(server, "before")
    with pytest.raises(ClientError, match="the agent fell over") as caught:
        invoke(server, "crash")

    assert caught.value.response["Error"]["Code"] == "RuntimeClientError"
    after = said(server, "after")
    assert (after["pid"] != before["pid"], after["heard"]) == (True, ["after"])


def test_a_killed_process_is_replaced(server: Server) -> None:
    pid = said(server)["pid"]
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    time.sleep(0.1)

    assert said(server)["pid"] != pid


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise SystemExit('no model id set')", "ended with exit code 1.*no model id set"),
        ("import time; print('thinking', flush=True); time.sleep(60)", r"within 1 s.*thinking"),
    ],
)
def test_an_agent_that_does_not_start_says_why(
    make_server: Callable[..., Server], emulator: FakeEmulator, source: str, message: str
) -> None:
    emulator.objects["code/agent-1.zip"] = package({"main.py": source})
    server = make_server(start_seconds=1)

    with pytest.raises(ClientError, match=f"(?s){message}") as caught:
        invoke(server)

    assert caught.value.response["Error"]["Code"] == "RuntimeClientError"
    assert server.get("/_local/sessions").json() == []


def test_a_role_that_cannot_be_assumed_stops_the_start(server: Server, emulator: FakeEmulator) -> None:
    emulator.refusal = "the trust policy does not name bedrock-agentcore.amazonaws.com"

    with pytest.raises(ClientError, match="the trust policy does not name") as caught:
        invoke(server)

    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_code_that_cannot_be_read_names_the_missing_right(server: Server, emulator: FakeEmulator) -> None:
    emulator.objects.clear()

    with pytest.raises(ClientError, match="s3:GetObject"):
        invoke(server)


def test_a_console_script_that_is_not_packaged_is_named(server: Server) -> None:
    artifact: Any = server.control.versions["1"]["agentRuntimeArtifact"]
    artifact["codeConfiguration"]["entryPoint"] = ["opentelemetry-instrument", "main.py"]

    with pytest.raises(ClientError, match="'opentelemetry-instrument' is no console script"):
        invoke(server)


def test_stop_ends_the_process(server: Server) -> None:
    pid = said(server)["pid"]
    client = server.client()

    stopped = client.stop_runtime_session(agentRuntimeArn=ARN, runtimeSessionId=SESSION)

    assert stopped["runtimeSessionId"] == SESSION
    assert gone(pid)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.stop_runtime_session(agentRuntimeArn=ARN, runtimeSessionId=SESSION)


@pytest.mark.parametrize(("lifecycle"), [{"idleRuntimeSessionTimeout": 0}, {"maxLifetime": 0}])
def test_sessions_end_when_idle_or_old(server: Server, lifecycle: dict[str, int]) -> None:
    server.control.deploy("1", lifecycleConfiguration=lifecycle)
    pid = said(server)["pid"]
    time.sleep(0.05)

    sweep(server)

    assert gone(pid)


def test_a_busy_agent_is_not_idle(server: Server) -> None:
    server.control.deploy(
        "1", lifecycleConfiguration={"idleRuntimeSessionTimeout": 0}, environmentVariables={"PING": "HealthyBusy"}
    )
    pid = said(server)["pid"]

    sweep(server)

    assert psutil.pid_exists(pid)


def test_the_sessions_of_a_deleted_runtime_end(server: Server) -> None:
    pid = said(server)["pid"]
    server.control.versions.clear()

    sweep(server)

    assert gone(pid)


def test_a_session_that_goes_on_while_its_dead_process_is_put_away_keeps_its_role(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = AgentProcess.stop

    async def slow(process: AgentProcess) -> None:
        await asyncio.sleep(1)
        await whole(process)

    monkeypatch.setattr(AgentProcess, "stop", slow)
    pid = said(server)["pid"]
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    sweeping = asyncio.run_coroutine_threadsafe(server.sessions.sweep(), server.loop)
    time.sleep(0.5)

    after = said(server, "after")

    sweeping.result(10)
    token = after["environment"]["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    assert server.get(CREDENTIALS_PATH, headers={"Authorization": token}).status_code == 200
    assert Path(after["cwd"]).is_dir()


def test_sessions_are_listed_with_their_memory(server: Server) -> None:
    pid = said(server)["pid"]

    (row,) = server.get("/_local/sessions").json()

    assert (row["agentRuntimeArn"], row["sessionId"], row["pid"]) == (ARN, SESSION, pid)
    assert row["memoryBytes"] > 1_000_000
    assert row["startSeconds"] > 0
    assert "agent starts" in Path(row["logFile"]).read_text()


def test_many_sessions_start_at_once_and_stay_apart(server: Server) -> None:
    sessions = [f"session-{n:040d}" for n in range(20)]
    client = server.client()

    def call(session: str) -> dict[str, Any]:
        body = json.dumps({"prompt": session}).encode()
        answer = client.invoke_agent_runtime(agentRuntimeArn=ARN, runtimeSessionId=session, payload=body)
        document: dict[str, Any] = json.loads(answer["response"].read())
        return document

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(call, [*sessions, *sessions]))

    assert len({answer["pid"] for answer in answers}) == 20
    for session, answer in zip([*sessions, *sessions], answers, strict=True):
        assert set(answer["heard"]) == {session}


@pytest.fixture
def process(emulator: FakeEmulator, tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", Callable[[], str]]]:
    """A starter of agents that is not this process, so that its death can be watched."""
    script = tmp_path / "holder.py"
    script.write_text(
        "import asyncio, httpx, sys, pathlib\n"
        "from tests.workbench.local_cloud.agentcore.conftest import FakeControl\n"
        "from workbench.local_cloud.agentcore.runtimes.code import CodeStore, S3PackageSource\n"
        "from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials\n"
        "from workbench.local_cloud.agentcore.runtimes.definition import resolve\n"
        "from workbench.local_cloud.agentcore.runtimes.sessions import Sessions\n"
        "from workbench.local_cloud.agentcore.service import Caller, Scope\n"
        f"url, work = {emulator.url!r}, pathlib.Path({str(tmp_path)!r})\n"
        "async def hold():\n"
        "    control = FakeControl()\n"
        "    sessions = Sessions(control, CodeStore(S3PackageSource(url), work), RoleCredentials(url),\n"
        "        directory=work, emulator_url=url, server_url='http://127.0.0.1:1')\n"
        f"    runtime = resolve(control, {ARN!r}, qualifier=None, account_id=None,\n"
        "        caller=Caller(Scope('000000000000', 'us-east-1')))\n"
        f"    print((await sessions.process(runtime, {SESSION!r})).pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(hold())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    started = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert started.stdout is not None
    yield started, started.stdout.readline
    started.kill()
    started.wait()


def test_agents_die_with_a_killed_server(process: tuple["subprocess.Popen[str]", Callable[[], str]]) -> None:
    server, readline = process
    pid = int(readline())
    assert psutil.pid_exists(pid)

    server.kill()

    assert gone(pid)


WRAPPER = "#!/usr/bin/env python3\nimport os, sys\nos.environ['WRAPPED'] = 'yes'\nos.execv(sys.argv[1], sys.argv[1:])\n"
RECORD = "greet.py,,\ngreet-1.0.dist-info/METADATA,,\ngreet-1.0.dist-info/RECORD,,\n"
METADATA = "Metadata-Version: 2.1\nName: greet\nVersion: 1.0\n"


def test_packaged_dependencies_are_installed_for_this_machine_and_wrap_the_agent(
    server: Server, emulator: FakeEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = "greet-1.0.dist-info"
    wheel = {
        "greet.py": "word = 'made for this machine'\n",
        "greet-1.0.data/scripts/wrap": WRAPPER.replace("/usr/bin/env python3", "python"),
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"greet-1.0.data/scripts/wrap,,\n{info}/WHEEL,,\n{RECORD}",
    }
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "greet-1.0-py3-none-any.whl").write_bytes(package(wheel))
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    agent = AGENT.replace("import json,", "import greet, json,").replace('"pid":', '"greeting": greet.word, "pid":')
    emulator.objects["code/agent-1.zip"] = package(
        {
            "main.py": agent,
            "greet.py": "word = 'made for another machine'\n",
            "bin/wrap": WRAPPER,
            f"{info}/METADATA": METADATA,
            f"{info}/RECORD": f"../../bin/wrap,,\n{RECORD}",
        }
    )
    artifact: Any = server.control.versions["1"]["agentRuntimeArtifact"]
    artifact["codeConfiguration"]["entryPoint"] = ["wrap", "main.py"]

    answer = said(server)

    assert answer["files"] == ["__pycache__", "main.py", "note.txt"]
    assert answer["environment"]["WRAPPED"] == "yes"
    assert answer["greeting"] == "made for this machine"
