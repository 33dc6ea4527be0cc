"""What Amazon Bedrock publishes of models and guardrails.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-guardrails-cw-metrics.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.telemetry.services.outcome import MILLISECONDS, Outcome, measured
from workbench.telemetry.store import Datum

MODELS = "AWS/Bedrock"
GUARDRAILS = "AWS/Bedrock/Guardrails"


@dataclass(frozen=True)
class ModelAnswer:
    """What an answered model call used.

    Args:
        input_tokens: Tokens read.
        output_tokens: Tokens written.
        first_token_milliseconds: Until the first part of a streamed answer. Default: it was not streamed.
    """

    input_tokens: int
    output_tokens: int
    first_token_milliseconds: float | None = None


def model_called(model: str, outcome: Outcome, answer: ModelAnswer | None) -> list[Datum]:
    """A model call was answered.

    Args:
        model: The id that the caller named: a model's, or an inference profile's.
        outcome: How it went.
        answer: What it used; None where it failed, or the answer does not say.
    """
    dimensions = [{"ModelId": model}]
    if outcome.failed:
        return measured(MODELS, dimensions, {_error(outcome): 1}, when=outcome.time)
    times = {"InvocationLatency": outcome.milliseconds}
    counts = {"Invocations": 1}
    if answer is not None:
        counts |= {"InputTokenCount": answer.input_tokens, "OutputTokenCount": answer.output_tokens}
        if answer.first_token_milliseconds is not None:
            times["TimeToFirstToken"] = answer.first_token_milliseconds
    return [
        *measured(MODELS, dimensions, counts, when=outcome.time),
        *measured(MODELS, dimensions, times, unit=MILLISECONDS, when=outcome.time),
    ]


@dataclass(frozen=True)
class GuardrailUse:
    """One use of a guardrail.

    Args:
        arn: The guardrail's ARN.
        version: Its version.
        source: `Input` or `Output`.
        intervened: Whether it intervened.
        intervening: The policies that did, for example `ContentPolicy`.
        text_units: Text units that each policy judged.
    """

    arn: str
    version: str
    source: str
    intervened: bool
    intervening: Sequence[str]
    text_units: Mapping[str, int]


def guardrail_applied(use: GuardrailUse, outcome: Outcome) -> list[Datum]:
    """A guardrail judged texts.

    Args:
        use: What it judged and how.
        outcome: How long it took.
    """
    guardrail = {"GuardrailArn": use.arn, "GuardrailVersion": use.version}
    source = {"GuardrailContentSource": use.source}
    sets = [guardrail, {"Operation": "ApplyGuardrail"}, source]
    times = {"InvocationLatency": outcome.milliseconds}
    found = [
        *measured(GUARDRAILS, sets, {"Invocations": 1}, when=outcome.time),
        *measured(GUARDRAILS, sets, times, unit=MILLISECONDS, when=outcome.time),
    ]
    by_source = [*sets, {**guardrail, **source}]
    units = sum(use.text_units.values())
    found += measured(GUARDRAILS, by_source, {"TextUnitCount": units}, when=outcome.time)
    for policy, number in use.text_units.items():
        found += measured(GUARDRAILS, _policy(guardrail, policy), {"TextUnitCount": number}, when=outcome.time)
    if use.intervened:
        found += measured(GUARDRAILS, by_source, {"InvocationsIntervened": 1}, when=outcome.time)
        for policy in use.intervening:
            found += measured(GUARDRAILS, _policy(guardrail, policy), {"InvocationsIntervened": 1}, when=outcome.time)
    return found


def guardrail_failed(*, arn: str, version: str, source: str, outcome: Outcome) -> list[Datum]:
    """A guardrail could not judge texts.

    Args:
        arn: The guardrail's ARN, or what the caller named.
        version: Its version.
        source: `Input` or `Output`; empty where the request does not say.
        outcome: How it went.
    """
    sets = [{"GuardrailArn": arn, "GuardrailVersion": version}, {"Operation": "ApplyGuardrail"}]
    sources = [{"GuardrailContentSource": source}] if source else []
    return measured(GUARDRAILS, [*sets, *sources], {_error(outcome): 1}, when=outcome.time)


def _policy(guardrail: Mapping[str, str], policy: str) -> list[Mapping[str, str]]:
    return [{**guardrail, "GuardrailPolicyType": policy}, {"GuardrailPolicyType": policy}]


def _error(outcome: Outcome) -> str:
    if outcome.throttled:
        return "InvocationThrottles"
    return "InvocationServerErrors" if outcome.system_error else "InvocationClientErrors"
