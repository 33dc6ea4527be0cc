"""Memories: what is kept, for whom, and who reads it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from constructs_lib.safety.rules.model import Demand, Hit, RuleSet, Severity
from constructs_lib.safety.rules.permissions import IDENTITY_POLICIES, agent_statements, everything
from constructs_lib.safety.rules.template import AGENTCORE, Resource, lookup, mappings
from constructs_lib.safety.rules.values import absent, alternatives, listed, literal

RULES = RuleSet()
MEMORY = f"{AGENTCORE}Memory"
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_PLACEHOLDERS = {"actorId", "sessionId", "memoryStrategyId"}
_RECORDS = ("bedrock-agentcore:RetrieveMemoryRecords", "bedrock-agentcore:ListMemoryRecords")
_EVENTS = ("bedrock-agentcore:CreateEvent", "bedrock-agentcore:ListEvents", "bedrock-agentcore:GetEvent")
_NAMESPACE_KEYS = {"bedrock-agentcore:namespace", "bedrock-agentcore:namespacepath"}
_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")


@RULES.rule(
    "MemoryFateUnstated",
    Severity.WARNING,
    "A memory says what becomes of it when it leaves the template",
    MEMORY,
    why="Without a DeletionPolicy a renamed construct or a deleted stack takes every conversation along.",
    remedy="Set DeletionPolicy and UpdateReplacePolicy: Retain, or Delete where losing it is meant.",
)
def _fate(memory: Resource) -> Iterator[Hit]:
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if absent(memory.body.get(name)):
            yield Hit(name, f"no {name} is stated", name)


@RULES.rule(
    "MemoryNotRetained",
    Severity.ERROR,
    "A memory in production outlives its stack",
    MEMORY,
    why="What users have told the agent is gone with the stack, without a backup.",
    remedy="Set DeletionPolicy and UpdateReplacePolicy to Retain.",
    demand=Demand.PRODUCTION,
)
def _not_retained(memory: Resource) -> Iterator[Hit]:
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        policy = memory.body.get(name)
        if not absent(policy) and policy not in _KEPT:
            yield Hit(name, f"{name} is {policy}", name)


@RULES.rule(
    "MemoryNamespaceShared",
    Severity.ERROR,
    "A strategy's namespace tells actors apart",
    MEMORY,
    why="Without {actorId} what one user told the agent is found for every other.",
    remedy="Put {actorId} into each namespace, for example /users/{actorId}/facts/.",
)
def _shared(memory: Resource) -> Iterator[Hit]:
    for path, namespace in _namespaces(memory):
        if "{actorId}" not in namespace and "{sessionId}" not in namespace:
            yield Hit(path, f"the namespace {namespace!r} has no {{actorId}}", namespace)


@RULES.rule(
    "MemoryNamespaceUnknown",
    Severity.ERROR,
    "A namespace's placeholders are the service's",
    MEMORY,
    why="A placeholder that AgentCore does not know is refused, or stays in the name as it is.",
    remedy="Use {actorId}, {sessionId}, {memoryStrategyId}, or a key declared in NamespaceKeys.",
)
def _unknown(memory: Resource) -> Iterator[Hit]:
    keys = {str(each.get("Key")) for each in mappings(memory.get("NamespaceKeys"))}
    for path, namespace in _namespaces(memory):
        for name in _PLACEHOLDER.findall(namespace):
            if name not in _PLACEHOLDERS | keys:
                yield Hit(path, f"the namespace {namespace!r} has the unknown placeholder {{{name}}}", namespace)


@RULES.rule(
    "MemoryNamespaceOpenEnd",
    Severity.WARNING,
    "A namespace ends in /",
    MEMORY,
    why="A search by path is by prefix: without the closing / the search for actor ann also finds anna's records.",
    remedy="End each namespace in /.",
)
def _open_end(memory: Resource) -> Iterator[Hit]:
    for path, namespace in _namespaces(memory):
        if not namespace.endswith("/"):
            yield Hit(path, f"the namespace {namespace!r} does not end in /", namespace)


@RULES.rule(
    "MemoryStrategyTwice",
    Severity.ERROR,
    "Strategies of a memory have different names",
    MEMORY,
    why="AgentCore refuses two strategies of one name, and the deployment rolls back.",
    remedy="Rename one of them.",
)
def _twice(memory: Resource) -> Iterator[Hit]:
    names = Counter(literal(body.get("Name")) for _, body in _strategies(memory))
    for name, count in names.items():
        if name and count > 1:
            yield Hit("Properties.MemoryStrategies", f"{count} strategies are called {name!r}", name)


@RULES.rule(
    "MemoryOverrideWithoutRole",
    Severity.ERROR,
    "A memory with strategies of one's own models has an execution role",
    MEMORY,
    why="AgentCore calls the model of an overridden strategy under the memory's role; without one it is refused.",
    remedy="Set MemoryExecutionRoleArn to a role that may invoke these models.",
)
def _override(memory: Resource) -> Iterator[Hit]:
    custom = [path for path, body in _strategies(memory) if not absent(body.get("Configuration"))]
    if custom and absent(memory.get("MemoryExecutionRoleArn")):
        yield Hit(custom[0], "a strategy has a configuration of its own and the memory has no execution role")


@RULES.rule(
    "MemoryReadOfEveryActor",
    Severity.WARNING,
    "A role reads memory records of stated namespaces",
    *IDENTITY_POLICIES,
    why="Without a condition on the namespace one wrong actor id in the agent shows another user's memories.",
    remedy="Add a condition on bedrock-agentcore:namespacePath (or bedrock-agentcore:namespace) to the statement.",
)
def _records(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        actions = statement.grants(*_RECORDS)
        if actions and not statement.broad and not statement.conditions & _NAMESPACE_KEYS:
            yield Hit(f"{statement.path}.Condition", "the role reads the records of every actor")


@RULES.rule(
    "MemoryAccessToAll",
    Severity.ERROR,
    "A role uses named memories",
    *IDENTITY_POLICIES,
    why="On * or memory/* an agent reads and writes the conversations of every other agent of the account.",
    remedy="Name the memory's ARN in Resource.",
)
def _all_memories(policy: Resource) -> Iterator[Hit]:
    for statement in agent_statements(policy):
        if not statement.broad and statement.grants(*_EVENTS, *_RECORDS) and any(map(everything, statement.resources)):
            yield Hit(f"{statement.path}.Resource", "the role uses every memory of the account")


def _strategies(memory: Resource) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, strategy in enumerate(mappings(memory.get("MemoryStrategies"))):
        for kind, body in strategy.items():
            if isinstance(body, dict):
                yield f"Properties.MemoryStrategies.{index}.{kind}", body


def _namespaces(memory: Resource) -> Iterator[tuple[str, str]]:
    """Namespaces known from the template; AgentCore's own defaults hold the actor's id."""
    for path, body in _strategies(memory):
        for inside in ("", "ReflectionConfiguration.", "Configuration.EpisodicOverride.Reflection."):
            for name in ("Namespaces", "NamespaceTemplates"):
                for side in alternatives(lookup(body, f"{inside}{name}")):
                    for value in listed(side):
                        namespace = literal(value)
                        if namespace:
                            yield f"{path}.{inside}{name}", namespace
