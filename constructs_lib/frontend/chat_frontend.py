"""The chat front end: a web application on Amazon ECS in which people talk to agents."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib._place import place_of
from constructs_lib.frontend import _variables as variables
from constructs_lib.frontend._addresses import CALLBACK_PATH, check_client, checked_address, sign_out_url
from constructs_lib.frontend._checks import check_entrance, check_tasks, checked_agents
from constructs_lib.frontend._entrance import Entrance, EntranceOptions
from constructs_lib.frontend._firewall import DEFAULT_REQUESTS_PER_ADDRESS
from constructs_lib.frontend._load_balancer import front_end_place
from constructs_lib.frontend._task import execution_policy, handed, task_definition, task_role
from constructs_lib.frontend.chat_agent import ChatAgent
from constructs_lib.frontend.chat_image import ChatImage
from constructs_lib.frontend.frontend_domain import FrontendDomain
from constructs_lib.frontend.frontend_edge import FrontendEdge
from constructs_lib.identity.client_secret import CLIENT_SECRET_FIELD, ClientSecret
from constructs_lib.identity.user_directory import UserDirectory
from constructs_lib.network.agent_network import AgentNetwork
from constructs_lib.observability.log_delivery import grant_log_encryption

# The source's figures: two to ten tasks, 70 % of their processors.
DEFAULT_MIN_TASKS, DEFAULT_MAX_TASKS = 2, 10
DEFAULT_CPU_PERCENT = 70
DEFAULT_REQUESTS_PER_TASK = 1_000
# As long as an agent may take for an answer.
DEFAULT_IDLE = Duration.minutes(15)
DEFAULT_ACCESS_LOG_RETENTION = Duration.days(90)
_COOKIE_SECRET_LENGTH = 64
_NO_ROTATION = (
    "Another secret signs everybody out, and tasks read it once, when they start: rotate it by a new version and a new"
    " deployment, when you want that."
)
_PACKS = ("NIST.800.53.R5", "HIPAA.Security")


class ChatFrontend(Construct):
    """A web application in which people sign in and talk to agents, behind a load balancer and a firewall.

    It calls agents with the user's token and has no right of its own on agents, memories or models.

    Follows https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html

    Args:
        agents: What people can choose from, at most 20. Each takes the tokens of the front end's client.
        users: Who signs in.
        client_secret: Secret of the front end's client: of `users.add_web_client(confidential=True)`, with the
            domain's `callback_url` and `address` among its addresses. It belongs beside the users: a client's secret
            must not travel between stacks.
        network: Where it runs: an `AgentNetwork` with `front_end=True` and a NAT gateway.
        domain: The name under which people reach it. Required but for one's own machine.
        plain_http_address: Address on this machine by which it is reached there instead, `http://localhost:8501`: the
            load balancer is then internal and speaks HTTP. For a local cloud only.
        edge: Puts CloudFront in front: the load balancer is then internal, and the firewall is that of the edge.
            Default: people reach the load balancer.
        image: What runs. Default: the application that comes with this library.
        cpu: Processor units of a task: 256, 512, 1024 or 2048; 1024 is one processor.
        memory_mib: Memory of a task.
        min_tasks: Least number of tasks.
        max_tasks: Most tasks.
        target_cpu_percent: Use of processors that scaling keeps up to, 10 to 90.
        requests_per_task: Requests a minute for each task that scaling keeps up to.
        requests_per_address: Requests from one address in 5 minutes above which it is blocked, at least 10. Default:
            2,000, or what the edge says.
        idle_timeout: Silence after which the load balancer closes a connection, 1 to 4,000 seconds.
        environment: Further variables of the application. Default: none.
        access_log_retention: How long access logs are kept. Default: 90 days.
        log_retention: How long log events are kept.
        encryption_key: Key that encrypts logs and the cookies' secret; its policy is extended. Default: AWS's own
            keys.
        removal_policy: What happens to logs when they leave the stack. With `DESTROY`, the load balancer is not
            protected from deletion.

    Attributes:
        address: Where people go, without a path.
        load_balancer: The L2 load balancer.
        listener: The L2 listener that serves people.
        target_group: The L2 group of tasks.
        cluster: The L2 cluster.
        service: The L2 service.
        scaling: The L2 scaling of its tasks.
        task_role: What the application may do: nothing.
        execution_role: What starting a task takes.
        cookie_secret: What signs people's cookies.
        log_group: What the application prints.
        web_acl: The firewall's rules, those of the edge if there is one.
        web_acl_log_group: What the firewall let through and stopped.
        distribution: The L2 distribution of CloudFront, or None.
        access_logs: The bucket with the load balancer's logs.

    Raises:
        ValueError: If it would serve plain HTTP, an agent or the client does not know it, the network has no place for
            it, or a number is out of bounds.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        agents: Sequence[ChatAgent],
        users: UserDirectory,
        client_secret: ClientSecret,
        network: AgentNetwork,
        domain: FrontendDomain | None = None,
        plain_http_address: str | None = None,
        edge: FrontendEdge | None = None,
        image: ChatImage | None = None,
        cpu: int = 512,
        memory_mib: int = 1_024,
        min_tasks: int = DEFAULT_MIN_TASKS,
        max_tasks: int = DEFAULT_MAX_TASKS,
        target_cpu_percent: int = DEFAULT_CPU_PERCENT,
        requests_per_task: int = DEFAULT_REQUESTS_PER_TASK,
        requests_per_address: int | None = None,
        idle_timeout: Duration = DEFAULT_IDLE,
        environment: Mapping[str, str] | None = None,
        access_log_retention: Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        self.address = checked_address(domain, plain_http_address)
        client = client_secret.client
        check_client(client, self.address)
        chosen = checked_agents(agents, users, client)
        check_tasks(cpu, memory_mib, min_tasks, max_tasks, target_cpu_percent, requests_per_task)
        check_entrance(idle_timeout, requests_per_address, domain, edge)
        further = variables.checked_further(environment or {})
        place = front_end_place(network, needs_internet=domain is not None)
        self._place = place_of(self)
        self.log_group = logs.LogGroup(
            self, "LogGroup", retention=log_retention, encryption_key=encryption_key, removal_policy=removal_policy
        )
        if encryption_key is not None:
            grant_log_encryption(encryption_key, self._place)
        self.cookie_secret = self._cookie_secret(encryption_key)
        self.task_role = task_role(self, "TaskRole", self._place, "The chat front end: no rights")
        self.execution_role = task_role(self, "ExecutionRole", self._place, "Starts tasks of the chat front end")
        bound = (image or ChatImage.from_library()).bind(self)
        policy = execution_policy(
            self,
            self.execution_role,
            image=bound,
            log_group=self.log_group,
            secrets={"client": client_secret.secret, "cookie": self.cookie_secret},
            place=self._place,
        )
        definition = task_definition(
            self,
            cpu=cpu,
            memory_mib=memory_mib,
            role=self.task_role,
            execution_role=self.execution_role,
            image=bound,
            variables={
                **further,
                variables.AGENTS: variables.agents_json(self, chosen),
                variables.METADATA_URL: users.discovery_url,
                variables.CLIENT_ID: client.user_pool_client_id,
                variables.REDIRECT_URI: f"{self.address}{CALLBACK_PATH}",
                variables.SIGN_OUT_URL: sign_out_url(users.login_url, client.user_pool_client_id, self.address),
                variables.SCOPES: variables.scopes_of(client),
                variables.REGION: self._place.region,
            },
            secrets={
                variables.CLIENT_SECRET: handed(self, "HandedClient", client_secret.secret, CLIENT_SECRET_FIELD),
                variables.COOKIE_SECRET: handed(self, "HandedCookie", self.cookie_secret),
            },
            log_group=self.log_group,
        )
        entrance = Entrance(
            self,
            EntranceOptions(
                network=network,
                place=place,
                idle=idle_timeout,
                requests_per_address=requests_per_address or DEFAULT_REQUESTS_PER_ADDRESS,
                access_log_retention=access_log_retention or DEFAULT_ACCESS_LOG_RETENTION,
                log_retention=log_retention,
                encryption_key=encryption_key,
                removal_policy=removal_policy,
            ),
            domain,
            edge,
        )
        self.target_group, self.load_balancer = entrance.target_group, entrance.load_balancer
        self.listener, self.distribution = entrance.listener, entrance.distribution
        self.access_logs = entrance.access_logs
        self.web_acl, self.web_acl_log_group = entrance.web_acl, entrance.web_acl_log_group
        self.cluster = ecs.Cluster(
            self, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.ENABLED
        )
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=self.cluster,
            task_definition=definition,
            vpc_subnets=place.task_subnets,
            security_groups=[place.task_security_group],
            assign_public_ip=False,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            health_check_grace_period=Duration.seconds(60),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            enable_ecs_managed_tags=True,
        )
        self.service.attach_to_application_target_group(self.target_group)
        # A task that cannot read its secrets yet would fail the deployment.
        self.service.node.add_dependency(policy, *entrance.ready)
        self.scaling = self.service.auto_scale_task_count(min_capacity=min_tasks, max_capacity=max_tasks)
        self.scaling.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=target_cpu_percent,
            scale_in_cooldown=Duration.minutes(5),
            scale_out_cooldown=Duration.minutes(1),
        )
        self.scaling.scale_on_request_count(
            "Requests",
            requests_per_target=requests_per_task,
            target_group=self.target_group,
            scale_in_cooldown=Duration.minutes(5),
            scale_out_cooldown=Duration.minutes(1),
        )

    def _cookie_secret(self, key: kms.IKey | None) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            "CookieSecret",
            description="Signs the cookies of the chat front end",
            encryption_key=key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=_COOKIE_SECRET_LENGTH, exclude_punctuation=True
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        cdk.Validations.of(secret).acknowledge(
            cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-SMG4", reason=_NO_ROTATION),
            *(
                cdk.Acknowledgment(id=f"{pack}::{pack}-SecretsManagerRotationEnabled", reason=_NO_ROTATION)
                for pack in _PACKS
            ),
        )
        return secret
