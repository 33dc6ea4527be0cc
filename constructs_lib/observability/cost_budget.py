"""What an environment may cost, and who is told before it costs more."""

import re
from collections.abc import Sequence

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from constructs_lib._place import Place, is_token, place_of
from constructs_lib.observability.cost_alerts import BudgetAlert, CostAnomalies, CostTag
from constructs_lib.observability.monthly_cost import CURRENCY, MonthlyCost

DEFAULT_ALERTS = (BudgetAlert.actual(80), BudgetAlert.actual(100), BudgetAlert.forecast(100))
_MAX_ALERTS = 10
_MAX_EMAILS = 10
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_BUDGETS, _COST_ALERTS = "budgets.amazonaws.com", "costalerts.amazonaws.com"


class CostBudget(Construct):
    """A monthly budget of an environment: alerts on what was spent, on what will be, and on what is unusual.

    Costs are known to AWS Budgets after 8 to 12 hours and to Cost Anomaly Detection after up to 24: it is no brake.

    Follows https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html and
    https://docs.aws.amazon.com/cost-management/latest/userguide/manage-ad.html

    Args:
        amount: What a month may cost: `MonthlyCost.usd(250)`, or `MonthlyCost.from_estimate("cost.json")`.
        anomalies: Where unusual costs are looked for. None: nowhere.
        tag: Cost allocation tag whose costs count. Default: all costs of the account.
        alerts: When the budget speaks, at most 10. Default: at 80 and 100 percent spent, and at 100 percent forecast.
        emails: Addresses that are told, at most 10. Default: none.
        topic: Topic that is told; its policy, and that of its key, are extended for the two services. Default: one of
            its own if there is no e-mail address, else none. Subscribe to that with `budget.topic.add_subscription`.
        encryption_key: Key that encrypts its own topic; its policy is extended. Default: a key of its own, because
            these services cannot use AWS's.
        removal_policy: What happens to that key of its own when it leaves the stack.

    Attributes:
        budget: The L1 budget.
        topic: The topic that is told. None: only addresses are.
        monitor_arn: ARN of the anomaly monitor. None: there is none.

    Raises:
        ValueError: If an alert or an address comes twice or is none, or there are too many.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        amount: MonthlyCost,
        anomalies: CostAnomalies | None,
        tag: CostTag | None = None,
        alerts: Sequence[BudgetAlert] = DEFAULT_ALERTS,
        emails: Sequence[str] = (),
        topic: sns.ITopic | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        super().__init__(scope, id)
        _check_unique("alerts", [f"{each.kind} at {each.percentage:g} percent" for each in alerts], _MAX_ALERTS)
        if not alerts:
            raise ValueError(
                "a budget that says nothing helps nobody, got no alerts; leave alerts= out for the usual ones"
            )
        _check_emails(emails)
        place = place_of(self)
        if encryption_key is not None and (topic is not None or emails):
            raise ValueError(
                "encryption_key= is for a topic of the budget's own, got topic= or emails= as well; leave it out"
            )
        self.topic = topic if topic is not None or emails else self._topic(encryption_key, removal_policy)
        subscribers = [
            *([("SNS", self.topic.topic_arn)] if self.topic else []),
            *(("EMAIL", address) for address in emails),
        ]
        self.budget = budgets.CfnBudget(
            self,
            "Budget",
            # Without a name: what it tells whom is create-only, and a new budget could not have the old one's name.
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=amount.dollars, unit=CURRENCY),
                cost_filters=tag.budget_filter if tag else None,
            ),
            notifications_with_subscribers=[_notification(each, subscribers) for each in alerts],
        )
        self.monitor_arn = (anomalies.monitor_arn or self._monitor(anomalies)) if anomalies else None
        telling: list[CfnResource] = [self.budget]
        if anomalies is not None and self.monitor_arn is not None:
            telling.extend(self._subscriptions(anomalies, self.monitor_arn, emails))
        if self.topic is not None:
            services = (_BUDGETS, _COST_ALERTS) if anomalies else (_BUDGETS,)
            policies = [_allow_publishing(self.topic, service, place) for service in services]
            for each in telling:
                each.node.add_dependency(*(policy for policy in policies if policy is not None))

    def _subscriptions(
        self, anomalies: CostAnomalies, monitor_arn: str, emails: Sequence[str]
    ) -> list[ce.CfnAnomalySubscription]:
        """Tell the topic of each anomaly, and the addresses once a day: the service takes no address at once."""
        recipients = [("Anomalies", "IMMEDIATE", [("SNS", self.topic.topic_arn)])] if self.topic else []
        if emails:
            recipients.append(("DailyAnomalies", "DAILY", [("EMAIL", address) for address in emails]))
        return [
            ce.CfnAnomalySubscription(
                self,
                name,
                subscription_name=f"{self.node.path} {frequency.lower()}",
                frequency=frequency,
                monitor_arn_list=[monitor_arn],
                subscribers=[
                    ce.CfnAnomalySubscription.SubscriberProperty(type=kind, address=address) for kind, address in told
                ],
                threshold_expression=anomalies.threshold,
            )
            for name, frequency, told in recipients
        ]

    def _monitor(self, anomalies: CostAnomalies) -> str:
        own = anomalies.specification
        return ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=self.node.path,
            monitor_type="CUSTOM" if own else "DIMENSIONAL",
            monitor_dimension=None if own else "SERVICE",
            monitor_specification=own,
        ).attr_monitor_arn

    def _topic(self, encryption_key: kms.IKey | None, removal_policy: RemovalPolicy) -> sns.Topic:
        key = encryption_key or kms.Key(
            self,
            "Key",
            description="Encrypts the messages of a budget",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        return sns.Topic(self, "Topic", display_name="Costs", master_key=key, enforce_ssl=True)


def _notification(
    alert: BudgetAlert, subscribers: Sequence[tuple[str, str]]
) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            comparison_operator="GREATER_THAN",
            notification_type=alert.kind.value,
            threshold=alert.percentage,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[
            budgets.CfnBudget.SubscriberProperty(subscription_type=kind, address=address)
            for kind, address in subscribers
        ],
    )


def _allow_publishing(topic: sns.ITopic, service: str, place: Place) -> IDependable | None:
    """Let a service publish for this account, and nobody else's; what it then waits for.

    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html and
    https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html
    """
    conditions: dict[str, object] = {"StringEquals": {"aws:SourceAccount": place.account}}
    if service == _BUDGETS:
        conditions["ArnLike"] = {"aws:SourceArn": f"arn:{place.partition}:budgets::{place.account}:*"}
    principal = iam.ServicePrincipal(service)
    if topic.master_key is not None:
        topic.master_key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                # As AWS's pages have it: GenerateDataKey and GenerateDataKeyWithoutPlaintext.
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                # In a key's policy, "*" is this key, and it cannot be named: its ARN is not known yet.
                resources=["*"],
                conditions=conditions,
            )
        )
    added = topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[principal], actions=["sns:Publish"], resources=[topic.topic_arn], conditions=conditions
        )
    )
    return added.policy_dependable


def _check_unique(what: str, values: Sequence[str], most: int) -> None:
    if len(values) > most:
        raise ValueError(f"a budget has at most {most} {what}, got {len(values)}")
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"a budget's {what} differ, got {twice[0]!r} twice; remove one")


def _check_emails(emails: Sequence[str]) -> None:
    _check_unique("emails", list(emails), _MAX_EMAILS)
    for address in emails:
        if not is_token(address) and not _EMAIL.fullmatch(address):
            raise ValueError(f"emails are addresses such as finance@example.com, got {address!r}")
