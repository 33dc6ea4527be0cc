"""One signed request to a service that is served here rather than by the emulator: who sent it, and is it allowed."""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from ministack import app as emulator
from ministack.core import iam_actions, iam_evaluator, responses, router, sigv4

from workbench.local_cloud.emulator.agentcore_actions import Check
from workbench.local_cloud.emulator.decisions import Decisions, account_of, caller_arn

Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, object]

_ERROR_STATUS = {"AccessDeniedException": 403, "UnrecognizedClientException": 403, "ExpiredTokenException": 403}


class ClientGoneError(Exception):
    """The caller hung up before its request was complete."""


@dataclass(frozen=True)
class Refusal:
    """An error in the REST-JSON protocol that both AgentCore and Bedrock speak."""

    status: int
    code: str
    message: str

    async def send(self, send: Send) -> None:
        """Answer the request with this error."""
        body = json.dumps({"message": self.message, "Message": self.message}).encode()
        headers = {"content-type": "application/json", "x-amzn-errortype": self.code}
        await respond(send, self.status, headers, body)


@dataclass(frozen=True)
class SignedRequest:
    """A request read to its end, with the account and region it belongs to.

    Args:
        method: HTTP method.
        raw_path: Path as sent, percent-encoding kept.
        query_string: Query as sent.
        headers: Headers in the order sent, names in lower case.
        body: The whole body, since its signature covers it.
        access_key_id: Key it is signed with; empty for a bearer token or none.
        account: Account of the key.
        region: Region it is signed for.
    """

    method: str
    raw_path: str
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    access_key_id: str
    account: str
    region: str

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The query's parameters, decoded."""
        return parse_qs(self.query_string, keep_blank_values=True)

    @property
    def named_headers(self) -> Mapping[str, str]:
        """The headers by name; of one sent twice, the last."""
        return dict(self.headers)

    @property
    def principal_arn(self) -> str:
        """ARN of the caller, empty where nobody signed."""
        return caller_arn(self.access_key_id) if self.access_key_id else ""

    def authorize(self, decisions: Decisions, service: str, checks: list[Check]) -> Refusal | None:
        """Verify the signature and hold the caller's policies against every check."""
        denied, check = decisions.decide_all(self.access_key_id, service, self.region, checks)
        if denied is None:
            return None
        if isinstance(denied, iam_evaluator.AuthError):
            return Refusal(_ERROR_STATUS.get(denied.code, 403), denied.code, denied.message)
        message = iam_actions.identity_denial_message(
            check.action, denied.principal_arn, check.resource, denied.decision == "Deny"
        )
        return Refusal(403, "AccessDeniedException", str(message))


async def read(scope: Scope, receive: Receive) -> SignedRequest:
    """Read a request and tell the emulator's evaluator about it, as the emulator does for its own services.

    Raises:
        ClientGoneError: If the caller hung up.
    """
    raw_headers: list[tuple[bytes, bytes]] = list(scope["headers"])  # type: ignore[call-overload]
    headers = tuple((name.decode("latin-1").lower(), sigv4.decode_header_value(value)) for name, value in raw_headers)
    query_string = bytes(scope["query_string"]).decode()  # type: ignore[call-overload]
    query = parse_qs(query_string, keep_blank_values=True)
    method, raw_path = str(scope["method"]), raw_path_of(scope)
    key = str(router.extract_access_key_id(dict(headers), query) or "")
    # Loopback stands for TLS: policies that demand aws:SecureTransport mean the network between two machines.
    iam_evaluator.pin_request_origin("127.0.0.1", True)
    responses.set_request_account_id(emulator._request_account_scope(key) if key else key)
    region = str(router.extract_region(dict(headers), query))
    responses.set_request_region(region)
    iam_evaluator.pin_signed_request(method, raw_path, query, raw_headers)
    body = await _body(receive)
    iam_evaluator.pin_signed_body(body)
    return SignedRequest(method, raw_path, query_string, headers, body, key, account_of(key), region)


def raw_path_of(scope: Scope) -> str:
    """The path as the client sent it, without its query."""
    raw = scope.get("raw_path")
    return bytes(raw).decode("latin-1").partition("?")[0] if isinstance(raw, bytes) else str(scope["path"])


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunks.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]
        if not message.get("more_body"):
            return b"".join(chunks)


async def respond(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Send a whole response."""
    sent = {"x-amzn-requestid": str(uuid.uuid4()), **headers, "content-length": str(len(body))}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, status: int, value: object) -> None:
    """Send a JSON value as a whole response."""
    await respond(send, status, {"content-type": "application/json"}, json.dumps(value).encode())
