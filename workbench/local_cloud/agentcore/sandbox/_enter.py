"""Started for every process of a sandbox: takes away what it may not have, then becomes the program it is to run.

Standard library only, and imported by nobody: it is run by path, with `python -I`, as the first process of new
namespaces where the system allows them. Its only argument is JSON, written by `process.py`.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path

_PROCESSES, _TEMPORARY, _WORKSPACE = "proc", "tmp", "workspace"
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND, _MS_REC = 1, 2, 4, 8, 32, 4096, 16384
_MNT_DETACH = 2
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_CAPABILITIES = 64
_DEVICES = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def _called(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: "str | Path", target: "str | Path", kind: str, flags: int, options: str = "") -> None:
    arguments = (os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _called(_libc.mount(*arguments), f"mount {source} at {target}")


def _show(path: Path, target: Path) -> None:
    """Make a file or directory of the machine visible below the new root, for reading only."""
    if path.is_symlink():
        target.symlink_to(path.readlink())
        return
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(path, target, "", _MS_BIND | _MS_REC)
    # What the machine's own mount forbids has to stay forbidden, or the kernel refuses.
    kept = os.statvfs(target).f_flag & (_MS_NODEV | _MS_NOEXEC)
    _mount("", target, "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | kept)


def _enter_root(root: Path, directory: str, visible: "list[str]", worker: str) -> None:
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID, "size=1m,mode=755")
    for path in map(Path, visible):
        if path.is_symlink() or path.exists():
            _show(path, root / path.relative_to("/"))
    _show(Path(worker), root / "worker.py")
    (root / "dev").mkdir()
    for device in _DEVICES:
        (root / "dev" / device).touch()
        _mount(f"/dev/{device}", root / "dev" / device, "", _MS_BIND)
    for own in (_PROCESSES, _TEMPORARY, _WORKSPACE):
        (root / own).mkdir()
    _mount("tmpfs", root / _TEMPORARY, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64m,mode=1777")
    _mount(directory, root / _WORKSPACE, "", _MS_BIND)
    # Some containers allow no new /proc; there is none then.
    with contextlib.suppress(OSError):
        _mount("proc", root / _PROCESSES, "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    os.chdir(root)
    _called(_libc.pivot_root(b".", b"."), "pivot_root")
    _called(_libc.umount2(b".", _MNT_DETACH), "umount")
    _mount("", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID)
    os.chdir(f"/{_WORKSPACE}")


def _limit(limits: "dict[str, int]") -> None:
    for name, most in limits.items():
        # macOS knows fewer limits than Linux and refuses some; docs say which hold where.
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def _give_up_rights(user: int) -> None:
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    else:
        for capability in range(_CAPABILITIES):
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    _called(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def _guard(child: int, life: int) -> None:
    """Wait until the child ends or the server's end of the pipe closes, and take everything along."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    code = os.waitstatus_to_exitcode(ended[1])
                    _end(child, code if code >= 0 else 128 - code)
        ready, _, _ = select.select([life, wake], [], [])
        if life in ready:
            _end(child, 128 + signal.SIGKILL)
        os.read(wake, 4096)


def _end(child: int, code: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    # In a process namespace of its own, this ends every process that is left.
    os._exit(code)


def _main() -> None:
    given = json.loads(sys.argv[1])
    if given["isolated"]:
        _enter_root(Path(given["root"]), given["directory"], given["visible"], given["worker"])
    else:
        os.chdir(given["directory"])
    # Before the fork, so that a change cannot be missed.
    child = os.fork()
    if child:
        for stream in (1, 2, *given["passed"]):
            os.close(stream)
        _guard(child, given["life"])
    os.setpgid(0, 0)
    os.close(given["life"])
    _limit(given["limits"])
    if given["isolated"]:
        _give_up_rights(given["user"])
    os.execve(given["argv"][0], given["argv"], given["environment"])  # noqa: S606


_main()
