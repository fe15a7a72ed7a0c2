"""Links that open a recording at a second."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_SECONDS = "{seconds}"
_CLOCK = "{clock}"
_RULES = (
    (re.compile(r"(?:^|\.)(?:youtube\.com|youtu\.be)$"), f"{_SECONDS}s"),
    (re.compile(r"(?:^|\.)bilibili\.com$"), _SECONDS),
    (re.compile(r"(?:^|\.)twitch\.tv$"), _CLOCK),
)
"""Hosts and how their `t` is written."""


def build_moment_template(url: str) -> str:
    """Return the link of a recording with `{seconds}` or `{clock}` (1h2m3s) where the moment goes.

    YouTube, Bilibili and Twitch have a parameter `t`; other sites get a fragment `#t=` (W3C Media Fragments), which
    some pass over. What is no http(s) URL, and a URL of another site that has a fragment, stays as it is.

    Args:
        url: Page of the recording.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return url
    written = next((form for host, form in _RULES if host.search(parts.hostname)), None)
    if written is None:
        return url if parts.fragment else urlunsplit(parts._replace(fragment=f"t={_SECONDS}"))
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != "t"]
    return urlunsplit(parts._replace(query="&".join([*kept, f"t={written}"])))


def link_moment(url: str, start: float | None) -> str:
    """Return a link that opens a recording at a second; the URL itself where there is no second.

    Args:
        url: Page of the recording, or of a text.
        start: Seconds from the start of the recording.
    """
    if start is None:
        return url
    seconds = max(0, int(start))
    clock = f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"
    return build_moment_template(url).replace(_SECONDS, str(seconds)).replace(_CLOCK, clock)
