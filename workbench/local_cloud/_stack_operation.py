"""One stack's operation in CloudFormation, followed by its events until it ends."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from workbench.assembly import Stack
from workbench.local_cloud._clients import Clients
from workbench.local_cloud.deployment import DeploymentError, OnEvent, ResourceChanged, StackStarted

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType, ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

_POLL_SECONDS = 0.1
_NOTHING_TO_CHANGE = "didn't contain changes"
_CAPABILITIES: "tuple[CapabilityType, ...]" = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
# A stack in one of these never existed as far as an update is concerned.
_NEVER_CREATED = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})


class StackOperation:
    """Creates, updates or deletes one stack.

    Args:
        stack: The stack of the assembly.
        clients: Clients of its account and region.
        on_event: Told what happens.
    """

    def __init__(self, stack: Stack, clients: Clients, on_event: OnEvent) -> None:
        self._stack = stack
        self._clients = clients
        self._cloudformation = clients.cloudformation
        self._on_event = on_event
        self._seen: set[str] = set()

    def describe(self, name: str = "") -> "StackTypeDef | None":
        """The stack as CloudFormation has it, or None; by name, or by ARN once it is deleted."""
        try:
            return self._cloudformation.describe_stacks(StackName=name or self._stack.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def deploy(self) -> str:
        """Create or update the stack.

        Returns:
            `created`, `updated` or `unchanged`.

        Raises:
            DeploymentError: If it failed; CloudFormation has then rolled it back.
        """
        existing = self.describe()
        if existing and existing["StackStatus"] in _NEVER_CREATED:
            self.delete(existing["StackId"])
            existing = None
        made = self._change_set("UPDATE" if existing else "CREATE")
        if made is None:
            return "unchanged"
        change_set, stack_id = made
        self._seen.update(event["EventId"] for event in self._events(stack_id))
        self._cloudformation.execute_change_set(ChangeSetName=change_set)
        self._on_event(
            StackStarted(
                self._stack.display_name, "update" if existing else "create", len(self._stack.template.resources)
            )
        )
        self._follow(stack_id, "UPDATE_COMPLETE" if existing else "CREATE_COMPLETE")
        return "updated" if existing else "created"

    def delete(self, stack_id: str) -> None:
        """Delete the stack.

        Raises:
            DeploymentError: If a resource could not be deleted, or another stack imports a value of this one.
        """
        self._seen.update(event["EventId"] for event in self._events(stack_id))
        self._on_event(StackStarted(self._stack.display_name, "delete", len(self._stack.template.resources)))
        try:
            self._cloudformation.delete_stack(StackName=stack_id)
        except ClientError as error:
            raise self._refused("cannot be deleted", error) from error
        self._follow(stack_id, "DELETE_COMPLETE")

    def _change_set(self, kind: "ChangeSetTypeType") -> tuple[str, str] | None:
        """ARNs of an executable change set and of its stack; None where there is nothing to change."""
        try:
            made = self._cloudformation.create_change_set(
                StackName=self._stack.name,
                ChangeSetName=f"local-{uuid4().hex}",
                ChangeSetType=kind,
                Capabilities=_CAPABILITIES,
                Tags=[{"Key": key, "Value": value} for key, value in self._stack.tags.items()],
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value} for key, value in self._stack.parameters.items()
                ],
                **self._template(),  # type: ignore[arg-type]
            )
        except ClientError as error:
            raise self._refused("is refused by CloudFormation", error) from error
        return (made["Id"], made["StackId"]) if self._is_executable(made["Id"]) else None

    def _is_executable(self, change_set: str) -> bool:
        described = self._cloudformation.describe_change_set(ChangeSetName=change_set)
        while described["Status"] not in {"CREATE_COMPLETE", "FAILED"}:
            time.sleep(_POLL_SECONDS)
            described = self._cloudformation.describe_change_set(ChangeSetName=change_set)
        if described["Status"] == "CREATE_COMPLETE":
            return True
        self._cloudformation.delete_change_set(ChangeSetName=change_set)
        reason = described.get("StatusReason", "")
        if _NOTHING_TO_CHANGE in reason:
            return False
        name = self._stack.display_name
        raise DeploymentError(f"stack {name} is refused by CloudFormation: {reason}", stack=name, reason=reason)

    def _template(self) -> dict[str, str]:
        if self._stack.template_url is None:
            return {"TemplateBody": self._stack.template.path.read_text(encoding="utf-8")}
        location = self._clients.resolve(self._stack.template_url).removeprefix("s3://")
        return {"TemplateURL": f"https://s3.{self._clients.region}.amazonaws.com/{location}"}

    def _follow(self, stack_id: str, wanted: str) -> None:
        failures: list[ResourceChanged] = []
        status = ""
        while not status or status.endswith("_IN_PROGRESS"):
            time.sleep(_POLL_SECONDS)
            # Read before the events, so that none is missed once the stack has come to rest.
            described = self.describe(stack_id)
            status = described["StackStatus"] if described else "DELETE_COMPLETE"
            for event in self._new_events(stack_id):
                self._on_event(event)
                failures += [event] if event.status.endswith("_FAILED") else []
        if status != wanted:
            raise self._failed(failures, status)

    def _new_events(self, stack_id: str) -> Iterator[ResourceChanged]:
        for event in reversed(self._events(stack_id)):
            if event["EventId"] not in self._seen:
                self._seen.add(event["EventId"])
                yield ResourceChanged(
                    self._stack.display_name,
                    event.get("LogicalResourceId", ""),
                    event.get("ResourceType", ""),
                    event.get("ResourceStatus", ""),
                    event.get("ResourceStatusReason", ""),
                )

    def _events(self, stack_id: str) -> "list[StackEventTypeDef]":
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        return [event for page in pages for event in page["StackEvents"]]

    def _failed(self, failures: list[ResourceChanged], status: str) -> DeploymentError:
        of_resources = [failure for failure in failures if failure.type != "AWS::CloudFormation::Stack"]
        first = next(iter(of_resources or failures), None)
        name = self._stack.display_name
        if first is None:
            return DeploymentError(f"stack {name} ended as {status} without a reason", stack=name)
        return DeploymentError(
            f"stack {name}: {first.logical_id} ({first.type}) failed: {first.reason}. The stack is now {status}",
            stack=name,
            logical_id=first.logical_id,
            reason=first.reason,
            detail="\n".join(f"{one.logical_id} {one.status}: {one.reason}" for one in failures if one is not first),
        )

    def _refused(self, what: str, error: ClientError) -> DeploymentError:
        reason = error.response["Error"]["Message"]
        name = self._stack.display_name
        return DeploymentError(f"stack {name} {what}: {reason}", stack=name, reason=reason)
