"""Tests as the guide shows them, and that the guide's numbers and messages are true."""

from pathlib import Path

import pytest

from constructs_lib import (
    Argument,
    Principal,
    ToolPolicy,
    ToolRule,
    access_table,
    assert_allowed,
    assert_denied,
    tools_from_handler,
)
from constructs_lib.gateway.policy_testing import lambda_tools_of
from tests.constructs_lib.gateway.policy_guide.policy import ORDERS_POLICY, STRICTER_POLICY, WATCHED_POLICY

# --8<-- [start:tools]
HANDLER = Path(__file__).with_name("orders.py")
TOOLS = lambda_tools_of("Orders", tools_from_handler(HANDLER, "find_order", "refund", "export_orders"))
# --8<-- [end:tools]

# --8<-- [start:callers]
CUSTOMER = Principal.user("ann")
CLERK = Principal.user("carl", {"cognito:groups": ["support"]})
CONTRACTOR = Principal.user("cleo", {"cognito:groups": ["support"], "employment": "contractor"})
LEAD = Principal.user("lea", {"cognito:groups": ["support", "support_leads"]})
# --8<-- [end:callers]


# --8<-- [start:tests]
def test_customers_find_their_own_orders_only() -> None:
    mine, theirs = {"order_id": "1", "customer_id": "ann"}, {"order_id": "2", "customer_id": "bob"}
    assert_allowed(ORDERS_POLICY, CUSTOMER, "Orders___find_order", mine, tools=TOOLS, by="OwnOrders")
    assert_denied(ORDERS_POLICY, CUSTOMER, "Orders___find_order", theirs, tools=TOOLS)


@pytest.mark.parametrize(("amount", "allowed"), [(50_000, True), (50_001, False)])
def test_clerks_refund_small_amounts(amount: int, allowed: bool) -> None:
    check = assert_allowed if allowed else assert_denied
    check(ORDERS_POLICY, CLERK, "Orders___refund", {"order_id": "1", "amount": amount, "currency": "EUR"}, tools=TOOLS)


def test_contractors_refund_nothing() -> None:
    small = {"order_id": "1", "amount": 1, "currency": "EUR"}
    assert_denied(ORDERS_POLICY, CONTRACTOR, "Orders___refund", small, tools=TOOLS, by="NoRefundsByContractors")


# --8<-- [end:tests]


def test_an_argument_left_out_does_not_count_as_its_default() -> None:
    assert_denied(ORDERS_POLICY, CLERK, "Orders___refund", {"order_id": "1", "amount": 1}, tools=TOOLS)


def test_who_may_use_what() -> None:
    # --8<-- [start:table]
    callers = {"customer": CUSTOMER, "clerk": CLERK, "contractor": CONTRACTOR, "lead": LEAD}
    table = access_table(ORDERS_POLICY, callers, TOOLS)
    # --8<-- [end:table]
    assert str(table) == (Path(__file__).parent / "table.md").read_text().strip()


def test_raw_cedar_is_tested_alike() -> None:
    day = {"day": "2026-11-21"}
    assert_denied(STRICTER_POLICY, LEAD, "Orders___export_orders", day, tools=TOOLS, by="NoExportWithoutShift")
    on_shift = Principal.user("lea", {"cognito:groups": ["support_leads"], "shift": "day 1"})
    assert_allowed(STRICTER_POLICY, on_shift, "Orders___export_orders", day, tools=TOOLS)


def test_a_watched_policy_decides_alike() -> None:
    assert_denied(WATCHED_POLICY, CUSTOMER, "Orders___export_orders", {"day": "2026-11-21"}, tools=TOOLS)


def test_a_misspelt_argument_is_refused_as_the_guide_says() -> None:
    misspelt = ToolPolicy([ToolRule.permit("R", tools=["Orders___refund"], where=Argument("amout") < 5)])
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- compared with the guide below
        assert_denied(misspelt, CLERK, "Orders___refund", {"order_id": "1", "amount": 1}, tools=TOOLS)
    assert str(error.value) in Path("docs/guides/write-and-test-policies.md").read_text()
