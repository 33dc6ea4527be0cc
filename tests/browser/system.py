"""The system of `make up` for a test: the local environment on a local cloud of its own, with its front end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from workbench.assembly import read_assembly
from workbench.local_cloud.agents import DeployedAgent, deployed_agents
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.environments import workbench_home
from workbench.local_cloud.front_ends import FrontEnd
from workbench.local_cloud.front_ends.addresses import user_pools
from workbench.local_cloud.model_choice import ModelChoice
from workbench.local_cloud.users import LOCAL_PASSWORD, Users
from workbench.synthesis import CdkApp

ROOT = Path(__file__).parents[2]
ENGINEER, VIEWER = "engineer@example.com", "viewer@example.com"
PASSWORD = LOCAL_PASSWORD
_PACE_MS = 25


class PacedModel(ModelChoice):
    """The scripted model, which takes its time for each word as a real one does."""

    def command(self, port: int) -> tuple[str, ...]:
        return (*super().command(port), "--pace-ms", str(_PACE_MS))


@dataclass(frozen=True)
class ChatSystem:
    """What is up.

    Args:
        cloud: The local cloud.
        front_end: The front end's process.
    """

    cloud: LocalCloud
    front_end: FrontEnd

    @property
    def address(self) -> str:
        """Where a browser opens it."""
        return self.front_end.address

    def agent(self, name: str) -> DeployedAgent:
        """A deployed agent."""
        return next(agent for agent in deployed_agents(self.cloud.record) if agent.name.startswith(name))

    def person(self, email: str, group: str = "viewers") -> str:
        """Somebody nobody has met yet, who can sign in."""
        place = self.agent("memory_assistant").access
        assert Users(place.endpoint, place.account).make_ready(self.pool, {email: group}) == {email: group}
        return email

    @property
    def pool(self) -> str:
        """The user pool."""
        address = self.front_end.environment["CHAT_USER_POOL_METADATA_URL"]
        return urlsplit(address).path.split("/")[1]

    def let_tokens_expire_after(self, seconds: int) -> None:
        """How long access tokens of the front end are good for; Amazon Cognito takes no less than 300."""
        place = self.agent("memory_assistant").access
        pools = user_pools(place.endpoint, place.account, place.region)
        client = self.front_end.environment["CHAT_CLIENT_ID"]
        found = pools.describe_user_pool_client(UserPoolId=self.pool, ClientId=client)["UserPoolClient"]
        pools.update_user_pool_client(
            UserPoolId=self.pool,
            ClientId=client,
            AccessTokenValidity=seconds,
            IdTokenValidity=60,
            TokenValidityUnits={"AccessToken": "seconds", "IdToken": "minutes"},
            ExplicitAuthFlows=found["ExplicitAuthFlows"],
            SupportedIdentityProviders=found["SupportedIdentityProviders"],
            CallbackURLs=found["CallbackURLs"],
            LogoutURLs=found["LogoutURLs"],
            AllowedOAuthFlows=found["AllowedOAuthFlows"],
            AllowedOAuthScopes=found["AllowedOAuthScopes"],
            AllowedOAuthFlowsUserPoolClient=True,
            EnableTokenRevocation=True,
        )

    def kill_agents(self) -> int:
        """Kill every process of an agent; returns how many there were."""
        live = httpx.get(f"{self.cloud.agentcore_url}/_local/sessions", trust_env=False).raise_for_status().json()
        processes = [psutil.Process(session["pid"]) for session in live if psutil.pid_exists(session["pid"])]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=10)
        return len(processes)


def synthesize_local(output: Path) -> Path:
    """Synthesize the local environment as `make up` does."""
    CdkApp.read(ROOT).synthesize(output, context={"environment": "local"})
    return output


@contextmanager
def chat_system(work: Path, *, model: ModelChoice | None = None) -> Iterator[ChatSystem]:
    """Synthesize, deploy and run the local environment; its processes end on the way out.

    Args:
        work: Where its files are kept.
        model: What answers. Default: the scripted model, word by word.
    """
    assembly = read_assembly(synthesize_local(work / "cdk.out"))
    chosen = model or PacedModel("scripted stand-in, word by word")
    with LocalCloud(workbench_home(ROOT), model=chosen, work=work / "cloud") as cloud:
        cloud.deploy(assembly, stacks=("Local",))
        (front_end,) = cloud.start_front_ends(assembly, own_ports=True)
        yield ChatSystem(cloud, front_end)
