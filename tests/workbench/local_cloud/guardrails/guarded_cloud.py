"""An emulator whose AgentCore server has nothing but guardrails, and a model that says what it is told to say."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from constructs_lib.safety import ContentGuardrail
from tests.constructs_lib.support import resources, template
from tests.serving import serving
from tests.workbench.local_cloud.emulator.cloud_under_test import Cloud, FakeAgentCore, running
from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.cloudformation import ResourceProvider
from workbench.local_cloud.guardrails.server import GuardrailRoutes
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.local_cloud.guardrails.store import GuardrailStore
from workbench.local_cloud.model.app import ScriptedModel

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
MODEL_ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
STAND_IN_HEADER = "x-local-stand-in"
_SAY = re.compile(r"(?:^|\n)say: (.*)$", re.DOTALL)


@dataclass
class Model:
    """The scripted model, but `say: X` makes it say X; it keeps what it was shown."""

    heard: list[str] = field(default_factory=list)

    def application(self) -> Starlette:
        scripted = httpx.AsyncClient(
            transport=httpx.ASGITransport(ScriptedModel().application()), base_url="http://scripted"
        )

        async def complete(request: Request) -> Response:
            body = await request.json()
            self.heard.append(json.dumps(body["messages"], ensure_ascii=False))
            asked = [str(one["content"]) for one in body["messages"] if one["role"] == "user"][-1]
            said = _SAY.search(asked)
            if said is None:
                answer = await scripted.post("/v1/chat/completions", json=body)
                return Response(answer.content, answer.status_code, media_type=answer.headers["content-type"])
            if body["stream"]:
                chunk = json.dumps({"choices": [{"delta": {"content": said[1]}, "finish_reason": "stop"}]})
                return Response(f"data: {chunk}\n\ndata: [DONE]\n\n", media_type="text/event-stream")
            message = {"role": "assistant", "content": said[1]}
            return JSONResponse({"choices": [{"message": message, "finish_reason": "stop"}]})

        return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


@dataclass
class GuardedCloud:
    """A running emulator with guardrails.

    Args:
        cloud: The emulator.
        model: Its model.
    """

    cloud: Cloud
    model: Model
    _names: Iterator[int] = field(default_factory=lambda: iter(range(1_000)))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, *statements: Mapping[str, object]) -> Any:
        """A client of the administrator, or of a new role that has these permissions."""
        return self.cloud.client(service, self.role_session(*statements) if statements else None)

    def role_session(self, *statements: Mapping[str, object]) -> boto3.Session:
        """A session of a new role that has these permissions."""
        with self._lock:
            name = f"Guarded{next(self._names)}"
        return self.cloud.role_session(name, *statements)

    def deploy(self, name: str, **resources: Mapping[str, object]) -> dict[str, str]:
        """Deploy or update a stack; its guardrail's id, ARN and version."""
        formation = self.client("cloudformation")
        outputs = {
            "Id": {"Value": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
            "Arn": {"Value": {"Ref": "Guardrail"}},
            **({"Version": {"Value": {"Fn::GetAtt": ["Version", "Version"]}}} if "Version" in resources else {}),
        }
        body = json.dumps({"Resources": resources, "Outputs": outputs})
        known = {
            one["StackName"]
            for one in formation.list_stacks()["StackSummaries"]
            if one["StackStatus"] != "DELETE_COMPLETE"
        }
        verb = "update" if name in known else "create"
        getattr(formation, f"{verb}_stack")(StackName=name, TemplateBody=body)
        waiter = formation.get_waiter(f"stack_{verb}_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def guardrail(name: str, **properties: object) -> dict[str, object]:
    """A guardrail as a template has it."""
    messages = {"BlockedInputMessaging": "I cannot help with this.", "BlockedOutputsMessaging": "I may not say this."}
    return {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": name, **messages, **properties}}


def version(description: str = "") -> dict[str, object]:
    """A version of the guardrail in the same template."""
    named = {"Description": description} if description else {}
    return {
        "Type": "AWS::Bedrock::GuardrailVersion",
        "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}, **named},
    }


def words(*texts: str) -> dict[str, object]:
    """A policy of own words."""
    return {"WordPolicyConfig": {"WordsConfig": [{"Text": text} for text in texts]}}


def personal(type_: str, action: str, **more: object) -> dict[str, object]:
    """A policy about one entity of personal data."""
    entity = {"Type": type_, "Action": action, **more}
    return {"SensitiveInformationPolicyConfig": {"PiiEntitiesConfig": [entity]}}


def preset() -> dict[str, object]:
    """The properties of `ContentGuardrail.cloud_engineering`."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Preset")
    ContentGuardrail.cloud_engineering(stack, "Guardrail")
    (found,) = resources(template(stack), "AWS::Bedrock::Guardrail").values()
    return dict(found["Properties"])


def allow(action: str, resource: str, **condition: object) -> dict[str, object]:
    """A statement of a role's policy."""
    return {
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


@contextmanager
def guarded_cloud(directory: Path) -> Iterator[GuardedCloud]:
    """A running cloud that ends with the block."""
    store, model = GuardrailStore(), Model()
    provider = ResourceProvider(ControlPlane(), store)

    async def provision(request: Request) -> Response:
        try:
            return JSONResponse(provider.handle(await request.json()))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    routes = [
        *GuardrailRoutes(GuardrailService(store)).routes(),
        Route("/_local/resources", provision, methods=["POST"]),
    ]
    with (
        serving(Starlette(routes=routes)) as agentcore,
        serving(model.application()) as model_url,
        running(directory, model_url, FakeAgentCore(url=agentcore)) as cloud,
    ):
        yield GuardedCloud(cloud, model)
