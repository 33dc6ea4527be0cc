"""Agent runtimes and harnesses: versions, and endpoints that point at one."""

# ruff: noqa: ARG002 (every kind answers the same hooks; few need all they are given)

import copy
from collections.abc import Mapping

from workbench.local_cloud.agentcore.control_identity import OwnsIdentity
from workbench.local_cloud.agentcore.control_records import kept, new_record
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Record, ScopeStore
from workbench.local_cloud.agentcore.service import ServiceError, invalid, not_found

DEFAULT_ENDPOINT = "DEFAULT"
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-lifecycle-settings.html
DEFAULT_IDLE_SECONDS = 900
DEFAULT_LIFETIME_SECONDS = 28_800


class Versioned(OwnsIdentity):
    """A kind whose every update makes a version, with endpoints that point at versions.

    Args:
        noun: The kind; its endpoints' kind is this with `Endpoint` added.
        version: The member that holds the version.
        endpoint_name: The member that names an endpoint when it is created.
    """

    cascades = True

    def __init__(self, noun: str, version: str, endpoint_name: str) -> None:
        self._endpoint = f"{noun}Endpoint"
        self._version = version
        self._endpoint_name = endpoint_name

    def created(self, store: ScopeStore, record: Record) -> None:
        """Add the identity, the first version and the endpoint DEFAULT."""
        super().created(store, record)
        self._snapshot(record, 1)
        endpoint = {self._endpoint_name: DEFAULT_ENDPOINT, "targetVersion": "1", "liveVersion": "1"}
        store.add(new_record(self._endpoint, store.scope, dict(endpoint), record))

    def updated(self, store: ScopeStore, record: Record) -> None:
        """Make the next version and let the endpoint DEFAULT follow it."""
        number = max(int(version) for version in record.versions) + 1
        self._snapshot(record, number)
        default = store.find(self._endpoint, (*record.key, DEFAULT_ENDPOINT))
        if default is not None:
            default.attributes.update(targetVersion=str(number), liveVersion=str(number))

    def get(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> Attributes:
        """The version asked for, or the newest."""
        version = params.get(self._version)
        if version is None:
            return record.attributes
        return version_of(record, str(version))

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Delete one version if one is named, else the resource with its identity."""
        version = params.get(self._version)
        if version is None:
            return super().deleting(store, record, params)
        version_of(record, str(version))
        users = [child.key[-1] for child in store.children(record) if str(version) in _versions_used(child)]
        if users or len(record.versions) == 1:
            used = f"endpoint {users[0]} uses it" if users else "it is the only one"
            raise ServiceError(
                "ConflictException", f"Version {version} of {record.key[-1]} cannot be deleted: {used}", 409
            )
        del record.versions[str(version)]
        return False

    def _snapshot(self, record: Record, number: int) -> None:
        record.attributes[self._version] = str(number)
        record.versions[str(number)] = copy.deepcopy(record.attributes)


def version_of(record: Record, version: str) -> Attributes:
    """One version's attributes.

    Raises:
        ServiceError: `ResourceNotFoundException` if the resource has no such version.
    """
    if version not in record.versions:
        raise not_found(f"{record.kind.noun} {record.key[-1]} has no version {version}")
    return record.versions[version]


def _versions_used(endpoint: Record) -> set[object]:
    return {endpoint.attributes.get("targetVersion"), endpoint.attributes.get("liveVersion")}


class AgentRuntime(Versioned):
    """An agent runtime."""

    def __init__(self) -> None:
        super().__init__("AgentRuntime", "agentRuntimeVersion", "name")

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Add the service's defaults."""
        return self._with_defaults(kept(params))

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Add the service's defaults: an update replaces the whole configuration."""
        return self._with_defaults(changes)

    def _with_defaults(self, given: Attributes) -> Attributes:
        lifecycle = given.get("lifecycleConfiguration")
        settings = dict(lifecycle) if isinstance(lifecycle, Mapping) else {}
        idle = settings.setdefault("idleRuntimeSessionTimeout", DEFAULT_IDLE_SECONDS)
        lifetime = settings.setdefault("maxLifetime", DEFAULT_LIFETIME_SECONDS)
        if int(str(idle)) > int(str(lifetime)):
            raise invalid(f"idleRuntimeSessionTimeout ({idle}) must be less than or equal to maxLifetime ({lifetime})")
        network = given.get("networkConfiguration") or {"networkMode": "PUBLIC"}
        check_network(network)
        protocol = given.get("protocolConfiguration") or {"serverProtocol": "HTTP"}
        return {
            **given,
            "lifecycleConfiguration": settings,
            "networkConfiguration": network,
            "protocolConfiguration": protocol,
        }


def check_network(network: object) -> None:
    """Refuse the network mode VPC without its subnets and security groups.

    Raises:
        ServiceError: `ValidationException`.
    """
    if isinstance(network, Mapping) and network.get("networkMode") == "VPC" and not _vpc_settings(network):
        raise invalid("networkModeConfig with subnets and securityGroups is required when networkMode is VPC")


def _vpc_settings(network: Mapping[str, object]) -> object:
    return network.get("networkModeConfig") or network.get("vpcConfig")


class Endpoint(Special):
    """An endpoint of a runtime or a harness.

    Args:
        parent: The kind it belongs to.
        parent_id: The input member that names its parent.
        version: The input member that asks for a version.
    """

    def __init__(self, parent: str, parent_id: str, version: str) -> None:
        self._parent = parent
        self._parent_id = parent_id
        self._version = version

    def create(self, store: ScopeStore, params: Mapping[str, object]) -> Attributes:
        """Point at the version asked for, else at the newest."""
        owner = store.get(self._parent, (str(params[self._parent_id]),))
        version = str(params.get(self._version) or list(owner.versions)[-1])
        version_of(owner, version)
        return {**kept(params), "targetVersion": version, "liveVersion": version}

    def update(self, store: ScopeStore, record: Record, changes: Attributes) -> Attributes:
        """Move to the version asked for; without one the endpoint stays where it is."""
        version = changes.pop(self._version, None)
        if version is not None:
            version_of(store.get(self._parent, record.key[:-1]), str(version))
            changes.update(targetVersion=version, liveVersion=version)
        return changes

    def deleting(self, store: ScopeStore, record: Record, params: Mapping[str, object]) -> bool:
        """Refuse to delete DEFAULT, which lives as long as its runtime."""
        if record.key[-1] == DEFAULT_ENDPOINT:
            raise ServiceError("ConflictException", "The DEFAULT endpoint cannot be deleted", 409)
        return True
