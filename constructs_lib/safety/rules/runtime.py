"""Runtimes of agents and their endpoints."""

import re
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.permissions import (
    IDENTITY_POLICIES,
    agent_statements,
    arn_name,
    roles_of,
)
from constructs_lib.safety.rules.template import AGENTCORE, Deployment, Resource, lookup
from constructs_lib.safety.rules.values import absent, alternatives, literal, text

RULES = RuleSet()
RUNTIME, ENDPOINT = f"{AGENTCORE}Runtime", f"{AGENTCORE}RuntimeEndpoint"
_CODE = "AgentRuntimeArtifact.CodeConfiguration"
_IMAGE = "AgentRuntimeArtifact.ContainerConfiguration.ContainerUri"
_DEFAULT_IDLE, _DEFAULT_LIFETIME = 900, 28_800
_CONTENT_HASH = re.compile(r"[0-9a-f]{32,}")
_SECRET_NAME = re.compile(r"(?i)(^|_)(password|passwd|secret|api_?key|access_?key|private_?key|token)$")
_SECRET_VALUE = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|xox[abprs]-[0-9A-Za-z-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_RESOLVED_SECRET = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")
# https://devguide.python.org/versions/: no security fixes any more.
_ENDED_PYTHON = {"PYTHON_3_10": "October 2026"}


@RULES.rule(
    "RuntimeIdleBeyondLifetime",
    Severity.ERROR,
    "A session's idle time-out is shorter than its lifetime",
    RUNTIME,
    why="A session ends at its lifetime: a longer idle time-out never happens, and one of the two numbers is a"
    " mistake.",
    remedy="Make LifecycleConfiguration.IdleRuntimeSessionTimeout at most MaxLifetime.",
)
def _idle(runtime: Resource) -> Iterator[Hit]:
    idle = _seconds(runtime.get("LifecycleConfiguration.IdleRuntimeSessionTimeout"), _DEFAULT_IDLE)
    lifetime = _seconds(runtime.get("LifecycleConfiguration.MaxLifetime"), _DEFAULT_LIFETIME)
    if idle is not None and lifetime is not None and idle > lifetime:
        yield Hit("Properties.LifecycleConfiguration", f"idle time-out {idle} s, lifetime {lifetime} s")


@RULES.rule(
    "RuntimeCodeUnversioned",
    Severity.WARNING,
    "A runtime names the version of its code",
    RUNTIME,
    why="The template does not change when the object does: new code is not deployed, and whoever may write the object"
    " decides what a later version of the runtime runs.",
    remedy="Put a hash of the content into the object's key, or state VersionId.",
)
def _unversioned(runtime: Resource) -> Iterator[Hit]:
    key = literal(runtime.get(f"{_CODE}.Code.S3.Prefix"))
    if key and absent(runtime.get(f"{_CODE}.Code.S3.VersionId")) and not _CONTENT_HASH.search(key):
        yield Hit(f"Properties.{_CODE}.Code.S3", f"the key {key!r} says nothing of its content and has no VersionId")


@RULES.rule(
    "RuntimeImageTagMoves",
    Severity.WARNING,
    "A runtime names its image by digest or a tag of its own",
    RUNTIME,
    why="The tag latest moves: two deployments of one template run different code.",
    remedy="Append @sha256:… or a tag that is never reused.",
)
def _image(runtime: Resource) -> Iterator[Hit]:
    image = text(runtime.get(_IMAGE)).rsplit("/", 1)[-1] if not absent(runtime.get(_IMAGE)) else ""
    if image.endswith(":latest") or (image and ":" not in image and "@" not in image and "${" not in image):
        yield Hit(f"Properties.{_IMAGE}", f"the image is {image!r}")


@RULES.rule(
    "RuntimePythonEnded",
    Severity.WARNING,
    "A runtime's Python gets security fixes",
    RUNTIME,
    why="Flaws found in a Python version after its end stay open.",
    remedy="Set Runtime to PYTHON_3_13 or later and install the dependencies for it.",
)
def _python(runtime: Resource) -> Iterator[Hit]:
    for version in alternatives(runtime.get(f"{_CODE}.Runtime")):
        if str(version) in _ENDED_PYTHON:
            yield Hit(f"Properties.{_CODE}.Runtime", f"{version} ended in {_ENDED_PYTHON[str(version)]}")


@RULES.rule(
    "RuntimeSecretInEnvironment",
    Severity.ERROR,
    "A runtime's variables hold no secrets",
    RUNTIME,
    why="Variables stand in the template and in GetAgentRuntime for everybody who may read either.",
    remedy="Hand the secret's ARN to the agent, or use a credential provider of AgentCore Identity.",
)
def _variables(runtime: Resource) -> Iterator[Hit]:
    for name, value in runtime.mapping("EnvironmentVariables").items():
        rendered = text(value)
        named = bool(_SECRET_NAME.search(name)) and literal(value) not in (None, "") and not rendered.startswith("arn:")
        if named or _SECRET_VALUE.search(rendered) or _RESOLVED_SECRET.search(rendered):
            yield Hit(f"Properties.EnvironmentVariables.{name}", f"the variable {name} holds a secret", name)


@RULES.rule(
    "EndpointFollowsNewest",
    Severity.WARNING,
    "An endpoint says which version it serves",
    ENDPOINT,
    why="Without a version every deployment moves all callers of the endpoint at once, and there is nothing to"
    " go back to.",
    remedy="Set AgentRuntimeVersion.",
)
def _endpoint(endpoint: Resource) -> Iterator[Hit]:
    if absent(endpoint.get("AgentRuntimeVersion")):
        yield Hit("Properties.AgentRuntimeVersion", "no version is stated")


@RULES.rule(
    "RuntimeReadsWholeBucket",
    Severity.WARNING,
    "A runtime's role reads its own code, not the bucket",
    *IDENTITY_POLICIES,
    why="The bucket of a CDK bootstrap holds every application's assets: code, and what is in its files.",
    remedy="Allow s3:GetObject on the one object that the runtime's artifact names.",
)
def _bucket(policy: Resource) -> Iterator[Hit]:
    buckets = {
        text(lookup(each.properties, f"{_CODE}.Code.S3.Bucket"))
        for role in roles_of(policy)
        for each in _runtimes_of(role)
        if not absent(each.get(f"{_CODE}.Code.S3.Bucket"))
    }
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants("s3:GetObject"):
            for resource in statement.resources:
                if any(resource.endswith(f":{bucket}/*") for bucket in buckets):
                    yield Hit(f"{statement.path}.Resource", f"the role reads all of {arn_name(resource)!r}")


@RULES.rule(
    "WritesEveryRuntimesLogs",
    Severity.WARNING,
    "A runtime's role writes its own logs",
    *IDENTITY_POLICIES,
    why="An agent that is led astray can write into other agents' logs what never happened.",
    remedy="Allow log-group:/aws/bedrock-agentcore/runtimes/NAME-* with the runtime's name.",
)
def _logs(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants("logs:PutLogEvents"):
            for resource in statement.resources:
                name = arn_name(resource)
                if resource == "*" or name == "log-group:*" or name.startswith(_ALL_LOGS):
                    yield Hit(f"{statement.path}.Resource", f"the role writes to {name!r}", name)


@RULES.rule(
    "RuntimeSharesRole",
    Severity.WARNING,
    "Every agent has a role of its own",
    RUNTIME,
    why="Agents that share a role have each other's permissions, and the log of calls does not tell them apart.",
    remedy="Give each runtime its own role.",
)
def _shared(runtime: Resource) -> Iterator[Hit]:
    for role in runtime.refers("RoleArn"):
        others = sorted(each.logical_id for each in _runtimes_of(role) if each is not runtime)
        if others:
            yield Hit("Properties.RoleArn", f"the role is also that of {', '.join(others)}")


_ALL_LOGS = ("log-group:/aws/bedrock-agentcore/runtimes/*", "log-group:/aws/bedrock-agentcore/*")


def _runtimes_of(role: Resource) -> list[Resource]:
    return role.template.deployment.once(_runtimes_by_role).get(role, [])


def _runtimes_by_role(deployment: Deployment) -> dict[Resource, list[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for each in deployment.of_type(RUNTIME):
        for role in each.refers("RoleArn"):
            found.setdefault(role, []).append(each)
    return found


def _seconds(value: object, default: int) -> int | None:
    if value is None:
        return default
    rendered = literal(value)
    return int(rendered) if rendered and rendered.isdigit() else None
