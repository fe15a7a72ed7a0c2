"""What a strong model that decides for itself is told: who it is, what it may do now, what can be booked, the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from streamdial.blueprints import USER_ACTS, Advice
from streamdial.claims import list_promises
from streamdial.dialogues.backgrounds import describe_manner, draw_background
from streamdial.dialogues.direct_labels import AGENT_ACTS
from streamdial.dialogues.guided_prompts import (
    describe_knowledge,
    describe_wishes,
    list_agent_lines,
    list_user_lines,
)
from streamdial.dialogues.turn_briefs import ASKED_ACTS
from streamdial.planning import DialogueState
from streamdial.planning.agent_bookings import answer_booking, answer_hold
from streamdial.planning.sentences import clean_answer
from streamdial.prompts import render_prompt
from streamdial.records import Inquiry, Language, Role, Scenario
from streamdial.slots import format_booking
from streamdial.text import find_phrase, tokenize

MAX_SCENARIOS = 2
"""Scenarios a turn is told."""
SETTLES_AFTER = 4
"""Turns after which somebody may put a decision off, leave, or ask for a person."""
_COUNT = re.compile(r" ?\(?\d+/\d+\)?$")
"""How often a trigger was seen, which stands behind its meaning."""
_ENDS = ("confirm", "hold", "hand_over", "refuse", "close")


def write_user(state: DialogueState) -> str:
    """Return the customer's prompt as far as it never changes."""
    pack, language, user, storyline = state.pack, state.language, state.user, state.storyline
    asked = _list_different(storyline.questions if storyline is not None else user.primary_inquiries)
    when, party = format_booking(pack, storyline.booking if storyline is not None else {}, language)
    return render_prompt(
        "direct_user",
        language,
        domain=pack.names[language],
        objective=user.objective.text,
        wishes=describe_wishes(user, pack, language),
        conflicts=[conflict.text for conflict in user.conflicts],
        background=draw_background(user, pack, language, state.seed),
        questions=[inquiry.text for inquiry in asked if inquiry.act in ASKED_ACTS and inquiry.text],
        doubts=[inquiry.text for inquiry in asked if inquiry.act == "object" and inquiry.text],
        booking=", ".join(filter(None, (when, party))),
        fixed=storyline is not None and storyline.day_is_fixed,
        lines=list_user_lines(user),
        manner=describe_manner(user, language),
        outcome=storyline.outcome if storyline is not None else state.runner.path.outcome,
        reason=storyline.reason if storyline is not None else "",
        slots=[{"id": name, "name": slot.names[language]} for name, slot in pack.slots.items()],
    )


def _list_different(inquiries: Iterable[Inquiry]) -> list[Inquiry]:
    """Return questions of which none asks only what those before it asked."""
    found: list[Inquiry] = []
    for inquiry in inquiries:
        asked = {slot for earlier in found for slot in earlier.asks}
        if not inquiry.asks or not set(inquiry.asks) <= asked:
            found.append(inquiry)
    return found


def write_agent(state: DialogueState) -> str:
    """Return the adviser's prompt as far as it never changes."""
    pack, language, agent = state.pack, state.language, state.agent
    return render_prompt(
        "direct_agent",
        language,
        domain=pack.names[language],
        identity=agent.identity.text,
        lines=list_agent_lines(state),
        promises=_list_shown(list_promises(agent, state.knowledge), state.knowledge.entities),
        knowledge=describe_knowledge(state.knowledge, state.knowledge.entities, language),
        stages=[stage for stage in state.blueprint.stages if state.runner.includes(stage.pack_stage)],
        slots=[{"id": name, "name": slot.names[language]} for name, slot in pack.slots.items()],
    )


def describe_advice(advice: Advice, chosen: Sequence[Scenario], state: DialogueState) -> dict[str, object]:
    """Return what the blueprint says of the agent's next turn.

    `place` and `next` are the goals of the stage the dialogue is in and of the one that comes next on its path; `node`
    and `value` what the user's last turn means and is worth; `scenarios` what experts do about it, and by which point.

    Args:
        advice: The blueprint's advice.
        chosen: Those of its scenarios that are told.
        state: The dialogue so far.
    """
    pack = state.pack
    stages = {stage.name: stage for stage in state.blueprint.stages}
    following, node = stages.get(advice.next_place), advice.node
    shown = []
    for scenario in chosen:
        strategy = pack.strategies.get(scenario.strategy)
        title = strategy.names[state.language] if strategy is not None else ""
        shown.append({"act": scenario.act, "action": scenario.action or title, "point": scenario.selling_point})
    return {
        "place": stages[advice.place].goal,
        "next": following.goal if following is not None else "",
        "node": _COUNT.sub("", node.meaning) if node is not None else "",
        "value": node.value if node is not None else "",
        "scenarios": shown,
    }


def list_wordings(chosen: Sequence[Scenario], language: Language) -> list[tuple[str, tuple[str, ...]]]:
    """Return how this account's experts worded what is advised here, each with its evidence.

    Lines of a seed dialogue (`dialogue#turn`) are about another shop and are left out.
    """
    own = [one for one in chosen if one.wording and not any("#" in source for source in one.evidence)]
    return [(clean_answer(one.wording, language), one.evidence) for one in own]


def _list_shown(promises: Iterable[str], things: Sequence[str]) -> list[str]:
    """Return promises without those that list a fact of several things, which stands below, and without bare names."""
    lowered = [name.lower() for name in things]
    return [
        text
        for text in promises
        if len(tokenize(text)) > 2 and sum(find_phrase(text.lower(), name) is not None for name in lowered) < 2
    ]


def list_possible(role: Role, state: DialogueState, booking: str = "") -> tuple[str, ...]:
    """Return the acts that make sense now: nobody accepts what was not offered, or confirms what was not asked for.

    Args:
        role: Whose turn it is.
        state: The dialogue so far.
        booking: What the world says to what was just asked for: `kind` of `describe_booking`.
    """
    rules = _rule_user(state) if role == "user" else _rule_agent(state, booking)
    return tuple(act for act in (USER_ACTS if role == "user" else AGENT_ACTS) if rules.get(act, True))


def _rule_user(state: DialogueState) -> Mapping[str, bool]:
    last = state.last.act if state.last is not None else ""
    told = bool(state.told)
    left = any(wish.slot not in state.informed for wish in state.wishes)
    late = len(state.goal_turns) >= SETTLES_AFTER
    agreed = state.has_spoken("user", "accept") > 0
    return {
        "greet": not any(turn.role == "user" for turn in state.turns),
        "inform": left or last == "request",
        "ask_offer": not agreed,
        "no_preference": last == "request",
        "compare": len(state.knowledge.entities) > 1,
        "object": told,
        "negotiate": told,
        "accept": bool(state.offered) or last == "propose",
        "decline": last in ("upsell", "propose"),
        "revise": bool(state.stated_wishes),
        "insist": last in ("explain_conflict", "recover", "recommend"),
        "book": last in ("propose", "refuse") or agreed,
        "ask_hold": bool(state.focus),
        "ask_person": late,
        "defer": late,
        "leave": late,
        "acknowledge": told,
        "thank": late or last in _ENDS,
    }


def _rule_agent(state: DialogueState, booking: str) -> Mapping[str, bool]:
    last = state.last.act if state.last is not None else ""
    asked = last in ("ask", "ask_offer", "compare", "object", "negotiate", "ask_hold")
    wishes = bool(state.stated_wishes)
    return {
        "greet": not any(turn.role == "agent" for turn in state.turns),
        "answer": asked,
        "no_answer": asked,
        "compare": last in ("compare", "ask", "ask_offer"),
        "handle_objection": last in ("object", "insist"),
        "negotiate": last in ("negotiate", "object"),
        "recover": wishes,
        "explain_conflict": len(state.stated_wishes) > 1,
        "upsell": last == "accept",
        "propose": bool(state.focus),
        "confirm": booking == "confirm",
        "hold": booking == "hold",
        "refuse": booking.startswith("refuse"),
        "check_stock": bool(state.pack.stock_slot) and last in ("ask", "ask_hold", "book"),
        "close": last in ("thank", "defer", "leave", "decline"),
    }


def describe_booking(state: DialogueState) -> dict[str, str]:
    """Return what the world says to the booking or hold that was just asked for; empty where none was.

    `kind` is `confirm`, `hold`, `refuse_day`, `refuse_closed`, `refuse_hour`, `refuse_hold`, `hand_over` or `gone`;
    `when` what was asked for, `other` what can be had instead.
    """
    last = state.last
    if last is None or last.act not in ("book", "ask_hold"):
        return {}
    plan = answer_booking(state) if last.act == "book" else answer_hold(state, last)
    if plan is None:
        return {"kind": "gone", "when": "", "other": ""}
    when, party = format_booking(state.pack, last.inform, state.language)
    told = {slot: value for slot, (value, _) in plan.tell.items() if state.pack.slots[slot].booking}
    other, _ = format_booking(state.pack, told, state.language)
    return {"kind": plan.key or plan.act, "when": ", ".join(filter(None, (when, party))), "other": other}
