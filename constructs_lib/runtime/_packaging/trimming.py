"""What of the installed distributions the runtime never needs."""

import difflib
import fnmatch
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

# botocore resolves credentials of an assumed or web identity through STS whatever the agent itself calls.
ALWAYS_KEPT_SERVICES = frozenset({"sts"})

_DATA_FOLDERS = ("botocore/data/", "boto3/data/")
_SERVICE_DEPTH = 4  # botocore / data / <service> / file or version: shorter paths belong to no service
_NEVER_AT_RUN_TIME = (".pyi", ".pyx", ".pxd")
_DOCUMENTATION = ("examples-1.json", "examples-1.json.gz")


class Trimming:
    """Decides which installed files stay.

    Files that depend on the machine that installs (its bytecode, uv's bookkeeping) never stay. With `enabled`, test
    packages, type stubs, documentation data and the data of AWS services that the agent does not declare go as well.
    """

    def __init__(self, enabled: bool, aws_services: Collection[str] | None, exclude: Collection[str]) -> None:
        self.enabled = enabled
        self.services = None if aws_services is None else ALWAYS_KEPT_SERVICES | set(aws_services)
        self.exclude = tuple(exclude)

    def keeps(self, name: str) -> bool:
        """Whether the file at this path of the zip stays."""
        return not (self._is_of_this_machine(name) or excluded(name, self.exclude) or self._is_surplus(name))

    def check_services(self, names: Iterable[str]) -> None:
        """Raise ValueError if a declared service is none that the installed botocore knows."""
        prefix = "botocore/data/"
        known = {
            name.split("/")[2] for name in names if name.startswith(prefix) and name.count("/") >= _SERVICE_DEPTH - 1
        }
        unknown = sorted((self.services or set()) - known) if known else []
        if unknown:
            similar = difflib.get_close_matches(unknown[0], known, n=3)
            raise ValueError(
                f"aws_services names {unknown[0]!r}, which the locked botocore does not know. Use the names that "
                f"boto3.client takes{f', such as {similar}' if similar else ''}"
            )

    def _is_of_this_machine(self, name: str) -> bool:
        path = PurePosixPath(name)
        return name == ".lock" or "__pycache__" in path.parts or path.name == "uv_cache.json"

    def _is_surplus(self, name: str) -> bool:
        if not self.enabled:
            return False
        path = PurePosixPath(name)
        if "tests" in path.parts[:-1] or path.suffix in _NEVER_AT_RUN_TIME:
            return True
        return name.startswith(_DATA_FOLDERS) and (path.name in _DOCUMENTATION or self._is_undeclared(path))

    def _is_undeclared(self, path: PurePosixPath) -> bool:
        return self.services is not None and len(path.parts) >= _SERVICE_DEPTH and path.parts[2] not in self.services


def excluded(name: str, patterns: Iterable[str]) -> bool:
    """Whether a path of the zip matches one of the user's patterns (`*` also crosses `/`)."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
