"""A viewer's line with all that its wording and the pack say of it; each looked up once."""

from __future__ import annotations

from functools import cached_property

from streamdial.signals import _cues
from streamdial.slots import SlotMention, SlotReader
from streamdial.text import measure_length, simplify_chinese, split_words

_TERSE = {"en": 4, "zh": 8}
"""A line of at most this many words or characters may be nothing but its topic: `horizon price`, 停车位."""
_BARE = 0.5
"""Share of a terse line's words that name its topic, from which on it is nothing else."""
_SERVICE_ACTS = frozenset(f"act:{act}" for act in ("ask_offer", "book", "compare", "negotiate"))


class ViewerLine:
    """A line with all that speaks for or against an intent; each looked up once."""

    def __init__(self, text: str, reader: SlotReader) -> None:
        text, written = simplify_chinese(text), text
        self.text = text
        self.reader = reader
        self.words = split_words(text)
        self.hits = reader.pack.phrases.find(self.words)
        self.labels = {hit.label for hit in self.hits}
        self.mentions = reader.find_values(text)
        self.asks = reader.find_asks(text)
        entity = reader.pack.entity_slot
        if written != text and not any(mention.slot == entity for mention in self.mentions):
            # Names may be traditional where they are sold.
            self.mentions += [mention for mention in reader.find_values(written) if mention.slot == entity]
        self.entities = {mention.value for mention in self.mentions if mention.slot == entity}
        self.stated = [mention for mention in self.mentions if mention.slot != entity]
        self.topical_asks = tuple(name for name in self.asks if not reader.pack.slots[name].booking)

    @cached_property
    def asking(self) -> bool:
        return bool(_cues.ASKING.search(self.text))

    @cached_property
    def questioning(self) -> bool:
        return self.asking or bool(_cues.MARK.search(self.text))

    @cached_property
    def first_person(self) -> bool:
        return bool(_cues.FIRST_PERSON.search(self.text))

    @cached_property
    def pleading(self) -> bool:
        return bool(_cues.PLEASE.search(self.text))

    @cached_property
    def laughing(self) -> bool:
        return bool(_cues.LAUGHTER.search(self.text))

    @cached_property
    def wishes(self) -> list[SlotMention]:
        """Values that bound what is looked for: seats, budget, body type."""
        return [mention for mention in self.stated if self.reader.pack.slots[mention.slot].constraint]

    @cached_property
    def on_topic(self) -> bool:
        """Whether the line names something of the vertical that is not part of an off-topic phrase."""
        if self.wishes or self.entities:
            return True
        away = {place for hit in self.hits if hit.label == "off_topic" for place in range(hit.start, hit.end)}
        if not away:
            return bool(self.topical_asks) or "topic" in self.labels
        return any(hit.label == "topic" and hit.start not in away for hit in self.hits)

    @cached_property
    def near_topic(self) -> bool:
        """Whether it at least names the vertical (car, room, menu) or points at what is shown."""
        return self.on_topic or "keyword" in self.labels or bool(_cues.POINTING.search(self.text))

    @property
    def evident(self) -> bool:
        """Whether anything says that the line belongs to the vertical, or to a service at all."""
        named = self.near_topic or bool(self.stated) or "topic" in self.labels
        return named or not _SERVICE_ACTS.isdisjoint(self.labels)

    @cached_property
    def terse(self) -> bool:
        return measure_length(self.text, self.reader.language) <= _TERSE[self.reader.language]

    @cached_property
    def bare(self) -> bool:
        """Whether a terse line is nothing but its topic; a name alone asks nothing."""
        topics = {place for hit in self.hits if hit.label == "topic" for place in range(hit.start, hit.end)}
        named = len(topics) >= _BARE * len(self.words) if topics else bool(self.topical_asks) and len(self.words) <= 2
        return self.terse and named

    @property
    def emotional(self) -> bool:
        return self.laughing or "reaction" in self.labels

    def shows(self, act: str) -> bool:
        return f"act:{act}" in self.labels
