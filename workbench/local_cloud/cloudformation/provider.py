"""The local resource provider: what CloudFormation asks for types that the emulator itself does not have."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.local_cloud.agentcore.service import Operations
from workbench.local_cloud.cloudformation.agentcore_resources import AgentCoreResources
from workbench.local_cloud.cloudformation.operations import PREFIX
from workbench.local_cloud.cloudformation.outcome import Outcome, Provisioner
from workbench.local_cloud.cloudformation.properties import checked_properties, typed_properties
from workbench.local_cloud.cloudformation.record_only import RecordOnlyResources, is_recorded
from workbench.local_cloud.cloudformation.request import ProvisioningError, Request, parse_request
from workbench.local_cloud.cloudformation.schema import Path, mapping, resource_schema, sequence, type_names
from workbench.local_cloud.guardrails.resources import TYPES as GUARDRAIL_TYPES
from workbench.local_cloud.guardrails.resources import GuardrailResources
from workbench.local_cloud.guardrails.store import GuardrailStore

_Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Live:
    """A resource that exists."""

    request: Request
    properties: Mapping[str, object]
    outcome: Outcome

    def as_answer(self, *, replaced: bool) -> dict[str, object]:
        return {
            "physicalId": self.outcome.physical_id,
            "attributes": dict(self.outcome.attributes),
            "kind": self.outcome.truth.kind,
            "note": self.outcome.truth.note,
            "replaced": replaced,
        }

    def as_report(self) -> dict[str, object]:
        return {
            "stackId": self.request.stack_id,
            "logicalId": self.request.logical_id,
            "type": self.request.type_name,
            "physicalId": self.outcome.physical_id,
            "account": self.request.scope.account,
            "region": self.request.scope.region,
            "kind": self.outcome.truth.kind,
            "note": self.outcome.truth.note,
        }


class ResourceProvider:
    """Creates, updates and deletes resources for a CloudFormation engine. Safe to call from many threads.

    Args:
        control: The control plane of AgentCore, called in this process.
        guardrails: Where guardrails are kept. Default: nobody applies them.
    """

    def __init__(
        self, control: Operations, guardrails: GuardrailStore | None = None, chromium: str | None = None
    ) -> None:
        self._agentcore = AgentCoreResources(control, chromium)
        self._guardrails = GuardrailResources(guardrails or GuardrailStore())
        self._recorded = RecordOnlyResources()
        self._live: dict[_Key, _Live] = {}
        self._lock = threading.Lock()

    def handle(self, request: Mapping[str, object]) -> dict[str, object]:
        """Run one operation on one resource.

        Args:
            request: `operation` (create, update or delete), `type`, `logicalId`, `stackId`, `properties`,
                `oldProperties`, `physicalId`, `account` and `region`. Properties are resolved; numbers and booleans may
                be text.

        Returns:
            `physicalId` (what `Ref` returns), `attributes` (what `Fn::GetAtt` returns, members of objects as
            `Object.Member`), `kind` (real, stand-in or record only), `note`, and `replaced`: whether an update made a
            new resource, whose predecessor the engine deletes by its old physical id afterwards.

        Raises:
            ProvisioningError: If the resource cannot be provisioned; the message is the stack event's reason.
        """
        parsed = parse_request(request)
        provisioner = self._provisioner(parsed)
        try:
            return self._run(parsed, provisioner)
        except ProvisioningError:
            raise
        except ValueError as error:
            raise ProvisioningError(f"{parsed.logical_id} ({parsed.type_name}): {error}") from error

    def resources(self) -> list[dict[str, object]]:
        """Every live resource with its stack, identity, kind and note, in order of creation."""
        with self._lock:
            return [live.as_report() for live in self._live.values()]

    def _provisioner(self, request: Request) -> Provisioner:
        if request.type_name in GUARDRAIL_TYPES:
            return self._guardrails
        if is_recorded(request.type_name):
            return self._recorded
        if request.type_name.startswith(PREFIX) and request.type_name in type_names():
            return self._agentcore
        raise ProvisioningError(
            f"{request.logical_id}: the local cloud cannot provision {request.type_name}; neither the emulator nor "
            "AgentCore's control plane runs it and it is not declared as record only (record_only.RECORD_ONLY)"
        )

    def _run(self, request: Request, provisioner: Provisioner) -> dict[str, object]:
        if request.operation == "delete":
            provisioner.delete(request)
            with self._lock:
                live = self._live.pop(_key(request, request.physical_id), None)
            return _deleted(request, live)
        properties = checked_properties(request)
        if request.operation == "create":
            return self._keep(request, properties, provisioner.create(request, properties)).as_answer(replaced=False)
        old = typed_properties(resource_schema(request.type_name), request.old_properties)
        if _must_replace(request.type_name, properties, old):
            return self._replace(request, provisioner, properties).as_answer(replaced=True)
        return self._keep(request, properties, provisioner.update(request, properties, old)).as_answer(replaced=False)

    def _replace(self, request: Request, provisioner: Provisioner, properties: Mapping[str, object]) -> _Live:
        """A new resource in place of one that cannot change so.

        Where the engine rolls back a replacement, the predecessor still lives with exactly these properties: then it is
        taken back, since a second one could not have its name.
        """
        with self._lock:
            predecessor = next((live for live in self._live.values() if _precedes(live, request, properties)), None)
        if predecessor is not None:
            return predecessor
        return self._keep(request, properties, provisioner.create(request, properties))

    def _keep(self, request: Request, properties: Mapping[str, object], outcome: Outcome) -> _Live:
        live = _Live(request, properties, outcome)
        with self._lock:
            self._live[_key(request, outcome.physical_id)] = live
        return live


def _key(request: Request, physical_id: str) -> _Key:
    return request.scope.account, request.scope.region, request.type_name, physical_id


def _deleted(request: Request, live: _Live | None) -> dict[str, object]:
    kind = live.outcome.truth.kind if live else "record only"
    note = live.outcome.truth.note if live else "was not there"
    return {"physicalId": request.physical_id, "attributes": {}, "kind": kind, "note": note, "replaced": False}


def _precedes(live: _Live, request: Request, properties: Mapping[str, object]) -> bool:
    same_place = (live.request.stack_id, live.request.logical_id, live.request.scope) == (
        request.stack_id,
        request.logical_id,
        request.scope,
    )
    another = live.outcome.physical_id != request.physical_id and live.request.type_name == request.type_name
    return same_place and another and live.properties == properties


def _must_replace(type_name: str, new: Mapping[str, object], old: Mapping[str, object]) -> bool:
    """Whether a create-only property changed, so that CloudFormation makes a new resource."""
    return any(_at(new, path) != _at(old, path) for path in resource_schema(type_name).create_only)


def _at(value: object, path: Path) -> object:
    if not path or value is None:
        return value
    if path[0] == "*":
        return [_at(item, path[1:]) for item in sequence(value)]
    return _at(mapping(value).get(path[0]), path[1:])
