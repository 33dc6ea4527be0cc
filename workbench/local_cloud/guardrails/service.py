"""Guardrails applied: what `ApplyGuardrail` answers, and what a model call needs to know.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
"""

import time
from collections.abc import Mapping, Sequence

from workbench.local_cloud.agentcore.service import Scope, invalid
from workbench.local_cloud.guardrails.assessment import Assessment, Content, assess
from workbench.local_cloud.guardrails.policy import Policy, Source
from workbench.local_cloud.guardrails.store import Guardrail, GuardrailStore

_QUALIFIERS = frozenset({"grounding_source", "query", "guard_content"})
_NO_UNITS = {"contentPolicyImageUnits": 0, "automatedReasoningPolicyUnits": 0, "automatedReasoningPolicies": 0}


class GuardrailService:
    """Applies the guardrails of a store.

    Args:
        store: The guardrails.
    """

    def __init__(self, store: GuardrailStore) -> None:
        self._store = store

    def apply(self, scope: Scope, asked: Mapping[str, object]) -> dict[str, object]:
        """Judge texts by a guardrail.

        Args:
            scope: Account and Region of the request.
            asked: `guardrailIdentifier`, `guardrailVersion`, and the members of an ApplyGuardrail request's body.

        Returns:
            `answer`: the response of ApplyGuardrail; `texts`: each content's text, masked; `guardrailId`, `blocked`
            and `masked`.

        Raises:
            ServiceError: `ValidationException` or `ResourceNotFoundException`.
        """
        source, contents = _source(asked.get("source")), _contents(asked.get("content"))
        version = str(asked.get("guardrailVersion") or "")
        guardrail, policy = self._store.find(scope, str(asked.get("guardrailIdentifier") or ""), version)
        started = time.perf_counter()
        found = assess(policy, source, contents)
        milliseconds = round((time.perf_counter() - started) * 1000)
        full = asked.get("outputScope") == "FULL"
        return {
            "answer": _answer(guardrail, version, policy, source, contents, found, milliseconds, full=full),
            "texts": list(found.texts),
            "guardrailId": guardrail.id,
            "blocked": found.blocked,
            "masked": found.masked,
        }


def _answer(
    guardrail: Guardrail,
    version: str,
    policy: Policy,
    source: Source,
    contents: Sequence[Content],
    found: Assessment,
    milliseconds: int,
    *,
    full: bool,
) -> dict[str, object]:
    usage = {**found.units, **_NO_UNITS}
    coverage = {"textCharacters": {"guarded": found.characters[0], "total": found.characters[1]}}
    applied = {
        "guardrailId": guardrail.id,
        "guardrailVersion": version,
        "guardrailArn": guardrail.arn,
        "guardrailOrigin": ["REQUEST"],
        "guardrailOwnership": "SELF",
    }
    metrics = {"guardrailProcessingLatency": milliseconds, "usage": usage, "guardrailCoverage": coverage}
    outputs: list[dict[str, str]] = []
    if found.blocked:
        outputs = [{"text": policy.blocked_input if source == "INPUT" else policy.blocked_output}]
    elif found.masked:
        outputs = [{"text": text} for text, one in zip(found.texts, contents, strict=True) if one.guarded]
    return {
        "usage": usage,
        "action": "GUARDRAIL_INTERVENED" if outputs else "NONE",
        "actionReason": found.reason,
        "outputs": outputs,
        "assessments": [
            {**found.described(full=full), "invocationMetrics": metrics, "appliedGuardrailDetails": applied}
        ],
        "guardrailCoverage": coverage,
    }


def _source(value: object) -> Source:
    if value != "INPUT" and value != "OUTPUT":
        raise invalid(f"'source' is INPUT or OUTPUT, got {value!r}.")
    return value


def _contents(value: object) -> list[Content]:
    if not isinstance(value, list) or not value:
        raise invalid("'content' has to be a list with at least one block.")
    return [_content(block) for block in value]


def _content(block: object) -> Content:
    text = block.get("text") if isinstance(block, Mapping) else None
    if isinstance(block, Mapping) and "image" in block:
        raise invalid("The local stand-in for guardrails judges text only, got an image.")
    if not isinstance(text, Mapping) or not isinstance(text.get("text"), str):
        raise invalid("A content block has the form {'text': {'text': …}}.")
    qualifiers = text.get("qualifiers") or []
    unknown = [one for one in qualifiers if one not in _QUALIFIERS]
    if unknown:
        raise invalid(f"A qualifier is one of {', '.join(sorted(_QUALIFIERS))}, got {unknown[0]!r}.")
    return Content(str(text["text"]), frozenset(qualifiers))
