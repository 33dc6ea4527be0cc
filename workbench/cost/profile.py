"""Usage profiles: how much an app is used in a month, as TOML. Each number may be one, or that of a cheap, an expected
and a dear month."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any

from workbench.cost.usage import Usage
from workbench.errors import WorkbenchError

SCENARIOS = ("low", "expected", "high")
"""The months that a profile describes: cheap, expected, dear."""


@dataclass(frozen=True)
class Profile:
    """A usage profile.

    Args:
        path: Its file.
        name: What it calls itself; the file's name where it does not.
        shares: Share of the traffic by runtime name; empty: all runtimes have the same.
        scenarios: The cheap, the expected and the dear month.
        assumed: Sections that the file leaves to the defaults.
    """

    path: Path
    name: str
    shares: Mapping[str, float]
    scenarios: tuple[Usage, Usage, Usage]
    assumed: tuple[str, ...]


def shipped() -> dict[str, Path]:
    """The profiles that the package carries, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "profiles").glob("*.toml"))}


def find_profile(name: str) -> Path:
    """The file of a profile.

    Args:
        name: A path, or the name of one that the package carries, such as `typical`.
    """
    return Path(name) if Path(name).exists() else shipped().get(name, Path(name))


def read_profile(path: Path) -> Profile:
    """Read a profile.

    Args:
        path: The TOML file.

    Returns:
        The profile.

    Raises:
        WorkbenchError: If the file is missing or malformed, or a key is unknown, missing, negative or no number.
    """
    document = _load(path)
    shares = _shares(path, document.pop("shares", {}))
    name = str(document.pop("name", path.stem))
    document.pop("description", None)
    sections = {each.name: each.type for each in fields(Usage)}
    if unknown := sorted(set(document) - set(sections)):
        known = ", ".join(["name", "description", "shares", *sections])
        raise WorkbenchError(f"{path}: unknown {', '.join(unknown)}; known are {known}")
    low, expected, high = (
        Usage(**{name: _section(path, name, kind, document.get(name, {}), month) for name, kind in sections.items()})
        for month in range(len(SCENARIOS))
    )
    assumed = tuple(name for name in sections if name not in document)
    return Profile(path, name, shares, (low, expected, high), assumed)


def _load(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(shipped())
        raise WorkbenchError(
            f"cannot read the profile {path}: {error.strerror}; pass a file or one of {known} by --profile"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path} is not valid TOML: {error}") from None


def _shares(path: Path, value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        raise WorkbenchError(f"{path}: shares has to be a table of runtime names and shares, got {value!r}")
    shares = {name: _checked(path, f"[shares] {name}", share, 1.0) for name, share in value.items()}
    if shares and not math.isclose(sum(shares.values()), 1, abs_tol=0.01):
        raise WorkbenchError(f"{path}: the [shares] of all runtimes are 1 together, got {sum(shares.values()):g}")
    return shares


def _section(path: Path, name: str, kind: object, value: object, month: int) -> Any:
    if not isinstance(kind, type) or not isinstance(value, dict):
        raise WorkbenchError(f"{path}: {name} has to be a table ([{name}]), got {value!r}")
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(set(value) - set(known)):
        raise WorkbenchError(f"{path}: [{name}] unknown {', '.join(unknown)}; known are {', '.join(known)}")
    needed = [key for key, each in known.items() if each.default is MISSING and key not in value]
    if needed:
        raise WorkbenchError(f"{path}: [{name}] needs {', '.join(needed)}")
    return kind(**{key: _value(path, f"[{name}] {key}", known[key], entry, month) for key, entry in value.items()})


def _value(path: Path, at: str, known: "Field[object]", entry: object, month: int) -> object:
    if known.type is str:
        if not isinstance(entry, str):
            raise WorkbenchError(f"{path}: {at} has to be a text, got {entry!r}")
        return entry
    months = entry if isinstance(entry, list) else [entry] * len(SCENARIOS)
    if len(months) != len(SCENARIOS):
        raise WorkbenchError(f"{path}: {at} has to be one value or three, [low, expected, high], got {entry!r}")
    if known.type is bool:
        return _flag(path, at, months, month)
    return [_checked(path, at, each, known.metadata.get("most", math.inf)) for each in months][month]


def _flag(path: Path, at: str, months: Sequence[object], month: int) -> bool:
    if not all(isinstance(each, bool) for each in months):
        raise WorkbenchError(f"{path}: {at} has to be true or false, got {list(months)!r}")
    return bool(months[month])


def _checked(path: Path, at: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or math.isinf(value):
        bound = "of 0 or more" if math.isinf(most) else f"from 0 to {most:g}"
        raise WorkbenchError(f"{path}: {at} has to be a number {bound}, got {value!r}")
    return float(value)
