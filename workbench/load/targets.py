"""The agent under load: on the local cloud, or deployed in an AWS account."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import httpx
from botocore.config import Config

from workbench.deployed_runtime import MEMORY_ID, read_runtime
from workbench.errors import WorkbenchError
from workbench.load.canaries import Canaries
from workbench.load.isolation import Kept, inspect_memory
from workbench.load.plan import Speaker
from workbench.load.results import Results
from workbench.local_cloud.agents import DeployedAgent, find_agent, memory_namespaces
from workbench.local_cloud.sign_in import claims_of
from workbench.local_cloud.workspace import RunningCloud

_SIGN_INS_AT_ONCE = 4


@dataclass(frozen=True)
class Target:
    """An agent under load.

    Args:
        name: Its name.
        model: What answers as its model, as the report says it.
        model_id: The model's id; empty on the local cloud, where nobody pays for it.
        address: Where invocations are posted.
        speakers: Returns as many signed-in users as asked for; told about each.
        kept: Reads what the agent's memory keeps of the users; None if it has none.
        complete: Adds to the results what only this target knows.
    """

    name: str
    model: str
    model_id: str
    address: str
    speakers: Callable[[int, Callable[[str], None]], tuple[Speaker, ...]]
    kept: Callable[[Sequence[Speaker], Canaries], Kept] | None
    complete: Callable[[Results], Results]


def local_target(cloud: RunningCloud, agent: str) -> Target:
    """An agent of a running local cloud; its users are made and signed in.

    Args:
        cloud: The cloud.
        agent: Name of the runtime or of the agent's directory.

    Raises:
        WorkbenchError: If there is no such agent, or it takes no users' tokens.
    """
    found = find_agent(cloud, agent)
    if found.authorizer() is None:
        raise WorkbenchError(f"{found.name} is called with IAM; load tests are for agents that take users' tokens")
    runtime = found.access.control().get_agent_runtime(agentRuntimeId=found.runtime_id)
    memory_id = runtime.get("environmentVariables", {}).get(MEMORY_ID)
    run = Canaries.fresh().run

    def speakers(count: int, told: Callable[[str], None]) -> tuple[Speaker, ...]:
        def sign_in(number: int) -> Speaker:
            tokens = found.sign_in(f"load-{run}-{number}@example.com")
            told(f"user {number + 1} of {count}")
            return Speaker(number, str(tokens.claims["sub"]), tokens.access_token)

        with ThreadPoolExecutor(_SIGN_INS_AT_ONCE) as pool:
            return tuple(pool.map(sign_in, range(count)))

    def kept(people: Sequence[Speaker], canaries: Canaries) -> Kept:
        namespaces = memory_namespaces(found.access.control(), str(memory_id))
        return inspect_memory(found.access.data(), str(memory_id), namespaces, people, canaries)

    return Target(
        name=found.name,
        model=cloud.model,
        model_id="",
        address=_address(cloud.endpoint, found.arn, "DEFAULT"),
        speakers=speakers,
        kept=kept if memory_id else None,
        complete=lambda results: _with_processes(results, cloud, found),
    )


def deployed_target(runtime_arn: str, qualifier: str, tokens: Path) -> Target:
    """An agent in an AWS account; what its memory keeps is read under the credentials of this process.

    Args:
        runtime_arn: ARN of its runtime.
        qualifier: Endpoint of the runtime.
        tokens: File with the access tokens of its users, one a line.

    Raises:
        WorkbenchError: If the ARN is none, there are no credentials, or the runtime cannot be read.
    """
    config = Config(retries={"total_max_attempts": 3})
    runtime = read_runtime(runtime_arn, config)

    def kept(people: Sequence[Speaker], canaries: Canaries) -> Kept:
        data = runtime.session.client("bedrock-agentcore", config=config)
        namespaces = memory_namespaces(runtime.control, runtime.memory_id)
        return inspect_memory(data, runtime.memory_id, namespaces, people, canaries)

    endpoint = os.environ.get("AWS_ENDPOINT_URL", f"https://bedrock-agentcore.{runtime.region}.amazonaws.com")
    return Target(
        name=runtime.name,
        model=runtime.model,
        model_id=runtime.model_id,
        address=_address(endpoint, runtime_arn, qualifier),
        speakers=lambda count, _: _speakers(tokens, count),
        kept=kept if runtime.memory_id else None,
        complete=lambda results: results,
    )


def _address(endpoint: str, arn: str, qualifier: str) -> str:
    return f"{endpoint}/runtimes/{quote(arn, safe='')}/invocations?qualifier={quote(qualifier)}"


def _speakers(tokens: Path, count: int) -> tuple[Speaker, ...]:
    try:
        lines = [line.strip() for line in tokens.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise WorkbenchError(f"cannot read the tokens in {tokens}: {error.strerror}") from None
    if len(lines) < count:
        raise WorkbenchError(f"{count} users need {count} access tokens, and {tokens} has {len(lines)}: pass --users")
    speakers = []
    for number, token in enumerate(lines[:count]):
        try:
            speakers.append(Speaker(number, str(claims_of(token)["sub"]), token))
        except (ValueError, IndexError, KeyError):
            raise WorkbenchError(f"line {number + 1} of {tokens} is no access token of a user") from None
    if len({speaker.actor for speaker in speakers}) < count:
        raise WorkbenchError(f"{tokens} has several tokens of one user: isolation shows between users only")
    return tuple(speakers)


def _with_processes(results: Results, cloud: RunningCloud, agent: DeployedAgent) -> Results:
    rows = httpx.get(f"{cloud.agentcore_url}/_local/sessions", trust_env=False).raise_for_status().json()
    sessions = {message.session for message in results.messages if not message.error}
    pids = {row["pid"] for row in rows if row["agentRuntimeArn"] == agent.arn and row["sessionId"] in sessions}
    return replace(results, processes=len(pids), sessions=len(sessions))
