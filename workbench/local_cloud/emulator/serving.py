"""Puts the hooks in place and serves the emulator behind the gateway."""

import asyncio
import sys
from pathlib import Path

from ministack import app as emulator
from ministack.core import iam_evaluator
from ministack.services.cloudformation import provisioners

from workbench.local_cloud.emulator import (
    alarm_resources,
    cognito,
    cognito_metrics,
    functions,
    log_metrics,
    network_resources,
    secret_resources,
    templates,
)
from workbench.local_cloud.emulator.decisions import AccessLog, Decisions
from workbench.local_cloud.emulator.gateway import Gateway
from workbench.local_cloud.emulator.guardrails import Guardrails
from workbench.local_cloud.emulator.model import Model
from workbench.local_cloud.emulator.model_front import ModelFront
from workbench.local_cloud.emulator.proxy import Proxy
from workbench.local_cloud.emulator.resources import Provider
from workbench.local_cloud.emulator.signed_request import Message, Receive, Scope, Send
from workbench.telemetry.recorder import Recorder
from workbench.telemetry.services.outcome import nowhere
from workbench.telemetry.store import MetricStore

_POLL_SECONDS = 0.02


def serve(
    host: str,
    port: int,
    *,
    agentcore_url: str,
    model_url: str,
    access_log: Path,
    bedrock_url: str | None = None,
    metrics: Path | None = None,
) -> None:
    """Serve until a signal comes.

    Args:
        host: Address to bind.
        port: Port to bind.
        agentcore_url: Base address of the AgentCore server.
        model_url: Base address of an OpenAI-style chat endpoint.
        access_log: File for decisions on sessions of a role.
        bedrock_url: Base address that model calls are passed on to, unchanged. Default: they go to `model_url`.
        metrics: File of the metrics store. Default: nothing is measured.
    """
    emit = Recorder(MetricStore(metrics).record).add if metrics else nowhere
    decisions = Decisions(AccessLog(access_log))
    decisions.install()
    # Before the provider, which takes over every resource type that has no handler by then.
    cognito.install()
    cognito_metrics.install(emit)
    log_metrics.install(emit)
    secret_resources.install(provisioners._RESOURCE_HANDLERS)
    network_resources.install(provisioners._RESOURCE_HANDLERS)
    alarm_resources.install(provisioners._RESOURCE_HANDLERS)
    provider = Provider(agentcore_url)
    provider.install()
    templates.install()
    functions.install()
    guardrails = Guardrails(agentcore_url)
    model = Model(model_url, guardrails)
    model.install()
    _treat_loopback_as_tls()
    # What the emulator has for AgentCore only echoes.
    emulator.SERVICE_HANDLERS.pop("bedrock-agentcore")
    bedrock = Proxy(bedrock_url, name="relay to Amazon Bedrock") if bedrock_url else None
    gateway = Gateway(
        emulator.app,
        decisions=decisions,
        provider=provider,
        agentcore=Proxy(agentcore_url),
        models=ModelFront(decisions, model, guardrails, bedrock=bedrock, emit=emit),
    )
    emulator.app = _Announcing(gateway, host, port)
    sys.argv = ["ministack"]
    emulator.main()


def _treat_loopback_as_tls() -> None:
    # Bucket policies of `enforce_ssl` deny everything else; nothing here leaves the machine.
    pin = iam_evaluator.pin_request_origin
    emulator.pin_request_origin = lambda source_ip, _: pin(source_ip, True)


class _Announcing:
    """Says on standard output when the port is open."""

    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
        self._gateway = gateway
        self._host = host
        self._port = port
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._task = asyncio.create_task(self._announce())

        await self._gateway(scope, receive, watched if scope["type"] == "lifespan" else send)

    async def _announce(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                break
        writer.close()
        sys.stdout.write(f"ready http://{self._host}:{self._port}\n")
        sys.stdout.flush()
