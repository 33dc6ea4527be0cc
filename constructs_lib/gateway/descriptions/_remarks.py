"""Bounds of a value put into words, for schemas that cannot hold them."""

import json
from collections.abc import Callable, Mapping

from constructs_lib.gateway.descriptions._nodes import Node, text

_SAID: Mapping[str, Callable[[object], str]] = {
    "enum": lambda value: f"One of: {_listed(value)}.",
    "const": lambda value: f"Always {_json(value)}.",
    "default": lambda value: f"Default: {_json(value)}.",
    "format": lambda value: f"Format: {value}.",
    "pattern": lambda value: f"Pattern: {value}",
    "minimum": lambda value: f"At least {value}.",
    "exclusiveMinimum": lambda value: f"More than {value}.",
    "maximum": lambda value: f"At most {value}.",
    "exclusiveMaximum": lambda value: f"Less than {value}.",
    "multipleOf": lambda value: f"A multiple of {value}.",
    "minLength": lambda value: f"At least {value} characters.",
    "maxLength": lambda value: f"At most {value} characters.",
    "minItems": lambda value: f"At least {value} items.",
    "maxItems": lambda value: f"At most {value} items.",
    "uniqueItems": lambda value: "No item twice." if value else "",
    "minProperties": lambda value: f"At least {value} entries.",
    "maxProperties": lambda value: f"At most {value} entries.",
    "additionalProperties": lambda value: _values(value),
}


def remarks(schema: Node) -> str:
    """The schema's description, followed by what else bounds the value."""
    said = [say(schema[word]) for word, say in _SAID.items() if schema.get(word) not in (None, [], {})]
    said = [remark for remark in said if remark]
    described = text(schema, "description")
    if described and said and described[-1].isalnum():
        described += "."
    return " ".join(filter(None, [described, *said]))


def _values(value: object) -> str:
    """What a map holds. A whole schema is quoted, since the service has no word for it."""
    if not isinstance(value, Mapping) or not value:
        return ""
    if set(value) <= {"type", "description"} and isinstance(value.get("type"), str):
        described = text(value, "description")
        return f"Names and values, each value of type {value['type']}." + (f" {described}" if described else "")
    return f"Names and values, each value of this JSON Schema: {_json(value)}."


def _listed(value: object) -> str:
    return ", ".join(_json(item) for item in value) if isinstance(value, list | tuple) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
