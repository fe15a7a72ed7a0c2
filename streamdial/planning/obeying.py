"""A planner whose plans obey strategies: what it could do next is filtered and ranked by what they advise."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from streamdial.personas.verdicts import Verdict
from streamdial.planning.agent_bookings import propose
from streamdial.planning.agent_offers import recommend
from streamdial.planning.agent_planner import AgentPlanner
from streamdial.planning.agent_plans import build_agent_plan, choose_rows, tell_rows
from streamdial.planning.given_plan import Planner
from streamdial.planning.letdowns import is_lacking
from streamdial.planning.lookahead import choose_plan
from streamdial.planning.moves import Move, TurnPlan, Value
from streamdial.planning.questions import build_user_plan, plan_next_question
from streamdial.planning.recalling import add_recalls
from streamdial.planning.state import DialogueState
from streamdial.planning.storyline import Storyline
from streamdial.planning.talk_view import find_directive, list_turn_slots
from streamdial.planning.turns import build_turn
from streamdial.planning.user_planner import UserPlanner
from streamdial.planning.wishes import list_left_wishes, state_wishes
from streamdial.records import Role
from streamdial.strategies import ATTACK, FORCED, FREE_AFTER, Directive, SearchingStrategy, find_unmet

ANSWERED = ("request", "propose", "explain_conflict", "refuse", "confirm", "hold", "hand_over", "close")
"""Acts of the agent that the user has to answer as planned."""
CAUSE = "a strategy"
TAKES: dict[Role, tuple[str, ...]] = {
    "user": ("ask", "compare", "inform", "ask_offer", "object", "negotiate", "no_preference"),
    "agent": (
        *("answer", "check_stock", "compare", "handle_objection", "negotiate", "no_answer", "recommend", "recover"),
        *("request", "upsell"),
    ),
}
"""Acts a reaction of a strategy goes before."""
ATTACKED = ("ask", "compare", "inform", "ask_offer", "object", "negotiate")
"""Acts of the user that an attack goes before."""
LEADS_ON = ("answer", "check_stock", "compare", "recommend")
"""Acts behind which a strategy may have the agent ask whether there is more."""
LIGHT = ("react.neutral", "react.question", "react.objection.", "react.unknown", "react.request", "react.need")
"""Reactions that one takes the place of."""
FROM_STREAM = 0.7
"""How often small talk, or an attack, is said as a viewer wrote it, where there is some."""


class ObedientPlanner:
    """Plans as another planner does, as far as the dialogue's strategies allow it.

    Where they forbid, or would rather have another act, the nearest thing that fits here is done instead: only things
    the planner itself may do at such a point. Where nothing fits, its own plan stands.

    Args:
        planner: Decides what is said next.
        storyline: What is followed.
    """

    def __init__(self, planner: UserPlanner | AgentPlanner, storyline: Storyline) -> None:
        self._planner = planner
        self._role: Role = "user" if isinstance(planner, UserPlanner) else "agent"
        self._storyline = storyline

    def plan(self, state: DialogueState) -> TurnPlan | None:
        """Return what the side does next, or None where it has left."""
        plan = self._planner.plan(state)
        directive = find_directive(state, self._role)
        searcher = next((one for one in state.advisers if isinstance(one, SearchingStrategy)), None)
        if plan is not None and searcher is not None and searcher.role == self._role:
            plan = self._search(plan, directive, state, searcher)
        if plan is None or directive is None:
            return plan
        if directive.leave and self._role == "user" and state.turns:
            return plan_leaving(state, f"{CAUSE}: {', '.join(directive.by)}")
        if directive.claims and self._role == "user":
            return press(directive.claims, state, f"{CAUSE}: {', '.join(directive.by)}")
        chosen = self._choose(plan, directive, state)
        if directive.swaps or directive.manner:
            chosen = replace(chosen, swaps=directive.swaps, manner=directive.manner)
        return add_recalls(chosen, directive.recall, state) if directive.recall else chosen

    def _search(
        self, plan: TurnPlan, directive: Directive | None, state: DialogueState, searcher: SearchingStrategy
    ) -> TurnPlan:
        """Return what leads to the best end of what could be done here; what is forbidden is not looked at."""
        wanted = directive or Directive()
        plans = [plan, *self._list_others(wanted, state)]
        plans = [one for one in plans if not _find_broken(one, wanted, state)] or [plan]
        different = {(one.act, one.entity, one.request, tuple(one.tell)): one for one in reversed(plans)}
        plans = list(reversed(different.values()))
        return choose_plan(plans, state, self._storyline, searcher) if len(plans) > 1 else plans[0]

    def _choose(self, plan: TurnPlan, directive: Directive, state: DialogueState) -> TurnPlan:
        others = self._list_others(directive, state)
        fitting = [one for one in (plan, *others) if not _find_broken(one, directive, state)]
        if not fitting:
            trimmed = _trim(plan, directive)
            fitting = [trimmed] if trimmed is not None and not _find_broken(trimmed, directive, state) else []
        if not fitting:
            return plan
        ranks = {act: place for place, act in enumerate(directive.prefer)}
        chosen = min(fitting, key=lambda one: ranks.get(one.act, len(ranks)))
        known = state.pack.strategies.get(directive.strategy)
        if known is not None and known.act == chosen.act and chosen.role == "agent":
            chosen = replace(chosen, strategy=directive.strategy, stage=known.stage)
        if directive.adds and chosen.role == "agent" and chosen.act == "answer":
            chosen = add_fact(chosen, directive.adds, state)
        if directive.drop:
            kept = [one for one in chosen.moves if one.text or one.tells or not one.key.startswith(directive.drop)]
            chosen = replace(chosen, moves=tuple(kept))
        return add_moves(chosen, directive.moves, state, directive.needs) if directive.moves else chosen

    def _list_others(self, directive: Directive, state: DialogueState) -> list[TurnPlan]:
        """Return what else could be done here."""
        rng = random.Random(f"{self._storyline.seed}/obeying/{len(state.turns)}")
        last = state.last
        found: Iterable[TurnPlan]
        if self._role == "user":
            free = last is None or last.act not in ANSWERED
            found = self._list_user(directive, state, rng) if free else ()
        elif directive.prefer[:1] == ("hand_over",) and last is not None and last.role == "user":
            passed = build_agent_plan("hand_over", state, entity=state.focus)
            found = (passed if last.act == "ask" else replace(passed, key="hand_over_booking"),)
        else:
            free = last is not None and last.act in FREE_AFTER
            found = self._list_agent(directive, state, rng) if free else ()
        return [self._planner.finish_turn(one, state, last, rng) if last is not None else one for one in found]

    def _list_user(self, directive: Directive, state: DialogueState, rng: random.Random) -> Iterator[TurnPlan]:
        left = list_left_wishes(self._storyline, state)
        wanted = [wish for wish in left if wish.slot in directive.say]
        free = [wish for wish in left if wish.slot not in directive.withhold]
        if wanted or free:
            yield state_wishes("inform", wanted or free[:2], state, cause=CAUSE)
        open_slots = [slot for slot in directive.say if state.focus and (state.focus, slot) not in state.told]
        open_slots = [slot for slot in open_slots if state.knowledge.get(state.focus, slot) is not None]
        if open_slots:
            yield build_user_plan("ask", state, entity=state.focus, request=tuple(open_slots[:2]), cause=CAUSE)
        first = not state.focus and not state.turns
        known = directive.settled
        question = plan_next_question(self._storyline, state, rng, named_only=first, known=known)
        if question is not None:
            yield question
        elif known and state.focus and not state.has_spoken("user", "acknowledge"):
            yield build_user_plan("acknowledge", state, key="acknowledge", entity=state.focus, cause="knows enough")
        if not state.turns:
            yield build_user_plan("greet", state, cause="comes in")
        if not state.focus and not state.has_spoken("user", "ask_offer"):
            yield build_user_plan("ask_offer", state, cause="wants to hear what there is")

    def _list_agent(self, directive: Directive, state: DialogueState, rng: random.Random) -> Iterator[TurnPlan]:
        last = state.last
        assert last is not None
        asked = {slot for turn in state.turns if turn.role == "agent" for slot in turn.request}
        known = {*state.informed, *asked, *directive.withhold, *directive.settled}
        open_slots = [slot for slot in (*directive.say, *state.pack.list_slots(mined=True)) if slot not in known]
        if open_slots:
            yield build_agent_plan("request", state, request=(open_slots[0],))
        if state.stated_wishes or last.act == "ask_offer":
            yield recommend(state, last, rng)
        before = {one.entity for one in state.memory if one.kind in ("offered", "put_off")}
        if state.focus in before and state.focus not in state.offered and not state.world.is_gone(state.focus):
            yield propose(state)
        if state.focus and state.focus in state.offered and not state.world.is_gone(state.focus):
            news = [slot for slot in directive.say if (state.focus, slot) not in state.told]
            rows = choose_rows(state, state.focus, news, most=2)
            if rows:
                yield tell_rows("recommend", state, state.focus, rows)
            yield propose(state)


def plan_leaving(state: DialogueState, cause: str) -> TurnPlan:
    """Return that the user goes, for what was said last: what cannot be had, a wish that is missed, another day."""
    last, gone = state.last, bool(state.focus) and state.is_gone(state.focus)
    missed = next(iter(state.list_misses(state.focus)), None) if state.focus else None
    kind: str = "gone" if gone else missed.kind if missed is not None else "unknown"
    if last is not None and last.act == "refuse":
        kind, missed = "day" if state.has_spoken("user", "book") else "unheld", None
    return build_user_plan(
        "leave", state, key=f"leave.{kind}", entity=state.focus, verdict=None if gone else missed, cause=cause
    )


def press(claims: Mapping[str, str], state: DialogueState, cause: str) -> TurnPlan:
    """Return that the user doubts what was told and names another value, firmer where it did so before."""
    slot, value = next(iter(claims.items()))
    row = state.knowledge.get(state.focus, slot)
    wrong = Verdict("irrelevant", state.focus, slot, value, row.unit if row is not None else None)
    again = any(turn.role == "user" and "act:doubt_fact" in turn.moves for turn in state.goal_turns)
    key = "doubt_again" if again else "doubt_fact"
    return build_user_plan("ask", state, key=key, entity=state.focus, request=(slot,), verdict=wrong, cause=cause)


def add_fact(plan: TurnPlan, slots: Iterable[str], state: DialogueState) -> TurnPlan:
    """Return an answer with the first of some facts of its thing that were not told yet; as it is without one."""
    entity = plan.entity or state.focus
    fresh = [slot for slot in slots if (entity, slot) not in state.told and slot not in plan.tell]
    bad = any(is_lacking(state.pack, slot, value) for slot, (value, _) in plan.tell.items())
    may = entity == state.focus and not plan.other and not bad
    rows = choose_rows(state, entity, fresh, most=1) if may else {}
    for slot, row in rows.items():
        moves = (*(move for move in plan.moves if move.key != "offer_more"), Move("bridge", "adds"))
        told: dict[str, Value] = {**plan.tell, slot: (row.value, row.unit)}
        evidence = tuple(dict.fromkeys((*plan.evidence, row.id)))
        move = Move("bridge", "tell", slot=slot, tells=(slot,))
        plan = replace(plan, entity=entity, tell=told, moves=(*moves, move), evidence=evidence)
    return plan


def add_moves(
    plan: TurnPlan, keys: Iterable[str], state: DialogueState, needs: Mapping[str, str] | None = None
) -> TurnPlan:
    """Return a plan with moves behind its act, in words of the stream where it has some that were not used.

    A greeting with small talk behind it is one of somebody who comes for a chat, likewise. A move `react.KIND` stands
    before the act, in the place of a reaction that says little; where another one stands it is left out. An attack and
    what declines it take the place of any.
    """
    rng = random.Random(f"{state.seed}/small talk/{len(state.turns)}")

    def find(kind: str) -> tuple[str, tuple[str, ...]]:
        free = [line for line in state.answers.small_talk.get(kind, ()) if line[1] not in state.used]
        text, source = rng.choice(free) if free and rng.random() < FROM_STREAM else ("", "")
        return text, (source,) if source else ()

    need = next(iter((needs or {}).items()), None)
    reactions = []
    for key in (key for key in keys if key.startswith("react.")):
        text, sources = find(key) if key.startswith(ATTACK) else ("", ())
        reactions.append(Move("react", key, need=need, text=text, evidence=sources))
    plan = _add_reaction(plan, reactions)
    moves, evidence = list(plan.moves), plan.evidence
    asks = plan.act in LEADS_ON and not any(move.key == "offer_more" for move in moves)
    for key in (key for key in keys if not key.startswith("react.") and (asks or key != "offer_more")):
        text, sources = find(key)
        moves.append(Move("bridge", key, evidence=sources, text=text))
        evidence = (*evidence, *sources)
    if plan.act != "greet" or len(moves) == len(plan.moves):
        return replace(plan, moves=tuple(moves), evidence=evidence)
    greeting, sources = find("greeting")
    return replace(plan, key="greet_warm", moves=tuple(moves), own_words=greeting, evidence=(*sources, *evidence))


def _add_reaction(plan: TurnPlan, found: Sequence[Move]) -> TurnPlan:
    forced = next((one for one in found if one.key.startswith(FORCED)), None)
    if forced is not None and (plan.role == "agent" or plan.act in ATTACKED):
        others = tuple(move for move in plan.moves if move.kind != "react" or move.tells)
        evidence = tuple(dict.fromkeys((*plan.evidence, *forced.evidence)))
        return replace(plan, moves=(forced, *others), evidence=evidence)
    found = [one for one in found if not one.key.startswith(FORCED)]
    kept = tuple(move for move in plan.moves if move.kind != "react" or not move.key.startswith(LIGHT))
    taken = any(move.kind == "react" for move in kept) or plan.act not in TAKES[plan.role]
    return replace(plan, moves=(*found[:1], *kept)) if found and not taken else plan


def _find_broken(plan: TurnPlan, directive: Directive, state: DialogueState) -> tuple[str, ...]:
    turn = build_turn(plan, len(state.turns))
    return find_unmet(directive, (plan.act,), list_turn_slots(turn), plan.request)


def _trim(plan: TurnPlan, directive: Directive) -> TurnPlan | None:
    """Return a plan without what is to be withheld; None where nothing would be left of it."""
    hidden = set(directive.withhold)
    unasked = hidden | set(directive.settled)
    kept = {slot: value for slot, value in plan.inform.items() if slot not in hidden}
    told = {slot: value for slot, value in plan.tell.items() if slot not in hidden}
    asked = tuple(slot for slot in plan.request if slot not in unasked)
    had = bool(plan.inform or plan.tell or plan.request)
    lost = plan.act in ("ask", "request") and not asked and bool(set(plan.request) & set(directive.settled))
    if (had and not (kept or told or asked)) or lost or plan.answer or plan.tell_other:
        return None
    moves = tuple(
        move
        for move in plan.moves
        if move.slot not in hidden
        and not (move.key == "ask" and move.slot in unasked)
        and not move.text
        and not (move.need and move.need[0] in hidden)
    )
    return replace(plan, inform=kept, tell=told, request=asked, moves=moves, own_words="")


def build_planners(state: DialogueState, storyline: Storyline) -> tuple[Planner, Planner]:
    """Return the planners of both sides for a storyline; those of a dialogue with strategies obey them."""
    user = UserPlanner(state.user, storyline)
    agent = AgentPlanner(max_requests=storyline.mines, seed=storyline.seed)
    if not state.advisers:
        return user, agent
    return ObedientPlanner(user, storyline), ObedientPlanner(agent, storyline)
