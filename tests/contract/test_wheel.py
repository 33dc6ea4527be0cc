"""The wheel alone, in an empty environment, synthesizes the example from outside the repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
UV = Path(sys.executable).parent / "uv"


def test_the_wheel_alone_synthesizes_the_example(tmp_path: Path) -> None:
    subprocess.run([UV, "build", "--wheel", "--quiet", "--out-dir", tmp_path / "dist", ROOT], check=True)
    wheel = next((tmp_path / "dist").glob("agentcore_constructs-*.whl"))
    environment = tmp_path / "environment"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    python = environment / "bin/python"
    subprocess.run([UV, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    shutil.copytree(ROOT / "examples/memory_agent", tmp_path / "memory_agent")

    result = subprocess.run(
        [python, "app.py"],
        cwd=tmp_path / "memory_agent",
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "JSII_NODE": os.environ.get("JSII_NODE", ""),
            "CDK_OUTDIR": str(tmp_path / "cdk.out"),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "cdk.out/MemoryAgent.template.json").stat().st_size > 0
    assert list((tmp_path / "cdk.out").glob("asset.*.zip"))
