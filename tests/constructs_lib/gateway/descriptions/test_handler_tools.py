from pathlib import Path
from textwrap import dedent

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from constructs_lib.gateway.descriptions import service_schema, tools_from_handler

ORDERS = '''
from __future__ import annotations

import dataclasses
import typing as t
from enum import Enum, IntEnum
from typing import Annotated, Literal, NotRequired, Optional, TypedDict

raise RuntimeError("nobody runs this")

Status = Literal["open", "closed"]


class Priority(IntEnum):
    """How soon."""

    LOW = 1
    HIGH = 2


class Base(TypedDict):
    id: str
    """Number of the order."""


class Order(Base, total=False):
    """An order.

    Attributes:
        note: What the customer wrote.
    """

    note: str
    status: t.Required[Status]


@dataclasses.dataclass
class Line:
    sku: str
    amount: int = 1
    tags: list[str] = dataclasses.field(default_factory=list)
    kind: t.ClassVar[str] = "line"
    total: float = dataclasses.field(init=False)


def find_orders(
    customer: str,
    status: Status = "open",
    limit: Annotated[int, "At most so many."] = 10,
    priority: Priority | None = None,
    since: Optional[str] = None,
    *,
    exact: bool,
) -> dict[str, Order]:
    """Find the orders
    of a customer.

    Newest first.

    Args:
        customer (str): Number of the customer,
            as printed on the card.
        exact: Whether similar numbers are left out.

    Returns:
        Orders by their number.

    Raises:
        KeyError: Never: told.
    """


async def place(lines: "list[Line]", prices: dict[str, float], extra: dict[str, t.Any]) -> str:
    """Place an order."""


def ping() -> None:
    """Answer."""
'''


def handler(directory: Path, source: str) -> Path:
    file = directory / "main.py"
    file.write_text(dedent(source))
    return file


def test_reads_hints_and_docstring_without_running_anything(tmp_path: Path) -> None:
    (tool,) = tools_from_handler(handler(tmp_path, ORDERS), "find_orders")
    assert tool.name == "find_orders"
    assert tool.description == "Find the orders of a customer.\nNewest first."
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "customer": {"type": "string", "description": "Number of the customer, as printed on the card."},
            "status": {"type": "string", "enum": ["open", "closed"], "default": "open"},
            "limit": {"type": "integer", "description": "At most so many.", "default": 10},
            "priority": {"type": "integer", "enum": [1, 2], "description": "How soon."},
            "since": {"type": "string"},
            "exact": {"type": "boolean", "description": "Whether similar numbers are left out."},
        },
        "required": ["customer", "exact"],
    }


def test_reads_the_result(tmp_path: Path) -> None:
    found, placed, pinged = tools_from_handler(handler(tmp_path, ORDERS), "find_orders", "place", "ping")
    assert found.output_schema == {
        "type": "object",
        "description": "Orders by their number.",
        "additionalProperties": {
            "type": "object",
            "description": "An order.",
            "properties": {
                "id": {"type": "string", "description": "Number of the order."},
                "note": {"type": "string", "description": "What the customer wrote."},
                "status": {"type": "string", "enum": ["open", "closed"]},
            },
            "required": ["id", "status"],
        },
    }
    assert placed.output_schema is None
    assert pinged.output_schema is None
    assert pinged.input_schema == {"type": "object"}


def test_reads_dataclasses(tmp_path: Path) -> None:
    (tool,) = tools_from_handler(handler(tmp_path, ORDERS), "place")
    assert tool.input_schema["properties"] == {
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sku": {"type": "string"},
                    "amount": {"type": "integer", "default": 1},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["sku"],
            },
        },
        "prices": {"type": "object", "additionalProperties": {"type": "number"}},
        "extra": {"type": "object"},
    }


def test_the_service_takes_the_schemas(tmp_path: Path) -> None:
    tools = tools_from_handler(handler(tmp_path, ORDERS), "find_orders", "place", "ping")
    session = get_session()
    shape = session.get_service_model("bedrock-agentcore-control").shape_for("ToolDefinition")
    for tool in tools:
        definition = {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": service_schema(tool.input_schema),
            **({"outputSchema": service_schema(tool.output_schema)} if tool.output_schema else {}),
        }
        assert ParamValidator().validate(definition, shape).generate_report() == ""
        assert ParamValidator().validate({**definition, "inputSchema": {"enum": []}}, shape).has_errors()


def test_follows_imports_beside_the_handler(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("from typing import Literal\nfrom sizes import Size as Sizes\nSize = Sizes\n")
    (tmp_path / "sizes.py").write_text("from enum import StrEnum\nclass Size(StrEnum):\n    S = 's'\n    L = 'l'\n")
    source = 'from models import Size as Wanted\ndef f(size: Wanted):\n    """Do."""\n'
    (tool,) = tools_from_handler(handler(tmp_path, source), "f")
    assert tool.input_schema["properties"] == {"size": {"type": "string", "enum": ["s", "l"]}}


def test_follows_relative_imports(tmp_path: Path) -> None:
    package = tmp_path / "tools/orders"
    package.mkdir(parents=True)
    (tmp_path / "tools/sizes.py").write_text("from typing import Literal\nSize = Literal[1, 2]\n")
    source = 'from ..sizes import Size\ndef f(size: Size):\n    """Do."""\n'
    (tool,) = tools_from_handler(handler(package, source), "f")
    assert tool.input_schema["properties"] == {"size": {"type": "integer", "enum": [1, 2]}}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("a", r"f: parameter 'a' has no type hint; add one, such as a: str"),
        ("a: datetime.datetime", r"datetime.datetime is nothing a tool's schema can say; .* annotate str and parse it"),
        ("a: bytes", r"annotate str and decode it"),
        ("a: t.Any", r"say which type it has"),
        ("a: list", r"list does not say what it holds; write list\[str\]"),
        ("a: set[str]", r"JSON has no sets"),
        ("a: tuple[str, int]", r"annotate list"),
        ("a: dict[int, str]", r"has keys that are no text"),
        ("a: str | int", r"str \| int allows several types"),
        ("a: t.Union[str, int, None]", r"allows several types"),
        ("a: t.Literal['a', 1]", r"lists values of several types"),
        ("a: Unknown", r"Unknown is nothing a tool's schema can say; use str, int"),
        ("a: Plain", r"class Plain is neither an Enum, a TypedDict nor a dataclass"),
        ("a: Tree", r"contains itself"),
        ("a: 'list[str'", r"the hint 'list\[str' is not valid Python"),
        ("*a: str", r"takes any number of arguments \(a\)"),
        ("**a: str", r"takes any number of arguments \(a\)"),
        ("a: str, /", r"'a' cannot be given by name"),
        ("a: 1", r"1 is no type"),
    ],
)
def test_fails_with_file_line_and_remedy(tmp_path: Path, parameters: str, message: str) -> None:
    source = f"""
        import datetime
        import typing as t

        class Plain:
            pass

        class Tree(t.TypedDict):
            children: "list[Tree]"

        def f(
            {parameters},
        ):
            '''Do.'''
        """.replace("/,", "/")
    with pytest.raises(ValueError, match=rf"main.py:\d+: .*{message}") as failure:
        tools_from_handler(handler(tmp_path, source), "f")
    line = int(str(failure.value).split(":")[1])
    assert line in (5, 9, 12)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(a: str): pass", r"main.py:1: f has no docstring, by which a model chooses"),
        ("def f(a: str):\n  '''Do.\n\n  Args:\n    b: B.\n  '''", r"f documents 'b', which is no parameter of it"),
        ("def g(): pass", r"no top-level function 'f'; it has g"),
        ("class A:\n  def f(self): pass", r"no top-level function 'f'; it has none"),
        ("def ff(): pass", r"did you mean ff\?"),
        ("def f(:", r"main.py:1: not valid Python 3\.\d+, by which it is read here"),
    ],
)
def test_fails_for_functions_that_are_no_tools(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tools_from_handler(handler(tmp_path, source), "f")


def test_fails_without_functions_and_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no function named; name the tools among find_orders, place, ping"):
        tools_from_handler(handler(tmp_path, ORDERS))


def test_fails_for_a_function_named_twice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"two tools are called 'ping'"):
        tools_from_handler(handler(tmp_path, ORDERS), "ping", "ping")
