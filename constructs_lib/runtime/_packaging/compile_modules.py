"""Run by an interpreter of the runtime's version: compiles the modules that standard input names into one zip.

`compileall` and `py_compile` do the same file by file, and spend a third of their time around the compiler.
Uses nothing but the standard library of Python 3.10 and later.
"""

import gc
import importlib.util
import marshal
import sys
import zipfile
from pathlib import Path

# https://peps.python.org/pep-0552/: the hash is not checked on import. The zip's fixed times would invalidate bytecode
# that is bound to times.
_UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compile_modules(root: Path, names: list[str], target: zipfile.ZipFile) -> list[str]:
    """Write the bytecode of each module below `root` and return what could not be compiled."""
    failures = []
    for name in names:
        source = (root / name).read_bytes()
        try:
            # The recorded path is relative, so that the result does not depend on the machine.
            code = compile(source, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            failures.append(f"{name}: {error}")
            continue
        header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
        target.writestr(importlib.util.cache_from_source(name, optimization=""), header + marshal.dumps(code))
    return failures


if __name__ == "__main__":
    # Nothing here makes cycles worth looking for.
    gc.disable()
    with zipfile.ZipFile(sys.argv[2], "w") as archive:
        failed = compile_modules(Path(sys.argv[1]), sys.stdin.read().splitlines(), archive)
    sys.stdout.write("\n".join(failed))
