"""What an AgentCore request asks of IAM: its action, the resources it names, and its condition keys.

The service models give the operation; which ARN an operation is checked against follows the service authorization
reference: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

import botocore.session

SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control")

# The label of a URI → what follows `arn:aws:bedrock-agentcore:REGION:ACCOUNT:` in the resource's ARN.
_ARN_OF_LABEL = {
    "agentRuntimeId": "runtime/{}",
    "agentRuntimeArn": "runtime/{}",
    "memoryId": "memory/{}",
    "gatewayIdentifier": "gateway/{}",
    "policyEngineId": "policy-engine/{}",
    "evaluatorId": "evaluator/{}",
    "onlineEvaluationConfigId": "online-evaluation-config/{}",
    "browserProfileId": "browser-profile/{}",
    "profileIdentifier": "browser-profile/{}",
    "profileId": "browser-profile/{}",
    "harnessId": "harness/{}",
    "datasetId": "dataset/{}",
    "registryId": "registry/{}",
    "bundleId": "configuration-bundle/{}",
    "capacityProviderId": "capacity-provider/{}",
    "paymentManagerId": "payment-manager/{}",
    "agentInsightStoreId": "agent-insight-store/{}",
    "webSearchId": "web-search/{}",
    "resourceArn": "{}",
}
# Tools that AWS owns have their own ARN: `aws` in place of the account, and no `-custom`.
_TOOL_OF_LABEL = {
    "browserIdentifier": "browser",
    "browserId": "browser",
    "codeInterpreterIdentifier": "code-interpreter",
    "codeInterpreterId": "code-interpreter",
}
_WORKLOAD_DIRECTORY = "workload-identity-directory/default"
_TOKEN_VAULT = "token-vault/default"  # noqa: S105
_ENDPOINT_OPERATIONS = frozenset({"InvokeAgentRuntime", "InvokeAgentRuntimeCommand", "StopRuntimeSession"})
_USER_ID_HEADER = "x-amzn-bedrock-agentcore-runtime-user-id"


@dataclass(frozen=True)
class Check:
    """One decision IAM has to make about a request.

    Args:
        action: For example `bedrock-agentcore:CreateEvent`.
        resource: ARN the policy is held against, or `*`.
        context: Condition keys of the request, in the spelling policies use.
        region: What `aws:RequestedRegion` holds. Default: the region the request was signed for.
    """

    action: str
    resource: str
    context: Mapping[str, object] = field(default_factory=dict)
    region: str = ""


@dataclass(frozen=True)
class ProviderKind:
    """A kind of credential provider.

    Args:
        api: Its name in operations.
        resource: Its name in ARNs.
    """

    api: str
    resource: str


PROVIDER_OF_OPERATION = {
    "GetResourceApiKey": ProviderKind("ApiKeyCredentialProvider", "apikeycredentialprovider"),
    "GetResourceOauth2Token": ProviderKind("Oauth2CredentialProvider", "oauth2credentialprovider"),
}
"""The operations that hand out what a credential provider holds."""


@dataclass(frozen=True)
class Route:
    """A request's operation and the labels of its URI, decoded."""

    operation: str
    labels: Mapping[str, str]


@lru_cache(maxsize=1)
def _routes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    session = botocore.session.get_session()
    found = []
    for service in SERVICES:
        model = session.get_service_model(service)
        for name in model.operation_names:
            http = model.operation_model(name).http
            path = str(http["requestUri"]).partition("?")[0].rstrip("/")
            found.append((path.count("{"), str(http["method"]), _pattern(path), str(name)))
    # The route with fewer labels is the more specific one: /memories/create before /memories/{memoryId}.
    return tuple((method, pattern, name) for _, method, pattern, name in sorted(found, key=lambda route: route[0]))


def _pattern(path: str) -> re.Pattern[str]:
    literal = re.split(r"\{(\w+)\+?\}", path)
    parts = [re.escape(part) if index % 2 == 0 else f"(?P<{part}>[^/]+)" for index, part in enumerate(literal)]
    return re.compile("".join(parts) + "/?")


def match(method: str, raw_path: str) -> Route | None:
    """The operation a request calls.

    Args:
        method: HTTP method.
        raw_path: Path as sent: an ARN in it keeps its `%2F`.
    """
    for wanted, pattern, operation in _routes():
        if wanted == method and (found := pattern.fullmatch(raw_path)):
            return Route(operation, {name: unquote(value) for name, value in found.groupdict().items()})
    return None


def checks(
    route: Route, *, account: str, region: str, headers: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
) -> list[Check]:
    """Every decision IAM makes about one AgentCore request; all have to allow it.

    Args:
        route: What `match` found.
        account: Account of the caller.
        region: Region the request was signed for.
        headers: Request headers, names in lower case.
        query: Query parameters.
        body: Request body; read as JSON where it holds the resource's name or a condition key.
    """
    parameters = _json_object(body) if _reads_body(route.operation) else {}
    context = _context(route, query, parameters)
    names = [route.operation]
    if route.operation == "InvokeAgentRuntime" and _USER_ID_HEADER in headers:
        # Acting for a user that the caller names is a permission of its own.
        names.append("InvokeAgentRuntimeForUser")
    resources = list(_resources(route, account, region, query, parameters)) or ["*"]
    return [Check(f"bedrock-agentcore:{name}", resource, context) for name in names for resource in resources]


def _reads_body(operation: str) -> bool:
    return not operation.startswith("Invoke")


def _json_object(body: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _resources(
    route: Route, account: str, region: str, query: Mapping[str, list[str]], parameters: Mapping[str, object]
) -> Iterator[str]:
    prefix = f"arn:aws:bedrock-agentcore:{region}:{account}:"
    for label, value in route.labels.items():
        if label in _TOOL_OF_LABEL:
            yield tool_arn(_TOOL_OF_LABEL[label], value, account, region)
            return
        if label in _ARN_OF_LABEL:
            resource = value if value.startswith("arn:") else prefix + _ARN_OF_LABEL[label].format(value)
            yield resource
            yield from _endpoints(route, resource, query)
            return
    yield from (prefix + name for name in _identity_resources(route.operation, parameters))


def _endpoints(route: Route, runtime: str, query: Mapping[str, list[str]]) -> Iterator[str]:
    if route.operation in _ENDPOINT_OPERATIONS:
        yield f"{runtime}/runtime-endpoint/{query.get('qualifier', ['DEFAULT'])[0]}"
    elif "endpointName" in route.labels and "agentRuntimeId" in route.labels:
        yield f"{runtime}/runtime-endpoint/{route.labels['endpointName']}"


def _identity_resources(operation: str, parameters: Mapping[str, object]) -> Iterator[str]:
    if operation in PROVIDER_OF_OPERATION:
        provider = PROVIDER_OF_OPERATION[operation].resource
        yield _TOKEN_VAULT
        yield f"{_TOKEN_VAULT}/{provider}/{parameters.get('resourceCredentialProviderName')}"
        yield _WORKLOAD_DIRECTORY
        yield f"{_WORKLOAD_DIRECTORY}/workload-identity/{_identity_of(str(parameters.get('workloadIdentityToken')))}"
    elif operation == "CompleteResourceTokenAuth":
        yield _TOKEN_VAULT
        yield _WORKLOAD_DIRECTORY
    elif "Workload" in operation:
        yield _WORKLOAD_DIRECTORY
        identity = parameters.get("workloadName") or parameters.get("name")
        if identity:
            yield f"{_WORKLOAD_DIRECTORY}/workload-identity/{identity}"


def _identity_of(token: str) -> str:
    """Name of the workload identity that a token is of, as the token says; whether it is true the server finds out."""
    payload = f"{token}..".split(".")[1]
    try:
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(said["identity_arn"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return "unknown"


def tool_arn(kind: str, identifier: str, account: str, region: str) -> str:
    """ARN of a browser or a code interpreter."""
    if identifier.startswith("aws."):
        return f"arn:aws:bedrock-agentcore:{region}:aws:{kind}/{identifier}"
    return f"arn:aws:bedrock-agentcore:{region}:{account}:{kind}-custom/{identifier}"


def _context(route: Route, query: Mapping[str, list[str]], parameters: Mapping[str, object]) -> Mapping[str, object]:
    criteria = parameters.get("searchCriteria")
    nested = criteria if isinstance(criteria, dict) else {}
    values: dict[str, object | None] = {
        "actorId": route.labels.get("actorId") or parameters.get("actorId"),
        "sessionId": route.labels.get("sessionId") or parameters.get("sessionId"),
        "namespace": parameters.get("namespace") or query.get("namespace", [None])[0],
        "namespacePath": parameters.get("namespacePath"),
        "strategyId": nested.get("memoryStrategyId") or parameters.get("memoryStrategyId"),
    }
    return {f"bedrock-agentcore:{name}": value for name, value in values.items() if value}
