"""Log events as Logs Insights sees them: fields found in JSON lines, nested ones with dots.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

import json
from collections.abc import Iterator, Mapping

Scalar = str | float | None
Record = Mapping[str, Scalar]

TIMESTAMP = "@timestamp"
MESSAGE = "@message"


def record(message: str, *, milliseconds: int, group: str, stream: str) -> Record:
    """A log event with the fields of its message.

    Args:
        message: The line.
        milliseconds: When it was logged, since the epoch.
        group: Name of its log group.
        stream: Name of its log stream.
    """
    own: dict[str, Scalar] = {TIMESTAMP: float(milliseconds), MESSAGE: message, "@logStream": stream, "@log": group}
    return {**dict(_discovered(message)), **own}


def _discovered(message: str) -> Iterator[tuple[str, Scalar]]:
    if not message.lstrip().startswith("{"):
        return
    try:
        document = json.loads(message)
    except ValueError:
        return
    yield from _flat("", document)


def _flat(path: str, value: object) -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in members:
            yield from _flat(f"{path}.{name}" if path else str(name), member)
    elif isinstance(value, bool):
        yield path, "1" if value else "0"
    elif isinstance(value, int | float):
        yield path, float(value)
    else:
        yield path, None if value is None else str(value)
