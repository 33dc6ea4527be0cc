"""Names, limits and quotas."""

import re
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource
from constructs_lib.safety.rules.values import absent, literal

RULES = RuleSet()
_WORD = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_DASHED = re.compile(r"[a-zA-Z0-9_-]{1,128}")
# Name property and pattern, by type: the CloudFormation registry's schemas.
_NAMES = {
    "Runtime": ("AgentRuntimeName", _WORD),
    "RuntimeEndpoint": ("Name", _WORD),
    "Memory": ("Name", _WORD),
    "PolicyEngine": ("Name", _WORD),
    "Policy": ("Name", _WORD),
    "BrowserCustom": ("Name", _WORD),
    "BrowserProfile": ("Name", _WORD),
    "CodeInterpreterCustom": ("Name", _WORD),
    "Evaluator": ("EvaluatorName", _WORD),
    "OnlineEvaluationConfig": ("OnlineEvaluationConfigName", _WORD),
    "Dataset": ("DatasetName", _WORD),
    "Gateway": ("Name", re.compile(r"([0-9a-zA-Z]-?){1,48}")),
    "GatewayTarget": ("Name", re.compile(r"([0-9a-zA-Z]-?){1,100}")),
    "ApiKeyCredentialProvider": ("Name", _DASHED),
    "OAuth2CredentialProvider": ("Name", _DASHED),
    "WorkloadIdentity": ("Name", re.compile(r"[A-Za-z0-9_.-]{3,255}")),
}
_TYPES = tuple(f"{AGENTCORE}{kind}" for kind in _NAMES)
# Names that count within their parent.
_WITHIN = {"RuntimeEndpoint": "AgentRuntimeId", "GatewayTarget": "GatewayIdentifier", "Policy": "PolicyEngineId"}
# Path of a list or mapping, and how many entries it may have.
_COUNTS = {
    "Runtime": {
        "EnvironmentVariables": 50,
        "AgentRuntimeArtifact.CodeConfiguration.EntryPoint": 2,
        "RequestHeaderConfiguration.RequestHeaderAllowlist": 20,
        "NetworkConfiguration.NetworkModeConfig.SecurityGroups": 16,
        "NetworkConfiguration.NetworkModeConfig.Subnets": 16,
    },
    "Memory": {"IndexedKeys": 10, "NamespaceKeys": 5},
    "Gateway": {"InterceptorConfigurations": 2},
    "GatewayTarget": {
        "CredentialProviderConfigurations": 1,
        "MetadataConfiguration.AllowedRequestHeaders": 10,
        "MetadataConfiguration.AllowedResponseHeaders": 10,
        "MetadataConfiguration.AllowedQueryParameters": 10,
    },
    "OnlineEvaluationConfig": {
        "Evaluators": 25,
        "Rule.Filters": 5,
        "DataSourceConfig.CloudWatchLogs.LogGroupNames": 10,
    },
}
# Path of a number, and its least and largest value.
_RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "Runtime": {
        "LifecycleConfiguration.IdleRuntimeSessionTimeout": (60, 1_209_600),
        "LifecycleConfiguration.MaxLifetime": (60, 1_209_600),
    },
    "Memory": {"EventExpiryDuration": (3, 365)},
    "OnlineEvaluationConfig": {"Rule.SamplingConfig.SamplingPercentage": (0.01, 100)},
}
_LIMITED = tuple(f"{AGENTCORE}{kind}" for kind in {**_COUNTS, **_RANGES})
_AGENTS = tuple(f"{AGENTCORE}{kind}" for kind in ("Runtime", "Gateway", "Memory"))


@RULES.rule(
    "NameInvalid",
    Severity.ERROR,
    "Names have the letters and length that AgentCore takes",
    *_TYPES,
    why="AgentCore refuses other names, and the deployment rolls back.",
    remedy="Use the letters and length of the resource's schema: mostly letters, digits and _, at most 48.",
)
def _invalid(resource: Resource) -> Iterator[Hit]:
    where, pattern = _NAMES[_kind(resource)]
    name = literal(resource.get(where))
    if name is not None and not absent(name) and not pattern.fullmatch(name):
        yield Hit(f"Properties.{where}", f"the name {name!r} does not match {pattern.pattern}")


@RULES.rule(
    "NameTwice",
    Severity.ERROR,
    "Resources of one kind have different names",
    *(each for each in _TYPES if not each.endswith("::GatewayTarget")),
    why="The second resource of a name is refused, and the deployment rolls back.",
    remedy="Rename one of them.",
)
def _twice(resource: Resource) -> Iterator[Hit]:
    kind = _kind(resource)
    where, _ = _NAMES[kind]
    name = literal(resource.get(where))
    parent = _WITHIN.get(kind, "")
    for other in resource.template.of_type(resource.type):
        # One finding for each pair.
        same = other.logical_id > resource.logical_id and name is not None and literal(other.get(where)) == name
        if same and (not parent or other.get(parent) == resource.get(parent)):
            yield Hit(f"Properties.{where}", f"{other.logical_id} is called {name!r} too", other.logical_id)


@RULES.rule(
    "LimitExceeded",
    Severity.ERROR,
    "Numbers and lists keep AgentCore's limits",
    *_LIMITED,
    why="AgentCore refuses what goes beyond, and the deployment rolls back.",
    remedy="Stay within the limit that the message states.",
)
def _limits(resource: Resource) -> Iterator[Hit]:
    for path, most in _COUNTS.get(_kind(resource), {}).items():
        value = resource.get(path)
        if isinstance(value, (list, dict)) and len(value) > most:
            yield Hit(f"Properties.{path}", f"{path} has {len(value)} entries, at most {most} are taken", path)
    for path, (least, largest) in _RANGES.get(_kind(resource), {}).items():
        number = _number(resource.get(path))
        if number is not None and not least <= number <= largest:
            yield Hit(f"Properties.{path}", f"{path} is {number:g}, allowed are {least:g} to {largest:g}", path)


@RULES.rule(
    "XRayPolicyInStack",
    Severity.WARNING,
    "X-Ray's resource policy is made once for an account and Region",
    "AWS::XRay::ResourcePolicy",
    why="An account has five of them in a Region: with one in every agent's stack the sixth stack fails.",
    remedy="Make it once, where Transaction Search is switched on, and leave it out of agents' stacks.",
)
def _xray(policy: Resource) -> Iterator[Hit]:
    if any(True for _ in policy.template.of_type(*_AGENTS)):
        yield Hit("Type", "the policy is in an agent's stack")


@RULES.rule(
    "LoginDomainCollides",
    Severity.WARNING,
    "A login domain names the account",
    "AWS::Cognito::UserPoolDomain",
    why="Domain prefixes are unique in a Region across all accounts: the same template in a second account fails.",
    remedy="Join the account's id to the prefix, or use a domain of your own.",
)
def _domain(domain: Resource) -> Iterator[Hit]:
    prefix = literal(domain.get("Domain"))
    pools = domain.refers("UserPoolId")
    authorizers = [
        pool for each in domain.template.deployment.of_type(*_AGENTS) for pool in each.refers("AuthorizerConfiguration")
    ]
    account = re.search(r"\d{12}", prefix or "")
    if prefix and not account and absent(domain.get("CustomDomainConfig")) and pools & set(authorizers):
        yield Hit("Properties.Domain", f"the domain prefix is {prefix!r} in every account")


def _kind(resource: Resource) -> str:
    return resource.type.removeprefix(AGENTCORE)


def _number(value: object) -> float | None:
    try:
        return float(literal(value) or "")
    except ValueError:
        return None
