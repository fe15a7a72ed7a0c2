"""Hooks of the documentation site: READMEs, notebooks and what lies beside docs/ become pages of it.

A page in Mandarin is `X.zh.md` beside `X.md` (mkdocs-static-i18n); a page that has none is shown in English. Both pages
have the anchors of the English one, so that a link leads to the same place in either language.
"""

from __future__ import annotations

import json
import re
from collections import deque
from pathlib import Path
from typing import Any

import markdown as python_markdown
import rjieba
from markdown.extensions.toc import slugify
from material.plugins.search import plugin as search
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "README.zh.md": "index.zh.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
"""Files at the top, with what they are called in the site."""
SOURCES = {page: ROOT / name for name, page in PAGES.items()} | {
    f"notebooks/{path.stem}.md": path for path in sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
}
"""Pages that lie elsewhere, with their files."""
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)")
_SWITCH = re.compile(r"^\[(?:English|中文)\]\(README(?:\.zh)?\.md\)\n+", re.MULTILINE)
"""The line in which a README leads to the other one; the site has a switch of its own."""
_CHINESE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_MARK = "[，。；：、！？（）「」]"
_BREAK = re.compile(rf"(?<={_CHINESE})\n(?={_CHINESE})|(?<={_MARK})\n|\n(?={_MARK})")
"""Ends of lines inside Chinese text, which browsers would show as spaces."""
_anchors: deque[str] = deque()
"""Anchors of the headings that are still to come on the page in Mandarin that is rendered."""


class _Words:
    """Chinese words for the search, by the package the project has anyway: material asks for one named jieba."""

    @staticmethod
    def cut(text: bytes) -> list[str]:
        """Return the words of a text."""
        return list(rjieba.cut(text.decode("utf-8")))


def on_config(config: Any) -> Any:  # noqa: ANN401
    """Have Chinese words found by the search, and headings named as the English page has them."""
    search.jieba = _Words
    config.mdx_configs["toc"]["slugify"] = lambda text, mark: _anchors.popleft() if _anchors else slugify(text, mark)
    return config


def on_files(files: Files, config: Any) -> Files:  # noqa: ANN401
    """Add the pages that lie elsewhere; what stands in them is read later."""
    for page in SOURCES:
        files.append(File(page, config.docs_dir, config.site_dir, config.use_directory_urls))
    return files


def on_page_read_source(page: Any, **_: Any) -> str | None:  # noqa: ANN401
    """Return the text of a page that lies elsewhere."""
    source = SOURCES.get(page.file.src_uri)
    if source is None:
        return None
    return _read_notebook(source) if source.suffix == ".ipynb" else source.read_text(encoding="utf-8")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """Mend the links of a page that leave docs/, and prepare the anchors of one in Mandarin."""
    name = page.file.src_uri
    _anchors.clear()
    if name.endswith(".zh.md"):
        english = name.removesuffix(".zh.md") + ".md"
        _anchors.extend(_list_anchors(SOURCES.get(english, ROOT / "docs" / english).read_text(encoding="utf-8")))
    if name in PAGES.values():
        return _mend_links(_SWITCH.sub("", markdown), ROOT)
    return markdown if name in SOURCES else _mend_links(markdown, ROOT / "docs")


def on_page_content(html: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """Join the lines of Chinese text, outside code."""
    if not page.file.src_uri.endswith(".zh.md"):
        return html
    parts = re.split(r"(<pre.*?</pre>)", html, flags=re.DOTALL)
    return "".join(part if part.startswith("<pre") else _BREAK.sub("", part) for part in parts)


def _list_anchors(text: str) -> list[str]:
    """Return the anchors of the headings of a page, in order."""
    reader = python_markdown.Markdown(extensions=["fenced_code", "toc"])
    reader.convert(text)
    found, left = [], deque(reader.toc_tokens)
    while left:
        token = left.popleft()
        found.append(token["id"])
        left.extendleft(reversed(token["children"]))
    return found


def _read_notebook(path: Path) -> str:
    """Return a notebook as Markdown."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = ("".join(cell["source"]) for cell in cells)
    kinds = (cell["cell_type"] for cell in cells)
    shown = (part if kind == "markdown" else f"```python\n{part}\n```" for part, kind in zip(parts, kinds, strict=True))
    return "\n\n".join(shown) + "\n"


def _mend_links(text: str, folder: Path) -> str:
    """Return Markdown whose links lead to pages of the site; files that are none are named without a link."""

    def mend(match: re.Match[str]) -> str:
        title, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        path = (folder / target).resolve()
        if not path.is_relative_to(ROOT):
            return match.group(0)
        name = path.relative_to(ROOT).as_posix()
        if name in PAGES:
            return f"[{title}]({PAGES[name]}{anchor})"
        if name.endswith(".ipynb"):
            return f"[{title}](notebooks/{path.stem}.md)"
        if name.startswith("docs/"):
            return f"[{title}]({name.removeprefix('docs/')}{anchor})"
        return f"{title} (`{name}`)" if title.strip("`") != name else f"`{name}`"

    return _LINK.sub(mend, text)
