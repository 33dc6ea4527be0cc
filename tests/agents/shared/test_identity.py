import re
from itertools import combinations

import jwt
import pytest

from agents.shared.errors import AgentError
from agents.shared.identity import ACTOR_HEADER, Proof, memory_actor_id, proof_of, resolve_actor
from agents.shared.settings import Settings
from tests.agents.conftest import variables

# Of CreateEvent in botocore's service model.
SERVICE_PATTERN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*")

IAM = Settings.from_environment(variables())
IAM_WITHOUT_HEADER = Settings.from_environment(variables(AGENT_ACTOR_HEADER_ALLOWED="false"))
JWT = Settings.from_environment(variables(AGENT_INBOUND_AUTH="JWT"))


def bearer(claims: dict[str, object]) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(claims, 'a key the agent never sees, 32 bytes')}"}


def code_of(settings: Settings, headers: dict[str, str]) -> str:
    with pytest.raises(AgentError) as caught:
        resolve_actor(settings, headers)
    return caught.value.code


def test_the_header_names_the_actor_in_any_case() -> None:
    assert resolve_actor(IAM, {ACTOR_HEADER: "ann"}) == "ann"
    assert resolve_actor(IAM, {ACTOR_HEADER.lower(): " ann "}) == "ann"


def test_the_header_counts_only_where_it_is_allowed() -> None:
    assert code_of(IAM_WITHOUT_HEADER, {ACTOR_HEADER: "ann"}) == "identity_required"


@pytest.mark.parametrize("headers", [{}, {ACTOR_HEADER: ""}, {ACTOR_HEADER: "   "}])
def test_fails_without_an_actor(headers: dict[str, str]) -> None:
    assert code_of(IAM, headers) == "identity_required"


def test_a_token_names_the_actor() -> None:
    assert resolve_actor(JWT, bearer({"sub": "5f0c7d3e-ann"})) == "5f0c7d3e-ann"


def test_a_forged_header_beside_a_token_is_ignored() -> None:
    assert resolve_actor(JWT, {**bearer({"sub": "ann"}), ACTOR_HEADER: "bob"}) == "ann"


def test_a_forged_header_does_not_stand_in_for_a_token() -> None:
    assert code_of(JWT, {ACTOR_HEADER: "bob"}) == "identity_required"


def test_a_token_is_not_read_where_nothing_has_verified_it() -> None:
    assert resolve_actor(IAM, {**bearer({"sub": "bob"}), ACTOR_HEADER: "ann"}) == "ann"
    assert code_of(IAM_WITHOUT_HEADER, bearer({"sub": "bob"})) == "identity_required"


def test_a_verified_token_goes_on_as_it_came() -> None:
    headers = bearer({"sub": "ann"})
    sent = headers["Authorization"]
    assert proof_of(JWT, headers).user_token == sent.removeprefix("Bearer ")
    assert proof_of(JWT, {"authorization": sent}) == proof_of(JWT, headers)


def test_a_token_that_nothing_has_verified_goes_nowhere() -> None:
    assert proof_of(IAM, bearer({"sub": "ann"})) == Proof()


def test_a_request_without_a_token_proves_nothing() -> None:
    with pytest.raises(AgentError, match="carries no bearer token"):
        proof_of(JWT, {})


@pytest.mark.parametrize("header", ["WorkloadAccessToken", "X-Amz-Bedrock-AgentCore-Identity-WAT"])
def test_runtime_says_who_the_agent_is(header: str) -> None:
    assert proof_of(IAM, {header: "opaque"}).workload_token == "opaque"
    assert proof_of(JWT, {**bearer({"sub": "ann"}), header: "opaque"}).workload_token == "opaque"


def test_a_proof_does_not_show_in_logs() -> None:
    assert "secret" not in repr(Proof("secret", "secret"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer e30.bnVsbA.x"},
        bearer({"client_id": "machine"}),
        bearer({"sub": " "}),
    ],
)
def test_fails_without_a_subject(headers: dict[str, str]) -> None:
    assert code_of(JWT, headers) == "identity_required"


def test_ids_are_distinct_and_accepted_by_the_service() -> None:
    identities = [
        "ann",
        "Ann",
        "ann/facts",
        "ann:facts",
        "ann facts",
        "ann@example.org",
        "auth0|ann",
        "-ann",
        "ann" * 200,
        "ann" * 200 + "x",
        "änn",
        "../bob",
        "*",
        "b3f1c0de-0000-4000-8000-000000000000",
        memory_actor_id("ann@example.org"),
    ]
    ids = [memory_actor_id(identity) for identity in identities]
    assert all(SERVICE_PATTERN.fullmatch(actor) and len(actor) <= 255 for actor in ids)
    assert all(one != other for one, other in combinations(ids, 2))
    assert not any("/" in actor for actor in ids), "an actor's namespace must not lie below another's"
    assert ids[0] == "ann"
    assert memory_actor_id("ann@example.org") == memory_actor_id("ann@example.org")
