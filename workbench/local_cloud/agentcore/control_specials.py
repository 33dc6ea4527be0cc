"""What the service does with some kinds of resource beyond what its model says, by kind."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

from collections.abc import Callable, Mapping

from workbench.local_cloud.agentcore.control_records import kept
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore

Operation = Callable[[ScopeStore, Mapping[str, object]], dict[str, object]]
"""An operation that is no plain create, get, list, update or delete of one kind."""


class Special:
    """How one kind of resource behaves. The methods here are the plain behaviour; a kind overrides what differs."""

    cascades = False
    """Whether deleting the resource deletes what belongs to it. Otherwise the service refuses while something does."""

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """The attributes of a new resource, from the validated input of its Create operation."""
        return kept(params)

    def created(self, store: ScopeStore, record: Record) -> None:
        """Add what the service makes along with a new resource."""

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """The attributes to set on a resource, from the validated input of its Update operation; None removes one."""
        return changes

    def updated(self, store: ScopeStore, record: Record) -> None:
        """Add what the service changes along with an updated resource."""

    def get(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> Attributes:
        """The attributes to show, for a Get operation that can ask for another state than the current one."""
        return record.attributes

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Whether a Delete operation deletes the whole resource, having removed what it made along with it."""
        return True
