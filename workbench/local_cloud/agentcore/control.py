"""The control plane of AgentCore (`bedrock-agentcore-control`), derived from the service's model.

Every resource settles at once (READY, ACTIVE): the service's transient states are not shown. What a record does not
do (evaluators judge nothing, rate limits limit nothing) is said where its kind is defined.
"""

import hashlib
import json
from collections.abc import Mapping

from botocore.model import OperationModel, StructureShape

from workbench.local_cloud.agentcore import (
    control_evaluation,
    control_gateways,
    control_identity,
    control_model,
    control_providers,
    control_runtimes,
)
from workbench.local_cloud.agentcore.control_extras import EXTRAS, UNSUPPORTED
from workbench.local_cloud.agentcore.control_memories import Memory
from workbench.local_cloud.agentcore.control_model import (
    kinds,
    list_member,
    operation_names,
    plain_operations,
    structure,
)
from workbench.local_cloud.agentcore.control_pages import page
from workbench.local_cloud.agentcore.control_records import (
    default_name,
    kept,
    members,
    new_record,
    show,
    tags_of,
    touch,
)
from workbench.local_cloud.agentcore.control_secrets import Secrets
from workbench.local_cloud.agentcore.control_specials import Special
from workbench.local_cloud.agentcore.control_store import Attributes, Promise, Record, ScopeStore, Store
from workbench.local_cloud.agentcore.control_validation import check_input
from workbench.local_cloud.agentcore.service import Caller, JsonValue, Operations, Scope, ServiceError

_PAGING = frozenset({"maxResults", "nextToken"})
_PLAIN = Special()
Params = Mapping[str, object]
Answer = dict[str, object]


def _specials(endpoint: str) -> dict[str, Special]:
    """The kinds that behave in their own way."""
    secrets = Secrets(endpoint)
    return {
        "AgentRuntime": control_runtimes.AgentRuntime(),
        "AgentRuntimeEndpoint": control_runtimes.Endpoint("AgentRuntime", "agentRuntimeId", "agentRuntimeVersion"),
        "Harness": control_runtimes.Versioned("Harness", "harnessVersion", "endpointName"),
        "HarnessEndpoint": control_runtimes.Endpoint("Harness", "harnessId", "targetVersion"),
        "Memory": Memory(),
        "Gateway": control_gateways.Gateway(endpoint),
        "GatewayTarget": control_gateways.GatewayTarget(),
        "PaymentManager": control_identity.OwnsIdentity(),
        "WorkloadIdentity": control_identity.WorkloadIdentity(),
        "ApiKeyCredentialProvider": control_providers.ApiKeyCredentialProvider(secrets),
        "Oauth2CredentialProvider": control_providers.Oauth2CredentialProvider(secrets, endpoint),
        "PaymentCredentialProvider": control_identity.PaymentCredentialProvider(),
        "Evaluator": control_evaluation.Evaluator(),
        "OnlineEvaluationConfig": control_evaluation.OnlineEvaluationConfig(),
        "Browser": control_evaluation.Tool(),
        "CodeInterpreter": control_evaluation.Tool(),
    }


class ControlPlane(Operations):
    """Answers the operations of `bedrock-agentcore-control`, with state per account and region.

    Safe to call from many threads: operations of one account and region run one after the other.
    Follows https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/.

    Args:
        endpoint: Base address at which clients reach the local cloud; gateways have their address below it. Default:
            addresses have the service's form.
    """

    def __init__(self, endpoint: str = "") -> None:
        self._store = Store(control_evaluation.add_builtins)
        self._specials = _specials(endpoint)
        self._verbs = {
            "Create": self._create,
            "Get": self._get,
            "List": self._list,
            "Update": self._update,
            "Delete": self._delete,
        }

    def call(self, operation: str, params: Mapping[str, JsonValue], caller: Caller) -> dict[str, JsonValue]:
        """Run one operation.

        Args:
            operation: Its API name, for example `CreateMemory`.
            params: Its parameters, with the types of the service model. A member that is None counts as absent; in an
                Update operation that merges, it removes the member.
            caller: Whose account and region is meant.

        Returns:
            The answer with the members of the operation's output shape; timestamps are aware datetimes.

        Raises:
            ServiceError: As the service would answer; `NotImplementedException` for what is listed in `UNSUPPORTED`.
        """
        if operation not in operation_names():
            raise ServiceError(
                "UnknownOperationException", f"bedrock-agentcore-control has no operation {operation!r}", 404
            )
        if operation in UNSUPPORTED:
            reason = UNSUPPORTED[operation]
            raise ServiceError("NotImplementedException", f"{operation} is not available locally: {reason}", 501)
        model = control_model.operation(operation)
        check_input(params, model.input_shape)
        store = self._store.scope(caller.scope)
        with store.lock:
            if operation in EXTRAS:
                return self._extra(model, params, store)
            verb, noun = plain_operations()[operation]
            return self._verbs[verb](noun, model, params, store)

    def record(self, noun: str, key: tuple[str, ...], scope: Scope) -> Record:
        """A resource as it is kept, for readers in this process. Change nothing in it.

        Args:
            noun: Its kind as operations name it, for example `AgentRuntime`.
            key: Its ids, outermost parent first.
            scope: Account and region.

        Raises:
            ServiceError: `ResourceNotFoundException` if there is none.
        """
        store = self._store.scope(scope)
        with store.lock:
            return store.get(noun, key)

    def find(self, noun: str, key: tuple[str, ...]) -> tuple[Scope, Record] | None:
        """A resource whose account and region its address does not name, with where it is, or None."""
        return self._store.find(noun, key)

    def records(self, noun: str, parent: tuple[str, ...], scope: Scope) -> list[Record]:
        """The resources of a kind under a parent, as they are kept, in order of creation. Change nothing in them."""
        store = self._store.scope(scope)
        with store.lock:
            return store.of_kind(noun, parent)

    def settle(self, noun: str, key: tuple[str, ...], scope: Scope, attributes: Params) -> None:
        """Set members of a resource whose state is found out after its operation; None removes one. It may be gone."""
        store = self._store.scope(scope)
        with store.lock:
            record = store.find(noun, key)
            if record is not None:
                merged = {**record.attributes, **attributes}
                record.attributes = {name: value for name, value in merged.items() if value is not None}

    def _special(self, noun: str) -> Special:
        return self._specials.get(noun, _PLAIN)

    def _extra(self, model: OperationModel, params: Mapping[str, object], store: ScopeStore) -> dict[str, object]:
        answer = EXTRAS[model.name](store, params)
        shape = model.output_shape
        if shape is None:
            return {}
        if "nextToken" in shape.members:
            rows = answer[list_member(shape)[0]]
            return page(rows if isinstance(rows, list) else [], shape, params)
        return members(answer, structure(shape))

    def _create(
        self, noun: str, model: OperationModel, params: Mapping[str, object], store: ScopeStore
    ) -> dict[str, object]:
        earlier = self._promised(model, params, store)
        if earlier is not None:
            return show(earlier, model.output_shape)
        kind = kinds()[noun]
        ids = _ids(params, kind.key[:-1])
        parent = store.get(kind.parent, ids) if kind.parent else None
        _refuse_duplicate(noun, params, ids, store)
        named = {kind.name_member: default_name(noun)} if kind.name_member else {}
        attributes = {**named, **self._special(noun).create(store, params)}
        record = new_record(noun, store.scope, attributes, parent)
        record.tags = tags_of(params)
        store.add(record)
        self._special(noun).created(store, record)
        token = params.get("clientToken")
        if token is not None:
            store.promise(str(token), Promise(model.name, _fingerprint(params), noun, record.key))
        return show(record, model.output_shape)

    def _promised(self, model: OperationModel, params: Mapping[str, object], store: ScopeStore) -> Record | None:
        promise = store.promised(model.name, str(params.get("clientToken")))
        if promise is None:
            return None
        if promise.fingerprint != _fingerprint(params):
            raise _conflict("The client token was used before with other parameters")
        return store.find(promise.noun, promise.key)

    def _get(
        self, noun: str, model: OperationModel, params: Mapping[str, object], store: ScopeStore
    ) -> dict[str, object]:
        record = store.get(noun, _ids(params, kinds()[noun].key))
        return show(record, model.output_shape, self._special(noun).get(store, record, params))

    def _list(
        self, noun: str, model: OperationModel, params: Mapping[str, object], store: ScopeStore
    ) -> dict[str, object]:
        kind = kinds()[noun]
        parent = _ids(params, kind.key[:-1])
        if kind.parent:
            store.get(kind.parent, parent)
        wanted = {n: v for n, v in params.items() if v is not None and n not in _PAGING and n not in kind.key}
        rows = [record for record in store.of_kind(noun, parent) if _matches(record, wanted)]
        return page([row.attributes for row in rows], structure(model.output_shape), params)

    def _update(
        self, noun: str, model: OperationModel, params: Mapping[str, object], store: ScopeStore
    ) -> dict[str, object]:
        kind = kinds()[noun]
        record = store.get(noun, _ids(params, kind.key))
        special = self._special(noun)
        changes = special.update(store, record, _changes(structure(model.input_shape), params, kind.key))
        for name, value in changes.items():
            if value is None:
                record.attributes.pop(name, None)
            else:
                record.attributes[name] = value
        touch(record)
        special.updated(store, record)
        return show(record, model.output_shape)

    def _delete(
        self, noun: str, model: OperationModel, params: Mapping[str, object], store: ScopeStore
    ) -> dict[str, object]:
        record = store.get(noun, _ids(params, kinds()[noun].key))
        special = self._special(noun)
        children = store.children(record)
        if children and not special.cascades:
            raise _conflict(
                f"{noun} {record.key[-1]} has {len(children)} {children[0].kind.noun} resource(s); delete them first"
            )
        if special.deleting(store, record, params):
            for child in children:
                store.remove(child)
            store.remove(record)
        return show(record, model.output_shape, {**record.attributes, "status": "DELETING"})


def _conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409)


def _ids(params: Mapping[str, object], key: tuple[str, ...]) -> tuple[str, ...]:
    """The ids in an input. Some members also take an ARN, whose last part is the id."""
    return tuple(str(params[name]).rsplit("/", 1)[-1] for name in key)


def _fingerprint(params: Mapping[str, object]) -> str:
    text = json.dumps(params, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_duplicate(noun: str, params: Mapping[str, object], parent: tuple[str, ...], store: ScopeStore) -> None:
    kind = kinds()[noun]
    for member in {kind.name_member, kind.own_key} - {None}:
        name = params.get(str(member))
        if name is not None and any(r.attributes.get(str(member)) == name for r in store.of_kind(noun, parent)):
            raise _conflict(f"{noun} with {member} {name} already exists")


def _matches(record: Record, wanted: Mapping[str, object]) -> bool:
    """Whether a record passes a list operation's filters. A filter on what the record does not have filters nothing."""
    given = dict(wanted)
    asked_type = given.get("type")
    if asked_type in ("SYSTEM", "CUSTOM"):
        del given["type"]
        if control_evaluation.owned_by_aws(record) != (asked_type == "SYSTEM"):
            return False
    return all(record.attributes.get(name, value) == value for name, value in given.items())


def _changes(shape: StructureShape, params: Mapping[str, object], key: tuple[str, ...]) -> Attributes:
    """What an Update operation sets. One that requires settings replaces them all: what it leaves out is removed."""
    members = {name: member for name, member in shape.members.items() if name not in (*key, "clientToken")}
    replaces = any(name in shape.required_members for name in members)
    given = kept({name: _unwrapped(value) for name, value in params.items() if name in members})
    cleared = {name for name in members if (replaces or name in params) and name not in given}
    return {**given, **dict.fromkeys(cleared)}


def _unwrapped(value: object) -> object:
    """A value that an Update operation wraps to tell "remove it" from "leave it": `{"optionalValue": …}`."""
    if isinstance(value, Mapping) and set(value) <= {"optionalValue"} and value:
        return value["optionalValue"]
    return value
