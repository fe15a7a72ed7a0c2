"""How a user takes what was just told, before going on."""

from __future__ import annotations

import random

from streamdial.personas.verdicts import Verdict, judge_fact
from streamdial.planning.comparisons import AGAINST
from streamdial.planning.letdowns import find_letdown
from streamdial.planning.moves import Move, TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.records import Turn

REACTS = 0.92
"""How often a told fact that matters is reacted to before the user goes on."""
ACKNOWLEDGES = 0.72
"""How often a fact nobody wished anything about is."""
SIGHS = 0.35
"""How often a doubt begins with how it is taken, beside the doubt itself."""
LEADS_IN = 0.55
"""How often an answer to the agent's question begins with a word of its own."""
SAYS_WHY = 0.6
"""How often the user says what a question comes from."""
CHATS = 0.14
"""How often a turn ends with a word that asks nothing."""
PRAISES = ("react.fits", "react.better")
"""Reactions that say what speaks for a thing."""
_REACTED = ("answer", "recommend", "recover", "upsell", "check_stock", "compare", "handle_objection", "negotiate")


def react_as_user(plan: TurnPlan, state: DialogueState, last: Turn, rng: random.Random) -> tuple[Move, ...]:
    """Return how the user takes what was just said, before going on; nothing where the act itself is the reaction.

    Nobody passes over an answer that is a letdown.
    """
    if plan.act in ("leave", "thank", "silence", "decline") or plan.key in ("rebook",):
        return ()
    draw = rng.random()
    if plan.verdict is None and (letdown := find_letdown(state)):
        return (Move("react", f"react.{letdown}"),)
    if last.act == "request":
        return (Move("react", "react.request"),) if plan.act == "inform" and draw < LEADS_IN else ()
    if last.act in ("no_answer", "refuse"):
        return (Move("react", "react.unknown"),) if last.act == "no_answer" and draw < REACTS else ()
    if last.act not in _REACTED:
        return ()
    if plan.act in ("object", "negotiate", "revise", "ask_offer") and plan.verdict is not None:
        kind = plan.verdict.kind
        says = plan.act != "revise" and (kind == "gone" or draw < SIGHS)
        return (Move("react", f"react.{kind}", slot=plan.verdict.slot, verdict=plan.verdict),) if says else ()
    if last.act in ("handle_objection", "negotiate"):
        doubted = state.turns[-2] if len(state.turns) > 1 else last
        # The figure that was doubted, said once more, answers no doubt.
        again = doubted.act == "object" and bool(last.tell) and last.tell.keys() <= doubted.request.keys()
        said = "act:objection_none" not in last.moves and not again
        if not said and plan.act == "accept":
            return (Move("react", "react.lacks"),)  # whose doubt stays, but does not decide
        settled = said and not state.list_misses(state.focus) and plan.act not in ("defer", "leave")
        key = "react.answered" if settled else "react.unmoved"
        if settled and last.act == "negotiate" and not last.tell:
            key = "react.neutral"  # a price that stays as it is answers no worry
        return (Move("react", key),) if draw < REACTS else ()
    if last.act == "compare" and set(AGAINST) & set(last.moves) and plan.entity in ("", last.entity):
        return (Move("react", "react.keeps"),)
    asked = next((turn.request for turn in reversed(state.turns) if turn.role == "user"), {})
    verdicts = sorted(state.judge(last), key=lambda verdict: verdict.slot not in asked)
    return _take_facts(plan, verdicts, last, draw)


def _take_facts(plan: TurnPlan, verdicts: list[Verdict], last: Turn, draw: float) -> tuple[Move, ...]:
    """Return the reaction to facts: what is gone first, then the best of what fits; a miss is answered by the act."""
    kinds = [verdict.kind for verdict in verdicts]
    if "gone" in kinds:
        return (Move("react", "react.gone"),)
    if any(verdict.misses for verdict in verdicts) or plan.act == "acknowledge":
        return ()
    good = next((kind for kind in ("better", "fits") if kind in kinds), None)
    # Whom everything delights does not put it off in the same breath.
    if good is not None and plan.act not in ("defer", "ask_person"):
        verdict = verdicts[kinds.index(good)]
        return (Move("react", f"react.{good}", slot=verdict.slot, verdict=verdict),) if draw < REACTS else ()
    if last.act in ("recommend", "upsell"):
        if plan.act not in ("ask", "compare", "inform"):
            return ()  # what looks worth a look is not taken, or passed over, in the same breath
        return (Move("react", "react.offer"),) if draw < REACTS else ()
    if plan.act == "accept":
        # Two words of acknowledgement, the reason between them, would be one too many.
        return (Move("react", "react.informed"),) if draw < ACKNOWLEDGES / 2 and not plan.key else ()
    return (Move("react", "react.neutral"),) if draw < ACKNOWLEDGES else ()


def bridge_as_user(plan: TurnPlan, state: DialogueState, rng: random.Random) -> tuple[Move, ...]:
    """Return what the user adds: which wish a question comes from, or what speaks for what is accepted."""
    draw = rng.random()
    if plan.act == "accept":
        return _say_why(plan, state, rng)
    if plan.act == "ask" and not plan.inform and len(plan.request) == 1 and draw < SAYS_WHY:
        slot = plan.request[0]
        if slot in state.stated_wishes:
            need = (slot, state.stated_wishes[slot])
            return (Move("bridge", "why_ask", slot=slot, need=need),)
    if plan.act == "ask" and draw > 1 - CHATS:
        return (Move("bridge", "chit"),)
    return ()


def _say_why(plan: TurnPlan, state: DialogueState, rng: random.Random) -> tuple[Move, ...]:
    """Return what an acceptance rests on: a wish the thing meets, else that what was asked is answered."""
    wishes = state.held_wishes
    rows = {slot: state.knowledge.get(plan.entity, slot) for slot in wishes if (plan.entity, slot) in state.told}
    verdicts = [
        judge_fact(state.knowledge, wishes, plan.entity, slot, row.value, row.unit)
        for slot, row in rows.items()
        if row is not None
    ]
    good = [verdict for verdict in verdicts if verdict.kind in ("fits", "better")]
    told = state.last.tell if state.last is not None else {}
    if good and not any(verdict.slot in told for verdict in good):
        return (Move("react", "react.sum_up"),)  # a joy over what was told long ago follows from nothing
    if good:
        verdict = rng.choice([verdict for verdict in good if verdict.slot in told])
        return (Move("react", f"react.{verdict.kind}", slot=verdict.slot, verdict=verdict),)
    if plan.key:
        return ()  # something else than what was asked about
    asked = any(turn.role == "user" and turn.act in ("ask", "compare") for turn in state.goal_turns)
    return (Move("react", "react.informed"),) if asked else ()
