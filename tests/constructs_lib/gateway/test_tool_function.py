from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_kms as kms

from constructs_lib import ToolGateway, tools_from_handler
from constructs_lib.gateway.tool_function import ToolFunction
from constructs_lib.gateway.tool_permissions import ToolPermission
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import app_in, only, stack, statements, template

CODE = Path(__file__).parents[2] / "contract" / "identity_chain" / "tools"


def read(**changed: Any) -> ToolPermission:
    return ToolPermission(**{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::reports/q1.csv"], **changed})


def test_the_role_may_write_its_log_and_do_what_the_tools_need_and_nothing_else() -> None:
    within = stack()
    ToolFunction(within, "Reports", code=CODE, permissions=[read()])
    log, tools = statements(template(within), "ReportsPolicy")
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert (tools["Action"], tools["Resource"]) == ("s3:GetObject", "arn:aws:s3:::reports/q1.csv")


def test_conditions_and_variables_reach_the_template() -> None:
    within = stack()
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    ToolFunction(
        within, "Reports", code=CODE, permissions=[read(conditions=condition)], environment={"BUCKET": "reports"}
    )
    assert statements(template(within), "ReportsPolicy")[1]["Condition"] == condition
    function = only(template(within), "AWS::Lambda::Function")["Properties"]
    assert function["Environment"] == {"Variables": {"BUCKET": "reports"}}
    assert function["Architectures"] == ["arm64"]


def test_the_function_waits_for_its_permissions() -> None:
    within = stack()
    ToolFunction(within, "Reports", code=CODE)
    waits = only(template(within), "AWS::Lambda::Function")["DependsOn"]
    assert any(each.startswith("ReportsPolicy") for each in waits)


def test_its_tools_are_a_source_of_a_gateway() -> None:
    within = stack()
    # --8<-- [start:use]
    notes = ToolFunction(
        within,
        "Notes",
        code=CODE,
        permissions=[ToolPermission(actions=["s3:GetObject"], resources=["arn:aws:s3:::notes/*"], reason="Any note.")],
    )
    tools = tools_from_handler(CODE / "index.py", "who_calls")
    gateway = ToolGateway(within, "Gateway", sources=[notes.source(name="notes", tools=tools)])
    # --8<-- [end:use]
    assert list(gateway.tools) == ["notes___who_calls"]


def test_no_rule_pack_finds_anything(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    within = stack(app=app)
    wide = read(resources=["*"], reason="A list knows no resources.")
    key = kms.Key(within, "Key", enable_key_rotation=True)
    ToolFunction(within, "Reports", code=CODE, permissions=[wide], encryption_key=key)
    assert findings(app, tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"actions": "s3:GetObject"}, "actions is a list with at least one entry"),
        ({"resources": []}, "resources is a list with at least one entry"),
        ({"actions": ["s3:*"]}, "allowed actions by their names, got 's3:\\*'"),
        ({"resources": ["*"]}, "say by reason= why s3:GetObject is allowed on"),
    ],
)
def test_fails_on_permissions_that_say_too_much(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(**changed)


@pytest.mark.parametrize("timeout", [Duration.millis(500), Duration.minutes(6)])
def test_fails_on_a_time_out_that_no_gateway_waits_for(timeout: Duration) -> None:
    with pytest.raises(ValueError, match="a gateway waits 5 minutes for a tool"):
        ToolFunction(stack(), "Reports", code=CODE, timeout=timeout)


def test_fails_without_a_directory() -> None:
    with pytest.raises(ValueError, match="is a directory, got"):
        ToolFunction(stack(), "Reports", code=CODE / "index.py")
