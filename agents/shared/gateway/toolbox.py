"""What one session's agent is offered of its gateway's tools, and what comes of a call."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError
from strands.types.tools import ToolResult, ToolUse

from agents.shared.aws import agentcore_client, boto_session
from agents.shared.gateway.announced import AnnouncedTool
from agents.shared.gateway.auth import GatewayAuth, MachineToken, RoleSignature, UserToken
from agents.shared.gateway.connection import LIST_SECONDS, SEARCH_TOOL, GatewayConnection, GatewayUnavailableError
from agents.shared.gateway.tools import GatewayTool, found_tools, model_name, result_content, result_text, tool_result
from agents.shared.identity import Proof
from agents.shared.notices import Notice
from agents.shared.settings import InboundAuth, Settings
from agents.shared.telemetry import LogEvent

if TYPE_CHECKING:
    from strands import Agent

logger = logging.getLogger(__name__)

MAX_OFFERED = 30
"""Tools a model is offered at once; where a gateway has more, each turn searches for those it needs."""
LISTED_SECONDS = 300.0
"""How long a list of tools is believed: a gateway and its policies change while a session lives."""
MAX_QUERY = 1_000
"""Characters of a question that are searched for."""

# How the gateway says that a policy forbids a call, as an error or as a tool's result.
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/use-gateway-with-policy.html
_DENIALS = ("authorizeactionexception", "tool execution denied")


class Toolbox:
    """The gateway's tools for the agent of one session.

    A gateway that fails never fails a turn: the turn goes on without tools, and leaves a notice and a log line. A call
    is sent once; whether a call that got no answer was carried out is not known, and the model is told so.

    Args:
        connection: The session's connection to the gateway.
        auth: Who the connection asks as.
        announced: Tools that are offered also where the gateway does not list them for this user.
    """

    def __init__(
        self, connection: GatewayConnection, auth: GatewayAuth, announced: Sequence[AnnouncedTool] = ()
    ) -> None:
        self._connection = connection
        self._announced = [
            types.Tool(name=tool.name, description=tool.description, input_schema=dict(tool.input_schema))
            for tool in announced
        ]
        self._auth = auth
        self._listed: list[types.Tool] = []
        self._listed_until = 0.0
        self._searching: GatewayTool | None = None
        self._offered: dict[str, GatewayTool] = {}
        self._notices: list[Notice] = []

    def take_notices(self) -> list[Notice]:
        """What went wrong since the last call, in words for the person who reads the answer."""
        taken, self._notices = self._notices, []
        return list(dict.fromkeys(taken))

    async def offer(self, agent: "Agent", prompt: str, proof: Proof) -> None:
        """Give the agent the tools of a turn; call this before it.

        Args:
            agent: The session's agent.
            prompt: What the actor says: searched for where the gateway has too many tools to offer all.
            proof: What the actor's request proves; a later one replaces it.
        """
        self._auth.renew(proof)
        try:
            await self._offer(agent, prompt)
        except GatewayUnavailableError as error:
            self._report("tools/list", error)
        except Exception as error:
            # Whatever a gateway says that nobody has thought of: tools help an answer, they are not the answer.
            logger.exception(f"operation=<tools/list>, error=<%s> | {LogEvent.GATEWAY_UNAVAILABLE}", error)
            self._notices.append(_unreached(f"The tools could not be listed ({_kind(error)})."))

    async def close(self) -> None:
        """Close the connection to the gateway."""
        await self._connection.close()

    async def _offer(self, agent: "Agent", prompt: str) -> None:
        if time.monotonic() >= self._listed_until:
            self._listed = await self._connection.tools(MAX_OFFERED)
            self._listed_until = time.monotonic() + LISTED_SECONDS
        tools = [tool for tool in self._listed if tool.name != SEARCH_TOOL]
        search = [tool for tool in self._listed if tool.name == SEARCH_TOOL]
        if len(tools) <= MAX_OFFERED or not search:
            self._register(agent, {tool.tool_name: tool for tool in map(self._tool, tools)})
            return
        self._searching = GatewayTool(search[0], partial(self._find, agent))
        self._add(agent, await self._search(prompt))

    async def _search(self, query: str) -> list[types.Tool]:
        arguments = {"query": query[:MAX_QUERY]}
        return found_tools(await self._connection.call(SEARCH_TOOL, arguments, repeatable=True, seconds=LIST_SECONDS))

    async def _find(self, agent: "Agent", tool_use: ToolUse) -> ToolResult:
        """Search because the model asks to; what is found can be used from its next step on."""
        try:
            found = await self._search(str(tool_use["input"].get("query", "")))
        except GatewayUnavailableError as error:
            self._report("search", error)
            return tool_result(tool_use, "error", {"text": f"The search failed ({error.reason})."})
        except (MCPError, ValidationError) as error:
            return tool_result(tool_use, "error", {"text": f"The search failed: {error}"})
        self._add(agent, found)
        lines = [f"{model_name(tool.name)}: {tool.description or ''}" for tool in found]
        return tool_result(tool_use, "success", {"text": "\n".join(lines) or "No tool was found."})

    async def _use(self, name: str, tool_use: ToolUse) -> ToolResult:
        try:
            result = await self._connection.call(name, tool_use["input"])
        except GatewayUnavailableError as error:
            self._report(name, error)
            return tool_result(tool_use, "error", {"text": _unavailable(name, error)})
        except MCPError as error:
            return self._tell(name, tool_use, error)
        except ValidationError as error:
            logger.warning("tool=<%s>, error=<%s> | answer of a tool not understood", name, error)
            return tool_result(tool_use, "error", {"text": f"The answer of the tool {name} cannot be understood."})
        if result.is_error and _denies(result_text(result)):
            return self._deny(name, tool_use, result_text(result))
        return tool_result(tool_use, "error" if result.is_error else "success", *result_content(result))

    def _tell(self, name: str, tool_use: ToolUse, error: MCPError) -> ToolResult:
        if error.code == types.URL_ELICITATION_REQUIRED:
            return self._ask_for_consent(name, tool_use, error)
        if _denies(error.message):
            return self._deny(name, tool_use, error.message)
        return tool_result(tool_use, "error", {"text": f"The tool {name} failed: {error.message}"})

    def _ask_for_consent(self, name: str, tool_use: ToolUse, error: MCPError) -> ToolResult:
        """The tool acts for the user at another service, which the user has to allow there first.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using-auth-ex-3lo.html
        """
        addresses = _addresses(error.data)
        logger.info("tool=<%s>, addresses=<%d> | tool needs its user's consent", name, len(addresses))
        told = [f"The tool {name} needs your permission: open {url} and ask again." for url in addresses]
        remedy = "Give the permission in your browser, then send the message again."
        self._notices += [Notice(each, code="consent_required", remedy=remedy) for each in told]
        asked = (
            f"The tool {name} needs the user's permission at another service. The user has been shown where to give it;"
            " ask them to do so and to repeat the request."
        )
        return tool_result(tool_use, "error", {"text": asked})

    def _deny(self, name: str, tool_use: ToolUse, said: str) -> ToolResult:
        logger.warning(f"tool=<%s>, reason=<%s> | {LogEvent.TOOL_DENIED}", name, said)
        told = f"The tool {name} is not allowed for you with what it was asked."
        remedy = "Ask somebody who may, or ask for the permission where your groups are administered."
        self._notices.append(Notice(told, code="tool_denied", remedy=remedy))
        denied = (
            f"Denied by the gateway's policy: this user may not use the tool {name} with these arguments. Do not try it"
            " again or by other means; tell the user that it is not allowed."
        )
        return tool_result(tool_use, "error", {"text": denied})

    def _report(self, operation: str, error: GatewayUnavailableError) -> None:
        logger.warning(f"operation=<%s>, reason=<%s> | {LogEvent.GATEWAY_UNAVAILABLE}", operation, error.reason)
        if error.refused and self._auth.as_user:
            told = f"The tools refused your sign-in; sign in again ({error.reason})."
            remedy = "Sign in again and send the message once more; what you said is kept."
            self._notices.append(Notice(told, code="sign_in_expired", remedy=remedy))
        else:
            self._notices.append(_unreached(f"The tools could not be reached ({error.reason})."))

    def _tool(self, tool: types.Tool) -> GatewayTool:
        return GatewayTool(tool, partial(self._use, tool.name))

    def _add(self, agent: "Agent", tools: Iterable[types.Tool]) -> None:
        """Offer what was found, what was found before as far as there is room, and the search itself."""
        added = {tool.tool_name: tool for tool in map(self._tool, tools)}
        searching = {self._searching.tool_name: self._searching} if self._searching else {}
        earlier = {name: tool for name, tool in self._offered.items() if name not in {*added, *searching}}
        self._register(agent, dict([*earlier.items(), *added.items()][-MAX_OFFERED:]) | searching)

    def _register(self, agent: "Agent", tools: dict[str, GatewayTool]) -> None:
        for name in self._offered:
            agent.tool_registry.registry.pop(name, None)
        self._offered = {}
        announced = {tool.tool_name: tool for tool in map(self._tool, self._announced)}
        for name, tool in (announced | tools).items():
            try:
                agent.tool_registry.register_tool(tool)
            except ValueError as error:
                logger.warning("tool=<%s>, error=<%s> | tool of the gateway not offered", tool.gateway_name, error)
            else:
                self._offered[name] = tool


def toolbox_for(settings: Settings, announced: Sequence[AnnouncedTool] = ()) -> Toolbox:
    """The toolbox of a session whose agent has a gateway; makes no call yet.

    Args:
        settings: Names the gateway and how it knows its callers.
        announced: Tools that are offered to every user.

    Raises:
        ValueError: If the settings name no gateway.
    """
    if settings.gateway_url is None:
        raise ValueError("the settings name no gateway")
    auth = _auth(settings)
    return Toolbox(GatewayConnection(settings.gateway_url, auth), auth, announced)


def _auth(settings: Settings) -> GatewayAuth:
    if settings.gateway_auth is InboundAuth.IAM:
        return RoleSignature(boto_session)
    if settings.gateway_credential is not None:
        return MachineToken(agentcore_client, settings.gateway_credential, settings.gateway_scopes.split())
    return UserToken()


def _denies(text: str) -> bool:
    said = text.lower()
    return any(denial in said for denial in _DENIALS)


def _unreached(told: str) -> Notice:
    remedy = "Ask again in a moment; the answer was given without tools."
    return Notice(told, code="tools_unavailable", remedy=remedy)


def _unavailable(name: str, error: GatewayUnavailableError) -> str:
    if error.refused:
        return f"The tool {name} refused the caller ({error.reason}). Go on without it and say so."
    return (
        f"The tool {name} did not answer ({error.reason}). It is not known whether it was carried out."
        " Go on without it and say so."
    )


def _addresses(data: object) -> list[str]:
    asked = data.get("elicitations") if isinstance(data, Mapping) else None
    urls = [each.get("url") for each in asked if isinstance(each, Mapping)] if isinstance(asked, list) else []
    return [url for url in urls if isinstance(url, str) and url.startswith(("https://", "http://"))]


def _kind(error: Exception) -> str:
    return str(error.code) if isinstance(error, MCPError) else type(error).__name__
