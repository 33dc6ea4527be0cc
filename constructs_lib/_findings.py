"""How checkers spell what they find, so that a finding can be acknowledged by its exact id, with a reason."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import IConstruct


def spelled(value: object) -> str:
    """A resolved value, such as an ARN, as a finding spells it."""
    if isinstance(value, Mapping):
        if "Fn::Join" in value:
            return "".join(spelled(part) for part in value["Fn::Join"][1])
        return f"<{value['Ref']}>" if "Ref" in value else f"<{'.'.join(value['Fn::GetAtt'])}>"
    return str(value)


def skip_checkov(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge findings of checkov on the resource of an L2 construct; it reads them from the template.

    https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html

    Args:
        construct: The L2 construct, or the resource itself.
        reasons: Why, by the check's id. An imported construct has no resource here and nothing to acknowledge.
    """
    resource = construct if isinstance(construct, cdk.CfnResource) else construct.node.default_child
    if isinstance(resource, cdk.CfnResource):
        known = (resource.get_metadata("checkov") or {}).get("skip", [])
        skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
        resource.add_metadata("checkov", {"skip": [*known, *skipped]})
