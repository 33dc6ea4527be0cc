"""One MCP endpoint for many tools, with who may come in, what may be called, and how each tool is reached."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.gateway._checks import check_said, checked_gateway_name, full_names
from constructs_lib.gateway._permissions import INVOKE_FUNCTION_ACTION, INVOKE_GATEWAY_ACTION, allow, key_statement
from constructs_lib.gateway._service_role import Collector, ServiceRole
from constructs_lib.gateway._validation import HasSources, check_addition, check_interceptors
from constructs_lib.gateway.descriptions import ToolDescription
from constructs_lib.gateway.interceptors import Interceptor
from constructs_lib.gateway.policy_engine import (
    attach_policies,
    create_policy_engine,
    engine_configuration,
    evaluation_statements,
)
from constructs_lib.gateway.tool_policy import ToolPolicy
from constructs_lib.gateway.tool_source import ToolSource
from constructs_lib.identity._authorizers import gateway_authorizer
from constructs_lib.identity._credential_access import directory_arn
from constructs_lib.identity.jwt_authorizer import JwtAuthorizer
from constructs_lib.observability.log_delivery import LogDelivery
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

# Stated, because no page says what a gateway without them speaks, and the L2's default is the oldest alone.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using.html
PROTOCOL_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")

_Target = agentcore.CfnGatewayTarget
_ID_SUFFIX = 10


class ToolGateway(Construct):
    """A gateway of AgentCore: the tools of all its sources at one address, for MCP clients.

    Its service role may do what its sources need and nothing else. Targets wait for the role's permissions and policies
    for the targets, so that a fresh deployment works the first time.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway.html

    Args:
        sources: Where the tools come from, at most 100; more with `add_source`.
        authorizer: Tokens that open the gateway. Default: IAM, with `grant_invoke`.
        policy: Who may use which tool; or later, with `add_policy`. Default: whoever may call the gateway may use all.
        interceptors: Functions around each invocation, at most one for requests and one for responses. Default: none.
        semantic_search: Whether agents can search the tools; it cannot be turned on later.
        instructions: What agents are told about the gateway, at most 2,048 characters. Default: none.
        detailed_errors: Whether callers see why a target or a policy failed. For development only.
        description: Shown in the console, at most 200 characters. Default: none.
        gateway_name: Lower-case letters, digits and single `-`, at most 48. Default: derived from the construct's path.
        tracing: Whether traces are delivered.
        log_retention: How long log events are kept.
        log_masking: What nobody without `logs:Unmask` sees in the logs. Default: personal data. None: nothing.
        encryption_key: Key that encrypts the gateway, its policies and its logs. Default: keys of AWS.
        removal_policy: What happens to the log group when it leaves the stack.

    Attributes:
        gateway: The L2 gateway.
        gateway_name: Its name.
        gateway_id: Its id.
        gateway_arn: Its ARN.
        url: Address of its MCP endpoint.
        authorizer: Tokens that open it. None: IAM does.
        interceptors: Functions around each invocation.
        role: Its service role.
        log_group: Its application logs: requests and their failures.
        policy_engine: The L2 engine that decides who may use which tool. None: there is no policy.
        policies: The L2 policies in it, one for each rule.

    Raises:
        ValueError: If an argument is out of the service's bounds, two sources or interceptors are in each other's way,
            or the policy does not fit the tools.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sources: Sequence[ToolSource] = (),
        authorizer: JwtAuthorizer | None = None,
        policy: ToolPolicy | None = None,
        interceptors: Sequence[Interceptor] = (),
        semantic_search: bool = True,
        instructions: str | None = None,
        detailed_errors: bool = False,
        description: str | None = None,
        gateway_name: str | None = None,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        check_interceptors(interceptors)
        check_said(description=description, instructions=instructions)
        self._place = place_of(self)
        self.authorizer = authorizer
        self.interceptors = tuple(interceptors)
        self.gateway_name = checked_gateway_name(gateway_name, self.node.path)
        self._service_role = ServiceRole(self, place=self._place, gateway_name=self.gateway_name)
        self.role = self._service_role.role
        self.gateway = agentcore.Gateway(
            self,
            "Gateway",
            gateway_name=self.gateway_name,
            description=description,
            protocol_configuration=agentcore.GatewayProtocol.mcp(
                search_type=agentcore.McpGatewaySearchType.SEMANTIC if semantic_search else None,
                instructions=instructions,
                supported_versions=[agentcore.MCPProtocolVersion.of(version) for version in PROTOCOL_VERSIONS],
            ),
            authorizer_configuration=(
                gateway_authorizer(authorizer) if authorizer else agentcore.GatewayAuthorizer.using_aws_iam()
            ),
            exception_level=agentcore.GatewayExceptionLevel.DEBUG if detailed_errors else None,
            kms_key=encryption_key,
            # The L2 would add wildcards, and what targets need, to a policy that the gateway waits for.
            role=self.role.without_policy_updates(),
        )
        resource = self.gateway.node.default_child
        assert isinstance(resource, agentcore.CfnGateway)  # noqa: S101 -- the L2's own resource
        self._resource, self._key = resource, encryption_key
        self.gateway_id, self.gateway_arn = self.gateway.gateway_id, self.gateway.gateway_arn
        self._allow_gateway([key_statement(encryption_key.key_arn, self._place)] if encryption_key else [])
        self._intercept()
        self.log_group = LogDelivery(
            self,
            "Logs",
            source_arn=self.gateway_arn,
            source_name=self.gateway_name,
            log_group_suffix=f"gateway/{self.gateway_id}",
            retention=log_retention,
            masking=log_masking,
            traces=tracing,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        ).log_group
        self._targets: dict[str, agentcore.CfnGatewayTarget] = {}
        self._tools: dict[str, ToolDescription] = {}
        self._target_scope = Construct(self, "Targets")
        self.policy_engine: agentcore.PolicyEngine | None = None
        self.policies: tuple[agentcore.Policy, ...] = ()
        self.node.add_validation(HasSources(self.targets))
        for source in sources:
            self.add_source(source)
        if policy is not None:
            self.add_policy(policy)

    @property
    def url(self) -> str:
        """Address of the MCP endpoint."""
        url = self.gateway.gateway_url
        assert url is not None  # noqa: S101 -- only imported gateways have none
        return url

    @property
    def workload_identity_arn(self) -> str:
        """ARN of the workload identity under which it fetches credentials; the service calls it by the gateway's id."""
        return f"{directory_arn(self._place)}/workload-identity/{self.gateway_id}"

    @property
    def tools(self) -> Mapping[str, ToolDescription]:
        """The tools that are known at synth, by the names that agents and policies know them by: `Target___tool`."""
        return MappingProxyType(self._tools)

    @property
    def targets(self) -> Mapping[str, agentcore.CfnGatewayTarget]:
        """The targets, by the names of their sources."""
        return MappingProxyType(self._targets)

    @property
    def target_policies(self) -> Sequence[iam.ManagedPolicy]:
        """What the service role may do to its targets; the targets wait for it."""
        return tuple(self._service_role.policies)

    def add_source(self, source: ToolSource) -> agentcore.CfnGatewayTarget:
        """Add the tools of a source.

        Raises:
            ValueError: If the gateway has a source of that name, as many as the service takes, a policy already, or not
                what the source's credential needs.
        """
        check_addition(self, source)
        place = Construct(self._target_scope, source.name)
        bound = source.bind(place)
        credential = Collector(self.role)
        source.outbound.grant_use(
            credential, gateway=self, directory_arn=directory_arn(self._place), jwt=self.authorizer is not None
        )
        target = _Target(
            place,
            "Target",
            name=source.name,
            description=source.description,
            gateway_identifier=self.gateway_id,
            target_configuration=_Target.TargetConfigurationProperty(mcp=bound.configuration),
            credential_provider_configurations=[source.outbound.rendered] if source.outbound.rendered else None,
            metadata_configuration=(
                _Target.MetadataConfigurationProperty(allowed_request_headers=list(source.request_headers))
                if source.request_headers
                else None
            ),
        )
        target.node.add_dependency(*self._service_role.allow_target([*bound.statements, *credential.statements]))
        self._targets[source.name] = target
        self._tools.update(full_names(source.name, source.tools))
        return target

    def add_policy(self, policy: ToolPolicy) -> tuple[agentcore.Policy, ...]:
        """Decide who may use which tool, once all sources are there. What no rule permits is denied from then on.

        Raises:
            ValueError: If there is a policy already, or a rule does not fit the gateway: it names an unknown tool or
                argument, can never match, or is not valid Cedar.
        """
        if self.policy_engine is not None:
            raise ValueError(f"the gateway {self.node.path!r} has a policy already; put all rules into one ToolPolicy")
        engine = create_policy_engine(self, "PolicyEngine", encryption_key=self._key)
        # The id has ten characters more than the name. The gateway waits for this, so it cannot say its own ARN.
        arn = self._place.arn("bedrock-agentcore", f"gateway/{self.gateway_name}-{'?' * _ID_SUFFIX}")
        self._allow_gateway(evaluation_statements(engine, arn))
        self._resource.policy_engine_configuration = engine_configuration(engine, policy)
        self.policy_engine = engine
        self.policies = attach_policies(
            engine,
            policy,
            gateway_arn=self.gateway_arn,
            jwt=self.authorizer is not None,
            tools=self._tools,
            targets=list(self._targets.values()),
        )
        return self.policies

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to list, search and call the tools, as itself.

        Raises:
            ValueError: If the gateway takes tokens, so that no IAM permission opens it.
        """
        if self.authorizer is not None:
            raise ValueError(
                f"the gateway {self.node.path!r} is opened by tokens of {self.authorizer.discovery_url!r}, not by IAM;"
                " call it with a token, or leave out its authorizer"
            )
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=[INVOKE_GATEWAY_ACTION], resource_arns=[self.gateway_arn]
        )

    def metric_invocations(self) -> "cloudwatch.Metric":
        """Requests to the gateway, whatever their answer."""
        return self.gateway.metric_invocations()

    def metric_latency(self) -> "cloudwatch.Metric":
        """Mean time in milliseconds from a request to the first byte of its answer."""
        return self.gateway.metric_latency()

    def metric_duration(self) -> "cloudwatch.Metric":
        """Mean time in milliseconds from a request to the end of its answer."""
        return self.gateway.metric_duration()

    def metric_target_execution_time(self) -> "cloudwatch.Metric":
        """Mean time in milliseconds that targets needed."""
        return self.gateway.metric_target_execution_time()

    def metric_user_errors(self) -> "cloudwatch.Metric":
        """Requests that failed by the caller's fault."""
        return self.gateway.metric_user_errors()

    def metric_system_errors(self) -> "cloudwatch.Metric":
        """Requests that failed by the service's fault."""
        return self.gateway.metric_system_errors()

    def metric_throttles(self) -> "cloudwatch.Metric":
        """Requests that the service refused for their number."""
        return self.gateway.metric_throttles()

    def _intercept(self) -> None:
        if not self.interceptors:
            return
        self._resource.interceptor_configurations = [interceptor.rendered() for interceptor in self.interceptors]
        functions = sorted({interceptor.function.function_arn for interceptor in self.interceptors})
        self._allow_gateway([allow(INVOKE_FUNCTION_ACTION, functions)])

    def _allow_gateway(self, statements: Sequence[Mapping[str, object]]) -> None:
        self._service_role.allow_gateway(statements, made=self.gateway.node.add_dependency)
