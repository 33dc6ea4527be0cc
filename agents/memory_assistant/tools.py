"""The assistant's tools."""

import ast
import math
import operator
from collections.abc import Callable

from simpleeval import InvalidExpression, SimpleEval
from strands import tool

MAX_EXPRESSION = 500
"""Longest expression in characters."""

MAX_POWER_BITS = 4_096
"""Largest whole-number power, in bits: about 1,200 digits."""

_FUNCTIONS: dict[str, Callable[..., object]] = {
    "abs": abs,
    "ceil": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "max": max,
    "min": min,
    "round": round,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}

# The last three: an operator that is not offered, and nesting too deep for Python's parser or stack.
_FAILURES = (
    InvalidExpression,
    SyntaxError,
    ArithmeticError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    MemoryError,
    RecursionError,
)

_NAMES = {"pi": math.pi, "e": math.e}


@tool
def calculator(expression: str) -> str:
    """Calculate the exact result of an arithmetic expression.

    Args:
        expression: Arithmetic in Python's notation, such as "25 * 4 + 10", "2 ** 10" or "sqrt(2) / 3". Numbers,
            + - * / // % **, parentheses, pi, e, and abs, ceil, cos, exp, floor, log, log10, max, min, round, sin,
            sqrt, tan. Angles are in radians.
    """
    return calculate(expression)


def calculate(expression: str) -> str:
    """The result of an expression as text: `110`, not `110.0`; `0.3`, not `0.30000000000000004`.

    Args:
        expression: Arithmetic in Python's notation, at most `MAX_EXPRESSION` characters.

    Raises:
        ValueError: If it is no arithmetic, has no finite result, or would take too long.
    """
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"an expression has at most {MAX_EXPRESSION} characters, got {len(expression)}: split it")
    evaluator = SimpleEval(operators=_OPERATORS, functions=dict(_FUNCTIONS), names=dict(_NAMES))
    try:
        return _format(_number(evaluator.eval(expression)))
    except _FAILURES as error:
        raise ValueError(f"cannot calculate {expression!r}: {error}") from error


def _number(value: object) -> int | float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a real number")
    return value


def _arithmetic(operation: Callable[..., object]) -> Callable[..., object]:
    # Operators also repeat and format text, which a short expression can make arbitrarily long.
    return lambda *operands: operation(*(_number(operand) for operand in operands))


def _power(base: float, exponent: float) -> object:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MAX_POWER_BITS:
        raise ValueError(f"{base} ** {exponent} has too many digits")
    return base**exponent


def _format(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        raise ValueError("the result is not a finite number")
    return f"{number:.12g}"


_OPERATORS = {
    ast.Add: _arithmetic(operator.add),
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(operator.truediv),
    ast.FloorDiv: _arithmetic(operator.floordiv),
    ast.Mod: _arithmetic(operator.mod),
    ast.Pow: _arithmetic(_power),
    ast.USub: _arithmetic(operator.neg),
    ast.UAdd: _arithmetic(operator.pos),
}
