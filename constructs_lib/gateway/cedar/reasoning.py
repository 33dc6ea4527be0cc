"""Can a condition ever be fulfilled? Cases are followed as Cedar evaluates, contradictions end them.

Only the answer no is certain: what is not understood counts as possible. This is less than the automated reasoning
that AgentCore runs over policies, and needs no solver.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from constructs_lib.gateway.cedar.facts import Case, Fact, consistent

Expression = Mapping[str, object]
Cases = list[Case]

MOST_COMBINATIONS = 20_000
"""Combinations of cases that are tried for one question; a condition with more counts as possible."""


class TooManyCombinationsError(Exception):
    """The condition is too large to be followed."""


class Reasoning:
    """Follows conditions in Cedar's JSON form.

    Args:
        principal_type: The type of every caller. Default: any.
    """

    def __init__(self, principal_type: str | None = None) -> None:
        self._principal_type = principal_type
        self._left = MOST_COMBINATIONS
        self._connectives: Mapping[str, Callable[[Expression, bool], Cases]] = {
            "&&": self._and,
            "||": self._or,
            "!": self._not,
            "if-then-else": self._if,
        }
        self._atoms: Mapping[str, Callable[[Expression, bool], Cases]] = {
            "is": self._is,
        }

    def possible(
        self, holding: Iterable[Mapping[str, object]], not_holding: Iterable[Mapping[str, object]] = ()
    ) -> bool:
        """Whether all statements in `holding` could match one call and none of `not_holding` would."""
        self._left = MOST_COMBINATIONS
        try:
            cases: Cases = [frozenset()]
            for statement in holding:
                cases = self._both(cases, self.cases(condition_of(statement), wanted=True))
            for statement in not_holding:
                cases = self._both(cases, self.cases(condition_of(statement), wanted=False))
        except TooManyCombinationsError:
            return True
        return bool(cases)

    def cases(self, expression: Expression, *, wanted: bool) -> Cases:
        """The ways in which `expression` evaluates to `wanted`."""
        [(operator, body)] = expression.items()
        if operator == "Value":
            return [frozenset()] if body is wanted else []
        handler = self._connectives.get(operator) or self._atoms.get(operator)
        if handler is not None:
            return handler(cast("Expression", body), wanted)
        return atom_cases(expression, wanted=wanted)

    def _and(self, body: Expression, wanted: bool) -> Cases:
        left, right = _operand(body, "left"), _operand(body, "right")
        both = self._both(self.cases(left, wanted=True), self.cases(right, wanted=wanted))
        return both if wanted else self.cases(left, wanted=False) + both

    def _or(self, body: Expression, wanted: bool) -> Cases:
        left, right = _operand(body, "left"), _operand(body, "right")
        neither_left = self._both(self.cases(left, wanted=False), self.cases(right, wanted=wanted))
        return self.cases(left, wanted=True) + neither_left if wanted else neither_left

    def _not(self, body: Expression, wanted: bool) -> Cases:
        return self.cases(_operand(body, "arg"), wanted=not wanted)

    def _if(self, body: Expression, wanted: bool) -> Cases:
        condition = _operand(body, "if")
        then, otherwise = _operand(body, "then"), _operand(body, "else")
        return self._both(self.cases(condition, wanted=True), self.cases(then, wanted=wanted)) + self._both(
            self.cases(condition, wanted=False), self.cases(otherwise, wanted=wanted)
        )

    def _is(self, body: Expression, wanted: bool) -> Cases:
        if self._principal_type is not None and body.get("left") == {"Var": "principal"} and "in" not in body:
            return [frozenset()] if (body.get("entity_type") == self._principal_type) is wanted else []
        return [frozenset({Fact(_spelling({"is": body}), "true", None, wanted)})]

    def _both(self, first: Cases, second: Cases) -> Cases:
        self._left -= len(first) * len(second)
        if self._left < 0:
            raise TooManyCombinationsError
        subjects = [_subjects(case) for case in second]
        together = []
        for left in first:
            known = _subjects(left)
            for right, named in zip(second, subjects, strict=True):
                # Each is consistent by itself: only what both speak of can contradict.
                shared = known & named
                if not shared or consistent(frozenset(fact for fact in left | right if fact.subject in shared)):
                    together.append(left | right)
        return together


def _subjects(case: Case) -> frozenset[str]:
    return frozenset(fact.subject for fact in case)


def condition_of(statement: Mapping[str, object]) -> Expression:
    """All `when` and `unless` of a statement as one expression."""
    whole: Expression = {"Value": True}
    conditions = statement.get("conditions")
    for condition in conditions if isinstance(conditions, Sequence) else ():
        body = condition["body"]
        clause = body if condition["kind"] == "when" else {"!": {"arg": body}}
        whole = {"&&": {"left": whole, "right": clause}}
    return whole


def atom_cases(expression: Expression, *, wanted: bool) -> Cases:
    """The case of an expression without connectives."""
    fact = _related(expression, wanted) or Fact(_spelling(expression), "true", None, wanted)
    facts = {fact, *(Fact(access, "present", None, holds=True) for access in _accesses(expression))}
    constant = _constant(expression)
    if constant is not None:
        return [frozenset()] if constant is wanted else []
    return [frozenset(facts)]


_NUMERIC = {
    "<": ("less", True),
    "<=": ("at_most", True),
    ">": ("at_most", False),
    ">=": ("less", False),
    "lessThan": ("less", True),
    "lessThanOrEqual": ("at_most", True),
    "greaterThan": ("at_most", False),
    "greaterThanOrEqual": ("less", False),
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _related(expression: Expression, wanted: bool) -> Fact | None:
    """The fact that an expression of a known kind states; None where its kind is not known."""
    [(operator, body)] = expression.items()
    left, right = _sides(body)
    if operator in ("has", "hasTag"):
        return Fact(_spelling(_accessed(operator, body)), "present", None, wanted)
    if operator in (".", "getTag"):
        return Fact(_spelling(expression), "equal", True, wanted)
    if operator in ("==", "!="):
        return _equality(left, right, wanted is (operator == "=="))
    if operator in _NUMERIC:
        return _comparison(operator, left, right, wanted)
    if operator == "like" and isinstance(body, Mapping):
        return Fact(_spelling(left), "like", _pattern(body.get("pattern")), wanted)
    if operator == "contains":
        return _membership(left, right, wanted)
    return None


def _equality(left: Expression, right: Expression, holds: bool) -> Fact | None:
    if (value := _literal(right)) is not None:
        return Fact(_spelling(left), "equal", value, holds)
    if (value := _literal(left)) is not None:
        return Fact(_spelling(right), "equal", value, holds)
    return None


def _comparison(operator: str, left: Expression, right: Expression, holds: bool) -> Fact | None:
    value = _literal(right)
    if value is None and operator in _MIRRORED:
        operator, left, value = _MIRRORED[operator], right, _literal(left)
    if value is None:
        return None
    relation, straight = _NUMERIC[operator]
    return Fact(_spelling(left), relation, value, holds is straight)


def _membership(left: Expression, right: Expression, holds: bool) -> Fact | None:
    members = left.get("Set")
    if not isinstance(members, Sequence):
        return None
    values = tuple(_literal(member) for member in members)
    return None if None in values else Fact(_spelling(right), "in", values, holds)


def _constant(expression: Expression) -> bool | None:
    """The truth of a comparison of two literals."""
    [(operator, body)] = expression.items()
    left, right = (_literal(side) for side in _sides(body))
    if left is None or right is None or operator not in ("==", "!="):
        return None
    return ((type(left), left) == (type(right), right)) is (operator == "==")


def _literal(expression: Expression) -> str | int | bool | Decimal | None:
    value = expression.get("Value")
    if isinstance(value, str | int):
        return value
    number = expression.get("decimal")
    if isinstance(number, Sequence) and number:
        text = _literal(number[0])
        return Decimal(text) if isinstance(text, str) else None
    negated = expression.get("neg")
    if isinstance(negated, Mapping):
        inner = _literal(_operand(negated, "arg"))
        return -inner if isinstance(inner, int) else None
    return None


def _pattern(parts: object) -> tuple[str | None, ...]:
    elements = parts if isinstance(parts, Sequence) else ()
    return tuple(part["Literal"] if isinstance(part, Mapping) else None for part in elements)


def _sides(body: object) -> tuple[Expression, Expression]:
    if isinstance(body, Sequence) and len(body) == 2:
        return body[0], body[1]
    if isinstance(body, Mapping) and isinstance(body.get("left"), Mapping):
        right = body.get("right")
        return body["left"], right if isinstance(right, Mapping) else {}
    return {}, {}


def _operand(body: Expression, name: str) -> Expression:
    return cast("Expression", body[name])


def _accessed(operator: str, body: object) -> Expression:
    return {"." if operator == "has" else "getTag": body}


def _accesses(expression: object) -> list[str]:
    """Attributes and tags that have to be there for the expression to be evaluated."""
    if isinstance(expression, Mapping):
        if expression.keys() & {"&&", "||", "if-then-else"}:
            return []
        own = [_spelling(expression)] if expression.keys() & {".", "getTag"} else []
        return own + [access for part in expression.values() for access in _accesses(part)]
    if isinstance(expression, list | tuple):
        return [access for part in expression for access in _accesses(part)]
    return []


def _spelling(expression: object) -> str:
    return json.dumps(expression, sort_keys=True).replace(_UNKNOWN_CONTEXT, _CONTEXT)


_UNKNOWN_CONTEXT = json.dumps({"unknown": [{"Value": "context"}]})
_CONTEXT = json.dumps({"Var": "context"})
