"""Bearer tokens at a runtime: which callers get in, and what of their request reaches the agent."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx
import pytest

from tests.workbench.local_cloud.agentcore.conftest import ARN, FakeEmulator, Server
from tests.workbench.local_cloud.agentcore.issuer import CLIENT, Issuer, encoded, new_key, serving

SESSION = "session-" + "1" * 30
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock-agentcore/aws4_request"
ESCAPED = quote(ARN, safe="")
USER_ID = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
ACTOR = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Actor-Id"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving(Issuer({"first": new_key()})) as running:
        yield running


@pytest.fixture
def protected(server: Server, issuer: Issuer) -> Server:
    """The server with its runtime behind the issuer."""
    server.control.deploy(
        "1",
        authorizerConfiguration={
            "customJWTAuthorizer": {"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT]}
        },
    )
    return server


def post(
    server: Server, authorization: str | None, *, action: str = "invocations", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    sent = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": SESSION, **(headers or {})}
    if authorization is not None:
        sent["Authorization"] = authorization
    url = f"{server.url}/runtimes/{ESCAPED}/{action}"
    return httpx.post(url, json={"prompt": "hi"}, headers=sent, trust_env=False, timeout=30)


def allow_headers(server: Server, *names: str) -> None:
    server.control.deploy(
        "1", **{**server.control.versions["1"], "requestHeaderConfiguration": {"requestHeaderAllowlist": list(names)}}
    )


def test_a_verified_token_gets_in(protected: Server, issuer: Issuer) -> None:
    answer = post(protected, f"Bearer {issuer.token()}")
    assert (answer.status_code, answer.json()["heard"]) == (200, ["hi"])


def test_an_allowlisted_token_reaches_the_agent(protected: Server, issuer: Issuer) -> None:
    token = issuer.token()
    assert "authorization" not in post(protected, f"Bearer {token}").json()["headers"]

    allow_headers(protected, "Authorization")

    assert post(protected, f"Bearer {token}").json()["headers"]["authorization"] == f"Bearer {token}"


def test_a_signature_never_reaches_the_agent(server: Server) -> None:
    allow_headers(server, "Authorization", ACTOR)
    heard = post(server, SIGNED, headers={ACTOR: "ann"}).json()["headers"]
    assert (heard[ACTOR.lower()], "authorization" in heard) == ("ann", False)


def test_a_user_id_beside_a_token_is_dropped(protected: Server, server: Server, issuer: Issuer) -> None:
    heard = post(protected, f"Bearer {issuer.token()}", headers={USER_ID: "admin"}).json()["headers"]
    assert USER_ID.lower() not in heard

    server.control.deploy("1")

    assert post(server, SIGNED, headers={USER_ID: "ann"}).json()["headers"][USER_ID.lower()] == "ann"


@pytest.mark.parametrize("action", ["invocations", "stopruntimesession"])
@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        (None, 401, "Missing Authentication Token"),
        ("", 401, "Missing Authentication Token"),
        ("Basic dTpw", 401, "Missing Authentication Token"),
        ("Bearer x", 401, "Failed to parse token"),
        (SIGNED, 403, "Authorization method mismatch"),
    ],
)
def test_a_caller_without_a_good_token_reaches_nothing(
    protected: Server, action: str, authorization: str | None, status: int, message: str
) -> None:
    answer = post(protected, authorization, action=action)

    assert (answer.status_code, message in answer.json()["message"]) == (status, True)
    assert protected.get("/_local/sessions").json() == []


def test_refused_tokens_reach_nothing(protected: Server, issuer: Issuer) -> None:
    unsigned = f"{encoded({'alg': 'none', 'kid': 'first'})}.{encoded(issuer.claims())}."
    forged = issuer.token().rsplit(".", 1)[0] + "." + issuer.token(sub="other").rsplit(".", 1)[1]
    refused = [unsigned, forged, issuer.token(exp=1), issuer.token(client_id="other"), issuer.token(iss="other")]

    answers = [post(protected, f"Bearer {token}") for token in refused]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert {answer.headers["x-amzn-errortype"] for answer in answers} == {"UnauthorizedException"}
    assert protected.get("/_local/sessions").json() == []


def test_a_refusal_says_where_the_metadata_is(protected: Server, emulator: FakeEmulator) -> None:
    header = post(protected, None).headers["WWW-Authenticate"]
    path = f"/runtimes/{ESCAPED}/invocations/.well-known/oauth-protected-resource?qualifier=DEFAULT"
    assert header == f'Bearer resource_metadata="{emulator.url}{path}"'


@pytest.mark.parametrize("action", ["invocations", "stopruntimesession"])
@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "Missing Authentication Token"),
        ("Basic dTpw", "Missing Authentication Token"),
        ("Bearer x", "Authorization method mismatch"),
    ],
)
def test_a_runtime_behind_iam_takes_nothing_but_signatures(
    server: Server, action: str, authorization: str | None, message: str
) -> None:
    answer = post(server, authorization, action=action)
    assert (answer.status_code, message in answer.json()["message"]) == (403, True)
    assert "WWW-Authenticate" not in answer.headers
    assert server.get("/_local/sessions").json() == []


def test_a_token_stops_a_session(protected: Server, issuer: Issuer) -> None:
    token = f"Bearer {issuer.token()}"
    post(protected, token)
    answer = post(protected, token, action="stopruntimesession")
    assert (answer.status_code, answer.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"]) == (200, SESSION)
    assert protected.get("/_local/sessions").json() == []


def test_the_metadata_says_who_gives_out_tokens(protected: Server, issuer: Issuer, emulator: FakeEmulator) -> None:
    address = post(protected, None).headers["WWW-Authenticate"].split('"')[1]
    answer = httpx.get(address.replace(emulator.url, protected.url), trust_env=False)
    assert answer.json() == {
        "resource": f"{emulator.url}/runtimes/{ESCAPED}/invocations?qualifier=DEFAULT",
        "authorization_servers": [issuer.url],
        "bearer_methods_supported": ["header"],
    }


def test_a_runtime_behind_iam_has_no_metadata(server: Server) -> None:
    path = f"/runtimes/{ESCAPED}/invocations/.well-known/oauth-protected-resource"
    assert server.get(path).status_code == 403
    assert server.get(path.replace("assistant", "nobodys")).status_code == 404
