"""Calls of uv: install for the runtime's platform, export a lock, find an interpreter."""

import os
import re
import subprocess
import sys
from pathlib import Path

import uv

# The runtime runs Amazon Linux 2023 on arm64 (https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-code-deploy-supported-runtimes.html),
# whose glibc is 2.34. uv accepts every older manylinux tag (2014, 2_28 …) for it as well.
PLATFORM = "aarch64-manylinux_2_34"

_NO_WHEEL = re.compile(r"Because (\S+) has no (?:usable )?wheels")
_UNPINNED = "In `--require-hashes` mode"


def install(requirements: Path, target: Path, *, python_version: str, lock: Path) -> None:
    """Install exactly what `requirements` pins into `target`, for linux/arm64.

    Raises:
        ValueError: If the lock cannot be installed as it stands: no arm64 wheel, a missing or wrong hash.
        RuntimeError: If uv failed for another reason, such as an index that cannot be reached.
    """
    # fmt: off
    result = _run(
        "pip", "install", "--quiet", "--target", str(target), "--python", sys.executable,
        "--python-platform", PLATFORM, "--python-version", python_version, "--only-binary", ":all:",
        "--require-hashes", "--no-deps", "--no-compile-bytecode", "--requirements", str(requirements),
        directory=lock.parent,
    )
    # fmt: on
    if result.returncode != 0:
        raise _install_error(result.stderr, python_version, lock)


def export(lock: Path, requirements: Path) -> None:
    """Write the pins of a `uv.lock`, without the project itself and its development groups."""
    # fmt: off
    result = _run(
        "export", "--quiet", "--frozen", "--no-emit-project", "--no-default-groups", "--no-header",
        "--format", "requirements-txt", "--output-file", str(requirements),
        directory=lock.parent,
    )
    # fmt: on
    if result.returncode != 0:
        raise ValueError(f"{lock} cannot be exported; run `uv lock` in its directory. uv says: {result.stderr.strip()}")


def find_interpreter(python_version: str, search_first: list[Path]) -> Path | None:
    """Return a CPython of this minor version that is installed already, or None. Never downloads one."""
    path = os.pathsep.join([*map(str, search_first), os.environ.get("PATH", "")])
    result = _run(
        "python", "find", "--system", "--no-project", "--no-python-downloads", f"cpython@{python_version}", path=path
    )
    return Path(result.stdout.strip()) if result.returncode == 0 else None


def _run(*arguments: str, directory: Path | None = None, path: str | None = None) -> subprocess.CompletedProcess[str]:
    # The variable would make uv compile with the interpreter of the synth instead of the runtime's own version.
    environment = {name: value for name, value in os.environ.items() if name != "UV_COMPILE_BYTECODE"}
    if path is not None:
        environment["PATH"] = path
    command = [uv.find_uv_bin(), "--color", "never", "--no-progress", *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


def _install_error(message: str, python_version: str, lock: Path) -> Exception:
    no_wheel = _NO_WHEEL.search(message)
    if no_wheel:
        return ValueError(
            f"{no_wheel[1]} in {lock} has no wheel for linux/arm64 ({PLATFORM}, Python {python_version}), which "
            f"AgentCore Runtime needs. Pin a version that ships one, leave the package out, or use "
            f"AgentCode.from_dockerfile. uv says: {message.strip()}"
        )
    if _UNPINNED in message:
        return ValueError(
            f"{lock} pins a package without a hash. Compile it again with `uv pip compile --universal "
            f"--generate-hashes`. uv says: {message.strip()}"
        )
    if "Hash mismatch" in message:
        return ValueError(f"{lock} does not match what the index serves: {message.strip()}")
    return RuntimeError(f"uv could not install {lock} for linux/arm64: {message.strip()}")
