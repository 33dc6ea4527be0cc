"""How rule packs spell the resources that they find, so that a finding can be acknowledged by its exact id."""

from collections.abc import Mapping


def spelled(value: object) -> str:
    """A resolved value, such as an ARN, as a finding spells it."""
    if isinstance(value, Mapping):
        if "Fn::Join" in value:
            return "".join(spelled(part) for part in value["Fn::Join"][1])
        return f"<{value['Ref']}>" if "Ref" in value else f"<{'.'.join(value['Fn::GetAtt'])}>"
    return str(value)
