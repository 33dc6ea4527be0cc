"""The environments an app can be deployed to: what differs between them, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import FrontendDomain, IdentityProviderSource, MonthlyCost

CLAUDE_SONNET_4_5_US = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


ENVIRONMENT_TAG = "environment"
"""Tag that says whose costs are whose."""

# Names and ids of two availability zones that AgentCore supports. Which name has which id differs between accounts:
# aws ec2 describe-availability-zones --query "AvailabilityZones[].[ZoneName,ZoneId]"
EXAMPLE_ZONES: Mapping[str, str] = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"}
EXAMPLE_RUNBOOKS = "https://docs.example.com/runbooks/"
LOCAL_ADDRESS = "http://localhost:8501"
_BUDGETS = Path(__file__).parent / "budgets"


@dataclass(frozen=True, kw_only=True)
class Users:
    """People who sign in before they talk to the agents.

    Args:
        mfa_required: Whether everybody needs a second factor.
        identity_provider: Makes the identity provider of single sign-on, given the stack for secrets it refers to.
            None means users have a password in the directory.
    """

    mfa_required: bool = True
    identity_provider: Callable[[Construct], IdentityProviderSource] | None = None


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything in which one environment differs from another. The stacks turn it into plain arguments.

    Args:
        name: Lower-case name, as given to `--context environment=…`. It also names the CDK stage.
        region: Region the stages are deployed to. Inference profiles route by region, so it has to be known at synth.
        users: Who signs in.
        domain: The name under which people reach the front end. None means `plain_http_address`.
        plain_http_address: Where people reach it on their own machine instead; for the local cloud only.
        account: Account id, or None for the account of the credentials at deployment.
        zones: Availability zones of the network, by name, with their ids.
        nat_gateways: Ways out of the network for the front end's tasks, which ask the user directory for tokens.
        min_tasks: Least number of the front end's tasks.
        model: Inference profile the agents call.
        documentation_tools: Whether the cloud engineer searches AWS's documentation, by a server on the internet.
        memory_expiry: How long conversations are kept, 3 to 365 days.
        memory_top_k: Long-term memories retrieved per namespace and turn.
        memory_relevance: Least relevance of a retrieved memory, 0 to 1.
        log_retention: How long log groups keep their events.
        removal_policy: What happens to memories, keys and logs when their stack is deleted.
        termination_protection: Whether the stacks that hold state, users and network refuse to be deleted.
        alarm_emails: Who is told of alarms.
        runbooks: Where `docs/runbooks` is served: alarms name it, and whoever is woken opens it.
        monthly_cost: What a month may cost before the budget says so. None means no budget.
        finds_cost_anomalies: Whether unusual costs are looked for. An account has one monitor of its services, so at
            most one environment of an account says so.
        tags: Tags of every resource of the stage.
    """

    name: str
    region: str
    users: Users
    domain: FrontendDomain | None = None
    plain_http_address: str | None = None
    account: str | None = None
    zones: Mapping[str, str] = field(default_factory=lambda: EXAMPLE_ZONES)
    nat_gateways: int = 1
    min_tasks: int = 2
    model: str = CLAUDE_SONNET_4_5_US
    documentation_tools: bool = True
    memory_expiry: Duration = field(default_factory=lambda: Duration.days(30))
    memory_top_k: int = 3
    memory_relevance: float = 0.5
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN
    termination_protection: bool = True
    alarm_emails: Sequence[str] = ()
    runbooks: str = EXAMPLE_RUNBOOKS
    monthly_cost: MonthlyCost | None = None
    finds_cost_anomalies: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def web_address(self) -> str:
        """Where people reach the front end.

        Raises:
            ValueError: If neither a domain nor an address is given.
        """
        address = self.domain.address if self.domain else self.plain_http_address
        if address is None:
            raise ValueError(f"the environment {self.name!r} has no domain; give it one, people reach it there")
        return address


def _tags(environment: str) -> dict[str, str]:
    return {"application": "agentcore-constructs", ENVIRONMENT_TAG: environment}


def _example_domain(name: str) -> FrontendDomain:
    return FrontendDomain.in_zone_of_id(name, hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com")


LOCAL = Environment(
    name="local",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_DAY,
    removal_policy=RemovalPolicy.DESTROY,
    termination_protection=False,
    users=Users(mfa_required=False),
    plain_http_address=LOCAL_ADDRESS,
    nat_gateways=0,
    documentation_tools=False,
    tags=_tags("local"),
)
DEV = Environment(
    name="dev",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_WEEK,
    removal_policy=RemovalPolicy.DESTROY,
    termination_protection=False,
    users=Users(mfa_required=False),
    domain=_example_domain("assistant.dev.example.com"),
    min_tasks=1,
    monthly_cost=MonthlyCost.from_estimate(_BUDGETS / "dev.json"),
    tags=_tags("dev"),
)
STAGING = Environment(
    name="staging",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_MONTH,
    users=Users(),
    domain=_example_domain("assistant.staging.example.com"),
    nat_gateways=2,
    monthly_cost=MonthlyCost.from_estimate(_BUDGETS / "staging.json"),
    tags=_tags("staging"),
)
PROD = Environment(
    name="prod",
    region="us-east-1",
    memory_expiry=Duration.days(90),
    log_retention=logs.RetentionDays.ONE_YEAR,
    users=Users(),
    domain=_example_domain("assistant.example.com"),
    nat_gateways=2,
    monthly_cost=MonthlyCost.from_estimate(_BUDGETS / "prod.json"),
    tags=_tags("prod"),
)

ENVIRONMENTS: Mapping[str, Environment] = {environment.name: environment for environment in (LOCAL, DEV, STAGING, PROD)}


def select(name: str) -> tuple[Environment, ...]:
    """The environments that `name` asks for: one, or with `all` every one.

    Raises:
        ValueError: If there is no environment of that name.
    """
    if name == "all":
        return tuple(ENVIRONMENTS.values())
    if name not in ENVIRONMENTS:
        known = ", ".join([*ENVIRONMENTS, "all"])
        raise ValueError(f"no environment is called {name!r}; pass one of {known} by --context environment=NAME")
    return (ENVIRONMENTS[name],)
