"""AWS Lambda, Amazon SNS, Amazon SQS and AWS Budgets."""

from collections.abc import Iterator
from statistics import fmean

from workbench.cost.formulas import counted, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Found, Resources
from workbench.cost.usage import Usage

_FUNCTION, _TOPIC, _SUBSCRIPTION = "AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::SNS::Subscription"
_QUEUE, _BUDGET, _ACTION = "AWS::SQS::Queue", "AWS::Budgets::Budget", "AWS::Budgets::BudgetsAction"
TYPES = frozenset({_FUNCTION, _TOPIC, _SUBSCRIPTION, _QUEUE, _BUDGET, _ACTION})
FUNCTIONS, MESSAGES, BUDGETS = "Lambda", "Messages", "Budgets"

_MEGABYTES_PER_GB, _DEFAULT_MEGABYTES = 1024, 128
# They serve custom resources by way of another function, or of another stack.
_OF_THE_CDK = ("AWS679f53fac002430cb0da5b7982bd2287", "Custom", "LogRetention")
_MAIL = frozenset({"email", "email-json"})
_DAYS = 30


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Functions that are called with every turn, and notifications."""
    yield from _functions(called_by_users(resources), usage, prices)
    plan = usage.operations
    if resources.of(_TOPIC):
        sent = plan.notifications
        yield CostLine(MESSAGES, "notifications", sent, prices.price("notifications"), f"{number(sent)} notifications")
        if mails := sum(each.text("Protocol") in _MAIL for each in resources.of(_SUBSCRIPTION)):
            formula = product((sent, "notifications"), (mails, "e-mail addresses"))
            yield CostLine(MESSAGES, "e-mails", sent * mails, prices.price("notification-mails"), formula)
    if resources.of(_QUEUE):
        requests = usage.turns * plan.queue_requests_per_turn
        formula = product((usage.turns, "turns"), (plan.queue_requests_per_turn, "requests"))
        yield CostLine(MESSAGES, "requests to queues", requests, prices.price("queue-requests"), formula)
    if budgets := len(resources.of(_BUDGET)):
        yield CostLine(BUDGETS, "budgets", budgets, prices.price("budgets"), counted(budgets, "budget"))
    if actions := len(resources.of(_ACTION)):
        days = f"{counted(actions, 'action')} × {_DAYS} days"
        yield CostLine(BUDGETS, "budget actions", actions * _DAYS, prices.price("budget-actions"), days)


def called_by_users(resources: Resources) -> list[Found]:
    """The functions that work while the app is used: not those behind custom resources, which run at deployments."""
    tokens = [resources.referred(each.stack, each.at("ServiceToken")) for each in resources.found]
    return [each for each in resources.of(_FUNCTION) if each not in tokens and not each.id.startswith(_OF_THE_CDK)]


def _functions(functions: list[Found], usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    if not functions:
        return
    plan = usage.operations
    calls = usage.turns * plan.function_calls_per_turn
    formula = product((usage.turns, "turns"), (plan.function_calls_per_turn, "calls"))
    yield CostLine(FUNCTIONS, "calls", calls, prices.price("function-requests"), formula)
    for chip, is_arm in (("arm", True), ("x86", False)):
        chosen = [each for each in functions if ("arm64" in each.list("Architectures")) is is_arm]
        if chosen:
            size = fmean(each.number("MemorySize", _DEFAULT_MEGABYTES) for each in chosen) / _MEGABYTES_PER_GB
            part = calls * len(chosen) / len(functions)
            seconds = product((part, "calls"), (plan.function_seconds, "s"), (size, "GB on average"))
            price = prices.price(f"function-{chip}")
            yield CostLine(FUNCTIONS, f"time, {chip}", part * plan.function_seconds * size, price, seconds)
