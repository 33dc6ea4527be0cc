"""References inside one description."""

from collections.abc import Mapping

from constructs_lib.gateway.descriptions._nodes import Node


class References:
    """Finds what a `$ref` means.

    Args:
        document: The whole description.
    """

    def __init__(self, document: Node) -> None:
        self._document = document

    def target(self, reference: str, *, where: str) -> Node:
        """The object that a reference leads to."""
        if not reference.startswith("#/"):
            raise ValueError(f"{where}: $ref {reference!r} leads out of the file; bundle the description into one file")
        node: object = self._document
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if isinstance(node, Mapping) else _item(node, name)
        if not isinstance(node, Mapping):
            raise ValueError(f"{where}: $ref {reference!r} leads nowhere; correct the description")  # noqa: TRY004
        return node

    def resolved(self, node: Node, *, where: str) -> Node:
        """The node itself, or what its reference leads to in the end."""
        seen: list[str] = []
        while isinstance(reference := node.get("$ref"), str):
            if reference in seen:
                raise ValueError(f"{where}: $ref {reference!r} leads back to itself; correct the description")
            seen.append(reference)
            node = self.target(reference, where=where)
        return node


def _item(node: object, name: str) -> object:
    within = isinstance(node, list) and name.isdecimal() and int(name) < len(node)
    return node[int(name)] if within and isinstance(node, list) else None
