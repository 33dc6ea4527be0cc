"""The command `check` as a user meets it, and what it reads."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
import jsonschema
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from rich.console import Console

from constructs_lib.safety.agentcore_checks import AgentCoreChecks
from constructs_lib.safety.rules import RULES, check_templates
from tests.constructs_lib.safety.rules.cases import bad
from tests.constructs_lib.safety.rules.sound import sound
from workbench.errors import WorkbenchError
from workbench.review.checks import command
from workbench.review.checks.templates import read_templates

# What the schema of SARIF 2.1.0 requires of the objects we write, and code scanning beyond it.
SARIF = {
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "items": {
                                            "required": ["id", "shortDescription", "fullDescription", "help"],
                                            "properties": {
                                                "defaultConfiguration": {
                                                    "properties": {
                                                        "level": {"enum": ["none", "note", "warning", "error"]}
                                                    }
                                                }
                                            },
                                        }
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "items": {
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "message": {"required": ["text"]},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    }
                                },
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": {"required": ["uri"]},
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", "check", *arguments],
        cwd=directory,
        env={**os.environ, "TERM": "xterm-256color"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def write(directory: Path, name: str, template: Mapping[str, object]) -> Path:
    file = directory / name
    file.write_text(json.dumps(template, indent=1))
    return file


def test_a_sound_template_is_exit_code_0(tmp_path: Path) -> None:
    write(tmp_path, "agent.json", sound())
    result = run(tmp_path, "agent.json")
    assert result.returncode == 0
    assert result.stdout == f"{len(RULES)} rules, 1 template(s): 0 error(s), 0 warning(s), 0 acknowledged\n"
    assert result.stderr == ""


def test_a_finding_is_exit_code_1_and_says_what_to_do_without_colours_in_a_pipe(tmp_path: Path) -> None:
    write(tmp_path, "agent.json", bad("GatewayWithoutAuthorizer"))
    result = run(tmp_path, "agent.json")
    rule = RULES["GatewayWithoutAuthorizer"]
    assert result.returncode == command.FOUND
    for said in ("agent.json", "error Gateway: ", rule.why, rule.remedy, f"AgentCoreChecks::{rule.id}", "1 error(s)"):
        assert said in result.stdout
    assert "\x1b" not in result.stdout


def test_findings_have_colours_on_a_terminal() -> None:
    findings = check_templates({"agent": bad("GatewayWithoutAuthorizer")})
    output = Console(force_terminal=True, width=100, record=True)
    with output.capture() as captured:
        output.print(command._view(findings, []), highlight=False)
        output.print(command._line(findings[0]))
    assert "\x1b[1;31m  error" in captured.get()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no cdk.out"),
        (("nowhere.json",), "there is no nowhere.json: name a template"),
        (("empty",), "empty holds no template"),
        (("broken.json",), "broken.json cannot be read as JSON"),
        (("broken.yaml",), "broken.yaml cannot be read as YAML"),
        (("list.json",), "list.json has to hold a JSON object"),
        (("other.json",), "other.json is no CloudFormation template: it has no Resources"),
        (("good.json", "--json", "--sarif"), "--json and --sarif are different formats: pass one of them"),
        (("good.json", "--require", "tests"), "--require takes permissions-boundary or guardrail, got 'tests'"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "broken.yaml").write_text("Resources: [\n")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "other.json").write_text("{}")
    write(tmp_path, "good.json", sound())
    result = run(tmp_path, *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {message}")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_yaml_with_short_forms_is_read(tmp_path: Path) -> None:
    (tmp_path / "agent.yaml").write_text(
        "Resources:\n"
        "  Tools:\n"
        "    Type: AWS::BedrockAgentCore::GatewayTarget\n"
        "    Properties:\n"
        "      Name: !Sub '${AWS::StackName}-tools'\n"
        "      TargetConfiguration: {Mcp: {McpServer: {Endpoint: !GetAtt Server.Url}}}\n"
    )
    result = run(tmp_path, "agent.yaml", "--sarif")
    [found] = json.loads(result.stdout)["runs"][0]["results"]
    assert found["ruleId"] == "McpServerWithoutCredentials"
    assert found["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert result.returncode == command.FOUND


def test_json_says_everything(tmp_path: Path) -> None:
    write(tmp_path, "agent.json", bad("MemoryFateUnstated"))
    document = json.loads(run(tmp_path, "agent.json", "--json").stdout)
    [finding] = document["findings"]
    assert document["rules"] == len(RULES)
    assert document["templates"] == [{"name": "agent.json", "file": "agent.json"}]
    assert finding["acknowledgement"] == "AgentCoreChecks::MemoryFateUnstated[UpdateReplacePolicy]"
    assert (finding["logical_id"], finding["severity"], finding["acknowledged"]) == ("Memory", "warning", "")
    assert finding["remedy"] == RULES["MemoryFateUnstated"].remedy


def test_sarif_has_what_its_schema_and_code_scanning_require(tmp_path: Path) -> None:
    template = bad("MemoryFateUnstated")
    template["Resources"]["Gateway"]["Properties"]["AuthorizerType"] = "NONE"
    reason = "It is a demonstration."
    suppressed = {"id": "AgentCoreChecks::GatewayWithoutAuthorizer", "reason": reason}
    template["Resources"]["Gateway"]["Metadata"] = {"cdk_nag": {"rules_to_suppress": [suppressed]}}
    file = write(tmp_path, "agent.json", template)
    result = run(tmp_path, "agent.json", "--sarif")
    log = json.loads(result.stdout)
    jsonschema.validate(log, SARIF)
    [own] = log["runs"]
    rules = own["tool"]["driver"]["rules"]
    open_, closed = sorted(own["results"], key=lambda each: "suppressions" in each)
    assert [each["id"] for each in rules] == list(RULES)
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in own["results"])
    assert closed["suppressions"] == [{"kind": "inSource", "justification": reason}]
    place = open_["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "agent.json"
    assert '"Memory": {' in file.read_text().splitlines()[place["region"]["startLine"] - 1]


def test_the_rules_are_listed(tmp_path: Path) -> None:
    result = run(tmp_path, "--rules")
    assert result.returncode == 0
    assert all(f"`{rule}`" in result.stdout for rule in RULES)


def test_demands_are_options(tmp_path: Path) -> None:
    template = bad("PublicNetworkInProduction")
    del template["Resources"]["AgentRole"]["Properties"]["PermissionsBoundary"]
    write(tmp_path, "agent.json", template)
    assert run(tmp_path, "agent.json").returncode == 0
    found = run(tmp_path, "agent.json", "--json", "--production", "agent*", "--require", "permissions-boundary")
    assert {each["rule"] for each in json.loads(found.stdout)["findings"]} == {
        "PermissionsBoundaryMissing",
        "PublicNetworkInProduction",
    }


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """Two stages with a memory each; the app acknowledges one rule, the memory of Prod another."""
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path / "cdk.out"))
    for name in ("Dev", "Prod"):
        stack = cdk.Stack(cdk.Stage(app, name), "State")
        nested = cdk.NestedStack(stack, "Inner")
        agentcore.CfnBrowserCustom(
            nested,
            "Browser",
            name="browser_0123abcd",
            network_configuration=agentcore.CfnBrowserCustom.BrowserNetworkConfigurationProperty(network_mode="PUBLIC"),
        )
        memory = agentcore.CfnMemory(stack, "Memory", name="memory", event_expiry_duration=30)
        memory.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        if name == "Prod":
            acknowledge(memory, "MemoryWithoutKey")
    acknowledge(app, "MemoryLogsNotDelivered")
    cdk.Validations.of(app).add_plugins(AgentCoreChecks(app))
    app.synth()
    return tmp_path / "cdk.out"


def acknowledge(construct: object, rule: str) -> None:
    acknowledgement = cdk.Acknowledgment(id=f"AgentCoreChecks::{rule}", reason=f"{rule} stands for a test.")
    cdk.Validations.of(construct).acknowledge(acknowledgement)  # type: ignore[arg-type]


def test_acknowledgements_of_an_assembly_are_honoured(assembly: Path) -> None:
    result = run(assembly.parent, "cdk.out", "--json")
    findings = json.loads(result.stdout)["findings"]
    places = [re.sub("Inner.*", "Inner", each["template"]) for each in findings]
    assert {(place, each["rule"], each["acknowledged"]) for place, each in zip(places, findings, strict=True)} == {
        ("Dev/State", "MemoryLogsNotDelivered", "MemoryLogsNotDelivered stands for a test."),
        ("Dev/State", "MemoryWithoutKey", ""),
        ("Prod/State", "MemoryLogsNotDelivered", "MemoryLogsNotDelivered stands for a test."),
        ("Prod/State", "MemoryWithoutKey", "MemoryWithoutKey stands for a test."),
        ("Dev/State/Inner", "BrowserUnrecorded", ""),
        ("Dev/State/Inner", "SandboxLogsNotDelivered", ""),
        ("Prod/State/Inner", "BrowserUnrecorded", ""),
        ("Prod/State/Inner", "SandboxLogsNotDelivered", ""),
    }


def test_a_nested_stack_that_cannot_be_read_is_a_clear_error(assembly: Path) -> None:
    [nested] = (assembly / "assembly-Prod").glob("*.nested.template.json")
    nested.write_text("{")
    with pytest.raises(WorkbenchError, match=r"a nested stack of .* cannot be read"):
        read_templates([assembly])


def test_one_stack_of_an_assembly_by_its_file(assembly: Path) -> None:
    [file] = (assembly / "assembly-Prod").glob("*State*[!d].template.json")
    [template] = read_templates([file, file])
    assert template.name == str(file)
    findings = check_templates(
        {template.name: template.document}, acknowledgements={template.name: template.acknowledgements}
    )
    assert {each.rule for each in findings if each.acknowledged} == {"MemoryWithoutKey"}


def test_a_damaged_assembly_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(WorkbenchError, match=r"manifest\.json has to hold a JSON object"):
        read_templates([tmp_path])


def test_the_check_needs_no_cdk() -> None:
    program = "import sys, workbench.review.checks.command; sys.exit('jsii' in sys.modules or 'aws_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
