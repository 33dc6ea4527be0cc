"""The runbooks name what is there: saved queries, dashboards and their widgets, codes of errors."""

import re
from functools import cache
from pathlib import Path

import pytest

from constructs_lib.observability.monitoring import AlarmKind
from tests.constructs_lib.observability.monitoring.support import watched, widgets

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
QUERY = re.compile(r"[Ss]aved query \*(?P<name>[^*]+)\*")
DASHBOARD = re.compile(r"[Dd]ashboard \*(?P<name>[^*]+)\*")
CODE = re.compile(r"`(?P<code>[a-z]+_[a-z_]+)`")
# Arguments and fields, not codes of errors.
NOT_CODES = {"client_id", "idle_timeout", "max_tasks", "memory_mib", "calls_per_second", "percentile"}
HEADINGS = ["## Symptom", "## Look first", "## Likely causes, in order"]


@cache
def words_on_dashboards() -> str:
    """Titles of widgets and labels of metrics."""
    return str([widget["properties"] for _, widget in widgets(watched().template)])


def text(kind: AlarmKind) -> str:
    return (RUNBOOKS / f"{kind.value}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", AlarmKind)
def test_parts(kind: AlarmKind) -> None:
    runbook = text(kind)
    places = [runbook.index(heading) for heading in HEADINGS]
    assert places == sorted(places)
    causes = runbook[places[-1] :]
    assert causes.count("Confirm:") == causes.count("Remedy:") >= 3
    assert f"**{kind.severity.value}.**" in runbook


@pytest.mark.parametrize("kind", AlarmKind)
def test_queries_exist(kind: AlarmKind) -> None:
    named = {match["name"] for match in QUERY.finditer(text(kind))}
    assert named <= set(watched().monitoring.queries)


@pytest.mark.parametrize("kind", AlarmKind)
def test_dashboards_exist(kind: AlarmKind) -> None:
    named = {match["name"] for match in DASHBOARD.finditer(text(kind))}
    assert named
    assert named <= set(watched().monitoring.dashboards)


def test_widgets_exist() -> None:
    for kind in AlarmKind:
        for line in text(kind).splitlines():
            if not (found := DASHBOARD.search(line)):
                continue
            titles = re.findall(r"\*([^*]+)\*", line[found.end() :].split(":")[0])
            missing = [each for each in titles if each not in words_on_dashboards() and each not in line[: found.end()]]
            known = set(watched().monitoring.dashboards) | set(watched().monitoring.queries)
            assert not set(missing) - known, (kind, line)


def test_codes_of_errors_exist() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "agents" / "shared").rglob("*.py"))
    for kind in AlarmKind:
        for code in {match["code"] for match in CODE.finditer(text(kind))} - NOT_CODES:
            assert f'"{code}"' in sources, (kind, code)


def test_the_index_lists_each_once() -> None:
    index = (RUNBOOKS / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([a-z-]+)\.md\)", index)) == sorted(kind.value for kind in AlarmKind)
