"""The calculations in the documentation: recomputed from their own arithmetic, and held against the estimate."""

import ast
import operator
import re
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.workbench.cost.support import prices, reference
from workbench.cost.report import CostReport, total

PAGE = ROOT / "docs/guides/cost-by-hand.md"
GUIDE = ROOT / "docs/guides/estimate-cost.md"
LEVELS = ("Light", "Typical", "Heavy")
MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CENT = 0.005
TOLERANCE = 0.15

ROW = re.compile(
    r"^\| (?P<family>[^|*]+) \| (?P<line>[^|]+) \| `(?P<calculation>[^`]+)` \| (?P<dollars>[\d,.]+) \|$", re.M
)
TOTAL = re.compile(r"^\| \*\*Total\*\* \| \| \| \*\*(?P<dollars>[\d,.]+)\*\* \|$", re.M)
WORK = re.compile(
    r"^\| (?P<line>[A-Z][^|]+) \| (?P<work>\d+) \| `(?P<then>[^`]+)` \| (?P<sum>[\d,.]+) \| `(?P<now>[^`]+)`"
    r" \| (?P<today>[\d,.]+) \|$",
    re.M,
)
OPERATIONS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def computed(text: str) -> float:
    return _value(ast.parse(text, mode="eval").body)


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    assert isinstance(node, ast.Constant), ast.dump(node)
    assert isinstance(node.value, int | float)
    return float(node.value)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def section(level: str) -> str:
    return PAGE.read_text().split(f"## {level}\n")[1].split("\n## ")[0]


def amount(found: CostReport, family: str, item: str) -> float:
    lines = [each for each in found.lines if each.family == family and each.item.startswith(item)]
    assert lines, f"the estimate has no line {item!r} of {family}"
    return total(lines).expected


@pytest.mark.parametrize("level", LEVELS)
def test_every_calculation_comes_to_what_it_says(level: str) -> None:
    rows = list(ROW.finditer(section(level)))
    assert len(rows) > 50
    for row in rows:
        assert computed(row["calculation"]) == pytest.approx(number(row["dollars"]), abs=CENT + 1e-6), row["line"]
    whole = TOTAL.search(section(level))
    assert whole is not None
    assert sum(computed(row["calculation"]) for row in rows) == pytest.approx(number(whole["dollars"]), abs=CENT + 1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_the_estimate_of_every_line_is_within_15_percent(level: str) -> None:
    found = reference(level.lower())
    for row in ROW.finditer(section(level)):
        by_hand = computed(row["calculation"])
        estimated = amount(found, row["family"], row["line"])
        if by_hand >= CENT:
            assert estimated == pytest.approx(by_hand, rel=TOLERANCE), row["line"]
        else:
            assert estimated < 2 * CENT


@pytest.mark.parametrize("level", LEVELS)
def test_no_line_of_the_estimate_is_missing_by_hand(level: str) -> None:
    found, rows = reference(level.lower()), list(ROW.finditer(section(level)))
    for each in found.lines:
        calculated = any(row["family"] == each.family and each.item.startswith(row["line"]) for row in rows)
        assert calculated or (each.amount and each.amount.expected == 0), (each.family, each.item)
    assert not found.unknown
    assert not found.not_priced


@pytest.mark.parametrize("level", LEVELS)
def test_the_guide_tells_the_totals(level: str) -> None:
    cells = (
        next(row for row in GUIDE.read_text().splitlines() if row.startswith(f"| {level} | ")).strip("| ").split(" | ")
    )
    whole = TOTAL.search(section(level))
    assert whole is not None
    found = reference(level.lower()).total
    told = [number(each) for each in cells[2:]]
    assert told == pytest.approx([number(whole["dollars"]), found.low, found.expected, found.high], abs=CENT + 1e-6)
    assert found.expected == pytest.approx(told[0], rel=TOLERANCE)


def worksheet() -> dict[str, list[str]]:
    text = GUIDE.read_text().split("### The plan of the cloud engineer agent")[1].split("### ")[0]
    rows = [row.strip("| ").split(" | ") for row in text.splitlines() if row.startswith("| ")]
    return {row[0]: row[1:] for row in rows if len(row) == 7 and row[0] not in ("component", "---")}


COMPONENTS = {
    "AgentCore Runtime": {"AgentCore runtime"},
    "Memory": {"AgentCore memory"},
    "Bedrock models": {"Model tokens"},
    "CloudWatch": {"CloudWatch", "CloudWatch Logs", "Traces"},
    "ECR": set(),
    "API Gateway": set(),
}


@pytest.mark.parametrize(("column", "level"), list(enumerate(LEVELS)))
def test_the_worksheet_adds_up_and_stands_beside_todays_estimate(column: int, level: str) -> None:
    rows, families = worksheet(), reference(level.lower()).families()
    low = high = today = 0.0
    for component, names in COMPONENTS.items():
        least, most = (number(each) for each in rows[component][2 * column].split("–"))
        now = sum(total(families[name]).expected for name in names)
        assert number(rows[component][2 * column + 1]) == pytest.approx(now, abs=2 * CENT), component
        low, high, today = low + least, high + most, today + now
    assert [number(each) for each in rows["Sum"][2 * column].split("–")] == [low, high]
    assert number(rows["Sum"][2 * column + 1]) == pytest.approx(today, abs=2 * CENT)


def test_the_enterprise_plans_sums_follow_from_its_prices_and_the_work_they_imply() -> None:
    rows = list(WORK.finditer(GUIDE.read_text()))
    assert len(rows) == 11
    for row in rows:
        assert number(row["work"]) * computed(row["then"]) == pytest.approx(number(row["sum"]), abs=CENT), row["line"]
        assert number(row["work"]) * computed(row["now"]) == pytest.approx(number(row["today"]), abs=2 * CENT), row[
            "line"
        ]
    whole = re.search(r"^\| Total \| \| \| ([\d.]+) \| \| ([\d.]+) \|$", GUIDE.read_text(), re.M)
    assert whole is not None
    assert sum(number(row["sum"]) for row in rows) == pytest.approx(number(whole[1])) == pytest.approx(537.50)
    assert sum(number(row["today"]) for row in rows) == pytest.approx(number(whole[2]), abs=2 * CENT)


def test_todays_prices_in_that_table_are_those_of_the_price_file() -> None:
    now = {row["line"]: computed(row["now"]) for row in WORK.finditer(GUIDE.read_text())}
    named = {
        "Runtime, vCPU-seconds": prices().price("runtime-v1-cpu").cost(1 / 3600, free_tier=False),
        "Runtime, GB-seconds": prices().price("runtime-v1-memory").cost(1 / 3600, free_tier=False),
        "Memory, events": prices().price("memory-events-written").cost(3 / 1e6, free_tier=False),
        "Memory, records": prices().price("memory-records").cost(1, free_tier=False),
        "Memory, searches": prices().price("memory-retrievals").cost(1, free_tier=False),
        "Gateway, calls": prices().price("gateway-calls").cost(1, free_tier=False),
        "Gateway, searches": prices().price("gateway-searches").cost(1, free_tier=False),
        "Model, tokens in": prices()
        .model_price("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "input")
        .cost(1, free_tier=False),
        "Model, tokens out": prices()
        .model_price("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "output")
        .cost(1, free_tier=False),
    }
    assert {line: now[line] for line in named} == pytest.approx(named)


def test_the_enterprise_profile_has_the_work_of_that_table() -> None:
    found = reference("enterprise")
    today = {row["line"]: number(row["today"]) for row in WORK.finditer(GUIDE.read_text())}
    assert amount(found, "Model tokens", "input of") == pytest.approx(today["Model, tokens in"], abs=CENT)
    assert amount(found, "Model tokens", "output of") == pytest.approx(today["Model, tokens out"], abs=CENT)
    assert amount(found, "AgentCore runtime", "CPU of") == pytest.approx(today["Runtime, vCPU-seconds"], abs=CENT)
    assert amount(found, "AgentCore memory", "events written") == pytest.approx(today["Memory, events"], abs=CENT)
    assert amount(found, "AgentCore memory", "records") == pytest.approx(today["Memory, records"], abs=CENT)
    assert amount(found, "AgentCore memory", "searches") == pytest.approx(today["Memory, searches"], abs=CENT)
    assert amount(found, "AgentCore gateway", "calls") == pytest.approx(today["Gateway, calls"], abs=CENT)
    assert amount(found, "AgentCore gateway", "searches") == pytest.approx(today["Gateway, searches"], abs=CENT)
    interpreter = total(found.families()["AgentCore code interpreter"]).expected
    assert interpreter == pytest.approx(today["Code interpreter, seconds"], abs=CENT)
