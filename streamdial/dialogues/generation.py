"""IDG for one dialogue: an assignment in, a finished dialogue out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from streamdial.blueprints import BehaviourPlan, BlueprintRunner
from streamdial.dialogues.bank import LineBank
from streamdial.dialogues.goals import GoalSequence, check_goals
from streamdial.dialogues.guided import guide
from streamdial.dialogues.guided_talk import TalkScript, TalkWriter
from streamdial.dialogues.loop import Side, build_dialogue, run_dialogue
from streamdial.dialogues.planned_policies import PolicyParts
from streamdial.dialogues.realising import Realiser
from streamdial.dialogues.reviewing import Reviewing
from streamdial.dialogues.selection import AgentProfile
from streamdial.dialogues.steering import Borrowed
from streamdial.dialogues.validation import validate_dialogue
from streamdial.domains import DomainPack
from streamdial.errors import ModelError
from streamdial.models import STRONG_MODES, ChatModel, GuidedBy, Mode
from streamdial.phrases import Inventory, load_inventory
from streamdial.planning import (
    DialogueState,
    GivenPlan,
    MinedAnswers,
    Planner,
    Storyline,
    build_planners,
    find_storyline,
    follow_storyline,
    judge_outcome,
)
from streamdial.planning.storylines import Lent, draw_storyline
from streamdial.policies import build_policy
from streamdial.records import Blueprint, Dialogue, Language, MatchScore, Recall, Turn, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import AdvisingStrategy, RewritingStrategy, Strategy
from streamdial.strategies.second_goals import Goal

BUDGET = "the budget is used up"


@dataclass(frozen=True)
class GenerationOptions:
    """How dialogues are made.

    Attributes:
        realisation: The mode, see `Mode`.
        guided_by: What a strong model words at once in the mode `guided`.
        max_turns: Turns after which a dialogue is cut.
        min_turns: Shorter dialogues are not usable.
        user_policy: Name of the user's policy in the registry; by the mode and the human rules where it is empty.
        agent_policy: Name of the agent's; by the mode where it is empty.
        simulates: Whether storylines are simulated until one ends as wanted, by causes; else the first one is followed.
    """

    realisation: Mode = "planned"
    guided_by: GuidedBy = "dialogue"
    max_turns: int = 24
    min_turns: int = 8
    user_policy: str = ""
    agent_policy: str = ""
    simulates: bool = True


def name_taken_path(dialogue: Dialogue, blueprint: Blueprint) -> Dialogue:
    """Return a dialogue that names the path it really took.

    A dialogue may end otherwise than was planned: nobody named a day, or the knowledge base had all that a
    colleague was to be asked.
    Then the first path of its real outcome is the one it took.
    """
    outcomes = {path.name: path.outcome for path in blueprint.paths}
    if outcomes.get(dialogue.path) == dialogue.outcome:
        return dialogue
    name = next((path.name for path in blueprint.paths if path.outcome == dialogue.outcome), dialogue.path)
    return dialogue.model_copy(update={"path": name})


class DialogueMaker:
    """Makes dialogues with one agent.

    Args:
        pack: The domain pack.
        language: Language of the dialogues.
        expert: The agent profile: persona, blueprint and knowledge base.
        bank: Real lines of the language.
        model: The language model; None for real lines and templates alone (planned only).
        user_model: The model that plays the user; the same by default.
        borrowed: What other viewers of the language said, used where a persona said nothing of the kind.
        answers: What the account really answered, by question.
        inventory: Phrases; those of the pack and language by default.
        options: How dialogues are made.
        ask: Asks a person, for the policy `person`: shows the state and returns what was typed.
        listen: Told each turn as soon as it is said.
    """

    def __init__(
        self,
        pack: DomainPack,
        language: Language,
        expert: AgentProfile,
        bank: LineBank,
        model: ChatModel | None,
        *,
        user_model: ChatModel | None = None,
        borrowed: Borrowed | None = None,
        answers: MinedAnswers | None = None,
        inventory: Inventory | None = None,
        options: GenerationOptions | None = None,
        ask: Callable[[DialogueState], str | None] | None = None,
        listen: Callable[[Turn], None] | None = None,
    ) -> None:
        self._ask = ask
        self._listen = listen
        self._pack = pack
        self._language = language
        self._expert = expert
        self._bank = bank
        self._model = model
        self._user_model = user_model or model
        borrowed = borrowed or Borrowed()
        self._answers = answers if answers is not None else MinedAnswers()
        self._inventory = inventory or load_inventory(pack, language)
        self._lent = Lent(borrowed.bookings, borrowed.inquiries, self._answers.questions)
        self._options = options or GenerationOptions()
        self._reader = SlotReader(pack, language, expert.knowledge.entities)

    @property
    def answers(self) -> MinedAnswers:
        """What the account really answered and said."""
        return self._answers

    async def make(
        self,
        user: UserPersona,
        *,
        path: str,
        seed: int,
        record_id: str,
        match: MatchScore,
        number: int = 0,
        behaviours: BehaviourPlan | None = None,
        strategy: str = "",
        then: Sequence[Goal] = (),
        human_rules: bool = False,
        history: Sequence[Turn] = (),
        given: GivenPlan | None = None,
        strategies: Sequence[Strategy] = (),
        memory: Sequence[Recall] = (),
    ) -> tuple[Dialogue, str | None]:
        """Return a finished dialogue, and why it cannot be used where it cannot.

        Args:
            user: Who asks.
            path: Name of the blueprint's path to follow.
            seed: Seed of everything random in the dialogue.
            record_id: Id of the dialogue.
            match: The selector's score.
            number: Number of the dialogue in its run: wordings are dealt out by it.
            behaviours: What it is to show, and to do without.
            strategy: What the agent is to prefer where the dialogue allows it.
            then: Goals the dialogue goes on with.
            human_rules: Whether the user, where it is planned, follows human rules.
            history: Turns the dialogue begins with; it is continued from the state they lead to.
            given: A storyline with its plans from `plan`, followed instead of one drawn now.
            strategies: What has a part in it; those that advise are asked before each turn, however it is made; those
                that rewrite read the finished dialogue, one after another.
            memory: What both sides remember of earlier dialogues. Where they do, it may be half as short.

        Raises:
            ModelError: If the model failed for good.
            ConfigurationError: If a goal cannot be followed by another.
        """
        check_goals([Goal(user, path), *then], self._expert.blueprint)
        advisers = [one for one in strategies if isinstance(one, AdvisingStrategy)]
        state = self._open_state(user, path, seed, behaviours, advisers, memory)
        state.strategy, state.number = strategy, number
        for turn in history:
            state.add(turn.model_copy(update={"turn_id": len(state.turns)}))
        rewords = self._options.realisation == "reworded"
        realiser = Realiser(self._bank, self._reader, self._model if rewords else None, inventory=self._inventory)
        state.storyline = given.storyline if given else self._find_storyline(state, path, behaviours, history)
        planners = (given, given) if given and given.plans else build_planners(state, state.storyline)
        script = await self._write_script(state, path, behaviours, history, planners) if not human_rules else None
        user_side = self._build_user(state, planners[0], human_rules, script)
        agent_side = self._build_agent(state, planners[1], realiser, script)
        if then:
            user_side = GoalSequence(user_side, then, lambda goal, now: self._begin_goal(goal, now, human_rules))
        limit = self._options.max_turns * (1 + len(then))
        _, reason = await run_dialogue(state, user_side, agent_side, max_turns=limit, listen=self._listen)
        if reason == "budget":
            raise ModelError(BUDGET, transient=False, kind="budget", fix="raise it and run again")
        reviewing = Reviewing(agent_side, realiser, self._user_model, self._bank, self._reader)
        refused = await reviewing.review(state, [one for one in strategies if isinstance(one, RewritingStrategy)])
        model_id = self._model.model_id if self._model else "none"
        dialogue = build_dialogue(state, reason, record_id=record_id, match=match, model_id=model_id)
        lineage = tuple(one.trace([turn.by for turn in dialogue.turns]) for one in strategies)
        dialogue = name_taken_path(dialogue.model_copy(update={"lineage": lineage}), self._expert.blueprint)
        fault = validate_dialogue(
            dialogue,
            self._pack,
            min_turns=self._count_least(state),
            knowledge=self._expert.knowledge,
            persona=state.user,
        )
        return dialogue, refused or fault

    def plan(
        self,
        user: UserPersona,
        *,
        path: str,
        seed: int,
        number: int = 0,
        behaviours: BehaviourPlan | None = None,
        strategy: str = "",
    ) -> GivenPlan:
        """Return the storyline of a dialogue and the plans of its turns, without a word of it; see `make`."""
        state = self._open_state(user, path, seed, behaviours)
        state.strategy, state.number = strategy, number
        state.storyline = self._find_storyline(state, path, behaviours, ())
        before = self._reopen(state, path, behaviours, ())
        planners = build_planners(before, state.storyline)
        return GivenPlan(state.storyline, tuple(follow_storyline(before, *planners, max_turns=self._options.max_turns)))

    def _open_state(
        self,
        user: UserPersona,
        path: str,
        seed: int,
        behaviours: BehaviourPlan | None,
        strategies: Sequence[AdvisingStrategy] = (),
        memory: Sequence[Recall] = (),
    ) -> DialogueState:
        runner = BlueprintRunner(self._expert.blueprint, path, self._pack, behaviours)
        return DialogueState(
            pack=self._pack,
            language=self._language,
            user=user,
            agent=self._expert.persona,
            knowledge=self._expert.knowledge,
            blueprint=self._expert.blueprint,
            runner=runner,
            rng=random.Random(seed),
            seed=seed,
            answers=self._answers,
            advisers=tuple(strategies),
            memory=tuple(memory),
        )

    def _count_least(self, state: DialogueState) -> int:
        """Return how many turns a dialogue must have; one that need not begin anew is shorter."""
        return self._options.min_turns // 2 if state.memory else self._options.min_turns

    def _reopen(
        self, state: DialogueState, path: str, behaviours: BehaviourPlan | None, history: Sequence[Turn]
    ) -> DialogueState:
        """Return a dialogue as it stood before its first new turn."""
        fresh = self._open_state(state.user, path, state.seed, behaviours, state.advisers, state.memory)
        fresh.strategy, fresh.number, fresh.storyline = state.strategy, state.number, state.storyline
        for turn in history:
            fresh.add(turn.model_copy(update={"turn_id": len(fresh.turns)}))
        return fresh

    async def _write_script(
        self,
        state: DialogueState,
        path: str,
        behaviours: BehaviourPlan | None,
        history: Sequence[Turn],
        planners: tuple[Planner, Planner],
    ) -> TalkScript | None:
        """Have the whole dialogue worded in one call, where that is wanted and one model words both sides."""
        options = self._options
        whole = options.realisation == "guided" and options.guided_by == "dialogue"
        named = {options.user_policy, options.agent_policy} - {"", "guided"}
        if not whole or self._model is None or self._user_model is not self._model or named:
            return None
        writer = TalkWriter(self._model, self._reader, state.count_failure)
        try:
            return await writer.write(
                lambda: self._reopen(state, path, behaviours, history), *planners, max_turns=options.max_turns
            )
        except ModelError as error:
            if error.kind == "budget":
                raise ModelError(BUDGET, transient=False, kind="budget", fix="raise it and run again") from error
            raise

    def _find_storyline(
        self, state: DialogueState, path: str, behaviours: BehaviourPlan | None, history: Sequence[Turn]
    ) -> Storyline:
        """Return the storyline of a dialogue, simulated from where it stands."""
        outcome = state.runner.path.outcome
        if not self._options.simulates:
            return draw_storyline(state.user, state.world, outcome, str(state.seed), lent=self._lent)
        storyline, fault = find_storyline(
            lambda: self._reopen(state, path, behaviours, history),
            outcome,
            seed=state.seed,
            min_turns=self._count_least(state),
            max_turns=self._options.max_turns,
            lent=self._lent,
        )
        if fault is not None:
            state.count_failure(f"{fault}_for_{outcome}")
        return storyline

    def _begin_goal(self, goal: Goal, state: DialogueState, human_rules: bool) -> Side:
        runner = BlueprintRunner(self._expert.blueprint, goal.path, self._pack)
        state.begin_goal(goal.user, runner, judge_outcome(state.goal_turns))
        state.storyline = draw_storyline(
            state.user, state.world, state.runner.path.outcome, f"{state.seed}/{len(state.turns)}", lent=self._lent
        )
        return self._build_user(state, build_planners(state, state.storyline)[0], human_rules)

    def _build_user(
        self, state: DialogueState, planner: Planner, human_rules: bool, script: TalkScript | None = None
    ) -> Side:
        rewords = self._options.realisation == "reworded"
        realiser = Realiser(self._bank, self._reader, self._user_model if rewords else None, inventory=self._inventory)
        parts = PolicyParts(
            role="user",
            state=state,
            bank=self._bank,
            reader=self._reader,
            realiser=realiser,
            model=self._user_model,
            ask=self._ask,
            planner=planner,
            script=script,
        )
        return self._build_side(parts, "human_rules" if human_rules else "planned", self._options.user_policy)

    def _build_agent(
        self, state: DialogueState, planner: Planner, realiser: Realiser, script: TalkScript | None = None
    ) -> Side:
        parts = PolicyParts(
            role="agent",
            state=state,
            bank=self._bank,
            reader=self._reader,
            realiser=realiser,
            model=self._model,
            ask=self._ask,
            planner=planner,
            script=script,
        )
        return self._build_side(parts, "planned", self._options.agent_policy)

    def _build_side(self, parts: PolicyParts, planned: str, named: str) -> Side:
        """Return the policy of a name, built with the planned one as its fallback."""
        mode = self._options.realisation
        strong = parts.model is not None and mode in STRONG_MODES
        if strong and mode == "guided" and not named:
            # Whatever plans, a user with human rules too, is worded by the model.
            guided: Side = build_policy(parts.role, planned, replace(parts, realiser=guide(parts)))
            return guided
        name = named or ("direct" if strong and mode == "direct" else planned)
        side: Side = build_policy(parts.role, planned, parts)
        return side if name == planned else build_policy(parts.role, name, replace(parts, planned=side))
