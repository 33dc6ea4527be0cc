"""When a budget speaks, what it counts, and what makes costs unusual."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib._place import is_token

_MIN_PERCENTAGE, _MAX_PERCENTAGE = 0.1, 1_000_000_000
_TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
DEFAULT_UNUSUAL_DOLLARS = 100.0


class SpendKind(StrEnum):
    """Which spend is compared with the budget."""

    ACTUAL = "ACTUAL"
    FORECASTED = "FORECASTED"


@dataclass(frozen=True)
class BudgetAlert:
    """Tells when spend goes above a share of the budget.

    Make it with `BudgetAlert.actual(80)` or `BudgetAlert.forecast(100)`.

    Attributes:
        kind: Which spend is compared.
        percentage: Share of the budget, 0.1 or more; 100 is all of it.
    """

    kind: SpendKind
    percentage: float

    def __post_init__(self) -> None:
        if not _MIN_PERCENTAGE <= self.percentage <= _MAX_PERCENTAGE:
            raise ValueError(f"a budget alert is at {_MIN_PERCENTAGE:g} percent or more, got {self.percentage!r}")

    @classmethod
    def actual(cls, percentage: float) -> "BudgetAlert":
        """When what was spent this month goes above that share."""
        return cls(SpendKind.ACTUAL, float(percentage))

    @classmethod
    def forecast(cls, percentage: float) -> "BudgetAlert":
        """When what the month will have cost, as AWS forecasts it, goes above that share."""
        return cls(SpendKind.FORECASTED, float(percentage))


@dataclass(frozen=True)
class CostTag:
    """A cost allocation tag, by which AWS Billing tells whose costs are whose.

    Billing knows a tag from the day on which it is activated, in the account that pays:
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html

    Attributes:
        key: Its key, at most 128 characters.
        value: Its value, at most 256 characters.
    """

    key: str
    value: str

    def __post_init__(self) -> None:
        fits = _TAG_KEY.fullmatch(self.key) and _TAG_VALUE.fullmatch(self.value)
        if not fits or self.key.lower().startswith("aws:"):
            raise ValueError(
                "a cost allocation tag has a key and a value of letters, digits, spaces and _ . : / = + - @, and does"
                f" not start with aws:, got {self.key!r} and {self.value!r}"
            )

    def apply_to(self, scope: IConstruct) -> None:
        """Tag everything in `scope` that can be tagged: a stage, a stack or a construct."""
        cdk.Tags.of(scope).add(self.key, self.value)

    @property
    def budget_filter(self) -> dict[str, list[str]]:
        """The tag as a filter of a budget."""
        return {"TagKeyValue": [f"user:{self.key}${self.value}"]}


@dataclass(frozen=True)
class CostAnomalies:
    """Where AWS Cost Anomaly Detection looks for unusual costs, and from which amount on it tells.

    Make it with one of `by_service`, `of_tag` and `of_monitor`. Which one can be deployed depends on the account: there
    is one monitor of all services in an account, which AWS makes for new ones, and monitors of tags only in the account
    that pays.

    Follows https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html

    Attributes:
        minimum_dollars: Impact in US dollars from which on an anomaly is told.
        tag: The tag whose costs are looked at.
        monitor_arn: The monitor that exists already.
    """

    minimum_dollars: float = DEFAULT_UNUSUAL_DOLLARS
    tag: CostTag | None = None
    monitor_arn: str | None = None

    def __post_init__(self) -> None:
        if not self.minimum_dollars > 0:
            raise ValueError(f"anomalies are told from more than 0 US dollars on, got {self.minimum_dollars!r}")
        arn = self.monitor_arn
        if arn is not None and not is_token(arn) and ":anomalymonitor/" not in arn:
            raise ValueError(f"a monitor's ARN is arn:aws:ce::ACCOUNT:anomalymonitor/ID, got {arn!r}")

    @classmethod
    def by_service(cls, *, minimum_dollars: float = DEFAULT_UNUSUAL_DOLLARS) -> "CostAnomalies":
        """Each service of the account for itself, in an account that has no such monitor yet."""
        return cls(minimum_dollars)

    @classmethod
    def of_tag(cls, tag: CostTag, *, minimum_dollars: float = DEFAULT_UNUSUAL_DOLLARS) -> "CostAnomalies":
        """What has the tag, in the account that pays (the management account)."""
        return cls(minimum_dollars, tag=tag)

    @classmethod
    def of_monitor(cls, monitor_arn: str, *, minimum_dollars: float = DEFAULT_UNUSUAL_DOLLARS) -> "CostAnomalies":
        """What a monitor looks at that exists already, such as the `Default-Services-Monitor` of new accounts."""
        return cls(minimum_dollars, monitor_arn=monitor_arn)

    @property
    def specification(self) -> str | None:
        """What a monitor of one's own looks at, in JSON. None: each service."""
        if self.tag is None:
            return None
        return json.dumps({"Tags": {"Key": self.tag.key, "Values": [self.tag.value], "MatchOptions": ["EQUALS"]}})

    @property
    def threshold(self) -> str:
        """From which impact on anomalies are told, in JSON."""
        dimension = {
            "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": [f"{self.minimum_dollars:g}"],
        }
        return json.dumps({"Dimensions": dimension})
