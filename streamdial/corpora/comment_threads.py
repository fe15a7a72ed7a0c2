"""Comment threads in which the account answers viewers, read as seed dialogues of the stream's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.planning import USER_STAGES
from streamdial.records import REQUESTED, Message, Provenance, SeedDialogue, Turn
from streamdial.signals.denoising import find_chat_noise, fold_message
from streamdial.signals.threads import ThreadPlace, follow_threads
from streamdial.strategies import MinedRecording
from streamdial.text import detect_language, measure_length, split_words

THREADS = "comments"
"""What `SeedDialogue.origin` says of them: they are the stream's, and nobody gave them."""
MOST_EXCHANGES = 15
"""Exchanges of a dialogue; what goes on after them is left out."""
MOST_JOINED = 3
"""Messages a viewer wrote in a row that make one turn."""
_THANKS = {"en": 8, "zh": 14}
"""Words or characters up to which a line with a word of thanks is nothing else."""


@dataclass
class _Exchange:
    """What a viewer wrote, and what the account answered: empty behind the last answer."""

    asked: list[Message]
    told: list[Message] = field(default_factory=list)


@dataclass
class _Talk:
    """What one viewer and the account say to each other in one thread.

    Attributes:
        exchanges: In order; each was answered.
        waiting: What the viewer wrote since, to the account or to nobody.
    """

    exchanges: list[_Exchange] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)


def read_thread_dialogues(
    recording: MinedRecording, counts: Counts, *, url: str | None = None
) -> tuple[SeedDialogue, ...]:
    """Return the dialogues the account had below comments: one for each viewer it answered in a thread.

    The reply tree says who is answered, else a mention, else the order: a reply to the thread's first comment answers
    that one, or what its viewer wrote since. What other viewers answer is no turn of the account; what a viewer wrote
    in a row is one turn, and what they wrote behind the last answer ends the dialogue. Whether the talk ended well is
    seen nowhere, so `outcome` says nothing (see `SeedDialogue.origin`).

    Each turn names the signals it was, else its messages. Provenance has the ids of all comments, and the page of the
    first or that of the recording.

    Args:
        recording: The recording after SSI; its messages are masked, and gone through twice.
        counts: Gets `asked` (replies of the account below comments), `made` and `kept` (dialogues), and drops of
            replies: `answers_nobody_known`, `answered_before` (others came between), `no_response` (noise, as SSI has
            it), `answers_noise`.
        url: Page of the recording.
    """
    builder = _Builder(recording, counts, url)
    for thread in _list_threads(recording):
        builder.read(thread)
    longer = sum(sum(turn.role == "agent" for turn in seed.turns) > 1 for seed in builder.seeds)
    if builder.seeds:
        counts.note(f"dialogues out of comment threads: {len(builder.seeds)}, of which {longer} go on")
    return tuple(builder.seeds)


def _list_threads(recording: MinedRecording) -> Iterable[list[tuple[Message, ThreadPlace]]]:
    """Return the threads in which the account replies, each with its messages in order."""
    places: dict[str, ThreadPlace] = {}
    threads: dict[str, list[tuple[Message, ThreadPlace]]] = {}
    for message in follow_threads(recording.iterate_messages(), places):
        if message.by_host and message.time is None and message.parent:
            threads.setdefault(places[message.id].root, [])
    # Whole threads are kept of those few alone.
    for message in recording.iterate_messages() if threads else ():
        at = places.get(message.id)
        if at is not None and at.root in threads:
            threads[at.root].append((message, at))
    return threads.values()


class _Builder:
    def __init__(self, recording: MinedRecording, counts: Counts, url: str | None) -> None:
        self.seeds: list[SeedDialogue] = []
        self._recording, self._counts, self._url = recording, counts, url
        self._questions = {one.provenance.derived_from[0]: one for one in recording.signals.questions}
        self._responses = {
            one.provenance.derived_from[0]: one for one in recording.signals.responses if one.channel == "reply"
        }

    def read(self, thread: Sequence[tuple[Message, ThreadPlace]]) -> None:
        known: dict[str, Message] = {}
        talks: dict[str, _Talk] = {}
        hosts = {message.author for message, _ in thread if message.by_host}
        for message, at in thread:
            if message.by_host:
                if message.parent:
                    self._answer(message, at, known, talks)
            elif at.mention is None or at.mention in hosts:
                talks.setdefault(_name(message), _Talk()).waiting.append(message)
            known[message.id] = message
        root = known.get(thread[0][1].root)
        for talk in talks.values():
            self._finish(talk, root)

    def _answer(self, reply: Message, at: ThreadPlace, known: dict[str, Message], talks: dict[str, _Talk]) -> None:
        self._counts.asked += 1
        if reply.id not in self._responses:
            self._counts.drop("no_response")
            return
        target = _find_target(at, known, talks)
        if target is None:
            self._counts.drop("answers_nobody_known")
            return
        talk = talks.setdefault(_name(target), _Talk())
        if talk.exchanges and any(target.id == one.id for one in talk.exchanges[-1].asked):
            talk.exchanges[-1].told.append(reply)
            return
        if any(target.id == one.id for exchange in talk.exchanges for one in exchange.asked):
            self._counts.drop("answered_before")
            return
        places = [place for place, one in enumerate(talk.waiting) if one.id == target.id]
        asked = _join(talk.waiting[: places[0] + 1], known) if places else [target]
        talk.waiting = talk.waiting[places[0] + 1 :] if places else talk.waiting
        said = [one for one in asked[-MOST_JOINED:] if self._is_said(one)]
        if not said:
            self._counts.drop("answers_noise")
            return
        talk.exchanges.append(_Exchange(said, [reply]))

    def _is_said(self, message: Message) -> bool:
        text = fold_message(message.text)
        return bool(text) and not find_chat_noise(text, self._recording.pack) and detect_language(text) != "other"

    def _finish(self, talk: _Talk, root: Message | None) -> None:
        if not talk.exchanges:
            return
        exchanges = talk.exchanges[:MOST_EXCHANGES]
        topics = set(self._recording.reader.find_entities(root.text)) if root is not None else set()
        turns: list[Turn] = []
        for exchange in exchanges:
            asked = self._build_asked(exchange.asked, len(turns), topics)
            told = self._build_told(exchange.told, len(turns) + 1)
            topics |= {name for name in (asked.entity, asked.other, told.entity) if name}
            turns += (asked, told)
        ending = [one for one in talk.waiting[:1] if self._is_said(one)] if len(exchanges) < MOST_EXCHANGES else []
        if ending:
            turns.append(self._build_asked(ending, len(turns), topics))
        messages = [one for exchange in exchanges for one in (*exchange.asked, *exchange.told)] + ending
        ids = tuple(message.id for message in messages)
        self._counts.keep()
        self.seeds.append(
            SeedDialogue(
                id=make_id("mined", THREADS, self._recording.pack.id, self._recording.id, ids),
                domain=self._recording.pack.id,
                language=self._recording.language,
                origin=THREADS,
                provenance=Provenance(
                    source_id=self._recording.id,
                    url=next((message.url for message in messages if message.url), self._url),
                    derived_from=ids,
                ),
                turns=tuple(turns),
            )
        )

    def _build_asked(self, messages: Sequence[Message], number: int, topics: set[str]) -> Turn:
        """Return what a viewer wrote as a turn; one that asks and names nothing asks of the one thing talked about."""
        found = [self._questions[one.id] for one in messages if one.id in self._questions]
        text = self._put_together(one.text for one in messages)
        named = tuple(dict.fromkeys(name for question in found for name in question.entities))
        if found and not named and len(topics) == 1:
            named = (*topics,)
        entity, other = (*named, "", "")[:2]
        act = found[-1].act if found else self._name_act(text)
        return Turn(
            turn_id=number,
            role="user",
            utterance=text,
            act=act,
            stage=USER_STAGES.get(act, ""),
            inform={slot: value for question in found for slot, value in question.slots.items()},
            request=dict.fromkeys((slot for question in found for slot in question.asks), REQUESTED),
            entity=entity,
            other=other,
            evidence=tuple(question.id for question in found) or tuple(one.id for one in messages),
        )

    def _put_together(self, texts: Iterable[str]) -> str:
        stop, blank = {"zh": ("。", ""), "en": (".", " ")}[self._recording.language]
        folded = [fold_message(text) for text in texts]
        ended = (text + stop if text[-1:].isalnum() else text for text in folded[:-1])
        return blank.join((*ended, *folded[-1:]))

    def _name_act(self, text: str) -> str:
        """Return what a line is that asks for nothing: thanks, or taking up what was told."""
        labels = {hit.label for hit in self._recording.pack.phrases.find(split_words(text))}
        short = measure_length(text, self._recording.language) <= _THANKS[self._recording.language]
        return "thank" if "act:thank" in labels and short else "acknowledge"

    def _build_told(self, messages: Sequence[Message], number: int) -> Turn:
        """Return what the account replied; the strategy is that of the first reply, which stands last in evidence."""
        found = [self._responses[one.id] for one in messages]
        uses = {use.response_id: use for use in self._recording.signals.strategies}
        use = uses.get(found[0].id)
        known = self._recording.pack.strategies.get(use.strategy) if use else None
        return Turn(
            turn_id=number,
            role="agent",
            utterance=self._put_together(response.text for response in found),
            act=known.act if known else "answer",
            stage=known.stage if known else "",
            strategy=use.strategy if use and known else "",
            tell={slot: value for response in found for slot, value in response.tells.items()},
            entity=next((name for response in found for name in response.entities), ""),
            evidence=(*(response.id for response in found), *((use.id,) if use else ())),
        )


def _join(written: Sequence[Message], known: dict[str, Message]) -> list[Message]:
    """Return the last of a viewer's messages with those right before it, which it answers or follows at once."""
    order = {name: place for place, name in enumerate(known)}
    joined = [written[-1]]
    for message in reversed(written[:-1]):
        if joined[0].parent != message.id and order[joined[0].id] - order[message.id] != 1:
            break
        joined.insert(0, message)
    return joined


def _name(message: Message) -> str:
    """Return whose talk a message is of; one without an author is somebody's for itself."""
    return message.author or message.id


def _find_target(at: ThreadPlace, known: dict[str, Message], talks: dict[str, _Talk]) -> Message | None:
    """Return the viewer's message a reply answers, or None where neither tree nor mention nor order tells."""
    parent = known.get(at.parent or "")
    if at.mention is not None and (parent is None or parent.id == at.root or parent.author != at.mention):
        return _find_last(known, at.mention)
    if parent is None:
        return None
    if parent.by_host:
        # The account goes on below its own reply: it has the same viewer before it.
        return next(
            (
                exchange.asked[-1]
                for talk in talks.values()
                for exchange in talk.exchanges[-1:]
                if any(one.id == parent.id for one in exchange.told)
            ),
            None,
        )
    talk = talks.get(_name(parent))
    if parent.id == at.root and talk is not None and talk.waiting:
        return talk.waiting[-1]
    return parent


def _find_last(known: dict[str, Message], author: str) -> Message | None:
    return next((one for one in reversed(known.values()) if one.author == author and not one.by_host), None)
