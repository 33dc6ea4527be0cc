"""OpenAPI descriptions, and small ones cut out of them."""

import json
import re
from collections.abc import Mapping
from os import PathLike

from constructs_lib.gateway.descriptions._files import read_document
from constructs_lib.gateway.descriptions._nodes import Node, child, text
from constructs_lib.gateway.descriptions._openapi.bodies import BodyWriter
from constructs_lib.gateway.descriptions._openapi.operations import Operation, Operations
from constructs_lib.gateway.descriptions._openapi.parameters import ParameterWriter
from constructs_lib.gateway.descriptions._openapi.references import References
from constructs_lib.gateway.descriptions._openapi.schemas import SchemaWriter
from constructs_lib.gateway.descriptions._openapi.security import accepted_credentials
from constructs_lib.gateway.descriptions._openapi.servers import checked_server, server_of
from constructs_lib.gateway.descriptions._openapi.tools import ToolWriter
from constructs_lib.gateway.descriptions.checks import MAX_NAME, MAX_S3_BYTES, check_tools
from constructs_lib.gateway.descriptions.tool_description import PickedDescription

_VERSIONS = re.compile(r"3\.[01]\.\d+.*")
_WRITTEN_VERSION = "3.0.3"
_OTHER_CHARACTERS = re.compile(r"[^a-zA-Z0-9_-]+")


class OpenApiDescription:
    """An OpenAPI 3.0 or 3.1 description, read once and cut as often as wanted.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html

    Args:
        document: The parsed description. It is never changed.
        source: Its file, for messages.
    """

    def __init__(self, document: Mapping[str, object], *, source: str) -> None:
        version = text(document, "openapi")
        if not _VERSIONS.fullmatch(version):
            found = f"'swagger': {document['swagger']!r}" if "swagger" in document else f"'openapi': {version!r}"
            raise ValueError(f"{source}: the gateway reads OpenAPI 3.0 and 3.1, got {found}; convert the description")
        self.source = source
        self._document = document
        self._references = References(document)
        self._operations = Operations(document, self._references, source)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "OpenApiDescription":
        """Read a description.

        Args:
            path: JSON or YAML, plain or gzip.

        Raises:
            ValueError: If there is no such file, it is neither JSON nor YAML, or not OpenAPI 3.0 or 3.1.
        """
        return cls(read_document(path, what="an OpenAPI description"), source=str(path))

    @property
    def operations(self) -> Mapping[str, str]:
        """Every operation as `METHOD /path` with its operationId, or an empty text where it has none."""
        return self._operations.labels

    def pick(
        self,
        *operations: str,
        server: str | None = None,
        names: Mapping[str, str] | None = None,
        narrow: bool = False,
        responses: bool = False,
    ) -> PickedDescription:
        """Cut operations out into a small description that stands alone.

        It has these operations and the schemas they send, but no examples, vendor's extensions, errors, links,
        callbacks, tags or security schemes (the target's credential provider authenticates). The same call gives the
        same text. An operationId becomes a tool's name, so characters that models refuse in one become `_`.

        Args:
            operations: Each an operationId, or a method and a path: `"GET /pets/{id}"`.
            server: URL that calls go to, https. Default: the only one the description names.
            names: Tools' names by the text that picked them, for operations without a usable operationId.
            narrow: Say less than the API takes where the gateway cannot say all: the first of several alternatives
                (`oneOf`, `anyOf`), and no optional parameter or body that it cannot send. Default: refuse.
            responses: Describe successful answers too. Default: the answer comes back undescribed.

        Raises:
            ValueError: With file, operation and remedy: for no operation, an unknown one or one picked twice; no
                operationId and no name; no description; no server, several, one that is not https or private; a
                composition, parameter style, media type or security scheme the gateway does not know; a tool that
                `check_tools` refuses; a result over 10 MB.
        """
        tool_names = self._tool_names(operations, names or {})
        picked = {wanted: self._operations.find(wanted) for wanted in operations}
        self._check_twice(picked)
        described = [(operation.label, operation.item, operation.node) for operation in picked.values()]
        url, host = checked_server(
            server or server_of(described, self._document, source=self.source), source=self.source
        )
        credentials = accepted_credentials(
            [(operation.label, operation.node) for operation in picked.values()],
            self._document, self._references, source=self.source,
        )  # fmt: skip
        cut = _Cut(self._references, self.source, narrow=narrow, responses=responses)
        written = {wanted: cut.operation(one, tool_names.get(wanted)) for wanted, one in picked.items()}
        document = self._written(url, [(picked[wanted], node) for wanted, node in written.items()], cut.components())
        tools = ToolWriter(cut.components())
        result = PickedDescription(
            text=json.dumps(document, separators=(",", ":")),
            tools=tuple(
                tools.tool(node, where=f"{self.source}: {picked[wanted].label}") for wanted, node in written.items()
            ),
            hosts=(host,),
            source=self.source,
            credentials=credentials,
        )
        check_tools(result.tools, source=self.source)
        size = len(result.text.encode())
        if size > MAX_S3_BYTES:
            raise ValueError(
                f"{self.source}: the picked description has {size:,} bytes, at most {MAX_S3_BYTES:,}; pick less"
            )
        return result

    def _tool_names(self, operations: tuple[str, ...], given: Mapping[str, str]) -> Mapping[str, str]:
        if not operations:
            raise ValueError(
                f"{self.source}: no operation picked of {len(self.operations)}; name those the agent needs"
            )
        others = [name for name in given if name not in operations]
        if others:
            raise ValueError(f"{self.source}: 'names' has {others[0]!r}, which is not picked; spell it as it is picked")
        return given

    def _check_twice(self, picked: Mapping[str, Operation]) -> None:
        seen: dict[str, str] = {}
        for wanted, operation in picked.items():
            if operation.label in seen:
                raise ValueError(
                    f"{self.source}: {wanted!r} and {seen[operation.label]!r} are one operation; pick it once"
                )
            seen[operation.label] = wanted

    def _written(
        self, url: str, operations: list[tuple[Operation, Node]], components: Mapping[str, Node]
    ) -> dict[str, object]:
        info = child(self._document, "info", where=self.source)
        paths: dict[str, dict[str, object]] = {}
        for operation, node in operations:
            paths.setdefault(operation.path, {})[operation.method] = node
        return {
            "openapi": _WRITTEN_VERSION,
            "info": {"title": text(info, "title") or "API", "version": text(info, "version") or "1"},
            "servers": [{"url": url}],
            "paths": paths,
            **({"components": {"schemas": components}} if components else {}),
        }


class _Cut:
    """One cut: its writers share the components they come across."""

    def __init__(self, references: References, source: str, *, narrow: bool, responses: bool) -> None:
        # Where answers are described too, one component may serve both ways, so neither mark drops anything.
        self._schemas = SchemaWriter(references, narrow=narrow, dropped=None if responses else "readOnly")
        self._parameters = ParameterWriter(references, self._schemas, narrow)
        self._bodies = BodyWriter(references, self._schemas, self._schemas if responses else None, narrow)
        self._source = source
        self.components = self._schemas.components

    def operation(self, operation: Operation, name: str | None) -> dict[str, object]:
        where = f"{self._source}: {operation.label}"
        name = name or _OTHER_CHARACTERS.sub("_", operation.id)
        if not 0 < len(name) <= MAX_NAME:
            found = f"the operationId {operation.id!r}, over {MAX_NAME} characters," if name else "no operationId,"
            raise ValueError(f"{where}: has {found} which becomes the tool's name; pass names={{…: 'tool_name'}}")
        node = operation.node
        described = text(node, "description") or text(node, "summary")
        if not described:
            raise ValueError(
                f"{where}: has neither description nor summary, by which a model chooses; add one to the file"
            )
        summary = text(node, "summary")
        parameters = self._parameters.written(operation.path, operation.item, node, where=where)
        body = self._bodies.request(node, where=where)
        return {
            "operationId": name,
            **({"summary": summary} if summary else {}),
            "description": described,
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "responses": self._bodies.answers(node, where=where),
        }
