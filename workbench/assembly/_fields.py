"""Reads typed values out of parsed JSON, naming the file and the field that is wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from workbench.assembly.model import AssemblyError

T = TypeVar("T")


@dataclass(frozen=True)
class Fields:
    """A JSON object with the place it was found at.

    Args:
        values: The object.
        file: File it comes from.
        at: Path of the object in the file, for messages.
    """

    values: Mapping[str, object]
    file: Path
    at: str = ""

    def object(self, name: str) -> "Fields":
        """A nested object; an absent one is empty."""
        return Fields(self._value(name, dict) or {}, self.file, f"{self.at}/{name}")

    def objects(self, name: str) -> dict[str, "Fields"]:
        """A nested object's members, each an object itself."""
        outer = self.object(name)
        return {key: outer.object(key) for key in outer.values}

    def text(self, name: str) -> str:
        """A string that has to be there."""
        value = self._value(name, str)
        if value is None:
            raise AssemblyError(f"{self.file}: {self.at}/{name} is missing")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None."""
        return self._value(name, str)

    def optional_integer(self, name: str) -> int | None:
        """An integer, or None."""
        return self._value(name, int)

    def flag(self, name: str) -> bool:
        """A boolean; an absent one is false."""
        return bool(self._value(name, bool))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; an absent one is empty, a single string a list of one."""
        value = self.values.get(name) or []
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise AssemblyError(f"{self.file}: {self.at}/{name} has to be a list of strings, got {value!r}")
        return tuple(listed)

    def text_map(self, name: str) -> dict[str, str]:
        """An object of strings; an absent one is empty."""
        return {key: str(value) for key, value in self.object(name).values.items()}

    def _value(self, name: str, wanted: type[T]) -> T | None:
        value = self.values.get(name)
        if value is None or isinstance(value, wanted):
            return value
        raise AssemblyError(f"{self.file}: {self.at}/{name} has to be a {wanted.__name__}, got {value!r}")


def load(file: Path) -> Fields:
    """Parse a JSON file that holds an object.

    Raises:
        AssemblyError: If there is no such file, or it holds something else.
    """
    try:
        parsed = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssemblyError(f"{file} does not exist; synthesize first (`cdk synth`)") from None
    except (OSError, ValueError) as error:
        raise AssemblyError(f"cannot read {file}: {error}") from error
    if not isinstance(parsed, dict):
        raise AssemblyError(f"{file} has to hold a JSON object, got {type(parsed).__name__}")
    return Fields(parsed, file)
