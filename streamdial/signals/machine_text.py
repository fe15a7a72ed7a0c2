"""What machines read and nobody says: tags and scripts, gaps of templates, tokens of chats, formulas, paths, JSON."""

from __future__ import annotations

import re

from streamdial.chat_tokens import CHAT_TOKEN

_TAG = (
    r"</?(?:script|img|svg|iframe|style|body|html|head|link|meta|math|object|embed|form|input|details|template|noscript)(?![a-z])|<d\sp="
    r"|<!(?:--|doctype|entity|\[cdata)|\]\]>|&lt;/?script|\\u003c/?script|(?<![a-z])on[a-z]{4,16}\s?=\s?[\"'\w]+[.(=]"
    r"|(?<![a-z])(?:java|vb)script:|</?think>"
)
_TEMPLATE = (
    r"\{\{\s?[\w'\"]|\{[%#]-?\s?|[%#]\}|\$\{\w|%\(\w+\)s"
    r"|\{[a-z_][\w.]*(?:[!:#\[.][^{}\s]{0,20})?\}|\{\d[\w.\[\]]*\}|(?:\{\}){2}"
)
_FORMULA = r"^\s*[=＝]\s?(?:[a-z]{2,}\(|cmd\||\d+\s?[+*/-])|(?<![a-z])cmd\|"
_PATH = (
    r"\.\./\.\.|\.\.\\\.\.|/etc/(?:passwd|shadow)|(?<![a-z])file:///|(?:%2e){2}"
    r"|[;`$]\(?\s?(?:rm -|touch |cat /|curl |wget )"
)
_DATA = (
    r"^\s*(?:\[\s?)?\{\s?\"\w+\"\s?:|```|!!python|;\s?drop table"
    r"|\]\((?:https?|javascript):|(?:^|\s)human\s?:.{0,200}\sassistant\s?:|^\s*#{2,}\s?(?:system|assistant|instructions?)(?![a-z])"
)
_MACHINE = re.compile("|".join((_TAG, _TEMPLATE, _FORMULA, _PATH, _DATA)), re.IGNORECASE)


def is_machine_text(text: str) -> bool:
    """Tell whether a folded line is written for a machine, whatever else stands in it: no word of it is mined."""
    return _MACHINE.search(text) is not None or CHAT_TOKEN.search(text) is not None
