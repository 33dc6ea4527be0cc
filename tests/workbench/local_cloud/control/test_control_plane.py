from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from workbench.local_cloud.agentcore.control import ControlPlane
from workbench.local_cloud.agentcore.control_extras import EXTRAS, UNSUPPORTED
from workbench.local_cloud.agentcore.control_model import kinds, operation_names, plain_operations
from workbench.local_cloud.agentcore.service import Caller, Scope, ServiceError
from workbench.local_cloud.cloudformation.schema import mapping, sequence

CALLER = Caller(Scope("000000000000", "us-west-2"))
ROLE = "arn:aws:iam::000000000000:role/execution"
CODE = {
    "codeConfiguration": {
        "code": {"s3": {"bucket": "assets", "prefix": "agent.zip"}},
        "runtime": "PYTHON_3_13",
        "entryPoint": ["main.py"],
    }
}
TOKEN = "0123456789-0123456789-0123456789-0123"
Answer = Mapping[str, object]


@pytest.fixture
def control() -> ControlPlane:
    return ControlPlane()


def runtime(control: ControlPlane, name: str = "assistant", **more: object) -> Answer:
    params = {"agentRuntimeName": name, "agentRuntimeArtifact": CODE, "roleArn": ROLE, **more}
    return control.call("CreateAgentRuntime", params, CALLER)


def update_runtime(control: ControlPlane, runtime_id: object, **more: object) -> Answer:
    params = {"agentRuntimeId": runtime_id, "agentRuntimeArtifact": CODE, "roleArn": ROLE, **more}
    return control.call("UpdateAgentRuntime", params, CALLER)


def memory(control: ControlPlane, name: str = "notes", **more: object) -> Answer:
    answer = control.call("CreateMemory", {"name": name, "eventExpiryDuration": 30, **more}, CALLER)
    return mapping(answer["memory"])


def gateway(control: ControlPlane) -> Answer:
    params = {"name": "Tools", "roleArn": ROLE, "authorizerType": "NONE", "protocolType": "MCP"}
    return control.call("CreateGateway", params, CALLER)


def target(control: ControlPlane, gateway_id: object) -> Answer:
    server = {"mcp": {"mcpServer": {"endpoint": "https://tools.example/mcp"}}}
    params = {"gatewayIdentifier": gateway_id, "name": "orders", "targetConfiguration": server}
    return control.call("CreateGatewayTarget", params, CALLER)


def refused(control: ControlPlane, operation: str, params: Answer) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        control.call(operation, params, CALLER)
    return error.value


def test_every_operation_of_the_service_is_answered_or_listed_as_unsupported() -> None:
    handled = set(plain_operations()) | set(EXTRAS)
    assert handled | set(UNSUPPORTED) == operation_names()
    assert handled & set(UNSUPPORTED) == set()


def test_an_unsupported_operation_says_why(control: ControlPlane) -> None:
    error = refused(control, "StartPolicyGeneration", {})
    assert (error.code, error.status) == ("NotImplementedException", 501)
    assert "by a model of the service" in error.message


def test_an_unknown_operation_is_refused(control: ControlPlane) -> None:
    assert refused(control, "CreateTeapot", {}).code == "UnknownOperationException"


def test_every_kind_can_be_listed_and_is_not_found_before_it_exists(control: ControlPlane) -> None:
    parentless = [kind for kind in kinds().values() if kind.parent is None]
    assert len(parentless) > 15
    ids = {"name": "absent", "registryId": "abcdefabcdef", "datasetId": "absent-0123456789"}
    for kind in parentless:
        own = ids.get(kind.own_key, "absent-0123456789")
        assert refused(control, f"Get{kind.noun}", {kind.own_key: own}).code == "ResourceNotFoundException", kind.noun
        assert refused(control, f"Delete{kind.noun}", {kind.own_key: own}).status == 404, kind.noun


def test_a_runtime_is_ready_with_id_arn_identity_and_defaults(control: ControlPlane) -> None:
    created = runtime(control)
    shown = control.call("GetAgentRuntime", {"agentRuntimeId": created["agentRuntimeId"]}, CALLER)
    assert str(shown["agentRuntimeId"]).startswith("assistant-")
    assert (
        shown["agentRuntimeArn"]
        == f"arn:aws:bedrock-agentcore:us-west-2:000000000000:runtime/{shown['agentRuntimeId']}"
    )
    assert (shown["status"], shown["agentRuntimeVersion"]) == ("READY", "1")
    assert shown["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800}
    assert isinstance(shown["createdAt"], datetime)
    assert shown["createdAt"].tzinfo is not None


def test_default_follows_the_newest_version_and_other_endpoints_stay(control: ControlPlane) -> None:
    runtime_id = runtime(control, description="one")["agentRuntimeId"]
    endpoint = {"agentRuntimeId": runtime_id, "name": "prod"}
    control.call("CreateAgentRuntimeEndpoint", endpoint, CALLER)
    assert update_runtime(control, runtime_id)["agentRuntimeVersion"] == "2"
    listed = control.call("ListAgentRuntimeEndpoints", {"agentRuntimeId": runtime_id}, CALLER)["runtimeEndpoints"]
    assert {mapping(e)["name"]: mapping(e)["liveVersion"] for e in sequence(listed)} == {"DEFAULT": "2", "prod": "1"}
    old = control.call("GetAgentRuntime", {"agentRuntimeId": runtime_id, "agentRuntimeVersion": "1"}, CALLER)
    new = control.call("GetAgentRuntime", {"agentRuntimeId": runtime_id}, CALLER)
    assert old["description"] == "one"
    assert "description" not in new


def test_an_endpoint_moves_to_the_version_asked_for(control: ControlPlane) -> None:
    runtime_id = runtime(control)["agentRuntimeId"]
    control.call("CreateAgentRuntimeEndpoint", {"agentRuntimeId": runtime_id, "name": "prod"}, CALLER)
    update_runtime(control, runtime_id)
    key = {"agentRuntimeId": runtime_id, "endpointName": "prod"}
    control.call("UpdateAgentRuntimeEndpoint", {**key, "description": "stays"}, CALLER)
    assert control.call("GetAgentRuntimeEndpoint", key, CALLER)["targetVersion"] == "1"
    control.call("UpdateAgentRuntimeEndpoint", {**key, "agentRuntimeVersion": "2"}, CALLER)
    assert control.call("GetAgentRuntimeEndpoint", key, CALLER)["targetVersion"] == "2"
    assert refused(control, "UpdateAgentRuntimeEndpoint", {**key, "agentRuntimeVersion": "9"}).status == 404


def test_deleting_a_runtime_deletes_its_endpoints_and_its_identity(control: ControlPlane) -> None:
    runtime_id = runtime(control)["agentRuntimeId"]
    answer = control.call("DeleteAgentRuntime", {"agentRuntimeId": runtime_id}, CALLER)
    key = {"agentRuntimeId": runtime_id, "endpointName": "DEFAULT"}
    assert answer["status"] == "DELETING"
    assert refused(control, "GetAgentRuntimeEndpoint", key).code == "ResourceNotFoundException"
    assert control.call("ListWorkloadIdentities", {}, CALLER)["workloadIdentities"] == []


def test_the_default_endpoint_and_a_version_in_use_cannot_be_deleted(control: ControlPlane) -> None:
    runtime_id = runtime(control)["agentRuntimeId"]
    update_runtime(control, runtime_id)
    endpoint = {"agentRuntimeId": runtime_id, "endpointName": "DEFAULT"}
    assert refused(control, "DeleteAgentRuntimeEndpoint", endpoint).code == "ConflictException"
    assert (
        refused(control, "DeleteAgentRuntime", {"agentRuntimeId": runtime_id, "agentRuntimeVersion": "2"}).status == 409
    )
    control.call("DeleteAgentRuntime", {"agentRuntimeId": runtime_id, "agentRuntimeVersion": "1"}, CALLER)
    versions = control.call("ListAgentRuntimeVersions", {"agentRuntimeId": runtime_id}, CALLER)["agentRuntimes"]
    assert [mapping(item)["agentRuntimeVersion"] for item in sequence(versions)] == ["2"]


def test_fails_on_contradictory_runtime_settings(control: ControlPlane) -> None:
    lifecycle = {"idleRuntimeSessionTimeout": 600, "maxLifetime": 300}
    with pytest.raises(ServiceError, match=r"idleRuntimeSessionTimeout \(600\)"):
        runtime(control, lifecycleConfiguration=lifecycle)
    with pytest.raises(ServiceError, match="networkModeConfig with subnets"):
        runtime(control, networkConfiguration={"networkMode": "VPC"})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ({"name": "1st"}, "Value '1st' at 'name' failed to satisfy constraint: Member must satisfy regular expression"),
        ({"eventExpiryDuration": 2}, "Member must have value greater than or equal to 3"),
        ({"description": "x" * 4097}, "Member must have length less than or equal to 4096"),
        (
            {"eventExpiryDuration": "30"},
            "Value '30' at 'eventExpiryDuration' failed to satisfy constraint: Member must be a",
        ),
        (
            {"memoryStrategies": [{}]},
            "at 'memoryStrategies.1.member' failed to satisfy constraint: Member must have exactly",
        ),
        (
            {"memoryStrategies": [{"semanticMemoryStrategy": {}}]},
            "'memoryStrategies.1.member.semanticMemoryStrategy.name'",
        ),
    ],
)
def test_fails_with_the_constraint_that_is_violated(
    control: ControlPlane, params: dict[str, object], message: str
) -> None:
    given = {"name": "notes", "eventExpiryDuration": 30, **params} if params else {"eventExpiryDuration": 30}
    error = refused(control, "CreateMemory", given)
    assert (error.code, error.status) == ("ValidationException", 400)
    assert message in error.message
    assert error.message.startswith("1 validation error detected: ")


def test_every_violation_is_named(control: ControlPlane) -> None:
    error = refused(control, "CreateMemory", {"name": "-", "eventExpiryDuration": 1})
    assert error.message.startswith("2 validation errors detected: ")


def test_an_enum_violation_lists_the_values(control: ControlPlane) -> None:
    with pytest.raises(ServiceError, match=r"Member must satisfy enum value set: \[PUBLIC, VPC\]"):
        runtime(control, networkConfiguration={"networkMode": "MOON"})


def test_a_secret_is_not_repeated_in_an_error(control: ControlPlane) -> None:
    error = refused(control, "CreateApiKeyCredentialProvider", {"name": "key", "apiKey": "s3cr3t" * 20_000})
    assert "s3cr3t" not in error.message


def test_a_duplicate_name_conflicts_only_within_its_scope(control: ControlPlane) -> None:
    memory(control)
    elsewhere = Caller(Scope("111111111111", "us-west-2"))
    control.call("CreateMemory", {"name": "notes", "eventExpiryDuration": 30}, elsewhere)
    error = refused(control, "CreateMemory", {"name": "notes", "eventExpiryDuration": 30})
    assert (error.code, error.status) == ("ConflictException", 409)
    assert len(sequence(control.call("ListMemories", {}, elsewhere)["memories"])) == 1


def test_a_client_token_makes_creation_idempotent(control: ControlPlane) -> None:
    first, second = memory(control, clientToken=TOKEN), memory(control, clientToken=TOKEN)
    assert first["id"] == second["id"]
    other = {"name": "other", "eventExpiryDuration": 30, "clientToken": TOKEN}
    assert refused(control, "CreateMemory", other).code == "ConflictException"
    control.call("DeleteMemory", {"memoryId": first["id"]}, CALLER)
    assert memory(control, clientToken=TOKEN)["id"] != first["id"]


def test_pages_follow_each_other_without_gap(control: ControlPlane) -> None:
    names = [f"notes{number}" for number in range(5)]
    for name in names:
        memory(control, name)
    seen: list[object] = []
    token: object = None
    for expected in (2, 2, 1):
        page = control.call("ListMemories", {"maxResults": 2, "nextToken": token}, CALLER)
        seen += [mapping(item)["id"] for item in sequence(page["memories"])]
        token = page.get("nextToken")
        assert len(sequence(page["memories"])) == expected
    assert token is None
    assert [str(item).split("-")[0] for item in seen] == names
    assert refused(control, "ListMemories", {"nextToken": "!"}).code == "ValidationException"


def test_an_update_of_a_memory_leaves_what_it_does_not_name(control: ControlPlane) -> None:
    made = memory(control, description="old")
    control.call("UpdateMemory", {"memoryId": made["id"], "eventExpiryDuration": 60}, CALLER)
    shown = mapping(control.call("GetMemory", {"memoryId": made["id"]}, CALLER)["memory"])
    assert (shown["description"], shown["eventExpiryDuration"]) == ("old", 60)


def test_strategies_get_ids_types_and_default_namespaces(control: ControlPlane) -> None:
    strategies = [{"semanticMemoryStrategy": {"name": "facts"}}, {"summaryMemoryStrategy": {"name": "summary"}}]
    shown = [mapping(item) for item in sequence(memory(control, memoryStrategies=strategies)["strategies"])]
    assert [item["type"] for item in shown] == ["SEMANTIC", "SUMMARIZATION"]
    assert all(str(item["strategyId"]).startswith(f"{item['name']}-") for item in shown)
    assert shown[0]["namespaces"] == ["/strategies/{memoryStrategyId}/actors/{actorId}/"]
    assert str(sequence(shown[1]["namespaces"])[0]).endswith("/sessions/{sessionId}/")


def test_strategies_are_modified_by_id(control: ControlPlane) -> None:
    made = memory(control, memoryStrategies=[{"semanticMemoryStrategy": {"name": "facts"}}])
    strategy_id = mapping(sequence(made["strategies"])[0])["strategyId"]
    change = {"modifyMemoryStrategies": [{"memoryStrategyId": strategy_id, "namespaces": ["/all/"]}]}
    answer = control.call("UpdateMemory", {"memoryId": made["id"], "memoryStrategies": change}, CALLER)
    assert mapping(sequence(mapping(answer["memory"])["strategies"])[0])["namespaces"] == ["/all/"]
    wrong = {"deleteMemoryStrategies": [{"memoryStrategyId": "none"}]}
    assert refused(control, "UpdateMemory", {"memoryId": made["id"], "memoryStrategies": wrong}).status == 404


def test_fails_on_two_strategies_of_one_name(control: ControlPlane) -> None:
    twice = [{"semanticMemoryStrategy": {"name": "a"}}, {"summaryMemoryStrategy": {"name": "a"}}]
    with pytest.raises(ServiceError, match="must be unique"):
        memory(control, memoryStrategies=twice)


def test_a_gateway_has_a_lower_case_id_an_address_and_targets_that_hold_it(control: ControlPlane) -> None:
    made = gateway(control)
    gateway_id = made["gatewayId"]
    assert str(gateway_id).startswith("tools-")
    assert made["gatewayUrl"] == f"https://{gateway_id}.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp"
    added = target(control, gateway_id)
    assert (added["gatewayArn"], added["status"]) == (made["gatewayArn"], "READY")
    assert refused(control, "DeleteGateway", {"gatewayIdentifier": gateway_id}).code == "ConflictException"
    control.call("DeleteGatewayTarget", {"gatewayIdentifier": gateway_id, "targetId": added["targetId"]}, CALLER)
    control.call("DeleteGateway", {"gatewayIdentifier": gateway_id}, CALLER)
    assert control.call("ListGateways", {}, CALLER)["items"] == []


def test_a_child_of_an_absent_parent_is_refused(control: ControlPlane) -> None:
    with pytest.raises(ServiceError, match="Gateway not found"):
        target(control, "tools-0123456789")


def test_tags_are_kept_by_arn(control: ControlPlane) -> None:
    arn = memory(control, tags={"a": "1", "b": "2"})["arn"]
    control.call("TagResource", {"resourceArn": arn, "tags": {"c": "3"}}, CALLER)
    control.call("UntagResource", {"resourceArn": arn, "tagKeys": ["a"]}, CALLER)
    assert control.call("ListTagsForResource", {"resourceArn": arn}, CALLER) == {"tags": {"b": "2", "c": "3"}}


def test_a_resource_policy_lives_with_its_resource(control: ControlPlane) -> None:
    made = runtime(control)
    arn = made["agentRuntimeArn"]
    control.call("PutResourcePolicy", {"resourceArn": arn, "policy": "{}"}, CALLER)
    assert control.call("GetResourcePolicy", {"resourceArn": arn}, CALLER) == {"policy": "{}"}
    assert refused(control, "PutResourcePolicy", {"resourceArn": arn, "policy": "{"}).code == "ValidationException"
    control.call("DeleteAgentRuntime", {"agentRuntimeId": made["agentRuntimeId"]}, CALLER)
    assert refused(control, "GetResourcePolicy", {"resourceArn": arn}).status == 404


def test_a_credential_provider_never_shows_its_secret(control: ControlPlane) -> None:
    control.call("CreateApiKeyCredentialProvider", {"name": "weather", "apiKey": "s3cr3t"}, CALLER)
    settings = {"googleOauth2ProviderConfig": {"clientId": "id", "clientSecret": "s3cr3t"}}
    oauth = {"name": "mail", "credentialProviderVendor": "GoogleOauth2", "oauth2ProviderConfigInput": settings}
    control.call("CreateOauth2CredentialProvider", oauth, CALLER)
    key = control.call("GetApiKeyCredentialProvider", {"name": "weather"}, CALLER)
    mail = control.call("GetOauth2CredentialProvider", {"name": "mail"}, CALLER)
    assert "s3cr3t" not in str(key) + str(mail)
    assert ":secret:bedrock-agentcore-identity!default/apikey/weather" in str(key["apiKeySecretArn"])
    google = {"discoveryUrl": "https://accounts.google.com/.well-known/openid-configuration"}
    shown = {"googleOauth2ProviderConfig": {"clientId": "id", "oauthDiscovery": google}}
    assert mail["oauth2ProviderConfigOutput"] == shown


def test_what_aws_provides_is_there_and_cannot_be_deleted(control: ControlPlane) -> None:
    evaluators = sequence(control.call("ListEvaluators", {}, CALLER)["evaluators"])
    assert "Builtin.Helpfulness" in {mapping(item)["evaluatorId"] for item in evaluators}
    assert control.call("GetBrowser", {"browserId": "aws.browser.v1"}, CALLER)["status"] == "READY"
    assert refused(control, "DeleteBrowser", {"browserId": "aws.browser.v1"}).code == "ValidationException"
    assert control.call("ListBrowsers", {"type": "CUSTOM"}, CALLER)["browserSummaries"] == []


def test_an_answer_is_a_copy(control: ControlPlane) -> None:
    made = runtime(control, environmentVariables={"A": "1"})
    key = {"agentRuntimeId": made["agentRuntimeId"]}
    shown = control.call("GetAgentRuntime", key, CALLER)["environmentVariables"]
    assert isinstance(shown, dict)
    shown["A"] = "changed"
    assert control.call("GetAgentRuntime", key, CALLER)["environmentVariables"] == {"A": "1"}


def test_one_name_is_given_once_among_many_callers(control: ControlPlane) -> None:
    def create(_: int) -> str:
        try:
            return str(memory(control)["id"])
        except ServiceError as error:
            return error.code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(create, range(40)))
    assert answers.count("ConflictException") == 39
