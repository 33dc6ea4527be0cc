import struct

import pytest

from constructs_lib.runtime._packaging.binaries import foreign_binary, refuse_foreign_binary
from tests.constructs_lib.runtime.wheels import elf

JAVA_CLASS = b"\xca\xfe\xba\xbe" + struct.pack(">I", 65) + bytes(12)
BIG_ENDIAN_ELF = b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HH", 3, 22)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (elf(62), "a Linux binary for x86-64"),
        (elf(3), "a Linux binary for x86"),
        (elf(40), "a Linux binary for 32-bit ARM"),
        (elf(243), "a Linux binary for RISC-V"),
        (elf(8), "a Linux binary for ELF machine 8"),
        (BIG_ENDIAN_ELF, "a Linux binary for ELF machine 22"),
        (b"\xcf\xfa\xed\xfe" + bytes(16), "a macOS binary"),
        (b"\xca\xfe\xba\xbe" + struct.pack(">I", 2) + bytes(12), "a macOS binary"),
    ],
)
def test_binaries_of_other_platforms_are_named(header: bytes, kind: str) -> None:
    assert foreign_binary(header) == kind


@pytest.mark.parametrize("header", [elf(183), JAVA_CLASS, b"import os\n", b"", b"\x7fELF", b"\xca\xfe\xba\xbe"])
def test_everything_else_passes(header: bytes) -> None:
    assert foreign_binary(header) is None


def test_refusal_names_file_origin_and_remedy() -> None:
    with pytest.raises(ValueError, match=r"a/b.so from lock is .* x86-64, .*exclude=\('a/b.so',\)"):
        refuse_foreign_binary("a/b.so", elf(62), "lock")
