"""YAML as OpenAPI means it: the JSON schema of YAML 1.2, where `on` is a text and a date is one too."""

import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader as _Base
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast

# GitHub's description has 260 thousand. Aliases of aliases reach any number from a few lines.
_MAX_NODES = 2_000_000

_SCALARS = {
    "merge": re.compile(r"^<<$"),  # not of 1.2, but written in many descriptions
    "bool": re.compile(r"^(?:true|false)$"),
    "null": re.compile(r"^(?:null|~|)$"),
    "int": re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"),
    "float": re.compile(r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$"),
}


class _Loader(_Base):
    """Knows texts, numbers, true, false and null; nothing is constructed from tags."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own


for _name, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _pattern, None)


def parse_yaml(content: bytes, *, source: str) -> object:
    """The document, with texts for keys as in JSON (`200:` is the key "200")."""
    try:
        document = yaml.load(content, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
        return _Copy(source).of(document, frozenset())
    except yaml.YAMLError as error:
        raise ValueError(f"{source}: neither JSON nor valid YAML: {error}; correct it there") from error
    except RecursionError as error:
        raise ValueError(f"{source}: nested too deep to be read; check that this is the right file") from error


class _Copy:
    """Copies a document with texts for keys, aliases written out."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0

    def of(self, node: object, around: frozenset[int]) -> object:
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise ValueError(
                f"{self._source}: its aliases stand for more than {_MAX_NODES:,} nodes; write them out with $ref"
            )
        if not isinstance(node, dict | list):
            return node
        if id(node) in around:
            raise ValueError(f"{self._source}: an alias contains itself; write it out with $ref")
        inside = around | {id(node)}
        if isinstance(node, list):
            return [self.of(item, inside) for item in node]
        return {_text(key): self.of(value, inside) for key, value in node.items()}


def _text(key: object) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)
