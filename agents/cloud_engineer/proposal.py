"""A proposed change as the tool lists it: what a person confirms is this list, and not how a model words it."""

import json
from collections.abc import Mapping

from pydantic import BaseModel, Field, ValidationError
from strands.types.tools import ToolResult


class Change(BaseModel):
    """What CloudFormation would do to one resource.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """

    action: str
    resource: str
    type: str
    replacement: str = ""

    def __str__(self) -> str:
        replaced = f", replacement: {self.replacement}" if self.replacement else ""
        return f"{self.action} {self.resource} ({self.type}{replaced})"


class Proposal(BaseModel):
    """A change set that can be confirmed."""

    confirmation_id: str = Field(pattern=r"^[0-9a-f]{8}$")
    stack_name: str
    operation: str
    changes: list[Change]

    def __str__(self) -> str:
        listed = "; ".join(str(change) for change in self.changes) or "no change of a resource"
        return f"Proposed for the stack {self.stack_name} ({self.operation}): {listed}."


def is_refusal(result: ToolResult) -> bool:
    """Whether a tool's answer holds nothing to confirm: it failed, or says why it does not do what it was asked.

    Args:
        result: The answer of `propose_change`.
    """
    return result["status"] == "error" or "error" in _body(result)


def proposal_of(result: ToolResult) -> Proposal | None:
    """The proposal that a tool's answer holds; None if the answer cannot be read as one.

    Args:
        result: The answer of `propose_change`.
    """
    try:
        return Proposal.model_validate(_body(result))
    except ValidationError:
        return None


def _body(result: ToolResult) -> Mapping[str, object]:
    text = "".join(part["text"] for part in result["content"] if "text" in part)
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
