"""Turns properties into an operation's input: by name, with the few differences of spelling listed."""

from collections.abc import Callable, Mapping

from botocore.model import ListShape, MapShape, Shape, StructureShape

from workbench.local_cloud.agentcore.control_model import normal
from workbench.local_cloud.cloudformation.schema import Path, mapping, sequence

ALIASES: dict[tuple[str, Path], str] = {
    ("AWS::BedrockAgentCore::BrowserCustom", ("RecordingConfig",)): "recording",
    ("AWS::BedrockAgentCore::BrowserCustom", ("Certificates", "*", "CertificateLocation")): "location",
    ("AWS::BedrockAgentCore::CodeInterpreterCustom", ("Certificates", "*", "CertificateLocation")): "location",
    ("AWS::BedrockAgentCore::PaymentConnector", ("ConnectorName",)): "name",
    ("AWS::BedrockAgentCore::PaymentConnector", ("ConnectorType",)): "type",
}
"""Properties whose name in the API is not theirs."""

NOT_SENT: dict[tuple[str, Path], str] = {
    ("AWS::BedrockAgentCore::Gateway", ("WafConfiguration",)): "CreateGateway takes none; no web ACL runs locally",
    ("AWS::BedrockAgentCore::OnlineEvaluationConfig", ("ExecutionStatus",)): "creation takes it as enableOnCreate",
}
"""Properties that a Create operation has no member for, with what happens to them instead."""

_TAG = ("Key", "Value")


class Mapper:
    """Maps the properties of one resource type onto shapes of the service model.

    Args:
        type_name: The resource type.
    """

    def __init__(self, type_name: str) -> None:
        self._type = type_name

    def to_input(self, properties: Mapping[str, object], shape: StructureShape) -> tuple[dict[str, object], list[Path]]:
        """An operation's input from properties.

        Args:
            properties: Properties with the registry schema's types.
            shape: The operation's input shape.

        Returns:
            The input, and the paths of the properties that the shape has no member for.
        """
        unmapped: list[Path] = []
        value = self._structure(properties, shape, (), unmapped)
        return dict(mapping(value)), unmapped

    def member(self, name: str, shape: StructureShape, path: Path) -> str | None:
        """The member that a property becomes: an alias, or the same name in the API's spelling."""
        alias = ALIASES.get((self._type, (*path, name)))
        if alias is not None:
            return alias
        return next((member for member in shape.members if normal(member) == normal(name)), None)

    def _value(self, value: object, shape: Shape, path: Path, unmapped: list[Path]) -> object:
        maps: tuple[tuple[type, Callable[[object, Shape, Path, list[Path]], object]], ...] = (
            (StructureShape, self._structure),
            (ListShape, self._list),
            (MapShape, self._map),
        )
        if getattr(shape, "is_document_type", False):
            return value
        return next((map_(value, shape, path, unmapped) for kind, map_ in maps if isinstance(shape, kind)), value)

    def _structure(self, value: object, shape: Shape, path: Path, unmapped: list[Path]) -> object:
        if not isinstance(shape, StructureShape):
            return value
        flat = self.flattened(value, shape, path)
        if flat is not None:
            return {flat: self._value(value, shape.members[flat], path, unmapped)}
        result: dict[str, object] = {}
        for name, item in mapping(value).items():
            member = self.member(name, shape, path)
            if member is None:
                unmapped.append((*path, name))
            else:
                result[member] = self._value(item, shape.members[member], (*path, name), unmapped)
        return result

    def flattened(self, value: object, shape: StructureShape, path: Path) -> str | None:
        """The one member that CloudFormation leaves out, as in `ProtocolConfiguration: HTTP`, or None."""
        candidates = list(shape.required_members) if len(shape.required_members) == 1 else list(shape.members)
        if len(candidates) != 1:
            return None
        known = any(self.member(name, shape, path) for name in mapping(value))
        return None if known or value == {} else candidates[0]

    def _list(self, value: object, shape: Shape, path: Path, unmapped: list[Path]) -> object:
        item_shape = getattr(shape, "member", shape)
        return [self._value(item, item_shape, (*path, "*"), unmapped) for item in sequence(value)]

    def _map(self, value: object, shape: Shape, path: Path, unmapped: list[Path]) -> object:
        if not isinstance(value, Mapping):
            return tags_map(value)
        item_shape = getattr(shape, "value", shape)
        return {key: self._value(item, item_shape, (*path, "*"), unmapped) for key, item in value.items()}


def tags_map(value: object) -> dict[str, str]:
    """Tags as the API takes them, from a map or from a list of `Key` and `Value`."""
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    key, item = _TAG
    return {str(mapping(tag)[key]): str(mapping(tag)[item]) for tag in sequence(value)}
