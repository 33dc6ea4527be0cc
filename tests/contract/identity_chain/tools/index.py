"""Tools of the identity chain: they say for whom they run, write, and open secrets under their function's role."""

import os
from collections.abc import Callable
from typing import Any

CALLER = "x-caller-subject"


def who_calls() -> str:
    """Say for whom the tool runs."""
    return ""


def write_note(text: str) -> str:
    """Write a note.

    Args:
        text: What to write.
    """
    return text


def open_secret(owner: str) -> str:
    """Open a secret under the function's own role.

    Args:
        owner: Whose secret: `mine` or `theirs`.
    """
    import boto3
    from botocore.exceptions import ClientError

    name = os.environ["OWN_SECRET" if owner == "mine" else "OTHER_SECRET"]
    try:
        return str(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Run the tool that the gateway names, and say for whom."""
    custom = context.client_context.custom
    tool = custom["bedrockAgentCoreToolName"].rpartition("___")[2]
    tools: dict[str, Callable[..., str]] = {
        "who_calls": who_calls,
        "write_note": write_note,
        "open_secret": open_secret,
    }
    return {"result": tools[tool](**event), "caller": custom.get("bedrockAgentCorePropagatedHeaders", {}).get(CALLER)}
