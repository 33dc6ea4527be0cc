"""What a tool call through a local gateway takes beyond calling its Lambda function."""

import base64
import json
import time
from collections.abc import Callable, Sequence

import httpx

from benchmarks.stage import HOME
from benchmarks.table import Row
from benchmarks.timing import percentile
from tests.workbench.local_cloud.gateway.cloud import Gateway, GatewayCloud, allow
from workbench.local_cloud.cloud import LocalCloud

CALLS = 300
WARM_UP = 30
MAX_RATIO = 4
"""How many times as long a call through the gateway may take, at the median."""

HANDLER = """
def handler(event, context):
    return {"text": event["text"], "tool": context.client_context.custom["bedrockAgentCoreToolName"]}
"""
"""The tool. It needs the client context, which a direct call has to bring along as the gateway does."""

_ARGUMENTS = {"text": "hello"}
_ANSWER = {"text": "hello", "tool": "Echo___echo"}


def measure() -> list[Row]:
    with LocalCloud(HOME, work=HOME / "benchmarks") as running:
        cloud = GatewayCloud(running.endpoint, running.agentcore_url, running.workspace.access_log)
        function = cloud.function("benchmark", HANDLER)
        gateway = cloud.gateway("benchmark", allow("lambda:InvokeFunction", function))
        gateway.lambda_target("Echo", function)
        with httpx.Client(trust_env=False) as http:
            return _rows(*_in_turn(lambda: _through_gateway(http, gateway), lambda: _directly(cloud, function)))


def _in_turn(through: Callable[[], float], directly: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Both calls alternately, so that they are made under the same load."""
    for _ in range(WARM_UP):
        through(), directly()
    pairs = [(through(), directly()) for _ in range(CALLS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _rows(through: Sequence[float], directly: Sequence[float]) -> list[Row]:
    how = f"{CALLS} warm calls one after the other, in turn with the others"
    added = [more - less for more, less in zip(through, directly, strict=True)]
    slower = [more / less for more, less in zip(through, directly, strict=True)]
    slow = percentile(through, 0.99) - percentile(directly, 0.99)
    return [
        Row("gateway tool call, p50", percentile(through, 0.5) * 1000, "ms", how=f"tools/call by HTTP, {how}"),
        Row("gateway tool call, p99", percentile(through, 0.99) * 1000, "ms", how="the same calls"),
        Row("its Lambda function directly, p50", percentile(directly, 0.5) * 1000, "ms", how=f"Invoke by boto3, {how}"),
        Row("its Lambda function directly, p99", percentile(directly, 0.99) * 1000, "ms", how="the same calls"),
        Row("gateway adds to a tool call, p50", percentile(added, 0.5) * 1000, "ms", how="pair by pair"),
        Row("gateway adds to a tool call, p99", slow * 1000, "ms", how="difference of the two p99"),
        Row("gateway tool call, direct = 1", percentile(slower, 0.5), "×", MAX_RATIO, "median, pair by pair"),
    ]


def _through_gateway(http: httpx.Client, gateway: Gateway) -> float:
    params = {"name": "Echo___echo", "arguments": _ARGUMENTS}
    begun = time.perf_counter()
    answer = http.post(gateway.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    taken = time.perf_counter() - begun
    assert json.loads(answer.json()["result"]["content"][0]["text"]) == _ANSWER, answer.text
    return taken


def _directly(cloud: GatewayCloud, function: str) -> float:
    context = base64.b64encode(json.dumps({"custom": {"bedrockAgentCoreToolName": "Echo___echo"}}).encode()).decode()
    client, payload = cloud.client("lambda"), json.dumps(_ARGUMENTS).encode()
    begun = time.perf_counter()
    answer = client.invoke(FunctionName=function, Payload=payload, ClientContext=context)
    heard = answer["Payload"].read()
    taken = time.perf_counter() - begun
    assert json.loads(heard) == _ANSWER, heard
    return taken
