"""An agent with a code sandbox and a browser: what it is told and what it may do."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib.sandbox import CodeSandbox, WebBrowser
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.support import actions, agent, app_in, cycle, only, references, stack, statements, template

RUNTIME = "AWS::BedrockAgentCore::Runtime"


def variables(of: cdk.Stack) -> dict[str, Any]:
    found: dict[str, Any] = only(template(of), RUNTIME)["Properties"]["EnvironmentVariables"]
    return found


def test_the_agent_is_told_and_allowed() -> None:
    of = stack()
    code, web = CodeSandbox(of, "Code"), WebBrowser(of, "Web")
    agent(of, code_sandbox=code, web_browser=web)
    assert variables(of)["AGENT_CODE_INTERPRETER_ID"] == of.resolve(code.code_interpreter_id)
    assert variables(of)["AGENT_BROWSER_ID"] == of.resolve(web.browser_id)
    baseline = statements(template(of), "AgentBaseline")
    for resource, granted in (
        (
            code.code_interpreter_arn,
            {"InvokeCodeInterpreter", "StartCodeInterpreterSession", "StopCodeInterpreterSession"},
        ),
        (web.browser_arn, {"ConnectBrowserAutomationStream", "StartBrowserSession", "StopBrowserSession"}),
    ):
        (statement,) = (each for each in baseline if each["Resource"] == of.resolve(resource))
        assert actions([statement]) == {f"bedrock-agentcore:{action}" for action in granted}


def test_the_agent_waits_for_its_permission() -> None:
    of = stack()
    agent(of, code_sandbox=CodeSandbox(of, "Code"))
    (runtime,) = (key for key, each in template(of)["Resources"].items() if each["Type"] == RUNTIME)
    assert any(each.startswith("AgentBaseline") for each in references(template(of), runtime))


def test_an_agent_without_them_is_neither_told_nor_allowed() -> None:
    of = stack()
    CodeSandbox(of, "Code")
    WebBrowser(of, "Web")
    agent(of)
    assert not {"AGENT_CODE_INTERPRETER_ID", "AGENT_BROWSER_ID"} & set(variables(of))
    granted = actions(statements(template(of), "AgentBaseline"))
    assert not any("Browser" in action or "CodeInterpreter" in action for action in granted)


def test_code_that_may_invoke_the_agent_that_runs_it_makes_no_cycle() -> None:
    of = stack()
    code, web = CodeSandbox(of, "Code"), WebBrowser(of, "Web")
    made = agent(of, code_sandbox=code, web_browser=web)
    made.grant_invoke(code)
    made.grant_invoke(web)
    bucket = s3.Bucket(of, "Data")
    bucket.grant_read_write(code)
    bucket.grant_read(made)
    assert cycle(template(of)) == []


def test_across_stacks_only_the_agent_waits() -> None:
    app = cdk.App(analytics_reporting=False)
    tools, agents = stack("Tools", app=app), stack("Agents", app=app)
    agent(agents, code_sandbox=CodeSandbox(tools, "Code"), web_browser=WebBrowser(tools, "Web"))
    app.synth()
    assert agents.dependencies == [tools]
    assert tools.dependencies == []


@pytest.mark.parametrize(
    ("name", "remedy"), [("AGENT_CODE_INTERPRETER_ID", "code_sandbox="), ("AGENT_BROWSER_ID", "web_browser=")]
)
def test_fails_for_a_variable_that_is_ours(name: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=f"pass {remedy} instead of setting {name}"):
        agent(stack(), environment={name: "aws.browser.v1"})


def test_no_findings_that_are_not_acknowledged(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    of = stack(app=app)
    key = kms.Key(of, "Key", enable_key_rotation=True)
    code, web = CodeSandbox(of, "Code", encryption_key=key), WebBrowser(of, "Web", encryption_key=key)
    agent(of, code_sandbox=code, web_browser=web, encryption_key=key)
    assert findings(app, tmp_path) == []


def test_cfn_lint_has_no_complaints() -> None:
    of = stack()
    agent(of, code_sandbox=CodeSandbox(of, "Code"), web_browser=WebBrowser(of, "Web"))
    assert complaints(template(of)) == []
