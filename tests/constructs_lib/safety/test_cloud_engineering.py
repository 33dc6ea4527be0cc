"""The preset is the source document's configuration, line by line, and nothing beyond it that is not said."""

import re
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.safety import ContentGuardrail, DeniedTopic, GuardrailProfile
from tests.constructs_lib.lint import complaints
from tests.constructs_lib.nag import findings
from tests.constructs_lib.safety.source_table import ENTITIES, FILTERS, LINES, REGEXES, TOPICS, Line
from tests.constructs_lib.support import app_in, only, stack, template

PAGE = Path(__file__).parents[3] / "docs/constructs/content-guardrail.md"
# Not in the document; the page says so.
BEYOND = {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}


def rendered(**props: Any) -> dict[str, Any]:
    of = stack()
    ContentGuardrail.cloud_engineering(of, "Guardrail", **props)
    found: dict[str, Any] = only(template(of), "AWS::Bedrock::Guardrail")["Properties"]
    return found


@pytest.fixture(scope="module")
def preset() -> dict[str, Any]:
    return rendered()


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    return rendered(names=True, addresses=True)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.section}: {line.says}")
def test_the_template_has_the_line(line: Line, preset: dict[str, Any], full: dict[str, Any]) -> None:
    entries = line.entries(full if line.options else preset)
    if line.entry is None:
        said = " ".join([each["Definition"] + " ".join(each["Examples"]) for each in entries]).lower()
        assert not [word for word in line.words if re.search(rf"\b{word}", said)]
        return
    assert [each for each in entries if line.entry.items() <= each.items()], entries
    if line.options:
        assert line.entry not in line.entries(preset)


def test_the_template_has_nothing_else(full: dict[str, Any]) -> None:
    for path in (FILTERS, TOPICS, ENTITIES, REGEXES):
        said = [line.entry for line in LINES if line.path == path and line.entry is not None]
        entries = full[path[0]][path[1]]
        unsaid = [each for each in entries if not any(entry.items() <= each.items() for entry in said)]
        assert unsaid == ([BEYOND] if path == FILTERS else [])
    assert full["WordPolicyConfig"] == {"ManagedWordListsConfig": [{"Type": "PROFANITY"}]}


def test_the_page_shows_the_lines() -> None:
    page = PAGE.read_text()
    assert [line.row() for line in LINES if line.row() not in page] == []


def test_topics_are_described_as_aws_asks_for(preset: dict[str, Any]) -> None:
    for topic in preset["TopicPolicyConfig"]["TopicsConfig"]:
        assert len(topic["Definition"]) <= 200
        assert not re.search(r"\b(block|deny|refuse|except|outside|other than|not)\b", topic["Definition"].lower())
        assert 3 <= len(topic["Examples"]) <= 5


def test_it_can_be_adapted() -> None:
    weather = DeniedTopic(name="Weather", definition="The weather of today and of the days to come.")
    adapted = rendered(ip_addresses=False, further_topics=[weather], own_words=["Initech"], grounding=0.5)
    entities = [each["Type"] for each in adapted["SensitiveInformationPolicyConfig"]["PiiEntitiesConfig"]]
    assert "IP_ADDRESS" not in entities
    assert adapted["TopicPolicyConfig"]["TopicsConfig"][-1]["Name"] == "Weather"
    assert adapted["WordPolicyConfig"]["WordsConfig"] == [{"Text": "Initech"}]
    assert adapted["ContextualGroundingPolicyConfig"]["FiltersConfig"] == [{"Type": "GROUNDING", "Threshold": 0.5}]


@pytest.mark.parametrize("cross_region", [None, GuardrailProfile.us()])
def test_cfn_lint_has_no_complaints(cross_region: GuardrailProfile | None) -> None:
    of = stack()
    ContentGuardrail.cloud_engineering(of, "Guardrail", names=True, addresses=True, cross_region=cross_region)
    assert complaints(template(of)) == []


def test_five_packs_find_nothing(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    ContentGuardrail.cloud_engineering(stack(app=app), "Guardrail")
    assert findings(app, tmp_path) == []
