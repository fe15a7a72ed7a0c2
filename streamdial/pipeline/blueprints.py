"""CB: the blueprint of an account."""

from __future__ import annotations

from streamdial.blueprints import check_blueprint, draft_blueprint, induce_blueprint
from streamdial.counts import Counts
from streamdial.pipeline.results import MadeRecords
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import RunSettings
from streamdial.records import AgentPersona, AgentResponse, Blueprint, DialogueStrategy, QAPair, UserQuestion


async def make_blueprint(run: Run, persona_id: str, recordings: list[str]) -> MadeRecords:
    """Induce the blueprint of an agent persona, have a strong model draft one, check it, and put it into the store."""
    persona = next(p for p in run.store.get("personas", AgentPersona) if p.id == persona_id)
    where = {"source_id": recordings}
    counts = Counts("blueprints")
    if isinstance(run.settings, RunSettings) and "blueprint" in run.settings.dialogues.leave_out:
        return _keep_plan(run, persona, counts)
    strategies = run.store.get("signals", DialogueStrategy, conditions=where)
    seeds = run.load_seeds(persona.language)
    blueprint = induce_blueprint(
        persona,
        run.pack,
        strategies=strategies,
        questions={question.id: question for question in run.store.get("signals", UserQuestion, conditions=where)},
        responses={response.id: response for response in run.store.get("signals", AgentResponse, conditions=where)},
        pairs=run.store.get("signals", QAPair, conditions=where),
        seeds=[*seeds, *run.load_threads(persona.language, recordings)],
        counts=counts,
    )
    check_blueprint(blueprint, run.pack)
    if run.strong:
        blueprint = await draft_blueprint(
            run.model, blueprint, persona, run.pack, strategies=strategies, seeds=seeds, counts=counts
        )
    else:
        counts.asked = counts.made = counts.kept = 1
    return _keep(run, blueprint, counts)


def _keep_plan(run: Run, persona: AgentPersona, counts: Counts) -> MadeRecords:
    """Keep the pack's own plan for an account: what stands for a blueprint of which nothing was mined."""
    plan = induce_blueprint(
        persona, run.pack, strategies=(), questions={}, responses={}, pairs=(), seeds=(), counts=counts
    )
    check_blueprint(plan, run.pack)
    counts.asked = counts.made = counts.kept = 1
    return _keep(run, plan, counts)


def _keep(run: Run, blueprint: Blueprint, counts: Counts) -> MadeRecords:
    run.store.put("blueprints", [blueprint], {"text": run.embedder.embed([blueprint.title])})
    return MadeRecords([blueprint.id], [counts])
