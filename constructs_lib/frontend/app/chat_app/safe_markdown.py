"""An agent's text as Markdown that does nothing but say what it says."""

import re

# Code keeps its signs: fenced blocks, also one that is still being written, and spans.
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_IMAGE = re.compile(r"!(?=\[)")
_DOLLAR = re.compile(r"(?<!\\)\$")
# Streamlit's own signs for colours and icons.
_DIRECTIVE = re.compile(r":(?=[a-z-]+\[|material/|streamlit:)")


def safe_markdown(text: str) -> str:
    """Text to show as Markdown.

    A picture becomes a link: loading it would tell its address to whoever serves it, and a model can be led to write
    what it knows into an address. Dollars are money, not formulas. HTML is not shown by Streamlit as it is.

    Args:
        text: What the agent says.
    """
    parts = _CODE.split(text)
    return "".join(part if index % 2 else _said(part) for index, part in enumerate(parts))


def _said(text: str) -> str:
    return _DIRECTIVE.sub(r"\:", _DOLLAR.sub(r"\\$", _IMAGE.sub("", text)))


def plain_label(text: str) -> str:
    """Text for a button or a heading, where Markdown would change what it says.

    Args:
        text: A name that somebody has given.
    """
    return re.sub(r"([\\`*_{}\[\]<>#$|~:!@])", r"\\\1", " ".join(text.split()))
