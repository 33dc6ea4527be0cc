"""Every AgentCore resource of the L2 library with its defaults, as its guide writes them: nothing is made worse."""

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

ORDERS_API = (
    '{"openapi":"3.0.3","info":{"title":"Orders","version":"1"},"servers":[{"url":"https://orders.example.com"}],'
    '"paths":{"/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"ok"}}}}}}'
)
CODE = ("some-bucket", "agent.zip")


class PlainStack(cdk.Stack):
    """An agent with memory, tools, sandbox tools, credentials, a guardrail and evaluation."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, env=cdk.Environment(region="us-east-1"))
        self._agent()
        self._gateway()
        self._sandbox()
        self._evaluation()
        self._guardrail()

    def _agent(self) -> None:
        code = agentcore.AgentRuntimeArtifact.from_s3(
            s3.Location(bucket_name=CODE[0], object_key=CODE[1]), agentcore.AgentCoreRuntime.PYTHON_3_13, ["main.py"]
        )
        runtime = agentcore.Runtime(
            self,
            "Runtime",
            agent_runtime_artifact=code,
            network_configuration=agentcore.RuntimeNetworkConfiguration.using_vpc(
                self, vpc=ec2.Vpc(self, "Vpc", max_azs=2)
            ),
        )
        runtime.add_endpoint("live")
        agentcore.RuntimeEndpoint(self, "Latest", agent_runtime_id=runtime.agent_runtime_id, endpoint_name="latest")
        memory = agentcore.Memory(
            self, "Memory", memory_strategies=[agentcore.MemoryStrategy.using_built_in_user_preference()]
        )
        memory.grant_read(runtime.role)
        memory.grant_write(runtime.role)
        website = iam.Role(self, "Website", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        runtime.grant_invoke(website)

    def _gateway(self) -> None:
        engine = agentcore.PolicyEngine(self, "Engine")
        gateway = agentcore.Gateway(self, "Gateway")
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): return {}"),
        )
        tool = agentcore.ToolDefinition(
            name="lookup",
            description="Looks an order up",
            input_schema=agentcore.SchemaDefinition(type=agentcore.SchemaDefinitionType.OBJECT),
        )
        gateway.add_lambda_target(
            "Lambda",
            gateway_target_name="orders",
            lambda_function=function,
            tool_schema=agentcore.ToolSchema.from_inline([tool]),
        )
        secret = secretsmanager.Secret(self, "Secret")
        api_key = agentcore.ApiKeyCredentialProvider(self, "ApiKey", api_key=secret.secret_value)
        gateway.add_open_api_target("Orders", api_schema=agentcore.ApiSchema.from_inline(ORDERS_API))
        gateway.add_open_api_target(
            "Invoices",
            api_schema=agentcore.ApiSchema.from_inline(ORDERS_API),
            credential_provider_configurations=[agentcore.GatewayCredentialProvider.from_api_key_identity(api_key)],
        )
        agentcore.OAuth2CredentialProvider.using_github(
            self, "GitHub", client_id="client", client_secret=secret.secret_value
        )
        agentcore.WorkloadIdentity(self, "Workload")
        engine.add_policy(
            "Lookup",
            statement=agentcore.PolicyStatement(
                effect=agentcore.PolicyEffect.PERMIT,
                principal=agentcore.PolicyPrincipal.entity_type("AgentCore::OAuthUser"),
                action=agentcore.PolicyAction.one('AgentCore::Action::"orders___lookup"'),
                resource=agentcore.PolicyResource.instance("AgentCore::Gateway", gateway.gateway_arn),
            ),
        )

    def _sandbox(self) -> None:
        agentcore.BrowserCustom(self, "Browser")
        agentcore.CodeInterpreterCustom(self, "CodeInterpreter")

    def _evaluation(self) -> None:
        evaluator = agentcore.Evaluator(
            self,
            "Evaluator",
            evaluator_name="politeness",
            level=agentcore.EvaluationLevel.TRACE,
            evaluator_config=agentcore.EvaluatorConfig.llm_as_a_judge(
                instructions="Say whether {assistant_turn} is a polite answer to {context}.",
                model_id="amazon.nova-lite-v1:0",
                rating_scale=agentcore.EvaluatorRatingScale.categorical([
                    agentcore.CategoricalRatingOption(label="yes", definition="It is."),
                    agentcore.CategoricalRatingOption(label="no", definition="It is not."),
                ]),
            ),
        )  # fmt: skip
        agentcore.OnlineEvaluationConfig(
            self,
            "Evaluation",
            online_evaluation_config_name="politeness",
            evaluators=[agentcore.EvaluatorSelector.custom(evaluator)],
            data_source=agentcore.DataSourceConfig.from_cloud_watch_logs(
                log_group_names=["/aws/bedrock-agentcore/runtimes/plain-DEFAULT"], service_names=["plain.DEFAULT"]
            ),
        )

    def _guardrail(self) -> None:
        bedrock.CfnGuardrail(
            self,
            "Guardrail",
            name="plain",
            blocked_input_messaging="I cannot help with that.",
            blocked_outputs_messaging="I cannot help with that.",
            word_policy_config=bedrock.CfnGuardrail.WordPolicyConfigProperty(
                managed_word_lists_config=[bedrock.CfnGuardrail.ManagedWordsConfigProperty(type="PROFANITY")]
            ),
        )
