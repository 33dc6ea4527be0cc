import json
from pathlib import Path

import pytest

from constructs_lib.observability.monthly_cost import EstimateLevel, MonthlyCost

ESTIMATE = {"currency": "USD", "total": {"low": 100.5, "expected": 180, "high": 260.25}, "lines": []}


def estimate(directory: Path, **changes: object) -> Path:
    file = directory / "cost.json"
    file.write_text(json.dumps({**ESTIMATE, **changes}))
    return file


def test_an_amount_of_dollars() -> None:
    assert MonthlyCost.usd(250).dollars == 250


def test_the_high_end_of_an_estimate(tmp_path: Path) -> None:
    assert MonthlyCost.from_estimate(estimate(tmp_path)) == MonthlyCost.usd(260.25)


def test_another_level_of_an_estimate(tmp_path: Path) -> None:
    file = estimate(tmp_path)
    assert MonthlyCost.from_estimate(str(file), level=EstimateLevel.EXPECTED).dollars == 180
    assert MonthlyCost.from_estimate(file, level=EstimateLevel.LOW).dollars == 100.5


@pytest.mark.parametrize("dollars", [0, -1, float("nan"), float("inf")])
def test_fails_for_no_amount(dollars: float) -> None:
    with pytest.raises(ValueError, match=f"more than 0 US dollars, got {float(dollars)!r}"):
        MonthlyCost.usd(dollars)


def test_fails_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"none\.json' cannot be read .*; write it with agentcore-workbench cost --json"
    ):
        MonthlyCost.from_estimate(tmp_path / "none.json")


def test_fails_for_what_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "cost.json"
    file.write_text("Total 100 USD")
    with pytest.raises(ValueError, match="cannot be read"):
        MonthlyCost.from_estimate(file)


@pytest.mark.parametrize("total", [None, 100, {}, {"low": 1, "expected": 2}, {"low": 3, "expected": 2, "high": 4}])
def test_fails_for_a_total_without_a_range(tmp_path: Path, total: object) -> None:
    with pytest.raises(ValueError, match="has no total with low, expected and high; write it"):
        MonthlyCost.from_estimate(estimate(tmp_path, total=total))


def test_fails_for_another_currency(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is in USD, as budgets are, got 'EUR'"):
        MonthlyCost.from_estimate(estimate(tmp_path, currency="EUR"))
