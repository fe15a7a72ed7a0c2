"""How good a drafted pack is: `python benchmarks/verticals.py --json FILE`; a minute on two cores.

Three verticals are drafted by statistics from their example streams: cameras and skincare, for which the package has
no pack, and hotels, with the pack of the package hidden. A draft is compared with a pack written by hand before the
draft was seen (tests/data/verticals; for hotels the package's own):

- `slot_recall`: share of the hand-made pack's slots that the draft has; `slot_precision`: share of the draft's slots
  that the hand-made pack has.
- `question_f1`: lines of viewers with an intent, found with the draft as in a run, against labels (column `intent` of
  the example's chat.tsv; for hotels the Chinese lines of tests/data/signals/intents.test.jsonl, of other streams).
- `fact_recall`, `fact_precision`: facts of the tables, against those that are there.
- `seconds`: reading the material and drafting; `lines_changed`: lines a person changed in the draft.

Each figure is given by vertical, and the worst of the three by its name alone.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from figures import print_figures
from machine import describe_machine

from streamdial.domains import DomainPack, Slot, load_pack
from streamdial.domains import _loading as loading
from streamdial.errors import ConfigurationError
from streamdial.models import CachedEmbedder, build_embedder
from streamdial.signals.intents import SecondOpinion, decide_intent
from streamdial.slots import Fact, SlotReader, learn_table_style, read_table
from streamdial.verticals import Material, draft_pack, read_material, write_draft

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES, HAND_MADE = ROOT / "examples", ROOT / "tests" / "data" / "verticals"
VERTICALS = {
    "cameras": ("cameras_live", str(HAND_MADE / "cameras.yaml")),
    "skincare": ("skincare_live_zh", str(HAND_MADE / "skincare.yaml")),
    "hotel": ("hotel_live_zh", "hotel"),
}
"""Vertical to its example and the pack written by hand."""
WORST_IS_MOST = ("seconds", "lines_changed")


def draft(name: str, folder: Path) -> tuple[Material, str, tuple[str, ...], float]:
    """Draft a pack with the package's own packs hidden; return material, text, things and seconds."""
    find = loading._find_file

    def hide(known: str) -> object:
        if known in loading.list_own():
            raise ConfigurationError(f"{known} is hidden.")
        return find(known)

    began = time.perf_counter()
    with patch.object(loading, "_find_file", hide):
        material = read_material([folder])
        drafted = draft_pack(f"{name}_draft", material)
    return material, write_draft(drafted), drafted.things, time.perf_counter() - began


def match_slots(drafted: DomainPack, made: DomainPack) -> dict[str, str]:
    """Return which slot of the draft is which of the hand-made pack, one for one: the likest first."""
    scored = sorted(
        (
            (-score, mine, theirs)
            for mine, slot in drafted.slots.items()
            for theirs, other in made.slots.items()
            if (score := score_likeness(mine, slot, theirs, other))
        ),
        key=lambda row: row,
    )
    found: dict[str, str] = {}
    for _, mine, theirs in scored:
        if mine not in found and theirs not in found.values():
            found[mine] = theirs
    return found


def score_likeness(mine: str, slot: Slot, theirs: str, other: Slot) -> int:
    """Return how surely two slots are one: both the thing, a name or header in common, the same booking, an ask."""
    if (slot.type == "entity") != (other.type == "entity") or (slot.type == "money") != (other.type == "money"):
        return 0
    if slot.type == "entity" or (slot.booking and other.booking and slot.type == other.type):
        return 4
    names, others = (
        {text.lower() for text in (*known.names.values(), *(h for texts in known.headers.values() for h in texts))}
        for known in (slot, other)
    )
    if not names.isdisjoint(others) or mine == theirs:
        return 3
    asks, asked = ({text.lower() for texts in known.ask.values() for text in texts} for known in (slot, other))
    return 1 if not (asks | names).isdisjoint(asked) or not (asked | others).isdisjoint(asks) else 0


def score_questions(
    pack: DomainPack, things: Sequence[str], lines: Sequence[tuple[str, bool]], embedder: CachedEmbedder
) -> dict[str, float]:
    """Return F1, precision and recall of lines with an intent."""
    reader, opinion = SlotReader(pack, pack.languages[0], things), SecondOpinion(pack, embedder)
    found = [(decide_intent(text, reader, opinion).act is not None, label) for text, label in lines]
    hits = sum(kept and label for kept, label in found)
    kept, wanted = sum(kept for kept, _ in found), sum(label for _, label in found)
    return {
        "question_f1": 2 * hits / (kept + wanted),
        "question_precision": hits / kept,
        "question_recall": hits / wanted,
    }


def read_labels(name: str, example: str) -> list[tuple[str, bool]]:
    """Return lines of viewers and whether each shows an intent."""
    if name == "hotel":
        path = ROOT / "tests" / "data" / "signals" / "intents.test.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [(r["text"], r["intent"]) for r in rows if (r["domain"], r["language"]) == ("hotel", "zh")]
    with (EXAMPLES / "scripts" / example / "chat.tsv").open(encoding="utf-8") as file:
        return [(row["text"], row["intent"] == "1") for row in csv.DictReader(file, delimiter="\t", quoting=3)]


def score_facts(drafted: DomainPack, made: DomainPack, slots: dict[str, str], material: Material) -> dict[str, float]:
    """Return recall and precision of the facts of the tables.

    A fact is right if the hand-made pack has the same cell of the same thing under the same slot, with the same number;
    one of a slot that the hand-made pack lacks, if its cell stands in a row or column of its thing.
    """
    expected = {(fact.entity, fact.slot, fact.text): fact for fact in read_facts(made, material)}
    cells = {
        (name, cell)
        for table in material.tables
        for row in (table.header, *table.rows)
        for cell in row
        for name in (*row, *table.header, "")
    }
    right, found = 0, read_facts(drafted, material)
    seen = set()
    for fact in found:
        key = (fact.entity, slots.get(fact.slot, ""), fact.text)
        if key in expected:
            right += expected[key].number in (None, fact.number)
            seen.add(key)
        elif fact.slot not in slots or key[1] not in {slot for _, slot, _ in expected}:
            right += (fact.entity, fact.text) in cells
    return {"fact_recall": len(seen) / len(expected), "fact_precision": right / max(1, len(found))}


def read_facts(pack: DomainPack, material: Material) -> list[Fact]:
    """Return the facts of the tables as a pack reads them."""
    style = learn_table_style(material.tables)
    return [fact for table in material.tables for fact in read_table(pack, table, material.language, style)[0]]


def count_changes(name: str) -> int:
    """Return how many lines a person changed in a draft of examples/packs; 0 where none is kept."""
    texts = [EXAMPLES / "packs" / f"{name}.draft.yaml", EXAMPLES / "packs" / f"{name}.yaml"]
    if not all(path.is_file() for path in texts):
        return 0
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in texts)
    marks = [line[:2] for line in difflib.ndiff(before, after)]
    return max(marks.count("- "), marks.count("+ "))


def measure_vertical(name: str, embedder: CachedEmbedder) -> dict[str, float]:
    """Return the figures of one vertical."""
    example, hand_made = VERTICALS[name]
    material, text, things, seconds = draft(name, EXAMPLES / example)
    made = load_pack(hand_made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.yaml")
        path.write_text(text, encoding="utf-8")
        drafted = load_pack(str(path))
    slots = match_slots(drafted, made)
    missing = sorted(set(made.slots) - set(slots.values()))
    spare = sorted(set(drafted.slots) - set(slots))
    print(f"{name}: not found: {', '.join(missing) or 'none'}; beyond the hand-made pack: {', '.join(spare) or 'none'}")
    return {
        "slot_recall": len(slots) / len(made.slots),
        "slot_precision": len(slots) / len(drafted.slots),
        **score_questions(drafted, things, read_labels(name, example), embedder),
        **score_facts(drafted, made, slots, material),
        "seconds": seconds,
        "lines_changed": count_changes(name),
    }


def measure() -> dict[str, float]:
    """Return all figures: by vertical, and the worst of each."""
    embedder = build_embedder("use-multilingual")
    by_vertical = {name: measure_vertical(name, embedder) for name in VERTICALS}
    figures = {}
    for figure in next(iter(by_vertical.values())):
        values = [found[figure] for found in by_vertical.values()]
        figures[figure] = round(max(values) if figure in WORST_IS_MOST else min(values), 4)
    figures |= {
        f"{name}_{figure}": round(value, 4) for name, found in by_vertical.items() for figure, value in found.items()
    }
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    print(describe_machine())
    figures = measure()
    print_figures(figures, as_json=False)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
