"""What the stack tells an agent through environment variables, read once and checked."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Json,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from agents.shared.errors import AgentError

MAX_RETRIEVED_RECORDS = 100
"""The most records one RetrieveMemoryRecords call returns (`topK`)."""

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


class InboundAuth(StrEnum):
    """How AgentCore Runtime, or a gateway, authenticates its caller."""

    IAM = "IAM"
    JWT = "JWT"


class GuardrailMode(StrEnum):
    """What a guardrail does with what breaks its rules."""

    ENFORCE = "ENFORCE"
    """The model's answer passes it: what it blocks is neither said nor kept."""

    SHADOW = "SHADOW"
    """It only records what it would have done, to tune it before it is enforced."""


def _check_namespace(namespace: str) -> str:
    try:
        namespace.format(actorId="actor", sessionId="session")
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"only {{actorId}} and {{sessionId}} can be filled in, got {namespace!r}") from error
    if not namespace.startswith("/"):
        raise ValueError(f"a namespace starts with '/', got {namespace!r}")
    return namespace if namespace.endswith("/") else f"{namespace}/"


def _check_gateway_url(url: str) -> str:
    parts = urlsplit(url)
    secret = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    if not (secret and parts.hostname):
        raise ValueError("a gateway's URL is https, so that nobody on the way reads the caller's token")
    return url


def _check_record_path(path: str) -> str:
    try:
        filled = path.format(actorId="actor")
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"only {{actorId}} can be filled in, got {path!r}") from error
    if not (path.startswith("/") and filled.endswith("/actor/")):
        raise ValueError(f"a path starts with '/' and ends with '/{{actorId}}/', got {path!r}")
    return path


GatewayUrl = Annotated[str, AfterValidator(_check_gateway_url)]
Namespace = Annotated[str, AfterValidator(_check_namespace)]
RecordPath = Annotated[str, AfterValidator(_check_record_path)]


class Settings(BaseModel):
    """An agent's settings; every field is one environment variable, named by its alias.

    `Settings.VARIABLES` are the names, for the contract test that compares them with what the stacks set.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    VARIABLES: ClassVar[frozenset[str]]

    model_id: str = Field(alias="AGENT_MODEL_ID", min_length=1)
    """Foundation model or inference profile that answers."""

    memory_id: str | None = Field(default=None, alias="BEDROCK_AGENTCORE_MEMORY_ID")
    """AgentCore Memory; None: the agent forgets when its session process ends."""

    memory_namespaces: Json[tuple[Namespace, ...]] = Field(default=(), alias="AGENT_MEMORY_NAMESPACES")
    """Namespace templates long-term records are read from, as a JSON list; empty: none are read."""

    memory_record_paths: Json[tuple[RecordPath, ...]] = Field(default=(), alias="AGENT_MEMORY_RECORD_PATHS")
    """Paths below which the memory keeps each actor's long-term records, as a JSON list; they are exported and deleted
    with the actor's conversations."""

    memory_top_k: int = Field(default=3, ge=1, le=25, alias="AGENT_MEMORY_TOP_K")
    """Most records added to a question from each namespace."""

    memory_relevance: float = Field(default=0.5, ge=0.0, le=1.0, alias="AGENT_MEMORY_RELEVANCE")
    """Score from 0 to 1 below which a record is left out."""

    inbound_auth: InboundAuth = Field(default=InboundAuth.IAM, alias="AGENT_INBOUND_AUTH")
    """Whether a bearer token was verified before the request arrived."""

    actor_header_allowed: bool = Field(default=False, alias="AGENT_ACTOR_HEADER_ALLOWED")
    """Whether the caller may name the actor in a header; never together with JWT."""

    sessions_table: str | None = Field(default=None, alias="AGENT_SESSIONS_TABLE")
    """DynamoDB table that says whose each session is; None: that is known while its process lives."""

    gateway_url: GatewayUrl | None = Field(default=None, alias="AGENT_GATEWAY_URL")
    """MCP endpoint of the gateway whose tools the agent uses; None: it has its own tools only."""

    gateway_credential: str | None = Field(default=None, alias="AGENT_GATEWAY_CREDENTIAL")
    """OAuth 2.0 credential of AgentCore Identity whose tokens open that gateway for the agent itself."""

    gateway_scopes: str = Field(default="", alias="AGENT_GATEWAY_SCOPES")
    """Scopes of those tokens, separated by spaces."""

    gateway_auth: InboundAuth = Field(default=InboundAuth.IAM, alias="AGENT_GATEWAY_AUTH")
    """How that gateway knows its callers: `JWT` by the user's token or the credential's, `IAM` by the agent's role."""

    guardrail_id: str | None = Field(default=None, alias="AGENT_GUARDRAIL_ID")
    """Bedrock guardrail, by id or ARN, that the conversation passes; None: it passes none."""

    guardrail_version: str | None = Field(
        default=None, alias="AGENT_GUARDRAIL_VERSION", pattern=r"^([1-9][0-9]{0,7}|DRAFT)$"
    )
    """Its version: a number, or `DRAFT`."""

    guardrail_mode: GuardrailMode = Field(default=GuardrailMode.ENFORCE, alias="AGENT_GUARDRAIL_MODE")
    """Whether it is enforced or only records."""

    code_interpreter_id: str | None = Field(default=None, alias="AGENT_CODE_INTERPRETER_ID")
    """AgentCore code interpreter that runs the agent's code; None: it runs none."""

    browser_id: str | None = Field(default=None, alias="AGENT_BROWSER_ID")
    """AgentCore browser in which the agent reads web pages; None: it reads none."""

    @model_validator(mode="after")
    def _check_guardrail(self) -> "Settings":
        if (self.guardrail_id is None) is not (self.guardrail_version is None):
            raise ValueError(
                "AGENT_GUARDRAIL_ID and AGENT_GUARDRAIL_VERSION together name a guardrail: set both or neither, got"
                f" {self.guardrail_id!r} and {self.guardrail_version!r}"
            )
        return self

    @field_validator("gateway_auth")
    @classmethod
    def _check_gateway_auth(cls, gateway_auth: InboundAuth, info: ValidationInfo) -> InboundAuth:
        has_token = info.data.get("inbound_auth") is InboundAuth.JWT or info.data.get("gateway_credential")
        if gateway_auth is InboundAuth.JWT and not has_token:
            raise ValueError(
                "a gateway that takes tokens needs an agent that gets them: AGENT_INBOUND_AUTH=JWT, or"
                " AGENT_GATEWAY_CREDENTIAL"
            )
        return gateway_auth

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; a variable that is empty counts as not set.

        Args:
            environ: The process's environment.

        Raises:
            AgentError: `settings_invalid`, naming every variable that is missing or wrong.
        """
        given = {name: environ[name] for name in cls.VARIABLES if environ.get(name)}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = "; ".join(_describe(detail["loc"], detail["msg"], given) for detail in error.errors())
            raise AgentError(
                "settings_invalid",
                f"The agent is not configured: {wrong}",
                "Correct the variables and deploy again.",
                status=500,
            ) from error


Settings.VARIABLES = frozenset(str(field.alias) for field in Settings.model_fields.values())


def _describe(location: tuple[int | str, ...], problem: str, given: Mapping[str, str]) -> str:
    if not location:
        # A rule on several variables, which its text names.
        return problem
    variable = str(location[0])
    received = repr(given[variable]) if variable in given else "nothing"
    return f"{variable}: {problem}, got {received}"
