"""A guardrail's configuration, as its template states it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Source = Literal["INPUT", "OUTPUT"]

_LOOKAROUND = re.compile(r"\(\?<?[=!]")


@dataclass(frozen=True)
class Actions:
    """What happens in each direction where something is found: `BLOCK`, `ANONYMIZE`, `NONE`, or None if not looked for.

    Args:
        on_input: In what the user says.
        on_output: In what the model says.
    """

    on_input: str | None
    on_output: str | None

    def of(self, source: Source) -> str | None:
        """The action for one direction."""
        return self.on_input if source == "INPUT" else self.on_output


@dataclass(frozen=True)
class ContentFilter:
    """A filter for a category of harm, or for prompt attacks.

    Args:
        type: `HATE`, `INSULTS`, `SEXUAL`, `VIOLENCE`, `MISCONDUCT` or `PROMPT_ATTACK`.
        strengths: Strength for input and output.
        actions: What it does.
    """

    type: str
    strengths: Mapping[Source, str]
    actions: Actions


@dataclass(frozen=True)
class Topic:
    """A denied topic.

    Args:
        name: Its name.
        definition: What it covers.
        examples: Texts that belong to it.
        actions: What happens to a text about it.
    """

    name: str
    definition: str
    examples: tuple[str, ...]
    actions: Actions


@dataclass(frozen=True)
class Word:
    """A word or phrase, or a managed list of words.

    Args:
        text: The word, or the list's type.
        actions: What happens where it occurs.
    """

    text: str
    actions: Actions


@dataclass(frozen=True)
class Pattern:
    """A regular expression.

    Args:
        name: Its name, which stands in for what it masks.
        expression: The expression.
        actions: What happens where it matches.
    """

    name: str
    expression: re.Pattern[str]
    actions: Actions


@dataclass(frozen=True)
class Grounding:
    """A check of answers against a source or a question.

    Args:
        type: `GROUNDING` or `RELEVANCE`.
        threshold: Score from 0 to 1 below which an answer is blocked.
        action: `BLOCK` or `NONE`.
    """

    type: str
    threshold: float
    action: str


@dataclass(frozen=True)
class Policy:
    """Everything a guardrail is configured to do.

    Args:
        blocked_input: What is said in place of an answer to a blocked input.
        blocked_output: What is said in place of a blocked answer.
        filters: Content filters.
        topics: Denied topics.
        words: Own words.
        word_lists: Managed lists of words.
        entities: Entities of personal data, by type.
        patterns: Regular expressions.
        grounding: Contextual grounding checks.
    """

    blocked_input: str
    blocked_output: str
    filters: tuple[ContentFilter, ...] = ()
    topics: tuple[Topic, ...] = ()
    words: tuple[Word, ...] = ()
    word_lists: tuple[Word, ...] = ()
    entities: tuple[Word, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    grounding: tuple[Grounding, ...] = ()


def read_policy(properties: Mapping[str, object]) -> Policy:
    """Read the properties of an `AWS::Bedrock::Guardrail`.

    Args:
        properties: The properties, resolved and typed.

    Raises:
        ValueError: If a regular expression is none, or looks around, which the service does not support.
    """
    words, personal = _part(properties, "WordPolicyConfig"), _part(properties, "SensitiveInformationPolicyConfig")
    return Policy(
        blocked_input=str(properties["BlockedInputMessaging"]),
        blocked_output=str(properties["BlockedOutputsMessaging"]),
        filters=tuple(_filter(one) for one in _items(_part(properties, "ContentPolicyConfig"), "FiltersConfig")),
        topics=tuple(_topic(one) for one in _items(_part(properties, "TopicPolicyConfig"), "TopicsConfig")),
        words=tuple(Word(str(one["Text"]), _actions(one, "BLOCK")) for one in _items(words, "WordsConfig")),
        word_lists=tuple(
            Word(str(one["Type"]), _actions(one, "BLOCK")) for one in _items(words, "ManagedWordListsConfig")
        ),
        entities=tuple(Word(str(one["Type"]), _personal_actions(one)) for one in _items(personal, "PiiEntitiesConfig")),
        patterns=tuple(_pattern(one) for one in _items(personal, "RegexesConfig")),
        grounding=tuple(
            Grounding(str(one["Type"]), float(str(one["Threshold"])), str(one.get("Action", "BLOCK")))
            for one in _items(_part(properties, "ContextualGroundingPolicyConfig"), "FiltersConfig")
            if one.get("Enabled", True)
        ),
    )


def _part(properties: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = properties.get(name)
    return value if isinstance(value, Mapping) else {}


def _items(part: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = part.get(name)
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    return [item for item in listed if isinstance(item, Mapping)]


def _actions(config: Mapping[str, object], default: str) -> Actions:
    def of(direction: str) -> str | None:
        return str(config.get(f"{direction}Action", default)) if config.get(f"{direction}Enabled", True) else None

    return Actions(of("Input"), of("Output"))


def _personal_actions(config: Mapping[str, object]) -> Actions:
    # The service masks what users say only where `InputAction` says so; `Action: ANONYMIZE` alone is about answers:
    # https://github.com/awslabs/generative-ai-cdk-constructs/issues/1138
    action = str(config["Action"])
    both = _actions(config, action)
    return Actions(None, both.on_output) if action == "ANONYMIZE" and "InputAction" not in config else both


def _filter(config: Mapping[str, object]) -> ContentFilter:
    strengths: dict[Source, str] = {"INPUT": str(config["InputStrength"]), "OUTPUT": str(config["OutputStrength"])}
    return ContentFilter(str(config["Type"]), strengths, _actions(config, "BLOCK"))


def _topic(config: Mapping[str, object]) -> Topic:
    examples = config.get("Examples")
    listed = examples if isinstance(examples, Sequence) and not isinstance(examples, str) else []
    return Topic(
        str(config["Name"]), str(config["Definition"]), tuple(str(one) for one in listed), _actions(config, "BLOCK")
    )


def _pattern(config: Mapping[str, object]) -> Pattern:
    name, expression = str(config["Name"]), str(config["Pattern"])
    if _LOOKAROUND.search(expression):
        raise ValueError(f"the regex {name!r} looks around, which guardrails do not support, got {expression!r}")
    try:
        return Pattern(name, re.compile(expression), _personal_actions(config))
    except re.error as error:
        raise ValueError(f"the regex {name!r} is no regular expression ({error}), got {expression!r}") from error
