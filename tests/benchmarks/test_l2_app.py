"""The hand-written app makes the same resources as the library's app; otherwise comparing their synths says nothing."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from benchmarks.apps import L2_APP, OWN_APP, package_agent, synthesize

Resources = Mapping[str, Mapping[str, object]]
COMPARED = ("Type", "Properties", "DeletionPolicy", "UpdateReplacePolicy")


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, Resources]:
    directory = tmp_path_factory.mktemp("apps")
    archive = package_agent()
    for app in (OWN_APP, L2_APP):
        synthesize(app, directory / app.parent.name, archive)
    return {app: _resources(directory / app.parent.name) for app in (OWN_APP, L2_APP)}


def test_both_apps_make_the_same_resources(templates: Mapping[Path, Resources]) -> None:
    own, by_hand = templates[OWN_APP], templates[L2_APP]
    assert _types(by_hand) == _types(own)
    assert _properties(by_hand) == _properties(own)
    assert _without_logical_ids(by_hand) == _without_logical_ids(own)


def test_a_differing_property_of_a_referenced_resource_is_noticed(templates: Mapping[Path, Resources]) -> None:
    changed = json.loads(json.dumps(templates[L2_APP]))
    role = next(item for item in changed.values() if item["Type"] == "AWS::IAM::Role")
    role["Properties"]["MaxSessionDuration"] = 7200
    assert _without_logical_ids(changed) != _without_logical_ids(templates[OWN_APP])


def test_the_hand_written_app_uses_nothing_of_the_library() -> None:
    assert "constructs_lib" not in L2_APP.read_text().replace("own_app", "")


def _resources(assembly: Path) -> Resources:
    return cast("Resources", json.loads((assembly / "Assistant.template.json").read_text())["Resources"])


def _types(resources: Resources) -> Counter[object]:
    return Counter(resource["Type"] for resource in resources.values())


def _properties(resources: Resources) -> list[str]:
    """Each resource on a line of its own, every logical id as `…`: what a person can compare."""
    lines = (json.dumps({name: each.get(name) for name in COMPARED}, sort_keys=True) for each in resources.values())
    ids = re.compile("|".join(map(json.dumps, resources)))
    return sorted(ids.sub('"…"', line) for line in lines)


def _without_logical_ids(resources: Resources) -> list[object]:
    """Every resource with what it refers to written out in place of a logical id, ordered by content."""

    def written_out(id: str) -> object:
        if id not in resources:
            return id
        depends = cast("Sequence[str]", resources[id].get("DependsOn", ()))
        return {
            **{name: resolved(resources[id].get(name)) for name in COMPARED},
            "DependsOn": sorted((written_out(each) for each in depends), key=json.dumps),
        }

    def resolved(value: object) -> object:
        match value:
            case {"Ref": str(id)}:
                return {"Ref": written_out(id)}
            case {"Fn::GetAtt": [str(id), attribute]}:
                return {"Fn::GetAtt": [written_out(id), attribute]}
            case dict():
                return {name: resolved(item) for name, item in value.items()}
            case list():
                return [resolved(item) for item in value]
        return value

    return sorted(map(written_out, resources), key=json.dumps)
