"""The command `trace`: what happened in a session of an agent on the local cloud."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from workbench._options import JsonOption
from workbench.errors import WorkbenchError
from workbench.local_cloud.cloud import running_cloud
from workbench.local_cloud.environments import workbench_home
from workbench.telemetry.files import TelemetryFiles
from workbench.telemetry.spans import SpanStore
from workbench.telemetry.tree import Node, Tokens, Trace, traces
from workbench.terminal.console import console
from workbench.terminal.traces import trace_views

_SHOWN_SESSIONS = 5
_DELAY = "spans arrive within a second of an answer"


def trace(
    session: Annotated[
        str, typer.Argument(help="The session's id, or as much of its beginning as no other has. Default: --last.")
    ] = "",
    last: Annotated[bool, typer.Option("--last", help="The session that was used last.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what happened in a session: model calls with tokens, tools, memory, gateway, guardrail, and their time."""
    if bool(session) == last:
        raise WorkbenchError("name one session, or pass --last for the one that was used last")
    cloud = running_cloud(workbench_home(Path.cwd()))
    store = SpanStore(TelemetryFiles(Path(cloud.access_log).parent).spans)
    session_id = _session_id(store.sessions(), session)
    spans = store.of_session(session_id)
    found = traces(spans)
    if as_json:
        typer.echo(json.dumps(_document(session_id, spans[0].agent, cloud.model, found), indent=2))
        return
    output = console()
    output.print(f"Session {session_id} of {spans[0].agent.rpartition('/')[2]}", highlight=False)
    output.print(f"On the local cloud; model: {cloud.model}", "", style="dim", highlight=False, sep="\n")
    for view in trace_views(found):
        output.print(view, soft_wrap=True, highlight=False)


def _session_id(known: Sequence[str], wanted: str) -> str:
    if not known:
        raise WorkbenchError(f"no agent has sent spans yet: talk to one that is instrumented ({_DELAY})")
    if not wanted:
        return known[0]
    found = [session for session in known if session.startswith(wanted)]
    if wanted in found:
        return wanted
    if len(found) > 1:
        raise WorkbenchError(f"{len(found)} sessions begin with {wanted!r}: {_some(found)}")
    if not found:
        raise WorkbenchError(f"no spans of session {wanted!r} ({_DELAY}); the newest sessions are {_some(known)}")
    return found[0]


def _some(sessions: Sequence[str]) -> str:
    more = ", …" if len(sessions) > _SHOWN_SESSIONS else ""
    return ", ".join(sessions[:_SHOWN_SESSIONS]) + more


def _document(session_id: str, agent: str, model: str, found: Sequence[Trace]) -> dict[str, object]:
    return {
        "sessionId": session_id,
        "agentRuntimeArn": agent,
        "model": model,
        "traces": [
            {
                "traceId": one.trace_id,
                "startedAt": one.started,
                "seconds": round(one.seconds, 6),
                "tokens": _tokens(one.tokens),
                "errors": one.errors,
                "spans": [_described(root) for root in one.roots],
            }
            for one in found
        ],
    }


def _described(node: Node) -> dict[str, object]:
    span = node.span
    attributes: Mapping[str, object] = span.attributes
    return {
        "part": node.part,
        "name": span.name,
        "spanId": span.span_id,
        "kind": span.kind,
        "startedAt": span.started,
        "seconds": round(span.seconds, 6),
        "tokens": _tokens(node.tokens) if node.own_tokens else None,
        "error": span.error,
        "attributes": attributes,
        "spans": [_described(child) for child in node.children],
    }


def _tokens(tokens: Tokens) -> dict[str, int]:
    return {"input": tokens.input, "output": tokens.output}
