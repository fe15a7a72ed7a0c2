"""Draws a blueprint: as Mermaid for documents, as SVG for pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from streamdial.blueprints.graph import build_graph, list_ends
from streamdial.domains import DomainPack
from streamdial.records import Blueprint, FlowPath

BOX = (200, 44)
"""Width and height of a stage, in pixels."""
GAP = 46
"""Space between two stages."""
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML does not allow, escaped or not."""
LABEL_ROOM = 48
"""Space beside the widest arc for half of its label."""
MARGIN = 24
LINE_WIDTHS = 18.0
"""Latin letters a line of a stage's title holds; a Chinese character is worth two."""
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1b2733}"
    ".trigger{font-size:11px;fill:#52616f;stroke:#fff;stroke-width:4px;paint-order:stroke}"
    "rect{fill:#eef4fb;stroke:#5b7ea6}.end rect{fill:#e8f3ea;stroke:#5b9a6b}"
    "path{fill:none;stroke:#9aa9b8}.taken{stroke:#c2571a;stroke-width:2.5}"
)


def draw_mermaid(blueprint: Blueprint, pack: DomainPack) -> str:
    """Return the flow atlas as a Mermaid flowchart; steps carry the acts that bring them about, most frequent first.

    Ends are drawn round. Titles are quoted and escaped, so that no text of a stream becomes syntax.
    """
    graph = build_graph(blueprint)
    ends = set(list_ends(blueprint, pack))
    lines = ["flowchart TD"]
    for vertex, stage in enumerate(blueprint.stages):
        title = _quote(stage.title or stage.name)
        lines.append(f"    s{vertex}([{title}])" if stage.name in ends else f"    s{vertex}[{title}]")
    for edge in graph.es:
        triggers = ", ".join(edge["triggers"][:3])
        label = f"|{_quote(triggers)}|" if triggers else ""
        lines.append(f"    s{edge.source} -->{label} s{edge.target}")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    escaped = text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{" ".join(escaped.split())}"'


def draw_svg(blueprint: Blueprint, pack: DomainPack, *, path: FlowPath | None = None) -> str:
    """Return the flow atlas as an SVG picture of its own.

    The stages stand one below the other; steps over others are arcs at the left, steps back at the right.

    Args:
        blueprint: The blueprint; steps that name no stage of it are left out.
        pack: Says which stages end a dialogue.
        path: A path to be drawn over the rest.
    """
    graph = build_graph(blueprint)
    names: list[str] = graph.vs["name"]
    spans = [edge.target - edge.source for edge in graph.es]
    left = MARGIN + _reach(max((span for span in spans if span > 1), default=0)) + LABEL_ROOM
    width = left + BOX[0] + _reach(max((-span for span in spans if span < 0), default=0)) + LABEL_ROOM + MARGIN
    height = 2 * MARGIN + len(names) * (BOX[1] + GAP) - GAP
    taken = set(pairwise(path.stages)) if path else set()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label={quoteattr(_NO_XML.sub("", blueprint.title))}>',
        f"<title>{_escape(blueprint.title)}</title><style>{_STYLE}</style>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#6b7c8d;stroke:none"/>'
        "</marker></defs>",
    ]
    for edge in graph.es:
        step = (names[edge.source], names[edge.target])
        parts += _draw_step(edge.source, edge.target, left, edge["triggers"][:2], step in taken)
    ends = set(list_ends(blueprint, pack))
    for row, stage in enumerate(blueprint.stages):
        parts += _draw_stage(stage.title or stage.name, left + BOX[0] // 2, _find_top(row), stage.name in ends)
    return "".join([*parts, "</svg>\n"])


def _escape(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _reach(span: int) -> int:
    """Return how far an arc over a number of rows stands out, in pixels."""
    return 14 + 26 * span if span else 0


def _find_top(row: int) -> int:
    return MARGIN + row * (BOX[1] + GAP)


def _draw_step(source: int, target: int, left: int, triggers: Sequence[str], taken: bool) -> list[str]:
    """Draw a step: to the next stage straight down, over others in an arc at the left, back up at the right."""
    kind = ' class="taken"' if taken else ""
    span = target - source
    if span == 1:
        x = left + BOX[0] // 2
        start, end = _find_top(source) + BOX[1], _find_top(target)
        curve, place, anchor = f"M{x} {start}L{x} {end}", (x + 8, (start + end) // 2 + 4), "start"
    else:
        side = left if span > 0 else left + BOX[0]
        out = side + (-1 if span > 0 else 1) * _reach(abs(span))
        start = _find_top(source) + BOX[1] * (3 if span > 0 else 1) // 4
        end = _find_top(target) + BOX[1] * (1 if span > 0 else 3) // 4
        # The middle of a cubic curve lies three quarters of the way to its control points.
        middle = side + (out - side) * 3 // 4
        curve = f"M{side} {start}C{out} {start} {out} {end} {side} {end}"
        place, anchor = (middle, (start + end) // 2 + 4), "middle"
    parts = [f'<path{kind} d="{curve}" marker-end="url(#arrow)"/>']
    if triggers:
        told = _escape(", ".join(triggers))
        parts.append(f'<text class="trigger" text-anchor="{anchor}" x="{place[0]}" y="{place[1]}">{told}</text>')
    return parts


def _draw_stage(title: str, x: int, top: int, ends: bool) -> list[str]:
    lines = _wrap(title)
    first = top + BOX[1] // 2 + 5 - 8 * (len(lines) - 1)
    texts = "".join(
        f'<text text-anchor="middle" x="{x}" y="{first + 16 * number}">{_escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    kind = ' class="end"' if ends else ""
    box = f'<rect x="{x - BOX[0] // 2}" y="{top}" width="{BOX[0]}" height="{BOX[1]}" rx="8"/>'
    return [f"<g{kind}>{box}{texts}</g>"]


def _wrap(title: str) -> list[str]:
    """Return a title in at most two lines; what does not fit is cut with an ellipsis."""
    lines, width = [""], 0.0
    for letter in " ".join(title.split()):
        width += 1.0 if letter.isascii() else 2.0
        if width > LINE_WIDTHS:
            if len(lines) == 2:
                lines[-1] += "…"
                break
            head, space, tail = lines[-1].rpartition(" ")
            carried = tail if space else ""
            lines[-1:] = [head if space else lines[-1], carried]
            width = float(sum(1 if character.isascii() else 2 for character in carried + letter))
        lines[-1] += letter
    return [line.strip() for line in lines]
