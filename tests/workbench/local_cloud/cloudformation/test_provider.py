import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workbench.local_cloud.cloudformation.samples import (
    ACCOUNT,
    MEMORY,
    PREFIX,
    REGION,
    RUNTIME,
    SAMPLES,
    filled,
    request,
)
from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.service import Caller, Scope
from workbench.local_cloud.cloudformation import ProvisioningError, ResourceProvider
from workbench.local_cloud.cloudformation.kinds import truth_of
from workbench.local_cloud.cloudformation.record_only import RECORD_ONLY
from workbench.local_cloud.cloudformation.schema import mapping, resource_schema, sequence, type_names

CALLER = Caller(Scope(ACCOUNT, REGION))
Answer = Mapping[str, object]


@pytest.fixture
def control() -> ControlPlane:
    return ControlPlane()


@pytest.fixture
def provider(control: ControlPlane) -> ResourceProvider:
    return ResourceProvider(control)


def test_every_agentcore_type_of_the_registry_has_a_sample() -> None:
    assert {PREFIX + name for name in SAMPLES} == {name for name in type_names() if name.startswith(PREFIX)}


def create_all(provider: ResourceProvider) -> dict[str, Answer]:
    made: dict[str, Answer] = {}
    attributes: dict[str, Answer] = {}
    for name, properties in SAMPLES.items():
        made[name] = provider.handle(request("create", name, filled(properties, attributes), name))
        attributes[name] = mapping(made[name]["attributes"])
    return made


def test_every_type_is_created_with_its_identity_and_read_only_properties(provider: ResourceProvider) -> None:
    for name, answer in create_all(provider).items():
        schema, attributes = resource_schema(PREFIX + name), mapping(answer["attributes"])
        expected = {path[0] for path in schema.read_only if len(path) == 1}
        assert expected <= set(attributes), name
        assert answer["physicalId"] == "|".join(str(attributes[part]) for part in schema.primary_identifier), name
        arns = {value for key, value in attributes.items() if key.endswith("Arn") and isinstance(value, str) and value}
        assert all(REGION in str(arn) and ACCOUNT in str(arn) for arn in arns), name


def test_deleting_every_type_leaves_nothing_in_the_control_plane(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    made = create_all(provider)
    for name, answer in reversed(made.items()):
        provider.handle(request("delete", name, {}, name, physicalId=answer["physicalId"]))
    assert provider.resources() == []
    lists = {"ListAgentRuntimes": "agentRuntimes", "ListMemories": "memories", "ListGateways": "items"}
    lists |= {
        "ListWorkloadIdentities": "workloadIdentities",
        "ListHarnesses": "harnesses",
        "ListPolicyEngines": "policyEngines",
    }
    assert all(control.call(operation, {}, CALLER)[member] == [] for operation, member in lists.items())


def test_deleting_twice_is_fine(provider: ResourceProvider) -> None:
    made = create_all(provider)
    for _ in range(2):
        for name, answer in reversed(made.items()):
            provider.handle(request("delete", name, {}, name, physicalId=answer["physicalId"]))
    assert provider.resources() == []


def test_deleting_what_was_never_created_is_fine(provider: ResourceProvider) -> None:
    answer = provider.handle(request("delete", "Memory", {}, physicalId="Agents-Memory-ABC"))
    assert answer["attributes"] == {}


def test_a_runtime_is_passed_on_with_the_types_of_the_api(control: ControlPlane, provider: ResourceProvider) -> None:
    answer = provider.handle(request("create", "Runtime", RUNTIME))
    runtime = control.call("GetAgentRuntime", {"agentRuntimeId": answer["physicalId"]}, CALLER)
    assert runtime["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 300, "maxLifetime": 3600}
    assert runtime["environmentVariables"] == {"AGENT_MEMORY_TOP_K": "3", "AGENT_ACTOR_HEADER_ALLOWED": "true"}
    assert runtime["requestHeaderConfiguration"] == {"requestHeaderAllowlist": ["Authorization"]}
    assert mapping(runtime["authorizerConfiguration"])["customJWTAuthorizer"] == {
        "discoveryUrl": "https://issuer.example/.well-known/openid-configuration",
        "allowedClients": ["client"],
    }
    arn = mapping(answer["attributes"])["AgentRuntimeArn"]
    assert control.call("ListTagsForResource", {"resourceArn": arn}, CALLER) == {"tags": {"team": "agents"}}


def test_a_nested_read_only_property_is_an_attribute_of_its_own(provider: ResourceProvider) -> None:
    attributes = mapping(provider.handle(request("create", "Runtime", RUNTIME))["attributes"])
    arn = str(attributes["WorkloadIdentityDetails.WorkloadIdentityArn"])
    assert ":workload-identity-directory/default/workload-identity/assistant-" in arn


def test_an_update_makes_a_version_and_a_change_of_tags_alone_does_not(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    created = provider.handle(request("create", "Runtime", RUNTIME))
    physical = created["physicalId"]
    tagged = {**RUNTIME, "Tags": {"stage": "dev"}}
    first = provider.handle(request("update", "Runtime", tagged, oldProperties=RUNTIME, physicalId=physical))
    changed = {**tagged, "Description": "new"}
    second = provider.handle(request("update", "Runtime", changed, oldProperties=tagged, physicalId=physical))
    versions = [mapping(answer["attributes"])["AgentRuntimeVersion"] for answer in (created, first, second)]
    arn = mapping(created["attributes"])["AgentRuntimeArn"]
    assert versions == ["1", "1", "2"]
    assert [second["physicalId"], second["replaced"]] == [physical, False]
    assert control.call("ListTagsForResource", {"resourceArn": arn}, CALLER) == {"tags": {"stage": "dev"}}


def test_the_type_of_a_value_alone_is_no_change(provider: ResourceProvider) -> None:
    physical = provider.handle(request("create", "Runtime", RUNTIME))["physicalId"]
    same = {**RUNTIME, "LifecycleConfiguration": {"IdleRuntimeSessionTimeout": 300, "MaxLifetime": 3600}}
    answer = provider.handle(request("update", "Runtime", same, oldProperties=RUNTIME, physicalId=physical))
    assert mapping(answer["attributes"])["AgentRuntimeVersion"] == "1"


def test_a_create_only_change_replaces_and_deleting_the_old_leaves_the_new(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    old = provider.handle(request("create", "Runtime", RUNTIME))["physicalId"]
    renamed = {**RUNTIME, "AgentRuntimeName": "helper"}
    new = provider.handle(request("update", "Runtime", renamed, oldProperties=RUNTIME, physicalId=old))
    provider.handle(request("delete", "Runtime", RUNTIME, physicalId=old))
    runtimes = control.call("ListAgentRuntimes", {}, CALLER)["agentRuntimes"]
    assert new["replaced"] is True
    assert [mapping(item)["agentRuntimeId"] for item in sequence(runtimes)] == [new["physicalId"]]


def test_rolling_back_a_replacement_takes_the_predecessor_back(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    old = provider.handle(request("create", "Runtime", RUNTIME))["physicalId"]
    renamed = {**RUNTIME, "AgentRuntimeName": "helper"}
    new = provider.handle(request("update", "Runtime", renamed, oldProperties=RUNTIME, physicalId=old))["physicalId"]
    back = provider.handle(request("update", "Runtime", RUNTIME, oldProperties=renamed, physicalId=new))
    provider.handle(request("delete", "Runtime", renamed, physicalId=new))
    runtimes = control.call("ListAgentRuntimes", {}, CALLER)["agentRuntimes"]
    assert [back["physicalId"], back["replaced"]] == [old, True]
    assert [mapping(item)["agentRuntimeId"] for item in sequence(runtimes)] == [old]


def memory_of(control: ControlPlane, answer: Answer) -> Answer:
    memory_id = mapping(answer["attributes"])["MemoryId"]
    return mapping(control.call("GetMemory", {"memoryId": memory_id}, CALLER)["memory"])


def strategies_of(control: ControlPlane, answer: Answer) -> dict[str, Answer]:
    found = sequence(memory_of(control, answer)["strategies"])
    return {str(mapping(item)["name"]): mapping(item) for item in found}


def test_every_kind_of_memory_strategy_is_shown_as_the_service_shows_it(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    strategies = strategies_of(control, provider.handle(request("create", "Memory", MEMORY)))
    types = {name: strategy["type"] for name, strategy in strategies.items()}
    assert types == {
        "facts": "SEMANTIC",
        "preferences": "USER_PREFERENCE",
        "summary": "SUMMARIZATION",
        "episodes": "EPISODIC",
        "tea": "CUSTOM",
        "own": "CUSTOM",
    }
    assert strategies["preferences"]["namespaces"] == ["/users/{actorId}/likes/"]
    assert mapping(strategies["tea"]["configuration"])["extraction"] == {
        "customExtractionConfiguration": {
            "semanticExtractionOverride": {
                "appendToPrompt": "Only facts about tea.",
                "modelId": "us.amazon.nova-lite-v1:0",
            }
        }
    }
    own = mapping(mapping(strategies["own"]["configuration"])["selfManagedConfiguration"])
    assert own["triggerConditions"] == [{"messageBasedTrigger": {"messageCount": 6}}]


def test_a_memory_update_adds_changes_and_deletes_strategies_and_keeps_the_ids_of_the_others(
    control: ControlPlane, provider: ResourceProvider
) -> None:
    facts = {"SemanticMemoryStrategy": {"Name": "facts", "Namespaces": ["/users/{actorId}/facts/"]}}
    moved = {"SemanticMemoryStrategy": {"Name": "facts", "Namespaces": ["/people/{actorId}/"]}}
    likes = {"UserPreferenceMemoryStrategy": {"Name": "likes"}}
    summary = {"SummaryMemoryStrategy": {"Name": "summary"}}
    old = {"Name": "notes", "EventExpiryDuration": 30, "MemoryStrategies": [facts, summary]}
    new = {"Name": "notes", "EventExpiryDuration": 60, "Description": "d", "MemoryStrategies": [moved, likes]}
    created = provider.handle(request("create", "Memory", old))
    before = strategies_of(control, created)
    updated = provider.handle(request("update", "Memory", new, oldProperties=old, physicalId=created["physicalId"]))
    after = strategies_of(control, updated)
    assert list(after) == ["facts", "likes"]
    assert after["facts"]["strategyId"] == before["facts"]["strategyId"]
    assert after["facts"]["namespaces"] == ["/people/{actorId}/"]
    assert memory_of(control, updated)["eventExpiryDuration"] == 60
    assert updated["replaced"] is False


def test_rolling_an_update_back_restores_the_old_properties(control: ControlPlane, provider: ResourceProvider) -> None:
    old = {"Name": "notes", "EventExpiryDuration": 30}
    new = {**old, "Description": "d", "MemoryStrategies": [{"SemanticMemoryStrategy": {"Name": "facts"}}]}
    physical = provider.handle(request("create", "Memory", old))["physicalId"]
    provider.handle(request("update", "Memory", new, oldProperties=old, physicalId=physical))
    back = provider.handle(request("update", "Memory", old, oldProperties=new, physicalId=physical))
    memory = memory_of(control, back)
    assert "description" not in memory
    assert memory["strategies"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        ({"Name": None}, "#: required key [Name] not found"),
        ({"MemoryArn": "arn:aws:x"}, "#/MemoryArn: readOnly property cannot be specified"),
        ({"EventExpiryDuration": "400"}, "#/EventExpiryDuration: 400 is greater than the maximum of 365"),
        ({"EventExpiryDuration": "soon"}, "#/EventExpiryDuration: 'soon' is not of type 'integer'"),
        ({"Name": "not a name"}, "#/Name: 'not a name' does not match"),
        (
            {"MemoryStrategies": [{"SemanticMemoryStrategy": {}}]},
            "SemanticMemoryStrategy: required key [Name] not found",
        ),
    ],
)
def test_fails_on_wrong_properties(
    control: ControlPlane, provider: ResourceProvider, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ProvisioningError) as error:
        provider.handle(request("create", "Memory", {"Name": "notes", "EventExpiryDuration": 30} | change))
    assert "Properties validation failed for resource Resource" in str(error.value)
    assert message in str(error.value)
    assert control.call("ListMemories", {}, CALLER)["memories"] == []


def test_fails_as_the_service_refuses(provider: ResourceProvider) -> None:
    provider.handle(request("create", "Memory", MEMORY))
    with pytest.raises(ProvisioningError, match=r"already exists.*Error Code: ConflictException"):
        provider.handle(request("create", "Memory", MEMORY, "Second"))


def test_fails_on_a_type_that_nothing_runs(provider: ResourceProvider) -> None:
    with pytest.raises(ProvisioningError, match="cannot provision AWS::Athena::DataCatalog"):
        provider.handle(request("create", "AWS::Athena::DataCatalog", {}))


@pytest.mark.parametrize("missing", ["operation", "type", "logicalId", "account", "region"])
def test_fails_on_an_incomplete_request(provider: ResourceProvider, missing: str) -> None:
    with pytest.raises(ProvisioningError, match=missing):
        provider.handle(request("create", "Memory", MEMORY) | {missing: ""})


def test_every_resource_says_what_it_is(provider: ResourceProvider) -> None:
    create_all(provider)
    kinds = {str(item["type"]).removeprefix(PREFIX): item["kind"] for item in provider.resources()}
    real = {"Runtime", "RuntimeEndpoint", "Memory"}
    real |= {"ApiKeyCredentialProvider", "OAuth2CredentialProvider", "WorkloadIdentity"}
    real |= {"Gateway", "GatewayTarget", "PolicyEngine", "Policy"}
    assert {kinds[name] for name in real} == {"real"}
    assert {name for name, kind in kinds.items() if kind == "stand-in"} == {"CodeInterpreterCustom"}
    assert {kind for name, kind in kinds.items() if name not in {*real, "CodeInterpreterCustom"}} == {"record only"}
    assert all(item["note"] for item in provider.resources())


def test_a_browser_says_which_program_its_sessions_run() -> None:
    type_name = f"{PREFIX}BrowserCustom"
    assert truth_of(type_name).kind == "record only"
    runs = truth_of(type_name, "/usr/bin/chromium")
    assert runs.kind == "stand-in"
    assert "/usr/bin/chromium" in runs.note


def test_record_only_types_are_in_the_registry_and_say_why() -> None:
    assert set(RECORD_ONLY) <= set(type_names())
    assert all(RECORD_ONLY.values())


def test_a_recorded_resource_has_plausible_attributes_that_stay(provider: ResourceProvider) -> None:
    created = provider.handle(request("create", "AWS::EC2::EIP", {"Domain": "vpc"}))
    tags = [{"Key": "a", "Value": "b"}]
    changed = {"Domain": "vpc", "Tags": tags}
    updated = provider.handle(
        request("update", "AWS::EC2::EIP", changed, oldProperties={"Domain": "vpc"}, physicalId=created["physicalId"])
    )
    assert created["kind"] == "record only"
    assert str(mapping(created["attributes"])["AllocationId"]).startswith("eipalloc-")
    assert updated == {**created, "replaced": False}


def test_a_guardrail_and_its_version_stand_in(provider: ResourceProvider) -> None:
    properties = {"Name": "safe", "BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no"}
    guardrail = mapping(provider.handle(request("create", "AWS::Bedrock::Guardrail", properties))["attributes"])
    version = provider.handle(
        request("create", "AWS::Bedrock::GuardrailVersion", {"GuardrailIdentifier": guardrail["GuardrailId"]})
    )
    assert str(guardrail["GuardrailArn"]) == f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/{guardrail['GuardrailId']}"
    assert guardrail["Version"] == "DRAFT"
    assert mapping(version["attributes"])["Version"] == "1"
    assert mapping(version["attributes"])["GuardrailId"] == guardrail["GuardrailId"]
    assert version["kind"] == "stand-in"


def test_many_resources_at_once(control: ControlPlane, provider: ResourceProvider) -> None:
    def create(number: int) -> object:
        properties = {"Name": f"notes{number}", "EventExpiryDuration": 30}
        return provider.handle(request("create", "Memory", properties, f"Memory{number}"))["physicalId"]

    with ThreadPoolExecutor(16) as pool:
        physical = set(pool.map(create, range(50)))
    assert len(physical) == len(provider.resources()) == 50
    assert len(sequence(control.call("ListMemories", {}, CALLER)["memories"])) == 50


def test_creating_is_fast_once_the_schemas_are_loaded(provider: ResourceProvider) -> None:
    provider.handle(request("create", "Runtime", RUNTIME))
    started = time.perf_counter()
    provider.handle(request("create", "Runtime", {**RUNTIME, "AgentRuntimeName": "second"}))
    assert time.perf_counter() - started < 0.5
