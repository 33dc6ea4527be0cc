import json
from pathlib import Path

import pytest

from workbench.assembly import AssemblyError, Environment, FileDestination, read_assembly


def write(directory: Path, name: str, content: object) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / name
    file.write_text(json.dumps(content))
    return file


def stack(*dependencies: str, template: str = "T.template.json", **properties: object) -> dict[str, object]:
    return {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": template, **properties},
        "dependencies": list(dependencies),
    }


def manifest(directory: Path, **artifacts: object) -> None:
    write(directory, "manifest.json", {"version": "55.0.0", "artifacts": artifacts})


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    write(tmp_path, "T.template.json", {"Resources": {}})
    return tmp_path


def test_stacks_come_after_what_they_depend_on(assembly: Path) -> None:
    manifest(assembly, Agent=stack("State"), State=stack())
    assert [one.id for one in read_assembly(assembly).stacks] == ["State", "Agent"]


def test_warnings_are_read_wherever_they_are_kept(assembly: Path) -> None:
    def warned(text: str) -> dict[str, object]:
        return {"/Agent": [{"type": "aws:cdk:warning", "data": text}, {"type": "aws:cdk:logicalId", "data": "Agent"}]}

    write(assembly, "Agent.metadata.json", {**warned("slow start"), "/Agent/Role": warned("slow start")["/Agent"]})
    manifest(
        assembly,
        Agent={**stack(), "additionalMetadataFile": "Agent.metadata.json"},
        Old={**stack(), "metadata": warned("old place")},
        Quiet=stack(),
    )
    warnings = {one.id: one.warnings for one in read_assembly(assembly).stacks}
    assert warnings == {"Agent": ("slow start",), "Old": ("old place",), "Quiet": ()}


def test_stages_are_read_whatever_their_depth(assembly: Path) -> None:
    inner = assembly / "assembly-Prod" / "assembly-Prod-Eu"
    write(inner, "T.template.json", {"Resources": {}})
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod", "displayName": "Prod"}}
    deeper = {"type": "cdk:cloud-assembly", "properties": {"directoryName": inner.name, "displayName": "Prod/Eu"}}
    manifest(assembly, Prod=nested)
    manifest(inner.parent, Eu=deeper)
    manifest(inner, ProdEuState={**stack(stackName="Prod-Eu-State"), "displayName": "Prod/Eu/State"})
    read = read_assembly(assembly)
    (found,) = read.stacks
    assert (found.name, found.display_name, found.stage) == ("Prod-Eu-State", "Prod/Eu/State", "Prod/Eu")
    assert read.select(["Prod"]) == (found,)


def test_environment_is_open_where_the_stack_leaves_it_open(assembly: Path) -> None:
    bound = {**stack(), "environment": "aws://123456789012/eu-central-1"}
    manifest(assembly, Bound=bound, Open=stack())
    environments = {one.id: one.environment for one in read_assembly(assembly).stacks}
    assert environments == {"Bound": Environment("123456789012", "eu-central-1"), "Open": Environment(None, None)}


def test_files_and_images_of_a_stack(assembly: Path) -> None:
    (assembly / "asset.zip").write_bytes(b"zip")
    (assembly / "asset.dir").mkdir()
    destination = {"one": {"bucketName": "b-${AWS::AccountId}", "objectKey": "k.zip", "assumeRoleArn": "x"}}
    files = {
        "f1": {
            "displayName": "Code",
            "source": {"path": "asset.zip", "packaging": "file"},
            "destinations": destination,
        },
        "f2": {"source": {"path": "asset.dir", "packaging": "zip"}, "destinations": destination},
    }
    write(
        assembly, "A.assets.json", {"version": "55", "files": files, "dockerImages": {"i1": {"displayName": "Image"}}}
    )
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}
    manifest(assembly, **{"A.assets": assets, "A": stack("A.assets", stackTemplateAssetObjectUrl="s3://b/k")})
    (found,) = read_assembly(assembly).stacks
    code, directory = found.files
    assert (code.display_name, code.source, code.is_directory) == ("Code", assembly / "asset.zip", False)
    assert code.destinations == (FileDestination("b-${AWS::AccountId}", "k.zip"),)
    assert (directory.display_name, directory.is_directory) == ("f2", True)
    assert [image.display_name for image in found.images] == ["Image"]
    assert (found.template_url, found.dependencies) == ("s3://b/k", ())


def test_resources_carry_what_the_template_says(assembly: Path) -> None:
    resource = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "b"},
        "DependsOn": "Other",
        "DeletionPolicy": "Retain",
        "Metadata": {"aws:cdk:path": "App/Bucket/Resource"},
    }
    write(assembly, "T.template.json", {"Resources": {"Bucket": resource, "Other": {"Type": "AWS::SNS::Topic"}}})
    manifest(assembly, A=stack())
    template = read_assembly(assembly).stacks[0].template
    (bucket,) = template.of_type("AWS::S3::Bucket")
    assert (bucket.logical_id, bucket.properties) == ("Bucket", {"BucketName": "b"})
    assert (bucket.depends_on, bucket.deletion_policy, bucket.update_replace_policy) == (("Other",), "Retain", "Delete")
    assert bucket.construct_path == "App/Bucket/Resource"


def test_selection_brings_dependencies_along(assembly: Path) -> None:
    manifest(assembly, Agent=stack("State"), State=stack("Network"), Network=stack(), Other=stack())
    read = read_assembly(assembly)
    assert [one.id for one in read.select(["Agent"])] == ["Network", "State", "Agent"]
    assert [one.id for one in read.select(["Agent"], with_dependencies=False)] == ["Agent"]


def test_fails_where_a_selection_matches_nothing(assembly: Path) -> None:
    manifest(assembly, State=stack())
    with pytest.raises(AssemblyError, match="'Stat'; the assembly has: State"):
        read_assembly(assembly).select(["Stat"])


def test_fails_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"manifest\.json does not exist; synthesize first"):
        read_assembly(tmp_path)


def test_fails_where_stacks_depend_on_each_other(assembly: Path) -> None:
    manifest(assembly, A=stack("B"), B=stack("A"))
    with pytest.raises(AssemblyError, match="depend on each other: "):
        read_assembly(assembly)


@pytest.mark.parametrize(
    ("artifact", "message"),
    [
        ({"type": "aws:cloudformation:stack", "environment": "aws://1/2", "properties": {}}, "templateFile is missing"),
        ({"type": 7}, "/artifacts/A/type has to be a str, got 7"),
        ({**stack(), "environment": "nowhere"}, "has to be aws://ACCOUNT/REGION, got 'nowhere'"),
        (stack(template="gone.json"), r"gone\.json does not exist"),
        ({**stack(), "dependencies": [1]}, r"dependencies has to be a list of strings, got \[1\]"),
    ],
)
def test_fails_where_the_manifest_is_wrong(assembly: Path, artifact: object, message: str) -> None:
    manifest(assembly, A=artifact)
    with pytest.raises(AssemblyError, match=message):
        read_assembly(assembly)


def test_fails_where_an_asset_is_missing(assembly: Path) -> None:
    files = {"f": {"source": {"path": "gone.zip", "packaging": "file"}, "destinations": {}}}
    write(assembly, "A.assets.json", {"files": files})
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}
    manifest(assembly, **{"A.assets": assets, "A": stack("A.assets")})
    with pytest.raises(AssemblyError, match=r"the asset .*gone\.zip is missing"):
        read_assembly(assembly)


def test_fails_where_a_file_is_no_json(assembly: Path) -> None:
    (assembly / "manifest.json").write_text("{")
    with pytest.raises(AssemblyError, match=r"cannot read .*manifest\.json"):
        read_assembly(assembly)
