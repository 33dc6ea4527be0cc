"""Two schemas that both hold, as one (`allOf`)."""

from collections.abc import Callable, Mapping

from constructs_lib.gateway.descriptions._nodes import Node, as_object

_BOUNDS: Mapping[str, Callable[[float, float], float]] = {
    "minimum": max, "minLength": max, "minItems": max, "minProperties": max,
    "maximum": min, "maxLength": min, "maxItems": min, "maxProperties": min,
}  # fmt: skip


def merged(first: Node, second: Node, *, where: str) -> dict[str, object]:
    """What fulfils both schemas. Texts and defaults are the first's where both have one."""
    result = {**first, **{word: value for word, value in second.items() if word not in first}}
    for word in _MERGES:
        if word in first and word in second and first[word] != second[word]:
            result[word] = _MERGES[word](first[word], second[word], where)
    if ("additionalProperties" in first) != ("additionalProperties" in second) and not result["additionalProperties"]:
        del result["additionalProperties"]  # each part of an allOf closes only itself, and its author means the whole
    return result


def _types(first: object, second: object, where: str) -> object:
    if {first, second} == {"integer", "number"}:
        return "integer"
    raise ValueError(f"{where}: parts of allOf are {first!r} and {second!r}, which nothing is at once; correct it")


def _properties(first: object, second: object, where: str) -> object:
    mine, theirs = as_object(first, where=where), as_object(second, where=where)
    both = {name: _either(mine[name], theirs[name], f"{where}/{name}") for name in mine if name in theirs}
    return {**mine, **theirs, **both}


def _either(first: object, second: object, where: str) -> object:
    if first == second:
        return first
    mine, theirs = as_object(first, where=where), as_object(second, where=where)
    if "$ref" in mine or "$ref" in theirs:
        raise ValueError(
            f"{where}: parts of allOf describe it differently; the gateway takes one description, merge them"
        )
    return merged(mine, theirs, where=where)


def _enums(first: object, second: object, where: str) -> object:
    left = [value for value in _list(first) if value in _list(second)]
    if not left:
        raise ValueError(f"{where}: parts of allOf have no 'enum' value in common; correct the description")
    return left


def _required(first: object, second: object, where: str) -> object:
    del where
    return list(dict.fromkeys([*_list(first), *_list(second)]))


def _bound(choose: Callable[[float, float], float]) -> Callable[[object, object, str], object]:
    def chosen(first: object, second: object, where: str) -> object:
        del where
        numbers = isinstance(first, int | float) and isinstance(second, int | float)
        return choose(first, second) if numbers else first  # type: ignore[arg-type]

    return chosen


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


_MERGES: Mapping[str, Callable[[object, object, str], object]] = {
    "type": _types,
    "properties": _properties,
    "items": _either,
    "enum": _enums,
    "required": _required,
    **{word: _bound(choose) for word, choose in _BOUNDS.items()},
}
