"""What is known of a session of a code interpreter or a browser."""

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from workbench.local_cloud.agentcore.sandbox.session import CodeSession
from workbench.local_cloud.agentcore.service import JsonValue, Scope

_CODE_SECONDS = 900
_BROWSER_SECONDS = 3600
Params = Mapping[str, JsonValue]
Answer = dict[str, JsonValue]


@dataclass(frozen=True)
class Tool:
    """A kind of tool.

    Args:
        noun: Its name in operations.
        member: Its identifier's name in requests and answers.
        seconds: How long its sessions last where a request does not say.
    """

    noun: str
    member: str
    seconds: int


CODE = Tool("CodeInterpreter", "codeInterpreterIdentifier", _CODE_SECONDS)
BROWSER = Tool("Browser", "browserIdentifier", _BROWSER_SECONDS)


@dataclass
class SessionRecord:
    """What is known of a session, also after its end."""

    tool: Tool
    scope: Scope
    identifier: str
    session_id: str
    settings: Params
    created_at: dt.datetime
    updated_at: dt.datetime
    ready: bool = True
    code: CodeSession | None = field(default=None, repr=False)
    user: int = 0
    timer: threading.Timer | None = field(default=None, repr=False)

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return int(cast("int", self.settings.get("sessionTimeoutSeconds") or self.tool.seconds))

    def summary(self) -> Answer:
        """As it is listed."""
        named = {"name": self.settings["name"]} if "name" in self.settings else {}
        return {
            self.tool.member: self.identifier,
            "sessionId": self.session_id,
            **named,
            "status": "READY" if self.ready else "TERMINATED",
            "createdAt": self.created_at,
            "lastUpdatedAt": self.updated_at,
        }
