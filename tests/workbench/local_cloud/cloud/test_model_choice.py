import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from workbench.errors import WorkbenchError
from workbench.local_cloud.model_choice import ModelChoice
from workbench.local_cloud.model_relay import build_app


def test_the_scripted_model_is_labelled_as_a_stand_in() -> None:
    assert ModelChoice.parse("scripted").label == "scripted stand-in"


def test_an_endpoint_is_labelled_with_its_name_and_host() -> None:
    choice = ModelChoice.parse("http://127.0.0.1:11434/v1", name="qwen3")
    assert choice.label == "qwen3 at 127.0.0.1:11434, in place of Bedrock"


@pytest.mark.parametrize("text", ["ollama", "ftp://host", "http://", "127.0.0.1:11434"])
def test_fails_on_anything_else(text: str) -> None:
    with pytest.raises(WorkbenchError, match="no such model"):
        ModelChoice.parse(text)


def test_fails_on_a_name_without_an_endpoint() -> None:
    with pytest.raises(WorkbenchError, match="a name belongs to an endpoint, got 'qwen3' with the model 'scripted'"):
        ModelChoice.parse("scripted", name="qwen3")


def _endpoint(seen: list[object], status: int = 200) -> httpx.AsyncClient:
    async def complete(request: Request) -> Response:
        seen.append((await request.json(), request.headers.get("authorization")))
        return JSONResponse({"choices": []}, status)

    app = Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app))


@pytest.mark.parametrize("url", ["http://models", "http://models/", "http://models/v1"])
def test_the_relay_asks_under_the_models_name_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    seen: list[object] = []
    relay = TestClient(build_app(url, "qwen3", _endpoint(seen)))
    answer = relay.post("/v1/chat/completions", json={"model": "us.anthropic.claude", "messages": []})
    assert answer.json() == {"choices": []}
    assert seen == [({"model": "qwen3", "messages": []}, "Bearer key")]


def test_the_relay_passes_an_error_on() -> None:
    relay = TestClient(build_app("http://models", "qwen3", _endpoint([], 404)))
    assert relay.post("/v1/chat/completions", json={}).status_code == 404


def test_the_relay_says_when_the_endpoint_does_not_answer() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    answer = TestClient(build_app("http://models", "qwen3", client)).post("/v1/chat/completions", json={})
    assert answer.status_code == 502
    assert "http://models/v1/chat/completions did not answer" in json.dumps(answer.json())


def test_a_name_is_refused_for_bedrock_too() -> None:
    with pytest.raises(WorkbenchError, match="a name belongs to an endpoint, got 'claude' with the model 'bedrock'"):
        ModelChoice.parse("bedrock", name="claude")
