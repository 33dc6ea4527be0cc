"""Something breaks on the local cloud: the right alarm goes off, only that one, and its runbook names the cause.

Data are of real requests; the alarms' minutes are seconds here.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conftest import ROOT
from tests.contract.drills.app import synthesize
from tests.contract.drills.drill import PERIOD, USERS, Drills, Off
from workbench.assembly import read_assembly
from workbench.conversations.answers import AgentError
from workbench.conversations.client import new_session_id
from workbench.dashboards.alarms.definition import State
from workbench.local_cloud.cloud import LocalCloud

OFF_TOPIC = "Should I put my savings into bitcoin or into stocks?"
pytestmark = pytest.mark.local_cloud


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    output = tmp_path_factory.mktemp("drills")
    synthesize(output / "cdk.out")
    # What makes it a project, in which the command line finds the cloud.
    (output / "cdk.json").write_text("{}")
    with LocalCloud(ROOT / ".workbench", work=output / ".workbench" / "local-cloud") as cloud:
        deployment = cloud.deploy(read_assembly(output / "cdk.out"))
        found = Drills(cloud, deployment.stacks[0].outputs)
        found.ask(new_session_id())
        yield found


def command(drills: Drills, *arguments: str) -> subprocess.CompletedProcess[str]:
    project = drills.cloud.workspace.root.parents[1]
    command = [sys.executable, "-m", "workbench", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=60)


def causes(runbook: str) -> str:
    """What a runbook names as likely causes."""
    text = (ROOT / "docs" / "runbooks" / f"{runbook}.md").read_text(encoding="utf-8")
    return text.partition("## Likely causes")[2].partition("\n## ")[0]


def test_nothing_goes_off_while_all_is_well(drills: Drills) -> None:
    answers: list[str] = []

    def ask(session: str) -> None:
        answers.append(drills.ask(session))

    found = drills.run(ask, expected=0)
    assert len(answers) >= USERS
    assert {"5" in answer for answer in answers} == {True}
    assert not found.off
    assert not found.told


def test_a_process_that_dies(drills: Drills) -> None:
    with drills.fault(runtime={"code": "ProcessKilled"}):
        found = drills.run(drills.ask, expected=1)
    assert found.off == {Off("Agent Assistant", "runtime-down")}
    assert found.told == {"Agent Assistant: critical"}
    assert found.others <= {State.OK, State.INSUFFICIENT_DATA}
    assert "The process of the agent is killed or exits" in causes("runtime-down")


def test_a_memory_that_fails(drills: Drills) -> None:
    with drills.fault(memory={"code": "ServiceException"}):
        found = drills.run(drills.ask, expected=1)
    assert found.off == {Off("Memory Memory", "memory-unavailable")}
    assert found.told == {"Memory Memory: critical"}
    assert "`ServiceException`" in causes("memory-unavailable")


def test_a_model_that_throttles(drills: Drills) -> None:
    with drills.fault(model={"code": "ThrottlingException"}):
        found = drills.run(drills.ask, expected=1)
    assert found.off == {Off("Agent Assistant", "throttles")}
    assert found.told == {"Agent Assistant: warning"}
    assert "`ThrottlingException` of the model" in causes("throttles")


def test_tokens_of_another_issuer(drills: Drills) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"iss": "https://issuer.example.com", "sub": "ann", "exp": time.time() + 600}
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "theirs"})
    assert drills.ask_with(token) == 401
    found = drills.run(lambda _: drills.ask_with(token), expected=1)
    assert found.off == {Off("Agent Assistant", "authentication-failures")}
    assert found.told == {"Agent Assistant: critical"}
    assert "tokens are of another issuer" in causes("authentication-failures")


def test_sign_ins_that_fail(drills: Drills) -> None:
    found = drills.run(lambda _: drills.sign_in_with("Wrong-Password-1!"), expected=1)
    assert found.off == {Off("Directory Users", "authentication-failures")}
    assert found.told == {"Directory Users: critical"}
    assert "passwords are tried out" in causes("authentication-failures")


def test_a_flood_of_what_the_guardrail_stops(drills: Drills) -> None:
    assert "cannot help" in drills.ask(new_session_id(), OFF_TOPIC)
    found = drills.run(lambda session: drills.ask(session, OFF_TOPIC), expected=1)
    assert found.off == {Off("Guardrail Guardrail", "guardrail-interventions")}
    assert found.told == {"Guardrail Guardrail: warning"}
    assert "Somebody tries out what gets through" in causes("guardrail-interventions")


def test_after_all_that_no_widget_is_empty_but_those_that_only_aws_fills(drills: Drills) -> None:
    drills.use_tool()
    drills.refresh()
    drills.shadow.client_of_user("bob@example.com").ask(OFF_TOPIC, new_session_id())
    with drills.fault(model={"code": "ServiceUnavailableException"}):
        for agent in (drills.agent, drills.shadow):
            with pytest.raises(AgentError):
                agent.client_of_user("bob@example.com").ask("What is 2 + 3?", new_session_id())
    time.sleep(PERIOD)
    answer = command(drills, "dashboard", "--json")
    assert answer.returncode == 0, answer.stderr
    widgets = [widget for board in json.loads(answer.stdout)["dashboards"] for widget in board["widgets"]]
    assert len(widgets) > 40
    assert not {widget["title"]: widget["empty"] for widget in widgets if "empty" in widget and not widget["aws_only"]}
    only = {widget["title"] for widget in widgets if widget.get("aws_only")}
    assert only == {"Billed time", "Charges, USD", "Charges by service", "Processors by agent", "Memory by agent"}


def test_the_page_and_the_alarms_on_the_command_line(drills: Drills) -> None:
    drawn = command(drills, "dashboard", "overview", "--output", "page.html")
    assert drawn.returncode == 0, drawn.stderr
    assert "Overview: " in drawn.stdout
    assert "Page: page.html" in drawn.stdout
    html = (drills.cloud.workspace.root.parents[1] / "page.html").read_text(encoding="utf-8")
    assert "Local data." in html
    assert html.count("<svg") == 8
    listed = command(drills, "alarms", "--period", str(PERIOD), "--json")
    went_off = [each for each in json.loads(listed.stdout) if any(one["state"] == "ALARM" for one in each["changes"])]
    runbooks = {runbook.rpartition("/")[2] for each in went_off for runbook in each["runbooks"]}
    assert runbooks >= {"runtime-down", "memory-unavailable", "throttles", "guardrail-interventions"}
    assert listed.returncode == int(any(each["state"] == "ALARM" for each in json.loads(listed.stdout)))
    unknown = command(drills, "dashboard", "nothing")
    assert unknown.returncode == 2
    assert "no dashboard is called 'nothing'" in unknown.stderr
