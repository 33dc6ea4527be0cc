"""One running session: its process, what it was given, and what it is listed as."""

from dataclasses import dataclass
from typing import TypedDict

from workbench.local_cloud.agentcore.runtimes.environment import exporter_variables
from workbench.local_cloud.agentcore.runtimes.output import AgentOutput
from workbench.local_cloud.agentcore.runtimes.process import AgentProcess

CREDENTIALS_PATH = "/_local/container-credentials"
"""Where the server answers a process that asks for its role's credentials."""

Key = tuple[str, str, str]
"""Runtime ARN, version, session id."""


class SessionRow(TypedDict):
    """One running session as `GET /_local/sessions` lists it."""

    agentRuntimeArn: str
    agentRuntimeVersion: str
    sessionId: str
    pid: int
    startedAt: str
    lastUsedAt: str
    startSeconds: float
    memoryBytes: int
    logFile: str


@dataclass(frozen=True)
class RunningSession:
    """A process with what it was given; all of it is taken back when it ends.

    Args:
        key: Whose it is.
        process: The agent.
        token: With it, the process asks for its role's credentials.
        exporter: With it, the process exports telemetry; empty if it exports none.
        outputs: What it prints, on the way to its log group.
    """

    key: Key
    process: AgentProcess
    token: str
    exporter: str
    outputs: tuple[AgentOutput, ...]

    @property
    def serves(self) -> bool:
        """Whether it takes another message."""
        return self.process.ready and not self._aged

    async def is_over(self) -> bool:
        """Whether its time is up: ended by itself, too old, or idle for too long."""
        if not self.process.alive or self._aged:
            return True
        return await self.process.idle_for() > self.process.runtime.idle_seconds

    @property
    def _aged(self) -> bool:
        return self.process.age_seconds >= self.process.runtime.lifetime_seconds

    def credential_variables(self, server_url: str) -> dict[str, str]:
        """The variables by which the process proves who it is.

        Args:
            server_url: Address of the server that answers with its role's credentials.
        """
        named = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": server_url + CREDENTIALS_PATH,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.token,
        }
        return {**named, **exporter_variables(self.exporter)} if self.exporter else named

    def row(self) -> SessionRow:
        """Itself, as it is listed."""
        process = self.process
        return {
            "agentRuntimeArn": self.key[0],
            "agentRuntimeVersion": self.key[1],
            "sessionId": self.key[2],
            "pid": process.pid,
            "startedAt": process.started_at.isoformat(),
            "lastUsedAt": process.last_used_at.isoformat(),
            "startSeconds": round(process.start_seconds, 3),
            "memoryBytes": process.memory_bytes(),
            "logFile": str(process.log),
        }
