"""Carries out a load test in a process of its own, and collects what it found."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.errors import WorkbenchError
from workbench.load.plan import LoadPlan, Sent
from workbench.load.results import read_messages

_TAIL_LINES = 12


def refuse_missing_locust() -> None:
    """Make sure that what carries out a test is installed.

    Raises:
        WorkbenchError: If it is not.
    """
    missing = [name for name in ("locust", "pygal", "jinja2") if find_spec(name) is None]
    if missing:
        raise WorkbenchError(
            f"load tests need {', '.join(missing)}, which is not installed:"
            " pip install 'agentcore-constructs[workbench,load]'"
        )


def carry_out(plan: LoadPlan, on_progress: Callable[[str], None]) -> tuple[tuple[Sent, ...], float]:
    """Carry out a test.

    Args:
        plan: The test.
        on_progress: Told once a second how far it is.

    Returns:
        What was sent, and how many seconds it took.

    Raises:
        WorkbenchError: If the process that carries it out fails.
    """
    began = time.monotonic()
    with TemporaryDirectory(prefix="agentcore-load-") as directory:
        plan_file, record = Path(directory) / "plan.json", Path(directory) / "record.jsonl"
        plan.write(plan_file)
        log = Path(directory) / "log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "workbench.load.swarm", str(plan_file), str(record)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            try:
                for line in process.stdout or ():
                    with suppress(ValueError):
                        told = json.loads(line)
                        failed = f", {told['failed']} failed" if told["failed"] else ""
                        on_progress(f"{told['users']} users, {told['sent']} messages sent{failed}")
                code = process.wait()
            finally:
                process.kill()
        if code or not record.exists():
            tail = "\n".join(log.read_text().strip().splitlines()[-_TAIL_LINES:])
            raise WorkbenchError(f"the load test broke off with exit code {code}", detail=tail)
        return read_messages(record), time.monotonic() - began
