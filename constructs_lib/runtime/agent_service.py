"""An agent on AgentCore Runtime with what it may use."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import place_of
from constructs_lib.identity._authorizers import runtime_authorizer
from constructs_lib.identity.jwt_authorizer import JwtAuthorizer
from constructs_lib.memory.agent_memory import AgentMemory
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.observability.log_masking import DEFAULT_MASKING, LogMasking
from constructs_lib.runtime._belongings import Belongings
from constructs_lib.runtime._checks import (
    check_endpoint,
    checked_headers,
    checked_lifecycle,
    checked_models,
    checked_runtime_name,
)
from constructs_lib.runtime._connections import arn_parameter, variable_for
from constructs_lib.runtime._gateway_access import gateway_access
from constructs_lib.runtime._grants import GrantedPermissions
from constructs_lib.runtime._guardrail_access import guarded_models, guardrail_access
from constructs_lib.runtime._logs import AgentLogs
from constructs_lib.runtime._metrics import AgentMetrics
from constructs_lib.runtime._permissions import INVOKE_ACTION, INVOKE_FOR_USER_ACTION
from constructs_lib.runtime._role import baseline_policy, execution_role
from constructs_lib.runtime._settings import agent_variables, check_count
from constructs_lib.runtime.agent_code import AgentCode
from constructs_lib.runtime.model_access import ModelAccess
from constructs_lib.safety.guardrail_policies import GuardrailMode

# DynamoDB and the gateway take long to import, and most agents use neither.
if TYPE_CHECKING:
    from constructs_lib.gateway.tool_gateway import ToolGateway
    from constructs_lib.identity.oauth2_credential import OAuth2Credential
    from constructs_lib.runtime.session_registry import SessionRegistry
    from constructs_lib.safety.content_guardrail import ContentGuardrail
    from constructs_lib.sandbox.code_sandbox import CodeSandbox
    from constructs_lib.sandbox.web_browser import WebBrowser

DEFAULT_ENDPOINT = "DEFAULT"
AUTHORIZATION_HEADER = "Authorization"
_MAX_NAME = 48


@jsii.implements(iam.IGrantable)
class AgentService(AgentMetrics):
    """An agent on AgentCore Runtime: its code, its role, its model and memory, its logs and traces.

    The role may do what the arguments say and nothing else; grant more with `table.grant_read_data(agent)`. Agents may
    call each other and themselves (`connect_to`) without a cycle in the template.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html

    Args:
        code: The agent's packaged source or image.
        model: Model the agent may call, or several; the id of the first becomes `AGENT_MODEL_ID`.
        memory: Memory the agent keeps conversations in. Default: the agent is stateless.
        tools: Gateway whose tools the agent uses: as its user, by the user's token, if the gateway takes tokens; else
            under its own role. Default: the agent has the tools of its code only.
        tools_credential: Client whose tokens open that gateway instead of the users': every tool call is then the
            agent's own. Default: none.
        tools_scopes: Scopes of the client's tokens. Default: none.
        sessions: Table that binds each session to its first actor. Default: that is known while its process lives.
        code_sandbox: Where the agent runs code it writes. Default: nowhere.
        web_browser: Browser the agent uses. Default: none.
        guardrail: Guardrail that the conversation passes. Default: none.
        guardrail_required: Whether IAM denies model calls that do not apply the guardrail.
        guardrail_mode: Whether the guardrail acts, or the agent only records what it would have done.
        environment: Further variables, at most 50 with ours. Default: none.
        authorizer: Tokens that open the agent; the token's header then reaches it. Default: IAM.
        protocol: What the agent speaks, which decides about its port and path: HTTP, MCP, A2A or AG-UI. An agent that
            is a tool of a gateway speaks MCP. Default: HTTP.
        network: Private network the agent runs in. Default: the public network.
        endpoints: Endpoints besides `DEFAULT`, by name, with the version each is pinned to, or None for the version
            that this template makes. Default: none.
        allowed_headers: Request headers that reach the agent, at most 20. Default: none.
        idle_timeout: Silence after which a session ends, 60 to 28,800 seconds. Default: the service's 15 minutes.
        max_lifetime: Age at which a session ends, 60 to 28,800 seconds. Default: the service's 8 hours.
        description: Shown in the console. Default: none.
        runtime_name: Letters, digits and underscores, at most 48. Default: derived from the construct's path.
        tracing: Whether traces are made and delivered.
        log_retention: How long log events are kept.
        log_masking: What nobody without `logs:Unmask` sees in the logs. Default: personal data. None: nothing.
        usage_logs: Whether processor and memory of each session are logged, by the second.
        encryption_key: Key that encrypts the log groups; its policy is extended for CloudWatch Logs. Default:
            CloudWatch Logs' own key.
        removal_policy: What happens to the log groups when they leave the stack.

    Attributes:
        runtime: The L2 runtime.
        role: The execution role. Grant to the agent, not to the role: the role would wait in the runtime's
            dependencies.
        baseline_policy: What the agent may do from its first second; the runtime waits for it.
        output_log_groups: What the agent prints, by endpoint.
        log_group: The runtime's application logs: requests, responses and errors.
        usage_log_group: Its usage logs. None: they are not asked for.
        endpoints: The L2 endpoints, by name.
        authorizer: Tokens that open the agent. None: IAM does.
        protocol: What the agent speaks. None: HTTP.
        tracing: Whether traces are made and delivered.

    Raises:
        ValueError: If an argument is out of the service's bounds, `environment` sets a variable that is ours, or the
            agent has nothing that opens the gateway.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: AgentCode,
        model: ModelAccess | Sequence[ModelAccess],
        memory: AgentMemory | None = None,
        tools: "ToolGateway | None" = None,
        tools_credential: "OAuth2Credential | None" = None,
        tools_scopes: Sequence[str] = (),
        sessions: "SessionRegistry | None" = None,
        code_sandbox: "CodeSandbox | None" = None,
        web_browser: "WebBrowser | None" = None,
        guardrail: "ContentGuardrail | None" = None,
        guardrail_required: bool = False,
        guardrail_mode: GuardrailMode = GuardrailMode.ENFORCE,
        environment: Mapping[str, str] | None = None,
        authorizer: JwtAuthorizer | None = None,
        protocol: agentcore.ProtocolType | None = None,
        network: AgentNetwork | None = None,
        endpoints: Mapping[str, str | None] | None = None,
        allowed_headers: Sequence[str] = (),
        idle_timeout: Duration | None = None,
        max_lifetime: Duration | None = None,
        description: str | None = None,
        runtime_name: str | None = None,
        tracing: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_masking: LogMasking | None = DEFAULT_MASKING,
        usage_logs: bool = False,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        access = gateway_access(self, authorizer, tools, tools_credential, tools_scopes)
        guarding = guardrail_access(self, guardrail, guardrail_required, guardrail_mode)
        belongings = Belongings(memory, sessions, access, code_sandbox, web_browser, guarding)
        models = guarded_models(checked_models(model), guarding)
        headers = checked_headers([*allowed_headers, *([AUTHORIZATION_HEADER] if authorizer else [])])
        lifecycle = checked_lifecycle(idle_timeout, max_lifetime)
        self._variables = agent_variables(
            model_id=models[0].model_id,
            jwt=authorizer is not None,
            belongings=belongings,
            tracing=tracing,
            further=environment or {},
        )
        self._place = place_of(self)
        self.authorizer = authorizer
        self.protocol = protocol
        self.tracing = tracing
        self.runtime_name = checked_runtime_name(runtime_name) or physical_name(self.node.path, max_length=_MAX_NAME)
        self.role = execution_role(self, self._place, self.runtime_name)
        bound = code.bind(self)
        self.baseline_policy = baseline_policy(
            self,
            self.role,
            self._place,
            self.runtime_name,
            tracing=tracing,
            needs=[
                *(statement for model in models for statement in model.statements(self)),
                *belongings.statements(),
            ],
            code=bound.read_statements,
        )
        self._grants = GrantedPermissions(self, self.role)
        self.runtime = agentcore.Runtime(
            self,
            "Runtime",
            runtime_name=self.runtime_name,
            description=description,
            agent_runtime_artifact=bound.artifact,
            # The L2 would add wildcards, and the grants of other agents, to a policy that the runtime waits for.
            execution_role=self.role.without_policy_updates(),
            environment_variables=self._variables,
            protocol_configuration=protocol,
            authorizer_configuration=runtime_authorizer(authorizer) if authorizer else None,
            network_configuration=network.runtime_configuration(self) if network else None,
            lifecycle_configuration=lifecycle,
            request_header_configuration=headers,
        )
        self.runtime.node.add_dependency(self.baseline_policy)
        self._arn, self._runtime_id = self.runtime.agent_runtime_arn, self.runtime.agent_runtime_id
        self._logs = AgentLogs(
            self,
            runtime_name=self.runtime_name,
            runtime_arn=self._arn,
            runtime_id=self._runtime_id,
            tracing=tracing,
            usage_logs=usage_logs,
            retention=log_retention,
            masking=log_masking,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        self._logs.add_output("OutputLogGroup", DEFAULT_ENDPOINT)
        self.log_group, self.output_log_groups = self._logs.application, self._logs.output
        self.usage_log_group = self._logs.usage
        self.endpoints: dict[str, agentcore.RuntimeEndpoint] = {}
        for name, version in (endpoints or {}).items():
            self.add_endpoint(name, version=version)
        if access is not None:
            access.grant(self)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The agent's identity: pass this construct to any `grant_*` method."""
        return self._grants

    @property
    def arn(self) -> str:
        """ARN of the runtime, for InvokeAgentRuntime."""
        return self._arn

    @property
    def workload_identity_arn(self) -> str:
        """ARN of the workload identity that Runtime gives the agent, which it calls by the runtime's id."""
        directory = "workload-identity-directory/default"
        return self._place.arn("bedrock-agentcore", f"{directory}/workload-identity/{self._runtime_id}")

    def grant_invoke(self, grantee: iam.IGrantable, *, endpoint: str = DEFAULT_ENDPOINT) -> iam.Grant:
        """Allow `grantee` to invoke the agent through one endpoint, as itself.

        It does not include InvokeAgentRuntimeForUser, with which the caller says whom the agent serves.

        Args:
            grantee: Who may invoke.
            endpoint: The endpoint, invoked with that name as `qualifier`.

        Raises:
            ValueError: If the agent takes tokens, so that no IAM permission opens it.
        """
        return self._grant(grantee, INVOKE_ACTION, endpoint)

    def grant_invoke_for_user(self, grantee: iam.IGrantable, *, endpoint: str = DEFAULT_ENDPOINT) -> iam.Grant:
        """Allow `grantee` to invoke the agent on behalf of a user whom the grantee names.

        Only for a caller that has authenticated that user. Arguments and errors as for `grant_invoke`.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-oauth.html
        """
        return self._grant(grantee, INVOKE_ACTION, endpoint).combine(
            self._grant(grantee, INVOKE_FOR_USER_ACTION, endpoint)
        )

    def add_endpoint(
        self, name: str, *, version: str | None = None, description: str | None = None
    ) -> agentcore.RuntimeEndpoint:
        """Add an endpoint: a name to invoke the agent by, which stays on its version while others are deployed.

        Args:
            name: Letters, digits and underscores, at most 48, starting with a letter.
            version: Version to pin, `"1"` or higher: it moves only when you change it here. Default: the version that
                this template makes, so that the endpoint moves with every deployment.
            description: Shown in the console. Default: none.

        Raises:
            ValueError: If the name is taken or not one, or the version is not one.
        """
        check_endpoint(name, version, taken=[DEFAULT_ENDPOINT, *self.endpoints])
        endpoint = self.runtime.add_endpoint(name, version=version, description=description)
        self.endpoints[name] = endpoint
        self._logs.add_output(f"{name}OutputLogGroup", name)
        return endpoint

    def connect_to(self, other: "AgentService", *, variable: str | None = None) -> iam.Grant:
        """Allow this agent to invoke another one, or itself, and tell it where to find the other's ARN.

        An ARN is known once its runtime exists, so two agents that know each other's by a variable would wait for each
        other. The ARN is in a parameter of Systems Manager instead; a variable holds that parameter's name.

        Agents that call each other belong in one stack.

        Args:
            other: The agent to invoke.
            variable: Name of that variable. Default: from the other construct's id, for `Researcher`
                `AGENT_RESEARCHER_ARN_PARAMETER`.

        Raises:
            ValueError: If the other agent takes tokens, or the variable is taken.
        """
        grant = other.grant_invoke(self)
        name = variable or variable_for(other.node.id)
        parameter = arn_parameter(other, other.runtime_name, other.arn)
        if self._variables.get(name, parameter) != parameter:
            raise ValueError(
                f"the variable {name} is taken by {self._variables[name]!r}; pass another name as variable="
            )
        self._variables[name] = parameter
        check_count(self._variables)
        resource = self.runtime.node.default_child
        assert isinstance(resource, agentcore.CfnRuntime)  # noqa: S101 -- the L2's own resource
        resource.add_property_override(f"EnvironmentVariables.{name}", parameter)
        # By name, not by reference: the grants must not wait for the other runtime either.
        arn = other._place.arn("ssm", f"parameter{parameter}")
        return grant.combine(
            iam.Grant.add_to_principal(grantee=self, actions=["ssm:GetParameter"], resource_arns=[arn])
        )

    def _grant(self, grantee: iam.IGrantable, action: str, endpoint: str) -> iam.Grant:
        if self.authorizer is not None:
            raise ValueError(
                f"the agent {self.node.path!r} is opened by tokens of {self.authorizer.discovery_url!r}, not by IAM;"
                " invoke it with a token, or leave out its authorizer"
            )
        arns = [self._arn, f"{self._arn}/runtime-endpoint/{endpoint}"]
        return iam.Grant.add_to_principal(grantee=grantee, actions=[action], resource_arns=arns)
