"""Schemas as the gateway reads them: no composition, nothing but what describes a value."""

import re
from collections.abc import Mapping, Sequence

from constructs_lib.gateway.descriptions._nodes import Node, as_object, children, names
from constructs_lib.gateway.descriptions._openapi.merging import merged
from constructs_lib.gateway.descriptions._openapi.references import References

_COMPONENT = re.compile(r"#/components/schemas/([a-zA-Z0-9._-]+)")
_COPIED = (
    "type", "format", "description", "enum", "default", "nullable", "pattern", "uniqueItems", "multipleOf", "minimum",
    "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "exclusiveMinimum",
    "exclusiveMaximum", "required", "deprecated",
)  # fmt: skip
_ALTERNATIVES = ("oneOf", "anyOf")
_REMARKS = frozenset(
    {"description", "title", "nullable", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"}
)
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
SUPPORT_PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html"


class SchemaWriter:
    """Writes schemas anew, in the words of OpenAPI 3.0, and collects the components they refer to.

    `allOf` is merged, `X or null` becomes a nullable X, alternatives of one scalar type become that type. What is left
    of `oneOf` and `anyOf` the gateway cannot say: it is refused, or, where `narrow` allows it, the first one is taken.

    Args:
        references: Of the description.
        narrow: Whether the first of several alternatives may stand for all.
        dropped: The mark of properties that do not belong: `readOnly` in a request, `writeOnly` in a response.
    """

    def __init__(self, references: References, *, narrow: bool, dropped: str | None) -> None:
        self._references = references
        self._narrow = narrow
        self._dropped = dropped
        self._open: list[str] = []
        self._pending: dict[str, str] = {}
        self._components: dict[str, dict[str, object]] = {}

    def written(self, schema: object, *, where: str) -> dict[str, object]:
        """The schema; a reference to a component stays one."""
        if isinstance(schema, bool):  # 3.1: anything, or nothing
            return {}
        node = as_object(schema, where=where)
        reference = self._sole_reference(node)
        if reference is None:
            return self._body(node, where)
        component = _COMPONENT.fullmatch(reference)
        remarked = "description" in node and reference not in self._open
        if component is None or remarked:
            return self._body(node, where)
        self._pending.setdefault(component[1], where)
        return {"$ref": reference}

    def components(self) -> dict[str, dict[str, object]]:
        """Every component that anything written refers to, by name."""
        while waiting := {name: where for name, where in self._pending.items() if name not in self._components}:
            for name, where in waiting.items():
                reference = f"#/components/schemas/{name}"
                # Each begins with nothing open, so that its text does not depend on who refers to it first.
                self._open, before = [], self._open
                self._components[name] = self._body({"$ref": reference}, where)
                self._open = before
        return dict(sorted(self._components.items()))

    def _body(self, node: Node, where: str) -> dict[str, object]:
        """The schema with its own words, whatever it refers to."""
        reference = node.get("$ref")
        if isinstance(reference, str):
            return self._inlined(reference, {key: value for key, value in node.items() if key != "$ref"}, where)
        result = self._plain(node, where)
        for part in children(node, "allOf", where=where):
            result = merged(result, self._body(as_object(part, where=where), where), where=where)
        for word in _ALTERNATIVES:
            if word in node:
                result = merged(result, self._alternative(children(node, word, where=where), word, where), where=where)
        return result

    def _inlined(self, reference: str, beside: Node, where: str) -> dict[str, object]:
        if reference in self._open:
            raise ValueError(f"{where}: {reference} is composed of itself; the gateway cannot read it, write it out")
        self._open.append(reference)
        name = reference.removeprefix("#/components/")
        target = self._body(self._references.target(reference, where=where), f"{where} ({name})")
        self._open.pop()
        return merged(self._plain(beside, where), target, where=where) if beside else target

    def _plain(self, node: Node, where: str) -> dict[str, object]:
        """What the schema says by itself, without its compositions."""
        result = {word: node[word] for word in _COPIED if word in node}
        if isinstance(node.get("type"), list):
            result.update(self._one_type(names(node, "type"), where))
        if "const" in node:
            result["enum"] = [node["const"]]
        if isinstance(values := result.get("enum"), list) and None in values:
            result["enum"] = [value for value in values if value is not None]
            result["nullable"] = True
        for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(result.get(bound), int | float) and not isinstance(result[bound], bool):  # 3.1's form
                result[limit], result[bound] = result[bound], True
        result.update(self._parts(node, where))
        return result

    def _parts(self, node: Node, where: str) -> dict[str, object]:
        parts: dict[str, object] = {}
        properties = {
            name: value
            for name, value in as_object(node.get("properties") or {}, where=f"{where}/properties").items()
            if not (self._dropped and isinstance(value, Mapping) and value.get(self._dropped) is True)
        }
        if "properties" in node:
            parts["properties"] = {
                name: self.written(value, where=f"{where}/{name}") for name, value in properties.items()
            }
            left_out = (
                node["properties"].keys() - properties.keys() if isinstance(node["properties"], Mapping) else set()
            )
            if left_out and "required" in node:
                parts["required"] = [name for name in names(node, "required") if name not in left_out]
        if "items" in node or "array" in _list(node.get("type")):
            parts["items"] = self.written(node.get("items", {}), where=f"{where}/items")
        if isinstance(node.get("additionalProperties"), Mapping):
            parts["additionalProperties"] = self.written(node["additionalProperties"], where=f"{where}/*")
        elif node.get("additionalProperties") is False:
            parts["additionalProperties"] = False
        return parts

    def _one_type(self, kinds: Sequence[str], where: str) -> dict[str, object]:
        others = [kind for kind in kinds if kind != "null"]
        if set(others) == {"integer", "number"}:
            others = ["number"]
        if len(others) > 1 and not self._narrow:
            raise ValueError(self._refusal(f"several types, {', '.join(others)},", others[0], where))
        result: dict[str, object] = {"type": others[0]} if others else {"enum": []}
        return {**result, "nullable": True} if "null" in kinds else result

    def _alternative(self, alternatives: Sequence[object], word: str, where: str) -> dict[str, object]:
        """The one schema that alternatives come down to."""
        left = [as_object(one, where=where) for one in alternatives]
        real = [one for one in left if self._references.resolved(one, where=where).get("type") != "null"]
        null: dict[str, object] = {"nullable": True} if len(real) < len(left) else {}
        if not real:
            return null
        scalar = self._common_scalar(real, where)
        if scalar is not None:
            return {**scalar, **null}
        if len(real) > 1 and not self._narrow:
            raise ValueError(self._refusal(f"alternatives ({word})", "the first one", where))
        return {**self._body(real[0], where), **null}

    def _common_scalar(self, alternatives: Sequence[Node], where: str) -> dict[str, object] | None:
        """One scalar type for all alternatives, with all their values where each names its own."""
        resolved = [self._references.resolved(one, where=where) for one in alternatives]
        kinds = {kind if isinstance(kind := one.get("type"), str) else "" for one in resolved}
        if len(resolved) < 2 or len(kinds) > 1 or not kinds <= _SCALARS:
            return None
        result: dict[str, object] = {"type": kinds.pop()}
        if all("enum" in one or "const" in one for one in resolved):
            values = [value for one in resolved for value in _list(one.get("enum", one.get("const")))]
            result["enum"] = [value for number, value in enumerate(values) if value not in values[:number]]
        return result

    def _sole_reference(self, node: Node) -> str | None:
        """The reference that the schema comes down to, if it says nothing else but remarks."""
        words = [word for word in node if _says_something(word)]
        if len(words) != 1:
            return None
        word = words[0]
        if word == "$ref":
            reference = node["$ref"]
            return reference if isinstance(reference, str) else None
        if word not in ("allOf", *_ALTERNATIVES):
            return None
        parts = [part for part in _list(node[word]) if isinstance(part, Mapping) and part.get("type") != "null"]
        parts = [part for part in parts if any(map(_says_something, part))]
        first_only = self._narrow and word in _ALTERNATIVES
        return self._sole_reference(parts[0]) if len(parts) == 1 or (parts and first_only) else None

    def _refusal(self, what: str, first: str, where: str) -> str:
        return (
            f"{where}: {what} are nothing the gateway reads ({SUPPORT_PAGE});"
            f" pass narrow=True to offer {first} only, or correct the description"
        )


def _says_something(word: str) -> bool:
    return word not in _REMARKS and not word.startswith("x-")


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
