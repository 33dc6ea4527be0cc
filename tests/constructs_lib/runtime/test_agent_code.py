import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template
from constructs import Construct
from jsii._kernel.providers.process import _NodeProcess

from constructs_lib.runtime import AgentCode, BoundCode
from constructs_lib.runtime.agent_code import NO_BYTECODE_WARNING
from tests.constructs_lib.runtime.wheels import Wheelhouse, write

RUNNING_PYTHON = agentcore.AgentCoreRuntime.of(f"PYTHON_{sys.version_info.major}_{sys.version_info.minor}")
DIGEST = f"sha256:{'a' * 64}"
KEY_ARN = "arn:aws:kms:us-west-2:111122223333:key/1234"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Test", env=Environment(account="111122223333", region="us-west-2"))


@pytest.fixture
def directory(wheelhouse: Wheelhouse, tmp_path: Path) -> Path:
    lock = wheelhouse.add("greeter", {"greeter.py": ""}, entry_points="[console_scripts]\ngreet = greeter:hello\n")
    return write(tmp_path / "agent", {"main.py": "", "requirements.lock.txt": lock})


def packaged(directory: Path, asset_key: kms.IKey | None = None) -> AgentCode:
    return AgentCode.from_directory(
        directory,
        entry_point=["greet", "main.py"],
        python=RUNNING_PYTHON,
        asset_key=asset_key,
        cache_directory=directory.parent / "cache",
    )


def artifact_of(stack: Stack, bound: BoundCode) -> Mapping[str, object]:
    """What the L2 Runtime renders for the code, with a role whose policies it may not touch."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("bedrock-agentcore.amazonaws.com"))
    agentcore.Runtime(
        stack,
        "Runtime",
        runtime_name="agent",
        agent_runtime_artifact=bound.artifact,
        execution_role=role.without_policy_updates(),
    )
    resources = Template.from_stack(stack).find_resources("AWS::BedrockAgentCore::Runtime")
    (runtime,) = resources.values()
    return cast("Mapping[str, object]", runtime["Properties"]["AgentRuntimeArtifact"])


def statements(stack: Stack, bound: BoundCode) -> list[object]:
    return [stack.resolve(statement.to_statement_json()) for statement in bound.read_statements]


def test_directory_becomes_one_zip_asset_with_a_one_object_read(stack: Stack, directory: Path) -> None:
    code = packaged(directory)
    bound = code.bind(Construct(stack, "Agent"))
    (statement,) = statements(stack, bound)
    configuration = cast("Mapping[str, object]", artifact_of(stack, bound)["CodeConfiguration"])
    location = cast("Mapping[str, Mapping[str, str]]", configuration["Code"])["S3"]
    assert configuration["EntryPoint"] == ["greet", "main.py"]
    assert configuration["Runtime"] == RUNNING_PYTHON.value
    assert location["Prefix"].endswith(".zip")
    partition = {"Ref": "AWS::Partition"}
    assert statement == {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": {"Fn::Join": ["", ["arn:", partition, f":s3:::{location['Bucket']}/{location['Prefix']}"]]},
    }


def test_directory_works_in_a_stack_without_an_environment(directory: Path) -> None:
    stack = Stack(App(), "Agnostic")
    configuration = artifact_of(stack, packaged(directory).bind(Construct(stack, "Agent")))["CodeConfiguration"]
    assert "AWS::AccountId" in str(configuration)


def test_one_code_serves_two_runtimes(stack: Stack, directory: Path) -> None:
    code = packaged(directory)
    first, second = (code.bind(Construct(stack, name)) for name in ("First", "Second"))
    assert statements(stack, first) == statements(stack, second)
    assert first.artifact is not second.artifact


def test_asset_is_the_same_wherever_the_directory_lies(stack: Stack, directory: Path, tmp_path: Path) -> None:
    copy = write(tmp_path / "copy", {path.name: path.read_bytes() for path in directory.iterdir()})
    first, second = (
        code.bind(Construct(stack, name)) for name, code in (("A", packaged(directory)), ("B", packaged(copy)))
    )
    assert statements(stack, first) == statements(stack, second)


def test_asset_key_may_decrypt_through_s3_only(stack: Stack, directory: Path) -> None:
    key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
    _, decrypt = statements(stack, packaged(directory, key).bind(Construct(stack, "Agent")))
    assert decrypt == {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEY_ARN,
        "Condition": {
            "StringEquals": {"kms:ViaService": {"Fn::Join": ["", ["s3.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}}
        },
    }


def test_no_warning_where_modules_are_compiled(stack: Stack, directory: Path) -> None:
    packaged(directory).bind(Construct(stack, "Agent"))
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


def test_warns_with_cost_and_remedy_without_bytecode(directory: Path, no_interpreters: None) -> None:
    stack = Stack(App(), "Test")
    packaged(directory).bind(Construct(stack, "Agent"))
    remedy = rf"slower\. Run `uv python install .*{NO_BYTECODE_WARNING}"
    Annotations.from_stack(stack).has_warning("/Test/Agent", Match.string_like_regexp(remedy))


def test_a_bound_directory_costs_few_round_trips(
    stack: Stack, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope, code = Construct(stack, "Agent"), packaged(directory)
    sent = []
    send = _NodeProcess.send

    def count(self: _NodeProcess, request: object, response_type: object) -> object:
        sent.append(request)
        return send(self, request, response_type)  # type: ignore[arg-type]

    monkeypatch.setattr(_NodeProcess, "send", count)
    code.bind(scope)
    assert 0 < len(sent) <= 7, sent


@pytest.mark.parametrize("entry_point", [[], ["a", "b", "main.py"], [""], ["greet", ""]])
def test_fails_on_an_entry_point_that_has_not_one_or_two_items(directory: Path, entry_point: list[str]) -> None:
    with pytest.raises(ValueError, match="entry_point takes the file to run, optionally after one command"):
        AgentCode.from_directory(directory, entry_point=entry_point)


def test_fails_on_a_runtime_of_another_language(directory: Path) -> None:
    with pytest.raises(ValueError, match="packages Python agents, got the runtime NODE_22"):
        AgentCode.from_directory(directory, entry_point=["main.py"], python=agentcore.AgentCoreRuntime.NODE_22)


def test_fails_on_services_without_trimming(directory: Path) -> None:
    with pytest.raises(ValueError, match="no effect with trim=False"):
        AgentCode.from_directory(directory, entry_point=["main.py"], aws_services=("sts",), trim=False)


def test_dockerfile_is_built_for_arm64(stack: Stack, tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n"})
    bound = AgentCode.from_dockerfile(tmp_path, build_args={"A": "b"}, target="run").bind(Construct(stack, "Agent"))
    uri = cast("Mapping[str, object]", artifact_of(stack, bound)["ContainerConfiguration"])["ContainerUri"]
    assert "cdk-hnb659fds-container-assets-111122223333-us-west-2" in str(uri)
    manifest = cast("App", stack.node.root).synth()
    images = (Path(manifest.directory) / "Test.assets.json").read_text()
    assert '"platform": "linux/arm64"' in images


def test_image_pull_names_one_repository(stack: Stack, tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n"})
    bound = AgentCode.from_dockerfile(tmp_path).bind(Construct(stack, "Agent"))
    pull, login = cast("list[dict[str, object]]", statements(stack, bound))
    assert pull["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert "repository/cdk-hnb659fds-container-assets" in str(pull["Resource"])
    assert (login["Action"], login["Resource"]) == ("ecr:GetAuthorizationToken", "*")


def test_fails_without_a_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no Dockerfile .*Dockerfile.arm"):
        AgentCode.from_dockerfile(tmp_path, file="Dockerfile.arm")


@pytest.mark.parametrize(("image", "suffix"), [("v1", ":v1"), (DIGEST, f"@{DIGEST}")])
def test_ecr_image_by_tag_or_digest(stack: Stack, image: str, suffix: str) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "agents")
    bound = AgentCode.from_ecr(repository, tag_or_digest=image).bind(Construct(stack, "Agent"))
    pull, _ = cast("list[dict[str, object]]", statements(stack, bound))
    assert "repository/agents" in str(pull["Resource"])
    assert f"/agents{suffix}" in str(artifact_of(stack, bound)["ContainerConfiguration"])


def test_fails_without_an_image_name(stack: Stack) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "agents")
    with pytest.raises(ValueError, match="tag_or_digest must name one image"):
        AgentCode.from_ecr(repository, tag_or_digest="")


@pytest.mark.parametrize(("version", "action"), [(None, "s3:GetObject"), ("v7", "s3:GetObjectVersion")])
def test_object_in_s3_is_read_alone(stack: Stack, version: str | None, action: str) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "builds")
    code = AgentCode.from_s3(bucket, "agent.zip", entry_point=["main.py"], version=version)
    bound = code.bind(Construct(stack, "Agent"))
    (statement,) = cast("list[dict[str, object]]", statements(stack, bound))
    assert statement["Action"] == action
    assert str(statement["Resource"]).endswith(":s3:::builds/agent.zip']]}")
    configuration = cast("Mapping[str, Mapping[str, object]]", artifact_of(stack, bound)["CodeConfiguration"])
    location = cast("Mapping[str, object]", configuration["Code"]["S3"])
    assert location.get("VersionId") == version


def test_object_in_an_encrypted_bucket_may_be_decrypted(stack: Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket", encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
    bound = AgentCode.from_s3(bucket, "agent.zip", entry_point=["main.py"]).bind(Construct(stack, "Agent"))
    _, decrypt = cast("list[dict[str, object]]", statements(stack, bound))
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", KEY_ARN)


def test_fails_without_an_object_key(stack: Stack) -> None:
    with pytest.raises(ValueError, match="key must name the object"):
        AgentCode.from_s3(s3.Bucket(stack, "Bucket"), "", entry_point=["main.py"])
