"""An app in which everything is watched, and how its templates are read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from constructs_lib import (
    AgentMemory,
    BuiltinEvaluator,
    CodeSandbox,
    ContentGuardrail,
    MemoryStrategy,
    OnlineEvaluation,
    ToolDescription,
    ToolGateway,
    ToolPolicy,
    ToolRule,
    ToolSource,
    UserDirectory,
    WebBrowser,
)
from constructs_lib.observability.monitoring.agent_monitoring import AgentMonitoring
from tests.constructs_lib.frontend.support import front_end, surroundings
from tests.constructs_lib.support import agent, resources, template

ECHO = ToolDescription("echo", "Says what it hears.", {"type": "object", "properties": {"text": {"type": "string"}}})
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:echo"
ENVIRONMENT = cdk.Environment(region="us-east-1")
Body = dict[str, Any]


class Things(cdk.Stack):
    """What is watched."""

    def __init__(self, app: cdk.App, name: str = "Things") -> None:
        super().__init__(app, name, env=ENVIRONMENT)
        self.users = UserDirectory(self, "Users")
        self.users.add_group("staff", precedence=1)
        self.users.add_web_client("Web", callback_urls=["https://app.example.com/signed-in"])
        self.memory = AgentMemory(self, "Memory", strategies=[MemoryStrategy.semantic_facts()])
        self.guardrail = ContentGuardrail.cloud_engineering(self, "Guardrail")
        self.sandbox = CodeSandbox(self, "Sandbox")
        self.browser = WebBrowser(self, "Browser")
        self.gateway = ToolGateway(
            self,
            "Gateway",
            sources=[
                ToolSource.lambda_function(
                    lambda_.Function.from_function_arn(self, "Echo", FUNCTION), name="echo", tools=[ECHO]
                )
            ],
            authorizer=self.users.authorizer(),
            policy=ToolPolicy([ToolRule.permit("Staff", tools=["echo___echo"], groups=["staff"])]),
        )
        self.agent = agent(
            self,
            "Assistant",
            memory=self.memory,
            tools=self.gateway,
            guardrail=self.guardrail,
            code_sandbox=self.sandbox,
            web_browser=self.browser,
            authorizer=self.users.authorizer(),
        )
        self.quality = OnlineEvaluation(self, "Quality", agent=self.agent, evaluators=[BuiltinEvaluator.HELPFULNESS])


def watch_all(things: Things, monitoring: AgentMonitoring) -> None:
    monitoring.monitor_agent(things.agent)
    monitoring.monitor_memory(things.memory)
    monitoring.monitor_gateway(things.gateway)
    assert things.gateway.policy_engine is not None
    monitoring.monitor_policy(things.gateway.policy_engine)
    monitoring.monitor_sandbox(things.sandbox)
    monitoring.monitor_sandbox(things.browser)
    monitoring.monitor_guardrail(things.guardrail)
    monitoring.monitor_user_directory(things.users)
    monitoring.monitor_evaluation(things.quality)
    monitoring.monitor_cost()


@dataclass(frozen=True)
class Watched:
    """A synthesized app in which everything is watched.

    Args:
        monitoring: The facade.
        template: The template with the monitoring.
    """

    monitoring: AgentMonitoring
    template: Mapping[str, Any]


@cache
def watched() -> Watched:
    """Everything watched, synthesized once in a process."""
    app = cdk.App(analytics_reporting=False)
    things = Things(app)
    stack = cdk.Stack(app, "Watch", env=ENVIRONMENT)
    monitoring = AgentMonitoring(stack, "Monitoring")
    watch_all(things, monitoring)
    monitoring.monitor_frontend(front_end(cdk.Stack(app, "Front", env=ENVIRONMENT), surroundings(app)))
    return Watched(monitoring, template(stack))


def text_of(value: object) -> str:
    """A resolved text, with references as `${…}`."""
    if isinstance(value, str):
        return value
    assert isinstance(value, Mapping), value
    if "Fn::Join" in value:
        return "".join(text_of(part) for part in value["Fn::Join"][1])
    return "${" + json.dumps(value, sort_keys=True).replace('"', "'") + "}"


def bodies(of: Mapping[str, Any]) -> dict[str, Body]:
    """The bodies of dashboards, by logical id."""
    return {
        key: json.loads(text_of(each["Properties"]["DashboardBody"]))
        for key, each in resources(of, "AWS::CloudWatch::Dashboard").items()
    }


def body_of(of: Mapping[str, Any], name: str) -> Body:
    found = [body for key, body in bodies(of).items() if key.startswith(f"Monitoring{name}")]
    assert len(found) == 1, f"{len(found)} dashboards are called {name}"
    return found[0]


def alarms(of: Mapping[str, Any]) -> dict[str, Body]:
    return {key: each["Properties"] for key, each in resources(of, "AWS::CloudWatch::Alarm").items()}


def alarm(of: Mapping[str, Any], *parts: str) -> Body:
    """The alarm whose logical id has all `parts`."""
    found = [each for key, each in alarms(of).items() if all(part in key for part in parts)]
    assert len(found) == 1, f"{len(found)} alarms have {parts} in their ids: {sorted(alarms(of))}"
    return found[0]


def widgets(of: Mapping[str, Any]) -> Iterator[tuple[str, Body]]:
    for key, body in bodies(of).items():
        for widget in body["widgets"]:
            yield key, widget
