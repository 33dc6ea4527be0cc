"""The endpoints of AWS services, each with a policy: what leaves the network stays in this account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib._place import Place

Statement = Mapping[str, object]
_ANYBODY = "*"


@dataclass(frozen=True, kw_only=True)
class ServiceEndpoint:
    """An interface endpoint of a service.

    Attributes:
        id: Its id in the tree.
        service: Last part of the service's name.
        hosts: First parts of the names it answers to; `.REGION.amazonaws.com` follows.
        statements: What may pass it.
    """

    id: str
    service: str
    hosts: Sequence[str]
    statements: Sequence[Statement]


def service_endpoints(place: Place) -> Sequence[ServiceEndpoint]:
    """What agents and their front end call, besides S3 and DynamoDB.

    Model, memory, tools and other agents, the gateway, logs, traces, metrics, the addresses of connected agents,
    images, secrets, keys and tokens. Which of it one principal may do is said by its own policies; these are the fence
    around all of them: principals of this account, and its resources wherever a service knows resources.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    partition, account = place.partition, place.account

    def everywhere(service: str, resource: str, owner: str = account) -> str:
        return f"arn:{partition}:{service}:*:{owner}:{resource}"

    def endpoint(id: str, service: str, *statements: Statement, host: str | None = None) -> ServiceEndpoint:
        return ServiceEndpoint(id=id, service=service, hosts=[host or service], statements=statements)

    def ours(actions: str | Sequence[str], resources: str | Sequence[str]) -> Statement:
        return _ours(place, actions, resources)

    return [
        # A cross-Region inference profile of this Region leads to models of others; models belong to no account.
        endpoint(
            "BedrockRuntime",
            "bedrock-runtime",
            ours(
                ["bedrock:ApplyGuardrail", "bedrock:CountTokens", "bedrock:InvokeModel*"],
                [everywhere("bedrock", "*"), everywhere("bedrock", "foundation-model/*", owner="")],
            ),
        ),
        endpoint("AgentCore", "bedrock-agentcore", *_agentcore(place)),
        # A user's token has no IAM principal, and without "*" the endpoint refuses it.
        # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/vpc-interface-endpoints.html
        endpoint(
            "AgentCoreGateway",
            "bedrock-agentcore.gateway",
            _statement("bedrock-agentcore:InvokeGateway", place.arn("bedrock-agentcore", "gateway/*")),
            host="*.gateway.bedrock-agentcore",
        ),
        endpoint("Logs", "logs", ours(["logs:Create*", "logs:Describe*", "logs:PutLogEvents"], place.arn("logs", "*"))),
        endpoint("XRay", "xray", ours(["xray:GetSampling*", "xray:PutT*", "xray:PutSpans*"], "*")),
        endpoint("Monitoring", "monitoring", ours("cloudwatch:PutMetricData", "*")),
        endpoint("Ssm", "ssm", ours(["ssm:GetParameter*"], place.arn("ssm", "parameter/*"))),
        endpoint(
            "SecretsManager",
            "secretsmanager",
            ours(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], place.arn("secretsmanager", "*")),
        ),
        endpoint(
            "Kms",
            "kms",
            ours(["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"], place.arn("kms", "key/*")),
        ),
        endpoint(
            "Sts",
            "sts",
            ours(["sts:AssumeRole", "sts:TagSession"], f"arn:{partition}:iam::{account}:role/*"),
            ours("sts:GetCallerIdentity", "*"),
        ),
        endpoint("EcrApi", "ecr.api", *_images(place), host="api.ecr"),
        endpoint("EcrDocker", "ecr.dkr", *_images(place), host="*.dkr.ecr"),
    ]


def allow_buckets(endpoint: ec2.GatewayVpcEndpoint, place: Place) -> None:
    """Let the endpoint of Amazon S3 reach this account's buckets, and read the layers of images.

    Reading does not ask who reads: runtimes may fetch their code, and Amazon ECR its layers, by presigned addresses of
    an AWS account. Nothing can be written outside of this account.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    in_account = {"StringEquals": {"aws:ResourceAccount": place.account}}
    both = {"StringEquals": {"aws:ResourceAccount": place.account, "aws:PrincipalAccount": place.account}}
    layers = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/*"
    writing = ["s3:AbortMultipartUpload", "s3:DeleteObject*", "s3:GetBucket*", "s3:List*", "s3:PutObject*"]
    _allow(
        endpoint,
        [
            _statement("s3:GetObject*", "*", condition=in_account),
            _statement(writing, "*", condition=both),
            _statement("s3:GetObject", layers),
        ],
    )


def allow_tables(endpoint: ec2.GatewayVpcEndpoint, place: Place) -> None:
    """Let the endpoint of Amazon DynamoDB reach the items of this account's tables."""
    actions = [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
    ]
    _allow(endpoint, [_ours(place, actions, place.arn("dynamodb", "table/*"))])


def allow(endpoint: ec2.InterfaceVpcEndpoint, statements: Sequence[Statement]) -> None:
    """Write the policy of an interface endpoint."""
    _allow(endpoint, statements)


def _agentcore(place: Place) -> Sequence[Statement]:
    resources = [
        place.arn("bedrock-agentcore", "*"),
        # The service's own code interpreter and browser; their sessions are the caller's.
        f"arn:{place.partition}:bedrock-agentcore:{place.region}:aws:*",
    ]
    return [
        _ours(place, "bedrock-agentcore:*", resources),
        # These name no resource.
        _ours(place, ["bedrock-agentcore:ConnectBrowser*", "bedrock-agentcore:ListBrowserSessions"], "*"),
        # Users' tokens, see the gateway's endpoint.
        _statement(
            [
                "bedrock-agentcore:InvokeAgentRuntime",
                "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream",
                "bedrock-agentcore:StopRuntimeSession",
            ],
            place.arn("bedrock-agentcore", "runtime/*"),
        ),
    ]


def _images(place: Place) -> Sequence[Statement]:
    return [
        _ours(
            place,
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            place.arn("ecr", "repository/*"),
        ),
        _ours(place, "ecr:GetAuthorizationToken", "*"),
    ]


def _ours(place: Place, actions: str | Sequence[str], resources: str | Sequence[str]) -> Statement:
    condition = {"StringEquals": {"aws:PrincipalAccount": place.account}}
    return _statement(actions, resources, condition=condition)


def _statement(
    actions: str | Sequence[str], resources: str | Sequence[str], *, condition: Statement | None = None
) -> Statement:
    statement = {"Effect": "Allow", "Principal": _ANYBODY, "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def _allow(endpoint: ec2.VpcEndpoint, statements: Sequence[Statement]) -> None:
    for statement in statements:
        endpoint.add_to_policy(iam.PolicyStatement.from_json(statement))
