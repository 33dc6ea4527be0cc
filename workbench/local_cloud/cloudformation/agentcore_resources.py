"""AgentCore's resource types on the control plane: properties become its input, its records the attributes."""

from collections.abc import Mapping

from botocore.model import StructureShape

from workbench.local_cloud.agentcore.control_model import normal, operation, record_shape, structure
from workbench.local_cloud.agentcore.service import Operations, ServiceError
from workbench.local_cloud.cloudformation.attributes import attributes, physical_id
from workbench.local_cloud.cloudformation.kinds import truth_of
from workbench.local_cloud.cloudformation.mapping import Mapper, tags_map
from workbench.local_cloud.cloudformation.memory_strategies import strategy_changes
from workbench.local_cloud.cloudformation.operations import TypeOperations, key_of, type_operations
from workbench.local_cloud.cloudformation.outcome import Outcome
from workbench.local_cloud.cloudformation.request import ProvisioningError, Request
from workbench.local_cloud.cloudformation.schema import ResourceSchema, mapping, resource_schema, sequence

_NOT_FOUND = "ResourceNotFoundException"


class AgentCoreResources:
    """Provisions the types `AWS::BedrockAgentCore::*`.

    Args:
        control: The control plane.
        chromium: The program that browsers' sessions run. Default: there is none.
    """

    def __init__(self, control: Operations, chromium: str | None = None) -> None:
        self._control = control
        self._chromium = chromium

    def create(self, request: Request, properties: Mapping[str, object]) -> Outcome:
        """Create a resource and read it back."""
        operations, schema = type_operations(request.type_name), resource_schema(request.type_name)
        shape = structure(operation(operations.create).input_shape)
        params, _ = Mapper(request.type_name).to_input(properties, shape)
        params.update(_derived_at_creation(request.type_name, properties))
        answer = self._call(operations.create, params, request)
        created = _unwrapped(answer, operations.create)
        key = {member: str(_own(member, created, params)) for member in operations.key}
        try:
            return self._outcome(request, schema, operations, key)
        except ProvisioningError:
            # What failed to become ready has no physical id by which a rollback could remove it.
            self._call(operations.delete, key, request)
            raise

    def update(self, request: Request, properties: Mapping[str, object], old: Mapping[str, object]) -> Outcome:
        """Update a resource in place; a change of tags alone makes no new version of it."""
        operations, schema = type_operations(request.type_name), resource_schema(request.type_name)
        key = key_of(schema, operations, request.physical_id)
        tags = schema.tag_property
        if operations.update and _without(properties, tags) != _without(old, tags):
            params = self._update_params(request, operations, properties, old, key)
            self._call(operations.update, {**params, **key}, request)
        outcome = self._outcome(request, schema, operations, key)
        if tags is not None:
            self._retag(request, outcome, tags_map(properties.get(tags)), tags_map(old.get(tags)))
        return outcome

    def delete(self, request: Request) -> None:
        """Delete a resource; one that is gone already is fine."""
        operations, schema = type_operations(request.type_name), resource_schema(request.type_name)
        try:
            key = key_of(schema, operations, request.physical_id)
        except ValueError:
            # CloudFormation also deletes what was never created, by a physical id of its own making.
            return
        try:
            self._control.call(operations.delete, key, request.caller)
        except ServiceError as error:
            if error.code != _NOT_FOUND:
                raise _provisioning_error(error, request, operations.delete) from error

    def _update_params(
        self,
        request: Request,
        operations: TypeOperations,
        properties: Mapping[str, object],
        old: Mapping[str, object],
        key: Mapping[str, str],
    ) -> dict[str, object]:
        """The input of the Update operation. A property that the template no longer has is None, which removes it."""
        shape = structure(operation(str(operations.update)).input_shape)
        wanted, _ = Mapper(request.type_name).to_input(_updatable(properties, shape), shape)
        before, _ = Mapper(request.type_name).to_input(_updatable(old, shape), shape)
        params: dict[str, object] = {**dict.fromkeys(before), **wanted}
        if operations.noun == "Memory":
            params.pop("memoryStrategies", None)
            params.update(self._memory_params(request, properties, old, key))
        return params

    def _memory_params(
        self, request: Request, properties: Mapping[str, object], old: Mapping[str, object], key: Mapping[str, str]
    ) -> dict[str, object]:
        create = structure(operation("CreateMemory").input_shape)
        wanted, _ = Mapper(request.type_name).to_input(properties, create)
        before, _ = Mapper(request.type_name).to_input(old, create)
        current = mapping(self._call("GetMemory", key, request)["memory"])
        strategies = [mapping(item) for item in sequence(current.get("strategies"))]
        params: dict[str, object] = {}
        changes = strategy_changes(wanted.get("memoryStrategies"), before.get("memoryStrategies"), strategies)
        if changes:
            params["memoryStrategies"] = changes
        # The service can only add indexed keys; keys that a template drops stay.
        kept = {str(mapping(item).get("key")) for item in sequence(current.get("indexedKeys"))}
        added = [item for item in sequence(wanted.get("indexedKeys")) if str(mapping(item).get("key")) not in kept]
        if added:
            params["addIndexedKeys"] = added
        return params

    def _outcome(
        self, request: Request, schema: ResourceSchema, operations: TypeOperations, key: Mapping[str, str]
    ) -> Outcome:
        shown = {**key, **_unwrapped(self._call(operations.get, key, request), operations.get)}
        _check_settled(shown, request)
        values = attributes(schema, operations.noun, shown, request.scope, tuple(key.values()))
        return Outcome(physical_id(schema, values), values, truth_of(request.type_name, self._chromium))

    def _retag(self, request: Request, outcome: Outcome, wanted: dict[str, str], old: dict[str, str]) -> None:
        arn = next((str(v) for n, v in outcome.attributes.items() if n.endswith("Arn") and "." not in n), "")
        removed = sorted(set(old) - set(wanted))
        if removed:
            self._call("UntagResource", {"resourceArn": arn, "tagKeys": removed}, request)
        if wanted and wanted != old:
            self._call("TagResource", {"resourceArn": arn, "tags": wanted}, request)

    def _call(self, name: str, params: Mapping[str, object], request: Request) -> dict[str, object]:
        try:
            return self._control.call(name, params, request.caller)
        except ServiceError as error:
            raise _provisioning_error(error, request, name) from error


def _provisioning_error(error: ServiceError, request: Request, name: str) -> ProvisioningError:
    """The service's refusal as CloudFormation reports it."""
    return ProvisioningError(
        f'Resource handler returned message: "{error.message}" '
        f"(Service: BedrockAgentCoreControl, Operation: {name}, Status Code: {error.status}, Error Code: {error.code}, "
        f"Resource: {request.logical_id}, Type: {request.type_name})"
    )


def _check_settled(shown: Mapping[str, object], request: Request) -> None:
    status = str(shown.get("status", ""))
    if status.endswith(("FAILED", "UNSUCCESSFUL")):
        reasons = " ".join(str(reason) for reason in sequence(shown.get("statusReasons")))
        raise ProvisioningError(
            f"{request.type_name} {request.logical_id} did not stabilize: it is {status}. {reasons}".strip()
        )


def _derived_at_creation(type_name: str, properties: Mapping[str, object]) -> dict[str, object]:
    """What a Create operation takes under another meaning than the property's."""
    if type_name == "AWS::BedrockAgentCore::OnlineEvaluationConfig":
        return {"enableOnCreate": properties.get("ExecutionStatus") != "DISABLED"}
    return {}


def _unwrapped(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    shape = operation(name).output_shape
    wrapper = record_shape(shape)[0] if isinstance(shape, StructureShape) else None
    return mapping(answer[wrapper]) if wrapper else answer


def _own(member: str, created: Mapping[str, object], params: Mapping[str, object]) -> object:
    """A key's value in what was created: under its own name, as the plain id, or as the input gave it."""
    names = [member, member.replace("Identifier", "Id")]
    found = next((source[name] for source in (created, params) for name in names if source.get(name) is not None), None)
    if found is not None:
        return found
    plain = created.get("id") or created.get("name") or params.get("name")
    if plain is not None:
        return plain
    # Registries answer with nothing but their ARN.
    return next(str(value).rsplit("/", 1)[-1] for name, value in created.items() if normal(name).endswith("arn"))


def _updatable(properties: Mapping[str, object], shape: StructureShape) -> dict[str, object]:
    """The properties that an Update operation may take; those that only creation takes are unchanged here."""
    optional = {name for name, member in shape.members.items() if _is_wrapped(member)}
    given = {name: value for name, value in properties.items() if normal(name) not in {"tags", "memorystrategies"}}
    return {name: _wrap(value, name, optional) for name, value in given.items()}


def _is_wrapped(member: object) -> bool:
    return isinstance(member, StructureShape) and list(member.members) == ["optionalValue"]


def _wrap(value: object, name: str, optional: set[str]) -> object:
    return {"optionalValue": value} if normal(name) in {normal(member) for member in optional} else value


def _without(properties: Mapping[str, object], tags: str | None) -> dict[str, object]:
    return {name: value for name, value in properties.items() if name != tags}
