"""What AgentCore Runtime, Memory, Identity and the built-in tools publish.

Requests that failed are counted as 0 or 1 for each request, so that the number of samples is that of the requests; AWS
does not say whether it publishes the zeros.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-service-provided.html
"""

from collections.abc import Iterator, Mapping

from workbench.telemetry.services.outcome import COUNT, MILLISECONDS, Outcome, measured
from workbench.telemetry.store import Datum

NAMESPACE = "AWS/Bedrock-AgentCore"
MEMORY_OPERATIONS = frozenset(
    {"CreateEvent", "DeleteEvent", "GetEvent", "ListEvents", "ListSessions", "ListActors"}
    | {"RetrieveMemoryRecords", "ListMemoryRecords", "GetMemoryRecord"}
)
"""The operations of a memory whose metrics AWS lists."""

_INVOKE = "InvokeAgentRuntime"
_DIRECTORY = {"WorkloadIdentityDirectory": "default"}
_VAULT = {"TokenVault": "default"}


def runtime_invoked(*, name: str, arn: str, outcome: Outcome) -> list[Datum]:
    """InvokeAgentRuntime was answered.

    Args:
        name: The runtime's name and its endpoint's: `NAME::ENDPOINT`.
        arn: The runtime's ARN.
        outcome: How it went.
    """
    dimensions = {"Operation": _INVOKE, "Name": name, "Resource": arn}
    everywhere = measured(NAMESPACE, [{"AggregateOperation": _INVOKE}], {"Invocations": 1}, when=outcome.time)
    return [*everywhere, *_request(dimensions, outcome)]


def runtime_session_began(*, name: str, arn: str, when: float) -> list[Datum]:
    """A session of a runtime began."""
    dimensions = {"Operation": _INVOKE, "Name": name, "Resource": arn}
    return [
        *measured(NAMESPACE, [dimensions], {"SessionCount": 1}, when=when),
        *measured(NAMESPACE, [{"AggregateOperation": _INVOKE}], {"Sessions": 1}, when=when),
    ]


def inbound_authorized(*, arn: str, when: float) -> list[Datum]:
    """A caller of a runtime or gateway proved who it is."""
    return measured(NAMESPACE, [{"ResourceId": arn}], {"InboundAuthorizationSuccess": 1}, when=when)


def inbound_refused(*, arn: str, code: str, when: float) -> list[Datum]:
    """A caller of a runtime or gateway did not prove who it is.

    Args:
        arn: The runtime or gateway.
        code: The exception's name.
        when: When.
    """
    sets = [{"ResourceId": arn}, {"ExceptionType": code, "ResourceId": arn}]
    return measured(NAMESPACE, sets, {"InboundAuthorizationFailure": 1}, when=when)


def memory_called(operation: str, *, arn: str, outcome: Outcome) -> list[Datum]:
    """An operation of a memory was answered.

    Args:
        operation: For example `CreateEvent`.
        arn: The memory's ARN.
        outcome: How it went.
    """
    if operation not in MEMORY_OPERATIONS:
        return []
    dimensions = {"Operation": operation, "Resource": arn}
    made = memory_items(arn=arn, kind="Event", number=1, when=outcome.time)
    return [
        *_request(dimensions, outcome),
        *measured(NAMESPACE, [dimensions], {"Errors": outcome.failed}, when=outcome.time),
        *(made if operation == "CreateEvent" and not outcome.failed else ()),
    ]


def memory_items(*, arn: str, kind: str, number: int, when: float) -> list[Datum]:
    """A memory has new items.

    Args:
        arn: The memory's ARN.
        kind: `Event` or `MemoryRecordsExtracted`.
        number: How many.
        when: When.
    """
    return measured(NAMESPACE, [{"ItemType": kind, "Resource": arn}], {"CreationCount": number}, when=when)


def tool_called(operation: str, *, arn: str, outcome: Outcome) -> list[Datum]:
    """An operation of a code interpreter or browser was answered.

    Args:
        operation: For example `InvokeCodeInterpreter`.
        arn: The tool's ARN.
        outcome: How it went.
    """
    return list(_request({"Operation": operation, "Resource": arn}, outcome))


def tool_session_ended(kind: str, *, arn: str, milliseconds: float, when: float) -> list[Datum]:
    """A session of a code interpreter or browser ended.

    Args:
        kind: `CodeInterpreterSession` or `BrowserSession`.
        arn: The tool's ARN.
        milliseconds: How long it lived.
        when: When it ended.
    """
    dimensions = {"Operation": kind, "Resource": arn}
    return measured(NAMESPACE, [dimensions], {"Duration": milliseconds}, unit=MILLISECONDS, when=when)


def workload_token_fetched(operation: str, *, identity: str, outcome: Outcome) -> list[Datum]:
    """A workload access token was asked for.

    Args:
        operation: `GetWorkloadAccessToken`, or the one for a user.
        identity: Name of the workload identity.
        outcome: How it went.
    """
    return _fetched(
        "WorkloadAccessToken", {"WorkloadIdentity": identity, **_DIRECTORY, "Operation": operation}, outcome
    )


def resource_token_fetched(*, identity: str, provider: str, flow: str, outcome: Outcome) -> list[Datum]:
    """An OAuth 2.0 token of a credential provider was asked for.

    Args:
        identity: Name of the workload identity.
        provider: Name of the credential provider.
        flow: `M2M` or `USER_FEDERATION`.
        outcome: How it went.
    """
    dimensions = {"WorkloadIdentity": identity, **_DIRECTORY, **_VAULT, "ProviderName": provider, "Type": flow}
    return _fetched("ResourceAccessToken", dimensions, outcome)


def api_key_fetched(*, identity: str, provider: str, outcome: Outcome) -> list[Datum]:
    """An API key of a credential provider was asked for.

    Args:
        identity: Name of the workload identity.
        provider: Name of the credential provider.
        outcome: How it went.
    """
    return _fetched("ApiKey", {"WorkloadIdentity": identity, **_DIRECTORY, **_VAULT, "ProviderName": provider}, outcome)


def _fetched(what: str, dimensions: Mapping[str, str], outcome: Outcome) -> list[Datum]:
    if outcome.throttled:
        return measured(NAMESPACE, [dimensions], {f"{what}FetchThrottles": 1}, when=outcome.time)
    if outcome.failed:
        named = {**dimensions, "ExceptionType": outcome.code}
        return measured(NAMESPACE, [named], {f"{what}FetchFailures": 1}, when=outcome.time)
    return measured(NAMESPACE, [dimensions], {f"{what}FetchSuccess": 1}, when=outcome.time)


def _request(dimensions: Mapping[str, str], outcome: Outcome) -> Iterator[Datum]:
    counts = {
        "Invocations": 1,
        "Throttles": outcome.throttled,
        "SystemErrors": outcome.system_error,
        "UserErrors": outcome.user_error,
    }
    yield from measured(NAMESPACE, [dimensions], counts, unit=COUNT, when=outcome.time)
    yield from measured(
        NAMESPACE, [dimensions], {"Latency": outcome.milliseconds}, unit=MILLISECONDS, when=outcome.time
    )
