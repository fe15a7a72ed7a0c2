"""The steps of IDG: the assignments of a run, then shards of dialogues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson

from streamdial.counts import Counts
from streamdial.dialogues import Assignment, assign_dialogues, list_cells
from streamdial.errors import ConfigurationError
from streamdial.pipeline.deriving import Deriver
from streamdial.pipeline.mining import list_asked, open_acting
from streamdial.pipeline.participants import load_agents, open_participants, write_participants
from streamdial.pipeline.results import AgentPair, Assignments, MadeShard
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import RunSettings
from streamdial.pipeline.shards import read_assignments, work_through, write_assignments
from streamdial.pipeline.workspace import name_derived_users
from streamdial.records import Dialogue, UserPersona, UserQuestion
from streamdial.strategies import PlanningStrategy, StrategyChoice, arrange_assignment, open_strategy
from streamdial.strategies.model_pairs import ModelPairs


async def assign_run(run: Run[RunSettings], users: list[str], agents: list[AgentPair], count: int) -> Assignments:
    """Assign users to agents and paths, and write that down, with all that the shards need of the store.

    Args:
        run: The run.
        users: Ids of the user personas.
        agents: The agents with their blueprints.
        count: Dialogues wanted; part of the arguments, because it is no part of the fingerprint.
    """
    settings, wanted = run.settings, set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = load_agents(run, agents)
    shares = {str(outcome): share for outcome, share in settings.dialogues.outcome_shares.items()}
    assignments = assign_dialogues(
        personas,
        loaded,
        run.embedder,
        count=count,
        seed=settings.dialogues.seed,
        shares=shares,
        behaviour_shares=settings.dialogues.behaviour_shares,
    )
    choices = settings.strategies.list_choices()
    mining = [strategy for strategy in open_acting(settings) if strategy.KIND == "miner"]
    asked = list_asked(mining, run.store.get("signals", UserQuestion) if mining else ())

    _require_words(run, choices)

    def acts(choice: StrategyChoice, one: Assignment) -> bool:
        if choice.name in asked:
            # The first of its messages is its own; a question of another may have joined it.
            return one.user.provenance.derived_from[0] in asked[choice.name]
        return choice.is_drawn(one.number, settings.dialogues.seed)

    drawn_for = [[choice for choice in choices if acts(choice, one)] for one in assignments]
    arranged = [_arrange(one, drawn, personas) for one, drawn in zip(assignments, drawn_for, strict=True)]
    assignments, chosen = [one for one, _ in arranged], [acting for _, acting in arranged]
    listed = [
        {
            "number": a.number,
            "id": a.id,
            "user": a.user.id,
            "agent": loaded[a.expert].persona.id,
            "blueprint": loaded[a.expert].blueprint.id,
            "path": a.path,
            "strategy": a.strategy,
            "match": a.match.model_dump(),
            "seed": a.seed,
            "planned": sorted(a.behaviours.planned),
            "avoided": sorted(a.behaviours.avoided),
            "rules": a.human_rules,
            "then": [[goal.user.id, goal.path] for goal in a.then],
            **({"models": list(a.models)} if a.models is not None else {}),
            **({"strategies": [[choice.name, choice.options] for choice in drawn]} if drawn else {}),
        }
        for a, drawn in zip(assignments, chosen, strict=True)
    ]
    return write_assignments(run, listed, write_participants(run, personas, loaded))


def _require_words(run: Run[RunSettings], choices: Sequence[StrategyChoice]) -> None:
    """Refuse models for the two sides of dialogues in which no model takes part.

    Raises:
        ConfigurationError: If one is chosen.
    """
    for choice in choices:
        if choice.share and not run.words_turns and choice.name == ModelPairs.NAME:
            raise ConfigurationError(
                f"strategy {choice.name} has nothing to do in the mode {run.mode}: no model takes part in the turns.",
                fix="choose --mode guided or direct, or leave it out",
            )


def _arrange(
    assignment: Assignment, drawn: Sequence[StrategyChoice], personas: Sequence[UserPersona]
) -> tuple[Assignment, list[StrategyChoice]]:
    """Return an assignment as its strategies have it, and those that have a part: what changed nothing has none."""
    acting = []
    for choice in drawn:
        strategy = open_strategy(choice.name, choice.options)
        after = arrange_assignment(assignment, [strategy], personas)
        if after != assignment or not isinstance(strategy, PlanningStrategy):
            acting.append(choice)
        assignment = after
    return assignment, acting


async def make_shard(
    run: Run[RunSettings], assignments: str, content: str, first: int, stop: int, participants: str, attempt: str
) -> MadeShard:
    """Make the dialogues first to stop - 1 and write them as one shard.

    Each finished dialogue is journalled at once: a killed shard takes up after the last one. A dialogue that fails
    for good goes to the dead letters and holds nobody up; one that a budget no longer allows is left for later.

    Args:
        run: The run.
        assignments: Name of the file of the assignments.
        content: Hash of what it holds; part of what decides the result.
        first: Number of the first dialogue.
        stop: Number after the last one.
        participants: Name of the file of those who take part, with a hash of what it holds.
        attempt: Which try at the shard this is, see `DeadLetters.name_attempt`.
    """
    if run.pool is not None:
        return await run.pool.make("make_shard", assignments, content, first, stop, participants, attempt)
    planned = read_assignments(run, assignments, content)
    known = open_participants(run, participants, content, len(planned))
    deriver = Deriver(known)

    async def make(entry: dict[str, Any]) -> dict[str, Any]:
        dialogue, fault = await known.make_dialogue(entry)
        derived = await deriver.derive_dialogues(entry, dialogue) if fault is None else []
        if any(made.session is not None and reason is None for made, reason, _ in derived):
            dialogue = deriver.begin_episode(entry, dialogue)
        elif fault is None and deriver.looks_back(entry):
            # Nobody comes back, so it is held with what is so now.
            dialogue, fault = await known.make_dialogue(entry, now=True)
            derived = await deriver.derive_dialogues(entry, dialogue, now=True) if fault is None else []
        more = [
            {"fault": reason, "dialogue": one.model_dump(mode="json"), "user": user.model_dump(mode="json")}
            for one, reason, user in derived
        ]
        return {"fault": fault, "dialogue": dialogue.model_dump(mode="json"), **({"derived": more} if more else {})}

    shard = await work_through(run, planned, first, stop, attempt, known.progress, make)
    deriver.join_dialogues(shard.lines, planned[first:stop])
    kept = _keep_dialogues(shard.lines, shard.counts)
    run.files.write_lines(shard.name, (dialogue.model_dump_json() for dialogue in kept))
    changed = [orjson.dumps(one["user"]).decode() for line in shard.lines for one in line.get("derived", ())]
    if changed:
        run.files.write_lines(name_derived_users(shard.name), changed)
    return shard.report(run, [shard.counts], cells=list_cells(kept))


def _keep_dialogues(lines: list[dict[str, Any]], counts: Counts) -> list[Dialogue]:
    kept = []
    checks: Counter[str] = Counter()
    for line in (part for whole in lines for part in (whole, *whole.get("derived", ()))):
        counts.made += 1
        if line["fault"]:
            counts.drop(line["fault"])
            continue
        counts.kept += 1
        kept.append(Dialogue.model_validate(line["dialogue"]))
        checks.update(kept[-1].checks)
    if checks:
        told = ", ".join(f"{name} {count}" for name, count in checks.most_common())
        counts.note(f"wordings refused: {told}")
    return kept
