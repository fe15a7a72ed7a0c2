"""Storylines are drawn and simulated before a word is said; one without a cause for its ending is none."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from streamdial.blueprints import find_behaviours
from streamdial.environment.hours import DAYS, find_weekday, read_hour, write_day, write_hour
from streamdial.environment.world import World
from streamdial.planning.endings import judge_outcome
from streamdial.planning.given_plan import Planner
from streamdial.planning.moves import TurnPlan
from streamdial.planning.obeying import build_planners
from streamdial.planning.questions import ASKING
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import REASONS, Beat, Opening, Reason, Storyline
from streamdial.planning.turns import build_turn
from streamdial.records import Constraint, Inquiry, Language, Outcome, UserPersona

ATTEMPTS = 9
"""Storylines drawn for one dialogue before the nearest is taken.

An ending that six of them did not come to is come to by one in a hundred of those that follow (600 dialogues of three
examples).
"""
MIN_QUESTIONS = 2
"""A user with fewer questions of its own asks about its wishes, then what others asked about the same thing."""
OWN_DAY = 0.8
"""How often the day and hour are ones at which the world takes a visit, where the persona named none."""

ASKS_OPENLY = 0.5
"""How often a user without one asks a question that no slot holds and that the account answered somebody else."""
LENDS = 0.5
"""How often a day, hour or number is one that another viewer booked for, where the persona named none."""

_BARGAIN = re.compile(
    r"\b(?:discount|cheaper|best price|come down|lower price|better price)\b|便宜|优惠|打折|少点|最低价", re.IGNORECASE
)
_DEAR = re.compile(
    r"\b(?:expensive|pric(?:e)?y|too (?:much|dear)|a lot of money|steep)\b|贵|价格高|价高", re.IGNORECASE
)
_BOOKING = re.compile(
    r"\b(?:test drive|book|reserve|call me|come by|appointment)\b|试驾|预约|预订|留一|能订|订位|打电话|联系我",
    re.IGNORECASE,
)
_WEEKEND = re.compile(r"weekend|周末|週末", re.IGNORECASE)
"""A day that is two of them."""


@dataclass(frozen=True)
class Lent:
    """What other viewers of the language said, where a persona said nothing of the kind.

    Attributes:
        bookings: Days, hours and numbers they booked for.
        questions: Their questions.
        answered: Their questions without a slot that the account answered.
    """

    bookings: tuple[Constraint, ...] = ()
    questions: tuple[Inquiry, ...] = ()
    answered: tuple[Inquiry, ...] = ()


def draw_storyline(
    user: UserPersona, world: World, outcome: Outcome, seed: str, *, lent: Lent | None = None, mines: bool = False
) -> Storyline:
    """Return one storyline for a user, with everything in it that is free to choose.

    Args:
        user: The persona.
        world: What can be had.
        outcome: How the dialogue is to end.
        seed: Decides what is drawn.
        lent: What other viewers said.
        mines: Whether wishes are held back, so that there is something to be found out.
    """
    rng = random.Random(f"{seed}/storyline")
    slots = world.knowledge.pack.slots
    lent = lent or Lent()
    wishes = [wish for wish in user.constraints if not slots[wish.slot].booking]
    order = [wish.slot for wish in wishes]
    if rng.random() < 0.5:
        rng.shuffle(order)
    musts = {wish.slot for wish in wishes if wish.hardness == "must"}
    order.sort(key=lambda slot: slot not in musts)
    questions = _draw_questions(user, world, rng, lent)
    thing = next((name for q in questions for name in q.entities if name in world.knowledge.entities), "")
    openings: list[Opening] = ["greet", "greet"]
    openings += ["state", "state", "ask_offer"] if wishes else []
    openings += ["ask"] * (3 if thing else 0)
    drawn = rng.random()
    first = 1 if mines or drawn < 0.25 else 2 if drawn < 0.7 else 3
    fixed = outcome == "drop_out" and rng.random() < 0.6
    booking, evidence = _draw_booking(user, world, rng, lent, thing, refused=fixed)
    reason, shown = _find_reason(user, world, rng)
    return Storyline(
        outcome=outcome,
        opening=rng.choice(openings),
        questions=tuple(questions),
        wishes=tuple(order),
        first=min(first, max(len(order) - (1 if mines else 0), 1)),
        reason=reason,
        reason_evidence=shown,
        booking=booking,
        booking_evidence=evidence,
        firm=outcome == "drop_out" or (outcome == "deferral" and rng.random() < 0.4),
        day_is_fixed=fixed,
        mines=rng.choice([1, 2, 3] if mines else [0, 1, 2]),
        seed=seed,
    )


def _find_reason(user: UserPersona, world: World, rng: random.Random) -> tuple[Reason, tuple[str, ...]]:
    """Return why this user may want time: what they let drop, else a reason drawn from those there are."""
    pack = world.knowledge.pack
    said = [(line.text, line.evidence) for line in user.basic_information]
    said += [(line.text, line.evidence) for line in user.primary_inquiries]
    for text, evidence in said:
        shown = {pack.key_signals[name].reason for name in pack.find_signals(text)}
        for reason in (reason for reason in REASONS if reason in shown):
            return reason, evidence
    return rng.choice(REASONS), ()


def _draw_questions(user: UserPersona, world: World, rng: random.Random, lent: Lent) -> list[Inquiry]:
    """Return what the user asks, in order: about the thing they named most, then what the wishes want to know."""
    knowledge = world.knowledge
    price = knowledge.pack.price_slot
    inquiries = (_name_bargain(inquiry, price) for inquiry in user.primary_inquiries)
    # What nothing that is sold has is asked by nobody else's question.
    held = {row.slot for row in knowledge.rows}
    own = [
        inquiry
        for inquiry in inquiries
        if inquiry.act in ASKING
        and (inquiry.origin == "own" or held.issuperset(inquiry.asks))
        and not _is_booking(inquiry)
        and not _states_wish(inquiry, user, world)
    ]
    named = [name for inquiry in own for name in inquiry.entities if name in knowledge.entities]
    thing = max(dict.fromkeys(named), key=named.count, default="")
    about = [q for q in own if not q.entities or thing in q.entities]
    rng.shuffle(about)
    # What this viewer asked comes before what others with the same need did; what no slot holds is asked first of all.
    about.sort(key=lambda q: (q.origin != "own", bool(q.asks) and rng.random() < 0.6))
    most = rng.choice([3, 4, 4, 5])
    chosen = about[:most]
    if chosen and thing and not any(thing in q.entities for q in chosen[:1]):
        chosen.sort(key=lambda q: thing not in q.entities)
    chosen = _name_thing(chosen, thing, world)
    asked = {slot for question in chosen for slot in question.asks}
    for wish in user.constraints:
        slot = knowledge.pack.slots[wish.slot]
        known = any(row.slot == wish.slot for row in knowledge.rows)
        # What kind of thing is wanted is said, not asked of a thing.
        stated = slot.mined and slot.type == "category"
        asks = known and slot.constraint and not slot.booking and not stated
        if asks and wish.slot not in asked and len(chosen) < most:
            chosen.append(Inquiry(text="", asks=(wish.slot,), evidence=wish.evidence))
            asked.add(wish.slot)
    free = [q for q in lent.answered if (not q.entities or thing in q.entities) and not _is_booking(q)]
    # Whoever has questions enough of their own is lent one half as often.
    share = ASKS_OPENLY if len(chosen) < most else ASKS_OPENLY / 2
    if free and rng.random() < share and all(question.asks for question in chosen):
        chosen.insert(min(1, len(chosen)), rng.choice(free))
    others = [
        question
        for question in lent.questions
        if question.act == "ask"
        and question.asks
        and held.issuperset(question.asks)
        and (not question.entities or thing in question.entities)
    ]
    for question in rng.sample(others, len(others)):
        if len(chosen) >= MIN_QUESTIONS:
            break
        if not set(question.asks) & asked:
            chosen.append(question.model_copy(update={"origin": "same_need"}))
            asked |= set(question.asks)
    return chosen


def _name_thing(questions: list[Inquiry], thing: str, world: World) -> list[Inquiry]:
    """Return questions of which one asks something of the thing the user came for by name, where none did."""
    if not thing or any(
        question.act in ("ask", "compare", "object") and thing in question.entities for question in questions
    ):
        return questions
    for place, question in enumerate(questions):
        known = bool(question.asks) and all(world.knowledge.get(thing, slot) is not None for slot in question.asks)
        if question.act == "ask" and known and not question.entities:
            named = question.model_copy(update={"text": "", "entities": (thing,)})
            return [named, *questions[:place], *questions[place + 1 :]]
    return questions


def _name_bargain(inquiry: Inquiry, price: str | None) -> Inquiry:
    """Return a question for a discount, or a doubt about a price, as what it is."""
    if inquiry.act == "object" and not inquiry.asks and price and _DEAR.search(inquiry.text):
        return inquiry.model_copy(update={"asks": (price,)})
    bargains = inquiry.act == "ask" and not inquiry.asks and _BARGAIN.search(inquiry.text)
    return inquiry.model_copy(update={"act": "negotiate"}) if bargains else inquiry


def _states_wish(inquiry: Inquiry, user: UserPersona, world: World) -> bool:
    """Tell whether a question asks for nothing but what meets a wish: "any minivan?" is stated as one."""
    if inquiry.act != "ask" or inquiry.asks:
        return False
    slots = world.knowledge.pack.slots
    return any(set(wish.evidence) & set(inquiry.evidence) for wish in user.constraints if not slots[wish.slot].booking)


def _is_booking(inquiry: Inquiry) -> bool:
    """Tell whether a question asks for an appointment: that is made when there is something to make it for."""
    return not inquiry.asks and (find_weekday(inquiry.text) is not None or bool(_BOOKING.search(inquiry.text)))


def _draw_booking(
    user: UserPersona, world: World, rng: random.Random, lent: Lent, thing: str, *, refused: bool
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the values of the booking slots the user names, and what they rest on.

    The persona's own come first, then those other viewers booked for, then what the world has.
    """
    pack = world.knowledge.pack
    own = {wish.slot: wish for wish in user.constraints if pack.slots[wish.slot].booking}
    booking: dict[str, str] = {}
    evidence: list[str] = []
    people = next(
        (w for w in user.constraints if pack.slots[w.slot].type == "count" and pack.slots[w.slot].mined), None
    )
    for slot in pack.list_slots(booking=True):
        kind = pack.slots[slot].type
        others = [wish for wish in lent.bookings if wish.slot == slot]
        if slot in own and not (refused and kind == "date"):
            wish: Constraint | None = own[slot]
        elif kind == "count" and people is not None and pack.slots[people.slot].counts_as(pack.slots[slot]):
            wish = people
        elif others and not refused and rng.random() < LENDS:
            wish = rng.choice(others)
        else:
            wish = None
        value = _write_booking(wish, kind, user.language, world.language)
        # Who asks about what is gone comes for something else.
        checked = next((name for name in (thing, *world.knowledge.entities) if name and not world.is_gone(name)), "")
        if kind == "date" and (slot not in own or (wish and not value)):
            days = world.list_days(checked)
            if refused:
                days = tuple(day for day in DAYS[world.language] if day not in days)
            elif value and (world.find_refusal(checked, value) is None or rng.random() > OWN_DAY):
                days = (value,)
            value = rng.choice(days) if days else value
        if kind == "date" and _WEEKEND.search(value):
            # Which of its days is said at once: a weekend cannot be booked.
            free = [day for day in world.list_days(checked) if day in DAYS[world.language][5:]]
            value = rng.choice(free) if free else value
        if kind == "time" and (slot not in own or (wish and not value)):
            taken = world.list_hours(next((booking[name] for name in booking if pack.slots[name].type == "date"), ""))
            hours = [hour for hour in taken if 10 <= hour <= 19] or list(taken)
            fits = bool(value) and world.find_refusal("", "", value) is None
            if not value or (not fits and rng.random() < OWN_DAY):
                value = write_hour(rng.choice(hours), world.language) if hours else value
        if kind == "count" and not value:
            value = str(rng.choice([1, 2, 2, 3] if people is None else [2, 3, 4]))
        if value:
            booking[slot] = value
            if wish is not None and wish.value == value:
                evidence += wish.evidence
    return booking, tuple(dict.fromkeys(evidence))


def _write_booking(wish: Constraint | None, kind: str, source: Language, language: Language) -> str:
    """Return what a viewer wants to book as the language writes it; empty where it cannot, so that one is drawn."""
    if wish is None:
        return ""
    if source == language or kind not in ("date", "time") or _WEEKEND.search(wish.value):
        return wish.value
    if kind == "date":
        return write_day(wish.value, language)
    hour = read_hour(wish.value)
    return write_hour(hour, language) if hour is not None else ""


def follow_storyline(state: DialogueState, user: Planner, agent: Planner, *, max_turns: int) -> Iterator[TurnPlan]:
    """Let both planners talk without words, and yield each turn's plan while the state stands before that turn.

    Args:
        state: The dialogue at its start; it is at its end afterwards.
        user: The user's planner.
        agent: The agent's.
        max_turns: Turns after which it is cut.
    """
    while len(state.turns) < max_turns:
        speaks_user = state.last is None or state.last.role == "agent"
        plan = user.plan(state) if speaks_user else agent.plan(state)
        if plan is None:
            return
        yield plan
        state.add(build_turn(plan, len(state.turns)))
        if state.runner.ended and plan.role == "agent":
            return


def simulate(state: DialogueState, user: Planner, agent: Planner, *, max_turns: int) -> tuple[Beat, ...]:
    """Let both planners follow a storyline without words, and return the steps with their causes."""
    plans = follow_storyline(state, user, agent, max_turns=max_turns)
    return tuple(Beat(plan.role, plan.act, plan.cause) for plan in plans)


def find_storyline(
    open_state: Callable[[], DialogueState],
    outcome: Outcome,
    *,
    seed: int,
    min_turns: int,
    max_turns: int,
    lent: Lent | None = None,
) -> tuple[Storyline, str | None]:
    """Return the storyline a dialogue follows: one that was simulated to come to what is wanted, by causes.

    Args:
        open_state: Makes the dialogue as it stands before its first turn.
        outcome: How it is to end.
        seed: Decides what is drawn.
        min_turns: Shorter dialogues are not usable.
        max_turns: Turns after which a dialogue is cut.
        lent: What other viewers said.

    Returns:
        The storyline, and `no_cause` where none of those drawn came to the outcome: then the nearest is followed, and
        the dialogue ends as its causes have it.
    """
    best: tuple[float, Storyline] | None = None
    for attempt in range(ATTEMPTS):
        state = open_state()
        behaviours = state.runner.behaviours
        mines = "requirement_mining" in behaviours.planned
        # Where the wanted ending finds no cause, another one does.
        wanted: Sequence[Outcome] = (outcome,) if attempt < ATTEMPTS - 3 else ("deferral", "success", "hand_over")
        goal = wanted[attempt % len(wanted)]
        drawn = draw_storyline(state.user, state.world, goal, f"{seed}/{attempt}", lent=lent, mines=mines)
        state.storyline = drawn
        beats = simulate(state, *build_planners(state, drawn), max_turns=max_turns)
        told = replace(drawn, beats=beats)
        shown = set(find_behaviours(state.turns))
        score = 0.0
        score += 20 if judge_outcome(state.goal_turns) == outcome else 0
        score += 5 if judge_outcome(state.goal_turns) == goal else 0
        score += 8 if state.runner.ended else 0
        score -= 0 if len(state.turns) >= min_turns else 6
        score += 2 * len(shown & behaviours.planned) - len(shown & behaviours.avoided)
        if best is None or score > best[0]:
            best = score, told
        if score >= 33 + 2 * len(behaviours.planned):
            break
    assert best is not None
    return best[1], None if best[0] >= 26 else "no_cause"
