"""The tools that the policy tests are about."""

from constructs_lib.gateway.descriptions.tool_description import ToolDescription
from constructs_lib.gateway.policy_testing import tools_of

ARN = "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/shop-abcdefghij"

REFUND = ToolDescription(
    "refund",
    "Pays money back.",
    {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "express": {"type": "boolean"},
            "reasons": {"type": "array", "items": {"type": "string"}},
            "address": {
                "type": "object",
                "properties": {"country": {"type": "string"}, "post-code": {"type": "string"}},
            },
            "currency": {"type": "string", "enum": ["EUR", "USD"]},
        },
        "required": ["order_id", "amount"],
    },
)
LOOKUP = ToolDescription(
    "lookup",
    "Finds an order.",
    {"type": "object", "properties": {"order_id": {"type": "string"}, "amount": {"type": "string"}}},
)
SEND = ToolDescription("send", "Sends a mail.", {"type": "object", "properties": {"to": {"type": "string"}}})

TOOLS = {**tools_of("Orders", [REFUND, LOOKUP]), **tools_of("Mail", [SEND])}
