"""Schema checks of single statements."""

import pytest

from constructs_lib.gateway.cedar import ToolSignature, validation_errors

TOOLS = [ToolSignature("T___t", {"properties": {"a": {"type": "integer"}}, "required": ["a"]})]


def permit(condition: str, tool: str = "T___t") -> str:
    return (
        f'permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"{tool}", resource)'
        f" when {{ {condition} }};"
    )


def test_a_valid_statement_has_no_errors() -> None:
    assert validation_errors(permit("context.input.a < 5"), tools=TOOLS) == ()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (permit("true", "T___u"), 'unrecognized action `AgentCore::Action::"T___u"`'),
        (permit("context.input.b < 5"), "attribute `input.b` in context"),
        (permit('context.input.a == "5"'), "the types Long and String are not compatible"),
        (permit('principal.getTag("x") == "y"'), "unable to guarantee safety of access to tag"),
        (permit("context.output.a < 5"), "attribute `output` in context"),
        ('permit(principal, action, resource) when { principal.id == "x" };', "attribute `id`"),
        ("permit everything;", "parse error"),
    ],
)
def test_errors_are_named(statement: str, error: str) -> None:
    assert error in " ".join(validation_errors(statement, tools=TOOLS))
