"""The environments an app can be deployed to: what differs between them, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_logs as logs

CLAUDE_SONNET_4_5_US = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@dataclass(frozen=True, kw_only=True)
class Users:
    """People who sign in before they talk to the agents.

    Args:
        web_address: Address of the web application they use, without a path: https, or http on localhost.
        mfa_required: Whether everybody needs a second factor.
    """

    web_address: str
    mfa_required: bool = True


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything in which one environment differs from another. The stacks turn it into plain arguments.

    Args:
        name: Lower-case name, as given to `--context environment=…`. It also names the CDK stage.
        region: Region the stages are deployed to. Inference profiles route by region, so it has to be known at synth.
        account: Account id, or None for the account of the credentials at deployment.
        model: Inference profile the agents call.
        memory_expiry: How long conversations are kept, 3 to 365 days.
        memory_top_k: Long-term memories retrieved per namespace and turn.
        memory_relevance: Least relevance of a retrieved memory, 0 to 1.
        log_retention: How long log groups keep their events.
        removal_policy: What happens to memories, keys and logs when their stack is deleted.
        termination_protection: Whether the stack that holds state refuses to be deleted.
        users: Who signs in, and where.
        tags: Tags of every resource of the stage.
    """

    name: str
    region: str
    users: Users
    account: str | None = None
    model: str = CLAUDE_SONNET_4_5_US
    memory_expiry: Duration = field(default_factory=lambda: Duration.days(30))
    memory_top_k: int = 3
    memory_relevance: float = 0.5
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN
    termination_protection: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)


def _tags(environment: str) -> dict[str, str]:
    return {"application": "agentcore-constructs", "environment": environment}


LOCAL = Environment(
    name="local",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_DAY,
    removal_policy=RemovalPolicy.DESTROY,
    termination_protection=False,
    users=Users(web_address="http://localhost:8501", mfa_required=False),
    tags=_tags("local"),
)
DEV = Environment(
    name="dev",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_WEEK,
    removal_policy=RemovalPolicy.DESTROY,
    termination_protection=False,
    users=Users(web_address="https://assistant.dev.example.com", mfa_required=False),
    tags=_tags("dev"),
)
STAGING = Environment(
    name="staging",
    region="us-east-1",
    log_retention=logs.RetentionDays.ONE_MONTH,
    users=Users(web_address="https://assistant.staging.example.com"),
    tags=_tags("staging"),
)
PROD = Environment(
    name="prod",
    region="us-east-1",
    memory_expiry=Duration.days(90),
    log_retention=logs.RetentionDays.ONE_YEAR,
    users=Users(web_address="https://assistant.example.com"),
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
