"""What a guardrail finds in a text, in the API's own shape, and what it makes of it.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailAssessment.html
"""

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.local_cloud.guardrails import harm, personal_data
from workbench.local_cloud.guardrails.policy import Policy, Source
from workbench.local_cloud.guardrails.similarity import plain, shared

STAND_IN = "Local stand-in: word lists, patterns and similarity of texts, not Amazon Bedrock Guardrails."
"""Opens or follows what every answer says."""

UNIT = 1_000
"""Characters in a text unit, as the service counts what it bills."""

Finding = dict[str, object]

_DONE = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}


@dataclass(frozen=True)
class Content:
    """A text to judge.

    Args:
        text: The text.
        qualifiers: What it is: `guard_content`, `grounding_source`, `query`; nothing counts as `guard_content`.
    """

    text: str
    qualifiers: frozenset[str] = frozenset()

    @property
    def guarded(self) -> bool:
        """Whether the policies look at it, rather than only compare with it."""
        return not self.qualifiers or "guard_content" in self.qualifiers


@dataclass(frozen=True)
class Assessment:
    """What was found.

    Args:
        policies: Findings by policy and list, as the API names them; also what was looked for and not found.
        texts: The contents' texts, masked where a finding is anonymized.
        characters: Length of what was guarded, and of everything.
    """

    policies: Mapping[str, Mapping[str, Sequence[Finding]]]
    texts: tuple[str, ...]
    characters: tuple[int, int]
    units: Mapping[str, int] = field(default_factory=dict)

    @property
    def blocked(self) -> bool:
        """Whether something was found that is blocked."""
        return any(one["action"] == "BLOCKED" for one in self._findings())

    @property
    def masked(self) -> bool:
        """Whether something was found that is anonymized."""
        return any(one["action"] == "ANONYMIZED" for one in self._findings())

    @property
    def reason(self) -> str:
        """The `actionReason`: the service's words, and that this is not the service."""
        words = "Guardrail blocked." if self.blocked else "Guardrail masked." if self.masked else "No action."
        return f"{words} ({STAND_IN})"

    def described(self, *, full: bool = False) -> dict[str, object]:
        """The findings as the API lists them.

        Args:
            full: Also what was looked for and not found. Default: detections only.
        """
        kept = {
            policy: {name: [one for one in found if full or one["detected"]] for name, found in lists.items()}
            for policy, lists in self.policies.items()
        }
        return {policy: lists for policy, lists in kept.items() if any(lists.values())}

    def _findings(self) -> Iterator[Finding]:
        return (one for lists in self.policies.values() for found in lists.values() for one in found)


def assess(policy: Policy, source: Source, contents: Sequence[Content]) -> Assessment:
    """Judge texts.

    Args:
        policy: The guardrail's configuration.
        source: Whether a user or a model said it.
        contents: The texts.
    """
    guarded = "\n".join(content.text for content in contents if content.guarded)
    entities, masks = _entities(policy, source, guarded)
    regexes, more_masks = _regexes(policy, source, guarded)
    policies: dict[str, dict[str, list[Finding]]] = {
        "topicPolicy": {"topics": _topics(policy, source, guarded)},
        "contentPolicy": {"filters": _filters(policy, source, guarded)},
        "wordPolicy": {
            "customWords": _custom_words(policy, source, guarded),
            "managedWordLists": _managed_words(policy, source, guarded),
        },
        "sensitiveInformationPolicy": {"piiEntities": entities, "regexes": regexes},
        "contextualGroundingPolicy": {"filters": _grounding(policy, source, contents)},
    }
    texts = tuple(
        _masked(content.text, {**masks, **more_masks}) if content.guarded else content.text for content in contents
    )
    return Assessment(policies, texts, (len(guarded), sum(len(one.text) for one in contents)), _units(policy, contents))


def _topics(policy: Policy, source: Source, text: str) -> list[Finding]:
    found: list[Finding] = []
    for topic in policy.topics:
        action = topic.actions.of(source)
        if action is not None:
            detected = harm.is_about(topic, text)
            found.append({"name": topic.name, "type": "DENY", **_outcome(action, detected)})
    return found


def _filters(policy: Policy, source: Source, text: str) -> list[Finding]:
    found: list[Finding] = []
    for one in policy.filters:
        action, strength = one.actions.of(source), one.strengths[source]
        # The service looks for prompt attacks in what users say only.
        if action is None or strength == "NONE" or (one.type == "PROMPT_ATTACK" and source == "OUTPUT"):
            continue
        confident = harm.confidence(one.type, text)
        detected = harm.reaches(confident, strength)
        described = {"type": one.type, "confidence": confident, "filterStrength": strength}
        found.append({**described, **_outcome(action, detected)})
    return found


def _custom_words(policy: Policy, source: Source, text: str) -> list[Finding]:
    said = plain(text)
    return [
        {"match": word.text, **_outcome(action, True)}
        for word in policy.words
        if (action := word.actions.of(source)) is not None and _word(word.text).search(said)
    ]


def _managed_words(policy: Policy, source: Source, text: str) -> list[Finding]:
    return [
        {"match": match, "type": words.text, **_outcome(action, True)}
        for words in policy.word_lists
        if (action := words.actions.of(source)) is not None
        for match in dict.fromkeys(harm.profanities(text))
    ]


def _entities(policy: Policy, source: Source, text: str) -> tuple[list[Finding], dict[str, str]]:
    found: list[Finding] = []
    masks: dict[str, str] = {}
    for entity in policy.entities:
        action = entity.actions.of(source)
        if action is None:
            continue
        for match in dict.fromkeys(one.text for one in personal_data.find(entity.text, text)):
            found.append({"match": match, "type": entity.text, **_outcome(action, True)})
            if action == "ANONYMIZE":
                masks[match] = f"{{{entity.text}}}"
    return found, masks


def _regexes(policy: Policy, source: Source, text: str) -> tuple[list[Finding], dict[str, str]]:
    found: list[Finding] = []
    masks: dict[str, str] = {}
    for pattern in policy.patterns:
        action = pattern.actions.of(source)
        if action is None:
            continue
        for match in dict.fromkeys(one[0] for one in pattern.expression.finditer(text) if one[0]):
            described = {"name": pattern.name, "match": match, "regex": pattern.expression.pattern}
            found.append({**described, **_outcome(action, True)})
            if action == "ANONYMIZE":
                masks[match] = f"{{{pattern.name}}}"
    return found, masks


def _grounding(policy: Policy, source: Source, contents: Sequence[Content]) -> list[Finding]:
    def joined(qualifier: str) -> str:
        return "\n".join(one.text for one in contents if qualifier in one.qualifiers)

    said, reference, query = (
        "\n".join(one.text for one in contents if one.guarded),
        joined("grounding_source"),
        joined("query"),
    )
    if source == "INPUT" or not reference or not query:
        return []
    scores = {"GROUNDING": shared(said, reference), "RELEVANCE": shared(query, said)}
    return [
        {
            "type": check.type,
            "threshold": check.threshold,
            "score": round(scores[check.type], 4),
            **_outcome(check.action, scores[check.type] < check.threshold),
        }
        for check in policy.grounding
    ]


def _outcome(action: str, detected: bool) -> Finding:
    return {"action": _DONE[action] if detected else "NONE", "detected": detected}


def _masked(text: str, masks: Mapping[str, str]) -> str:
    # Longest first, so that a part of another match does not spoil it.
    for match in sorted(masks, key=len, reverse=True):
        text = text.replace(match, masks[match])
    return text


@functools.lru_cache(maxsize=1_024)
def _word(text: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in plain(text).split())
    return re.compile(rf"(?<!\w){words}(?!\w)")


def _units(policy: Policy, contents: Sequence[Content]) -> dict[str, int]:
    length = sum(len(one.text) for one in contents if one.guarded)
    units = max(1, math.ceil(length / UNIT))
    grounded = any("grounding_source" in one.qualifiers for one in contents)
    configured = {
        "topicPolicyUnits": policy.topics,
        "contentPolicyUnits": policy.filters,
        "wordPolicyUnits": policy.words or policy.word_lists,
        "sensitiveInformationPolicyUnits": policy.entities,
        "sensitiveInformationPolicyFreeUnits": policy.patterns,
        "contextualGroundingPolicyUnits": policy.grounding if grounded else (),
    }
    return {name: units if part else 0 for name, part in configured.items()}
