"""The participants of a run: the personas that take part in its dialogues, and the lines they may use.

Written down once as a file: shards of dialogues need no store, so any process on any machine can make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import orjson

from streamdial.blueprints import BehaviourPlan
from streamdial.corpora import THREADS
from streamdial.dialogues import (
    AgentProfile,
    Borrowed,
    DialogueMaker,
    GenerationOptions,
    Goal,
    LineBank,
    borrow,
    collect_lines,
    map_acts,
    strip_persona,
    transfer_agent,
)
from streamdial.errors import StoreError
from streamdial.ids import hash_text
from streamdial.personas import Knowledge
from streamdial.phrases import Inventory, load_inventory
from streamdial.pipeline.mining import list_asked, name_viewer, open_mining, open_scene, trace_asked
from streamdial.pipeline.progress import open_progress
from streamdial.pipeline.results import AgentPair
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import Part, RunSettings
from streamdial.planning import GivenPlan, MinedAnswers, collect_answers
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    Blueprint,
    Dialogue,
    DialogueStrategy,
    Language,
    MatchScore,
    QAPair,
    Record,
    SeedDialogue,
    Turn,
    UserPersona,
    UserQuestion,
)
from streamdial.slots import SlotReader
from streamdial.strategies import (
    DerivingStrategy,
    RewritingStrategy,
    Strategy,
    open_strategies,
)

Written = Record | SeedDialogue
Kept = TypeVar("Kept", bound=Written)
_SIGNALS: tuple[type[Written], ...] = (AgentResponse, UserQuestion, QAPair, DialogueStrategy)
_PEOPLE: tuple[type[Written], ...] = (UserPersona, AgentPersona, Blueprint)
_TYPES = {kind.__name__: kind for kind in (*_PEOPLE, *_SIGNALS, SeedDialogue)}


def load_agents(run: Run, pairs: Iterable[AgentPair]) -> list[AgentProfile]:
    """Return agents by the ids of their persona and blueprint, in order, from the store."""
    personas = {persona.id: persona for persona in run.store.get("personas", AgentPersona)}
    blueprints = {blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint)}
    return [
        AgentProfile(personas[persona], blueprints[blueprint], Knowledge(personas[persona].knowledge, run.pack))
        for persona, blueprint in pairs
    ]


def write_participants(run: Run, users: Sequence[UserPersona], agents: Sequence[AgentProfile]) -> str:
    """Write participants, and the signals lines are taken from, into a file; return its name, with a hash in it."""
    records: list[Written] = [*users, *(agent.persona for agent in agents), *(agent.blueprint for agent in agents)]
    for kind in _SIGNALS:
        records += run.store.get("signals", kind)
    mining = open_mining(run.settings)
    records += (seed for seed in run.store.get("exemplars", SeedDialogue) if mining or seed.origin == THREADS)
    unique = {record.id: record for record in records}
    lines = [
        orjson.dumps({"type": type(record).__name__, "record": record.model_dump(mode="json")}).decode()
        for _, record in sorted(unique.items())
    ]
    name = f"cast/people-{hash_text(chr(10).join(lines))[:12]}.jsonl"
    run.files.write_lines(name, lines)
    return name


class LoadedParticipants:
    """The participants of a run, and the makers of their dialogues.

    Args:
        run: The run.
        name: File `write_participants` wrote.
        whole: Dialogues asked for in all.

    Raises:
        StoreError: If the file is not there.
    """

    def __init__(self, run: Run, name: str, whole: int) -> None:
        self.run = run
        self._records: dict[str, list[Written]] = {kind: [] for kind in _TYPES}
        for line in run.files.read_lines(name):
            self._records[line["type"]].append(_TYPES[line["type"]].model_validate(line["record"]))
        self.users = {persona.id: self._strip(persona) for persona in self._list(UserPersona)}
        if not self.users:
            raise StoreError(f"{name} is not there, or empty.", fix="start the run again", where=run.settings.out)
        self.progress = open_progress(run, whole)
        self._makers: dict[tuple[object, ...], DialogueMaker] = {}
        self._asked: dict[tuple[str, ...], dict[str, set[str]]] = {}
        self._agents: dict[tuple[str, str], AgentProfile] = {}
        self._lent: dict[Language, Borrowed] = {}

    def _leaves_out(self, part: Part) -> bool:
        return isinstance(self.run.settings, RunSettings) and part in self.run.settings.dialogues.leave_out

    def _strip(self, persona: UserPersona) -> UserPersona:
        """Return a persona; its wishes alone where personas are left out, as a goal of MultiWOZ has them."""
        return strip_persona(persona) if self._leaves_out("persona") else persona

    def _list(self, kind: type[Kept]) -> list[Kept]:
        return [record for record in self._records[kind.__name__] if isinstance(record, kind)]

    def get_maker(
        self, agent: str, blueprint: str, *, before: Iterable[Strategy] = (), models: Sequence[str] = ()
    ) -> DialogueMaker:
        """Return the maker of dialogues with an agent, by the ids of its persona and blueprint.

        Args:
            agent: Id of the persona.
            blueprint: Id of the blueprint.
            before: Strategies that derive from what is made: the agent is as they look back on it.
            models: Names of the models of user and agent, where they are no others.
        """
        profile = self.get_agent(agent, blueprint)
        persona = profile.persona
        for strategy in before:
            persona = strategy.look_back(persona) if isinstance(strategy, DerivingStrategy) else persona
        key = (agent, blueprint, persona is profile.persona, *models)
        if key not in self._makers:
            if persona is not profile.persona:
                profile = AgentProfile(persona, profile.blueprint, Knowledge(persona.knowledge, self.run.pack))
            self._makers[key] = self._build_maker(profile, models)
        return self._makers[key]

    async def make_dialogue(
        self, entry: Mapping[str, Any], given: GivenPlan | None = None, *, now: bool = False
    ) -> tuple[Dialogue, str | None]:
        """Make the dialogue of one assignment, after a given plan where there is one; see `DialogueMaker.make`.

        Args:
            entry: The assignment.
            given: Its plan.
            now: Whether the agent knows what is so now, where a strategy would have it begin earlier.
        """
        strategies = open_strategies(entry)
        for one in strategies:
            if isinstance(one, RewritingStrategy) and (name := one.wants_model) is not None:
                one.bind(self.run.open_model(name))
        models = entry.get("models", ())
        before = () if now else strategies
        maker = self.get_maker(entry["agent"], entry["blueprint"], before=before, models=models)
        history = self._open_scene(entry, strategies)
        dialogue, fault = await maker.make(
            self.users[entry["user"]],
            path=entry["path"],
            seed=entry["seed"],
            record_id=entry["id"],
            match=MatchScore.model_validate(entry["match"]),
            number=entry["number"],
            behaviours=BehaviourPlan(frozenset(entry["planned"]), frozenset(entry["avoided"])),
            strategy=entry["strategy"],
            then=[Goal(self.users[user], path) for user, path in entry["then"]],
            human_rules=entry["rules"],
            given=given,
            history=history,
            strategies=[one for one in strategies if one.KIND != "derive"],
        )
        if models:
            dialogue = dialogue.model_copy(update={"models": self.name_models(models)})
        return trace_asked(dialogue, self._list_asked(strategies)), fault

    def name_models(self, models: Sequence[str]) -> dict[str, str]:
        """Return the ids of the models that played user and agent."""
        user, agent = models
        played = self.run.open_model(user) if user else self.run.user_model
        return {"user": played.model_id, "agent": self.run.open_model(agent).model_id}

    def _open_scene(self, entry: Mapping[str, Any], strategies: Sequence[Strategy]) -> tuple[Turn, ...]:
        """Return what was said before the user of a mined dialogue asked anything; nothing where nobody spoke first.

        It is a sentence of that line that can be said to one customer and agrees with the pages.
        """
        question = self._questions.get(self.users[entry["user"]].provenance.derived_from[0])
        named = {one.NAME for one in strategies}
        seed = self._seeds.get(question.asker or "") if question is not None else None
        if seed is None or seed.origin not in named or seed.turns[0].role != "agent":
            return ()
        expert = self.get_agent(entry["agent"], entry["blueprint"])
        answers = self.get_maker(entry["agent"], entry["blueprint"]).answers
        return open_scene(seed, answers, expert.knowledge)

    @cached_property
    def _questions(self) -> dict[str, UserQuestion]:
        return {question.id: question for question in self._list(UserQuestion)}

    @cached_property
    def _seeds(self) -> dict[str, SeedDialogue]:
        return {name_viewer(seed): seed for seed in self._list(SeedDialogue)}

    def plan_dialogue(self, entry: Mapping[str, Any]) -> GivenPlan:
        """Return the storyline and the plans of one assignment's dialogue, without a word of it."""
        return self.get_maker(entry["agent"], entry["blueprint"]).plan(
            self.users[entry["user"]],
            path=entry["path"],
            seed=entry["seed"],
            number=entry["number"],
            behaviours=BehaviourPlan(frozenset(entry["planned"]), frozenset(entry["avoided"])),
            strategy=entry["strategy"],
        )

    def get_agent(self, agent: str, blueprint: str) -> AgentProfile:
        """Return an agent by the ids of its persona and blueprint."""
        if (agent, blueprint) in self._agents:
            return self._agents[agent, blueprint]
        persona = next(persona for persona in self._list(AgentPersona) if persona.id == agent)
        plan = next(plan for plan in self._list(Blueprint) if plan.id == blueprint)
        profile = AgentProfile(persona, plan, Knowledge(persona.knowledge, self.run.pack))
        self._agents[agent, blueprint] = profile
        return profile

    def _build_maker(self, expert: AgentProfile, models: Sequence[str] = ()) -> DialogueMaker:
        run, settings = self.run, self.run.settings
        assert isinstance(settings, RunSettings)
        source = expert.persona.language
        language = settings.dialogues.language or source
        if source not in self._lent:
            self._lent[source] = borrow([p for p in self.users.values() if p.language == source], run.pack)
        played = None
        if run.words_turns:
            user, agent = models or ("", "")
            played = (run.open_model(user) if user else run.user_model, run.open_model(agent))
        options = GenerationOptions(
            realisation=run.mode,
            guided_by=settings.models.guided_by,
            user_policy=settings.models.user_policy,
            agent_policy=settings.models.agent_policy,
            max_turns=settings.dialogues.max_turns,
            min_turns=settings.dialogues.min_turns,
            simulates=not self._leaves_out("storyline"),
        )
        inventory = load_inventory(run.pack, language, settings.dialogues.phrases or "")
        return DialogueMaker(
            run.pack,
            language,
            expert if language == source else transfer_agent(expert, language),
            self.build_bank(expert, language),
            played[1] if played else None,
            user_model=played[0] if played else None,
            borrowed=self._lent[source],
            answers=self.collect_answers(expert, language),
            inventory=Inventory({}, {}, language) if self._leaves_out("phrases") else inventory,
            options=options,
        )

    def _list_asked(self, strategies: Sequence[Strategy]) -> dict[str, set[str]]:
        """Return what the viewers of these strategies asked, looked up once for each set of them."""
        names = tuple(one.NAME for one in strategies if one.KIND == "miner")
        if names not in self._asked:
            self._asked[names] = list_asked(strategies, self._list(UserQuestion)) if names else {}
        return self._asked[names]

    @cached_property
    def _acts(self) -> dict[str, str]:
        return map_acts(self._list(DialogueStrategy), self.run.pack)

    def collect_answers(self, expert: AgentProfile, language: Language) -> MinedAnswers:
        """Return what an agent really answered, by question, and its statements."""
        own = set(expert.persona.provenance.derived_from)
        if self._leaves_out("retrieval"):
            return MinedAnswers()
        return collect_answers(
            self._list(QAPair),
            self._list(UserQuestion),
            {response.id: response for response in self._list(AgentResponse) if response.id in own},
            expert.knowledge,
            SlotReader(self.run.pack, language, expert.knowledge.entities),
            acts=self._acts,
            mined=self._list(SeedDialogue),
        )

    def build_bank(self, expert: AgentProfile, language: Language) -> LineBank:
        """Return the real lines an agent and its customers may use in a language."""
        run = self.run
        own = set(expert.persona.provenance.derived_from)
        if self._leaves_out("retrieval"):
            return LineBank((), run.batches)
        mined = [seed for seed in self._list(SeedDialogue) if seed.language == language]
        lines = collect_lines(
            SlotReader(run.pack, language, expert.knowledge.entities),
            seeds=[*run.load_seeds(language), *(seed for seed in mined if seed.origin == THREADS)],
            questions=self._list(UserQuestion),
            # Nobody speaks with another account's voice; a line whose figures are about something else is no pattern.
            responses={
                response.id: response
                for response in self._list(AgentResponse)
                if response.id in own and not expert.knowledge.contradicts(response)
            },
            pairs=self._list(QAPair),
            acts=self._acts,
            mined=mined,
        )
        return LineBank(lines, run.batches)


def open_participants(run: Run, name: str, mark: str, whole: int) -> LoadedParticipants:
    """Return the participants of a run, the same object for all its shards in this process.

    Args:
        run: The run.
        name: File `write_participants` wrote.
        mark: Tells one set of assignments from another.
        whole: Dialogues asked for in all.
    """
    held: tuple[Any, LoadedParticipants] | None = run.shared.get("participants")
    if held is None or held[0] != (name, mark, whole):
        held = ((name, mark, whole), LoadedParticipants(run, name, whole))
        run.shared["participants"] = held
    return held[1]
