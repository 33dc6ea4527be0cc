"""CloudFormation types the emulator does not know, provisioned by the AgentCore server.

Each request goes out from a thread of its own, so the emulator keeps serving while the server works, even where the
server calls back.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import httpx
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, provisioners, stacks

_TIMEOUT_SECONDS = 300.0
_Handlers = Mapping[str, object]


@dataclass(frozen=True)
class Provisioned:
    """A resource the AgentCore server provisioned.

    Args:
        stack_id: ARN of its stack.
        logical_id: Logical id in the template.
        type: CloudFormation type.
        physical_id: What `Ref` returns.
        kind: `real`, `stand-in` or `record only`.
    """

    stack_id: str
    logical_id: str
    type: str
    physical_id: str
    kind: str


class Provider:
    """Hands every type the emulator has no handler for to the AgentCore server.

    Args:
        url: Base address of the AgentCore server.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._known: dict[str, Provisioned] = {}
        self._lock = threading.Lock()

    def install(self) -> None:
        """Make the emulator's CloudFormation ask this provider for types of its own lack."""
        native = provisioners._RESOURCE_HANDLERS
        handlers = _WithProvider(native, self._handlers)
        provisioners._RESOURCE_HANDLERS = handlers
        changesets._RESOURCE_HANDLERS = handlers
        blocks = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda type_: blocks(type_) or _is_ours(type_, native)

    def provisioned(self) -> list[dict[str, object]]:
        """Every live resource of the provider, for the deployment report."""
        with self._lock:
            return [asdict(resource) for resource in self._known.values()]

    def _handlers(self, type_: str) -> _Handlers:
        def create(logical_id: str, properties: Mapping[str, object], stack_name: str) -> tuple[str, object]:
            return self._apply("create", type_, logical_id, stack_name, properties)

        def update(
            physical_id: str,
            old: Mapping[str, object],
            new: Mapping[str, object],
            stack_name: str,
            logical_id: str,
        ) -> tuple[str, object]:
            return self._apply("update", type_, logical_id, stack_name, new, old, physical_id)

        def delete(physical_id: str, properties: Mapping[str, object], logical_id: str) -> None:
            known = self._known.get(_key(type_, physical_id))
            stack_id = known.stack_id if known else ""
            self._request(
                {"operation": "delete", "type": type_, "logicalId": logical_id, "stackId": stack_id},
                properties=properties,
                physicalId=physical_id,
            )
            with self._lock:
                self._known.pop(_key(type_, physical_id), None)

        return {
            "create": create,
            "update": update,
            "delete": delete,
            "update_with_logical_id": True,
            "delete_with_logical_id": True,
        }

    def _apply(
        self,
        operation: str,
        type_: str,
        logical_id: str,
        stack_name: str,
        properties: Mapping[str, object],
        old: Mapping[str, object] | None = None,
        physical_id: str = "",
    ) -> tuple[str, object]:
        stack_id = str(cloudformation._stacks[stack_name]["StackId"])
        answer = self._request(
            {"operation": operation, "type": type_, "logicalId": logical_id, "stackId": stack_id},
            properties=properties,
            oldProperties=old or {},
            physicalId=physical_id,
        )
        made = Provisioned(stack_id, logical_id, type_, str(answer["physicalId"]), str(answer["kind"]))
        with self._lock:
            self._known[_key(type_, made.physical_id)] = made
        return made.physical_id, answer["attributes"]

    def _request(self, resource: Mapping[str, object], **parameters: object) -> dict[str, object]:
        body = {**resource, **parameters, "account": get_account_id(), "region": get_region()}
        try:
            response = self._client.post("/_local/resources", json=body)
        except httpx.HTTPError as error:
            raise ValueError(f"the AgentCore server at {self._client.base_url} did not answer: {error}") from error
        answer: dict[str, object] = response.json() if response.content else {}
        if response.is_error:
            raise ValueError(str(answer.get("error") or f"the AgentCore server answered {response.status_code}"))
        return answer


class _WithProvider(dict[str, _Handlers]):
    """The emulator's table of handlers, with handlers of the provider for every other type of AWS."""

    def __init__(self, native: Mapping[str, _Handlers], provide: Callable[[str], _Handlers]) -> None:
        super().__init__(native)
        self._provide = provide

    def __contains__(self, type_: object) -> bool:
        return isinstance(type_, str) and (super().__contains__(type_) or _is_ours(type_, self))

    def __missing__(self, type_: str) -> _Handlers:
        return self._provide(type_)

    def get(self, type_: str, default: object = None) -> object:  # type: ignore[override]
        """The handlers of a type, or the default for what is no type of AWS."""
        return self[type_] if type_ in self else default  # noqa: SIM401


def _is_ours(type_: str, native: Mapping[str, object]) -> bool:
    known = dict.__contains__(native, type_) if isinstance(native, dict) else type_ in native
    return not known and type_.startswith("AWS::") and not type_.startswith("AWS::CloudFormation::")


def _key(type_: str, physical_id: str) -> str:
    return f"{get_account_id()} {get_region()} {type_} {physical_id}"
