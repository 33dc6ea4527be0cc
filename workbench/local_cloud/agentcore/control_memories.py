"""Memories: the strategies an input asks for become the strategies the service shows."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Mapping, Sequence

from workbench.local_cloud.agentcore.control_identifiers import random_text
from workbench.local_cloud.agentcore.control_records import kept, now
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import invalid, not_found

_TYPES = {
    "semanticMemoryStrategy": "SEMANTIC",
    "summaryMemoryStrategy": "SUMMARIZATION",
    "userPreferenceMemoryStrategy": "USER_PREFERENCE",
    "customMemoryStrategy": "CUSTOM",
    "episodicMemoryStrategy": "EPISODIC",
}
_PER_ACTOR = "/strategies/{memoryStrategyId}/actors/{actorId}/"
_PER_SESSION = _PER_ACTOR + "sessions/{sessionId}/"
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/memory-strategies.html
_DEFAULT_NAMESPACES = {"SUMMARIZATION": _PER_SESSION, "EPISODIC": _PER_SESSION}
_OVERRIDE_TYPES = {
    "semanticOverride": "SEMANTIC_OVERRIDE",
    "summaryOverride": "SUMMARY_OVERRIDE",
    "userPreferenceOverride": "USER_PREFERENCE_OVERRIDE",
    "episodicOverride": "EPISODIC_OVERRIDE",
}
_SELF_MANAGED = "selfManagedConfiguration"
_REFLECTION = "reflectionConfiguration"
_NAMESPACES = ("namespaces", "namespaceTemplates")
Strategy = dict[str, object]


class Memory(Special):
    """A memory with its long-term strategies."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Keep the input with its strategies in the shape the service shows them in."""
        attributes = kept(params)
        attributes["strategies"] = _added([], attributes.pop("memoryStrategies", []))
        return attributes

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Add, modify and delete strategies; add indexed keys."""
        strategies = [dict(strategy) for strategy in _mappings(record.attributes.get("strategies"))]
        asked = changes.pop("memoryStrategies", None)
        if isinstance(asked, Mapping):
            strategies = _deleted(strategies, asked.get("deleteMemoryStrategies"))
            strategies = _modified(strategies, asked.get("modifyMemoryStrategies"))
            strategies = _added(strategies, asked.get("addMemoryStrategies"))
        changes["strategies"] = strategies
        added = _mappings(changes.pop("addIndexedKeys", None))
        if added:
            changes["indexedKeys"] = [*_mappings(record.attributes.get("indexedKeys")), *added]
        return changes


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _added(strategies: list[Strategy], inputs: object) -> list[Strategy]:
    result = list(strategies)
    for member in _mappings(inputs):
        member_name, settings = next((name, value) for name, value in member.items() if value is not None)
        settings = _mapping(settings)
        if any(other["name"] == settings["name"] for other in result):
            raise invalid(f"Memory strategy names must be unique, got {settings['name']!r} twice")
        result.append(_strategy(_TYPES[member_name], settings))
    return result


def _strategy(kind: str, settings: Mapping[str, object]) -> Strategy:
    strategy: Strategy = {
        "strategyId": f"{settings['name']}-{random_text(10)}",
        "name": settings["name"],
        "type": kind,
        "createdAt": now(),
        "status": "ACTIVE",
    }
    configuration = shown_configuration(settings)
    if configuration:
        strategy["configuration"] = configuration
    default = [_DEFAULT_NAMESPACES.get(kind, _PER_ACTOR)]
    return _changed(strategy, {**settings, "namespaces": _namespaces(settings) or default})


def _changed(strategy: Strategy, settings: Mapping[str, object]) -> Strategy:
    """A strategy with the settings that an input of either kind (new or modified) gives."""
    changed: Strategy = {**strategy, "updatedAt": now()}
    for name in ("description", "memoryRecordSchema"):
        if settings.get(name) is not None:
            changed[name] = settings[name]
    expiry = settings.get("recordExpirySpecification")
    if isinstance(expiry, Mapping):
        changed.pop("recordExpiryDurationDays", None)
        if expiry.get("recordExpiryDurationDays") is not None:
            changed["recordExpiryDurationDays"] = expiry["recordExpiryDurationDays"]
    namespaces = _namespaces(settings)
    if namespaces:
        changed.update(dict.fromkeys(_NAMESPACES, namespaces))
    return changed


def _namespaces(settings: Mapping[str, object]) -> list[object]:
    """The namespaces, which the API takes under two names."""
    given = next((settings[name] for name in _NAMESPACES if settings.get(name)), None)
    return list(given) if isinstance(given, Sequence) else []


def shown_configuration(settings: Mapping[str, object]) -> Strategy:
    """What the service shows of an override or of a reflection: each part wrapped by what it customises."""
    reflection = settings.get(_REFLECTION)
    if isinstance(reflection, Mapping):
        return {"reflection": {"episodicReflectionConfiguration": dict(reflection)}}
    custom = settings.get("configuration")
    if not isinstance(custom, Mapping):
        return {}
    name, override = next((name, value) for name, value in custom.items() if value is not None)
    if name == _SELF_MANAGED:
        return {"type": "SELF_MANAGED", _SELF_MANAGED: dict(_mapping(override))}
    subject = name.removesuffix("Override")
    shown: Strategy = {"type": _OVERRIDE_TYPES[name]}
    for part, value in _mapping(override).items():
        title = part[0].upper() + part[1:]
        shown[part] = {f"custom{title}Configuration": {f"{subject}{title}Override": value}}
    return shown


def _find(strategies: list[Strategy], strategy_id: object) -> Strategy:
    for strategy in strategies:
        if strategy["strategyId"] == strategy_id:
            return strategy
    raise not_found(f"Memory strategy not found: {strategy_id}")


def _deleted(strategies: list[Strategy], inputs: object) -> list[Strategy]:
    gone = [_find(strategies, item.get("memoryStrategyId")) for item in _mappings(inputs)]
    return [strategy for strategy in strategies if strategy not in gone]


def _modified(strategies: list[Strategy], inputs: object) -> list[Strategy]:
    changes = {str(item.get("memoryStrategyId")): item for item in _mappings(inputs)}
    for strategy_id in changes:
        _find(strategies, strategy_id)
    return [_with(strategy, changes.get(str(strategy["strategyId"]))) for strategy in strategies]


def _with(strategy: Strategy, change: Mapping[str, object] | None) -> Strategy:
    if change is None:
        return strategy
    changed = _changed(strategy, change)
    configuration = change.get("configuration")
    if isinstance(configuration, Mapping):
        current = strategy.get("configuration")
        changed["configuration"] = {**(current if isinstance(current, Mapping) else {}), **configuration}
    return changed
