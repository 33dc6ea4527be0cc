"""An agent whose guardrail is required, by the permissions of its template, on a real emulator's IAM."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import ModelAccess
from constructs_lib.safety import BlockedWords, ContentGuardrail
from tests.constructs_lib.support import agent, only, resources, statements, template
from tests.workbench.local_cloud.guardrails.guarded_cloud import (
    MODEL,
    GuardedCloud,
    allow,
    guarded_cloud,
    guardrail,
    version,
    words,
)

GUARDRAIL, VERSION = "AWS::Bedrock::Guardrail", "AWS::Bedrock::GuardrailVersion"
ACCOUNT = "000000000000"
HELLO: list[Any] = [{"role": "user", "content": [{"text": "say: hello"}]}]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedCloud]:
    with guarded_cloud(tmp_path_factory.mktemp("required")) as running:
        yield running


def agents_template(*own: str) -> Mapping[str, Any]:
    app = cdk.App(analytics_reporting=False)
    of = cdk.Stack(app, "Test", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))
    mine = ContentGuardrail(of, "Guardrail", words=BlockedWords(own=own))
    agent(of, model=ModelAccess.foundation_model(MODEL), guardrail=mine, guardrail_required=True)
    return template(of)


def deployed(cloud: GuardedCloud, rendered: Mapping[str, Any], *, published: str) -> dict[str, str]:
    """The template's guardrail and version, whose policies of deletion decide what becomes of earlier versions."""
    policies = {name: value for name, value in only(rendered, VERSION).items() if name.endswith("Policy")}
    return cloud.deploy(
        "required-by-agent", Guardrail=only(rendered, GUARDRAIL), Version={**version(published), **policies}
    )


def permissions(rendered: Mapping[str, Any], guardrail_arn: str) -> list[dict[str, Any]]:
    """What the template allows and denies of Amazon Bedrock, its references resolved."""
    (logical_id,) = resources(rendered, GUARDRAIL)

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value == {"Fn::GetAtt": [logical_id, "GuardrailArn"]}:
            return guardrail_arn
        if value == {"Ref": "AWS::Partition"}:
            return "aws"
        if "Fn::Join" in value:
            return "".join(resolved(value["Fn::Join"][1]))
        return {name: resolved(each) for name, each in value.items()}

    about = [each for each in statements(rendered, "AgentBaseline") if "bedrock:" in json.dumps(each["Action"])]
    return [resolved(each) for each in about]


def ask(client: Any, identifier: str = "", number: str = "") -> str:
    config = {"guardrailConfig": {"guardrailIdentifier": identifier, "guardrailVersion": number}} if number else {}
    answer = client.converse(modelId=MODEL, messages=HELLO, **config)
    return str(answer["output"]["message"]["content"][0]["text"])


def test_the_model_answers_with_any_published_version_of_the_guardrail_and_not_otherwise(cloud: GuardedCloud) -> None:
    rendered = agents_template("unicorn")
    first = deployed(cloud, rendered, published="first")
    # Whatever else the role is granted, the denial holds.
    client = cloud.client("bedrock-runtime", *permissions(rendered, first["Arn"]), allow("bedrock:*", "*"))
    assert ask(client, first["Id"], first["Version"]) == "hello"
    assert ask(client, first["Arn"], first["Version"]) == "hello"

    other = cloud.deploy("another", Guardrail=guardrail("another", **words("x")), Version=version())
    denied = client.exceptions.AccessDeniedException
    for identifier, number in (("", ""), (first["Id"], "DRAFT"), (other["Id"], other["Version"])):
        with pytest.raises(denied, match="InvokeModel on resource"):
            ask(client, identifier, number)
    with pytest.raises(denied, match="InvokeModelWithResponseStream on resource"):
        client.converse_stream(modelId=MODEL, messages=HELLO)

    second = deployed(cloud, agents_template("unicorn", "griffin"), published="second")
    assert (second["Id"], second["Version"]) == (first["Id"], "2")
    for number in ("1", "2"):
        assert ask(client, first["Id"], number) == "hello"


def test_the_permissions_alone_suffice_and_reach_no_other_guardrail(cloud: GuardedCloud) -> None:
    rendered = agents_template("unicorn")
    mine = deployed(cloud, rendered, published="alone")
    client = cloud.client("bedrock-runtime", *permissions(rendered, mine["Arn"]))
    assert ask(client, mine["Id"], mine["Version"]) == "hello"
    other = cloud.deploy("a-third", Guardrail=guardrail("a-third", **words("x")), Version=version())
    text: list[Any] = [{"text": {"text": "hello"}}]
    with pytest.raises(client.exceptions.AccessDeniedException, match="ApplyGuardrail on resource"):
        client.apply_guardrail(
            guardrailIdentifier=other["Id"], guardrailVersion=other["Version"], source="INPUT", content=text
        )
