import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud, trust
from workbench.assembly import CloudAssembly, read_assembly
from workbench.local_cloud.deploy import deploy, destroy
from workbench.local_cloud.deployment import (
    AssetPublished,
    DeployedStack,
    DeploymentError,
    Event,
    ResourceChanged,
    StackFinished,
    StackStarted,
)

pytestmark = pytest.mark.local_cloud

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
Resources = dict[str, dict[str, object]]


class App:
    """An app of stacks whose names belong to one test; synthesized by hand."""

    def __init__(self, directory: Path, prefix: str) -> None:
        self.directory = directory
        self.prefix = prefix
        self.artifacts: dict[str, object] = {}

    def stack(
        self,
        id_: str,
        resources: Resources,
        *dependencies: str,
        outputs: Mapping[str, object] | None = None,
        template: Mapping[str, object] | None = None,
        images: Mapping[str, object] | None = None,
        environment: str = "aws://unknown-account/unknown-region",
        **properties: object,
    ) -> None:
        body = {"Resources": resources, "Outputs": dict(outputs or {}), **(template or {})}
        name = f"{id_}.template.json"
        (self.directory / name).write_text(json.dumps(body))
        file = {
            "displayName": f"{id_} Template",
            "source": {"path": name, "packaging": "file"},
            "destinations": {"here": {"bucketName": BUCKET, "objectKey": f"{hash(json.dumps(body)):x}.json"}},
        }
        key = file["destinations"]["here"]["objectKey"]  # type: ignore[index]
        manifest = {"files": {"template": file}, "dockerImages": dict(images or {})}
        (self.directory / f"{id_}.assets.json").write_text(json.dumps(manifest))
        self.artifacts[f"{id_}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{id_}.assets.json"}}
        self.artifacts[id_] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "displayName": f"Local/{id_}",
            "dependencies": [f"{id_}.assets", *dependencies],
            "properties": {
                "templateFile": name,
                "stackName": self.prefix + id_,
                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{key}",
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
                **properties,
            },
        }

    def read(self) -> CloudAssembly:
        (self.directory / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": self.artifacts}))
        return read_assembly(self.directory)


@pytest.fixture
def app(tmp_path: Path, request: pytest.FixtureRequest, cloud: Cloud) -> Iterator[App]:
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    app = App(tmp_path, f"{name}-")
    yield app
    cloud.agentcore.refuse = lambda _: None
    destroy(app.read(), cloud.endpoint, force=True)


def memory(name: str = "m", **properties: object) -> dict[str, object]:
    return {"Type": "AWS::BedrockAgentCore::Memory", "Properties": {"Name": name, **properties}}


def deploy_one(app: App, cloud: Cloud) -> DeployedStack:
    return deploy(app.read(), cloud.endpoint).stacks[-1]


def test_reports_outputs_and_what_each_resource_is(app: App, cloud: Cloud) -> None:
    resources: Resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust()}},
        "Memory": memory("reported"),
        "Noted": {"Type": "AWS::XRay::ResourcePolicy", "Properties": {"PolicyName": "p"}},
        # The emulator answers for it, and no packet goes by it.
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/24"}},
    }
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Memory", "Arn"]}}, "Id": {"Value": {"Ref": "Memory"}}}
    app.stack("One", resources, outputs=outputs)
    deployed = deploy_one(app, cloud)
    assert deployed.outputs == {
        "Arn": "arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/reported",
        "Id": "reported",
    }
    assert {one.logical_id: one.kind for one in deployed.resources} == {
        "Role": "emulated",
        "Memory": "real",
        "Noted": "record only",
        "Network": "record only",
    }
    assert (deployed.display_name, deployed.outcome, deployed.account) == ("Local/One", "created", "000000000000")


def test_events_tell_the_story_in_order(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("told")})
    events: list[Event] = []
    deploy(app.read(), cloud.endpoint, on_event=events.append)
    assert isinstance(events[0], AssetPublished)
    assert events[0].bytes > 0
    assert events[1] == StackStarted("Local/One", "create", 1)
    statuses = [one.status for one in events if isinstance(one, ResourceChanged) and one.logical_id == "Memory"]
    assert statuses == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert isinstance(events[-1], StackFinished)
    assert events[-1].outcome == "created"


def test_deploying_again_changes_and_uploads_nothing(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("same")})
    deploy_one(app, cloud)
    before = len(cloud.agentcore.requests)
    events: list[Event] = []
    again = deploy(app.read(), cloud.endpoint, on_event=events.append).stacks[0]
    assert again.outcome == "unchanged"
    assert [one.logical_id for one in again.resources] == ["Memory"]
    assert len(cloud.agentcore.requests) == before
    assert [one.bytes for one in events if isinstance(one, AssetPublished)] == [0]


def test_values_are_exported_and_imported_between_stacks(app: App, cloud: Cloud) -> None:
    export = {"Value": {"Ref": "Memory"}, "Export": {"Name": "shared-memory"}}
    app.stack("Agent", {"P": parameter({"Fn::ImportValue": "shared-memory"})}, "State")
    app.stack("State", {"Memory": memory("exported")}, outputs={"Id": export})
    deployment = deploy(app.read(), cloud.endpoint)
    assert [one.id for one in deployment.stacks] == ["State", "Agent"]
    assert value(cloud, deployment.stacks[1]) == "exported"


def parameter(content: object, **more: object) -> dict[str, object]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": content}, **more}


def value(cloud: Cloud, stack: DeployedStack) -> str:
    (resource,) = (one for one in stack.resources if one.type == "AWS::SSM::Parameter")
    return str(cloud.client("ssm").get_parameter(Name=resource.physical_id)["Parameter"]["Value"])


def test_an_update_changes_in_place(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("kept", EventExpiryDuration=30), "P": parameter("before")})
    deploy_one(app, cloud)
    app.stack("One", {"Memory": memory("kept", EventExpiryDuration=90), "P": parameter("after")})
    updated = deploy_one(app, cloud)
    assert updated.outcome == "updated"
    assert cloud.agentcore.resources["kept"]["EventExpiryDuration"] == 90
    assert value(cloud, updated) == "after"
    last = cloud.agentcore.requests[-1]
    assert (last["operation"], last["physicalId"]) == ("update", "kept")
    assert last["oldProperties"] == {"Name": "kept", "EventExpiryDuration": 30}


def test_a_replaced_resource_is_deleted_after_its_successor_is_made(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("first")}, outputs={"Id": {"Value": {"Ref": "Memory"}}})
    deploy_one(app, cloud)
    app.stack("One", {"Memory": memory("second")}, outputs={"Id": {"Value": {"Ref": "Memory"}}})
    updated = deploy_one(app, cloud)
    assert updated.outputs == {"Id": "second"}
    assert [one.physical_id for one in updated.resources] == ["second"]
    assert "second" in cloud.agentcore.resources
    assert "first" not in cloud.agentcore.resources


def test_a_replaced_resource_stays_where_the_template_retains_it(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": {**memory("retained-1"), "UpdateReplacePolicy": "Retain"}})
    deploy_one(app, cloud)
    app.stack("One", {"Memory": {**memory("retained-2"), "UpdateReplacePolicy": "Retain"}})
    deploy_one(app, cloud)
    assert {"retained-1", "retained-2"} <= set(cloud.agentcore.resources)


def test_a_failed_creation_leaves_nothing_and_names_the_resource(app: App, cloud: Cloud) -> None:
    cloud.agentcore.refuse = lambda body: "memory name is taken" if body["logicalId"] == "Bad" else None
    app.stack("One", {"Good": memory("good"), "Bad": {**memory("bad"), "DependsOn": "Good"}})
    with pytest.raises(
        DeploymentError, match=r"Local/One: Bad \(AWS::BedrockAgentCore::Memory\) failed: .*taken"
    ) as failed:
        deploy_one(app, cloud)
    assert (failed.value.logical_id, failed.value.reason) == ("Bad", "memory name is taken")
    assert "ROLLBACK_COMPLETE" in str(failed.value)
    assert not {"good", "bad"} & set(cloud.agentcore.resources)


def test_a_failed_creation_can_be_repeated(app: App, cloud: Cloud) -> None:
    cloud.agentcore.refuse = lambda _: "not today"
    app.stack("One", {"Memory": memory("repeated")})
    with pytest.raises(DeploymentError):
        deploy_one(app, cloud)
    cloud.agentcore.refuse = lambda _: None
    assert deploy_one(app, cloud).outcome == "created"


def test_a_failed_update_goes_back_to_what_was(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("stable", EventExpiryDuration=30), "P": parameter("before")})
    deploy_one(app, cloud)
    cloud.agentcore.refuse = lambda body: "refused" if body["logicalId"] == "New" else None
    new = {**memory("new"), "DependsOn": ["Memory", "P"]}
    changed: Resources = {"Memory": memory("stable", EventExpiryDuration=90), "P": parameter("after"), "New": new}
    app.stack("One", changed)
    with pytest.raises(DeploymentError, match=r"New .* failed: refused.*UPDATE_ROLLBACK_COMPLETE"):
        deploy_one(app, cloud)
    assert cloud.agentcore.resources["stable"]["EventExpiryDuration"] == 30
    app.stack("One", {"Memory": memory("stable", EventExpiryDuration=30), "P": parameter("before")})
    again = deploy_one(app, cloud)
    assert again.outcome == "unchanged"
    assert value(cloud, again) == "before"


def test_a_replacement_of_a_failed_update_is_taken_back(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("original")})
    deploy_one(app, cloud)
    cloud.agentcore.refuse = lambda body: "refused" if body["logicalId"] == "New" else None
    app.stack("One", {"Memory": memory("successor"), "New": {**memory("new"), "DependsOn": "Memory"}})
    with pytest.raises(DeploymentError):
        deploy_one(app, cloud)
    assert "original" in cloud.agentcore.resources
    assert "successor" not in cloud.agentcore.resources


def test_a_removed_resource_is_deleted(app: App, cloud: Cloud) -> None:
    app.stack("One", {"Memory": memory("removed"), "P": parameter("x")})
    deploy_one(app, cloud)
    app.stack("One", {"P": parameter("x")})
    assert [one.logical_id for one in deploy_one(app, cloud).resources] == ["P"]
    assert "removed" not in cloud.agentcore.resources


def test_a_type_nobody_knows_fails_by_its_name(app: App, cloud: Cloud) -> None:
    cloud.agentcore.refuse = lambda body: f"{body['type']} is not supported" if "Made" in str(body["type"]) else None
    app.stack("One", {"Thing": {"Type": "AWS::Made::Up"}})
    with pytest.raises(DeploymentError, match="AWS::Made::Up is not supported"):
        deploy_one(app, cloud)


@pytest.mark.parametrize(
    "dangling", [{"Ref": "Missing"}, {"Fn::GetAtt": ["Missing", "Arn"]}, {"Fn::Sub": "${Missing}"}]
)
def test_a_reference_to_nothing_is_refused(app: App, cloud: Cloud, dangling: object) -> None:
    app.stack("One", {"P": parameter(dangling)})
    with pytest.raises(
        DeploymentError, match=r"refused by CloudFormation: .*Unresolved resource dependencies \[Missing\]"
    ):
        deploy_one(app, cloud)


def test_the_server_may_call_back_while_it_provisions(app: App, cloud: Cloud) -> None:
    def call_back(_: object) -> None:
        cloud.client("s3").list_buckets()
        cloud.client("cloudformation").list_stacks()

    cloud.agentcore.refuse = call_back
    app.stack("One", {"Memory": memory("calling-back")})
    assert deploy_one(app, cloud).outcome == "created"


def test_destroy_deletes_in_reverse_order_and_leaves_nothing(app: App, cloud: Cloud) -> None:
    export = {"Value": {"Ref": "Memory"}, "Export": {"Name": "to-destroy"}}
    app.stack("State", {"Memory": memory("destroyed")}, outputs={"Id": export})
    app.stack("Agent", {"P": parameter({"Fn::ImportValue": "to-destroy"})}, "State")
    deploy(app.read(), cloud.endpoint)
    events: list[Event] = []
    assert destroy(app.read(), cloud.endpoint, on_event=events.append) == ("Local/Agent", "Local/State")
    assert "destroyed" not in cloud.agentcore.resources
    assert [one.outcome for one in events if isinstance(one, StackFinished)] == ["deleted", "deleted"]
    assert destroy(app.read(), cloud.endpoint) == ()


def test_a_stack_whose_values_are_in_use_is_not_deleted(app: App, cloud: Cloud) -> None:
    export = {"Value": {"Ref": "Memory"}, "Export": {"Name": "in-use"}}
    app.stack("State", {"Memory": memory("used")}, outputs={"Id": export})
    app.stack("Agent", {"P": parameter({"Fn::ImportValue": "in-use"})}, "State")
    deploy(app.read(), cloud.endpoint)
    with pytest.raises(DeploymentError, match=r"Local/State cannot be deleted: .*in-use"):
        destroy(app.read(), cloud.endpoint, stacks=["Local/State"])
    assert "used" in cloud.agentcore.resources


def test_a_protected_stack_is_deleted_by_force_only(app: App, cloud: Cloud) -> None:
    app.stack("State", {"Memory": memory("protected")}, terminationProtection=True)
    deploy_one(app, cloud)
    with pytest.raises(DeploymentError, match="termination protection, so nothing was deleted"):
        destroy(app.read(), cloud.endpoint)
    assert "protected" in cloud.agentcore.resources
    assert destroy(app.read(), cloud.endpoint, force=True) == ("Local/State",)
    assert "protected" not in cloud.agentcore.resources


def test_a_retained_resource_outlives_its_stack(app: App, cloud: Cloud) -> None:
    app.stack("State", {"Memory": {**memory("outliving"), "DeletionPolicy": "Retain"}})
    deploy_one(app, cloud)
    destroy(app.read(), cloud.endpoint)
    assert cloud.agentcore.resources.pop("outliving")


def test_the_bootstrap_bucket_is_as_bootstrapping_makes_it(app: App, cloud: Cloud) -> None:
    app.stack("One", {"P": parameter("x")})
    deploy_one(app, cloud)
    s3, bucket = cloud.client("s3"), "cdk-hnb659fds-assets-000000000000-us-east-1"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_the_rule_on_the_bootstrap_version_is_met(app: App, cloud: Cloud) -> None:
    versions = [str(number) for number in range(1, 6)]
    assertion = {"Assert": {"Fn::Not": [{"Fn::Contains": [versions, {"Ref": "BootstrapVersion"}]}]}}
    template = {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            }
        },
        "Rules": {"CheckBootstrapVersion": {"Assertions": [assertion]}},
    }
    app.stack("One", {"P": parameter("x")}, template=template)
    assert deploy_one(app, cloud).outcome == "created"


def test_a_role_reads_the_one_object_it_is_granted_from_the_bootstrap_bucket(app: App, cloud: Cloud) -> None:
    app.stack("One", {"P": parameter("x")})
    deploy_one(app, cloud)
    bucket = "cdk-hnb659fds-assets-000000000000-us-east-1"
    keys = [one["Key"] for one in cloud.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    cloud.client("s3").put_object(Bucket=bucket, Key="other", Body=b"")
    granted = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/{keys[0]}"}
    s3 = cloud.client("s3", cloud.role_session("AssetReader", granted))
    assert s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read()
    with pytest.raises(ClientError, match="Denied"):
        s3.get_object(Bucket=bucket, Key="other")


def test_a_stack_goes_to_the_account_and_region_it_names(app: App, cloud: Cloud) -> None:
    app.stack(
        "Eu",
        {"Memory": memory("elsewhere")},
        outputs={"Arn": {"Value": {"Fn::GetAtt": ["Memory", "Arn"]}}},
        environment="aws://123456789012/eu-central-1",
    )
    deployed = deploy_one(app, cloud)
    assert (deployed.account, deployed.region) == ("123456789012", "eu-central-1")
    assert deployed.outputs["Arn"] == "arn:aws:bedrock-agentcore:eu-central-1:123456789012:memory/elsewhere"


def test_a_container_image_is_refused_with_the_remedy(app: App, cloud: Cloud) -> None:
    app.stack("One", {"P": parameter("x")}, images={"i": {"displayName": "AgentImage"}})
    with pytest.raises(DeploymentError, match=r"container image AgentImage.*from_directory"):
        deploy_one(app, cloud)


def test_the_types_of_our_stacks_deploy_change_and_go(app: App, cloud: Cloud) -> None:
    app.stack("One", everything(retention=7, description="before"))
    created = deploy_one(app, cloud)
    app.stack("One", everything(retention=30, description="after"))
    updated = deploy_one(app, cloud)
    physical = {one.logical_id: one.physical_id for one in created.resources}
    assert {one.logical_id: one.physical_id for one in updated.resources} == physical
    logs = cloud.client("logs").describe_log_groups(logGroupNamePrefix=physical["Logs"])["logGroups"]
    assert logs[0]["retentionInDays"] == 30
    iam = cloud.client("iam")
    policy = iam.get_policy(PolicyArn=physical["Policy"])["Policy"]
    version = iam.get_policy_version(PolicyArn=physical["Policy"], VersionId=policy["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"]["Statement"][0]["Sid"] == "after"
    attached = iam.list_attached_role_policies(RoleName=physical["Role"])["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [physical["Policy"]]
    destroy(app.read(), cloud.endpoint)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName=physical["Role"])
    with pytest.raises(ClientError, match="404"):
        cloud.client("s3").head_bucket(Bucket=physical["Bucket"])
    assert not cloud.client("logs").describe_log_groups(logGroupNamePrefix=physical["Logs"])["logGroups"]


def everything(*, retention: int, description: str) -> Resources:
    statement = {"Sid": description, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    key_policy = {"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}}
    alarm = {
        "MetricName": "Latency",
        "Namespace": "AWS/Bedrock-AgentCore",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": retention,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    specifications: dict[str, tuple[str, dict[str, object]]] = {
        "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust(), "Description": description}),
        "Policy": (
            "AWS::IAM::ManagedPolicy",
            {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
        ),
        "Key": (
            "AWS::KMS::Key",
            {
                "Description": description,
                "EnableKeyRotation": True,
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [{**key_policy, "Action": "kms:*", "Resource": "*"}],
                },
            },
        ),
        "Logs": ("AWS::Logs::LogGroup", {"RetentionInDays": retention, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}),
        "Bucket": ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
        "Alarm": ("AWS::CloudWatch::Alarm", alarm),
        "Dashboard": ("AWS::CloudWatch::Dashboard", {"DashboardBody": json.dumps({"widgets": []})}),
        "Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
        "Subnet": ("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}),
        "Group": ("AWS::EC2::SecurityGroup", {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}),
        "Source": ("AWS::Logs::DeliverySource", {"Name": "source", "LogType": "APPLICATION_LOGS"}),
    }
    return {id_: {"Type": type_, "Properties": properties} for id_, (type_, properties) in specifications.items()}


def test_sixty_resources_in_two_stacks_are_quick(app: App, cloud: Cloud) -> None:
    def thirty(prefix: str) -> Resources:
        roles: Resources = {
            f"Role{number}": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust()}}
            for number in range(10)
        }
        logs: Resources = {f"Logs{number}": {"Type": "AWS::Logs::LogGroup"} for number in range(10)}
        return roles | logs | {f"Memory{number}": memory(f"{prefix}{number}") for number in range(10)}

    app.stack("State", thirty("s"))
    app.stack("Agent", thirty("a"), "State")
    started = time.monotonic()
    deployment = deploy(app.read(), cloud.endpoint)
    assert sum(len(one.resources) for one in deployment.stacks) == 60
    assert time.monotonic() - started < 10
