"""What an agent is given besides its code and its models: what it is told of it, and what it may do with it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.runtime._settings import (
    BROWSER_ID,
    CODE_INTERPRETER_ID,
    MEMORY_ID,
    MEMORY_NAMESPACES,
    MEMORY_RECORD_PATHS,
    SESSIONS_TABLE,
)

if TYPE_CHECKING:
    from constructs_lib.memory.agent_memory import AgentMemory
    from constructs_lib.runtime._gateway_access import GatewayAccess
    from constructs_lib.runtime._guardrail_access import GuardrailAccess
    from constructs_lib.runtime.session_registry import SessionRegistry
    from constructs_lib.sandbox.code_sandbox import CodeSandbox
    from constructs_lib.sandbox.web_browser import WebBrowser


@dataclass(frozen=True)
class Belongings:
    """The resources of one agent. None: it has no such thing."""

    memory: "AgentMemory | None"
    sessions: "SessionRegistry | None"
    access: "GatewayAccess | None"
    code_sandbox: "CodeSandbox | None"
    web_browser: "WebBrowser | None"
    guardrail: "GuardrailAccess | None"

    def variables(self) -> dict[str, str]:
        """What the agent is told."""
        variables: dict[str, str] = {}
        if self.memory is not None:
            variables[MEMORY_ID] = self.memory.memory_id
            variables[MEMORY_NAMESPACES] = _json(self.memory.retrieval_namespaces)
            variables[MEMORY_RECORD_PATHS] = _json(self.memory.record_paths)
        if self.access is not None:
            variables.update(self.access.variables())
        if self.sessions is not None:
            variables[SESSIONS_TABLE] = self.sessions.table_name
        if self.code_sandbox is not None:
            variables[CODE_INTERPRETER_ID] = self.code_sandbox.code_interpreter_id
        if self.web_browser is not None:
            variables[BROWSER_ID] = self.web_browser.browser_id
        if self.guardrail is not None:
            variables.update(self.guardrail.variables())
        return variables

    def statements(self) -> list[dict[str, object]]:
        """What the agent may do from its first second: none of these waits for an agent, so the agent can for them."""
        return [
            *(self.memory.conversation_statements() if self.memory else ()),
            *(self.memory.user_data_statements() if self.memory else ()),
            *(self.sessions.claim_statements() if self.sessions else ()),
            # Who has their data deleted leaves no binding behind; without a memory there is nothing to delete.
            *(self.sessions.release_statements() if self.sessions and self.memory else ()),
            *(self.code_sandbox.use_statements() if self.code_sandbox else ()),
            *(self.web_browser.use_statements() if self.web_browser else ()),
            *(self.guardrail.statements() if self.guardrail else ()),
        ]


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), separators=(",", ":"))
