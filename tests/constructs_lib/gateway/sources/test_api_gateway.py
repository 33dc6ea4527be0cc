from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway

from constructs_lib.gateway import ApiOperation, OutboundAuth, ToolGateway, ToolSource
from tests.constructs_lib.gateway.support import ARGUMENTS, api_key, client, rendered, target, target_statements
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, stack, text

GET = ApiOperation("GET", "/orders/{id}", "get_order", "Reads an order.")
LIST = ApiOperation("GET", "/orders", "list_orders", "Lists orders.")


def api(scope: cdk.Stack, authorization: apigateway.AuthorizationType | None = None) -> apigateway.RestApi:
    made = apigateway.RestApi(scope, "Api", cloud_watch_role=False)
    options: dict[str, Any] = {"authorization_type": authorization or apigateway.AuthorizationType.IAM}
    orders = made.root.add_resource("orders")
    parameters = {"method.request.querystring.limit": False, "method.request.querystring.state": True}
    orders.add_method("GET", apigateway.MockIntegration(), request_parameters=parameters, **options)
    orders.add_resource("{id}").add_method("GET", apigateway.MockIntegration(), **options)
    return made


def source(scope: cdk.Stack, *operations: ApiOperation, **props: Any) -> ToolSource:
    stage = api(scope, props.pop("authorization", None)).deployment_stage
    return ToolSource.api_gateway(stage, name="shop", operations=operations, **props)


def test_the_target_offers_exactly_the_operations_named() -> None:
    scope = stack()
    given = target(rendered(source(scope, GET, LIST), scope))["TargetConfiguration"]["Mcp"]["ApiGateway"]
    assert given["ApiGatewayToolConfiguration"] == {
        "ToolFilters": [
            {"FilterPath": "/orders/{id}", "Methods": ["GET"]},
            {"FilterPath": "/orders", "Methods": ["GET"]},
        ],
        "ToolOverrides": [
            {"Path": "/orders/{id}", "Method": "GET", "Name": "get_order", "Description": "Reads an order."},
            {"Path": "/orders", "Method": "GET", "Name": "list_orders", "Description": "Lists orders."},
        ],
    }
    assert given["RestApiId"]["Ref"].startswith("Api")
    assert "Stage" in given["Stage"]["Ref"]


def test_the_role_may_call_these_methods_of_this_stage_only() -> None:
    scope = stack()
    (statement,) = target_statements(rendered(source(scope, GET, LIST), scope))
    assert statement["Action"] == "execute-api:Invoke"
    ends = [resource["Fn::Join"][1][-1] for resource in statement["Resource"]]
    assert ends == ["/GET/orders/*", "/GET/orders"]


@pytest.mark.parametrize("outbound", ["key", "none"])
def test_the_role_needs_nothing_where_it_does_not_sign(outbound: str) -> None:
    scope = stack()
    auth = OutboundAuth.api_key(api_key(scope), header="x-api-key", prefix=None) if outbound == "key" else None
    of = rendered(
        source(scope, LIST, authorization=apigateway.AuthorizationType.NONE, outbound=auth or OutboundAuth.none()),
        scope,
    )
    assert "execute-api" not in text(target_statements(of))


def test_arguments_are_read_from_the_api() -> None:
    scope = stack()
    read, listed = source(scope, GET, LIST).tools
    assert read.input_schema == {
        "type": "object",
        "properties": {"id": {"type": "string"}},
        "required": ["id"],
    }
    assert listed.input_schema == {
        "type": "object",
        "properties": {"limit": {"type": "string"}, "state": {"type": "string"}},
        "required": ["state"],
    }


def test_arguments_may_be_given() -> None:
    scope = stack()
    operation = ApiOperation("GET", "/orders", "list_orders", "Lists orders.", arguments=ARGUMENTS)
    assert source(scope, operation).tools[0].input_schema == ARGUMENTS


def test_fails_for_a_method_that_the_api_has_not() -> None:
    operation = ApiOperation("DELETE", "/orders", "remove", "Removes orders.")
    with pytest.raises(ValueError, match=r"has no DELETE /orders, which the tool 'remove' is to call; it has GET /or"):
        source(stack(), operation)


def test_methods_of_an_imported_api_are_taken_as_given() -> None:
    scope = stack()
    imported = apigateway.RestApi.from_rest_api_attributes(scope, "Api", rest_api_id="abc", root_resource_id="xyz")
    stage = apigateway.Stage(scope, "Stage", deployment=apigateway.Deployment(scope, "Deployment", api=imported))
    made = ToolSource.api_gateway(stage, name="shop", operations=[GET])
    assert made.tools[0].input_schema["required"] == ["id"]


@pytest.mark.parametrize("path", ["orders", "/orders/{proxy+}", "/orders/*", ""])
def test_fails_for_a_path_that_names_no_one_resource(path: str) -> None:
    with pytest.raises(ValueError, match="starts with '/' and ends in no proxy or wildcard"):
        ApiOperation("GET", path, "x", "Reads.")


@pytest.mark.parametrize("description", ["", "x" * 201])
def test_fails_for_a_description_out_of_bounds(description: str) -> None:
    with pytest.raises(ValueError, match=r"the description of the tool 'x' \(GET /orders\) has 1 to 200"):
        ApiOperation("GET", "/orders", "x", description)


def test_fails_for_the_role_where_the_method_is_open_to_everyone() -> None:
    with pytest.raises(ValueError, match=r"is opened by NONE, and the tool source 'shop' calls it with GATEWAY_IAM"):
        source(stack(), LIST, authorization=apigateway.AuthorizationType.NONE)


def test_fails_for_nothing_where_the_method_wants_a_signature() -> None:
    with pytest.raises(ValueError, match="is opened by AWS_IAM, and the tool source 'shop' calls it with NONE"):
        source(stack(), LIST, outbound=OutboundAuth.none())


def test_fails_for_oauth2_which_api_gateway_targets_do_not_take() -> None:
    scope = stack()
    with pytest.raises(ValueError, match="with the gateway's role, an API key or nothing, not with OAUTH"):
        source(scope, LIST, outbound=OutboundAuth.oauth2(client(scope)))


def one_method(scope: cdk.Stack, **options: Any) -> apigateway.Stage:
    made = apigateway.RestApi(scope, "Api", cloud_watch_role=False, endpoint_types=options.pop("endpoint_types", None))
    made.root.add_resource("orders").add_method("GET", apigateway.MockIntegration(), **options)
    return made.deployment_stage


def test_fails_for_an_api_key_that_is_not_sent() -> None:
    scope = stack()
    stage = one_method(scope, authorization_type=apigateway.AuthorizationType.IAM, api_key_required=True)
    with pytest.raises(ValueError, match=r"GET /orders .* asks for an API key in the header 'x-api-key'"):
        ToolSource.api_gateway(stage, name="shop", operations=[LIST])


def test_sends_the_api_key_that_is_asked_for() -> None:
    scope = stack()
    stage = one_method(scope, api_key_required=True)
    outbound = OutboundAuth.api_key(api_key(scope), header="X-Api-Key", prefix=None)
    assert ToolSource.api_gateway(stage, name="shop", operations=[LIST], outbound=outbound).tools


def test_fails_for_a_private_api() -> None:
    iam_only = {"authorization_type": apigateway.AuthorizationType.IAM}
    stage = one_method(stack(), endpoint_types=[apigateway.EndpointType.PRIVATE], **iam_only)
    with pytest.raises(ValueError, match="has a private endpoint, which no gateway reaches"):
        ToolSource.api_gateway(stage, name="shop", operations=[LIST])


def test_fails_without_an_operation() -> None:
    with pytest.raises(ValueError, match="at least one tool, got none"):
        source(stack())


@pytest.mark.parametrize("region", ["us-east-1", None])
def test_the_gateway_has_no_finding_for_path_parameters(tmp_path: Path, region: str | None) -> None:
    app = app_in(tmp_path)
    scope = stack(app=app, region=region)
    ToolGateway(scope, "Gateway", sources=[source(scope, GET, LIST)], encryption_key=cdk.aws_kms.Key(scope, "Key"))
    assert not [finding for finding in findings(app, tmp_path) if "Gateway/" in finding.construct]
