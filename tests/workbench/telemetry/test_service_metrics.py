"""The local cloud publishes as a service's metrics what the service publishes, units and dimensions included.

So do the agents, whose lines in the embedded metric format it reads.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from agents.shared.guardrails import record
from workbench.telemetry.services import agentcore, bedrock, cognito, gateway
from workbench.telemetry.services.outcome import Outcome
from workbench.telemetry.store import Datum

TABLE = Path(__file__).parents[2] / "data" / "cloudwatch" / "service_metrics.toml"
OUTCOMES = (Outcome(1.0), Outcome(1.0, 400, "Bad"), Outcome(1.0, 429, "Slow"), Outcome(1.0, 500, "Broken"))
Metric = tuple[str, str, frozenset[str], str]


def _published() -> Iterator[Datum]:
    yield from agentcore.runtime_session_began(name="a::DEFAULT", arn="arn", when=1.0)
    yield from agentcore.inbound_authorized(arn="arn", when=1.0)
    yield from agentcore.inbound_refused(arn="arn", code="Denied", when=1.0)
    yield from agentcore.memory_items(arn="arn", kind="MemoryRecordsExtracted", number=2, when=1.0)
    yield from agentcore.tool_session_ended("BrowserSession", arn="arn", milliseconds=1.0, when=1.0)
    for outcome in OUTCOMES:
        yield from _of(outcome)
    asked = gateway.GatewayRequest("arn", "tools/call", "t___x")
    yield from gateway.target_called(asked, "Lambda", milliseconds=1.0, when=1.0)
    for succeeded in (True, False):
        counts = (cognito.signed_in, cognito.signed_up, cognito.token_refreshed)
        for count in counts:
            yield from count(pool="p", client="c", succeeded=succeeded, when=1.0)
        yield from cognito.federated(pool="p", client="c", provider="i", succeeded=succeeded, when=1.0)


def _of(outcome: Outcome) -> Iterator[Datum]:
    yield from agentcore.runtime_invoked(name="a::DEFAULT", arn="arn", outcome=outcome)
    yield from agentcore.memory_called("CreateEvent", arn="arn", outcome=outcome)
    yield from agentcore.tool_called("InvokeCodeInterpreter", arn="arn", outcome=outcome)
    yield from agentcore.workload_token_fetched("GetWorkloadAccessToken", identity="w", outcome=outcome)
    yield from agentcore.resource_token_fetched(identity="w", provider="p", flow="M2M", outcome=outcome)
    yield from agentcore.api_key_fetched(identity="w", provider="p", outcome=outcome)
    yield from gateway.gateway_called(gateway.GatewayRequest("arn", "tools/call", "t___x"), outcome)
    question = gateway.PolicyQuestion("AuthorizeAction", "engine", "gateway", "ENFORCE", "t___x")
    yield from gateway.policies_decided(question, outcome, allowed=1, denied=0, undetermined=0, mismatched=0)
    yield from bedrock.model_called("m", outcome, bedrock.ModelAnswer(1, 2, 3.0))
    if outcome.failed:
        yield from bedrock.guardrail_failed(arn="arn", version="1", source="Input", outcome=outcome)
    else:
        use = bedrock.GuardrailUse("arn", "1", "Input", True, ["WordPolicy"], {"WordPolicy": 1})
        yield from bedrock.guardrail_applied(use, outcome)


def _made() -> set[Metric]:
    of_services = {(one.namespace, one.name, frozenset(one.dimensions), one.unit) for one in _published()}
    of_agents = {
        (record.NAMESPACE, name, frozenset(dimensions), "Count")
        for name in record.METRICS
        for dimensions in record.DIMENSIONS
    }
    return of_services | of_agents


def _listed(*, local_only: bool) -> set[Metric]:
    rows = tomllib.loads(TABLE.read_text())["metric"]
    return {
        (row["namespace"], row["name"], frozenset(dimensions), row["unit"])
        for row in rows
        if row["local"] or not local_only
        for dimensions in row["dimensions"]
    }


def test_only_what_services_publish_is_published() -> None:
    assert _made() - _listed(local_only=False) == set()


def test_everything_is_published_that_the_table_says_is() -> None:
    assert _listed(local_only=True) - _made() == set()


def test_nothing_is_published_that_the_table_says_only_aws_has() -> None:
    only_aws = _listed(local_only=False) - _listed(local_only=True)

    assert _made() & only_aws == set()


def test_methods_and_operations_that_aws_lists_no_metrics_of_have_none() -> None:
    assert agentcore.memory_called("BatchCreateMemoryRecords", arn="arn", outcome=OUTCOMES[0]) == []
    asked = gateway.GatewayRequest("arn", "ping")
    assert {len(one.dimensions) for one in gateway.gateway_called(asked, OUTCOMES[0])} == {3}
