"""What the user asks next: its own questions, in its own words where they fit."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.planning.moves import USER_STAGES, Move, TurnPlan, Value
from streamdial.planning.state import DialogueState
from streamdial.planning.statements import list_said
from streamdial.planning.storyline import Storyline
from streamdial.records import Behaviour, Inquiry, Turn
from streamdial.slots import find_numbers, has_unread_figures

ASKING = ("ask", "object", "negotiate", "compare")
"""User acts that take a question of the persona up."""
ASKS_TWO = 0.2
"""How often a second question is asked in one go."""
GIVES_REASON = 0.5
"""How often a question says at once what the persona needs."""
ASKS_UNKNOWN = 0.5
"""How often somebody who gets a colleague asks before what no page says and they never asked in the stream."""
_CONTACT = re.compile(
    r"\b(?:call|contact|ring) me\b|\b(?:speak|talk) (?:to|with) (?:some(?:one|body)|a person)\b"
    r"|联系我|给我打(?:个)?电话|人工|真人",
    re.IGNORECASE,
)
"""What asks for a person."""
_WHICH = re.compile(
    r"\bwhich (?:\w+ )?(?:has|have|is|are|comes?|gets?|costs?)\b|哪(?:个|款|间|种)[^，。？?]*[最更]", re.IGNORECASE
)
"""What asks which of all things it is."""
_STATES = re.compile(
    r"^(?!(?:what|which|how|when|where|who|why|is|are|do|does|can|could|will|would|any)\b)"
    r"[^?？]*\b(?:is|are) (?:the|my|our|a|so|such)\b[^?？]*$",
    re.IGNORECASE,
)
"""What says what the writer thinks: "silver is the best color" asks for no colours."""
CRITERION = re.compile(r"\bfor\b|适合|更", re.IGNORECASE)
"""What a comparison is asked for beside the difference."""
_AVOIDED: dict[str, Behaviour] = {"object": "objection_handling", "negotiate": "negotiation"}
"""User acts that are left out where the dialogue is to avoid the behaviour they lead to."""


def build_user_plan(
    act: str,
    state: DialogueState,
    *,
    key: str = "",
    entity: str = "",
    other: str = "",
    inform: dict[str, Value] | None = None,
    request: tuple[str, ...] = (),
    evidence: tuple[str, ...] = (),
    own_words: str = "",
    verdict: Verdict | None = None,
    cause: str = "",
) -> TurnPlan:
    """Return a plan of the user, in the stage its act belongs to."""
    return TurnPlan(
        role="user",
        act=act,
        stage=USER_STAGES.get(act, state.runner.stage),
        key=key,
        entity=entity,
        other=other,
        inform=inform or {},
        request=request,
        evidence=evidence,
        own_words=own_words,
        verdict=verdict,
        cause=cause,
    )


def _list_left(storyline: Storyline, state: DialogueState) -> list[Inquiry]:
    """Return the storyline's questions that nobody has asked or answered yet."""
    said = [turn for turn in state.goal_turns if turn.role == "user" and turn.act in ASKING]
    before = {one.value for one in state.memory if one.kind == "asked"}
    return [
        question
        for question in storyline.questions
        if not before & set(question.evidence) and not any(_is_asked(question, turn) for turn in said)
    ]


def plan_next_question(
    storyline: Storyline,
    state: DialogueState,
    rng: random.Random,
    *,
    named_only: bool = False,
    known: Sequence[str] = (),
) -> TurnPlan | None:
    """Return the next question that can be asked here, or None.

    Args:
        storyline: Its questions.
        state: The dialogue so far.
        rng: Decides what is said with it.
        named_only: Whether it must name what it is about.
        known: Slots the user need not ask for.
    """
    for question in _list_left(storyline, state):
        plan = _plan_question(question, storyline, state, rng, known)
        if plan is not None and (plan.entity or not named_only):
            return _add_question(plan, storyline, state, rng)
    return None


def _add_question(plan: TurnPlan, storyline: Storyline, state: DialogueState, rng: random.Random) -> TurnPlan:
    """Ask a second thing in one go, now and then, where both are about the same and have an answer."""
    if plan.act != "ask" or len(plan.request) != 1 or plan.moves or rng.random() >= ASKS_TWO:
        return plan
    known = state.knowledge
    for question in _list_left(storyline, state):
        slots = [slot for slot in question.asks if slot not in plan.request and (plan.entity, slot) not in state.told]
        if question.act != "ask" or len(question.asks) != 1 or not slots or known.get(plan.entity, slots[0]) is None:
            continue
        schema = state.pack.slots[slots[0]]
        if schema.booking or schema.stock or (question.entities and plan.entity not in question.entities):
            continue
        move = Move("bridge", "ask", slot=slots[0], evidence=question.evidence)
        evidence = tuple(dict.fromkeys((*plan.evidence, *question.evidence)))
        return replace(plan, request=(*plan.request, *slots), evidence=evidence, moves=(*plan.moves, move))
    return plan


def _plan_question(
    question: Inquiry, storyline: Storyline, state: DialogueState, rng: random.Random, without: Sequence[str] = ()
) -> TurnPlan | None:
    named = [name for name in question.entities if name in state.knowledge.entities]
    if question.entities and not named:
        return None  # a thing of another shop
    entity = state.focus or next(iter(named), "")
    if question.act in _AVOIDED and state.runner.avoids(_AVOIDED[question.act]):
        return None
    if question.act == "compare":
        return _plan_comparison(question, named, entity, state)
    if question.act == "object" or (not question.asks and question.act == "ask"):
        return _plan_open_question(question, storyline, named, entity, state)
    if not entity:
        return None
    slots = state.pack.slots
    asks = [
        slot
        for slot in question.asks
        if not slots[slot].booking
        and slot not in without
        and slots[slot].type != "entity"
        and not (slots[slot].account and state.knowledge.get(entity, slot) is None)
        and not (state.runner.avoids("inventory_check") and slots[slot].stock)
    ]
    if question.act == "ask":
        # What was asked and is not known is not asked again.
        asked = {
            slot for turn in state.goal_turns if turn.act == "ask" and turn.entity == entity for slot in turn.request
        }
        known = {slot: state.knowledge.get(entity, slot) for slot in asks}
        said = {slot for slot, row in known.items() if row is not None and row.id in state.used}
        asks = [slot for slot in asks if (entity, slot) not in state.told and slot not in asked | said]
    if question.act == "negotiate":
        price = state.pack.price_slot
        if state.has_spoken("user", "negotiate") or (entity, price) not in state.told:
            return None
        return build_user_plan(
            "negotiate",
            state,
            key="bargain",
            entity=entity,
            evidence=question.evidence,
            own_words=question.text,
            cause="a question of the persona",
        )
    if not asks:
        return None
    whole = len(asks) == len(question.asks) and len(asks) <= 2 and question.text and _asks_of_one(question.text)
    fits = not named or entity in named
    plan = build_user_plan(
        question.act,
        state,
        entity=entity,
        request=tuple(asks[:2]),
        evidence=question.evidence,
        own_words=question.text if whole and fits else "",
        cause="a question of the persona",
    )
    return _add_need(plan, state, rng) if question.act == "ask" else plan


def _asks_of_one(text: str) -> bool:
    """Tell whether words ask something of the thing talked about: not which of all, and no opinion of the writer's."""
    return not (_WHICH.search(text) or _STATES.search(text))


def _add_need(plan: TurnPlan, state: DialogueState, rng: random.Random) -> TurnPlan:
    """Say with a question what is needed, where it was not said yet."""
    wish = state.held_wishes.get(plan.request[0]) if len(plan.request) == 1 else None
    if wish is None or wish.slot in state.informed or wish.changed_from or rng.random() >= GIVES_REASON:
        return plan
    move = Move("bridge", "need", slot=wish.slot, need=(wish.slot, wish.value), evidence=wish.evidence)
    return replace(
        plan,
        inform={wish.slot: (wish.value, wish.unit)},
        evidence=tuple(dict.fromkeys((*plan.evidence, *wish.evidence))),
        moves=(*plan.moves, move),
    )


def _plan_open_question(
    question: Inquiry, storyline: Storyline, named: Sequence[str], entity: str, state: DialogueState
) -> TurnPlan | None:
    """Ask what no slot holds, or say a worry, in the persona's own words: of what they named, or in general."""
    if named and entity not in named:
        if state.focus:
            return None
        entity = named[0]
    answer = state.answers.find(question.evidence, entity)
    answered = answer is not None
    if answer is not None and (answer.evidence[0] in state.used or _is_told(answer.text, entity, state)):
        return None  # it was said already
    if not answered and storyline.outcome not in ("hand_over", "drop_out") and question.act == "ask":
        return None
    if question.act == "object" and not answered and state.has_spoken("user", "object"):
        return None  # one worry that nothing was said to is enough
    asks = tuple(slot for slot in question.asks[:1] if state.knowledge.get(entity, slot) is not None)
    if not question.text or (asks and state.has_objected(asks[0], entity)):
        return None
    if question.act == "object" and asks and not _has_cause(question, asks[0], entity, state):
        return None
    if state.user.language != state.language and not (asks and entity):
        return None  # nobody writes it down in another language, and there is no slot to ask for instead
    return build_user_plan(
        question.act,
        state,
        key="open",
        entity=entity,
        request=asks if question.act == "object" else (),
        evidence=question.evidence,
        own_words=question.text,
        cause="a question of the persona",
    )


def _is_told(answer: str, entity: str, state: DialogueState) -> bool:
    """Tell whether a real answer says what was told as a text of the knowledge base already."""
    said = set(list_said(answer, entity, state.knowledge, state.language))
    told = (state.knowledge.get(name, slot) for name, slot in state.told if name == entity)
    return any(row is not None and row.id in said for row in told)


def _has_cause(question: Inquiry, slot: str, entity: str, state: DialogueState) -> bool:
    """Tell whether a worry this viewer wrote down is one about this thing: figures in it are the thing's own."""
    row = state.knowledge.get(entity, slot)
    if row is None:
        return False
    verdict = judge_fact(state.knowledge, state.held_wishes, entity, slot, row.value, row.unit)
    own = {row.number, verdict.gap, float(verdict.wish) if verdict.wish.replace(".", "", 1).isdigit() else None}
    strange = [number for number in find_numbers(question.text) if number.value not in own and number.value > 2]
    return verdict.kind not in ("fits", "better") and not strange and not has_unread_figures(question.text)


def _plan_comparison(question: Inquiry, named: Sequence[str], entity: str, state: DialogueState) -> TurnPlan | None:
    others = [name for name in (*named, *state.offered) if name != entity and not state.is_gone(name)]
    if not entity or not others:
        return None
    pair = {entity, others[0]}
    if any(turn.act == "compare" and {turn.entity, turn.other} == pair for turn in state.goal_turns):
        return None
    # "For snow?" is asked only where the account answered it of both.
    mined = state.answers.find(question.evidence, "")
    answered = mined is not None and {entity, others[0]} <= set(mined.entities)
    asks_for = CRITERION.search(question.text)
    return build_user_plan(
        "compare",
        state,
        entity=entity,
        other=others[0],
        evidence=question.evidence,
        own_words=question.text if {entity, others[0]} == set(named) and (answered or not asks_for) else "",
        cause="a question of the persona",
    )


def _is_asked(question: Inquiry, turn: Turn) -> bool:
    """Tell whether a turn of the user has asked a question already."""
    if question.asks and turn.request:
        return set(question.asks) <= set(turn.request)
    return turn.act == question.act and bool(set(question.evidence) & set(turn.evidence))


def plan_person(state: DialogueState) -> TurnPlan:
    """Ask for a person, in the viewer's own words where they asked to be called."""
    own = (q for q in state.user.primary_inquiries if _CONTACT.search(q.text))
    asked = next((q for q in own if not q.entities or state.focus in q.entities), None)
    return build_user_plan(
        "ask_person",
        state,
        entity=state.focus if asked is not None else "",
        evidence=asked.evidence if asked is not None else (),
        own_words=asked.text if asked is not None else "",
        cause="wants a person",
    )


def plan_unknown(state: DialogueState, rng: random.Random) -> TurnPlan | None:
    """Ask what the knowledge base lacks: only a colleague can tell it."""
    if not state.focus:
        return None
    # Nobody asks after the drive of a scooter: something that is sold must have it.
    held = {row.slot for row in state.knowledge.rows}
    slots = [
        name
        for name, slot in state.pack.slots.items()
        if slot.ask.get(state.language)
        and not (slot.booking or slot.stock or slot.account)
        and slot.type != "entity"
        and state.knowledge.get(state.focus, name) is None
        and name in held
    ]
    own = [slot for slot in slots if any(slot in question.asks for question in state.user.primary_inquiries)]
    asked = {slot for turn in state.goal_turns for slot in turn.request}
    free = [slot for slot in own or slots if slot not in asked]
    if not free or (not own and rng.random() >= ASKS_UNKNOWN):
        return None
    return build_user_plan("ask", state, entity=state.focus, request=(rng.choice(free),), cause="not on any page")
