import datetime as dt
import json
import re
from collections.abc import Callable, Mapping

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from workbench.local_cloud.agentcore.service import ServiceError
from workbench.local_cloud.agentcore.wire import HttpRequest, HttpResult, Wire

NOW = dt.datetime(2026, 11, 20, 21, 30, 15, 123000, dt.UTC)


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *args: object, **kwargs: object) -> list[bytes]:
        return [self._content]

    def read(self, *args: object) -> bytes:
        content, self._content = self._content, b""
        return content


class Loop:
    """Takes what a boto3 client sends through the wire, without a network."""

    def __init__(self, service: str, wire: Wire) -> None:
        self.wire = wire
        self.seen: list[tuple[str, Mapping[str, object]]] = []
        self.result: Mapping[str, object] | ServiceError = {}
        session = boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        self.client = session.client(service)  # type: ignore[call-overload]
        self.client.meta.events.register("before-send", self._send)

    def _send(self, request: AWSRequest, **_: object) -> AWSResponse:
        url = str(request.url)
        path, _sep, query = url.split("amazonaws.com", 1)[1].partition("?")
        headers = {k.lower(): v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        result = self._answer(HttpRequest(str(request.method), path, query, headers, content))
        sent = HTTPHeaders()
        for name, value in result.headers.items():
            sent[name] = value
        return AWSResponse(url, result.status, sent, _Body(result.body))

    def _answer(self, request: HttpRequest) -> HttpResult:
        try:
            route, labels = self.wire.match(request.method, request.path)
            self.seen.append((route.operation.name, self.wire.parse(route, labels, request)))
            if isinstance(self.result, ServiceError):
                raise self.result
            return self.wire.serialize(route, self.result)
        except ServiceError as error:
            return self.wire.error(error)


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire()


@pytest.fixture
def loop(wire: Wire) -> Callable[[str], Loop]:
    return lambda service: Loop(service, wire)


def test_no_two_operations_share_method_and_path(wire: Wire) -> None:
    keys = [(row["method"], re.sub(r"\{\w+\+?\}", "{}", row["uri"]).rstrip("/")) for row in wire.routes()]

    assert len(keys) > 200
    assert len(keys) == len(set(keys))


def test_every_operation_is_found_by_its_own_path(wire: Wire) -> None:
    wrong = []
    for row in wire.routes():
        route, labels = wire.match(row["method"], re.sub(r"\{(\w+)\+?\}", r"a%2Fb-\1", row["uri"]))
        if route.operation.name != row["operation"] or any(not v.startswith("a/b-") for v in labels.values()):
            wrong.append((row, route.operation.name))

    assert wrong == []


def test_labels_body_and_timestamps_arrive_typed(loop: Callable[[str], Loop]) -> None:
    data = loop("bedrock-agentcore")
    payload = [{"conversational": {"role": "USER", "content": {"text": "grüß dich"}}}, {"blob": {"a": [1, None]}}]
    data.result = {
        "event": {
            "memoryId": "m-0123456789",
            "actorId": "ann",
            "sessionId": "s",
            "eventId": "1#a",
            "eventTimestamp": NOW,
            "payload": payload,
            "branch": None,
        }
    }

    answer = data.client.create_event(memoryId="mem-0123456789", actorId="ann", eventTimestamp=NOW, payload=payload)

    operation, params = data.seen[0]
    assert operation == "CreateEvent"
    assert params["memoryId"] == "mem-0123456789"
    assert params["eventTimestamp"] == NOW
    assert params["payload"] == payload
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["event"]["eventTimestamp"] == NOW
    assert answer["event"]["payload"] == payload
    assert "branch" not in answer["event"]


def test_headers_query_and_raw_payload_travel_both_ways(loop: Callable[[str], Loop]) -> None:
    data = loop("bedrock-agentcore")
    arn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/a-0123456789"
    data.result = {"runtimeSessionId": "s" * 40, "contentType": "text/plain", "statusCode": 202, "response": b"\x00raw"}

    answer = data.client.invoke_agent_runtime(
        agentRuntimeArn=arn, qualifier="prod", runtimeSessionId="s" * 40, payload=b"\xffbytes", contentType="text/plain"
    )

    _, params = data.seen[0]
    assert params["agentRuntimeArn"] == arn
    assert (params["qualifier"], params["runtimeSessionId"]) == ("prod", "s" * 40)
    assert params["payload"] == b"\xffbytes"
    assert answer["response"].read() == b"\x00raw"
    assert (answer["statusCode"], answer["contentType"], answer["runtimeSessionId"]) == (202, "text/plain", "s" * 40)


def test_the_control_plane_answers_with_iso_timestamps(loop: Callable[[str], Loop]) -> None:
    control = loop("bedrock-agentcore-control")
    control.result = {"createdAt": NOW, "agentRuntimeName": "a", "lifecycleConfiguration": {"maxLifetime": 60}}

    answer = control.client.get_agent_runtime(agentRuntimeId="a-0123456789", agentRuntimeVersion="2")

    assert control.seen == [("GetAgentRuntime", {"agentRuntimeId": "a-0123456789", "agentRuntimeVersion": "2"})]
    assert answer["createdAt"] == NOW


def test_errors_become_the_clients_exceptions(loop: Callable[[str], Loop]) -> None:
    data = loop("bedrock-agentcore")
    data.result = ServiceError("ResourceNotFoundException", "no such memory", 404)

    with pytest.raises(data.client.exceptions.ResourceNotFoundException, match="no such memory"):
        data.client.list_actors(memoryId="mem-0123456789")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"memoryId": "long-enough-memory", "actorId": "ann", "sessionId": "s"},
            "Value 'long-enough-memory' at 'memoryId'.*pattern",
        ),
        (
            {"memoryId": "mem-0123456789", "actorId": "ann", "sessionId": "s", "maxResults": 101},
            "less than or equal to 100",
        ),
        ({"memoryId": "mem-0123456789", "actorId": "-", "sessionId": "s"}, "Value '-' at 'actorId'"),
        (
            {
                "memoryId": "mem-0123456789",
                "actorId": "ann",
                "sessionId": "s",
                "filter": {"eventMetadata": [{"left": {"metadataKey": "k"}, "operator": "LIKE"}]},
            },
            "Value 'LIKE' at 'filter.eventMetadata.1.member.operator'.*enum",
        ),
    ],
)
def test_constraints_of_the_model_are_enforced(
    loop: Callable[[str], Loop], params: dict[str, object], message: str
) -> None:
    data = loop("bedrock-agentcore")

    with pytest.raises(ClientError, match=message) as caught:
        data.client.list_events(**params)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert data.seen == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "no valid JSON"),
        (b"[]", "must be a structure"),
        (b'{"actorId": 7}', "'actorId' is no valid string"),
        (b'{"actorId": "a", "eventTimestamp": "soon", "payload": []}', "'eventTimestamp' is no valid timestamp"),
        (b'{"actorId": "a", "eventTimestamp": 1, "payload": {}}', "'payload' must be a list"),
        (b'{"actorId": "a"}', "2 validation errors detected.*'eventTimestamp'.*'payload'"),
        (b'{"actorId": "a", "eventTimestamp": 1, "payload": [{}]}', "exactly one of conversational"),
    ],
)
def test_malformed_bodies_are_refused(wire: Wire, body: bytes, message: str) -> None:
    route, labels = wire.match("POST", "/memories/mem-0123456789/events")

    with pytest.raises(ServiceError, match=message) as caught:
        wire.parse(route, labels, HttpRequest("POST", "", body=body))

    assert caught.value.code == "ValidationException"


def test_unknown_paths_are_refused(wire: Wire) -> None:
    with pytest.raises(ServiceError, match="GET /nowhere") as caught:
        wire.match("GET", "/nowhere")

    assert caught.value.code == "UnknownOperationException"


def test_unknown_members_are_dropped(wire: Wire) -> None:
    route, labels = wire.match("POST", "/memories/mem-0123456789/actors")

    params = wire.parse(route, labels, HttpRequest("POST", "", body=json.dumps({"invented": 1}).encode()))

    assert params == {"memoryId": "mem-0123456789"}
