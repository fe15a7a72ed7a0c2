"""What later sessions remember: probes answered from the turn they cite, and what is asked twice.

    python -m benchmarks.strategies --strategy episode

| figure | meaning |
| --- | --- |
| `episode_recall` | references to an earlier session whose value, thing or ending code finds in the turn they cite |
| `episode_spoken` | references whose value or thing stands in the words of the turn that makes them |
| `episode_changes` | facts told before that hold no longer, in sessions that speak of their thing, told as changed |
| `episode` | questions a later session that were answered before, per session, against sessions without memory |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from streamdial.dialogues.recollection import stands_in
from streamdial.domains import load_pack
from streamdial.evaluation.metrics.recall import answers_probe, count_asked_twice, list_recalls
from streamdial.files import read_lines
from streamdial.personas import Knowledge
from streamdial.pipeline.loading import open_records
from streamdial.records import AgentPersona, Dialogue
from streamdial.slots import SlotReader
from streamdial.strategies.facts import Facts, note_changes


def list_episodes(out: Path) -> list[list[Dialogue]]:
    """Return the episodes of a run, each its usable sessions in order."""
    lines = [line for journal in sorted((out / "dialogues").glob("*.journal")) for line in read_lines(journal)]
    found = []
    for line in lines:
        sessions = [Dialogue.model_validate(line["dialogue"])]
        sessions += [
            Dialogue.model_validate(one["dialogue"]) for one in line.get("derived", ()) if one["fault"] is None
        ]
        if len(sessions) > 1:
            found.append(sorted(sessions, key=lambda one: one.session.number if one.session else 1))
    return found


def _list_changes_told(sessions: Sequence[Dialogue], agents: Mapping[str, Knowledge]) -> Iterator[bool]:
    """Yield, for each fact that is another one by the next session which speaks of its thing, whether it is told so."""
    for number, dialogue in enumerate(sessions[1:], 1):
        knowledge = agents[dialogue.agent_persona_id]
        memory = note_changes(Facts().keep(sessions[:number]), knowledge)
        spoken = {turn.entity for turn in dialogue.turns if turn.role == "agent"}
        recalled = {(one.entity, one.slot) for turn in dialogue.turns if turn.role == "agent" for one in turn.recalls}
        for one in memory:
            if one.now and one.entity in spoken:
                yield (one.entity, one.slot) in recalled


def measure_episodes(on: Path, off: Path) -> tuple[dict[str, float], list[tuple[float, float]]]:
    """Return the figures of a run of episodes with memory, and asked twice on and off, session by session."""
    with open_records(on) as (store, domain):
        pack = load_pack(domain)
        agents = {agent.id: Knowledge(agent.knowledge, pack) for agent in store.get("personas", AgentPersona)}
    remembered = list_episodes(on)
    right, spoken = [], []
    for sessions in remembered:
        by_id = {one.id: one.turns for one in sessions}
        for turn, recall in list_recalls(turn for one in sessions for turn in one.turns):
            right.append(answers_probe(recall, by_id))
            spoken.append(stands_in(recall, turn.utterance, SlotReader(pack, sessions[0].language, [recall.entity])))
    forgotten = {sessions[0].id: count_asked_twice([one.turns for one in sessions]) for sessions in list_episodes(off)}
    pairs = [
        (float(with_memory), float(without))
        for sessions in remembered
        if sessions[0].id in forgotten
        for with_memory, without in zip(
            count_asked_twice([one.turns for one in sessions]), forgotten[sessions[0].id], strict=False
        )
    ]
    told = [one for sessions in remembered for one in _list_changes_told(sessions, agents)]
    figures = {
        "episode_changes": float(np.mean(told)) if told else float("nan"),
        "episode_changed": float(len(told)),
        "episode_recall": float(np.mean(right)),
        "episode_spoken": float(np.mean(spoken)),
        "episode_references": float(len(right)),
        "episode_sessions": float(sum(len(sessions) - 1 for sessions in remembered)),
        "episode_turns": float(np.mean([len(one.turns) for sessions in remembered for one in sessions[1:]])),
    }
    return figures, pairs
