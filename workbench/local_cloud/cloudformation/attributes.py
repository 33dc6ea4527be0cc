"""What `Ref` and `Fn::GetAtt` return for a resource, from what the API shows of it."""

import datetime
from collections.abc import Iterator, Mapping

from workbench.local_cloud.agentcore.control_identifiers import new_arn
from workbench.local_cloud.agentcore.control_model import normal
from workbench.local_cloud.agentcore.service import Scope
from workbench.local_cloud.cloudformation.schema import Node, ResourceSchema, mapping

# Where the registry calls a member otherwise than the API's record of it.
_ALIASES = {"ConnectorStatus": "status", "ConnectorCreatedAt": "createdAt", "ConnectorLastUpdatedAt": "lastUpdatedAt"}


def attributes(
    schema: ResourceSchema, noun: str, shown: Mapping[str, object], scope: Scope, key: tuple[str, ...]
) -> dict[str, object]:
    """The attributes of a resource: its read-only properties and its identifiers.

    Args:
        schema: The resource type.
        noun: Its kind in the API.
        shown: What the Get operation shows, without its wrapper.
        scope: Account and region.
        key: Its ids.

    Returns:
        Values by name; the members of an object also by `Object.Member`. A text that the service leaves out (the
        reason of a failure) is empty.
    """
    tops = [path[0] for path in schema.read_only if len(path) == 1]
    found: dict[str, object] = {}
    for name in dict.fromkeys([*schema.primary_identifier, *tops]):
        node = schema.node(schema.properties().get(name, {}))
        value = _find(name, noun, shown)
        if value is None:
            value = _missing(name, node, scope, key)
        found.update(_flat(name, value, node, schema))
    for path in schema.read_only:
        if len(path) > 1 and "*" not in path:
            value = _at(shown, path, noun)
            if value is not None:
                found[".".join(path)] = _plain(value)
    return found


def physical_id(schema: ResourceSchema, values: Mapping[str, object]) -> str:
    """What `Ref` returns: the identifier, its parts joined by `|`.

    Raises:
        ValueError: If an identifier has no value.
    """
    missing = [name for name in schema.primary_identifier if not values.get(name)]
    if missing:
        raise ValueError(f"{schema.type_name} was created without its identifier {missing[0]}")
    return "|".join(str(values[name]) for name in schema.primary_identifier)


def _candidates(name: str, noun: str) -> Iterator[str]:
    own, plain = normal(name), normal(noun)
    yield own
    yield normal(_ALIASES.get(name, name))
    yield own.replace("identifier", "id")
    yield plain + own
    if own.startswith(plain):
        yield own.removeprefix(plain)


def _find(name: str, noun: str, shown: Mapping[str, object]) -> object:
    by_name = {normal(member): value for member, value in shown.items()}
    return next((by_name[c] for c in _candidates(name, noun) if by_name.get(c) is not None), None)


def _at(shown: Mapping[str, object], path: tuple[str, ...], noun: str) -> object:
    value: object = shown
    for name in path:
        value = _find(name, noun, mapping(value))
    return value


def _missing(name: str, node: Node, scope: Scope, key: tuple[str, ...]) -> object:
    """A value for what the API does not show: the registry's own ARNs, empty texts and lists."""
    pattern = str(node.get("pattern", ""))
    if name.endswith("Arn") and "[0-9]{12}:" in pattern and "bedrock-agentcore" in pattern:
        return new_arn(pattern, scope, key)
    return {"array": [], "object": {}, "integer": 0}.get(str(node.get("type", "string")), "")


def _flat(name: str, value: object, node: Node, schema: ResourceSchema) -> Iterator[tuple[str, object]]:
    properties = mapping(node.get("properties"))
    if not isinstance(value, Mapping) or not properties:
        yield name, _plain(value)
        return
    members = {normal(member): item for member, item in value.items()}
    named = {prop: members[normal(prop)] for prop in properties if normal(prop) in members}
    if not named and len(value) == 1:
        # The registry leaves out the union's member, as in Oauth2ProviderConfigOutput.ClientId.
        yield from _flat(name, next(iter(value.values())), node, schema)
        return
    yield name, _plain(named)
    for prop, item in named.items():
        yield from _flat(f"{name}.{prop}", item, schema.node(properties[prop]), schema)


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
