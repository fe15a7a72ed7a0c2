"""Runs an evaluation from paths and names: read, measure, ask judges, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.evaluation.comparison import Evaluation, Row, evaluate
from streamdial.evaluation.dialogues import DialogueSet, name_subject
from streamdial.evaluation.human_eval.answers import (
    Answer,
    correlate_with_judges,
    read_answers,
    read_key,
    summarise_answers,
)
from streamdial.evaluation.human_eval.labels import list_reasons, read_labels, summarise_labels
from streamdial.evaluation.human_eval.sheets import choose_items, write_items
from streamdial.evaluation.judges.criteria import register_criteria
from streamdial.evaluation.judges.judging import JUDGED, Judging
from streamdial.evaluation.judges.learned import (
    LearnedJudge,
    Scored,
    fit_judge,
    list_votes,
    measure_learned,
    read_judge,
    write_judge,
)
from streamdial.evaluation.judges.panel import Combine
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.model_pool import open_models
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.evaluation.tables import render_markdown
from streamdial.files import read_json, write_atomically, write_json
from streamdial.models import build_embedder
from streamdial.options import Named
from streamdial.records import FrozenModel

NO_EMBEDDER = "none"
ASKED = ("Judges", "People", "Judges and people", "Labels")
"""Sections that cost money or people's time: an evaluation without them keeps those of an earlier one."""


class EvaluationOptions(FrozenModel):
    """What an evaluation is asked to do: JSON values alone, so that a flow can take it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    COMMAND: ClassVar[str] = "evaluate"
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("folder",)
    OLD_NAMES: ClassVar[Mapping[str, str]] = {"import_people": "answers"}

    folder: str
    """A run, an exported data set, or dialogues of a public set."""
    against: str | None = None
    """Another set, compared point by point."""
    by: Literal["", "strategy"] = ""
    """strategy: the dialogues of each strategy of the run are compared with those that had no part of it."""
    judges: Annotated[tuple[str, ...], Named("judges", "--judge")] = ()
    """Model that scores a sample; several are a panel."""
    judged: int = Field(default=JUDGED, ge=1)
    """Dialogues of each set that judges read."""
    criteria: Annotated[tuple[str, ...], Named("criteria", "--criterion")] = ()
    """What judges score, by name; all by default."""
    criteria_file: Annotated[str | None, Named("criteria_file", "--criteria")] = None
    """YAML file of your own criteria; where no criterion is named, they alone are scored."""
    combine: Combine = "median"
    """How a panel's scores become one."""
    requirements: bool = False
    """Judges also check what each persona and path asks for."""
    guide: str | None = None
    """Real dialogues; judges see one with each rating, as a measure."""
    api_base: str | None = None
    """Address of the judges' endpoint."""
    json_path: Annotated[str | None, Named("json_path", "--json")] = None
    """File for the figures, a table in Markdown beside it; by default in `evaluation/` of a run or data set."""
    embedder: str = "use-multilingual"
    """use-multilingual, a sentence-transformers model, or none."""
    domain: str | None = None
    """Path of the domain pack, where it was a file of your own."""
    answers: tuple[str, ...] = ()
    """File with the answers of a person to the sheets of `streamdial human-eval`."""
    labels: tuple[str, ...] = ()
    """File of labels (good, bad, why) that a reader exported from the report page."""
    fit_judge: str | None = None
    """File for a small judge, learnt from what judges and people scored."""
    learned_judge: str | None = None
    """A judge written by --fit-judge, whose scores of all dialogues are told."""
    max_tokens: int | None = None
    """Token budget of the judges."""
    max_cost: float | None = None
    """Money budget of the judges in US dollars."""
    batch: bool = False
    """Judges are asked in files of many calls, answered within a day at half the price; a killed command takes its
    batches up again."""
    seed: int = 7
    """Seed of samples and resamples."""


class HumanEvalOptions(FrozenModel):
    """Which dialogues people are given to score."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    COMMAND: ClassVar[str] = "human-eval"
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("folder",)
    OLD_NAMES: ClassVar[Mapping[str, str]] = {"export_people": "out", "people": "count"}

    folder: str
    """A run, an exported data set, or dialogues of a public set."""
    out: str
    """Folder for sheets, guide and key."""
    against: str | None = None
    """Another set; people score both without knowing which is which."""
    count: Annotated[int, Named("count", "--dialogues")] = Field(default=50, ge=1)
    """Dialogues in all, without the repeats."""
    annotators: int = Field(default=2, ge=1)
    """People who score them."""
    criteria: Annotated[tuple[str, ...], Named("criteria", "--criterion")] = ()
    """What is scored; the six dimensions by default."""
    seed: int = 7
    """Seed of choice and order."""


def find_output(options: EvaluationOptions, part: str = "") -> Path | None:
    """Return the file of the figures, of a part of the set where one is named; None where they are only shown."""
    if options.json_path:
        path = Path(options.json_path)
        return path.with_stem(f"{path.stem}_{part}") if part else path
    folder = Path(options.folder)
    ours = (folder / "run.json").is_file() or (folder / "sessions").is_dir()
    if not ours:
        return None
    against = f"against_{Path(options.against).resolve().name}" if options.against else "evaluation"
    name = part or against
    return folder / "evaluation" / f"{name}.json"


def read_set(path: Path) -> DialogueSet:
    """Read a set of which at least one dialogue is there.

    Raises:
        ConfigurationError: If there is none.
    """
    known = read_dialogue_set(path)
    if not known.talks:
        told = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in known.counts.dropped.items())
        raise ConfigurationError(f"no dialogue can be read ({told or 'the files are empty'}).", where=str(path))
    return known


async def run_evaluations(options: EvaluationOptions) -> list[tuple[Evaluation, list[Path]]]:
    """Evaluate a set, or each part of it against the rest where that is asked for; see `run_evaluation`.

    Raises:
        ConfigurationError: Also if it is to be parted and is not, or another set is named beside that.
    """
    if not options.by:
        return [await run_evaluation(options)]
    if options.against:
        raise ConfigurationError("--by compares parts of one set.", fix="leave out --against, or --by")
    own = read_set(Path(options.folder))
    found = part_by_mechanism(own)
    if not found:
        raise ConfigurationError(
            f"no strategy parts {options.folder}: none acted, or each did in all dialogues.",
            fix="make a run with --strategy NAME=0.5",
        )
    return [await run_evaluation(options, parts) for parts in found]


def part_by_mechanism(own: DialogueSet) -> list[tuple[DialogueSet, DialogueSet]]:
    """Return for each strategy the dialogues it had a part in, and the others; left out where either are none."""
    names = sorted({name for talk in own.talks for name in talk.mechanisms})
    parted = []
    for name in names:
        held = tuple(talk for talk in own.talks if name in talk.mechanisms)
        rest = tuple(talk for talk in own.talks if name not in talk.mechanisms)
        if held and rest:
            parted.append(
                (replace(own, name=f"with {name}", talks=held), replace(own, name=f"without {name}", talks=rest))
            )
    return parted


async def run_evaluation(
    options: EvaluationOptions, parts: tuple[DialogueSet, DialogueSet] | None = None
) -> tuple[Evaluation, list[Path]]:
    """Evaluate a set and write figures and table; a finished call to a judge is not made again, but for the anchors.

    Args:
        options: What to do.
        parts: Two parts of the set that are compared; the set itself and the one it is compared with if None.

    Returns:
        The evaluation and the files written.

    Raises:
        ConfigurationError: If a set, a model, a criterion or a file of answers cannot be used.
        ModelError: If the budget of the judges is used up.
    """
    guide = read_set(Path(options.guide)) if options.guide else None
    own, other = parts or (
        read_set(Path(options.folder)),
        read_set(Path(options.against)) if options.against else None,
    )
    # What people answered is read before judges are paid for: a file that cannot be used is told at once.
    people = _read_human_eval([Path(file) for file in options.answers])
    labelled = _read_labels(
        [Path(file) for file in options.labels], [own] if other is None else [own, other], options.seed
    )
    learned = read_judge(Path(options.learned_judge)) if options.learned_judge else None
    criteria = options.criteria
    if options.criteria_file:
        given = register_criteria(options.criteria_file)
        criteria = criteria or given
    output = find_output(options, own.name.replace(" ", "_") if parts else "")
    before = _read_before(output)
    embedder = build_embedder(options.embedder) if options.embedder != NO_EMBEDDER else None
    try:
        async with open_models(
            options.judges,
            api_base=options.api_base,
            cache_file=output.parent / "judge_calls.sqlite" if output else None,
            max_tokens=options.max_tokens,
            max_cost=options.max_cost,
            batch=options.batch,
        ) as models:
            judging = Judging(
                judges=models.cached,
                fresh=models.fresh,
                judged=options.judged,
                criteria=criteria,
                combine=options.combine,
                requirements=options.requirements,
                guide=guide,
                before=before.get("judges", {}),
            )
            evaluation = await evaluate(
                own, other, embedder=embedder, domain=options.domain, judging=judging, seed=options.seed
            )
    finally:
        if embedder:
            embedder.close()
    if people:
        evaluation = _add_human_eval(evaluation, people, before)
    if labelled:
        evaluation = replace(
            evaluation, rows=(*evaluation.rows, *labelled.rows), notes=(*evaluation.notes, *labelled.notes)
        )
    evaluation = _keep_asked(evaluation, before)
    sets = [own] if other is None else [own, other]
    files = [write_judge(_learn(evaluation, sets, people), Path(options.fit_judge))] if options.fit_judge else []
    if learned is not None:
        columns = [measure_learned(learned, known.talks, seed=options.seed) for known in sets]
        rows = [Row(*figures) for figures in zip(*columns, strict=True)]
        evaluation = replace(evaluation, rows=(*evaluation.rows, *rows))
    return evaluation, [*(write_evaluation(evaluation, output) if output else []), *files]


class _HumanEval(NamedTuple):
    key: dict[str, Any]
    answers: list[Answer]
    counts: Counts


def _read_human_eval(files: Sequence[Path]) -> _HumanEval | None:
    if not files:
        return None
    key, counts = read_key(files[0]), Counts("answers")
    return _HumanEval(key, read_answers(files, counts, key=key), counts)


class _Labelled(NamedTuple):
    rows: list[Row]
    notes: list[str]


def _read_labels(files: Sequence[Path], sets: Sequence[DialogueSet], seed: int) -> _Labelled | None:
    if not files:
        return None
    counts = Counts("labels")
    labels = read_labels(files, counts, talks=[talk for known in sets for talk in known.talks])
    told = f"labels: {counts.kept:,} of {counts.asked:,} lines{_list_drops(counts)}"
    return _Labelled(summarise_labels(labels, sets, seed=seed), [told, *list_reasons(labels)])


def _list_drops(counts: Counts) -> str:
    told = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(counts.dropped.items()))
    return f"; {told}" if told else ""


def _learn(evaluation: Evaluation, sets: Sequence[DialogueSet], people: _HumanEval | None) -> LearnedJudge:
    """Return a judge learnt from the panel's ratings and people's answers to dialogues of some sets."""
    talks = {name_subject(known.name, talk.id): talk for known in sets for talk in known.talks}
    scored = list_votes(evaluation.judged, talks)
    for answer in people.answers if people else ():
        item = people.key["items"][answer.item] if people else {}
        talk = talks.get(name_subject(item["set"], item["dialogue"]))
        criterion, _, side = answer.field.rpartition("_")
        if talk is not None and not item["repeats"]:
            scored.append(Scored(talk, "user" if side == "user" else "agent", criterion, answer.score))
    return fit_judge(scored)


def _read_before(output: Path | None) -> dict[str, Any]:
    if output is None or not output.is_file():
        return {}
    found = read_json(output)
    return found if isinstance(found, dict) else {}


def _add_human_eval(evaluation: Evaluation, people: _HumanEval, before: Mapping[str, Any]) -> Evaluation:
    """Return an evaluation with what people answered, held against this or the last evaluation's judges."""
    rows = summarise_answers(people.answers, people.key, [name for name in (evaluation.name, evaluation.other) if name])
    judged = evaluation.judged or before.get("judges", {})
    if judged.get("answers"):
        rows += [Row(figure) for figure in correlate_with_judges(people.answers, people.key, judged["answers"])]
    counts = people.counts
    note = f"people: {counts.kept:,} scores of {counts.asked:,} cells{_list_drops(counts)}"
    notes = (*evaluation.notes, note, *counts.notes[:5])
    return replace(evaluation, rows=(*evaluation.rows, *rows), notes=notes, judged=judged)


def _keep_asked(evaluation: Evaluation, before: Mapping[str, Any]) -> Evaluation:
    """Return an evaluation with what judges and people said before, where they were not asked again.

    Figures of other dialogues than these are left behind, and that is told.
    """
    figures, others = before.get("figures", {}), before.get("figures_against", {})
    made = {row.own.section for row in evaluation.rows}
    old = {key: body for key, body in figures.items() if body.get("section") in {*ASKED} - made}
    if not old:
        return evaluation
    sections = ", ".join(section for section in ASKED if section in {body["section"] for body in old.values()})
    if before.get("settings", {}).get("dialogues") != evaluation.settings["dialogues"]:
        note = f"an earlier evaluation has figures of {sections} for other dialogues; they are not kept"
        return replace(evaluation, notes=(*evaluation.notes, note))
    rows = [
        Row(Statistic.from_dict(body), Statistic.from_dict(others[key]) if key in others else None)
        for key, body in old.items()
    ]
    note = f"kept from an earlier evaluation of these dialogues: {sections}"
    judged = evaluation.judged or before.get("judges", {})
    return replace(evaluation, rows=(*evaluation.rows, *rows), notes=(*evaluation.notes, note), judged=judged)


def write_evaluation(evaluation: Evaluation, path: Path) -> list[Path]:
    """Write the figures as JSON, and the table as Markdown beside it; return both files."""
    table = path.with_suffix(".md")
    write_json(path, evaluation.to_dict())
    write_atomically(table, render_markdown(evaluation))
    return [path, table]


def export_human_eval(options: HumanEvalOptions) -> list[Path]:
    """Write dialogues of one set, or of two mixed, for people to score; see `write_items`.

    Raises:
        ConfigurationError: If there is no dialogue, or the folder has an export already.
    """
    out = Path(options.out)
    if (out / "key.json").exists():
        raise ConfigurationError(
            f"{out} has an export already; a new one would lose its key.", fix="name another folder"
        )
    sets = [read_set(Path(path)) for path in (options.folder, options.against) if path]
    items = choose_items(sets, count=options.count, seed=options.seed)
    chosen = {"criteria": options.criteria} if options.criteria else {}
    return write_items(items, out, annotators=options.annotators, **chosen)
