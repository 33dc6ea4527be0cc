"""The tool that carries out a confirmed change. The role may execute change sets and nothing else: it makes none.

Who may call it is decided at the gateway, by the group in the caller's token; that the caller has confirmed this very
change, here and in the agent.
"""

import datetime
import re
from typing import TypedDict

import boto3

from .answers import CLIENT_CONFIG, Answer, LambdaContext, RefusalError, answer, caller_of

VALID_SECONDS = 3_600
"""How long a proposal can be confirmed: the account goes on changing meanwhile."""

_STACK_NAME = re.compile(r"engineer-[a-zA-Z0-9-]{1,60}")
_CONFIRMATION_ID = re.compile(r"[0-9a-f]{8}")


class Confirmation(TypedDict):
    """The arguments of `execute_change`."""

    stack_name: str
    confirmation_id: str


def execute_change(stack_name: str, confirmation_id: str) -> Answer:
    """Carry out a proposed change, after the user has replied 'confirm' and the confirmation id. For engineers only.

    Args:
        stack_name: The stack's name; it starts with 'engineer-'.
        confirmation_id: The id that propose_change returned.
    """
    return {"stack_name": stack_name, "confirmation_id": confirmation_id}


def _execute(stack_name: str, confirmation_id: str, caller: str) -> Answer:
    if not _STACK_NAME.fullmatch(stack_name) or not _CONFIRMATION_ID.fullmatch(confirmation_id):
        message = f"There is no proposal {confirmation_id[:40]!r} for the stack {stack_name[:80]!r}."
        raise RefusalError("proposal_unknown", message, "Propose the change first.")
    cloudformation = boto3.client("cloudformation", config=CLIENT_CONFIG)
    name = f"change-{confirmation_id}"
    proposal = cloudformation.describe_change_set(StackName=stack_name, ChangeSetName=name)
    if proposal.get("Description") != f"proposed by {caller}":
        message = "Somebody else proposed this change."
        raise RefusalError("proposal_of_another_user", message, "Propose it yourself, look at it and confirm that.")
    age = datetime.datetime.now(datetime.UTC) - proposal["CreationTime"]
    if age.total_seconds() > VALID_SECONDS:
        message = f"The proposal is {age.total_seconds() / 60:.0f} minutes old, at most 60 are accepted."
        raise RefusalError("proposal_expired", message, "Propose the change again: the account may have changed.")
    if proposal["ExecutionStatus"] != "AVAILABLE":
        message = f"The proposal cannot be carried out: it is {proposal['ExecutionStatus']}."
        raise RefusalError("proposal_unavailable", message, "Look at the stack's events.")
    cloudformation.execute_change_set(StackName=stack_name, ChangeSetName=name, ClientRequestToken=name)
    return {
        "stack_name": stack_name,
        "confirmation_id": confirmation_id,
        "state": "started",
        "next": "Follow it with describe_stack until the state ends in _COMPLETE or _FAILED.",
    }


def handler(event: Confirmation, context: LambdaContext) -> Answer:
    """Execute the change set, if the verified caller is who proposed it."""
    remedy = "Look at the stack's events before anything else: the change may have begun."
    return answer(lambda: _execute(event["stack_name"], event["confirmation_id"], caller_of(context)), remedy=remedy)
