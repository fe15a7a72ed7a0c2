"""Lines about what takes long: that it begins, that it is still waited for, that it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TELL_EVERY = 10.0
"""Seconds between lines about what is still waited for."""


@contextmanager
def tell_progress(what: str, tell: Callable[[str], None] | None, every: float = TELL_EVERY) -> Iterator[None]:
    """Tell that something begins, every so many seconds that it is not done, and how long it took.

    Args:
        what: What is told of.
        tell: Is given each line; nothing is told without it.
        every: Seconds between two lines.
    """
    if tell is None:
        yield
        return
    done, began = threading.Event(), time.monotonic()

    def tell_again() -> None:
        while not done.wait(every):
            tell(f"{what}: still starting after {time.monotonic() - began:.0f} s")

    telling = threading.Thread(target=tell_again, daemon=True)
    tell(f"{what} ...")
    telling.start()
    try:
        yield
    finally:
        done.set()
        telling.join()
    tell(f"{what}: done in {time.monotonic() - began:.0f} s")
