"""Tests of policies are tests themselves: they pass and fail where they should."""

import pytest

from constructs_lib.gateway.cedar import Access
from constructs_lib.gateway.policy_conditions import Argument, Claim
from constructs_lib.gateway.policy_testing import Principal, access_table, assert_allowed, assert_denied, tools_of
from constructs_lib.gateway.tool_policy import ToolPolicy, ToolRule, Tools
from tests.constructs_lib.gateway.policy_tools import LOOKUP, TOOLS

POLICY = ToolPolicy([
    ToolRule.permit("Support", tools=["Orders___refund"], groups=["support"], where=Argument("amount") < 500),
    ToolRule.permit("Own", tools=["Orders___lookup"], where=Argument("order_id").equals(Claim("sub"))),
    ToolRule.permit("Mail", tools=Tools.of_target("Mail"), groups=["support", "admins"]),
    ToolRule.forbid("NoExpress", tools=["Orders___refund"], where=Argument("express").equals(True)),
    ToolRule.forbid("NoInterns", tools=Tools.every(), groups=["interns"]),
])  # fmt: skip
ANN = Principal.user("ann", {"cognito:groups": ["support"]})
INTERN = Principal.user("ian", {"cognito:groups": ["support", "interns"]})
ADMIN = Principal.user("ada", {"cognito:groups": ["admins-emeritus", "admins"]})
GUEST = Principal.user("gus")
SMALL, LARGE = {"order_id": "1", "amount": 499}, {"order_id": "1", "amount": 500}


def test_allowed_calls() -> None:
    assert_allowed(POLICY, ANN, "Orders___refund", SMALL, tools=TOOLS)
    assert_allowed(POLICY, ANN, "Orders___refund", SMALL, tools=TOOLS, by="Support")
    assert_allowed(POLICY, GUEST, "Orders___lookup", {"order_id": "gus"}, tools=TOOLS)
    assert_allowed(POLICY, ADMIN, "Mail___send", {"to": "x"}, tools=TOOLS)


def test_denied_calls() -> None:
    assert_denied(POLICY, ANN, "Orders___refund", LARGE, tools=TOOLS)
    assert_denied(POLICY, ADMIN, "Orders___refund", SMALL, tools=TOOLS)
    assert_denied(POLICY, GUEST, "Orders___lookup", {"order_id": "ann"}, tools=TOOLS)
    assert_denied(POLICY, INTERN, "Orders___refund", SMALL, tools=TOOLS, by="NoInterns")
    assert_denied(POLICY, ANN, "Orders___refund", {**SMALL, "express": True}, tools=TOOLS, by="NoExpress")


def test_fails_where_an_allowed_call_is_denied() -> None:
    with pytest.raises(AssertionError, match=r"'ann' calls Orders___refund .* allowed, but: No policy applies"):
        assert_allowed(POLICY, ANN, "Orders___refund", LARGE, tools=TOOLS)
    with pytest.raises(AssertionError, match=r"to be allowed, but: Denied by NoInterns\."):
        assert_allowed(POLICY, INTERN, "Orders___refund", SMALL, tools=TOOLS)


def test_fails_where_a_denied_call_is_allowed() -> None:
    with pytest.raises(AssertionError, match=r"to be denied, but: Allowed by Support\."):
        assert_denied(POLICY, ANN, "Orders___refund", SMALL, tools=TOOLS)


def test_fails_where_another_rule_decides() -> None:
    with pytest.raises(AssertionError, match="expected the rule 'Own' to decide, but: Allowed by Support"):
        assert_allowed(POLICY, ANN, "Orders___refund", SMALL, tools=TOOLS, by="Own")
    with pytest.raises(AssertionError, match="expected the rule 'NoInterns' to decide, but: No policy applies"):
        assert_denied(POLICY, ANN, "Orders___refund", LARGE, tools=TOOLS, by="NoInterns")


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("Orders___refnd", SMALL, "the gateway has no tool 'Orders___refnd'"),
        ("Orders___refund", {"order_id": "1"}, "Orders___refund needs 'amount'"),
        ("Orders___refund", {**SMALL, "amount": "499"}, "Orders___refund.amount is a Long"),
    ],
)
def test_fails_for_calls_that_prove_nothing(tool: str, arguments: dict[str, object], message: str) -> None:
    for check in (assert_allowed, assert_denied):
        with pytest.raises(ValueError, match=message):
            check(POLICY, ANN, tool, arguments, tools=TOOLS)


def test_fails_for_a_policy_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="names the tool 'Orders___refund', which the gateway does not have"):
        assert_denied(POLICY, ANN, "Orders___lookup", {}, tools=tools_of("Orders", [LOOKUP]))
    with pytest.raises(ValueError, match="opened by IAM, whose callers have none"):
        assert_denied(POLICY, Principal.iam("arn:aws:iam::1:role/x"), "Orders___refund", SMALL, tools=TOOLS)


def test_a_table_of_who_may_use_what() -> None:
    table = access_table(POLICY, {"support": ANN, "intern": INTERN, "admin": ADMIN}, TOOLS)
    assert table.rows == {
        "Orders___refund": (Access.BY_ARGUMENTS, Access.NEVER, Access.NEVER),
        "Orders___lookup": (Access.BY_ARGUMENTS, Access.NEVER, Access.BY_ARGUMENTS),
        "Mail___send": (Access.ALWAYS, Access.NEVER, Access.ALWAYS),
    }
    assert str(table) == (
        "| tool            | support      | intern | admin        |\n"
        "| --------------- | ------------ | ------ | ------------ |\n"
        "| Orders___refund | by arguments | never  | never        |\n"
        "| Orders___lookup | by arguments | never  | by arguments |\n"
        "| Mail___send     | always       | never  | always       |"
    )


def test_raw_rules_on_iam_callers() -> None:
    by_role = ToolRule.cedar(
        "Agents",
        'permit(principal == AgentCore::IamEntity::"arn:aws:sts::111122223333:assumed-role/Agent", action,'
        ' resource == AgentCore::Gateway::"{gateway_arn}");',
    )
    policy = ToolPolicy([by_role])
    agent = Principal.iam("arn:aws:sts::111122223333:assumed-role/Agent/session")
    assert_allowed(policy, agent, "Mail___send", {}, tools=TOOLS)
    assert_denied(
        policy, Principal.iam("arn:aws:sts::111122223333:assumed-role/Agent2"), "Mail___send", {}, tools=TOOLS
    )
