"""The three tests of the acceptance table."""

from dataclasses import dataclass

from workbench.load.plan import Ramp
from workbench.load.results import Acceptance


@dataclass(frozen=True)
class Scenario:
    """One test.

    Args:
        title: What it shows.
        requests: Messages of each user.
        ramp: How the number of users grows.
        think_seconds: Mean pause between an answer and the next message.
        acceptance: What to reach.
    """

    title: str
    requests: int
    ramp: Ramp
    think_seconds: float
    acceptance: Acceptance


# Source: the acceptance criteria and the table of expected results under "Scalability Testing" of the plan that this
# project implements. It says nothing of pauses. Here a user reads an answer and writes the next message for 10 s on
# average, which is quick for a person; without pauses 100 users would be 100 requests in flight at all times.
THINK_SECONDS = 10.0
SCENARIOS = {
    "users": Scenario(
        "concurrent users", 10, Ramp(1, 100, 60), THINK_SECONDS, Acceptance(success=0.99, above=True, p95_seconds=10)
    ),
    "burst": Scenario("burst", 10, Ramp(10, 200, 60), THINK_SECONDS, Acceptance(success=0.98)),
    "isolation": Scenario("isolation of sessions", 4, Ramp(50, 50, 0), 0.0, Acceptance(success=1.0)),
}
