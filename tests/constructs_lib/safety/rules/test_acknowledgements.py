"""Findings that somebody acknowledged."""

from constructs_lib.safety.rules import Acknowledgement, check_template, in_metadata
from tests.constructs_lib.safety.rules.cases import bad

REASON = "It is a demonstration."


def test_metadata_of_a_resource_acknowledges_by_the_exact_id() -> None:
    template = bad("MemoryFateUnstated")
    [finding] = check_template(template)
    assert finding.acknowledgement == "AgentCoreChecks::MemoryFateUnstated[UpdateReplacePolicy]"
    suppressed = {"id": finding.acknowledgement, "reason": REASON}
    template["Resources"]["Memory"]["Metadata"] = {"cdk_nag": {"rules_to_suppress": [suppressed]}}
    assert [each.acknowledged for each in check_template(template)] == [REASON]
    for other in ("AgentCoreChecks::MemoryFateUnstated", "MemoryFateUnstated[UpdateReplacePolicy]", "Other::X"):
        suppressed["id"] = other
        assert [each.acknowledged for each in check_template(template)] == [""]


def test_metadata_of_the_cdk_counts_for_every_resource_below_the_construct() -> None:
    acknowledged = {"type": "aws:cdk:acknowledged-rules", "data": {"AgentCoreChecks::MemoryWithoutKey": REASON}}
    metadata = {
        "/Prod/State/Memory": [acknowledged],
        "/Prod/State/Memory/Resource": [{"type": "aws:cdk:logicalId", "data": "Memory"}],
        "/Prod/State/MemoryLogs/Resource": [{"type": "aws:cdk:logicalId", "data": "MemoryLogs"}],
    }
    found = in_metadata(metadata)
    assert found == {"Memory": [Acknowledgement("AgentCoreChecks::MemoryWithoutKey", REASON)], "MemoryLogs": []}
    [finding] = check_template(bad("MemoryWithoutKey"), acknowledgements=found)
    assert finding.acknowledged == REASON
