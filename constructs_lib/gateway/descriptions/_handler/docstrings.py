"""Docstrings in Google's style: what a function does, and what each argument means."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Attributes|Returns?|Yields?|Raises|Examples?|Notes?|Warnings?|See Also|References):"
)
_ENTRY = re.compile(r"(\*{0,2}\w+)(?: *\([^)]*\))?: *(.*)")
_ARGUMENTS = ("Args", "Arguments", "Parameters", "Attributes")


@dataclass(frozen=True)
class Docstring:
    """What a docstring says.

    Args:
        description: Everything before the first section, a paragraph to a line.
        arguments: Of `Args:` or `Attributes:`, the text by name.
        returns: Of `Returns:`.
    """

    description: str
    arguments: Mapping[str, str]
    returns: str


def read_docstring(docstring: str | None) -> Docstring:
    """Take a docstring apart; none says nothing."""
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        header = _SECTION.fullmatch(line.rstrip())
        if header:
            current = header[1]
            sections[current] = []
        else:
            sections[current].append(line)
    arguments: dict[str, str] = {}
    for name in _ARGUMENTS:
        arguments |= _entries(sections.get(name, []))
    return Docstring(
        description=_paragraphs(sections[""]),
        arguments=arguments,
        returns=_paragraphs(sections.get("Returns", sections.get("Return", []))),
    )


def _entries(lines: list[str]) -> dict[str, str]:
    """`name: text` at the section's own indentation; what is indented further goes on."""
    depth = min((_depth(line) for line in lines if line.strip()), default=0)
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        entry = _ENTRY.fullmatch(line.strip()) if line.strip() and _depth(line) == depth else None
        if entry:
            name = entry[1].lstrip("*")
            found[name] = [entry[2]]
        elif name:
            found[name].append(line)
    return {name: " ".join(" ".join(text).split()) for name, text in found.items()}


def _paragraphs(lines: list[str]) -> str:
    blocks = "\n".join(line.strip() for line in lines).split("\n\n")
    return "\n".join(" ".join(block.split()) for block in blocks if block.strip())


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
