"""Explains how a viewer's line is read: what is found in it, which act it shows, or why it is dropped."""

from __future__ import annotations

from dataclasses import dataclass

from streamdial.signals._lines import ViewerLine
from streamdial.signals.denoising import fold_message
from streamdial.signals.intents import IntentDecision, SecondOpinion, decide_intent
from streamdial.slots import SlotMention, SlotReader
from streamdial.text import find_phrase

_ADVICE = {
    "no_topic": "it asks, but names nothing of the vertical: add what it is about to `topics` or the `ask` of a slot",
    "no_intent": "it neither asks nor wishes in words the rules know; if it should, add them to `acts` or `topics`",
    "off_topic": "a phrase of chat about other things stands in it: make its words a topic or keyword of the pack",
    "reaction": "it is an exclamation",
    "rhetorical": "it asks for no answer",
    "small_talk": "it greets, thanks or takes leave",
    "doubtful": "the rules found an act, but it is unlike the lines of clear intent: more `topics` speak for it",
    "advertisement": "it advertises; if it is about what is sold here, make its words topics of the pack",
    "contact_baiting": "it asks viewers to write elsewhere",
    "too_long": "it is longer than what is asked in passing",
    "other_language": "it is of a language the pack does not speak",
}


@dataclass(frozen=True)
class Explanation:
    """How a line is read.

    Attributes:
        text: The line as it is judged: folded, without emotes.
        decision: What was decided.
        phrases: Label and words of the phrases of the pack and the shared lists found in it.
        asks: Slots it asks about, with the phrase of each.
        mentions: Values it states.
        signs: What its form shows: asks, of oneself, points at what is shown, ...
        advice: What would change a drop; empty where it is kept.
    """

    text: str
    decision: IntentDecision
    phrases: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    mentions: tuple[SlotMention, ...]
    signs: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        """Return it for people to read."""
        verdict = f"kept: {self.decision.act}" if self.decision.act else f"dropped: {self.decision.reason}"
        lines = [self.text, f"  {verdict}"]
        lines += [f"  asks about {slot}: {phrase!r}" for slot, phrase in self.asks]
        lines += [f"  states {m.slot}={m.value}{f' {m.unit}' if m.unit else ''}: {m.surface!r}" for m in self.mentions]
        lines += [f"  {label.removeprefix('act:')}: {words!r}" for label, words in self.phrases]
        lines += [f"  form: {', '.join(self.signs)}"] if self.signs else []
        kind = self.decision.kind
        lines += [f"  kind: {kind.kind} ({kind.confidence:.2f})"] if kind else []
        lines += [f"  why: {self.advice}"] if self.advice else []
        return "\n".join(lines)


def explain_line(text: str, reader: SlotReader, opinion: SecondOpinion | None = None) -> Explanation:
    """Return how a line is read, by the same rules as in a run.

    Args:
        text: The line as a viewer wrote it.
        reader: Reads slots of the domain; with the names of what is sold, where they are known.
        opinion: Second opinion; without it the rules decide alone.
    """
    folded = fold_message(text)
    line = ViewerLine(folded, reader)
    decision = decide_intent(text, reader, opinion)
    asks = tuple((slot, _find_asking(folded.lower(), reader, slot)) for slot in line.asks)
    forms = ("questioning", "first_person", "pleading", "laughing", "terse", "near_topic")
    names = ("asks", "of oneself", "pleads", "laughs", "terse", "points at the vertical or what is shown")
    return Explanation(
        folded,
        decision,
        tuple((hit.label, _write_words(line.words[hit.start : hit.end])) for hit in line.hits),
        asks,
        tuple(line.mentions),
        tuple(name for form, name in zip(forms, names, strict=True) if getattr(line, form)),
        ""
        if decision.act
        else _ADVICE.get(decision.reason or "", f"it is {(decision.reason or '').replace('_', ' ')}"),
    )


def _find_asking(lower: str, reader: SlotReader, slot: str) -> str:
    """Return the longest asking phrase of a slot in a text."""
    phrases = (phrase for texts in reader.pack.slots[slot].ask.values() for phrase in texts)
    found = [phrase for phrase in phrases if find_phrase(lower, phrase.lower()) is not None]
    return max(found, key=len, default="")


def _write_words(words: list[str]) -> str:
    return ("" if all(not word.isascii() for word in words) else " ").join(words)
