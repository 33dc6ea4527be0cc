"""What a guardrail blocks by meaning and by word: harmful content, topics, words, answers without a source."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

MAX_DEFINITION = 1_000
"""Characters of a topic's definition under the Standard tier; the Classic tier takes 200."""

_TOPIC_NAME = re.compile(r"[0-9a-zA-Z\-_ !?.]{1,100}")
_MAX_SAMPLES, _MAX_SAMPLE = 5, 100
_MAX_WORD, _MAX_WORDS = 100, 10_000
# AWS: "A threshold of 1 is invalid as that will block all content."
_MAX_THRESHOLD = 0.99


class GuardrailMode(Enum):
    """What an agent does with its guardrail."""

    ENFORCE = "ENFORCE"
    """The guardrail is part of every model call: what it blocks reaches neither the model nor the user."""

    SHADOW = "SHADOW"
    """The guardrail is asked besides, and only what it would have done is recorded: to tune it, not to protect."""


class FilterStrength(Enum):
    """How sure a content filter has to be before it blocks.

    Follows https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-content-filters-overview.html
    """

    NONE = "NONE"
    """Nothing is blocked."""

    LOW = "LOW"
    """Blocks what is harmful with high confidence."""

    MEDIUM = "MEDIUM"
    """Blocks what is harmful with high or medium confidence."""

    HIGH = "HIGH"
    """Blocks what is harmful with high, medium or low confidence."""


@dataclass(frozen=True)
class ContentFilter:
    """One category of harmful content, with its strength for requests and for answers. Made by a factory.

    Follows https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-content-filters.html

    Args:
        category: The category, in AWS's words.
        input: Strength for what users say.
        output: Strength for what the model answers.

    Raises:
        ValueError: If it would block nothing.
    """

    category: str
    input: FilterStrength
    output: FilterStrength

    def __post_init__(self) -> None:
        if self.input is FilterStrength.NONE and self.output is FilterStrength.NONE:
            raise ValueError(f"the content filter {self.category} has the strength NONE both ways; leave it out")

    @staticmethod
    def hate(input: FilterStrength = FilterStrength.HIGH, *, output: FilterStrength | None = None) -> "ContentFilter":
        """Content against people for who they are. `output` is as `input` unless given; so in the other factories."""
        return ContentFilter("HATE", input, output or input)

    @staticmethod
    def insults(
        input: FilterStrength = FilterStrength.HIGH, *, output: FilterStrength | None = None
    ) -> "ContentFilter":
        """Demeaning or mocking language."""
        return ContentFilter("INSULTS", input, output or input)

    @staticmethod
    def sexual(input: FilterStrength = FilterStrength.HIGH, *, output: FilterStrength | None = None) -> "ContentFilter":
        """Sexual content."""
        return ContentFilter("SEXUAL", input, output or input)

    @staticmethod
    def violence(
        input: FilterStrength = FilterStrength.HIGH, *, output: FilterStrength | None = None
    ) -> "ContentFilter":
        """Glorified violence, and threats."""
        return ContentFilter("VIOLENCE", input, output or input)

    @staticmethod
    def misconduct(
        input: FilterStrength = FilterStrength.HIGH, *, output: FilterStrength | None = None
    ) -> "ContentFilter":
        """Crime, fraud, and how to harm others."""
        return ContentFilter("MISCONDUCT", input, output or input)

    @staticmethod
    def prompt_attack(input: FilterStrength = FilterStrength.HIGH) -> "ContentFilter":
        """Requests that try to override the agent's instructions. Answers are not attacks, so it has no output."""
        return ContentFilter("PROMPT_ATTACK", input, FilterStrength.NONE)


@dataclass(frozen=True, kw_only=True)
class DeniedTopic:
    """A topic that the agent does not talk about, in requests and answers.

    Describe the topic; do not give an instruction ("Block …") or an exception ("Everything but …"): AWS classifies by
    the description. Follows https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-denied-topics.html

    Args:
        name: At most 100 letters, digits, spaces and `-_!?.`; a noun, such as `Medical advice`.
        definition: What the topic is about, at most 200 characters, or 1,000 in a guardrail with a profile.
        samples: Phrases on the topic, at most five of at most 100 characters.

    Raises:
        ValueError: If one of them is out of its bounds.
    """

    name: str
    definition: str
    samples: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not _TOPIC_NAME.fullmatch(self.name):
            raise ValueError(
                "a topic's name has at most 100 letters, digits, spaces and any of -_!?. in it,"
                f" got {self.name!r} ({len(self.name)} characters)"
            )
        if not 1 <= len(self.definition) <= MAX_DEFINITION:
            raise ValueError(
                f"the definition of the topic {self.name!r} has 1 to {MAX_DEFINITION:,} characters,"
                f" got {len(self.definition)}; say what the topic is about, and move phrases to samples="
            )
        wrong = [sample for sample in self.samples if not 1 <= len(sample) <= _MAX_SAMPLE]
        if wrong:
            raise ValueError(
                f"a sample of the topic {self.name!r} has 1 to {_MAX_SAMPLE} characters,"
                f" got {wrong[0]!r} ({len(wrong[0])} characters)"
            )
        if isinstance(self.samples, str) or len(self.samples) > _MAX_SAMPLES:
            raise ValueError(
                f"the samples of the topic {self.name!r} are a sequence of at most {_MAX_SAMPLES} texts,"
                f" got {self.samples!r}"
            )
        object.__setattr__(self, "samples", tuple(self.samples))


@dataclass(frozen=True, kw_only=True)
class BlockedWords:
    """Words and phrases that are blocked where they occur as they are, in requests and answers.

    Follows https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-word-filters.html

    Args:
        own: Your words and phrases, at most 10,000 of at most 100 characters; AWS's console takes three words at most.
        profanity: Whether the list of profane words that AWS keeps up to date is blocked.

    Raises:
        ValueError: If nothing would be blocked, or a word is empty, too long or there twice.
    """

    own: Sequence[str] = ()
    profanity: bool = False

    def __post_init__(self) -> None:
        if not self.own and not self.profanity:
            raise ValueError("blocked words are neither own= words nor profanity=True; give some, or leave words= out")
        wrong = [word for word in self.own if not word.strip() or len(word) > _MAX_WORD]
        if isinstance(self.own, str) or wrong:
            raise ValueError(
                f"own= is a sequence of words of 1 to {_MAX_WORD} characters, got {wrong[0] if wrong else self.own!r}"
            )
        if len(self.own) > _MAX_WORDS:
            raise ValueError(f"at most {_MAX_WORDS:,} words are blocked, got {len(self.own):,}; leave some out")
        seen: set[str] = set()
        for word in self.own:
            if word.casefold() in seen:
                raise ValueError(f"the word {word!r} is blocked twice; leave one out")
            seen.add(word.casefold())
        object.__setattr__(self, "own", tuple(self.own))


@dataclass(frozen=True, kw_only=True)
class ContextualGrounding:
    """Answers that their source does not bear out, or that miss the question.

    Only answers to a request that marks its source (`grounding_source`) and its question (`query`) are checked. AWS
    supports it for summaries, paraphrases and single questions, not for conversations. Follows
    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html

    Args:
        grounding: Score from 0 to 0.99 below which an answer counts as not borne out. Default: that is not checked.
        relevance: Score from 0 to 0.99 below which an answer counts as beside the question. Default: that is not
            checked.

    Raises:
        ValueError: If neither is given, or a score is out of its bounds.
    """

    grounding: float | None = None
    relevance: float | None = None

    def __post_init__(self) -> None:
        scores = {"grounding": self.grounding, "relevance": self.relevance}
        if all(score is None for score in scores.values()):
            raise ValueError("contextual grounding checks nothing; give grounding= or relevance=, or leave it out")
        for name, score in scores.items():
            if score is not None and not 0 < score <= _MAX_THRESHOLD:
                raise ValueError(
                    f"{name}= is a score above 0 and up to {_MAX_THRESHOLD}, got {score}; 0 blocks nothing and 1"
                    " everything"
                )
