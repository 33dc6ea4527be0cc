"""Calls of code interpreters are measured, and how long their sessions live."""

import pytest
from botocore.exceptions import ClientError

from tests.workbench.local_cloud.sandbox.cloud import BUILTIN, SandboxCloud

pytestmark = pytest.mark.local_cloud

ARN = f"arn:aws:bedrock-agentcore:us-east-1:aws:code-interpreter/{BUILTIN}"


def test_calls_are_counted_and_sessions_timed(cloud: SandboxCloud) -> None:
    before = len(cloud.measured)
    with cloud.session() as session:
        session.invoke("executeCode", {"code": "1 + 1", "language": "python"})
    del cloud.measured[:before]

    for operation in ("StartCodeInterpreterSession", "InvokeCodeInterpreter", "StopCodeInterpreterSession"):
        assert cloud.values("Invocations", Operation=operation, Resource=ARN) == [1]
        assert cloud.values("UserErrors", Operation=operation, Resource=ARN) == [0]
    (lived,) = cloud.values("Duration", Operation="CodeInterpreterSession", Resource=ARN)
    (took,) = cloud.values("Latency", Operation="InvokeCodeInterpreter", Resource=ARN)
    assert lived > took > 0


def test_a_tool_that_nobody_has_is_an_error_of_the_caller(cloud: SandboxCloud) -> None:
    del cloud.measured[:]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.client().start_code_interpreter_session(codeInterpreterIdentifier="nothing-0123456789")

    custom = "arn:aws:bedrock-agentcore:us-east-1:000000000000:code-interpreter-custom/nothing-0123456789"
    assert cloud.values("UserErrors", Operation="StartCodeInterpreterSession", Resource=custom) == [1]
