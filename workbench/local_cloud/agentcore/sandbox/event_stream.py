"""Writes AWS event streams: https://smithy.io/2.0/aws/amazon-eventstream.html."""

import binascii
import json
import struct
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def event(name: str, payload: Mapping[str, object]) -> bytes:
    """One event whose payload is JSON.

    Args:
        name: Its member of the stream's shape.
        payload: What it says.
    """
    headers = b"".join(
        _header(key, value)
        for key, value in (
            (":message-type", "event"),
            (":event-type", name),
            (":content-type", "application/json"),
        )
    )
    body = json.dumps(payload).encode()
    # Lengths count themselves, both checksums and the prelude: 4 + 4 + 4 + headers + body + 4 bytes.
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack("!I", binascii.crc32(message))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack("!B", len(key)) + key + struct.pack("!BH", _STRING, len(text)) + text
