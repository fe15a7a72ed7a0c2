"""What a planned turn is to do, in words for a strong model: act, moves, facts as they must stand, length, tone."""

from __future__ import annotations

import random
from dataclasses import dataclass

from streamdial.claims import Situation, describe_situation
from streamdial.dialogues.checks import HARMLESS
from streamdial.dialogues.recollection import describe_recalls
from streamdial.domains import DomainPack
from streamdial.phrases import join_clauses
from streamdial.phrases.naming import shorten_name
from streamdial.planning import DialogueState, Move, TurnPlan, Value, Verdict, find_directive
from streamdial.planning.sentences import clean_answer
from streamdial.prompts import render_prompt
from streamdial.records import Language, Role
from streamdial.slots import DONT_CARE, SlotReader, find_numbers, format_value, has_unread_figures
from streamdial.text import detect_language

ASKED_ACTS = ("ask", "ask_offer", "compare", "ask_hold", "ask_person", "negotiate")
"""User acts that are questions; of the agent `request`, `propose` and `follow_up` are."""
NAMING_ACTS = ("ask", "compare", "recommend", "recover", "explain_conflict", "upsell", "check_stock", "answer")
"""Acts that must name their thing where the talk was not about it before."""
STATING_ACTS = ("inform", "ask_offer", "ask", "insist", "object", "negotiate")
"""User acts that state wishes, which bound what is looked for; what is given up or booked is a value."""
TONE_ACTS = ("greet", "request", "recommend", "answer", "compare", "propose", "hand_over", "recover")
"""Agent acts that real lines are shown for; those of others carry promises of their own."""
LENGTHS: dict[Language, dict[Role, tuple[tuple[int, int], ...]]] = {
    "en": {
        "user": ((1, 4), (3, 8), (6, 13), (11, 20)),
        "agent": ((4, 9), (8, 16), (14, 26), (22, 38)),
    },
    "zh": {
        "user": ((2, 6), (5, 12), (10, 20), (16, 30)),
        "agent": ((6, 14), (12, 24), (20, 38), (32, 55)),
    },
}
"""Least and most words (zh: characters) of very short, short, middling and long turns."""
WEIGHTS: dict[Role, tuple[float, ...]] = {"user": (0.25, 0.4, 0.25, 0.1), "agent": (0.15, 0.4, 0.3, 0.15)}
"""How often a turn is of each length, where what it has to say leaves that open."""
MAX_LINES = 2
"""Real lines shown for one turn."""


@dataclass(frozen=True)
class TurnBrief:
    """A planned turn as a strong model is told it.

    Attributes:
        number: Number of the turn in the dialogue, from 0.
        plan: The plan.
        text: What it does, with the facts that must stand in it, its length and real lines.
        names: Names of things that must stand in it.
        leads: A real sentence of the account that code puts before the model's words.
        follows: One that it adds behind them.
        values: The values that must stand in it, as they are written.
        situation: What both sides know before it.
    """

    number: int
    plan: TurnPlan
    text: str
    names: tuple[str, ...]
    leads: str
    follows: str
    values: tuple[str, ...]
    situation: Situation

    @property
    def fixed(self) -> str:
        """Words that stand already, where nothing is asked of the model."""
        return find_fixed(self.plan)

    @property
    def language(self) -> Language:
        """Language of the dialogue."""
        return self.situation.language

    def join(self, text: str) -> str:
        """Return the whole turn: the model's words, and the account's own before and behind them."""
        if not (self.leads or self.follows):
            return text
        return join_clauses([self.leads, text, self.follows], self.language, self.names)


def find_fixed(plan: TurnPlan) -> str:
    """Return what is said as it is, with nothing to word: an account's answer, a viewer's question; else empty."""
    if plan.act == "silence":
        return "…"
    return plan.answer or (plan.own_words if plan.key == "open" else "")


def write_brief(plan: TurnPlan, state: DialogueState, reader: SlotReader) -> TurnBrief:
    """Return what a turn is to do, from its plan and the dialogue before it.

    Real answers of the account and questions that no slot holds are said as they are: nothing could be read back.
    """
    pack, language = state.pack, state.language
    statements = [move for move in plan.moves if move.text]
    left_to_them = {slot for move in statements for slot in move.tells}
    leads, follows = (
        join_clauses(
            [shorten_name(move.text, plan.entity, language) for move in statements if move.kind == kind], language
        )
        for kind in ("react", "bridge")
    )
    names = _list_names(plan, state)
    facts = _list_facts(plan.inform, pack, language, bounds=plan.act in STATING_ACTS)
    facts += _list_facts(plan.tell, pack, language, without=left_to_them)
    rng = random.Random(f"{state.seed}/length/{len(state.turns)}")
    text = render_prompt(
        "guided_line",
        language,
        role=plan.role,
        key=plan.key or plan.act,
        act=plan.act,
        thing=plan.entity,
        other=plan.other,
        slots=[pack.slots[slot].names[language] for slot in plan.request or plan.inform if slot in pack.slots],
        when=" ".join(plan.when.values()),
        hours=" - ".join(plan.gaps[name] for name in ("open", "close") if name in plan.gaps),
        before=[_describe_move(move, state) for move in plan.moves if move.kind == "react" and not move.text],
        after=[_describe_move(move, state) for move in plan.moves if move.kind == "bridge" and not move.text],
        **_describe_verdict(plan.verdict, pack, language),
        asks=is_question(plan),
        note=directive.note if (directive := find_directive(state, plan.role, plan)) else "",
        names=names,
        facts=facts,
        others=_list_facts(plan.tell_other, pack, language),
        own=plan.own_words if state.user.language == language else "",
        lines=list_real_lines(plan, state, reader),
        leads=leads,
        follows=follows,
        length=draw_length(plan, language, rng),
    )
    written = _list_facts({**plan.inform, **plan.tell}, pack, language) + _list_facts(plan.tell_other, pack, language)
    # What was so then is no fact now, and may be said all the same.
    then = describe_recalls(tuple(move.recall for move in plan.moves if move.recall is not None), state)
    values = tuple(fact["value"] for fact in written) + tuple(told["value"] for told in then if told["slot"])
    situation = describe_situation(state, plan.role)
    return TurnBrief(len(state.turns), plan, text, names, leads, follows, values, situation)


def is_question(plan: TurnPlan) -> bool:
    """Tell whether a turn has to be a question."""
    if plan.role == "user":
        return plan.act in ASKED_ACTS
    return plan.act in ("request", "propose", "follow_up", "explain_conflict")


def draw_length(plan: TurnPlan, language: Language, rng: random.Random) -> tuple[int, int]:
    """Return the least and the most words of a turn: drawn, and no less than what it has to say needs."""
    lengths = LENGTHS[language][plan.role]
    weight = len(plan.values) + len(plan.tell_other) + sum(not move.text for move in plan.moves)
    # A question alone may be short; one that something stands beside needs its own words.
    weight += bool(weight and is_question(plan))
    drawn = rng.choices(range(len(lengths)), WEIGHTS[plan.role])[0]
    # A turn with little to say is not stretched, one with much is not squeezed. A customer may say a word of their own;
    # an expert who fills up a single fact makes something up.
    most = weight + 1 if plan.role == "user" else max(weight, 1)
    return lengths[max(min(drawn, most), min((weight + 1) // 2, len(lengths) - 1))]


def list_real_lines(plan: TurnPlan, state: DialogueState, reader: SlotReader) -> list[str]:
    """Return how this expert worded the same act in the same situation: the real answer, and the scenario's line.

    Only corrected speech, and only lines without a name, a figure or a value that the turn does not have.
    """
    last = state.last
    if plan.role != "agent" or last is None or plan.answer or plan.act not in TONE_ACTS:
        return []
    # A line of a seed dialogue (`dialogue#turn`) is about another shop; what a crowd was told is cut to one person.
    found = [
        clean_answer(scenario.wording, state.language)
        for scenario in state.runner.find_scenarios(last.act, last.request)
        if scenario.act == plan.act and not any("#" in source for source in scenario.evidence)
    ]
    if mined := state.answers.find(last.evidence, plan.entity):
        found.insert(0, mined.text)
    allowed = {number.value for value, _ in plan.values.values() for number in find_numbers(value)}
    values = {(slot, value) for slot, (value, _) in plan.values.items()}

    def fits(line: str) -> bool:
        if not line or detect_language(line) != state.language:
            return False
        # A small number in words is an idiom: "a calm one".
        figures = (number for number in find_numbers(line) if line[number.start].isdigit() or number.value > HARMLESS)
        if has_unread_figures(line) or any(number.value not in allowed for number in figures):
            return False
        if any(name not in (plan.entity, plan.other) for name in reader.find_entities(line)):
            return False
        said = [mention for mention in reader.find_values(line) if mention.slot != state.pack.entity_slot]
        return all((mention.slot, mention.value) in values for mention in said)

    return [line for line in dict.fromkeys(found) if fits(line)][:MAX_LINES]


def _list_names(plan: TurnPlan, state: DialogueState) -> tuple[str, ...]:
    news = plan.entity and plan.entity != state.focus and (plan.act in NAMING_ACTS or plan.tell)
    # Of two things both are named: "it" would be either.
    first = plan.entity if plan.entity and (news or plan.tell_other or plan.other) else ""
    return tuple(filter(None, (first, plan.other)))


def _list_facts(
    values: dict[str, Value],
    pack: DomainPack,
    language: Language,
    *,
    without: set[str] | frozenset[str] = frozenset(),
    bounds: bool = False,
) -> list[dict[str, str]]:
    """Return values as they must stand in a turn; of a wish, with the way it bounds the attribute."""
    return [
        {
            "name": pack.slots[slot].names[language],
            "value": format_value(pack, slot, value, language, unit),
            "bound": (pack.slots[slot].constraint or "").replace("equal", "") if bounds else "",
        }
        for slot, (value, unit) in values.items()
        if value != DONT_CARE and slot not in without
    ]


def _describe_move(move: Move, state: DialogueState) -> dict[str, str]:
    texts = _describe_verdict(move.verdict, state.pack, state.language)
    if move.need is not None:
        slot, value = move.need
        texts["wish"] = format_value(state.pack, slot, value, state.language)
    if move.recall is None:
        return {"key": move.key, "thing": "", "slot": "", "now": "", "reason": "", **texts}
    (told,) = describe_recalls((move.recall,), state)
    reason = told["value"] if not told["slot"] else ""
    return {"key": move.key, **told, "wish": texts.get("wish", ""), "reason": reason}


def _describe_verdict(verdict: Verdict | None, pack: DomainPack, language: Language) -> dict[str, str]:
    if verdict is None or verdict.slot not in pack.slots:
        return {"value": "", "wish": ""}
    texts = {"value": verdict.value, "wish": verdict.wish}
    return {
        name: format_value(pack, verdict.slot, text, language, verdict.unit) if text else ""
        for name, text in texts.items()
    }
