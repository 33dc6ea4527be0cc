"""`agentcore-workbench trace` against a recorded session: what it prints, and what it refuses."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.serving import serving
from tests.workbench.telemetry.messages import span, traces_message
from workbench.cli import main
from workbench.local_cloud.workspace import RunningCloud, Workspace
from workbench.telemetry.otlp import Source, read_spans
from workbench.telemetry.spans import SpanStore

AGENT = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/assistant-1"
FIRST, SECOND = "session-aaaa-1", "session-bbbb-2"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    health = Route("/_ministack/health", lambda _: JSONResponse({}))
    with serving(Starlette(routes=[health])) as url:
        yield url


@pytest.fixture
def spans(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpanStore:
    """The spans of a cloud that runs in this process's directory."""
    (tmp_path / "cdk.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    workspace = Workspace(tmp_path / ".workbench" / "local-cloud")
    workspace.root.mkdir(parents=True)
    created = psutil.Process().create_time()
    workspace.publish(RunningCloud(os.getpid(), created, endpoint, "", "scripted stand-in", str(workspace.access_log)))
    return SpanStore(workspace.telemetry.spans)


def _record(store: SpanStore, session: str, *, start: float = 1.0) -> None:
    usage = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}
    trace_id = f"{int(start):032x}"
    sent = [
        span("POST /invocations", 1, seconds=(start, start + 2), trace_id=trace_id),
        span("chat", 2, 1, seconds=(start, start + 1.5), trace_id=trace_id, attributes=usage),
        span("execute_tool", 3, 1, seconds=(start + 1.5, start + 1.6), trace_id=trace_id, error="no\nclock"),
    ]
    store.record(read_spans(traces_message(sent), Source(AGENT, session)))


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["trace", *arguments])
    printed = capsys.readouterr()
    return int(str(ended.value.code)), printed.out, printed.err


def test_the_tree_says_parts_tokens_time_and_errors(spans: SpanStore, capsys: pytest.CaptureFixture[str]) -> None:
    _record(spans, FIRST)

    code, out, _ = _run(capsys, FIRST)

    assert code == 0
    assert f"Session {FIRST} of assistant-1" in out
    assert "model: scripted stand-in" in out
    assert "chat  1.50 s  10 tokens in, 2 out" in out
    assert "execute_tool  100 ms  ERROR no clock" in out
    assert "1 trace(s), 2.00 s, 10 tokens in, 2 out, 1 error(s)" in out


def test_the_last_session_is_the_one_used_last(spans: SpanStore, capsys: pytest.CaptureFixture[str]) -> None:
    _record(spans, SECOND, start=5.0)
    _record(spans, FIRST)

    assert f"Session {SECOND}" in _run(capsys, "--last")[1]
    assert f"Session {FIRST}" in _run(capsys, "session-a")[1]


def test_json_has_every_span_in_its_place(spans: SpanStore, capsys: pytest.CaptureFixture[str]) -> None:
    _record(spans, FIRST)

    document = json.loads(_run(capsys, FIRST, "--json")[1])

    (trace,) = document["traces"]
    (root,) = trace["spans"]
    assert (document["sessionId"], document["agentRuntimeArn"]) == (FIRST, AGENT)
    assert (trace["tokens"], trace["errors"], trace["seconds"]) == ({"input": 10, "output": 2}, 1, 2.0)
    assert [(child["part"], child["error"]) for child in root["spans"]] == [("model", None), ("step", "no\nclock")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("session-c",), "no spans of session 'session-c'"),
        (("session-",), "2 sessions begin with 'session-'"),
        ((), "name one session, or pass --last"),
        ((FIRST, "--last"), "name one session, or pass --last"),
    ],
)
def test_fails_on_a_session_that_nobody_knows(
    spans: SpanStore, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    _record(spans, FIRST)
    _record(spans, SECOND, start=5.0)

    code, _, err = _run(capsys, *arguments)

    assert code == 2
    assert message in err


def test_fails_where_no_agent_has_sent_anything(spans: SpanStore, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = _run(capsys, "--last")

    assert (code, "no agent has sent spans yet" in err) == (2, True)
