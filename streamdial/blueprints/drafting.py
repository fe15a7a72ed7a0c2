"""Blueprints drafted by a language model from what was observed, and checked like every other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

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

SEEDS_SHOWN = 3
STRATEGIES_SHOWN = 12
LINE_SHOWN = 160
"""Characters of an observed line that are shown; a plan needs its sense, not all its words."""
MAX_TOKENS = 1600
_TEXT = Annotated[str, Field(min_length=1, max_length=120)]
_SHORT = Annotated[str, Field(max_length=60)]


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _choose(names: Sequence[str]) -> Any:  # noqa: ANN401
    return Literal[tuple(dict.fromkeys(names))]


def _list_of(kind: Any, least: int, most: int) -> Any:  # noqa: ANN401
    return Annotated[list[kind], Field(min_length=least, max_length=most)]


@lru_cache(maxsize=64)
def build_draft_schema(
    stages: tuple[str, ...],
    between: tuple[str, ...],
    signals: tuple[str, ...],
    situations: tuple[str, ...],
    strategies: tuple[str, ...],
) -> type[BaseModel]:
    """Return the pydantic model of a draft, in which every name can only be one that exists.

    An endpoint that follows JSON schemas can then not name what is not there; what is left to the checks is whether
    the graph holds together. Sizes are bounded, so that a small model comes to an end.

    Args:
        stages: Names of the pack's stages.
        between: Those a path may go through between its opening and its end.
        signals: User acts a trigger may have.
        situations: Situations a scenario may answer.
        strategies: The pack's strategies.
    """
    stage, outcome = _choose(stages), _choose(get_args(Outcome))
    stage_draft = create_model(
        "StageDraft", __base__=_Draft, name=(stage, ...), goal=(_TEXT, ...), key_result=(_TEXT, ...)
    )
    node_draft = create_model(
        "NodeDraft", __base__=_Draft, signal=(_choose(signals), ...), meaning=(_TEXT, ...), stage=(stage, ...)
    )
    scenario_draft = create_model(
        "ScenarioDraft",
        __base__=_Draft,
        situation=(_choose(situations), ...),
        strategy=(_choose(strategies), ...),
        selling_point=(_SHORT, ""),
    )
    path_draft = create_model(
        "PathDraft",
        __base__=_Draft,
        name=(Annotated[str, Field(min_length=1, max_length=40)], ...),
        outcome=(outcome, ...),
        through=(_list_of(_choose(between or stages), 1, max(len(between), 1)), ...),
    )
    return create_model(
        "BlueprintDraft",
        __base__=_Draft,
        stages=(_list_of(stage_draft, 2, len(stages)), ...),
        nodes=(_list_of(node_draft, 1, 6), ...),
        scenarios=(_list_of(scenario_draft, 1, 6), ...),
        paths=(_list_of(path_draft, 2, 4), ...),
    )


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

    The model writes the stages' goals and results, the triggers' meaning, which strategy answers which situation, and
    the paths. Acts, wordings and evidence of what it names are taken from what was observed. A draft that fails is
    asked for once more with the failed checks. Counts get `asked`, `made`, `kept` and drops: `draft_failed_checks`,
    `draft_unusable`, with a note that names the checks.

    Args:
        model: A model that can write structured answers of a page.
        induced: The blueprint induced from the same material; its stages and scenarios are the material shown.
        persona: The agent persona that leads the dialogue.
        pack: The domain pack.
        strategies: The account's strategies.
        seeds: Dialogues of the same domain and language.
        counts: The phase's report.
    """
    language = persona.language
    signals = tuple(node.signal for node in induced.nodes) or ("ask",)
    situations = tuple(dict.fromkeys(scenario.situation for scenario in induced.scenarios)) or signals
    first, last = _find_ends(pack)
    between = tuple(name for name in pack.stages if name not in (first, last))
    schema = build_draft_schema(tuple(pack.stages), between, signals, situations, tuple(pack.strategies))
    prompt = render_prompt(
        "blueprint",
        language,
        persona=persona,
        pack=pack,
        domain=pack.names[language],
        strategies=_choose_examples(strategies, pack),
        seeds=list(seeds)[:SEEDS_SHOWN],
        signals=signals,
        situations=situations,
        first=first,
        last=last,
    )
    failed: list[str] = []
    counts.asked += 1
    for _ in range(2):
        # What was refused is said, not shown: a draft is long, and a model that sees it writes it again.
        told = render_prompt("blueprint_again", language, failed=failed) if failed else ""
        request = ChatRequest(
            messages=(ChatMessage(role="user", content=f"{prompt}\n\n{told}".strip()),),
            max_tokens=MAX_TOKENS,
            temperature=0.4,
            purpose="blueprint",
        )
        try:
            draft, _ = await complete_structured(model, request, schema)
        except ModelError as error:
            if error.ends or error.transient:
                raise
            counts.note(error.what)
            counts.drop("draft_unusable")
            break
        counts.made += 1
        blueprint = _build(
            draft.model_dump(), induced, persona, pack, model.model_id, hash_prompt("blueprint", language)
        )
        failed = find_failed_checks(blueprint, pack)
        if not failed:
            counts.kept += 1
            return blueprint
        counts.drop("draft_failed_checks")
        counts.note(f"a draft for {persona.account} failed: {'; '.join(failed)}")
    counts.kept += 1
    counts.note("the induced blueprint stands in for the draft")
    return induced


def _find_ends(pack: DomainPack) -> tuple[str, str]:
    """Return the stage dialogues begin with and the one they end with."""
    return next(iter(pack.stages)), next(name for name, stage in pack.stages.items() if stage.terminal)


def _choose_examples(strategies: Sequence[DialogueStrategy], pack: DomainPack) -> list[DialogueStrategy]:
    """Return observed lines for the prompt: the surest ones, every strategy once before one is shown twice."""
    known = sorted((s for s in strategies if s.strategy in pack.strategies), key=lambda s: (-s.confidence, s.id))
    shown: dict[str, int] = {}
    ranked = []
    for strategy in known:
        shown[strategy.strategy] = shown.get(strategy.strategy, 0) + 1
        ranked.append((shown[strategy.strategy], strategy))
    chosen = [strategy for _, strategy in sorted(ranked, key=lambda pair: pair[0])][:STRATEGIES_SHOWN]
    return [strategy.model_copy(update={"text": strategy.text[:LINE_SHOWN]}) for strategy in chosen]


def _build(
    draft: dict[str, Any],
    induced: Blueprint,
    persona: AgentPersona,
    pack: DomainPack,
    model_id: str,
    prompt_hash: str,
) -> Blueprint:
    language = persona.language
    seen_stages = {stage.name: stage.evidence for stage in induced.stages}
    seen_nodes = {(node.signal, node.stage): node.evidence for node in induced.nodes}
    seen_scenarios = {(scenario.situation, scenario.strategy): scenario for scenario in induced.scenarios}
    first, last = _find_ends(pack)
    # A model names the stages a dialogue goes through; that it stays at one for a while is no step.
    ways = [(first, *(name for name, _ in groupby(path["through"])), last) for path in draft["paths"]]
    seen_paths = {(path.outcome, path.stages): path.evidence for path in induced.paths}
    names = [stage["name"] for stage in draft["stages"]]
    scenarios = []
    for scenario in draft["scenarios"]:
        seen = seen_scenarios.get((scenario["situation"], scenario["strategy"]))
        scenarios.append(
            Scenario(
                **scenario,
                act=pack.strategies[scenario["strategy"]].act,
                wording=seen.wording if seen else "",
                evidence=seen.evidence if seen else (),
            )
        )
    return Blueprint(
        id=make_id("blueprint", persona.id, "drafted", model_id, draft),
        domain=persona.domain,
        language=language,
        provenance=induced.provenance.model_copy(update={"prompt_hash": prompt_hash, "model_id": model_id}),
        account=persona.account,
        title=induced.title,
        stages=tuple(
            Stage(
                **stage, title=pack.stages[stage["name"]].names[language], evidence=seen_stages.get(stage["name"], ())
            )
            for stage in draft["stages"]
        ),
        nodes=tuple(
            KeyNode(**node, evidence=seen_nodes.get((node["signal"], node["stage"]), ())) for node in draft["nodes"]
        ),
        scenarios=tuple(scenarios),
        transitions=tuple(step for step in induced.transitions if step.source in names and step.target in names),
        paths=tuple(
            FlowPath(
                name=path["name"],
                outcome=path["outcome"],
                stages=stages,
                evidence=seen_paths.get((path["outcome"], stages), ()),
            )
            for path, stages in zip(draft["paths"], ways, strict=True)
        ),
        origin="drafted",
    )
