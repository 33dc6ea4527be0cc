"""Secrets in templates."""

import json

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud

NAME = "AWS::SecretsManager::Secret"


def template(description: str, name: str) -> str:
    secret = {"Type": NAME, "Properties": {"Name": name, "Description": description, "GenerateSecretString": {}}}
    return json.dumps({"Resources": {"Key": secret}, "Outputs": {"Key": {"Value": {"Ref": "Key"}}}})


def test_a_reference_is_the_arn_through_update_replacement_and_deletion(cloud: Cloud) -> None:
    stacks, secrets = cloud.client("cloudformation"), cloud.client("secretsmanager")

    def reference() -> str:
        return str(stacks.describe_stacks(StackName="secrets")["Stacks"][0]["Outputs"][0]["OutputValue"])

    stacks.create_stack(StackName="secrets", TemplateBody=template("first", "weather"))
    stacks.get_waiter("stack_create_complete").wait(StackName="secrets", WaiterConfig={"Delay": 1})
    made = secrets.describe_secret(SecretId="weather")
    assert reference() == made["ARN"]
    assert len(secrets.get_secret_value(SecretId="weather")["SecretString"]) == 32

    stacks.update_stack(StackName="secrets", TemplateBody=template("second", "weather"))
    stacks.get_waiter("stack_update_complete").wait(StackName="secrets", WaiterConfig={"Delay": 1})
    assert reference() == made["ARN"]
    assert secrets.describe_secret(SecretId="weather")["Description"] == "second"

    stacks.update_stack(StackName="secrets", TemplateBody=template("second", "forecast"))
    stacks.get_waiter("stack_update_complete").wait(StackName="secrets", WaiterConfig={"Delay": 1})
    assert reference() == secrets.describe_secret(SecretId="forecast")["ARN"] != made["ARN"]

    stacks.delete_stack(StackName="secrets")
    stacks.get_waiter("stack_delete_complete").wait(StackName="secrets", WaiterConfig={"Delay": 1})
    assert {"weather", "forecast"}.isdisjoint(each["Name"] for each in secrets.list_secrets()["SecretList"])
