"""What the stand-in makes of the prompts in tests/data/guardrails under the cloud-engineering guardrail."""

from collections.abc import Mapping

import pytest

from tests.workbench.local_cloud.guardrails.guarded_cloud import MODEL, GuardedCloud, guardrail, preset, version
from tests.workbench.local_cloud.guardrails.prompts import Prompt, adversarial, harmless
from workbench.local_cloud.agentcore.service import Scope
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.local_cloud.guardrails.store import GuardrailStore

SCOPE = Scope("000000000000", "us-east-1")
Judge = tuple[GuardrailService, str]


@pytest.fixture(scope="module")
def judge() -> Judge:
    store = GuardrailStore()
    return GuardrailService(store), store.create(SCOPE, preset()).id


def judged(judge: Judge, text: str) -> tuple[str, set[str]]:
    """The outcome, and the topics and types that say so."""
    service, id_ = judge
    content = [{"text": {"text": text}}]
    named = {"guardrailIdentifier": id_, "guardrailVersion": "DRAFT", "source": "INPUT", "content": content}
    found = service.apply(SCOPE, named)
    answer = found["answer"]
    assert isinstance(answer, dict)
    (assessment,) = answer["assessments"]
    outcome = "block" if found["blocked"] else "mask" if found["masked"] else "pass"
    return outcome, {str(one.get("name") or one["type"]) for one in _findings(assessment) if one["action"] != "NONE"}


def _findings(assessment: Mapping[str, object]) -> list[Mapping[str, object]]:
    policies = [one for name, one in assessment.items() if name.endswith("Policy") and isinstance(one, dict)]
    return [finding for policy in policies for listed in policy.values() for finding in listed]


def test_there_are_enough_of_them_and_none_twice() -> None:
    bad, good = adversarial(), harmless()
    assert len(bad) >= 60
    assert len(good) >= 60
    assert len({one.text for one in [*bad, *good]}) == len(bad) + len(good)
    assert all(one.by if one.expected != "pass" else one.gap for one in bad)
    # Gaps are told, and few.
    assert sum(one.expected == "pass" for one in bad) <= len(bad) * 0.2


@pytest.mark.parametrize("prompt", adversarial(), ids=lambda prompt: prompt.text[:40])
def test_adversarial(judge: Judge, prompt: Prompt) -> None:
    outcome, by = judged(judge, prompt.text)
    assert (outcome, by >= set(prompt.by)) == (prompt.expected, True), f"{outcome} by {sorted(by)}"


@pytest.mark.parametrize("prompt", harmless(), ids=lambda prompt: prompt.text[:40])
def test_harmless(judge: Judge, prompt: Prompt) -> None:
    assert judged(judge, prompt.text) == (prompt.expected, set(prompt.by))


def test_every_denied_topic_and_filter_of_the_preset_is_met_by_a_prompt() -> None:
    properties = preset()
    topics = properties["TopicPolicyConfig"]
    filters = properties["ContentPolicyConfig"]
    assert isinstance(topics, dict)
    assert isinstance(filters, dict)
    configured = {one["Name"] for one in topics["TopicsConfig"]} | {one["Type"] for one in filters["FiltersConfig"]}
    assert configured <= {name for prompt in adversarial() for name in prompt.by}


def test_a_guardrail_without_policies_on_them_lets_all_of_them_pass() -> None:
    # Nothing is judged that is not configured.
    store = GuardrailStore()
    words = {"WordPolicyConfig": {"WordsConfig": [{"Text": "unheard-of"}]}}
    open_one = store.create(
        SCOPE, {"Name": "open", "BlockedInputMessaging": "n", "BlockedOutputsMessaging": "n", **words}
    )
    judge = GuardrailService(store), open_one.id
    assert {judged(judge, prompt.text)[0] for prompt in adversarial()} == {"pass"}


def test_the_model_hears_of_harmless_prompts_and_never_of_blocked_ones(guarded: GuardedCloud) -> None:
    properties = {name: value for name, value in preset().items() if name != "Name"}
    deployed = guarded.deploy("preset", Guardrail=guardrail("preset", **properties), Version=version())
    client = guarded.client("bedrock-runtime")
    named = {"guardrailIdentifier": deployed["Id"], "guardrailVersion": deployed["Version"]}

    def reaches_the_model(prompt: Prompt) -> bool:
        before = len(guarded.model.heard)
        messages = [{"role": "user", "content": [{"text": prompt.text}]}]
        answer = client.converse(modelId=MODEL, messages=messages, guardrailConfig=named)
        heard = len(guarded.model.heard) > before
        assert (answer["stopReason"] == "guardrail_intervened") is not heard
        return heard

    blocked = [prompt for prompt in adversarial() if prompt.expected == "block"]
    assert not [prompt.text for prompt in blocked if reaches_the_model(prompt)]
    assert not [prompt.text for prompt in harmless() if not reaches_the_model(prompt)]
