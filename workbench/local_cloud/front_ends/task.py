"""Services of Amazon ECS that are deployed on a running local cloud, with every reference resolved.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx

from workbench.errors import WorkbenchError

_SERVICE = "AWS::ECS::Service"
_DEFINITION = "AWS::ECS::TaskDefinition"
# CDK ends logical ids with it.
_HASH = re.compile(r"(Service)?[0-9A-F]{8}$")
_TASK_ID_BYTES = 16


@dataclass(frozen=True)
class Task:
    """What one task of a service runs.

    Args:
        name: What a person calls the service.
        account: The account it is in.
        region: The region it is in.
        arn: Made up for this run, as the service would.
        image: Address of the container's image; ends in its tag.
        port: The container's port.
        variables: What the container is told.
        secrets: Names of variables with what to fetch for each, as the task definition states it.
        execution_role: The role that fetches them.
    """

    name: str
    account: str
    region: str
    arn: str
    image: str
    port: int
    variables: Mapping[str, str]
    secrets: Mapping[str, str]
    execution_role: str


def deployed_tasks(endpoint: str) -> tuple[Task, ...]:
    """The services of a running cloud that run a container people can reach.

    Args:
        endpoint: Address of the cloud.
    """
    found = httpx.get(f"{endpoint}/_local/containers", trust_env=False).raise_for_status().json()
    definitions = {each["physicalId"]: each["properties"] for each in found if each["type"] == _DEFINITION}
    return tuple(
        _task(each, definitions.get(each["properties"].get("TaskDefinition"), {}))
        for each in found
        if each["type"] == _SERVICE and each["properties"].get("LoadBalancers")
    )


def _task(service: Mapping[str, object], definition: Mapping[str, object]) -> Task:
    name = _HASH.sub("", str(service["logicalId"])) or str(service["logicalId"])
    properties = _mapping(service["properties"])
    reached = _mapping(_sequence(properties.get("LoadBalancers"))[0])
    container = next(
        (
            each
            for each in _mappings(definition.get("ContainerDefinitions"))
            if each["Name"] == reached["ContainerName"]
        ),
        None,
    )
    if container is None:
        raise WorkbenchError(
            f"the service {name} has no container {reached.get('ContainerName')!r}: its load balancer leads nowhere"
        )
    place = f"{service['region']}:{service['account']}"
    cluster = str(properties.get("Cluster", "default")).rpartition("/")[2]
    return Task(
        name=name,
        account=str(service["account"]),
        region=str(service["region"]),
        arn=f"arn:aws:ecs:{place}:task/{cluster}/{secrets.token_hex(_TASK_ID_BYTES)}",
        image=str(container["Image"]),
        port=int(str(reached["ContainerPort"])),
        variables={str(each["Name"]): str(each["Value"]) for each in _mappings(container.get("Environment"))},
        secrets={str(each["Name"]): str(each["ValueFrom"]) for each in _mappings(container.get("Secrets"))},
        execution_role=str(definition.get("ExecutionRoleArn", "")),
    )


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    return (_mapping(each) for each in _sequence(value))


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
