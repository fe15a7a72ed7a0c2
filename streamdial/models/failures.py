"""How answers end and calls fail, told by the words endpoints have for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Finish = Literal["stop", "length", "content_filter", "other"]

FINISHES: Mapping[str, Finish] = {
    "": "stop",
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "sensitive": "content_filter",
    "recitation": "content_filter",
}
"""How an answer ended, by the name an endpoint has for it; any other name is that of a failure."""

LONGEST_WAIT = 300.0
"""Seconds an endpoint may ask to wait; a daily limit asks for hours, and some ask for years."""
HEAD = 600
"""Characters of a refusal that are read: behind them some endpoints repeat the prompt."""


class Failure(NamedTuple):
    """A kind of failure, told by words of the endpoint.

    Attributes:
        kind: As in `ModelError`.
        words: In lower case.
        statuses: HTTP statuses that have it; None for any.
        transient: Whether the same call may succeed later.
        fix: What the reader can do.
    """

    kind: str
    words: re.Pattern[str]
    statuses: frozenset[int] | None = None
    transient: bool = False
    fix: str | None = None


_REQUESTS = frozenset({400, 403, 404, 413, 422, 424})
TOP_UP = "top up the account or raise its limit, then run the same command again; what is done stays"
FAILURES: tuple[Failure, ...] = (
    Failure("rate_limit", re.compile(r"retry in \d|per.minute"), frozenset({429}), transient=True),
    Failure(
        "quota",
        re.compile(
            r"insufficient.?(?:quota|balance|credit|funds)|exceeded your current quota|credit.?balance"
            r"|no credits|billing.?(?:hard|not)|hard limit|quota.?exceeded|arrearage|余额不足|欠费"
        ),
        frozenset({400, 401, 402, 403, 429}),
        fix=TOP_UP,
    ),
    Failure(
        "filtered",
        re.compile(
            r"content.?(?:filter|policy|management|violat)|datainspectionfailed|inappropriate|usage guidelines"
            r"|responsibleai|moderation|flagged|safety.?(?:system|check|filter)|sensitive|敏感|违规"
        ),
        _REQUESTS,
    ),
    Failure(
        "context",
        re.compile(
            r"context.?(?:length|window|size)|prompt.{0,20}too long|input.{0,20}too long|messages is too long"
            r"|exceeds? (?:the )?max(?:imum)? (?:prompt |input )?length|too many (?:input |prompt )?tokens"
            r"|too large for model|max_seq_len|reduce the length|range of input length"
        ),
        _REQUESTS | {500},
        fix="name a model with a longer context",
    ),
    # The model did not manage JSON under Groq's check of it; another try may.
    Failure("malformed", re.compile(r"json_validate_failed|failed_generation|failed to generate json"), transient=True),
)


def find_failure(status: int, said: str) -> Failure | None:
    """Return the kind of failure an endpoint's words tell of, or None where the status has to tell.

    Args:
        status: HTTP status.
        said: Message, code and parameter of the error.
    """
    if status == 402:
        return next(failure for failure in FAILURES if failure.kind == "quota")
    head = said[:HEAD].lower()
    return next(
        (
            failure
            for failure in FAILURES
            if (failure.statuses is None or status in failure.statuses) and failure.words.search(head)
        ),
        None,
    )


def read_finish(finish: object) -> Finish:
    """Return why an answer ended; one that ends in calls ends as it should, and so does one that says nothing of it."""
    return FINISHES.get(str(finish or "").lower(), "other")
