"""Alarms of one thing that is watched, and the two composite alarms that speak for all of them."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.observability.monitoring.kinds import AlarmKind, Severity
from constructs_lib.observability.monitoring.thresholds import Evaluation, TrafficAnomaly
from constructs_lib.observability.monitoring.topics import AlarmTopics

_SILENT = "The composite alarm of what is watched acts on this one, so that one fault sends one message."
_SUPPRESSION = Duration.minutes(2)


class Alarms(Construct):
    """The alarms of one thing that is watched.

    Alarms on metrics say what is wrong and act on nothing. Of those that are critical, and of the warnings, a composite
    alarm each tells its topic: once when the first goes off, however many follow, and once when all is well again.
    Warnings are held back while something critical is wrong, because they usually follow from it.

    Args:
        subject: What is watched, for descriptions.
        runbooks: Address that the name of a runbook is added to.

    Attributes:
        by_name: The L2 alarms, by kind and, if there are several, what they are of: `error-rate`.
        kinds: The kind of each alarm, by the same names.
        critical: The L2 composite of the critical alarms. None before `notify`, or if there is none.
        warning: The L2 composite of the warnings. None before `notify`, or if there is none.
    """

    def __init__(self, scope: Construct, id: str, *, subject: str, runbooks: str) -> None:
        super().__init__(scope, id)
        self._subject, self._runbooks = subject, runbooks
        self.by_name: dict[str, cloudwatch.AlarmBase] = {}
        self.kinds: dict[str, AlarmKind] = {}
        self.critical: cloudwatch.CompositeAlarm | None = None
        self.warning: cloudwatch.CompositeAlarm | None = None

    def add(
        self,
        kind: AlarmKind,
        metric: cloudwatch.IMetric,
        *,
        limit: float,
        evaluation: Evaluation,
        says: str,
        of: str = "",
        inclusive: bool = True,
    ) -> cloudwatch.Alarm:
        """Add an alarm that goes off when a metric reaches a limit.

        Args:
            kind: What is wrong then.
            metric: The metric.
            limit: The limit.
            evaluation: How long it has to be reached.
            says: What is wrong, as a sentence.
            of: Which of several of this kind it is.
            inclusive: Whether the limit itself is too much.
        """
        operators = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            f"{kind.id}{of}",
            metric=metric,
            threshold=limit,
            evaluation_periods=evaluation.of,
            datapoints_to_alarm=evaluation.breaching,
            comparison_operator=(
                operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD if inclusive else operators.GREATER_THAN_THRESHOLD
            ),
            # Nothing is published of what nobody uses.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=self._description(kind, says),
        )
        return self._keep(kind, of, alarm)

    def add_anomaly(self, metric: cloudwatch.IMetric, threshold: TrafficAnomaly) -> cloudwatch.AnomalyDetectionAlarm:
        """Add an alarm that goes off when a metric leaves the band that CloudWatch expects.

        Args:
            metric: The metric.
            threshold: How wide the band is.
        """
        kind = AlarmKind.TRAFFIC_ANOMALY
        alarm = cloudwatch.AnomalyDetectionAlarm(
            self,
            kind.id,
            metric=metric,
            std_devs=threshold.deviations,
            evaluation_periods=threshold.evaluation.of,
            datapoints_to_alarm=threshold.evaluation.breaching,
            comparison_operator=(cloudwatch.ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=self._description(kind, "Far more or far fewer requests than usual at this hour."),
        )
        self._keep(kind, "", alarm)
        return alarm

    def notify(self, topics: AlarmTopics) -> None:
        """Make the composite alarms; no alarm is added later.

        Args:
            topics: Where they go.
        """
        self.critical = self._composite(Severity.CRITICAL, topics.critical, suppressor=None)
        self.warning = self._composite(Severity.WARNING, topics.warning, suppressor=self.critical)

    def of_kind(self, kind: AlarmKind) -> Sequence[cloudwatch.AlarmBase]:
        """The L2 alarms of a kind.

        Args:
            kind: The kind.
        """
        return [alarm for name, alarm in self.by_name.items() if self.kinds[name] is kind]

    def _composite(
        self, severity: Severity, topic: sns.ITopic, *, suppressor: cloudwatch.CompositeAlarm | None
    ) -> cloudwatch.CompositeAlarm | None:
        names = [name for name, kind in self.kinds.items() if kind.severity is severity]
        if not names:
            return None
        runbooks = sorted({self._runbook(self.kinds[name]) for name in names})
        composite = cloudwatch.CompositeAlarm(
            self,
            severity.value,
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(cloudwatch.AlarmRule.from_alarm(self.by_name[name], cloudwatch.AlarmState.ALARM) for name in names)
            ),
            alarm_description=f"{self._subject}: {severity.value.lower()}. Runbooks: {' '.join(runbooks)}",
            actions_suppressor=suppressor,
            actions_suppressor_wait_period=_SUPPRESSION if suppressor else None,
            actions_suppressor_extension_period=_SUPPRESSION if suppressor else None,
        )
        action = actions.SnsAction(topic)
        composite.add_alarm_action(action)
        composite.add_ok_action(action)
        return composite

    def _keep(self, kind: AlarmKind, of: str, alarm: cloudwatch.Alarm) -> cloudwatch.Alarm:
        name = f"{kind.value}{f'-{of}' if of else ''}"
        self.by_name[name], self.kinds[name] = alarm, kind
        cdk.Validations.of(alarm).acknowledge(
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-CloudWatchAlarmAction", reason=_SILENT)
                for pack in ("NIST.800.53.R5", "HIPAA.Security")
            )
        )
        return alarm

    def _description(self, kind: AlarmKind, says: str) -> str:
        return f"{self._subject}: {says} Runbook: {self._runbook(kind)}"

    def _runbook(self, kind: AlarmKind) -> str:
        return f"{self._runbooks}{kind.value}"
