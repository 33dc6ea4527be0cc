"""Documentation traits, which hold HTML, as the plain text a model reads."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"p", "li", "ul", "ol", "dl", "dt", "dd", "note", "important", "div", "h1", "h2", "h3", "pre", "br", "table", "tr"}
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """Paragraphs and list items on lines of their own."""
    if "<" not in html and "&" not in html:
        return html.strip()
    parser = _Text()
    parser.feed(html)
    parser.close()
    joined = re.sub(r"- \s*\n\s*", "- ", "".join(parser.parts))
    lines = (re.sub(r" +", " ", line).strip() for line in joined.splitlines())
    return "\n".join(line for line in lines if line and line != "-")
