"""Rules: what they say in Cedar, and what is refused before anything is deployed."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import pytest

from constructs_lib.gateway.cedar import ToolSignature
from constructs_lib.gateway.policy_conditions import Argument, Claim, Condition
from constructs_lib.gateway.tool_policy import PolicyMode, ToolPolicy, ToolRule, Tools
from tests.constructs_lib.gateway.policy_tools import ARN, TOOLS

SIGNATURES = [ToolSignature(name, tool.input_schema) for name, tool in TOOLS.items()]
REFUND, LOOKUP = "Orders___refund", "Orders___lookup"
EVERYBODY = ToolRule.permit("Everybody", tools=Tools.every())


def cedar(
    *rules: ToolRule, jwt: bool = True, arn: str = ARN, tools: list[ToolSignature] | None = None
) -> dict[str, str]:
    policy = ToolPolicy(rules)
    statements = policy.statements(tools=SIGNATURES if tools is None else tools, gateway_arn=arn, jwt=jwt)
    return {name: statement.text for name, statement in statements.items()}


def where(condition: Condition, *tools: str) -> str:
    """The condition of a rule on `tools`, in Cedar."""
    text = cedar(ToolRule.permit("Rule", tools=tools or [REFUND], where=condition))["Rule"]
    return text.partition(" when {\n  ")[2].removesuffix("\n};")


def test_a_rule_names_caller_tool_and_gateway() -> None:
    assert cedar(ToolRule.permit("Lookup", tools=[LOOKUP]))["Lookup"] == (
        "permit(\n  principal is AgentCore::OAuthUser,\n"
        '  action == AgentCore::Action::"Orders___lookup",\n'
        f'  resource == AgentCore::Gateway::"{ARN}"\n);'
    )


def test_several_tools_targets_and_all() -> None:
    rules = cedar(
        ToolRule.permit("Two", tools=[REFUND, LOOKUP]),
        ToolRule.permit("Target", tools=Tools.of_target("Orders")),
        ToolRule.permit("All", tools=Tools.every()),
    )
    assert '\n  action in [AgentCore::Action::"Orders___refund", AgentCore::Action::"Orders___lookup"],' in rules["Two"]
    assert '\n  action in AgentCore::Action::"Orders",' in rules["Target"]
    assert "\n  action,\n" in rules["All"]


def test_permits_come_first() -> None:
    rules = cedar(ToolRule.forbid("Never", tools=[REFUND]), EVERYBODY, ToolRule.forbid("Nor", tools=[LOOKUP]))
    assert list(rules) == ["Everybody", "Never", "Nor"]
    assert rules["Never"].startswith("forbid(")


def test_callers_of_a_gateway_behind_iam() -> None:
    assert "principal is AgentCore::IamEntity" in cedar(EVERYBODY, jwt=False)["Everybody"]


def test_groups_are_whole_members_of_a_list() -> None:
    text = cedar(ToolRule.permit("Rule", tools=[LOOKUP], groups=["support", 'a"b*']))["Rule"]
    assert 'principal.hasTag("cognito:groups")' in text
    assert r'like "[\"support\"*"' in text
    assert r'like "*,\"support\"*"' in text
    assert r'like "[\"a\\\"b\*\"*"' in text


def test_the_groups_claim_can_be_another_one() -> None:
    policy = ToolPolicy([ToolRule.permit("Rule", tools=[LOOKUP], groups=["x"])], groups_claim="roles")
    assert 'getTag("roles")' in policy.statements(tools=SIGNATURES, gateway_arn=ARN, jwt=True)["Rule"].text


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Argument("amount") < 500, "(context.input.amount < 500)"),
        (Argument("amount") >= 500, "(context.input.amount >= 500)"),
        (Argument("amount").equals(-1), "(context.input.amount == -1)"),
        (Argument("amount").one_of([1, 2]), "([1, 2].contains(context.input.amount))"),
        (Argument("rate") <= 0.5, '(context.input has rate && context.input.rate.lessThanOrEqual(decimal("0.5000")))'),
        (Argument("rate") > 2, '(context.input has rate && context.input.rate.greaterThan(decimal("2.0000")))'),
        (Argument("express").equals(True), "(context.input has express && context.input.express == true)"),
        (Argument("order_id").equals('a"\n'), '(context.input.order_id == "a\\"\\u{a}")'),
        (Argument("order_id").matches("eu-*"), '(context.input.order_id like "eu-*")'),
        (Argument("reasons").contains("late"), '(context.input has reasons && context.input.reasons.contains("late"))'),
        (Argument("reasons").is_given(), "context.input has reasons"),
        (
            Argument("address", "post-code").equals("1"),
            (
                '(context.input has address && context.input.address has "post-code"'
                ' && context.input.address["post-code"] == "1")'
            ),
        ),
        (
            Argument("order_id").equals(Claim("sub")),
            '(principal.hasTag("sub") && context.input.order_id == principal.getTag("sub"))',
        ),
        (Claim("department").equals("x"), '(principal.hasTag("department") && principal.getTag("department") == "x")'),
        (Claim("department").is_given(), 'principal.hasTag("department")'),
        (
            ~(Argument("amount") < 5) & (Claim("a").is_given() | Claim("b").is_given()),
            '(!((context.input.amount < 5)) && (principal.hasTag("a") || principal.hasTag("b")))',
        ),
    ],
)  # fmt: skip
def test_conditions_in_cedar(condition: Condition, expected: str) -> None:
    assert where(condition) == expected


def test_claims_given_as_values() -> None:
    text = cedar(ToolRule.permit("Rule", tools=[LOOKUP], claims={"department": "sales", "level": ["1", "2"]}))["Rule"]
    assert 'getTag("department") == "sales"' in text
    assert 'getTag("level") == "1" || principal.getTag("level") == "2"' in text


def test_an_argument_optional_in_one_tool_is_asked_for_first() -> None:
    text = where(Argument("order_id").equals("1"), REFUND, LOOKUP)
    assert text == '(context.input has order_id && context.input.order_id == "1")'


def test_raw_cedar_gets_the_gateway_s_arn() -> None:
    raw = ToolRule.cedar("Raw", """
        permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"Orders___refund",
               resource == AgentCore::Gateway::"{gateway_arn}")
        when { context.input.amount < 5 };
    """)  # fmt: skip
    assert f'AgentCore::Gateway::"{ARN}"' in cedar(raw)["Raw"]


def test_raw_emergency_stop_is_valid() -> None:
    stop = ToolRule.cedar("Stop", "forbid(principal, action, resource);")
    assert cedar(EVERYBODY, stop)["Stop"] == "forbid(principal, action, resource);"


REFUSED: list[tuple[str, Callable[[], ToolRule], str]] = [
    (
        "unknown tool",
        lambda: ToolRule.permit("R", tools=["Orders___refnd"]),
        "rule 'R' names the tool 'Orders___refnd', which the gateway does not have; did you mean 'Orders___refund'?",
    ),
    (
        "unknown target",
        lambda: ToolRule.permit("R", tools=Tools.of_target("Order")),
        "the target 'Order', which the gateway does not have; did you mean 'Orders'? It has: Mail, Orders",
    ),
    (
        "unknown argument",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("amout") < 5),
        "rule 'R': Orders___refund has no argument 'amout'; did you mean 'amount'? It has: order_id, amount",
    ),
    (
        "unknown field",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("address", "city").equals("x")),
        "Orders___refund has no argument 'address.city'. It has: country, post-code",
    ),
    (
        "argument some tools lack",
        lambda: ToolRule.permit("R", tools=Tools.every(), where=Argument("order_id").equals("x")),
        "Mail___send has no argument 'order_id'. It has: to",
    ),
    (
        "two types",
        lambda: ToolRule.permit("R", tools=[REFUND, LOOKUP], where=Argument("amount").equals("5")),
        "'amount' is a Long in Orders___refund and a String in Orders___lookup; make a rule for each",
    ),
    (
        "argument without a Cedar type",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("currency").equals("EUR")),
        "'currency' of Orders___refund has the schema {'type': 'string', 'enum': ['EUR', 'USD']}, which policies",
    ),
    (
        "wrong type of value",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("amount").equals("5")),
        "rule 'R': the argument 'amount' is compared with '5', which is not a Long",
    ),
    (
        "fraction for an integer",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("amount") < 4.5),
        "'amount' is compared with 4.5, which is not a Long",
    ),
    (
        "more digits than decimal has",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("rate") < 0.00001),
        "'rate' is compared with 1e-05, which is not a decimal",
    ),
    (
        "order of texts",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("order_id") < 5),
        "'order_id' is a String, and < is for Long and decimal",
    ),
    (
        "members of what is no list",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("order_id").contains("x")),
        "'order_id' is a String, and contains is for Set",
    ),
    (
        "member of another type",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("reasons").contains(1)),
        "'reasons' is compared with 1, which is not a String",
    ),
    (
        "asking for what is always there",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("amount").is_given()),
        "'amount' is in every call, so is_given() says nothing; remove it",
    ),
    (
        "contradiction between arguments",
        lambda: ToolRule.permit("R", tools=[REFUND], where=(Argument("amount") < 5) & (Argument("amount") > 10)),
        "rule 'R' can never match: its conditions contradict each other",
    ),
    (
        "contradiction between claims",
        lambda: ToolRule.permit("R", tools=[REFUND], claims={"d": "x"}, where=Claim("d").equals("y")),
        "rule 'R' can never match",
    ),
    (
        "contradiction with a group",
        lambda: ToolRule.permit("R", tools=[REFUND], groups=["a"], where=~Claim("cognito:groups").contains("a")),
        "rule 'R' can never match",
    ),
    (
        "no Cedar",
        lambda: ToolRule.cedar("R", "permit everything"),
        "policy 'R' is not valid Cedar",
    ),
    (
        "two statements",
        lambda: ToolRule.cedar("R", "permit(principal, action, resource); forbid(principal, action, resource);"),
        "policy 'R' has to be one Cedar statement without placeholders, got 2 of them",
    ),
    (
        "unknown tool in Cedar",
        lambda: raw('action == AgentCore::Action::"Orders___delete"'),
        'does not fit the gateway: unrecognized action `AgentCore::Action::"Orders___delete"`. The gateway\'s',
    ),
    (
        "unknown argument in Cedar",
        lambda: raw(when="context.input.amout < 5"),
        "attribute `input.amout` in context for AgentCore::Action::\"Orders___refund\" not found",
    ),
    (
        "wrong type in Cedar",
        lambda: raw(when='context.input.amount == "5"'),
        "rule 'R' does not fit the gateway: the types Long and String are not compatible",
    ),
    (
        "optional argument unasked in Cedar",
        lambda: raw(when='context.input.express'),
        "unable to guarantee safety of access to optional attribute `input.express`",
    ),
    (
        "claim unasked in Cedar",
        lambda: raw(when='principal.getTag("x") == "y"'),
        "unable to guarantee safety of access to tag",
    ),
    (
        "contradiction in Cedar",
        lambda: raw(when="context.input.amount < 5 && context.input.amount > 10"),
        "rule 'R' can never match: its conditions contradict each other",
    ),
    (
        "IAM callers in Cedar for a gateway behind tokens",
        lambda: raw(principal="principal is AgentCore::IamEntity"),
        "can never match: it is for AgentCore::IamEntity, but callers of this gateway are AgentCore::OAuthUser",
    ),
    (
        "another gateway in Cedar",
        lambda: raw(resource='resource == AgentCore::Gateway::"arn:other"'),
        "can never match: it is for the gateway 'arn:other'; write AgentCore::Gateway::\"{gateway_arn}\"",
    ),
    (
        "a tool of any gateway in Cedar",
        lambda: raw(resource="resource"),
        "rule 'R' names tools without their gateway, which AgentCore refuses",
    ),
    (
        "too long",
        lambda: ToolRule.permit("R", tools=[REFUND], where=Argument("order_id").one_of(texts(240))),
        "bytes of Cedar; AgentCore takes 35 to 10,000, so make several rules of it",
    ),
]  # fmt: skip


def texts(count: int) -> list[str]:
    """Different texts, each 44 characters in Cedar's list."""
    return [f"{n:040}" for n in range(count)]


def equality() -> Any:
    """What comparing by the operator gives."""
    return Argument("amount") == cast("Any", 5)


def raw(
    action: str = 'action == AgentCore::Action::"Orders___refund"',
    *,
    principal: str = "principal is AgentCore::OAuthUser",
    resource: str = 'resource == AgentCore::Gateway::"{gateway_arn}"',
    when: str = "true",
) -> ToolRule:
    return ToolRule.cedar("R", f"permit({principal}, {action}, {resource}) when {{ {when} }};")


@pytest.mark.parametrize(("rule", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_fails_at_synth(rule: Callable[[], ToolRule], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- the message is compared below
        cedar(rule())
    assert message in str(error.value)


def test_the_rules_above_fail_for_their_reason_only() -> None:
    """The raw rule that the cases change one part of is accepted."""
    assert cedar(raw())


@pytest.mark.parametrize("rule", [
    ToolRule.permit("R", tools=[LOOKUP], groups=["a"]),
    ToolRule.permit("R", tools=[LOOKUP], claims={"a": "b"}),
    ToolRule.permit("R", tools=[LOOKUP], where=Argument("order_id").equals(Claim("sub"))),
    ToolRule.permit("R", tools=[LOOKUP], where=Argument("order_id").equals("x") | ~Claim("a").is_given()),
])  # fmt: skip
def test_fails_to_ask_iam_callers_for_claims(rule: ToolRule) -> None:
    assert cedar(rule)
    with pytest.raises(ValueError, match="rule 'R' asks for groups or claims, but the gateway is opened by IAM"):
        cedar(rule, jwt=False)


def test_fails_without_rules() -> None:
    with pytest.raises(ValueError, match="denies every call of every tool, because what no rule permits is denied"):
        ToolPolicy([])


def test_fails_where_nothing_is_permitted() -> None:
    with pytest.raises(ValueError, match=r"rules \(Never\) only forbid, and what no rule permits is denied anyway"):
        cedar(ToolRule.forbid("Never", tools=[REFUND]))


def test_fails_for_a_gateway_without_tools() -> None:
    with pytest.raises(ValueError, match="no tools that are known at synth"):
        cedar(EVERYBODY, tools=[])


def test_fails_for_two_rules_of_one_name() -> None:
    with pytest.raises(ValueError, match="two rules are called 'Everybody'"):
        ToolPolicy([EVERYBODY, EVERYBODY])


@pytest.mark.parametrize("name", ["", "1st", "with-dash", "with space", "x" * 49, "ä"])
def test_fails_for_names_that_the_service_refuses(name: str) -> None:
    with pytest.raises(ValueError, match="at most 48 letters, digits and underscores, the first a letter, got"):
        ToolRule.permit(name, tools=[REFUND])
    with pytest.raises(ValueError, match="at most 48"):
        ToolRule.cedar(name, "permit(principal, action, resource);")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ToolRule.permit("R", tools=[]), r"needs a list of tools, got \[\]"),
        (lambda: ToolRule.permit("R", tools="Orders___refund"), "needs a list of tools, got 'Orders___refund'"),
        (lambda: ToolRule.permit("R", tools=[REFUND], groups="admins"), "needs a list of groups"),
        (lambda: ToolRule.permit("R", tools=[REFUND], groups=[""]), "none of them empty"),
        (lambda: ToolRule.permit("R", tools=[REFUND], description=""), "description of 0 characters"),
        (lambda: ToolRule.permit("R", tools=[REFUND], claims={"level": [3]}), "compared with 3; claims"),  # type: ignore[list-item]
        (lambda: ToolRule.permit("R", tools=[REFUND], claims={"level": []}), "at least one value"),
        (lambda: ToolRule.permit("R", tools=[REFUND], where=equality()), r"compare by .equals\(...\)"),
        (lambda: Argument("amount").one_of([]), "at least one value"),
        (lambda: Claim("x").contains(""), "compared with ''"),
    ],
)  # fmt: skip
def test_fails_for_values_that_are_none(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_fails_to_join_conditions_by_words() -> None:
    with pytest.raises(TypeError, match="combine conditions by &"):
        (Argument("amount") < 5) and (Argument("amount") > 1)


def test_fails_over_the_limit_of_all_rules() -> None:
    long = Argument("order_id").one_of(texts(200))
    rules = [ToolRule.permit(f"R{n}", tools=[REFUND], where=long) for n in range(23)]
    with pytest.raises(ValueError, match="AgentCore takes 200,000 for one gateway"):
        cedar(*rules)


def test_fails_over_the_limit_of_the_schema() -> None:
    properties = {f"argument_{n:04}": {"type": "string"} for n in range(500)}
    tools = [ToolSignature(f"Big___tool_{n}", {"type": "object", "properties": properties}) for n in range(40)]
    with pytest.raises(ValueError, match=r"40 tools make a Cedar schema of .* AgentCore takes 400,000"):
        cedar(ToolRule.permit("All", tools=Tools.every()), tools=tools)


def test_a_token_in_place_of_the_arn_is_measured_as_an_arn() -> None:
    token = "${Token[TOKEN.1]}"
    rule = ToolRule.permit("R", tools=[REFUND], where=Argument("order_id").one_of(texts(221)))
    assert len(rule.cedar_text(gateway_arn=token, jwt=True, tools=SIGNATURES, groups_claim="")) < 10_000
    with pytest.raises(ValueError, match="AgentCore takes 35 to 10,000"):
        cedar(rule, arn=token)


def test_enforced_unless_said_otherwise() -> None:
    assert ToolPolicy([EVERYBODY]).mode is PolicyMode.ENFORCE


def test_loads_without_cdk() -> None:
    code = (
        "import sys, constructs_lib.gateway.tool_policy, constructs_lib.gateway.policy_testing;"
        "print({'jsii', 'aws_cdk', 'constructs'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert output.strip() == "set()"
