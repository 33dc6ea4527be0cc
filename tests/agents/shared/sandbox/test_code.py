"""An agent that runs code: what the model is told, what the user is told, and that the answer always comes."""

import logging
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest
from botocore.config import Config
from strands.types.content import Message
from strands.types.session import SessionMessage

from agents.shared._events import message_payload, read_messages
from agents.shared.aws import agentcore_client
from agents.shared.sandbox import sandbox
from agents.shared.sandbox.code import CodeRunner
from agents.shared.sandbox.failures import SandboxError
from tests.agents.conftest import Json, Process, variables
from tests.agents.scripted_model import Script, Step, UseTool, texts
from tests.agents.shared.sandbox.fake_agentcore import FakeAgentCore

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore.type_defs import EventTypeDef

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
PROMPT = "do it"


def using(*steps: UseTool) -> Process:
    """An agent whose model uses these tools, and then says what the last one answered."""
    return Process(then_say(*steps), environ=with_code())


def then_say(*steps: UseTool) -> Script:
    left = list(steps)
    return lambda messages: left.pop(0) if left else f"The tool said: {texts(messages[-1])}"


def with_code(**changed: str) -> dict[str, str]:
    return variables(BEDROCK_AGENTCORE_MEMORY_ID="", AGENT_CODE_INTERPRETER_ID="code", **changed)


def run(code: str, **more: object) -> UseTool:
    return UseTool("run_code", {"code": code, **more})


def told(answer: Json) -> str:
    return str(answer["response"])


def test_tools_are_offered_only_where_configured(agentcore: FakeAgentCore) -> None:
    plain = Process(lambda _: "hello", environ=variables(BEDROCK_AGENTCORE_MEMORY_ID=""))
    plain.say(PROMPT)
    assert plain.model.offered == [["calculator"]]
    both = Process(lambda _: "hello", environ=with_code(AGENT_BROWSER_ID="browser"))
    both.say(PROMPT)
    code = ["run_code", "write_file", "read_file", "list_files"]
    assert both.model.offered == [["calculator", *code, "browse"]]
    assert agentcore.operations == []


def test_code_runs_in_one_session_that_lasts(agentcore: FakeAgentCore) -> None:
    process = using(
        UseTool("write_file", {"path": "data/a.txt", "text": "41"}),
        run("x = int(open('data/a.txt').read())"),
        run("print(x + 1)"),
    )
    answer = process.say(PROMPT)
    assert told(answer) == "The tool said: 42\n"
    assert answer["notices"] == []
    assert agentcore.operations.count("StartCodeInterpreterSession") == 1


def test_files_are_listed_and_read(agentcore: FakeAgentCore) -> None:
    process = using(run("import os; os.mkdir('out'); open('b.txt', 'w').write('text')"), UseTool("list_files", {}))
    assert told(process.say(PROMPT)) == "The tool said: b.txt\nout/"
    assert told(using(run("open('c.txt', 'w').write('c')"), UseTool("read_file", {"path": "c.txt"})).say(PROMPT)) == (
        "The tool said: c.txt:\nc"
    )


def test_charts_are_shown_to_the_model(agentcore: FakeAgentCore) -> None:
    process = using(run(f"open('chart.png', 'wb').write({PNG!r})", charts=["chart.png"]))
    assert told(process.say(PROMPT)) == "The tool said: The code printed nothing.\nchart.png:"
    (result,) = process.model.heard[-1][-1]["content"]
    assert result["toolResult"]["status"] == "success"
    (image,) = [part["image"] for part in result["toolResult"]["content"] if "image" in part]
    assert image == {"format": "png", "source": {"bytes": PNG}}


def test_charts_last_in_the_memory() -> None:
    image = {"image": {"format": "png", "source": {"bytes": PNG * 20_000}}}
    result = {"toolUseId": "use-1", "status": "success", "content": [{"text": "chart.png:"}, image]}
    said = cast("Message", {"role": "user", "content": [{"toolResult": result}]})
    stored = message_payload(SessionMessage.from_message(said, 0))
    (restored,) = read_messages([cast("EventTypeDef", {"eventId": "event-1", "payload": stored})])
    assert restored.message == said


def test_a_chart_that_is_not_there_or_too_big_is_said(agentcore: FakeAgentCore) -> None:
    assert "The charts cannot be shown: FileNotFoundError" in told(using(run("1", charts=["none.png"])).say(PROMPT))
    big = using(run("open('big.png', 'wb').write(b'\\xff' * 500_001)", charts=["big.png"])).say(PROMPT)
    assert "big.png: 500,001 bytes, at most 500,000 can be shown. Save it smaller." in told(big)
    many = using(run("1", charts=["a", "b", "c", "d"])).say(PROMPT)
    assert "At most 3 charts can be returned at once, got 4." in told(many)


def test_errors_of_the_code_are_the_models_business(agentcore: FakeAgentCore) -> None:
    process = using(run("print('begun')\n1/0"))
    answer = process.say(PROMPT)
    assert "begun" in told(answer)
    assert "ZeroDivisionError: division by zero" in told(answer)
    assert answer["notices"] == []
    (result,) = process.model.heard[-1][-1]["content"]
    assert result["toolResult"]["status"] == "error"


def test_long_output_is_cut_in_the_middle(agentcore: FakeAgentCore) -> None:
    said = told(using(run("print('a' * 30_000 + 'end')")).say(PROMPT))
    assert "\n[… 10,004 characters left out …]\n" in said
    assert said.endswith("end\n")
    assert len(said) < 20_100


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (run("x" * 50_001), "The code has 50,001 characters, at most 50,000 are accepted"),
        (UseTool("write_file", {"path": "a", "text": "x" * 500_001}), "The file has 500,001 characters"),
        (
            UseTool("write_file", {"path": "../a", "text": "x"}),
            "Paths are relative and stay in the sandbox's directory",
        ),
    ],
)
def test_too_much_is_refused_before_a_session_starts(agentcore: FakeAgentCore, step: UseTool, refusal: str) -> None:
    assert refusal in told(using(step).say(PROMPT))
    assert agentcore.operations == []


def test_denied(agentcore: FakeAgentCore, caplog: pytest.LogCaptureFixture) -> None:
    agentcore.failures["StartCodeInterpreterSession"] = "AccessDeniedException"
    with caplog.at_level(logging.WARNING):
        answer = using(run("print(1)")).say(PROMPT)
    denied = "The code could not be run: the agent's role does not allow it."
    assert answer["notices"] == [denied]
    assert f"{denied} Do not try again. If it does not work, go on without and say so." in told(answer)
    (logged,) = [r.getMessage() for r in caplog.records if r.name == "agents.shared.sandbox.code"]
    assert "code_interpreter=<code>, reason=<AccessDeniedException>" in logged


def test_unreachable(agentcore: FakeAgentCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = using(run("print(1)")).say(PROMPT)
    assert answer["notices"] == ["The code could not be run (EndpointConnectionError)."]
    assert "It may be tried once more." in told(answer)


def test_too_many_sessions(agentcore: FakeAgentCore) -> None:
    agentcore.failures["StartCodeInterpreterSession"] = "ServiceQuotaExceededException"
    answer = using(run("print(1)")).say(PROMPT)
    assert answer["notices"] == ["The code could not be run: too many sandboxes are in use at the moment."]


def test_code_that_takes_too_long_costs_the_session(
    agentcore: FakeAgentCore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sandbox, "SANDBOX_CONFIG", sandbox.SANDBOX_CONFIG.merge(Config(read_timeout=1)))
    process = using(run("import time; x = 1; time.sleep(30)"), run("print('x' in globals())"))
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        answer = process.say(PROMPT)
    assert time.monotonic() - began < 5
    assert answer["notices"] == [
        "The code gave no answer for too long. It was stopped; the files and variables of the sandbox are lost."
    ]
    assert told(answer) == "The tool said: False\n"
    assert agentcore.operations == [
        "StartCodeInterpreterSession",
        "InvokeCodeInterpreter",
        "StopCodeInterpreterSession",
        "StartCodeInterpreterSession",
        "InvokeCodeInterpreter",
    ]
    assert len(agentcore.live()) == 1
    assert any("reason=<ReadTimeoutError>" in record.getMessage() for record in caplog.records)


def test_a_crash_in_the_sandbox_is_told_to_the_model(agentcore: FakeAgentCore) -> None:
    process = using(run("import ctypes; ctypes.string_at(0)"), run("print('again')"))
    assert told(process.say(PROMPT)) == "The tool said: again\n"
    assert "crashed (segmentation fault)" in texts(process.model.heard[-1][2])


def test_a_session_that_ended_is_replaced_and_that_is_said(agentcore: FakeAgentCore) -> None:
    process = using(run("x = 1"))
    process.say(PROMPT)
    agentcore.end_sessions()
    process.model.script = then_say(run("print('x' in globals())"))
    answer = process.say(PROMPT)
    gone = "(The sandbox had ended. This ran in a new one: earlier files and variables are gone.)"
    assert told(answer) == f"The tool said: False\n\n{gone}"
    assert answer["notices"] == ["The sandbox had ended, so a new one was used: earlier files and variables are gone."]


def test_an_idle_session_ends_and_the_next_call_says_so(agentcore: FakeAgentCore) -> None:
    client = agentcore_client()
    runner = CodeRunner("code", client, client, idle_seconds=0.3)
    assert runner.run("x = 1; import time; time.sleep(0.5)").failed is False
    assert len(agentcore.live()) == 1
    while agentcore.live():
        time.sleep(0.02)
    outcome = runner.run("print('x' in globals())")
    assert (outcome.text, outcome.restarted) == ("False\n", True)
    assert runner.run("print(2)").restarted is False
    runner.close()
    assert agentcore.live() == []


def test_the_session_ends_with_the_server(agentcore: FakeAgentCore) -> None:
    process = using(run("print(1)"))
    with process.client:
        process.say(PROMPT)
        assert len(agentcore.live()) == 1
    assert agentcore.operations[-1] == "StopCodeInterpreterSession"
    assert agentcore.live() == []


def test_closing_does_not_wait_for_code(agentcore: FakeAgentCore) -> None:
    client = agentcore_client()
    runner = CodeRunner("code", client, client)
    with ThreadPoolExecutor(1) as running:
        call = running.submit(runner.run, "import time; time.sleep(4)")
        while agentcore.operations != ["StartCodeInterpreterSession", "InvokeCodeInterpreter"]:
            time.sleep(0.01)
        began = time.monotonic()
        runner.close()
        assert time.monotonic() - began < 1
        with pytest.raises(SandboxError, match="the conversation is over"):
            call.result(2)
    assert agentcore.operations.count("StartCodeInterpreterSession") == 1
    assert agentcore.live() == []
    with pytest.raises(SandboxError, match="the conversation is over"):
        runner.run("print(1)")


def test_the_session_ends_also_when_the_model_has_failed(agentcore: FakeAgentCore) -> None:
    steps: list[Step] = [run("print(1)"), RuntimeError("model down")]
    process = Process(lambda _: steps.pop(0), environ=with_code())
    with process.client:
        assert "error" in process.say(PROMPT)
        assert len(agentcore.live()) == 1
    assert agentcore.live() == []


def test_the_session_ends_with_a_process_that_has_no_server(agentcore: FakeAgentCore) -> None:
    code = (
        "from agents.shared.sandbox.sandbox import sandbox_for\n"
        "from agents.shared.settings import Settings\n"
        "made = sandbox_for(Settings.from_environment({'AGENT_MODEL_ID': 'm', 'AGENT_CODE_INTERPRETER_ID': 'code'}))\n"
        "print(made.tools[0](code='print(7)')['content'][0]['text'])\n"
        "raise SystemExit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (3, "7\n\n")
    assert agentcore.operations[-1] == "StopCodeInterpreterSession"
    assert agentcore.live() == []


def test_a_session_that_cannot_be_ended_is_logged(agentcore: FakeAgentCore, caplog: pytest.LogCaptureFixture) -> None:
    agentcore.failures["StopCodeInterpreterSession"] = "AccessDeniedException"
    process = using(run("print(1)"))
    with caplog.at_level(logging.WARNING), process.client:
        process.say(PROMPT)
    assert any("session not ended, it ends by itself" in record.getMessage() for record in caplog.records)
