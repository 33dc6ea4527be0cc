"""Templates with those of their nested stacks, as the CDK writes them."""

import json
from pathlib import Path

import pytest

from constructs_lib.safety.rules import load

NESTED = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Sub": "https://bucket/abc.json"}}}


def write(directory: Path, name: str, document: object) -> Path:
    file = directory / name
    file.write_text(json.dumps(document))
    return file


def assets(**paths: str) -> dict[str, object]:
    return {"files": {key: {"source": {"path": path}} for key, path in paths.items()}}


def test_nested_stacks_are_found_by_the_hash_in_their_address(tmp_path: Path) -> None:
    file = write(tmp_path, "Stack.template.json", {"Resources": {"Inner": NESTED}})
    # Assets of a stage are in the directory above it.
    write(tmp_path, "Stack.assets.json", assets(abc="Inner.nested.template.json", code="../asset.zip", empty=""))
    inner = write(tmp_path, "Inner.nested.template.json", {"Resources": {}})
    found = [(each.name, each.file, each.parent) for each in load("Stack", file)]
    assert found == [("Stack", file, None), ("Stack/Inner", inner, ("Stack", "Inner"))]


def test_a_nested_template_elsewhere_is_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, "Stack.template.json", {"Resources": {"Inner": NESTED}})
    assert [each.name for each in load("Stack", file)] == ["Stack"]
    write(tmp_path, "Stack.assets.json", assets(abc="gone.json"))
    assert [each.name for each in load("Stack", file)] == ["Stack"]


def test_what_is_no_json_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has to hold a JSON object"):
        list(load("Stack", write(tmp_path, "Stack.template.json", [])))
