"""Start of `memory_assistant` under OpenTelemetry against the least agent that answers, in one environment."""

import http.client
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.apps import ROOT
from benchmarks.stage import HOME, DeployedStage, deployed_stage
from benchmarks.table import Row
from workbench.conversations.client import new_session_id
from workbench.local_cloud.agentcore.runtimes.code import CodeStore, InstalledCode
from workbench.local_cloud.agentcore.runtimes.credentials import Credentials, RoleCredentials
from workbench.local_cloud.agentcore.runtimes.definition import CodeLocation, RuntimeDefinition
from workbench.local_cloud.agentcore.runtimes.environment import runtime_environment
from workbench.local_cloud.agentcore.service import Scope

RUNS = 9
USER = "ann@example.com"
TRIVIAL = ROOT / "benchmarks/trivial_agent"
_POLL_SECONDS = 0.002
_SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


@dataclass(frozen=True)
class Zip:
    """Hands out a zip that is on this machine."""

    path: Path

    def fetch(self, runtime: RuntimeDefinition, credentials: Credentials) -> bytes:  # noqa: ARG002
        return self.path.read_bytes()


@dataclass(frozen=True)
class Candidate:
    """An agent as it is started, and what its first answer has to hold."""

    command: Sequence[str]
    directory: Path
    variables: Mapping[str, str]
    token: str
    answer: str


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process."""

    ping: float
    first_answer: float


def measure() -> list[Row]:
    with deployed_stage() as stage:
        return _compare(stage)


def _compare(stage: DeployedStage) -> list[Row]:
    runtime, credentials = _runtime(stage)
    installed = CodeStore(Zip(stage.archive), HOME / "benchmarks/start").get(runtime, credentials)
    _pin_bytecode(installed)
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        environment = {
            **runtime_environment(runtime, emulator_url=stage.cloud.endpoint),
            **variables,
            "HOME": str(home),
            "LOCAL_CLOUD_PORT_FILE": str(home / "port"),
        }
        token = stage.agent.sign_in(USER).access_token
        assistant = Candidate(installed.command(runtime.code.entry_point), installed.source, environment, token, "110")
        trivial = Candidate([str(installed.python), "main.py"], TRIVIAL, environment, token, "25 * 4 + 10")
        _start(assistant, home / "port"), _start(trivial, home / "port")
        pairs = [(_start(assistant, home / "port"), _start(trivial, home / "port")) for _ in range(RUNS)]
    return _rows(pairs)


def _rows(pairs: Sequence[tuple[Start, Start]]) -> list[Row]:
    def median(values: Sequence[float]) -> float:
        return statistics.median(values)

    how = f"median of {RUNS} pairs in turn"
    return [
        Row("start to /ping", median([a.ping for a, _ in pairs]), "s", how="memory_assistant under OpenTelemetry"),
        Row("start to /ping, trivial", median([b.ping for _, b in pairs]), "s", how="benchmarks/trivial_agent"),
        Row("start to /ping over trivial", median([a.ping / b.ping for a, b in pairs]), "×", 2.2, how),
        Row("start to first answer", median([a.first_answer for a, _ in pairs]), "s", how="model and memory local"),
        Row("start to first answer, trivial", median([b.first_answer for _, b in pairs]), "s", how="says its prompt"),
        Row("first answer over trivial", median([a.first_answer / b.first_answer for a, b in pairs]), "×", 3.3, how),
    ]


def _runtime(stage: DeployedStage) -> tuple[RuntimeDefinition, Credentials]:
    """What the template deployed: the agent's variables with their values, and its role's credentials."""
    agent = stage.agent
    described = agent.access.control().get_agent_runtime(agentRuntimeId=agent.runtime_id)
    code = described["agentRuntimeArtifact"]["codeConfiguration"]
    location = CodeLocation("", "", None, tuple(code["entryPoint"]), "3.13")
    runtime = RuntimeDefinition(
        arn=agent.arn,
        runtime_id=agent.runtime_id,
        version="1",
        role_arn=described["roleArn"],
        scope=Scope(agent.access.account, agent.access.region),
        code=location,
        variables=described["environmentVariables"],
        header_allowlist=frozenset(),
        authorizer=None,
        idle_seconds=900,
        lifetime_seconds=900,
    )
    roles = RoleCredentials(stage.cloud.endpoint)
    token = roles.token(
        role_arn=runtime.role_arn, source_arn=agent.arn, account=agent.access.account, region=agent.access.region
    )
    credentials = roles.by_token(token)
    roles.close()
    assert credentials is not None
    return runtime, credentials


def _pin_bytecode(installed: InstalledCode) -> None:
    """Compile the dependencies as the zip has them: with hashes that nobody checks at the start."""
    environment = installed.python.parents[1]
    marker = environment / ".unchecked-hash"
    if not marker.exists():
        command = [str(installed.python), "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
        # Some distributions carry templates that are no Python; they are never imported.
        subprocess.run([*command, str(environment / "lib")], check=False, capture_output=True)
        marker.touch()


def _start(candidate: Candidate, port_file: Path) -> Start:
    port_file.unlink(missing_ok=True)
    begun = time.perf_counter()
    with (port_file.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            candidate.command, cwd=candidate.directory, env=dict(candidate.variables), stdout=log, stderr=log
        )
    try:
        port = _port(process, port_file)
        while not _answers(port):
            _check(process, port_file)
            time.sleep(_POLL_SECONDS)
        ping = time.perf_counter() - begun
        answer = _ask(port, candidate.token)
        first_answer = time.perf_counter() - begun
    finally:
        process.kill()
        process.wait()
    assert candidate.answer in answer, answer
    return Start(ping, first_answer)


def _port(process: subprocess.Popen[bytes], port_file: Path) -> int:
    while not port_file.exists():
        _check(process, port_file)
        time.sleep(_POLL_SECONDS)
    return int(port_file.read_text().split()[1])


def _check(process: subprocess.Popen[bytes], port_file: Path) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"the agent ended before it answered:\n{(port_file.parent / 'log').read_text()}")


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


def _ask(port: int, token: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        _SESSION_HEADER: new_session_id(),
    }
    connection.request("POST", "/invocations", json.dumps({"prompt": "What is 25 * 4 + 10?"}), headers)
    response: dict[str, object] = json.loads(connection.getresponse().read())
    return str(response.get("response", response))
