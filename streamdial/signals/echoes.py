"""Finds messages said before: repeats by one viewer, the same question by others, spam waves, near-duplicates."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Literal

from streamdial.records import Message
from streamdial.text import split_words

WINDOW_SECONDS = 120.0
"""The same text again within this time of its first is an echo of it."""
WINDOW_TEXTS = 2000
"""Different texts that are remembered."""
WINDOW_SAYINGS = 8000
"""What was said by whom that is remembered: a viewer's repeat is one in any thread."""
WAVE_AUTHORS = 5
WAVE_SECONDS = 30.0
"""The same text by this many viewers in this time is a wave: the fifth and later ones prove no more."""
MIN_SIMILARITY = 0.85
"""Minimum Jaccard similarity of a near-duplicate's features with the first's."""
_MIN_WORDS = 7
"""A shorter text that differs in one word from another is below `MIN_SIMILARITY` in any case."""
_MAX_CANDIDATES = 24
_MAX_AUTHORS = 64
_FILLERS = frozenset(
    split_words(
        "pls plz please hey hi hello yo host guys guy bro sir ok okay so lol haha um uh well thx thanks everyone "
        "啊呀呢哦嘛呗吧哈哇嗯哎诶欸额亲啦哒滴噢喔嘿"
    )
)
_VOCATIVES = re.compile("主播|老板娘?|小姐姐|请问|亲亲|宝宝们|麻烦问下|想?问一?下|哈喽|你好")

EchoReason = Literal["repeat", "echo", "spam_wave"]
_Key = tuple[str | None, str]
"""A thread and a text: the same reply in another thread is no echo."""


@dataclass
class _Entry:
    """A text that was kept, and who has said it since."""

    message_id: str
    time: float | None
    authors: dict[str | None, float | None]
    arrivals: deque[float]
    features: frozenset[str] = frozenset()
    prefix: tuple[str, ...] = ()


@dataclass
class EchoWindow:
    """What was said of late; memory is bounded by the window, cost per message by the message's length.

    Two texts are the same if their words are, without emotes, marks, case, politeness (pls, 请问) and particles (啊).
    Longer ones (7 words) are also the same if the Jaccard similarity of their words and pairs of neighbouring words is
    at least 0.85 and they hold the same figures: one word added, none exchanged. Candidates come from an inverted
    index over a prefix of each text's features (Bayardo et al. 2007, "Scaling up all pairs similarity search"),
    the most recent first, at most 24 a feature.
    """

    _entries: OrderedDict[_Key, _Entry] = field(default_factory=OrderedDict)
    _postings: dict[str, OrderedDict[_Key, None]] = field(default_factory=dict)
    _said: OrderedDict[tuple[str, str], tuple[str, float | None]] = field(default_factory=OrderedDict)

    def find_echo(self, message: Message, text: str) -> tuple[EchoReason, str] | None:
        """Return why a message adds nothing to what was said, with the id of the first that said it, or None.

        `repeat`: the same viewer said it within the window, in any thread, or somebody in this one and nobody knows
        who. `echo`: another viewer did, in this thread. `spam_wave`: so did at least four others within 30 seconds.
        A message that is none is remembered as the first of its text.

        Args:
            message: The message; its author, time and parent count.
            text: Its text, folded and without emotes.
        """
        words = _reduce(text)
        wording = " ".join(words)
        if first := self._find_own(message, wording):
            return "repeat", first
        key = (message.parent, wording)
        found = key if key in self._entries else None
        features = _list_features(words) if len(words) >= _MIN_WORDS else frozenset()
        prefix = _take_prefix(features) if features else ()
        if found is None and features:
            found = self._find_near(message.parent, features, prefix)
        entry = self._entries.get(found) if found is not None else None
        if entry is not None and found is not None:
            reason = _judge(entry, message)
            if reason:
                return reason, entry.message_id
            self._forget(found)
        entry = _Entry(
            message.id, message.time, {message.author: message.time}, deque(maxlen=WAVE_AUTHORS - 1), features, prefix
        )
        if message.time is not None:
            entry.arrivals.append(message.time)
        self._remember(key, entry)
        return None

    def _find_own(self, message: Message, wording: str) -> str | None:
        """Return the id of the message by which the viewer said the same within the window; note that it was said."""
        if message.author is None:
            return None
        saying = (message.author, wording)
        first, before = self._said.pop(saying, (message.id, None))
        again = first != message.id and (
            message.time is None or before is None or abs(message.time - before) <= WINDOW_SECONDS
        )
        self._said[saying] = (first if again else message.id, message.time)
        if len(self._said) > WINDOW_SAYINGS:
            self._said.popitem(last=False)
        return first if again else None

    def _find_near(self, parent: str | None, features: frozenset[str], prefix: tuple[str, ...]) -> _Key | None:
        least, most = MIN_SIMILARITY * len(features), len(features) / MIN_SIMILARITY
        figures = _pick_numerals(features)
        seen: set[_Key] = set()
        for feature in prefix:
            for checked, key in enumerate(reversed(self._postings.get(feature, ()))):
                if checked == _MAX_CANDIDATES:
                    break
                if key in seen or key[0] != parent:
                    continue
                seen.add(key)
                other = self._entries[key].features
                if least <= len(other) <= most:
                    shared = len(features & other)
                    alike = shared >= MIN_SIMILARITY * (len(features) + len(other) - shared)
                    if alike and figures == _pick_numerals(other):
                        return key
        return None

    def _remember(self, key: _Key, entry: _Entry) -> None:
        if key in self._entries:
            self._forget(key)
        self._entries[key] = entry
        for feature in entry.prefix:
            self._postings.setdefault(feature, OrderedDict())[key] = None
        if len(self._entries) > WINDOW_TEXTS:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: _Key) -> None:
        for feature in self._entries.pop(key).prefix:
            keys = self._postings[feature]
            keys.pop(key, None)
            if not keys:
                del self._postings[feature]


def _judge(entry: _Entry, message: Message) -> EchoReason | None:
    now, author = message.time, message.author
    if author is None or author in entry.authors:
        before = entry.authors.get(author, entry.time)
        if now is None or before is None or abs(now - before) <= WINDOW_SECONDS:
            entry.authors[author] = now
            return "repeat"
        return None
    if now is not None and entry.time is not None and abs(now - entry.time) > WINDOW_SECONDS:
        return None
    if len(entry.authors) < _MAX_AUTHORS:
        entry.authors[author] = now
    if now is None:
        return "echo"
    full = len(entry.arrivals) == WAVE_AUTHORS - 1
    in_wave = full and now - entry.arrivals[0] <= WAVE_SECONDS
    entry.arrivals.append(now)
    return "spam_wave" if in_wave else "echo"


def _reduce(text: str) -> list[str]:
    words = [word for word in split_words(_VOCATIVES.sub(" ", text)) if word not in _FILLERS]
    return words or split_words(text)


def _list_features(words: list[str]) -> frozenset[str]:
    return frozenset([*words, *(f"{left} {right}" for left, right in pairwise(words))])


def _take_prefix(features: frozenset[str]) -> tuple[str, ...]:
    # Long features first: they are the rare ones, and any fixed order will do.
    ordered = sorted(features, key=lambda feature: (-len(feature), feature))
    return tuple(ordered[: len(features) - ceil(MIN_SIMILARITY * len(features)) + 1])


def _pick_numerals(features: frozenset[str]) -> frozenset[str]:
    return frozenset(feature for feature in features if " " not in feature and any(map(str.isdigit, feature)))
