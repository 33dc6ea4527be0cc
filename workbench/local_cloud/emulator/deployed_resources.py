"""What deployed templates say, with every reference resolved to what it became: monitoring, and containers."""

from collections.abc import Iterator

from ministack.services import cloudformation

MONITORING = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::AnomalyDetector",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
    }
)
"""What measures, draws and warns."""
CONTAINERS = frozenset({"AWS::ECS::Service", "AWS::ECS::TaskDefinition"})
"""What runs containers. Their secrets are named, not told."""


def deployed(types: frozenset[str]) -> list[dict[str, object]]:
    """Every deployed resource of some types, of all accounts and regions, in order of the templates.

    Args:
        types: The types; none whose properties may hold a secret.
    """
    return list(_resources(types))


def _resources(types: frozenset[str]) -> Iterator[dict[str, object]]:
    for (account, region, name), stack in list(cloudformation._stacks._data.items()):
        for logical_id, resource in list(stack.get("_resources", {}).items()):
            if resource["ResourceType"] in types and not str(stack.get("StackStatus", "")).startswith("DELETE"):
                yield {
                    "stack": name,
                    "account": account,
                    "region": region,
                    "logicalId": logical_id,
                    "type": resource["ResourceType"],
                    "physicalId": resource.get("PhysicalResourceId", ""),
                    "properties": resource.get("Properties", {}),
                }
