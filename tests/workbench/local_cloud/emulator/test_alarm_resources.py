"""Alarms and dashboards in templates, and what the workbench reads of them."""

import json

import httpx

from tests.workbench.local_cloud.emulator.cloud_under_test import ACCOUNT, REGION, Cloud

STAT = {"Namespace": "Test", "MetricName": "Errors"}


def template(threshold: int) -> str:
    rate = {
        "Metrics": [
            {"Id": "errors", "MetricStat": {"Metric": STAT, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "rate", "Expression": "errors * 2"},
        ],
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": threshold,
    }
    plain = {**STAT, "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1}
    plain["ComparisonOperator"] = "GreaterThanThreshold"
    body = {"Fn::Sub": '{"widgets": [{"type": "text", "properties": {"markdown": "${Rate}"}}]}'}
    return json.dumps(
        {
            "Resources": {
                "Rate": {"Type": "AWS::CloudWatch::Alarm", "Properties": rate},
                "Plain": {"Type": "AWS::CloudWatch::Alarm", "Properties": plain},
                "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": body}},
                "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "secret"}},
            }
        }
    )


def monitoring(cloud: Cloud) -> dict[str, dict[str, object]]:
    answer = httpx.get(f"{cloud.endpoint}/_local/monitoring", trust_env=False).raise_for_status().json()
    return {each["logicalId"]: each for each in answer if each["stack"] == "alarms"}


def test_alarms_on_expressions_deploy_and_are_told_with_their_references_resolved(cloud: Cloud) -> None:
    stacks, alarms = cloud.client("cloudformation"), cloud.client("cloudwatch")
    stacks.create_stack(StackName="alarms", TemplateBody=template(5))
    stacks.get_waiter("stack_create_complete").wait(StackName="alarms", WaiterConfig={"Delay": 1})
    told = monitoring(cloud)
    assert set(told) == {"Rate", "Plain", "Board"}
    assert (told["Board"]["account"], told["Board"]["region"]) == (ACCOUNT, REGION)
    name = str(told["Rate"]["physicalId"])
    body = told["Board"]["properties"]
    assert isinstance(body, dict)
    assert json.loads(body["DashboardBody"])["widgets"][0]["properties"]["markdown"] == name
    assert name in {each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]}

    stacks.update_stack(StackName="alarms", TemplateBody=template(7))
    stacks.get_waiter("stack_update_complete").wait(StackName="alarms", WaiterConfig={"Delay": 1})
    changed = monitoring(cloud)["Rate"]
    assert isinstance(changed["properties"], dict)
    assert float(changed["properties"]["Threshold"]) == 7
    assert changed["physicalId"] == name

    stacks.delete_stack(StackName="alarms")
    stacks.get_waiter("stack_delete_complete").wait(StackName="alarms", WaiterConfig={"Delay": 1})
    assert not monitoring(cloud)
    assert name not in {each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]}
