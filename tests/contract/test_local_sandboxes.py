"""Code sandboxes and browsers on the local cloud: created, replaced without a name in the way, deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import httpx
import pytest
from aws_cdk import RemovalPolicy

from constructs_lib.network import AgentNetwork
from constructs_lib.sandbox import CodeSandbox, WebBrowser
from workbench.assembly import read_assembly
from workbench.local_cloud.cloud import LocalCloud
from workbench.local_cloud.credentials import administrator
from workbench.local_cloud.deploy import destroy

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.local_cloud


class Tools:
    """A stack with both tools on a local cloud."""

    def __init__(self, cloud: LocalCloud, directory: Path) -> None:
        self.cloud = cloud
        self.directory = directory

    def client(self, service: str) -> Any:
        keys = administrator()
        session: Any = boto3.Session(keys.aws_access_key_id, keys.aws_secret_access_key, region_name="us-east-1")
        return session.client(service, endpoint_url=self.cloud.endpoint)

    def deploy(self, step: str, *, code: dict[str, Any], web: dict[str, Any], private: bool = False) -> None:
        app = cdk.App(outdir=str(self.directory / step), analytics_reporting=False)
        env = cdk.Environment(region="us-east-1")
        stack = cdk.Stack(app, "Tools", env=env)
        if private:
            zones = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"}
            network = AgentNetwork(
                cdk.Stack(app, "Network", env=env), "Network", zones=zones, removal_policy=RemovalPolicy.DESTROY
            )
            code, web = {**code, "network": network}, {**web, "network": network}
        CodeSandbox(stack, "Code", removal_policy=RemovalPolicy.DESTROY, **code)
        WebBrowser(stack, "Web", removal_policy=RemovalPolicy.DESTROY, **web)
        app.synth()
        self.cloud.deploy(read_assembly(self.directory / step))

    def one(self, kind: str) -> dict[str, Any]:
        """The only code interpreter, or browser, of the account."""
        control = self.client("bedrock-agentcore-control")
        if kind == "code":
            (found,) = control.list_code_interpreters(type="CUSTOM")["codeInterpreterSummaries"]
            of_code: dict[str, Any] = control.get_code_interpreter(codeInterpreterId=found["codeInterpreterId"])
            return of_code
        (found,) = control.list_browsers(type="CUSTOM")["browserSummaries"]
        of_web: dict[str, Any] = control.get_browser(browserId=found["browserId"])
        return of_web

    def credentials(self, role: str, source: str) -> int:
        """Status of the request of AgentCore for a session of a role, in the name of a resource."""
        asked = {"roleArn": role, "sourceArn": source}
        return httpx.post(f"{self.cloud.endpoint}/_local/credentials", json=asked, trust_env=False).status_code


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    directory = tmp_path_factory.mktemp("tools")
    with LocalCloud(ROOT / ".workbench", work=directory / "cloud") as cloud:
        yield Tools(cloud, directory)


def test_they_are_created_kept_replaced_and_deleted(tools: Tools) -> None:
    tools.deploy("created", code={}, web={})
    code, web = tools.one("code"), tools.one("web")
    assert code["networkConfiguration"] == {"networkMode": "SANDBOX"}
    assert web["recording"]["enabled"]
    assert web["recording"]["s3Location"]["prefix"] == "Tools_Web"
    assert web["recording"]["s3Location"]["bucket"] in {
        each["Name"] for each in tools.client("s3").list_buckets()["Buckets"]
    }

    tools.deploy("kept", code={"tracing": False}, web={"tracing": False})
    assert tools.one("code")["codeInterpreterArn"] == code["codeInterpreterArn"]
    assert tools.one("web")["browserArn"] == web["browserArn"]

    tools.deploy("replaced", code={"public_network": True}, web={"description": "Reads prices"})
    other_code, other_web = tools.one("code"), tools.one("web")
    assert other_code["networkConfiguration"] == {"networkMode": "PUBLIC"}
    assert other_web["description"] == "Reads prices"
    assert other_code["name"] != code["name"]
    assert other_web["name"] != web["name"]
    assert other_web["recording"] == web["recording"]

    roles = {"code": code["executionRoleArn"], "web": web["executionRoleArn"]}
    for arn in (code["codeInterpreterArn"], other_code["codeInterpreterArn"]):
        assert tools.credentials(roles["code"], arn) == 200
        assert tools.credentials(roles["web"], arn) == 403
    for arn in (web["browserArn"], other_web["browserArn"]):
        assert tools.credentials(roles["web"], arn) == 200
        assert tools.credentials(roles["code"], arn) == 403
    foreign = code["codeInterpreterArn"].replace("Tools_Code_", "Tools_Code_b_")
    assert tools.credentials(roles["code"], foreign) == 403

    tools.deploy("private", code={}, web={}, private=True)
    subnets = {each["SubnetId"] for each in tools.client("ec2").describe_subnets()["Subnets"]}
    for kind in ("code", "web"):
        network = tools.one(kind)["networkConfiguration"]
        assert network["networkMode"] == "VPC"
        assert len(network["vpcConfig"]["subnets"]) == 2
        assert set(network["vpcConfig"]["subnets"]) <= subnets

    destroy(read_assembly(tools.directory / "private"), tools.cloud.endpoint)
    control = tools.client("bedrock-agentcore-control")
    assert not control.list_code_interpreters(type="CUSTOM")["codeInterpreterSummaries"]
    assert not control.list_browsers(type="CUSTOM")["browserSummaries"]
