"""Picks the phrases of a turn: those whose gaps can be filled and whose conditions hold, dealt out over the run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from random import Random

from streamdial.dialogues.line_match import GREETING
from streamdial.domains import DomainPack
from streamdial.phrases import Inventory, Phrase, name_possessive, name_thing
from streamdial.phrases.cells import describe_cell, write_cell
from streamdial.phrases.inventory import deal
from streamdial.phrases.naming import write_name
from streamdial.planning import DialogueState, TurnPlan, Verdict
from streamdial.records import Language
from streamdial.slots import DONT_CARE, format_booking, format_number, format_value

_REFERS = re.compile(
    r"\byou(?:'ve)? (?:say|said|describe|asked?|told|want)|\byour (?:wish|condition)|\bgoing by|\bin that case"
    r"|您说的|您的要求|您要的|您这个情况|按您|照您|您的标准|您想要",
    re.IGNORECASE,
)
"""What refers to a wish that was stated."""

_FITS = re.compile(
    r"\b(?:suit|fits?|had in mind|right for you|good choice|asked for|you wanted|fine)\b|适合|合适|符合|正好",
    re.IGNORECASE,
)
_LEAVES_OPEN = re.compile(r"It depends|Both are|您看[哪看您]|看您|比比看|各有各")
"""What leaves the choice to the customer."""


def says_fit(text: str) -> bool:
    """Tell whether words say that a thing is what somebody wants."""
    return _FITS.search(text) is not None


def keep_decided(phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Return the phrases that can stand before a word on which one the agent would take."""
    return tuple(phrase for phrase in phrases if not _LEAVES_OPEN.search(phrase.text))


class PhrasePicker:
    """Picks phrases for one turn and writes what goes into their gaps.

    Args:
        inventory: The phrases.
        state: The dialogue so far.
        plan: What the turn says.
        attempt: Which try it is: each has other phrases.
        used: Gets the keys of the phrases that were picked.
        rng: Decides where there is a choice.
        pack: The domain pack.
    """

    def __init__(
        self,
        inventory: Inventory,
        state: DialogueState,
        plan: TurnPlan,
        attempt: int,
        used: list[str],
        rng: Random,
        pack: DomainPack,
    ) -> None:
        self._inventory = inventory
        self._state = state
        self._plan = plan
        self._attempt = attempt
        self._used = used
        self._pack = pack
        self._language: Language = inventory.language
        self.rng = rng
        self.in_focus = bool(plan.entity) and plan.entity == state.focus

    @property
    def texts(self) -> dict[str, str]:
        """Names of what the turn is about."""
        plan = self._plan
        found = {"other": write_name(plan.other, self._language)} if plan.other else {}
        if plan.entity:
            found["entity"] = write_name(plan.entity, self._language)
            found["it"] = name_thing(plan.entity, in_focus=self.in_focus, inventory=self._inventory, rng=self.rng)
            found["its"] = name_possessive(plan.entity, in_focus=self.in_focus, inventory=self._inventory)
        else:
            found |= {"it": "it", "its": "its"} if self._language == "en" else {"it": "", "its": ""}
        return found

    def pick(
        self,
        key: str,
        phrases: Sequence[Phrase],
        texts: Mapping[str, str],
        *,
        names: object = False,
        greets: bool = False,
    ) -> str:
        """Return the next phrase of a key whose gaps can be filled and whose conditions hold; empty without one.

        Args:
            key: Names the phrases.
            phrases: Those of the key.
            texts: What goes into their gaps.
            names: Whether those that name the thing come first.
            greets: Whether it may say hello though the turn has other words behind it.
        """
        filled = {gap for gap, text in texts.items() if text or gap in ("it", "its")}
        allowed = [phrase for phrase in phrases if phrase.gaps <= filled and self._holds(phrase, greets)]
        if names:
            naming = [p for p in allowed if p.gaps & {"it", "its", "entity"}]
            allowed = naming or allowed
        if not allowed:
            return ""
        place = self._state.phrases[key] + self._used.count(key) + self._attempt
        phrase = deal(allowed, key, self._state.number, place)[0]
        self._used.append(key)
        return phrase.fill(texts)

    def _holds(self, phrase: Phrase, greets: bool) -> bool:
        state, needs = self._state, phrase.needs
        middle = (len(state.turns) > 1 or self._used) and self._plan.act != "greet" and not greets
        if middle and GREETING.match(phrase.text):
            return False  # nobody says hello in the middle
        if self._plan.role == "agent" and not state.stated_wishes and _REFERS.search(phrase.text):
            return False  # nothing was said that it could refer to
        return needs <= self._facts and phrase.promises <= self._licensed

    @cached_property
    def _facts(self) -> frozenset[str]:
        """The conditions that hold before the turn; `needs` of a phrase."""
        state, price = self._state, self._pack.price_slot
        facts = {
            "price_told": any(slot == price for _, slot in state.told),
            "second_thing": len({entity for entity, _ in state.told}) > 1,
            "booked": state.has_spoken("agent", "confirm") > 0,
            "many_wishes": len(state.stated_wishes) > 1,
            "asked_much": state.has_spoken("user", "ask") > 2,
            "bare": not any(move.kind == "react" for move in self._plan.moves),
            "first": not any(turn.role == self._plan.role for turn in state.turns),
        }
        return frozenset(name for name, holds in facts.items() if holds)

    @cached_property
    def _licensed(self) -> frozenset[str]:
        """What may be promised; `promises` of a phrase."""
        state = self._state
        licensed = {
            "callback": self._plan.act in ("hand_over",) or state.has_spoken("agent", "hand_over") > 0,
            "check": self._plan.act == "hand_over",
            "keep": self._plan.act == "hold" or state.has_spoken("agent", "hold") > 0,
        }
        return frozenset(name for name, holds in licensed.items() if holds)

    def is_stated(self, slot: str) -> bool:
        """Tell whether the user has said, or says in this turn, what they wish of a slot."""
        return slot in self._state.stated_wishes or slot in self._plan.inform

    @property
    def inventory(self) -> Inventory:
        """The phrases."""
        return self._inventory

    @property
    def focus(self) -> str:
        """What the dialogue is about before the turn."""
        return self._state.focus

    def find_unit(self, entity: str, slot: str) -> str | None:
        """Return the unit a slot of a thing is told in."""
        row = self._state.knowledge.get(entity, slot)
        return row.unit if row is not None else None

    def write(self, slot: str, value: str, unit: str | None = None) -> str:
        """Return a value as it stands in a sentence."""
        if self._pack.slots[slot].type == "text":
            return write_cell(value, self._language)
        if unit is None and self._pack.slots[slot].type == "money":
            # A budget is meant in the money the account sells for, whatever language it is said in.
            unit = self._state.find_currency(slot)
        return format_value(self._pack, slot, value, self._language, unit)

    def describe(self, slot: str, value: str) -> str:
        """Return a cell of a page that rates or counts as a predicate; empty for any other."""
        return describe_cell(value, self._language, self.rng) if self._pack.slots[slot].type == "text" else ""

    def vary(self, predicates: Sequence[Phrase], said: Sequence[str], count: int) -> Sequence[Phrase]:
        """Return the predicates that go with others: "is fully electric and is a hatchback", never two of "is a".

        Those that begin as one said before does come last: "has 7 seats and costs", not "and has".

        Args:
            predicates: Those of a slot and value.
            said: Predicates before it.
            count: How many there will be.
        """
        if count < 2 or self._language == "zh":
            return predicates
        plain = [phrase for phrase in predicates if not phrase.text.startswith(("is a ", "is an ", "is one "))]
        predicates = plain or predicates
        verbs = {text.split()[0] for text in said}
        return [phrase for phrase in predicates if phrase.text.split()[0] not in verbs] or predicates

    def write_need(self, slot: str, value: str) -> str:
        """Return a wish as a noun phrase."""
        texts = {"value": self.write(slot, value)}
        listed = self._inventory.list_slot(slot, "need", value)
        return self.pick(f"{slot}.need", listed, texts) or self._write_by_pack(slot, texts["value"], need=True)

    def write_fact(self, slot: str, value: str, unit: str | None) -> str:
        """Return a fact as a predicate made of the pack's noun phrase."""
        noun = self._write_by_pack(slot, self.write(slot, value, unit), need=False)
        return noun if self._language == "zh" else f"has {noun}"

    def _write_by_pack(self, slot: str, text: str, *, need: bool) -> str:
        schema = self._pack.slots[slot]
        phrase = (schema.need if need else schema.fact).get(self._language)
        if phrase is None:
            phrase = f"{schema.names[self._language]}{': ' if self._language == 'en' else '：'}{{value}}"
        return Phrase(phrase).fill({"value": text})

    def write_verdict(self, verdict: Verdict | None) -> dict[str, str]:
        """Return the texts of a verdict: the fact, the wish, and how far they are apart."""
        if verdict is None or not verdict.slot:
            return {}
        texts = {"value": self.write(verdict.slot, verdict.value, verdict.unit)} if verdict.value else {}
        if verdict.wish and verdict.wish != DONT_CARE:
            texts["wish"] = self.write(verdict.slot, verdict.wish, verdict.unit)
        if verdict.gap:
            texts["gap"] = self.write(verdict.slot, format_number(round(verdict.gap, 2)), verdict.unit)
        return texts

    def write_booking(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return (day and hour, number of people or nights) of a booking as they stand in a sentence."""
        return format_booking(self._pack, values, self._language)
