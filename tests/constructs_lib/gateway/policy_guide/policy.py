"""Who may use the tools for orders."""

from constructs_lib import Argument, Claim, PolicyMode, ToolPolicy, ToolRule, Tools

# --8<-- [start:policy]
ORDERS_POLICY = ToolPolicy([
    ToolRule.permit(
        "OwnOrders",
        tools=["Orders___find_order"],
        where=Argument("customer_id").equals(Claim("sub")),
        description="Everybody finds orders of their own.",
    ),
    ToolRule.permit(
        "SmallRefunds",
        tools=["Orders___refund"],
        groups=["support"],
        where=(Argument("amount") <= 50_000) & Argument("currency").equals("EUR"),
    ),
    ToolRule.permit("Leads", tools=Tools.of_target("Orders"), groups=["support_leads"]),
    ToolRule.forbid("NoRefundsByContractors", tools=["Orders___refund"], claims={"employment": "contractor"}),
])  # fmt: skip
# --8<-- [end:policy]

# --8<-- [start:cedar]
NO_EXPORT_WITHOUT_SHIFT = ToolRule.cedar(
    "NoExportWithoutShift",
    """
    forbid(
      principal is AgentCore::OAuthUser,
      action == AgentCore::Action::"Orders___export_orders",
      resource == AgentCore::Gateway::"{gateway_arn}"
    ) unless {
      principal.hasTag("shift") && principal.getTag("shift") like "day*"
    };
    """,
)
# --8<-- [end:cedar]

STRICTER_POLICY = ToolPolicy([*ORDERS_POLICY.rules, NO_EXPORT_WITHOUT_SHIFT])

# --8<-- [start:watched]
WATCHED_POLICY = ToolPolicy(ORDERS_POLICY.rules, mode=PolicyMode.LOG_ONLY)
# --8<-- [end:watched]
