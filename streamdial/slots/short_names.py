"""Short names of things: viewers write "the S5 Max" for what the page calls Kestrel S5 Max."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_MODEL_CODE = re.compile(r"[A-Za-z][A-Za-z.+-]*\s?\d[\w.+-]*(?:\s[A-Za-z0-9+]+)*")
_BRAND = re.compile(r"^(?:[A-Za-z][\w'&-]*\s+|[\u4e00-\u9fff]{2,4}\s?)")


def list_short_names(names: Iterable[str]) -> dict[str, str]:
    """Return short names with the names they stand for.

    A short name is what is left without the brand in front, where that is a model code: letters with a figure (S5 Max,
    L7, ID.4). One that two names share, or that is a name itself, stands for none.

    Args:
        names: The names of what is sold.
    """
    known = list(dict.fromkeys(names))
    found = [(name, name[match.end() :]) for name in known if (match := _BRAND.match(name))]
    found = [(name, short) for name, short in found if _MODEL_CODE.fullmatch(short)]
    shared = Counter(short.lower() for _, short in found) + Counter(name.lower() for name in known)
    return {short: name for name, short in found if shared[short.lower()] == 1}
