"""One task of the front end: its container, and what it may do."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib._place import Place
from constructs_lib.frontend.chat_image import BoundImage

PORT = 8501
HEALTH_PATH = "/_stcore/health"
CONTAINER = "Chat"
_USER = "10001"
_TMP = "tmp"
_STOP_SECONDS = 60
_HEALTH_CHECK = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}{HEALTH_PATH}', timeout=4)"
_PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def task_role(scope: Construct, id: str, place: Place, description: str) -> iam.Role:
    """A role for tasks of this account.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return iam.Role(
        scope,
        id,
        description=description,
        assumed_by=iam.ServicePrincipal(
            "ecs-tasks.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnLike": {"aws:SourceArn": place.arn("ecs", "*")},
            },
        ),
    )


def execution_policy(
    scope: Construct,
    role: iam.Role,
    *,
    image: BoundImage,
    log_group: logs.ILogGroup,
    secrets: Mapping[str, secretsmanager.ISecret],
    place: Place,
) -> iam.ManagedPolicy:
    """What Amazon ECS needs to start a task: its image, its log and its secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    allow = "Allow"
    statements: list[dict[str, object]] = [
        {"Effect": allow, "Action": list(_PULL_ACTIONS), "Resource": image.repository.repository_arn},
        {"Effect": allow, "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Effect": allow,
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": log_group.log_group_arn,
        },
        {
            "Effect": allow,
            "Action": "secretsmanager:GetSecretValue",
            "Resource": [secret.secret_arn for secret in secrets.values()],
        },
    ]
    keys = {key.key_arn: key for secret in secrets.values() if (key := secret.encryption_key) is not None}
    if keys:
        via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}}
        statements.append({"Effect": allow, "Action": "kms:Decrypt", "Resource": list(keys), "Condition": via})
    policy = iam.ManagedPolicy(
        scope,
        "ExecutionPolicy",
        description="What starting a task of the front end takes",
        document=iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements}),
        roles=[role],
    )
    cdk.Validations.of(policy).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            reason="ecr:GetAuthorizationToken knows no resources: IAM accepts only '*' for it (service authorization"
            " reference of Amazon ECR).",
        )
    )
    return policy


def handed(scope: Construct, id: str, secret: secretsmanager.ISecret, field: str | None = None) -> ecs.Secret:
    """A secret as a container gets it, by its ARN alone.

    Of the secret itself, the L2 would let the execution role into the policy of its key, and so tie the key's stack to
    this one.
    """
    by_arn = secretsmanager.Secret.from_secret_complete_arn(scope, id, secret.secret_arn)
    return ecs.Secret.from_secrets_manager(by_arn, field)


def task_definition(
    scope: Construct,
    *,
    cpu: int,
    memory_mib: int,
    role: iam.Role,
    execution_role: iam.Role,
    image: BoundImage,
    variables: Mapping[str, str],
    secrets: Mapping[str, ecs.Secret],
    log_group: logs.ILogGroup,
) -> ecs.FargateTaskDefinition:
    """One container that is not root, writes below `/tmp` only and has no capability of the kernel."""
    definition = ecs.FargateTaskDefinition(
        scope,
        "Task",
        cpu=cpu,
        memory_limit_mib=memory_mib,
        task_role=role,
        # The L2 would put what starting a task takes into an inline policy.
        execution_role=execution_role.without_policy_updates(),
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
        ),
        volumes=[ecs.Volume(name=_TMP)],
    )
    kernel = ecs.LinuxParameters(scope, "LinuxParameters", init_process_enabled=True)
    kernel.drop_capabilities(ecs.Capability.ALL)
    container = definition.add_container(
        CONTAINER,
        image=image.image,
        environment=dict(variables),
        secrets=dict(secrets),
        logging=ecs.LogDrivers.aws_logs(
            stream_prefix="chat", log_group=log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
        ),
        user=_USER,
        readonly_root_filesystem=True,
        linux_parameters=kernel,
        health_check=ecs.HealthCheck(
            command=["CMD", "python", "-c", _HEALTH_CHECK],
            interval=Duration.seconds(15),
            timeout=Duration.seconds(5),
            retries=3,
            start_period=Duration.seconds(30),
        ),
        port_mappings=[ecs.PortMapping(container_port=PORT)],
        stop_timeout=Duration.seconds(_STOP_SECONDS),
    )
    cdk.Validations.of(definition).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-ECS2",
            reason="The variables are ARNs, addresses and the client's id, none of which is secret, and all of which"
            " belong to this version of the application. What is secret comes from Secrets Manager.",
        )
    )
    container.add_mount_points(ecs.MountPoint(container_path="/tmp", source_volume=_TMP, read_only=False))  # noqa: S108
    return definition
