"""Guardrails deployed by CloudFormation and applied through the APIs, by real boto3 clients on a real emulator."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.workbench.local_cloud.guardrails.guarded_cloud import (
    MODEL,
    MODEL_ARN,
    STAND_IN_HEADER,
    GuardedCloud,
    allow,
    guardrail,
    personal,
    version,
    words,
)


def apply(client: Any, deployed: dict[str, str], text: str, source: str = "INPUT", **more: object) -> dict[str, Any]:
    return client.apply_guardrail(  # type: ignore[no-any-return]
        guardrailIdentifier=deployed["Id"],
        guardrailVersion=deployed.get("Version", "DRAFT"),
        source=source,
        content=[{"text": {"text": text}}],
        **more,
    )


def user(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": [{"text": text}]}]


def config(deployed: dict[str, str], **more: str) -> dict[str, str]:
    return {"guardrailIdentifier": deployed["Id"], "guardrailVersion": deployed.get("Version", "DRAFT"), **more}


def streamed(response: dict[str, Any]) -> dict[str, Any]:
    """A streamed answer put together."""
    events = list(response["stream"])
    text = "".join(one["contentBlockDelta"]["delta"].get("text", "") for one in events if "contentBlockDelta" in one)
    (stop,) = [one["messageStop"]["stopReason"] for one in events if "messageStop" in one]
    (metadata,) = [one["metadata"] for one in events if "metadata" in one]
    return {"text": text, "stopReason": stop, **metadata}


def test_what_is_blocked_is_answered_with_the_guardrails_message_and_says_it_is_a_stand_in(
    guarded: GuardedCloud,
) -> None:
    deployed = guarded.deploy("blocking", Guardrail=guardrail("blocking", **words("unicorn")), Version=version())
    client = guarded.client("bedrock-runtime")
    answer = apply(client, deployed, "Where is the Unicorn?")
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": "I cannot help with this."}]
    assert answer["assessments"][0]["wordPolicy"]["customWords"] == [
        {"match": "unicorn", "action": "BLOCKED", "detected": True}
    ]
    assert "not Amazon Bedrock Guardrails" in answer["actionReason"]
    assert answer["ResponseMetadata"]["HTTPHeaders"][STAND_IN_HEADER] == "guardrail"
    assert answer["guardrailCoverage"]["textCharacters"] == {"guarded": 21, "total": 21}
    harmless = apply(client, deployed, "Where are the unicorns?")
    assert (harmless["action"], harmless["outputs"]) == ("NONE", [])
    assert "not Amazon Bedrock Guardrails" in harmless["actionReason"]


def test_versions_stay_as_they_were_published(guarded: GuardedCloud) -> None:
    client = guarded.client("bedrock-runtime")
    first = guarded.deploy("versions", Guardrail=guardrail("versions", **words("old")), Version=version())
    changed = guardrail("versions", **words("new"))
    second = guarded.deploy("versions", Guardrail=changed, Version=version("second"))
    assert (first["Version"], second["Version"]) == ("1", "2")
    assert first["Id"] == second["Id"]
    assert apply(client, second, "the new one")["action"] == "GUARDRAIL_INTERVENED"
    assert apply(client, second, "the old one")["action"] == "NONE"
    # CloudFormation has removed the version that the template no longer has.
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="no version 1"):
        apply(client, first, "the old one")


def test_a_draft_that_nobody_published_is_not_in_the_version(guarded: GuardedCloud) -> None:
    client = guarded.client("bedrock-runtime")
    deployed = guarded.deploy("draft", Guardrail=guardrail("draft", **words("old")), Version=version())
    guarded.deploy("draft", Guardrail=guardrail("draft", **words("new")), Version=version())
    assert apply(client, deployed, "the new one")["action"] == "NONE"
    assert apply(client, {**deployed, "Version": "DRAFT"}, "the new one")["action"] == "GUARDRAIL_INTERVENED"


def test_a_deleted_guardrail_is_gone(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("deleted", Guardrail=guardrail("deleted", **words("x")), Version=version())
    formation = guarded.client("cloudformation")
    formation.delete_stack(StackName="deleted")
    waiter = formation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=deployed["Arn"] and "deleted", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
    client = guarded.client("bedrock-runtime")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist"):
        apply(client, deployed, "hello")


def test_two_guardrails_cannot_have_one_name(guarded: GuardedCloud) -> None:
    guarded.deploy("one-name", Guardrail=guardrail("one-name", **words("x")))
    formation = guarded.client("cloudformation")
    with pytest.raises(WaiterError):
        guarded.deploy("other-stack", Guardrail=guardrail("one-name", **words("x")))
    events = formation.describe_stack_events(StackName="other-stack")["StackEvents"]
    assert any("Another guardrail is called one-name" in one.get("ResourceStatusReason", "") for one in events)


def test_applying_needs_the_right_on_exactly_this_guardrail(guarded: GuardedCloud) -> None:
    mine = guarded.deploy("mine", Guardrail=guardrail("mine", **words("x")), Version=version())
    other = guarded.deploy("other", Guardrail=guardrail("other", **words("x")), Version=version())
    client = guarded.client("bedrock-runtime", allow("bedrock:ApplyGuardrail", mine["Arn"]))
    assert apply(client, mine, "hello")["action"] == "NONE"
    with pytest.raises(client.exceptions.AccessDeniedException, match=rf"ApplyGuardrail on resource: .*{other['Id']}"):
        apply(client, other, "hello")
    with pytest.raises(ClientError, match="AccessDenied"):
        apply(guarded.client("bedrock-runtime", allow("bedrock:InvokeModel", "*")), mine, "hello")


def test_a_model_that_requires_its_guardrail_cannot_be_called_without_it_or_with_another_version(
    guarded: GuardedCloud,
) -> None:
    deployed = guarded.deploy("required", Guardrail=guardrail("required", **words("x")), Version=version())
    condition = {"bedrock:GuardrailIdentifier": f"{deployed['Arn']}:{deployed['Version']}"}
    client = guarded.client(
        "bedrock-runtime",
        allow("bedrock:InvokeModel*", MODEL_ARN, StringEquals=condition),
        allow("bedrock:ApplyGuardrail", deployed["Arn"]),
    )
    answer = client.converse(modelId=MODEL, messages=user("say: hello"), guardrailConfig=config(deployed))
    assert answer["output"]["message"]["content"] == [{"text": "hello"}]
    heard = len(guarded.model.heard)
    with pytest.raises(client.exceptions.AccessDeniedException, match="InvokeModel on resource"):
        client.converse(modelId=MODEL, messages=user("say: hello"))
    with pytest.raises(client.exceptions.AccessDeniedException, match="InvokeModelWithResponseStream"):
        client.converse_stream(modelId=MODEL, messages=user("say: hello"))
    draft = {**config(deployed), "guardrailVersion": "DRAFT"}
    with pytest.raises(client.exceptions.AccessDeniedException, match="InvokeModel on resource"):
        client.converse(modelId=MODEL, messages=user("say: hello"), guardrailConfig=draft)
    with pytest.raises(client.exceptions.AccessDeniedException, match="InvokeModel on resource"):
        client.invoke_model(modelId=MODEL, body=b'{"messages": []}')
    assert len(guarded.model.heard) == heard


def test_the_draft_is_required_by_the_arn_alone(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("required-draft", Guardrail=guardrail("required-draft", **words("x")))
    condition = {"bedrock:GuardrailIdentifier": deployed["Arn"]}
    client = guarded.client(
        "bedrock-runtime",
        allow("bedrock:InvokeModel", MODEL_ARN, StringEquals=condition),
        allow("bedrock:ApplyGuardrail", deployed["Arn"]),
    )
    answer = client.converse(modelId=MODEL, messages=user("say: hello"), guardrailConfig=config(deployed))
    assert answer["stopReason"] == "end_turn"


@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_a_blocked_question_reaches_no_model(guarded: GuardedCloud, operation: str) -> None:
    name = f"blocked-{operation.replace('_', '-')}"
    deployed = guarded.deploy(name, Guardrail=guardrail(name, **words("unicorn")))
    client = guarded.client("bedrock-runtime")
    heard = len(guarded.model.heard)
    response = getattr(client, operation)(
        modelId=MODEL, messages=user("say: unicorn"), guardrailConfig=config(deployed, trace="enabled")
    )
    answer = streamed(response) if operation == "converse_stream" else whole(response)
    assert (answer["text"], answer["stopReason"]) == ("I cannot help with this.", "guardrail_intervened")
    assert answer["usage"]["totalTokens"] == 0
    trace = answer["trace"]["guardrail"]
    assert trace["inputAssessment"][deployed["Id"]]["wordPolicy"]["customWords"][0]["action"] == "BLOCKED"
    assert trace["actionReason"].startswith("Guardrail blocked. (Local stand-in")
    assert "outputAssessments" not in trace
    assert response["ResponseMetadata"]["HTTPHeaders"][STAND_IN_HEADER] == "guardrail"
    assert len(guarded.model.heard) == heard


@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_a_blocked_answer_is_never_sent(guarded: GuardedCloud, operation: str) -> None:
    name = f"answer-{operation.replace('_', '-')}"
    only_output = {"WordPolicyConfig": {"WordsConfig": [{"Text": "unicorn", "InputEnabled": False}]}}
    deployed = guarded.deploy(name, Guardrail=guardrail(name, **only_output))
    response = getattr(guarded.client("bedrock-runtime"), operation)(
        modelId=MODEL, messages=user("say: the unicorn is here"), guardrailConfig=config(deployed, trace="enabled")
    )
    answer = streamed(response) if operation == "converse_stream" else whole(response)
    assert (answer["text"], answer["stopReason"]) == ("I may not say this.", "guardrail_intervened")
    (assessment,) = answer["trace"]["guardrail"]["outputAssessments"][deployed["Id"]]
    assert assessment["wordPolicy"]["customWords"][0]["match"] == "unicorn"


def test_masked_data_reach_neither_the_model_nor_the_user(guarded: GuardedCloud) -> None:
    both = personal("EMAIL", "ANONYMIZE", InputAction="ANONYMIZE", OutputAction="ANONYMIZE")
    deployed = guarded.deploy("masking", Guardrail=guardrail("masking", **both))
    client = guarded.client("bedrock-runtime")
    client.converse(modelId=MODEL, messages=user("My address is ann@example.org"), guardrailConfig=config(deployed))
    assert "ann@example.org" not in guarded.model.heard[-1]
    assert "{EMAIL}" in guarded.model.heard[-1]
    output_only = guarded.deploy("masking-out", Guardrail=guardrail("masking-out", **personal("EMAIL", "ANONYMIZE")))
    response = client.converse(
        modelId=MODEL, messages=user("say: write to ann@example.org"), guardrailConfig=config(output_only)
    )
    # As the service: `Action: ANONYMIZE` alone is about answers.
    assert "ann@example.org" in guarded.model.heard[-1]
    assert whole(response)["text"] == "write to {EMAIL}"
    assert response["stopReason"] == "guardrail_intervened"
    assert "trace" not in response


def test_only_marked_content_is_judged_where_some_is_marked(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("marked", Guardrail=guardrail("marked", **words("unicorn")))
    client = guarded.client("bedrock-runtime")

    def ask(marked: str, plain: str) -> str:
        content = [{"text": plain}, {"guardContent": {"text": {"text": marked}}}]
        messages = [{"role": "user", "content": content}]
        response = client.converse(modelId=MODEL, messages=messages, guardrailConfig=config(deployed))
        return str(response["stopReason"])

    assert ask(marked="hello", plain="unicorn") == "end_turn"
    assert "unicorn" in guarded.model.heard[-1]
    assert "hello" in guarded.model.heard[-1]
    assert ask(marked="unicorn", plain="hello") == "guardrail_intervened"


def test_what_is_said_before_is_judged_again_where_nothing_is_marked(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("history", Guardrail=guardrail("history", **words("unicorn")))
    messages = [*user("unicorn"), {"role": "assistant", "content": [{"text": "No."}]}, *user("say: hello")]
    response = guarded.client("bedrock-runtime").converse(
        modelId=MODEL, messages=messages, guardrailConfig=config(deployed)
    )
    assert response["stopReason"] == "guardrail_intervened"


def test_a_guarded_stream_calls_tools(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("tools", Guardrail=guardrail("tools", **words("unicorn")))
    spec = {"name": "calculator", "inputSchema": {"json": {"type": "object", "properties": {"expression": {}}}}}
    response = guarded.client("bedrock-runtime").converse_stream(
        modelId=MODEL,
        messages=user("What is 6 * 7?"),
        toolConfig={"tools": [{"toolSpec": spec}]},
        guardrailConfig=config(deployed),
    )
    events = list(response["stream"])
    (start,) = [one["contentBlockStart"]["start"]["toolUse"]["name"] for one in events if "contentBlockStart" in one]
    assert start == "calculator"
    assert [one["messageStop"]["stopReason"] for one in events if "messageStop" in one] == ["tool_use"]


def test_an_unknown_guardrail_is_an_error_not_an_unguarded_answer(guarded: GuardedCloud) -> None:
    heard = len(guarded.model.heard)
    client = guarded.client("bedrock-runtime")
    unknown = {"guardrailIdentifier": "nobody", "guardrailVersion": "1"}
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="nobody does not exist"):
        client.converse(modelId=MODEL, messages=user("say: hello"), guardrailConfig=unknown)
    assert len(guarded.model.heard) == heard


def test_what_the_stand_in_cannot_judge_is_refused(guarded: GuardedCloud) -> None:
    deployed = guarded.deploy("refusing", Guardrail=guardrail("refusing", **words("x")), Version=version())
    client = guarded.client("bedrock-runtime")
    image = {"image": {"format": "png", "source": {"bytes": b"x"}}}
    with pytest.raises(client.exceptions.ValidationException, match="text only, got an image"):
        client.apply_guardrail(
            guardrailIdentifier=deployed["Id"], guardrailVersion="1", source="INPUT", content=[image]
        )
    with pytest.raises(client.exceptions.ValidationException, match="not InvokeModel"):
        client.invoke_model(
            modelId=MODEL, body=b'{"messages": []}', guardrailIdentifier=deployed["Id"], guardrailVersion="1"
        )
    with pytest.raises(client.exceptions.ValidationException, match="at least one block"):
        client.apply_guardrail(guardrailIdentifier=deployed["Id"], guardrailVersion="1", source="INPUT", content=[])


def whole(response: dict[str, Any]) -> dict[str, Any]:
    return {**response, "text": response["output"]["message"]["content"][0]["text"]}
