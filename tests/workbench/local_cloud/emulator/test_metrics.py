"""The emulator measures what it answers: model calls, sign-ins, and what log lines say."""

import json
import time

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud
from tests.workbench.telemetry.waiting import values

pytestmark = pytest.mark.local_cloud


def _ask(cloud: Cloud, model: str, text: str = "hi") -> None:
    cloud.client("bedrock-runtime").converse(modelId=model, messages=[{"role": "user", "content": [{"text": text}]}])


def _model(cloud: Cloud, model: str, name: str, number: int = 1) -> list[float]:
    return values(cloud.metrics, "AWS/Bedrock", name, {"ModelId": model}, number=number)


def test_a_model_call_is_counted_with_its_tokens_and_time(cloud: Cloud) -> None:
    _ask(cloud, "us.whole.model-v1:0")

    assert _model(cloud, "us.whole.model-v1:0", "Invocations") == [1.0]
    assert _model(cloud, "us.whole.model-v1:0", "InputTokenCount") == [7.0]
    assert _model(cloud, "us.whole.model-v1:0", "OutputTokenCount") == [2.0]
    assert 0 < _model(cloud, "us.whole.model-v1:0", "InvocationLatency")[0] < 5000


def test_a_streamed_call_has_the_time_to_its_first_token(cloud: Cloud) -> None:
    model = "us.streamed.model-v1:0"
    request = {"modelId": model, "messages": [{"role": "user", "content": [{"text": "hi"}]}]}
    list(cloud.client("bedrock-runtime").converse_stream(**request)["stream"])

    latency, first = _model(cloud, model, "InvocationLatency")[0], _model(cloud, model, "TimeToFirstToken")[0]
    # The endpoint waits 0.15 s after each of its two words.
    assert latency - first > 200
    assert _model(cloud, model, "OutputTokenCount") == [2.0]


def test_failed_calls_are_errors_and_no_invocations(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="ModelError"):
        _ask(cloud, "us.failing.model-v1:0", "fail")

    assert _model(cloud, "us.failing.model-v1:0", "InvocationClientErrors") == [1.0]
    assert {metric.name for metric in cloud.metrics.metrics("AWS/Bedrock") if "failing" in str(metric.dimensions)} == {
        "InvocationClientErrors"
    }


def test_a_model_can_be_made_to_throttle(cloud: Cloud) -> None:
    url = f"{cloud.endpoint}/_local/faults"
    on = httpx.put(url, json={"model": {"every": 2}}, trust_env=False)
    assert on.json() == {"model": {"code": "ThrottlingException", "every": 2, "operations": []}}
    try:
        _ask(cloud, "us.throttled.model-v1:0")
        with pytest.raises(ClientError, match="ThrottlingException") as refused:
            _ask(cloud, "us.throttled.model-v1:0")
    finally:
        httpx.put(url, json={}, trust_env=False).raise_for_status()
    _ask(cloud, "us.throttled.model-v1:0")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert _model(cloud, "us.throttled.model-v1:0", "InvocationThrottles") == [1.0]
    assert _model(cloud, "us.throttled.model-v1:0", "Invocations", 2) == [1.0, 1.0]


def test_a_fault_that_does_not_exist_is_refused(cloud: Cloud) -> None:
    refused = httpx.put(f"{cloud.endpoint}/_local/faults", json={"model": {"code": "Boom"}}, trust_env=False)

    assert refused.status_code == 400
    assert "model does not fail with 'Boom': choose from ThrottlingException" in refused.json()["error"]


def test_log_lines_become_metrics_by_filters_and_by_themselves(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/agents/a")
    logs.create_log_stream(logGroupName="/agents/a", logStreamName="s")
    transformation = {
        "metricNamespace": "Filtered",
        "metricName": "Errors",
        "metricValue": "$.number",
        "dimensions": {"Agent": "$.agent"},
        "unit": "Count",
    }
    logs.put_metric_filter(
        logGroupName="/agents/a",
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[transformation],
    )
    directive = {"Namespace": "Embedded", "Dimensions": [["Agent"]], "Metrics": [{"Name": "Tokens", "Unit": "Count"}]}
    now = int(time.time() * 1000)
    lines = [
        {"level": "ERROR", "number": 3, "agent": "a"},
        {"level": "INFO", "number": 4, "agent": "a"},
        {"_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]}, "Agent": "a", "Tokens": 12},
    ]
    events = [{"timestamp": now, "message": json.dumps(line)} for line in lines]
    logs.put_log_events(logGroupName="/agents/a", logStreamName="s", logEvents=events)

    assert values(cloud.metrics, "Filtered", "Errors", {"Agent": "a"}, number=1) == [3.0]
    assert values(cloud.metrics, "Embedded", "Tokens", {"Agent": "a"}, number=1) == [12.0]


def test_a_metric_filter_without_a_pattern_that_can_be_read_is_refused(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/agents/refused")
    transformation = {"metricNamespace": "N", "metricName": "M", "metricValue": "1"}
    with pytest.raises(ClientError, match="has to end with '}'"):
        logs.put_metric_filter(
            logGroupName="/agents/refused",
            filterName="broken",
            filterPattern='{ $.level = "ERROR"',
            metricTransformations=[transformation],
        )


@pytest.fixture(scope="module")
def users(cloud: Cloud) -> tuple[str, str]:
    """A pool and a client with one user, ann."""
    idp = cloud.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="measured")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    idp.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Correct-Horse-9", Permanent=True)
    return pool, client["UserPoolClient"]["ClientId"]


def test_sign_ins_are_counted_with_their_success(cloud: Cloud, users: tuple[str, str]) -> None:
    pool, client = users
    idp = cloud.client("cognito-idp")

    def sign_in(password: str) -> str:
        parameters = {"USERNAME": "ann", "PASSWORD": password}
        answer = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        return str(answer["AuthenticationResult"]["RefreshToken"])

    token = sign_in("Correct-Horse-9")
    with pytest.raises(ClientError, match="NotAuthorized"):
        sign_in("wrong")
    idp.initiate_auth(ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token})

    dimensions = {"UserPool": pool, "UserPoolClient": client}
    assert values(cloud.metrics, "AWS/Cognito", "SignInSuccesses", dimensions, number=2) == [1.0, 0.0]
    assert values(cloud.metrics, "AWS/Cognito", "TokenRefreshSuccesses", dimensions, number=1) == [1.0]


def test_sign_ups_are_counted(cloud: Cloud, users: tuple[str, str]) -> None:
    pool, client = users
    cloud.client("cognito-idp").sign_up(ClientId=client, Username="bob", Password="Correct-Horse-9")

    dimensions = {"UserPool": pool, "UserPoolClient": client}
    assert values(cloud.metrics, "AWS/Cognito", "SignUpSuccesses", dimensions, number=1) == [1.0]
