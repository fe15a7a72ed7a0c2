"""CB: the blueprint of an account."""

from __future__ import annotations

from streamdial.blueprints import check_blueprint, draft_blueprint, induce_blueprint
from streamdial.counts import Counts
from streamdial.pipeline.results import MadeRecords
from streamdial.pipeline.run import Run
from streamdial.records import AgentPersona, AgentResponse, DialogueStrategy, QAPair, UserQuestion


async def make_blueprint(run: Run, persona_id: str, recordings: list[str]) -> MadeRecords:
    """Induce the blueprint of an agent persona, have a strong model draft one, check it, and put it into the store."""
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
    if run.strong:
        blueprint = await draft_blueprint(
            run.model, blueprint, persona, run.pack, strategies=strategies, seeds=seeds, counts=counts
        )
    else:
        counts.asked = counts.made = counts.kept = 1
    run.store.put("blueprints", [blueprint], {"text": run.embedder.embed([blueprint.title])})
    return MadeRecords([blueprint.id], [counts])
