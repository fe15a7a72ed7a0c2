"""Scores against labelled truth, shared by the benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from streamdial.privacy import PersonalSpan, find_personal_data

MIN_COVER = 0.8


def score_personal(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Score the finding of personal data against labelled lines.

    A labelled span is found if one span of its kind covers at least 80% of its characters. A span found that overlaps
    no labelled span is false. Precision is the share of found spans that are not false.

    Args:
        lines: Objects with `text` and `spans`, each of `kind`, `start` and `end`.

    Returns:
        `precision`, `recall` and `f1` overall, `spans`, `found` and `false` as counts, and the same by `kinds`.
    """
    wanted: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    found: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for line in lines:
        labelled = [PersonalSpan(span["kind"], span["start"], span["end"]) for span in line["spans"]]
        spans = find_personal_data(line["text"])
        for span in labelled:
            wanted[span.kind] += 1
            hit[span.kind] += any(_covers(other, span) for other in spans)
        for span in spans:
            found[span.kind] += 1
            false[span.kind] += not any(_measure_overlap(span, other) for other in labelled)
    kinds = {kind: _summarise(wanted[kind], hit[kind], found[kind], false[kind]) for kind in sorted({*wanted, *found})}
    return {**_summarise(wanted.total(), hit.total(), found.total(), false.total()), "kinds": kinds}


def _summarise(wanted: int, hit: int, found: int, false: int) -> dict[str, float]:
    """A share of nothing counts as 1: nothing was missed."""
    precision = (found - false) / found if found else 1.0
    recall = hit / wanted if wanted else 1.0
    total = precision + recall
    f1 = 2 * precision * recall / total if total else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "spans": wanted, "found": found, "false": false}


def _measure_overlap(left: PersonalSpan, right: PersonalSpan) -> int:
    return max(0, min(left.end, right.end) - max(left.start, right.start))


def _covers(found: PersonalSpan, labelled: PersonalSpan) -> bool:
    return found.kind == labelled.kind and _measure_overlap(found, labelled) >= MIN_COVER * (
        labelled.end - labelled.start
    )


def score_classes(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Score labels against truth.

    Args:
        pairs: (true label, label told) of each line.

    Returns:
        `macro_f1` over the true labels, `accuracy`, `lines`, and the F1 of each label as `classes`.
    """
    found = Counter(pairs)
    labels = sorted({wanted for wanted, _ in found})
    classes = {}
    for label in labels:
        wanted = sum(count for (true, _), count in found.items() if true == label)
        told = sum(count for (_, said), count in found.items() if said == label)
        classes[label] = 2 * found[label, label] / max(wanted + told, 1)
    right = sum(found[label, label] for label in labels)
    return {
        "macro_f1": sum(classes.values()) / max(len(classes), 1),
        "accuracy": right / max(found.total(), 1),
        "lines": found.total(),
        "classes": classes,
    }
