"""JSON-RPC messages as MCP uses them.

https://modelcontextprotocol.io/specification/2025-06-18/basic
"""

import json
from collections.abc import Mapping
from typing import NoReturn

from workbench.local_cloud.agentcore.gateway.definitions import mapping

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
UNAUTHORIZED = -32001
DENIED = -32002
CONSENT_REQUIRED = -32042
UNSUPPORTED_VERSION = -32022

UNKNOWN_ID = 0
"""Stands for the id of a message that could not be read."""

Message = Mapping[str, object]


class RpcError(Exception):
    """An error that answers a request.

    Args:
        code: Its JSON-RPC code.
        message: What is wrong.
        status: HTTP status of the answer.
        data: Further members for the caller. Default: none.
    """

    def __init__(self, code: int, message: str, *, status: int = 200, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.data = data

    def answer(self, message_id: object) -> dict[str, object]:
        """The error as a message."""
        error = {"code": self.code, "message": self.message, **({} if self.data is None else {"data": self.data})}
        return {"jsonrpc": "2.0", "id": message_id, "error": error}


def parse(body: bytes) -> Message:
    """One message.

    Raises:
        RpcError: If the body is no JSON, or not one message.
    """
    try:
        parsed = json.loads(body, parse_constant=_refuse_constant)
        if b"\\u" in body:
            # Half of a surrogate pair is no text that an answer could repeat.
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, f"Parse error: {error}", status=400) from error
    return checked(parsed)


def _refuse_constant(name: str) -> NoReturn:
    # Python's own addition to JSON.
    raise ValueError(f"{name} is no JSON")


def checked(parsed: object) -> Message:
    """A parsed body, if it is one message.

    Raises:
        RpcError: If it is none.
    """
    if isinstance(parsed, list):
        raise RpcError(INVALID_REQUEST, "Invalid request: batches are not supported", status=400)
    message = mapping(parsed)
    has_id = "id" not in message or (isinstance(message["id"], (str, int)) and not isinstance(message["id"], bool))
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method", ""), str) or not has_id:
        raise RpcError(INVALID_REQUEST, "Invalid request: not a JSON-RPC 2.0 message", status=400)
    return message


def is_request(message: Message) -> bool:
    """Whether a message wants an answer; notifications and answers do not."""
    return "method" in message and "id" in message


def result(message_id: object, value: Mapping[str, object]) -> dict[str, object]:
    """A successful answer."""
    return {"jsonrpc": "2.0", "id": message_id, "result": dict(value)}
