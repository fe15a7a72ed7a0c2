"""Who talks about what, in words for the prompts of the mode `guided`: wishes, background, voice, knowledge, causes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from streamdial.claims import Fault
from streamdial.dialogues.backgrounds import describe_manner, draw_background
from streamdial.dialogues.recollection import join_parts, write_memory
from streamdial.dialogues.turn_briefs import TurnBrief
from streamdial.domains import DomainPack
from streamdial.personas import Knowledge
from streamdial.planning import DialogueState, TurnPlan
from streamdial.planning.sentences import clean_answer
from streamdial.prompts import render_prompt
from streamdial.records import Language, Role, UserPersona
from streamdial.slots import find_numbers, format_value, has_unread_figures

SHOWN_LINES = 3
"""Lines of the persona or account shown for their manner."""
CAUSES = ("object", "negotiate", "revise", "insist", "ask_offer", "leave")
"""User acts whose verdict is a step of the storyline."""


def describe_wishes(user: UserPersona, pack: DomainPack, language: Language) -> list[dict[str, Any]]:
    """Return the persona's wishes with their direction; days and hours are said where they are fixed."""
    return [
        {
            "name": pack.slots[wish.slot].names[language],
            "bound": pack.slots[wish.slot].constraint or "",
            "value": format_value(pack, wish.slot, wish.value, language),
            "hardness": wish.hardness,
            "earlier": [format_value(pack, wish.slot, earlier.text, language) for earlier in wish.changed_from],
        }
        for wish in user.constraints
        if wish.slot in pack.slots and not pack.slots[wish.slot].booking
    ]


def list_user_lines(user: UserPersona) -> list[str]:
    """Return lines the customer really wrote, for their manner."""
    return list(user.style.sample_lines[:SHOWN_LINES])


def list_agent_lines(state: DialogueState) -> list[str]:
    """Return lines the account really said, for its voice: to one person, and no facts about things."""
    names = [name.lower() for name in state.knowledge.entities]
    lines = (clean_answer(line, state.language) for line in state.agent.style.sample_lines)
    fit = [line for line in lines if line and not find_numbers(line) and not has_unread_figures(line)]
    return [line for line in fit if not any(name in line.lower() for name in names)][:SHOWN_LINES]


def list_later(plan: TurnPlan, state: DialogueState) -> list[str]:
    """Return the names of the wishes the customer has, but does not say in this turn: they stand in the prompt."""
    if plan.role != "user":
        return []
    slots = state.pack.slots
    held = [wish.slot for wish in state.wishes if wish.slot in slots and not slots[wish.slot].booking]
    left = [slot for slot in held if slot not in state.informed and slot not in plan.inform]
    return [slots[slot].names[state.language] for slot in left if slot not in plan.request]


def describe_knowledge(
    knowledge: Knowledge, entities: Iterable[str], language: Language, slots: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Return what is known of some things, slots in the order of the pack and each fact once.

    What is the same for all of several things stands once, under the empty name, and what holds for everything is left
    out where each of the things has a value of its own.

    Args:
        knowledge: The knowledge base.
        entities: The things.
        language: Language of the names and values.
        slots: Attributes that are listed; all by default.
    """
    pack, wanted = knowledge.pack, set(entities)
    names = [name for name in sorted(knowledge.entities) if name in wanted]
    known: dict[str, dict[str, str]] = {name: {} for name in ("", *names)}
    for row in knowledge.rows:
        if row.entity in known and row.slot in pack.slots and (slots is None or row.slot in slots):
            known[row.entity][row.slot] = format_value(pack, row.slot, row.value, language, row.unit)
    for slot in pack.slots:
        values = [known[name].get(slot) for name in names]
        if len(set(values)) == 1 and len(names) > 1 and values[0] is not None:
            known[""][slot] = values[0]
            for name in names:
                del known[name][slot]
        elif values and None not in values:
            known[""].pop(slot, None)
    return {
        name: [f"{pack.slots[slot].names[language]} {facts[slot]}" for slot in pack.slots if slot in facts]
        for name, facts in known.items()
        if facts
    }


def describe_causes(briefs: Sequence[TurnBrief], pack: DomainPack, language: Language) -> list[dict[str, str]]:
    """Return the steps of a storyline that have a cause in what a thing is worth to the customer, each once."""
    causes = []
    for brief in briefs:
        plan, verdict = brief.plan, brief.plan.verdict
        if plan.role != "user" or verdict is None or plan.act not in CAUSES:
            continue
        write = {"value": verdict.value, "wish": verdict.wish}
        texts = {
            name: format_value(pack, verdict.slot, text, language, verdict.unit) if text else ""
            for name, text in write.items()
        }
        names = {"thing": verdict.entity, "slot": pack.slots[verdict.slot].names[language] if verdict.slot else ""}
        causes.append({"kind": verdict.kind, "act": plan.act, **names, **texts})
    return causes


def write_side(role: Role, state: DialogueState) -> str:
    """Return the part of the prompt that never changes where a side is worded turn by turn."""
    pack, language, memory = state.pack, state.language, write_memory(state)
    if role == "agent":
        prompt = render_prompt(
            "guided_agent",
            language,
            domain=pack.names[language],
            identity=state.agent.identity.text,
            lines=list_agent_lines(state),
        )
        return join_parts(prompt, memory)
    prompt = render_prompt(
        "guided_user",
        language,
        domain=pack.names[language],
        wishes=describe_wishes(state.user, pack, language),
        background=draw_background(state.user, pack, language, state.seed),
        lines=list_user_lines(state.user),
        manner=describe_manner(state.user, language),
    )
    return join_parts(prompt, memory)


def write_fault(fault: Fault, language: Language) -> str:
    """Return why a worded turn was refused, as whoever has to word it again is told."""
    return render_prompt("guided_fault", language, reason=fault.check, why=fault.tell(language))


def write_dialogue(briefs: Sequence[TurnBrief], state: DialogueState) -> str:
    """Return the prompt of a whole talk: storyline, who talks, what is known, and the turns.

    Args:
        briefs: The turns.
        state: The dialogue before the first of them.
    """
    pack, language = state.pack, state.language
    named = [name for d in briefs for name in (d.plan.entity, d.plan.other) if name]
    plans = [d.plan for d in briefs]
    spoken_of = {slot for plan in plans for slot in (*plan.values, *plan.tell_other, *plan.request)}
    roles = {"en": {"user": "customer", "agent": "adviser"}, "zh": {"user": "顾客", "agent": "顾问"}}[language]
    prompt = render_prompt(
        "guided_dialogue",
        language,
        outcome=state.storyline.outcome if state.storyline else state.runner.path.outcome,
        causes=describe_causes(briefs, pack, language),
        wishes=describe_wishes(state.user, pack, language),
        conflicts=[conflict.text for conflict in state.user.conflicts],
        background=draw_background(state.user, pack, language, state.seed),
        user_lines=list_user_lines(state.user),
        manner=describe_manner(state.user, language),
        identity=state.agent.identity.text,
        agent_lines=list_agent_lines(state),
        knowledge=describe_knowledge(state.knowledge, named, language, spoken_of),
        history=[{"role": roles[turn.role], "text": turn.utterance} for turn in state.turns],
        turns=[{"number": d.number + 1, "role": d.plan.role, "fixed": d.fixed, "text": d.text} for d in briefs],
    )
    return join_parts(write_memory(state), prompt)
