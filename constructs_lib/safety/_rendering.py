"""A guardrail's policies as CloudFormation takes them, and what they have to be to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs_lib.safety.guardrail_policies import (
    MAX_DEFINITION,
    BlockedWords,
    ContentFilter,
    ContextualGrounding,
    DeniedTopic,
)
from constructs_lib.safety.sensitive_information import PiiFilter, RegexFilter, check_sensitive_information

Properties = Mapping[str, object]

_MAX_CLASSIC_DEFINITION = 200
_MAX_TOPICS, _MAX_REGEXES = 30, 30
_CLASSIC, _STANDARD = "CLASSIC", "STANDARD"


@dataclass(frozen=True)
class Policies:
    """Everything that a guardrail checks. `standard`: whether under the Standard tier."""

    content_filters: Sequence[ContentFilter]
    denied_topics: Sequence[DeniedTopic]
    words: BlockedWords | None
    pii: Sequence[PiiFilter]
    regexes: Sequence[RegexFilter]
    grounding: ContextualGrounding | None
    standard: bool

    def check(self) -> None:
        """Refuse policies that are none, that repeat or contradict each other, or that exceed the tier.

        Raises:
            ValueError: If so.
        """
        acting = [*self.content_filters, *self.denied_topics, *self.pii]
        acting_regexes = [each for each in self.regexes if each.action != "NONE"]
        if not (acting or acting_regexes or self.words or self.grounding):
            raise ValueError(
                "a guardrail without policies blocks nothing; give content_filters=, denied_topics=, words=, pii=,"
                " regexes= or grounding=, or use ContentGuardrail.cloud_engineering"
            )
        _check_unique("content_filters", [each.category for each in self.content_filters])
        _check_unique("denied_topics", [each.name for each in self.denied_topics])
        _check_at_most("denied_topics", len(self.denied_topics), _MAX_TOPICS)
        _check_at_most("regexes", len(self.regexes), _MAX_REGEXES)
        check_sensitive_information(self.pii, self.regexes)
        limit = MAX_DEFINITION if self.standard else _MAX_CLASSIC_DEFINITION
        long = [topic for topic in self.denied_topics if len(topic.definition) > limit]
        if long:
            raise ValueError(
                f"the definition of the topic {long[0].name!r} has {len(long[0].definition)} characters; without a"
                f" guardrail profile it has at most {limit}: shorten it, or pass cross_region=GuardrailProfile.us()"
                " or another"
            )

    def rendered(self) -> dict[str, Properties | None]:
        """The L1's arguments, by name; None where there is no policy."""
        return {
            "content_policy_config": self._content(),
            "topic_policy_config": self._topics(),
            "word_policy_config": self._words(),
            "sensitive_information_policy_config": self._sensitive_information(),
            "contextual_grounding_policy_config": self._grounding(),
        }

    @property
    def _tier(self) -> Properties:
        return {"tierName": _STANDARD if self.standard else _CLASSIC}

    def _content(self) -> Properties | None:
        filters = [
            {"type": each.category, "inputStrength": each.input.value, "outputStrength": each.output.value}
            for each in self.content_filters
        ]
        return {"filtersConfig": filters, "contentFiltersTierConfig": self._tier} if filters else None

    def _topics(self) -> Properties | None:
        topics = [
            {
                "name": each.name,
                "type": "DENY",
                "definition": each.definition,
                **({"examples": list(each.samples)} if each.samples else {}),
            }
            for each in self.denied_topics
        ]
        return {"topicsConfig": topics, "topicsTierConfig": self._tier} if topics else None

    def _words(self) -> Properties | None:
        if self.words is None:
            return None
        return _present(
            managedWordListsConfig=[{"type": "PROFANITY"}] if self.words.profanity else [],
            wordsConfig=[{"text": word} for word in self.words.own],
        )

    def _sensitive_information(self) -> Properties | None:
        entities = [{"type": entity.value, **_both_ways(each.action)} for each in self.pii for entity in each.entities]
        regexes = [
            {
                "name": each.name,
                "pattern": each.pattern,
                **_both_ways(each.action),
                **({"description": each.description} if each.description else {}),
            }
            for each in self.regexes
        ]
        return _present(piiEntitiesConfig=entities, regexesConfig=regexes) or None

    def _grounding(self) -> Properties | None:
        if self.grounding is None:
            return None
        scores = {"GROUNDING": self.grounding.grounding, "RELEVANCE": self.grounding.relevance}
        return {
            "filtersConfig": [
                {"type": check, "threshold": score} for check, score in scores.items() if score is not None
            ]
        }


def _both_ways(action: str) -> Properties:
    # `action` alone would leave requests as they are: https://github.com/awslabs/generative-ai-cdk-constructs/issues/1138
    return {
        "action": action,
        "inputAction": action,
        "inputEnabled": True,
        "outputAction": action,
        "outputEnabled": True,
    }


def _present(**lists: Sequence[object]) -> Properties:
    return {name: items for name, items in lists.items() if items}


def _check_unique(argument: str, names: Sequence[str]) -> None:
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{argument}= names {repeated[0]!r} twice; leave one out")


def _check_at_most(argument: str, count: int, limit: int) -> None:
    if count > limit:
        raise ValueError(f"a guardrail has at most {limit} {argument}=, got {count}; leave some out")
