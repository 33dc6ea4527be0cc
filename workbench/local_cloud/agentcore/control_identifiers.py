"""Ids and ARNs that match the service model's own patterns."""

import re
import secrets
import string
import uuid
from collections.abc import Sequence

from workbench.local_cloud.agentcore.control_validation import compiled
from workbench.local_cloud.agentcore.service import Scope

_LOWER = string.ascii_lowercase + string.digits
_MIXED = string.ascii_letters + string.digits
_SUFFIX_LENGTH = 10
_RANDOM_LENGTHS = (10, 12)
# What stands before the resource part of an ARN in the model's patterns: the account, or `aws` for AWS's own resources.
_ACCOUNT = re.compile(r"(?:\[0-9\]\{12\}|\(aws\|\[0-9\]\{12\}\)):")


def random_text(length: int, alphabet: str = _MIXED) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_id(pattern: str, name: str) -> str:
    """A fresh id as the service forms it: the name and ten random characters, a UUID, or random characters alone.

    Args:
        pattern: The model's pattern of the id.
        name: The resource's name, which opens the id where the pattern allows it.

    Raises:
        ValueError: If no known form matches the pattern.
    """
    expression = compiled(pattern)
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    for candidate in _candidates(plain):
        if expression is None or expression.fullmatch(candidate):
            return candidate
    raise ValueError(
        f"no form of id is known for the pattern {pattern!r} and the name {name!r}; add it to control_identifiers"
    )


def _candidates(name: str) -> list[str]:
    return [
        f"{name}-{random_text(_SUFFIX_LENGTH)}",
        f"{name.lower()}-{random_text(_SUFFIX_LENGTH, _LOWER)}",
        f"{name}-{random_text(_SUFFIX_LENGTH, _LOWER)}",
        f"{name.replace('-', '_')}-{random_text(_SUFFIX_LENGTH, _LOWER)}",
        str(uuid.uuid4()),
        *(random_text(length) for length in _RANDOM_LENGTHS),
    ]


def new_arn(pattern: str, scope: Scope, key: Sequence[str]) -> str:
    """The ARN of a resource: the literal words of the model's pattern with the resource's key in the slots between.

    Args:
        pattern: The model's pattern of the ARN.
        scope: Account and region.
        key: The ids of the resource, its parents' first. A slot without an id is AWS's `default` (the token vault).

    Raises:
        ValueError: If the pattern names no account, so that its resource part cannot be found.
    """
    parts = _ACCOUNT.split(pattern, maxsplit=1)
    if len(parts) != 2:
        raise ValueError(f"the ARN pattern {pattern!r} names no account; its resource part is unknown")
    first_choice = re.split(r"\$\|", parts[1])[0]
    segments = first_choice.replace("\\/", "/").rstrip("$").split("/")
    words = [re.sub(r"\((-custom)\)\?", r"\1", word) for word in segments[::2]]
    slots = ["default"] * (len(segments) // 2 - len(key)) + list(key)
    resource = "/".join(part for pair in zip(words, slots[-len(words) :], strict=False) for part in pair)
    return service_arn(scope, resource)


def service_arn(scope: Scope, resource: str) -> str:
    """An ARN of this service for a resource part such as `memory/notes-a1B2c3D4e5`."""
    return f"arn:aws:bedrock-agentcore:{scope.region}:{scope.account}:{resource}"


def key_of_arn(arn: str, length: int) -> tuple[str, ...]:
    """The last ids in an ARN's resource part: of `…:runtime/a/runtime-endpoint/b` with length 2, `a` and `b`.

    Raises:
        ValueError: If the text is no ARN or holds fewer ids.
    """
    ids = arn.split(":", 5)[-1].split("/")[1::2]
    if not arn.startswith("arn:") or len(ids) < length:
        raise ValueError(f"{arn!r} is no ARN with {length} id(s); pass the full ARN of the resource")
    return tuple(ids[-length:])
