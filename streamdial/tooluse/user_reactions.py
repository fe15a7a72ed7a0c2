"""How the simulated user takes what was just told or done, and how it leads over to what it does next."""

from __future__ import annotations

import random
from collections.abc import Sequence

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.planning import Move
from streamdial.policies import HumanRates, HumanRules, load_human_rules
from streamdial.tooluse.moves import LEADS_IN, judge_acts
from streamdial.tooluse.moves import react as react_to
from streamdial.tooluse.records import TaskWish, ToolTurn
from streamdial.tooluse.user_state import SETTLING, UserState

NEXT_QUESTIONS = ("find", "compare", "details", "availability")
"""Kinds of wish that "another thing:" may open; a booking follows from what was shown, it is no other thing."""
ARRANGED = ("confirm", "hold", "waitlisted")
"""Acts of the agent that settle what becomes of the thing that was looked for."""


class UserReactions:
    """Reactions of one user.

    Args:
        wishes: What it wants, in order.
        rules: How it behaves.
        rates: How often each rule acts.
        pack: The domain pack.
        schema: Schema of what is sold.
        oriented: Whether it says what it wants bit by bit, as people do.
    """

    def __init__(
        self,
        wishes: Sequence[TaskWish],
        rules: HumanRules,
        rates: HumanRates,
        pack: DomainPack,
        schema: DomainSchema,
        *,
        oriented: bool,
    ) -> None:
        self._wishes = wishes
        self._rules = rules
        self._rates = rates
        self._pack = pack
        self._schema = schema
        self._oriented = oriented
        self._held = {wish.id for wish in wishes if wish.kind == "hold"}

    def take_bad_news(self, turns: Sequence[ToolTurn], mind: UserState) -> tuple[Move, ...]:
        """Return a reaction to a refusal or a letdown that ends the talk; thanks alone for anything else."""
        last = turns[-1].acts if turns and turns[-1].role == "agent" else ()
        wishes = mind.list_wishes(next((act.task for act in last if act.task), ""))
        move = react_to(last, wishes, self._pack, self._schema)
        refused = any(act.act in ("say_full", "say_closed") for act in last)
        let_down = move is not None and move.key == "react.lacks"
        if not self._rates.feedback:
            return ()
        if move is not None and (refused or let_down):
            return (move,)
        return (Move("react", "want_time.compare"),) if self._keeps_looking(turns, mind) else ()

    def _keeps_looking(self, turns: Sequence[ToolTurn], mind: UserState) -> bool:
        """Tell whether the last thing offered misses a wish and nothing was arranged: nobody just says thanks then."""
        acts = [act for turn in turns if turn.role == "agent" for act in turn.acts]
        if any(act.act in SETTLING and act.act not in ("compare", "say_free") for act in acts):
            return False
        offer = next((act for act in reversed(acts) if act.act in ("recommend", "recover")), None)
        if offer is None:
            return False
        return any(v.misses for v in judge_acts([offer], mind.list_wishes(offer.task), self._pack, self._schema))

    def react(
        self, turns: Sequence[ToolTurn], mind: UserState, wish: TaskWish, rng: random.Random, rules: list[str]
    ) -> tuple[list[str], tuple[Move, ...], str]:
        """Return what is said before the act itself: keys, moves, words of a file; the rules that acted are noted."""
        last = turns[-1] if turns and turns[-1].role == "agent" else None
        if last is None:
            return [], (), ""
        rates = self._rates
        begins = not mind.progress[wish.id].opened
        again = ["again"] if begins and wish.kind == "find" and not wish.after and wish != self._wishes[0] else []
        if again and not any(act.act in ARRANGED for turn in turns for act in turn.acts):
            again = ["undecided", *again]
        if begins and wish.kind == "book" and wish.after in self._held:
            again = ["decided"]
        again = again if self._oriented else []
        if last.given:
            another = begins and wish.kind in NEXT_QUESTIONS and not again and rng.random() < rates.thanks
            return (["next"] if another else again), (), ""
        failed = sum(step.result.failure is not None and step.result.failure.transient for step in last.steps)
        hurried = any("impatience" in turn.rules for turn in turns)
        if failed >= self._rules.slow_calls and not hurried and rng.random() < rates.impatience:
            rules.append("impatience")
            return ["hurry", *again], (), ""
        acts = {act.act for act in last.acts}
        refused = bool(acts & {"recover", "offer_waitlist", "say_full", "say_closed", "no_answer", "no_booking"})
        done = acts & {"confirm", "confirm_change", "hold", "waitlisted", "say_free", "compare"}
        if begins and done and not refused and rng.random() < rates.thanks:
            rules.append("thanks")
            more = ["next"] if wish.kind in NEXT_QUESTIONS and not again and rng.random() < 0.35 else []
            return ["thanks", *again, *more], (), ""
        if acts == {"request"}:
            move = (Move("react", "react.request"),) if not again and rng.random() < LEADS_IN * rates.feedback else ()
            return again, move, ""
        return (again, (), "") if again else ([], *self._take(last, turns, mind, rng, rules))

    def _take(
        self, last: ToolTurn, turns: Sequence[ToolTurn], mind: UserState, rng: random.Random, rules: list[str]
    ) -> tuple[tuple[Move, ...], str]:
        """Return a reaction to what was told, by what it is worth to this user: as a move, or in a file's words."""
        wishes = mind.list_wishes(next((act.task for act in last.acts if act.task), ""))
        before = [act.entity for turn in turns[:-1] for act in turn.acts if act.act in ("recommend", "recover")]
        same = any(act.act == "recommend" and act.entity in before for act in last.acts)
        move = react_to(last.acts, wishes, self._pack, self._schema, same=same)
        if move is None or rng.random() >= self._rates.feedback:
            return (), ""
        rules.append("feedback")
        if self._rules.feedback and self._rules.feedback != load_human_rules().feedback:
            kind = move.verdict.kind if move.verdict else move.key.removeprefix("react.")
            name = "met" if kind in ("fits", "better", "offer") else "neither" if kind == "neutral" else "broken"
            said = (turn.utterance for turn in turns if turn.role == "user")
            words = self._rules.list_reactions(self._schema.language, name, said)
            return (), rng.choice(words) if words else ""
        return (move,), ""
