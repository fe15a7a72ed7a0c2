"""How many facts read out of experts' prose are true, by the databases of three public corpora of dialogues.

python -m benchmarks.real_prose [--data FOLDER] [--half development|test] [--show N]

Agents' turns of CrossWOZ (zh), MultiWOZ and SGD (en) are read as an expert's speech; a row counts as right where the
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
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from streamdial.domains import load_pack
from streamdial.ids import hash_text
from streamdial.personas import ProseReader
from streamdial.records import Language
from streamdial.text import fold_text

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_COLUMNS = {
    ("crosswoz", "hotel"): {"价格": "price", "地址": "distance"},
    ("crosswoz", "restaurant"): {"营业时间": "opening_hours", "地址": "address"},
    ("multiwoz21", "hotel"): {"address": "distance", "parking": "parking", "internet": "wifi"},
    ("multiwoz21", "restaurant"): {"address": "address", "food": "cuisine"},
    ("sgd", "hotel"): {
        "street_address": "distance",
        "address": "distance",
        "price_per_night": "price",
        "pets_welcome": "pets",
    },
    ("sgd", "restaurant"): {
        "address": "address",
        "street_address": "address",
        "cuisine": "cuisine",
        "category": "cuisine",
        "has_vegetarian_options": "vegetarian",
    },
}
_DOMAINS = {"酒店": "hotel", "餐馆": "restaurant", "Hotel": "hotel", "Restaurant": "restaurant"}
_LABELS = {"Addr": "address", "Parking": "parking", "Internet": "internet", "Food": "food"}
_CODES = {
    ("parking", "yes"): "free",
    ("parking", "no"): "none",
    ("wifi", "yes"): "free",
    ("wifi", "no"): "none",
    ("pets", "true"): "allowed",
    ("pets", "false"): "not_allowed",
    ("vegetarian", "true"): "available",
    ("vegetarian", "false"): "not_available",
}
Database = dict[str, dict[str, tuple[str, ...]]]
"""Thing to slot to the values that are true of it."""


class Turn(NamedTuple):
    """A turn of a dialogue: the values and names it was labelled with, each name after its pack, empty for none."""

    agent: bool
    text: str
    told: tuple[tuple[str, str, str], ...]
    names: tuple[tuple[str, str], ...]


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
    """Return `k_precision_database`, `k_rows_database` and `k_recall_prose` of a half; nothing without the data.

    Recall is over the values that agents' turns are labelled with and that the database gives: the share of them read
    in the same dialogue.
    """
    if not (data / "crosswoz").is_dir():
        return {}
    judged, asked, found = read_corpora(data, half)
    right = sum(row.right for row in judged)
    return {
        "k_precision_database": right / max(len(judged), 1),
        "k_rows_database": float(len(judged)),
        "k_recall_prose": found / max(asked, 1),
    }


def read_corpora(data: Path, half: str) -> tuple[list[Judged], int, int]:
    """Return the rows of a half, how many labelled values there are, and how many of them were read."""
    judged: list[Judged] = []
    asked = found = 0
    for corpus in ("crosswoz", "multiwoz21", "sgd"):
        for dialogue, turns, databases in list_dialogues(data, corpus):
            if (int(hash_text(dialogue)[:8], 16) % 2 == 0) != (half == "test"):
                continue
            names = [name for database in databases.values() for name in database]
            names += [name for turn in turns for _, name in turn.names]
            for domain, database in databases.items():
                rows = _read_dialogue(turns, database, domain, corpus, names)
                judged += rows
                told = {
                    (slot, normalise(value))
                    for turn in turns
                    for where, slot, value in turn.told
                    if where == domain and any(_agrees(value, entry.get(slot, ())) for entry in database.values())
                }
                read = [(row.slot, row.value) for row in rows if row.right]
                asked += len(told)
                found += sum(any(slot == one and _agrees(value, (text,)) for one, text in read) for slot, value in told)
    return judged, asked, found


def normalise(text: str) -> str:
    """Return a text without spaces, signs and case, for comparing."""
    return re.sub(r"[\W_]+", "", text.lower())


def _agrees(value: str, truths: tuple[str, ...]) -> bool:
    one = normalise(value)
    for truth in truths:
        other = normalise(truth)
        # A city before the street, or what stands in brackets behind it, may be left out.
        inside = bool(one and other) and (one in other or other in one)
        if inside and min(len(one), len(other)) >= 0.6 * max(len(one), len(other)):
            return True
    return False


def _read_dialogue(turns: list[Turn], database: Database, domain: str, corpus: str, names: list[str]) -> list[Judged]:
    reader = build_reader(domain, "zh" if corpus == "crosswoz" else "en", names)
    rows: dict[tuple[str, str, str], Judged] = {}
    topic = ""
    for turn in turns:
        named = reader.reader.find_entities(turn.text)
        for fact in reader.read(turn.text, Counter(), topic=topic) if turn.agent else ():
            truths = database.get(fact.entity, {}).get(fact.slot, ())
            if truths:
                right = _agrees(fact.value, truths)
                rows[fact[:3]] = Judged(domain, *fact[:3], fact.quote, right, " or ".join(truths))
        topic = named[0] if len(named) == 1 else "" if named else topic
    return list(rows.values())


def build_reader(domain: str, language: Language, names: Iterable[str]) -> ProseReader:
    """Return a reader to which nothing is shared: the things here are whole hotels and restaurants."""
    pack = load_pack(domain)
    slots = {name: slot.model_copy(update={"shared": False}) for name, slot in pack.slots.items()}
    return ProseReader(pack.model_copy(update={"slots": slots}), language, names)


@lru_cache
def _load_database(data: Path, corpus: str, domain: str) -> Database:
    file = f"crosswoz/{domain}_db_head150.json" if corpus == "crosswoz" else f"multiwoz21/{domain}_db.json"
    entries = json.loads((data / file).read_text(encoding="utf-8"))
    if corpus == "crosswoz":
        return {fold_text(name): _read_entry(entry, corpus, domain) for name, entry in entries}
    return {entry["name"].title(): _read_entry(entry, corpus, domain) for entry in entries}


def _read_entry(entry: Mapping[str, Any], corpus: str, domain: str) -> dict[str, tuple[str, ...]]:
    columns = _COLUMNS[corpus, domain]
    read: dict[str, tuple[str, ...]] = {}
    for column, slot in columns.items():
        if entry.get(column) is not None:
            read[slot] = (_CODES.get((slot, str(entry[column]).lower()), str(entry[column])), *read.get(slot, ()))
    return read


def list_dialogues(data: Path, corpus: str) -> Iterator[tuple[str, list[Turn], dict[str, Database]]]:
    """Yield id, turns and databases of a corpus's dialogues; the databases of SGD are what its services returned."""
    read = {"crosswoz": _read_crosswoz, "multiwoz21": _read_multiwoz, "sgd": _read_sgd}[corpus]
    with gzip.open(data / corpus / "dialogues.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            dialogue = json.loads(line)
            if corpus == "sgd":
                databases = _collect_results(dialogue)
            else:
                databases = {domain: _load_database(data, corpus, domain) for domain in ("hotel", "restaurant")}
            yield dialogue["dialogue_id"], list(read(dialogue)), databases


def _read_crosswoz(dialogue: dict[str, Any]) -> Iterator[Turn]:
    for message in dialogue["messages"]:
        told, names = [], []
        for act, where, column, value in message["dialog_act"]:
            slot = _COLUMNS.get(("crosswoz", _DOMAINS.get(where, "")), {}).get(column)
            if act == "Inform" and slot:
                told.append((_DOMAINS[where], slot, str(value).removesuffix("元")))
            if (column == "名称" or column.startswith("周边")) and isinstance(value, str) and len(value) > 2:
                names.append((_DOMAINS.get(where, ""), fold_text(value)))
        yield Turn(message["role"] == "sys", fold_text(message["content"]), tuple(told), tuple(names))


def _read_multiwoz(dialogue: dict[str, Any]) -> Iterator[Turn]:
    for number, message in enumerate(dialogue["log"]):
        told, names = [], []
        for act, pairs in message["dialog_act"].items():
            where = _DOMAINS.get(act.partition("-")[0], "")
            for label, value in pairs:
                slot = _COLUMNS.get(("multiwoz21", where), {}).get(_LABELS.get(label, ""))
                if label == "Name" and len(value) > 2:
                    names.append((where, value))
                elif slot and not act.endswith("Request") and _is_expressible(slot, value):
                    told.append((where, slot, "free" if value in ("yes", "none") else value))
        text = re.sub(r"\s+([.,?!]|'s|'re|'ve|n't)", r"\1", re.sub(r"(\d) - (\d)", r"\1-\2", message["text"]))
        yield Turn(number % 2 == 1, text, tuple(told), tuple(names))


def _read_sgd(dialogue: dict[str, Any]) -> Iterator[Turn]:
    for turn in dialogue["turns"]:
        told, names = [], []
        for frame in turn["frames"]:
            domain = _name_domain(frame["service"])
            for action in frame["actions"]:
                slot = _COLUMNS.get(("sgd", domain), {}).get(action["slot"])
                for value in action["values"]:
                    if action["slot"].endswith("name"):
                        names.append((_name_pack(frame["service"]), value))
                    elif slot and action["act"] in ("INFORM", "OFFER") and _is_expressible(slot, value):
                        told.append((domain, slot, _CODES.get((slot, value.lower()), value)))
        yield Turn(turn["speaker"] == "SYSTEM", turn["utterance"], tuple(told), tuple(names))


def _collect_results(dialogue: dict[str, Any]) -> dict[str, Database]:
    """Return what the services of a dialogue returned, as its databases: a price may have several values."""
    found: dict[str, Database] = {"hotel": {}, "restaurant": {}}
    for turn in dialogue["turns"]:
        for frame in turn["frames"]:
            domain = _name_domain(frame["service"])
            for result in frame.get("service_results", ()) if domain else ():
                name = next((value for key, value in result.items() if key.endswith("name")), "")
                entry = found[domain].setdefault(name, {})
                for slot, values in _read_entry(result, "sgd", domain).items():
                    entry[slot] = tuple(dict.fromkeys((*entry.get(slot, ()), *values)))
    return found


def _name_domain(service: str) -> str:
    return {"Hotels": "hotel", "Restaurants": "restaurant"}.get(service.partition("_")[0], "")


def _name_pack(service: str) -> str:
    return "automotive" if service.startswith("RentalCars") else _name_domain(service)


def _is_expressible(slot: str, value: str) -> bool:
    return slot != "cuisine" or value.lower() in load_pack("restaurant").slots["cuisine"].values


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
            print(
                "right" if row.right else "WRONG", row.entity, row.slot, repr(row.value), "|", row.truth, "|", row.quote
            )


if __name__ == "__main__":
    main()
