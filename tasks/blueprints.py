"""CB as a task: the blueprint of an account."""

from __future__ import annotations

from typing import Any

from prefect import task

from streamdial.blueprints import check_blueprint, draft_blueprint, induce_blueprint
from streamdial.counts import Counts
from streamdial.records import AgentPersona, AgentResponse, DialogueStrategy, QAPair, UserQuestion
from streamdial.runs import RunSettings
from streamdial.tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from streamdial.tasks._resources import open_run


@task(
    name="blueprint",
    task_run_name="blueprint-{persona_id}",
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_blueprint(settings: RunSettings, persona_id: str, recordings: list[str]) -> dict[str, Any]:
    """Induce the blueprint of an agent persona, have a strong model draft one, check it, and put it into the store."""
    run = open_run(settings)
    persona = next(p for p in run.store.get("personas", AgentPersona) if p.id == persona_id)
    where = {"source_id": recordings}
    strategies = run.store.get("signals", DialogueStrategy, conditions=where)
    seeds = run.load_seeds(persona.language)
    counts = Counts("blueprints")
    blueprint = induce_blueprint(
        persona,
        run.pack,
        strategies=strategies,
        questions={question.id: question for question in run.store.get("signals", UserQuestion, conditions=where)},
        responses={response.id: response for response in run.store.get("signals", AgentResponse, conditions=where)},
        pairs=run.store.get("signals", QAPair, conditions=where),
        seeds=seeds,
        counts=counts,
    )
    check_blueprint(blueprint, run.pack)
    if run.realisation == "direct":
        blueprint = await draft_blueprint(
            run.model, blueprint, persona, run.pack, strategies=strategies, seeds=seeds, counts=counts
        )
    else:
        counts.asked = counts.made = counts.kept = 1
    run.store.put("blueprints", [blueprint], {"text": run.embedder.embed([blueprint.title])})
    return {"blueprint": blueprint.id, "counts": [counts.to_dict()]}
