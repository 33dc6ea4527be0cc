"""Diagrams: everything is in them, nothing runs in them."""

import re
from xml.etree import ElementTree

import pytest

from agents.cloud_engineer.diagrams import Diagram

SHOP = [
    {"id": "web", "name": "Web tier", "service": "Amazon ECS"},
    {"id": "queue", "name": "Orders", "service": "Amazon SQS"},
    {"id": "db", "name": "Stock", "service": "Amazon DynamoDB"},
]
USES = [{"from": "web", "to": "queue", "label": "sends"}, {"from": "queue", "to": "db"}, {"from": "web", "to": "db"}]


def texts(svg: str) -> set[str]:
    return {str(each.text) for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("text")}


def test_the_picture_has_every_component_and_label() -> None:
    svg = Diagram.of("Shop", SHOP, USES).svg()
    assert {"Shop", "Web tier", "Amazon ECS", "Orders", "Stock", "sends"} <= texts(svg)
    assert svg.count("marker-end") == len(USES)


def test_who_is_used_stands_to_the_right() -> None:
    svg = Diagram.of("Shop", SHOP, USES).svg()
    across = [int(x) for x in re.findall(r'class="box" x="(\d+)"', svg)]
    assert across == sorted(across)
    assert len(set(across)) == 3


def test_a_circle_is_drawn() -> None:
    svg = Diagram.of("Circle", SHOP, [*USES, {"from": "db", "to": "web"}]).svg()
    assert svg.count('class="box"') == 3


def test_no_text_becomes_markup() -> None:
    evil = '</text><script>alert(1)</script>"];evil'
    diagram = Diagram.of(evil, [{"id": "a", "name": evil, "service": evil}], [{"from": "a", "to": "a", "label": evil}])
    assert "<script" not in diagram.svg()
    assert not [each for each in ElementTree.fromstring(diagram.svg()).iter() if each.tag.endswith("script")]
    assert '"];' not in diagram.mermaid()
    assert "<script" not in diagram.mermaid()


def test_mermaid_says_the_same() -> None:
    lines = Diagram.of("Shop", SHOP, USES).mermaid().splitlines()
    assert lines[3] == "flowchart LR"
    assert '    c0["Web tier<br/>Amazon ECS"]' in lines
    assert '    c0 -->|"sends"| c1' in lines


@pytest.mark.parametrize(
    ("components", "connections", "message"),
    [
        ([], [], "at least one component"),
        ([{"id": "a", "name": "A"}] * 41, [], "at most 40 components, got 41"),
        ([{"id": "a", "name": "A"}] * 2, [], "two components have one id"),
        ([{"id": "a"}], [], "'name' is missing"),
        ([{"id": "a", "name": "A"}], [{"from": "a", "to": "b"}], "no component with that id"),
        ([{"id": "a", "name": "A"}], [{"from": "a", "to": "a"}] * 81, "at most 80 connections"),
    ],
)
def test_fails_on_what_cannot_be_drawn(
    components: list[dict[str, str]], connections: list[dict[str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Diagram.of("Shop", components, connections)
