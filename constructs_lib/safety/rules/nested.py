"""Templates as the CDK writes them, with those of their nested stacks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.safety.rules.template import lookup, plain_mapping
from constructs_lib.safety.rules.values import text

_SUFFIX, _NESTED_STACK = ".template.json", "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class LoadedTemplate:
    """One template.

    Args:
        name: Its name; that of a nested stack is its parent's and its logical id there.
        file: The file.
        document: The template as JSON.
        parent: Name of the parent and logical id there, for the template of a nested stack.
    """

    name: str
    file: Path
    document: Mapping[str, object]
    parent: tuple[str, str] | None = None


def load(name: str, file: Path) -> Iterator[LoadedTemplate]:
    """Read a stack's template and those of its nested stacks, which the CDK writes beside it as assets.

    Args:
        name: Name of the stack.
        file: Its template, JSON.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If a file holds no JSON object.
    """
    manifest = file.with_name(f"{file.name.removesuffix(_SUFFIX)}.assets.json")
    assets = plain_mapping(_read(manifest).get("files")) if manifest.is_file() else {}
    files = {key: file.parent / str(lookup(asset, "source.path")) for key, asset in assets.items()}
    yield from _with_nested(LoadedTemplate(name, file, _read(file)), files)


def _with_nested(template: LoadedTemplate, files: Mapping[str, Path]) -> Iterator[LoadedTemplate]:
    yield template
    for logical_id, body in plain_mapping(template.document.get("Resources")).items():
        if lookup(body, "Type") == _NESTED_STACK:
            address = text(lookup(body, "Properties.TemplateURL"))
            file = next((file for key, file in files.items() if key in address and file.is_file()), None)
            if file:
                name = f"{template.name}/{logical_id}"
                yield from _with_nested(LoadedTemplate(name, file, _read(file), (template.name, logical_id)), files)


def _read(file: Path) -> Mapping[str, object]:
    document = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{file} has to hold a JSON object")  # noqa: TRY004
    return document
