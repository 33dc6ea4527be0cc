"""Reads the tables of files that people write, and says where one is wrong. Every method raises WorkbenchError."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Table:
    """A table of such a file.

    Args:
        values: Its keys and values.
        at: Where it stands, for messages.
    """

    values: Mapping[str, object]
    at: str

    def refuse_unknown(self, known: frozenset[str] | set[str]) -> None:
        """Refuse keys that mean nothing."""
        unknown = sorted(set(self.values) - known)
        if unknown:
            raise WorkbenchError(f"{self.at}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")

    def tables(self, name: str) -> list["Table"]:
        """A list of tables."""
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise WorkbenchError(f"{self.at}: {name} has to be a list of tables ([[…{name}]]), got {value!r}")
        return [Table(entry, f"{self.at}, {name}[{index}]") for index, entry in enumerate(value)]

    def text(self, name: str, default: str = "") -> str:
        """A text that is not empty."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or not value.strip():
            raise WorkbenchError(f"{self.at}: {name} has to be a text that is not empty, got {value!r}")
        return value

    def expressions(self, name: str) -> tuple[str, ...]:
        """A list of regular expressions."""
        for expression in (found := self.texts(name)):
            try:
                re.compile(expression)
            except re.error as error:
                raise WorkbenchError(f"{self.at}: {name}: {expression!r} is no regular expression: {error}") from None
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts that are not empty."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise WorkbenchError(f"{self.at}: {name} has to be a list of texts, got {value!r}")
        return tuple(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise WorkbenchError(f"{self.at}: {name} has to be true or false, got {value!r}")
        return value

    def number(self, name: str, default: float | None = None, *, least: float = -math.inf) -> float:
        """A number, not below `least`."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < least:
            bound = "" if least == -math.inf else f" of {least:g} or more"
            raise WorkbenchError(f"{self.at}: {name} has to be a number{bound}, got {value!r}")
        return value
