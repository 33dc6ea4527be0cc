import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from constructs_lib import ClientSecret, UserDirectory
from constructs_lib.frontend import ChatAgent, ChatFrontend
from tests.constructs_lib.frontend.support import DOMAIN, LOCAL, NAME, front_end, surroundings
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import (
    actions,
    agent,
    app_in,
    cycle,
    only,
    resources,
    stack,
    statements,
    template,
    text,
)

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
INGRESS = "AWS::EC2::SecurityGroupIngress"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    around = surroundings()
    of = stack("Chat", app=around.app)
    front_end(of, around)
    return dict(template(of))


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    around = surroundings(address=LOCAL)
    of = stack("Chat", app=around.app)
    front_end(of, around, plain_http_address=LOCAL)
    return dict(template(of))


def container(of: dict[str, Any]) -> dict[str, Any]:
    definition = only(of, "AWS::ECS::TaskDefinition")["Properties"]["ContainerDefinitions"]
    assert len(definition) == 1
    return dict(definition[0])


def attributes(of: dict[str, Any], type: str, name: str) -> dict[str, Any]:
    return {each["Key"]: each["Value"] for each in only(of, type)["Properties"][name]}


class TestTask:
    def test_runs_on_graviton_with_one_gibibyte(self, made: dict[str, Any]) -> None:
        task = only(made, "AWS::ECS::TaskDefinition")["Properties"]
        assert task["RuntimePlatform"] == {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}
        assert (task["Cpu"], task["Memory"]) == ("512", "1024")
        assert task["RequiresCompatibilities"] == ["FARGATE"]

    def test_is_not_root_and_writes_below_tmp_only(self, made: dict[str, Any]) -> None:
        one = container(made)
        assert one["User"] == "10001"
        assert one["ReadonlyRootFilesystem"] is True
        assert one["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
        assert not one.get("Privileged")
        (mount,) = one["MountPoints"]
        assert (mount["ContainerPath"], mount["ReadOnly"]) == ("/tmp", False)
        (volume,) = only(made, "AWS::ECS::TaskDefinition")["Properties"]["Volumes"]
        assert volume == {"Name": mount["SourceVolume"]}

    def test_says_that_it_is_well(self, made: dict[str, Any]) -> None:
        command = container(made)["HealthCheck"]["Command"]
        assert command[0] == "CMD"
        assert "/_stcore/health" in command[-1]
        compile(command[-1], "health check", "exec")

    def test_image_is_the_one_of_its_digest(self, made: dict[str, Any]) -> None:
        assert "/chat@sha256:0000" in text(container(made)["Image"])

    def test_secrets_are_secrets(self, made: dict[str, Any]) -> None:
        one = container(made)
        assert {each["Name"] for each in one["Secrets"]} == {"CHAT_CLIENT_SECRET", "CHAT_COOKIE_SECRET"}
        assert not any("SECRET" in each["Name"] for each in one["Environment"])
        client = next(each for each in one["Secrets"] if each["Name"] == "CHAT_CLIENT_SECRET")
        assert ":client_secret::" in text(client["ValueFrom"])

    def test_is_told_of_agents_and_sign_in(self, made: dict[str, Any]) -> None:
        told = {each["Name"]: each["Value"] for each in container(made)["Environment"]}
        assert told["CHAT_REDIRECT_URI"] == f"https://{NAME}/oauth2callback"
        assert text(told["CHAT_SIGN_OUT_URL"]).endswith('logout_uri=https%3A%2F%2Fchat.example.com"]]}')
        assert "/logout?client_id=" in text(told["CHAT_SIGN_OUT_URL"])
        assert "/.well-known/openid-configuration" in text(told["CHAT_USER_POOL_METADATA_URL"])
        first, _, last = told["CHAT_AGENTS"]["Fn::Join"][1]
        listed = json.loads(f"{first}arn{last}")
        assert listed == [{"label": "Assistant", "runtime_arn": "arn", "description": "Answers questions"}]

    def test_asks_for_every_scope_of_its_client(self) -> None:
        around = surroundings()
        api = around.users.add_resource_server("agents", scopes={"ask": "Ask agents"})
        scopes = ["openid", "email", api.scope("ask")]
        web = around.users.add_web_client(
            "Scoped",
            callback_urls=[DOMAIN.callback_url],
            logout_urls=[DOMAIN.address],
            scopes=scopes,
            confidential=True,
        )
        secret = ClientSecret(cdk.Stack.of(around.users), "Scoped", client=web)
        wary = agent(cdk.Stack.of(around.agent), "Wary", authorizer=around.users.authorizer(scopes=[api.scope("ask")]))
        of = stack("Chat", app=around.app)
        front_end(of, around, client_secret=secret, agents=[ChatAgent("Wary", wary)])
        told = {each["Name"]: each["Value"] for each in container(dict(template(of)))["Environment"]}
        assert told["CHAT_SCOPES"].split() == scopes

    def test_further_variables(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        front_end(of, around, environment={"CHAT_TITLE": "Ask us"})
        assert {"Name": "CHAT_TITLE", "Value": "Ask us"} in container(dict(template(of)))["Environment"]


class TestRights:
    def test_the_application_has_none(self, made: dict[str, Any]) -> None:
        """It calls agents with the user's token: no memory, no model, no runtime is open to itself."""
        task = only(made, "AWS::ECS::TaskDefinition")["Properties"]["TaskRoleArn"]["Fn::GetAtt"][0]
        role = made["Resources"][task]["Properties"]
        assert not role.get("ManagedPolicyArns")
        assert not role.get("Policies")
        policies = [*resources(made, "AWS::IAM::ManagedPolicy").values(), *resources(made, "AWS::IAM::Policy").values()]
        assert policies
        assert not any(task in text(each["Properties"].get("Roles", [])) for each in policies)

    def test_starting_a_task_takes_its_image_its_log_and_its_secrets(self, made: dict[str, Any]) -> None:
        found = statements(made, "ChatExecutionPolicy")
        assert actions(found) == {
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetAuthorizationToken",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "secretsmanager:GetSecretValue",
            "kms:Decrypt",
        }
        assert [each["Action"] for each in found if each["Resource"] == "*"] == ["ecr:GetAuthorizationToken"]
        secrets = next(each for each in found if each["Action"] == "secretsmanager:GetSecretValue")
        assert len(secrets["Resource"]) == 2
        decrypt = next(each for each in found if each["Action"] == "kms:Decrypt")
        assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}

    def test_only_tasks_of_this_account_take_its_roles(self, made: dict[str, Any]) -> None:
        roles = resources(made, "AWS::IAM::Role").values()
        assert len(roles) == 2
        for role in roles:
            (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}

    def test_no_secret_travels_between_stacks(self) -> None:
        around = surroundings()
        front_end(stack("Chat", app=around.app), around)
        outputs = [text(each["Value"]) for each in template(cdk.Stack.of(around.users))["Outputs"].values()]
        assert outputs
        assert not [each for each in outputs if "ClientSecret" in each]


class TestService:
    def test_rolls_back_a_bad_deployment(self, made: dict[str, Any]) -> None:
        service = only(made, "AWS::ECS::Service")["Properties"]
        deployment = service["DeploymentConfiguration"]
        assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        assert deployment["MinimumHealthyPercent"] == 100
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"
        assert "FrontEndSubnet" in text(network["Subnets"])

    def test_starts_when_it_may_read_its_secrets(self, made: dict[str, Any]) -> None:
        waits = only(made, "AWS::ECS::Service")["DependsOn"]
        assert any(each.startswith("ChatExecutionPolicy") for each in waits)
        assert any("LoadBalancerHttps" in each for each in waits)

    def test_scaling_leaves_the_number_of_tasks_to_itself(self, made: dict[str, Any]) -> None:
        assert "DesiredCount" not in only(made, "AWS::ECS::Service")["Properties"]
        target = only(made, "AWS::ApplicationAutoScaling::ScalableTarget")["Properties"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
        policies = resources(made, "AWS::ApplicationAutoScaling::ScalingPolicy").values()
        metrics = {
            each["PredefinedMetricSpecification"]["PredefinedMetricType"]: each["TargetValue"]
            for policy in policies
            for each in [policy["Properties"]["TargetTrackingScalingPolicyConfiguration"]]
        }
        assert metrics == {"ECSServiceAverageCPUUtilization": 70, "ALBRequestCountPerTarget": 1000}

    def test_numbers_by_choice(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        front_end(of, around, min_tasks=3, max_tasks=4, cpu=1024, memory_mib=2048, target_cpu_percent=50)
        built = dict(template(of))
        target = only(built, "AWS::ApplicationAutoScaling::ScalableTarget")["Properties"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 4)
        assert only(built, "AWS::ECS::TaskDefinition")["Properties"]["Memory"] == "2048"


class TestEntrance:
    def test_speaks_tls_of_today(self, made: dict[str, Any]) -> None:
        listeners = [each["Properties"] for each in resources(made, LISTENER).values()]
        secure = next(each for each in listeners if each["Port"] == 443)
        assert secure["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res")
        assert len(secure["Certificates"]) == 1

    def test_sends_http_to_https(self, made: dict[str, Any]) -> None:
        listeners = [each["Properties"] for each in resources(made, LISTENER).values()]
        (action,) = next(each for each in listeners if each["Port"] == 80)["DefaultActions"]
        assert (action["Type"], action["RedirectConfig"]["Protocol"]) == ("redirect", "HTTPS")
        assert action["RedirectConfig"]["StatusCode"] == "HTTP_301"

    def test_load_balancer_is_strict_protected_and_waits_for_long_answers(self, made: dict[str, Any]) -> None:
        found = attributes(made, BALANCER, "LoadBalancerAttributes")
        assert found["routing.http.drop_invalid_header_fields.enabled"] == "true"
        assert found["deletion_protection.enabled"] == "true"
        assert found["idle_timeout.timeout_seconds"] == "900"
        balancer = only(made, BALANCER)["Properties"]
        assert (balancer["Scheme"], balancer["IpAddressType"]) == ("internet-facing", "dualstack")

    def test_logs_requests_and_connections(self, made: dict[str, Any]) -> None:
        found = attributes(made, BALANCER, "LoadBalancerAttributes")
        bucket = only(made, "AWS::S3::Bucket")["Properties"]
        assert found["access_logs.s3.enabled"] == found["connection_logs.s3.enabled"] == "true"
        rule = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"]
        assert rule == {"SSEAlgorithm": "AES256"}
        policy = only(made, "AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"]
        (writer,) = [each for each in policy if each["Effect"] == "Allow"]
        assert writer["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        assert writer["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert ":loadbalancer/*" in text(writer["Condition"]["ArnLike"])
        assert any("BucketPolicy" in each or "AccessLogsPolicy" in each for each in only(made, BALANCER)["DependsOn"])

    def test_people_stay_with_one_task(self, made: dict[str, Any]) -> None:
        found = attributes(made, TARGETS, "TargetGroupAttributes")
        assert (found["stickiness.enabled"], found["stickiness.type"]) == ("true", "lb_cookie")
        group = only(made, TARGETS)["Properties"]
        assert (group["Port"], group["Protocol"], group["TargetType"]) == (8501, "HTTP", "ip")
        assert group["HealthCheckPath"] == "/_stcore/health"

    def test_only_the_load_balancer_reaches_the_tasks(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        front_end(of, around)
        below = template(around.network_stack)
        rules = [each["Properties"] for each in resources(below, "AWS::EC2::SecurityGroupIngress").values()]
        rules += [each["Properties"] for each in resources(template(of), "AWS::EC2::SecurityGroupIngress").values()]
        (rule,) = [each for each in rules if each["FromPort"] == 8501]
        assert "LoadBalancerSecurityGroup" in text(rule["SourceSecurityGroupId"])
        group = next(
            each["Properties"]
            for key, each in resources(below, "AWS::EC2::SecurityGroup").items()
            if "LoadBalancer" in key
        )
        ports = {(each["FromPort"], each.get("CidrIp") or each["CidrIpv6"]) for each in group["SecurityGroupIngress"]}
        assert ports == {(port, peer) for port in (80, 443) for peer in ("0.0.0.0/0", "::/0")}

    def test_has_its_name_and_certificate(self, made: dict[str, Any]) -> None:
        records = [each["Properties"] for each in resources(made, "AWS::Route53::RecordSet").values()]
        assert {each["Type"] for each in records} == {"A", "AAAA"}
        assert {(each["Name"], each["HostedZoneId"]) for each in records} == {(f"{NAME}.", "Z0123456789ABC")}
        certificate = only(made, "AWS::CertificateManager::Certificate")["Properties"]
        assert (certificate["DomainName"], certificate["ValidationMethod"]) == (NAME, "DNS")


class TestFirewall:
    def test_limits_addresses_and_asks_the_managed_rules(self, made: dict[str, Any]) -> None:
        acl = only(made, "AWS::WAFv2::WebACL")["Properties"]
        assert (acl["Scope"], acl["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
        limit, *managed = sorted(acl["Rules"], key=lambda each: float(each["Priority"]))
        assert limit["Statement"]["RateBasedStatement"]["Limit"] == 2000
        assert limit["Action"] == {"Block": {}}
        names = {each["Statement"]["ManagedRuleGroupStatement"]["Name"] for each in managed}
        assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"} <= names
        assert all(each["OverrideAction"] == {"None": {}} for each in managed)

    def test_stands_in_front_of_the_load_balancer(self, made: dict[str, Any]) -> None:
        association = only(made, "AWS::WAFv2::WebACLAssociation")["Properties"]
        assert association["ResourceArn"]["Ref"] in resources(made, BALANCER)

    def test_logs_without_tokens_and_codes(self, made: dict[str, Any]) -> None:
        logging = only(made, "AWS::WAFv2::LoggingConfiguration")["Properties"]
        hidden = text(logging["RedactedFields"])
        assert all(each in hidden for each in ("authorization", "cookie", "QueryString"))
        names = [
            text(each["Properties"].get("LogGroupName", "")) for each in resources(made, "AWS::Logs::LogGroup").values()
        ]
        assert any("aws-waf-logs-" in name for name in names)
        assert '":*"' not in text(logging["LogDestinationConfigs"])

    def test_limit_by_choice(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        front_end(of, around, requests_per_address=100)
        assert '"Limit": 100' in text(only(template(of), "AWS::WAFv2::WebACL"))


class TestPlainHttp:
    def test_is_for_this_machine_only(self, plain: dict[str, Any]) -> None:
        balancer = only(plain, BALANCER)["Properties"]
        assert balancer["Scheme"] == "internal"
        listener = only(plain, LISTENER)["Properties"]
        assert (listener["Port"], listener["DefaultActions"][0]["Type"]) == (80, "forward")
        assert not resources(plain, "AWS::Route53::RecordSet")
        told = {each["Name"]: each["Value"] for each in container(plain)["Environment"]}
        assert told["CHAT_REDIRECT_URI"] == f"{LOCAL}/oauth2callback"

    def test_lets_nobody_in(self) -> None:
        around = surroundings(address=LOCAL)
        of = stack("Chat", app=around.app)
        front_end(of, around, plain_http_address=LOCAL)
        below = template(around.network_stack)
        groups = resources(below, "AWS::EC2::SecurityGroup").items()
        name, balancer = next((key, each["Properties"]) for key, each in groups if "LoadBalancer" in key)
        assert "SecurityGroupIngress" not in balancer
        # Nor by a rule that is a resource of its own, in either stack.
        rules = [*resources(below, INGRESS).values(), *resources(template(of), INGRESS).values()]
        assert rules
        assert not [each for each in rules if name in text(each["Properties"]["GroupId"])]

    def test_the_page_shows_how(self) -> None:
        around = surroundings(address=LOCAL)
        of = stack("Chat", app=around.app)
        agent, users, secret, network = around.agent, around.users, around.secret, around.network
        # --8<-- [start:plain]
        chat = ChatFrontend(
            of,
            "Chat",
            agents=[ChatAgent("Assistant", agent)],
            users=users,
            client_secret=secret,
            network=network,
            plain_http_address="http://localhost:8501",
            removal_policy=RemovalPolicy.DESTROY,
        )
        # --8<-- [end:plain]
        assert chat.address == LOCAL
        assert chat.distribution is None


class TestRemoval:
    def test_with_destroy_it_can_be_deleted(self) -> None:
        around = surroundings()
        of = stack("Chat", app=around.app)
        front_end(of, around, removal_policy=RemovalPolicy.DESTROY, log_retention=logs.RetentionDays.ONE_DAY)
        built = dict(template(of))
        assert attributes(built, BALANCER, "LoadBalancerAttributes")["deletion_protection.enabled"] == "false"
        assert {each["DeletionPolicy"] for each in resources(built, "AWS::Logs::LogGroup").values()} == {"Delete"}
        assert {each["Properties"]["RetentionInDays"] for each in resources(built, "AWS::Logs::LogGroup").values()} == {
            1
        }


class TestFindings:
    @pytest.mark.parametrize("address", [DOMAIN.address, LOCAL])
    def test_none_with_a_key(self, address: str, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        around = surroundings(app, address=address)
        props: dict[str, Any] = {} if address == DOMAIN.address else {"plain_http_address": LOCAL}
        if address == LOCAL:
            props["removal_policy"] = RemovalPolicy.DESTROY
        front_end(stack("Chat", app=app), around, **props)
        assert findings(app, tmp_path) == []
        built = json.loads((tmp_path / "Chat.template.json").read_text())
        assert complaints(built) == []
        assert cycle(built) == []


class TestFails:
    def test_fails_for_plain_http(self) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match=r"over plain HTTP; pass domain=FrontendDomain.in_zone"):
            front_end(stack("Chat", app=around.app), around, domain=None)

    @pytest.mark.parametrize(
        "address", ["http://chat.example.com", "https://localhost:8501", "http://localhost/x", "x"]
    )
    def test_fails_for_plain_http_anywhere_else(self, address: str) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match="plain_http_address is http on this machine"):
            front_end(stack("Chat", app=around.app), around, plain_http_address=address)

    def test_fails_for_two_addresses(self) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match="a front end has one address"):
            front_end(stack("Chat", app=around.app), around, domain=DOMAIN, plain_http_address=LOCAL)

    def test_fails_for_a_client_that_would_send_people_elsewhere(self) -> None:
        around = surroundings(address="https://old.example.com")
        with pytest.raises(
            ValueError, match=r"callback_urls has .*old.example.com.*not 'https://chat.example.com/oauth"
        ):
            front_end(stack("Chat", app=around.app), around)

    def test_fails_for_a_client_that_does_not_bring_people_back(self) -> None:
        around = surroundings()
        web = around.users.add_web_client("Other", callback_urls=[DOMAIN.callback_url], confidential=True)
        secret = ClientSecret(cdk.Stack.of(around.users), "Other", client=web)
        with pytest.raises(ValueError, match=r"logout_urls has \[\], and not 'https://chat.example.com'"):
            front_end(stack("Chat", app=around.app), around, client_secret=secret)

    def test_fails_for_an_agent_without_tokens(self) -> None:
        around = surroundings()
        closed = agent(cdk.Stack.of(around.agent), "Closed")
        with pytest.raises(ValueError, match="takes IAM signatures and no users' tokens"):
            front_end(stack("Chat", app=around.app), around, agents=[ChatAgent("Closed", closed)])

    def test_fails_for_an_agent_that_refuses_the_client(self) -> None:
        around = surroundings()
        other = around.users.add_web_client("Other", callback_urls=["https://other.example.com/x"])
        strict = agent(cdk.Stack.of(around.agent), "Strict", authorizer=around.users.authorizer(clients=[other]))
        with pytest.raises(ValueError, match=r"'Agents/Strict' refuses tokens of the client 'Users/Users/Web'"):
            front_end(stack("Chat", app=around.app), around, agents=[ChatAgent("Strict", strict)])

    def test_fails_for_an_agent_of_other_users(self) -> None:
        around = surroundings()
        others = UserDirectory(cdk.Stack.of(around.users), "Others")
        others.add_web_client("Web", callback_urls=["https://other.example.com/x"])
        foreign = agent(cdk.Stack.of(around.agent), "Foreign", authorizer=others.authorizer())
        with pytest.raises(ValueError, match="takes tokens of another issuer than 'Users/Users'"):
            front_end(stack("Chat", app=around.app), around, agents=[ChatAgent("Foreign", foreign)])

    def test_fails_for_no_agent(self) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match="shows 1 to 20 agents, got 0"):
            front_end(stack("Chat", app=around.app), around, agents=[])

    def test_fails_for_two_agents_of_one_label(self) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match="two agents have the label 'A'"):
            front_end(
                stack("Chat", app=around.app),
                around,
                agents=[ChatAgent("A", around.agent), ChatAgent("A", around.agent)],
            )

    def test_fails_for_one_agent_under_two_labels(self) -> None:
        around = surroundings()
        twice = [ChatAgent("A", around.agent), ChatAgent("B", around.agent)]
        with pytest.raises(ValueError, match=r"an agent is shown under two labels, got \['A', 'B'\]"):
            front_end(stack("Chat", app=around.app), around, agents=twice)

    def test_fails_for_a_client_that_learns_nobody(self) -> None:
        around = surroundings()
        api = around.users.add_resource_server("agents", scopes={"ask": "Ask agents"})
        web = around.users.add_web_client(
            "Blind",
            callback_urls=[DOMAIN.callback_url],
            logout_urls=[DOMAIN.address],
            scopes=[api.scope("ask")],
            confidential=True,
        )
        secret = ClientSecret(cdk.Stack.of(around.users), "Blind", client=web)
        open_to_all = agent(cdk.Stack.of(around.agent), "Open", authorizer=around.users.authorizer())
        with pytest.raises(ValueError, match="without 'openid' nobody is told who signed in"):
            front_end(
                stack("Chat", app=around.app), around, client_secret=secret, agents=[ChatAgent("Open", open_to_all)]
            )

    @pytest.mark.parametrize("label", ["", "  ", "x" * 61])
    def test_fails_for_a_label_nobody_can_read(self, label: str) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match="a label has 1 to 60 characters"):
            ChatAgent(label, around.agent)

    def test_fails_for_a_network_without_a_place(self) -> None:
        around = surroundings(front_end=False, nat_gateways=0)
        with pytest.raises(ValueError, match="no place for a front end; pass front_end=True"):
            front_end(stack("Chat", app=around.app), around)

    def test_fails_for_a_network_without_a_way_to_the_login_page(self) -> None:
        around = surroundings(nat_gateways=0)
        with pytest.raises(ValueError, match="no way to Amazon Cognito's login page"):
            front_end(stack("Chat", app=around.app), around)

    @pytest.mark.parametrize(
        ("props", "message"),
        [
            ({"cpu": 300}, "cpu is one of"),
            ({"memory_mib": 512}, "memory_mib is 1024 to 4096 in steps of 512"),
            ({"min_tasks": 0}, "min_tasks is 1 to max_tasks"),
            ({"min_tasks": 11}, "min_tasks is 1 to max_tasks"),
            ({"target_cpu_percent": 100}, "target_cpu_percent is 10 to 90"),
            ({"requests_per_task": 0}, "requests_per_task is 1 or more"),
            ({"requests_per_address": 5}, "requests_per_address is 10 or more"),
            ({"idle_timeout": cdk.Duration.hours(2)}, "idle_timeout is 1 to 4000 seconds, got 7200 s"),
            ({"environment": {"CHAT_AGENTS": "[]"}}, "sets CHAT_AGENTS itself"),
        ],
    )
    def test_fails_for_what_services_would_refuse(self, props: dict[str, Any], message: str) -> None:
        around = surroundings()
        with pytest.raises(ValueError, match=message):
            front_end(stack("Chat", app=around.app), around, **props)
