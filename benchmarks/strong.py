"""What the checks of strong models' answers let through and refuse, on answers written for this project; their prompts.

python -m benchmarks.strong [--json] [--split held] [--show]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.figures import print_figures
from benchmarks.strong_prompts import measure_prompts
from benchmarks.strong_replay import measure_replay
from streamdial.claims import ClaimReader, Fault, Reading, Situation
from streamdial.domains import load_pack
from streamdial.personas import Knowledge
from streamdial.records import KnowledgeRow, Provenance
from streamdial.slots import SlotReader, find_numbers
from streamdial.text import fold_text

ANSWERS = Path(__file__).parents[1] / "tests" / "data" / "strong_answers.jsonl"


@dataclass(frozen=True)
class Judged:
    """An answer of the set, what it is, and what the checks made of it."""

    answer: dict[str, Any]
    fault: Fault | None
    reading: Reading

    @property
    def is_right(self) -> bool:
        """Whether a good answer was taken or a bad one refused."""
        return bool(self.answer["good"]) == (self.fault is None)


@lru_cache(maxsize=1)
def load_answers() -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Return the accounts of the set by name, and its answers."""
    lines = [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    return {line["account"]: line for line in lines if "account" in line}, [line for line in lines if "id" in line]


@lru_cache(maxsize=32)
def build_account(name: str) -> tuple[Knowledge, ClaimReader]:
    """Return an account's knowledge base and the reader of claims about it."""
    account = load_answers()[0][name]
    pack, language = load_pack(account["domain"]), account["language"]
    rows = []
    for entity, slot, value, unit in account["facts"]:
        numbers = find_numbers(value) if pack.slots[slot].type in ("money", "quantity", "count") else []
        rows.append(
            KnowledgeRow(
                id=f"{name}-{entity}-{slot}",
                domain=pack.id,
                language=language,
                provenance=Provenance(source_id=name),
                entity=entity,
                slot=slot,
                value=value,
                number=numbers[0].value if numbers else None,
                unit=unit,
                text=value,
            )
        )
    knowledge = Knowledge(rows, pack)
    return knowledge, ClaimReader(SlotReader(pack, language, knowledge.entities))


def judge_answer(answer: dict[str, Any]) -> Judged:
    """Return what the checks make of an answer."""
    account = load_answers()[0][answer["context"]["account"]]
    scene = account["scenes"][answer["context"]["scene"]]
    knowledge, claims = build_account(account["account"])
    situation = Situation(
        role=answer["role"],
        language=answer["language"],
        knowledge=knowledge,
        focus=answer["context"]["focus"],
        wishes=account["wishes"],
        stated=scene["stated"],
        said=tuple((role, fold_text(text)) for role, text in scene["said"]),
        promises=tuple(account["service"]),
    )
    text = fold_text(answer["utterance"])
    return Judged(answer, claims.judge(text, situation), claims.read(text, situation))


def judge_answers(split: str) -> list[Judged]:
    """Return what the checks make of the answers of a part: `dev`, or `held`, not looked at while building."""
    return [judge_answer(answer) for answer in load_answers()[1] if answer["split"] == split]


def count_labels(judged: list[Judged]) -> tuple[int, int]:
    """Return how many labels of good answers were read, and how many there are."""
    right = whole = 0
    for one in judged:
        wanted, reading = one.answer["labels"], one.reading
        pairs = [
            (("inform", slot), value)
            for slot, value in {**wanted.get("inform", {}), **wanted.get("revise", {})}.items()
        ]
        pairs += [
            ((thing, slot), value) for thing, told in wanted.get("tell", {}).items() for slot, value in told.items()
        ]
        read = {("inform", slot): value for slot, value in reading.inform.items()}
        read |= {(thing, slot): value for thing, told in reading.tell.items() for slot, value in told.items()}
        right += sum(read.get(key) == value for key, value in pairs)
        right += len(set(wanted.get("request", ())) & set(reading.request))
        whole += len(pairs) + len(wanted.get("request", ()))
    return right, whole


def measure_checks(split: str = "held") -> dict[str, float]:
    """Return the shares of good answers refused, of bad ones accepted and of labels read, and numbers."""
    judged = judge_answers(split)
    good = [one for one in judged if one.answer["good"]]
    bad = [one for one in judged if not one.answer["good"]]
    right, whole = count_labels(good)
    return {
        "good_answers": len(good),
        "bad_answers": len(bad),
        "good_refused": round(sum(not one.is_right for one in good) / len(good), 4),
        "bad_accepted": round(sum(not one.is_right for one in bad) / len(bad), 4),
        "labels_read": round(right / whole, 4),
    }


MEASURES: tuple[Callable[[str], dict[str, float]], ...] = (measure_checks, measure_prompts, measure_replay)
"""What the benchmark measures; each gets the part of the set."""


def measure_all(split: str = "held") -> dict[str, float]:
    """Return all figures of the benchmark."""
    return {name: value for measure in MEASURES for name, value in measure(split).items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--split", choices=("dev", "held"), default="held")
    parser.add_argument("--show", action="store_true", help="list the answers of the dev part that are judged wrongly")
    arguments = parser.parse_args()
    figures = measure_all(arguments.split)
    print_figures(figures, as_json=arguments.json)
    if arguments.json:
        return
    if arguments.show:
        wrong = [one for one in judge_answers("dev") if not one.is_right]
        print(Counter(one.answer["kind"] for one in wrong))
        for one in wrong:
            sign = "+" if one.answer["good"] else "-"
            print(
                sign,
                one.answer["id"],
                one.answer["role"],
                one.answer["kind"],
                "|",
                one.answer["utterance"],
                "|",
                one.fault,
            )


if __name__ == "__main__":
    main()
