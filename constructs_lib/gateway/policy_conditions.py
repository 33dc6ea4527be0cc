"""Conditions of a tool policy: on the arguments of a call and on the claims of the caller's token."""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib.gateway._policy_arguments import KnownArguments
from constructs_lib.gateway.cedar.text import pattern, string

Value = str | int | float | bool

_ORDERED = {
    "<": ("<", "lessThan"),
    "<=": ("<=", "lessThanOrEqual"),
    ">": (">", "greaterThan"),
    ">=": (">=", "greaterThanOrEqual"),
}


class Condition(ABC):
    """Something a call has to fulfil. Combine conditions by `&` and `|`, turn them round by `~`."""

    @abstractmethod
    def cedar(self, known: KnownArguments) -> str:
        """The condition as a Cedar expression.

        Raises:
            ValueError: If it does not fit the tools it is for.
        """

    @property
    def reads_claims(self) -> bool:
        """Whether the condition looks at the caller's token."""
        return False

    def __and__(self, other: "Condition") -> "Condition":
        return _Both("&&", self, other)

    def __or__(self, other: "Condition") -> "Condition":
        return _Both("||", self, other)

    def __invert__(self) -> "Condition":
        return _Not(self)

    def __bool__(self) -> bool:
        raise TypeError("a condition is not true or false before a call: combine conditions by &, | and ~")


@dataclass(frozen=True)
class Argument:
    """An argument of the tool, for a condition on its value.

    An argument that the call leaves out fulfils no condition on its value; `~` of such a condition then holds.

    Args:
        name: The argument.
        fields: Where the argument is an object: the way to the value, field by field.
    """

    name: str
    fields: tuple[str, ...] = ()

    def __init__(self, name: str, *fields: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "fields", fields)

    def __lt__(self, value: float) -> Condition:
        return _ArgumentOrder(self, "<", value)

    def __le__(self, value: float) -> Condition:
        return _ArgumentOrder(self, "<=", value)

    def __gt__(self, value: float) -> Condition:
        return _ArgumentOrder(self, ">", value)

    def __ge__(self, value: float) -> Condition:
        return _ArgumentOrder(self, ">=", value)

    def equals(self, value: "Value | Claim") -> Condition:
        """The argument is `value`, or what the caller's claim says: `Argument("customer_id").equals(Claim("sub"))`."""
        return _SameAsClaim(self, value) if isinstance(value, Claim) else _ArgumentIn(self, (value,))

    def one_of(self, values: Sequence[Value]) -> Condition:
        """The argument is one of `values`."""
        return _ArgumentIn(self, _several("one_of", values))

    def matches(self, text: str) -> Condition:
        """The text argument is like `text`, where `*` stands for anything: `"reports/*"`."""
        return _ArgumentLike(self, text)

    def contains(self, value: Value) -> Condition:
        """The list argument has `value` among its members."""
        return _ArgumentContains(self, value)

    def is_given(self) -> Condition:
        """The call carries the argument."""
        return _ArgumentGiven(self)

    @property
    def path(self) -> tuple[str, ...]:
        """The argument's name and the fields below it."""
        return (self.name, *self.fields)


@dataclass(frozen=True)
class Claim:
    """A claim of the caller's token, for a condition on its value. A missing claim fulfils no condition.

    Args:
        name: The claim, for example `department` or `cognito:groups`.
    """

    name: str

    def equals(self, value: str) -> Condition:
        """The claim is exactly `value`. Numbers and booleans are compared as their text, `"3"` and `"true"`."""
        return _ClaimTest(self, (f"== {string(self._text(value))}",))

    def one_of(self, values: Sequence[str]) -> Condition:
        """The claim is one of `values`."""
        return _ClaimTest(self, tuple(f"== {string(self._text(value))}" for value in _several("one_of", values)))

    def contains(self, value: str) -> Condition:
        """The claim is a list that has `value` among its members, as `cognito:groups` is.

        AgentCore hands a list to policies as JSON text, so a whole member is looked for with its quotes and what stands
        before it: `support` does not match `support-readonly`, and no group's name can pretend to be two.
        """
        member = json.dumps(self._text(value), ensure_ascii=False)
        starts = (pattern(f"[{member}", ""), pattern("", f",{member}", ""), pattern("", f", {member}", ""))
        return _ClaimTest(self, tuple(f"like {start}" for start in starts))

    def has_word(self, word: str) -> Condition:
        """The claim is a text of words between spaces, `word` one of them, as `scope` is."""
        self._text(word)
        likes = (pattern(f"{word} ", ""), pattern("", f" {word}"), pattern("", f" {word} ", ""))
        return _ClaimTest(self, (f"== {string(word)}", *(f"like {like}" for like in likes)))

    def is_given(self) -> Condition:
        """The token carries the claim."""
        return _ClaimTest(self, ())

    def _text(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError(
                f"the claim {self.name!r} is compared with {value!r}; claims are text, numbers and booleans too: pass"
                ' "3" or "true"'
            )
        return value

    @property
    def has(self) -> str:
        """Whether it is there, in Cedar."""
        return f"principal.hasTag({string(self.name)})"

    @property
    def get(self) -> str:
        """Its value, in Cedar."""
        return f"principal.getTag({string(self.name)})"


@dataclass(frozen=True)
class _Both(Condition):
    operator: str
    left: Condition
    right: Condition

    def cedar(self, known: KnownArguments) -> str:
        return f"({self.left.cedar(known)} {self.operator} {self.right.cedar(known)})"

    @property
    def reads_claims(self) -> bool:
        return self.left.reads_claims or self.right.reads_claims


@dataclass(frozen=True)
class _Not(Condition):
    condition: Condition

    def cedar(self, known: KnownArguments) -> str:
        return f"!({self.condition.cedar(known)})"

    @property
    def reads_claims(self) -> bool:
        return self.condition.reads_claims


@dataclass(frozen=True)
class _ArgumentOrder(Condition):
    argument: Argument
    operator: str
    value: float

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        found.expect("Long", "decimal", use=self.operator)
        operator, method = _ORDERED[self.operator]
        literal = found.literal(self.value)
        test = f"{found} {operator} {literal}" if found.type.name == "Long" else f"{found}.{method}({literal})"
        return found.guarded(test)


@dataclass(frozen=True)
class _ArgumentIn(Condition):
    argument: Argument
    values: tuple[Value, ...]

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        found.expect("String", "Long", "Bool", "decimal", use="equals")
        literals = [found.literal(value) for value in self.values]
        if len(literals) == 1:
            return found.guarded(f"{found} == {literals[0]}")
        return found.guarded(f"[{', '.join(literals)}].contains({found})")


@dataclass(frozen=True)
class _ArgumentLike(Condition):
    argument: Argument
    text: str

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        found.expect("String", use="matches")
        return found.guarded(f"{found} like {pattern(*self.text.split('*'))}")


@dataclass(frozen=True)
class _ArgumentContains(Condition):
    argument: Argument
    value: Value

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        found.expect("Set", use="contains")
        return found.guarded(f"{found}.contains({found.member(self.value)})")


@dataclass(frozen=True)
class _ArgumentGiven(Condition):
    argument: Argument

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        if not found.guards:
            raise found.error("is in every call, so is_given() says nothing; remove it")
        return " && ".join(found.guards)


@dataclass(frozen=True)
class _SameAsClaim(Condition):
    argument: Argument
    claim: Claim

    def cedar(self, known: KnownArguments) -> str:
        found = known.find(self.argument.path)
        found.expect("String", use="equals(Claim(...))")
        return found.guarded(f"{self.claim.has} && {found} == {self.claim.get}")

    @property
    def reads_claims(self) -> bool:
        return True


@dataclass(frozen=True)
class _ClaimTest(Condition):
    claim: Claim
    tests: tuple[str, ...]

    def cedar(self, known: KnownArguments) -> str:  # noqa: ARG002 -- claims are the same for every tool
        tests = [f"{self.claim.get} {test}" for test in self.tests]
        if not tests:
            return self.claim.has
        return (
            f"({self.claim.has} && {tests[0]})" if len(tests) == 1 else f"({self.claim.has} && ({' || '.join(tests)}))"
        )

    @property
    def reads_claims(self) -> bool:
        return True


def _several(use: str, values: Sequence[Value]) -> tuple[Value, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise ValueError(f"{use} takes a list of at least one value, got {values!r}")
    return tuple(values)
