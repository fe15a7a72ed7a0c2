"""Short names of things: viewers write "the S5 Max" for what the page calls Kestrel S5 Max."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_MODEL_CODE = re.compile(r"[A-Za-z][A-Za-z.+-]*\s?\d[\w.+-]*(?:\s[A-Za-z0-9+]+)*")
_NAMED_MODEL = re.compile(r"[A-Z][a-z]+\s[A-Z0-9]\w{0,2}(?:\s[A-Za-z0-9+]+)*")
_BRAND = re.compile(r"^(?:[A-Za-z][\w'&-]*\s+|[\u4e00-\u9fff]{2,4}\s?)")


def list_short_names(names: Iterable[str]) -> dict[str, str]:
    """Return short names with the names they stand for.

    A short name is what is left without the brand in front, where that is a model code: letters with a figure (S5 Max,
    L7, ID.4) or a word with one (Model Y, Ioniq 5); and what is left without "The". One that two names share, or that
    is a name itself, stands for none.

    Args:
        names: The names of what is sold.
    """
    known = list(dict.fromkeys(names))
    found = [(name, name[match.end() :]) for name in known if (match := _BRAND.match(name))]
    found = [(name, short) for name, short in found if _is_code(short) or name.startswith("The ")]
    shared = Counter(short.lower() for _, short in found) + Counter(name.lower() for name in known)
    return {short: name for name, short in found if shared[short.lower()] == 1}


def find_aliases(names: Iterable[str]) -> dict[str, str]:
    """Return the names that are short names of exactly one other: of 小鹏G6 and G6 the latter stands for the former.

    A name that two longer ones end with stands for itself: it may be a third thing.

    Args:
        names: The names of what is sold, as several sources write them.
    """
    known = list(dict.fromkeys(names))
    found: dict[str, set[str]] = {}
    for name in known:
        for short, whole in list_short_names([name]).items():
            found.setdefault(short.lower(), set()).add(whole)
    alike = {name: found[name.lower()] for name in known if name.lower() in found}
    return {name: next(iter(wholes)) for name, wholes in alike.items() if len(wholes) == 1}


def _is_code(short: str) -> bool:
    return bool(_MODEL_CODE.fullmatch(short) or _NAMED_MODEL.fullmatch(short))
