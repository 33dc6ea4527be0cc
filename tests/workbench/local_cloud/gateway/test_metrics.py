"""What gateways and policy engines answer is measured, down to tool and target; and they can be made to fail."""

import httpx
import pytest

from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud
from tests.workbench.local_cloud.gateway.test_inbound import Issuer, bearer, issuer
from tests.workbench.local_cloud.gateway.test_policies import attach, made, permit

__all__ = ["issuer"]


@pytest.fixture(scope="module")
def measured(cloud: GatewayCloud, issuer: Issuer) -> tuple[Gateway, str]:
    """A gateway with two tools of which one may be used, and its policy engine; asked for each, and by a stranger."""
    gateway = made(cloud, "measured", issuer)
    engine = attach(gateway, [permit(gateway, "Shop___read")])
    ann = bearer(issuer.token())
    gateway.tools(**ann)
    gateway.value("Shop___read", {"text": "x"}, **ann)
    gateway.call("Shop___refund", {"amount": 1}, **ann)
    assert gateway.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).status_code == 401
    return gateway, engine


def test_requests_are_counted_by_gateway_method_and_tool(cloud: GatewayCloud, measured: tuple[Gateway, str]) -> None:
    gateway, _ = measured
    whole = {"Operation": "InvokeGateway", "Protocol": "MCP", "Resource": gateway.arn}
    calls = {**whole, "Method": "tools/call"}

    assert cloud.values("Invocations", **whole) == [1, 1, 1, 1]
    assert cloud.values("UserErrors", **whole) == [0, 0, 0, 1]
    assert cloud.values("Invocations", **calls) == [1, 1]
    assert cloud.values("Invocations", **calls, Name="Shop___read") == [1]
    assert cloud.values("TargetType", **whole, TargetType="Lambda") == [1]
    (took,), (target,) = (
        cloud.values(name, **calls, Name="Shop___read") for name in ("Duration", "TargetExecutionTime")
    )
    assert took > target > 0


def test_callers_are_counted_by_whether_they_proved_who_they_are(
    cloud: GatewayCloud, measured: tuple[Gateway, str]
) -> None:
    gateway, _ = measured

    assert cloud.values("InboundAuthorizationSuccess", ResourceId=gateway.arn) == [1, 1, 1]
    assert cloud.values("InboundAuthorizationFailure", ResourceId=gateway.arn) == [1]


def test_decisions_are_counted_by_engine_gateway_and_tool(cloud: GatewayCloud, measured: tuple[Gateway, str]) -> None:
    gateway, engine = measured
    asked = {"OperationName": "AuthorizeAction", "PolicyEngine": engine}
    refund = {**asked, "TargetResource": gateway.gateway_id, "Mode": "ENFORCE", "ToolName": "Shop___refund"}

    assert cloud.values("AllowDecisions", **asked) == [1, 0]
    assert cloud.values("DenyDecisions", **refund) == [1]
    assert cloud.values("NoDeterminingPolicies", **refund) == [1]
    listed = {"OperationName": "PartiallyAuthorizeActions", "PolicyEngine": engine}
    assert cloud.values("AllowDecisions", **listed) == [1]


def test_a_gateway_can_be_made_to_fail(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "faulty", issuer)
    faults = f"{cloud.server_url}/_local/faults"
    httpx.put(faults, json={"gateway": {"code": "ThrottlingException"}}, trust_env=False).raise_for_status()
    try:
        refused = gateway.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, bearer(issuer.token()))
    finally:
        httpx.delete(faults, trust_env=False).raise_for_status()

    assert refused.status_code == 429
    whole = {"Operation": "InvokeGateway", "Protocol": "MCP", "Resource": gateway.arn}
    assert (cloud.values("Throttles", **whole), cloud.values("UserErrors", **whole)) == ([1], [0])
