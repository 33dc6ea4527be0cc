"""Usage profiles: three months, and what their author gets told."""

import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workbench.cost.support import LEAST, profile
from workbench.cost.profile import find_profile, read_profile, shipped
from workbench.errors import WorkbenchError

LEVELS = {"light": (10, 100), "typical": (100, 1000), "heavy": (1000, 5000)}


def test_one_value_is_that_of_every_month(tmp_path: Path) -> None:
    months = profile(tmp_path, "[runtime]\nmemory_gb = 1\n").scenarios
    assert [each.runtime.memory_gb for each in months] == [1, 1, 1]


def test_three_values_are_those_of_a_cheap_an_expected_and_a_dear_month(tmp_path: Path) -> None:
    months = profile(tmp_path, "[runtime]\nmemory_gb = [0.5, 1, 2]\n").scenarios
    assert [each.runtime.memory_gb for each in months] == [0.5, 1, 2]


def test_sections_left_to_their_defaults_are_named(tmp_path: Path) -> None:
    found = profile(tmp_path, "[runtime]\nmemory_gb = 1\n")
    assert "runtime" not in found.assumed
    assert "guardrail" in found.assumed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[memmory]\n", "unknown memmory; known are name, description, shares, usage, model, runtime, memory"),
        ("[runtime]\nmemory = 1\n", "[runtime] unknown memory; known are seconds_per_turn"),
        ("[runtime]\nmemory_gb = -1\n", "[runtime] memory_gb has to be a number of 0 or more, got -1"),
        ("[runtime]\nmemory_gb = [1, -2, 3]\n", "[runtime] memory_gb has to be a number of 0 or more, got -2"),
        ("[runtime]\nmemory_gb = true\n", "[runtime] memory_gb has to be a number of 0 or more, got True"),
        ("[runtime]\nmemory_gb = nan\n", "[runtime] memory_gb has to be a number of 0 or more, got nan"),
        ("[runtime]\nmemory_gb = inf\n", "[runtime] memory_gb has to be a number of 0 or more, got inf"),
        ('[runtime]\nmemory_gb = "1"\n', "[runtime] memory_gb has to be a number of 0 or more, got '1'"),
        (
            "[runtime]\nmemory_gb = [1, 2]\n",
            "has to be one value or three, [low, expected, high], got [1, 2]",
        ),
        ("[runtime]\nio_wait_share = 70\n", "[runtime] io_wait_share has to be a number from 0 to 1, got 70"),
        ("[traces]\ntransaction_search = 1\n", "[traces] transaction_search has to be true or false, got [1, 1, 1]"),
        ("[shares]\na = 0.5\nb = 0.2\n", "the [shares] of all runtimes are 1 together, got 0.7"),
        ("[shares]\na = 2\n", "[shares] a has to be a number from 0 to 1, got 2"),
    ],
)
def test_fails_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WorkbenchError) as error:
        profile(tmp_path, text)
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "profile.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "[usage] needs users, sessions_per_user, turns_per_session, tool_calls_per_turn"),
        ("usage = 1\n", "usage has to be a table ([usage]), got 1"),
        (LEAST.replace("[model]", "[model]\nid = 1"), "[model] id has to be a text, got 1"),
        (LEAST.replace("users = 10\n", "", 1), "[usage] needs users"),
        ("shares = 1\n" + LEAST, "shares has to be a table of runtime names and shares, got 1"),
        ("[[", "is not valid TOML"),
    ],
)
def test_fails_where_something_needed_is_missing(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(text)
    with pytest.raises(WorkbenchError) as error:
        read_profile(file)
    assert message in str(error.value)


def test_fails_without_a_file_and_names_those_that_are_carried(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"No such file.*enterprise, heavy, light, typical"):
        read_profile(find_profile(str(tmp_path / "none.toml")))


def test_a_carried_profile_is_found_by_its_name_and_in_the_documentation() -> None:
    assert set(shipped()) == {*LEVELS, "enterprise"}
    for name, file in shipped().items():
        assert find_profile(name) == file
        assert (ROOT / f"docs/usage/{name}.toml").resolve() == file


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_has_the_users_and_requests_of_the_plan(level: str) -> None:
    users, requests = LEVELS[level]
    for usage in read_profile(shipped()[level]).scenarios:
        assert usage.usage.users == users
        assert usage.turns == users * requests


def test_levels_differ_in_volume_only() -> None:
    documents = {level: tomllib.loads(shipped()[level].read_text()) for level in LEVELS}
    for section in ("model", "runtime", "memory", "gateway", "guardrail", "evaluation", "traces", "code_interpreter"):
        assert documents["light"][section] == documents["typical"][section] == documents["heavy"][section]


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_leaves_nothing_to_defaults(level: str) -> None:
    assert read_profile(shipped()[level]).assumed == ()
