"""What deployed templates say about monitoring, with every reference resolved to what it became."""

from collections.abc import Iterator

from ministack.services import cloudformation

TYPES = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::AnomalyDetector",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
    }
)
"""Types that are told about: none whose properties may hold a secret."""


def deployed() -> list[dict[str, object]]:
    """Every deployed resource of `TYPES`, of all accounts and regions, in order of the templates."""
    return list(_resources())


def _resources() -> Iterator[dict[str, object]]:
    for (account, region, name), stack in list(cloudformation._stacks._data.items()):
        for logical_id, resource in list(stack.get("_resources", {}).items()):
            if resource["ResourceType"] in TYPES and not str(stack.get("StackStatus", "")).startswith("DELETE"):
                yield {
                    "stack": name,
                    "account": account,
                    "region": region,
                    "logicalId": logical_id,
                    "type": resource["ResourceType"],
                    "physicalId": resource.get("PhysicalResourceId", ""),
                    "properties": resource.get("Properties", {}),
                }
