"""Tools from a handler's type hints and docstrings."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from os import PathLike
from pathlib import Path

from constructs_lib.gateway.descriptions._handler.docstrings import Docstring, read_docstring
from constructs_lib.gateway.descriptions._handler.hints import ANYTHING, MAPS, HintReader, known_name, literal, unquoted
from constructs_lib.gateway.descriptions._handler.modules import Function, SourceModule
from constructs_lib.gateway.descriptions.checks import check_tools
from constructs_lib.gateway.descriptions.tool_description import ToolDescription


def tools_from_handler(path: str | PathLike[str], *functions: str) -> tuple[ToolDescription, ...]:
    """One tool per function named, read from the source without importing it.

    The function's name is the tool's, its docstring (Google style) says what the tool does and, in `Args:`, what each
    argument means. Hints may be `str`, `int`, `float`, `bool`, `list[X]`, `dict[str, X]`, `Literal`, `Optional` or
    `X | None`, `Annotated[X, "description"]`, and Enums, TypedDicts, dataclasses and aliases of this module or of ones
    beside it. A parameter with a default is optional. A TypedDict, dataclass or `dict[str, X]` that is returned becomes
    the output schema. `service_schema` turns the schemas into what a Lambda target can say.

    Follows https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html

    Args:
        path: The handler's Python file.
        functions: Names of top-level functions in it.

    Raises:
        ValueError: With file, line and remedy: for no function or an unknown one, a missing docstring or type hint, a
            hint that JSON or a tool's schema cannot say, an argument that is documented and not a parameter,
            positional-only parameters, `*args`, `**kwargs`, or tools that `check_tools` refuses.
    """
    module = SourceModule.read(Path(path))
    public = [name for name in module.functions if not name.startswith("_")]
    if not functions:
        raise ValueError(f"{path}: no function named; name the tools among {', '.join(public) or 'none'}")
    tools = tuple(_tool(name, _found(name, module, public), module) for name in functions)
    check_tools(tools, source=str(path))
    return tools


def _found(name: str, module: SourceModule, public: list[str]) -> Function:
    if name in module.functions:
        return module.functions[name]
    close = get_close_matches(name, public, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else f"it has {', '.join(public) or 'none'}"
    raise ValueError(f"{module.path}: there is no top-level function {name!r}; {hint}")


def _tool(name: str, function: Function, module: SourceModule) -> ToolDescription:
    where = module.where(function)
    said = read_docstring(ast.get_docstring(function))
    if not said.description:
        raise ValueError(f"{where}: {name} has no docstring, by which a model chooses; write what it does")
    parameters = dict(_parameters(name, function, module))
    unknown = [documented for documented in said.arguments if documented not in parameters]
    if unknown:
        raise ValueError(
            f"{where}: {name} documents {unknown[0]!r}, which is no parameter of it; correct the docstring"
        )
    properties = {
        parameter: _property(name, node, default, said, module) for parameter, (node, default) in parameters.items()
    }
    required = [parameter for parameter, (_, default) in parameters.items() if default is None]
    return ToolDescription(
        name=name,
        description=said.description,
        input_schema={
            "type": "object",
            **({"properties": properties} if properties else {}),
            **({"required": required} if required else {}),
        },
        output_schema=_output(name, function, said, module),
    )


def _parameters(
    name: str, function: Function, module: SourceModule
) -> Iterator[tuple[str, tuple[ast.arg, ast.expr | None]]]:
    arguments = function.args
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None:
            raise ValueError(
                f"{module.where(extra)}: {name} takes any number of arguments ({extra.arg}); name each with a type hint"
            )
    if arguments.posonlyargs:
        only = arguments.posonlyargs[0]
        raise ValueError(f"{module.where(only)}: {name}: {only.arg!r} cannot be given by name; take the '/' out")
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + list(arguments.defaults)
    yield from ((node.arg, (node, default)) for node, default in zip(arguments.args, defaults, strict=True))
    yield from (
        (node.arg, (node, default)) for node, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )


def _property(
    name: str, node: ast.arg, default: ast.expr | None, said: Docstring, module: SourceModule
) -> dict[str, object]:
    subject = f"{name}: parameter {node.arg!r}"
    if node.annotation is None:
        raise ValueError(f"{module.where(node)}: {subject} has no type hint; add one, such as {node.arg}: str")
    schema = HintReader(subject).schema(node.annotation, module)
    described = said.arguments.get(node.arg)
    if described:
        schema = {**schema, "description": described}
    value = None if default is None else literal(default)
    return schema if value is None else {**schema, "default": value}


def _output(name: str, function: Function, said: Docstring, module: SourceModule) -> dict[str, object] | None:
    """The result's schema where it is an object with something to say."""
    if function.returns is None:
        return None
    hint = unquoted(function.returns, module)
    if isinstance(hint, ast.Subscript):
        parts = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else []
        is_object = known_name(module, hint.value) in MAPS and len(parts) == 2
        if not is_object or known_name(module, parts[1]) in ANYTHING:
            return None
    elif not isinstance(hint, ast.Name) or not (hint.id in module.classes or module.imported_from(hint.id)):
        return None
    schema = HintReader(f"{name}: its result").schema(hint, module)
    if schema["type"] != "object":
        return None
    return {**schema, **({"description": said.returns} if said.returns else {})}
