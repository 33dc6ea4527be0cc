"""Finding operations by operationId or `METHOD /path`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from constructs_lib.gateway.descriptions._nodes import Node, as_object, text
from constructs_lib.gateway.descriptions._openapi.references import References

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_METHOD_AND_PATH = re.compile(r"([A-Za-z]+) +(/\S*)")


@dataclass(frozen=True)
class Operation:
    """One operation where it stands.

    Args:
        method: Lower case.
        path: Its path, with `{names}`.
        item: The path item around it.
        node: The operation itself.
    """

    method: str
    path: str
    item: Node
    node: Node

    @property
    def label(self) -> str:
        """`METHOD /path`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def id(self) -> str:
        """Its operationId, empty where it has none."""
        return text(self.node, "operationId")


class Operations:
    """The operations of a description.

    Args:
        document: The whole description.
        references: Of it.
        source: Its file.
    """

    def __init__(self, document: Node, references: References, source: str) -> None:
        self._source = source
        self._by_label: dict[str, Operation] = {}
        self._by_id: dict[str, list[Operation]] = {}
        for operation in _listed(document, references, source):
            self._by_label[operation.label] = operation
            if operation.id:
                self._by_id.setdefault(operation.id, []).append(operation)

    @property
    def labels(self) -> Mapping[str, str]:
        """Every `METHOD /path` with its operationId, or an empty text."""
        return {label: operation.id for label, operation in self._by_label.items()}

    def find(self, wanted: str) -> Operation:
        """The operation that is meant."""
        match = _METHOD_AND_PATH.fullmatch(wanted.strip())
        if match:
            label = f"{match[1].upper()} {match[2]}"
            if label in self._by_label:
                return self._by_label[label]
            raise ValueError(self._unknown(wanted, label, list(self._by_label)))
        found = self._by_id.get(wanted, [])
        if not found:
            raise ValueError(self._unknown(wanted, wanted, list(self._by_id)))
        if len(found) > 1:
            labels = ", ".join(operation.label for operation in found)
            raise ValueError(
                f"{self._source}: {wanted!r} is the operationId of {labels}; pick one by its method and path"
            )
        return found[0]

    def _unknown(self, wanted: str, spelled: str, known: list[str]) -> str:
        close = get_close_matches(spelled, known, n=3)
        hint = f"did you mean {', '.join(map(repr, close))}?" if close else "pick by operationId or as 'GET /path'"
        return f"{self._source}: there is no operation {wanted!r} among {len(self._by_label)}; {hint}"


def _listed(document: Node, references: References, source: str) -> Iterator[Operation]:
    paths = as_object(document.get("paths") or {}, where=f"{source}: paths")
    for path, item in paths.items():
        if not path.startswith("/") or not isinstance(item, Mapping):
            continue
        if not str(item.get("$ref", "#/")).startswith("#/"):
            continue  # in another file, which matters only to those who pick it
        whole = references.resolved(item, where=f"{source}: {path}")
        for method in _METHODS:
            if isinstance(node := whole.get(method), Mapping):
                yield Operation(method, path, whole, node)
