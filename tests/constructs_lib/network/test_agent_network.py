from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import AgentNetwork
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import agent, app_in, only, resources, stack, template, text

ZONES = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az4"}


def network(of: cdk.Stack, **props: Any) -> AgentNetwork:
    return AgentNetwork(of, "Network", **{"zones": ZONES, **props})


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
        assert names >= {"ecr.api", "ecr.dkr"}
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


class TestFindings:
    def test_none_with_a_key(self, tmp_path: Path) -> None:
        app = app_in(tmp_path)
        of = stack(app=app)
        network(of, encryption_key=kms.Key(of, "Key", enable_key_rotation=True))
        assert findings(app, tmp_path) == []

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
