"""The two apps that are compared, this library's and the hand-written one, each synthesized as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from constructs_lib import AgentCode
from constructs_lib.runtime.agent_code import _DirectoryCode

ROOT = Path(__file__).parent.parent
AGENTS = ROOT / "agents"
OWN_APP = ROOT / "benchmarks/own_app/app.py"
L2_APP = ROOT / "benchmarks/l2_app/app.py"


def package_agent(cache: Path | None = None) -> Path:
    """Package `memory_assistant` as both apps deploy it, and return the zip. Default: in the user's cache."""
    code = AgentCode.from_directory(
        AGENTS / "memory_assistant",
        entry_point=["opentelemetry-instrument", "main.py"],
        packages=[AGENTS / "shared"],
        aws_services=["bedrock-agentcore", "bedrock-runtime"],
        cache_directory=cache,
    )
    assert isinstance(code, _DirectoryCode)
    return code.package.archive


def synthesis_environment(output: Path) -> dict[str, str]:
    """The variables with which `cdk synth` would run an app of this directory, CDK's own validator left out."""
    context: Mapping[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {
        **os.environ,
        "CDK_OUTDIR": str(output),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_VALIDATION": "false",
        "PYTHONPATH": str(ROOT),
    }


def synthesize(app: Path, output: Path, archive: Path) -> None:
    """Run an app of this directory as a process; its assembly is in `output` then.

    `archive` is what `package_agent` has returned: the hand-written app takes the zip itself, the library finds it in
    the cache where it lies.
    """
    variables = {"AGENT_ZIP": str(archive), "AGENT_CACHE": str(archive.parents[1])}
    environment = {**synthesis_environment(output), **variables}
    subprocess.run([sys.executable, str(app)], cwd=ROOT, env=environment, check=True, capture_output=True)
