"""Python interpreters of this machine, for what does not run on the workbench's own."""

import os
import subprocess
from pathlib import Path

import uv


def find_python(request: str) -> Path | None:
    """An interpreter that is installed here; None if there is none.

    Args:
        request: Which, as uv takes it: `3.13` or `>=3.10`.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # pyenv's shims fail unless a version is selected, so its interpreters themselves come first.
    versions = [str(path.parent) for path in sorted(root.glob("versions/*/bin/python3"))]
    variables = {**os.environ, "PATH": os.pathsep.join([*versions, os.environ.get("PATH", "")])}
    variables.pop("VIRTUAL_ENV", None)
    command = [uv.find_uv_bin(), "python", "find", "--no-python-downloads", "--system", request]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    return Path(result.stdout.strip()) if result.returncode == 0 else None
