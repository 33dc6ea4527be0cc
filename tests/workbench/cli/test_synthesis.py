import json
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.synthesis import CdkApp

# Stands for an app: writes what it was given, as `cdk.App()` would write its assembly.
APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir()
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
(out / "manifest.json").write_text(json.dumps({"version": "55.0.0", "context": context, **context.get("manifest", {})}))
(out / "account").write_text(os.environ["CDK_DEFAULT_ACCOUNT"])
if "report" in context:
    (out / "validation-report.json").write_text(json.dumps(context["report"]))
"""
FINDING = {
    "pluginReports": [
        {
            "violations": [
                {
                    "ruleName": "AwsSolutions-S1",
                    "description": "No access log.",
                    "severity": "error",
                    "violatingConstructs": [{"constructPath": "Local/Bucket"}],
                },
                {"ruleName": "Hint", "severity": "warning", "violatingConstructs": []},
            ]
        }
    ]
}


def _app(tmp_path: Path, *, code: str = APP, **context: object) -> CdkApp:
    (tmp_path / "app.py").write_text(code)
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "python app.py", "context": context}))
    return CdkApp.read(tmp_path)


def _context(output: Path) -> dict[str, object]:
    return dict(json.loads((output / "manifest.json").read_text())["context"])


def test_the_app_gets_the_context_the_cli_would_give(tmp_path: Path) -> None:
    (tmp_path / "cdk.context.json").write_text('{"zones": ["a"], "flag": "looked up"}')
    output = tmp_path / "out"
    _app(tmp_path, flag="of cdk.json").synthesize(output, context={"environment": "dev"})
    context = _context(output)
    assert (context["zones"], context["flag"], context["environment"]) == (["a"], "of cdk.json", "dev")
    assert context["aws:cdk:enable-path-metadata"] is True
    assert context["aws:cdk:bundling-stacks"] == ["**"]


def test_an_assembly_replaces_the_one_before(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "stale").touch()
    _app(tmp_path).synthesize(output, context={})
    assert not (output / "stale").exists()


def test_the_account_is_the_local_clouds_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDK_DEFAULT_ACCOUNT", raising=False)
    _app(tmp_path).synthesize(tmp_path / "out", context={})
    assert (tmp_path / "out" / "account").read_text() == "000000000000"


def test_fails_with_what_the_app_said(tmp_path: Path) -> None:
    app = _app(tmp_path, code="import sys; sys.exit('no environment is called x')")
    with pytest.raises(WorkbenchError, match=r"the app `python app\.py` ended with exit code 1") as caught:
        app.synthesize(tmp_path / "out", context={})
    assert caught.value.detail == "no environment is called x"


def test_the_error_of_a_python_app_is_in_the_line(tmp_path: Path) -> None:
    app = _app(tmp_path, code="raise ValueError('no argument euro; did you mean euros?')")
    with pytest.raises(
        WorkbenchError, match=r"exit code 1; correct ValueError: no argument euro; did you mean euros\?$"
    ):
        app.synthesize(tmp_path / "out", context={})


def test_fails_on_findings_and_names_each(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"found 1 problem") as caught:
        _app(tmp_path, report=FINDING).synthesize(tmp_path / "out", context={})
    assert caught.value.detail == "AwsSolutions-S1 at Local/Bucket: No access log."


def test_fails_when_values_of_an_account_are_missing(tmp_path: Path) -> None:
    app = _app(tmp_path, manifest={"missing": [{"key": "availability-zones:x"}]})
    with pytest.raises(
        WorkbenchError, match=r"needs values from an AWS account: availability-zones:x\. Run `cdk synth`"
    ):
        app.synthesize(tmp_path / "out", context={})


def test_fails_when_the_app_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="wrote no assembly"):
        _app(tmp_path, code="").synthesize(tmp_path / "out", context={})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "has no cdk.json: run this in the directory of a CDK app, or pass"),
        ("{", "is not valid JSON"),
        ("[]", "holds no JSON object, got list"),
        ('{"app": " "}', "has no \"app\" command, got ' '"),
    ],
)
def test_fails_on_a_directory_that_is_no_app(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "cdk.json").write_text(text)
    with pytest.raises(WorkbenchError, match=message):
        CdkApp.read(tmp_path)
