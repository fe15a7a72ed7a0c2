"""Hooks of the documentation site: READMEs, notebooks and what lies beside docs/ become pages of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "README.md": "index.md",
    "README.zh.md": "zh.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
"""Files at the top, with what they are called in the site."""
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:  # noqa: ANN401
    """Add the pages that lie elsewhere."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=_mend_links((ROOT / name).read_text(encoding="utf-8"), ROOT)))
    for notebook in sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{notebook.stem}.md", content=_read_notebook(notebook)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """Mend the links of a page that leave docs/."""
    source = page.file.abs_src_path
    return _mend_links(markdown, Path(source).parent) if source else markdown


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
