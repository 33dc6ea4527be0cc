"""Parameters of operations: path, query and header, without serialization of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib.gateway.descriptions._nodes import Node, as_object, children, text
from constructs_lib.gateway.descriptions._openapi.references import References
from constructs_lib.gateway.descriptions._openapi.schemas import SUPPORT_PAGE, SchemaWriter

_PLAIN_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


@dataclass(frozen=True)
class ParameterWriter:
    """Writes the parameters of an operation.

    Args:
        references: Of the description.
        schemas: Writes their schemas.
        narrow: Whether optional parameters that the gateway cannot send are left out.
    """

    references: References
    schemas: SchemaWriter
    narrow: bool

    def written(self, path: str, item: Node, operation: Node, *, where: str) -> list[dict[str, object]]:
        """The parameters in the description's order; an operation's own replace those of its path."""
        found: dict[tuple[str, str], Node] = {}
        for listed in (children(item, "parameters", where=where), children(operation, "parameters", where=where)):
            for parameter in listed:
                node = self.references.resolved(as_object(parameter, where=where), where=where)
                found[text(node, "in"), text(node, "name")] = node
        self._check_path(path, [name for place, name in found if place == "path"], where)
        written = [self._parameter(node, place, name, where) for (place, name), node in found.items()
                   if not (place == "header" and name.lower() in _NOT_PARAMETERS)]  # fmt: skip
        return [parameter for parameter in written if parameter is not None]

    def _parameter(self, node: Node, place: str, name: str, where: str) -> dict[str, object] | None:
        where = f"{where}: {place} parameter {name!r}"
        if not name or place not in _PLAIN_STYLE:
            raise ValueError(
                f"{where}: 'in' is one of {', '.join(_PLAIN_STYLE)}, with a 'name'; correct the description"
            )
        required = place == "path" or node.get("required") is True
        problem = self._problem(node, place, where)
        if problem and self.narrow and not required:
            return None
        if problem:
            remedy = "pick another operation" if required else "pass narrow=True to leave it out"
            raise ValueError(f"{where} {problem}, which the gateway cannot send ({SUPPORT_PAGE}); {remedy}")
        described = text(node, "description")
        return {
            "name": name,
            "in": place,
            **({"required": True} if required else {}),
            **({"description": described} if described else {}),
            "schema": self.schemas.written(node.get("schema", {}), where=where),
        }

    def _problem(self, node: Node, place: str, where: str) -> str | None:
        """What keeps the gateway from sending it: anything but a plain value, or a query parameter given repeatedly."""
        if "content" in node:
            return "is serialized as a media type (content)"
        if node.get("style", _PLAIN_STYLE[place]) != _PLAIN_STYLE[place]:
            return f"has the style {node['style']!r}"
        schema = self.references.resolved(as_object(node.get("schema") or {}, where=where), where=where)
        if schema.get("type") == "object" or "properties" in schema:
            return "is an object"
        if schema.get("type") == "array" and place != "query":
            return "is an array"
        if schema.get("type") == "array" and node.get("explode") is False:
            return "is an array in one value (explode: false)"
        return None

    def _check_path(self, path: str, described: Sequence[str], where: str) -> None:
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            if name not in described:
                raise ValueError(
                    f"{where}: the path names {{{name}}}, and no path parameter is called so; describe it, or write"
                    f" a plain {{name}} ({SUPPORT_PAGE})"
                )
        for name in described:
            if f"{{{name}}}" not in path:
                raise ValueError(f"{where}: path parameter {name!r} is not in the path; correct the description")
