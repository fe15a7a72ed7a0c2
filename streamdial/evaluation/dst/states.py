"""Dialogues as state tracking data: what was said before each user turn, and the state after it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Dialogue, Language, SeedDialogue, accumulate_state

State = Mapping[str, str]
"""Slot to value; a slot without a value is not in it."""


@dataclass(frozen=True)
class StateTurn:
    """One user turn.

    Attributes:
        agent: What the agent said since the user turn before; empty where the user opens.
        user: What the user says.
        state: The state after the turn.
    """

    agent: str
    user: str
    state: State


@dataclass(frozen=True)
class StateDialogue:
    """A dialogue as a tracker sees it.

    Attributes:
        id: Id of the dialogue.
        language: Its language.
        turns: Its user turns, in order.
        annotated: Slots that its set annotates; None for all. Of any other its turns tell nothing: what is said of it
            is no value, and no example of what is none.
    """

    id: str
    language: Language
    turns: tuple[StateTurn, ...]
    annotated: frozenset[str] | None = None

    def list_changes(self) -> list[State]:
        """Return what each turn changes: slots with their new value, an empty one for a slot taken back."""
        changes: list[State] = []
        before: State = {}
        for turn in self.turns:
            changed = {slot: value for slot, value in turn.state.items() if before.get(slot) != value}
            changes.append({**changed, **{slot: "" for slot in before if slot not in turn.state}})
            before = turn.state
        return changes


def read_state_dialogues(
    dialogues: Iterable[Dialogue | SeedDialogue], counts: Counts, *, slots: Collection[str] | None = None
) -> list[StateDialogue]:
    """Return dialogues as state tracking data.

    A dialogue whose state stays empty says nothing about tracking: most often its set has no annotation. Counts get
    `asked`, `kept` and the drops `no_user_turn`, `no_state` (dialogues) and `slot_not_in_schema` (informed slots; the
    dialogue stays).

    Args:
        dialogues: Dialogues of ours or of a public set.
        counts: The report.
        slots: Slots to track, those of a pack for example; all by default. Others are counted, never renamed.
    """
    kept = []
    for dialogue in dialogues:
        counts.asked += 1
        read = _read_dialogue(dialogue, counts, slots)
        if not read.turns:
            counts.drop("no_user_turn")
        elif not any(turn.state for turn in read.turns):
            counts.drop("no_state")
        else:
            counts.kept += 1
            kept.append(read)
    counts.made += counts.kept
    return kept


def _read_dialogue(dialogue: Dialogue | SeedDialogue, counts: Counts, slots: Collection[str] | None) -> StateDialogue:
    turns: list[StateTurn] = []
    heard: list[str] = []
    state: dict[str, str] = {}
    for number, turn in enumerate(dialogue.turns):
        if turn.role == "agent":
            heard.append(turn.utterance)
            continue
        unknown = [slot for slot in turn.inform if slots is not None and slot not in slots]
        if unknown:
            counts.drop("slot_not_in_schema", len(unknown))
        state = accumulate_state(dialogue.turns[: number + 1])
        known = {slot: value for slot, value in state.items() if slots is None or slot in slots}
        turns.append(StateTurn(" ".join(heard), turn.utterance, known))
        heard = []
    return StateDialogue(dialogue.id, dialogue.language, tuple(turns))


def list_schema(pack: DomainPack) -> tuple[str, ...]:
    """Return the slots of a pack a user can inform: all of them, in the pack's order."""
    return tuple(pack.slots)


def rename_slots(dialogues: Sequence[StateDialogue], names: Mapping[str, str]) -> list[StateDialogue]:
    """Return dialogues with the slots of `names` alone, called by its values: services of SGD made one domain.

    Where two slots get one name, the one that stands later in the state counts.
    """
    return [
        replace(
            dialogue,
            turns=tuple(
                replace(turn, state={names[slot]: value for slot, value in turn.state.items() if slot in names})
                for turn in dialogue.turns
            ),
        )
        for dialogue in dialogues
    ]


def split_dialogues(
    dialogues: Sequence[StateDialogue], shares: Mapping[str, float], *, seed: int = 0
) -> dict[str, list[StateDialogue]]:
    """Return dialogues dealt to named parts by the hash of their ids: whole dialogues, the same every time.

    Args:
        dialogues: The dialogues.
        shares: Part to share of the dialogues; the shares sum to 1.
        seed: Another seed deals anew.
    """
    order = sorted(dialogues, key=lambda dialogue: hashlib.sha256(f"{seed}/{dialogue.id}".encode()).digest())
    parts: dict[str, list[StateDialogue]] = {}
    start, reached = 0, 0.0
    for name, share in shares.items():
        reached += share
        end = round(reached * len(order))
        parts[name] = order[start:end]
        start = end
    return parts
