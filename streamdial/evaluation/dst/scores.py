"""Scores of dialogue state tracking: whole states, slots, slots that matter; exact and fuzzy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from streamdial.errors import StreamDialError
from streamdial.evaluation.dst.states import State, StateDialogue
from streamdial.evaluation.dst.values import Normaliser, normalise_value

FUZZY = 90.0
"""Minimum similarity, 0 to 100, of values that count as the same in the fuzzy figures."""


@dataclass(frozen=True)
class TrackingScores:
    """How well predicted states fit. A share nothing can be said about is None.

    Attributes:
        dialogues: Dialogues scored.
        turns: User turns scored.
        changing: User turns whose true state differs from that of the turn before.
        jga: Joint goal accuracy: share of all user turns whose whole state is right.
        jga_changing: The same over the turns that change the state.
        precision: Share of the predicted pairs of slot and value that are right, over all turns.
        recall: Share of the true pairs that were predicted.
        f1: Their harmonic mean: slot-value F1, micro.
        slot_accuracy: Mean over turns of (T - M - W) / T with T slots in the schema, M missed or wrong true slots and
            W predicted slots that should be empty (Wu et al. 2019, TRADE). Near 1 where most slots stay empty.
        relative_slot_accuracy: Mean of (T* - M - W) / T* with T* the slots in the true or the predicted state
            (Kim et al. 2022). A turn where both are empty has no T* and is left out.
        jga_fuzzy: Joint goal accuracy with values of a similarity of at least `FUZZY` taken as the same.
        f1_fuzzy: Slot-value F1 on the same terms.
        unknown_slots: Predicted pairs whose slot is not in the schema; they count as wrong.
    """

    dialogues: int
    turns: int
    changing: int
    jga: float | None
    jga_changing: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    slot_accuracy: float | None
    relative_slot_accuracy: float | None
    jga_fuzzy: float | None
    f1_fuzzy: float | None
    unknown_slots: int = 0


@dataclass
class _Tally:
    turns: int = 0
    changing: int = 0
    right: int = 0
    right_changing: int = 0
    predicted: int = 0
    true: int = 0
    hits: int = 0
    right_fuzzy: int = 0
    hits_fuzzy: int = 0
    slot_shares: float = 0.0
    relative_shares: float = 0.0
    relative_turns: int = 0
    unknown: int = 0


def score_states(
    true: Sequence[StateDialogue],
    predicted: Sequence[Sequence[State]],
    slots: Collection[str],
    *,
    normalise: Normaliser = normalise_value,
) -> TrackingScores:
    """Score predicted states against the true ones.

    Args:
        true: The dialogues.
        predicted: The state after each user turn, for each dialogue.
        slots: The schema: what slot accuracy is over.
        normalise: How values are made comparable.

    Raises:
        StreamDialError: If dialogues or turns are missing from the prediction.
    """
    if len(true) != len(predicted):
        raise StreamDialError(
            f"{len(predicted)} dialogues were predicted, {len(true)} are to be scored.", fix="predict every dialogue"
        )
    schema = frozenset(slots)
    tally = _Tally()
    for dialogue, states in zip(true, predicted, strict=True):
        if len(dialogue.turns) != len(states):
            raise StreamDialError(
                f"dialogue {dialogue.id} has {len(dialogue.turns)} user turns, {len(states)} states were predicted.",
                fix="predict one state a user turn",
            )
        before: State = {}
        for turn, state in zip(dialogue.turns, states, strict=True):
            wanted = normalise_state(turn.state, normalise)
            _add_turn(tally, wanted, normalise_state(state, normalise), schema, changing=wanted != before)
            before = wanted
    return _summarise(tally, len(true))


def normalise_state(state: State, normalise: Normaliser) -> dict[str, str]:
    """Return a state with comparable values, slots with an empty value left out."""
    return {slot: normalise(slot, value) for slot, value in state.items() if value.strip()}


def _add_turn(tally: _Tally, true: State, predicted: State, schema: frozenset[str], *, changing: bool) -> None:
    tally.turns += 1
    tally.changing += changing
    hits = sum(predicted.get(slot) == value for slot, value in true.items())
    fuzzy = sum(slot in predicted and _is_close(predicted[slot], value) for slot, value in true.items())
    right = hits == len(true) == len(predicted)
    tally.right += right
    tally.right_changing += right and changing
    tally.right_fuzzy += fuzzy == len(true) == len(predicted)
    tally.hits += hits
    tally.hits_fuzzy += fuzzy
    tally.true += len(true)
    tally.predicted += len(predicted)
    tally.unknown += sum(slot not in schema for slot in predicted)
    missed = len(true) - hits
    wrong = sum(slot not in true for slot in predicted)
    # A slot the schema lacks was one more chance to be wrong.
    everything = len(schema | true.keys() | predicted.keys())
    if everything:
        tally.slot_shares += (everything - missed - wrong) / everything
    shown = len(true.keys() | predicted.keys())
    if shown:
        tally.relative_turns += 1
        tally.relative_shares += (shown - missed - wrong) / shown


def _is_close(one: str, other: str) -> bool:
    return one == other or fuzz.ratio(one, other) >= FUZZY


def _summarise(tally: _Tally, dialogues: int) -> TrackingScores:
    return TrackingScores(
        dialogues=dialogues,
        turns=tally.turns,
        changing=tally.changing,
        jga=_share(tally.right, tally.turns),
        jga_changing=_share(tally.right_changing, tally.changing),
        precision=_share(tally.hits, tally.predicted),
        recall=_share(tally.hits, tally.true),
        f1=_share(2 * tally.hits, tally.predicted + tally.true),
        slot_accuracy=_share(tally.slot_shares, tally.turns),
        relative_slot_accuracy=_share(tally.relative_shares, tally.relative_turns),
        jga_fuzzy=_share(tally.right_fuzzy, tally.turns),
        f1_fuzzy=_share(2 * tally.hits_fuzzy, tally.predicted + tally.true),
        unknown_slots=tally.unknown,
    )


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def list_slots(dialogues: Iterable[StateDialogue]) -> tuple[str, ...]:
    """Return the slots that occur in the states of dialogues, sorted: the schema of a set that brings none."""
    return tuple(sorted({slot for dialogue in dialogues for turn in dialogue.turns for slot in turn.state}))
