"""Expressions of metric math. They are close enough to Python's that its parser reads them."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.dashboards.errors import QueryError
from workbench.dashboards.metric_functions import FUNCTIONS, Array, Value, combine
from workbench.dashboards.series import Grid, Series

_LITERALS = ("REPEAT", "LINEAR")
_STRINGS = re.compile(r"""("[^"]*"|'[^']*')""")
_SPELLINGS = ((re.compile(r"&&|\bAND\b"), " and "), (re.compile(r"\|\||\bOR\b"), " or "), (re.compile(r"\^"), "**"))
_Operation = Callable[[float, float], float | None]


def _quotient(left: float, right: float) -> float | None:
    # CloudWatch leaves the data point out.
    return left / right if right else None


_OPERATORS: Mapping[type[ast.operator], _Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _quotient,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.cmpop], _Operation] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Surroundings:
    """What an expression may refer to.

    Args:
        grid: The periods.
        named: Gives the result of the query of an id.
        metrics: Gives the metrics whose id contains a text.
        search: Finds metrics by a search, a statistic and a period.
    """

    grid: Grid
    named: Callable[[str], Value]
    metrics: Callable[[str], Array]
    search: Callable[[str, str, int], Array]


def evaluate_expression(text: str, surroundings: Surroundings) -> Value:
    """The value of an expression.

    Args:
        text: As CloudWatch takes it, for example `100 * errors / FILL(invocations, 0)`.
        surroundings: What it may refer to.

    Raises:
        QueryError: If it cannot be evaluated.
    """
    try:
        tree = ast.parse(_spelled_for_python(text).strip(), mode="eval").body
    except SyntaxError as error:
        raise QueryError(f"the expression {text!r} cannot be read: {error.msg}") from error
    try:
        return _Evaluation(surroundings).value(tree)
    except (QueryError, OverflowError, ValueError) as error:
        raise QueryError(f"the expression {text!r} is not evaluated: {error}") from error


def _spelled_for_python(text: str) -> str:
    parts = _STRINGS.split(text)
    for place in range(0, len(parts), 2):
        for pattern, spelling in _SPELLINGS:
            parts[place] = pattern.sub(spelling, parts[place])
    return "".join(parts)


class _Evaluation:
    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() | str() as constant):
                return constant if isinstance(constant, str) else float(constant)
            case ast.Name(id=name):
                return name if name in _LITERALS else self._surroundings.named(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return combine(self.value(left), self.value(right), _OPERATORS[type(op)])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return combine(0.0, self.value(operand), operator.sub)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return combine(self.value(left), self.value(right), _truth(_COMPARISONS[type(op)]))
            case ast.BoolOp(op=op, values=values):
                return self._logic(values, all if isinstance(op, ast.And) else any)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return self._array(elements)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, [self.value(argument) for argument in arguments])
        raise QueryError(f"{ast.unparse(node)} is no metric math that is evaluated locally")

    def _logic(self, nodes: Sequence[ast.expr], judge: Callable[[Sequence[float]], bool]) -> Value:
        result = self.value(nodes[0])
        for node in nodes[1:]:
            result = combine(result, self.value(node), lambda a, b: float(judge((a, b))))
        return result

    def _array(self, elements: Sequence[ast.expr]) -> Array:
        found: list[Series] = []
        for element in elements:
            value = self.value(element)
            if isinstance(value, Series):
                found.append(value)
            elif isinstance(value, tuple):
                found += value
            else:
                raise QueryError(f"an array holds metrics, got {value!r}")
        return tuple(found)

    def _call(self, name: str, arguments: Sequence[Value]) -> Value:
        match name, arguments:
            case "METRICS", []:
                return self._surroundings.metrics("")
            case "METRICS", [str(part)]:
                return self._surroundings.metrics(part)
            case "SEARCH", [str(search), str(statistic)]:
                return self._surroundings.search(search, statistic, self._surroundings.grid.period)
            case "SEARCH", [str(search), str(statistic), float(period)]:
                return self._surroundings.search(search, statistic, int(period))
        if name not in FUNCTIONS:
            known = ", ".join(sorted({*FUNCTIONS, "METRICS", "SEARCH"}))
            raise QueryError(f"{name} is not evaluated locally, or not with these arguments; known are {known}")
        return FUNCTIONS[name](arguments, self._surroundings.grid)


def _truth(compare: _Operation) -> _Operation:
    return lambda left, right: math.nan if math.isnan(left) or math.isnan(right) else float(bool(compare(left, right)))
