"""Findings that somebody acknowledged with a reason: in a template, or in an assembly of the CDK."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from constructs_lib.safety.rules.model import PACK, Finding
from constructs_lib.safety.rules.template import Resource, lookup, mappings

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_LOGICAL_ID = "aws:cdk:logicalId"


@dataclass(frozen=True)
class Acknowledgement:
    """One acknowledged rule.

    Args:
        id: As in `Acknowledgment(id=…)`, for example `AgentCoreChecks::MemoryWithoutKey`.
        reason: Why the finding stands.
    """

    id: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding: its id is the finding's, with the detail in brackets if there is one."""
        return _normalized(self.id) == _normalized(finding.acknowledgement)


def in_template(resource: Resource) -> Iterator[Acknowledgement]:
    """Acknowledgements in a resource's own metadata, as cdk-nag writes and reads them there (`cdk_nag`)."""
    for each in mappings(lookup(resource.body, "Metadata.cdk_nag.rules_to_suppress")):
        yield Acknowledgement(str(each.get("id", "")), str(each.get("reason", "")))


def in_metadata(metadata: Mapping[str, object]) -> dict[str, list[Acknowledgement]]:
    """Acknowledgements by logical id in a stack's metadata, as the CDK writes it next to the template.

    An acknowledgement of a construct counts for every resource below it.

    Args:
        metadata: The file `STACK.metadata.json`: entries by construct path.
    """
    at = {path: list(_acknowledged(entries)) for path, entries in metadata.items()}
    found: dict[str, list[Acknowledgement]] = {}
    for path, entries in metadata.items():
        for entry in mappings(entries):
            if entry.get("type") == _LOGICAL_ID:
                found[str(entry.get("data"))] = [each for place in _upwards(path) for each in at.get(place, [])]
    return found


def _acknowledged(entries: object) -> Iterator[Acknowledgement]:
    for entry in mappings(entries):
        data = entry.get("data")
        if entry.get("type") == ACKNOWLEDGED and isinstance(data, Mapping):
            yield from (Acknowledgement(str(name), str(reason)) for name, reason in data.items())


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _normalized(id: str) -> str:
    # The CDK writes ids with '-' for spaces.
    return id.replace(" ", "-") if id.startswith(f"{PACK}::") else ""
