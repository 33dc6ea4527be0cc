"""What the emulator's Lambda lacks: the client context of an invocation, and answers without a wait for the log.

An invocation's `X-Amz-Client-Context` reaches handlers as `context.client_context` in Python and
`context.clientContext` in Node.js: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html. The functions
themselves already run under their own role's credentials, which the emulator hands to each of their processes.
"""

import base64
import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from queue import Empty
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_HEADER = "x-amz-client-context"
# The emulator passes this mapping on to the function's process, which reads only the names it knows.
_CARRIER = "durable"
_KEY = "_client_context"
_END_OF_LOG = "\x1eend of the invocation's log"
_LOG_SECONDS = 0.25
_POLL_SECONDS = 0.0005

_client_context: ContextVar[dict[str, object] | None] = ContextVar("client_context", default=None)

_PYTHON_CONTEXT = """(lambda given: given and type("ClientContext", (), {
                "custom": given.get("custom") or {}, "env": given.get("env") or {}, "client": given.get("client"),
            })())((_ms_ctx.get("durable") or {}).get("_client_context"))"""
_PYTHON_ANSWER = '_real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")'
_NODE_CONTEXT = """((given) => given ? { Custom: given.custom || {}, custom: given.custom || {}, env: given.env || {},
        client: given.client || null } : undefined)((ctx.durable || {})._client_context)"""


def install() -> None:
    """Put the client context into the emulator's path from the Invoke API to the handler.

    Raises:
        RuntimeError: If the emulator's worker is not the one this was written for.
    """
    lambda_runtime._PYTHON_WORKER_SCRIPT = _replaced(
        _replaced(
            lambda_runtime._PYTHON_WORKER_SCRIPT, '"client_context": None', f'"client_context": {_PYTHON_CONTEXT}'
        ),
        _PYTHON_ANSWER,
        f"sys.stderr.write({_END_OF_LOG + chr(10)!r}); sys.stderr.flush(); {_PYTHON_ANSWER}",
    )
    lambda_runtime._NODEJS_WORKER_SCRIPT = _replaced(
        lambda_runtime._NODEJS_WORKER_SCRIPT, "clientContext: null", f"clientContext: {_NODE_CONTEXT}"
    )
    _carry_client_context()
    _end_log_at_its_mark()


def _replaced(script: str, old: str, new: str) -> str:
    if script.count(old) != 1:
        raise RuntimeError(f"the emulator's Lambda worker has changed: {old!r} occurs {script.count(old)} times in it")
    return script.replace(old, new)


def _carry_client_context() -> None:
    answer, run = lambda_svc._invoke, lambda_runtime.Worker.invoke

    async def invoke(name: str, event: object, headers: Mapping[str, str], *rest: object, **named: object) -> object:
        _client_context.set(_parsed(headers))
        return await answer(name, event, headers, *rest, **named)

    def run_with_context(self: object, event: object, request_id: str, **named: Any) -> object:
        given = _client_context.get()
        if given is not None:
            named[_CARRIER] = {**(named.get(_CARRIER) or {}), _KEY: given}
        return run(self, event, request_id, **named)

    lambda_svc._invoke = invoke
    lambda_runtime.Worker.invoke = run_with_context


def _parsed(headers: Mapping[str, str]) -> dict[str, object] | None:
    given = next((value for name, value in headers.items() if name.lower() == _HEADER), None)
    if given is None:
        return None
    try:
        parsed = json.loads(base64.b64decode(given, validate=True))
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _end_log_at_its_mark() -> None:
    # Without a mark the emulator waits 50 ms for a log that may never come, in every invocation.
    drain = lambda_runtime.Worker._drain_stderr_bounded

    def drain_to_mark(self: Any) -> str:
        if not str(self.config.get("Runtime", "python")).startswith("python"):
            return str(drain(self))
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_SECONDS
        while time.monotonic() < deadline:
            try:
                line = self._stderr_queue.get_nowait()
            except Empty:
                if self._proc is None:
                    return "\n".join([*lines, str(drain(self))]).strip()
                time.sleep(_POLL_SECONDS)
                continue
            if line == _END_OF_LOG:
                break
            lines.append(line)
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = drain_to_mark
