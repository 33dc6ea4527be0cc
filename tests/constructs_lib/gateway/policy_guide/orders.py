"""The handler of the tools that the guide is about."""

from typing import TypedDict


class Order(TypedDict):
    """What an order says."""

    order_id: str
    customer_id: str
    status: str


def find_order(order_id: str, customer_id: str) -> Order:
    """Find an order.

    Args:
        order_id: The order's number.
        customer_id: Whose order it is.
    """
    return {"order_id": order_id, "customer_id": customer_id, "status": "shipped"}


def refund(order_id: str, amount: int, currency: str = "EUR", note: str = "") -> Order:
    """Pay money back.

    Args:
        order_id: The order's number.
        amount: How much, in cents.
        currency: In which currency, by its ISO code.
        note: Why.
    """
    return {"order_id": order_id, "customer_id": "ann", "status": f"refunded {amount} {currency} {note}".strip()}


def export_orders(day: str) -> Order:
    """Write all orders of a day to a file.

    Args:
        day: For example `2026-11-21`.
    """
    return {"order_id": day, "customer_id": "", "status": "exported"}
