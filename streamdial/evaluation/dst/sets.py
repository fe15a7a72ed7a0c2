"""Real and synthetic dialogues, read from their files as state tracking data with the same slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from streamdial.corpora import map_slots, open_corpus
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import ConfigurationError
from streamdial.evaluation.dst.scores import list_slots
from streamdial.evaluation.dst.states import StateDialogue, list_schema, read_state_dialogues, rename_slots
from streamdial.evaluation.reading import find_kept_pack, list_dialogue_files, list_sessions
from streamdial.files import read_json, read_lines
from streamdial.records import Dialogue, Language, SeedDialogue, Turn

FILTERED = "filtered"
SYNTHETIC = "synthetic"


class MadeSet(NamedTuple):
    """Dialogues to train on beside the real ones.

    Attributes:
        name: What the folder is called.
        label: What its dialogues are called in tables: `filtered`, `synthetic`, or the name of a public set.
        kept: Those of the set: what the filter kept, or all of a set without a filter.
        everything: All that were made; empty where that is not known.
        pack: The domain pack the run kept; None where it is no run's.
    """

    name: str
    label: str
    kept: Sequence[Dialogue | SeedDialogue]
    everything: Sequence[Dialogue]
    pack: DomainPack | None = None


def read_made(path: Path, counts: Counts) -> MadeSet:
    """Read the dialogues of a run, an exported data set or a public set.

    Of a run, what the filter kept and all that were made. Counts get `asked` and the drop `unreadable`; of a public
    set, those of `open_corpus`.

    Raises:
        ConfigurationError: If there is nothing that can be read.
    """
    if not path.exists():
        raise ConfigurationError(f"there is nothing at {path}.", fix="name a run, an exported set or a public one")
    name = path.resolve().name if path.is_dir() else path.resolve().parent.name
    if (path / "filter.json").is_file():
        shards = sorted((path / "dialogues").glob("*.jsonl"))
        made = list(_read_records(shards, (), counts))
        chosen = set(read_json(path / "filter.json")["kept"])
        kept = [dialogue for dialogue in made if dialogue.id in chosen]
        return MadeSet(name, FILTERED, kept, made, find_kept_pack(path))
    if (path / "run.json").is_file():
        raise ConfigurationError(
            f"the run in {path} has not been filtered yet.",
            fix="finish it: the same `streamdial run` takes up where it was",
        )
    if (path / "sessions").is_dir():
        made = list(_read_records(list_sessions(path), ("dialogue",), counts))
        return MadeSet(
            path.resolve().parent.name if name == "dataset" else name, SYNTHETIC, made, (), find_kept_pack(path)
        )
    return MadeSet(name, name, [seed for file in list_dialogue_files(path) for seed in open_corpus(file, counts)], ())


def _read_records(files: Sequence[Path], inside: Sequence[str], counts: Counts) -> Iterator[Dialogue]:
    for file in files:
        for body in read_lines(file):
            counts.asked += 1
            try:
                for key in inside:
                    body = body[key]
                yield Dialogue.model_validate(body)
            except (KeyError, TypeError, ValidationError) as error:
                counts.drop("unreadable")
                counts.note(f"{file.name}: {type(error).__name__} {str(error).splitlines()[0][:80]}")


def read_real(paths: Sequence[Path], pack: DomainPack | None, counts: Counts) -> list[StateDialogue]:
    """Read real dialogues with states out of files or folders of public sets.

    With a pack, slots and values are the pack's, as far as it has them, and dialogues that are mostly about something
    else are left out. A dialogue that comes twice is read once. Counts get what `open_corpus`, `map_slots` and
    `read_state_dialogues` count, and the drops `mostly_other_domain` and `twice` (dialogues).

    Args:
        paths: The files or folders.
        pack: The domain pack; None keeps the slots of the sets.
        counts: The report.

    Raises:
        ConfigurationError: If a file cannot be read, or there is none.
    """
    seeds: list[SeedDialogue] = []
    for path in paths:
        if not path.exists():
            raise ConfigurationError(f"there is nothing at {path}.", fix="name a file or folder of a public set")
        files = list_dialogue_files(path)
        if not files:
            raise ConfigurationError(f"no file of dialogues lies in {path}.", fix="name a folder of a public set")
        for file in files:
            seeds += open_corpus(file, counts)
    dialogues = read_states(seeds, pack, counts)
    single = {hash_words(dialogue): dialogue for dialogue in reversed(dialogues)}
    _drop(counts, "twice", len(dialogues) - len(single))
    return [dialogue for dialogue in dialogues if single[hash_words(dialogue)] is dialogue]


def read_states(
    dialogues: Sequence[Dialogue | SeedDialogue], pack: DomainPack | None, counts: Counts
) -> list[StateDialogue]:
    """Return dialogues as state tracking data, those of a public set with the slots of the pack.

    Args:
        dialogues: Ours, which have the pack's slots, or those of a public set.
        pack: The domain pack; None keeps the slots as they are.
        counts: The report.
    """
    if pack is None:
        return read_state_dialogues(dialogues, counts)
    fit = [dialogue for dialogue in dialogues if dialogue.domain == pack.id]
    _drop(counts, "mostly_other_domain", len(dialogues) - len(fit))
    mapped = [map_slots(d, pack, counts) if isinstance(d, SeedDialogue) and _is_foreign(d, pack) else d for d in fit]
    return read_state_dialogues(mapped, counts, slots=list_schema(pack))


def _is_foreign(dialogue: SeedDialogue, pack: DomainPack) -> bool:
    """Tell whether a dialogue has other slots than the pack's; seed dialogues of the package have the pack's."""
    return any(slot not in pack.slots for turn in dialogue.turns for slot in turn.inform)


def _drop(counts: Counts, reason: str, count: int) -> None:
    if count:
        counts.drop(reason, count)


def hash_words(dialogue: StateDialogue) -> int:
    """Return a hash of what is said in a dialogue, whatever its id."""
    return hash(tuple((turn.agent, turn.user) for turn in dialogue.turns))


def find_language(dialogues: Sequence[StateDialogue]) -> Language:
    """Return the language of most dialogues; English where there are none."""
    counted = Counter(dialogue.language for dialogue in dialogues)
    return max(sorted(counted), key=lambda language: counted[language]) if counted else "en"


def keep_language(dialogues: Sequence[StateDialogue], language: Language, counts: Counts) -> list[StateDialogue]:
    """Return the dialogues of a language; counts get the drop `other_language`."""
    kept = [dialogue for dialogue in dialogues if dialogue.language == language]
    _drop(counts, "other_language", len(dialogues) - len(kept))
    return kept


def annotate_alike(dialogues: Sequence[Dialogue], pack: DomainPack | None, slots: Collection[str]) -> list[Dialogue]:
    """Return our dialogues with the users' turns annotated as public sets annotate theirs.

    MultiWOZ, SGD and CrossWOZ put the name of what is asked about or taken into the state (`hotel-name`); ours keep it
    as the turn's entity. It goes by the pack's slot of things; where the real dialogues fill none of these but name the
    place itself (their hotels are things, where ours are rooms of one), by the slot of the account's name. And they
    know one number of people where a pack has two: those a menu feeds go by the party of the table.

    Args:
        dialogues: The dialogues.
        pack: The domain pack; without one nothing is changed.
        slots: Slots that are tracked.
    """
    if pack is None:
        return list(dialogues)
    things = [pack.entity_slot, *(name for name, slot in pack.slots.items() if slot.account)]
    thing = next((name for name in things if name in slots), None)
    same = {
        name: other
        for name, slot in pack.slots.items()
        for other in slots
        if name not in slots and slot.type == pack.slots[other].type == "count" and slot.counts_as(pack.slots[other])
    }

    def annotate(turn: Turn) -> Turn:
        if turn.role != "user":
            return turn
        named = {thing: turn.entity} if thing and turn.entity else {}
        counted = {same[name]: value for name, value in turn.inform.items() if name in same}
        return turn.model_copy(update={"inform": {**counted, **turn.inform, **named}})

    return [one.model_copy(update={"turns": tuple(annotate(turn) for turn in one.turns)}) for one in dialogues]


def keep_slots(dialogues: Sequence[StateDialogue], slots: Collection[str], counts: Counts) -> list[StateDialogue]:
    """Return dialogues with some slots alone; counts get the drop `no_shared_slot` (dialogues left without any)."""
    cut = rename_slots(dialogues, {slot: slot for slot in slots})
    kept = [dialogue for dialogue in cut if any(turn.state for turn in dialogue.turns)]
    _drop(counts, "no_shared_slot", len(cut) - len(kept))
    return kept


def name_apart(dialogues: Sequence[StateDialogue], name: str) -> list[StateDialogue]:
    """Return dialogues with ids no other set has: the name of the set in front."""
    return [replace(dialogue, id=f"{name}/{dialogue.id}") for dialogue in dialogues]


def list_shared_slots(real: Sequence[StateDialogue], pack: DomainPack | None) -> tuple[str, ...]:
    """Return the slots real dialogues fill, in the pack's order: what a tracker can be scored on.

    A slot that the real annotation never fills would count every value as wrong, said or not.
    """
    filled = list_slots(real)
    return tuple(slot for slot in list_schema(pack) if slot in filled) if pack else filled
