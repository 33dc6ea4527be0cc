"""The local cloud as a whole: starts its processes, deploys onto it, and ends everything."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

from workbench.assembly import CloudAssembly
from workbench.errors import WorkbenchError
from workbench.local_cloud.deploy import deploy
from workbench.local_cloud.deployment import Deployment, OnEvent
from workbench.local_cloud.environments import Progress, ServerEnvironments
from workbench.local_cloud.front_ends import FrontEnd, start_front_ends
from workbench.local_cloud.model_choice import SCRIPTED, ModelChoice
from workbench.local_cloud.ports import HOST, free_ports
from workbench.local_cloud.processes import ChildProcess, child_environment, stop_all
from workbench.local_cloud.workspace import DeployedStack, RunningCloud, RunningFrontEnd, Workspace

_EMULATOR = Path(__file__).parent / "emulator"
_START_SECONDS = 60.0
_PROBE_SECONDS = 1.0


class LocalCloud:
    """An AWS emulator, an AgentCore server and a model endpoint, as processes of this one.

    Use it as a context manager. It begins empty every time. Only loopback is bound, at free ports.

    Args:
        home: Where servers are installed and work is kept, see `workbench_home`.
        model: What answers as the model. Default: the scripted stand-in.
        progress: Told what takes time. Default: silent.
        work: Directory of this cloud's own files; clouds with different ones run side by side. Default:
            `local-cloud` below `home`.
    """

    def __init__(
        self,
        home: Path,
        *,
        model: ModelChoice | None = None,
        progress: Progress = lambda _: None,
        work: Path | None = None,
    ) -> None:
        self.workspace = Workspace(work or home / "local-cloud")
        self.model = model or ModelChoice.parse(SCRIPTED)
        self._environments = ServerEnvironments(home, progress=progress)
        self._progress = progress
        emulator, agentcore, model_port = free_ports(3)
        self.endpoint = f"http://{HOST}:{emulator}"
        self.agentcore_url = f"http://{HOST}:{agentcore}"
        self.model_url = f"http://{HOST}:{model_port}"
        self._claim = self.workspace.claim()
        self._children: list[ChildProcess] = []
        self._front_ends: list[FrontEnd] = []
        self._record = RunningCloud(
            pid=os.getpid(),
            created=psutil.Process().create_time(),
            endpoint=self.endpoint,
            agentcore_url=self.agentcore_url,
            model=self.model.label,
            access_log=str(self.workspace.access_log),
        )

    def __enter__(self) -> Self:
        """Start every process and wait until all answer.

        Raises:
            WorkbenchError: If a local cloud runs here already, or a process cannot be started.
        """
        self._claim.__enter__()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def children(self) -> tuple[ChildProcess, ...]:
        """The servers' processes."""
        return (*self._children, *(front_end.process for front_end in self._front_ends))

    @property
    def record(self) -> RunningCloud:
        """What other commands know about this cloud."""
        return self._record

    def deploy(
        self, assembly: CloudAssembly, *, stacks: Sequence[str] = ("*",), on_event: OnEvent = lambda _: None
    ) -> Deployment:
        """Deploy stacks of an assembly, and let other commands know of them.

        Args:
            assembly: What to deploy.
            stacks: Names of stacks or stages. Default: all.
            on_event: Called with every event. Default: silent.

        Returns:
            What is deployed.

        Raises:
            WorkbenchError: If the deployment fails.
        """
        deployment = deploy(assembly, self.endpoint, stacks=stacks, on_event=on_event)
        deployed = tuple(DeployedStack(stack.name, stack.account, stack.region) for stack in deployment.stacks)
        known = tuple(stack for stack in self._record.stacks if stack not in deployed)
        self._record = replace(self._record, stacks=known + deployed)
        self.workspace.publish(self._record)
        return deployment

    def start_front_ends(self, assembly: CloudAssembly, *, own_ports: bool = False) -> tuple[FrontEnd, ...]:
        """Run the web applications that are deployed, with people who can sign in there.

        Args:
            assembly: What was deployed.
            own_ports: Whether each gets a free port, even if that of its address is free. Default: only if it is not.

        Returns:
            The front ends; they end with this cloud.

        Raises:
            WorkbenchError: If one cannot be started.
        """
        started = start_front_ends(
            assembly, self.endpoint, workspace=self.workspace, environments=self._environments, own_ports=own_ports
        )
        for front_end in started:
            self._front_ends.append(front_end)
        for front_end in self._front_ends:
            front_end.wait()
        known = tuple(RunningFrontEnd(each.name, each.address, each.users) for each in self._front_ends)
        self._record = replace(self._record, front_ends=known)
        self.workspace.publish(self._record)
        return tuple(self._front_ends)

    def wait(self, seconds: float) -> None:
        """Stay for a while, as long as every process runs.

        Args:
            seconds: How long.

        Raises:
            WorkbenchError: If a process ended; carries the end of its log.
        """
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for child in self.children:
                child.check()
            time.sleep(min(left, _PROBE_SECONDS))

    def stop(self) -> None:
        """End every process and let go of the workspace. Does nothing the second time."""
        stop_all(reversed(self.children))
        self._front_ends.clear()
        self._children.clear()
        self._claim.__exit__(None, None, None)

    def _start(self) -> None:
        self.workspace.access_log.write_text("")
        self.workspace.telemetry.clear()
        python = self._environments.python("emulator", _EMULATOR / "requirements.lock.txt")
        self._progress("Starting the emulator, the AgentCore server and the model endpoint")
        self._spawn("model endpoint", self.model.command(_port(self.model_url)), self.model.variables())
        self._spawn("AgentCore server", self._agentcore_command(), {})
        self._spawn("AWS emulator", (str(python), str(_EMULATOR / "host.py")), self._emulator_variables())
        for child, url in zip(
            self._children, (self.model_url, self.agentcore_url, f"{self.endpoint}/_ministack/health"), strict=True
        ):
            child.wait_until(lambda url=url: _answers(url), timeout=_START_SECONDS)  # type: ignore[misc]
        self.workspace.publish(self._record)

    def _spawn(self, name: str, command: Sequence[str], variables: dict[str, str]) -> None:
        log = self.workspace.logs / f"{name.lower().replace(' ', '-')}.log"
        self._children.append(ChildProcess(name, command, environment=child_environment(variables), log=log))

    def _agentcore_command(self) -> tuple[str, ...]:
        module = (sys.executable, "-m", "workbench.local_cloud.agentcore")
        addresses = ("--port", str(_port(self.agentcore_url)), "--emulator-url", self.endpoint)
        return (*module, *addresses, "--work-dir", str(self.workspace.root))

    def _emulator_variables(self) -> dict[str, str]:
        return {
            "LOCAL_CLOUD_PORT": str(_port(self.endpoint)),
            "LOCAL_CLOUD_AGENTCORE_URL": self.agentcore_url,
            "LOCAL_CLOUD_MODEL_URL": self.model_url,
            "LOCAL_CLOUD_ACCESS_LOG": str(self.workspace.access_log),
            "LOCAL_CLOUD_METRICS": str(self.workspace.telemetry.metrics),
            **({"LOCAL_CLOUD_BEDROCK_URL": self.model_url} if self.model.bedrock else {}),
        }


def running_cloud(home: Path) -> RunningCloud:
    """The local cloud that runs below a home directory, in whatever process.

    Args:
        home: See `workbench_home`.

    Returns:
        How to reach it.

    Raises:
        WorkbenchError: If none runs.
    """
    cloud = Workspace(home / "local-cloud").running()
    if not _answers(f"{cloud.endpoint}/_ministack/health"):
        raise WorkbenchError(f"the local cloud of pid {cloud.pid} does not answer at {cloud.endpoint}: restart it")
    return cloud


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=_PROBE_SECONDS, trust_env=False)
    except httpx.TransportError:
        return False
    return True
