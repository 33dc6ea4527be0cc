"""What a sandbox of the local cloud keeps code from, and what not.

It is NOT a security boundary. AgentCore runs each session in a virtual machine of its own; here it is a process of
this machine, on the same kernel, held by limits and, where the system allows them, by Linux namespaces. Run only code
here that you would also run yourself.
"""

from dataclasses import dataclass
from pathlib import Path

NOT_A_BOUNDARY = "stand-in: a process of this machine with limits, NOT a security boundary"
"""What every answer about a code session says in its header `x-local-sandbox`."""

HERE = Path(__file__).parent
ENTER = HERE / "_enter.py"
WORKER = HERE / "_worker.py"

FIRST_USER = 61_000
"""Where the server runs as root, each session has a user id of its own, counted from here."""


@dataclass(frozen=True)
class Limits:
    """What one process of a sandbox may use.

    Args:
        call_seconds: Wall time of one call.
        cpu_seconds: CPU time of one process; Python code shares a process until it ends.
        memory_bytes: Address space of one process.
        file_bytes: Size of one file.
        processes: Processes and threads of a session. Not in force without namespaces.
        open_files: Open files of one process.
        output_bytes: What is kept of each of standard output and error of one call.
        read_bytes: Files that one call reads.
        sessions: Sessions at a time.
    """

    call_seconds: float = 120.0
    cpu_seconds: int = 300
    memory_bytes: int = 1 << 30
    file_bytes: int = 100_000_000
    processes: int = 64
    open_files: int = 256
    output_bytes: int = 1_000_000
    read_bytes: int = 100_000_000
    sessions: int = 64

    def of_process(self, *, isolated: bool) -> dict[str, int]:
        """The limits that the system enforces, by the names of `setrlimit`."""
        held = {
            "CPU": self.cpu_seconds,
            "AS": self.memory_bytes,
            "FSIZE": self.file_bytes,
            "NOFILE": self.open_files,
            "CORE": 0,
        }
        # Without a user or namespace of its own, a session shares its count with everything the developer runs.
        return {**held, "NPROC": self.processes} if isolated else held


@dataclass(frozen=True)
class Isolation:
    """What holds on this machine.

    Args:
        command: What starts a process in new namespaces; empty where that is not possible.
        python: The interpreter inside.
        visible: What of the machine's files can be read inside.
    """

    command: tuple[str, ...]
    python: Path
    visible: tuple[str, ...]

    @property
    def isolated(self) -> bool:
        """Whether processes run in namespaces of their own."""
        return bool(self.command)

    def measures(self) -> list[str]:
        """What keeps code in, in words."""
        held = [
            "time-out, limits of CPU time, memory, file size and open files",
            "empty environment: no credentials, nothing inherited",
            "ends with its session and with the server",
        ]
        if not self.isolated:
            return [*held, "NOT held: network, files of this machine, number of processes"]
        return [*held, "no network", "own processes, limited in number", "own file system: system programs, Python"]
