"""Condition keys of a request for a change set, which the emulator's evaluator lacks.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

import re
from urllib.parse import parse_qsl

CREATE = "cloudformation:CreateChangeSet"

_TYPE = re.compile(r"ResourceTypes\.member\.\d+")


def change_set_conditions(body: bytes) -> dict[str, object]:
    """The keys that a request brings along; what it does not say is no key.

    Args:
        body: The request's body, in the Query protocol.
    """
    said = parse_qsl(body.decode("utf-8", "replace"))
    types = [value for name, value in said if _TYPE.fullmatch(name)]
    role = dict(said).get("RoleARN")
    return {
        **({"cloudformation:ResourceTypes": types} if types else {}),
        **({"cloudformation:RoleArn": role} if role else {}),
    }
