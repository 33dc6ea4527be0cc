"""How a template's list of memory strategies becomes the additions, changes and deletions that UpdateMemory takes."""

from collections.abc import Mapping, Sequence

from workbench.local_cloud.agentcore.control_memories import shown_configuration
from workbench.local_cloud.cloudformation.schema import mapping, sequence

_MODIFIABLE = ("description", "namespaces", "namespaceTemplates", "memoryRecordSchema", "recordExpirySpecification")


def strategy_changes(
    wanted: object, before: object, current: Sequence[Mapping[str, object]]
) -> dict[str, list[dict[str, object]]]:
    """The `memoryStrategies` of UpdateMemory.

    Args:
        wanted: The strategies the template asks for, as CreateMemory takes them.
        before: The strategies the template asked for before.
        current: The strategies that GetMemory shows.
    """
    new, old = _by_name(wanted), _by_name(before)
    ids = {str(strategy["name"]): str(strategy["strategyId"]) for strategy in current}
    # A strategy cannot become another kind: it is deleted and added.
    remade = {name for name in new if name in ids and name in old and _kind(new[name]) != _kind(old[name])}
    kept = [name for name in new if name in ids and name not in remade]
    changes: dict[str, list[dict[str, object]]] = {
        "deleteMemoryStrategies": [{"memoryStrategyId": ids[n]} for n in ids if n not in new or n in remade],
        "addMemoryStrategies": [dict(new[name]) for name in new if name not in kept],
        "modifyMemoryStrategies": [_modified(ids[n], new[n]) for n in kept if new[n] != old.get(n)],
    }
    return {name: items for name, items in changes.items() if items}


def _by_name(strategies: object) -> dict[str, Mapping[str, object]]:
    return {str(_settings(item)["name"]): mapping(item) for item in sequence(strategies)}


def _kind(strategy: Mapping[str, object]) -> str:
    return next(iter(strategy))


def _settings(strategy: object) -> Mapping[str, object]:
    return mapping(next(iter(mapping(strategy).values())))


def _modified(strategy_id: str, strategy: Mapping[str, object]) -> dict[str, object]:
    settings = _settings(strategy)
    change: dict[str, object] = {name: settings[name] for name in _MODIFIABLE if settings.get(name) is not None}
    configuration = {n: v for n, v in shown_configuration(settings).items() if n != "type"}
    if configuration:
        change["configuration"] = configuration
    return {"memoryStrategyId": strategy_id, **change}
