"""Tools of the shop's orders. The gateway calls `handler` with a tool's arguments as the event."""

import json
from collections.abc import Callable
from typing import Any, TypedDict

# The gateway's interceptor sets it from the verified token, whatever the caller wrote into it.
CALLER = "x-caller-subject"


class Order(TypedDict):
    """An order of the shop."""

    number: int
    item: str
    euros: float


class Refund(TypedDict):
    """Money that goes back to a customer."""

    number: int
    refunded: float


def get_order(number: int) -> Order:
    """Read an order: what was bought, and for how much.

    Args:
        number: The order's number.
    """
    return {"number": number, "item": "Desk lamp", "euros": 49.9}


def refund_order(number: int, euros: float) -> Refund:
    """Pay money back for an order.

    Args:
        number: The order's number.
        euros: How much to pay back.
    """
    return {"number": number, "refunded": euros}


TOOLS: dict[str, Callable[..., Any]] = {"get_order": get_order, "refund_order": refund_order}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the tool that the gateway names, and say for whom."""
    custom = context.client_context.custom
    tool = custom["bedrockAgentCoreToolName"].rpartition("___")[2]
    caller = custom.get("bedrockAgentCorePropagatedHeaders", {}).get(CALLER)
    print(json.dumps({"tool": tool, "caller": caller}))  # noqa: T201 -- a function's log is what it prints
    return {**TOOLS[tool](**event), "caller": caller}
