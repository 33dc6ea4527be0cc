"""Finds out what this machine can hold a sandbox with."""

import os
import shutil
import sys
from pathlib import Path

from workbench.local_cloud.agentcore.sandbox.isolation import FIRST_USER, Isolation, Limits
from workbench.local_cloud.agentcore.sandbox.process import Place, SandboxProcess

_VISIBLE = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/localtime")
_NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts")
_TRIAL_SECONDS = 10.0


def isolation_of_this_machine(directory: Path) -> Isolation:
    """Find out what is possible, by trying it.

    Args:
        directory: Where a first sandbox may be tried.
    """
    python = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
    prefix = str(Path(sys.base_prefix).resolve())
    visible = _VISIBLE if prefix.startswith("/usr/") else (*_VISIBLE, prefix)
    unshare = shutil.which("unshare")
    limits_only = Isolation((), python, visible)
    if sys.platform != "linux" or unshare is None:
        return limits_only
    as_user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    tried = Isolation((unshare, *as_user, *_NAMESPACES, "--"), python, visible)
    return tried if _works(Place(tried, Limits(), directory / "trial", FIRST_USER)) else limits_only


def _works(place: Place) -> bool:
    place.create()
    try:
        process = SandboxProcess(place, [str(place.isolation.python), "-I", "-c", "pass"])
        try:
            return process.collect(_TRIAL_SECONDS).exit_code == 0
        finally:
            process.close()
    except OSError:
        return False
    finally:
        place.remove()
