"""What a model is told about the agent's guardrail."""

from typing import Literal, TypedDict

from agents.shared.settings import GuardrailMode, Settings

REDACTED = "[This message was removed by a guardrail.]"
"""Stands in the conversation and its memory where a message was blocked."""


class GuardrailParameters(TypedDict, total=False):
    """The guardrail's part of the configuration of Strands' `BedrockModel`; empty for none."""

    guardrail_id: str
    guardrail_version: str
    guardrail_trace: Literal["enabled"]
    guardrail_latest_message: bool
    guardrail_redact_input: bool
    guardrail_redact_input_message: str


def guardrail_parameters(settings: Settings) -> GuardrailParameters:
    """Parameters for `BedrockModel` that make every call pass the guardrail, where it is enforced.

    A blocked question is replaced in the conversation and in its memory. Only the newest question is judged, so that
    what was said before cannot block the next one again. A blocked answer needs no replacement: the model's answer is
    the guardrail's own message then.

    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html

    Args:
        settings: Names the guardrail, if any.
    """
    enforced = settings.guardrail_mode is GuardrailMode.ENFORCE
    if settings.guardrail_id is None or settings.guardrail_version is None or not enforced:
        return {}
    return {
        "guardrail_id": settings.guardrail_id,
        "guardrail_version": settings.guardrail_version,
        "guardrail_trace": "enabled",
        "guardrail_latest_message": True,
        "guardrail_redact_input": True,
        "guardrail_redact_input_message": REDACTED,
    }
