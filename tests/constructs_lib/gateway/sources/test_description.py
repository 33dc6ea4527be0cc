import json
from pathlib import Path

import pytest
from aws_cdk import aws_kms as kms

from constructs_lib.gateway import OutboundAuth, ToolGateway, ToolSource
from tests.constructs_lib.gateway.support import picked, rendered, target, target_statements
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, resources, stack, text

LARGE = json.dumps({"openapi": "3.0.3", "info": {"description": "x" * 60_000}})


def source(description: str) -> ToolSource:
    return ToolSource.openapi(picked(text=description), name="api", outbound=OutboundAuth.none())


def test_a_small_description_stands_in_the_target() -> None:
    schema = target(rendered(source("{}")))["TargetConfiguration"]["Mcp"]["OpenApiSchema"]
    assert schema == {"InlinePayload": "{}"}


def test_a_large_one_is_an_object_that_the_role_may_read() -> None:
    of = rendered(source(LARGE))
    location = target(of)["TargetConfiguration"]["Mcp"]["OpenApiSchema"]["S3"]["Uri"]
    (statement,) = target_statements(of)
    assert text(location).startswith('{"Fn::Sub": "s3://cdk-')
    assert statement["Action"] == "s3:GetObject"
    key = location["Fn::Sub"].rsplit("/", 1)[-1]
    assert key.endswith(".json")
    assert key in text(statement["Resource"])
    assert "x" * 100 not in text(of)


def test_the_object_is_the_description(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    ToolGateway(stack(app=app), "Gateway", sources=[source(LARGE)])
    app.synth()
    (asset,) = tmp_path.glob("asset.*.json")
    assert asset.read_text() == LARGE


def test_a_change_of_the_description_changes_the_target() -> None:
    other = LARGE.replace("3.0.3", "3.0.2")
    assert target(rendered(source(LARGE))) != target(rendered(source(other)))


def test_has_no_findings(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    scope = stack(app=app)
    key = kms.Key(scope, "Key", enable_key_rotation=True)
    ToolGateway(scope, "Gateway", sources=[source(LARGE)], encryption_key=key)
    assert not findings(app, tmp_path)
    assert not resources(rendered(source("{}")), "AWS::S3::Bucket")


def test_fails_for_one_that_is_too_large_for_the_service() -> None:
    with pytest.raises(ValueError, match=r"orders\.json: what was picked .* the service takes 10,000,000; pick fewer"):
        source("x" * 10_000_001)
