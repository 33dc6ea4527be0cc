import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from constructs_lib import MemoryStrategy, ModelAccess
from tests.constructs_lib.support import SONNET, stack


@pytest.mark.parametrize("namespace", ["/users/{actor}/", "/users/{userId}/facts/", "/u/{actorId}/{}/", "/u/{actorId/"])
def test_fails_for_an_unknown_placeholder(namespace: str) -> None:
    with pytest.raises(ValueError, match=r"unknown placeholder .*the service fills in \{actorId\}, \{sessionId\}"):
        MemoryStrategy.semantic_facts(namespace=namespace)


@pytest.mark.parametrize("namespace", ["/users/facts/", "/{sessionId}/", "/users/x{actorId}/", "/users/{actorId}x/"])
def test_fails_for_a_namespace_that_does_not_keep_actors_apart(namespace: str) -> None:
    with pytest.raises(ValueError, match=r"keep actors apart by a part /\{actorId\}/, .* shared=True"):
        MemoryStrategy.user_preferences(namespace=namespace)


def test_takes_a_shared_namespace_when_told_so() -> None:
    assert MemoryStrategy.semantic_facts(namespace="/handbook/", shared=True).namespace == "/handbook/"


@pytest.mark.parametrize("namespace", ["/users/{actorId}", "users/{actorId}/", "{actorId}"])
def test_fails_for_a_namespace_whose_prefix_reaches_another_actor(namespace: str) -> None:
    with pytest.raises(ValueError, match=r"start and end with '/'.*also finds '/users/12'"):
        MemoryStrategy.semantic_facts(namespace=namespace)


@pytest.mark.parametrize(
    "namespace", ["/users/{actorId}/a b/", "/users/{actorId}/" + "x" * 512 + "/", "/a.b/{actorId}/"]
)
def test_fails_for_characters_the_service_refuses(namespace: str) -> None:
    with pytest.raises(ValueError, match="may hold letters, digits"):
        MemoryStrategy.semantic_facts(namespace=namespace)


@pytest.mark.parametrize("name", ["", "2nd", "a-b", "x" * 49])
def test_fails_for_a_name_the_service_refuses(name: str) -> None:
    with pytest.raises(ValueError, match="a memory strategy's name has letters"):
        MemoryStrategy.semantic_facts(name=name)


def test_fails_for_summaries_that_mix_sessions() -> None:
    with pytest.raises(ValueError, match=r"summaries are made per session, .* has to hold \{sessionId\}"):
        MemoryStrategy.session_summaries(namespace="/users/{actorId}/summaries/")


def test_fails_for_reflections_outside_of_the_episodes() -> None:
    with pytest.raises(ValueError, match=r"a leading part of its namespace '/users/\{actorId\}/episodes/"):
        MemoryStrategy.episodic(reflections_namespace="/reflections/{actorId}/")


@pytest.mark.parametrize("prompt", ["", "x" * 30_001])
def test_fails_for_a_prompt_out_of_bounds(prompt: str) -> None:
    with pytest.raises(ValueError, match=rf"has 1 to 30000 characters, got {len(prompt)}"):
        MemoryStrategy.custom_extraction(model=ModelAccess.inference_profile(SONNET), extraction_prompt=prompt)


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("historical_context_messages", 51, "historical_context_messages .* is 0 to 50, got 51"),
        ("after_messages", 0, "after_messages .* is 1 to 50, got 0"),
        ("after_idle", Duration.seconds(9), "after_idle in seconds .* is 10 to 3000, got 9"),
        ("after_tokens", 99, "after_tokens .* is 100 to 500000, got 99"),
    ],
)
def test_fails_for_a_trigger_out_of_bounds(argument: str, value: object, message: str) -> None:
    of = stack()
    with pytest.raises(ValueError, match=message):
        MemoryStrategy.self_managed(topic=sns.Topic(of, "T"), bucket=s3.Bucket(of, "B"), **{argument: value})  # type: ignore[arg-type]
