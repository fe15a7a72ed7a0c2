"""All facts that are read out of real prose beside the repository, each with what it is known by in the labels.

Agents' turns of CrossWOZ (zh), MultiWOZ and SGD (en), texts of StreamDial's profiles and plans
(zh), comments and chat. Dialogues, profiles and plans are split by the hash of their id, all else by file; a thing
counts with the pack it is of.
Labels were given in two passes by one reader (a language model), the second in shuffled order, against the quoted
sentence and what stands before it: thing, attribute, value, unit and polarity have to be right, and what holds for one
trim is wrong of the model. No text ships.

python -m benchmarks.prose_rows [--data FOLDER] [--half development|test] [--show]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from benchmarks.message_lines import ROOT, SHARED, fold_line, iterate_texts
from benchmarks.real_prose import Turn, build_reader, list_dialogues
from streamdial.domains import load_pack
from streamdial.ids import hash_text
from streamdial.personas import ProseReader
from streamdial.records import Language
from streamdial.signals import find_things
from streamdial.text import detect_language

LABELS = ROOT / "tests" / "data" / "prose" / "rows_real.tsv"
MOST_UNLABELLED = 0.05
"""Share of rows without a label from which on the figure is not to be trusted."""
_STREAMDIAL = {"car": "automotive", "hotel": "hotel", "restaurant": "restaurant"}
_NAMES = ("名称", "车系", "具体车型", "车型名称", "汽车品牌及车型", "酒店名称", "餐厅名称")
"""How keys of StreamDial's profiles begin under which the names of things stand."""
_PRICED = ("官方指导价", "优惠区间", "价格", "核心配置")
"""How those begin under which each thing may have a key of its own."""
_LONGEST_NAME = 30
_HEAD = re.compile(r"^(?=[^，；。]*[A-Za-z0-9])[^，；。：（]{2,30}：")
"""A thing with its version, before a colon and its price."""
_LINES = {
    "development": ("comments/RunningIntoSea_commentdata.jsonl.gz", "danmaku/danmakufactory/danmaku01.xml"),
    "test": (
        "comments/bilibili_comments_lvlh2.csv",
        "danmaku/danmakuflamemaster/comments.xml",
        "live_chat/pytchat/chatreplay.json",
        "livechat_subset/subset.json",
    ),
}


class ProseRow(NamedTuple):
    """A fact read out of real prose.

    Attributes:
        key: What its label is kept under: a hash of file, span, thing, attribute and value.
        file: The file, from the folder of real data.
        domain: The pack.
        language: Language of the text.
        entity: The thing.
        slot: The attribute.
        value: Canonical value.
        unit: Its unit, where it has one.
        quote: The sentence.
        context: What was said before it.
    """

    key: str
    file: str
    domain: str
    language: Language
    entity: str
    slot: str
    value: str
    unit: str
    quote: str
    context: str


class Judgement(NamedTuple):
    """What of some rows is right by their labels.

    Attributes:
        rows: How many were read.
        unlabelled: How many of them nobody has judged; they count as neither right nor wrong.
        right: How many of the others are right.
        agreement: Share of all labels that both passes gave alike.
    """

    rows: int
    unlabelled: int
    right: int
    agreement: float

    @property
    def precision(self) -> float:
        """Share of the labelled rows that is right."""
        return self.right / max(self.rows - self.unlabelled, 1)


def judge_rows(rows: Sequence[ProseRow], labels: Path = LABELS) -> Judgement:
    """Return what is right of some rows; the second of the two passes, which saw the first one's doubts, decides.

    Args:
        rows: The rows.
        labels: A table of `key`, `first` and `second`, each `right` or `wrong`.
    """
    with labels.open(encoding="utf-8", newline="") as file:
        told = {row["key"]: (row["first"], row["second"]) for row in csv.DictReader(file, delimiter="\t")}
    known = [told[row.key][1] for row in rows if row.key in told]
    alike = sum(first == second for first, second in told.values())
    return Judgement(len(rows), len(rows) - len(known), known.count("right"), alike / max(len(told), 1))


def measure_rows(data: Path = SHARED, half: str = "test") -> dict[str, float]:
    """Return `k_precision_prose` by hand, `k_rows_prose` and `k_unlabelled_prose`; nothing where the data is missing.

    Warns where more than `MOST_UNLABELLED` of the rows have no label.
    """
    rows = list_prose_rows(half, data)
    if not rows:
        return {}
    judged = judge_rows(rows)
    by_vertical: dict[str, float] = {}
    for domain in ("hotel", "restaurant", "automotive"):
        part = judge_rows([row for row in rows if row.domain == domain])
        known = part.rows - part.unlabelled
        low, high = find_wilson_interval(part.right, known)
        print(f"{domain}: {part.right} of {known} right, 95% interval {low:.3f} to {high:.3f} (Wilson)")
        by_vertical[f"k_precision_prose_{domain}"] = part.precision
    low, high = find_wilson_interval(judged.right, judged.rows - judged.unlabelled)
    print(
        f"all: {judged.right} of {judged.rows - judged.unlabelled} right, 95% interval {low:.3f} to {high:.3f} (Wilson)"
    )
    told = f"{judged.unlabelled} of {judged.rows} rows out of prose have no label"
    print(f"{told}; the passes agree {judged.agreement:.3f}")
    if judged.unlabelled > MOST_UNLABELLED * judged.rows:
        print(f"WARNING: {told.upper()}: k_precision_prose SAYS LITTLE. JUDGE THEM (--show).")
    return {
        "k_precision_prose": judged.precision,
        "k_rows_prose": float(judged.rows),
        "k_unlabelled_prose": float(judged.unlabelled),
        "k_precision_prose_low": low,
        "k_precision_prose_high": high,
        **by_vertical,
    }


def find_wilson_interval(right: int, rows: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share; 0 to 1 where there is nothing (Wilson 1927)."""
    if not rows:
        return 0.0, 1.0
    share, z = right / rows, 1.959964
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return middle - half, middle + half


def list_prose_rows(half: str, data: Path = SHARED) -> list[ProseRow]:
    """Return the rows of a half, `development` or `test`, in the order of the files; each key once."""
    rows = [*_read_dialogues(data, half), *_read_streamdial(data, half), *_read_lines(data, half)]
    return list({row.key: row for row in rows}.values())


def is_in_half(name: str, half: str) -> bool:
    """Tell whether a dialogue, profile or plan belongs to a half."""
    return (int(hash_text(name)[:8], 16) % 2 == 0) == (half == "test")


def _read_dialogues(data: Path, half: str) -> Iterator[ProseRow]:
    """Yield the rows of dialogues; a thing counts with the pack it is of, one of no pack with that of hotels."""
    for corpus in ("crosswoz", "multiwoz21", "sgd"):
        file = f"{corpus}/dialogues.jsonl.gz"
        language: Language = "zh" if corpus == "crosswoz" else "en"
        for dialogue, turns, databases in list_dialogues(data, corpus) if (data / file).is_file() else ():
            if not is_in_half(dialogue, half):
                continue
            packs = {name: domain for domain, database in databases.items() for name in database}
            packs |= {name: domain for turn in turns for domain, name in turn.names if domain or name not in packs}
            for domain in ("hotel", "restaurant", "automotive") if corpus == "sgd" else ("hotel", "restaurant"):
                reader = build_reader(domain, language, packs)
                for row in _read_turns(turns, reader, file, dialogue):
                    if (packs.get(row.entity) or "hotel") == domain:
                        yield row


def _read_turns(turns: list[Turn], reader: ProseReader, file: str, dialogue: str) -> Iterator[ProseRow]:
    topic = ""
    for number, turn in enumerate(turns):
        named = reader.reader.find_entities(turn.text)
        if turn.agent:
            before = " / ".join(one.text for one in turns[max(number - 3, 0) : number])
            yield from _list_rows(reader, turn.text, file, f"{dialogue}#{number}", topic, before)
        topic = named[0] if len(named) == 1 else "" if named else topic


def _list_rows(
    reader: ProseReader, text: str, file: str, place: str, topic: str = "", before: str = ""
) -> Iterator[ProseRow]:
    for fact in reader.read(text, Counter(), topic=topic):
        span = f"{place}:{fact.start}-{fact.end}"
        key = hash_text("|".join((file, span, fact.entity, fact.slot, fact.value)))[:16]
        context = f"{before} // {text[: fact.start]}".strip()
        yield ProseRow(key, file, reader.pack.id, reader.language, *fact[:3], fact.unit or "", fact.quote, context)


def _read_streamdial(data: Path, half: str) -> Iterator[ProseRow]:
    for path in sorted((data / "streamdial").glob("*.jsonl.gz")):
        domain = _STREAMDIAL[path.name.partition("_")[0]]
        file = f"streamdial/{path.name}"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                name = str(entry.get("profile_id") or entry.get("plan_id"))
                if is_in_half(name, half):
                    leaves = dict(_walk(entry))
                    texts = {keys: text for keys, text in leaves.items() if "{" not in text and len(text) > 8}
                    pack = load_pack(domain)
                    found = find_things(pack, "zh", speech=list(texts.values()))
                    names = dict.fromkeys([*_list_names(leaves), *(one.name for one in found)])
                    reader = ProseReader(pack, "zh", names)
                    for keys, text in texts.items():
                        topic = next((key for key in reversed(keys) if key in names), "")
                        yield from _list_rows(reader, text, file, "/".join((name, *keys)), topic)


def _list_names(leaves: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """Yield the names of what is sold: what stands under names and models, and the keys that prices stand by."""
    for keys, text in leaves.items():
        if any(key.startswith(_NAMES) for key in keys[-2:]):
            # 迈腾（含迈腾380、迈腾B9380至尊版）: the bracket says more of one name.
            pieces = re.split(r"[、，；]", re.sub(r"[（(].*?[）)]", "", text))
            yield from (piece.strip() for piece in pieces if 1 < len(piece.strip()) <= _LONGEST_NAME)
        if any(key.startswith(_PRICED) for key in keys) and _HEAD.match(text):
            yield text.partition("：")[0].strip()
        for above, key in pairwise(keys):
            if above.startswith(_PRICED) and not key.isdigit() and len(key) <= _LONGEST_NAME:
                yield key


def _walk(value: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _walk(part, (*keys, str(key)))


def _read_lines(data: Path, half: str) -> Iterator[ProseRow]:
    for file in _LINES[half]:
        texts = list(dict.fromkeys(iterate_texts(data / file))) if (data / file).is_file() else []
        lines = [fold_line(text) for text in texts if len(text) < 600]
        for domain in ("automotive", "hotel", "restaurant"):
            for language in ("zh", "en"):
                own = [line for line in lines if detect_language(line) == language]
                things = find_things(load_pack(domain), language, chat=own)
                reader = ProseReader(load_pack(domain), language, [thing.name for thing in things])
                for line in own:
                    yield from _list_rows(reader, line, file, hash_text(line)[:12])


def main() -> None:
    """Measure and print; `--show` prints the rows that have no label, to be judged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--half", choices=("development", "test"), default="test")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    for name, value in measure_rows(arguments.data, arguments.half).items():
        print(f"{name}: {value:.3f}")
    for row in list_prose_rows(arguments.half, arguments.data) if arguments.show else ():
        if judge_rows([row]).unlabelled:
            print(*row[:9], "<<", row.context[-200:], sep=" | ")


if __name__ == "__main__":
    main()
