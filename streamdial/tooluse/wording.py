"""From acts to words: the inventory of phrases, and sentences of this package for acts that tools alone bring about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from streamdial.dialogues import TurnPlan
from streamdial.dialogues.checks import find_misstep
from streamdial.dialogues.phrasing import Phraser
from streamdial.dialogues.templates import fill_sentence
from streamdial.domains import DomainPack
from streamdial.environment.hours import write_hour
from streamdial.environment.schema import DomainSchema
from streamdial.phrases import Phrase, join_clauses, join_predicates, name_possessive, name_thing
from streamdial.phrases.inventory import deal
from streamdial.phrases.naming import write_name
from streamdial.planning import Move
from streamdial.records import Language, Realisation, Role
from streamdial.slots import DONT_CARE, SlotReader, format_booking, format_value, join_phrases
from streamdial.text import fold_text, set_chinese_punctuation
from streamdial.tooluse.claims import find_false_day, find_false_success, find_lacks, says_value
from streamdial.tooluse.dialogue_view import DialogueView
from streamdial.tooluse.phrase_keys import name_key
from streamdial.tooluse.records import Act, ToolTurn
from streamdial.tooluse.words import load_tool_inventory

if TYPE_CHECKING:
    from streamdial.planning import DialogueState

ATTEMPTS = 12
"""Wordings of an act that are tried; from the sixth on `Phraser` leaves reaction and bridge away."""
_NUMBER = re.compile(r"[A-Z]?\d+(?:[.,:]\d+)*")
LINKS = ("again", "another", "next", "decided", "undecided")
"""What a user says before an act that leads over to it: behind the reaction to what was told, not before it."""
TEMPLATES_FROM = 2
"""From this attempt on a sentence of the pack stands in where the inventory has no phrase."""


class Worded(NamedTuple):
    """The words of a turn.

    Attributes:
        text: The words.
        realisation: How they came about; of several sentences the first that is no template.
        evidence: Ids of the signals and seed turns they were taken from.
    """

    text: str
    realisation: Realisation = "template"
    evidence: tuple[str, ...] = ()


class Wording(Protocol):
    """Turns what user or agent have decided to do into words."""

    async def word(
        self,
        role: Role,
        acts: Sequence[Act],
        turns: Sequence[ToolTurn],
        *,
        prefixes: Sequence[str] = (),
        moves: Sequence[Move] = (),
    ) -> Worded:
        """Return the words of a turn that does these acts.

        Args:
            role: Who speaks.
            acts: What the turn does, in order.
            turns: The dialogue so far.
            prefixes: Keys of what is said before: `thanks`, `next`, `hurry`.
            moves: How the speaker takes what was just said, and what the turn's facts mean to the other.
        """
        ...


class PhraseWording:
    """Words acts out of the inventory of phrases, without a model.

    Args:
        schema: Gives the units of the values, and the opening hours.
        pack: The domain pack.
        number: Number of the dialogue in its run: the wordings of a run are dealt out by it.
        reader: Reads the agent's words back: a phrase that lacks a fact or claims more than the acts is passed over.
    """

    def __init__(
        self, schema: DomainSchema, pack: DomainPack, *, number: int = 0, reader: SlotReader | None = None
    ) -> None:
        self.schema = schema
        self.pack = pack
        self.language: Language = schema.language
        self.number = number
        self._reader = reader
        self._inventory = load_tool_inventory(pack, schema.language)
        self._phraser = Phraser(self._inventory, pack, schema.language)
        self._packed = pack.templates[schema.language]
        self._units = {column.name: column.unit for column in (*schema.columns, *schema.booking)}

    async def word(
        self,
        role: Role,
        acts: Sequence[Act],
        turns: Sequence[ToolTurn],
        *,
        prefixes: Sequence[str] = (),
        moves: Sequence[Move] = (),
    ) -> Worded:
        """Return the words of a turn, see `Wording.word`."""
        view = DialogueView(turns, f"{self.number}", self.number)
        before, link = self.word_prefixes(role, prefixes, moves, view)
        parts = [before]
        for place, act in enumerate(acts):
            own = select_moves(moves, place, count_told(acts))
            parts.append(self.word_act(role, act, view, moves=own, beside=acts, link="" if place else link))
        return Worded(self.join(parts))

    def word_prefixes(
        self, role: Role, prefixes: Sequence[str], moves: Sequence[Move], view: DialogueView
    ) -> tuple[str, str]:
        """Return what is said before a turn, and what leads over from its reaction to its first act."""
        reacts = any(move.kind == "react" for move in moves)
        links = [key for key in prefixes if reacts and key in LINKS]
        first = [self.word_key(role, key, view) for key in prefixes if key not in links]
        return self.join(first), self.join([self.word_key(role, key, view) for key in links])

    def join(self, sentences: Sequence[str]) -> str:
        """Return sentences as one turn, as the language writes it."""
        text = join_clauses([sentence for sentence in sentences if sentence], self.language)
        return set_chinese_punctuation(text) if self.language == "zh" else text

    def word_key(self, role: Role, key: str, view: DialogueView) -> str:
        """Return a phrase of a key, one that was not said yet where there is one; empty without any."""
        return self._pick(role, key, view, 0, {})

    def word_act(
        self,
        role: Role,
        act: Act,
        view: DialogueView | None = None,
        *,
        moves: Sequence[Move] = (),
        beside: Sequence[Act] = (),
        line: str = "",
        link: str = "",
    ) -> str:
        """Return the words of one act.

        Args:
            role: Who speaks.
            act: What is done.
            view: The dialogue so far.
            moves: Reaction before it and bridge behind it.
            beside: All acts of the turn.
            line: A real line that says the act; moves are put around it.
            link: What leads over from the reaction to the act.
        """
        view = view or DialogueView((), "", self.number)
        plan = self.build_plan(role, act, moves)
        beside = beside or (act,)
        kept = first = ""
        for attempt in range(ATTEMPTS):
            core = self._compose(role, act, plan, view, attempt, beside, line, link)
            if not core and attempt >= TEMPLATES_FROM:
                line = self._fill_template(role, act, plan, view)
                tried = attempt - TEMPLATES_FROM
                core = self._compose(role, act, plan, view, tried, beside, line, link) if line else ""
            if not core:
                continue
            text = self._complete(role, act, core, view, attempt)
            first = first or text
            if not self._holds(role, text, act, beside):
                continue
            kept = kept or text
            if not self._is_said(core, view):
                return text
        packed = "" if kept else self._fill_template(role, act, plan, view)
        return kept or (self._complete(role, act, packed, view, 0) if packed else first)

    def build_plan(self, role: Role, act: Act, moves: Sequence[Move] = ()) -> TurnPlan:
        """Return an act as the plan of a turn of its own: what its words must state, with units."""
        name = act.act
        if role == "user" and name == "inform" and act.inform and set(act.inform.values()) == {DONT_CARE}:
            name = "no_preference"
        return TurnPlan(
            role=role,
            act=name,
            stage="",
            entity=act.entity,
            other=act.other,
            inform=self._add_units(act.inform),
            request=act.request,
            tell=self._add_units(act.tell),
            tell_other=self._add_units(act.tell_other),
            moves=tuple(moves),
        )

    def write_need(self, slot: str, value: str) -> str:
        """Return a wish, or a detail of a booking, as a noun phrase."""
        texts = {"value": self._write(slot, value)}
        if self.pack.slots[slot].booking:
            return texts["value"]
        listed = self._inventory.list_slot(slot, "need", value)
        return listed[0].fill(texts) if listed else self._write_by_pack(slot, texts["value"], need=True)

    # One act

    def _compose(
        self,
        role: Role,
        act: Act,
        plan: TurnPlan,
        view: DialogueView,
        attempt: int,
        beside: Sequence[Act],
        line: str,
        link: str,
    ) -> str:
        core = line or self._word_own(role, act, view, attempt, beside, plan.moves)
        # What `Phraser` reads of a state `DialogueView` has, too.
        state = cast("DialogueState", view)
        if link:
            bare = (core,) if core else self._phraser.word(replace(plan, moves=()), state, attempt)
            core = self.join([link, bare[0]]) if bare else ""
        worded = self._phraser.word(plan, state, attempt, act=core)
        return worded[0] if worded is not None else ""

    def _complete(self, role: Role, act: Act, text: str, view: DialogueView, attempt: int) -> str:
        """Return the words of an act with what was said by mistake before them, and the number behind."""
        if act.slip:
            wrong = join_phrases((self._write(slot, value) for slot, value in act.slip.items()), self.language)
            text = self._pick("user", "slip", view, attempt, {"wrong": wrong}) + text
        if act.reference and role == "agent" and act.act not in ("confirm_cancel", "ask_cancel"):
            number = self._pick("agent", "reference", view, attempt, {"reference": act.reference})
            text = self.join([text, number])
        return text

    def _word_own(
        self,
        role: Role,
        act: Act,
        view: DialogueView,
        attempt: int,
        beside: Sequence[Act],
        moves: Sequence[Move],
    ) -> str:
        """Return the words of an act that tools alone bring about, or that has its own words here; else nothing."""
        if role == "user" and act.slip and act.act == "inform":
            # Who has just put a day right says no more than the right one.
            when, party = format_booking(self.pack, act.inform, self.language, self._units)
            return join_phrases(filter(None, (when, party)), self.language) + ("。" if self.language == "zh" else ".")
        key = name_key(role, act, view, beside, self.pack, self.schema, moves)
        return self._pick(role, key, view, attempt, self._write_gaps(act, view)) if key else ""

    def _write_gaps(self, act: Act, view: DialogueView) -> dict[str, str]:
        in_focus = bool(act.entity) and act.entity == view.focus
        rng = Random(f"{view.seed}/{len(view.turns)}/it")
        name = act.entity or view.focus
        values = {**act.inform, **act.tell}
        settled = {slot: value for slot, value in values.items() if value != DONT_CARE}
        when, party = format_booking(self.pack, settled, self.language, self._units)
        schema, inventory = self.schema, self._inventory
        texts = {
            "day": values.get(schema.day, ""),
            "when": when,
            "party": party,
            "reference": act.reference,
            "needs": self._write_needs(act.inform),
            "facts": join_predicates(
                [self._write_fact(slot, value) for slot, value in act.tell.items()], self.language
            ),
            "slots": join_phrases((self.pack.slots[slot].names[self.language] for slot in act.request), self.language),
            "it": name_thing(name, in_focus=in_focus or not act.entity, inventory=inventory, rng=rng),
            "its": name_possessive(name, in_focus=in_focus or not act.entity, inventory=inventory),
            "entity": act.entity,
            "other": write_name(act.other, self.language),
        }
        if schema.opens is not None and schema.closes is not None:
            texts |= {
                "open": write_hour(schema.opens, self.language),
                "close": write_hour(schema.closes, self.language),
            }
        return texts

    def _write_needs(self, inform: Mapping[str, str]) -> str:
        needs = [self.write_need(slot, value) for slot, value in inform.items()]
        if self.language == "zh" and all(self.pack.slots[slot].booking for slot in inform):
            return "，".join(needs)  # 周二，1晚
        return join_phrases(needs, self.language)

    def _pick(self, role: Role, key: str, view: DialogueView, attempt: int, texts: Mapping[str, str]) -> str:
        listed = [
            phrase
            for phrase in self._inventory.list_moves(role, key)
            if phrase.gaps <= set(texts)
            and all(texts[gap] or gap in ("it", "its") for gap in phrase.gaps)
            and (view.find_ending() == "success" if "booked" in phrase.needs else not phrase.needs)
        ]
        place = len(view.turns) // 2 + attempt
        filled = [phrase.fill(texts) for phrase in deal(listed, f"{role}.{key}", self.number, place)]
        return next((text for text in filled if not self._is_said(text, view)), next(iter(filled), ""))

    def _is_said(self, text: str, view: DialogueView) -> bool:
        """Tell whether words were said before, in the same form with other days and numbers."""
        form = self._strip(text)
        return any(form in self._strip(earlier) for earlier in view.said)

    def _strip(self, text: str) -> str:
        for day in (*self.schema.days, *self.schema.closed):
            text = text.replace(day, "#")
        return _NUMBER.sub("#", text).strip(" .。，,")

    # Checks, values, and the sentences of the packs

    def _holds(self, role: Role, text: str, act: Act, beside: Sequence[Act]) -> bool:
        """Tell whether words say what an act does, in its role, and an agent's nothing that no act of the turn does."""
        if self._reader is None:
            return True
        folded = fold_text(text)
        if find_misstep(role, folded, self.language, self._reader.entities, ()):
            return False
        if role == "user":
            stated = [(slot, value) for slot, value in act.inform.items() if value != DONT_CARE]
            return all(says_value(folded, slot, value, self._reader, self._units.get(slot)) for slot, value in stated)
        if find_lacks(folded, act, self._reader) or find_false_success(folded, beside, self._reader):
            return False
        return not find_false_day(folded, beside)

    def _fill_template(self, role: Role, act: Act, plan: TurnPlan, view: DialogueView) -> str:
        """Return a sentence of the pack, for verticals whose inventory lacks a move; one not said yet, if it can."""
        name = plan.act
        bare = () if act.inform or act.tell else self._packed.get(role, f"{name}_bare")
        sentences = [Phrase(sentence) for sentence in bare or self._packed.get(role, name)]
        dealt = deal(sentences, f"{role}.{name}", self.number, len(view.turns) // 2)
        filled = [fill_sentence(phrase.text, plan, self.pack, self.language) for phrase in dealt]
        fresh = [text for text in filled if not self._is_said(text, view)]
        return next(iter(fresh or filled), "")

    def _write(self, slot: str, value: str) -> str:
        return format_value(self.pack, slot, value, self.language, self._units.get(slot))

    def _write_fact(self, slot: str, value: str) -> str:
        texts = {"value": self._write(slot, value)}
        if self.pack.slots[slot].booking:
            return texts["value"]
        listed = deal(self._inventory.list_slot(slot, "predicate", value), f"{slot}.predicate", self.number, 0)
        if listed:
            return listed[0].fill(texts)
        noun = self._write_by_pack(slot, texts["value"], need=False)
        return noun if self.language == "zh" else f"has {noun}"  # as `PhrasePicker.write_fact`

    def _write_by_pack(self, slot: str, text: str, *, need: bool) -> str:
        known = self.pack.slots[slot]
        phrase = (known.need if need else known.fact).get(self.language)
        return phrase.replace("{value}", text) if phrase else f"{known.names[self.language]} {text}"

    def _add_units(self, values: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
        return {slot: (value, self._units.get(slot)) for slot, value in values.items()}


def select_moves(moves: Sequence[Move], place: int, count: int) -> tuple[Move, ...]:
    """Return the moves of one act of a turn: reactions stand before the first, bridges behind the last.

    Args:
        moves: Those of the turn.
        place: Place of the act in the turn.
        count: How many acts there are, without a question for anything else.
    """
    return tuple(
        move for move in moves if (move.kind == "react" and place == 0) or (move.kind != "react" and place == count - 1)
    )


def count_told(acts: Sequence[Act]) -> int:
    """Return how many acts a turn has before it asks whether there is anything else."""
    return sum(act.act != "anything_else" for act in acts) or len(acts)
