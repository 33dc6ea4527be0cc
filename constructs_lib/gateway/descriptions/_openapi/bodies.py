"""Bodies of requests and responses in the media types the gateway knows."""

from collections.abc import Mapping
from dataclasses import dataclass

from constructs_lib.gateway.descriptions._nodes import Node, as_object, child, text
from constructs_lib.gateway.descriptions._openapi.references import References
from constructs_lib.gateway.descriptions._openapi.schemas import SUPPORT_PAGE, SchemaWriter

JSON = "application/json"
_REQUEST_MEDIA = (JSON, "application/x-www-form-urlencoded", "multipart/form-data", "application/xml")
_RESPONSE_MEDIA = (JSON, "application/xml")


@dataclass(frozen=True)
class BodyWriter:
    """Writes what an operation sends and answers.

    Args:
        references: Of the description.
        requests: Writes schemas of requests.
        responses: Writes schemas of answers. None: answers are named, not described.
        narrow: Whether an optional body that the gateway cannot send is left out.
    """

    references: References
    requests: SchemaWriter
    responses: SchemaWriter | None
    narrow: bool

    def request(self, operation: Node, *, where: str) -> dict[str, object] | None:
        """The request's body in one media type, JSON where it may be."""
        if "requestBody" not in operation:
            return None
        body = self.references.resolved(child(operation, "requestBody", where=where), where=where)
        content = _without_parameters(child(body, "content", where=where))
        media = next((known for known in _REQUEST_MEDIA if known in content), None)
        required = body.get("required") is True
        if media is None:
            if self.narrow and not required:
                return None
            remedy = "pick another operation" if required else "pass narrow=True to leave it out"
            raise ValueError(
                f"{where}: its body is {', '.join(content) or 'of no media type'}, the gateway sends"
                f" {', '.join(_REQUEST_MEDIA)} ({SUPPORT_PAGE}); {remedy}"
            )
        described = text(body, "description")
        schema = as_object(content[media], where=f"{where}: {media}").get("schema", {})
        return {
            **({"description": described} if described else {}),
            **({"required": True} if required else {}),
            "content": {media: {"schema": self.requests.written(schema, where=f"{where}: body")}},
        }

    def answers(self, operation: Node, *, where: str) -> dict[str, object]:
        """The successful answers; a gateway passes on whatever comes back."""
        listed = child(operation, "responses", where=where)
        chosen = {code: node for code, node in listed.items() if code.startswith("2")}
        if not chosen and "default" in listed:
            chosen = {"default": listed["default"]}
        written: dict[str, object] = {
            code: self._answer(self.references.resolved(as_object(node, where=where), where=where), f"{where}: {code}")
            for code, node in sorted(chosen.items())
        }
        return written or {"default": {"description": "The answer"}}

    def _answer(self, response: Node, where: str) -> dict[str, object]:
        answer: dict[str, object] = {"description": text(response, "description") or "The answer"}
        content = _without_parameters(child(response, "content", where=where))
        media = next((known for known in _RESPONSE_MEDIA if known in content), None)
        if self.responses is None or media is None:
            return answer
        schema = as_object(content[media], where=f"{where}: {media}").get("schema", {})
        return {**answer, "content": {media: {"schema": self.responses.written(schema, where=f"{where}: answer")}}}


def _without_parameters(content: Mapping[str, object]) -> dict[str, object]:
    """Media types without `; charset=…`, which the service does not compare."""
    return {media.partition(";")[0].strip().lower(): value for media, value in content.items()}
