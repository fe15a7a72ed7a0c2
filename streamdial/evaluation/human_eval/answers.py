"""The answers of a human evaluation: read back, compared with each other and with the judges."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import orjson

from streamdial.counts import Counts
from streamdial.delimited import read_rows
from streamdial.encodings import decode_text
from streamdial.errors import ConfigurationError
from streamdial.evaluation.comparison import Row
from streamdial.evaluation.dialogues import name_subject
from streamdial.evaluation.human_eval.sheets import KEY_FILE, list_fields
from streamdial.evaluation.metrics.agreement import compute_alpha, compute_correlation, compute_kappa
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.files import read_json

SCORES = (1.0, 2.0, 3.0, 4.0, 5.0)


class Answer(NamedTuple):
    """One score by one person.

    Attributes:
        item: Id of the item.
        annotator: Who scored: the name of the file, or Label Studio's user.
        field: `coherence_user`.
        score: 1 to 5.
    """

    item: str
    annotator: str
    field: str
    score: float


def read_key(file: Path) -> dict[str, Any]:
    """Return the key of an export, found beside a file of answers or in a folder above it.

    Raises:
        ConfigurationError: If there is none.
    """
    for folder in list(file.resolve().parents)[:3]:
        if (folder / KEY_FILE).is_file():
            key: dict[str, Any] = read_json(folder / KEY_FILE)
            return key
    raise ConfigurationError(
        f"there is no {KEY_FILE} beside {file.name} or in the two folders above it.",
        fix="put the answers back where `--export-people` wrote them",
    )


def read_answers(files: Iterable[Path], counts: Counts, *, key: Mapping[str, Any]) -> list[Answer]:
    """Read the answers of people: filled-in CSV as any spreadsheet saves it, JSONL, or Label Studio's JSON export.

    The name of a CSV or JSONL file stands for a person. Counts get `asked` (cells), `kept` and the drops `empty`,
    `no_score` (not 1 to 5), `unknown_item`, `twice` (the last counts).

    Args:
        files: The files.
        counts: The report.
        key: What `read_key` returned.

    Raises:
        ConfigurationError: If a file cannot be read.
    """
    found: dict[tuple[str, str, str], Answer] = {}
    fields = set(list_fields(key["criteria"]))
    for file in files:
        for item, annotator, field, value in _read_cells(file, fields):
            counts.asked += 1
            score = _read_score(value)
            if item not in key["items"]:
                counts.drop("unknown_item")
            elif score is None:
                counts.drop("empty" if value in (None, "") else "no_score")
                if value not in (None, ""):
                    counts.note(f"{file.name}, {item}, {field}: {str(value)[:20]!r} is no score from 1 to 5")
            else:
                if (item, annotator, field) in found:
                    counts.drop("twice")
                found[item, annotator, field] = Answer(item, annotator, field, score)
    counts.kept += len(found)
    return list(found.values())


def _read_score(value: object) -> float | None:
    try:
        score = float(str(value).strip().replace(",", "."))  # 4,0 as spreadsheets in Europe write it
    except ValueError:
        return None
    return score if score in SCORES else None


def _read_cells(file: Path, fields: set[str]) -> Iterator[tuple[str, str, str, Any]]:
    try:
        text = decode_text(file.read_bytes()).text
        if file.suffix == ".csv":
            rows = read_rows(text)
            header = [cell.strip() for cell in next(rows, [])]
            if "item" not in header or not fields & {*header}:
                raise KeyError(f"its columns are {', '.join(header)[:120]!r}, without item or a field of scores")
            for cells in rows:
                row = dict(zip(header, cells, strict=False))
                yield from ((str(row.get("item")), file.stem, name, row[name]) for name in sorted(fields & {*row}))
        elif file.suffix == ".jsonl":
            for line in filter(str.strip, text.split("\n")):
                body = orjson.loads(line)
                scores = body["scores"]
                yield from ((str(body["item"]), file.stem, name, scores[name]) for name in sorted(fields & {*scores}))
        else:
            for task in orjson.loads(text):
                yield from _read_task(task, fields)
    except (
        OSError,
        orjson.JSONDecodeError,
        KeyError,
        TypeError,
        AttributeError,
        csv.Error,
    ) as error:
        raise ConfigurationError(
            f"the answers cannot be read ({type(error).__name__}: {error}).",
            fix="give a filled-in answers_*.csv or items.jsonl, or Label Studio's export as JSON",
            where=file.name,
        ) from error


def _read_task(task: Mapping[str, Any], fields: set[str]) -> Iterator[tuple[str, str, str, Any]]:
    for annotation in task["annotations"]:
        if annotation.get("was_cancelled"):
            continue
        who = annotation.get("completed_by", "")
        name = str(who.get("email") or who.get("id")) if isinstance(who, Mapping) else str(who)
        for result in annotation["result"]:
            if result.get("type") == "rating" and result["from_name"] in fields:
                yield str(task["data"]["item"]), f"user-{name}", result["from_name"], result["value"]["rating"]


def summarise_answers(
    answers: Sequence[Answer], key: Mapping[str, Any], sets: Sequence[str] = (), *, seed: int = 7
) -> list[Row]:
    """Return means by field and set with intervals over dialogues, alpha, kappa, and how people agree with themselves.

    Repeats count for self-agreement alone. Alpha is ordinal over all people; kappa is quadratic, the mean over pairs of
    people with common items.

    Args:
        answers: What people answered.
        key: The key of the export.
        sets: Names of the set that is evaluated and of the one it is compared with; any other set people scored has
            rows of its own.
        seed: Seed of the resamples.
    """
    first = [answer for answer in answers if not key["items"][answer.item]["repeats"]]
    rows = []
    scored = list(dict.fromkeys(entry["set"] for entry in key["items"].values()))
    columns = [name for name in sets if name in scored] or scored[:1]
    people = sorted({answer.annotator for answer in first})
    for field in list_fields(key["criteria"]):
        scores = _tabulate(first, field)
        means = {}
        for name in scored:
            held = [fmean(row.values()) for item, row in scores.items() if key["items"][item]["set"] == name]
            figure = Statistic(
                field if name in columns else f"{field}_{name}", None, unit="score 1-5", section="People"
            )
            lacking = replace(figure, reason="nobody scored it")
            means[name] = measure_ratios([Ratio(figure, held, [1.0] * len(held))], seed=seed)[0] if held else lacking
        rows.append(Row(*(means.pop(name) for name in columns)))
        rows += [Row(figure) for figure in means.values()]
        table = [[scores[item].get(person) for item in scores] for person in people]
        rows.append(_tell(f"{field}_alpha", compute_alpha(table) if table else None, "alpha"))
        kappas = [compute_kappa(left, right, weights="quadratic") for left, right in combinations(table, 2)]
        told = [kappa for kappa in kappas if kappa is not None]
        rows.append(_tell(f"{field}_kappa", fmean(told) if told else None, "kappa, quadratic"))
    same = list(_list_repeats(answers, key))
    gaps = [abs(left - right) for left, right in same]
    rows.append(_tell("repeats_same_score", fmean(gap == 0 for gap in gaps) if gaps else None, "share of scores"))
    rows.append(_tell("repeats_distance", fmean(gaps) if gaps else None, "points"))
    return rows


def _tell(name: str, value: float | None, unit: str) -> Row:
    reason = "" if value is not None else "no two scores to compare, or all the same"
    return Row(Statistic(name, value, unit=unit, section="People", reason=reason))


def _tabulate(answers: Iterable[Answer], field: str) -> dict[str, dict[str, float]]:
    """Return the scores of one field: person to score, by item."""
    scores: dict[str, dict[str, float]] = {}
    for answer in answers:
        if answer.field == field:
            scores.setdefault(answer.item, {})[answer.annotator] = answer.score
    return scores


def _list_repeats(answers: Sequence[Answer], key: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    known = {(answer.item, answer.annotator, answer.field): answer.score for answer in answers}
    for (item, annotator, field), score in known.items():
        before = known.get((key["items"][item]["repeats"], annotator, field))
        if before is not None:
            yield before, score


def correlate_with_judges(
    answers: Sequence[Answer], key: Mapping[str, Any], judged: Iterable[Mapping[str, Any]]
) -> list[Statistic]:
    """Return Spearman's rho and Kendall's tau of people's mean scores with the judges', by field and over all.

    Args:
        answers: What people answered; repeats are left out.
        key: The key of the export.
        judged: The `answers` of `Panel.to_dict`.
    """
    scores = {
        (entry["subjects"][0], f"{entry['criterion']}_{entry['side']}"): entry["value"]
        for entry in judged
        if entry["kind"] == "rating" and entry["value"] is not None
    }
    first = [answer for answer in answers if not key["items"][answer.item]["repeats"]]
    figures, all_people, all_judges = [], [], []
    for field in list_fields(key["criteria"]):
        table = _tabulate(first, field)
        people = [fmean(row.values()) for row in table.values()]
        judges = [
            scores.get((name_subject(key["items"][item]["set"], key["items"][item]["dialogue"]), field))
            for item in table
        ]
        all_people += people
        all_judges += judges
        figures += _correlate(field, people, judges)
    return [*figures, *_correlate("all", all_people, all_judges)]


def _correlate(name: str, people: Sequence[float], judges: Sequence[float | None]) -> list[Statistic]:
    common = sum(value is not None for value in judges)
    figures = []
    for kind in ("spearman", "kendall"):
        value = compute_correlation(people, judges, "spearman" if kind == "spearman" else "kendall")
        reason = "" if value is not None else "fewer than three common items, or one side always says the same"
        basis = f"{common:,} scores" if value is not None else ""
        figures.append(
            Statistic(
                f"{name}_{kind}", value, unit="correlation", section="Judges and people", basis=basis, reason=reason
            )
        )
    return figures
