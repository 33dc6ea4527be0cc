"""What the control plane knows about a runtime, resolved from what an invocation names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from workbench.local_cloud.agentcore.runtimes.protocols import CONTRACTS, HTTP, ServiceContract
from workbench.local_cloud.agentcore.service import Caller, Operations, Scope, ServiceError, invalid, not_found

DEFAULT_ENDPOINT = "DEFAULT"
DEFAULT_IDLE_SECONDS = 900
DEFAULT_LIFETIME_SECONDS = 28_800

_ARN_PARTS = 6


@dataclass(frozen=True)
class CodeLocation:
    """Where a runtime's packaged code lies.

    Args:
        bucket: S3 bucket.
        key: Object key.
        version_id: Object version, or None for the newest.
        entry_point: Up to two items, as `CodeConfiguration` has them.
        python: The runtime's Python, for example `3.13`.
    """

    bucket: str
    key: str
    version_id: str | None
    entry_point: tuple[str, ...]
    python: str


@dataclass(frozen=True)
class RuntimeDefinition:
    """One immutable version of a runtime; `authorizer` is its `customJWTAuthorizer`, None where IAM decides."""

    arn: str
    runtime_id: str
    version: str
    role_arn: str
    scope: Scope
    code: CodeLocation
    variables: Mapping[str, str]
    header_allowlist: frozenset[str]
    authorizer: Mapping[str, object] | None
    idle_seconds: int
    lifetime_seconds: int
    endpoint: str = DEFAULT_ENDPOINT
    contract: ServiceContract = HTTP
    workload_identity_arn: str = ""


def runtime_scope(identifier: str, account_id: str | None, caller: Caller) -> tuple[str, Scope]:
    """Id and scope of the runtime that an invocation names by ARN, or by id with an account id.

    Raises:
        ServiceError: `ValidationException`, if it is neither.
    """
    if not identifier.startswith("arn:"):
        if account_id is None:
            raise invalid(f"'{identifier}' is no ARN: name the account in 'accountId', or use the runtime's ARN")
        return identifier, Scope(account_id, caller.scope.region)
    parts = identifier.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or not parts[5].startswith("runtime/"):
        raise invalid(f"'{identifier}' is no ARN of an agent runtime")
    return parts[5].split("/")[1], Scope(parts[4], parts[3])


def resolve(
    control: Operations, identifier: str, *, qualifier: str | None, account_id: str | None, caller: Caller
) -> RuntimeDefinition:
    """The version of a runtime that an endpoint points to.

    Args:
        control: The control plane.
        identifier: ARN or id of the runtime.
        qualifier: Name of the endpoint. Default: `DEFAULT`.
        account_id: The runtime's account, where the identifier is no ARN.
        caller: Who invokes.

    Raises:
        ServiceError: As the service would answer, for example `ResourceNotFoundException`.
    """
    runtime_id, scope = runtime_scope(identifier, account_id, caller)
    owner = Caller(scope, caller.principal_arn)
    endpoint = control.call(
        "GetAgentRuntimeEndpoint",
        {"agentRuntimeId": runtime_id, "endpointName": qualifier or DEFAULT_ENDPOINT},
        owner,
    )
    version = endpoint.get("liveVersion")
    if version is None:
        raise not_found(f"endpoint {qualifier or DEFAULT_ENDPOINT} of {runtime_id} has no live version yet")
    return _definition(
        control.call("GetAgentRuntime", {"agentRuntimeId": runtime_id, "agentRuntimeVersion": version}, owner),
        scope,
        qualifier or DEFAULT_ENDPOINT,
    )


def _definition(runtime: Mapping[str, object], scope: Scope, endpoint: str) -> RuntimeDefinition:
    lifecycle = cast("Mapping[str, int]", runtime.get("lifecycleConfiguration") or {})
    headers = cast("Mapping[str, Sequence[str]]", runtime.get("requestHeaderConfiguration") or {})
    authorizer = cast("Mapping[str, Mapping[str, object]]", runtime.get("authorizerConfiguration") or {})
    identity = cast("Mapping[str, str]", runtime.get("workloadIdentityDetails") or {})
    protocol = cast("Mapping[str, str]", runtime.get("protocolConfiguration") or {}).get("serverProtocol", "HTTP")
    if protocol not in CONTRACTS:
        raise not_simulated(f"the protocol {protocol} of {runtime['agentRuntimeArn']}")
    return RuntimeDefinition(
        arn=str(runtime["agentRuntimeArn"]),
        runtime_id=str(runtime["agentRuntimeId"]),
        version=str(runtime["agentRuntimeVersion"]),
        role_arn=str(runtime["roleArn"]),
        scope=scope,
        code=_code(runtime),
        variables=cast("Mapping[str, str]", runtime.get("environmentVariables") or {}),
        header_allowlist=frozenset(name.lower() for name in headers.get("requestHeaderAllowlist", ())),
        authorizer=authorizer.get("customJWTAuthorizer"),
        idle_seconds=lifecycle.get("idleRuntimeSessionTimeout", DEFAULT_IDLE_SECONDS),
        lifetime_seconds=lifecycle.get("maxLifetime", DEFAULT_LIFETIME_SECONDS),
        endpoint=endpoint,
        contract=CONTRACTS[protocol],
        workload_identity_arn=identity.get("workloadIdentityArn", ""),
    )


def _code(runtime: Mapping[str, object]) -> CodeLocation:
    artifact = cast("Mapping[str, Mapping[str, object]]", runtime.get("agentRuntimeArtifact") or {})
    code = artifact.get("codeConfiguration")
    if code is None:
        raise not_simulated(f"the container image of {runtime['agentRuntimeArn']} (package the agent as a zip)")
    language, _, version = str(code["runtime"]).partition("_")
    if language != "PYTHON":
        raise not_simulated(f"the managed runtime {code['runtime']} of {runtime['agentRuntimeArn']}")
    location = cast("Mapping[str, Mapping[str, str]]", code["code"])["s3"]
    return CodeLocation(
        bucket=location["bucket"],
        key=location["prefix"],
        version_id=location.get("versionId"),
        entry_point=tuple(cast("Sequence[str]", code["entryPoint"])),
        python=version.replace("_", "."),
    )


def not_simulated(what: str) -> ServiceError:
    """An error that says what the local cloud does not do, so that nobody takes silence for success."""
    return ServiceError("NotImplementedException", f"the local cloud does not simulate {what}", 501)
