"""A runtime in an account, read from a control plane that answers as AWS documents it."""

from collections.abc import Iterator

import pytest
from botocore.config import Config
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.serving import serving
from workbench.deployed_runtime import read_runtime
from workbench.errors import WorkbenchError

ARN = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/{}"
ONCE = Config(retries={"total_max_attempts": 1})
RUNTIMES: dict[str, dict[str, object]] = {
    "plain-1": {"agentRuntimeName": "plain"},
    "full-1": {
        "agentRuntimeName": "full",
        "environmentVariables": {"BEDROCK_AGENTCORE_MEMORY_ID": "notes-1", "AGENT_MODEL_ID": "us.some.model-v1:0"},
        "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://example.com"}},
    },
}


async def answer(request: Request) -> JSONResponse:
    runtime = RUNTIMES.get(request.path_params["id"])
    if runtime is None:
        headers = {"x-amzn-errortype": "ResourceNotFoundException"}
        return JSONResponse({"message": "no such runtime"}, 404, headers)
    return JSONResponse(runtime)


@pytest.fixture(scope="module")
def control_plane() -> Iterator[str]:
    with serving(Starlette(routes=[Route("/runtimes/{id}/", answer)])) as url:
        yield url


@pytest.fixture(autouse=True)
def account(control_plane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", control_plane)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")


def test_says_what_the_runtime_is_told_and_what_opens_it() -> None:
    found = read_runtime(ARN.format("full-1"), ONCE)
    assert (found.name, found.region, found.runtime_id) == ("full", "eu-central-1", "full-1")
    assert (found.memory_id, found.model_id) == ("notes-1", "us.some.model-v1:0")
    assert found.model == "Amazon Bedrock in eu-central-1, us.some.model-v1:0"
    assert found.takes_tokens


def test_a_runtime_may_be_told_nothing() -> None:
    found = read_runtime(ARN.format("plain-1"), ONCE)
    assert (found.memory_id, found.model_id, found.takes_tokens) == ("", "", False)
    assert found.model == "Amazon Bedrock in eu-central-1, model of the agent"


@pytest.mark.parametrize("arn", ["plain", "arn:aws:lambda:eu-central-1:111122223333:function:plain", ""])
def test_fails_for_what_is_no_arn_of_a_runtime(arn: str) -> None:
    with pytest.raises(WorkbenchError, match=f"--runtime-arn takes the ARN of an AgentCore runtime .*got '{arn}'"):
        read_runtime(arn, ONCE)


def test_fails_for_a_runtime_that_is_not_there() -> None:
    with pytest.raises(WorkbenchError, match=r"cannot read the runtime .*none-1: .*no such runtime"):
        read_runtime(ARN.format("none-1"), ONCE)


def test_fails_without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = str(tmp_path_factory.mktemp("home") / "none")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(WorkbenchError, match="there are no AWS credentials"):
        read_runtime(ARN.format("plain-1"), ONCE)
