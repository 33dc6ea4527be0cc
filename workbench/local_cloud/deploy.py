"""Deploys a synthesized cloud assembly onto the local cloud, and deletes it again."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import httpx

from workbench.assembly import CloudAssembly, Stack
from workbench.local_cloud._clients import Clients
from workbench.local_cloud._publishing import publish
from workbench.local_cloud._stack_operation import StackOperation
from workbench.local_cloud.cloudformation.kinds import kind_of_emulated
from workbench.local_cloud.deployment import (
    DeployedResource,
    DeployedStack,
    Deployment,
    DeploymentError,
    OnEvent,
    StackFinished,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


def deploy(
    assembly: CloudAssembly,
    endpoint: str,
    *,
    stacks: Sequence[str] = ("*",),
    on_event: OnEvent = lambda _: None,
) -> Deployment:
    """Deploy stacks and what they depend on, one after the other; existing stacks are updated.

    Args:
        assembly: What to deploy.
        endpoint: Address of the local cloud, for example `http://127.0.0.1:4566`.
        stacks: Names of stacks or stages, as `CloudAssembly.select` takes them. Default: all.
        on_event: Called with every event, in the caller's thread. Default: silent.

    Returns:
        What is deployed now.

    Raises:
        DeploymentError: If a stack failed; CloudFormation has rolled it back, and the stacks before it stay.
        AssemblyError: If `stacks` names something the assembly does not have.
    """
    selected = assembly.select(stacks)
    return Deployment(tuple(_deploy(stack, endpoint, on_event) for stack in selected))


def destroy(
    assembly: CloudAssembly,
    endpoint: str,
    *,
    stacks: Sequence[str] = ("*",),
    force: bool = False,
    on_event: OnEvent = lambda _: None,
) -> tuple[str, ...]:
    """Delete stacks, each before those it depends on; resources the template retains stay.

    Args:
        assembly: What was deployed.
        endpoint: Address of the local cloud.
        stacks: Names of stacks or stages. Default: all. What they depend on is not deleted.
        force: Delete stacks with termination protection, too.
        on_event: Called with every event. Default: silent.

    Returns:
        Display names of the deleted stacks.

    Raises:
        DeploymentError: If a stack is protected and `force` is not set (nothing is deleted then), or a deletion failed.
        AssemblyError: If `stacks` names something the assembly does not have.
    """
    present = [
        (stack, found)
        for stack in reversed(assembly.select(stacks, with_dependencies=False))
        if (found := _operation(stack, endpoint, on_event).describe())
    ]
    for stack, found in present:
        _lift_protection(stack, found, endpoint, force=force)
    for stack, found in present:
        started = time.monotonic()
        _operation(stack, endpoint, on_event).delete(found["StackId"])
        on_event(StackFinished(stack.display_name, "deleted", time.monotonic() - started))
    return tuple(stack.display_name for stack, _ in present)


def _operation(stack: Stack, endpoint: str, on_event: OnEvent) -> StackOperation:
    return StackOperation(stack, Clients.of(endpoint, stack.environment), on_event)


def _deploy(stack: Stack, endpoint: str, on_event: OnEvent) -> DeployedStack:
    started = time.monotonic()
    clients = Clients.of(endpoint, stack.environment)
    publish(stack, clients, on_event)
    operation = StackOperation(stack, clients, on_event)
    outcome = operation.deploy()
    found = operation.describe()
    if found is None:
        raise DeploymentError(f"stack {stack.display_name} vanished while it was deployed", stack=stack.display_name)
    if stack.termination_protection != bool(found.get("EnableTerminationProtection")):
        clients.cloudformation.update_termination_protection(
            StackName=stack.name, EnableTerminationProtection=stack.termination_protection
        )
    seconds = time.monotonic() - started
    on_event(StackFinished(stack.display_name, outcome, seconds))
    return DeployedStack(
        id=stack.id,
        name=stack.name,
        display_name=stack.display_name,
        stack_id=found["StackId"],
        account=clients.account,
        region=clients.region,
        outcome=outcome,
        outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        resources=_resources(found["StackId"], clients),
        seconds=seconds,
    )


def _resources(stack_id: str, clients: Clients) -> tuple[DeployedResource, ...]:
    answer = httpx.get(f"{clients.endpoint}/_local/resources", trust_env=False).raise_for_status().json()
    kinds = {(one["stack_id"], one["logical_id"]): str(one["kind"]) for one in answer}
    pages = clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return tuple(
        DeployedResource(
            logical_id=resource["LogicalResourceId"],
            type=resource["ResourceType"],
            physical_id=resource.get("PhysicalResourceId", ""),
            kind=kinds.get((stack_id, resource["LogicalResourceId"])) or kind_of_emulated(resource["ResourceType"]),
        )
        for page in pages
        for resource in page["StackResourceSummaries"]
    )


def _lift_protection(stack: Stack, found: "StackTypeDef", endpoint: str, *, force: bool) -> None:
    if not found.get("EnableTerminationProtection"):
        return
    if not force:
        raise DeploymentError(
            f"stack {stack.display_name} has termination protection, so nothing was deleted; force the deletion",
            stack=stack.display_name,
        )
    clients = Clients.of(endpoint, stack.environment)
    clients.cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
