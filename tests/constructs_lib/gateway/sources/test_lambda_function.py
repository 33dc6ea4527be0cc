from collections.abc import Mapping
from pathlib import Path

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib.gateway import ToolDescription, ToolSource, tools_from_handler
from tests.constructs_lib.gateway.support import function, lambda_source, rendered, target, target_statements, tool
from tests.constructs_lib.support import stack

HANDLER = '''
def cancel_order(number: int, reason: str = "") -> dict[str, bool]:
    """Cancel an order that has not been sent.

    Args:
        number: Number of the order.
        reason: Why.
    """
    return {"cancelled": True}
'''


def test_the_target_is_the_function_with_the_schema_of_its_tools() -> None:
    scope = stack()
    of = rendered(lambda_source(scope, request_headers=["X-User"], description="Orders"), scope)
    given = target(of)
    function_target = given["TargetConfiguration"]["Mcp"]["Lambda"]
    (offered,) = function_target["ToolSchema"]["InlinePayload"]
    assert function_target["LambdaArn"].endswith(":function:orders-orders")
    assert offered["Name"] == "get_order"
    assert offered["Description"] == "Reads an order."
    assert offered["InputSchema"] == {
        "Type": "object",
        "Properties": {"id": {"Type": "string", "Description": "Number of the order"}},
        "Required": ["id"],
    }
    assert given["CredentialProviderConfigurations"] == [{"CredentialProviderType": "GATEWAY_IAM_ROLE"}]
    assert given["MetadataConfiguration"] == {"AllowedRequestHeaders": ["X-User"]}
    assert given["Description"] == "Orders"
    assert given["Name"] == "orders"


def test_tools_may_come_from_the_handlers_own_hints(tmp_path: Path) -> None:
    handler = tmp_path / "handler.py"
    handler.write_text(HANDLER)
    scope = stack()
    source = lambda_source(scope, tools=tools_from_handler(handler, "cancel_order"))
    (offered,) = target(rendered(source, scope))["TargetConfiguration"]["Mcp"]["Lambda"]["ToolSchema"]["InlinePayload"]
    assert offered["InputSchema"]["Properties"]["number"] == {"Type": "integer", "Description": "Number of the order."}
    assert offered["InputSchema"]["Required"] == ["number"]


def test_its_tools_are_what_the_target_can_say_of_them() -> None:
    choice = {"type": "string", "enum": ["yes", "no"]}
    source = lambda_source(stack(), tools=[tool_with(choice)])
    (known,) = source.tools
    assert known.input_schema["properties"]["answer"].keys() == {"type", "description"}  # type: ignore[index]


def tool_with(schema: Mapping[str, object]) -> ToolDescription:
    return ToolDescription("decide", "Decides.", {"type": "object", "properties": {"answer": schema}})


def test_the_role_may_invoke_this_function_and_no_version_it_is_not_given() -> None:
    scope = stack()
    (statement,) = target_statements(rendered(lambda_source(scope), scope))
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"].endswith(":function:orders-orders")


def test_the_role_may_invoke_an_alias_only() -> None:
    scope = stack()
    code = lambda_.Code.from_inline("def handler(event, context): pass")
    made = lambda_.Function(scope, "F", code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13)
    alias = made.add_alias("live")
    (statement,) = target_statements(rendered(ToolSource.lambda_function(alias, name="orders", tools=[tool()]), scope))
    assert "Alias" in statement["Resource"]["Ref"]


def test_fails_without_a_tool() -> None:
    scope = stack()
    with pytest.raises(ValueError, match=r"the tool source 'orders'.*at least one tool, got none"):
        ToolSource.lambda_function(function(scope), name="orders", tools=[])


def test_fails_for_two_tools_of_one_name() -> None:
    scope = stack()
    with pytest.raises(ValueError, match="two tools are called 'get_order'"):
        ToolSource.lambda_function(function(scope), name="orders", tools=[tool(), tool()])


def test_fails_for_a_name_no_model_takes() -> None:
    scope = stack()
    with pytest.raises(ValueError, match="models take tool names of up to 64"):
        ToolSource.lambda_function(function(scope), name="orders" * 10, tools=[tool()])


def test_fails_for_a_schema_that_a_lambda_target_cannot_say() -> None:
    scope = stack()
    either = {"type": "object", "properties": {"id": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}}
    odd = ToolDescription("get_order", "Reads an order.", either)
    with pytest.raises(ValueError, match=r"the tool 'get_order' of the source 'orders': arguments.*no alternatives"):
        ToolSource.lambda_function(function(scope), name="orders", tools=[odd])
