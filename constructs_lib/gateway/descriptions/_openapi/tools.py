"""The tools that a gateway makes of a written description."""

from collections.abc import Mapping, Sequence

from constructs_lib.gateway.descriptions._nodes import Node, as_object, child, children, names, text
from constructs_lib.gateway.descriptions.tool_description import ToolDescription

_ONLY_OPENAPI = frozenset({"nullable", "$ref", "readOnly", "writeOnly", "deprecated"})


class ToolWriter:
    """Writes tools of operations that a description was cut down to.

    Args:
        components: The description's schemas, which a tool's schema has to contain: it stands alone.
    """

    def __init__(self, components: Mapping[str, Node]) -> None:
        self._components = components

    def tool(self, operation: Node, *, where: str) -> ToolDescription:
        """The tool of one operation.

        Parameters and the properties of a body that is an object are arguments side by side; any other body is the
        argument `body`.
        """
        arguments: dict[str, object] = {}
        required: list[str] = []
        for listed in children(operation, "parameters", where=where):
            parameter = as_object(listed, where=where)
            schema = self._schema(child(parameter, "schema", where=where), ())
            described = text(parameter, "description")
            self._add(arguments, text(parameter, "name"), {**schema, **_if("description", described)}, where)
            if parameter.get("required") is True:
                required.append(text(parameter, "name"))
        body = child(operation, "requestBody", where=where)
        for name, argument, is_required in self._of_body(body, where):
            self._add(arguments, name, argument, where)
            if is_required:
                required.append(name)
        return ToolDescription(
            name=text(operation, "operationId"),
            description=text(operation, "description"),
            input_schema={
                "type": "object", **_if("properties", arguments), **_if("required", required),
            },
            output_schema=self._answer(child(operation, "responses", where=where), where),
        )  # fmt: skip

    def _of_body(self, body: Node, where: str) -> Sequence[tuple[str, Node, bool]]:
        if not body:
            return ()
        (media,) = child(body, "content", where=where).values()
        schema = self._schema(child(as_object(media, where=where), "schema", where=where), ())
        is_required = body.get("required") is True
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return (("body", {**schema, **_if("description", text(body, "description"))}, is_required),)
        wanted = names(schema, "required") if is_required else []
        return [(name, as_object(value, where=where), name in wanted) for name, value in properties.items()]

    def _add(self, arguments: dict[str, object], name: str, schema: Node, where: str) -> None:
        if name in arguments:
            raise ValueError(
                f"{where}: two of its parameters and its body's properties are called {name!r}, and a tool's arguments"
                " have one name each; pick another operation"
            )
        arguments[name] = schema

    def _answer(self, responses: Node, where: str) -> Node | None:
        """The first described answer, which has to be an object to be a tool's."""
        for response in responses.values():
            for media in child(as_object(response, where=where), "content", where=where).values():
                schema = self._schema(child(as_object(media, where=where), "schema", where=where), ())
                return schema if schema.get("type") == "object" else None
        return None

    def _schema(self, schema: Node, around: tuple[str, ...]) -> dict[str, object]:
        """JSON Schema with references written out, down to where they repeat."""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            target = self._components[name]
            if name in around:
                kind = target.get("type")
                return {**({"type": kind} if kind else {}), "description": f"Another {name}, described as above."}
            return self._schema(target, (*around, name))
        result = {word: value for word, value in schema.items() if word not in _ONLY_OPENAPI}
        for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if bound in result:
                is_exclusive = result.pop(bound)
                if is_exclusive and limit in result:
                    result[bound] = result.pop(limit)
        if isinstance(properties := schema.get("properties"), Mapping):
            result["properties"] = {name: self._schema(value, around) for name, value in properties.items()}
        for word in ("items", "additionalProperties"):
            if isinstance(value := schema.get(word), Mapping):
                result[word] = self._schema(value, around)
        return result


def _if(word: str, value: object) -> dict[str, object]:
    return {word: value} if value else {}
