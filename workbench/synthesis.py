"""Synthesizes the CDK app of a directory as `cdk synth` does, without the Node CLI.

Follows the contract between the CDK CLI and an app: the command of cdk.json's `app` runs with CDK_OUTDIR and
CDK_CONTEXT_JSON (https://docs.aws.amazon.com/cdk/v2/guide/cli.html, https://docs.aws.amazon.com/cdk/v2/guide/context.html).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError

_EXCEPTION = re.compile(r"[\w.]*(Error|Exception): ")
_TAIL_LINES = 25
_LOCAL_ACCOUNT = "000000000000"
_DEFAULT_REGION = "us-east-1"
_FAILING = frozenset({"error", "fatal"})
# What the CLI adds to every app's context; `aws:cdk:bundling-stacks` makes the app build the assets of all stacks.
_CLI_CONTEXT: Mapping[str, object] = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:bundling-stacks": ["**"],
    # The report is read here, so the app need not fail with a traceback.
    "@aws-cdk/core:failSynthOnValidationErrors": False,
}


@dataclass(frozen=True)
class CdkApp:
    """A CDK app as its cdk.json describes it.

    Args:
        directory: The directory of cdk.json; the command runs there.
        command: The shell command that synthesizes the app.
        context: Context of cdk.json and cdk.context.json.
    """

    directory: Path
    command: str
    context: Mapping[str, object]

    @classmethod
    def read(cls, directory: Path) -> "CdkApp":
        """Read the app of a directory.

        Args:
            directory: Where cdk.json lies.

        Returns:
            The app.

        Raises:
            WorkbenchError: If cdk.json is missing, is no JSON object, or names no `app`.
        """
        if not (directory / "cdk.json").is_file():
            raise WorkbenchError(
                f"{directory} has no cdk.json: run this in the directory of a CDK app, or pass a synthesized one by"
                " --assembly DIRECTORY"
            )
        settings = _json_object(directory / "cdk.json")
        command = settings.get("app")
        if not isinstance(command, str) or not command.strip():
            raise WorkbenchError(
                f'{directory / "cdk.json"} has no "app" command, got {command!r}: set it, for example "python app.py"'
            )
        context = settings.get("context", {})
        remembered = directory / "cdk.context.json"
        looked_up = _json_object(remembered) if remembered.is_file() else {}
        return cls(directory, command, {**looked_up, **(context if isinstance(context, dict) else {})})

    def synthesize(self, output: Path, *, context: Mapping[str, str]) -> None:
        """Run the app; its assembly replaces what `output` held.

        The directory of the workbench's own Python comes first on the command's PATH, so that `python app.py` finds
        the same packages without an activated environment.

        Args:
            output: Directory of the assembly.
            context: Further context, as `--context` gives it; wins over the files.

        Raises:
            WorkbenchError: If the app fails, if a check finds something that is not acknowledged, or if the app needs
                values looked up in an AWS account.
        """
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            ["/bin/sh", "-c", self.command],
            cwd=self.directory,
            env=self._environment(output, context),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            tail = (result.stderr.strip() or result.stdout.strip()).splitlines()[-_TAIL_LINES:]
            said = next((line for line in reversed(tail) if _EXCEPTION.match(line)), "what it reports")
            raise WorkbenchError(
                f"the app `{self.command}` ended with exit code {result.returncode}; correct {said}",
                detail="\n".join(tail),
            )
        _refuse_missing_context(output)
        _refuse_findings(output)

    def _environment(self, output: Path, context: Mapping[str, str]) -> dict[str, str]:
        own_programs = str(Path(sys.executable).parent)
        return {
            "CDK_DEFAULT_ACCOUNT": _LOCAL_ACCOUNT,
            "CDK_DEFAULT_REGION": _DEFAULT_REGION,
            **os.environ,
            "PATH": os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)]),
            "CDK_OUTDIR": str(output),
            "CDK_CONTEXT_JSON": json.dumps({**_CLI_CONTEXT, **self.context, **context}),
        }


def _refuse_missing_context(output: Path) -> None:
    manifest = output / "manifest.json"
    if not manifest.is_file():
        raise WorkbenchError(f"the app wrote no assembly into {output}: it must honour CDK_OUTDIR, as `cdk.App()` does")
    missing = _json_object(manifest).get("missing")
    if isinstance(missing, list) and missing:
        keys = ", ".join(str(entry.get("key")) for entry in missing)
        raise WorkbenchError(
            f"the app needs values from an AWS account: {keys}. Run `cdk synth` once with"
            " credentials and keep cdk.context.json"
        )


def _refuse_findings(output: Path) -> None:
    report = output / "validation-report.json"
    findings = tuple(_findings(_json_object(report))) if report.is_file() else ()
    if findings:
        raise WorkbenchError(
            f"the app's checks found {len(findings)} problem(s); correct each, or acknowledge it with a"
            f" reason ({report})",
            detail="\n".join(findings),
        )


def _findings(report: Mapping[str, object]) -> Iterator[str]:
    for plugin in _objects(report.get("pluginReports")):
        for violation in _objects(plugin.get("violations")):
            if violation.get("severity") in _FAILING:
                for construct in _objects(violation.get("violatingConstructs")) or [{}]:
                    path = construct.get("constructPath")
                    yield f"{violation.get('ruleName')} at {path}: {violation.get('description')}"


def _objects(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _json_object(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise WorkbenchError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise WorkbenchError(f"{path} holds no JSON object, got {type(value).__name__}")
    return value
