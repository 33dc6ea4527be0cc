"""Values of a service model's shapes as rest-json writes them: JSON in bodies, text in labels, headers and queries."""

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from typing import cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from workbench.local_cloud.agentcore.service import JsonValue, invalid

_BOOLEANS = {"true": True, "false": False}


def wire_name(name: str, shape: Shape) -> str:
    """The name under which a member goes over the wire."""
    return str(shape.serialization.get("name", name))


def from_text(shape: Shape, raw: object, path: str) -> JsonValue:
    """Turn the text of a label, header or query parameter into what the shape describes."""
    if isinstance(shape, ListShape):
        return [from_text(shape.member, item, path) for item in cast("list[str]", raw)]
    text = str(raw)
    try:
        match shape.type_name:
            case "integer" | "long":
                return int(text)
            case "float" | "double":
                return float(text)
            case "boolean":
                return _BOOLEANS[text]
            case "timestamp":
                return _timestamp(text)
    except (ValueError, KeyError) as error:
        raise invalid(f"Value '{text}' at '{path}' is no valid {shape.type_name}") from error
    return text


def from_json(shape: Shape, value: object, path: str) -> JsonValue:
    """Turn a JSON value into what the shape describes; members the model does not know are dropped, as services do."""
    if value is None or (isinstance(shape, StructureShape) and shape.is_document_type):
        return value
    if isinstance(shape, StructureShape):
        return _structure_from_json(shape, value, path)
    if isinstance(shape, ListShape):
        _expect(list, value, path, "list")
        return [from_json(shape.member, item, f"{path}.{n}") for n, item in enumerate(cast("list[object]", value), 1)]
    if isinstance(shape, MapShape):
        _expect(dict, value, path, "map")
        return {k: from_json(shape.value, v, f"{path}.{k}") for k, v in cast("dict[str, object]", value).items()}
    try:
        return _scalar_from_json(shape, value)
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid(f"Value at '{path}' is no valid {shape.type_name}") from error


def _structure_from_json(shape: StructureShape, value: object, path: str) -> JsonValue:
    _expect(dict, value, path, "structure")
    document = cast("dict[str, object]", value)
    parsed = {}
    for name, member in shape.members.items():
        raw = document.get(wire_name(name, member))
        if raw is not None and not member.serialization.get("location"):
            parsed[name] = from_json(member, raw, f"{path}.{name}".lstrip("."))
        elif raw is None and name in document and getattr(member, "is_document_type", False):
            parsed[name] = None
    return parsed


def _expect(kind: type, value: object, path: str, name: str) -> None:
    if not isinstance(value, kind):
        raise invalid(f"Value at '{path}' must be a {name}")


def _scalar_from_json(shape: Shape, value: object) -> JsonValue:
    match shape.type_name:
        case "timestamp":
            return _timestamp(value)
        case "blob":
            return base64.b64decode(str(value), validate=True)
        case "string" if not isinstance(value, str):
            raise TypeError
        case "boolean" if not isinstance(value, bool):
            raise TypeError
        case "integer" | "long" if isinstance(value, bool) or int(cast("int", value)) != value:
            raise TypeError
    return value


def _timestamp(value: object) -> dt.datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return dt.datetime.fromtimestamp(value, dt.UTC)
    return dt.datetime.fromisoformat(str(value)).astimezone(dt.UTC)


def to_json(shape: Shape, value: object) -> object:
    """Turn a result into JSON values as the shape describes; members without a value are left out."""
    if value is None or (isinstance(shape, StructureShape) and shape.is_document_type):
        return value
    if isinstance(shape, StructureShape):
        document = cast("Mapping[str, object]", value)
        members = ((name, member) for name, member in shape.members.items() if _present(member, name, document))
        return {wire_name(name, member): to_json(member, document[name]) for name, member in members}
    if isinstance(shape, ListShape):
        return [to_json(shape.member, item) for item in cast("list[object]", value)]
    if isinstance(shape, MapShape):
        return {key: to_json(shape.value, item) for key, item in cast("dict[str, object]", value).items()}
    if shape.type_name == "blob":
        return base64.b64encode(cast("bytes", value)).decode()
    if isinstance(value, dt.datetime):
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if iso else round(value.timestamp(), 3)
    return value


def _present(member: Shape, name: str, document: Mapping[str, object]) -> bool:
    is_document = isinstance(member, StructureShape) and member.is_document_type
    return name in document and (document[name] is not None or is_document)
