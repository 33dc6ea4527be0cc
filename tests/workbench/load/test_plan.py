"""The plan of a load test holds people's tokens."""

import stat
from pathlib import Path

from workbench.load.plan import LoadPlan, Ramp, Speaker

PLAN = LoadPlan(
    address="http://127.0.0.1:1/invocations",
    canaries="0a1b2c3d",
    speakers=(Speaker(0, "ann", "token-of-ann"),),
    requests=2,
    ramp=Ramp(1, 1, 0),
    think_seconds=0,
    most_requests=0,
    timeout_seconds=1,
)


def test_no_token_is_in_what_a_crash_shows() -> None:
    assert "ann" in repr(PLAN)
    assert "token-of-ann" not in repr(PLAN)


def test_its_file_is_for_this_user_only_and_gone_when_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    PLAN.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LoadPlan.read(path) == PLAN
    assert not path.exists()
