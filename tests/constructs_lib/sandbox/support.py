"""Shared by the tests of code sandboxes and browsers."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from constructs_lib.network import AgentNetwork
from tests.constructs_lib.support import only, resources, stack, template

ZONES = {"us-east-1a": "use1-az1", "us-east-1b": "use1-az2"}
MORE_ZONES = {**ZONES, "us-east-1c": "use1-az4"}

# W3010: an agent network names its zones, because AgentCore supports some only.
ZONES_BY_NAME = ("W3010",)

Make = Callable[[cdk.Stack], object]


def network(of: cdk.Stack, **props: Any) -> AgentNetwork:
    return AgentNetwork(of, "Network", **{"zones": ZONES, **props})


def other_bucket(of: cdk.Stack, name: str = "evidence") -> s3.IBucket:
    return s3.Bucket.from_bucket_name(of, name, name)


def grantee(of: cdk.Stack) -> iam.Role:
    return iam.Role(of, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def granted(of: cdk.Stack) -> dict[str, Any]:
    statement: dict[str, Any]
    (statement,) = only(template(of), "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    return statement


def create_only(type: str) -> set[str]:
    """Properties that CloudFormation cannot change in place, by the registry's schema."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    return {path.removeprefix("/properties/") for path in schema["createOnlyProperties"]}


def name_and_rest(make: Make, type: str) -> tuple[str, str]:
    """The tool's name, and all that would replace it besides, as text. Subnets are told apart by what they are."""
    of = stack()
    make(of)
    found = template(of)
    properties = only(found, type)["Properties"]
    rest = {name: properties.get(name) for name in sorted(create_only(type) - {"Name"})}
    subnets = {key: each["Properties"] for key, each in resources(found, "AWS::EC2::Subnet").items()}
    places = [[each["AvailabilityZone"], each["CidrBlock"]] for each in subnets.values()]
    return properties["Name"], json.dumps([rest, places if "Vpc" in json.dumps(rest) else []], sort_keys=True)
