"""Filter patterns for space-delimited log events: `[ip, user, ..., status = 4*, bytes > 1000]`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable, Mapping, Sequence

from workbench.telemetry._json_conditions import Condition, compile_json_pattern
from workbench.telemetry._selectors import Word

Fields = Mapping[str, object]

_FIELD = re.compile(r"\s*(?P<name>\w+)\s*")
_WORD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_ANY_NUMBER = "..."


def compile_space_pattern(text: str) -> Callable[[str], Fields | None]:
    """What matches events by a pattern in brackets, and names their words.

    Raises:
        ValueError: If it is none.
    """
    if not text.endswith("]"):
        raise ValueError(f"filter pattern {text!r} begins with '[' and has to end with ']'")
    parts = [part.strip() for part in text[1:-1].split(",")]
    names = [_name(text, part) for part in parts]
    if names.count(_ANY_NUMBER) > 1:
        raise ValueError(f"filter pattern {text!r} has '...' more than once")
    conditions = [_condition(part, name) for part, name in zip(parts, names, strict=True) if _has_condition(part, name)]

    def match(message: str) -> Fields | None:
        fields = _named(names, [next(filter(None, found), "") for found in _WORD.findall(message)])
        return fields if fields is not None and all(condition(fields) for condition in conditions) else None

    return match


def _name(text: str, part: str) -> str:
    if part == _ANY_NUMBER:
        return part
    found = _FIELD.match(part)
    if found is None:
        raise ValueError(f"filter pattern {text!r} has {part!r} where a field's name belongs")
    return found["name"]


def _has_condition(part: str, name: str) -> bool:
    return part not in {name, _ANY_NUMBER}


def _condition(part: str, name: str) -> Condition:
    # A condition on a word has the form of one on a JSON field, with the field's bare name.
    return compile_json_pattern(
        "{ " + re.sub(rf"(?<![\w\"*]){re.escape(name)}(?=\s*(=|!=|<|>))", f"$.{name}", part) + " }"
    )


def _named(names: Sequence[str], words: Sequence[str]) -> Fields | None:
    if _ANY_NUMBER in names:
        before = names.index(_ANY_NUMBER)
        after = len(names) - before - 1
        if len(words) < before + after:
            return None
        words = [*words[:before], "", *words[len(words) - after :]]
    elif len(words) != len(names):
        return None
    return {name: Word(word) for name, word in zip(names, words, strict=True) if name != _ANY_NUMBER}
