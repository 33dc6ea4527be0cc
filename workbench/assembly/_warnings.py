"""What constructs warned of during the synthesis."""

from pathlib import Path

from workbench.assembly._fields import Fields, load

_WARNING = "aws:cdk:warning"


def read_warnings(directory: Path, artifact: Fields) -> tuple[str, ...]:
    """The warnings of a stack's constructs, each once.

    Args:
        directory: Where the stack's manifest is.
        artifact: The stack in the manifest; newer versions of aws-cdk-lib keep its metadata in a file of its own.
    """
    file = artifact.optional_text("additionalMetadataFile")
    metadata = [artifact.object("metadata"), *([load(directory / file)] if file else [])]
    entries = [entry for part in metadata for listed in part.values.values() for entry in _objects(listed)]
    return tuple(dict.fromkeys(str(entry.get("data")) for entry in entries if entry.get("type") == _WARNING))


def _objects(listed: object) -> list[dict[str, object]]:
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
