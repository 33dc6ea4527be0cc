"""Targets on AWS: services by their Smithy model, and stages of Amazon API Gateway; both in the emulator."""

import base64
import json

import pytest

from tests.workbench.local_cloud.gateway.cloud import ACCOUNT, REGION, GatewayCloud, allow

TABLE_MODEL = {
    "smithy": "2.0",
    "shapes": {
        "com.amazonaws.dynamodb#DynamoDB": {
            "type": "service",
            "operations": [{"target": "com.amazonaws.dynamodb#PutItem"}, {"target": "com.amazonaws.dynamodb#GetItem"}],
            "traits": {"aws.api#service": {"sdkId": "DynamoDB", "endpointPrefix": "dynamodb"}},
        },
        "com.amazonaws.dynamodb#PutItem": {
            "type": "operation",
            "input": {"target": "com.amazonaws.dynamodb#PutItemInput"},
            "traits": {"smithy.api#documentation": "<p>Puts an <b>item</b>.</p>"},
        },
        "com.amazonaws.dynamodb#GetItem": {
            "type": "operation",
            "input": {"target": "com.amazonaws.dynamodb#GetItemInput"},
            "traits": {"smithy.api#documentation": "Gets an item"},
        },
        "com.amazonaws.dynamodb#PutItemInput": {
            "type": "structure",
            "members": {
                "TableName": {"target": "smithy.api#String", "traits": {"smithy.api#required": {}}},
                "Item": {"target": "com.amazonaws.dynamodb#Attributes", "traits": {"smithy.api#required": {}}},
            },
        },
        "com.amazonaws.dynamodb#GetItemInput": {
            "type": "structure",
            "members": {
                "TableName": {"target": "smithy.api#String", "traits": {"smithy.api#required": {}}},
                "Key": {"target": "com.amazonaws.dynamodb#Attributes", "traits": {"smithy.api#required": {}}},
            },
        },
        "com.amazonaws.dynamodb#Attributes": {
            "type": "map",
            "key": {"target": "smithy.api#String"},
            "value": {"target": "com.amazonaws.dynamodb#Attribute"},
        },
        "com.amazonaws.dynamodb#Attribute": {
            "type": "union",
            "members": {"S": {"target": "smithy.api#String"}, "B": {"target": "smithy.api#Blob"}},
        },
    },
}
PETS = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"method": event["httpMethod"], "path": event["path"]})}
"""


def test_smithy_calls_the_service_with_the_gateways_role(cloud: GatewayCloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/things"
    gateway = cloud.gateway("things", allow("dynamodb:PutItem", table), exceptionLevel="DEBUG")
    model = {"smithyModel": {"inlinePayload": json.dumps(TABLE_MODEL)}}
    assert gateway.target("Things", model)["status"] == "READY"
    listed = gateway.rpc("tools/list")["result"]["tools"]
    assert [(tool["name"], tool["description"]) for tool in listed] == [
        ("Things___PutItem", "Puts an item ."),
        ("Things___GetItem", "Gets an item"),
    ]
    blob = base64.b64encode(b"\x00\xff").decode()
    item = {"id": {"S": "1"}, "data": {"B": blob}}
    assert gateway.value("Things___PutItem", {"TableName": "things", "Item": item}) == {}
    key = {"TableName": "things", "Key": {"id": {"S": "1"}}}
    refused = gateway.call("Things___GetItem", key)["result"]
    assert "not authorized to perform: dynamodb:GetItem" in refused["content"][0]["text"]
    cloud.grant("things-gateway", allow("dynamodb:GetItem", table))
    assert gateway.value("Things___GetItem", key)["Item"] == item


def test_smithy_refuses_what_the_operation_does_not_take(cloud: GatewayCloud) -> None:
    gateway = cloud.gateway("wrong-things", exceptionLevel="DEBUG")
    gateway.target("Things", {"smithyModel": {"inlinePayload": json.dumps(TABLE_MODEL)}})
    failed = gateway.call("Things___GetItem", {"TableName": "things"})["result"]
    assert 'Missing required parameter in input: "Key"' in failed["content"][0]["text"]


@pytest.fixture(scope="module")
def stage(cloud: GatewayCloud) -> str:
    """A stage of a REST API whose methods are opened by IAM."""
    api = cloud.client("apigateway")
    rest = api.create_rest_api(name="pets")["id"]
    root = api.get_resources(restApiId=rest)["items"][0]["id"]
    pets = api.create_resource(restApiId=rest, parentId=root, pathPart="pets")["id"]
    pet = api.create_resource(restApiId=rest, parentId=pets, pathPart="{id}")["id"]
    function = cloud.function("pets", PETS)
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    for resource, method in ((pets, "GET"), (pet, "GET"), (pet, "DELETE")):
        api.put_method(restApiId=rest, resourceId=resource, httpMethod=method, authorizationType="AWS_IAM")
        api.put_integration(
            restApiId=rest,
            resourceId=resource,
            httpMethod=method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=uri,
        )
    cloud.client("lambda").add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    api.create_deployment(restApiId=rest, stageName="v1")
    return str(rest)


def test_api_gateway_methods_are_called_with_a_signature(cloud: GatewayCloud, stage: str) -> None:
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{stage}/v1/GET/pets/*"
    gateway = cloud.gateway("pets", allow("execute-api:Invoke", arn), exceptionLevel="DEBUG")
    settings = {
        "toolFilters": [{"filterPath": "/pets/*", "methods": ["GET", "DELETE"]}],
        "toolOverrides": [
            {"name": "find_pet", "description": "Finds a pet", "path": "/pets/{id}", "method": "GET"},
            {"name": "sell_pet", "description": "Sells a pet", "path": "/pets/{id}", "method": "DELETE"},
        ],
    }
    configuration = {"apiGateway": {"restApiId": stage, "stage": "v1", "apiGatewayToolConfiguration": settings}}
    target = gateway.target("Pets", configuration)
    assert target["status"] == "READY", target
    assert sorted(gateway.tools()) == ["Pets___find_pet", "Pets___sell_pet"]
    assert gateway.value("Pets___find_pet", {"id": "rex"}) == {"method": "GET", "path": "/pets/rex"}
    refused = gateway.call("Pets___sell_pet", {"id": "rex"})["result"]
    assert "403" in refused["content"][0]["text"]


def test_api_gateway_stage_that_is_not_there_fails_the_target(cloud: GatewayCloud, stage: str) -> None:
    settings = {"toolFilters": [{"filterPath": "/pets", "methods": ["GET"]}]}
    configuration = {"apiGateway": {"restApiId": stage, "stage": "v9", "apiGatewayToolConfiguration": settings}}
    failed = cloud.gateway("no-stage").target("Pets", configuration)
    assert (failed["status"], "v9" in failed["statusReasons"][0]) == ("FAILED", True)
