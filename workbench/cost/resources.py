"""The resources of all stacks that are priced together, with what estimators ask of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Found:
    """A resource.

    Args:
        stack: Name of its stack.
        id: Its logical id.
        type: Its CloudFormation type.
        properties: As in the template.
    """

    stack: str
    id: str
    type: str
    properties: Mapping[str, object]

    def at(self, path: str) -> object:
        """A value of its properties by its path, for example `NetworkConfiguration.NetworkMode`; None if not there."""
        return at(self.properties, path)

    def text(self, path: str, default: str = "") -> str:
        """A text; `default` for an intrinsic function too."""
        value = self.at(path)
        return value if isinstance(value, str) else default

    def number(self, path: str, default: float) -> float:
        """A number, also where the template has it as a text; `default` for an intrinsic function too."""
        value = self.at(path)
        try:
            return default if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return default

    def flag(self, path: str, *, default: bool = False) -> bool:
        """A boolean, also where the template has it as a text."""
        value = self.at(path)
        return default if value is None else str(value).casefold() == "true"

    def list(self, path: str) -> list[object]:
        """A list; empty if it is not there."""
        value = self.at(path)
        return value if isinstance(value, list) else []

    def name(self, path: str) -> str:
        """What a person calls it: the named property where it is a text, else the logical id."""
        return self.text(path) or self.id


@dataclass(frozen=True)
class Resources:
    """All resources that are priced together.

    Args:
        found: The resources of every stack.
        asset_bytes: Bytes of the files that are published with the stacks.
    """

    found: Sequence[Found]
    asset_bytes: int = 0
    _types: dict[str, list[Found]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for each in self.found:
            self._types.setdefault(each.type, []).append(each)

    def of(self, *types: str) -> list[Found]:
        """The resources of some types, in the templates' order."""
        return [each for kind in types for each in self._types.get(kind, [])]

    def types(self) -> Iterator[tuple[str, Sequence[Found]]]:
        """Every type with its resources, by name."""
        yield from sorted(self._types.items())

    def referred(self, stack: str, value: object) -> Found | None:
        """The resource that a `Ref` or `Fn::GetAtt` of a stack names."""
        target = _target(value)
        return next((each for each in self.found if each.stack == stack and each.id == target), None)


def at(value: object, path: str) -> object:
    """A value by its path of keys; None if it is not there."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def texts(value: object) -> Iterator[str]:
    """Every text anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def _target(value: object) -> str:
    named = at(value, "Ref") or at(value, "Fn::GetAtt")
    first = named[0] if isinstance(named, list) and named else named
    return str(first).partition(".")[0] if first else ""
