"""The tools said at synth are those that the local gateway makes of the same text."""

import json

from constructs_lib.gateway.descriptions import OpenApiDescription, SmithyDescription, ToolDescription
from tests.constructs_lib.gateway.descriptions.support import GITHUB, SMITHY, needs_data, nodes
from tests.constructs_lib.gateway.descriptions.test_openapi import PETS
from tests.constructs_lib.gateway.descriptions.test_smithy import model
from workbench.local_cloud.agentcore.gateway.sources.openapi_document import OpenApiDocument
from workbench.local_cloud.agentcore.gateway.sources.smithy_document import SmithyDocument


def local_openapi_tools(text: str) -> list[ToolDescription]:
    tools = [operation.tool for operation in OpenApiDocument(json.loads(text)).operations()]
    return [ToolDescription(tool.name, tool.description, tool.input_schema) for tool in tools]


def arguments(tools: list[ToolDescription]) -> dict[str, object]:
    """What a policy is written against: arguments, their types and which of them have to be given."""
    return {
        tool.name: (
            [{word: node[word] for word in ("type", "enum") if word in node} for node in nodes(tool.input_schema)],
            [
                sorted(required)
                for node in nodes(tool.input_schema)
                if isinstance(required := node.get("required"), list)
            ],
        )
        for tool in sorted(tools, key=lambda tool: tool.name)
    }


def test_openapi() -> None:
    picked = OpenApiDescription(PETS, source="pets.json").pick("replacePet", "pets/get", responses=True)
    assert arguments(local_openapi_tools(picked.text)) == arguments(list(picked.tools))


def test_smithy() -> None:
    picked = SmithyDescription(model(), source="weather.json").pick("GetForecast", "GetCity")
    local = [
        ToolDescription(t.name, t.description, t.input_schema) for t in SmithyDocument(json.loads(picked.text)).tools()
    ]
    assert arguments(local) == arguments(list(picked.tools))


@needs_data
def test_github() -> None:
    github = OpenApiDescription.from_file(GITHUB)
    for operation in ("issues/create", "issues/list-for-repo", "repos/create-or-update-file-contents", "pulls/merge"):
        picked = github.pick(operation, narrow=True)
        assert arguments(local_openapi_tools(picked.text)) == arguments(list(picked.tools))


@needs_data
def test_dynamodb() -> None:
    dynamodb = SmithyDescription.from_file(SMITHY / "dynamodb-2012-08-10.json")
    picked = dynamodb.pick(*dynamodb.operations)
    local = [
        ToolDescription(t.name, t.description, t.input_schema) for t in SmithyDocument(json.loads(picked.text)).tools()
    ]
    assert arguments(local) == arguments(list(picked.tools))
