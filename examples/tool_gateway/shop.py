"""What the tools belong to: functions, a REST API, a table, an agent, and two keys for what others run."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib import AgentCode, AgentService, ApiKeyCredential, ModelAccess

HERE = Path(__file__).parent
_OPEN_TO_IAM_ONLY = "The only method asks for IAM authorization, and only the gateway's role has the permission."
_LOGS_OF_THE_ACCOUNT = "API Gateway writes logs under one role of the whole account and Region, which no app can own."
_FINDINGS = {
    "APIG1": _LOGS_OF_THE_ACCOUNT,
    "APIG3": _OPEN_TO_IAM_ONLY,
    "APIG6": _LOGS_OF_THE_ACCOUNT,
    "COG4": _OPEN_TO_IAM_ONLY,
}
_NO_NETWORK = "It answers from its event and calls nothing."
_FUNCTION_FINDINGS = {
    "CKV_AWS_115": "A reserved concurrency would take from the account's, for a function that runs for milliseconds.",
    "CKV_AWS_116": "The gateway or the API waits for its answer, so no event is lost that a queue could keep.",
    "CKV_AWS_117": _NO_NETWORK,
}
_STAGE_FINDINGS = {
    "CKV_AWS_73": _LOGS_OF_THE_ACCOUNT,
    "CKV_AWS_76": _LOGS_OF_THE_ACCOUNT,
    "CKV_AWS_120": "Where an order is changes by the minute; a cache would answer with what was.",
}


class Shop(Construct):
    """The shop's own resources.

    Args:
        key: Encrypts logs and the table.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, id)
        self._key = key
        self.orders = self._function("Orders", "orders")
        self.deliveries = self._api(self._function("Deliveries", "deliveries"))
        self.stock = dynamodb.Table(
            self,
            "Stock",
            partition_key=dynamodb.Attribute(name="sku", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
        )
        self.analyst = AgentService(
            self,
            "Analyst",
            code=AgentCode.from_directory(HERE / "agent", entry_point=["main.py"], aws_services=["bedrock-runtime"]),
            model=ModelAccess.foundation_model("amazon.nova-lite-v1:0").without_streaming(),
            protocol=agentcore.ProtocolType.MCP,
            tracing=False,
            encryption_key=key,
        )
        # Each is a JSON object with the field `api_key`, made by hand before the first deployment.
        self.weather_key = self._key_of("Weather", "tool-gateway/weather")
        self.github_token = self._key_of("GitHub", "tool-gateway/github")

    def _key_of(self, id: str, secret_name: str) -> ApiKeyCredential:
        secret = secretsmanager.Secret.from_secret_name_v2(self, f"{id}Secret", secret_name)
        return ApiKeyCredential(self, id, secret=secret)

    def _function(self, id: str, directory: str) -> lambda_.Function:
        log_group = logs.LogGroup(self, f"{id}Logs", encryption_key=self._key, retention=logs.RetentionDays.ONE_MONTH)
        role = iam.Role(self, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        function = lambda_.Function(
            self,
            id,
            code=lambda_.Code.from_asset(str(HERE / directory), exclude=["__pycache__"]),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            role=role,
            log_group=log_group,
        )
        _skip(function, _FUNCTION_FINDINGS)
        return function

    def _api(self, function: lambda_.Function) -> apigateway.Stage:
        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        validator = api.add_request_validator("Validator", validate_request_body=True, validate_request_parameters=True)
        api.root.add_resource("deliveries").add_resource("{number}").add_method(
            "GET",
            apigateway.LambdaIntegration(function, allow_test_invoke=False),
            authorization_type=apigateway.AuthorizationType.IAM,
            operation_name="track_delivery",
            request_parameters={"method.request.path.number": True},
            request_validator=validator,
        )
        for rule, reason in _FINDINGS.items():
            finding = f"AwsSolutions::AwsSolutions-{rule}"
            cdk.Validations.of(api).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))
        _skip(api.deployment_stage, _STAGE_FINDINGS)
        return api.deployment_stage


def _skip(construct: Construct, reasons: dict[str, str]) -> None:
    """Acknowledge findings of checkov, which reads them from the template."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnResource)  # noqa: S101 -- the L2's own resource
    resource.add_metadata("checkov", {"skip": [{"id": check, "comment": why} for check, why in reasons.items()]})
