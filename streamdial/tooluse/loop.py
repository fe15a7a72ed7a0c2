"""The loop of dialogues with tools: user, agent and tools, turn by turn, from nothing or from any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

from pydantic import JsonValue

from streamdial.domains import DomainPack
from streamdial.environment.calls import ToolCall
from streamdial.environment.database import DomainDatabase
from streamdial.environment.external_tools import ExternalTool, ExternalTools
from streamdial.environment.faults import FaultRates, FaultyTools
from streamdial.environment.simulated_tools import SimulatedTools
from streamdial.environment.tools import Toolbox, ToolSide
from streamdial.errors import ConfigurationError
from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.policies import HumanRules
from streamdial.records import Provenance, Role, Turn, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import Strategy
from streamdial.tooluse.agent import AgentPolicy
from streamdial.tooluse.conversion import find_stage
from streamdial.tooluse.plans import TaskPlan
from streamdial.tooluse.policies import ToolAgentParts, ToolUserParts, build_planned, build_simulator
from streamdial.tooluse.records import Act, Mode, Step, ToolDialogue, ToolStopReason, ToolTurn, accumulate_acts
from streamdial.tooluse.simulator import UserPolicy
from streamdial.tooluse.talk_view import Advise, Explain, build_advice, build_explanations, mark_tool_turn
from streamdial.tooluse.verification import verify_tasks
from streamdial.tooluse.wording import PhraseWording, Wording

MAX_TURNS = 120
"""Maximum number of turns of a dialogue, those of user and agent together."""


@dataclass(frozen=True)
class ToolEnvironment:
    """What all dialogues over one account's database share.

    Attributes:
        database: The database as every dialogue finds it; each works on a copy.
        toolbox: The tools over it.
        pack: The domain pack.
        simulated: Simulated tools beside the toolbox; None for none.
        external: Tools of the user's own beside it.
        faults: What goes wrong with the tools.
        rules: How users behave; those of the package by default.
        wording: Words the acts of user and agent; templates by default.
        id: Id of its `EnvironmentRecord`, where there is one.
        source: Id of what the database was made from, for provenance.
        agent_persona_id: Whose knowledge it is.
        knowledge: The knowledge base the database was made from; what the agent tells is traced to its rows. None
            traces words alone.
    """

    database: DomainDatabase
    toolbox: Toolbox
    pack: DomainPack
    simulated: SimulatedTools | None = None
    external: tuple[ExternalTool, ...] = ()
    faults: FaultRates = field(default_factory=FaultRates)
    rules: HumanRules | None = None
    wording: Wording | None = None
    id: str = ""
    source: str = ""
    agent_persona_id: str = ""
    knowledge: Knowledge | None = None

    @cached_property
    def start(self) -> str:
        """Hash of what the database holds when a dialogue begins."""
        return self.database.hash_contents()

    @cached_property
    def reader(self) -> SlotReader:
        """Finds values and the names of what is sold in words."""
        schema = self.database.schema
        names = [str(row[schema.entity]) for row in self.database.execute("SELECT * FROM entities", {})]
        return SlotReader(self.pack, schema.language, names)

    def begin_tools(self, steps: Iterable[Step] = (), seed: int = 0) -> ToolSide:
        """Return all tools of a dialogue, those without the database behind them last.

        Args:
            steps: Calls of its history.
            seed: Its seed.
        """
        inner = self.simulated.begin(steps, seed) if self.simulated is not None else self.toolbox
        return ExternalTools(inner, self.external) if self.external else inner

    def build_advice(
        self, strategies: Sequence[Strategy], role: Role, plan: TaskPlan, seed: int, persona: UserPersona | None = None
    ) -> Advise | None:
        """Return what asks the strategies of a side before each of its turns; None where there are none."""
        return build_advice(
            strategies,
            role,
            pack=self.pack,
            language=self.database.schema.language,
            tasks=[task.wish for task in plan.tasks],
            knowledge=self.knowledge,
            seed=seed,
            persona=persona,
        )

    def build_explanations(
        self, strategies: Sequence[Strategy], plan: TaskPlan, seed: int, persona: UserPersona | None = None
    ) -> Explain:
        """Return what has strategies explain turns that were made."""
        return build_explanations(
            strategies,
            pack=self.pack,
            language=self.database.schema.language,
            tasks=[task.wish for task in plan.tasks],
            knowledge=self.knowledge,
            seed=seed,
            persona=persona,
        )


async def run_tool_dialogue(
    world: ToolEnvironment,
    plan: TaskPlan,
    *,
    seed: int,
    mode: Mode = "user-oriented",
    history: Sequence[ToolTurn] = (),
    persona: UserPersona | None = None,
    user: UserPolicy | None = None,
    agent: AgentPolicy | None = None,
    max_turns: int = MAX_TURNS,
    record_id: str = "",
    number: int | None = None,
    checks: Mapping[str, int] | None = None,
    model_id: str = "none",
    strategies: Sequence[Strategy] = (),
) -> ToolDialogue:
    """Run a dialogue to its end and verify its tasks.

    The state of the database at the end of `history` is brought about by making its calls again, so a dialogue can be
    continued from any of its turns, and from a dialogue that was made without tools (see `adopt_turns`).

    Args:
        world: Database, tools, faults and rules.
        plan: The tasks; those the user takes up are recorded.
        seed: Decides what the user takes up, what goes wrong and the words.
        mode: `user-oriented`, or `task-oriented` for the baseline that says everything at once.
        history: Turns that were there before; empty for a new dialogue.
        persona: Whose wishes the tasks are, where they are somebody's; the user types as they do.
        user: Another user policy than the simulator.
        agent: Another agent policy than the planned one.
        max_turns: Turns after which the dialogue is ended, those of `history` included.
        record_id: Id of the dialogue; by its content if empty.
        number: Number of the dialogue in its run, by which phrases are dealt out; the seed by default.
        checks: The policies count failed checks into it while they speak; kept with the dialogue.
        model_id: The model that words or speaks.
        strategies: What has a part in it; policies of the caller's own are given what they advise by their parts.

    Raises:
        ConfigurationError: If the calls of `history` return other results on this database.
        ModelError: If a policy or a simulated tool asks a model and the call fails.
    """
    schema = world.database.schema
    number = seed if number is None else number
    wording = world.wording or PhraseWording(schema, world.pack, number=number, reader=world.reader)
    advice = {role: world.build_advice(strategies, role, plan, seed, persona) for role in get_args(Role)}
    user = user or build_simulator(ToolUserParts(world, plan, wording, seed, mode, persona, advise=advice["user"]))
    agent = agent or build_planned(
        ToolAgentParts(world, wording, world.reader, seed, number=number, advise=advice["agent"])
    )
    unmet: list[str] = []
    steps = [step for turn in history for step in turn.steps]
    tools = FaultyTools(
        world.begin_tools(steps, seed),
        world.faults,
        seed,
        searches=(world.toolbox.find("search").name,),
        steps=steps,
        language=schema.language,
    )
    turns = list(history)

    explain = world.build_explanations(strategies, plan, seed, persona)

    def mark(turn: ToolTurn) -> ToolTurn:
        advise = advice[turn.role]
        return explain(mark_tool_turn(turn, advise(turns) if advise is not None else None, unmet.append), turns)

    with closing(world.database.copy()) as database:
        _catch_up(steps, database, world.toolbox)
        reason = await _alternate(turns, user, agent, tools, database, max_turns, mark)
    turns = _trace(turns, world, persona)
    tasks = plan.select(user.list_taken())
    verdicts, changes = verify_tasks(tasks, turns, world.database, world.toolbox, world.reader)
    start = world.start
    return ToolDialogue(
        id=record_id or make_id("tool_dialogue", start, seed, mode, [turn.model_dump(mode="json") for turn in turns]),
        domain=schema.domain,
        language=schema.language,
        provenance=Provenance(
            source_id=world.source or start,
            derived_from=tuple(name for name in (persona.id if persona else "", world.agent_persona_id) if name),
            model_id=model_id,
        ),
        mode=mode,
        seed=seed,
        tools=tools.describe(),
        tasks=tasks,
        turns=tuple(turns),
        stop_reason=reason,
        verdicts=verdicts,
        database=start,
        world=world.id,
        changes=changes,
        user_persona_id=persona.id if persona else "",
        agent_persona_id=world.agent_persona_id,
        checks={**dict(checks or {}), **Counter(unmet)},
        lineage=tuple(one.trace([turn.by for turn in turns]) for one in strategies),
    )


def adopt_turns(turns_before: Iterable[Turn]) -> tuple[ToolTurn, ...]:
    """Return turns of a dialogue made without tools as a history to go on from, at the stage its last turn is in."""
    turns: list[ToolTurn] = []
    for turn in turns_before:
        act = Act(
            act=turn.act,
            entity=turn.entity,
            other=turn.other,
            inform=turn.inform,
            request=tuple(turn.request),
            tell=turn.tell,
            tell_other=turn.tell_other,
        )
        adopted = ToolTurn(
            turn_id=len(turns),
            role=turn.role,
            utterance=turn.utterance,
            acts=(act,),
            given=True,
            stage=turn.stage,
            evidence=turn.evidence,
            realisation=turn.realisation,
        )
        state = accumulate_acts((*turns, adopted))
        turns.append(adopted.model_copy(update={"state": state}) if turn.role == "user" else adopted)
    return tuple(turns)


async def _alternate(
    turns: list[ToolTurn],
    user: UserPolicy,
    agent: AgentPolicy,
    tools: ToolSide,
    database: DomainDatabase,
    max_turns: int,
    mark: Callable[[ToolTurn], ToolTurn],
) -> ToolStopReason:
    while len(turns) < max_turns:
        if not turns or turns[-1].role == "agent":
            turn = await user.speak(turns)
            if turn is None:
                return "left" if user.has_open(turns) else "done"
            turns.append(mark(turn))
            continue
        made = _Calls(tools, database, sum(len(turn.steps) for turn in turns))
        speech = await agent.speak(turns, made.call)
        if not speech.utterance:
            return "silent"
        turn = ToolTurn(
            turn_id=len(turns),
            role="agent",
            utterance=speech.utterance,
            acts=speech.acts,
            steps=tuple(made.steps),
            reasoning=speech.reasoning,
            state=turns[-1].state,
            evidence=speech.evidence,
            realisation=speech.realisation,
        )
        turns.append(mark(turn))
    return "turn_cap"


def _trace(turns: Iterable[ToolTurn], world: ToolEnvironment, persona: UserPersona | None) -> list[ToolTurn]:
    """Return turns with their stages, and with the rows of knowledge and the messages that are their evidence."""
    wishes = {(wish.slot, wish.value): wish.evidence for wish in persona.constraints} if persona else {}
    traced: list[ToolTurn] = []
    stage = ""
    for turn in turns:
        if turn.given:
            traced.append(turn)
            stage = turn.stage or stage
            continue
        stage = find_stage(turn.role, turn.acts, world.pack, stage)
        rested = [source for act in turn.acts for said in act.inform.items() for source in wishes.get(said, ())]
        if world.knowledge is not None:
            told = [
                (n, s) for act in turn.acts for n, v in ((act.entity, act.tell), (act.other, act.tell_other)) for s in v
            ]
            rows = [world.knowledge.get(name, slot) for name, slot in told]
            rested += [row.id for row in rows if row is not None]
        evidence = tuple(dict.fromkeys((*rested, *turn.evidence)))
        traced.append(turn.model_copy(update={"stage": stage, "evidence": evidence}))
    return traced


class _Calls:
    """The calls of one turn."""

    def __init__(self, tools: ToolSide, database: DomainDatabase, made: int) -> None:
        self.steps: list[Step] = []
        self._tools = tools
        self._database = database
        self._made = made

    async def call(self, name: str, arguments: Mapping[str, JsonValue], reasoning: str, task: str) -> Step:
        number = self._made + len(self.steps) + 1
        call = ToolCall(id=f"call_{number}", name=name, arguments=dict(arguments))
        result = await self._tools.call(call, self._database)
        step = Step(reasoning=reasoning, call=call, result=result, task=task)
        self.steps.append(step)
        return step


def _catch_up(steps: Iterable[Step], database: DomainDatabase, toolbox: Toolbox) -> None:
    for step in steps:
        if toolbox.get(step.call.name) is None or step.result.fault is not None or not step.result.repeatable:
            continue
        if toolbox.execute(step.call, database).rows != step.result.rows:
            raise ConfigurationError(
                f"call {step.call.id} ({step.call.name}) of the history brings other rows on this database.",
                fix="give the database the history was made on",
            )
