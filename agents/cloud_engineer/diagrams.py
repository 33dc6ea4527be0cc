"""Architecture diagrams: components in columns, as SVG without scripts or references, and as Mermaid text."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

MAX_TITLE, MAX_TEXT = 100, 60
MAX_COMPONENTS, MAX_CONNECTIONS = 40, 80

_BOX_WIDTH, _BOX_HEIGHT = 190, 60
_COLUMN, _ROW = 290, 100
_MARGIN, _HEADER = 30, 60
_STYLE = (
    "text{font-family:sans-serif;fill:#16191f}.box{fill:#fff;stroke:#545b64;stroke-width:1.5}"
    ".service{font-size:11px;fill:#545b64}.name{font-size:14px;font-weight:bold}.label{font-size:11px}"
    ".title{font-size:18px;font-weight:bold}.line{fill:none;stroke:#545b64;stroke-width:1.5}"
)


@dataclass(frozen=True)
class Component:
    """A part of an architecture.

    Args:
        id: Tells it apart.
        name: What it is there.
        service: What it is made of.
    """

    id: str
    name: str
    service: str


@dataclass(frozen=True)
class Connection:
    """One part uses another.

    Args:
        source: The id of the part that uses.
        target: The id of the part that is used.
        label: How.
    """

    source: str
    target: str
    label: str


@dataclass(frozen=True)
class Diagram:
    """An architecture that can be drawn. Make one with `of`.

    Args:
        title: What it shows.
        components: Its parts.
        connections: What uses what.
    """

    title: str
    components: tuple[Component, ...]
    connections: tuple[Connection, ...]

    @staticmethod
    def of(title: str, components: Sequence[Mapping[str, str]], connections: Sequence[Mapping[str, str]]) -> "Diagram":
        """Check what a model describes.

        Args:
            title: What the diagram shows.
            components: `{"id", "name", "service"}` each.
            connections: `{"from", "to", "label"}` each.

        Raises:
            ValueError: If there are none or too many, one lacks something, an id is there twice or unknown.
        """
        for what, most, given in (
            ("components", MAX_COMPONENTS, components),
            ("connections", MAX_CONNECTIONS, connections),
        ):
            if len(given) > most:
                raise ValueError(f"a diagram has at most {most} {what}, got {len(given)}: draw a part of it")
        if not components:
            raise ValueError("a diagram has at least one component, got none")
        parts = tuple(
            Component(_text(each, "id"), _text(each, "name"), str(each.get("service", ""))[:MAX_TEXT])
            for each in components
        )
        ids = [part.id for part in parts]
        uses = tuple(
            Connection(_text(each, "from"), _text(each, "to"), str(each.get("label", ""))[:MAX_TEXT])
            for each in connections
        )
        unknown = sorted({end for use in uses for end in (use.source, use.target)} - set(ids))
        if unknown:
            raise ValueError(f"a connection names {unknown[0]!r}, and there is no component with that id")
        if len(set(ids)) < len(ids):
            raise ValueError(f"two components have one id among {ids}")
        return Diagram(title[:MAX_TITLE], parts, uses)

    def svg(self) -> str:
        """The diagram as SVG: nothing in it runs, and nothing is loaded from elsewhere."""
        places = self._places()
        width = max(x for x, _ in places.values()) + _BOX_WIDTH + _MARGIN
        height = max(y for _, y in places.values()) + _BOX_HEIGHT + _MARGIN
        lines = [_line(use, places) for use in self.connections]
        boxes = [_box(part, *places[part.id]) for part in self.components]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            f' width="{width}" height="{height}"><title>{escape(self.title)}</title><style>{_STYLE}</style>'
            '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
            ' orient="auto"><path d="M0 0L10 5L0 10z" fill="#545b64"/></marker></defs>'
            f'<rect width="{width}" height="{height}" fill="#f2f3f3"/>'
            f'<text class="title" x="{_MARGIN}" y="38">{escape(self.title)}</text>{"".join([*lines, *boxes])}</svg>'
        )

    def mermaid(self) -> str:
        """The diagram as a Mermaid flowchart."""
        names = {part.id: f"c{number}" for number, part in enumerate(self.components)}
        lines = ["---", f"title: {_quoted(self.title)}", "---", "flowchart LR"]
        for part in self.components:
            said = f"{part.name}<br/>{part.service}" if part.service else part.name
            lines.append(f"    {names[part.id]}[{_quoted(said, breaks=True)}]")
        for use in self.connections:
            label = f"|{_quoted(use.label)}|" if use.label else ""
            lines.append(f"    {names[use.source]} -->{label} {names[use.target]}")
        return "\n".join(lines) + "\n"

    def _places(self) -> dict[str, tuple[int, int]]:
        columns: dict[int, int] = defaultdict(int)
        places = {}
        for part, column in self._columns().items():
            places[part] = (_MARGIN + column * _COLUMN, _HEADER + columns[column] * _ROW)
            columns[column] += 1
        return places

    def _columns(self) -> dict[str, int]:
        """The column of each part: one right of the last part that uses it; a circle is cut where it closes."""
        column = dict.fromkeys((part.id for part in self.components), 0)
        for _ in self.components:
            moved = False
            for use in self.connections:
                wanted = column[use.source] + 1
                if use.source != use.target and column[use.target] < wanted < len(column):
                    column[use.target], moved = wanted, True
            if not moved:
                return column
        # There is a circle: the parts stand in the order in which they were named.
        return {part.id: number // 5 for number, part in enumerate(self.components)}


def _text(of: Mapping[str, str], key: str) -> str:
    value = of.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"each component has 'id' and 'name', each connection 'from' and 'to'; {key!r} is missing")
    return value.strip()[:MAX_TEXT]


def _box(part: Component, x: int, y: int) -> str:
    at = f'x="{x + _BOX_WIDTH // 2}" text-anchor="middle"'
    return (
        f'<rect class="box" x="{x}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="8"/>'
        f'<text class="name" {at} y="{y + 27}">{escape(_short(part.name, 22))}</text>'
        f'<text class="service" {at} y="{y + 46}">{escape(_short(part.service, 28))}</text>'
    )


def _line(use: Connection, places: Mapping[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = places[use.source], places[use.target]
    forward = x2 > x1
    start = (x1 + _BOX_WIDTH if forward else x1 + _BOX_WIDTH // 2, y1 + (_BOX_HEIGHT // 2 if forward else _BOX_HEIGHT))
    end = (x2 if forward else x2 + _BOX_WIDTH // 2, y2 + (_BOX_HEIGHT // 2 if forward else _BOX_HEIGHT))
    bend = (start[0] + end[0]) // 2
    low = max(start[1], end[1]) + 30
    path = f"M{start[0]} {start[1]}C{bend} {start[1]} {bend} {end[1]} {end[0]} {end[1]}"
    if not forward:
        path = f"M{start[0]} {start[1]}C{start[0]} {low} {end[0]} {low} {end[0]} {end[1]}"
    at = (bend, (start[1] + end[1]) // 2 - 5 if forward else low - 8)
    label = f'<text class="label" x="{at[0]}" y="{at[1]}" text-anchor="middle">{escape(_short(use.label, 18))}</text>'
    return f'<path class="line" d="{path}" marker-end="url(#arrow)"/>{label if use.label else ""}'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _quoted(text: str, *, breaks: bool = False) -> str:
    # Mermaid takes entities inside quotes; everything else could end the text.
    safe = "".join(each if each.isalnum() or each in " .,-_/:()" else f"#{ord(each)};" for each in text)
    return f'"{safe.replace("#60;br/#62;", "<br/>")}"' if breaks else f'"{safe}"'
