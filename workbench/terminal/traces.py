"""Traces of a session, for the terminal."""

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.text import Text
from rich.tree import Tree

from workbench.telemetry.tree import Node, Tokens, Trace

_COLORS = {"model": "magenta", "tool": "cyan", "memory": "blue", "gateway": "yellow", "guardrail": "red"}
_ERROR_CHARACTERS = 300


def trace_views(found: Sequence[Trace]) -> Iterator[Tree | Text]:
    """What is printed of a session's traces: one tree each, and their total.

    Args:
        found: The traces.
    """
    for trace in found:
        tree = Tree(_heading(trace), guide_style="dim")
        for root in trace.roots:
            _add(tree, root)
        yield tree
    tokens = sum((trace.tokens for trace in found), Tokens())
    errors = sum(trace.errors for trace in found)
    seconds = sum(trace.seconds for trace in found)
    yield Text(f"{len(found)} trace(s), {_duration(seconds)}, {_used(tokens)}, {errors} error(s)", style="bold")


def _heading(trace: Trace) -> Text:
    started = dt.datetime.fromtimestamp(trace.started, dt.UTC).strftime("%H:%M:%S")
    text = Text(f"{trace.trace_id}  {started} UTC  {_duration(trace.seconds)}  {_used(trace.tokens)}", style="bold")
    if trace.errors:
        text.append(f"  {trace.errors} error(s)", style="bold red")
    return text


def _add(tree: Tree, node: Node) -> None:
    span = node.span
    text = Text(f"{node.part:<9} ", style=_COLORS.get(node.part, "dim"))
    text.append(span.name, style="red" if span.error is not None else "")
    text.append(f"  {_duration(span.seconds)}", style="dim")
    if node.own_tokens is not None:
        text.append(f"  {_used(node.tokens)}", style="dim")
    if span.error is not None:
        # A status without a message is an error all the same.
        text.append(f"  ERROR {' '.join(span.error.split())[:_ERROR_CHARACTERS]}".rstrip(), style="bold red")
    branch = tree.add(text)
    for child in node.children:
        _add(branch, child)


def _duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _used(tokens: Tokens) -> str:
    return f"{tokens.input} tokens in, {tokens.output} out"
