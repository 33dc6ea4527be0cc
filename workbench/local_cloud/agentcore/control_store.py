"""Where the control plane keeps its resources: per account and region, in memory, gone with the process."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from workbench.local_cloud.agentcore.control_model import Kind, kinds
from workbench.local_cloud.agentcore.service import Scope, not_found

Attributes = dict[str, object]
"""The members of a resource, under every name any shape of the service model gives them."""


@dataclass
class Record:
    """One resource.

    Args:
        kind: What it is.
        key: Its ids, outermost parent first.
        attributes: Its members.
        tags: Its tags.
        versions: Earlier and current states of a versioned resource, oldest first, by version.
    """

    kind: Kind
    key: tuple[str, ...]
    attributes: Attributes
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Attributes] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN, or an empty text for a kind that has none (gateway targets and rules)."""
        return str(self.attributes.get(self.kind.arn_member, "")) if self.kind.arn_member else ""


@dataclass(frozen=True)
class Promise:
    """What a client token was used for, so that the same request is answered with the same resource."""

    operation: str
    fingerprint: str
    noun: str
    key: tuple[str, ...]


class ScopeStore:
    """Every resource of one account and region. Hold `lock` around a whole operation."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.lock = threading.RLock()
        self.policies: dict[str, str] = {}
        self.token_vault: Attributes = {}
        self._records: dict[tuple[str, tuple[str, ...]], Record] = {}
        self._promises: dict[str, Promise] = {}

    def add(self, record: Record) -> None:
        """Keep a new resource."""
        self._records[record.kind.noun, record.key] = record

    def find(self, noun: str, key: tuple[str, ...]) -> Record | None:
        """The resource of that kind and key, or None."""
        return self._records.get((noun, key))

    def get(self, noun: str, key: tuple[str, ...]) -> Record:
        """The resource of that kind and key.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        record = self.find(noun, key)
        if record is None:
            named = ", ".join(f"{name} {value}" for name, value in zip(kinds()[noun].key, key, strict=True))
            raise not_found(f"{noun} not found: {named} in {self.scope.account} {self.scope.region}")
        return record

    def of_kind(self, noun: str, parent: tuple[str, ...] = ()) -> list[Record]:
        """The resources of a kind under a parent's key, in order of creation."""
        return [record for record in self if record.kind.noun == noun and record.key[: len(parent)] == parent]

    def children(self, record: Record) -> list[Record]:
        """The resources that belong to a resource."""
        own = record.key
        return [child for child in self if child.kind.parent == record.kind.noun and child.key[: len(own)] == own]

    def by_arn(self, arn: str) -> Record:
        """The resource with that ARN.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        record = next((record for record in self if record.arn and record.arn == arn), None)
        if record is None:
            raise not_found(f"Resource not found: {arn}")
        return record

    def remove(self, record: Record) -> None:
        """Forget a resource with its resource policy and the client tokens that made it."""
        del self._records[record.kind.noun, record.key]
        self.policies.pop(record.arn, None)
        kept = {t: p for t, p in self._promises.items() if (p.noun, p.key) != (record.kind.noun, record.key)}
        self._promises = kept

    def promise(self, token: str, promise: Promise) -> None:
        """Remember what a client token was used for."""
        self._promises[f"{promise.operation}:{token}"] = promise

    def promised(self, operation: str, token: str) -> Promise | None:
        """What a client token was used for in that operation, or None."""
        return self._promises.get(f"{operation}:{token}")

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)


class Store:
    """The resources of every scope.

    Args:
        prepare: Fills a new scope with what every account has.
    """

    def __init__(self, prepare: Callable[["ScopeStore"], None]) -> None:
        self._prepare = prepare
        self._scopes: dict[Scope, ScopeStore] = {}
        self._lock = threading.Lock()

    def scope(self, scope: Scope) -> ScopeStore:
        """The store of one account and region."""
        with self._lock:
            if scope not in self._scopes:
                self._scopes[scope] = ScopeStore(scope)
                self._prepare(self._scopes[scope])
            return self._scopes[scope]

    def find(self, noun: str, key: tuple[str, ...]) -> tuple[Scope, Record] | None:
        """The resource of that kind and key in whatever account and region, or None."""
        with self._lock:
            scopes = list(self._scopes.values())
        for store in scopes:
            with store.lock:
                record = store.find(noun, key)
            if record is not None:
                return store.scope, record
        return None
