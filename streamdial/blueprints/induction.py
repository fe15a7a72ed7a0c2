"""A blueprint mined, not written: stages, triggers, scenarios and paths out of observed strategies and seeds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    FlowPath,
    KeyNode,
    Outcome,
    Provenance,
    QAPair,
    Scenario,
    SeedDialogue,
    Stage,
    UserQuestion,
)

PATHS_PER_OUTCOME = 2
_TITLES: dict[str, dict[Outcome, str]] = {
    "en": {"success": "Success", "deferral": "Deferral", "drop_out": "Drop-out", "hand_over": "Hand-over"},
    "zh": {"success": "成功预约", "deferral": "延迟决策", "drop_out": "流失", "hand_over": "转接"},
}
_DEFAULT_STAGES: dict[Outcome, tuple[str, ...]] = {
    "success": ("opening", "needs_mining", "recommendation", "clarification", "negotiation", "appointment", "closing"),
    "deferral": ("opening", "needs_mining", "recommendation", "clarification", "negotiation", "closing"),
    "drop_out": ("opening", "recommendation", "clarification", "closing"),
    "hand_over": ("opening", "clarification", "closing"),
}


def name_situation(act: str, slots: Iterable[str] = ()) -> str:
    """Return the key of a situation: the user's act, with the first slot it is about."""
    first = next(iter(slots), None)
    return f"{act}:{first}" if first else act


def collapse_stages(stages: Iterable[str]) -> tuple[str, ...]:
    """Return a sequence of stages without returns: each stage where it is first reached."""
    return tuple(dict.fromkeys(stage for stage in stages if stage))


def induce_blueprint(
    persona: AgentPersona,
    pack: DomainPack,
    *,
    strategies: Sequence[DialogueStrategy],
    questions: Mapping[str, UserQuestion],
    responses: Mapping[str, AgentResponse],
    pairs: Sequence[QAPair],
    seeds: Sequence[SeedDialogue],
) -> Blueprint:
    """Return the blueprint of an account, induced without a language model.

    Stages are those of the pack that the account's strategies or the seed dialogues reach; paths are the most
    frequent stage sequences of the seeds for each outcome; triggers are counted from what followed a user act;
    scenarios pair a real question's situation with the strategy and the wording of the answer it got.

    Args:
        persona: Who leads the talk.
        pack: The domain pack.
        strategies: The account's strategies.
        questions: Questions by id.
        responses: Responses by id.
        pairs: Which response answered which question.
        seeds: Dialogues of the same domain and language.
    """
    language = persona.language
    paths = _induce_paths(seeds, pack, language)
    on_path = {name for path in paths for name in path.stages}
    stages = tuple(
        Stage(
            name=name,
            title=template.names[language],
            goal=template.goals[language],
            key_result=template.key_results[language],
        )
        for name, template in pack.stages.items()
        if name in on_path
    )
    nodes = _induce_nodes(seeds, on_path)
    scenarios = _induce_scenarios(pack, strategies, questions, responses, pairs, seeds)
    evidence = (persona.id, *(strategy.id for strategy in strategies), *(pair.id for pair in pairs))
    title = {"en": f"How {_shorten(persona)} sells", "zh": f"{_shorten(persona)}的接待流程"}[language]
    body = [[path.model_dump() for path in paths], [scenario.model_dump() for scenario in scenarios]]
    return Blueprint(
        id=make_id("blueprint", persona.id, "induced", *body),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=persona.provenance.source_id, derived_from=evidence),
        account=persona.account,
        title=title,
        stages=stages,
        nodes=nodes,
        scenarios=scenarios,
        paths=paths,
        origin="induced",
    )


def _shorten(persona: AgentPersona) -> str:
    return persona.identity.text.split("，" if persona.language == "zh" else ",")[0]


def _induce_paths(seeds: Sequence[SeedDialogue], pack: DomainPack, language: str) -> tuple[FlowPath, ...]:
    counted: dict[Outcome, Counter[tuple[str, ...]]] = defaultdict(Counter)
    order = {name: index for index, name in enumerate(pack.stages)}
    for seed in seeds:
        stages = collapse_stages(turn.stage for turn in seed.turns if turn.role == "agent" and turn.stage in order)
        # A seed may begin in the middle of things; all talks of one blueprint start at its first stage.
        stages = tuple(sorted({next(iter(order)), *stages}, key=lambda name: order[name]))
        if stages and pack.stages[stages[-1]].terminal:
            counted[seed.outcome][stages] += 1
    paths = []
    for outcome in get_args(Outcome):
        found = [stages for stages, _ in counted[outcome].most_common(PATHS_PER_OUTCOME)]
        fallback = tuple(name for name in _DEFAULT_STAGES[outcome] if name in order)
        for number, stages in enumerate(found or [fallback]):
            title = _TITLES[language][outcome]
            paths.append(
                FlowPath(name=title if not number else f"{title} {number + 1}", outcome=outcome, stages=stages)
            )
    return tuple(paths)


def _induce_nodes(seeds: Sequence[SeedDialogue], on_path: set[str]) -> tuple[KeyNode, ...]:
    followed: dict[str, Counter[str]] = defaultdict(Counter)
    evidence: dict[str, list[str]] = defaultdict(list)
    for seed in seeds:
        for turn, answer in zip(seed.turns, seed.turns[1:], strict=False):
            if turn.role == "user" and answer.stage in on_path:
                followed[turn.act][answer.stage] += 1
                evidence[turn.act].append(f"{seed.id}#{turn.turn_id}")
    nodes = []
    for act, stages in followed.items():
        stage, count = stages.most_common(1)[0]
        meaning = f"{count}/{stages.total()}"
        nodes.append(KeyNode(signal=act, meaning=meaning, stage=stage, evidence=tuple(evidence[act][:5])))
    return tuple(nodes)


def _induce_scenarios(
    pack: DomainPack,
    strategies: Sequence[DialogueStrategy],
    questions: Mapping[str, UserQuestion],
    responses: Mapping[str, AgentResponse],
    pairs: Sequence[QAPair],
    seeds: Sequence[SeedDialogue],
) -> tuple[Scenario, ...]:
    by_response = {strategy.response_id: strategy for strategy in strategies}
    scenarios: dict[tuple[str, str], Scenario] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.score.total, pair.id)):
        question, response = questions.get(pair.question_id), responses.get(pair.response_id)
        strategy = by_response.get(pair.response_id)
        if question is None or response is None or strategy is None or strategy.strategy not in pack.strategies:
            continue
        situation = name_situation(question.act, question.asks)
        scenarios.setdefault(
            (situation, strategy.strategy),
            Scenario(
                situation=situation,
                act=pack.strategies[strategy.strategy].act,
                strategy=strategy.strategy,
                selling_point=", ".join(pack.slots[slot].names[question.language] for slot in response.tells),
                wording=response.text,
                evidence=(pair.id, strategy.id),
            ),
        )
    for seed in seeds:
        for turn, answer in zip(seed.turns, seed.turns[1:], strict=False):
            if turn.role != "user" or not answer.strategy:
                continue
            situation = name_situation(turn.act, turn.request)
            scenarios.setdefault(
                (situation, answer.strategy),
                Scenario(
                    situation=situation,
                    act=answer.act,
                    strategy=answer.strategy,
                    wording=answer.utterance,
                    evidence=(f"{seed.id}#{answer.turn_id}",),
                ),
            )
    return tuple(scenarios.values())
