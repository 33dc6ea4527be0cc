"""Spans of a session as trees: which part of an answer took what, and what it used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.telemetry.spans import Span

_INPUT, _OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
_HEALTH_CHECK = "/ping"
_OF_OPERATION = {"chat": "model", "execute_tool": "tool", "invoke_agent": "agent"}
# What the name of an operation of AgentCore says about the part of the service it belongs to.
_OF_METHOD = {
    "Event": "memory",
    "Memory": "memory",
    "ListSessions": "memory",
    "ListActors": "memory",
    "CodeInterpreter": "sandbox",
    "Browser": "sandbox",
    "Token": "identity",
    "ApiKey": "identity",
}


@dataclass(frozen=True)
class Tokens:
    """Tokens of models."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.input + other.input, self.output + other.output)


@dataclass(frozen=True)
class Node:
    """A span and what happened in it.

    Args:
        span: The span.
        children: What happened in it, in order.
    """

    span: Span
    children: Sequence["Node"] = field(default=())

    @property
    def part(self) -> str:
        """What it is: for example `request`, `agent`, `model`, `tool`, `memory`, `gateway`, `guardrail` or `step`."""
        return _part(self.span)

    @property
    def own_tokens(self) -> Tokens | None:
        """The tokens that the span itself says; None where it says nothing."""
        attributes = self.span.attributes
        if _INPUT not in attributes and _OUTPUT not in attributes:
            return None
        return Tokens(_number(attributes.get(_INPUT)), _number(attributes.get(_OUTPUT)))

    @property
    def tokens(self) -> Tokens:
        """The tokens used in it. The innermost spans count: others repeat theirs, or those of the session so far."""
        inner = sum((child.tokens for child in self.children), Tokens())
        return inner if inner != Tokens() else self.own_tokens or Tokens()

    def all(self) -> Iterator["Node"]:
        """It and everything in it."""
        yield self
        for child in self.children:
            yield from child.all()


@dataclass(frozen=True)
class Trace:
    """One request to an agent.

    Args:
        trace_id: Its id.
        roots: Its spans that are part of no other known one.
    """

    trace_id: str
    roots: Sequence[Node]

    @property
    def started(self) -> float:
        """When it began, in seconds since the epoch."""
        return min(root.span.started for root in self.roots)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return max(node.span.ended for node in self._nodes()) - self.started

    @property
    def tokens(self) -> Tokens:
        """The tokens it used."""
        return sum((root.tokens for root in self.roots), Tokens())

    @property
    def errors(self) -> int:
        """How many of its spans failed."""
        return sum(node.span.error is not None for node in self._nodes())

    def _nodes(self) -> Iterator[Node]:
        for root in self.roots:
            yield from root.all()


def traces(spans: Iterable[Span]) -> list[Trace]:
    """The traces of a session, oldest first; Runtime's questions whether the agent is well are left out.

    Args:
        spans: The session's spans.
    """
    by_trace: dict[str, list[Span]] = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    found = [Trace(trace_id, _roots(members)) for trace_id, members in by_trace.items()]
    kept = [trace for trace in found if not all(_is_health_check(root.span) for root in trace.roots)]
    return sorted(kept, key=lambda trace: trace.started)


def _roots(spans: Sequence[Span]) -> list[Node]:
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda one: (one.started, one.ended)):
        # A parent that is not here, such as the caller's or one that has not ended yet, makes its part a root.
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)

    def node(span: Span) -> Node:
        return Node(span, [node(child) for child in children.get(span.span_id, ())])

    return [node(span) for span in children.get("", ())]


def _part(span: Span) -> str:
    attributes = span.attributes
    method, service = str(attributes.get("rpc.method", "")), str(attributes.get("rpc.service", ""))
    if service == "Bedrock Runtime":
        return "guardrail" if method == "ApplyGuardrail" else "model"
    if service == "Bedrock AgentCore":
        return next((part for word, part in _OF_METHOD.items() if word in method), "agentcore")
    if "/gateways/" in _url(attributes):
        return "gateway"
    operation = str(attributes.get("gen_ai.operation.name", ""))
    if operation in _OF_OPERATION:
        return _OF_OPERATION[operation]
    if service:
        return "aws"
    return "request" if span.kind == "SERVER" else "step"


def _url(attributes: Mapping[str, object]) -> str:
    return str(attributes.get("url.full") or attributes.get("http.url") or "")


def _is_health_check(span: Span) -> bool:
    return (
        span.kind == "SERVER" and span.attributes.get("http.target", span.attributes.get("url.path")) == _HEALTH_CHECK
    )


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
