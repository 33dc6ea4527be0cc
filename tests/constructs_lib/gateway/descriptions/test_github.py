"""The real, large description: every operation either becomes a tool or is refused with a reason."""

import contextlib
import gzip
import json

import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from jsonschema import Draft202012Validator

from constructs_lib.gateway.descriptions import OpenApiDescription
from tests.constructs_lib.gateway.descriptions.support import GITHUB, needs_data, nodes
from tests.constructs_lib.support import stack

pytestmark = needs_data


@pytest.fixture(scope="module")
def github() -> OpenApiDescription:
    return OpenApiDescription.from_file(GITHUB)


def test_a_few_operations_are_a_small_description(github: OpenApiDescription) -> None:
    picked = github.pick("issues/list-for-repo", "GET /repos/{owner}/{repo}/issues/{issue_number}")
    assert [tool.name for tool in picked.tools] == ["issues_list-for-repo", "issues_get"]
    assert picked.hosts == ("api.github.com",)
    assert len(picked.text) < 12_000


def test_alternatives_are_refused_or_narrowed(github: OpenApiDescription) -> None:
    with pytest.raises(ValueError, match=r"POST /repos/{owner}/{repo}/issues: body/title: alternatives \(oneOf\)"):
        github.pick("issues/create")
    (tool,) = github.pick("issues/create", narrow=True).tools
    properties = tool.input_schema["properties"]
    assert isinstance(properties, dict)
    assert properties["title"] == {"description": "The title of the issue.", "type": "string"}


@pytest.mark.parametrize(("responses", "every"), [(False, 1), (True, 9)])
def test_every_operation_becomes_a_sound_tool_or_is_refused(
    github: OpenApiDescription, responses: bool, every: int
) -> None:
    refused: list[tuple[str, str]] = []
    for label, operation_id in list(github.operations.items())[::every]:
        names = {label: operation_id.replace("/", "_")[:64]}
        try:
            picked = github.pick(label, narrow=True, responses=responses, names=names)
        except ValueError as refusal:
            refused.append((label, str(refusal)))
            continue
        document = json.loads(picked.text)
        found = list(nodes(document))
        references = {str(node["$ref"]) for node in found if "$ref" in node}
        components = document.get("components", {}).get("schemas", {})
        assert references == {f"#/components/schemas/{name}" for name in components}
        assert not [node for node in found if {"oneOf", "anyOf", "allOf", "example", "x-github"} & node.keys()]
        for schema in (picked.tools[0].input_schema, picked.tools[0].output_schema or {}):
            Draft202012Validator.check_schema(schema)
    assert all(label in reason for label, reason in refused)
    assert len(refused) <= 10, refused


def test_cdks_own_validation_takes_what_is_picked_and_refuses_the_whole(github: OpenApiDescription) -> None:
    """A second opinion: the L2 target validates inline descriptions against the same page."""
    picked: list[str] = []
    for label in list(github.operations)[::12]:
        with contextlib.suppress(ValueError):
            github.pick(label, narrow=True)
            picked.append(label)
    assert len(picked) > 90
    _target(github.pick(*picked, narrow=True).text)
    with pytest.raises(RuntimeError, match=r"unsupported 'oneOf' schema composition"):
        _target(gzip.decompress(GITHUB.read_bytes()).decode())


def _target(text: str) -> None:
    of = stack()
    agentcore.GatewayTarget.for_open_api(
        of,
        "Target",
        gateway=agentcore.Gateway(of, "Gateway", gateway_name="gateway"),
        api_schema=agentcore.ApiSchema.from_inline(text),
        credential_provider_configurations=[
            agentcore.GatewayCredentialProvider.from_api_key_identity_arn(
                provider_arn="arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/v/apikeycredentialprovider/k",
                secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:key-abcdef",
            )
        ],
    )
