"""What a run has to talk about before its dialogues are made, and what is missing."""

from __future__ import annotations

import asyncio

from streamdial.dialogues import map_acts
from streamdial.pipeline.participants import load_agents
from streamdial.pipeline.results import AgentPair, Material
from streamdial.pipeline.run import Run
from streamdial.planning import collect_answers
from streamdial.records import AgentResponse, DialogueStrategy, QAPair, UserQuestion
from streamdial.slots import SlotReader


async def take_stock(run: Run, users: list[str], agents: list[AgentPair]) -> Material:
    """Count what the participants of a run bring: things, facts, statements, answered questions, personas.

    Args:
        run: The run.
        users: Ids of the user personas.
        agents: The agents with their blueprints, those that were given among them.
    """
    return await asyncio.to_thread(_count, run, users, agents)


def _count(run: Run, users: list[str], agents: list[AgentPair]) -> Material:
    questions = {question.id: question for question in run.store.get("signals", UserQuestion)}
    responses = {response.id: response for response in run.store.get("signals", AgentResponse)}
    pairs = run.store.get("signals", QAPair)
    acts = map_acts(run.store.get("signals", DialogueStrategy), run.pack)
    profiles = load_agents(run, agents)
    plans = [agent.blueprint for agent in profiles]
    loaded = {agent.persona.id: agent for agent in profiles}
    statements = 0
    for agent in loaded.values():
        persona = agent.persona
        own = {key: responses[key] for key in persona.provenance.derived_from if key in responses}
        reader = SlotReader(run.pack, persona.language, agent.knowledge.entities)
        statements += len(
            collect_answers(pairs, questions.values(), own, agent.knowledge, reader, acts=acts).statements
        )
    rows = [row for agent in loaded.values() for row in agent.knowledge.rows]
    rows += [row for agent in loaded.values() for row in agent.knowledge.free]
    answers = {key for agent in loaded.values() for key in agent.persona.provenance.derived_from if key in responses}
    return Material(
        things=len({row.entity for row in rows if row.entity}),
        facts=len({row.id for row in rows}),
        statements=statements,
        answers=len(answers),
        questions=len(questions),
        answered=len({pair.question_id for pair in pairs} & questions.keys()),
        users=len(users),
        agents=len(loaded),
        profiles=sum(agent.persona.layout is not None for agent in loaded.values()),
        plans=len({plan.id for plan in plans if plan.layout is not None}),
    )


def list_missing(material: Material, *, profiles: bool, plans: bool, pages: bool = False) -> dict[str, str]:
    """Return what keeps a run from making dialogues worth having: what is missing, and what to add.

    Args:
        material: What it has.
        profiles: Whether profiles were given.
        plans: Whether plans were given.
        pages: Whether pages alone answer.
    """
    missing = {}
    if not material.facts:
        missing["no facts, K is empty"] = (
            "a page with a table of what is sold, or speech that names things and says what they cost and have"
        )
    elif not material.things:
        missing["nothing that is sold is known by name"] = (
            "names with their facts: a page, a table, or --knowledge FILE for given profiles"
        )
    if not material.answers and not material.profiles and not pages:
        missing["nobody answers"] = (
            "the host's speech (audio, video, or a transcript as SRT, VTT or JSON), replies of the account in the "
            "comments, or a profile with --profiles"
        )
    if profiles and not material.profiles:
        missing["no given profile could be used"] = (
            "profiles that tell facts of this vertical, or their facts with --knowledge"
        )
    if plans and not material.plans:
        missing["no given plan could be used"] = "plans of this vertical and of the sources' language"
    return missing
