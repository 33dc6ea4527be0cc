"""A model's service: its operations, and whether the gateway can call it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from constructs_lib.gateway.descriptions._nodes import Node, as_object, child, children, text
from constructs_lib.gateway.descriptions._smithy.shapes import Shapes, target, traits

PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-building-smithy-targets.html"
# The page names only RestJson, and yet AWS's starter toolkit makes its default target of DynamoDB's model, awsJson 1.0.
PROTOCOLS = ("aws.protocols#restJson1", "aws.protocols#awsJson1_0", "aws.protocols#awsJson1_1")
_LIFECYCLE = ("create", "put", "read", "update", "delete", "list")
_PROTOCOL_NAMESPACES = ("aws.protocols#", "smithy.protocols#")
_NO_PROTOCOLS = frozenset(
    {"aws.protocols#awsQueryCompatible", "aws.protocols#awsQueryError", "aws.protocols#httpChecksum"}
)
SIGV4 = "aws.auth#sigv4"


def find_service(shapes: Shapes, source: str) -> tuple[str, Node]:
    """The only service of the model."""
    services = [(name, shape) for name, shape in shapes if shape.get("type") == "service"]
    if len(services) != 1:
        found = ", ".join(name for name, _ in services) or "none"
        raise ValueError(f"{source}: a model describes one service, got {found}; use the model of one")
    return services[0]


def protocol_of(service: Node, source: str) -> str:
    """The protocol in which the gateway can call the service."""
    known = [name for name in traits(service) if name.startswith(_PROTOCOL_NAMESPACES) and name not in _NO_PROTOCOLS]
    usable = [name for name in PROTOCOLS if name in known]
    if not usable:
        found = ", ".join(_short(name) for name in known) or "no protocol"
        raise ValueError(
            f"{source}: the service speaks {found}, the gateway {', '.join(map(_short, PROTOCOLS))} ({PAGE});"
            " reach it by a Lambda function"
        )
    if SIGV4 not in traits(service):
        raise ValueError(
            f"{source}: the service is not signed for with SigV4 ({SIGV4}), and the gateway calls AWS services only"
            f" ({PAGE}); describe other APIs with OpenAPI"
        )
    return usable[0]


def trimmed_service(
    service: Node, kept: Mapping[str, object], operations: list[str], protocol: str
) -> dict[str, object]:
    """The service with the operations picked, one protocol and its traits as they were kept."""
    said = {
        name: value for name, value in kept.items()
        if not name.startswith(_PROTOCOL_NAMESPACES) or name in _NO_PROTOCOLS or name == protocol
    }  # fmt: skip
    result = {key: service[key] for key in ("type", "version", "errors", "rename") if key in service}
    return {**result, "operations": [{"target": name} for name in operations], "traits": said}


class ServiceOperations:
    """The operations of a service, those of its resources included."""

    def __init__(self, shapes: Shapes, service: Node, source: str) -> None:
        self._shapes = shapes
        self._source = source
        self._ids = list(dict.fromkeys(self._of(service)))

    @property
    def names(self) -> tuple[str, ...]:
        """Their names without namespace, in the model's order."""
        return tuple(_short(name) for name in self._ids)

    def find(self, wanted: str) -> tuple[str, Node]:
        """The operation's id and shape."""
        for name in self._ids:
            if wanted in (name, _short(name)):
                shape = self._shapes.get(name)
                if shape is not None:
                    self._check(name, shape)
                    return name, shape
        close = get_close_matches(wanted, self.names, n=3)
        hint = f"did you mean {', '.join(map(repr, close))}?" if close else "pick operations by their names"
        raise ValueError(f"{self._source}: there is no operation {wanted!r} among {len(self._ids)}; {hint}")

    def parts(self, operation: Node) -> tuple[str, str, list[str]]:
        """The ids of its input, its output and its errors."""
        errors = [target(error) for error in children(operation, "errors", where=self._source)]
        return target(operation.get("input")), target(operation.get("output")), errors

    def _of(self, parent: Node) -> Iterator[str]:
        for key in ("operations", "collectionOperations"):
            for reference in children(parent, key, where=self._source):
                yield target(reference)
        if parent.get("type") == "resource":
            for key in _LIFECYCLE:
                if key in parent:
                    yield target(parent[key])
        for reference in children(parent, "resources", where=self._source):
            resource = self._shapes.get(target(reference))
            if resource is not None:
                yield from self._of(resource)

    def _check(self, name: str, operation: Node) -> None:
        where = f"{self._source}: {_short(name)}"
        discovery = child(traits(operation), "aws.api#clientDiscoveredEndpoint", where=where)
        if discovery.get("required") is True:
            raise ValueError(
                f"{where}: its endpoint is found by another call first, which the gateway does not make; leave it"
            )
        given, answered, _ = self.parts(operation)
        for shape_id in sorted(self._shapes.reachable(*filter(None, (given, answered)))):
            shape = as_object(self._shapes.get(shape_id) or {}, where=where)
            members = [member for member in self._shapes.members(shape).values() if "members" in shape]
            if any("smithy.api#streaming" in traits(one) for one in (shape, *members)):
                raise ValueError(
                    f"{where}: streams ({_short(shape_id)}), which the gateway does not ({PAGE}); leave it"
                )


def iam_service(service: Node) -> str:
    """The name that stands before the colon of the service's IAM actions."""
    said = traits(service)
    described = child(said, "aws.api#service", where="aws.api#service")
    signed = child(said, SIGV4, where=SIGV4)
    name = text(described, "arnNamespace") or text(signed, "name")
    return {"monitoring": "cloudwatch", "tagging": "tag"}.get(name, name)


def _short(name: str) -> str:
    return name.rpartition("#")[2]
