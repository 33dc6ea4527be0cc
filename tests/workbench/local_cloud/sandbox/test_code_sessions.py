"""Code sessions by the SDK's client: what they answer, and how their limits and their end show."""

import time
from functools import partial

import pytest
from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.sandbox.cloud import BUILTIN, SandboxCloud, alive, result, text
from workbench.local_cloud.agentcore.sandbox.isolation import NOT_A_BOUNDARY

pytestmark = pytest.mark.local_cloud

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"


def test_variables_last_until_they_are_cleared(interpreter: CodeInterpreter) -> None:
    interpreter.execute_code("x = 20\nprint('set')")
    assert text(interpreter.execute_code("print(x + 1)")) == "21\n"
    cleared = result(interpreter.execute_code("print(x)", clear_context=True))
    assert cleared["isError"] is True
    assert "NameError: name 'x' is not defined" in cleared["structuredContent"]["stderr"]


def test_a_result_is_structured(interpreter: CodeInterpreter) -> None:
    answer = interpreter.execute_code("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert answer["sessionId"] == interpreter.session_id
    said = result(answer)
    structured = said["structuredContent"]
    assert (structured["stdout"], structured["stderr"], structured["exitCode"]) == ("out\n", "err\n", 3)
    assert 0 <= structured["executionTime"] < 2
    assert said["isError"] is True


def test_files_go_in_and_out(interpreter: CodeInterpreter) -> None:
    interpreter.upload_files([{"path": "in/a.csv", "content": "a,b\n1,2\n"}, {"path": "b.bin", "content": b"\xff"}])  # type: ignore[dict-item]
    interpreter.execute_code(f"open('chart.png', 'wb').write({PNG!r}); print(open('in/a.csv').read())")
    assert interpreter.download_files(["in/a.csv", "chart.png"]) == {"/in/a.csv": "a,b\n1,2\n", "/chart.png": PNG}
    listed = result(interpreter.invoke("listFiles", {"directoryPath": "."}))["content"]
    assert [(one["name"], one["uri"], one["description"]) for one in listed] == [
        ("b.bin", "file:///b.bin", "File"),
        ("chart.png", "file:///chart.png", "File"),
        ("in", "file:///in", "Directory"),
    ]
    (picture,) = result(interpreter.invoke("readFiles", {"paths": ["chart.png"]}))["content"]
    assert picture["resource"] == {"type": "blob", "uri": "file:///chart.png", "mimeType": "image/png", "blob": PNG}
    interpreter.invoke("removeFiles", {"paths": ["b.bin", "in"]})
    assert [one["name"] for one in result(interpreter.invoke("listFiles", {}))["content"]] == ["chart.png"]


def test_a_file_that_is_not_there_is_an_error_of_the_call(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.invoke("readFiles", {"paths": ["none.txt"]}))
    assert said["isError"] is True
    assert "FileNotFoundError" in said["content"][0]["text"]


def test_commands_run_in_the_same_directory(interpreter: CodeInterpreter) -> None:
    interpreter.upload_file("a.txt", "hello")
    said = result(interpreter.execute_command("cat a.txt; echo bad >&2; exit 4"))
    structured = said["structuredContent"]
    assert (structured["stdout"], structured["stderr"], structured["exitCode"]) == ("hello", "bad\n", 4)


def test_commands_run_in_the_background(interpreter: CodeInterpreter) -> None:
    started = result(interpreter.invoke("startCommandExecution", {"command": "echo done; sleep 0.2"}))
    task = started["structuredContent"]["taskId"]
    assert started["structuredContent"]["taskStatus"] == "submitted"
    assert state(interpreter, task)["taskStatus"] == "working"
    while (now := state(interpreter, task))["taskStatus"] == "working":
        time.sleep(0.05)
    assert (now["taskStatus"], now["stdout"], now["exitCode"]) == ("completed", "done\n", 0)


def test_a_background_command_can_be_stopped(cloud: SandboxCloud, interpreter: CodeInterpreter) -> None:
    started = result(interpreter.invoke("startCommandExecution", {"command": "sleep 60"}))
    task = started["structuredContent"]["taskId"]
    assert len(cloud.rows()[str(interpreter.session_id)]["pids"]) == 1
    stopped = result(interpreter.invoke("stopTask", {"taskId": task}))
    assert stopped["structuredContent"] == {"taskId": task, "taskStatus": "canceled"}
    while cloud.rows()[str(interpreter.session_id)]["pids"]:
        time.sleep(0.02)
    assert state(interpreter, task)["taskStatus"] == "canceled"


def state(interpreter: CodeInterpreter, task: str) -> dict[str, object]:
    found: dict[str, object] = result(interpreter.invoke("getTask", {"taskId": task}))["structuredContent"]
    return found


def test_code_that_takes_too_long_is_stopped_and_the_session_goes_on(interpreter: CodeInterpreter) -> None:
    interpreter.upload_file("kept.txt", "kept")
    interpreter.execute_code("x = 1")
    began = time.monotonic()
    said = result(interpreter.execute_code("print('begun')\nwhile True: pass"))
    assert 2 <= time.monotonic() - began < 4
    assert said["isError"] is True
    assert said["structuredContent"]["stdout"] == "begun\n"
    assert "Timed out: the code ran longer than 2 s" in said["structuredContent"]["stderr"]
    assert text(interpreter.execute_code("print(open('kept.txt').read(), 'x' in globals())")) == "kept False\n"


def test_a_command_that_takes_too_long_is_stopped(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.execute_command("sleep 60"))
    assert said["isError"] is True
    assert "Timed out: the command ran longer than 2 s" in said["content"][0]["text"]


def test_a_crash_is_told_and_the_session_goes_on(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.execute_code("import ctypes; ctypes.string_at(0)"))
    assert (said["isError"], said["structuredContent"]["exitCode"]) == (True, 139)
    assert "crashed (segmentation fault)). Its variables are lost, its files are kept." in said["content"][0]["text"]
    assert text(interpreter.execute_code("print('again')")) == "again\n"


def test_memory_is_limited(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.execute_code("block = bytearray(500 << 20)"))
    assert "MemoryError" in said["structuredContent"]["stderr"]
    assert text(interpreter.execute_code("print(len(bytearray(1 << 20)))")) == "1048576\n"


def test_output_is_cut_and_says_so(interpreter: CodeInterpreter) -> None:
    printed = result(interpreter.execute_code("print('a' * 1_000_000)"))["structuredContent"]["stdout"]
    assert printed == "a" * 20_000 + "\n[cut after 20,000 bytes; 980,001 more were not kept]"
    command = result(interpreter.execute_command("head -c 30000 /dev/zero | tr '\\0' b"))["structuredContent"]
    assert command["stdout"].endswith("b\n[cut after 20,000 bytes; 10,000 more were not kept]")


def test_files_are_limited_in_size(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.execute_code("open('big', 'wb').write(b'x' * 2_000_000)"))
    assert "File too large" in said["structuredContent"]["stderr"]
    written = result(interpreter.upload_file("big2", "x" * 2_000_000))
    assert (written["isError"], "File too large" in written["content"][0]["text"]) == (True, True)
    interpreter.upload_file("medium", "x" * 60_000)
    read = result(interpreter.invoke("readFiles", {"paths": ["medium"]}))
    assert "at most 50,000 can be read at once" in read["content"][0]["text"]


def test_other_languages_are_refused_by_name(interpreter: CodeInterpreter) -> None:
    said = result(interpreter.execute_code("1", language="typescript"))
    assert said["isError"] is True
    assert "runs Python only, got language 'typescript'" in said["content"][0]["text"]


def test_missing_arguments_are_refused(interpreter: CodeInterpreter) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*'arguments\.code' must not be empty"):
        interpreter.invoke("executeCode", {"language": "python"})
    with pytest.raises(ClientError, match=r"at most 100,000 bytes here, got 100,001"):
        interpreter.execute_command("x" * 100_001)


def test_a_session_is_described_and_says_what_it_is(cloud: SandboxCloud, interpreter: CodeInterpreter) -> None:
    described = interpreter.get_session()
    assert (described["status"], described["sessionTimeoutSeconds"]) == ("READY", 60)
    assert described["name"].startswith("code-session-")
    assert described["ResponseMetadata"]["HTTPHeaders"]["x-local-sandbox"] == NOT_A_BOUNDARY
    row = cloud.rows()[str(interpreter.session_id)]
    assert (row["securityBoundary"], row["what"]) == (False, NOT_A_BOUNDARY)
    assert "empty environment: no credentials, nothing inherited" in row["measures"]


def test_a_stopped_session_is_over(cloud: SandboxCloud) -> None:
    client = cloud.client()
    interpreter = cloud.interpreter(client)
    session = interpreter.start(BUILTIN)
    interpreter.execute_code("open('left', 'w').write('x')")
    (pid,) = cloud.rows()[session]["pids"]
    assert (cloud.directory / "sandboxes" / session / "files" / "left").exists()
    interpreter.stop()
    assert not alive(pid)
    assert not (cloud.directory / "sandboxes" / session).exists()
    named = {"codeInterpreterIdentifier": BUILTIN, "sessionId": session}
    assert client.get_code_interpreter_session(**named)["status"] == "TERMINATED"
    with pytest.raises(ClientError, match="has been stopped or timed out"):
        client.invoke_code_interpreter(**named, name="listFiles", arguments={})


def test_stopping_ends_code_that_runs(cloud: SandboxCloud) -> None:
    interpreter = cloud.interpreter()
    session = interpreter.start(BUILTIN)
    interpreter.invoke("startCommandExecution", {"command": "(setsid sleep 77 &) ; sleep 60"})
    (pid,) = cloud.rows()[session]["pids"]
    began = time.monotonic()
    interpreter.stop()
    assert time.monotonic() - began < 1
    assert not alive(pid)


def test_a_session_times_out(cloud: SandboxCloud) -> None:
    interpreter = cloud.interpreter()
    session = interpreter.start(BUILTIN, session_timeout_seconds=1)
    interpreter.execute_code("x = 1")
    (pid,) = cloud.rows()[session]["pids"]
    while interpreter.get_session()["status"] == "READY":
        time.sleep(0.05)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        interpreter.execute_code("print(x)")
    assert not alive(pid)


def test_sessions_are_listed_by_interpreter(cloud: SandboxCloud) -> None:
    control, client = cloud.client("bedrock-agentcore-control"), cloud.client()
    own = control.create_code_interpreter(name="listed", networkConfiguration={"networkMode": "SANDBOX"})
    named = {"codeInterpreterIdentifier": own["codeInterpreterId"]}
    first = client.start_code_interpreter_session(**named, name="first")["sessionId"]
    second = client.start_code_interpreter_session(**named, name="second")["sessionId"]
    client.stop_code_interpreter_session(**named, sessionId=first)
    listed = client.list_code_interpreter_sessions(**named)["items"]
    assert [(one["name"], one["status"]) for one in listed] == [("second", "READY"), ("first", "TERMINATED")]
    (ready,) = client.list_code_interpreter_sessions(**named, status="READY")["items"]
    assert ready["sessionId"] == second
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_code_interpreter_session(codeInterpreterIdentifier=BUILTIN, sessionId=second)
    client.stop_code_interpreter_session(**named, sessionId=second)


def test_unknown_interpreters_have_no_sessions(cloud: SandboxCloud) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cloud.interpreter().start("nobody-0123456789")


def test_sessions_are_limited_in_number(cloud: SandboxCloud) -> None:
    client = cloud.client()
    start = partial(client.start_code_interpreter_session, codeInterpreterIdentifier=BUILTIN)
    started = [start()["sessionId"] for _ in range(12)]
    with pytest.raises(ClientError, match="at most 12 code sessions run at a time here"):
        start()
    for session in started:
        client.stop_code_interpreter_session(codeInterpreterIdentifier=BUILTIN, sessionId=session)
