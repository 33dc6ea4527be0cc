"""The code of docs/constructs/tool-descriptions.md."""

from pathlib import Path

import pytest

from constructs_lib.gateway.descriptions import OpenApiDescription, SmithyDescription, tools_from_handler
from tests.constructs_lib.gateway.descriptions.support import SMITHY, needs_data

HERE = Path(__file__).parent / "samples"


def test_openapi() -> None:
    # --8<-- [start:openapi]
    pets = OpenApiDescription.from_file(HERE / "pets.yaml")
    picked = pets.pick("getPet", "POST /pets", narrow=True)
    # --8<-- [end:openapi]
    assert [tool.name for tool in picked.tools] == ["getPet", "addPet"]
    assert picked.hosts == ("api.example.com",)


def test_openapi_refuses() -> None:
    pets = OpenApiDescription.from_file(HERE / "pets.yaml")
    with pytest.raises(ValueError, match=r"POST /pets: body/birthday: alternatives \(oneOf\) .*; pass narrow=True"):
        pets.pick("addPet")


@needs_data
def test_smithy() -> None:
    model = SMITHY / "dynamodb-2012-08-10.json"
    # --8<-- [start:smithy]
    dynamodb = SmithyDescription.from_file(model)
    picked = dynamodb.pick("GetItem", "Query")
    # --8<-- [end:smithy]
    assert picked.actions == ("dynamodb:GetItem", "dynamodb:Query")


def test_handler() -> None:
    # --8<-- [start:handler]
    tools = tools_from_handler(HERE / "orders/index.py", "find_orders")
    # --8<-- [end:handler]
    assert tools[0].input_schema["required"] == ["customer"]
