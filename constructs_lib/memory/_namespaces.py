"""Checks of memory namespaces: where records are stored, and who can be reached from there by a prefix."""

import re

ACTOR = "{actorId}"
SESSION = "{sessionId}"
STRATEGY = "{memoryStrategyId}"
_PLACEHOLDERS = (ACTOR, SESSION, STRATEGY)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}?|\}")
# The pattern of the service's API for the text between placeholders.
_LITERAL = re.compile(r"[a-zA-Z0-9\-_/]*")
_MAX_LENGTH = 512


def check_namespace(strategy: str, namespace: str, *, shared: bool) -> None:
    """Refuse a namespace that the service rejects, or in which a prefix search for one actor finds another.

    https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/specify-long-term-memory-organization.html

    Raises:
        ValueError: What is wrong and how to spell it.
    """
    complaint = f"the namespace of the memory strategy {strategy!r}"
    unknown = [found for found in _PLACEHOLDER.findall(namespace) if found not in _PLACEHOLDERS]
    if unknown:
        raise ValueError(
            f"{complaint} has the unknown placeholder {unknown[0]!r}, got {namespace!r};"
            f" the service fills in {', '.join(_PLACEHOLDERS)}"
        )
    if not _LITERAL.fullmatch(_PLACEHOLDER.sub("", namespace)) or len(namespace) > _MAX_LENGTH:
        raise ValueError(
            f"{complaint} may hold letters, digits, '-', '_', '/' and placeholders, at most {_MAX_LENGTH} characters,"
            f" got {namespace!r}"
        )
    if not (namespace.startswith("/") and namespace.endswith("/")):
        raise ValueError(
            f"{complaint} has to start and end with '/', got {namespace!r}; without the last one, a search below"
            " '/users/1' also finds '/users/12'"
        )
    if f"/{ACTOR}/" not in namespace and not shared:
        raise ValueError(
            f"{complaint} has to keep actors apart by a part /{ACTOR}/, got {namespace!r};"
            " add it, or pass shared=True if every actor may read every record"
        )


def record_path(namespace: str) -> str | None:
    """The path below which a namespace keeps each actor's records, or None if an agent cannot find it by the actor.

    Nobody's own are records that every actor shares. Below a strategy's or a session's part an actor is out of reach:
    an agent would have to list above the actor.
    """
    head, actor, _ = namespace.partition(f"/{ACTOR}/")
    return head + actor if actor and not _PLACEHOLDER.search(head) else None


def search_pattern(namespace: str) -> str:
    """Paths at which a namespace is searched, as an IAM pattern: its own, and up to the actor's part.

    An agent finds an actor's facts and preferences by one search below `/users/ACTOR/`. A search above the actor
    matches no pattern.
    """
    head, actor, _ = namespace.partition(f"{ACTOR}/")
    return _PLACEHOLDER.sub("*", head + actor)
