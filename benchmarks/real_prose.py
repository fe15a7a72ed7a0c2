"""How many facts read out of experts' prose are true, by the databases of two public corpora of dialogues.

python -m benchmarks.real_prose [--data FOLDER] [--half development|test] [--show N]

Agents' turns of CrossWOZ (zh) and MultiWOZ (en) are read as an expert's speech; a row counts as right where the
corpus's database gives that thing that value. The packs' prose rules were written with an eye on the development half
(by a hash of the dialogue's id); figures are of the test half. Without the data nothing is measured.
What the packs cannot hold is left out: prices per person, cuisines that the restaurant pack does not have.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from streamdial.domains import load_pack
from streamdial.ids import hash_text
from streamdial.personas import ProseReader
from streamdial.records import Language
from streamdial.text import fold_text

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_SLOTS = {
    ("zh", "hotel"): {"price": "价格", "distance": "地址"},
    ("zh", "restaurant"): {"opening_hours": "营业时间", "address": "地址"},
    ("en", "hotel"): {"distance": "address", "parking": "parking", "wifi": "internet"},
    ("en", "restaurant"): {"address": "address", "cuisine": "food"},
}
_DOMAINS = {"酒店": "hotel", "餐馆": "restaurant", "Hotel": "hotel", "Restaurant": "restaurant"}
_ACT_SLOTS = {"Addr": "address", "Parking": "parking", "Internet": "internet", "Food": "food"}


class Turn(NamedTuple):
    """A turn of a dialogue: the names and values it was labelled with, for an agent's alone."""

    agent: bool
    text: str
    told: tuple[tuple[str, str, str], ...]
    names: tuple[str, ...]


class Judged(NamedTuple):
    """A row that was read and whether the database says the same."""

    domain: str
    entity: str
    slot: str
    value: str
    quote: str
    right: bool
    truth: str


def measure_prose(data: Path = DATA, half: str = "test") -> dict[str, float]:
    """Return `k_precision_prose`, `k_rows_prose` and `k_recall_prose` of a half; nothing where the data is missing.

    Recall is over the values that agents' turns are labelled with and that the database gives: the share of them read
    in the same dialogue.
    """
    if not (data / "crosswoz").is_dir():
        return {}
    judged, asked, found = read_corpora(data, half)
    right = sum(row.right for row in judged)
    return {
        "k_precision_prose": right / max(len(judged), 1),
        "k_rows_prose": float(len(judged)),
        "k_recall_prose": found / max(asked, 1),
    }


def read_corpora(data: Path, half: str) -> tuple[list[Judged], int, int]:
    """Return the rows of a half, how many labelled values there are, and how many of them were read."""
    judged: list[Judged] = []
    asked = found = 0
    for language in ("zh", "en"):
        databases = {domain: _load_database(data, language, domain) for domain in ("hotel", "restaurant")}
        for dialogue, turns in _list_dialogues(data, language, databases):
            if (int(hash_text(dialogue)[:8], 16) % 2 == 0) != (half == "test"):
                continue
            for domain, database in databases.items():
                known = [*databases["hotel"], *databases["restaurant"], *(name for turn in turns for name in turn.names)]
                rows = _read_dialogue(turns, database, domain, language, known)
                judged += rows
                told = {
                    (slot, normalise(value))
                    for turn in turns
                    for where, slot, value in turn.told
                    if where == domain and any(_agree(value, one.get(_SLOTS[language, domain][slot], "")) for one in database.values())
                }
                read = [(row.slot, row.value) for row in rows if row.right]
                asked += len(told)
                found += sum(any(slot == one and _agree(value, text) for one, text in read) for slot, value in told)
    return judged, asked, found


def normalise(text: str) -> str:
    """Return a text without spaces, signs and case, for comparing."""
    return re.sub(r"[\W_]+", "", text.lower())


def _agree(value: str, truth: str) -> bool:
    one, other = normalise(value), normalise(truth)
    if not one or not other:
        return False
    # A city before the street, or what stands in brackets behind it, may be left out.
    return one == other or ((one in other or other in one) and min(len(one), len(other)) >= 0.6 * max(len(one), len(other)))


def _read_dialogue(
    turns: list[Turn], database: dict[str, dict[str, str]], domain: str, language: Language, names: list[str]
) -> list[Judged]:
    reader = _build_reader(domain, language, names)
    rows: dict[tuple[str, str, str], Judged] = {}
    topic = ""
    for turn in turns:
        named = reader.reader.find_entities(turn.text)
        if turn.agent:
            for fact in reader.read(turn.text, Counter(), topic=topic):
                truth = database.get(fact.entity, {}).get(_SLOTS[language, domain].get(fact.slot, ""), "")
                if truth:
                    right = _agree(fact.value, truth)
                    rows[fact.entity, fact.slot, fact.value] = Judged(
                        domain, fact.entity, fact.slot, fact.value, fact.quote, right, truth
                    )
        topic = named[0] if len(named) == 1 else "" if named else topic
    return list(rows.values())


def _build_reader(domain: str, language: Language, names: list[str]) -> ProseReader:
    """Return a reader to which nothing is shared: the things here are whole hotels and restaurants."""
    pack = load_pack(domain)
    slots = {name: slot.model_copy(update={"shared": False}) for name, slot in pack.slots.items()}
    return ProseReader(pack.model_copy(update={"slots": slots}), language, names)


def _load_database(data: Path, language: Language, domain: str) -> dict[str, dict[str, str]]:
    file = f"crosswoz/{domain}_db_head150.json" if language == "zh" else f"multiwoz21/{domain}_db.json"
    entries = json.loads((data / file).read_text(encoding="utf-8"))
    if language == "zh":
        return {
            fold_text(name): {key: str(value) for key, value in entry.items() if value is not None}
            for name, entry in entries
        }
    read = {entry["name"].title(): {key: str(value) for key, value in entry.items()} for entry in entries}
    for entry in read.values():
        for key, yes, no in (("parking", "free", "none"), ("internet", "free", "none")):
            if key in entry:
                entry[key] = yes if entry[key] in ("yes", "free") else no
    return read


def _list_dialogues(
    data: Path, language: Language, databases: dict[str, dict[str, dict[str, str]]]
) -> Iterator[tuple[str, list[Turn]]]:
    folder = "crosswoz" if language == "zh" else "multiwoz21"
    with gzip.open(data / folder / "dialogues.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            dialogue = json.loads(line)
            yield dialogue["dialogue_id"], list(_read_chinese(dialogue) if language == "zh" else _read_english(dialogue))


def _read_chinese(dialogue: dict[str, Any]) -> Iterator[Turn]:
    for message in dialogue["messages"]:
        told = []
        for act, where, slot, value in message["dialog_act"]:
            known = {theirs: ours for ours, theirs in _SLOTS.get(("zh", _DOMAINS.get(where, "")), {}).items()}
            if act == "Inform" and slot in known:
                told.append((_DOMAINS[where], known[slot], str(value).removesuffix("元")))
        named = [fold_text(value) for _, _, slot, value in message["dialog_act"] if slot == "名称" and isinstance(value, str)]
        nearby = [fold_text(value) for _, _, slot, value in message["dialog_act"] if slot.startswith("周边") and value]
        names = tuple(name for name in (*named, *nearby) if len(name) > 2)
        yield Turn(message["role"] == "sys", fold_text(message["content"]), tuple(told), names)


def _read_english(dialogue: dict[str, Any]) -> Iterator[Turn]:
    for number, message in enumerate(dialogue["log"]):
        told, names = [], []
        for act, pairs in message["dialog_act"].items():
            where = _DOMAINS.get(act.partition("-")[0], "")
            known = {theirs: ours for ours, theirs in _SLOTS.get(("en", where), {}).items()}
            names += [value for slot, value in pairs if slot == "Name" and len(value) > 2]
            for slot, value in pairs:
                if slot == "Food" and value.lower() not in load_pack("restaurant").slots["cuisine"].values:
                    continue
                if not act.endswith("Request") and _ACT_SLOTS.get(slot) in known:
                    told.append((where, known[_ACT_SLOTS[slot]], {"yes": "free", "none": "free"}.get(value, value)))
        text = re.sub(r"\s+([.,?!]|'s|'re|'ve|n't)", r"\1", re.sub(r"(\d) - (\d)", r"\1-\2", message["text"]))
        yield Turn(number % 2 == 1, text, tuple(told), tuple(names))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--half", choices=("development", "test"), default="test")
    parser.add_argument("--show", type=int, default=0, help="rows to print, with their quotes, the wrong ones first")
    arguments = parser.parse_args()
    for name, value in measure_prose(arguments.data, arguments.half).items():
        print(f"{name}: {value:.3f}")
    if arguments.show:
        rows = sorted(read_corpora(arguments.data, arguments.half)[0], key=lambda row: row.right)
        for row in rows[: arguments.show]:
            print("right" if row.right else "WRONG", row.entity, row.slot, repr(row.value), "|", row.truth, "|", row.quote)


if __name__ == "__main__":
    main()
