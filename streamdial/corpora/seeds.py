"""Seed dialogues out of public sets: the form recognised from the content, slots mapped to a pack's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from streamdial.corpora._dialogues import CorpusDialogue, find_pack, make_seed, split_slot
from streamdial.corpora._files import read_entries
from streamdial.corpora._terms import load_terms
from streamdial.corpora.crosswoz import read_crosswoz, read_risawoz
from streamdial.corpora.multiwoz import read_multiwoz
from streamdial.corpora.sgd import read_sgd
from streamdial.counts import Counts
from streamdial.domains import DomainPack, Slot
from streamdial.errors import ConfigurationError
from streamdial.planning import USER_STAGES
from streamdial.privacy import mask_personal_data
from streamdial.records import REQUESTED, Language, SeedDialogue, Turn
from streamdial.slots import DONT_CARE, find_numbers, format_number, parse_value

CorpusName = Literal["multiwoz", "sgd", "crosswoz", "risawoz", "streamdial"]
_READERS: Mapping[str, Callable[[Mapping[str, Any], str], CorpusDialogue]] = {
    "multiwoz": read_multiwoz,
    "sgd": read_sgd,
    "crosswoz": read_crosswoz,
    "risawoz": read_risawoz,
}
_DONT_CARE = {"dontcare", "do n't care", "don't care", "do not care", "不限", "无所谓", "都可以"}
MIN_TURNS = 4
"""A dialogue with fewer turns about the pack's domain is no example of one."""


def recognise_corpus(entry: Any) -> CorpusName | None:  # noqa: ANN401
    """Return which set a dialogue is of, by the fields it has, or None."""
    if not isinstance(entry, dict):
        return None
    turns = entry.get("turns")
    first = turns[0] if isinstance(turns, list) and turns and isinstance(turns[0], dict) else {}
    if isinstance(entry.get("log"), list):
        return "multiwoz"
    if "speaker" in first and "frames" in first:
        return "sgd"
    if isinstance(entry.get("messages"), list):
        return "crosswoz"
    exchanges = entry.get("dialogue")
    if isinstance(exchanges, list) and exchanges and isinstance(exchanges[0], dict) and "belief_state" in exchanges[0]:
        return "risawoz"
    return "streamdial" if "role" in first and "utterance" in first else None


def open_corpus(path: Path, counts: Counts | None = None) -> Iterator[SeedDialogue]:
    """Yield the dialogues of a file of MultiWOZ 2.1 or 2.2, SGD, CrossWOZ, RiSAWOZ, or of our own seeds.

    The set is recognised from the content; the file may be packed by gzip, one JSON list or object, or an object a
    line. Slots have the names of the set. Counts get `asked`, `kept` and the drops `broken_line`, `unreadable`.

    Args:
        path: The file.
        counts: The report.

    Raises:
        ConfigurationError: If the file cannot be read, or its first dialogue is of no set that is known.
    """
    counts = counts or Counts("corpus")
    corpus: CorpusName | None = None
    for key, entry in read_entries(path):
        counts.asked += 1
        if isinstance(entry, ValueError):
            counts.drop("broken_line")
            counts.note(f"{path.name}, line {key}: {entry}")
            continue
        corpus = corpus or recognise_corpus(entry)
        if corpus is None:
            told = ", ".join(list(entry)[:6]) if isinstance(entry, dict) else type(entry).__name__
            raise ConfigurationError(
                f"the first dialogue has {told or 'nothing'}, as no set that is known has.",
                fix="name a file of MultiWOZ 2.1 or 2.2, SGD, CrossWOZ, RiSAWOZ, or seed dialogues of this package",
                where=path.name,
            )
        try:
            seed = (
                SeedDialogue.model_validate(entry)
                if corpus == "streamdial"
                else make_seed(_READERS[corpus](entry, key))
            )
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, ValidationError) as error:
            counts.drop("unreadable")
            counts.note(f"{path.name}, dialogue {key}: {type(error).__name__} {str(error).splitlines()[0][:80]}")
            continue
        counts.keep()
        yield seed


def map_slots(seed: SeedDialogue, pack: DomainPack, counts: Counts) -> SeedDialogue:
    """Return a dialogue of a public set with the pack's slots and normalised values.

    Exchanges about other domains alone are left out, and slots and values the pack has nothing for. Counts get the
    drops `other_domain` (exchanges), `no_slot_in_pack` and `value_not_in_schema` (slots).

    Args:
        seed: A dialogue with the slot names of its set.
        pack: The domain pack.
        counts: The report.
    """
    mapper = _Mapper(pack, seed.language, counts)
    turns: list[Turn] = []
    exchange: list[Turn] = []
    for turn in [*seed.turns, None]:
        if turn is None or (turn.role == "user" and exchange):
            if mapper.is_foreign(exchange):
                counts.drop("other_domain")
            else:
                turns += exchange
            exchange = []
        if turn is not None:
            exchange.append(turn)
    mapped = tuple(mapper.map_turn(turn, number) for number, turn in enumerate(turns))
    return seed.model_copy(update={"domain": pack.id, "turns": mapped})


class _Mapper:
    def __init__(self, pack: DomainPack, language: Language, counts: Counts) -> None:
        self._pack = pack
        self._language: Language = language
        self._counts = counts
        self._tables: Mapping[str, Any] = load_terms("corpora")["domains"]
        self._strategies = {
            act: next((name for name, strategy in pack.strategies.items() if strategy.act == act), "")
            for act in {strategy.act for strategy in pack.strategies.values()}
        }

    def is_foreign(self, exchange: list[Turn]) -> bool:
        """Tell whether all slots of an exchange are of other domains."""
        names = [name for turn in exchange for name in (*turn.inform, *turn.request, *turn.tell)]
        return bool(names) and all(find_pack(split_slot(name)[0]) != self._pack.id for name in names)

    def map_turn(self, turn: Turn, number: int) -> Turn:
        inform = self._map_values(turn.inform)
        # Who says when and with how many they come, books.
        books = turn.act == "inform" and inform and all(self._pack.slots[slot].booking for slot in inform)
        act = "book" if books else turn.act
        return turn.model_copy(
            update={
                "turn_id": number,
                "act": act,
                "stage": USER_STAGES.get(act, "") if turn.role == "user" else turn.stage,
                "inform": inform,
                "request": self._map_values(turn.request),
                "tell": self._map_values(turn.tell),
                "strategy": self._strategies.get(turn.act, "") if turn.role == "agent" else "",
            }
        )

    def _map_values(self, values: Mapping[str, str]) -> dict[str, str]:
        mapped = {}
        for name, value in values.items():
            domain, bare = split_slot(name)
            table = self._tables.get(domain, {})
            known = table.get("slots", {}).get(bare) if table.get("pack") == self._pack.id else None
            slot = known["slot"] if isinstance(known, dict) else known
            if slot is None or slot not in self._pack.slots:
                self._counts.drop("no_slot_in_pack")
                continue
            words = known.get("values", {}) if isinstance(known, dict) else {}
            kept = value in (REQUESTED, "")  # asked for, or taken back
            normal = value if kept else self._normalise(self._pack.slots[slot], value, words)
            if normal is None:
                self._counts.drop("value_not_in_schema")
                continue
            mapped[slot] = normal
        return mapped

    def _normalise(self, slot: Slot, value: str, words: Mapping[str, str]) -> str | None:
        if value.strip().lower() in _DONT_CARE:
            return DONT_CARE
        if value in words:
            return words[value]
        if slot.type == "entity" or not value.strip():
            return value.strip() or None
        if slot.constraint == "max" and len(numbers := find_numbers(value)) > 1:
            return format_number(numbers[-1].value)  # 150-500元 is a wish for at most 500
        parsed = parse_value(self._pack, slot, value, self._language, wish=True)
        return parsed[0] if parsed else None


def read_seeds(path: Path, pack: DomainPack, language: Language, counts: Counts) -> tuple[SeedDialogue, ...]:
    """Return the seed dialogues of a file for a run: our own, or those of a public set with their slots mapped.

    Which they are the first entry that can be read tells. Personal data is masked. Counts get `asked`, `kept` and the
    drops `other_domain`, `other_language`, `too_short` (of a public set), beside those of `open_corpus` and
    `map_slots`.

    Raises:
        ConfigurationError: If the file cannot be used, or no entry of our own seeds fits.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no seed file {path}.", fix="correct the path")
    first = next((entry for _, entry in read_entries(path) if not isinstance(entry, ValueError)), None)
    own = recognise_corpus(first) == "streamdial"
    seeds = []
    found = Counts("corpus")
    slots = Counts("slots")
    for seed in open_corpus(path, found):
        if seed.domain != pack.id or seed.language != language:
            found.drop("other_domain" if seed.domain != pack.id else "other_language")
        elif own:
            seeds.append(_mask(seed))
        elif len((mapped := map_slots(seed, pack, slots)).turns) < MIN_TURNS:
            found.drop("too_short")
        else:
            seeds.append(_mask(mapped))
    if own and not seeds and found.dropped["broken_line"] + found.dropped["unreadable"]:
        raise ConfigurationError(
            f"what should be seed dialogues is none: {'; '.join(found.notes[:3])}",
            fix="compare with the seeds of the package",
            where=path.name,
        )
    counts.asked += found.asked
    counts.made += found.made
    counts.kept += len(seeds)
    counts.dropped.update(found.dropped)
    counts.notes += found.notes
    if seeds and not own and not any(turn.inform or turn.request or turn.tell for seed in seeds for turn in seed.turns):
        counts.note(f"{path.name}: no slot of its {len(seeds)} dialogues is one of the {pack.id} pack's.")
    if slots.dropped:
        told = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in slots.dropped.most_common())
        counts.note(f"left out of the seed dialogues: {told}")
    return tuple(seeds)


def _mask(seed: SeedDialogue) -> SeedDialogue:
    return seed.model_copy(update={"turns": tuple(_mask_turn(turn) for turn in seed.turns)})


def _mask_turn(turn: Turn) -> Turn:
    public = turn.role == "agent"  # who sells tells where the shop is

    def mask(text: str) -> str:
        return mask_personal_data(text, keep_public_addresses=public)

    return turn.model_copy(
        update={
            **{name: mask(getattr(turn, name)) for name in ("utterance", "entity", "other")},
            **{
                name: {slot: mask(value) for slot, value in getattr(turn, name).items()}
                for name in ("inform", "tell", "tell_other")
            },
        }
    )
