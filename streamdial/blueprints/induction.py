"""Blueprints by induction: stages, triggers, scenarios and paths counted from strategies and seed dialogues."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, get_args

from streamdial.blueprints.graph import make_paths, rank_paths
from streamdial.blueprints.thread_order import find_depth, list_parents
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    Blueprint,
    DialogueStrategy,
    FlowPath,
    KeyNode,
    Language,
    Outcome,
    Provenance,
    QAPair,
    Scenario,
    SeedDialogue,
    Stage,
    Transition,
    UserQuestion,
)

PATHS_PER_OUTCOME = 2
SHOWN_EVIDENCE = 5
"""Ids kept of each step, trigger and path; the count says how many there were."""
LONGEST_GAP = 30.0
"""Seconds between two lines of a host that still belong together."""
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


class Move(NamedTuple):
    """An expert's line in an observed dialogue: its stage, the user's act before it, and the id of its evidence."""

    stage: str
    trigger: str
    evidence: str


class ObservedDialogue(NamedTuple):
    """The expert's moves in one observed dialogue, and how it ended; None where its end was not seen."""

    moves: tuple[Move, ...]
    outcome: Outcome | None


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
    counts: Counts | None = None,
) -> Blueprint:
    """Return the blueprint of an account, induced without a language model.

    Dialogues are read off the seeds, the answers each viewer got, and what the host said in one go. Their steps from
    stage to stage are counted, with the user's act that brought them about; the ways through these steps are the
    paths (see `rank_paths`), for each outcome the two best. An outcome whose end was never seen gets the usual last
    step, and an outcome no observed step leads to the pack's usual way, both without evidence. Triggers are counted
    from what followed a user act; scenarios pair a real question's situation with the strategy and the wording of the
    answer it got.

    Args:
        persona: The agent persona that leads the dialogue.
        pack: The domain pack.
        strategies: The account's strategies.
        questions: Questions by id.
        responses: Responses by id.
        pairs: Which response answered which question.
        seeds: Dialogues of the same domain and language; those of the stream's own threads stand for their pairs.
        counts: Gets scenarios dropped because their stage was never reached (`stage_not_reached`).
    """
    language = persona.language
    order = tuple(pack.stages)
    threads = {source for seed in seeds if seed.origin for turn in seed.turns for source in turn.evidence}
    apart = [pair for pair in pairs if pair.response_id not in threads]
    talks = [*_read_seeds(seeds, order), *_read_stream(pack, strategies, questions, responses, apart)]
    transitions = count_transitions(talks, pack)
    paths = _induce_paths(talks, transitions, pack, language)
    reached = {name for path in paths for name in path.stages}
    reached |= {name for transition in transitions for name in (transition.source, transition.target)}
    stages = tuple(
        Stage(
            name=name,
            title=template.names[language],
            goal=template.goals[language],
            key_result=template.key_results[language],
            evidence=_find_evidence(talks, name),
        )
        for name, template in pack.stages.items()
        if name in reached
    )
    nodes = (*_induce_nodes(talks, reached, pack, language), *_find_signals(pack, questions, reached, language))
    scenarios = []
    for scenario in _induce_scenarios(
        pack, strategies, questions, responses, pairs, [one for one in seeds if not one.origin]
    ):
        if scenario.strategy in pack.strategies and pack.strategies[scenario.strategy].stage not in reached:
            if counts:
                counts.drop("stage_not_reached")
        else:
            scenarios.append(scenario)
    evidence = (persona.id, *(strategy.id for strategy in strategies), *(pair.id for pair in pairs))
    title = {"en": f"How {_shorten(persona)} sells", "zh": f"{_shorten(persona)}的接待流程"}[language]
    body = [[record.model_dump() for record in part] for part in (paths, scenarios, transitions, nodes)]
    return Blueprint(
        id=make_id("blueprint", persona.id, "induced", *body),
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id=persona.provenance.source_id, derived_from=evidence),
        account=persona.account,
        title=title,
        stages=stages,
        nodes=nodes,
        scenarios=tuple(scenarios),
        transitions=transitions,
        paths=paths,
        origin="induced",
    )


def _shorten(persona: AgentPersona) -> str:
    return persona.identity.text.split("，" if persona.language == "zh" else ",")[0]


def _read_seeds(seeds: Sequence[SeedDialogue], order: Sequence[str]) -> list[ObservedDialogue]:
    talks = []
    for seed in seeds:
        moves = []
        trigger = ""
        for turn in seed.turns:
            if turn.role == "user":
                trigger = turn.act
            elif turn.stage in order:
                evidence = turn.evidence[-1] if seed.origin else f"{seed.id}#{turn.turn_id}"
                moves.append(Move(turn.stage, trigger, evidence))
                trigger = ""
        if moves:
            talks.append(ObservedDialogue(tuple(moves), None if seed.origin else seed.outcome))
    return talks


def _read_stream(
    pack: DomainPack,
    strategies: Sequence[DialogueStrategy],
    questions: Mapping[str, UserQuestion],
    responses: Mapping[str, AgentResponse],
    pairs: Sequence[QAPair],
) -> list[ObservedDialogue]:
    """Return the dialogues of a stream: the answers each viewer got, in order, then the host's lines said in one go.

    Nobody's end is seen: a viewer goes on watching or leaves without a word. Replies to comments have no clock: they
    are in the order of their depth in the thread, and where two are equally deep each is a dialogue of its own.
    """
    parents = list_parents(questions.values(), responses.values())
    by_response = {strategy.response_id: strategy for strategy in strategies if strategy.stage in pack.stages}

    def tell_time(response_id: str) -> tuple[str, float, str]:
        response = responses[response_id]
        return response.provenance.source_id, response.start or 0.0, response_id

    answered: dict[str, list[tuple[str, Move]]] = defaultdict(list)
    triggers: dict[str, str] = {}
    for pair in pairs:
        question, strategy = questions.get(pair.question_id), by_response.get(pair.response_id)
        if question is None or strategy is None or pair.response_id not in responses:
            continue
        triggers.setdefault(pair.response_id, question.act)
        move = Move(strategy.stage, question.act, strategy.id)
        answered[question.asker or question.id].append((pair.response_id, move))
    talks = []
    for got in answered.values():
        timed = [item for item in got if responses[item[0]].start is not None]
        written = {find_depth(responses[item[0]], parents): item[1] for item in got if item not in timed}
        groups = [[move for _, move in sorted(timed, key=lambda item: tell_time(item[0]))]]
        if len(written) == len(got) - len(timed):
            groups.append([move for _, move in sorted(written.items())])
        else:
            groups += [[move] for item, move in got if responses[item].start is None]
        talks += [ObservedDialogue(tuple(group), None) for group in groups if group]
    spoken = sorted(
        (name for name in by_response if name in responses and responses[name].start is not None), key=tell_time
    )
    for left, right in pairwise(spoken):
        before, after = responses[left], responses[right]
        apart = (after.start or 0.0) - (before.end or before.start or 0.0)
        if before.provenance.source_id != after.provenance.source_id or apart > LONGEST_GAP:
            continue
        first, second = by_response[left], by_response[right]
        # What ends a stream ends nobody's dialogue, and what begins one after it belongs to somebody else's.
        if pack.stages[first.stage].terminal or pack.stages[second.stage].terminal:
            continue
        moves = (Move(first.stage, "", first.id), Move(second.stage, triggers.get(right, ""), second.id))
        talks.append(ObservedDialogue(moves, None))
    return talks


def count_transitions(talks: Iterable[ObservedDialogue], pack: DomainPack) -> tuple[Transition, ...]:
    """Return the steps between different stages with how often each was seen, in the pack's order of stages.

    A dialogue whose end was seen begins at the pack's first stage, wherever its first line stands: somebody came in and
    spoke. A step into an end says the dialogue's outcome; a dialogue goes no further than that.
    """
    order = {name: index for index, name in enumerate(pack.stages)}
    seen: dict[tuple[str, str, str, Outcome | None], list[str]] = defaultdict(list)
    for talk in talks:
        moves = list(talk.moves)
        if talk.outcome:
            moves.insert(0, Move(next(iter(order)), "", ""))
        for left, right in pairwise(moves):
            ends = pack.stages[right.stage].terminal
            if ends and talk.outcome is None:
                break
            if left.stage != right.stage:
                outcome = talk.outcome if ends else None
                seen[left.stage, right.stage, right.trigger, outcome].append(right.evidence)
            if ends:
                break
    listed = sorted(seen.items(), key=lambda item: (order[item[0][0]], order[item[0][1]], -len(item[1]), str(item[0])))
    return tuple(
        Transition(
            source=source,
            target=target,
            trigger=trigger,
            outcome=outcome,
            count=len(evidence),
            evidence=tuple(dict.fromkeys(evidence))[:SHOWN_EVIDENCE],
        )
        for (source, target, trigger, outcome), evidence in listed
    )


def _induce_paths(
    talks: Sequence[ObservedDialogue], transitions: Sequence[Transition], pack: DomainPack, language: str
) -> tuple[FlowPath, ...]:
    first = next(iter(pack.stages))
    ends = {name for name, stage in pack.stages.items() if stage.terminal}
    whole: Counter[tuple[Outcome, tuple[str, ...]]] = Counter()
    evidence: dict[tuple[Outcome, tuple[str, ...]], list[str]] = defaultdict(list)
    for talk in talks:
        stages = collapse_stages([first, *(move.stage for move in talk.moves)])
        if talk.outcome and stages[-1] in ends:
            whole[talk.outcome, stages] += 1
            evidence[talk.outcome, stages].append(talk.moves[-1].evidence)
    observed = {transition.outcome for transition in transitions}
    usual = [
        Transition(source=stages[-2], target=stages[-1], outcome=outcome)
        for outcome, stages in _list_defaults(pack).items()
        if outcome not in observed
    ]
    ranked = rank_paths([*transitions, *usual], first, ends, whole)
    for outcome, stages in _list_defaults(pack).items():
        if not ranked.get(outcome):
            ranked[outcome] = [stages]
    return make_paths(ranked, _TITLES[language], evidence, most=PATHS_PER_OUTCOME)


def _list_defaults(pack: DomainPack) -> dict[Outcome, tuple[str, ...]]:
    """Return the usual way to each outcome, in the stages the pack has."""
    return {
        outcome: tuple(name for name in _DEFAULT_STAGES[outcome] if name in pack.stages)
        for outcome in get_args(Outcome)
    }


def _find_evidence(talks: Iterable[ObservedDialogue], stage: str) -> tuple[str, ...]:
    found = (move.evidence for talk in talks for move in talk.moves if move.stage == stage)
    return tuple(dict.fromkeys(found))[:SHOWN_EVIDENCE]


def _find_signals(
    pack: DomainPack, questions: Mapping[str, UserQuestion], reached: set[str], language: Language
) -> tuple[KeyNode, ...]:
    """Return the signals of the vertical that viewers let drop: what they mean, what they are worth, who wrote them."""
    seen: dict[str, list[str]] = defaultdict(list)
    for question in questions.values():
        for name in pack.find_signals(question.text) if question.language == language else ():
            seen[name].append(question.id)
    stage = next((name for name in ("negotiation", "needs_mining") if name in reached), next(iter(reached), ""))
    return tuple(
        KeyNode(
            signal=name,
            title=pack.key_signals[name].meaning[language],
            meaning=pack.key_signals[name].meaning[language],
            value=pack.key_signals[name].value[language],
            stage=stage,
            evidence=tuple(seen[name][:SHOWN_EVIDENCE]),
        )
        for name in pack.key_signals
        if name in seen and stage
    )


def _induce_nodes(
    talks: Iterable[ObservedDialogue], reached: set[str], pack: DomainPack, language: Language
) -> tuple[KeyNode, ...]:
    # A line of a host answers a viewer and stands among other lines: it is one observation all the same.
    followed: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for talk in talks:
        for move in talk.moves:
            if move.trigger and move.stage in reached:
                followed[move.trigger][move.stage][move.evidence] = None
    nodes = []
    for act, stages in followed.items():
        stage, evidence = max(stages.items(), key=lambda item: len(item[1]))
        total = sum(len(seen) for seen in stages.values())
        known = tuple(evidence)[:SHOWN_EVIDENCE]
        told = pack.key_signals.get(act)
        share = f"{len(evidence)}/{total}"
        nodes.append(
            KeyNode(
                signal=act,
                meaning=f"{told.meaning[language]} ({share})" if told else share,
                value=told.value[language] if told else "",
                stage=stage,
                evidence=known,
            )
        )
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
