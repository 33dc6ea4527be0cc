"""How long-term memories are extracted from conversations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.memory._namespaces import ACTOR, SESSION, check_namespace
from constructs_lib.memory._rendering import CustomModel, custom_strategy, managed_strategy
from constructs_lib.runtime.model_access import ModelAccess

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
_MAX_PROMPT = 30_000

FACTS_NAMESPACE = f"/users/{ACTOR}/facts/"
PREFERENCES_NAMESPACE = f"/users/{ACTOR}/preferences/"
SUMMARIES_NAMESPACE = f"/users/{ACTOR}/sessions/{SESSION}/"
EPISODES_NAMESPACE = f"/users/{ACTOR}/episodes/{SESSION}/"
REFLECTIONS_NAMESPACE = f"/users/{ACTOR}/episodes/"


@dataclass(frozen=True)
class SelfManagedDelivery:
    """Where the service announces a conversation that is to be processed, and puts its content."""

    topic: "sns.ITopic"
    bucket: s3.IBucket


@dataclass(frozen=True)
class MemoryStrategy:
    """One way to extract long-term memories from conversations. Make one with a static method.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-strategies.html

    Attributes:
        name: Name of the strategy, unique in its memory.
        namespace: Where the records are stored. None for a strategy whose records you write yourself.
        retrieved: Whether an agent searches the namespace at every turn, across the actor's sessions.
        model: Model that a custom extraction calls under the memory's role.
        delivery: Topic and bucket of a self-managed strategy.
        rendered: The L2's object.
        reflections_namespace: Where an episodic strategy stores what follows from several episodes.
    """

    name: str
    namespace: str | None
    retrieved: bool
    rendered: agentcore.IMemoryStrategy
    model: ModelAccess | None = None
    delivery: SelfManagedDelivery | None = None
    reflections_namespace: str | None = None

    @staticmethod
    def semantic_facts(
        *,
        name: str = "facts",
        namespace: str = FACTS_NAMESPACE,
        shared: bool = False,
        description: str | None = None,
    ) -> "MemoryStrategy":
        """Facts that the conversation states.

        Args:
            name: Letters, digits and underscores, at most 48, starting with a letter.
            namespace: Where facts are stored. Placeholders: `{actorId}`, `{sessionId}`, `{memoryStrategyId}`.
            shared: Whether one actor may read what another said, so that `{actorId}` may be missing.
            description: Shown in the console. Default: none.

        Raises:
            ValueError: If the name or the namespace is not one, or it does not keep actors apart.
        """
        return _managed("SEMANTIC", name, namespace, shared, description, retrieved=True)

    @staticmethod
    def user_preferences(
        *,
        name: str = "preferences",
        namespace: str = PREFERENCES_NAMESPACE,
        shared: bool = False,
        description: str | None = None,
    ) -> "MemoryStrategy":
        """What the user likes and how they want to be served. Arguments as for `semantic_facts`."""
        return _managed("USER_PREFERENCE", name, namespace, shared, description, retrieved=True)

    @staticmethod
    def session_summaries(
        *,
        name: str = "summaries",
        namespace: str = SUMMARIES_NAMESPACE,
        shared: bool = False,
        description: str | None = None,
    ) -> "MemoryStrategy":
        """A running summary of each session. Arguments as for `semantic_facts`; the namespace has to hold
        `{sessionId}`.

        Raises:
            ValueError: As for `semantic_facts`, or if the namespace does not keep sessions apart.
        """
        _check_session(name, namespace)
        return _managed("SUMMARIZATION", name, namespace, shared, description, retrieved=False)

    @staticmethod
    def episodic(
        *,
        name: str = "episodes",
        namespace: str = EPISODES_NAMESPACE,
        reflections_namespace: str = REFLECTIONS_NAMESPACE,
        shared: bool = False,
        description: str | None = None,
    ) -> "MemoryStrategy":
        """Episodes (what was tried, with which result) and what follows from several of them.

        Args:
            name: As for `semantic_facts`.
            namespace: Where episodes are stored.
            reflections_namespace: Where reflections are stored: the namespace of episodes or a leading part of it.
            shared: As for `semantic_facts`.
            description: Shown in the console. Default: none.

        Raises:
            ValueError: As for `semantic_facts`, or if the reflections' namespace is no leading part of the episodes'.
        """
        check_namespace(name, reflections_namespace, shared=shared)
        if not namespace.startswith(reflections_namespace):
            raise ValueError(
                f"reflections of the memory strategy {name!r} have to be stored in a leading part of its namespace"
                f" {namespace!r}, got {reflections_namespace!r}"
            )
        return _managed(
            "EPISODIC", name, namespace, shared, description, retrieved=False, reflections=reflections_namespace
        )

    @staticmethod
    def custom_extraction(
        *,
        model: ModelAccess,
        extraction_prompt: str,
        consolidation_prompt: str | None = None,
        preferences: bool = False,
        name: str = "custom_facts",
        namespace: str = FACTS_NAMESPACE,
        shared: bool = False,
        description: str | None = None,
    ) -> "MemoryStrategy":
        """Facts or preferences, extracted by your own prompts and model. The memory's role may invoke that model.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-custom-strategy.html

        Args:
            model: Model that extracts and consolidates.
            extraction_prompt: Appended to the service's prompt that extracts, at most 30,000 characters.
            consolidation_prompt: Appended to the service's prompt that merges what is new into what is stored.
                Default: the service's own prompt and model.
            preferences: Extract preferences instead of facts.
            name: As for `semantic_facts`.
            namespace: As for `semantic_facts`.
            shared: As for `semantic_facts`.
            description: Shown in the console. Default: none.

        Raises:
            ValueError: As for `semantic_facts`, or if a prompt is empty or too long.
        """
        _check_name(name)
        check_namespace(name, namespace, shared=shared)
        for prompt in (extraction_prompt, consolidation_prompt):
            if prompt is not None and not 1 <= len(prompt) <= _MAX_PROMPT:
                raise ValueError(
                    f"a prompt of the memory strategy {name!r} has 1 to {_MAX_PROMPT} characters, got {len(prompt)}"
                )
        rendered = custom_strategy(
            "USER_PREFERENCE" if preferences else "SEMANTIC",
            CustomModel(model.model_id, extraction_prompt, consolidation_prompt),
            name=name,
            namespace=namespace,
            description=description,
        )
        return MemoryStrategy(name, namespace, retrieved=True, rendered=rendered, model=model)

    @staticmethod
    def self_managed(
        *,
        topic: "sns.ITopic",
        bucket: s3.IBucket,
        name: str = "self_managed",
        description: str | None = None,
        historical_context_messages: int = 4,
        after_messages: int = 6,
        after_idle: Duration | None = None,
        after_tokens: int = 1000,
    ) -> "MemoryStrategy":
        """Your own pipeline: the service announces conversations on a topic and puts them into a bucket; you write
        records.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-self-managed-strategies.html

        Args:
            topic: Topic the service publishes to.
            bucket: Bucket the service writes conversations to.
            name: As for `semantic_facts`.
            description: Shown in the console. Default: none.
            historical_context_messages: Earlier messages sent along, 0 to 50.
            after_messages: Messages after which processing starts, 1 to 50.
            after_idle: Silence after which processing starts, 10 to 3,000 seconds. Default: 60 seconds.
            after_tokens: Tokens after which processing starts, 100 to 500,000.

        Raises:
            ValueError: If the name is not one or a number is out of its range.
        """
        _check_name(name)
        idle = after_idle or Duration.seconds(60)
        for label, value, low, high in (
            ("historical_context_messages", historical_context_messages, 0, 50),
            ("after_messages", after_messages, 1, 50),
            ("after_idle in seconds", idle.to_seconds(), 10, 3000),
            ("after_tokens", after_tokens, 100, 500_000),
        ):
            if not low <= value <= high:
                raise ValueError(f"{label} of the memory strategy {name!r} is {low} to {high}, got {value}")
        rendered = agentcore.MemoryStrategy.using_self_managed(
            strategy_name=name,
            description=description,
            historical_context_window_size=historical_context_messages,
            invocation_configuration=agentcore.InvocationConfiguration(
                topic=topic, s3_location=s3.Location(bucket_name=bucket.bucket_name, object_key="")
            ),
            trigger_conditions=agentcore.TriggerConditions(
                message_based_trigger=after_messages, time_based_trigger=idle, token_based_trigger=after_tokens
            ),
        )
        delivery = SelfManagedDelivery(topic, bucket)
        return MemoryStrategy(name, None, retrieved=False, rendered=rendered, delivery=delivery)

    def role_statements(self, scope: Construct) -> Sequence[dict[str, object]]:
        """What the memory's execution role needs for this strategy, in JSON."""
        return self.model.statements(scope) if self.model else ()


def _managed(
    kind: str,
    name: str,
    namespace: str,
    shared: bool,
    description: str | None,
    *,
    retrieved: bool,
    reflections: str | None = None,
) -> MemoryStrategy:
    _check_name(name)
    check_namespace(name, namespace, shared=shared)
    rendered = managed_strategy(kind, name=name, namespace=namespace, description=description, reflections=reflections)
    # What a session said stays in that session: a search across sessions would mix them.
    return MemoryStrategy(name, namespace, retrieved=retrieved, rendered=rendered, reflections_namespace=reflections)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            "a memory strategy's name has letters, digits and underscores, at most 48, starting with a letter,"
            f" got {name!r}"
        )


def _check_session(name: str, namespace: str) -> None:
    if SESSION not in namespace:
        raise ValueError(
            f"summaries are made per session, so the namespace of the memory strategy {name!r} has to hold {SESSION},"
            f" got {namespace!r}"
        )
