"""What stands beside the acts of a turn: how the user takes what was told, and what a fact means to the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.personas import Knowledge
from streamdial.planning import Move, Verdict, conclude_comparison, is_lacking, judge_fact
from streamdial.records import Constraint
from streamdial.tooluse.belief_state import BeliefState
from streamdial.tooluse.records import Act, ToolTurn

SAYS_WHY = 0.4
"""How often the agent says with an offer that a stated wish is met; that one is missed it always says."""
TAKES_UP = 0.2
"""How often the agent begins with a word on what was just said."""
LEADS_IN = 0.25
"""How often an answer to a question begins with a word of its own."""


def judge_acts(acts: Sequence[Act], wishes: Mapping[str, str], pack: DomainPack, schema: DomainSchema) -> list[Verdict]:
    """Return what the facts of some acts are worth to somebody with these wishes.

    Args:
        acts: Acts of the agent.
        wishes: What the user wants, by slot.
        pack: The domain pack.
        schema: Gives the units.
    """
    held = {slot: Constraint(slot=slot, value=value, evidence=("wish",)) for slot, value in wishes.items()}
    knowledge, found = Knowledge((), pack), []
    for act in acts:
        for slot, value in act.tell.items():
            column = schema.get_column(slot)
            if column is not None and not pack.slots[slot].booking:
                found.append(judge_fact(knowledge, held, act.entity, slot, value, column.unit))
    return found


def react(
    acts: Sequence[Act], wishes: Mapping[str, str], pack: DomainPack, schema: DomainSchema, *, same: bool = False
) -> Move | None:
    """Return how a user takes what was just said to it, or None where there is nothing to be said.

    Args:
        acts: What the agent did.
        wishes: What the user wants.
        pack: The domain pack.
        schema: Gives the units.
        same: Whether what was offered is what had been offered before.
    """
    names = {act.act for act in acts}
    if names & {"say_full", "say_closed", "offer_waitlist"}:
        return Move("react", "react.full")
    if "no_answer" in names:
        return Move("react", "react.unknown")
    verdicts = judge_acts(acts, wishes, pack, schema)
    missed = next((verdict for verdict in verdicts if verdict.misses), None)
    if missed is not None:
        return Move("react", f"react.{missed.kind}", slot=missed.slot, verdict=missed)
    if "answer" in names and any(v.kind == "irrelevant" and is_lacking(pack, v.slot, v.value) for v in verdicts):
        return Move("react", "react.lacks")
    strong = next((v for v in verdicts if v.kind == "better"), None) or next(
        (v for v in verdicts if v.kind == "fits"), None
    )
    if strong is not None and names & {"recommend", "answer"}:
        return Move("react", f"react.{strong.kind}", slot=strong.slot, verdict=strong)
    if "recommend" in names and not same:
        return Move("react", "react.offer")
    return Move("react", "react.neutral") if names & {"answer", "compare", "recommend", "say_free"} else None


def plan_agent_moves(
    acts: Sequence[Act], turns: Sequence[ToolTurn], belief: BeliefState, pack: DomainPack, rng: Random
) -> tuple[Move, ...]:
    """Return what an agent says beside its acts: a word on the wish just heard, and what the offer means for it."""
    moves: list[Move] = []
    heard = next((act for act in turns[-1].acts if act.act in ("inform", "revise", "ask_offer") and act.inform), None)
    names = {act.act for act in acts}
    wished = {slot: value for slot, value in (heard.inform if heard else {}).items() if not pack.slots[slot].booking}
    if wished and "request" in names and rng.random() < TAKES_UP:
        moves.append(Move("react", "react.need", need=next(iter(wished.items()))))
    if (
        "request" in names
        and rng.random() < TAKES_UP
        and not all(pack.slots[s].booking for a in acts for s in a.request)
    ):
        moves.append(Move("bridge", "why_request"))
    compared = next((act for act in acts if act.act == "compare"), None)
    if compared is not None and (key := weigh(compared, belief, pack)):
        moves.append(Move("bridge", key))
    offers = [act for act in acts if act.act in ("recommend", "recover")]
    verdicts = judge_acts(offers, belief.known_wishes, pack, belief.schema)
    missed = next((verdict for verdict in verdicts if verdict.misses), None)
    met = next((v for v in verdicts if v.kind in ("fits", "better") and v.slot in belief.fresh), None)
    # How much it is off by stands in no row of a call.
    if missed is not None:
        moves.append(Move("bridge", "miss", slot=missed.slot, verdict=replace(missed, gap=0.0)))
    elif met is not None and rng.random() < SAYS_WHY:
        moves.append(Move("bridge", met.kind, slot=met.slot, verdict=replace(met, gap=0.0)))
    return tuple(moves)


def weigh(compared: Act, belief: BeliefState, pack: DomainPack) -> str:
    """Return the key of what an agent concludes from a comparison, by the wishes it knows of."""
    wishes, schema = belief.known_wishes, belief.schema
    missed, missed_other = (
        {
            verdict.slot
            for verdict in judge_acts([Act(act="compare", tell=told)], wishes, pack, schema)
            if verdict.misses
        }
        for told in (compared.tell, compared.tell_other)
    )
    price, price_other = (
        float(told[schema.price]) if schema.price and told.get(schema.price) else None
        for told in (compared.tell, compared.tell_other)
    )
    return conclude_comparison(missed, missed_other, price, price_other)
