"""A blueprint drafted by a language model, for models that can; checked like every other."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from streamdial.blueprints.checks import find_failed_checks
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import ModelError
from streamdial.ids import make_id
from streamdial.models import ChatMessage, ChatModel, ChatRequest, complete_structured
from streamdial.prompts import hash_prompt, render_prompt
from streamdial.records import (
    AgentPersona,
    Blueprint,
    DialogueStrategy,
    FlowPath,
    KeyNode,
    Outcome,
    Scenario,
    SeedDialogue,
    Stage,
)


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StageDraft(_Draft):
    """A stage as the model answers it."""

    name: str
    title: str
    goal: str
    key_result: str


class NodeDraft(_Draft):
    """A trigger as the model answers it."""

    signal: str
    meaning: str
    stage: str


class ScenarioDraft(_Draft):
    """A scenario as the model answers it."""

    situation: str
    act: str
    strategy: str
    selling_point: str = ""
    wording: str = ""


class PathDraft(_Draft):
    """A path as the model answers it."""

    name: str
    outcome: Outcome
    stages: list[str] = Field(min_length=1)


class BlueprintDraft(_Draft):
    """What the model is asked for: the four components of a blueprint."""

    stages: list[StageDraft] = Field(min_length=2)
    nodes: list[NodeDraft]
    scenarios: list[ScenarioDraft]
    paths: list[PathDraft] = Field(min_length=1)


async def draft_blueprint(
    model: ChatModel,
    induced: Blueprint,
    persona: AgentPersona,
    pack: DomainPack,
    *,
    strategies: Sequence[DialogueStrategy],
    seeds: Sequence[SeedDialogue],
    counts: Counts,
) -> Blueprint:
    """Return a blueprint drafted by a model, or the induced one where no draft passes its checks.

    A draft that fails is sent back once with the failed checks. Counts get `asked`, `made`, `kept` and drops:
    `draft_failed_checks`, `draft_unusable`.

    Args:
        model: A model that can write structured answers of a page.
        induced: The blueprint induced from the same material; its stages and scenarios are the material shown.
        persona: Who leads the talk.
        pack: The domain pack.
        strategies: The account's strategies.
        seeds: Dialogues of the same domain and language.
        counts: The phase's report.
    """
    language = persona.language
    prompt = render_prompt(
        "blueprint",
        language,
        persona=persona,
        induced=induced,
        pack=pack,
        domain=pack.names[language],
        strategies=[strategy for strategy in strategies if strategy.strategy in pack.strategies][:20],
        seeds=list(seeds)[:3],
        acts=sorted({scenario.act for scenario in induced.scenarios}),
    )
    messages = [ChatMessage(role="user", content=prompt)]
    counts.asked += 1
    for _ in range(2):
        request = ChatRequest(messages=tuple(messages), max_tokens=3000, temperature=0.4, purpose="blueprint")
        try:
            draft, reply = await complete_structured(model, request, BlueprintDraft)
        except ModelError as error:
            if error.kind == "budget" or error.transient:
                raise
            counts.note(error.what)
            counts.drop("draft_unusable")
            break
        counts.made += 1
        blueprint = _build(draft, induced, persona, model.model_id, hash_prompt("blueprint", language))
        failed = find_failed_checks(blueprint, pack)
        if not failed:
            counts.kept += 1
            return blueprint
        counts.drop("draft_failed_checks")
        messages += [
            ChatMessage(role="assistant", content=reply.text),
            ChatMessage(role="user", content="; ".join(failed)),
        ]
    counts.kept += 1
    counts.note("the induced blueprint stands in for the draft")
    return induced


def _build(
    draft: BlueprintDraft, induced: Blueprint, persona: AgentPersona, model_id: str, prompt_hash: str
) -> Blueprint:
    evidence = {(scenario.situation, scenario.strategy): scenario.evidence for scenario in induced.scenarios}
    return Blueprint(
        id=make_id("blueprint", persona.id, "drafted", model_id, draft.model_dump()),
        domain=persona.domain,
        language=persona.language,
        provenance=induced.provenance.model_copy(update={"prompt_hash": prompt_hash, "model_id": model_id}),
        account=persona.account,
        title=induced.title,
        stages=tuple(Stage(**stage.model_dump()) for stage in draft.stages),
        nodes=tuple(KeyNode(**node.model_dump()) for node in draft.nodes),
        scenarios=tuple(
            Scenario(**scenario.model_dump(), evidence=evidence.get((scenario.situation, scenario.strategy), ()))
            for scenario in draft.scenarios
        ),
        paths=tuple(FlowPath(**path.model_dump()) for path in draft.paths),
        origin="drafted",
    )
