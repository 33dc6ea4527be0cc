"""The server side of AWS's rest-json protocol, driven by botocore's service models.

A request becomes an operation name and typed parameters; a result becomes a response as the service would send it.
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypedDict, cast
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, StructureShape

from workbench.local_cloud.agentcore.constraints import check
from workbench.local_cloud.agentcore.service import JsonValue, ServiceError, invalid
from workbench.local_cloud.agentcore.wire_values import from_json, from_text, to_json, wire_name

SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control")
"""Both planes; no operation of one has method and path of an operation of the other (a test shows it)."""

_LABEL = re.compile(r"\{(\w+)(\+?)\}")


class RouteRow(TypedDict):
    """One operation as `GET /_local/routes` lists it."""

    service: str
    method: str
    uri: str
    operation: str


@dataclass(frozen=True)
class HttpRequest:
    """The parts of an HTTP request that the protocol binds.

    Args:
        method: HTTP method.
        path: Path as it came over the wire, percent-encoded.
        query: Query string without the question mark.
        headers: Header fields by lower-case name.
        body: The complete body.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class HttpResult:
    """A response ready to send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Route:
    """One operation of one service, and the paths that lead to it."""

    service: str
    operation: OperationModel
    method: str
    uri: str
    pattern: re.Pattern[str]

    @property
    def literal_length(self) -> int:
        """Characters of the path that are no label: the more, the more specific."""
        return len(_LABEL.sub("", self.uri))


class Wire:
    """Routes, parses and serializes the operations of one or more services.

    Args:
        services: Names of botocore services that speak rest-json.
    """

    def __init__(self, services: tuple[str, ...] = SERVICES) -> None:
        session = botocore.session.get_session()
        self._models: dict[str, ServiceModel] = {name: session.get_service_model(name) for name in services}
        found = [_route(name, model, op) for name, model in self._models.items() for op in model.operation_names]
        # `/memories/create` must win over `/memories/{memoryId}`.
        self._routes = sorted(found, key=lambda route: (-route.literal_length, route.uri))

    def routes(self) -> list[RouteRow]:
        """Every operation with its method and URI template, the most specific path first."""
        return [
            {"service": r.service, "method": r.method, "uri": r.uri, "operation": r.operation.name}
            for r in self._routes
        ]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Find the operation that a request is for.

        Returns:
            The route and the decoded labels of its path.

        Raises:
            ServiceError: `UnknownOperationException`, if no operation has that method and path.
        """
        for route in self._routes:
            found = route.pattern.fullmatch(path) if route.method == method else None
            if found:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        raise ServiceError(
            "UnknownOperationException", f"no operation of {', '.join(self._models)} is {method} {path}", 404
        )

    def parse(self, route: Route, labels: Mapping[str, str], request: HttpRequest) -> dict[str, JsonValue]:
        """Read an operation's parameters from a request and check them against the model.

        Raises:
            ServiceError: `ValidationException`, if the body is no JSON or a parameter breaks a constraint.
        """
        shape = route.operation.input_shape
        if not isinstance(shape, StructureShape):
            return {}
        params = _bound_parameters(shape, labels, request)
        params.update(_body_parameters(shape, request))
        check(shape, params)
        return params

    def serialize(self, route: Route, result: Mapping[str, JsonValue]) -> HttpResult:
        """Write an operation's result as the service would."""
        shape = route.operation.output_shape
        status = int(route.operation.http.get("responseCode", HTTPStatus.OK))
        if not isinstance(shape, StructureShape):
            return HttpResult(status, {}, b"")
        status, headers = _bound_result(shape, result, status)
        payload = shape.serialization.get("payload")
        if payload and shape.members[payload].type_name in {"blob", "string"}:
            value = result.get(payload)
            raw = value.encode() if isinstance(value, str) else value
            return HttpResult(status, headers, bytes(cast("bytes", raw or b"")))
        source = shape.members[payload] if payload else shape
        value = result.get(payload) if payload else {n: v for n, v in result.items() if not _location(shape, n)}
        headers.setdefault("Content-Type", "application/json")
        return HttpResult(status, headers, json.dumps(to_json(source, value)).encode())

    def error(self, error: ServiceError) -> HttpResult:
        """Write an error as the service would."""
        body: dict[str, object] = {"message": error.message, "__type": error.code}
        if error.code == "ValidationException":
            body["reason"] = "FieldValidationFailed"
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code, **error.headers}
        return HttpResult(error.status, headers, json.dumps(body).encode())


def _route(service: str, model: ServiceModel, name: str) -> Route:
    operation = model.operation_model(name)
    uri = str(operation.http["requestUri"])
    pieces = []
    end = 0
    for label in _LABEL.finditer(uri):
        pieces.append(re.escape(uri[end : label.start()]))
        pieces.append(f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})")
        end = label.end()
    pieces.append(re.escape(uri[end:].rstrip("/")))
    pattern = re.compile("".join(pieces).rstrip("/") + "/?")
    return Route(service, operation, str(operation.http["method"]), uri, pattern)


def _location(shape: StructureShape, member: str) -> str | None:
    found = shape.members.get(member)
    location = found.serialization.get("location") if found is not None else None
    return str(location) if location else None


def _bound_parameters(shape: StructureShape, labels: Mapping[str, str], request: HttpRequest) -> dict[str, JsonValue]:
    query = parse_qs(request.query, keep_blank_values=True)
    params: dict[str, JsonValue] = {}
    for name, member in shape.members.items():
        bound = wire_name(name, member)
        raw: object = None
        match member.serialization.get("location"):
            case "uri":
                raw = labels.get(bound)
            case "header":
                raw = request.headers.get(bound.lower())
            case "querystring":
                values = query.get(bound)
                raw = values if isinstance(member, ListShape) or not values else values[0]
        if raw is not None:
            params[name] = from_text(member, raw, name)
    return params


def _body_parameters(shape: StructureShape, request: HttpRequest) -> dict[str, JsonValue]:
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "blob":
        return {payload: request.body}
    if not request.body:
        return {}
    try:
        document = json.loads(request.body)
    except ValueError as error:
        raise invalid(f"The request body is no valid JSON: {error}") from error
    if payload:
        return {payload: from_json(shape.members[payload], document, payload)}
    parsed = from_json(shape, document, "")
    return cast("dict[str, JsonValue]", parsed)


def _bound_result(shape: StructureShape, result: Mapping[str, JsonValue], status: int) -> tuple[int, dict[str, str]]:
    headers = {}
    for name, member in shape.members.items():
        value = result.get(name)
        location = member.serialization.get("location")
        if value is not None and location == "statusCode":
            status = int(cast("int", value))
        elif value is not None and location == "header":
            headers[wire_name(name, member)] = str(value)
    return status, headers
