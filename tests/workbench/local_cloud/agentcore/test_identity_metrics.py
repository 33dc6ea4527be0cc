"""Tokens that AgentCore Identity hands out are counted, and it can be made to fail."""

from types import SimpleNamespace
from typing import cast

import pytest

from workbench.local_cloud.agentcore.control_store import Record
from workbench.local_cloud.agentcore.identity.plane import Control, IdentityDataPlane
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.service import Caller, Scope, ServiceError, not_found
from workbench.local_cloud.faults import FaultSwitches
from workbench.telemetry.store import Datum

IDENTITY = "arn:aws:bedrock-agentcore:us-east-1:000000000000:workload-identity-directory/default/workload-identity/w"
CALLER = Caller(Scope("000000000000", "us-east-1"), secret="key-1")
WORKLOAD = {"WorkloadIdentity": "w", "WorkloadIdentityDirectory": "default"}
PROVIDER = {**WORKLOAD, "TokenVault": "default", "ProviderName": "weather"}


class OneIdentity:
    """A control plane with one workload identity and one API key."""

    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        if (noun, key) != ("WorkloadIdentity", ("w",)):
            raise not_found(f"{noun} {key}")
        return cast("Record", SimpleNamespace(attributes={"workloadIdentityArn": IDENTITY}))

    def call(self, operation: str, params: object, caller: Caller) -> dict[str, object]:
        return {}


class Identities:
    def __init__(self) -> None:
        self.measured: list[Datum] = []
        self.faults = FaultSwitches()
        tokens = TokenVerifier("http://127.0.0.1:9", issuers=Issuers("http://127.0.0.1:9"))
        observing = Observing(self.measured.extend, self.faults)
        control = cast("Control", OneIdentity())
        self.plane = IdentityDataPlane(control, tokens, Issuers("http://127.0.0.1:9"), observing)

    def token(self, name: str = "w") -> str:
        return str(self.plane.call("GetWorkloadAccessToken", {"workloadName": name}, CALLER)["workloadAccessToken"])

    def values(self, name: str, **dimensions: str) -> list[float]:
        return [one.value for one in self.measured if (one.name, one.dimensions) == (name, dimensions)]


@pytest.fixture
def identities() -> Identities:
    return Identities()


def test_workload_tokens_are_counted_with_what_went_wrong(identities: Identities) -> None:
    identities.token()
    with pytest.raises(ServiceError):
        identities.token("stranger")
    operation = {"WorkloadIdentityDirectory": "default", "Operation": "GetWorkloadAccessToken"}

    assert identities.values("WorkloadAccessTokenFetchSuccess", WorkloadIdentity="w", **operation) == [1]
    failed = {"WorkloadIdentity": "stranger", "ExceptionType": "ResourceNotFoundException", **operation}
    assert identities.values("WorkloadAccessTokenFetchFailures", **failed) == [1]


def test_api_keys_are_counted_for_the_identity_of_the_token(identities: Identities) -> None:
    asked = {"workloadIdentityToken": identities.token(), "resourceCredentialProviderName": "weather"}
    identities.plane.call("GetResourceApiKey", asked, CALLER)
    identities.faults.replace({"identity": {"code": "ThrottlingException", "operations": ["GetResourceApiKey"]}})
    with pytest.raises(ServiceError, match="switched on for identity"):
        identities.plane.call("GetResourceApiKey", asked, CALLER)

    assert identities.values("ApiKeyFetchSuccess", **PROVIDER) == [1]
    assert identities.values("ApiKeyFetchThrottles", **PROVIDER) == [1]


def test_the_tokens_that_runtime_asks_for_are_counted_and_fail_too(identities: Identities) -> None:
    assert identities.plane.token_of_runtime(IDENTITY, verified=None, user_id="ann")
    identities.faults.replace({"identity": {}})
    with pytest.raises(ServiceError):
        identities.plane.token_of_runtime(IDENTITY, verified=None, user_id="ann")

    named = {**WORKLOAD, "Operation": "GetWorkloadAccessTokenForUserId"}
    assert identities.values("WorkloadAccessTokenFetchSuccess", **named) == [1]
    failed = {**named, "ExceptionType": "InternalServerException"}
    assert identities.values("WorkloadAccessTokenFetchFailures", **failed) == [1]
