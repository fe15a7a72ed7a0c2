"""Agents and plans given in StreamDial's format, as agents of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from streamdial.blueprints import find_failed_checks, induce_blueprint
from streamdial.corpora import read_plans, read_profiles
from streamdial.counts import Counts
from streamdial.domains import list_domains, load_pack
from streamdial.environment import read_knowledge_file
from streamdial.ids import make_id
from streamdial.pipeline.results import AgentPair, Blueprints
from streamdial.pipeline.run import Run
from streamdial.pipeline.signals import keep_records
from streamdial.privacy import mask_personal_data
from streamdial.records import AgentPersona, Blueprint, KnowledgeRow, Language

Given = TypeVar("Given", AgentPersona, Blueprint)


async def load_given_agents(run: Run, agents: list[str]) -> Blueprints:
    """Read the given profiles and plans, pair them, and put personas, knowledge and blueprints into the store.

    A profile follows the plan of the same id; one that has none follows the plans of its language in turn, and where
    there are none a blueprint induced from the seed dialogues. Plans without any profile are followed by the agents of
    the sources, in turn. Personal data is masked in all texts first. What a profile knows is what its own texts say
    and what the file of `knowledge` says, which holds where the two differ. Counts name what was left out:
    `other_domain` (the id says so), `no_knowledge` (nothing the pack has slots for, so nothing could be answered),
    `failed_checks`, `unpaired`, and what the readers drop.

    Args:
        run: The run.
        agents: Ids of the agent personas of the sources.
    """
    given = run.settings.sources
    reading, planning, knowing = Counts("given profiles"), Counts("given plans"), Counts("given knowledge")
    personas = list(_read_personas(run, reading, knowing)) if given.profiles else []
    blueprints = list(_read_blueprints(run, planning)) if given.plans else []
    pairs = _pair(run, personas, blueprints) if given.profiles else _lend(run, agents, blueprints)
    used = {blueprint.id: blueprint for _, blueprint in pairs}
    if left := sum(blueprint.id not in used for blueprint in blueprints):
        planning.drop("unpaired", left)
        planning.kept -= left
    for persona in personas:
        rows = [row for row in persona.knowledge if row.slot in run.pack.slots]
        keep_records(run, rows, "knowledge", account=persona.account)
    if personas:
        run.store.put("personas", personas, {"text": run.embedder.embed([_describe(p) for p in personas])})
    if used:
        made = list(used.values())
        run.store.put("blueprints", made, {"text": run.embedder.embed([b.title for b in made])})
    reports = [counts for counts, path in ((reading, given.profiles), (planning, given.plans)) if path]
    if given.profiles and given.knowledge:
        reports.append(knowing)
    return Blueprints([AgentPair(persona.id, blueprint.id) for persona, blueprint in pairs], reports)


def _mask(text: str) -> str:
    return mask_personal_data(text, keep_public_addresses=True)


def _read_personas(run: Run, counts: Counts, knowing: Counts) -> Iterable[AgentPersona]:
    path = Path(str(run.settings.sources.profiles))
    tables: dict[Language, Sequence[KnowledgeRow]] = {}
    unnamed = 0
    for read in _keep_domain(run, read_profiles(path, run.pack, counts, change=_mask), counts):
        persona = read
        if given := run.settings.sources.knowledge:
            if read.language not in tables:
                # Cells are counted once, though each language reads them in its own way.
                report = Counts(knowing.phase) if tables else knowing
                tables[read.language] = read_knowledge_file(Path(given), run.pack, read.language, report).rows
            persona = _add_knowledge(read, tables[read.language])
        known = [row for row in persona.knowledge if row.slot in run.pack.slots]
        if known:
            unnamed += not any(row.entity for row in known)
            yield persona
        else:
            _leave_out(counts, "no_knowledge")
    if unnamed:
        counts.note(
            f"{unnamed} profiles name nothing that is sold: their agents can answer what holds for everything, and "
            "hand over the rest; --knowledge takes a table of what they sell"
        )


def _add_knowledge(persona: AgentPersona, rows: Sequence[KnowledgeRow]) -> AgentPersona:
    """Return an agent that knows the rows of a table too; they hold where its own say another value."""
    told = {(row.entity, row.slot) for row in rows}
    # The places of the layout count the rows: what is told otherwise stays, as what no longer holds.
    own = [
        row.model_copy(update={"replaced_by": _name_own(persona, row)}) if (row.entity, row.slot) in told else row
        for row in persona.knowledge
    ]
    added = [row.model_copy(update={"id": _name_own(persona, row)}) for row in rows]
    return persona.model_copy(update={"knowledge": (*own, *added)})


def _name_own(persona: AgentPersona, row: KnowledgeRow) -> str:
    """Return the id of a row of a table as an agent's own: each agent has its rows."""
    return make_id("knowledge", "given", persona.account, row.entity, row.slot)


def _read_blueprints(run: Run, counts: Counts) -> Iterable[Blueprint]:
    path = Path(str(run.settings.sources.plans))
    for blueprint in _keep_domain(run, read_plans(path, run.pack, counts, change=_mask), counts):
        if failed := find_failed_checks(blueprint, run.pack):
            _leave_out(counts, "failed_checks")
            counts.note(f"{blueprint.account}: {'; '.join(failed)}")
        else:
            yield blueprint


def _keep_domain(run: Run, records: Iterable[Given], counts: Counts) -> Iterable[Given]:
    """Yield the records whose ids name no other vertical: `car_seed_12` is no hotel."""
    others = {load_pack(name).release_name for name in list_domains()} - {run.pack.release_name}
    for record in records:
        if record.account.partition("_")[0] in others:
            _leave_out(counts, "other_domain")
        else:
            yield record


def _leave_out(counts: Counts, reason: str) -> None:
    counts.drop(reason)
    counts.kept -= 1


def _pair(
    run: Run, personas: Sequence[AgentPersona], blueprints: Sequence[Blueprint]
) -> list[tuple[AgentPersona, Blueprint]]:
    by_account = {blueprint.account: blueprint for blueprint in blueprints}
    taken = {persona.account for persona in personas}
    pairs = []
    turns: dict[str, int] = {}
    for persona in personas:
        same = [plan for plan in blueprints if plan.language == persona.language]
        free = [plan for plan in same if plan.account not in taken] or same
        if plan := by_account.get(persona.account):
            pairs.append((persona, plan))
        elif free:
            turn = turns.get(persona.language, 0)
            turns[persona.language] = turn + 1
            pairs.append((persona, free[turn % len(free)]))
        else:
            pairs.append((persona, _induce(run, persona)))
    return pairs


def _lend(run: Run, agents: Sequence[str], blueprints: Sequence[Blueprint]) -> list[tuple[AgentPersona, Blueprint]]:
    mined = [persona for persona in run.store.get("personas", AgentPersona) if persona.id in set(agents)]
    pairs = []
    for number, plan in enumerate(blueprints):
        if same := [persona for persona in mined if persona.language == plan.language]:
            pairs.append((same[number % len(same)], plan))
    return pairs


def _induce(run: Run, persona: AgentPersona) -> Blueprint:
    seeds = run.load_seeds(persona.language)
    return induce_blueprint(persona, run.pack, strategies=[], questions={}, responses={}, pairs=[], seeds=seeds)


def _describe(persona: AgentPersona) -> str:
    """Return what is known of a persona's trade: the identity may not be shown."""
    return (
        persona.identity.text or " ".join(boundary.text for boundary in persona.service_boundaries) or persona.account
    )
