"""What a page holds and does not say: hidden elements, cookie banners, struck-out prices, marks of footnotes."""

from __future__ import annotations

import re

from lxml import html  # type: ignore[import-untyped]

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_STRUCK_STYLE = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
_BANNER = re.compile(
    r"(?:^|[\s_\-])(?:cookies?|gdpr|consent|ccpa)(?:[\s_\-]?(?:banner|bar|notice|popup|consent|law|message|modal|overlay"
    r"|dialog|policy|wall))?(?:$|[\s_\-])|onetrust|cookiebot|cookieconsent",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"\s*[\[(]?(?:\d{1,2}|[*†‡]{1,3}|[a-z])[\])]?\s*")
_STRUCK = frozenset({"del", "s", "strike"})
_LONGEST_BANNER = 3_000


def drop_unseen(root: html.HtmlElement) -> None:
    """Take out of a page what its reader does not see as its text; what stands behind an element stays.

    These are hidden elements, banners that ask for cookies, what is struck out (an old price beside the new one), and
    the marks of footnotes, which would become digits of the number before them.

    Args:
        root: The page; it is changed.
    """
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.getparent() is not None and _is_unseen(element):
            # A blank, so that the words around it do not grow together.
            element.tail = f" {element.tail or ''}" if element.tag != "sup" else element.tail
            element.drop_tree()


def _is_unseen(element: html.HtmlElement) -> bool:
    if element.tag in ("html", "body", "head", "main", "article"):
        return False
    style = element.get("style") or ""
    if element.get("hidden") is not None or _HIDDEN_STYLE.search(style):
        return True
    if element.tag in _STRUCK or _STRUCK_STYLE.search(style):
        return True
    if element.tag == "sup":
        # m² is written so too.
        marks = element.find(".//a") is not None or _read_before(element)[-1:].isdigit()
        return marks and _FOOTNOTE.fullmatch(element.text_content()) is not None
    name = f"{element.get('id') or ''} {element.get('class') or ''} {element.get('aria-label') or ''}"
    return _BANNER.search(name) is not None and len(element.text_content()) <= _LONGEST_BANNER


def _read_before(element: html.HtmlElement) -> str:
    previous = element.getprevious()
    parent = element.getparent()
    text = previous.tail if previous is not None else parent.text
    return (text or "").rstrip()
