"""An evaluation from paths and names: read, measure, ask, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.evaluation.answers import correlate_with_judges, read_answers, read_key, summarise_answers
from streamdial.evaluation.comparison import JUDGED, Evaluation, Row, evaluate
from streamdial.evaluation.judges import Combine
from streamdial.evaluation.people import choose_items, write_items
from streamdial.evaluation.reading import read_talks
from streamdial.evaluation.tables import render_markdown
from streamdial.evaluation.talks import TalkSet
from streamdial.models import (
    Allowance,
    Budget,
    CachedEmbedder,
    CallCache,
    ModelChoice,
    ModelRuntime,
    build_chat_model,
    build_embedder,
)
from streamdial.records import FrozenModel
from streamdial.runs import read_json, write_atomically, write_json

NO_EMBEDDER = "none"


class EvaluationOptions(FrozenModel):
    """What an evaluation is asked to do: JSON values alone, so that a flow can take it."""

    folder: str
    """The set."""
    against: str | None = None
    """Another set."""
    judges: tuple[str, ...] = ()
    """Models that score a sample."""
    judged: int = Field(default=JUDGED, ge=1)
    """Dialogues of each set that they read."""
    criteria: tuple[str, ...] = ()
    """What they score; all by default."""
    combine: Combine = "median"
    api_base: str | None = None
    """Address of the judges' endpoint."""
    json_path: str | None = None
    """File of the figures; by default in `evaluation/` of a run or data set, and none for another's files."""
    embedder: str = "use-multilingual"
    """Encoder, or `none`."""
    domain: str | None = None
    """Domain pack, by name or path."""
    answers: tuple[str, ...] = ()
    """Files with the answers of people."""
    max_tokens: int | None = None
    max_cost: float | None = None
    seed: int = 7


def find_output(options: EvaluationOptions) -> Path | None:
    """Return the file of the figures; None where they are only shown."""
    if options.json_path:
        return Path(options.json_path)
    folder = Path(options.folder)
    ours = (folder / "run.json").is_file() or (folder / "sessions.jsonl").is_file()
    if not ours:
        return None
    name = f"against_{Path(options.against).resolve().name}" if options.against else "evaluation"
    return folder / "evaluation" / f"{name}.json"


def read_set(path: Path) -> TalkSet:
    """Read a set of which at least one dialogue is there.

    Raises:
        ConfigurationError: If there is none.
    """
    known = read_talks(path)
    if not known.talks:
        told = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in known.counts.dropped.items())
        raise ConfigurationError(f"no dialogue can be read ({told or 'the files are empty'}).", where=str(path))
    return known


async def run_evaluation(options: EvaluationOptions) -> tuple[Evaluation, list[Path]]:
    """Evaluate a set and write figures and table; a finished call to a judge is not made again, but for the anchors.

    Args:
        options: What to do.

    Returns:
        The evaluation and the files written.

    Raises:
        ConfigurationError: If a set, a model, a criterion or a file of answers cannot be used.
        ModelError: If the budget of the judges is used up.
    """
    own = read_set(Path(options.folder))
    other = read_set(Path(options.against)) if options.against else None
    output = find_output(options)
    before = _read_before(output)
    # Models are built before anything is measured: a wrong name is told at once.
    choices = [build_chat_model(name, api_base=options.api_base) for name in dict.fromkeys(options.judges)]
    embedder = build_embedder(options.embedder) if options.embedder != NO_EMBEDDER else None
    evaluation = await _evaluate(options, own, other, choices, embedder, output, before)
    if options.answers:
        evaluation = _add_people(evaluation, [Path(file) for file in options.answers], before)
    return evaluation, write_evaluation(evaluation, output) if output else []


async def _evaluate(
    options: EvaluationOptions,
    own: TalkSet,
    other: TalkSet | None,
    choices: Sequence[ModelChoice],
    embedder: CachedEmbedder | None,
    output: Path | None,
    before: Mapping[str, Any],
) -> Evaluation:
    cache = None
    if choices and output:
        output.parent.mkdir(parents=True, exist_ok=True)
        cache = CallCache(output.parent / "judge_calls.sqlite")
    budget = Budget(Allowance(options.max_tokens, options.max_cost))
    cached, fresh = (
        [ModelRuntime(choice.model, cache=kept, budget=budget, concurrency=choice.concurrency) for choice in choices]
        for kept in (cache, None)
    )
    try:
        return await evaluate(
            own,
            other,
            embedder=embedder,
            domain=options.domain,
            judges=cached,
            fresh=fresh,
            judged=options.judged,
            criteria=options.criteria,
            combine=options.combine,
            before=before.get("judges", {}),
            seed=options.seed,
        )
    finally:
        for choice in choices:
            await choice.model.aclose()
        if cache:
            cache.close()
        if embedder:
            embedder.close()


def _read_before(output: Path | None) -> dict[str, Any]:
    if output is None or not output.is_file():
        return {}
    found = read_json(output)
    return found if isinstance(found, dict) else {}


def _add_people(evaluation: Evaluation, files: Sequence[Path], before: Mapping[str, Any]) -> Evaluation:
    """Return an evaluation with what people answered, held against this or the last evaluation's judges."""
    key = read_key(files[0])
    counts = Counts("answers")
    answers = read_answers(files, counts, key=key)
    figures = summarise_answers(answers, key)
    judged = evaluation.judged or before.get("judges", {})
    if judged.get("answers"):
        figures += correlate_with_judges(answers, key, judged["answers"])
    told = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(counts.dropped.items()))
    note = f"people: {counts.kept:,} scores of {counts.asked:,} cells" + (f"; {told}" if told else "")
    rows = [*evaluation.rows, *(Row(figure) for figure in figures)]
    notes = (*evaluation.notes, note, *counts.notes[:5])
    return replace(evaluation, rows=tuple(rows), notes=notes, judged=judged)


def write_evaluation(evaluation: Evaluation, path: Path) -> list[Path]:
    """Write the figures as JSON, and the table as Markdown beside it; return both files."""
    table = path.with_suffix(".md")
    write_json(path, evaluation.to_dict())
    write_atomically(table, render_markdown(evaluation))
    return [path, table]


def export_for_people(
    folder: Path,
    against: Path | None,
    out: Path,
    *,
    count: int = 50,
    annotators: int = 2,
    criteria: Sequence[str] = (),
    seed: int = 7,
) -> list[Path]:
    """Write dialogues of one set, or of two mixed, for people to score; see `write_items`.

    Args:
        folder: The set.
        against: The other set, so that people score both without knowing which is which.
        out: Folder of the export.
        count: Dialogues in all, without the repeats.
        annotators: How many people score.
        criteria: What is scored; the six dimensions by default.
        seed: Decides choice and order.

    Raises:
        ConfigurationError: If there is no dialogue, or the folder has an export already.
    """
    if (out / "key.json").exists():
        raise ConfigurationError(
            f"{out} has an export already; a new one would lose its key.", fix="name another folder"
        )
    sets = [read_set(path) for path in (folder, against) if path]
    items = choose_items(sets, count=count, seed=seed)
    chosen = {"criteria": tuple(criteria)} if criteria else {}
    return write_items(items, out, annotators=annotators, **chosen)
