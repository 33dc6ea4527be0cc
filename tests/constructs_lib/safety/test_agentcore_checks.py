"""The rules as a validation plugin: in an app, with acknowledgements, as the packs of cdk-nag."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_logs as logs

from constructs_lib.safety.agentcore_checks import AgentCoreChecks
from constructs_lib.safety.rules import RULES
from tests.constructs_lib.safety.rules.l2_app import PlainStack

# What the L2 does by itself, by the resource it does it to. Each is what its rule says:
# tests/constructs_lib/safety/rules/l2_app.py asks for nothing of it.
OF_THE_L2 = {
    "ApiKey": {"CredentialCopied"},
    "Browser": {"BrowserUnrecorded", "SandboxLogsNotDelivered", "SandboxNameFixed"},
    "Browser/ServiceRole": {"TrustCoversOthers"},
    "CodeInterpreter": {"InterpreterOpenNetwork", "SandboxLogsNotDelivered", "SandboxNameFixed"},
    "CodeInterpreter/ServiceRole": {"TrustCoversOthers"},
    "Engine": {"PolicyEngineUnused", "PolicyEngineWithoutKey"},
    "Engine/Lookup": {"PolicyBeforeTarget"},
    "Evaluation/ExecutionRole/DefaultPolicy": {"ModelAccessToAll"},
    "Gateway": {"GatewayLogsNotDelivered", "GatewayNameUpperCase", "GatewayWithoutKey", "GatewayWithoutPolicies"},
    "Gateway/Lambda": {"TargetBeforePermission"},
    "Gateway/Orders": {"TargetWithoutCredentials"},
    "Gateway/ServiceRole": {"TrustCoversOthers", "TrustWithoutSource"},
    "Gateway/ServiceRole/DefaultPolicy": {"ReadsEverySecret"},
    "Gateway/UserPool/Domain": {"LoginDomainCollides"},
    "GitHub": {"CredentialCopied"},
    "Guardrail": {"GuardrailIgnoresAttacks", "GuardrailUnpublished", "GuardrailUnused"},
    "Memory": {"MemoryFateUnstated", "MemoryLogsNotDelivered", "MemoryNamespaceOpenEnd", "MemoryWithoutKey"},
    "Memory/ServiceRole": {"TrustCoversOthers"},
    "Runtime": {"RuntimeCodeUnversioned", "RuntimeLogsNotDelivered", "RuntimeOutputKeptForever"},
    "Runtime/ExecutionRole": {"TrustCoversOthers"},
    "Runtime/ExecutionRole/DefaultPolicy": {
        "ActsForAnyUser",
        "MemoryReadOfEveryActor",
        "RuntimeReadsWholeBucket",
        "WritesEveryRuntimesLogs",
    },
    "SecurityGroup": {"SecurityGroupOpenOut"},
    "Website/DefaultPolicy": {"InvokesForAnyUser"},
    "Workload": {"IdentityLogsNotDelivered"},
}


def report(app: cdk.App, directory: Path) -> tuple[bool, dict[str, Any]]:
    """Whether the synth succeeds, and what the plugin reports."""
    try:
        app.synth()
        succeeded = True
    except RuntimeError:
        succeeded = False
    file = directory / "validation-report.json"
    reports = json.loads(file.read_text())["pluginReports"] if file.exists() else []
    return succeeded, next((each for each in reports if each["pluginName"] == "AgentCoreChecks"), {})


def violations(of: dict[str, Any]) -> dict[str, set[str]]:
    """Rules by the construct that breaks them, without the stack and the L1's own name."""
    found: dict[str, set[str]] = {}
    for each in of.get("violations", []):
        for place in each["violatingConstructs"]:
            path = place["constructPath"].removeprefix("Plain/")
            # An L2's own resource is called `Resource`, or as the L2 once more.
            own, _, last = path.rpartition("/")
            found.setdefault(own if own and last in ("Resource", own.split("/")[-1]) else path, set()).add(
                each["ruleName"].split("[")[0]
            )
    return found


def memory_stack(app: cdk.App, **props: Any) -> agentcore.Memory:
    stack = cdk.Stack(app, "Stack")
    return agentcore.Memory(stack, "Memory", **props)


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    return cdk.App(analytics_reporting=False, outdir=str(tmp_path / "out"))


def test_an_app_of_plain_l2_constructs_breaks_at_least_25_rules(app: cdk.App, tmp_path: Path) -> None:
    PlainStack(app, "Plain")
    cdk.Validations.of(app).add_plugins(AgentCoreChecks())
    succeeded, said = report(app, tmp_path / "out")
    assert not succeeded
    assert violations(said) == OF_THE_L2
    assert len(set().union(*OF_THE_L2.values())) >= 25


def test_a_finding_says_why_where_and_what_to_do(app: cdk.App, tmp_path: Path) -> None:
    memory_stack(app)
    cdk.Validations.of(app).add_plugins(AgentCoreChecks(app))
    succeeded, said = report(app, tmp_path / "out")
    # A memory without a key is a warning: the synth goes on.
    assert succeeded
    finding = next(each for each in said["violations"] if each["ruleName"] == "MemoryWithoutKey")
    assert finding["severity"] == "warning"
    assert RULES["MemoryWithoutKey"].why in finding["description"]
    assert finding["suggestedFix"] == RULES["MemoryWithoutKey"].remedy
    [place] = finding["violatingConstructs"]
    assert place["constructPath"] == "Stack/Memory/Memory"
    assert place["cloudFormationResource"]["propertyPaths"] == ["Properties.EncryptionKeyArn"]


def test_findings_are_acknowledged_as_those_of_cdk_nag_are(app: cdk.App, tmp_path: Path) -> None:
    memory = memory_stack(app)
    # --8<-- [start:acknowledge]
    cdk.Validations.of(memory).acknowledge(
        cdk.Acknowledgment(id="AgentCoreChecks::MemoryWithoutKey", reason="It holds nothing but public facts.")
    )
    # --8<-- [end:acknowledge]
    cdk.Validations.of(app).add_plugins(AgentCoreChecks())
    _, said = report(app, tmp_path / "out")
    assert "MemoryWithoutKey" not in {each["ruleName"] for each in said["violations"]}
    assert [each["reason"] for each in said["suppressedViolations"]] == ["It holds nothing but public facts."]


def test_an_acknowledgement_of_one_detail_leaves_the_others(app: cdk.App, tmp_path: Path) -> None:
    memory = memory_stack(app)
    cdk.Validations.of(memory).acknowledge(
        cdk.Acknowledgment(id="AgentCoreChecks::MemoryFateUnstated[DeletionPolicy]", reason="It is for one day only.")
    )
    cdk.Validations.of(app).add_plugins(AgentCoreChecks())
    _, said = report(app, tmp_path / "out")
    left = {each["ruleName"] for each in said["violations"]}
    assert "MemoryFateUnstated[UpdateReplacePolicy]" in left
    assert "MemoryFateUnstated[DeletionPolicy]" not in left


def test_stacks_for_production_are_told_by_their_path(app: cdk.App, tmp_path: Path) -> None:
    for name in ("Dev", "Prod"):
        memory = memory_stack_in(cdk.Stage(app, name))
        memory.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    cdk.Validations.of(app).add_plugins(AgentCoreChecks(production=["Prod/*"]))
    succeeded, said = report(app, tmp_path / "out")
    assert not succeeded
    lost = [each for each in said["violations"] if each["ruleName"].startswith("MemoryNotRetained")]
    places = {place["constructPath"] for each in lost for place in each["violatingConstructs"]}
    assert places == {"Prod/Stack/Memory"}


def memory_stack_in(scope: cdk.Stage) -> agentcore.CfnMemory:
    stack = cdk.Stack(scope, "Stack")
    return agentcore.CfnMemory(stack, "Memory", name="memory", event_expiry_duration=30)


def test_nested_stacks_are_checked_with_their_parents(app: cdk.App, tmp_path: Path) -> None:
    stack = cdk.Stack(app, "Stack")
    memory = agentcore.CfnMemory(
        stack, "Memory", name="memory", event_expiry_duration=30, encryption_key_arn="arn:aws:kms:us-east-1:1:key/1"
    )
    memory.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    nested = cdk.NestedStack(stack, "Inner")
    source = logs.CfnDeliverySource(
        nested, "Source", name="logs", log_type="APPLICATION_LOGS", resource_arn=memory.attr_memory_arn
    )
    agentcore.CfnPolicyEngine(nested, "Engine", name="engine")
    logs.CfnDelivery(stack, "Delivery", delivery_source_name=source.ref, delivery_destination_arn="arn:aws:logs:d")
    cdk.Validations.of(app).add_plugins(AgentCoreChecks())
    _, said = report(app, tmp_path / "out")
    found = {
        (place["constructPath"], each["ruleName"])
        for each in said["violations"]
        for place in each["violatingConstructs"]
    }
    assert found == {("Stack/Inner/Engine", "PolicyEngineUnused"), ("Stack/Inner/Engine", "PolicyEngineWithoutKey")}


def test_one_text_as_patterns_is_refused() -> None:
    with pytest.raises(ValueError, match=r"production takes a list of patterns, got the text 'Prod/\*'"):
        AgentCoreChecks(production="Prod/*")
