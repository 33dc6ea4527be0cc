"""A module's source: its functions, classes, aliases and imports, without running any of it."""

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path

type_alias = getattr(ast, "TypeAlias", ())
"""`type X = …`, where the running Python knows it."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceModule:
    """One module's definitions by name.

    Args:
        path: Its file.
        functions: Top-level functions.
        classes: Top-level classes.
        aliases: Values given to top-level names once, such as `Size = Literal["s", "m"]`.
        imports: What a name is imported as: `module` and, of `from module import name`, the name there.
    """

    path: Path
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "SourceModule":
        """Parse a file."""
        if not path.is_file():
            raise ValueError(f"a handler is a Python file, got {str(path)!r}, which is none; check the path")
        try:
            tree = ast.parse(path.read_bytes(), filename=str(path))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            reason = getattr(error, "msg", None) or str(error)
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise ValueError(
                f"{path}:{line}: not valid Python {version}, by which it is read here: {reason}; correct it, or"
                " synthesize with the handler's own version"
            ) from error
        module = cls(path)
        for node in tree.body:
            module._add(node)
        return module

    def where(self, node: ast.AST) -> str:
        """`file:line`."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def spelled_out(self, expression: ast.expr) -> str | None:
        """The dotted name with imports written out: `t.Optional` is `typing.Optional`."""
        if isinstance(expression, ast.Name):
            if expression.id not in self.imports:
                return expression.id
            module, name = self.imports[expression.id]
            return f"{module}.{name}" if name else module
        if isinstance(expression, ast.Attribute):
            around = self.spelled_out(expression.value)
            return f"{around}.{expression.attr}" if around else None
        return None

    def imported_from(self, name: str) -> tuple["SourceModule", str] | None:
        """The module beside this one that the name is imported from, and the name there."""
        module, original = self.imports.get(name, ("", None))
        if not module or original is None:
            return None
        parts = [part for part in module.split(".") if part]
        for base in self._import_roots(len(module) - len(module.lstrip("."))):
            for file in (base.joinpath(*parts).with_suffix(".py"), base.joinpath(*parts, "__init__.py")):
                if parts and file.is_file():
                    other = SourceModule.read(file)
                    if any(original in defined for defined in (other.classes, other.aliases, other.imports)):
                        return other, original
        return None

    def _import_roots(self, level: int) -> list[Path]:
        """Directories an import starts from: by its dots, or this directory and those of the packages around it."""
        parents = list(self.path.absolute().parents)
        if level:
            return parents[level - 1 : level]
        packages = next((depth for depth, parent in enumerate(parents) if not (parent / "__init__.py").is_file()), 0)
        return parents[: packages + 1]

    def _add(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            self.classes[node.name] = node
        elif isinstance(node, ast.Import):
            for alias in node.names:
                self.imports[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0], None,
                )  # fmt: skip
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self.imports[alias.asname or alias.name] = ("." * node.level + (node.module or ""), alias.name)
        elif isinstance(node, ast.If | ast.Try):  # `if TYPE_CHECKING:`
            for inner in node.body:
                self._add(inner)
        else:
            self._add_alias(node)

    def _add_alias(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            self.aliases[node.target.id] = node.value
        elif type_alias and isinstance(node, type_alias):
            self.aliases[node.name.id] = node.value
