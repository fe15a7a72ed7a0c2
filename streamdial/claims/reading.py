"""Reads the labels of an utterance and judges its statements, for policies, judges and tool use alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from streamdial.claims.comparisons import find_false_comparison, find_false_likeness
from streamdial.claims.facts import find_false_category, find_false_term
from streamdial.claims.faults import Fault
from streamdial.claims.figures import find_broken_bound, find_false_figure, is_told
from streamdial.claims.lexicon import CUES
from streamdial.claims.manner import find_misstep
from streamdial.claims.mentions import Analysis, Mention, analyse, share_unit
from streamdial.claims.offers import find_invented_deal, find_unlisted_feature
from streamdial.claims.situation import Situation
from streamdial.claims.stock import find_false_stock, read_stock
from streamdial.claims.things import Names
from streamdial.claims.wishes import read_statements
from streamdial.slots import DONT_CARE, SlotReader
from streamdial.text import contains_phrase, tokenize


@dataclass(frozen=True)
class Reading:
    """The labels of an utterance, as its words have them.

    Attributes:
        inform: Values a customer states, by slot: wishes, revised ones and those of a booking.
        request: Slots asked for.
        tell: Values an expert states, by thing and slot; only what is known.
        revise: Values of `inform` that change what was stated or wished before.
        compare: The two things an utterance compares, or nothing.
        things: All things it names, in order.
        offer: What a customer offers to pay, where they make an offer.
        asks: Whether a clause of it asks.
    """

    inform: dict[str, str] = field(default_factory=dict)
    request: tuple[str, ...] = ()
    tell: dict[str, dict[str, str]] = field(default_factory=dict)
    revise: dict[str, str] = field(default_factory=dict)
    compare: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    offer: str = ""
    asks: bool = False


_tokenize = lru_cache(maxsize=4096)(tokenize)
"""Each turn of a dialogue is looked at again before every turn that follows it."""
_HALF_WIDTH = str.maketrans("，；：！？（）²", ",;:!?()2")
"""Clauses are cut at the punctuation of folded text; what a model said in Chinese has its own again."""


class ClaimReader:
    """Reads and judges utterances about the things of one account.

    Args:
        reader: Reads slots of the domain.
        names: Names of what is sold; the reader's own by default.
    """

    def __init__(self, reader: SlotReader, names: Iterable[str] | None = None) -> None:
        self.reader = reader
        self.names = Names(reader.entities if names is None else names)

    def analyse(self, text: str, situation: Situation) -> Analysis:
        """Return a folded utterance taken apart."""
        return analyse(
            text.translate(_HALF_WIDTH), self.reader, self.names, situation.focus, blank_short=situation.role == "agent"
        )

    def read(self, text: str, situation: Situation) -> Reading:
        """Return the labels of a folded utterance; what is not true has no label."""
        analysis = self.analyse(text, situation)
        things = tuple(dict.fromkeys(thing.name for thing in analysis.things))
        shared = {
            "request": self._read_requests(analysis, situation),
            "compare": self._read_comparison(analysis, things, situation),
            "things": things,
            "asks": any(clause.asks for clause in analysis.clauses),
        }
        if situation.role == "agent":
            return Reading(tell=self._read_facts(analysis, situation), **shared)  # type: ignore[arg-type]
        statements, _ = read_statements(analysis, situation)
        inform = {one.slot: one.value for one in statements if one.kind in ("wish", "revision", "booking") and one.slot}
        revise = {one.slot: one.value for one in statements if one.kind == "revision"}
        offer = next((one.value for one in statements if one.kind == "counter_offer"), "")
        inform |= self._read_indifference(text, situation, inform)
        return Reading(inform=inform, revise=revise, offer=offer, **shared)  # type: ignore[arg-type]

    def judge(self, text: str, situation: Situation) -> Fault | None:
        """Return why a folded utterance cannot be said, or None: its manner first, then each kind of claim."""
        said = [_tokenize(words) for _, words in situation.said]
        fault = find_misstep(
            situation.role, text, situation.language, self.names.names, said, has_spoken=situation.has_spoken
        )
        return fault or self.judge_claims(text, situation)

    def judge_claims(self, text: str, situation: Situation) -> Fault | None:
        """Return the first false statement of a folded utterance, or None; its manner is not looked at."""
        analysis = self.analyse(text, situation)
        if situation.role == "user":
            return read_statements(analysis, situation)[1]
        checks = (
            find_false_stock, find_false_category, find_false_term, find_false_comparison, find_false_likeness,
            find_broken_bound, find_invented_deal, find_false_figure, find_unlisted_feature,
        )  # fmt: skip
        return next((fault for check in checks if (fault := check(analysis, situation))), None)

    def _read_facts(self, analysis: Analysis, situation: Situation) -> dict[str, dict[str, str]]:
        told: dict[str, dict[str, str]] = {}
        slots = situation.pack.slots
        for mention in analysis.mentions:
            if mention.clause.asks or mention.negated or not mention.things:
                continue
            for thing in mention.things:
                for slot in self._match_slots(mention, situation):
                    row = situation.knowledge.get(thing, slot)
                    if row is None or slots[slot].booking:
                        continue
                    single = Mention(**{**mention.__dict__, "things": (thing,), "slot": slot})
                    true = (
                        is_told(single, analysis, situation)
                        if mention.number is not None and row.number is not None
                        else row.value == mention.value
                    )
                    if true and (mention.number is None or self._is_own(mention, row.number)):
                        told.setdefault(thing, {})[slot] = row.value
                        break
        for thing, value in read_stock(analysis, situation).items():
            told.setdefault(thing, {})[situation.pack.stock_slot or ""] = value
        return told

    @staticmethod
    def _is_own(mention: Mention, number: float | None) -> bool:
        return number is not None and mention.number is not None and abs(number - mention.number) <= 0.06 * abs(number)

    @staticmethod
    def _match_slots(mention: Mention, situation: Situation) -> tuple[str, ...]:
        if mention.number is None:
            return (mention.slot,) if mention.slot else ()
        if mention.slot:
            return share_unit(situation.pack, mention.slot)
        price = situation.pack.price_slot
        return (price,) if price and mention.number >= 20 else ()

    def _read_requests(self, analysis: Analysis, situation: Situation) -> tuple[str, ...]:
        slots = situation.pack.slots
        found: dict[str, None] = {}
        for clause in analysis.clauses:
            if not clause.asks:
                continue
            asked = self.reader.find_asks(analysis.bare[clause.start : clause.end])
            found |= dict.fromkeys(slot for slot in asked if slot != situation.pack.entity_slot)
            words = analysis.bare[clause.start : clause.end]
            found |= dict.fromkeys(
                slot for slot, cue in CUES.items() if slot in slots and re.search(cue, words, re.IGNORECASE)
            )
            if situation.role == "user" or not asked:
                found |= dict.fromkeys(
                    mention.slot
                    for mention in analysis.mentions
                    if mention.clause is clause
                    and mention.slot
                    and mention.slot != situation.pack.price_slot
                    and not slots[mention.slot].booking
                )
        return tuple(found)

    def _read_comparison(self, analysis: Analysis, things: tuple[str, ...], situation: Situation) -> tuple[str, ...]:
        standards = [thing.name for thing in analysis.things if thing.standard]
        if len(things) >= 2:
            return things[:2]
        if standards and situation.focus and standards[0] != situation.focus:
            return (situation.focus, standards[0])
        return ()

    def _read_indifference(self, text: str, situation: Situation, inform: dict[str, str]) -> dict[str, str]:
        """Return the slots a customer has no preference of: those named or asked for, where they say so."""
        lower = text.lower()
        phrases = (
            "no preference",
            "don't mind",
            "don’t mind",
            "doesn't matter",
            "no matter",
            "don't care",
            "whatever",
            "都可以",
            "无所谓",
            "都行",
            "随便",
        )
        if not any(contains_phrase(lower, phrase) for phrase in phrases):
            return {}
        named = [slot for slot in self.reader.find_asks(text) if slot not in inform and slot in situation.pack.slots]
        return dict.fromkeys(named or [slot for slot in situation.asked if slot not in inform], DONT_CARE)
