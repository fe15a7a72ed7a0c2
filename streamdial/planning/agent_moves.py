"""What an agent says beside its act: how it takes what was said, and what its own facts mean for the user."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.planning.comparisons import conclude_comparison
from streamdial.planning.moves import Move, MoveKind, TurnPlan, Value
from streamdial.planning.state import DialogueState
from streamdial.planning.statements import Statement
from streamdial.records import Constraint, Turn

SAYS_WHY = {"fits": 0.4, "better": 0.6, "miss": 1.0}
"""How often a fact that bears on a stated wish is said with what it means for it: a miss always."""
ASKS_ON = 0.12
"""How often an answer ends with an offer to tell more."""
EXPLAINS_QUESTION = 0.12
"""How often a question says what the answer is for."""
STATED_WITH = {
    "recommend": ("recommend", "answer", "upsell"),
    "upsell": ("upsell", "recommend", "answer"),
    "handle_objection": ("handle_objection", "answer"),
    "negotiate": ("negotiate", "upsell"),
}
"""Acts an account's own sentence is added to, with the acts of the strategies it may follow."""
GENERAL_WITH = {"greet": "welcome", "confirm": "place"}
"""Acts that a sentence about the account itself is added to, with what it says."""
_LACKS = re.compile(
    r"\b(?:no|not|without|cannot|leaves?|except|[a-z]+n't)\b|没有|不可|不能|不带|无|除外", re.IGNORECASE
)
"""What a thing lacks, which nobody puts it forward with."""
COMES_WITH = re.compile(r"\b(?:includ\w+|comes? with|free|on top|on the house)\b|包含|含|赠|送|免费", re.IGNORECASE)
"""What a thing comes with, which answers a doubt about its price."""
SAYS_GENERAL = 0.35
"""How often one is."""
ADDS_STATEMENT = {"recommend": 0.9, "upsell": 0.8, "handle_objection": 0.6, "negotiate": 0.6}
"""How often one is."""
REACTS = {"need": 0.5, "question": 0.1, "objection": 0.85, "other": 0.9}


def react_as_agent(plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> tuple[Move, ...]:
    """Return how the agent takes what the user said, before going on."""
    draw = rng.random()
    chatted = next((name for name in last.moves if name.startswith("bridge:small_talk.")), "")
    if chatted and plan.act in ("greet", "request"):
        return (Move("react", f"react.{chatted.removeprefix('bridge:')}"),)
    if plan.act == "greet" and state.memory:
        return (Move("react", "recall.back"),)
    if plan.act in ("follow_up", "greet"):
        return ()
    if last.act == "greet":
        return (Move("react", "react.greet"),)
    if last.act in ("inform", "ask_offer", "no_preference") and plan.act in ("request", "recommend", "recover"):
        wish = next(iter(last.inform.items()), None)
        stated = wish if wish and last.act != "no_preference" else None
        if draw >= REACTS["need"] or stated is None:
            return ()
        return (Move("react", "react.need", slot=stated[0], need=stated),)
    if plan.act == "answer" and _is_doubt(last):
        return (Move("react", "react.holds"),)
    if last.act == "ask" and plan.act in ("answer", "no_answer"):
        return (Move("react", "react.question"),) if draw < REACTS["question"] else ()
    if last.act == "object" and plan.act in (
        "recommend",
        "upsell",
        "handle_objection",
        "recover",
        "explain_conflict",
    ):
        slot = next(iter(last.request), "")
        verdict = judge_stated(state, last.entity, slot)
        kind = verdict.kind if verdict and verdict.misses else "worry"
        if draw >= REACTS["objection"] or (kind == "worry" and plan.answer):
            return ()
        return (Move("react", f"react.objection.{kind}", slot=slot, verdict=verdict),)
    keys = {
        "revise": "react.revise",
        "insist": "react.insist",
        "accept": "react.accept",
        "decline": "react.decline",
    }
    if last.act in keys and draw < REACTS["other"]:
        return (Move("react", keys[last.act]),)
    if last.act == "acknowledge" and draw < 0.4:
        return (Move("react", "react.praise"),)
    if last.act == "defer" and state.storyline is not None and plan.act == "close":
        return (Move("react", f"react.defer.{state.storyline.reason}"),)
    return ()


def bridge_as_agent(plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> tuple[Move, ...]:
    """Return what the agent adds: why it asks, what a fact means for the user, an offer to tell more."""
    draw = rng.random()
    if _is_doubt(last):
        return ()  # who stays with a fact leads over to nothing
    if plan.act == "request":
        return (Move("bridge", "why_request", slot=plan.request[0]),) if draw < EXPLAINS_QUESTION else ()
    if plan.act == "compare" and not plan.answer and (key := _conclude(plan, state)):
        return (Move("bridge", key),)
    if plan.act in ("answer", "recommend", "check_stock") and not plan.other:
        verdict = None if state.world.is_gone(plan.entity) else _find_meaning(plan, state, last)
        key = "" if verdict is None else "miss" if verdict.misses else verdict.kind
        # Behind the account's own words stands what they mean for the wish; a frame of the inventory says so itself.
        framed = plan.key == "recommend_focus" and not plan.answer
        says = draw < SAYS_WHY.get(key, 0.0) and (not framed or key == "miss")
        if verdict is not None and says:
            return (Move("bridge", key, slot=verdict.slot, verdict=verdict),)
        if plan.act == "answer" and rng.random() < ASKS_ON:
            return (Move("bridge", "offer_more"),)
    return ()


def _is_doubt(turn: Turn) -> bool:
    """Tell whether the user doubted a fact it was told, and named another value."""
    return bool({"act:doubt_fact", "act:doubt_again"} & set(turn.moves))


def add_statement(plan: TurnPlan, state: DialogueState, rng: random.Random) -> TurnPlan:
    """Return a plan with a sentence the account really said of the thing, where there is one that was not said yet."""
    acts = STATED_WITH.get(plan.act, ())
    if any(move.key.startswith("react.small_talk") for move in plan.moves):
        return plan  # who was welcomed is not welcomed again
    known = plan.act == "greet" and state.memory  # who comes back is not welcomed like a stranger
    if plan.act in GENERAL_WITH and not plan.answer and not known and rng.random() < SAYS_GENERAL:
        general = [
            said for said in state.answers.list_general(GENERAL_WITH[plan.act]) if said.evidence not in state.used
        ]
        if general:
            said = rng.choice(general)
            kind: MoveKind = "react" if plan.act == "greet" else "bridge"
            move = Move(kind, "statement", evidence=(said.evidence,), text=said.text)
            return replace(plan, moves=(*plan.moves, move), evidence=(*plan.evidence, said.evidence))
    # Beside "I can't say" any sentence of theirs is about something else.
    taken = plan.answer or plan.other or plan.key in ("objection_none", "recommend_focus")
    taken = taken or any(move.kind == "bridge" for move in plan.moves)
    if not acts or taken or rng.random() >= ADDS_STATEMENT.get(plan.act, 0.0):
        return plan
    free = [
        said
        for said in state.answers.list_statements(plan.entity, acts)
        if said.evidence not in state.used
        and not (plan.act in ("recommend", "upsell") and _LACKS.search(said.text))
        and not any((plan.entity, slot) in state.told for slot in said.slots)
    ]
    ranked = [(rank, said) for said in free if (rank := _rank_reason(said, plan, state)) is not None]
    if not ranked:
        return plan
    best = min(rank for rank, _ in ranked)
    said = rng.choice([said for rank, said in ranked if rank == best])
    rows = {slot: row for slot in said.slots if (row := state.knowledge.get(plan.entity, slot)) is not None}
    evidence = (said.evidence, *(row.id for row in rows.values()))
    move = Move("bridge", "statement", evidence=evidence, text=said.text, tells=said.slots)
    told: dict[str, Value] = {slot: (row.value, row.unit) for slot, row in rows.items()}
    return replace(
        plan,
        tell={**plan.tell, **told},
        moves=(*plan.moves, move),
        evidence=tuple(dict.fromkeys((*plan.evidence, *evidence))),
    )


def _rank_reason(said: Statement, plan: TurnPlan, state: DialogueState) -> int | None:
    """Return how near a sentence is to what the turn is about, 0 the nearest; None where it is about something else.

    What meets a stated wish comes first, then what is told in any case, then praise in words, then what customers
    choose by. A doubt is answered by what states the doubted attribute, or by what comes with the thing where the doubt
    is about its price.
    """
    slots, price = set(said.slots), state.pack.price_slot
    if plan.act in ("handle_objection", "negotiate"):
        last = state.last
        doubted = set(last.request) if last is not None and last.request else {price}
        offers = set(state.pack.offers) if price in doubted else set()
        if slots:
            return 0 if slots <= doubted | offers else None
        return 1 if price in doubted and COMES_WITH.search(said.text) else None
    if slots == set(plan.tell):
        return None  # the act would have nothing left to say
    if slots & set(plan.tell) and len(slots - set(plan.tell)) > 1:
        return None
    if slots & set(state.stated_wishes):
        return 0
    if slots & set(plan.tell):
        return 1
    if not slots:
        return 2
    return 3 if all(state.pack.slots[slot].mined or slot == price for slot in slots) else None


def _conclude(plan: TurnPlan, state: DialogueState) -> str:
    """Return what follows from a comparison for what was stated."""
    price = state.pack.price_slot
    things = (plan.entity, plan.other)
    missed, missed_other = (
        [slot for slot in plan.tell if (verdict := judge_stated(state, name, slot)) is not None and verdict.misses]
        for name in things
    )
    rows = [state.knowledge.get(name, price) if price in plan.tell else None for name in things]
    left, right = (row.number if row is not None else None for row in rows)
    return conclude_comparison(missed, missed_other, left, right)


def _find_meaning(plan: TurnPlan, state: DialogueState, last: Turn) -> Verdict | None:
    """Return the verdict on the told fact that bears most on what was stated: a miss first, then what fits.

    What was told of the thing before is known, and its meaning with it.
    """
    news = [slot for slot in plan.tell if (plan.entity, slot) not in state.told or slot in last.request]
    verdicts = [judge_stated(state, plan.entity, slot) for slot in news]
    order = ("over", "short", "other", "better", "fits")
    known = [verdict for verdict in verdicts if verdict is not None and verdict.kind in order]
    return min(known, key=lambda verdict: order.index(verdict.kind), default=None)


def judge_stated(state: DialogueState, entity: str, slot: str) -> Verdict | None:
    """Return the verdict on a fact by what the user has stated so far: the agent knows no more."""
    row = state.knowledge.get(entity, slot) if slot else None
    value = state.stated_wishes.get(slot)
    if row is None or value is None:
        return None
    wish = state.held_wishes.get(slot) or Constraint(slot=slot, value=value, evidence=("stated",))
    wishes = {slot: wish.model_copy(update={"value": value})}
    return judge_fact(state.knowledge, wishes, entity, slot, row.value, row.unit)
