"""An agent's text as Markdown that does nothing but say what it says."""

import re

# Code keeps its signs: fenced blocks, also one that is still being written, and spans within a paragraph. A fence
# begins its line, and a backtick after a backslash begins nothing: what only looks like code is disarmed.
_CODE = re.compile(
    r"^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<fence>`{3,}|~{3,})[^`\n]*$.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<![\\`])(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_IMAGE = re.compile(r"!(?=\[)")
_DOLLAR = re.compile(r"(?<!\\)\$")
# Streamlit's own signs for colours and icons.
_DIRECTIVE = re.compile(r":(?=[a-z-]+\[|material/|streamlit:)")


def safe_markdown(text: str) -> str:
    """Text to show as Markdown.

    A picture becomes a link: loading it would tell its address to whoever serves it, and a model can be led to write
    what it knows into an address. This is for the reader's sake: where code begins and ends only a browser knows for
    certain, and what keeps it from loading pictures of others is the server's Content-Security-Policy. Dollars are
    money, not formulas. HTML is not shown by Streamlit as it is.

    Args:
        text: What the agent says.
    """
    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts += [_said(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _said(text[end:])])


def _said(text: str) -> str:
    return _DIRECTIVE.sub(r"\:", _DOLLAR.sub(r"\\$", _IMAGE.sub("", text)))


def plain_label(text: str) -> str:
    """Text for a button or a heading, where Markdown would change what it says.

    Args:
        text: A name that somebody has given.
    """
    return re.sub(r"([\\`*_{}\[\]<>#$|~:!@])", r"\\\1", " ".join(text.split()))
