import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.account_stack import AccountStack
from stacks.environments import ENVIRONMENTS, PROD
from stacks.platform_stage import PlatformStage

_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def described(template: Mapping[str, object]) -> list[str]:
    resources = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", template["Resources"])
    found = [each for each in resources.values() if str(each["Type"]) in _ALARMS]
    return [each["Properties"]["AlarmDescription"] for each in found]


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_alarms_name_the_environments_runbooks(
    name: str, templates: Callable[[str], Mapping[str, Mapping[str, object]]]
) -> None:
    descriptions = described(templates(name)[f"{name.capitalize()}-Observability"])
    assert descriptions
    assert all(ENVIRONMENTS[name].runbooks in each for each in descriptions)


def test_runbooks_are_where_the_environment_says() -> None:
    app = cdk.App(analytics_reporting=False, context=json.loads(Path("cdk.json").read_text())["context"])
    elsewhere = replace(PROD, runbooks="https://wiki.example.org/night/")
    assembly = PlatformStage(app, environment=elsewhere).synth()
    template = next(each.template for each in assembly.stacks if each.stack_name == "Prod-Observability")
    descriptions = described(template)
    assert descriptions
    assert all("https://wiki.example.org/night/" in each for each in descriptions)


def test_the_accounts_spans_are_masked_and_encrypted() -> None:
    stack = AccountStack(cdk.App(), "Account", account="123456789012", region="us-east-1")
    found = Template.from_stack(stack).find_resources("Custom::AccountObservability")
    (settings,) = (each["Properties"] for each in found.values())
    assert "dataprotection::aws:data-identifier/EmailAddress" in json.dumps(settings["Masking"])
    assert "KeyArn" in settings
