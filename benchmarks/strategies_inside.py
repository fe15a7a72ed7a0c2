"""What strategies inside a dialogue change, where the figure is more than a count of turns.

    python -m benchmarks.strategies --strategy mood

| figure | meaning |
| --- | --- |
| `support` | share of the agent's turns behind a complaint or a letdown that begin with a word on it |
| `fresh_facts` | different facts told of the thing that is talked of most |
| `rationale` | told facts whose reason lies in what the user said; off: facts drawn of the same things |
| `pressure` | share of replies that hold, of those to a user who insists; `pressure_flips`: flips a dialogue |
| `pressure_found` | of the same dialogues, each made to give in at its last turn of pressure: flips found, and there |
| `arsenal` | share of attacked turns whose reply declines in words and tells nothing that is not known |
| `arsenal_words` | share of the attacks that stand in the words of their turns |
| `arsenal_end` | share of dialogues that come to the end of their path, on against off |
| `grounding` | distance of the shares of the three grounding acts from those of people's dialogues, summed |
| `mood` | share of dialogues whose mood before the last decision has the sign of the ending; off: endings shuffled |
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import find_interval
from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import view_dialogue
from streamdial.evaluation.metrics.flips import count_flips
from streamdial.evaluation.metrics.grounding_acts import ACTS, label_acts
from streamdial.evaluation.metrics.satisfaction import SIGNS, agrees_with_ending, list_levels
from streamdial.personas import Knowledge
from streamdial.phrases import load_inventory
from streamdial.records import Dialogue, Turn, UserPersona, accumulate_state
from streamdial.strategies import ATTACK, REFUSAL
from streamdial.strategies.arsenal import list_attacked, name_attack_of
from streamdial.strategies.grounding import load_shares
from streamdial.strategies.rationale import REASONED, find_reasons
from streamdial.strategies.support import list_labels
from streamdial.strategies.turn_events import WEIGHTS, find_event

SHUFFLES = 200

TAKEN_UP = ("react:react.objection.", "react:react.support.", "react:react.insist")
"""What takes up how somebody feels about what was said."""


def measure_support(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float | None:
    """Return the share of an agent's turns behind a complaint or letdown that begin with a word on it; None without."""
    pack, turns = agents[dialogue.agent_persona_id].pack, dialogue.turns
    owed = []
    for number in range(2, len(turns)):
        said, before = turns[number - 1], turns[: number - 1]
        if turns[number].role != "agent" or said.role != "user":
            continue
        event = find_event(before, {}, pack) if before[-1].role == "agent" else ""
        if list_labels(said, event if WEIGHTS.get(event, 0) < 0 else "", stated=False):
            owed.append(any(name.startswith(TAKEN_UP) for name in turns[number].moves))
    return float(np.mean(owed)) if owed else None


def count_facts(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return how many different facts are told of the thing that most are told of."""
    told = {(turn.entity, slot) for turn in dialogue.turns if turn.role == "agent" for slot in turn.tell if turn.entity}
    return float(max(Counter(thing for thing, _ in told).values(), default=0))


def compare_reasons(made: Sequence[Dialogue], agents: Mapping[str, Knowledge]) -> list[tuple[float, float]]:
    """Return the share of told facts with a reason in what was said, and that of facts drawn of the same things."""
    rng, pairs = random.Random(7), []
    for dialogue in made:
        knowledge = agents[dialogue.agent_persona_id]
        told, drawn = [], []
        for number, turn in enumerate(dialogue.turns):
            named = turn.inner.get("rationale_of", "")
            reasons = dict(part.split("=") for part in named.split(", ")) if named else {}
            told += [reason in REASONED for reason in reasons.values()]
            rows = [row for row in knowledge.list_rows(turn.entity) if row.entity] if reasons else []
            before = dialogue.turns[:number]
            for _ in range(len(reasons) if rows else 0):
                row = rng.choice(rows)
                other = turn.model_copy(update={"tell": {row.slot: row.value}})
                found = find_reasons(other, before, accumulate_state(before), knowledge.pack)
                drawn.append(any(reason in REASONED for reason in found.values()))
        if told and drawn:
            pairs.append((float(np.mean(told)), float(np.mean(drawn))))
    return pairs


def measure_pressure(made: Sequence[Dialogue]) -> dict[str, float]:
    """Return how many replies hold under pressure, flips a dialogue, and how many flips put in by hand are found."""
    counted = [found for one in made if (found := count_flips(one.turns)).pressed]
    mutated = [count_flips(_give_in(one)) for one in made if count_flips(one.turns).pressed]
    return {
        "pressure": sum(one.held for one in counted) / sum(one.pressed for one in counted),
        "pressure_flips": float(np.mean([one.flips for one in counted])),
        "pressure_dialogues": float(len(counted)),
        "pressure_turns": float(sum(one.pressed for one in counted)),
        "pressure_found": float(np.mean([one.first == one.pressed and one.flips == 1 for one in mutated])),
    }


def measure_arsenal(made: Sequence[Dialogue], agents: Mapping[str, Knowledge]) -> dict[str, float]:
    """Return how many attacks are declined with nothing told that is not known, and how many stand in the words."""
    declined, worded, mined = [], [], 0
    for dialogue in made:
        knowledge = agents[dialogue.agent_persona_id]
        inventory = load_inventory(knowledge.pack, dialogue.language)
        for number in list_attacked(dialogue.turns):
            said, kind = dialogue.turns[number], name_attack_of(dialogue.turns[number])
            lines = [phrase.text for phrase in inventory.list_moves("user", f"{ATTACK}{kind}")]
            own = any(strip_marks(line) in strip_marks(said.utterance) for line in lines)
            from_chat = any("#" in source for source in said.evidence)
            worded.append(own or from_chat)
            mined += from_chat
            reply = dialogue.turns[number + 1] if number + 1 < len(dialogue.turns) else None
            lines = [phrase.text for phrase in inventory.list_moves("agent", f"{REFUSAL}{kind}")]
            declined.append(
                reply is not None
                and any(strip_marks(line) in strip_marks(reply.utterance) for line in lines)
                and tells_what_is_known(reply, knowledge)
            )
    return {
        "arsenal": float(np.mean(declined)),
        "arsenal_words": float(np.mean(worded)),
        "arsenal_turns": float(len(declined)),
        "arsenal_mined": float(mined),
        "arsenal_dialogues": float(sum(bool(list_attacked(one.turns)) for one in made)),
        "arsenal_flips": float(np.mean([count_flips(one.turns).flips for one in made])),
    }


def strip_marks(text: str) -> str:
    """Return a text without what stands between its words."""
    return "".join(character for character in text.lower() if character.isalnum())


def tells_what_is_known(turn: Turn, knowledge: Knowledge) -> bool:
    """Tell whether each fact a turn tells of its things is one of the knowledge base; days and hours are of a visit."""
    told = [(turn.entity, turn.tell), (turn.other, turn.tell_other)]
    pairs = [(name, slot, value) for name, values in told for slot, value in values.items()]
    slots = knowledge.pack.slots
    return all(
        slots[slot].booking or ((row := knowledge.get(name, slot)) is not None and row.value == value)
        for name, slot, value in pairs
    )


def _give_in(dialogue: Dialogue) -> tuple[Turn, ...]:
    """Return the turns of a dialogue whose agent gives in to the last turn of pressure."""
    turns = list(dialogue.turns)
    last = max(number for number, turn in enumerate(turns) if "pressure" in turn.inner)
    slot, wrong = (turns[last].inner[name] for name in ("pressure", "pressure_value"))
    turns[last + 1] = turns[last + 1].model_copy(update={"tell": {slot: wrong}})
    return tuple(turns)


def reaches_end(dialogue: Dialogue) -> float:
    """Return 1 where a dialogue comes to the end its path has, else 0."""
    return float(not any(name.startswith("no_cause_for_") for name in dialogue.checks))


def compare_moods(
    made: Sequence[Dialogue], users: Mapping[str, UserPersona], pack: DomainPack
) -> list[tuple[float, float]]:
    """Return whether the mood of each dialogue agrees with its ending, and how often with those of the others."""
    talks = [view_dialogue(one) for one in made if one.outcome in SIGNS]
    levels = [list_levels(talk, users[talk.user].constraints, pack) for talk in talks]
    rng = random.Random(7)
    endings = [talk.outcome for talk in talks]
    pairs = []
    for talk, found in zip(talks, levels, strict=True):
        own = agrees_with_ending(talk, found)
        drawn = [agrees_with_ending(replace(talk, outcome=one), found) for one in rng.choices(endings, k=SHUFFLES)]
        if own is not None:
            pairs.append((float(own), float(np.mean([bool(one) for one in drawn]))))
    return pairs


def compare_grounding(on: Mapping[str, Dialogue], off: Mapping[str, Dialogue]) -> dict[str, float]:
    """Return how far the shares of grounding acts are from real talk with and without the strategy, and each share."""
    keys = [key for key in on if key in off]
    language = on[keys[0]].language
    real = np.asarray([load_shares()[language][act] for act in ACTS])
    counted = [np.asarray([_count_acts(made[key]) for key in keys]) for made in (on, off)]

    def find_distances(drawn: NDArray[np.int64]) -> tuple[float, float]:
        shares = [table[drawn, :-1].sum(axis=0) / table[drawn, -1].sum() for table in counted]
        return float(np.abs(shares[0] - real).sum()), float(np.abs(shares[1] - real).sum())

    near, far = find_distances(np.arange(len(keys)))
    low, high = find_interval(len(keys), lambda drawn: float(np.subtract(*find_distances(drawn))))
    figures = {"grounding": near - far, "grounding_on": near, "grounding_off": far}
    figures |= {"grounding_low": low, "grounding_high": high, "grounding_pairs": float(len(keys))}
    for name, table in zip(("on", "off"), counted, strict=True):
        shares = table[:, :-1].sum(axis=0) / table[:, -1].sum()
        figures |= {f"grounding_{act}_{name}": float(share) for act, share in zip(ACTS, shares, strict=True)}
    return figures


def _count_acts(dialogue: Dialogue) -> list[int]:
    pairs = zip(dialogue.turns, dialogue.turns[1:], strict=False)
    found = [
        label_acts(turn.utterance, dialogue.language)
        for before, turn in pairs
        if turn.role == "agent" and before.role == "user"
    ]
    return [*(sum(act in one for one in found) for act in ACTS), len(found)]
