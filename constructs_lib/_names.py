"""Physical names for the resources that need one: derived from the construct's path, the same at every synth."""

import hashlib
import re


def physical_name(path: str, *, max_length: int, salt: str = "") -> str:
    """A name of letters, digits and underscores that starts with a letter.

    The path itself where it fits and says everything; otherwise it ends in a hash of the path and `salt`. `salt` holds
    the create-only properties of a resource, so that a replacement is not refused because its name is still taken.
    """
    name = re.sub(r"[^a-zA-Z0-9]+", "_", path).strip("_")
    if not name[:1].isalpha():
        name = f"a_{name}"
    if name == path.replace("/", "_") and "_" not in path and len(name) <= max_length and not salt:
        return name
    digest = hashlib.sha256(f"{path}\0{salt}".encode()).hexdigest()[:8]
    # The end of a path tells constructs apart, its start tells stages apart: keep both.
    room = max_length - len(digest) - 1
    if len(name) > room:
        head = room // 3
        name = f"{name[:head].rstrip('_')}_{name[-(room - head - 1) :].lstrip('_')}"
    return f"{name}_{digest}"
