"""What strategies behind a dialogue change, on planted faults and on the dialogues of an example.

    python -m benchmarks.strategies --strategy hindsight --strategy principle --strategy perturb ...

| figure | meaning |
| --- | --- |
| `hindsight` | how a dialogue that was lost ends, told from the turn that lost it (drop-out 0, deferral 1, handed over 2, success 3), on against off; `hindsight_better` of those tried are kept |
| `principle` | the agent's turns that break a rule of the house, on against off |
| `perturb` | variants whose words are read as their label says |
| `refine` | planted faults (a fact, a wish, a line said twice) that their reviewer finds; `refine_false` dialogues as they are in which one is found |
| `moderator` | planted lines (unsafe, personal data, pressure) found; `moderator_false` dialogues as they are, those of CrossWOZ and MultiWOZ too |
| `user_likeness` | users of real dialogues against other real ones, less those of made ones; `user_likeness_shuffled` of made ones whose turns are dealt anew, all by language |
| `learned_judge` | real dialogues of CrossWOZ and MultiWOZ that a judge learnt from others puts before themselves with all turns of each side dealt anew |
"""  # noqa: E501

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dialogues import read_made
from benchmarks.figures import find_interval
from streamdial.domains import DomainPack, load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue, view_dialogue
from streamdial.evaluation.judges.learned import Scored, fit_judge
from streamdial.evaluation.metrics.user_likeness import measure_user_likeness, shuffle_user_turns
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.files import read_lines
from streamdial.personas import Knowledge
from streamdial.pipeline.loading import open_records
from streamdial.records import AgentPersona, Dialogue, Language, Turn, UserPersona
from streamdial.slots import SlotReader
from streamdial.strategies import RewritingStrategy, open_strategy
from streamdial.strategies.hindsight import WORTH
from streamdial.strategies.house_rules import find_unfit, find_unprincipled

UNFIT: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "unsafe": {"en": ("user", "or I'll hurt myself, really, it is suicide"), "zh": ("user", "不然我就自杀")},
    "personal_data": {"en": ("user", "you can reach me at 415-555-0137"), "zh": ("user", "我的手机是13812345678")},
    "pressure": {"en": ("agent", "Hurry, this is your last chance!"), "zh": ("agent", "再不下单就没了，手慢无！")},
}
"""Lines that are planted, by the reason a dialogue with one is dropped for."""
PUBLIC: Mapping[str, tuple[str, Language]] = {"crosswoz": ("crosswoz", "zh"), "multiwoz": ("multiwoz21", "en")}


@dataclass
class State:
    """What reviewers read of a finished dialogue."""

    pack: DomainPack
    language: Language
    turns: list[Turn]
    user: UserPersona
    knowledge: Knowledge
    seed: int = 0
    goal_start: int = 0
    revisions: list[Any] = field(default_factory=list)
    failed_checks: dict[str, int] = field(default_factory=dict)


def read_people(out: Path) -> tuple[DomainPack, dict[str, Knowledge], dict[str, UserPersona]]:
    """Return the pack of a run, what its agents know, and its users."""
    with open_records(out) as (store, domain):
        pack = load_pack(domain)
        agents = {agent.id: Knowledge(agent.knowledge, pack) for agent in store.get("personas", AgentPersona)}
        return pack, agents, {user.id: user for user in store.get("personas", UserPersona)}


def read_states(out: Path) -> list[State]:
    """Return the usable dialogues of a run as reviewers see them."""
    pack, agents, users = read_people(out)
    return [
        State(pack, one.language, list(one.turns), users[one.user_persona_id], agents[one.agent_persona_id], one.seed)
        for one, fault in read_made(out)
        if fault is None
    ]


def compare_ends(out: Path) -> tuple[dict[str, float], list[tuple[float, float]]]:
    """Return how many lost dialogues end better in hindsight, and both ends of each that was tried."""
    pairs = []
    kept = 0
    for journal in sorted((out / "dialogues").glob("*.journal")):
        for line in read_lines(journal):
            for one in line.get("derived", ()):
                parent, made = (Dialogue.model_validate(body["dialogue"]) for body in (line, one))
                kept += one["fault"] is None
                better = made.outcome if one["fault"] is None else parent.outcome
                pairs.append((float(WORTH[better]), float(WORTH[parent.outcome])))
    return {"hindsight_better": kept / max(len(pairs), 1), "hindsight_kept": float(kept)}, pairs


def compare_rules(on: Path, off: Path) -> list[tuple[float, float]]:
    """Return the share of the agent's turns that break a rule, with and without the strategy, dialogue by dialogue."""
    shares = []
    for out in (on, off):
        pack, agents, _ = read_people(out)
        found = {}
        for one, fault in read_made(out):
            reader = SlotReader(pack, one.language, agents[one.agent_persona_id].entities)
            broken = len(list(find_unprincipled(one.turns, reader)))
            if fault is None:
                found[one.id] = broken / sum(turn.role == "agent" for turn in one.turns)
        shares.append(found)
    return [(shares[0][key], shares[1][key]) for key in shares[0] if key in shares[1]]


def measure_variants(out: Path) -> dict[str, float]:
    """Return the share of variants whose words are read as their label says."""
    pack, agents, _ = read_people(out)
    right = []
    for one, _ in read_made(out):
        knowledge = agents[one.agent_persona_id]
        reader = SlotReader(pack, one.language, knowledge.entities)
        for variant in one.variants:
            row = knowledge.get(variant.entity, variant.slot)
            read = [value.value for value in reader.find_values(variant.utterance) if value.slot == variant.slot]
            told = [turn for turn in one.turns if turn.entity == variant.entity and variant.slot in turn.tell]
            right.append(
                len(told) == 1
                if variant.kind == "unanswerable"
                else row is not None and (read == [row.value]) == (variant.kind == "answerable")
            )
    return {"perturb": float(np.mean(right)), "perturb_variants": float(len(right))}


def plant_faults(state: State, rng: random.Random) -> Iterator[tuple[str, int, list[Turn]]]:
    """Yield a dialogue with one fault each, as (reviewer, number of the turn, turns)."""
    told = [turn for turn in state.turns if turn.role == "agent" and turn.entity and turn.act == "answer" and turn.tell]
    if told:
        turn = rng.choice(told)
        yield "fact", turn.turn_id, _swap(state.turns, turn, tell=dict.fromkeys(turn.tell, "another value"))
    wanted = {wish.slot for wish in state.user.constraints}
    free = [slot for slot, one in state.pack.slots.items() if one.constraint and not one.booking and slot not in wanted]
    wished = [turn for turn in state.turns if turn.role == "user" and turn.act == "inform"]
    if wished and free:
        turn = rng.choice(wished)
        yield "persona", turn.turn_id, _swap(state.turns, turn, inform={rng.choice(free): "x"})
    if len(state.turns) > 8:
        turn, before = state.turns[7], state.turns[rng.choice([3, 5])]
        yield "coherence", 7, _swap(state.turns, turn, utterance=before.utterance)


def _swap(turns: Sequence[Turn], turn: Turn, **more: Any) -> list[Turn]:  # noqa: ANN401
    return [one.model_copy(update=more) if one is turn else one for one in turns]


def measure_refine(states: Sequence[State]) -> dict[str, float]:
    """Return the share of planted faults their reviewer finds at the turn, and of dialogues in which one is found."""
    rng, found = random.Random(7), []
    for state in states:
        for name, number, turns in plant_faults(state, rng):
            verdict = _review("refine", State(**{**vars(state), "turns": turns}), {"reviewers": (name,)})
            found.append(verdict.decision == "redo" and verdict.turn == number)
    false = [_review("refine", state, {}).decision != "keep" for state in states]
    return {"refine": float(np.mean(found)), "refine_planted": float(len(found)), "refine_false": float(np.mean(false))}


def measure_moderator(states: Sequence[State], data: Path) -> dict[str, float]:
    """Return the share of planted lines found with their reason, and of dialogues without one that are dropped."""
    rng, found = random.Random(7), []
    for state in states:
        for reason, lines in UNFIT.items():
            role, text = lines[state.language]
            turn = rng.choice([turn for turn in state.turns if turn.role == role])
            found.append(
                find_unfit(_swap(state.turns, turn, utterance=f"{turn.utterance} {text}")) == (turn.turn_id, reason)
            )
    figures = {
        "moderator": float(np.mean(found)),
        "moderator_planted": float(len(found)),
        "moderator_false": float(np.mean([find_unfit(state.turns) is not None for state in states])),
    }
    for name, (folder, _) in PUBLIC.items():
        if (data / folder).is_dir():
            talks = read_dialogue_set(data / folder).talks
            figures[f"moderator_false_{name}"] = float(np.mean([find_unfit(talk.turns) is not None for talk in talks]))
    return figures


def _review(name: str, state: State, options: Mapping[str, Any]) -> Any:  # noqa: ANN401
    strategy = open_strategy(name, options)
    assert isinstance(strategy, RewritingStrategy)
    return asyncio.run(strategy.review(state))


def measure_learned_judge(data: Path) -> dict[str, float]:
    """Return how often a judge tells a real dialogue from itself with its turns dealt anew.

    It learns from every other dialogue of a file, scored 5 as it is and 1 with its turns dealt anew, and is asked about
    the rest.
    """
    figures: dict[str, float] = {}
    won: list[bool] = []
    for name, (folder, _) in PUBLIC.items():
        if not (data / folder).is_dir():
            continue
        pairs = [(talk, _deal_anew(talk, number)) for number, talk in enumerate(read_dialogue_set(data / folder).talks)]
        scored = [
            Scored(replace(talk, id=f"{talk.id}/{score}"), "agent", "order", score)
            for pair in pairs[::2]
            for talk, score in zip(pair, (5.0, 1.0), strict=True)
        ]
        judge = fit_judge(scored)
        right = [judge.score(real, "order_agent") > judge.score(dealt, "order_agent") for real, dealt in pairs[1::2]]
        figures[f"learned_judge_{name}"] = float(np.mean(right))
        figures[f"learned_judge_{name}_rho"] = judge.fields["order_agent"].spearman or 0.0
        won += right
    if won:
        held = np.asarray(won, dtype=float)
        low, high = find_interval(len(held), lambda draw: held[draw].mean())
        figures |= {"learned_judge": float(held.mean()), "learned_judge_low": low, "learned_judge_high": high}
    return figures


def _deal_anew(talk: EvaluatedDialogue, seed: int) -> EvaluatedDialogue:
    """Return a dialogue whose turns are dealt anew, those of each side over the places of that side."""
    rng = random.Random(seed)
    sides = {role: [turn for turn in talk.turns if turn.role == role] for role in ("user", "agent")}
    dealt = {role: iter(rng.sample(turns, len(turns))) for role, turns in sides.items()}
    return replace(talk, turns=tuple(next(dealt[turn.role]) for turn in talk.turns))


def compare_users(runs: Mapping[Language, Path], data: Path) -> dict[str, float]:
    """Return how alike real, made and shuffled users are to real ones: every other dialogue of a file is the reference.

    Args:
        runs: A run by its language.
        data: Folder of the public sets.
    """
    figures: dict[str, float] = {}
    for name, (folder, language) in PUBLIC.items():
        if not (data / folder).is_dir():
            continue
        real = list(read_dialogue_set(data / folder).talks)
        made = [view_dialogue(one) for one, fault in read_made(runs[language]) if fault is None]
        sets: dict[str, Sequence[EvaluatedDialogue]] = {
            "real": real[1::2],
            "made": made,
            "shuffled": shuffle_user_turns(made),
        }
        for kind, talks in sets.items():
            measured = {one.name: one for one in measure_user_likeness(talks, real[::2], language)}["user_likeness"]
            assert measured.value is not None and measured.low is not None and measured.high is not None
            key = f"user_likeness_{kind}_{name}"
            figures |= {key: measured.value, f"{key}_low": measured.low, f"{key}_high": measured.high}
        figures[f"user_likeness_{name}"] = figures[f"user_likeness_real_{name}"] - figures[f"user_likeness_made_{name}"]
    return figures
