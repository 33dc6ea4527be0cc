"""Values of templates: text of intrinsic functions, alternatives of conditions, what a value refers to."""

import re
from collections.abc import Iterator, Mapping, Sequence

NO_VALUE = {"Ref": "AWS::NoValue"}
_IN_SUB = re.compile(r"\$\{([^!][^}]*)\}")


def intrinsic(value: object) -> tuple[str, object] | None:
    """Name and argument of an intrinsic function, or None if the value is none."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name in ("Ref", "Condition") or str(name).startswith("Fn::"):
            return str(name), argument
    return None


def alternatives(value: object) -> list[object]:
    """What a value can be: both sides of `Fn::If`; None stands for nothing."""
    if value is None or value == NO_VALUE:
        return [None]
    function = intrinsic(value)
    if function and function[0] == "Fn::If" and isinstance(function[1], Sequence) and len(function[1]) == 3:
        return [each for side in function[1][1:] for each in alternatives(side)]
    return [value]


def absent(value: object) -> bool:
    """Whether the value is nothing whatever the conditions: missing, no value, or an empty list or mapping."""
    return all(each is None or each in ("", [], {}) for each in alternatives(value))


def can_be(value: object, *wanted: object) -> bool:
    """Whether the value is one of `wanted` on some side of its conditions."""
    return any(each == one for each in alternatives(value) for one in wanted)


def literal(value: object) -> str | None:
    """The text, if it is known in full from the template."""
    rendered = text(value)
    return rendered if isinstance(rendered, str) and "${" not in rendered else None


def text(value: object) -> str:
    """The value as text; what is known at deployment only stands as `${name}`."""
    if isinstance(value, (str, int, float)):
        return str(value)
    function = intrinsic(value)
    if not function:
        return "${value}"
    name, argument = function
    if name == "Fn::Join":
        return _join(argument)
    if name == "Fn::Sub":
        return _sub(argument)
    if name == "Fn::GetAtt":
        return "${" + ".".join(_attribute(argument)) + "}"
    if name == "Ref":
        return "${" + str(argument) + "}"
    return "${" + name + "}"


def targets(value: object) -> set[str]:
    """Logical ids (and pseudo parameters and parameters) that a value refers to, at any depth."""
    return {name.split(".")[0] for name in named(value)}


def named(value: object) -> Iterator[str]:
    """What a value refers to, at any depth: `LogicalId`, or `LogicalId.Attribute`."""
    function = intrinsic(value)
    if function:
        name, argument = function
        if name == "Ref":
            yield str(argument)
        elif name == "Fn::GetAtt":
            yield ".".join(_attribute(argument))
        elif name == "Fn::Sub":
            template = argument[0] if isinstance(argument, list) and argument else argument
            yield from (found[1] for found in _IN_SUB.finditer(str(template)))
    for each in _inside(value):
        yield from named(each)


def used(function: str, value: object) -> Iterator[object]:
    """Arguments of an intrinsic function in a value, at any depth, for example those of `Fn::ImportValue`."""
    found = intrinsic(value)
    if found and found[0] == function:
        yield found[1]
    for each in _inside(value):
        yield from used(function, each)


def listed(value: object) -> list[object]:
    """The value as a list: itself if it is one, nothing if there is none, otherwise a list of it."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _join(argument: object) -> str:
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument[1], list)):
        return "${Fn::Join}"
    return str(argument[0]).join(text(each) for each in argument[1])


def _sub(argument: object) -> str:
    if isinstance(argument, str):
        return argument
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument[1], Mapping)):
        return "${Fn::Sub}"
    template, variables = str(argument[0]), argument[1]
    return _IN_SUB.sub(
        lambda found: text(variables[found[1]]) if found[1] in variables else found[0],
        template,
    )


def _attribute(argument: object) -> list[str]:
    parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
    return [part if isinstance(part, str) else "value" for part in parts]


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
