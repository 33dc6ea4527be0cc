"""Starts the AgentCore server: `python -m workbench.local_cloud.agentcore --port P --emulator-url U --work-dir D`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from workbench.local_cloud.agentcore.app import AgentCoreServer
from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.faults import FaultRoutes
from workbench.local_cloud.agentcore.gateway.plane import GatewayDataPlane
from workbench.local_cloud.agentcore.identity.plane import IdentityDataPlane
from workbench.local_cloud.agentcore.inbound import TokenVerifier
from workbench.local_cloud.agentcore.inbound.keys import Issuers
from workbench.local_cloud.agentcore.memory.plane import MemoryDataPlane
from workbench.local_cloud.agentcore.observing import Observing
from workbench.local_cloud.agentcore.parent import KEEP_ALIVE_SECONDS, end_with_parent
from workbench.local_cloud.agentcore.runtimes.authorization import RuntimeAuthorization
from workbench.local_cloud.agentcore.runtimes.code import CodeStore, S3PackageSource
from workbench.local_cloud.agentcore.runtimes.credentials import RoleCredentials
from workbench.local_cloud.agentcore.runtimes.process import START_SECONDS
from workbench.local_cloud.agentcore.runtimes.sessions import Sessions
from workbench.local_cloud.agentcore.sandbox.browsers import LocalBrowsers
from workbench.local_cloud.agentcore.sandbox.chromium import find_chromium
from workbench.local_cloud.agentcore.sandbox.plane import SandboxDataPlane
from workbench.local_cloud.cloudformation import ResourceProvider
from workbench.local_cloud.guardrails.service import GuardrailService
from workbench.local_cloud.guardrails.store import GuardrailStore
from workbench.telemetry.files import TelemetryFiles
from workbench.telemetry.receiver import Exporters, TelemetryReceiver
from workbench.telemetry.recorder import Recorder
from workbench.telemetry.spans import SpanStore
from workbench.telemetry.store import MetricStore

HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the parent process ends or a signal comes.

    Args:
        arguments: Command line. Default: the process's own.
    """
    options = _parser().parse_args(arguments)
    work_dir: Path = options.work_dir.resolve()
    recorder = Recorder(MetricStore(TelemetryFiles(work_dir).metrics).record)
    observing = Observing(recorder.add)
    exporters = Exporters()
    receiver = TelemetryReceiver(exporters, SpanStore(TelemetryFiles(work_dir).spans), observing.emit)
    control = ControlPlane(options.emulator_url)
    credentials = RoleCredentials(options.emulator_url)
    packages = S3PackageSource(options.emulator_url)
    sessions = Sessions(
        control,
        CodeStore(packages, work_dir / "cache", notice=_say),
        credentials,
        directory=work_dir,
        emulator_url=options.emulator_url,
        server_url=f"http://{HOST}:{options.port}",
        start_seconds=options.start_seconds,
        exporters=exporters,
    )
    issuers = Issuers(options.emulator_url)
    tokens = TokenVerifier(options.emulator_url, issuers=issuers)
    gateways = GatewayDataPlane(
        control,
        credentials,
        tokens,
        emulator_url=options.emulator_url,
        decision_log=work_dir / "policy-decisions.jsonl",
        observing=observing,
    )
    guardrails = GuardrailStore()
    chromium = find_chromium()
    browsers = LocalBrowsers(chromium, options.emulator_url) if chromium else None
    server = AgentCoreServer(
        control=gateways.control,
        memory=MemoryDataPlane(control, emit=observing.emit),
        sessions=sessions,
        credentials=credentials,
        resources=ResourceProvider(gateways.control, guardrails, str(chromium.program) if chromium else None),
        authorization=RuntimeAuthorization(tokens, options.emulator_url),
        gateways=gateways,
        identity=IdentityDataPlane(control, tokens, issuers, observing),
        guardrails=GuardrailService(guardrails),
        sandboxes=SandboxDataPlane(control, work_dir / "sandboxes", browsers=browsers, emit=observing.emit),
        observing=observing,
        more_routes=[*FaultRoutes(observing.faults, options.emulator_url).routes(), *receiver.routes()],
    )
    end_with_parent()
    uvicorn.run(
        server.application(),
        host=HOST,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workbench.local_cloud.agentcore", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--emulator-url", required=True, help="base address of the emulator")
    parser.add_argument("--work-dir", type=Path, required=True, help="where code, environments and logs are kept")
    parser.add_argument(
        "--start-seconds", type=float, default=START_SECONDS, help="how long an agent may take to start"
    )
    return parser


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
