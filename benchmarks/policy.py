"""Tool policies: one decision, one list of tools, and what is done once for a gateway."""

import statistics
from collections.abc import Callable

from benchmarks.table import Row
from benchmarks.timing import percentile, seconds
from constructs_lib.gateway.cedar import Principal, ToolPolicies, ToolSignature, decide
from constructs_lib.gateway.policy_conditions import Argument, Claim
from constructs_lib.gateway.tool_policy import ToolPolicy, ToolRule, Tools

TARGETS, TOOLS_PER_TARGET = 6, 5
DECISIONS = 2_000
GATEWAY_ARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/measured-abcdefghij"
CALLER = Principal.user("ann", {
    "iss": "https://issuer.example", "client_id": "web", "scope": "openid tools/call", "token_use": "access",
    "cognito:groups": ["staff", "team_3"], "department": "sales", "exp": 1_800_000_000, "iat": 1_799_996_400,
})  # fmt: skip


def measure() -> list[Row]:
    """A gateway of 30 tools with 10 rules; bars are for one call."""
    tools, policy = gateway_tools(), gateway_policy()
    arguments: dict[str, object] = {"id": "ann", "amount": 10, "note": "late", "labels": ["a", "b"]}

    def prepare() -> ToolPolicies:
        statements = policy.statements(tools=tools, gateway_arn=GATEWAY_ARN, jwt=True)
        texts = {name: statement.text for name, statement in statements.items()}
        return ToolPolicies(texts, tools=tools, gateway_arn=GATEWAY_ARN)

    prepared = prepare()
    statements = policy.statements(tools=tools, gateway_arn=GATEWAY_ARN, jwt=True)
    texts = {name: statement.text for name, statement in statements.items()}

    def call() -> object:
        decision = prepared.decide(principal=CALLER, tool="Target3___tool_2", arguments=arguments)
        if not decision.allowed:
            raise AssertionError(f"the measured call should be allowed: {decision.reason}")
        return decision

    def call_by_text() -> object:
        return decide(
            texts, principal=CALLER, tool="Target3___tool_2", arguments=arguments, gateway_arn=GATEWAY_ARN, tools=tools
        )

    def list_tools() -> object:
        return [tool.name for tool in tools if prepared.may_use(principal=CALLER, tool=tool.name)]

    how = f"{len(tools)} tools, {len(policy.rules)} rules"
    decisions, by_text = _milliseconds(call, DECISIONS), _milliseconds(call_by_text, DECISIONS)
    return [
        Row("policy decision", statistics.median(decisions), "ms", 1, f"one tools/call; {how}; median of {DECISIONS}"),
        Row("policy decision, p99", percentile(decisions, 0.99), "ms", 1, "the same"),
        Row("policy decision from Cedar texts", statistics.median(by_text), "ms", 1, "decide(), parsed texts kept"),
        Row(
            "tools/list by policy",
            statistics.median(_milliseconds(list_tools, 20)),
            "ms",
            how=f"all {len(tools)} tools",
        ),
        Row("policy checked and parsed", statistics.median(_milliseconds(prepare, 5)), "ms", how=f"at synth; {how}"),
    ]


def gateway_tools() -> list[ToolSignature]:
    """Tools of the size that handlers have: a few arguments of different types."""
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "note": {"type": "string"},
            "urgent": {"type": "boolean"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "address": {"type": "object", "properties": {"country": {"type": "string"}, "city": {"type": "string"}}},
        },
        "required": ["id", "amount"],
    }
    return [
        ToolSignature(f"Target{target}___tool_{number}", schema)
        for target in range(TARGETS)
        for number in range(TOOLS_PER_TARGET)
    ]


def gateway_policy() -> ToolPolicy:
    """A rule for each target's team, and some for everybody."""
    return ToolPolicy([
        *(
            ToolRule.permit(
                f"Team{target}",
                tools=Tools.of_target(f"Target{target}"),
                groups=[f"team_{target}"],
                where=Argument("amount") < 500,
            )
            for target in range(TARGETS)
        ),
        ToolRule.permit("Own", tools=["Target0___tool_0"], where=Argument("id").equals(Claim("sub"))),
        ToolRule.permit("Admins", tools=Tools.every(), groups=["admins"]),
        ToolRule.forbid("NotInterns", tools=Tools.every(), groups=["interns"]),
        ToolRule.forbid("NotAbroad", tools=Tools.every(), where=Argument("address", "country").one_of(["XX", "YY"])),
    ])  # fmt: skip


def _milliseconds(action: Callable[[], object], runs: int) -> list[float]:
    action()
    return [1000 * seconds(action) for _ in range(runs)]
