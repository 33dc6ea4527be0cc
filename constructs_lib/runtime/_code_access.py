"""What a runtime's execution role needs to fetch the agent's code."""

from aws_cdk import Aws
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def decrypt_statement(key: kms.IKey) -> iam.PolicyStatement:
    """To decrypt with the key of a bucket, by way of Amazon S3 only."""
    return iam.PolicyStatement(
        actions=["kms:Decrypt"],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"s3.{Aws.REGION}.amazonaws.com"}},
    )


def pull_statements(repository: ecr.IRepository) -> tuple[iam.PolicyStatement, ...]:
    """To pull an image, as AgentCore documents it.

    GetAuthorizationToken knows no resources, so IAM accepts only `*` for it; the token opens nothing by itself.
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
    """
    return (
        iam.PolicyStatement(
            actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], resources=[repository.repository_arn]
        ),
        iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    )
