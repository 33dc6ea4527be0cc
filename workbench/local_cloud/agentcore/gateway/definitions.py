"""What the control plane knows about a gateway and its targets, as the data plane needs it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.service import Scope, not_found

STATELESS_VERSION = "2026-07-28"
"""The MCP version without a handshake: each request says what it speaks."""

HANDSHAKE_VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
"""MCP versions that begin with `initialize`, oldest first; what a gateway speaks that names no versions.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using.html
"""

SERVING = ("READY", "SYNCHRONIZE_UNSUCCESSFUL")
"""States of a target in which its tools are served; after a failed synchronization those known before."""

GATEWAY_IAM_ROLE = "GATEWAY_IAM_ROLE"


class Records(Protocol):
    """The control plane's resources as this package reads them."""

    def find(self, noun: str, key: tuple[str, ...]) -> tuple[Scope, Record] | None:
        """A resource in whatever account and region, or None."""

    def records(self, noun: str, parent: tuple[str, ...], scope: Scope) -> list[Record]:
        """The resources of a kind under a parent."""


@dataclass(frozen=True)
class OutboundCredential:
    """How a target is authorized to.

    Args:
        kind: The `credentialProviderType`.
        provider: Name of the credential provider; empty where the gateway's role or the caller signs.
        location: `HEADER` or `QUERY_PARAMETER`, for an API key.
        parameter: Name of the header or query parameter, for an API key.
        prefix: What stands before an API key, for example `Bearer`.
        scopes: OAuth scopes.
        custom_parameters: Further parameters of the token request.
        grant_type: OAuth grant.
        return_url: Where a user's browser goes after the user's consent; empty for nowhere.
        service: Service name that requests are signed for.
        region: Region that requests are signed for. Empty: the gateway's.
    """

    kind: str = GATEWAY_IAM_ROLE
    provider: str = ""
    location: str = "HEADER"
    parameter: str = "Authorization"
    prefix: str = ""
    scopes: tuple[str, ...] = ()
    custom_parameters: Mapping[str, str] | None = None
    grant_type: str = "CLIENT_CREDENTIALS"
    return_url: str = ""
    service: str = ""
    region: str = ""


@dataclass(frozen=True)
class TargetDefinition:
    """One target.

    Args:
        target_id: Its id.
        name: Its name, the first part of its tools' names.
        kind: `mcp.lambda`, `mcp.openApiSchema`, `mcp.smithyModel`, `mcp.apiGateway`, `mcp.mcpServer`,
            `http.agentcoreRuntime` or another member of the target configuration.
        configuration: What the target configuration says of that kind.
        credential: How the target is authorized to.
        request_headers: Lower-case names of headers that are handed on to the target.
        query_parameters: Names of query parameters that are handed on to the target.
        response_headers: Lower-case names of the target's headers that are handed back.
        fingerprint: Changes with every change of the target.
    """

    target_id: str
    name: str
    kind: str
    configuration: Mapping[str, object]
    credential: OutboundCredential
    request_headers: frozenset[str]
    query_parameters: frozenset[str]
    response_headers: frozenset[str]
    fingerprint: str


@dataclass(frozen=True)
class Interceptor:
    """A Lambda function between caller and target."""

    function_arn: str
    points: frozenset[str]
    passes_headers: bool


@dataclass(frozen=True)
class PolicyEngine:
    """The policy engine a gateway asks, and whether its answer counts."""

    arn: str
    enforce: bool


@dataclass(frozen=True)
class GatewayDefinition:
    """A gateway and its targets.

    Args:
        gateway_id: Its id.
        arn: Its ARN.
        name: Its name.
        scope: Its account and region.
        role_arn: Its service role.
        url: Address of its MCP endpoint, as clients know it.
        protocol: `MCP`, or empty for a gateway whose targets have paths of their own.
        authorizer_type: `CUSTOM_JWT`, `AWS_IAM`, `NONE` or `AUTHENTICATE_ONLY`.
        authorizer: The `customJWTAuthorizer`; empty without.
        versions: MCP versions it speaks, oldest first.
        instructions: What it tells clients at initialization.
        semantic_search: Whether it has the search tool.
        pages: Whether tool lists come in pages.
        interceptors: Its interceptors.
        policy_engine: Its policy engine, or None.
        key_arn: The customer's key it is encrypted with; empty for the service's own.
        debug: Whether errors carry their details.
        workload: Name of its workload identity.
        targets: Its targets that serve, in order of creation.
    """

    gateway_id: str
    arn: str
    name: str
    scope: Scope
    role_arn: str
    url: str
    protocol: str
    authorizer_type: str
    authorizer: Mapping[str, object]
    versions: tuple[str, ...]
    instructions: str
    semantic_search: bool
    pages: bool
    interceptors: tuple[Interceptor, ...]
    policy_engine: PolicyEngine | None
    key_arn: str
    debug: bool
    workload: str
    targets: tuple[TargetDefinition, ...]

    @property
    def stateless(self) -> bool:
        """Whether it also speaks the MCP version without a handshake."""
        return STATELESS_VERSION in self.versions

    def interceptor(self, point: str) -> Interceptor | None:
        """The interceptor at `REQUEST` or `RESPONSE`."""
        return next((one for one in self.interceptors if point in one.points), None)


def gateway_definition(records: Records, gateway_id: str) -> GatewayDefinition:
    """A gateway as it is deployed now, with those of its targets that serve.

    Raises:
        ServiceError: `ResourceNotFoundException` if there is none.
    """
    found = records.find("Gateway", (gateway_id,))
    if found is None:
        raise not_found(f"Gateway {gateway_id} not found")
    scope, record = found
    targets = records.records("GatewayTarget", record.key, scope)
    return _gateway(record, scope, tuple(target_definition(t) for t in targets if t.attributes["status"] in SERVING))


def _gateway(record: Record, scope: Scope, targets: tuple[TargetDefinition, ...]) -> GatewayDefinition:
    known = record.attributes
    mcp = mapping(mapping(known.get("protocolConfiguration")).get("mcp"))
    engine = mapping(known.get("policyEngineConfiguration"))
    return GatewayDefinition(
        gateway_id=record.key[-1],
        arn=record.arn,
        name=str(known["name"]),
        scope=scope,
        role_arn=str(known["roleArn"]),
        url=str(known.get("gatewayUrl", "")),
        protocol=str(known.get("protocolType") or ""),
        authorizer_type=str(known["authorizerType"]),
        authorizer=mapping(mapping(known.get("authorizerConfiguration")).get("customJWTAuthorizer")),
        versions=_versions(mcp),
        instructions=str(mcp.get("instructions") or ""),
        semantic_search=mcp.get("searchType") == "SEMANTIC",
        pages=not mcp.get("disableMcpListToolsPagination"),
        interceptors=tuple(_interceptor(mapping(item)) for item in items(known.get("interceptorConfigurations"))),
        policy_engine=PolicyEngine(str(engine["arn"]), engine["mode"] == "ENFORCE") if engine else None,
        key_arn=str(known.get("kmsKeyArn") or ""),
        debug=known.get("exceptionLevel") == "DEBUG",
        workload=str(mapping(known.get("workloadIdentityDetails")).get("workloadIdentityArn", "")).rsplit("/", 1)[-1],
        targets=targets,
    )


def _versions(mcp: Mapping[str, object]) -> tuple[str, ...]:
    wanted = {str(version) for version in items(mcp.get("supportedVersions"))}
    return tuple(v for v in (*HANDSHAKE_VERSIONS, STATELESS_VERSION) if v in wanted) or HANDSHAKE_VERSIONS


def _interceptor(given: Mapping[str, object]) -> Interceptor:
    function = mapping(mapping(given["interceptor"])["lambda"])
    return Interceptor(
        function_arn=str(function["arn"]),
        points=frozenset(str(point) for point in items(given["interceptionPoints"])),
        passes_headers=bool(mapping(given.get("inputConfiguration")).get("passRequestHeaders")),
    )


def target_definition(record: Record) -> TargetDefinition:
    """A target as the control plane keeps it."""
    known = record.attributes
    family, of_family = next(iter(mapping(known["targetConfiguration"]).items()))
    kind, configuration = next(iter(mapping(of_family).items()))
    metadata = mapping(known.get("metadataConfiguration"))
    relevant = [known["targetConfiguration"], known.get("credentialProviderConfigurations"), metadata]
    return TargetDefinition(
        target_id=record.key[-1],
        name=str(known["name"]),
        kind=f"{family}.{kind}",
        configuration=mapping(configuration),
        credential=_credential(known.get("credentialProviderConfigurations")),
        request_headers=frozenset(str(name).lower() for name in items(metadata.get("allowedRequestHeaders"))),
        query_parameters=frozenset(str(name) for name in items(metadata.get("allowedQueryParameters"))),
        response_headers=frozenset(str(name).lower() for name in items(metadata.get("allowedResponseHeaders"))),
        fingerprint=hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest(),
    )


def _credential(configurations: object) -> OutboundCredential:
    given = mapping(next(iter(items(configurations)), {}))
    kind = str(given.get("credentialProviderType") or GATEWAY_IAM_ROLE)
    provider = mapping(next(iter(mapping(given.get("credentialProvider")).values()), {}))
    return OutboundCredential(
        kind=kind,
        provider=str(provider.get("providerArn", "")).rsplit("/", 1)[-1],
        location=str(provider.get("credentialLocation") or "HEADER"),
        parameter=str(provider.get("credentialParameterName") or "Authorization"),
        prefix=str(provider.get("credentialPrefix") or ""),
        scopes=tuple(str(scope) for scope in items(provider.get("scopes"))),
        custom_parameters={str(k): str(v) for k, v in mapping(provider.get("customParameters")).items()},
        grant_type=str(provider.get("grantType") or "CLIENT_CREDENTIALS"),
        return_url=str(provider.get("defaultReturnUrl") or ""),
        service=str(provider.get("service") or ""),
        region=str(provider.get("region") or ""),
    )


def mapping(value: object) -> Mapping[str, object]:
    """A value as a mapping; empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[object]:
    """A value as a list; empty for anything else."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
