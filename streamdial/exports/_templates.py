"""The Jinja2 templates of the exports. Mined text is always a value, never a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from streamdial.exports.quality import write_number

_MARKDOWN = re.compile(r"([\\`*_\[\]|#~$!])")


def escape_cell(value: object) -> str:
    """Return a text for one line or table cell of Markdown: no markup, no HTML, no line breaks."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)


def indent_block(value: object) -> str:
    """Return a text as an indented Markdown code block, which nothing inside can end."""
    return "\n".join(f"    {line}" for line in str(value).splitlines())


def read_asset(room: str, name: str) -> str:
    """Return a file of a sub-package's templates folder, as that of `report`."""
    return resources.files(f"streamdial.exports.{room}").joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=2)
def _build_environment(*, html: bool) -> Environment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=html
    )
    environment.filters.update(cell=escape_cell, block=indent_block, number=write_number)
    return environment


def render_template(room: str, name: str, /, **values: object) -> str:
    """Return a sub-package's template, filled; a missing value is an error. HTML templates escape every value."""
    return "".join(iterate_template(room, name, **values))


def iterate_template(room: str, name: str, /, **values: object) -> Iterator[str]:
    """Yield the same piece by piece; values that are iterators are read as the template comes to them."""
    return _build_environment(html=".html." in name).from_string(read_asset(room, name)).generate(**values)
