"""Figures from a panel's answers: means by criterion and side, wins of one set over another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from streamdial.evaluation.judges.panel import Panel
from streamdial.evaluation.judges.questions import Question
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios


def summarise_ratings(panel: Panel, subjects: Iterable[str], *, seed: int = 7) -> list[Statistic]:
    """Return the panel's mean score by criterion and side, with intervals over dialogues, and its agreement.

    Missing answers are in no mean; how many dialogues a mean is of is told.

    Args:
        panel: What was answered.
        subjects: Ids of the dialogues of the set; others that the panel judged are left out.
        seed: Seed of the resamples.
    """
    wanted = set(subjects)
    asked = [question for question in panel.questions if question.kind == "rating" and question.subjects[0] in wanted]
    figures = []
    for (criterion, side), questions in _group(asked):
        values = [panel.get_value(question) for question in questions]
        told = [value for value in values if value is not None]
        basis = f"{len(told):,} of {len(values):,} dialogues"
        figure = Statistic(f"{criterion}_{side}", None, unit="score 1-5", basis=basis, section="Judges")
        if not told:
            figures.append(
                Statistic(figure.name, None, unit=figure.unit, section="Judges", reason="no answer can be read")
            )
            continue
        figures += measure_ratios([Ratio(figure, told, [1.0] * len(told))], seed=seed)
    if len(panel.judges) > 1:
        for criterion in dict.fromkeys(question.criterion for question in asked):
            alpha = panel.measure_agreement([question for question in asked if question.criterion == criterion])
            reason = "" if alpha is not None else "nothing they could disagree on"
            figures.append(Statistic(f"{criterion}_alpha", alpha, unit="alpha", section="Judges", reason=reason))
    return figures


def _group(questions: Sequence[Question]) -> list[tuple[tuple[str, str], list[Question]]]:
    order = {key: place for place, key in enumerate(dict.fromkeys(question.criterion for question in questions))}
    ordered = sorted(questions, key=lambda question: (order[question.criterion], question.side != "user"))
    return [(key, list(part)) for key, part in groupby(ordered, key=lambda q: (q.criterion, str(q.side)))]


def settle_choices(panel: Panel) -> Mapping[tuple[str, str, tuple[str, ...]], float | None]:
    """Return what was chosen of each pair, by criterion, side and the dialogues in their unswapped order.

    1 for the first, 0 for the second, 0.5 for a tie or where the two orders contradict each other; None where either is
    missing.
    """
    both: dict[tuple[str, str, tuple[str, ...]], list[float | None]] = {}
    for question in panel.questions:
        if question.kind == "choice":
            pair = question.subjects[::-1] if question.swapped else question.subjects
            both.setdefault((question.criterion, question.side, pair), []).append(panel.get_value(question))
    settled: dict[tuple[str, str, tuple[str, ...]], float | None] = {}
    for key, values in both.items():
        told = [value for value in values if value is not None]
        if len(values) < 2 or len(told) < len(values):
            settled[key] = None
        else:
            settled[key] = 1.0 if min(told) > 0.5 else 0.0 if max(told) < 0.5 else 0.5
    return settled


def summarise_choices(panel: Panel, *, seed: int = 7) -> list[Statistic]:
    """Return how often the first set wins over the second, a tie as half, and how often the order decides.

    `wins` is over pairs of which both orders were answered; `order_decides` the share of those where the two answers
    contradict each other, the judges' position bias.
    """
    settled = settle_choices(panel)
    flips: dict[tuple[str, str, tuple[str, ...]], list[float]] = {}
    for question in panel.questions:
        value = panel.get_value(question)
        if question.kind == "choice" and value is not None:
            pair = question.subjects[::-1] if question.swapped else question.subjects
            flips.setdefault((question.criterion, question.side, pair), []).append(value)
    figures = []
    for criterion, side in dict.fromkeys((key[0], key[1]) for key in settled):
        keys = [key for key in settled if key[:2] == (criterion, side)]
        known = [key for key in keys if settled[key] is not None]
        basis = f"{len(known):,} of {len(keys):,} pairs"
        ones = [1.0] * len(known)
        names = (f"{criterion}_{side}_wins", f"{criterion}_{side}_order_decides")
        if not known:
            figures += [
                Statistic(name, None, unit="share of pairs", section="Judges", reason="no pair was judged")
                for name in names
            ]
            continue
        contradict = [len(flips[key]) > 1 and min(flips[key]) < 0.5 < max(flips[key]) for key in known]
        parts: list[list[float]] = [[settled[key] or 0.0 for key in known], [float(flip) for flip in contradict]]
        told = [Statistic(name, None, unit="share of pairs", basis=basis, section="Judges") for name in names]
        figures += measure_ratios(
            [Ratio(figure, part, ones) for figure, part in zip(told, parts, strict=True)], seed=seed
        )
    return figures


def summarise_checklists(panel: Panel, subjects: Iterable[str], *, seed: int = 7) -> list[Statistic]:
    """Return the share of statements that hold, by checklist and side, with intervals over dialogues.

    Args:
        panel: What was answered.
        subjects: Ids of the dialogues of the set; others that the panel judged are left out.
        seed: Seed of the resamples.
    """
    wanted = set(subjects)
    asked = [
        question for question in panel.questions if question.kind == "checklist" and question.subjects[0] in wanted
    ]
    figures = []
    for (name, side), questions in _group(asked):
        held = [sum(panel.judgements[q.id, j].held) for q in questions for j in panel.judges]
        told = [len(panel.judgements[q.id, j].held) for q in questions for j in panel.judges]
        width = len(panel.judges)
        above = [float(sum(held[start : start + width])) for start in range(0, len(held), width)]
        below = [float(sum(told[start : start + width])) for start in range(0, len(told), width)]
        figure = Statistic(f"{name}_{side}_held", None, unit="share of statements", section="Judges")
        figures += measure_ratios([Ratio(figure, above, below, "no answer can be read")], seed=seed)
    return figures
