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
# project implements. A user thinks before the next message, as people do; without pauses 100 users would be 100
# requests in flight at all times, which is another test.
SCENARIOS = {
    "users": Scenario(
        "concurrent users", 10, Ramp(1, 100, 60), 3.0, Acceptance(success=0.99, above=True, p95_seconds=10)
    ),
    "burst": Scenario("burst", 10, Ramp(10, 200, 60), 3.0, Acceptance(success=0.98)),
    "isolation": Scenario("isolation of sessions", 4, Ramp(50, 50, 0), 0.0, Acceptance(success=1.0)),
}
