"""A container image, as far as it can be run without a container: what its Dockerfile says of a Python program.

https://docs.docker.com/reference/dockerfile/
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.assembly import ImageAsset
from workbench.errors import WorkbenchError

_CONTINUED = re.compile(r"\\\s*\n")
_REQUIREMENTS = re.compile(r"(?:^|\s)(?:-r|--requirement)[ =]?(\S+)")
_BASE = re.compile(r"(?:\S+/)?python:(?P<version>\d+\.\d+)\S*(?:\s.*)?", re.IGNORECASE)
_PYTHONS = frozenset({"python", "python3"})


@dataclass(frozen=True)
class PythonImage:
    """A Python program and what it needs.

    Args:
        name: What a person calls the image.
        source: Directory that the image copies; the program is in it.
        lock: Requirements file that the image installs.
        python: Version of Python that its base image has, such as `3.13`; empty if the base's name does not say.
        arguments: What follows `python` on the command line.
        variables: What the image sets for the program, without paths of the container.
        user: Who runs the program there.
    """

    name: str
    source: Path
    lock: Path
    python: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    user: str

    @classmethod
    def read(cls, asset: ImageAsset) -> "PythonImage":
        """Read an image's Dockerfile.

        Args:
            asset: The image.

        Raises:
            WorkbenchError: If it is not built from a directory, or its program is no Python file with a requirements
                file.
        """
        if asset.directory is None:
            raise WorkbenchError(
                f"the image {asset.display_name} is made by a command, and nothing can be run from that here: build it"
                " from a directory with a Dockerfile"
            )
        file = asset.directory / asset.dockerfile
        steps = list(_steps(file))
        last = max((number for number, (word, _) in enumerate(steps) if word == "FROM"), default=0)
        final = steps[last:]
        command = [*_command(final, "ENTRYPOINT", file), *_command(final, "CMD", file)]
        locks = [found for word, rest in steps if word == "RUN" for found in _REQUIREMENTS.findall(rest)]
        if not command or command[0] not in _PYTHONS or not locks:
            raise WorkbenchError(
                f"{file} starts {command or 'nothing'} and installs {locks or 'no requirements file'}: the local cloud"
                ' runs images whose ENTRYPOINT is ["python", …] and that `pip install -r` one requirements file'
            )
        lock = asset.directory / Path(locks[0]).name
        if not lock.is_file():
            raise WorkbenchError(f"{file} installs {locks[0]}, and there is no {lock}")
        return cls(
            name=asset.display_name,
            source=asset.directory,
            lock=lock,
            python=_version(final),
            arguments=tuple(command[1:]),
            variables=dict(_variables(final)),
            user=next((rest for word, rest in reversed(final) if word == "USER"), "root"),
        )


def _steps(file: Path) -> Iterator[tuple[str, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise WorkbenchError(f"cannot read {file}: {error}") from error
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in _CONTINUED.sub(" ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word.upper(), rest.strip()


def _command(steps: list[tuple[str, str]], word: str, file: Path) -> list[str]:
    stated = next((rest for name, rest in reversed(steps) if name == word), "[]")
    try:
        parsed = json.loads(stated)
    except ValueError as error:
        raise WorkbenchError(f"{file}: {word} has to be a JSON list, got {stated!r}") from error
    return [str(each) for each in parsed]


def _version(steps: list[tuple[str, str]]) -> str:
    found = next((_BASE.fullmatch(rest) for word, rest in steps if word == "FROM"), None)
    return found["version"] if found else ""


def _variables(steps: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for word, rest in steps:
        if word == "ENV":
            pairs = (part.partition("=") for part in shlex.split(rest))
            # Paths of the container name nothing here.
            yield from ((name, value) for name, _, value in pairs if not value.startswith("/"))
