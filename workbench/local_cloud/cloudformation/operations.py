"""Which operations of the control plane create, read, update and delete a resource type."""

import functools
import re
from dataclasses import dataclass

from workbench.local_cloud.agentcore.control_identifiers import key_of_arn
from workbench.local_cloud.agentcore.control_model import kinds, normal, operation, operation_names, structure
from workbench.local_cloud.cloudformation.schema import ResourceSchema, resource_schema

PREFIX = "AWS::BedrockAgentCore::"


@dataclass(frozen=True)
class TypeOperations:
    """The operations behind a resource type.

    Args:
        noun: The resource's kind in the API, for example `AgentRuntime` for `AWS::BedrockAgentCore::Runtime`.
        create: Operation that creates it.
        get: Operation that reads it.
        update: Operation that updates it, or None where every change replaces it.
        delete: Operation that deletes it.
        key: Input members that identify it, outermost parent first.
    """

    noun: str
    create: str
    get: str
    update: str | None
    delete: str
    key: tuple[str, ...]


@functools.cache
def type_operations(type_name: str) -> TypeOperations:
    """The operations of an AgentCore resource type, found by the names of the actions its creation takes.

    Raises:
        ValueError: If no operation creates it.
    """
    schema = resource_schema(type_name)
    suffix = normal(type_name.removeprefix(PREFIX))
    nouns = {suffix, suffix.replace("custom", ""), f"agent{suffix}"}
    for action in schema.create_permissions:
        name = action.rpartition(":")[2]
        noun = re.sub(r"^(Create|Put)", "", name)
        if noun != name and normal(noun) in nouns and name in operation_names():
            update = name if name.startswith("Put") else f"Update{noun}"
            key = (
                kinds()[noun].key
                if noun in kinds()
                else tuple(structure(operation(f"Get{noun}").input_shape).required_members)
            )
            known_update = update if update in operation_names() else None
            return TypeOperations(noun, name, f"Get{noun}", known_update, f"Delete{noun}", key)
    raise ValueError(
        f"no operation of the control plane creates {type_name}; cfn-lint's schema is newer than botocore's"
    )


def key_of(schema: ResourceSchema, operations: TypeOperations, physical_id: str) -> dict[str, str]:
    """The input members that identify the resource that `Ref` names.

    Raises:
        ValueError: If the physical id has not the form of the type's identifier.
    """
    named = dict(zip((normal(name) for name in schema.primary_identifier), physical_id.split("|"), strict=False))
    if all(normal(member) in named for member in operations.key):
        return {member: named[normal(member)] for member in operations.key}
    ids = key_of_arn(physical_id, len(operations.key))
    return dict(zip(operations.key, ids, strict=True))
