"""Who takes part in the dialogues of a run: loaded once a process, not once a shard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streamdial.dialogues import (
    Borrowed,
    DialogueMaker,
    Expert,
    GenerationOptions,
    LineBank,
    ModelReviewer,
    borrow,
    collect_lines,
    transfer_expert,
)
from streamdial.personas import Knowledge
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    Language,
    QAPair,
    UserPersona,
    UserQuestion,
)
from streamdial.slots import SlotReader
from tasks._progress import Progress
from tasks._resources import Run


def load_experts(run: Run, pairs: Iterable[Iterable[str]]) -> list[Expert]:
    """Return experts by the ids of their persona and blueprint, in order."""
    personas = {persona.id: persona for persona in run.store.get("personas", AgentPersona)}
    blueprints = {blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint)}
    return [
        Expert(personas[persona], blueprints[blueprint], Knowledge(personas[persona].knowledge, run.pack))
        for persona, blueprint in pairs
    ]


class Cast:
    """The people of a run and the makers of its dialogues.

    Args:
        run: The run.
        users: Ids of the user personas.
        whole: Dialogues asked for in all.
    """

    def __init__(self, run: Run, users: Iterable[str], whole: int) -> None:
        self._run = run
        wanted = set(users)
        self.people = {p.id: p for p in run.store.get("personas", UserPersona) if p.id in wanted}
        self.progress = Progress(run, whole)
        self._makers: dict[tuple[str, str], DialogueMaker] = {}
        self._lent: dict[Language, Borrowed] = {}
        self._signals: _Signals | None = None

    def get_maker(self, agent: str, blueprint: str) -> DialogueMaker:
        """Return what makes dialogues with an expert, by the ids of its persona and blueprint."""
        if (agent, blueprint) not in self._makers:
            (expert,) = load_experts(self._run, [(agent, blueprint)])
            self._makers[agent, blueprint] = self._build_maker(expert)
        return self._makers[agent, blueprint]

    def _build_maker(self, expert: Expert) -> DialogueMaker:
        run, settings = self._run, self._run.settings
        source = expert.persona.language
        language = settings.language or source
        if source not in self._lent:
            self._lent[source] = borrow([p for p in self.people.values() if p.language == source], run.pack)
        options = GenerationOptions(
            realisation=run.realisation, most_turns=settings.most_turns, least_turns=settings.least_turns
        )
        return DialogueMaker(
            run.pack,
            language,
            expert if language == source else transfer_expert(expert, language),
            self._build_bank(expert, language),
            run.model,
            user_model=run.user_model,
            borrowed=self._lent[source],
            reviewer=ModelReviewer(run.review_model) if settings.review == "model" else None,
            options=options,
        )

    def _build_bank(self, expert: Expert, language: Language) -> LineBank:
        run = self._run
        self._signals = self._signals or _Signals(run)
        own = set(expert.persona.provenance.derived_from)
        lines = collect_lines(
            SlotReader(run.pack, language, expert.knowledge.entities),
            seeds=run.load_seeds(language),
            questions=self._signals.questions,
            # Nobody speaks with another account's voice; a line whose figures are about something else is no pattern.
            responses={
                response.id: response
                for response in self._signals.responses
                if response.id in own and not expert.knowledge.contradicts(response)
            },
            pairs=self._signals.pairs,
            acts=self._signals.acts,
        )
        return LineBank(lines, run.batches)


class _Signals:
    """The signals lines are taken from."""

    def __init__(self, run: Run) -> None:
        self.responses = run.store.get("signals", AgentResponse)
        self.questions = run.store.get("signals", UserQuestion)
        self.pairs = run.store.get("signals", QAPair)
        strategies = run.store.get("signals", DialogueStrategy)
        known = run.pack.strategies
        self.acts = {s.response_id: known[s.strategy].act for s in strategies if s.strategy in known}


def open_cast(run: Run, users: list[str], mark: str, whole: int) -> Cast:
    """Return the cast of a run, the same one for all its shards in this process.

    Args:
        run: The run.
        users: Ids of the user personas.
        mark: Tells one set of assignments from another.
        whole: Dialogues asked for in all.
    """
    held: tuple[Any, Cast] | None = run.shared.get("cast")
    if held is None or held[0] != (mark, whole):
        held = ((mark, whole), Cast(run, users, whole))
        run.shared["cast"] = held
    return held[1]
