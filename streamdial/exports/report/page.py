"""One static page to look through a data set: figures, dialogues with their evidence, what the filter dropped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from streamdial.exports._templates import iterate_template, read_asset
from streamdial.exports.dataset import DataSet
from streamdial.exports.report.data import iterate_report_data
from streamdial.files import write_pieces

_SCRIPTS = (
    "base.js",
    "talks.js",
    "overview.js",
    "quality.js",
    "marks.js",
    "player.js",
    "turns.js",
    "people.js",
    "blueprint.js",
    "filters.js",
    "browser.js",
    "facts.js",
    "thresholds.js",
    "map.js",
    "filter.js",
)
_START = "start.js"
_TOOL_SCRIPT, _TOOL_STYLE = "tools.js", "tools.css"
"""For sets with tools alone; the page of any other is as small as if there were none."""
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def write_report(data: DataSet, path: Path) -> Path:
    """Write the report: one HTML file that opens offline and asks nothing of any server."""
    return write_pieces(path, iterate_report(data), published=True)


def render_report(data: DataSet) -> str:
    """Return the report as HTML; see `iterate_report`."""
    return "".join(iterate_report(data))


def iterate_report(data: DataSet) -> Iterator[str]:
    """Yield the report as HTML, piece by piece: that of a hundred thousand dialogues has 200 MB.

    Mined text travels as JSON in which no character of markup is left, and the page puts it in as text only. Besides,
    its content policy allows its own script and style by their hashes, pictures inside the page, recordings that lie
    beside it or that the reader opens, and nothing else.
    """
    tools = data.tool_use is not None
    script = "\n".join(read_asset("report", name) for name in (*_SCRIPTS, *([_TOOL_SCRIPT] if tools else []), _START))
    style = "\n".join(read_asset("report", name) for name in ("report.css", *([_TOOL_STYLE] if tools else [])))
    # What the reader chooses, and files beside the page; the page of a folder is no origin, so `'self'` is not enough.
    media = "blob: 'self' file:" if data.media else "blob:"
    return iterate_template(
        "report",
        "report.html.j2",
        title=f"StreamDial · {data.pack.names['en']}",
        policy=(
            f"default-src 'none'; img-src data:; media-src {media}; "
            f"script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
        style=Markup(style),
        script=Markup(script),
        payload=((name, Markup(dump_inert_json(part))) for name, part in iterate_report_data(data)),
    )


def dump_inert_json(value: Any) -> str:  # noqa: ANN401
    """Return JSON without `<`, `>`, `&` and the line separators of JavaScript, so it can end no element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_UNSAFE)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
