"""Tools that propose changes. The role may make change sets and delete them: it cannot carry them out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

import logging
import os
import re
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypedDict

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .answers import CLIENT_CONFIG, Answer, LambdaContext, RefusalError, answer, caller_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

logger = logging.getLogger(__name__)

MAX_TEMPLATE = 51_200
"""Bytes of a template that CloudFormation takes in a request."""
MAX_CHANGES = 100
"""Resources that one proposal changes: a person reads the list, and it is told whole or not at all."""
WAIT_SECONDS = 40.0
"""How long CloudFormation may take to work out a change set."""

_STACK_NAME = re.compile(r"engineer-[a-zA-Z0-9-]{1,60}")


class Draft(TypedDict):
    """The arguments of `propose_change`."""

    stack_name: str
    template: str


def propose_change(stack_name: str, template: str) -> Answer:
    """Propose a change of the account: makes a CloudFormation change set, which changes nothing, and returns what it would change and a confirmation id. For engineers only.

    Args:
        stack_name: The stack's name; it starts with 'engineer-'.
        template: CloudFormation template in YAML or JSON, at most 51,200 bytes and 100 changed resources. It consists of these types only: AWS::CloudWatch::Alarm, AWS::DynamoDB::Table, AWS::S3::Bucket, AWS::SNS::Topic and AWS::SQS::Queue.
    """  # noqa: E501 -- a line of a tool's docstring is a description
    return {"stack_name": stack_name, "template_bytes": len(template.encode())}


def _propose(stack_name: str, template: str, caller: str) -> Answer:
    if not _STACK_NAME.fullmatch(stack_name):
        message = f"A stack's name starts with 'engineer-', then letters, digits and '-', got {stack_name[:80]!r}."
        raise RefusalError("stack_name_invalid", message, "Choose another name.")
    if len(template.encode()) > MAX_TEMPLATE:
        message = f"A template has at most {MAX_TEMPLATE:,} bytes, got {len(template.encode()):,}."
        raise RefusalError("template_too_large", message, "Split it into several stacks.")
    cloudformation = boto3.client("cloudformation", config=CLIENT_CONFIG)
    confirmation_id = secrets.token_hex(4)
    name = f"change-{confirmation_id}"
    kind = _kind(cloudformation, stack_name)
    cloudformation.create_change_set(
        StackName=stack_name,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=template,
        RoleARN=os.environ["CHANGE_ROLE_ARN"],
        ResourceTypes=os.environ["CHANGED_TYPES"].split(","),
        Description=f"proposed by {caller}",
        OnStackFailure="ROLLBACK",
        # A request that is repeated because its answer was lost finds the change set of the first.
        ClientToken=name,
    )
    try:
        changes = _changes(_worked_out(cloudformation, stack_name, name))
    except Exception:
        _delete(cloudformation, stack_name, name)
        raise
    return {
        "confirmation_id": confirmation_id,
        "stack_name": stack_name,
        "operation": kind,
        "changes": changes,
        "next": f"Nothing has changed. The user confirms with: confirm {confirmation_id}",
    }


def _kind(cloudformation: "CloudFormationClient", stack_name: str) -> Literal["CREATE", "UPDATE"]:
    try:
        (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return "CREATE"
        raise
    return "CREATE" if stack["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE") else "UPDATE"


def _worked_out(cloudformation: "CloudFormationClient", stack_name: str, name: str) -> "DescribeChangeSetOutputTypeDef":
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = cloudformation.describe_change_set(StackName=stack_name, ChangeSetName=name)
        if found["Status"] == "CREATE_COMPLETE":
            return found
        if found["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            message = f"CloudFormation cannot work out the change: {found.get('StatusReason') or found['Status']}"
            raise RefusalError("change_set_failed", message, "Correct the template and propose it again.")
        if time.monotonic() > deadline:
            message = f"CloudFormation has not worked out the change within {WAIT_SECONDS:g} seconds."
            raise RefusalError("change_set_late", message, "Propose it again in a moment.")
        time.sleep(0.5)


def _delete(cloudformation: "CloudFormationClient", stack_name: str, name: str) -> None:
    """Leave no change set of a proposal that failed; why it failed is what the caller has to know, not this."""
    try:
        cloudformation.delete_change_set(StackName=stack_name, ChangeSetName=name)
    except (BotoCoreError, ClientError) as error:
        logger.warning("stack=<%s>, change_set=<%s>, error=<%s> | change set is left behind", stack_name, name, error)


def _changes(change_set: "DescribeChangeSetOutputTypeDef") -> list[Answer]:
    changes = [_change(each["ResourceChange"]) for each in change_set["Changes"] if "ResourceChange" in each]
    # CloudFormation gives the rest of a long list on another page.
    if len(changes) > MAX_CHANGES or "NextToken" in change_set:
        message = f"A proposal changes at most {MAX_CHANGES} resources, this one changes more."
        raise RefusalError("too_many_changes", message, "Split it into several stacks.")
    return changes


def _change(change: Mapping[str, object]) -> Answer:
    keys = {"Action": "action", "LogicalResourceId": "resource", "ResourceType": "type", "Replacement": "replacement"}
    return {name: change[key] for key, name in keys.items() if key in change}


def handler(event: Draft, context: LambdaContext) -> Answer:
    """Make the change set, in the name of the verified caller."""
    remedy = "Correct the template and propose it again; if the access is denied, say so."
    return answer(lambda: _propose(event["stack_name"], event["template"], caller_of(context)), remedy=remedy)
