"""What a call in a code session answers: the members of `CodeInterpreterResult`.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_CodeInterpreterResult.html
"""

from collections.abc import Mapping, Sequence

from workbench.local_cloud.agentcore.sandbox.process import Ended

Result = dict[str, object]
_SIGNALLED = 128
_REASONS = {
    128 + 9: "it was killed",
    128 + 11: "it crashed (segmentation fault)",
    128 + 24: "its CPU time was used up",
}


def text_result(text: str, *, error: bool = False, **structured: object) -> Result:
    """A result in words.

    Args:
        text: What to say.
        error: Whether it is an error. Default: no.
        structured: Members of `structuredContent`.
    """
    result: Result = {"content": [{"type": "text", "text": text}], "isError": error}
    return {**result, "structuredContent": structured} if structured else result


def content_result(content: Sequence[Mapping[str, object]]) -> Result:
    """A result whose content is made already."""
    return {"content": list(content), "isError": False}


def code_result(ended: Ended, limit_seconds: float) -> Result:
    """What Python code did."""
    lost = "Its variables are lost, its files are kept."
    if ended.timed_out:
        return _stopped(ended, f"Timed out: the code ran longer than {limit_seconds:g} s and was stopped. {lost}")
    if ended.answer is None:
        return _stopped(ended, f"The Python process ended ({_why(ended.exit_code)}). {lost}")
    code = ended.answer.get("exitCode")
    return _result(ended, code if isinstance(code, int) else 1, ended.stderr)


def command_result(ended: Ended, limit_seconds: float) -> Result:
    """What a command did."""
    if ended.timed_out:
        return _stopped(ended, f"Timed out: the command ran longer than {limit_seconds:g} s and was stopped.")
    return _result(ended, ended.exit_code or 0, ended.stderr)


def _stopped(ended: Ended, what: str) -> Result:
    code = ended.exit_code if ended.exit_code else 1
    return _result(ended, code, f"{ended.stderr}\n{what}" if ended.stderr else what)


def _result(ended: Ended, code: int, stderr: str) -> Result:
    text = "\n".join(part for part in (ended.stdout, stderr) if part)
    return text_result(
        text,
        error=code != 0,
        stdout=ended.stdout,
        stderr=stderr,
        exitCode=code,
        executionTime=round(ended.seconds, 6),
    )


def _why(code: int | None) -> str:
    if code in _REASONS:
        return _REASONS[code]
    if code is not None and code > _SIGNALLED:
        return f"signal {code - _SIGNALLED}"
    return f"exit code {code}"
