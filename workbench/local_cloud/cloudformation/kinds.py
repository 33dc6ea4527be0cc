"""How honest each resource is: what the local cloud really runs, what stands in, and what is only recorded."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["real", "stand-in", "record only"]

EMULATED = "emulated"
"""Kind of a resource that the AWS emulator serves itself."""


@dataclass(frozen=True)
class Truth:
    """What a deployed resource is locally.

    Args:
        kind: Whether it runs, stands in for the service, or is recorded only.
        note: What exactly, for the deployment's report.
    """

    kind: Kind
    note: str


_TRUTHS = {
    "Runtime": Truth("real", "one process per session, under the execution role's credentials"),
    "RuntimeEndpoint": Truth("real", "routes invocations to its version"),
    "ApiKeyCredentialProvider": Truth("real", "secret in Secrets Manager, given to callers that IAM lets have it"),
    "OAuth2CredentialProvider": Truth("real", "secret in Secrets Manager, tokens from the provider's own endpoints"),
    "WorkloadIdentity": Truth("real", "its tokens are a stand-in: they mean nothing outside the local cloud"),
    "Gateway": Truth("real", "MCP at its address; its tool search is a stand-in, by words instead of embeddings"),
    "GatewayTarget": Truth("real", "tools are called under the gateway's role; connectors and HTTP targets are not"),
    "PolicyEngine": Truth("real", "asked on tools/list and tools/call of its gateways"),
    "Policy": Truth("real", "checked against the gateway's tools, decided on by Cedar"),
    "CodeInterpreterCustom": Truth(
        "stand-in", "sessions are limited processes of this machine, NOT a security boundary; Python only"
    ),
    "Memory": Truth("real", "events, sessions and actors are real; extraction and retrieval are stand-ins"),
}
_RECORDED = {
    "GatewayRateLimit": "gateway traffic is not limited by it",
    "GatewayRule": "gateway traffic is not routed by it",
    "BrowserCustom": "its sessions are recorded too; no browser runs, for there is no Chromium on the path",
    "Evaluator": "nothing is evaluated",
    "OnlineEvaluationConfig": "nothing is evaluated",
    "ResourcePolicy": "kept and shown; requests are not checked against it",
}

# The emulator answers requests about these, and nothing on this machine goes by them: no packet, no web request.
_ANSWERED_ONLY = {
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::WAFv2::WebACL",
}
# `up` runs one process in the place of its tasks.
_STOOD_IN_FOR = {"AWS::ECS::Service"}


def kind_of_emulated(type_name: str) -> str:
    """What a type that the emulator serves itself is locally.

    Args:
        type_name: The type.
    """
    if type_name in _ANSWERED_ONLY:
        return "record only"
    return "stand-in" if type_name in _STOOD_IN_FOR else EMULATED


def truth_of(type_name: str, chromium: str | None = None) -> Truth:
    """What an AgentCore resource type is locally.

    Args:
        type_name: The type.
        chromium: The program that browsers' sessions run. None: there is none.
    """
    suffix = type_name.rsplit("::", 1)[-1]
    if suffix == "BrowserCustom" and chromium:
        note = f"sessions run {chromium} of this machine, NOT a security boundary; no recording, no live view"
        return Truth("stand-in", note)
    return _TRUTHS.get(suffix) or Truth("record only", _RECORDED.get(suffix, "kept by the control plane; nothing runs"))
