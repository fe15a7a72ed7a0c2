"""What is right of the questions, needs and constraints read in real and invented messages, by the `test` parts.

Run it as `python -m benchmarks.real_messages --json messages.json`; a minute. Real lines are read where the folder of
public sets is at hand (`--data`); labels alone ship, so without it the invented lines are all there is.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.message_lines import (
    SHARED,
    LabelledLine,
    fold_line,
    list_comments,
    read_constraints,
    read_own_lines,
    read_real_lines,
)
from streamdial.domains import load_pack
from streamdial.models import CachedEmbedder, build_embedder
from streamdial.models.embedding import OFFLINE_EMBEDDER
from streamdial.personas.constraints import read_wishes
from streamdial.records import Provenance, UserQuestion
from streamdial.signals.denoising import find_chat_noise, is_prose
from streamdial.signals.intents import SecondOpinion, judge_texts
from streamdial.signals.message_kinds import KINDS, WANTING, MessageKindClassifier
from streamdial.slots import SlotReader

Figures = dict[str, float]
DOMAINS = ("automotive", "hotel", "restaurant")
NOISE = ("advertisement", "bot", "contact_baiting")
"""Reasons that no review should be dropped for."""


def score_kinds(
    lines: Sequence[LabelledLine], classifier: MessageKindClassifier
) -> tuple[Figures, Counter[tuple[str, str]]]:
    """Return precision and recall of questions and needs together, accuracy of all kinds, and the confusions."""
    folded = [line._replace(text=fold_line(line.text)) for line in lines]
    told = classifier.classify([line.text for line in folded])
    # What is nothing but emotes never reaches the classifier.
    pairs = Counter(
        (line.kind, decision.kind if line.text else "chatter") for line, decision in zip(folded, told, strict=True)
    )
    found = sum(count for (true, said), count in pairs.items() if true in WANTING and said in WANTING)
    wanted = sum(count for (true, _), count in pairs.items() if true in WANTING)
    said = sum(count for (_, said), count in pairs.items() if said in WANTING)
    right = sum(count for (true, said), count in pairs.items() if true == said)
    return {
        "precision": found / max(said, 1),
        "recall": found / max(wanted, 1),
        "accuracy": right / max(pairs.total(), 1),
        "lines": float(pairs.total()),
        "wanted": float(wanted),
    }, pairs


def score_constraints(part: str, embedder: CachedEmbedder) -> Figures:
    """Score the values taken for wishes in labelled lines, each a slot with its value."""
    right = told = wanted = 0
    for domain in DOMAINS:
        pack = load_pack(domain)
        opinion = SecondOpinion(pack, embedder)
        for line in read_constraints(part, domain):
            reader = SlotReader(pack, line["language"])
            text = fold_line(line["text"])
            (decision,) = judge_texts([text], reader, opinion)
            said = set()
            if decision.act is not None:
                question = UserQuestion(
                    id="line", domain=domain, language=line["language"], provenance=Provenance(source_id="line"),
                    text=text, raw_text=text, act=decision.act, asks=decision.asks,
                    slots={m.slot: m.value for m in decision.mentions if m.slot != pack.entity_slot},
                )  # fmt: skip
                said = {(wish.slot, wish.value) for wish in read_wishes(question, reader)}
            truth = set(map(tuple, line["wishes"]))
            right, told, wanted = right + len(said & truth), told + len(said), wanted + len(truth)
    return {"precision": right / max(told, 1), "recall": right / max(wanted, 1), "told": float(told)}


def score_noise(lines: Sequence[str]) -> tuple[float, Counter[str]]:
    """Return the share of genuine prose that is dropped as noise by the pack that drops most, with its reasons."""
    worst: Counter[str] = Counter()
    for domain in DOMAINS:
        pack = load_pack(domain)
        reasons = (find_chat_noise(fold_line(line), pack) for line in lines)
        worst = max(worst, Counter(reason for reason in reasons if reason in NOISE), key=lambda found: found.total())
    return worst.total() / max(len(lines), 1), worst


def measure_messages(data: Path = SHARED) -> Figures:
    """Return the figures of the `test` parts with the offline encoder, and print those of both.

    Args:
        data: Folder of the public sets; where it is missing, invented lines alone are read.
    """
    with tempfile.TemporaryDirectory() as folder:
        embedder = build_embedder(OFFLINE_EMBEDDER, Path(folder) / "vectors.sqlite")
        figures = measure_parts(embedder, data)
        embedder.close()
    return figures


def measure_parts(embedder: CachedEmbedder, data: Path) -> Figures:
    """Return the figures of the `test` parts, and print those of both.

    Args:
        embedder: The real encoder; with another one the second set of weights is measured.
        data: Folder of the public sets; where it is missing, invented lines alone are read.
    """
    figures: Figures = {}
    classifier = MessageKindClassifier(embedder)
    for part in ("dev", "test"):
        own, real = read_own_lines(part), read_real_lines(part, data)
        dialogues = [line for line in real if "dialogues" in line.file]
        messages = [line for line in real if "dialogues" not in line.file]
        print(f"\n{part}{' (trained on)' if part == 'dev' else ''}")
        for name, lines in (("all", own + real), ("invented", own), ("real chat, comments", messages),
                            ("real dialogues", dialogues)):  # fmt: skip
            scores, pairs = score_kinds(lines, classifier)
            print(f"  {name:20} " + ", ".join(f"{key} {value:.3f}" for key, value in scores.items()))
            if name == "all":
                figures |= {"question_precision": scores["precision"], "question_recall": scores["recall"]}
                figures["kind_accuracy"] = scores["accuracy"]
                _print_confusions(pairs)
        wishes = score_constraints(part, embedder)
        prose = [
            line.text for line in own if line.kind in ("testimony", "complaint") and is_prose(fold_line(line.text))
        ]
        prose += list_comments(data)
        share, reasons = score_noise(prose)
        print(
            f"  constraints: precision {wishes['precision']:.3f}, recall {wishes['recall']:.3f}, "
            f"{wishes['told']:.0f} told"
        )
        print(f"  prose dropped as noise: {share:.4f} of {len(prose)} {dict(reasons)}")
        figures |= {"constraint_precision": wishes["precision"], "constraint_recall": wishes["recall"]}
        figures["noise_false_share"] = share
    return figures


def _print_confusions(pairs: Counter[tuple[str, str]]) -> None:
    print("  " + f"{'true / told':14}" + "".join(f"{kind[:9]:>10}" for kind in KINDS))
    for true in KINDS:
        print("  " + f"{true:14}" + "".join(f"{pairs[true, said]:10}" for said in KINDS))


def main() -> None:
    """Measure with the offline encoder, and print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the public sets")
    given = parser.parse_args()
    print(describe_machine("streamdial", "numpy"))
    figures = measure_messages(given.data)
    if given.json:
        given.json.write_text(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
