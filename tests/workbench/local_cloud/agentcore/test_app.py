import httpx
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.agentcore.conftest import Server


def test_health_and_routes_are_served(server: Server) -> None:
    assert server.get("/_local/health").json() == {"status": "ok", "pendingExtractions": 0, "sessions": 0}
    rows = server.get("/_local/routes").json()
    assert {
        "service": "bedrock-agentcore",
        "method": "POST",
        "uri": "/memories/{memoryId}/events",
        "operation": "CreateEvent",
    } in rows
    assert {row["service"] for row in rows} == {"bedrock-agentcore", "bedrock-agentcore-control"}


def test_resources_go_to_their_provider(server: Server) -> None:
    request = {"operation": "create", "type": "AWS::BedrockAgentCore::Memory"}

    answer = httpx.post(server.url + "/_local/resources", json=request, trust_env=False)

    assert answer.json()["physicalId"] == "p-1"
    assert server.resources.requests == [request]


def test_a_refused_resource_is_an_error_with_its_reason(server: Server) -> None:
    answer = httpx.post(server.url + "/_local/resources", json={"type": "AWS::Nothing"}, trust_env=False)

    assert (answer.status_code, answer.json()) == (400, {"error": "AWS::Nothing is not known"})


def test_what_is_not_simulated_says_so(server: Server) -> None:
    client = server.client()

    with pytest.raises(ClientError, match="does not simulate StartBrowserSession") as caught:
        client.start_browser_session(browserIdentifier="aws.browser.v1")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_unknown_paths_answer_as_a_service_does(server: Server) -> None:
    answer = server.get("/nowhere")

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


def test_the_callers_scope_comes_from_the_emulators_headers(server: Server) -> None:
    def actors(region: str) -> object:
        headers = {"x-local-account": "111111111111", "x-local-region": region}
        body = {"actorId": "ann", "eventTimestamp": 1, "payload": []}
        base = server.url + "/memories/assistant-0123456789"
        if region == "us-west-2":
            httpx.post(base + "/events", json=body, headers=headers, trust_env=False).raise_for_status()
        return httpx.post(base + "/actors", json={}, headers=headers, trust_env=False).json()["actorSummaries"]

    assert actors("us-west-2") == [{"actorId": "ann"}]
    assert actors("eu-west-1") == []
