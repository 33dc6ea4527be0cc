"""Reading descriptions: JSON or YAML, plain or gzip."""

import gzip
import json
import zlib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"


def read_bytes(path: str | PathLike[str], *, what: str) -> bytes:
    """The file's content, unpacked if it is gzip."""
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"{what} is a file, got {str(file)!r}, which is none; check the path")
    content = file.read_bytes()
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{file}: {what} begins like gzip but cannot be unpacked: {error}; fetch it again") from error


def read_document(path: str | PathLike[str], *, what: str) -> Mapping[str, object]:
    """The object that a JSON or YAML file holds."""
    document = read_json_or_yaml(path, what=what)
    if not isinstance(document, dict):
        raise ValueError(f"{path}: {what} is an object, got {_kind(document)}; check that this is the right file")  # noqa: TRY004
    return document


def read_json_or_yaml(path: str | PathLike[str], *, what: str) -> object:
    """Whatever a JSON or YAML file holds. YAML is tried where the content cannot be JSON."""
    content = read_bytes(path, what=what)
    if not content.strip():
        raise ValueError(f"{path}: {what} is empty; write it, or check the path")
    if content.lstrip()[:1] not in (b"{", b"["):
        from constructs_lib.gateway.descriptions._yaml import parse_yaml  # PyYAML loads only where it is needed

        return parse_yaml(content, source=str(path))
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(f"{path}: {what} is nested too deep to be read; check that this is the right file") from error
    except ValueError as error:
        raise ValueError(f"{path}: {what} is not valid JSON: {error}; correct it there") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), type(value).__name__)
