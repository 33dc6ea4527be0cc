"""Where an agent runs the code it writes."""

from typing import TYPE_CHECKING

import jsii
from aws_cdk import RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking
from constructs_lib.runtime._grants import GrantedPermissions
from constructs_lib.sandbox._permissions import CODE_ACTIONS
from constructs_lib.sandbox._tool import (
    ToolName,
    checked_description,
    execution_role,
    network_properties,
)

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

_Network = agentcore.CodeInterpreterNetworkConfiguration


@jsii.implements(iam.IGrantable)
class CodeSandbox(Construct):
    """A code interpreter of AgentCore: sessions in which an agent runs Python, JavaScript and shell commands.

    Code runs apart from the agent and by default without a network, so it reaches neither the agent's credentials nor
    the internet. It has a role of its own that may do nothing until `bucket.grant_read(sandbox)` says so; what code in
    a session may do, whoever talks to the agent can have it do.

    A code interpreter cannot be changed, only replaced: another network or description gives another one, with another
    id, and ends the sessions of the old one.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/code-interpreter-tool.html

    Args:
        network: Private network whose addresses the code reaches. Default: none.
        public_network: Whether the code reaches the internet. What it reads there can carry orders for the agent, and
            what it has read elsewhere can leave.
        description: Shown in the console, at most 4,096 characters. Default: none.
        tracing: Whether traces are delivered.
        log_retention: How long log events are kept.
        log_masking: What nobody without `logs:Unmask` sees in the logs. Default: personal data. None: nothing.
        usage_logs: Whether processor and memory of each session are logged, by the second.
        encryption_key: Key that encrypts the log group; its policy is extended for CloudWatch Logs. Default:
            CloudWatch Logs' own key.
        removal_policy: What happens to the log group when it leaves the stack.

    Attributes:
        code_interpreter: The L2 code interpreter.
        code_interpreter_name: Its name.
        code_interpreter_id: Its id, for `AGENT_CODE_INTERPRETER_ID`.
        code_interpreter_arn: Its ARN.
        role: Its execution role. Grant to the sandbox, not to the role: that keeps inline policies away.
        log_group: Its application logs. They do not hold what the code prints; the agent gets that.
        usage_log_group: Its usage logs. None: they are not asked for.

    Raises:
        ValueError: If the description is too long, or both networks are asked for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        network: AgentNetwork | None = None,
        public_network: bool = False,
        description: str | None = None,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
        usage_logs: bool = False,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        if network is not None and public_network:
            raise ValueError(
                f"the code sandbox {self.node.path!r} is in the network {network.node.path!r} or in the public one, got"
                " network= and public_network=True; leave one of them out"
            )
        place = place_of(self)
        mode = "VPC" if network else "PUBLIC" if public_network else "SANDBOX"
        name = ToolName(
            self,
            place,
            "code-interpreter-custom",
            {
                "description": checked_description(description),
                "mode": mode,
                "vpc": network_properties(network),
            },
        )
        self.code_interpreter_name = name.name
        self.role = execution_role(self, place, name.pattern, "What code in the sessions of a code sandbox may do")
        self._grants = GrantedPermissions(self, self.role, description="What code in this sandbox was granted")
        self.code_interpreter = agentcore.CodeInterpreterCustom(
            self,
            "CodeInterpreter",
            code_interpreter_custom_name=name.name,
            description=description,
            execution_role=self.role.without_policy_updates(),
            network_configuration=_network(self, network, public=public_network),
        )
        self.code_interpreter_id = self.code_interpreter.code_interpreter_id
        self.code_interpreter_arn = self.code_interpreter.code_interpreter_arn
        delivery = LogDelivery(
            self,
            "Logs",
            source_arn=self.code_interpreter_arn,
            source_name=name.name,
            log_group_suffix=f"code-interpreter/{self.code_interpreter_id}",
            usage_logs=usage_logs,
            retention=log_retention,
            traces=tracing,
            masking=log_masking,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self.log_group, self.usage_log_group = delivery.log_group, delivery.usage_log_group

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The identity of code in the sandbox: pass this construct to any `grant_*` method."""
        return self._grants

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow what an agent needs: to start sessions of this sandbox, to run code and move files, to stop them."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(CODE_ACTIONS), resource_arns=[self.code_interpreter_arn]
        )

    def use_statements(self) -> list[dict[str, object]]:
        """What `grant_use` grants, as IAM policy statements in JSON."""
        return [{"Effect": "Allow", "Action": list(CODE_ACTIONS), "Resource": self.code_interpreter_arn}]

    def metric_session_duration(self) -> "cloudwatch.Metric":
        """Mean time that sessions lasted."""
        return self.code_interpreter.metric_session_duration()

    def metric_invocations(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation: `StartCodeInterpreterSession`, `InvokeCodeInterpreter` …"""
        return self.code_interpreter.metric_invocations_for_api_operation(operation)

    def metric_latency(self, operation: str) -> "cloudwatch.Metric":
        """Mean time in milliseconds from a call of an operation to the start of its answer."""
        return self.code_interpreter.metric_latency_for_api_operation(operation)

    def metric_throttles(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that the service refused for their number."""
        return self.code_interpreter.metric_throttles_for_api_operation(operation)

    def metric_user_errors(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that failed by the caller's fault."""
        return self.code_interpreter.metric_user_errors_for_api_operation(operation)

    def metric_system_errors(self, operation: str) -> "cloudwatch.Metric":
        """Calls of an operation that failed by the service's fault."""
        return self.code_interpreter.metric_system_errors_for_api_operation(operation)


def _network(scope: Construct, network: AgentNetwork | None, *, public: bool) -> _Network:
    if network is not None:
        return _Network.using_vpc(
            scope,
            vpc=network.vpc,
            vpc_subnets=network.agent_subnets,
            security_groups=[network.agent_security_group],
        )
    return _Network.using_public_network() if public else _Network.using_sandbox_network()
