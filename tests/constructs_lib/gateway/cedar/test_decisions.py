"""Decisions: the same Cedar engine, on the schema that AgentCore generates."""

import subprocess
import sys

import pytest

from constructs_lib.gateway.cedar import Decision, Principal, ToolPolicies, ToolSignature, cedar_schema, decide, may_use

ARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/shop-abcdefghij"
REFUND = ToolSignature(
    "Orders___refund",
    {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "express": {"type": "boolean"},
            "reasons": {"type": "array", "items": {"type": "string"}},
            "address": {"type": "object", "properties": {"country": {"type": "string"}}, "required": ["country"]},
            "anything": {"type": "object"},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "currency": {"type": "string", "enum": ["EUR", "USD"]},
            "day": {"type": "string", "format": "date"},
        },
        "required": ["order_id", "amount"],
    },
)
LOOKUP = ToolSignature("Orders___lookup", {"type": "object", "properties": {"order_id": {"type": "string"}}})
TOOLS = (REFUND, LOOKUP)
ANN = Principal.user("ann", {"cognito:groups": ["support", "night"], "department": "sales", "level": 3})
BOB = Principal.user("bob", {"department": "finance"})


def permit(
    tool: str, condition: str, principal: str = "principal is AgentCore::OAuthUser", effect: str = "permit"
) -> str:
    return (
        f'{effect}({principal}, action == AgentCore::Action::"{tool}", resource == AgentCore::Gateway::"{ARN}")'
        f" when {{ {condition} }};"
    )


SMALL = permit("Orders___refund", "context.input.amount < 500")
IN_SUPPORT = permit(
    "Orders___refund", r'principal.hasTag("cognito:groups") && principal.getTag("cognito:groups") like "*\"support\"*"'
)


def asked(
    policies: dict[str, str],
    principal: Principal = ANN,
    tool: str = "Orders___refund",
    arguments: dict[str, object] | None = None,
) -> Decision:
    arguments = {"order_id": "1", "amount": 10} if arguments is None else arguments
    return decide(policies, principal=principal, tool=tool, arguments=arguments, gateway_arn=ARN, tools=TOOLS)


def refund(**arguments: object) -> dict[str, object]:
    return {"order_id": "1", **arguments}


def test_a_permit_allows_and_is_named() -> None:
    assert asked({"Small": SMALL}) == Decision(allowed=True, determining=("Small",))


def test_nothing_permits_is_a_denial_without_a_policy() -> None:
    assert asked({"Small": SMALL}, arguments=refund(amount=500)) == Decision(allowed=False)
    assert asked({}) == Decision(allowed=False)


def test_a_forbid_wins_over_a_permit() -> None:
    never = permit("Orders___refund", "context.input.amount >= 100", effect="forbid")
    assert asked({"Small": SMALL, "Never": never}, arguments=refund(amount=99)).allowed
    assert asked({"Small": SMALL, "Never": never}, arguments=refund(amount=100)) == Decision(
        allowed=False, determining=("Never",)
    )


def test_array_claims_are_json_text() -> None:
    assert ANN.tags["cognito:groups"] == '["support","night"]'
    assert asked({"Support": IN_SUPPORT}).allowed
    assert not asked({"Support": IN_SUPPORT}, BOB).allowed
    assert not asked({"Support": IN_SUPPORT}, Principal.user("eve", {"cognito:groups": ["support-readonly"]})).allowed


def test_numbers_and_booleans_are_text_too() -> None:
    assert Principal.user("x", {"level": 3, "staff": True}).tags == {"level": "3", "staff": "true", "sub": "x"}


def test_sub_is_the_id_and_a_tag() -> None:
    own = permit("Orders___lookup", 'context.input has order_id && context.input.order_id == principal.getTag("sub")')
    own = own.replace("context.input has", 'principal.hasTag("sub") && context.input has')
    assert asked({"Own": own}, tool="Orders___lookup", arguments={"order_id": "ann"}).allowed
    assert not asked({"Own": own}, tool="Orders___lookup", arguments={"order_id": "bob"}).allowed
    assert asked({"Id": permit("Orders___refund", 'principal.id == "ann"')}).allowed


@pytest.mark.parametrize(
    ("condition", "arguments"),
    [
        ("context.input has rate && context.input.rate.lessThan(decimal(\"0.5\"))", {"rate": 0.49999}),
        ("context.input has rate && context.input.rate == decimal(\"3.0\")", {"rate": 3}),
        ("context.input has express && context.input.express", {"express": True}),
        ('context.input has reasons && context.input.reasons.contains("damaged")', {"reasons": ["late", "damaged"]}),
        ('context.input has address && context.input.address.country == "DE"', {"address": {"country": "DE"}}),
        ("context.input.amount == 10", {"anything": {"x": [1]}, "either": 3, "currency": "EUR", "day": "2026-11-21"}),
    ],
)  # fmt: skip
def test_arguments_have_the_schema_s_types(condition: str, arguments: dict[str, object]) -> None:
    decision = asked({"Rule": permit("Orders___refund", condition)}, arguments=refund(amount=10, **arguments))
    assert decision == Decision(allowed=True, determining=("Rule",))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"order_id": "1", "amount": "10"}, "Orders___refund.amount is a Long, got '10'"),
        ({"order_id": "1", "amount": 1.5}, "Orders___refund.amount is a Long, got 1.5"),
        ({"order_id": "1", "amount": True}, "Orders___refund.amount is a Long, got True"),
        ({"order_id": "1", "amount": 2**63}, "is a Long"),
        ({"order_id": "1", "amount": float("nan")}, "is a Long"),
        ({"order_id": "1", "amount": 1, "rate": 1e300}, "rate is a decimal"),
        ({"order_id": "1", "amount": 1, "rate": float("nan")}, "rate is a decimal"),
        ({"order_id": None, "amount": 1}, "order_id is a String, got None"),
        ({"amount": 1}, "Orders___refund needs 'order_id'"),
        ({"order_id": "1", "amount": 1, "note": "x"}, "has no argument 'note'"),
        ({"order_id": "1", "amount": 1, "reasons": ["a", 2]}, "reasons[1] is a String, got 2"),
        ({"order_id": "1", "amount": 1, "address": {}}, "Orders___refund.address needs 'country'"),
    ],
)
def test_arguments_that_do_not_fit_are_denied(arguments: dict[str, object], reason: str) -> None:
    everything = "permit(principal, action, resource);"
    decision = asked({"All": everything}, arguments=arguments)
    assert not decision.allowed
    assert reason in decision.errors[0]


def test_a_wrong_type_cannot_slip_past_a_forbid() -> None:
    policies = {
        "All": "permit(principal, action, resource);",
        "NotLarge": permit("Orders___refund", "context.input.amount > 100", effect="forbid"),
    }
    assert asked(policies, arguments=refund(amount=100)).allowed
    assert not asked(policies, arguments=refund(amount="101")).allowed


def test_an_unknown_tool_is_denied() -> None:
    decision = asked({"All": "permit(principal, action, resource);"}, tool="Orders___delete")
    assert decision == Decision(allowed=False, errors=("the gateway has no tool 'Orders___delete'",))


def test_another_gateway_s_policy_does_not_apply() -> None:
    assert not asked({"Small": SMALL.replace("shop", "shed")}).allowed


def test_a_target_is_a_group_of_its_tools() -> None:
    policy = 'permit(principal, action in AgentCore::Action::"Orders", resource);'
    assert asked({"Orders": policy}).allowed
    assert asked({"Orders": policy}, tool="Orders___lookup", arguments={"order_id": "1"}).allowed


def test_iam_callers_have_an_id_and_no_tags() -> None:
    role = Principal.iam("arn:aws:sts::111122223333:assumed-role/Agent/session-1")
    assert role.id == "arn:aws:sts::111122223333:assumed-role/Agent"
    by_role = permit("Orders___refund", 'principal.id like "*:assumed-role/Agent"', "principal is AgentCore::IamEntity")
    assert asked({"Role": by_role}, role).allowed
    assert not asked({"Role": by_role}).allowed
    assert not asked({"Support": IN_SUPPORT}, role).allowed


def test_odd_subjects_are_taken_as_they_are() -> None:
    odd = Principal.user('a"b\\c*', {"department": 'x"y\n'})
    theirs = r'principal.hasTag("department") && principal.getTag("department") == "x\"y\n"'
    assert asked({"Theirs": permit("Orders___refund", theirs)}, odd).allowed
    assert listed({"Theirs": permit("Orders___refund", theirs)}, odd) == ["Orders___refund"]


def listed(policies: dict[str, str], principal: Principal = ANN) -> list[str]:
    prepared = ToolPolicies(policies, tools=TOOLS, gateway_arn=ARN)
    return [tool.name for tool in TOOLS if prepared.may_use(principal=principal, tool=tool.name)]


def test_tools_are_listed_where_some_call_could_be_allowed() -> None:
    assert listed({}) == []
    assert listed({"Small": SMALL}) == ["Orders___refund"]
    assert listed({"Support": IN_SUPPORT}) == ["Orders___refund"]
    assert listed({"Support": IN_SUPPORT}, BOB) == []
    both = IN_SUPPORT.replace("when {", "when { context.input.amount < 5 && ")
    assert listed({"Both": both}) == ["Orders___refund"]
    assert listed({"Both": both}, BOB) == []


def test_a_forbid_without_condition_hides_and_one_with_an_argument_does_not() -> None:
    never = permit("Orders___refund", "true", effect="forbid")
    large = permit("Orders___refund", "context.input.amount > 100", effect="forbid")
    assert listed({"Small": SMALL, "Never": never}) == []
    assert listed({"Small": SMALL, "Large": large}) == ["Orders___refund"]


def test_a_tool_the_gateway_lacks_is_not_listed() -> None:
    all_tools = {"All": "permit(principal, action, resource);"}
    assert not may_use(all_tools, principal=ANN, tool="Orders___delete", gateway_arn=ARN, tools=TOOLS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("permit(principal, action, resource)", "policy 'Rule' is not valid Cedar"),
        ("allow all", "policy 'Rule' is not valid Cedar"),
        ("", "one Cedar statement without placeholders, got 0"),
        ("permit(principal, action, resource); forbid(principal, action, resource);", "got 2 of them"),
        ("permit(principal == ?principal, action, resource);", "without placeholders"),
    ],
)
def test_fails_what_is_not_one_statement(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        asked({"Rule": text})


def test_fails_callers_that_are_none() -> None:
    with pytest.raises(ValueError, match="needs a sub"):
        Principal.user("")
    with pytest.raises(ValueError, match="carry the sub 'bob'"):
        Principal.user("ann", {"sub": "bob"})
    with pytest.raises(ValueError, match="named by its ARN, got 'ann'"):
        Principal.iam("ann")


def test_the_schema_shows_tools_targets_and_types() -> None:
    schema = cedar_schema(TOOLS)
    assert '"amount": Long, ' in schema
    assert '"rate"?: decimal' in schema
    assert '"reasons"?: Set<String>' in schema
    assert '"address"?: {"country": String}' in schema
    for without_type in ("anything", "either", "currency", "day"):
        assert without_type not in schema
    assert 'action "Orders___refund" in ["Orders"]' in schema
    assert 'action "Orders" in ["CallTool"];' in schema


def test_names_with_quotes_stay_names() -> None:
    tool = ToolSignature('T___a"b', {"properties": {'x"y': {"type": "string"}}, "required": ['x"y']})
    policy = 'permit(principal, action, resource) when { context.input["x\\"y"] == "1" };'
    assert decide(
        {"P": policy}, principal=ANN, tool=tool.name, arguments={'x"y': "1"}, gateway_arn=ARN, tools=[tool]
    ).allowed


def test_loads_without_cdk() -> None:
    code = "import sys, constructs_lib.gateway.cedar; print({'jsii', 'aws_cdk', 'constructs'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert output.strip() == "set()"
