"""Refuses native binaries that linux/arm64 cannot load, by their file headers."""

import struct

HEADER_SIZE = 20

_ELF = b"\x7fELF"
_ELF_LITTLE_ENDIAN = 1
_AARCH64 = 183
_ELF_MACHINES = {3: "x86", 40: "32-bit ARM", 62: "x86-64", 243: "RISC-V"}
_MACH_O = {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}
_MACH_O_UNIVERSAL = b"\xca\xfe\xba\xbe"
_JAVA_FIRST_VERSION = 45


def foreign_binary(header: bytes) -> str | None:
    """Say what the file is if it is native code for another platform than linux/arm64, else None.

    Args:
        header: The first `HEADER_SIZE` bytes of the file.
    """
    if header[:4] in _MACH_O or _is_universal_mach_o(header):
        return "a macOS binary"
    if header[:4] == _ELF and len(header) >= HEADER_SIZE:
        order = "<" if header[5] == _ELF_LITTLE_ENDIAN else ">"
        machine = struct.unpack_from(f"{order}H", header, 18)[0]
        if machine != _AARCH64:
            return f"a Linux binary for {_ELF_MACHINES.get(machine, f'ELF machine {machine}')}"
    return None


def _is_universal_mach_o(header: bytes) -> bool:
    # Java class files share the magic number; there the next four bytes are a version of at least 45.
    is_magic = header[:4] == _MACH_O_UNIVERSAL and len(header) >= 8
    return is_magic and struct.unpack_from(">I", header, 4)[0] < _JAVA_FIRST_VERSION


def refuse_foreign_binary(name: str, header: bytes, origin: str) -> None:
    """Raise ValueError if the file `name` from `origin` cannot run on linux/arm64."""
    kind = foreign_binary(header)
    if kind:
        raise ValueError(
            f"{name} from {origin} is {kind}, but AgentCore Runtime runs linux/arm64. Replace it by an arm64 build, or "
            f"leave it out with exclude=({name!r},) if the agent never loads it"
        )
