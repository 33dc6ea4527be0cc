"""The tools of every gateway: read from its targets when they change, kept until then."""

import asyncio
import logging
from dataclasses import dataclass

from constructs_lib.gateway.cedar import ToolSignature
from workbench.local_cloud.agentcore.gateway.definitions import GatewayDefinition, TargetDefinition
from workbench.local_cloud.agentcore.gateway.sources.source import SEPARATOR, Source, TargetError, Tool
from workbench.local_cloud.agentcore.gateway.targets import Sources

_LOG = logging.getLogger(__name__)
_Key = tuple[str, str]
_State = tuple[str, str, str]


@dataclass(frozen=True)
class Entry:
    """One target with its tools.

    Args:
        target: The target.
        source: What it reaches.
        tools: Its tools.
        signatures: The tools as policies see them.
    """

    target: TargetDefinition
    source: Source
    tools: tuple[Tool, ...]
    signatures: tuple[ToolSignature, ...]

    def full_name(self, tool: Tool) -> str:
        """The tool's name as the gateway lists it."""
        return _full_name(self.target, tool)


class Catalogue:
    """What every gateway offers.

    Args:
        sources: Makes the sources of targets.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known: dict[_Key, tuple[_State, Entry]] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def entries(self, gateway: GatewayDefinition) -> list[Entry]:
        """Every target with its tools. A target that lists its tools only when asked, and fails, is left out."""
        found = await asyncio.gather(*(self._entry_or_none(gateway, target) for target in gateway.targets))
        return [entry for entry in found if entry is not None]

    async def find(self, gateway: GatewayDefinition, full_name: str) -> tuple[Entry, Tool] | None:
        """A tool by the name the gateway lists it under, or None.

        Raises:
            TargetError: If its target's tools cannot be read.
        """
        target_name, _, tool_name = full_name.partition(SEPARATOR)
        target = next((target for target in gateway.targets if target.name == target_name), None)
        if target is None:
            return None
        entry = await self._entry(gateway, target)
        tool = next((tool for tool in entry.tools if tool.name == tool_name), None)
        return (entry, tool) if tool else None

    async def load(self, gateway: GatewayDefinition, target: TargetDefinition) -> Entry:
        """A target's tools, read anew.

        Raises:
            TargetError: If they cannot be read.
        """
        key = (gateway.gateway_id, target.target_id)
        async with self._locks.setdefault(key, asyncio.Lock()):
            return await self._load(gateway, target)

    def forget(self, gateway_id: str, target_id: str | None = None) -> None:
        """Forget a target, or every target of a gateway."""
        for key in [key for key in self._known if key[0] == gateway_id and target_id in (None, key[1])]:
            del self._known[key]

    async def _entry_or_none(self, gateway: GatewayDefinition, target: TargetDefinition) -> Entry | None:
        try:
            return await self._entry(gateway, target)
        except TargetError as error:
            _LOG.warning("target %s of gateway %s is left out: %s", target.name, gateway.gateway_id, error)
            return None

    async def _entry(self, gateway: GatewayDefinition, target: TargetDefinition) -> Entry:
        key = (gateway.gateway_id, target.target_id)
        dynamic = target.configuration.get("listingMode") == "DYNAMIC"
        known = self._known.get(key)
        if known and known[0] == _state(gateway, target) and not dynamic:
            return known[1]
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._known.get(key)
            if known and known[0] == _state(gateway, target) and not dynamic:
                return known[1]
            return await self._load(gateway, target)

    async def _load(self, gateway: GatewayDefinition, target: TargetDefinition) -> Entry:
        source = await asyncio.to_thread(self._sources.of, gateway, target)
        tools = await source.tools()
        names = [tool.name for tool in tools]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise TargetError("SchemaException", f"the target has more than one tool named {twice[0]}")
        signatures = tuple(ToolSignature(_full_name(target, tool), tool.input_schema) for tool in tools)
        entry = Entry(target, source, tools, signatures)
        self._known[gateway.gateway_id, target.target_id] = (_state(gateway, target), entry)
        return entry


def _full_name(target: TargetDefinition, tool: Tool) -> str:
    return f"{target.name}{SEPARATOR}{tool.name}"


def _state(gateway: GatewayDefinition, target: TargetDefinition) -> _State:
    return target.fingerprint, gateway.role_arn, gateway.workload
