"""Runs inside a sandbox: Python code with a context that lasts, or one operation on files.

Standard library only, and imported by nobody: it is run by path, with `python -I MODE CONTROL_FD`. Requests and
answers are one JSON object per line on the control descriptor; what code prints goes to standard output and error.
"""

import base64
import json
import linecache
import mimetypes
import os
import pathlib
import shutil
import sys
import traceback
from typing import Any, BinaryIO

_SOURCE = "<code>"


def _fresh() -> "dict[str, object]":
    return {"__name__": "__main__", "__builtins__": __builtins__}


def _run(code: str, context: "dict[str, object]") -> int:
    """Run code in a context; its exit code."""
    linecache.cache[_SOURCE] = (len(code), None, code.splitlines(keepends=True), _SOURCE)
    try:
        exec(compile(code, _SOURCE, "exec"), context)  # noqa: S102
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:  # noqa: BLE001 (whatever code raises ends the code, not the process)
        # The first frame is this file's.
        traceback.print_exception(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
        return 1
    return 0


def _serve_code(requests: BinaryIO, answers: BinaryIO) -> None:
    sys.path.insert(0, "")
    context = _fresh()
    for line in requests:
        request = json.loads(line)
        if request["clear"]:
            context = _fresh()
        code = _run(request["code"], context)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                code = code or 1
        _answer(answers, {"exitCode": code})


def _answer(answers: BinaryIO, document: object) -> None:
    answers.write(json.dumps(document).encode() + b"\n")
    answers.flush()


def _path(text: str) -> pathlib.Path:
    root = pathlib.Path.cwd().resolve()
    found = (root / text.removeprefix("file://").lstrip("/")).resolve()
    if not found.is_relative_to(root):
        raise PermissionError(f"{text} is outside of the session's directory")
    return found


def _uri(path: pathlib.Path) -> str:
    return f"file:///{path.relative_to(pathlib.Path.cwd().resolve())}"


def _type(path: pathlib.Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _write(request: "dict[str, Any]") -> "list[dict[str, object]]":
    targets = [(_path(entry["path"]), entry) for entry in request["files"]]
    for target, entry in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(entry["data"]))
    return [{"type": "text", "text": f"Successfully wrote all {len(targets)} files"}]


def _read(request: "dict[str, Any]") -> "list[dict[str, object]]":
    paths = [_path(text) for text in request["paths"]]
    size = sum(path.stat().st_size for path in paths)
    if size > request["most"]:
        raise ValueError(f"the files have {size:,} bytes, at most {request['most']:,} can be read at once")
    return [{"type": "resource", "resource": _resource(path)} for path in paths]


def _resource(path: pathlib.Path) -> "dict[str, object]":
    data = path.read_bytes()
    named: dict[str, object] = {"uri": _uri(path), "mimeType": _type(path)}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {**named, "type": "blob", "blob": base64.b64encode(data).decode()}
    if mimetypes.guess_type(path.name)[0] is None:
        named["mimeType"] = "text/plain"
    return {**named, "type": "text", "text": text}


def _list(request: "dict[str, Any]") -> "list[dict[str, object]]":
    links: list[dict[str, object]] = []
    for entry in sorted(_path(request["directory"]).iterdir()):
        own = f"{_uri(entry.parent).rstrip('/.')}/{entry.name}" if entry.is_symlink() else _uri(entry)
        link: dict[str, object] = {"type": "resource_link", "uri": own, "name": entry.name}
        if entry.is_dir():
            links.append({**link, "description": "Directory"})
        else:
            size = entry.lstat().st_size
            links.append({**link, "mimeType": _type(entry), "description": "File", "size": size})
    return links


def _remove(request: "dict[str, Any]") -> "list[dict[str, object]]":
    root = pathlib.Path.cwd().resolve()
    paths = [_path(text) for text in request["paths"]]
    for path in paths:
        if path == root:
            raise PermissionError("the session's directory itself cannot be removed")
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return [{"type": "text", "text": f"Successfully removed all {len(paths)} files"}]


_FILE_OPERATIONS = {"writeFiles": _write, "readFiles": _read, "listFiles": _list, "removeFiles": _remove}


def _serve_files(requests: BinaryIO, answers: BinaryIO) -> None:
    request = json.loads(requests.readline())
    try:
        _answer(answers, {"content": _FILE_OPERATIONS[request["operation"]](request)})
    except (OSError, ValueError, MemoryError) as error:
        said = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else str(error)
        _answer(answers, {"error": f"{type(error).__name__}: {said}"})


def _main() -> None:
    mode, control = sys.argv[1], int(sys.argv[2])
    os.set_inheritable(control, False)
    serve = {"code": _serve_code, "files": _serve_files}[mode]
    with os.fdopen(control, "rb") as requests, os.fdopen(os.dup(control), "wb") as answers:
        serve(requests, answers)


_main()
