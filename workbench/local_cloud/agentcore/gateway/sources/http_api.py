"""HTTP APIs: builds requests from tools' arguments, authorizes and sends them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import httpx

from workbench.local_cloud.agentcore.gateway.addresses import Addresses
from workbench.local_cloud.agentcore.gateway.outbound import Outbound, Outgoing
from workbench.local_cloud.agentcore.gateway.sources.openapi_document import FORM, JSON, MULTIPART, Operation
from workbench.local_cloud.agentcore.gateway.sources.source import (
    TargetError,
    Tool,
    ToolCall,
    ToolResult,
    json_result,
    text_result,
)

_SHOWN_CHARACTERS = 2000


class HttpApi:
    """Calls the operations of an API.

    Args:
        outbound: Authorizes the requests.
        addresses: Where addresses are served.
    """

    def __init__(self, outbound: Outbound, addresses: Addresses) -> None:
        self._outbound = outbound
        self._addresses = addresses

    async def call(self, operation: Operation, call: ToolCall) -> ToolResult:
        """Call one operation.

        Raises:
            TargetError: If the request cannot be built or authorized, or is answered with anything but 2xx.
            ConsentRequiredError: If the user's consent is missing.
        """
        built = build(operation, call)
        # Signatures cover the address the request goes to.
        request = Outgoing(built.method, self._addresses.served_at(built.url), built.headers, built.body)
        authorize = await self._outbound.authorizer(call)
        authorized = await asyncio.to_thread(authorize, request)
        try:
            response = await self._addresses.client(authorized.url).request(
                authorized.method, authorized.url, headers=authorized.headers, content=authorized.body
            )
        except httpx.HTTPError as error:
            raise TargetError("HttpClientException", f"{built.method} {built.url} failed: {error!r}") from error
        return _result(operation.tool, built, response)


def build(operation: Operation, call: ToolCall) -> Outgoing:
    """The request of a call, not authorized yet.

    Raises:
        TargetError: For a missing or an unknown argument, or a media type that is not simulated.
    """
    left = dict(call.arguments)
    missing = [name for name in _required(operation.tool) if name not in left]
    if missing:
        raise TargetError("ValidationException", f"{operation.tool.name} needs the argument {missing[0]!r}")
    path, query, headers, cookies = operation.path, list(call.query.items()), dict(call.headers), []
    for parameter in operation.parameters:
        if parameter.name not in left:
            continue
        value = left.pop(parameter.name)
        match parameter.place:
            case "path":
                path = path.replace(f"{{{parameter.name}}}", _segment(parameter.name, _text(value)))
            case "query":
                query += [(parameter.name, _text(one)) for one in (value if isinstance(value, list) else [value])]
            case "header":
                headers[parameter.name] = _text(value)
            case _:
                cookies.append(f"{parameter.name}={quote(_text(value), safe='')}")
    if cookies:
        headers["cookie"] = "; ".join(cookies)
    body = _body(operation, left, headers)
    url = operation.server + path + (f"?{urlencode(query)}" if query else "")
    return Outgoing(operation.method, url, {"accept": JSON, **headers}, body)


def _segment(name: str, value: str) -> str:
    if value in (".", ".."):
        # No encoding keeps a server from taking these for a step in its tree.
        raise TargetError("ValidationException", f"the argument {name!r} stands in the path and cannot be {value!r}")
    return quote(value, safe="")


def _required(tool: Tool) -> Sequence[str]:
    required = tool.input_schema.get("required")
    return [str(name) for name in required] if isinstance(required, Sequence) else []


def _body(operation: Operation, left: dict[str, object], headers: dict[str, str]) -> bytes:
    """The body made of the arguments that are no parameters; sets its type."""
    if not operation.media:
        if left:
            raise TargetError("ValidationException", f"{operation.tool.name} has no argument {next(iter(left))!r}")
        return b""
    if not left:
        return b""
    value = left["body"] if operation.body_is_argument and "body" in left else left
    headers["content-type"] = operation.media
    match operation.media:
        case media if media == JSON:
            return json.dumps(value).encode()
        case media if media == FORM:
            return urlencode({name: _text(one) for name, one in _fields(value).items()}).encode()
        case media if media == MULTIPART:
            form = httpx.Request(
                "POST", "http://form", files=[(n, (None, _text(v))) for n, v in _fields(value).items()]
            )
            headers["content-type"] = form.headers["content-type"]
            return form.read()
        case media:
            raise TargetError("ValidationException", f"the local cloud does not send bodies of the type {media}")


def _fields(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TargetError("ValidationException", f"a form's fields are an object, got {value!r}")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _result(tool: Tool, request: Outgoing, response: httpx.Response) -> ToolResult:
    if not response.is_success:
        shown = response.text[:_SHOWN_CHARACTERS]
        where = request.url.partition("?")[0]
        raise TargetError("HttpClientException", f"{request.method} {where} answered {response.status_code}: {shown}")
    headers = dict(response.headers)
    try:
        value = response.json()
    except ValueError:
        return text_result(response.text, headers=headers)
    known = json_result(value, tool)
    return ToolResult(known.content, known.structured, known.is_error, headers)
