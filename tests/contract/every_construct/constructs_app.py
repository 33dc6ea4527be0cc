"""Every public construct of the library in one app, with a key where there can be one."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from app import add_rule_packs
from constructs_lib import (
    AgentCode,
    AgentMemory,
    AgentNetwork,
    AgentService,
    ApiKeyCredential,
    BuiltinEvaluator,
    CallerIdentity,
    ClientSecret,
    CodeEvaluator,
    CodeSandbox,
    ContentGuardrail,
    EvaluationLevel,
    JudgeEvaluator,
    MemoryStrategy,
    ModelAccess,
    OAuth2Credential,
    OnlineEvaluation,
    OutboundAuth,
    Rating,
    RatingScale,
    SessionRegistry,
    ToolDescription,
    ToolGateway,
    ToolPolicy,
    ToolRule,
    ToolSource,
    UserDirectory,
    WebBrowser,
    WorkloadIdentity,
)
from constructs_lib.frontend import ChatAgent, ChatFrontend, ChatImage, FrontendDomain, FrontendEdge
from constructs_lib.gateway.tool_function import ToolFunction
from constructs_lib.gateway.tool_permissions import ToolPermission
from constructs_lib.observability.account_observability import AccountObservability
from constructs_lib.observability.cost_alerts import CostAnomalies, CostTag
from constructs_lib.observability.cost_budget import CostBudget
from constructs_lib.observability.data_identifiers import ManagedDataIdentifier
from constructs_lib.observability.log_masking import LogMasking
from constructs_lib.observability.monitoring import AgentMonitoring, AlarmTopics
from constructs_lib.observability.monthly_cost import MonthlyCost

ZONES = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"}
ECHO = ToolDescription("echo", "Says what it hears.", {"type": "object", "properties": {"text": {"type": "string"}}})
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:{}-abcdef"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:{}"


class EveryConstruct(cdk.Stack):
    """What a user who takes everything gets."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "EveryConstruct", env=cdk.Environment(account="111122223333", region="us-east-1"))
        self.key = kms.Key(self, "Key", enable_key_rotation=True)
        self.users = UserDirectory(self, "Users", encryption_key=self.key)
        self.users.add_group("staff", precedence=1)
        self.users.add_web_client("Web", callback_urls=["https://app.example.com/signed-in"])
        self.domain = FrontendDomain.in_zone_of_id(
            "chat.example.com", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
        )
        chat = self.users.add_web_client(
            "Chat", callback_urls=[self.domain.callback_url], logout_urls=[self.domain.address], confidential=True
        )
        self.chat_secret = ClientSecret(self, "ChatSecret", client=chat, encryption_key=self.key)
        robots = self.users.add_machine_client(
            "Robots", scopes=[self.users.add_resource_server("tools", scopes={"use": "Use tools"}).scope("use")]
        )
        client = ClientSecret(self, "RobotsSecret", client=robots, encryption_key=self.key)
        machines = OAuth2Credential.custom(
            self,
            "Machines",
            client_id=robots.user_pool_client_id,
            client_secret=client.secret,
            discovery_url=self.users.discovery_url,
        )
        caller = iam.ManagedPolicy(self, "Batch")
        identity = WorkloadIdentity(self, "BatchIdentity", encryption_key=self.key)
        identity.grant_token(caller)
        machines.grant_use(caller, workload_identity=identity)
        topics = AlarmTopics(self, "Topics", encryption_key=self.key)
        self.monitoring = AgentMonitoring(self, "Monitoring", topics=topics)
        self._agent(self._gateway())
        AccountObservability(
            self,
            "Observability",
            indexing_percentage=1,
            spans_masking=LogMasking([ManagedDataIdentifier.EMAIL_ADDRESS]),
            encryption_key=self.key,
        )
        CostBudget(
            self,
            "Budget",
            amount=MonthlyCost.usd(250),
            tag=CostTag("environment", "prod"),
            anomalies=CostAnomalies.by_service(),
            encryption_key=self.key,
        )

    def _monitor(self, agent: AgentService, memory: AgentMemory, gateway: ToolGateway) -> None:
        self.monitoring.monitor_agent(agent)
        self.monitoring.monitor_memory(memory)
        self.monitoring.monitor_gateway(gateway)
        self.monitoring.monitor_user_directory(self.users)
        self.monitoring.monitor_cost()

    def _front_end(self, agent: AgentService, network: AgentNetwork) -> None:
        edge = FrontendEdge(
            self, "Edge", domain=self.domain, origin_prefix_list_id="pl-3b927c52", encryption_key=self.key
        )
        image = ecr.Repository.from_repository_name(self, "ChatImage", "chat")
        ChatFrontend(
            self,
            "Frontend",
            agents=[ChatAgent("Assistant", agent)],
            users=self.users,
            client_secret=self.chat_secret,
            network=network,
            domain=self.domain,
            edge=edge,
            image=ChatImage.from_ecr(image, digest=f"sha256:{'0' * 64}"),
            encryption_key=self.key,
        )

    def _gateway(self) -> ToolGateway:
        weather = ApiKeyCredential(self, "Weather", secret=self._secret("weather"))
        echo = lambda_.Function.from_function_arn(self, "Echo", FUNCTION.format("echo"))
        buckets = ToolFunction(
            self,
            "Buckets",
            code=Path(__file__).parents[1] / "identity_chain" / "tools",
            permissions=[
                ToolPermission(actions=["s3:ListAllMyBuckets"], resources=["*"], reason="It knows no resources.")
            ],
            encryption_key=self.key,
        )
        return ToolGateway(
            self,
            "Gateway",
            sources=[
                ToolSource.lambda_function(echo, name="echo", tools=[ECHO], request_headers=[CallerIdentity.HEADER]),
                buckets.source(name="buckets", tools=[ECHO]),
                ToolSource.mcp_server(
                    "https://mcp.example.com/mcp", name="weather", outbound=OutboundAuth.api_key(weather), tools=[ECHO]
                ),
            ],
            authorizer=self.users.authorizer(),
            policy=ToolPolicy([ToolRule.permit("Staff", tools=["echo___echo", "weather___echo"], groups=["staff"])]),
            interceptors=[CallerIdentity(self, "Caller", encryption_key=self.key).interceptor],
            encryption_key=self.key,
        )

    def _agent(self, gateway: ToolGateway) -> None:
        network = AgentNetwork(
            self,
            "Network",
            zones=ZONES,
            front_end=True,
            nat_gateways=1,
            resolvable_domains=["*.example.com"],
            encryption_key=self.key,
        )
        model = ModelAccess.inference_profile("us.anthropic.claude-sonnet-4-5-20250929-v1:0").streaming_only()
        memory = AgentMemory(self, "Memory", strategies=[MemoryStrategy.semantic_facts()], encryption_key=self.key)
        agent = AgentService(
            self,
            "Agent",
            code=AgentCode.from_s3(
                s3.Bucket.from_bucket_name(self, "Code", "code-bucket"),
                "agent.zip",
                entry_point=["main.py"],
                version="3HL4kqtJvjVBH40Nrjfkd",
            ),
            model=model,
            memory=memory,
            tools=gateway,
            sessions=SessionRegistry(self, "Sessions", encryption_key=self.key),
            guardrail=ContentGuardrail.cloud_engineering(self, "Guardrail", encryption_key=self.key),
            guardrail_required=True,
            code_sandbox=CodeSandbox(self, "Sandbox", usage_logs=True, encryption_key=self.key),
            web_browser=WebBrowser(self, "Browser", network=network, encryption_key=self.key),
            authorizer=self.users.authorizer(),
            network=network,
            encryption_key=self.key,
        )
        self._monitor(agent, memory, gateway)
        self._front_end(agent, network)
        scale = RatingScale.numerical([Rating("Poor", "Wrong.", 0), Rating("Good", "Right.", 1)])
        judge = JudgeEvaluator(
            self,
            "Judge",
            level=EvaluationLevel.TRACE,
            instructions="Is it right?\n\n{assistant_turn}\n\n{context}",
            scale=scale,
            model=ModelAccess.inference_profile("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            encryption_key=self.key,
        )
        check = CodeEvaluator(
            self,
            "Check",
            level=EvaluationLevel.SESSION,
            function=lambda_.Function.from_function_arn(self, "CheckFunction", FUNCTION.format("check")),
        )
        OnlineEvaluation(
            self,
            "Quality",
            agent=agent,
            evaluators=[BuiltinEvaluator.HELPFULNESS, judge, check],
            encryption_key=self.key,
        )

    def _secret(self, name: str) -> secretsmanager.ISecret:
        return secretsmanager.Secret.from_secret_complete_arn(self, f"{name}Secret", SECRET.format(name))


def main() -> None:
    app = cdk.App(analytics_reporting=False)
    EveryConstruct(app)
    add_rule_packs(app)
    app.synth()


if __name__ == "__main__":
    main()
