"""Cedar policies that are deployed decide what is listed and what may be called."""

import json
from collections.abc import Sequence

import httpx
import pytest

from tests.workbench.local_cloud.gateway.cloud import ECHO_TOOL, Gateway, GatewayCloud, allow
from tests.workbench.local_cloud.gateway.test_inbound import Issuer, bearer, issuer, role_session, signed

__all__ = ["issuer"]

EVALUATE = [
    "bedrock-agentcore:GetPolicyEngine",
    "bedrock-agentcore:AuthorizeAction",
    "bedrock-agentcore:PartiallyAuthorizeActions",
]
TOOLS = [{**ECHO_TOOL, "name": name} for name in ("read", "refund")]
REFUND = {
    "name": "refund",
    "description": "Pays back",
    "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
}


def permit(gateway: Gateway, tool: str, when: str = "true") -> str:
    return (
        f'permit (principal is AgentCore::OAuthUser, action == AgentCore::Action::"{tool}",'
        f' resource == AgentCore::Gateway::"{gateway.arn}") when {{ {when} }};'
    )


def attach(gateway: Gateway, statements: Sequence[str], mode: str = "ENFORCE") -> str:
    """A policy engine with these policies, attached to the gateway; its id."""
    control = gateway.cloud.control
    name = gateway.gateway_id.replace("-", "_")
    engine = control.create_policy_engine(name=name[:40])
    for number, statement in enumerate(statements):
        control.create_policy(
            policyEngineId=engine["policyEngineId"],
            name=f"policy_{number}",
            definition={"cedar": {"statement": statement}},
        )
    gateway.update(policyEngineConfiguration={"arn": engine["policyEngineArn"], "mode": mode})
    return str(engine["policyEngineId"])


def made(cloud: GatewayCloud, name: str, issuer: Issuer, *, evaluate: bool = True) -> Gateway:
    """A gateway opened by tokens, with two tools, whose role may ask policy engines."""
    function = cloud.function(name)
    discovery = {"discoveryUrl": f"{issuer.url}/.well-known/openid-configuration", "allowedClients": ["app"]}
    gateway = cloud.gateway(
        name,
        allow("lambda:InvokeFunction", function),
        *([allow(EVALUATE)] if evaluate else []),
        authorizerType="CUSTOM_JWT",
        authorizerConfiguration={"customJWTAuthorizer": discovery},
        protocolConfiguration={"mcp": {"searchType": "SEMANTIC"}},
    )
    gateway.lambda_target("Shop", function, [TOOLS[0], REFUND])
    return gateway


def named(tools: Sequence[str]) -> list[str]:
    return [name for name in tools if "___" in name]


def decisions(cloud: GatewayCloud, gateway: Gateway) -> list[dict[str, object]]:
    rows = httpx.get(f"{cloud.server_url}/_local/policy-decisions", trust_env=False).json()
    return [row for row in rows if row["gateway"] == gateway.arn]


def test_without_policies_everything_is_denied(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "denied", issuer)
    ann = bearer(issuer.token())
    assert named(gateway.tools(**ann)) == ["Shop___read", "Shop___refund"]
    assert gateway.value("Shop___read", {"text": "x"}, **ann)["event"] == {"text": "x"}
    attach(gateway, [])
    assert named(gateway.tools(**ann)) == []
    refused = gateway.call("Shop___read", {"text": "x"}, **ann)
    assert refused["error"]["code"] == -32002
    assert refused["error"]["message"] == (
        "Tool Execution Denied: Tool call not allowed due to policy enforcement"
        " [No policy applies to the request (denied by default).]"
    )


def test_groups_and_arguments_decide(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "decided", issuer)
    clerk = 'principal.hasTag("role") && principal.getTag("role") == "clerk" && context.input.amount < 500'
    attach(gateway, [permit(gateway, "Shop___read"), permit(gateway, "Shop___refund", clerk)])
    ann, bob = bearer(issuer.token(role="clerk")), bearer(issuer.token(sub="bob"))
    assert named(gateway.tools(**ann)) == ["Shop___read", "Shop___refund"]
    assert named(gateway.tools(**bob)) == ["Shop___read"]
    assert gateway.value("Shop___refund", {"amount": 499}, **ann)["event"] == {"amount": 499}
    assert gateway.call("Shop___refund", {"amount": 500}, **ann)["error"]["code"] == -32002
    assert gateway.call("Shop___refund", {"amount": 1}, **bob)["error"]["code"] == -32002
    calls = [row for row in decisions(cloud, gateway) if row["action"] == "AuthorizeAction"]
    assert [(row["principal"], row["allowed"], row["determining"]) for row in calls] == [
        ("ann", True, ["policy_1"]),
        ("ann", False, []),
        ("bob", False, []),
    ]


def test_search_does_not_find_what_the_caller_may_not_use(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "searched", issuer)
    query = {"query": "pay money back: refund"}
    found = gateway.value("x_amz_bedrock_agentcore_search", query, **bearer(issuer.token()))
    assert [tool["name"] for tool in found["tools"]] == ["Shop___refund"]
    attach(gateway, [permit(gateway, "Shop___read")])
    assert gateway.value("x_amz_bedrock_agentcore_search", query, **bearer(issuer.token()))["tools"] == []


def test_forbid_names_itself(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "forbidden", issuer)
    forbid = permit(gateway, "Shop___read").replace("permit", "forbid")
    attach(gateway, [permit(gateway, "Shop___read"), forbid])
    refused = gateway.call("Shop___read", {"text": "x"}, **bearer(issuer.token()))
    assert refused["error"]["message"].endswith("[Policy evaluation denied due to policy_1]")


def test_log_only_decides_and_lets_pass(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "logged", issuer)
    attach(gateway, [], mode="LOG_ONLY")
    ann = bearer(issuer.token())
    assert named(gateway.tools(**ann)) == ["Shop___read", "Shop___refund"]
    assert gateway.value("Shop___read", {"text": "x"}, **ann)["event"] == {"text": "x"}
    row = decisions(cloud, gateway)[-1]
    assert (row["mode"], row["allowed"], row["tool"]) == ("LOG_ONLY", False, "Shop___read")


def test_policies_are_followed_as_they_change(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "changing", issuer)
    engine = attach(gateway, [permit(gateway, "Shop___read")])
    ann = bearer(issuer.token())
    assert named(gateway.tools(**ann)) == ["Shop___read"]
    policy = cloud.control.list_policies(policyEngineId=engine)["policies"][0]["policyId"]
    cloud.control.delete_policy(policyEngineId=engine, policyId=policy)
    assert named(gateway.tools(**ann)) == []


@pytest.mark.parametrize("method", ["tools/list", "tools/call"])
def test_role_that_may_not_ask_gets_no_tool_called(cloud: GatewayCloud, issuer: Issuer, method: str) -> None:
    gateway = made(cloud, f"unasked-{method[-4:]}", issuer, evaluate=False)
    attach(gateway, [permit(gateway, "Shop___read")])
    params = {"name": "Shop___read", "arguments": {"text": "x"}} if method == "tools/call" else {}
    refused = gateway.rpc(method, params, **bearer(issuer.token()))
    assert refused["error"]["code"] == -32603
    assert "Policy evaluation failed" in refused["error"]["message"]


def test_roles_are_principals_whatever_their_session(cloud: GatewayCloud) -> None:
    function = cloud.function("roles")
    gateway = cloud.gateway(
        "roles", allow("lambda:InvokeFunction", function), allow(EVALUATE), authorizerType="AWS_IAM"
    )
    gateway.lambda_target("Shop", function, TOOLS)
    role = cloud.role("caller", allow("bedrock-agentcore:InvokeGateway", gateway.arn))
    arn = "arn:aws:sts::000000000000:assumed-role/caller"
    statement = (
        f'permit (principal == AgentCore::IamEntity::"{arn}", action == AgentCore::Action::"Shop___read",'
        f' resource == AgentCore::Gateway::"{gateway.arn}");'
    )
    attach(gateway, [statement])
    listed = signed(gateway, role_session(cloud, role), message={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert [tool["name"] for tool in listed.json()["result"]["tools"]] == ["Shop___read"]


def test_open_gateways_have_a_principal_too(cloud: GatewayCloud) -> None:
    function = cloud.function("anonymous")
    gateway = cloud.gateway("anonymous", allow("lambda:InvokeFunction", function), allow(EVALUATE))
    gateway.lambda_target("Shop", function, TOOLS)
    statement = (
        'permit (principal is AgentCore::UnauthenticatedUser, action == AgentCore::Action::"Shop___read",'
        f' resource == AgentCore::Gateway::"{gateway.arn}");'
    )
    attach(gateway, [statement])
    assert gateway.tools() == ["Shop___read"]
    assert gateway.value("Shop___read", {"text": "x"})["event"] == {"text": "x"}
    assert gateway.call("Shop___refund", {"text": "x"})["error"]["code"] == -32002


def test_decisions_are_in_a_file(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "filed", issuer)
    attach(gateway, [permit(gateway, "Shop___read")])
    gateway.call("Shop___read", {"text": "x"}, **bearer(issuer.token()))
    lines = (cloud.access_log.parent / "policy-decisions.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["gateway"] == gateway.arn


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("Shop___read", "Shop___steal"), "Shop___steal"),
        (("true", "context.input.amount < 5"), "amount"),
        (("permit", "allow"), "not valid Cedar"),
        (("gateway/", "gateway/x-"), "not found"),
    ],
)
def test_policy_that_does_not_fit_the_gateway_fails(
    cloud: GatewayCloud, fitting: tuple[Gateway, str], change: tuple[str, str], reason: str
) -> None:
    gateway, engine = fitting
    good = permit(gateway, "Shop___read")
    name = f"policy_{abs(hash(change))}"[:40]
    bad = {"cedar": {"statement": good.replace(*change)}}
    failed = cloud.control.create_policy(policyEngineId=engine, name=name, definition=bad)
    assert (failed["status"], reason in failed["statusReasons"][0]) == ("CREATE_FAILED", True), failed["statusReasons"]
    fixed = cloud.control.update_policy(
        policyEngineId=engine, policyId=failed["policyId"], definition={"cedar": {"statement": good}}
    )
    assert (fixed["status"], fixed["statusReasons"]) == ("ACTIVE", [])


@pytest.fixture(scope="module")
def fitting(cloud: GatewayCloud, issuer: Issuer) -> tuple[Gateway, str]:
    gateway = made(cloud, "fitting", issuer)
    return gateway, attach(gateway, [])


def test_policy_that_only_logs_decides_nothing(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "only-logged", issuer)
    engine = attach(gateway, [])
    statement = {"cedar": {"statement": permit(gateway, "Shop___read")}}
    policy = cloud.control.create_policy(
        policyEngineId=engine, name="trial", definition=statement, enforcementMode="LOG_ONLY"
    )
    assert policy["status"] == "ACTIVE"
    assert named(gateway.tools(**bearer(issuer.token()))) == []


def test_findings_may_be_ignored(cloud: GatewayCloud, issuer: Issuer) -> None:
    gateway = made(cloud, "ignored", issuer)
    statement = {"cedar": {"statement": permit(gateway, "Shop___later")}}
    ignored = cloud.control.create_policy(
        policyEngineId=attach(gateway, []),
        name="later",
        definition=statement,
        validationMode="IGNORE_ALL_FINDINGS",
    )
    assert ignored["status"] == "ACTIVE"
