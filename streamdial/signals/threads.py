"""Pairs questions without a clock with their answers in the thread: by reply, by mention, by order and meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import Embedder
from streamdial.records import AgentResponse, Message, PairScore, Provenance, QAPair, UserQuestion
from streamdial.signals.pairing import PairingOptions
from streamdial.signals.questions import ToldLine

HOST_RANK = 1.0
VIEWER_RANK = 0.6
"""How far an answer counts: what another viewer says binds nobody."""
TOLD = 1.0
GUESSED = 0.5
"""The time term of a pair: the thread says who is answered, or only the order does."""


class ThreadPlace(NamedTuple):
    """Where a message stands.

    Attributes:
        root: Id of the message its thread begins with.
        place: Its number among all messages.
        author: Pseudonym.
        parent: Id of the message it answers.
        mention: Pseudonym of whom it is for, where it begins with their name.
        by_host: Whether the account wrote it.
    """

    root: str
    place: int
    author: str | None
    parent: str | None
    mention: str | None
    by_host: bool


class _Answer(NamedTuple):
    id: str
    message_id: str
    text: str
    at: ThreadPlace
    by_host: bool


def follow_threads(messages: Iterable[Message], places: dict[str, ThreadPlace]) -> Iterator[Message]:
    """Yield messages as they come, each once its place is noted; a reply stands in its parent's thread.

    Args:
        messages: Messages in order; a parent comes before its replies.
        places: Gets the places of comments, the messages without a time.
    """
    for number, message in enumerate(messages):
        if message.time is None:
            parent = places.get(message.parent) if message.parent else None
            root = parent.root if parent else (message.parent or message.id)
            places[message.id] = ThreadPlace(
                root, number, message.author, message.parent, message.mention, message.by_host
            )
        yield message


def pair_threads(
    questions: Iterable[UserQuestion],
    replies: Iterable[AgentResponse],
    advice: Iterable[ToldLine],
    places: Mapping[str, ThreadPlace],
    embedder: Embedder,
    counts: Counts,
    options: PairingOptions | None = None,
) -> Iterator[QAPair]:
    """Yield at most one pair of each question: with the account's reply, else with another viewer's advice.

    An answer stands after its question in the same thread and is by somebody else. The first that replies to the
    question or mentions its author is taken, else the first that says not whom it is for, where it is alike. A
    viewer's answer has rank 0.6, and its author stands in `answerer`; its `response_id` is no response of the account.

    Args:
        questions: Questions without a time that no reply answers yet.
        replies: What the account wrote.
        advice: What viewers told each other.
        places: Where the messages stand, from `follow_threads`.
        embedder: Gives the meaning of answers that say not whom they are for.
        counts: Gets `asked` (questions), `made` and `kept` (pairs), and drops: `no_answer_in_thread`.
        options: The least cosine is that of pairing.
    """
    least = (options or PairingOptions()).min_cosine
    by_thread: dict[str, list[_Answer]] = {}
    for answer in sorted(_list_answers(replies, advice, places), key=lambda answer: answer.at.place):
        by_thread.setdefault(answer.at.root, []).append(answer)
    for question in questions:
        counts.asked += 1
        at = places.get(question.provenance.derived_from[0])
        later = [
            answer
            for answer in (by_thread.get(at.root, ()) if at else ())
            if at and answer.at.place > at.place and (answer.by_host or answer.at.author != at.author)
        ]
        found = _choose(question, at, later, embedder, least) if at and later else None
        if found is None:
            counts.drop("no_answer_in_thread")
            continue
        counts.keep()
        yield _build_pair(question, *found)


def _list_answers(
    replies: Iterable[AgentResponse], advice: Iterable[ToldLine], places: Mapping[str, ThreadPlace]
) -> Iterator[_Answer]:
    for reply in replies:
        if reply.channel == "reply" and (at := places.get(reply.provenance.derived_from[0])):
            yield _Answer(reply.id, reply.provenance.derived_from[0], reply.text, at, True)
    for line in advice:
        if at := places.get(line.message_id):
            yield _Answer(make_id("viewer answer", line.message_id), line.message_id, line.text, at, False)


def _choose(
    question: UserQuestion, at: ThreadPlace, later: Sequence[_Answer], embedder: Embedder, least: float
) -> tuple[_Answer, float, float] | None:
    """Return the answer with its cosine and time term; the account's before viewers', a told one before a guess."""
    message = question.provenance.derived_from[0]
    told = [
        answer
        for answer in later
        if (answer.at.mention is not None and answer.at.mention == at.author)
        or (answer.at.parent == message and answer.at.mention in (None, at.author))
    ]
    open_yet = [answer for answer in later if answer.at.mention is None and answer.at.parent in (None, at.root)]
    for answers, term in ((told, TOLD), (open_yet, GUESSED)):
        for by_host in (True, False):
            nearest = next((answer for answer in answers if answer.by_host == by_host), None)
            if nearest is None:
                continue
            vectors = embedder.embed([question.text, nearest.text])
            cosine = round(float(np.dot(vectors[0], vectors[1])), 4)
            if term == TOLD or cosine >= least:
                return nearest, cosine, term
    return None


def _build_pair(question: UserQuestion, answer: _Answer, cosine: float, term: float) -> QAPair:
    rank = HOST_RANK if answer.by_host else VIEWER_RANK
    return QAPair(
        id=make_id("pair", question.id, answer.id),
        domain=question.domain,
        language=question.language,
        provenance=Provenance(
            source_id=question.provenance.source_id, derived_from=(question.id, answer.id, answer.message_id)
        ),
        question_id=question.id,
        response_id=answer.id,
        question=question.text,
        answer=answer.text,
        score=PairScore(time=term, meaning=cosine, entities=1.0, total=round(rank * term, 4)),
        answerer=None if answer.by_host else answer.at.author or "",
    )
