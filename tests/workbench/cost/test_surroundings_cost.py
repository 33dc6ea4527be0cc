"""What stands around agents: logs, alarms, network, front end, users, data. By numbers worked out here."""

from pathlib import Path

import pytest

from tests.workbench.cost.support import expected, items, priced, profile, resource
from workbench.cost.resources import Found

RUNTIME = resource("AWS::BedrockAgentCore::Runtime", "Agent", AgentRuntimeName="agent")


def source(id: str, target: str, log_type: str = "APPLICATION_LOGS") -> Found:
    reference = {"Fn::GetAtt": [target, "Arn"]}
    return resource("AWS::Logs::DeliverySource", id, LogType=log_type, ResourceArn=reference)


def test_logs_are_billed_for_each_kind_of_resource_that_delivers_them(tmp_path: Path) -> None:
    memory = resource("AWS::BedrockAgentCore::Memory", "Memory", Name="m")
    other = resource("AWS::BedrockAgentCore::Runtime", "Other", AgentRuntimeName="other")
    found = priced(
        profile(tmp_path), RUNTIME, other, memory, source("A", "Agent"), source("B", "Other"), source("C", "Memory")
    )
    assert expected(found, "CloudWatch Logs", "delivered") == pytest.approx(1000 * 2 * 3 / 1e6 * 0.50)
    assert expected(found, "CloudWatch Logs", "written by agents") == pytest.approx(1000 * 4 / 1e6 * 0.50)


def test_usage_logs_are_written_every_second_of_a_session(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), RUNTIME, source("A", "Agent", "USAGE_LOGS"))
    assert expected(found, "CloudWatch Logs", "usage logs") == pytest.approx(100 * 1272 * 600 / 1e9 * 0.50)


def test_logs_are_kept_as_long_as_the_longest_retention_says(tmp_path: Path) -> None:
    groups = [resource("AWS::Logs::LogGroup", f"G{days}", RetentionInDays=days) for days in (30.4, 60.8)]
    found = priced(profile(tmp_path), RUNTIME, *groups)
    assert expected(found, "CloudWatch Logs", "kept") == pytest.approx(1000 * 4 / 1e6 * 0.15 * 2 * 0.03)
    forever = priced(profile(tmp_path), RUNTIME, *groups, resource("AWS::Logs::LogGroup", "Forever"))
    assert expected(forever, "CloudWatch Logs", "kept") == pytest.approx(1000 * 4 / 1e6 * 0.15 * 12 * 0.03)


def test_masking_is_billed_where_a_group_has_a_policy(tmp_path: Path) -> None:
    plain = priced(profile(tmp_path), RUNTIME, resource("AWS::Logs::LogGroup"))
    assert not [each for each in items(plain)["CloudWatch Logs"] if each.startswith("searched")]
    masked = priced(profile(tmp_path), RUNTIME, resource("AWS::Logs::LogGroup", DataProtectionPolicy={}))
    assert expected(masked, "CloudWatch Logs", "searched") == pytest.approx(1000 * 4 / 1e6 * 0.12)


def test_an_alarm_is_billed_by_the_metrics_it_watches(tmp_path: Path) -> None:
    stat = {"MetricStat": {"Period": 60, "Stat": "Sum"}}
    band = {"Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}
    found = priced(
        profile(tmp_path),
        resource("AWS::CloudWatch::Alarm", "Plain", Period=300),
        resource("AWS::CloudWatch::Alarm", "Math", Metrics=[stat, stat, {"Expression": "m1/m2"}]),
        resource("AWS::CloudWatch::Alarm", "Anomaly", Metrics=[stat, band]),
        resource("AWS::CloudWatch::Alarm", "Fast", Period=10),
        resource("AWS::CloudWatch::CompositeAlarm", "Storm"),
        resource("AWS::CloudWatch::Dashboard", "Board"),
    )
    quantities = {each.price.name: each.quantity.expected for each in found.lines if each.family == "CloudWatch"}
    assert quantities == {"alarms": 1 + 2 + 3, "alarms-high-resolution": 1, "alarms-composite": 1, "dashboards": 1}
    assert expected(found, "CloudWatch", "dashboards") == 3


def test_metric_filters_make_custom_metrics(tmp_path: Path) -> None:
    filters = resource("AWS::Logs::MetricFilter", MetricTransformations=[{"MetricName": "a"}, {"MetricName": "b"}])
    assert expected(priced(profile(tmp_path), filters), "CloudWatch", "custom metrics") == pytest.approx(0.60)


def test_spans_are_billed_by_size_and_by_what_is_indexed_beyond_one_percent(tmp_path: Path) -> None:
    search = resource("AWS::XRay::TransactionSearchConfig", "Search", IndexingPercentage=11)
    found = priced(profile(tmp_path), RUNTIME, search)
    assert expected(found, "Traces", "spans written") == pytest.approx(1000 * 12 * 2 / 1e6 * 0.35)
    assert expected(found, "Traces", "spans indexed") == pytest.approx(1000 * 12 * 0.1 / 1e6 * 0.75)
    assert "spans indexed" not in items(priced(profile(tmp_path), RUNTIME))["Traces"]


def test_without_transaction_search_turns_are_traces_of_x_ray(tmp_path: Path) -> None:
    found = priced(profile(tmp_path, "[traces]\ntransaction_search = false\n"), RUNTIME)
    assert expected(found, "Traces", "traces") == pytest.approx(1000 / 1e6 * 5)


def test_endpoints_and_gateways_are_billed_by_the_hour_of_each_zone(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path),
        resource("AWS::EC2::VPCEndpoint", "A", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"]),
        resource("AWS::EC2::VPCEndpoint", "B", VpcEndpointType="Interface", SubnetIds=["a"]),
        resource("AWS::EC2::VPCEndpoint", "S3", VpcEndpointType="Gateway"),
        resource("AWS::EC2::NatGateway", "Nat"),
        resource("AWS::EC2::EIP", "Address"),
    )
    assert expected(found, "Network", "interface endpoints") == pytest.approx(4 * 730 * 0.01)
    assert expected(found, "Network", "NAT gateways") == pytest.approx(730 * 0.045)
    assert expected(found, "Network", "public addresses") == pytest.approx(730 * 0.005)
    assert expected(found, "Network", "data over NAT") == 0


def test_without_endpoints_the_data_goes_over_nat(tmp_path: Path) -> None:
    found = priced(profile(tmp_path), resource("AWS::EC2::NatGateway"))
    assert expected(found, "Network", "data over NAT") == pytest.approx(1000 * 50 / 1e6 * 0.045)


def test_a_dns_firewall_is_billed_by_query_and_domain(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path),
        resource("AWS::Route53Resolver::FirewallRuleGroup", "Rules"),
        resource("AWS::Route53Resolver::FirewallDomainList", "Domains", Domains=["a.com", "b.com"]),
    )
    assert expected(found, "Network", "DNS firewall queries") == pytest.approx(1000 * 5 / 1e6 * 0.60)
    assert expected(found, "Network", "DNS firewall domains") == pytest.approx(2 * 0.0005)


def test_fargate_is_billed_by_what_a_task_asks_for_and_its_chip(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path),
        resource(
            "AWS::ECS::TaskDefinition", "Arm", Cpu="512", Memory="1024", RuntimePlatform={"CpuArchitecture": "ARM64"}
        ),
        resource("AWS::ECS::TaskDefinition", "X86", Cpu="1024", Memory="2048"),
        resource("AWS::ECS::Service", "One", TaskDefinition={"Ref": "Arm"}, DesiredCount=2),
        resource("AWS::ECS::Service", "Two", TaskDefinition={"Ref": "X86"}),
    )
    assert expected(found, "Front end", "Fargate CPU of One") == pytest.approx(2 * 730 * 0.5 * 0.03238)
    assert expected(found, "Front end", "Fargate memory of One") == pytest.approx(2 * 730 * 1 * 0.00356)
    assert expected(found, "Front end", "Fargate CPU of Two") == pytest.approx(730 * 0.04048)
    assert expected(found, "Front end", "Fargate memory of Two") == pytest.approx(730 * 2 * 0.004445)


def test_a_balancer_is_billed_by_hour_capacity_and_address(tmp_path: Path) -> None:
    balancer = resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing", Subnets=[{"Ref": "a"}, {"Ref": "b"}]
    )
    found = priced(profile(tmp_path), balancer)
    assert expected(found, "Front end", "load balancers") == pytest.approx(730 * 0.0225)
    assert expected(found, "Front end", "load balancer capacity") == pytest.approx(100 * 30 * 30 / 1e6 * 0.008)
    assert expected(found, "Front end", "balancers' public") == pytest.approx(2 * 730 * 0.005)


def test_a_web_acl_is_billed_by_rule_and_request_and_paid_groups_stand_out(tmp_path: Path) -> None:
    names = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet")
    rules = [{"Statement": {"ManagedRuleGroupStatement": {"Name": name}}} for name in names]
    found = priced(profile(tmp_path), resource("AWS::WAFv2::WebACL", "Acl", Rules=[*rules, {"Statement": {}}]))
    assert expected(found, "Front end", "web ACL") == 5
    assert expected(found, "Front end", "rules of") == 2
    assert expected(found, "Front end", "requests to") == pytest.approx(100 * 30 / 1e6 * 0.60)
    assert expected(found, "Front end", "Bot Control of") == 10
    assert [each.item for each in found.unknown] == ["AWSManagedRulesATPRuleSet of Acl"]


@pytest.mark.parametrize(("tier", "dollars"), [("LITE", 0.0055), ("ESSENTIALS", 0.015), ("PLUS", 0.02), (None, 0.015)])
def test_users_are_billed_by_their_pools_tier(tmp_path: Path, tier: str | None, dollars: float) -> None:
    properties = {"UserPoolTier": tier} if tier else {}
    found = priced(profile(tmp_path), resource("AWS::Cognito::UserPool", **properties))
    assert expected(found, "Users", "users of It") == pytest.approx(10 * dollars)


def test_federated_users_have_their_own_price(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path, "[identity]\nfederated_share = 0.4\nmachine_tokens = 1000\n"),
        resource("AWS::Cognito::UserPool"),
        resource("AWS::Cognito::UserPoolIdentityProvider", "Okta"),
    )
    assert expected(found, "Users", "users of") == pytest.approx(6 * 0.015)
    assert expected(found, "Users", "federated") == pytest.approx(4 * 0.015)
    assert expected(found, "Users", "machines'") == pytest.approx(2.25)


def test_keys_and_secrets_are_billed_by_month_and_request(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path), resource("AWS::KMS::Key", "Key"), resource("AWS::SecretsManager::Secret", "Secret")
    )
    assert expected(found, "Keys and secrets", "keys") == 1
    assert expected(found, "Keys and secrets", "requests to keys") == pytest.approx(1000 * 6 / 10000 * 0.03)
    assert expected(found, "Keys and secrets", "secrets") == 0.40
    assert expected(found, "Keys and secrets", "requests to secrets") == pytest.approx(100 * 2 / 10000 * 0.05)


def test_tables_are_billed_on_demand_and_provisioned_ones_are_unknown(tmp_path: Path) -> None:
    recovery = {"PointInTimeRecoveryEnabled": True}
    table = resource(
        "AWS::DynamoDB::Table", "T", BillingMode="PAY_PER_REQUEST", PointInTimeRecoverySpecification=recovery
    )
    found = priced(profile(tmp_path), table)
    assert expected(found, "DynamoDB", "writes") == pytest.approx(200 / 1e6 * 0.625)
    assert expected(found, "DynamoDB", "reads") == pytest.approx(1000 / 1e6 * 0.125)
    assert expected(found, "DynamoDB", "point-in-time") == pytest.approx(100 / 1e6 * 0.20)
    assert [each.item for each in priced(profile(tmp_path), resource("AWS::DynamoDB::Table")).unknown] == [
        "capacity of It"
    ]


def test_functions_are_billed_by_call_and_time_but_not_those_of_deployments(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path),
        resource("AWS::Lambda::Function", "Tool", Architectures=["arm64"], MemorySize=512),
        resource("AWS::Lambda::Function", "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F"),
    )
    assert expected(found, "Lambda", "time, arm") == pytest.approx(1000 * 0.5 * 0.5 * 0.0000133334)
    assert "time, x86" not in items(found)["Lambda"]


def test_a_function_behind_a_custom_resource_is_not_called_by_users(tmp_path: Path) -> None:
    token = {"Fn::GetAtt": ["Settings", "Arn"]}
    found = priced(
        profile(tmp_path),
        resource("AWS::Lambda::Function", "Settings"),
        resource("Custom::AccountObservability", "Account", ServiceToken=token),
    )
    assert "Lambda" not in items(found)
    assert "CloudWatch Logs" not in items(found)


def test_account_wide_settings_of_spans_count(tmp_path: Path) -> None:
    account = resource(
        "Custom::AccountObservability", "Account", IndexingPercentage=2, RetentionDays=60.8, Masking="{}"
    )
    found = priced(profile(tmp_path), RUNTIME, account)
    size = 1000 * 12 * 2 / 1e6
    assert expected(found, "Traces", "spans kept") == pytest.approx(size * 0.15 * 2 * 0.03)
    assert expected(found, "Traces", "spans searched") == pytest.approx(size * 0.12)
    assert expected(found, "Traces", "spans indexed") == pytest.approx(1000 * 12 * 0.01 / 1e6 * 0.75)


def test_budgets_are_free_until_they_act(tmp_path: Path) -> None:
    found = priced(
        profile(tmp_path), resource("AWS::Budgets::Budget", "B"), resource("AWS::Budgets::BudgetsAction", "Stop")
    )
    assert expected(found, "Budgets", "budgets") == 0
    assert expected(found, "Budgets", "budget actions") == pytest.approx(3.00)
