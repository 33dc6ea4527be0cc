"""What `evaluate` says where its user can put something right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import USER_ERROR

GOOD = '[[conversation]]\nname = "a"\n[[conversation.turn]]\nprompt = "b"\nexact = "c"\n'


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "workbench", "evaluate", *arguments],
        cwd=directory,
        env={**clean, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(directory), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no data set agents/helper/evaluation/dataset.toml; no agent here has one"),
        (("--dataset", "none.toml"), "cannot read the data set none.toml: No such file"),
        (("--dataset", "bad.toml"), "bad.toml is not valid TOML"),
        (("--dataset", "good.toml"), "no local cloud runs"),
        (("--dataset", "good.toml", "--baseline", "none.json"), "there is no baseline none.json"),
        (("--dataset", "good.toml", "--baseline", "bad.toml"), "bad.toml is no baseline of `evaluate`"),
        (("--dataset", "good.toml", "--runtime-arn", "helper"), "--runtime-arn takes the ARN"),
        (("--dataset", "good.toml", "--deploy", "--runtime-arn", "x"), "pass one of them"),
        (("--dataset", "good.toml", "--deploy"), "has no cdk.json"),
        (("--dataset", "good.toml", "--model", "bedrock"), "--model count where the app is deployed"),
        (("--dataset", "good.toml", "-e", "dev", "-c", "a=b"), "--environment, --context count where"),
        (
            ("--dataset", "good.toml", "--runtime-arn", "arn:aws:bedrock-agentcore:us-east-1:111111111111:runtime/h-1"),
            "there are no AWS credentials",
        ),
    ],
)
def test_what_the_user_can_put_right_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text("[[")
    result = run(tmp_path, "helper", *arguments)
    assert result.returncode == USER_ERROR
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_a_mistyped_agent_is_answered_with_those_that_have_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "agents/helper/evaluation").mkdir(parents=True)
    (tmp_path / "agents/helper/evaluation/dataset.toml").write_text(GOOD)
    result = run(tmp_path, "helpr")
    assert result.returncode == USER_ERROR
    assert "data sets there are for: helper. Name the agent's directory" in result.stderr


def test_explains_itself(tmp_path: Path) -> None:
    result = run(tmp_path, "--help")
    assert result.returncode == 0
    assert "--save-baseline" in result.stdout


def test_the_baseline_of_the_sample_agent_is_one() -> None:
    document = json.loads(Path("agents/memory_assistant/evaluation/baseline.json").read_text())
    assert document["model"] == "scripted stand-in"
    assert all(entry["passed"] for entry in document["scores"].values())
