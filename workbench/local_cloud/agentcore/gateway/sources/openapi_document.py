"""OpenAPI descriptions as a gateway reads them: operations that are tools, and how their requests are built.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.local_cloud.agentcore.gateway.definitions import items, mapping
from workbench.local_cloud.agentcore.gateway.sources.source import TargetError, Tool

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SENT_BY_US = frozenset({"accept", "content-type", "authorization"})
_ONLY_OPENAPI = frozenset({"nullable", "readOnly", "writeOnly", "deprecated", "example", "xml", "externalDocs"})

Node = Mapping[str, object]


@dataclass(frozen=True)
class Parameter:
    """A parameter outside the body: its name and where it goes (`path`, `query`, `header`, `cookie`)."""

    name: str
    place: str


@dataclass(frozen=True)
class Operation:
    """One operation of an API.

    Args:
        tool: The tool it is; its name is empty where the description gives the operation none.
        method: HTTP method, upper case.
        path: Path with `{name}` for its parameters.
        server: Base address.
        parameters: Its parameters outside the body.
        media: Media type of its body; empty without.
        body_is_argument: Whether the body as a whole is the argument `body`, instead of its properties being arguments.
    """

    tool: Tool
    method: str
    path: str
    server: str
    parameters: tuple[Parameter, ...]
    media: str
    body_is_argument: bool


class OpenApiDocument:
    """A parsed description.

    Args:
        document: The description.
    """

    def __init__(self, document: Node) -> None:
        if not str(document.get("openapi", "")).startswith("3."):
            raise TargetError("SchemaException", "the description is not OpenAPI 3.0 or 3.1: it has no 'openapi: 3…'")
        self._document = document

    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the description."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        for path, raw in mapping(self._document.get("paths")).items():
            item = self._resolved(raw)
            for method in _METHODS:
                if method in item:
                    yield self._operation(path, method, item, mapping(item[method]))

    def _operation(self, path: str, method: str, item: Node, operation: Node) -> Operation:
        properties: dict[str, object] = {}
        required: list[str] = []
        parameters = []
        for node in self._parameters(item, operation):
            parameter = Parameter(str(node["name"]), str(node["in"]))
            if parameter.place == "header" and parameter.name.lower() in _SENT_BY_US:
                continue
            parameters.append(parameter)
            described = {"description": node["description"]} if node.get("description") else {}
            properties[parameter.name] = {**self.inlined(node.get("schema", {})), **described}
            if node.get("required") or parameter.place == "path":
                required.append(parameter.name)
        body = self._resolved(operation.get("requestBody"))
        media, schema = self._body(body)
        as_argument = bool(media) and not mapping(schema.get("properties"))
        if as_argument:
            described = {"description": body["description"]} if body.get("description") else {}
            properties["body"] = {**schema, **described}
            required += ["body"] if body.get("required") else []
        else:
            properties.update(mapping(schema.get("properties")))
            required += [str(name) for name in items(schema.get("required"))] if body.get("required") else []
        tool = Tool(
            name=str(operation.get("operationId", "")),
            description=str(operation.get("description") or operation.get("summary") or ""),
            input_schema=_object(properties, required),
            output_schema=self._answer(operation),
        )
        server = self._server(operation, item)
        return Operation(tool, method.upper(), path, server, tuple(parameters), media, as_argument)

    def _parameters(self, item: Node, operation: Node) -> Sequence[Node]:
        listed = [self._resolved(one) for of in (item, operation) for one in items(of.get("parameters"))]
        # An operation's own parameters replace those of its path.
        return list({(node["in"], node["name"]): node for node in listed}.values())

    def _body(self, body: Node) -> tuple[str, Node]:
        content = {
            media.partition(";")[0].strip().lower(): node for media, node in mapping(body.get("content")).items()
        }
        if not content:
            return "", {}
        media = next((known for known in (JSON, FORM, MULTIPART) if known in content), next(iter(content)))
        return media, self.inlined(mapping(content[media]).get("schema", {}))

    def _answer(self, operation: Node) -> Node | None:
        for code, raw in mapping(operation.get("responses")).items():
            schema = mapping(mapping(self._resolved(raw).get("content")).get(JSON)).get("schema")
            if str(code).startswith("2") and schema is not None:
                answer = self.inlined(schema)
                return answer if answer.get("type") == "object" else None
        return None

    def _server(self, operation: Node, item: Node) -> str:
        for node in (operation, item, self._document):
            for server in items(node.get("servers")):
                return str(mapping(server).get("url", "")).rstrip("/")
        raise TargetError("SchemaException", "the description names no server")

    def _resolved(self, node: object) -> Node:
        found = mapping(node)
        reference = found.get("$ref")
        return self._resolved(self._at(reference)) if isinstance(reference, str) else found

    def _at(self, reference: str) -> object:
        found: object = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = mapping(found).get(part.replace("~1", "/").replace("~0", "~"))
        if not reference.startswith("#/") or found is None:
            raise TargetError("SchemaException", f"the description refers to {reference}, which is not in it")
        return found

    def inlined(self, schema: object, around: tuple[str, ...] = ()) -> dict[str, object]:
        """A schema that stands alone: references written out, down to where they repeat."""
        node = mapping(schema)
        reference = node.get("$ref")
        if isinstance(reference, str):
            target = mapping(self._at(reference))
            if reference in around:
                name = reference.rpartition("/")[2]
                kind = {"type": target["type"]} if "type" in target else {}
                return {**kind, "description": f"Another {name}, described as above."}
            return self.inlined(target, (*around, reference))
        written = {word: self._inlined_word(word, value, around) for word, value in node.items()}
        return _json_schema({word: value for word, value in written.items() if word not in _ONLY_OPENAPI})

    def _inlined_word(self, word: str, value: object, around: tuple[str, ...]) -> object:
        if word == "properties":
            return {name: self.inlined(property_, around) for name, property_ in mapping(value).items()}
        if word in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
            return self.inlined(value, around)
        if word in ("allOf", "anyOf", "oneOf"):
            return [self.inlined(one, around) for one in items(value)]
        return value


def _json_schema(schema: dict[str, object]) -> dict[str, object]:
    """OpenAPI 3.0's flags for open bounds, as JSON Schema has them."""
    for word, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(word), bool):
            is_open = schema.pop(word)
            if is_open and limit in schema:
                schema[word] = schema.pop(limit)
    return schema


def _object(properties: Mapping[str, object], required: Sequence[str]) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object"}
    if properties:
        schema["properties"] = dict(properties)
    if required:
        schema["required"] = list(dict.fromkeys(required))
    return schema
