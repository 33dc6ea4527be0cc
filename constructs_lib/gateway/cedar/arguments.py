"""Arguments of a tool call as Cedar values of the tool's types."""

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from constructs_lib.gateway.cedar.signatures import ToolSignature
from constructs_lib.gateway.cedar.types import CedarType

LARGEST_LONG = 2**63 - 1
LARGEST_DECIMAL = Decimal(LARGEST_LONG).scaleb(-4)


class UnfitArgumentsError(ValueError):
    """Arguments that are not what the tool accepts, so that no policy can be evaluated on them."""


def cedar_input(tool: ToolSignature, arguments: Mapping[str, object]) -> dict[str, object]:
    """The value of `context.input` in Cedar's JSON form.

    Arguments whose JSON type has no Cedar type are left out, as they are from the schema.

    Raises:
        UnfitArgumentsError: If an argument is undeclared, missing, or of another type than declared.
    """
    undeclared = sorted(set(arguments) - set(tool.properties))
    if undeclared:
        raise UnfitArgumentsError(f"{tool.name} has no argument {undeclared[0]!r}")
    return _record(tool.name, tool.arguments, arguments)


def _record(where: str, record: CedarType, values: Mapping[str, object]) -> dict[str, object]:
    missing = [name for name, attribute in record.attributes.items() if attribute.required and name not in values]
    if missing:
        raise UnfitArgumentsError(f"{where} needs {missing[0]!r}")
    return {
        name: _value(f"{where}.{name}", attribute.type, values[name])
        for name, attribute in record.attributes.items()
        if name in values
    }


def _value(where: str, cedar: CedarType, value: object) -> object:
    convert = _CONVERTERS[cedar.name]
    converted = convert(where, cedar, value)
    if converted is None:
        raise UnfitArgumentsError(f"{where} is a {cedar}, got {value!r}")
    return converted


def _string(_where: str, _cedar: CedarType, value: object) -> object:
    return value if isinstance(value, str) else None


def _bool(_where: str, _cedar: CedarType, value: object) -> object:
    return value if isinstance(value, bool) else None


def _long(_where: str, _cedar: CedarType, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if abs(value) <= LARGEST_LONG else None


def _decimal(_where: str, _cedar: CedarType, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    text = decimal_text(value)
    return text and {"__extn": {"fn": "decimal", "arg": text}}


def decimal_text(value: float) -> str | None:
    """A number as Cedar's `decimal`: four digits after the point, further ones cut off. None where it is too large."""
    try:
        decimal = Decimal(str(value)).quantize(Decimal("0.0001"), rounding=ROUND_DOWN)
    except InvalidOperation:
        return None
    return f"{decimal:f}" if decimal.is_finite() and abs(decimal) <= LARGEST_DECIMAL else None


def _set(where: str, cedar: CedarType, value: object) -> object:
    if not isinstance(value, list | tuple) or cedar.element is None:
        return None
    element = cedar.element
    return [_value(f"{where}[{index}]", element, item) for index, item in enumerate(value)]


def _nested(where: str, cedar: CedarType, value: object) -> object:
    return _record(where, cedar, value) if isinstance(value, Mapping) else None


_CONVERTERS: Mapping[str, Callable[[str, CedarType, object], object]] = {
    "String": _string,
    "Bool": _bool,
    "Long": _long,
    "decimal": _decimal,
    "Set": _set,
    "Record": _nested,
}
