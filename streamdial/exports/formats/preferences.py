"""Pairs to learn a preference from, and trajectories to learn a policy from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from streamdial.counts import Counts
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chat import ROLES, write_system
from streamdial.files import write_lines
from streamdial.records import Dialogue, Turn
from streamdial.strategies.hindsight import WORTH

_Columns = dict[str, pl.DataType | type[pl.DataType]]
_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
_METADATA: _Columns = dict.fromkeys(("dialogue_id", "turn", "source", "reason", "domain", "language"), pl.String)
_PAIR: _Columns = {**dict.fromkeys(("prompt", "chosen", "rejected"), _MESSAGES), "metadata": pl.Struct(_METADATA)}
PAIR_COLUMNS = pl.Schema(_PAIR)
"""Keys of a line of `write_preferences_jsonl`."""
_STEP: _Columns = {
    "turn": pl.Int32,
    **dict.fromkeys(("role", "stage", "strategy", "act", "utterance"), pl.String),
    "reward": pl.Float64,
    "done": pl.Boolean,
}
_TRAJECTORY: _Columns = {
    **dict.fromkeys(("id", "domain", "language", "path", "outcome"), pl.String),
    "reward": pl.Float64,
    "steps": pl.List(pl.Struct(_STEP)),
}
TRAJECTORY_COLUMNS = pl.Schema(_TRAJECTORY)
"""Keys of a line of `write_trajectories_jsonl`."""
BEST = max(WORTH.values())


class Pair(NamedTuple):
    """Two turns of the agent that could stand at one place, of which one is better.

    Attributes:
        before: The turns before it.
        chosen: Words of the better one.
        rejected: Words of the other.
        turn: Number of the turn.
        source: What the pair comes from: `hindsight`, `principle`, another reviewer, `refused`, `perturb` or
            `counterfactual`.
        reason: Why the other is worse.
    """

    before: Sequence[Turn]
    chosen: str
    rejected: str
    turn: int
    source: str
    reason: str


def list_pairs(dialogue: Dialogue, others: Mapping[str, Dialogue]) -> Iterator[Pair]:
    """Yield the pairs a dialogue holds, each in a place where the user has just spoken.

    A turn said again against what stood there; what was said against words that were refused in its place; an answer
    against its variant with a wrong value; what was put forward for a changed wish against what had been for the old
    one.

    Args:
        dialogue: The dialogue.
        others: Dialogues by id, for what it was derived from.
    """
    for revision in dialogue.revisions:
        turn = dialogue.turns[revision.turn_id]
        if turn.role == "agent" and turn.utterance != revision.before:
            before = dialogue.turns[: turn.turn_id]
            yield Pair(before, turn.utterance, revision.before, turn.turn_id, revision.reviewer, revision.reason)
    yield from _list_refused(dialogue)
    for variant in dialogue.variants:
        if variant.kind == "contradicted":
            turn = dialogue.turns[variant.turn]
            yield Pair(
                dialogue.turns[: variant.turn],
                turn.utterance,
                variant.utterance,
                variant.turn,
                "perturb",
                "wrong value",
            )
    for part in dialogue.lineage:
        if part.name == "counterfactual" and part.parents and part.parents[0] in others:
            yield from _compare_wishes(dialogue, others[part.parents[0]])


def _list_refused(dialogue: Dialogue) -> Iterator[Pair]:
    """Yield what the agent said against the words that broke a check at its turn, each wording once."""
    seen: set[tuple[int, str]] = set()
    for words in dialogue.refused:
        turn = dialogue.turns[words.turn_id] if words.turn_id < len(dialogue.turns) else None
        if turn is None or turn.role != "agent" or words.text == turn.utterance or (turn.turn_id, words.text) in seen:
            continue
        seen.add((turn.turn_id, words.text))
        yield Pair(dialogue.turns[: turn.turn_id], turn.utterance, words.text, turn.turn_id, "refused", words.check)


def _compare_wishes(dialogue: Dialogue, parent: Dialogue) -> Iterator[Pair]:
    """Yield the pair of two things put forward after the turn in which a wish is another one."""
    pairs = list(zip(dialogue.turns, parent.turns, strict=False))
    changed = next((number for number, (one, other) in enumerate(pairs) if one.inform != other.inform), None)
    if changed is None or changed + 1 >= len(pairs):
        return
    new, old = pairs[changed + 1]
    if new.act == old.act == "recommend" and new.entity and old.entity and new.entity != old.entity:
        yield Pair(
            dialogue.turns[: changed + 1], new.utterance, old.utterance, changed + 1, "counterfactual", "other wish"
        )


def count_pairs(data: DataSet) -> Counter[str]:
    """Return how many pairs a data set holds, by their source."""
    others = {dialogue.id: dialogue for dialogue in data.dialogues}
    return Counter(pair.source for one in data.dialogues for pair in list_pairs(one, others) if _asks(pair))


def _asks(pair: Pair) -> bool:
    return bool(pair.before) and pair.before[-1].role == "user"


def write_preferences_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"prompt": [...], "chosen": [...], "rejected": [...], "metadata"}`, one pair a line.

    The conversational preference form that TRL's DPO and reward trainers read: the prompt is the system message and all
    turns before, the user's last; chosen and rejected are one message of the assistant each.

    Returns:
        Asked, made, kept, and dropped by reason (`not_after_the_user`).
    """
    others = {dialogue.id: dialogue for dialogue in data.dialogues}
    pairs = [(one, pair) for one in data.list_dialogues() for pair in list_pairs(one, others)]
    counts = Counts("preferences export", asked=len(pairs), made=len(pairs))
    kept = [(one, pair) for one, pair in pairs if _asks(pair)]
    counts.kept = len(kept)
    counts.dropped.update({"not_after_the_user": len(pairs) - len(kept)} if len(kept) < len(pairs) else {})
    write_lines(path, (_write_pair(one, pair, data) for one, pair in kept), published=True)
    return counts


def _write_pair(dialogue: Dialogue, pair: Pair, data: DataSet) -> dict[str, Any]:
    system = write_system(dialogue, data)
    return {
        "prompt": [
            *([{"role": "system", "content": system}] if system else []),
            *({"role": ROLES[turn.role], "content": turn.utterance} for turn in pair.before),
        ],
        "chosen": [{"role": "assistant", "content": pair.chosen}],
        "rejected": [{"role": "assistant", "content": pair.rejected}],
        "metadata": {
            "dialogue_id": dialogue.id,
            "turn": str(pair.turn),
            "source": pair.source,
            "reason": pair.reason,
            "domain": dialogue.domain,
            "language": dialogue.language,
        },
    }


def write_trajectories_jsonl(data: DataSet, path: Path) -> Counts:
    """Write `{"id", "domain", "language", "path", "outcome", "reward", "steps"}`, one dialogue a line.

    A step is a turn with stage, strategy and act. The reward is that of the end and stands at the last step: success 1,
    handed over 2/3, deferral 1/3, drop-out 0; of a dialogue with several goals it is that of the last.

    Returns:
        Asked, made and kept: all of them.
    """
    write_lines(path, (_write_trajectory(dialogue) for dialogue in data.list_dialogues()), published=True)
    count = len(data.dialogues)
    return Counts("trajectories export", asked=count, made=count, kept=count)


def _write_trajectory(dialogue: Dialogue) -> dict[str, Any]:
    reward, last = WORTH[dialogue.outcome] / BEST, len(dialogue.turns) - 1
    return {
        "id": dialogue.id,
        "domain": dialogue.domain,
        "language": dialogue.language,
        "path": dialogue.path,
        "outcome": dialogue.outcome,
        "reward": reward,
        "steps": [
            {
                "turn": number,
                "role": turn.role,
                "stage": turn.stage,
                "strategy": turn.strategy,
                "act": turn.act,
                "utterance": turn.utterance,
                "reward": reward if number == last else 0.0,
                "done": number == last,
            }
            for number, turn in enumerate(dialogue.turns)
        ],
    }
