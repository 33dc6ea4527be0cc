"""Smithy models of AWS services, and small ones cut out of them."""

import json
from collections.abc import Mapping
from os import PathLike

from constructs_lib.gateway.descriptions._files import read_document
from constructs_lib.gateway.descriptions._nodes import Node, text
from constructs_lib.gateway.descriptions._smithy.actions import iam_actions
from constructs_lib.gateway.descriptions._smithy.prose import plain
from constructs_lib.gateway.descriptions._smithy.services import (
    ServiceOperations,
    find_service,
    iam_service,
    protocol_of,
    trimmed_service,
)
from constructs_lib.gateway.descriptions._smithy.shapes import DOCUMENTATION, Shapes, traits, trimmed
from constructs_lib.gateway.descriptions._smithy.tools import ShapeSchemas
from constructs_lib.gateway.descriptions.checks import MAX_S3_BYTES, check_tools
from constructs_lib.gateway.descriptions.tool_description import PickedDescription, ToolDescription


class SmithyDescription:
    """A Smithy model of an AWS service in its JSON AST, read once and cut as often as wanted.

    Models: https://github.com/aws/api-models-aws. Follows
    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-building-smithy-targets.html, which names
    RestJson as the only protocol. AWS's starter toolkit makes its default target of DynamoDB's model, which is awsJson
    1.0, so awsJson is taken too.

    Args:
        model: The parsed model. It is never changed.
        source: Its file, for messages.

    Raises:
        ValueError: If it is no Smithy model of one service, or of a service that the gateway cannot call: one without
            a JSON protocol, or not signed for with SigV4.
    """

    def __init__(self, model: Mapping[str, object], *, source: str) -> None:
        if not text(model, "smithy").startswith(("1", "2")):
            raise ValueError(
                f"{source}: a Smithy model has 'smithy': '2.0', got {model.get('smithy')!r}; build its JSON AST"
            )
        self.source = source
        self._version = text(model, "smithy")
        self._shapes = Shapes(model, source)
        self._service_id, self._service = find_service(self._shapes, source)
        self._protocol = protocol_of(self._service, source)
        self._operations = ServiceOperations(self._shapes, self._service, source)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "SmithyDescription":
        """Read a model.

        Args:
            path: JSON AST, plain or gzip.

        Raises:
            ValueError: If there is no such file or it holds no model that the gateway could call.
        """
        return cls(read_document(path, what="a Smithy model"), source=str(path))

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the service's operations."""
        return self._operations.names

    def pick(self, *operations: str) -> PickedDescription:
        """Cut operations out into a small model that stands alone.

        It has these operations and the shapes they are made of, but no examples, tests, waiters or documentation of
        answers; documentation of requests is plain text. The same call gives the same text.

        Args:
            operations: Names: `"GetItem"`, or with namespace.

        Raises:
            ValueError: With file, operation and remedy: for no operation, an unknown one or one picked twice, one that
                streams or needs endpoint discovery, one without documentation, a shape that is missing, a tool that
                `check_tools` refuses, a result over 10 MB.
        """
        if not operations:
            raise ValueError(
                f"{self.source}: no operation picked of {len(self.operations)}; name those the agent needs"
            )
        picked: dict[str, Node] = {}
        for wanted in operations:
            name, shape = self._operations.find(wanted)
            if name in picked:
                raise ValueError(f"{self.source}: {wanted!r} is picked twice; pick it once")
            picked[name] = shape
        service = iam_service(self._service)
        actions = [action for name, shape in picked.items() for action in iam_actions(service, _short(name), shape)]
        result = PickedDescription(
            text=json.dumps(self._written(picked), separators=(",", ":")),
            tools=tuple(self._tool(name, shape) for name, shape in picked.items()),
            hosts=(),
            source=self.source,
            actions=tuple(dict.fromkeys(actions)),
        )
        check_tools(result.tools, source=self.source)
        size = len(result.text.encode())
        if size > MAX_S3_BYTES:
            raise ValueError(f"{self.source}: the picked model has {size:,} bytes, at most {MAX_S3_BYTES:,}; pick less")
        return result

    def _written(self, picked: Mapping[str, Node]) -> dict[str, object]:
        parts = [self._operations.parts(shape) for shape in picked.values()]
        sent = self._shapes.reachable(*(given for given, _, _ in parts if given))
        errors = [error for _, _, failed in parts for error in failed]
        common, answers = self._operations.parts(self._service)[2], [answered for _, answered, _ in parts if answered]
        received = self._shapes.reachable(*answers, *errors, *common) - sent
        shapes = {name: trimmed(self._shapes.get(name) or {}, documented=True) for name in (*picked, *sent)}
        shapes |= {name: trimmed(self._shapes.get(name) or {}, documented=False) for name in received}
        kept = traits(trimmed(self._service, documented=True))
        shapes[self._service_id] = trimmed_service(self._service, kept, list(picked), self._protocol)
        if "rename" in shapes[self._service_id]:
            renamed = shapes[self._service_id]["rename"]
            shapes[self._service_id]["rename"] = {
                name: new for name, new in (renamed.items() if isinstance(renamed, dict) else ()) if name in shapes
            }
        return {"smithy": self._version, "shapes": dict(sorted(shapes.items()))}

    def _tool(self, name: str, operation: Node) -> ToolDescription:
        given, answered, _ = self._operations.parts(operation)
        prose = plain(text(traits(operation), DOCUMENTATION))
        if not prose:
            raise ValueError(
                f"{self.source}: {_short(name)} has no documentation, by which a model chooses; add the trait"
            )
        schemas = ShapeSchemas(self._shapes)
        return ToolDescription(_short(name), prose, schemas.of(given), schemas.of(answered))


def _short(name: str) -> str:
    return name.rpartition("#")[2]
