import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import AgentNetwork, CodeSandbox
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import agent, app_in, only, resources, stack, template, text

ZONES = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az4"}


def network(of: cdk.Stack, **props: Any) -> AgentNetwork:
    return AgentNetwork(of, "Network", **{"zones": ZONES, **props})


@pytest.fixture(scope="module")
def policies() -> dict[str, list[dict[str, Any]]]:
    of = stack()
    network(of)
    endpoints = resources(template(of), "AWS::EC2::VPCEndpoint").values()
    return {
        text(each["Properties"]["ServiceName"]): each["Properties"]["PolicyDocument"]["Statement"] for each in endpoints
    }


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    of = stack()
    network(of, front_end=True, nat_gateways=1)
    return dict(template(of))


class TestNetwork:
    def test_has_no_way_to_the_internet(self) -> None:
        of = stack()
        network(of)
        for kind in ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::EIP"):
            assert not resources(template(of), kind)

    def test_spans_the_zones_named(self) -> None:
        of = stack()
        network(of)
        subnets = resources(template(of), "AWS::EC2::Subnet").values()
        assert sorted(each["Properties"]["AvailabilityZone"] for each in subnets) == sorted(ZONES)

    def test_reaches_what_an_agent_calls(self) -> None:
        of = stack()
        network(of)
        endpoints = [each["Properties"] for each in resources(template(of), "AWS::EC2::VPCEndpoint").values()]
        names = {text(each["ServiceName"]).strip('"').removeprefix("com.amazonaws.us-east-1.") for each in endpoints}
        assert names >= {"bedrock-runtime", "bedrock-agentcore", "bedrock-agentcore.gateway", "logs", "xray", "ssm"}
        assert names >= {"ecr.api", "ecr.dkr", "secretsmanager", "sts", "monitoring", "kms"}
        gateways = [text(each["ServiceName"]) for each in endpoints if each["VpcEndpointType"] == "Gateway"]
        assert sorted(name.rstrip('"]}').rpartition(".")[2] for name in gateways) == ["dynamodb", "s3"]
        assert all(each["PrivateDnsEnabled"] for each in endpoints if each["VpcEndpointType"] == "Interface")

    def test_endpoints_take_https_from_agents_only(self) -> None:
        of = stack()
        made = network(of)
        ingress = only(template(of), "AWS::EC2::SecurityGroupIngress")["Properties"]
        assert (ingress["FromPort"], ingress["ToPort"], ingress["IpProtocol"]) == (443, 443, "tcp")
        assert ingress["SourceSecurityGroupId"] == of.resolve(made.agent_security_group.security_group_id)
        groups = resources(template(of), "AWS::EC2::SecurityGroup").values()
        assert not any("SecurityGroupIngress" in each["Properties"] for each in groups)

    def test_flow_logs_are_kept_as_long_as_told(self) -> None:
        of = stack()
        network(of, flow_log_retention=logs.RetentionDays.ONE_YEAR)
        assert only(template(of), "AWS::EC2::FlowLog")["Properties"]["TrafficType"] == "ALL"
        assert only(template(of), "AWS::Logs::LogGroup")["Properties"]["RetentionInDays"] == 365

    def test_flow_logs_of_this_account_only_are_written_by_their_role(self) -> None:
        of = stack()
        network(of)
        (statement,) = only(template(of), "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": of.resolve(of.account)}
        assert ":vpc-flow-log/*" in text(statement["Condition"]["ArnLike"]["aws:SourceArn"])

    def test_agents_run_in_it(self) -> None:
        of = stack()
        made = network(of)
        agent(of, network=made)
        configuration = only(template(of), "AWS::BedrockAgentCore::Runtime")["Properties"]["NetworkConfiguration"]
        assert configuration["NetworkMode"] == "VPC"
        assert len(configuration["NetworkModeConfig"]["Subnets"]) == 2
        assert configuration["NetworkModeConfig"]["SecurityGroups"] == [
            of.resolve(made.agent_security_group.security_group_id)
        ]

    def test_two_agents_share_it(self) -> None:
        of = stack()
        made = network(of)
        agent(of, "One", network=made)
        agent(of, "Two", network=made)
        assert len(resources(template(of), "AWS::BedrockAgentCore::Runtime")) == 2


class TestEndpointPolicies:
    def of(self, policies: dict[str, list[dict[str, Any]]], service: str) -> list[dict[str, Any]]:
        found = [each for name, each in policies.items() if name.rstrip('"]}').endswith(f".{service}")]
        assert len(found) == 1
        return found[0]

    def test_every_endpoint_has_one(self, policies: dict[str, list[dict[str, Any]]]) -> None:
        assert len(policies) == 14
        assert all(policies.values())

    def test_nothing_is_written_outside_of_the_account(self, policies: dict[str, list[dict[str, Any]]]) -> None:
        """A statement for every resource asks whose principal it is, but for reading in this account."""
        account = {"Ref": "AWS::AccountId"}
        for service, statements in policies.items():
            for statement in statements:
                keys = statement.get("Condition", {}).get("StringEquals", {})
                if statement["Resource"] == "*":
                    assert keys, (service, statement)
                assert set(keys) <= {"aws:PrincipalAccount", "aws:ResourceAccount"}
                assert all(value == account for value in keys.values())

    def test_users_tokens_pass_to_agents_and_gateways_only(self, policies: dict[str, list[dict[str, Any]]]) -> None:
        """A bearer token has no IAM principal, so a condition on one would refuse it."""
        open_ones = [
            (service, statement)
            for service, statements in policies.items()
            for statement in statements
            if "Condition" not in statement
        ]
        found = {
            action
            for _, each in open_ones
            for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        }
        assert found == {
            "bedrock-agentcore:InvokeAgentRuntime",
            "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream",
            "bedrock-agentcore:StopRuntimeSession",
            "bedrock-agentcore:InvokeGateway",
            "s3:GetObject",
        }
        for _, statement in open_ones:
            assert any(part in text(statement["Resource"]) for part in (":runtime/*", ":gateway/*", "starport-layer"))

    def test_models_of_other_regions_can_be_reached_through_a_profile(
        self, policies: dict[str, list[dict[str, Any]]]
    ) -> None:
        (statement,) = self.of(policies, "bedrock-runtime")
        assert ":bedrock:*::foundation-model/*" in text(statement["Resource"])
        assert "bedrock:*" not in statement["Action"]

    def test_images_can_be_pulled(self, policies: dict[str, list[dict[str, Any]]]) -> None:
        layers = [each for each in self.of(policies, "s3") if "prod-us-east-1-starport-layer-bucket/*" in text(each)]
        assert [each["Action"] for each in layers] == ["s3:GetObject"]

    def test_more_can_be_let_through(self) -> None:
        of = stack()
        made = network(of)
        # --8<-- [start:partner]
        made.gateway_endpoints["S3"].add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=["arn:aws:s3:::partner-data/*"], principals=[iam.AnyPrincipal()]
            )
        )
        # --8<-- [end:partner]
        made.endpoints["Ssm"].add_to_policy(
            iam.PolicyStatement(actions=["ssm:PutParameter"], resources=["*"], principals=[iam.AnyPrincipal()])
        )
        assert "arn:aws:s3:::partner-data/*" in text(template(of))
        assert "ssm:PutParameter" in text(template(of))


class TestFrontEnd:
    def test_has_public_subnets_in_which_nothing_gets_an_address_by_itself(self, made: dict[str, Any]) -> None:
        public = [
            each["Properties"] for key, each in resources(made, "AWS::EC2::Subnet").items() if "PublicSubnet" in key
        ]
        assert len(public) == 2
        assert not any(each["MapPublicIpOnLaunch"] for each in public)
        assert all(each["Ipv6CidrBlock"] for each in public)

    def test_ipv6_is_for_the_load_balancer_alone(self, made: dict[str, Any]) -> None:
        routes = {key: each for key, each in resources(made, "AWS::EC2::Route").items() if "::/0" in text(each)}
        assert len(routes) == 2
        assert all("PublicSubnet" in key for key in routes)
        assert all(any("VPCGW" in wait for wait in each["DependsOn"]) for each in routes.values())
        others = [each for key, each in resources(made, "AWS::EC2::Subnet").items() if "PublicSubnet" not in key]
        assert not any("Ipv6CidrBlock" in each["Properties"] for each in others)

    def test_agents_have_no_way_out(self, made: dict[str, Any]) -> None:
        """Neither by NAT nor by the internet gateway."""
        tables = {text(each["Properties"]["RouteTableId"]) for each in resources(made, "AWS::EC2::Route").values()}
        assert tables
        assert not any("AgentsSubnet" in table for table in tables)

    def test_agents_keep_their_addresses(self, made: dict[str, Any]) -> None:
        of = stack()
        network(of)

        def agents(of: Any) -> dict[str, Any]:
            subnets = resources(of, "AWS::EC2::Subnet").items()
            return {key: each["Properties"] for key, each in subnets if "AgentsSubnet" in key}

        assert agents(made) == agents(template(of))

    def test_groups_by_role(self, made: dict[str, Any]) -> None:
        groups = {key: each["Properties"] for key, each in resources(made, "AWS::EC2::SecurityGroup").items()}
        assert len(groups) == 4
        balancer = next(each for key, each in groups.items() if "LoadBalancer" in key)
        assert "SecurityGroupIngress" not in balancer
        assert balancer["SecurityGroupEgress"][0]["CidrIp"] == "255.255.255.255/32"
        sources = [each["Properties"] for each in resources(made, "AWS::EC2::SecurityGroupIngress").values()]
        assert {each["FromPort"] for each in sources} == {443}
        assert {text(each["SourceSecurityGroupId"]) for each in sources} == {
            text({"Fn::GetAtt": [key, "GroupId"]}) for key in groups if "Agent" in key or "FrontEnd" in key
        }

    def test_agents_share_the_way_out_by_choice(self) -> None:
        of = stack()
        made = network(of, nat_gateways=2, agents_use_nat=True)
        built = template(of)
        assert made.front_end is None
        assert len(resources(built, "AWS::EC2::NatGateway")) == 2
        ways = [
            each["Properties"] for key, each in resources(built, "AWS::EC2::Route").items() if "AgentsSubnet" in key
        ]
        assert all("NatGatewayId" in each for each in ways)
        assert len(ways) == 2

    def test_sandboxes_are_with_the_agents_when_these_use_nat(self) -> None:
        of = stack()
        CodeSandbox(of, "Sandbox", network=network(of, nat_gateways=1, agents_use_nat=True))
        tool = only(template(of), "AWS::BedrockAgentCore::CodeInterpreterCustom")["Properties"]
        subnets = tool["NetworkConfiguration"]["VpcConfig"]["Subnets"]
        assert len(subnets) == 2
        assert all("AgentsSubnet" in text(each) for each in subnets)


class TestDnsFirewall:
    def test_is_off_by_default(self) -> None:
        of = stack()
        assert network(of).dns_firewall is None
        assert not resources(template(of), "AWS::Route53Resolver::FirewallRuleGroup")

    def test_allows_what_is_named_and_the_services_and_blocks_the_rest(self) -> None:
        of = stack()
        network(of, resolvable_domains=["*.example.com"])
        built = template(of)
        rules = only(built, "AWS::Route53Resolver::FirewallRuleGroup")["Properties"]["FirewallRules"]
        lists = resources(built, "AWS::Route53Resolver::FirewallDomainList")
        domains = {
            each["Action"]: lists[each["FirewallDomainListId"]["Fn::GetAtt"][0]]["Properties"]["Domains"]
            for each in sorted(rules, key=lambda each: float(each["Priority"]))
        }
        assert list(domains) == ["ALLOW", "BLOCK"]
        assert domains["BLOCK"] == ["*"]
        assert {"*.example.com", "bedrock-runtime.us-east-1.amazonaws.com"} < set(domains["ALLOW"])
        assert not any("cognito" in each for each in domains["ALLOW"])
        association = only(built, "AWS::Route53Resolver::FirewallRuleGroupAssociation")["Properties"]
        assert 100 < association["Priority"] < 9900

    def test_every_endpoint_can_be_resolved(self) -> None:
        of = stack()
        network(of, resolvable_domains=[])
        built = template(of)
        allowed = next(
            each["Properties"]["Domains"]
            for each in resources(built, "AWS::Route53Resolver::FirewallDomainList").values()
            if each["Properties"]["Domains"] != ["*"]
        )
        services = ["bedrock-runtime", "bedrock-agentcore", "*.gateway.bedrock-agentcore", "logs", "xray", "monitoring"]
        services += ["ssm", "secretsmanager", "kms", "sts", "api.ecr", "*.dkr.ecr", "s3", "*.s3", "dynamodb"]
        assert {f"{each}.us-east-1.amazonaws.com" for each in services} <= set(allowed)

    def test_users_sign_in_with_a_front_end(self) -> None:
        of = stack()
        network(of, front_end=True, resolvable_domains=[])
        assert "*.auth.us-east-1.amazoncognito.com" in text(template(of))


class TestFindings:
    def test_none_with_a_key(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        network(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        assert findings(app, tmp_path) == []

    def test_none_with_everything(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        network(
            of,
            front_end=True,
            nat_gateways=2,
            agents_use_nat=True,
            resolvable_domains=["example.com"],
            encryption_key=kms.Key(of, "Key", enable_key_rotation=True),
        )
        assert findings(app, tmp_path) == []
        # W3010: see below.
        assert complaints(json.loads((tmp_path / "Test.template.json").read_text()), ignore=("W3010",)) == []

    def test_cfn_lint_has_no_complaints(self) -> None:
        of = stack()
        network(of)
        # W3010 would have the zones looked up, but AgentCore supports some of them only.
        assert complaints(template(of), ignore=("W3010",)) == []


class TestFails:
    def test_fails_for_an_unsupported_zone(self) -> None:
        with pytest.raises(
            ValueError, match=r"no network interfaces in \{'us-east-1c': 'use1-az3'\}.*use1-az1, use1-az2"
        ):
            network(stack(), zones={"us-east-1a": "use1-az1", "us-east-1c": "use1-az3"})

    def test_fails_for_a_zone_of_another_region(self) -> None:
        with pytest.raises(ValueError, match="the zone 'us-west-2a' is not in the stack's Region 'us-east-1'"):
            network(stack(), zones={"us-east-1a": "use1-az1", "us-west-2a": "usw2-az1"})

    def test_fails_for_one_zone(self) -> None:
        with pytest.raises(ValueError, match="spans at least 2 zones"):
            network(stack(), zones={"us-east-1a": "use1-az1"})

    def test_fails_for_two_names_of_one_zone(self) -> None:
        with pytest.raises(ValueError, match="two zones have the same id"):
            network(stack(), zones={"us-east-1a": "use1-az1", "us-east-1b": "use1-az1"})

    def test_fails_for_a_nat_gateway_that_nobody_uses(self) -> None:
        with pytest.raises(ValueError, match="nobody would use the NAT gateways, got nat_gateways=1"):
            network(stack(), nat_gateways=1)

    def test_fails_for_more_nat_gateways_than_zones(self) -> None:
        with pytest.raises(ValueError, match="0 to one per zone, here 2, got 3"):
            network(stack(), front_end=True, nat_gateways=3)

    def test_fails_for_agents_that_use_no_nat_gateway(self) -> None:
        with pytest.raises(ValueError, match="agents_use_nat=True needs a NAT gateway"):
            network(stack(), agents_use_nat=True)

    @pytest.mark.parametrize("domain", ["https://example.com", "a.*.example.com", "example.com/path", ""])
    def test_fails_for_a_name_that_is_none(self, domain: str) -> None:
        with pytest.raises(ValueError, match="resolvable_domains are names such as"):
            network(stack(), resolvable_domains=[domain])

    def test_fails_for_one_name_in_place_of_several(self) -> None:
        with pytest.raises(ValueError, match=r"is a sequence of names, got 'example.com'"):
            network(stack(), resolvable_domains="example.com")
