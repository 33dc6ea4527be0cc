"""Shapes of a model: what they refer to, and what of them is worth keeping."""

from collections.abc import Iterator, Mapping

from constructs_lib.gateway.descriptions._nodes import Node, as_object, child, children, text
from constructs_lib.gateway.descriptions._smithy.prose import plain

DOCUMENTATION = "smithy.api#documentation"
_KEPT_NAMESPACES = (
    "smithy.api#",
    "aws.api#",
    "aws.auth#",
    "aws.protocols#",
    "aws.iam#",
    "aws.customizations#",
    "smithy.rules#",
)
_DROPPED_TRAITS = frozenset({
    # They speak of examples, tests, tools and other operations, not of what is sent.
    "smithy.api#examples", "smithy.api#externalDocumentation", "smithy.api#suppress", "smithy.api#tags",
    "smithy.api#recommended", "smithy.api#since", "smithy.rules#endpointTests", "aws.api#clientEndpointDiscovery",
    "aws.api#clientDiscoveredEndpoint", "aws.api#clientEndpointDiscoveryId", "aws.api#cloudFormationResource",
    "aws.api#data", "aws.iam#defineConditionKeys", "smithy.api#cors", "smithy.api#references",
})  # fmt: skip


class Shapes:
    """The shapes of one model.

    Args:
        model: The parsed JSON AST.
        source: Its file.
    """

    def __init__(self, model: Node, source: str) -> None:
        self._shapes = child(model, "shapes", where=source)
        self._source = source

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return ((name, as_object(shape, where=f"{self._source}: {name}")) for name, shape in self._shapes.items())

    def get(self, name: str) -> Node | None:
        """The shape, or None for one of Smithy's own (`smithy.api#String`)."""
        if name not in self._shapes:
            if name.startswith("smithy.api#"):
                return None
            raise ValueError(
                f"{self._source}: the shape {name} is referred to and not in the model; fetch a complete model"
            )
        return self._whole(as_object(self._shapes[name], where=f"{self._source}: {name}"))

    def members(self, shape: Node) -> Mapping[str, Node]:
        """A structure's or union's members."""
        return {
            name: as_object(member, where=f"{self._source}: {name}")
            for name, member in child(shape, "members", where=self._source).items()
        }

    def _whole(self, shape: Node) -> Node:
        """The shape with what its mixins give it, so that whoever reads it needs to know none."""
        if "mixins" not in shape:
            return shape
        members: dict[str, object] = {}
        said: dict[str, object] = {}
        for mixin in children(shape, "mixins", where=self._source):
            mixed = self.get(target(mixin)) or {}
            members |= child(mixed, "members", where=self._source)
            said |= {name: value for name, value in traits(mixed).items() if name != "smithy.api#mixin"}
        members |= child(shape, "members", where=self._source)
        whole = {key: value for key, value in shape.items() if key != "mixins"}
        return {**whole, "members": members, "traits": {**said, **traits(shape)}}

    def reachable(self, *roots: str) -> set[str]:
        """The shapes that the roots are made of, themselves included."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            shape = self.get(name)
            if shape is not None:
                found.add(name)
                waiting.extend(self._targets(shape))
        return found

    def _targets(self, shape: Node) -> Iterator[str]:
        parts = list(child(shape, "members", where=self._source).values())
        parts += [shape[key] for key in ("member", "key", "value") if key in shape]
        for part in parts:
            yield target(as_object(part, where=self._source))


def target(reference: object) -> str:
    """The name of the shape that a reference or a member leads to."""
    return text(reference, "target") if isinstance(reference, Mapping) else ""


def traits(shape: Node) -> Node:
    """What is said about the shape."""
    value = shape.get("traits")
    return value if isinstance(value, Mapping) else {}


def trimmed(shape: Node, *, documented: bool) -> dict[str, object]:
    """The shape without traits that no caller needs; its documentation is plain text, or dropped."""
    result = dict(shape)
    if "traits" in shape:
        result["traits"] = _kept(traits(shape), documented)
        if not result["traits"]:
            del result["traits"]
    for part in ("member", "key", "value"):
        if isinstance(inner := shape.get(part), Mapping):
            result[part] = trimmed(inner, documented=documented)
    if isinstance(members := shape.get("members"), Mapping):
        result["members"] = {name: trimmed(member, documented=documented) for name, member in members.items()}
    return result


def _kept(said: Node, documented: bool) -> dict[str, object]:
    kept = {
        name: value for name, value in said.items() if name.startswith(_KEPT_NAMESPACES) and name not in _DROPPED_TRAITS
    }
    if DOCUMENTATION in kept:
        prose = plain(text(said, DOCUMENTATION)) if documented else ""
        kept = {name: prose if name == DOCUMENTATION else value for name, value in kept.items()}
        if not prose:
            del kept[DOCUMENTATION]
    return kept
