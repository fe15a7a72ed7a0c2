"""Makes dialogues with tools one by one: the tasks, both policies, the loop, and the plain dialogue beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.dialogues import AgentProfile, LineBank
from streamdial.domains import DomainPack
from streamdial.environment.environment import EnvironmentRecord
from streamdial.environment.external_tools import ExternalTool
from streamdial.environment.faults import FaultRates
from streamdial.environment.simulated_tools import SimulatedTool, SimulatedTools
from streamdial.models import STRONG_MODES, ChatModel
from streamdial.models import Mode as ModelMode
from streamdial.policies import HumanRules, build_policy
from streamdial.records import Dialogue, MatchScore, Turn, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import Strategy
from streamdial.tooluse.agent import AgentPolicy
from streamdial.tooluse.conversion import convert_dialogue
from streamdial.tooluse.loop import MAX_TURNS, ToolEnvironment, adopt_turns, run_tool_dialogue
from streamdial.tooluse.planned_wording import PlannedWording
from streamdial.tooluse.plans import TaskOptions
from streamdial.tooluse.policies import ToolAgentParts, ToolUserParts
from streamdial.tooluse.records import Mode, ToolDialogue
from streamdial.tooluse.simulator import UserPolicy
from streamdial.tooluse.tasks import TaskMaker
from streamdial.tooluse.wording import PhraseWording


@dataclass(frozen=True)
class ToolOptions:
    """How dialogues with tools are made.

    Attributes:
        mode: How the user behaves.
        realisation: `planned`: an agenda decides what is called and said, the model words it. `direct`: the model
            decides for the agent.
        rules: The user's human rules; those of the package by default.
        faults: How often calls go wrong.
        tasks: Which tasks there are.
        user_policy: Name of the user's policy in the registry. Where it is empty the simulator, in `direct` the user's
            model if there is one.
        agent_policy: Name of the agent's; by `realisation` where it is empty.
        simulated: Tools whose answers a model gives.
        external: Tools of the user's own.
        max_turns: Turns after which a dialogue is cut.
    """

    mode: Mode = "user-oriented"
    realisation: ModelMode = "planned"
    rules: HumanRules | None = None
    faults: FaultRates = field(default_factory=FaultRates)
    tasks: TaskOptions = field(default_factory=TaskOptions)
    user_policy: str = ""
    agent_policy: str = ""
    simulated: tuple[SimulatedTool, ...] = ()
    external: tuple[ExternalTool, ...] = ()
    max_turns: int = MAX_TURNS


class Made(NamedTuple):
    """A dialogue in both forms."""

    dialogue: ToolDialogue
    plain: Dialogue


class ToolDialogueMaker:
    """Makes dialogues with one agent and its tools.

    Args:
        world: Its environment: database and tools.
        pack: The domain pack.
        expert: The agent profile: persona, blueprint and knowledge base.
        bank: Real lines of its language.
        model: Words what was decided, or decides, and answers for simulated tools; None for real lines and templates.
        user_model: The model that plays the user, or words what it does where code decides; by default the model words
            and the simulator decides.
        options: How dialogues are made.
    """

    def __init__(
        self,
        world: EnvironmentRecord,
        pack: DomainPack,
        expert: AgentProfile,
        bank: LineBank,
        model: ChatModel | None,
        *,
        user_model: ChatModel | None = None,
        options: ToolOptions | None = None,
    ) -> None:
        self._options = options or ToolOptions()
        self._expert = expert
        self._pack = pack
        self._bank = bank
        self._model = model
        self._player = user_model
        self._user_model = user_model or model
        self._schema = world.database
        self._reader = SlotReader(pack, world.database.language, world.list_entities())
        database, toolbox = world.open_database(), world.open_toolbox()
        self._tasks = TaskMaker(database, world.contents, toolbox, pack, self._options.tasks)
        simulated = self._options.simulated
        self._world = ToolEnvironment(
            database,
            toolbox,
            pack,
            simulated=SimulatedTools(toolbox, simulated, model, world.database.language)
            if simulated and model
            else None,
            external=self._options.external,
            faults=self._options.faults,
            rules=self._options.rules,
            id=world.id,
            source=expert.persona.provenance.source_id,
            agent_persona_id=expert.persona.id,
            knowledge=expert.knowledge,
        )

    async def make(
        self,
        persona: UserPersona,
        *,
        seed: int,
        record_id: str,
        match: MatchScore,
        counts: Counts,
        trial: int = 0,
        history: Sequence[Turn] = (),
        number: int | None = None,
        strategies: Sequence[Strategy] = (),
    ) -> Made:
        """Return a finished dialogue, verified or not.

        Args:
            persona: Who asks; its wishes and questions are taken where the database knows of them.
            seed: Decides the tasks, and with the trial everything else.
            record_id: Id of the dialogue.
            match: The selector's score.
            counts: Gets what became of the drafts of its tasks, see `TaskMaker.make`.
            trial: Which repeat of the same tasks it is.
            history: Turns made without tools that it begins with.
            number: Number of the dialogue in its run, by which phrases are dealt out; the seed by default.
            strategies: What has a part in it; those that advise are asked before each turn.

        Raises:
            ModelError: If the model failed for good.
            NothingLeftError: If the database has no tasks for this seed.
        """
        plan = self._tasks.make(seed, counts, persona)
        checks = Counts("checks")
        drawn = seed if not trial else seed * 1009 + trial
        planned = self._options.realisation not in STRONG_MODES
        mode = self._options.mode
        place = drawn if number is None else number
        played = "tool_simulator" if planned or self._player is None else "tool_direct"
        # What a model that plays the user could not say is said by code.
        worder = self._user_model if played == "tool_simulator" else None
        words = self._word(worder, checks, place, persona.provenance.derived_from)
        user: UserPolicy = build_policy(
            "user",
            self._options.user_policy or played,
            ToolUserParts(
                self._world,
                plan,
                words,
                drawn,
                mode,
                persona,
                self._user_model,
                self._world.build_advice(strategies, "user", plan, drawn, persona),
                checks.dropped,
            ),
        )
        parts = ToolAgentParts(
            self._world,
            self._word(self._model if planned else None, checks, place),
            self._reader,
            drawn,
            model=self._model,
            persona=self._expert.persona,
            checks=checks.dropped,
            number=place,
            advise=self._world.build_advice(strategies, "agent", plan, drawn, persona),
        )
        agent: AgentPolicy = build_policy("agent", "tool_planned", parts)
        name = self._options.agent_policy or ("tool_planned" if planned or self._model is None else "tool_direct")
        if name != "tool_planned":
            agent = build_policy("agent", name, replace(parts, planned=agent))
        made = await run_tool_dialogue(
            self._world,
            plan,
            seed=drawn,
            mode=mode,
            history=adopt_turns(history),
            persona=persona,
            user=user,
            agent=agent,
            max_turns=self._options.max_turns,
            record_id=record_id,
            number=place,
            checks=checks.dropped,
            model_id=self._model.model_id if self._model else "none",
            strategies=strategies,
        )
        plain = convert_dialogue(made, self._expert.blueprint, self._pack, match=match, history=history)
        return Made(made, plain)

    def _word(self, model: ChatModel | None, checks: Counts, number: int, own: Sequence[str] = ()) -> PlannedWording:
        phrases = PhraseWording(self._schema, self._pack, number=number, reader=self._reader)
        return PlannedWording(phrases, self._reader, self._bank, checks, model=model, own=own)
