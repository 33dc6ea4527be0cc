import pytest

from constructs_lib.gateway import OutboundAuth, ToolSource
from tests.constructs_lib.gateway.support import api_key, client, picked, rendered, target, target_statements
from tests.constructs_lib.support import stack

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/stock"


def test_the_target_is_the_picked_model_called_with_the_role() -> None:
    of = rendered(ToolSource.smithy(picked("dynamodb:GetItem", text="{}"), name="stock", resources=[TABLE]))
    given = target(of)
    assert given["TargetConfiguration"]["Mcp"]["SmithyModel"] == {"InlinePayload": "{}"}
    assert given["CredentialProviderConfigurations"] == [{"CredentialProviderType": "GATEWAY_IAM_ROLE"}]


def test_the_role_may_use_the_picked_operations_on_the_resources() -> None:
    source = ToolSource.smithy(picked("dynamodb:GetItem", "dynamodb:Query"), name="stock", resources=[TABLE])
    (statement,) = target_statements(rendered(source))
    assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:Query"]
    assert statement["Resource"] == TABLE


def test_an_oauth2_client_needs_nothing_of_the_role() -> None:
    scope = stack()
    source = ToolSource.smithy(picked(), name="stock", outbound=OutboundAuth.oauth2(client(scope)))
    actions = [statement["Action"] for statement in target_statements(rendered(source, scope))]
    assert "bedrock-agentcore:GetResourceOauth2Token" in actions
    assert not any(action.startswith("dynamodb:") for action in actions)


def test_fails_without_resources() -> None:
    with pytest.raises(ValueError, match=r"orders\.json: the gateway's role may use get_order on nothing"):
        ToolSource.smithy(picked("dynamodb:GetItem"), name="stock")


def test_fails_for_a_model_of_no_service_of_aws() -> None:
    with pytest.raises(ValueError, match=r"orders\.json: the model names no service of AWS"):
        ToolSource.smithy(picked(), name="stock", resources=[TABLE])


def test_fails_for_a_credential_that_smithy_targets_do_not_take() -> None:
    scope = stack()
    of_user = OutboundAuth.oauth2_of_user(client(scope), return_url="https://app.example.com")
    for outbound in (OutboundAuth.api_key(api_key(scope)), OutboundAuth.none(), of_user):
        with pytest.raises(ValueError, match=r"calls a Smithy target with its role or as an OAuth 2\.0 client"):
            ToolSource.smithy(picked("dynamodb:GetItem"), name="stock", outbound=outbound, resources=[TABLE])
