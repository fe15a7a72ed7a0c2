"""IDG, the whole phase: an assignment in, a finished dialogue out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from streamdial.blueprints import BehaviourPlan, BlueprintRunner
from streamdial.dialogues.agenda import Agenda
from streamdial.dialogues.direct import DirectAgent, DirectUser
from streamdial.dialogues.lines import LineBank
from streamdial.dialogues.loop import Side, build_dialogue, find_faults, run_dialogue
from streamdial.dialogues.policy import AgentPolicy
from streamdial.dialogues.realising import Realiser
from streamdial.dialogues.selection import Expert
from streamdial.dialogues.sides import PlannedAgent, PlannedUser
from streamdial.dialogues.state import DialogueState
from streamdial.dialogues.steering import Borrowed, find_conflict, list_meetable
from streamdial.domains import DomainPack
from streamdial.errors import ModelError
from streamdial.models import ChatModel
from streamdial.records import Blueprint, Constraint, Dialogue, Language, MatchScore, UserPersona
from streamdial.slots import SlotReader

MOST_OTHERS = 8
"""Questions, and doubts, of other viewers that one dialogue may take up."""


@dataclass(frozen=True)
class GenerationOptions:
    """How dialogues are made.

    Attributes:
        realisation: `planned` or `direct`.
        most_turns: Turns after which a dialogue is cut.
        least_turns: Shorter dialogues are not usable.
    """

    realisation: Literal["planned", "direct"] = "planned"
    most_turns: int = 24
    least_turns: int = 8


def name_taken_path(dialogue: Dialogue, blueprint: Blueprint) -> Dialogue:
    """Return a dialogue that names the path it really took.

    A talk may end otherwise than was planned: nobody named a day, or K knew all that a colleague was to be asked.
    Then the first path of its real outcome is the one it took.
    """
    outcomes = {path.name: path.outcome for path in blueprint.paths}
    if outcomes.get(dialogue.path) == dialogue.outcome:
        return dialogue
    name = next((path.name for path in blueprint.paths if path.outcome == dialogue.outcome), dialogue.path)
    return dialogue.model_copy(update={"path": name})


class DialogueMaker:
    """Makes dialogues with one expert.

    Args:
        pack: The domain pack.
        language: Language of the dialogues.
        expert: Agent persona, blueprint and K.
        bank: Real lines of the language.
        model: The language model; None for real lines and templates alone (planned only).
        borrowed: What other viewers of the language said, used where a persona said nothing of the kind.
        options: How dialogues are made.
    """

    def __init__(
        self,
        pack: DomainPack,
        language: Language,
        expert: Expert,
        bank: LineBank,
        model: ChatModel | None,
        *,
        borrowed: Borrowed | None = None,
        options: GenerationOptions | None = None,
    ) -> None:
        self._pack = pack
        self._language = language
        self._expert = expert
        self._bank = bank
        self._model = model
        self._borrowed = borrowed or Borrowed()
        self._asks, self._doubts = (
            tuple(i for i in self._borrowed.inquiries if i.act == act and i.asks) for act in ("ask", "object")
        )
        self._lent = list_meetable(self._borrowed.wishes, expert.knowledge)
        self._options = options or GenerationOptions()
        self._reader = SlotReader(pack, language, expert.knowledge.entities)

    async def make(
        self,
        user: UserPersona,
        *,
        path: str,
        seed: int,
        record_id: str,
        match: MatchScore,
        behaviours: BehaviourPlan | None = None,
    ) -> tuple[Dialogue, str | None]:
        """Return a finished dialogue, and why it cannot be used where it cannot.

        Args:
            user: Who asks.
            path: Name of the blueprint's path to follow.
            seed: Seed of everything random in the dialogue.
            record_id: Id of the dialogue.
            match: The selector's score.
            behaviours: What it is to show, and to do without.

        Raises:
            ModelError: If the model failed for good.
        """
        rng = random.Random(seed)
        runner = BlueprintRunner(self._expert.blueprint, path, self._pack, behaviours)
        clashes = runner.wants("constraint_conflict") or runner.wants("recovery")
        state = DialogueState(
            pack=self._pack,
            language=self._language,
            user=user,
            agent=self._expert.persona,
            knowledge=self._expert.knowledge,
            blueprint=self._expert.blueprint,
            runner=runner,
            rng=rng,
            seed=seed,
            conflict=find_conflict(user, self._expert.knowledge, self._lent) if clashes else (),
        )
        user_side, agent_side = self._build_sides(state)
        _, reason = await run_dialogue(state, user_side, agent_side, most_turns=self._options.most_turns)
        if reason == "budget":
            raise ModelError("the budget is used up", transient=False, kind="budget", fix="raise it and run again")
        model_id = self._model.model_id if self._model else "none"
        dialogue = build_dialogue(state, reason, record_id=record_id, match=match, model_id=model_id)
        dialogue = name_taken_path(dialogue, self._expert.blueprint)
        fault = find_faults(dialogue.turns, least_turns=self._options.least_turns)
        if fault is None and reason in ("repetition", "farewell_loop", "turn_cap"):
            fault = reason
        return dialogue, fault

    def _build_sides(self, state: DialogueState) -> tuple[Side, Side]:
        planned = self._options.realisation == "planned"
        realiser = Realiser(self._bank, self._reader, self._model if planned else None)
        agenda = Agenda(
            state.user,
            self._choose_bookings(state.rng),
            most_inquiries=state.rng.choice([3, 4, 5]),
            others=[
                inquiry
                for group in (self._asks, self._doubts)
                for inquiry in state.rng.sample(group, min(MOST_OTHERS, len(group)))
            ],
            conflict=state.conflict,
        )
        policy = AgentPolicy(most_requests=state.rng.choice([1, 2, 3]))
        user, agent = PlannedUser(agenda, realiser), PlannedAgent(policy, realiser)
        if planned or self._model is None:
            return user, agent
        return (
            DirectUser(self._model, self._bank, self._reader, user),
            DirectAgent(self._model, self._bank, self._reader, agent),
        )

    def _choose_bookings(self, rng: random.Random) -> list[Constraint]:
        chosen = []
        for slot in self._pack.list_slots(booking=True):
            known = [constraint for constraint in self._borrowed.bookings if constraint.slot == slot]
            if known:
                chosen.append(rng.choice(known))
        return chosen
