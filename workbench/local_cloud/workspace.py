"""The directory of one project's local cloud: its logs, its lock, and what other commands must know about it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from workbench.errors import WorkbenchError
from workbench.telemetry.files import TelemetryFiles


@dataclass(frozen=True)
class DeployedStack:
    """A stack on the local cloud, and where it lives."""

    name: str
    account: str
    region: str


@dataclass(frozen=True)
class RunningFrontEnd:
    """A web application in which people talk to the agents.

    Args:
        name: What it is called.
        address: Where a browser opens it.
        users: E-mail addresses of people who can sign in, with their groups.
    """

    name: str
    address: str
    users: Mapping[str, str]


@dataclass(frozen=True)
class RunningCloud:
    """A running local cloud as other commands see it.

    Args:
        pid: The process that holds it.
        created: When that process was created (seconds since the epoch), against a reused pid.
        endpoint: The AWS endpoint.
        agentcore_url: The AgentCore server behind it.
        model: What answers as the model, as printed beside every answer.
        access_log: File with one line per authorization decision.
        stacks: What is deployed. Default: nothing yet.
        front_ends: The web applications that run. Default: none.
    """

    pid: int
    created: float
    endpoint: str
    agentcore_url: str
    model: str
    access_log: str
    stacks: tuple[DeployedStack, ...] = field(default=())
    front_ends: tuple[RunningFrontEnd, ...] = field(default=())

    def alive(self) -> bool:
        """Whether the process that holds the cloud still exists."""
        try:
            return abs(psutil.Process(self.pid).create_time() - self.created) < 1
        except psutil.NoSuchProcess:
            return False


class Workspace:
    """One project's local cloud on disk; at most one process holds it at a time.

    Args:
        root: The directory; made when first claimed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.logs = root / "logs"
        self.access_log = root / "access.jsonl"
        self.telemetry = TelemetryFiles(root)
        self._state = root / "running.json"

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the workspace. The kernel lets go of it when this process ends, however it ends.

        Raises:
            WorkbenchError: If another process holds it; names its pid and endpoint.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkbenchError(self._occupied()) from None
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def refuse_second(self) -> None:
        """Say early that a cloud runs here, before work is spent on another; only `claim` is safe against two at once.

        Raises:
            WorkbenchError: If one runs; names its pid and endpoint.
        """
        cloud = self._read()
        if cloud is not None and cloud.alive():
            raise WorkbenchError(self._occupied())

    def publish(self, cloud: RunningCloud) -> None:
        """Let other commands find the cloud.

        Args:
            cloud: What they need to know.
        """
        draft = self._state.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(cloud), indent=2))
        draft.replace(self._state)

    def running(self) -> RunningCloud:
        """The cloud that runs here.

        Raises:
            WorkbenchError: If none does.
        """
        cloud = self._read()
        if cloud is None or not cloud.alive():
            raise WorkbenchError(
                f"no local cloud runs here, nothing is in {self.root}: go to your app's directory and start one there"
                " with `agentcore-workbench up`"
            )
        return cloud

    def _read(self) -> RunningCloud | None:
        try:
            record = json.loads(self._state.read_text())
        except FileNotFoundError:
            return None
        stacks = tuple(DeployedStack(**stack) for stack in record["stacks"])
        front_ends = tuple(RunningFrontEnd(**each) for each in record.get("front_ends", ()))
        return RunningCloud(**{**record, "stacks": stacks, "front_ends": front_ends})

    def _occupied(self) -> str:
        cloud = self._read()
        if cloud is None:
            return f"another process is starting a local cloud in {self.root}: wait for it or end it with Ctrl-C"
        return (
            f"a local cloud runs already: pid {cloud.pid}, endpoint {cloud.endpoint}."
            " Talk to it, or end it with Ctrl-C where it was started"
        )
