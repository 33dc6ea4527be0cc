import boto3
import pytest

from agents.shared._retrieval import MAX_QUERY, Search, plan_searches
from agents.shared.settings import Settings
from tests.agents.conftest import variables
from tests.agents.fake_memory import FakeMemory

ANN = {"actorId": "ann", "sessionId": "s"}
SETTINGS = Settings.from_environment(variables())


def texts(memory: FakeMemory, *templates: str) -> list[str]:
    client = boto3.Session().client("bedrock-agentcore", region_name="us-east-1", endpoint_url=memory.url)
    return [text for search in plan_searches(templates, ANN) for text in search.run(client, SETTINGS, "tea")]


def test_namespaces_of_an_actor_share_a_search() -> None:
    assert plan_searches(["/users/{actorId}/facts/", "/users/{actorId}/preferences/"], ANN) == (
        Search("/users/ann/", ("/users/ann/facts/", "/users/ann/preferences/")),
    )


@pytest.mark.parametrize(
    "templates",
    [
        ["/facts/{actorId}/", "/preferences/{actorId}/"],
        ["/users/{actorId}/facts/", "/company/handbook/"],
        ["/summaries/{sessionId}/", "/users/{actorId}/"],
    ],
)
def test_no_search_reaches_above_the_actor(templates: list[str]) -> None:
    paths = [search.path for search in plan_searches(templates, ANN)]
    assert paths == [template.format(**ANN) for template in templates]


def test_each_namespace_gives_its_best(memory: FakeMemory) -> None:
    memory.records = [("/users/ann/facts/", f"fact {score}", score / 100) for score in range(90, 80, -1)]
    memory.records += [("/users/ann/preferences/", "tea", 0.6), ("/users/ann/episodes/", "not asked for", 0.99)]
    found = texts(memory, "/users/{actorId}/facts/", "/users/{actorId}/preferences/")
    assert found == ["fact 90", "fact 89", "fact 88", "tea"]
    assert memory.operations() == ["RetrieveMemoryRecords"]


def test_what_is_not_relevant_is_left_out(memory: FakeMemory) -> None:
    memory.records = [("/users/ann/", "near", 0.5), ("/users/ann/", "far", 0.49)]
    assert texts(memory, "/users/{actorId}/") == ["near"]


def test_what_is_known_twice_is_said_once(memory: FakeMemory) -> None:
    memory.records = [("/users/ann/facts/", "tea", 0.9), ("/users/ann/preferences/", " tea ", 0.8)]
    assert texts(memory, "/users/{actorId}/facts/", "/users/{actorId}/preferences/") == ["tea"]


def test_a_long_question_is_cut_to_what_the_service_takes(memory: FakeMemory) -> None:
    client = boto3.Session().client("bedrock-agentcore", region_name="us-east-1", endpoint_url=memory.url)
    Search("/users/ann/", ("/users/ann/",)).run(client, SETTINGS, "x" * 32_000)
    criteria = memory.calls[0].body["searchCriteria"]
    assert isinstance(criteria, dict)
    assert len(criteria["searchQuery"]) == MAX_QUERY
