"""Anchored items: dialogues with settled scores, which are scored anew in every run to see whether a judge drifts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from statistics import fmean
from typing import Any, NamedTuple

from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.judges.criteria import get_criterion
from streamdial.evaluation.judges.panel import Panel
from streamdial.evaluation.judges.questions import Question, build_rating
from streamdial.files import load_yaml
from streamdial.records import Language, Role, Turn

WIDE = 1.0
"""Mean distance from the settled scores, or from those of an earlier run, from which on a judge is warned of."""


class AnchoredItem(NamedTuple):
    """A question about an anchored dialogue, with its settled score."""

    key: str
    question: Question
    score: float


@lru_cache(maxsize=4)
def list_anchored(language: Language) -> tuple[AnchoredItem, ...]:
    """Return the anchored items of a language: a good dialogue and a bad one."""
    text = resources.files("streamdial.evaluation.judges").joinpath("anchors.yaml").read_text(encoding="utf-8")
    items = []
    for entry in load_yaml(text)[language]:
        turns = tuple(
            Turn(turn_id=number, role=role, utterance=words, act="")
            for number, (role, words) in enumerate(entry["turns"])
        )
        talk = EvaluatedDialogue(id=entry["id"], language=language, turns=turns)
        for name, score in entry["scores"].items():
            criterion, _, told = name.rpartition("_")
            side: Role = "user" if told == "user" else "agent"
            question = build_rating(talk, get_criterion(criterion), side)
            items.append(AnchoredItem(f"{talk.id}:{name}", question, float(score)))
    return tuple(items)


def report_drift(
    panel: Panel, languages: Iterable[Language], before: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return how each judge scored the anchored items, and warnings for people.

    Args:
        panel: Answers, those to the anchored items among them.
        languages: Languages whose items were asked.
        before: The `scores` of an earlier run by judge, to see drift.

    Returns:
        By judge: `scores` by item, `distance` (mean absolute, from the settled scores; None where none was answered),
        `missing`, and `moved` (mean absolute, from the earlier run's; None without one); and sentences for people.
    """
    asked = {question.id for question in panel.questions}
    items = [item for language in languages for item in list_anchored(language) if item.question.id in asked]
    told: dict[str, dict[str, Any]] = {}
    warnings = []
    for judge in panel.judges:
        scores = {
            item.key: value for item in items if (value := panel.judgements[item.question.id, judge].value) is not None
        }
        settled = {item.key: item.score for item in items}
        distance = fmean(abs(scores[key] - settled[key]) for key in scores) if scores else None
        known = {key: value for key, value in (before or {}).get(judge, {}).items() if key in scores}
        moved = fmean(abs(scores[key] - value) for key, value in known.items()) if known else None
        told[judge] = {"scores": scores, "distance": distance, "missing": len(items) - len(scores), "moved": moved}
        if distance is not None and distance >= WIDE:
            warnings.append(
                f"judge {judge} is {distance:.1f} points from the settled scores of the anchored talks on average"
            )
        if moved is not None and moved >= WIDE / 2:
            warnings.append(f"judge {judge} has moved by {moved:.1f} points on the anchored talks since the last run")
    return told, warnings
