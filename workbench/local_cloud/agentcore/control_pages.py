"""Pages of a list operation's answer."""

import base64
from collections.abc import Mapping

from botocore.model import StructureShape

from workbench.local_cloud.agentcore.control_model import list_member
from workbench.local_cloud.agentcore.control_records import project
from workbench.local_cloud.agentcore.control_store import Attributes
from workbench.local_cloud.agentcore.service import invalid

_DEFAULT_PAGE = 100


def page(rows: list[Attributes], shape: StructureShape, params: Mapping[str, object]) -> dict[str, object]:
    """One page of a list operation's answer."""
    name, listed = list_member(shape)
    start = _position(params.get("nextToken"))
    size = int(str(params.get("maxResults") or _DEFAULT_PAGE))
    answer: dict[str, object] = {name: [project(row, listed.member) for row in rows[start : start + size]]}
    if start + size < len(rows):
        answer["nextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer


def _position(token: object) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(str(token)))
    except ValueError as error:
        raise invalid(f"Invalid nextToken: {token}; pass the one of the previous answer") from error
