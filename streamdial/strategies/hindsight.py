"""The agent's turn before the user objected for good or left is said otherwise, and the dialogue goes on from there."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import ClassVar

from streamdial.personas import Knowledge
from streamdial.records import Dialogue, Language, Outcome, Revision, UserPersona
from streamdial.strategies.directive import Directive
from streamdial.strategies.strategy import Continuation, DerivingStrategy, Setting, StrategyKind

WORTH: Mapping[Outcome, int] = {"drop_out": 0, "deferral": 1, "hand_over": 2, "success": 3}
"""Which end is better than which."""
PASSED_ON = ("no_answer", "recover", "handle_objection")
"""Acts that a colleague can be called for instead."""
PREFERRED = ("recover", "explain_conflict", "recommend", "request", "propose")
"""What is done in place of any other act, the likeliest first."""
FIXED = ("refuse", "confirm", "hold", "close")
"""Acts for which nothing else can be said: a full day stays full."""
NOTE: Mapping[Language, str] = {
    "en": "Your last try lost the customer: help with what holds them back, and tell nothing that is not so.",
    "zh": "照原来的说法顾客会走：先解决顾客的顾虑，不要说不实的话。",
}


class Hindsight(DerivingStrategy):
    """A dialogue that went wrong, told from the turn that could have been better.

    Hindsight regenerations take a finished dialogue, find the agent's turn after which it failed, have it said better
    with that in mind, and train on both. Here it is the turn before the user leaves, or objects and puts it off. What
    the agent could not tell, had nothing for, or the user insisted on goes to a colleague; else the agent must not do
    the same act again, and the user goes on as on a path to success. Kept is what ends better; the words that stood
    there are in `Dialogue.revisions`, so the two turns are a pair to learn a preference from. Left out: training on the
    pairs, and a model that looks for the turn.
    """

    NAME: ClassVar[str] = "hindsight"
    KIND: ClassVar[StrategyKind] = "derive"
    FAMILY: ClassVar[str] = "recombination"
    PAPERS: ClassVar[tuple[str, ...]] = ("Hindsight Regenerations (arXiv 2411.05194)",)

    def derive(
        self, dialogue: Dialogue, user: UserPersona, knowledge: Knowledge, rng: random.Random
    ) -> Sequence[Continuation]:
        """Return nothing: it takes a path that ends better, which `go_on` knows."""
        return ()

    def go_on(self, chain: Sequence[Dialogue], setting: Setting, rng: random.Random) -> Sequence[Continuation]:
        """Return the dialogue's beginning up to the turn; nothing where none could have been better."""
        dialogue = chain[-1]
        number = find_lost_turn(dialogue) if len(chain) == 1 else None
        if number is None:
            return ()
        old = dialogue.turns[number]
        # Nobody gives up what was just insisted on.
        passed = old.act in PASSED_ON or any(turn.act == "insist" for turn in dialogue.turns[:number])
        first = Directive(
            forbid=(old.act, "request") if passed else (old.act,),
            prefer=("hand_over",) if passed else PREFERRED,
            note=NOTE[dialogue.language],
        )
        wanted: Outcome = "hand_over" if passed else "success"
        path = next((path.name for path in setting.blueprint.paths if path.outcome == wanted), "")
        return (Continuation(setting.user, dialogue.turns[:number], first, path),) if path else ()

    def finish(self, made: Dialogue, parent: Dialogue) -> tuple[Dialogue, str | None]:
        """Return the dialogue with the words its turn stands for; `not_better` where it ends no better."""
        number = find_lost_turn(parent)
        if number is None or number >= len(made.turns) or WORTH[made.outcome] <= WORTH[parent.outcome]:
            return made, "not_better"
        reason = parent.turns[number + 1].act
        revision = Revision(turn_id=number, before=parent.turns[number].utterance, reason=reason, reviewer=self.NAME)
        return made.model_copy(update={"revisions": (*made.revisions, revision)}), None


def find_lost_turn(dialogue: Dialogue) -> int | None:
    """Return the number of the agent's turn a dialogue went wrong after; None where it did not, or began with it."""
    if dialogue.goals or WORTH[dialogue.outcome] > WORTH["deferral"]:
        return None
    wanted = ("leave",) if dialogue.outcome == "drop_out" else ("object", "insist")
    lost = [n for n, turn in enumerate(dialogue.turns) if turn.role == "user" and turn.act in wanted]
    number = lost[-1] - 1 if lost else 0
    return number if number > 0 and dialogue.turns[number].act not in FIXED else None
