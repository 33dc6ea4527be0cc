"""Shared by the tests of constructs: stacks, and reading of templates."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import AgentCode, AgentService, ModelAccess

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ENTRY_POINT = ["main.py"]
Resource = dict[str, Any]


def stack(name: str = "Test", *, region: str | None = "us-east-1", app: cdk.App | None = None) -> cdk.Stack:
    return cdk.Stack(app or cdk.App(analytics_reporting=False), name, env=cdk.Environment(region=region))


def app_in(directory: Path) -> cdk.App:
    return cdk.App(analytics_reporting=False, outdir=str(directory))


def code(scope: Construct) -> AgentCode:
    bucket = scope.node.try_find_child("CodeBucket") or s3.Bucket.from_bucket_name(scope, "CodeBucket", "code-bucket")
    return AgentCode.from_s3(bucket, "agent.zip", entry_point=ENTRY_POINT)  # type: ignore[arg-type]


def agent(scope: Construct, name: str = "Agent", **props: Any) -> AgentService:
    props.setdefault("model", ModelAccess.inference_profile(SONNET))
    return AgentService(scope, name, code=code(scope), **props)


def template(of: cdk.Stack) -> Mapping[str, Any]:
    return assertions.Template.from_stack(of).to_json()


def resources(of: Mapping[str, Any], type: str) -> dict[str, Resource]:
    return {key: each for key, each in of["Resources"].items() if each["Type"] == type}


def only(of: Mapping[str, Any], type: str) -> Resource:
    found = resources(of, type)
    assert len(found) == 1, f"{len(found)} resources of type {type}: {sorted(found)}"
    return next(iter(found.values()))


def statements(of: Mapping[str, Any], id: str) -> list[dict[str, Any]]:
    """Statements of the managed policy whose logical id starts with `id`."""
    found = [each for key, each in resources(of, "AWS::IAM::ManagedPolicy").items() if key.startswith(id)]
    assert len(found) == 1, f"{len(found)} policies start with {id}"
    return found[0]["Properties"]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


def actions(of: list[dict[str, Any]]) -> set[str]:
    return {
        action for each in of for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def references(of: Mapping[str, Any], logical_id: str) -> set[str]:
    """Logical ids that a resource waits for: by reference, by Sub or by DependsOn."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("Ref"), str):
                found.add(value["Ref"])
            target = value.get("Fn::GetAtt")
            if target:
                found.add(target[0] if isinstance(target, list) else target.split(".")[0])
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    resource = of["Resources"][logical_id]
    walk(resource.get("Properties"))
    depends = resource.get("DependsOn", [])
    found.update([depends] if isinstance(depends, str) else depends)
    return found & set(of["Resources"])


def cycle(of: Mapping[str, Any]) -> list[str]:
    """Logical ids of one dependency cycle, empty if there is none."""
    edges = {each: references(of, each) for each in of["Resources"]}
    done: set[str] = set()

    def visit(at: str, path: list[str]) -> list[str]:
        if at in path:
            return path[path.index(at) :]
        if at in done:
            return []
        for target in edges[at]:
            if found := visit(target, [*path, at]):
                return found
        done.add(at)
        return []

    return next((found for each in edges if (found := visit(each, []))), [])
