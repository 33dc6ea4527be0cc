"""What a guardrail judges is measured as Amazon Bedrock does, and it can be made to fail."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.service import Scope
from workbench.local_cloud.faults import FaultSwitches
from workbench.local_cloud.guardrails.server import PATH, GuardrailRoutes
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.local_cloud.guardrails.store import GuardrailStore
from workbench.telemetry.store import Datum

SCOPE = Scope("000000000000", "us-east-1")
HEADERS = {"x-local-account": SCOPE.account, "x-local-region": SCOPE.region}
WORDS = {
    "Name": "guard",
    "BlockedInputMessaging": "no",
    "BlockedOutputsMessaging": "no",
    "WordPolicyConfig": {"WordsConfig": [{"Text": "moonbase"}]},
}


class Guarded:
    def __init__(self) -> None:
        self.measured: list[Datum] = []
        self.faults = FaultSwitches()
        store = GuardrailStore()
        made = store.create(SCOPE, WORDS)
        self.id, self.arn = made.id, made.arn
        routes = GuardrailRoutes(GuardrailService(store), Observing(self.measured.extend, self.faults)).routes()
        self.client = TestClient(Starlette(routes=list(routes)))

    def apply(self, text: str, source: str = "INPUT", guardrail: str = "") -> int:
        asked = {"source": source, "content": [{"text": {"text": text}}], "guardrailVersion": "DRAFT"}
        body = {**asked, "guardrailIdentifier": guardrail or self.id}
        return self.client.post(PATH, json=body, headers=HEADERS).status_code

    def values(self, name: str, **dimensions: str) -> list[float]:
        wanted = ("AWS/Bedrock/Guardrails", name, dimensions)
        return [one.value for one in self.measured if (one.namespace, one.name, one.dimensions) == wanted]


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


def test_uses_and_interventions_are_counted_by_guardrail_source_and_policy(guarded: Guarded) -> None:
    guarded.apply("hello")
    guarded.apply("where is the moonbase?", "OUTPUT")
    guardrail = {"GuardrailArn": guarded.arn, "GuardrailVersion": "DRAFT"}

    assert guarded.values("Invocations", **guardrail) == [1, 1]
    assert guarded.values("Invocations", GuardrailContentSource="Output") == [1]
    assert guarded.values("InvocationsIntervened", **guardrail) == [1]
    assert guarded.values("InvocationsIntervened", GuardrailPolicyType="WordPolicy") == [1]
    assert guarded.values("InvocationsIntervened", GuardrailContentSource="Input") == []
    assert guarded.values("TextUnitCount", **guardrail, GuardrailPolicyType="WordPolicy") == [1, 1]
    assert len(guarded.values("InvocationLatency", Operation="ApplyGuardrail")) == 2


def test_a_guardrail_that_fails_or_is_not_there_is_an_error(guarded: Guarded) -> None:
    assert guarded.apply("hello", guardrail="missing12345") == 404
    guarded.faults.replace({"guardrail": {"code": "ThrottlingException"}})
    assert guarded.apply("hello") == 429
    guarded.faults.replace({"guardrail": {}})
    assert guarded.apply("hello") == 503

    assert guarded.values("InvocationClientErrors", Operation="ApplyGuardrail") == [1]
    assert guarded.values("InvocationThrottles", Operation="ApplyGuardrail") == [1]
    assert guarded.values("InvocationServerErrors", Operation="ApplyGuardrail") == [1]
    assert guarded.values("Invocations", Operation="ApplyGuardrail") == []
