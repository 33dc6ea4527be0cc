"""How much an app is used in a month, as plain numbers."""

from dataclasses import dataclass, field


def _share(default: float) -> float:
    chosen: float = field(default=default, metadata={"most": 1.0})
    return chosen


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """`[usage]`: who does how much. `free_tier` says whether the account's monthly free units are left for this app."""

    users: float
    sessions_per_user: float
    turns_per_session: float
    tool_calls_per_turn: float
    free_tier: bool = False


@dataclass(frozen=True, kw_only=True)
class Model:
    """`[model]`: calls and tokens. `id` is only for templates that name no model. Caching is off by default."""

    calls_per_turn: float
    input_tokens_per_call: float
    output_tokens_per_call: float
    cache_read_share: float = _share(0)
    cache_write_share: float = _share(0)
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """`[runtime]`: what a session takes. CPU is not billed while it waits (`io_wait_share`), memory is."""

    seconds_per_turn: float = 10
    io_wait_share: float = _share(0.7)
    vcpus: float = 1
    memory_gb: float = 0.5
    seconds_between_turns: float = 30
    start_seconds: float = 2


@dataclass(frozen=True, kw_only=True)
class Memory:
    """`[memory]`: events of a turn, and the records that strategies make of them."""

    events_per_turn: float = 2
    kb_per_event: float = 3
    kb_read_per_turn: float = 6
    records_per_session_and_strategy: float = 1
    months_of_records: float = 12
    retrievals_per_turn: float = 2


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """`[gateway]`: beside the tool calls of `[usage]`. `tools` counts for targets whose tools no template lists."""

    lists_per_session: float = 1
    searches_per_turn: float = 0
    tools: float = 0


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """`[browser]` and `[code_interpreter]`: the share of sessions that open one, and what it then takes."""

    share_of_sessions: float = 0.1
    minutes: float = 5
    io_wait_share: float = _share(0.7)
    vcpus: float = 1
    memory_gb: float = 2


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`[identity]`: token requests not through a runtime or gateway, and machines' and federated users' sign-ins."""

    tokens_outside: float = 0
    machine_tokens: float = 0
    federated_share: float = _share(0)


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """`[guardrail]`: the characters that a guardrail sees in a turn."""

    input_characters_per_turn: float = 500
    output_characters_per_turn: float = 2000
    grounding_characters_per_turn: float = 4000


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """`[evaluation]`: what a judge reads and writes for one score. The sampling is the template's."""

    input_tokens: float = 10000
    output_tokens: float = 300


@dataclass(frozen=True, kw_only=True)
class Logs:
    """`[logs]`: what is written in a turn, to how much it shrinks at rest, and what is read."""

    agent_kb_per_turn: float = 4
    delivered_kb_per_turn: float = 3
    usage_bytes_per_second: float = 600
    function_kb_per_call: float = 1
    stored_share: float = _share(0.15)
    months_kept_without_retention: float = 12
    queried_gb: float = 5


@dataclass(frozen=True, kw_only=True)
class Traces:
    """`[traces]`: spans of a turn. Without Transaction Search a turn is a trace of AWS X-Ray."""

    transaction_search: bool = True
    spans_per_turn: float = 12
    kb_per_span: float = 2
    months_kept: float = 1


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """`[metrics]`: what agents publish themselves, and reads by others than the console."""

    custom_metrics: float = 10
    requested: float = 0


@dataclass(frozen=True, kw_only=True)
class Network:
    """`[network]`: traffic beside what tokens and logs weigh."""

    kb_per_turn: float = 50
    out_kb_per_turn: float = 10
    dns_queries_per_turn: float = 5
    flow_log_gb: float = 1


@dataclass(frozen=True, kw_only=True)
class Frontend:
    """`[frontend]`: requests of a session and tasks beyond those the template always runs."""

    requests_per_session: float = 30
    kb_per_request: float = 30
    extra_tasks: float = 0
    hours: float = 730


@dataclass(frozen=True, kw_only=True)
class Operations:
    """`[operations]`: small things that go with every turn or session."""

    key_requests_per_turn: float = 6
    secret_requests_per_session: float = 2
    table_reads_per_turn: float = 1
    table_writes_per_session: float = 2
    item_kb: float = 1
    function_calls_per_turn: float = 1
    function_seconds: float = 0.5
    notifications: float = 100
    queue_requests_per_turn: float = 0
    bucket_gb: float = 1
    image_gb: float = 1


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Plain numbers of one month."""

    usage: Traffic
    model: Model
    runtime: Runtime
    memory: Memory
    gateway: Gateway
    browser: Sandbox
    code_interpreter: Sandbox
    identity: Identity
    guardrail: Guardrail
    evaluation: Evaluation
    logs: Logs
    traces: Traces
    metrics: Metrics
    network: Network
    frontend: Frontend
    operations: Operations

    @property
    def sessions(self) -> float:
        """Sessions of the month."""
        return self.usage.users * self.usage.sessions_per_user

    @property
    def turns(self) -> float:
        """Turns of the month: a message and its answer."""
        return self.sessions * self.usage.turns_per_session
