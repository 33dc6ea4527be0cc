"""Availability zones in which AgentCore can have network interfaces, by zone id.

Transcribed on 2026-11-20 from "Supported Availability Zones",
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html, as far as it could be confirmed by a
second source. A Region that is missing here is not checked.
"""

from collections.abc import Mapping

SUPPORTED_ZONE_IDS: Mapping[str, frozenset[str]] = {
    "us-east-1": frozenset({"use1-az1", "use1-az2", "use1-az4"}),
    "us-east-2": frozenset({"use2-az1", "use2-az2", "use2-az3"}),
    "us-west-2": frozenset({"usw2-az1", "usw2-az2", "usw2-az3"}),
    "ap-southeast-2": frozenset({"apse2-az1", "apse2-az2", "apse2-az3"}),
    "eu-west-1": frozenset({"euw1-az1", "euw1-az2", "euw1-az3"}),
}
