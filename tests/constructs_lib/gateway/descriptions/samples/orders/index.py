"""A handler as the documentation shows it."""

from typing import Literal, TypedDict


class Order(TypedDict):
    """An order."""

    number: int
    euros: float


def find_orders(customer: str, status: Literal["open", "closed"] = "open", limit: int = 10) -> dict[str, Order]:
    """Find a customer's orders, newest first.

    Args:
        customer: The customer's number, as on the invoice.
        status: Which orders.
        limit: How many at most.
    """
    orders: dict[str, Order] = {customer: {"number": limit, "euros": 49.9}}
    return orders if status == "open" else {}


TOOLS = {"find_orders": find_orders}
