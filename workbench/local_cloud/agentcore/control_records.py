"""Builds a resource's record from an operation's input, and shows a record in the shape an operation answers with."""

import copy
import datetime
import functools
import re
from collections.abc import Mapping, Sequence

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from workbench.local_cloud.agentcore.control_identifiers import new_arn, new_id
from workbench.local_cloud.agentcore.control_model import (
    Kind,
    is_structure,
    kinds,
    members_of,
    output_shapes,
    record_shape,
)
from workbench.local_cloud.agentcore.control_store import Attributes, Record
from workbench.local_cloud.agentcore.service import Scope

_CREATED = re.compile(r"^(version)?(c|C)reated(At|Time)$")
_UPDATED = re.compile(r"^((last)?(u|U)pdated(At|Time)|lastModifiedDate)$")
# The state a resource settles in. Locally it is reached at once: nothing is provisioned behind the record.
_SETTLED = ("READY", "ACTIVE", "DRAFT", "ENABLED")
_NOT_KEPT = frozenset({"clientToken", "tags"})


def now() -> datetime.datetime:
    """The time of an operation, in UTC and without microseconds as the service answers."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def kept(params: Mapping[str, object]) -> Attributes:
    """The parts of an input that the resource keeps."""
    given = {name: value for name, value in params.items() if value is not None and name not in _NOT_KEPT}
    return copy.deepcopy(given)


def new_record(noun: str, scope: Scope, attributes: Attributes, parent: Record | None = None) -> Record:
    """A new resource with every member the service gives it.

    Args:
        noun: Its kind.
        scope: Account and region.
        attributes: What the input says of it.
        parent: The resource it belongs to.
    """
    kind = kinds()[noun]
    own = attributes.get(kind.own_key) or _own_key(kind, attributes)
    key = (*(parent.key if parent else ()), str(own))
    record = Record(kind, key, dict(attributes))
    _complete(record, scope, parent)
    return record


def _own_key(kind: Kind, attributes: Attributes) -> str:
    name = str(attributes.get(kind.name_member or "", "") or default_name(kind.noun))
    return name if kind.own_key.lower().endswith("name") else new_id(kind.id_pattern, name)


def default_name(noun: str) -> str:
    """A name for a resource whose creator gave it none."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", noun).lower()


@functools.cache
def _required(noun: str) -> frozenset[str]:
    return frozenset(name for shape in output_shapes(noun) for name in shape.required_members)


def _complete(record: Record, scope: Scope, parent: Record | None) -> None:
    """Add what the service says of a resource beyond its input."""
    attributes, kind = record.attributes, record.kind
    shapes = members_of(kind.noun)
    for name in (*kind.key[:-1], *kind.id_names):
        attributes.setdefault(name, dict(zip(kind.key, record.key, strict=True)).get(name, record.key[-1]))
    if kind.arn_member and kind.arn_member not in attributes:
        attributes[kind.arn_member] = new_arn(kind.arn_pattern, scope, record.key)
    if parent is not None:
        inherited = parent.kind.noun[0].lower() + parent.kind.noun[1:]
        attributes.update(
            {
                n: v
                for n, v in parent.attributes.items()
                if n in shapes and n.startswith(inherited) and n not in attributes
            }
        )
    for name, shape in shapes.items():
        if name not in attributes:
            value = _default(name, shape, record)
            if value is not None:
                attributes[name] = value


def _default(name: str, shape: Shape, record: Record) -> object:
    """A member's value in a resource that has just settled, or None where the service would leave it out."""
    if name == "status" and isinstance(shape, StringShape) and shape.enum:
        return next(state for state in (*_SETTLED, shape.enum[0]) if state in shape.enum)
    if shape.type_name == "timestamp" and (_CREATED.match(name) or _UPDATED.match(name)):
        return now()
    if name not in _required(record.kind.noun):
        return None
    if isinstance(shape, ListShape):
        return []
    if shape.type_name in ("integer", "long"):
        return 0
    return _default_text(name, shape, record)


def _default_text(name: str, shape: Shape, record: Record) -> object:
    pattern = str(shape.metadata.get("pattern", ""))
    if name == "id" or name == "versionId":
        return new_id(pattern, record.key[-1])
    if name.endswith("Version"):
        return "DRAFT" if "DRAFT" in pattern else "1"
    return None


def touch(record: Record) -> None:
    """Set the times of the last change."""
    for name in record.attributes:
        if _UPDATED.match(name):
            record.attributes[name] = now()


def show(record: Record, shape: Shape | None, attributes: Attributes | None = None) -> dict[str, object]:
    """A resource in the shape an operation answers with: its members only, wrapped where the operation wraps them.

    Args:
        record: The resource.
        shape: The operation's output shape.
        attributes: Another state of it to show, for example an earlier version. Default: the current one.
    """
    if not isinstance(shape, StructureShape) or not shape.members:
        return {}
    wrapper, inner = record_shape(shape)
    source = {"tags": dict(record.tags), **(record.attributes if attributes is None else attributes)}
    shown = members(source, inner)
    return {wrapper: shown} if wrapper else shown


def members(value: Mapping[str, object], shape: StructureShape) -> dict[str, object]:
    """A copy of a structure with only the members that its shape knows, at every depth."""
    return {name: project(value[name], of) for name, of in shape.members.items() if value.get(name) is not None}


def project(value: object, shape: Shape) -> object:
    """A copy of a value with only what its shape knows, at every depth."""
    if isinstance(shape, StructureShape) and is_structure(shape) and isinstance(value, Mapping):
        return members(value, shape)
    if isinstance(shape, ListShape) and isinstance(value, Sequence) and not isinstance(value, str):
        return [project(item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: project(item, shape.value) for key, item in value.items()}
    return copy.deepcopy(value)


def tags_of(params: Mapping[str, object]) -> dict[str, str]:
    """The tags of an input."""
    tags = params.get("tags")
    return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else {}


def texts(value: object) -> list[str]:
    """A validated list of texts."""
    return [str(item) for item in value] if isinstance(value, Sequence) else []
