"""What SSI gets right, and what it costs: every figure of docs/signals.md.

Run it as `python benchmarks/signals.py --json signals.json`; about ten minutes on two cores. `--only NAME` runs one
part. Labelled sets lie in tests/data/signals: what was tuned was tuned on the `dev` files, what is told here is `test`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from candidates import write_candidates
from lexicons import measure_lexicon
from machine import describe_machine, measure_peak
from recognition import measure_examples, score_correction
from scoring import score_classes, score_personal
from timelines import make_load, score_pairing

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import CachedEmbedder, build_embedder
from streamdial.signals.candidates import screen_candidates
from streamdial.signals.intents import SecondOpinion, decide_intent
from streamdial.signals.pairing import pair_questions
from streamdial.signals.strategies import build_strategy_classifier, classify_texts
from streamdial.slots import SlotReader

DATA = Path(__file__).resolve().parents[1] / "tests" / "data" / "signals"
DOMAINS = ("automotive", "hotel", "restaurant")
Figures = dict[str, float]


def read_lines(name: str, split: str) -> list[dict[str, Any]]:
    """Return the labelled lines of a set."""
    with (DATA / f"{name}.{split}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_contexts(split: str) -> dict[str, Any]:
    """Return what the labelled accounts know, keyed `domain.language`."""
    contexts: dict[str, Any] = json.loads((DATA / f"contexts.{split}.json").read_text("utf-8"))
    return contexts


def score_intents(split: str, embedder: CachedEmbedder | None) -> dict[str, Any]:
    """Score the decision whether a viewer's line has a clear and authentic intent."""
    readers: dict[tuple[str, str], SlotReader] = {}
    opinions = {name: SecondOpinion(load_pack(name), embedder) if embedder else None for name in DOMAINS}
    labels = []
    acts = 0
    for line in read_lines("intents", split):
        key = (line["domain"], line["language"])
        reader = readers.setdefault(key, SlotReader(load_pack(key[0]), line["language"]))
        decision = decide_intent(line["text"], reader, opinions[line["domain"]])
        labels.append((line["intent"], decision.act is not None, f"{key[0]}.{key[1]}"))
        acts += bool(line["intent"] and decision.act == line["act"])
    found = Counter((wanted, told) for wanted, told, _ in labels)
    places = sorted({place for *_, place in labels})
    by_place = {
        place: _compute_f1(Counter((wanted, told) for wanted, told, where in labels if where == place))
        for place in places
    }
    return {
        "precision": found[True, True] / (found[True, True] + found[False, True]),
        "recall": found[True, True] / (found[True, True] + found[True, False]),
        "f1": _compute_f1(found),
        "act_accuracy": acts / max(found[True, True], 1),
        "lines": len(labels),
        **{f"f1 {place}": value for place, value in by_place.items()},
    }


def _compute_f1(found: Counter[tuple[bool, bool]]) -> float:
    wrong = found[False, True] + found[True, False]
    return 2 * found[True, True] / max(2 * found[True, True] + wrong, 1)


def score_strategies(split: str, embedder: CachedEmbedder) -> dict[str, Any]:
    """Score the strategies of host utterances, with prototypes alone."""
    classifiers = {name: build_strategy_classifier(load_pack(name), embedder) for name in DOMAINS}
    lines = read_lines("strategies", split)
    pairs = []
    for domain in DOMAINS:
        own = [line for line in lines if line["domain"] == domain]
        labelled = classify_texts([line["text"] for line in own], classifiers[domain])
        pairs += [(line["strategy"], told.strategy) for line, told in zip(own, labelled, strict=True)]
    return score_classes(pairs)


def measure_quality(embedder: CachedEmbedder) -> Figures:
    """Score the labelled sets and the timelines; prints the details."""
    figures: Figures = {}
    for split in ("dev", "test"):
        intents = score_intents(split, embedder)
        rules = score_intents(split, None)
        strategies = score_strategies(split, embedder)
        personal = score_personal(read_lines("personal", split))
        correction = score_correction(read_lines("damaged", split), read_contexts(split))
        rows = [
            ("intent F1", intents["f1"], f"precision {intents['precision']:.3f}, recall {intents['recall']:.3f}, "
             f"{intents['lines']} lines; act right in {intents['act_accuracy']:.3f} of the found"),
            ("intent F1, rules alone", rules["f1"],
             f"precision {rules['precision']:.3f}, recall {rules['recall']:.3f}"),
            ("strategy macro-F1", strategies["macro_f1"],
             f"accuracy {strategies['accuracy']:.3f}, {strategies['lines']} lines"),
            ("personal data recall", personal["recall"], f"{personal['spans']} spans"),
            ("personal data precision", personal["precision"], f"{personal['false']} false"),
            ("correction recovered", correction["recovered"], f"of {correction['damaged_entities']} damaged entities"),
            ("correction damaged", correction["damaged"], f"of {correction['sound_entities']} sound entities"),
        ]  # fmt: skip
        _print_table(f"Labelled sets, {split}", rows)
        if split == "test":
            _print_table("Intent F1 by place", [(n[3:], v, "") for n, v in intents.items() if n.startswith("f1 ")])
            _print_table("Strategy F1", [(name, value, "") for name, value in strategies["classes"].items()])
            kinds = [(kind, right / of, f"{right} of {of}") for kind, (right, of) in correction["kinds"].items()]
            _print_table("Correction by kind", kinds)
            figures |= {
                "intent_f1": intents["f1"],
                "strategy_macro_f1": strategies["macro_f1"],
                "pii_recall": personal["recall"],
                "pii_precision": personal["precision"],
                "correction_recovered": correction["recovered"],
                "correction_damaged": correction["damaged"],
            }
    return figures


def measure_pairing(embedder: CachedEmbedder) -> Figures:
    """Score pairing on timelines of known truth at three levels of noise, against two baselines."""
    figures: Figures = {}
    for level in ("low", "middle", "high"):
        scores = score_pairing(level, embedder, split="test", first_seed=1000)
        names = ("f1", "precision", "recall", "f1_without_embedder", "f1_time_only", "f1_meaning_only", "lag_error")
        _print_table(f"Pairing, {level} noise", [(name.replace("_", " "), scores[name], "") for name in names])
        if level == "middle":
            figures = {"pairing_f1": scores["f1"], "pairing_f1_time_only": scores["f1_time_only"]}
            figures["pairing_f1_meaning_only"] = scores["f1_meaning_only"]
    return figures


def measure_lexicons() -> Figures:
    """Measure a lexicon of 4.1 million names and 43 thousand addresses."""
    found = measure_lexicon()
    rows = [(name.replace("_", " "), value, "") for name, value in found.items()]
    _print_table("Lexicon", rows)
    return {
        "lexicon_entries": found["entries"],
        "lexicon_load_s": found["load_s"],
        "lexicon_peak_mib": found["peak_mib"],
        "lexicon_mb_per_s": min(found["exact_zh_mb_per_s"], found["exact_en_mb_per_s"]),
        "fuzzy_chars_per_s": min(found["similar_zh_chars_per_s"], found["similar_en_chars_per_s"]),
    }


def _screen(path: Path) -> Figures:
    start = time.perf_counter()
    result = screen_candidates(path, load_pack("automotive"))
    return {"s": time.perf_counter() - start, "peak_mib": measure_peak(), "kept": float(result.kept.height)}


def measure_screening() -> Figures:
    """Screen 160,000 and 320,000 candidates, each in a process of its own."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (160_000, 320_000):
            path = Path(folder) / f"{count}.jsonl"
            write_candidates(path, count)
            found[count] = _run_apart("screen", str(path))
    rows = [(f"{count:,} candidates, s", part["s"], f"{part['peak_mib']:.0f} MiB, kept {part['kept']:,.0f}")
            for count, part in found.items()]  # fmt: skip
    _print_table("Screening of sources", rows)
    return {"screening_s_320k": found[320_000]["s"], "screening_peak_mib": found[320_000]["peak_mib"]}


def _pair(count: int) -> Figures:
    questions, responses = make_load(count, hours=10.0 * count / 1e6)
    start = time.perf_counter()
    pairs = sum(1 for _ in pair_questions(questions, responses, None, Counts("pairing")))
    return {"s": time.perf_counter() - start, "pairs": float(pairs), "peak_mib": measure_peak()}


def measure_streaming() -> Figures:
    """Pair half a million questions with five hours of speech and a million with ten, without embeddings.

    Making the questions is part of the time: they are streamed.
    """
    found = {count: _run_apart("pair", str(count)) for count in (500_000, 1_000_000)}
    rows = [(f"{count:,} questions, s", part["s"], f"{part['pairs']:,.0f} pairs, {part['peak_mib']:.0f} MiB")
            for count, part in found.items()]  # fmt: skip
    _print_table("Pairing at size (100,000 questions an hour of speech, no embeddings)", rows)
    return {"pairing_s_1m": found[1_000_000]["s"], "pairing_s_500k": found[500_000]["s"]}


def measure_recognition() -> Figures:
    """Measure error rates on the example streams before and after correction."""
    figures: Figures = {}
    for name, found in measure_examples().items():
        _print_table(f"Recogniser, {name}", [(key.replace("_", " "), value, "") for key, value in found.items()])
        figures |= {f"{name}_{key}": value for key, value in found.items()}
    return figures


def _run_apart(what: str, argument: str) -> Figures:
    command = [sys.executable, __file__, "--apart", what, argument]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _print_table(title: str, rows: list[tuple[str, float, str]]) -> None:
    print(f"\n{title}")
    for name, value, note in rows:
        shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"
        print(f"  {name:34} {shown:>12}  {note}".rstrip())
    sys.stdout.flush()


def list_parts(embedder: CachedEmbedder) -> Iterator[tuple[str, Callable[[], Figures]]]:
    """Yield the parts in the order they run."""
    yield "quality", lambda: measure_quality(embedder)
    yield "pairing", lambda: measure_pairing(embedder)
    yield "recognition", measure_recognition
    yield "screening", measure_screening
    yield "streaming", measure_streaming
    yield "lexicon", measure_lexicons


def main() -> None:
    """Run all parts, or one, and print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--only", help="quality, pairing, recognition, screening, streaming or lexicon")
    parser.add_argument("--apart", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.apart:
        run: Mapping[str, Callable[[str], Figures]] = {
            "screen": lambda a: _screen(Path(a)),
            "pair": lambda a: _pair(int(a)),
        }
        print(json.dumps(run[given.apart[0]](given.apart[1])))
        return
    print(describe_machine("streamdial", "polars", "marisa-trie", "rapidfuzz", "faster-whisper"))
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder = build_embedder("use-multilingual", Path(folder) / "vectors.sqlite")
        for name, measure in list_parts(embedder):
            if given.only in (None, name):
                figures |= measure()
        embedder.close()
    if given.json:
        given.json.write_text(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
