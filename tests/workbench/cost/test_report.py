"""The report: ranges, tiers over the whole account, what has no price, what differs, and how it is shown."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from tests.workbench.cost.support import expected, line, priced, prices, profile, resource
from workbench.cost.difference import change, differences
from workbench.cost.profile import read_profile
from workbench.cost.report import CostReport, report
from workbench.cost.resources import Resources
from workbench.errors import WorkbenchError
from workbench.terminal.cost import cost_view, difference_view

KEY = resource("AWS::KMS::Key", "Key")
TOPIC = resource("AWS::SNS::Topic", "Topic")


def shown(found: CostReport, *, explain: bool = False) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(cost_view(found, explain=explain))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_each_line_has_the_amounts_of_three_months(tmp_path: Path) -> None:
    found = priced(profile(tmp_path, "[operations]\nkey_requests_per_turn = [1, 10, 100]\n"), KEY)
    amount = line(found, "Keys and secrets", "requests to keys").amount
    assert amount is not None
    assert (amount.low, amount.expected, amount.high) == pytest.approx((0.003, 0.03, 0.3))


def test_the_total_is_the_sum_of_the_lines(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), KEY, resource("AWS::SecretsManager::Secret"))
    assert found.total.expected == pytest.approx(sum(each.amount.expected for each in found.lines if each.amount))


def test_free_units_count_once_for_all_lines_of_a_price(tmp_path: Path) -> None:
    pools = [resource("AWS::Cognito::UserPool", name) for name in ("A", "B")]
    usage = profile(tmp_path)
    usage.path.write_text(usage.path.read_text().replace("users = 10\n", "users = 12000\nfree_tier = true\n", 1))
    found = priced(read_profile(usage.path), *pools)
    assert [expected(found, "Users", f"users of {name}") for name in "AB"] == pytest.approx([15.0, 15.0])


def test_fails_where_the_cheap_month_costs_more_than_the_dear_one(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"of three values .* the first is the cheapest"):
        priced(profile(tmp_path, "[operations]\nkey_requests_per_turn = [100, 10, 1]\n"), KEY)


def test_types_that_nobody_knows_are_listed_and_free_ones_are_not(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path),
        resource("AWS::OpenSearchServerless::Collection", "Vectors"),
        resource("Custom::Something", "Mine"),
        resource("AWS::IAM::Role", "Role"),
        resource("AWS::CDK::Metadata", "Metadata"),
    )
    assert {each.type: each.ids for each in found.not_priced} == {
        "AWS::OpenSearchServerless::Collection": ("Stack/Vectors",),
        "Custom::Something": ("Stack/Mine",),
    }
    assert "1 × AWS::OpenSearchServerless::Collection (Stack/Vectors)" in shown(found)


def test_an_unknown_price_is_in_no_total_and_is_shown(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), resource("AWS::DynamoDB::Table", "Provisioned"), KEY)
    without = priced(profile(tmp_path), KEY)
    assert found.total == without.total
    assert "Unknown, and not in the total" in shown(found)
    assert "unknown" in shown(found)
    assert any(each["amount"] is None for each in found.to_dict()["lines"])  # type: ignore[attr-defined]


def test_stacks_of_another_region_are_told_whose_prices_they_get(tmp_path: Path) -> None:
    found = report(["Stack"], ["eu-central-1", "us-east-1"], Resources([KEY]), profile(tmp_path), prices())
    assert found.other_regions == ("eu-central-1",)
    assert "Stacks go to eu-central-1; the prices are those of us-east-1." in shown(found)


def test_sections_that_were_assumed_are_told(tmp_path: Path) -> None:
    assert "says nothing of [runtime], [memory]" in " ".join(shown(priced(profile(tmp_path), KEY)).split())


def test_formulas_are_shown_on_demand(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), KEY)
    formula = "1,000 turns × 6 requests; 0.03 USD/10,000 request"
    assert formula not in shown(found)
    assert formula in shown(found, explain=True)


def test_a_document_for_programs(tmp_path: Path) -> None:
    document = priced(profile(tmp_path), KEY).to_dict()
    assert document["currency"] == "USD"
    assert set(document["total"]) == {"low", "expected", "high"}  # type: ignore[call-overload]
    (key,) = [each for each in document["lines"] if each["item"] == "keys"]  # type: ignore[attr-defined]
    assert key["amount"] == {"low": 1.0, "expected": 1.0, "high": 1.0}
    assert key["page"] == "https://aws.amazon.com/kms/pricing/"
    assert key["seen"]


def test_differences_are_what_costs_more_less_or_is_new(tmp_path: Path) -> None:
    usage = profile(tmp_path)
    before = priced(usage, KEY, TOPIC)
    after = priced(usage, KEY, resource("AWS::KMS::Key", "Other"), resource("AWS::SecretsManager::Secret", "Secret"))
    found = {each.item: (each.before, each.after) for each in differences(before, after)}
    assert found["keys"] == (1.0, 2.0)
    assert found["secrets"] == (None, 0.4)
    assert found["notifications"][1] is None
    assert "requests to keys" not in found
    assert change(before, after).expected == pytest.approx(after.total.expected - before.total.expected)
    assert differences(before, before) == ()


def test_differences_are_shown_the_largest_first(tmp_path: Path) -> None:
    usage = profile(tmp_path)
    before, after = priced(usage, KEY), priced(usage, KEY, resource("AWS::CloudWatch::Dashboard", "Board"), TOPIC)
    console = Console(file=io.StringIO(), width=100)
    console.print(difference_view(differences(before, after), change(before, after)))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert text.index("CloudWatch: dashboards") < text.index("Messages: notifications")
    assert "+3.00" in text
    console.print(difference_view((), change(before, before)))
    assert "No line differs." in console.file.getvalue()
