"""Makes one set of several runs of a vertical: all their dialogues, filtered together, the freshest facts first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from streamdial.counts import Counts
from streamdial.errors import ConfigurationError
from streamdial.exports import DataSet, SplitBy, SystemPrompt, write_all
from streamdial.files import read_json, write_json
from streamdial.filtering import (
    FilterOptions,
    FilterResult,
    SideVectors,
    SimilarityGraph,
    build_similarity_graph,
    decide_kept,
    embed_sides,
    extend_similarity_graph,
    load_vectors,
    measure_evidence,
    name_text,
    save_vectors,
)
from streamdial.ids import hash_text
from streamdial.models import build_embedder
from streamdial.personas import settle_versions
from streamdial.pipeline.exporting import DELIVERY, read_filter_statistics
from streamdial.pipeline.filtering import dump_filter, read_graph
from streamdial.pipeline.loading import LoadedRun
from streamdial.pipeline.results import merge_counts
from streamdial.records import Dialogue, KnowledgeRow

MERGED = "merge.json"
"""File of a merged set with the runs it is of, by which it goes on when there are more."""
_FRESHNESS = 1e-3
"""What the newest run's dialogues are worth more than the oldest's: less than one turn with evidence."""
_STALE = 1.0
"""What a dialogue with a replaced fact is worth less: such a one stays only where nothing fresher is alike."""


@dataclass(frozen=True)
class MergedSet:
    """The set of several runs.

    Attributes:
        data: The kept dialogues with all they point at.
        files: What was written.
        runs: What card and `merge.json` say of each run, the oldest first.
        grown_from: Dialogues that were compared with each other already, in an earlier merge or in the first run.
    """

    data: DataSet
    files: Sequence[Path]
    runs: Sequence[Mapping[str, Any]]
    grown_from: int


def merge_runs(
    folders: Sequence[str | Path],
    out: str | Path,
    *,
    user_threshold: float | None = None,
    agent_threshold: float | None = None,
    keep_ratio: float | None = None,
    split_seed: int = 0,
    split_by: SplitBy = "account",
    system_prompt: SystemPrompt = "persona",
    domain: str | None = None,
    qdrant_url: str | None = None,
) -> MergedSet:
    """Merge runs of one vertical: their dialogues once by id, filtered together, exported in every form.

    All dialogues come in, those a run's own filter dropped too; of one id the newer run's words are taken, and the
    others counted as `older_words`, or as `same_id` where nothing differs. Only new ones are compared: the graph of an
    earlier merge into the same folder is gone on from, else that of the oldest run, unless one of theirs was worded
    anew. Of those alike the ones stay first whose turns rest on evidence, whose facts no newer run replaced, and which
    are newer.

    Args:
        folders: Folders of finished runs, in any order.
        out: Folder of the set; new, or of an earlier merge.
        user_threshold: Minimum cosine of user sides that repeat; as in the oldest run if not given.
        agent_threshold: Minimum cosine of agent sides that repeat.
        keep_ratio: Share kept of dialogues that repeat each other.
        split_seed: Seed of the split into train, validation and test.
        split_by: What no two parts share.
        system_prompt: What the system message of the forms for training holds.
        domain: Path of the domain pack, where it was a file of your own.
        qdrant_url: Qdrant server of the runs, where they had one.

    Raises:
        ConfigurationError: If a folder is no finished run, the runs are of several domains or encoders, used tools, or
            `out` is a folder of something else.
    """
    target = Path(out)
    runs = _order_runs([LoadedRun(folder, domain=domain, qdrant_url=qdrant_url) for folder in folders])
    _check_runs(runs, target)
    oldest = read_json(runs[0].folder / "filter.json")["options"]
    given = {"user_threshold": user_threshold, "agent_threshold": agent_threshold, "ratio": keep_ratio}
    options = FilterOptions(**{**oldest, **{name: value for name, value in given.items() if value is not None}})

    merging, filtering = Counts("merge"), Counts("filter")
    made: dict[str, Dialogue] = {}
    vectors: list[SideVectors] = []
    owners = _choose_words(runs)
    for number, run in enumerate(runs):
        merging.asked += len(run.all_dialogues)
        new = {dialogue.id: dialogue for dialogue in run.all_dialogues if owners[dialogue.id] == number}
        older = sum(owners[dialogue.id] > number for dialogue in run.all_dialogues)
        merging.drop("older_words", older)
        merging.drop("same_id", len(run.all_dialogues) - len(new) - older)
        made |= new
        vectors.append(_read_vectors(run, new))
    merging.dropped = +merging.dropped
    merging.made = merging.kept = len(made)
    told = [_describe_run(run, runs[-1]) for run in runs]
    merging.notes += [
        f"run {entry['name']}: made on {entry['made_on']}, {entry['age_days']} days before the newest, "
        f"{entry['dialogues']} dialogues, {entry['kept']} of them kept by its own filter"
        for entry in told
    ]
    graph, grown_from = _build_graph(runs, told, vectors, options, target)
    worth = _weigh_dialogues(runs, made, owners, merging)
    texts = tuple(name_text(made[name]) for name in graph.ids)
    result = decide_kept(graph, _join(vectors), tuple(worth[name] for name in graph.ids), options, texts)
    filtering.asked = filtering.made = len(made)
    filtering.kept = len(result.sample.kept)
    for drop in result.sample.dropped:
        filtering.drop(drop.reason)

    decided = dump_filter(result)
    data = _collect(runs, made, result, decided, told, [merging, filtering])
    files = write_all(data, target, split_seed=split_seed, split_by=split_by, system_prompt=system_prompt)
    write_json(target / "filter.json", decided)
    save_vectors(result.vectors, target / "cache" / "sides")
    # Last: only a set that is whole is gone on from.
    write_json(target / MERGED, {"runs": told, "options": options.model_dump()})
    return MergedSet(data, files, told, grown_from)


def _find_date(run: LoadedRun) -> date:
    """Return the day (UTC) on which a run was finished."""
    return datetime.fromtimestamp((run.folder / DELIVERY).stat().st_mtime, UTC).date()


def _order_runs(runs: Sequence[LoadedRun]) -> list[LoadedRun]:
    """Return each run once, the oldest first.

    Raises:
        ConfigurationError: If there is none, or one is not finished.
    """
    if not runs:
        raise ConfigurationError("there is no run to merge.", fix="name the folders of finished runs")
    for run in runs:
        if not (run.folder / DELIVERY).is_file() or not (run.folder / "filter.json").is_file():
            raise ConfigurationError("is not finished.", fix="finish it: streamdial run", where=str(run.folder))
    once = {run.instance: run for run in runs}
    return sorted(once.values(), key=lambda run: ((run.folder / DELIVERY).stat().st_mtime, run.instance))


def _check_runs(runs: Sequence[LoadedRun], out: Path) -> None:
    for what, values in (
        ("domains", {run.pack.id for run in runs}),
        ("sentence encoders", {run.embedder for run in runs}),
    ):
        if len(values) > 1:
            raise ConfigurationError(
                f"the runs are of several {what}: {', '.join(sorted(values))}.", fix="merge those of each by themselves"
            )
    for run in runs:
        if run.dataset.tool_use is not None:
            raise ConfigurationError(
                "a set with tools cannot be merged: its tasks hold in its own databases alone.",
                fix="merge runs of streamdial run",
                where=str(run.folder),
            )
    if (out / "run.json").exists() or (out.is_dir() and any(out.iterdir()) and not (out / MERGED).is_file()):
        raise ConfigurationError(
            "is the folder of something else.",
            fix="give --out a new folder, or that of an earlier merge",
            where=str(out),
        )


def _describe_run(run: LoadedRun, newest: LoadedRun) -> dict[str, Any]:
    made_on = _find_date(run)
    return {
        "name": run.folder.resolve().name,
        "instance": run.instance,
        "fingerprint": str(run.dataset.settings.get("fingerprint", "")),
        "made_on": made_on.isoformat(),
        "age_days": (_find_date(newest) - made_on).days,
        "dialogues": len(run.all_dialogues),
        "kept": len(run.dialogues),
    }


def _read_vectors(run: LoadedRun, wanted: Mapping[str, Dialogue]) -> SideVectors:
    """Return the vectors of some dialogues of a run, as it wrote them down; embedded where it did not."""
    folder = run.folder / "cache" / "sides"
    if not folder.is_dir():
        return embed_sides(wanted.values(), build_embedder(run.embedder))
    known = load_vectors(folder)
    rows = [row for row, name in enumerate(known.ids) if name in wanted]
    return SideVectors(
        tuple(known.ids[row] for row in rows),
        np.asarray(known.user)[rows],
        np.asarray(known.agent)[rows],
        tuple(name for name in known.empty if name in wanted),
    )


def _join(vectors: Sequence[SideVectors]) -> SideVectors:
    joined = vectors[0]
    for more in vectors[1:]:
        joined = joined.join(more)
    return joined


def _build_graph(
    runs: Sequence[LoadedRun],
    told: Sequence[Mapping[str, Any]],
    vectors: Sequence[SideVectors],
    options: FilterOptions,
    out: Path,
) -> tuple[SimilarityGraph, int]:
    """Return the graph of all dialogues, grown from one that is there, and how many dialogues that one had."""
    whole = _join(vectors)
    users, agents = options.user_threshold, options.agent_threshold
    marker = read_json(out / MERGED) if (out / MERGED).is_file() else {"runs": []}
    before = [(entry["instance"], entry["dialogues"]) for entry in marker["runs"]]
    begins = before == [(entry["instance"], entry["dialogues"]) for entry in told[: len(before)]]
    for folder in [out] * bool(before and begins) + [runs[0].folder]:
        known = read_json(folder / "filter.json")
        ids = tuple(known["communities"])
        fits = (known["user_threshold"], known["agent_threshold"]) == (users, agents) and known["edge_recall"] == 1.0
        if fits and whole.ids[: len(ids)] == ids:
            graph = read_graph(known, whole.take(0, len(ids)))
            return (extend_similarity_graph(graph, whole) if len(ids) < len(whole.ids) else graph), len(ids)
    return build_similarity_graph(whole, user_threshold=users, agent_threshold=agents, method=options.method), 0


def _choose_words(runs: Sequence[LoadedRun]) -> dict[str, int]:
    """Return the run each dialogue is taken of: the newest that words it anew, so that what is alike stays in place."""
    owners: dict[str, int] = {}
    words: dict[str, Dialogue] = {}
    for number, run in enumerate(runs):
        for dialogue in run.all_dialogues:
            if words.get(dialogue.id) != dialogue:
                owners[dialogue.id], words[dialogue.id] = number, dialogue
    return owners


def _weigh_dialogues(
    runs: Sequence[LoadedRun], made: Mapping[str, Dialogue], owners: Mapping[str, int], counts: Counts
) -> dict[str, float]:
    """Return what decides among dialogues that are alike: evidence, then facts that still hold, then the newer run."""
    rows: dict[str, list[KnowledgeRow]] = {}
    held: set[str] = set()
    for run in runs:
        # Files tell no date: what they say was there when their run was made.
        undated = {"observed_at": _find_date(run).isoformat()}
        for agent in run.dataset.agents.values():
            known = (
                row if row.observed_at else row.model_copy(update=undated)
                for row in (*agent.knowledge, *agent.other_versions)
            )
            rows.setdefault(agent.account, []).extend(known)
            held.update(row.id for row in agent.knowledge if row.replaced_by is None)
    settled = [row for known in rows.values() for row in settle_versions(known)]
    replaced = {row.id for row in settled if row.replaced_by is not None and row.id in held}
    stale = {
        name for name, dialogue in made.items() if any(replaced.intersection(turn.evidence) for turn in dialogue.turns)
    }
    dates = sorted(row.observed_at for row in settled if row.observed_at and row.replaced_by is None)
    if dates:
        counts.note(f"facts that hold were told between {dates[0][:10]} and {dates[-1][:10]}")
    if replaced:
        counts.note(
            f"{len(replaced)} facts were replaced by a newer run; {len(stale)} dialogues tell one of them and stay "
            f"only where nothing fresher is alike"
        )
    return {
        name: measure_evidence(dialogue) + _FRESHNESS * owners[name] / len(runs) - _STALE * (name in stale)
        for name, dialogue in made.items()
    }


def _collect(
    runs: Sequence[LoadedRun],
    made: Mapping[str, Dialogue],
    result: FilterResult,
    decided: Mapping[str, Any],
    told: Sequence[Mapping[str, Any]],
    counts: Sequence[Counts],
) -> DataSet:
    """Return the data set: the newest run's word counts where several have a record of one id."""
    sets = [run.dataset for run in runs]
    kept = set(result.sample.kept)
    before = [report for data in sets for report in data.counts if report.phase != "filter"]
    settings = [data.settings for data in sets]
    return DataSet(
        pack=runs[-1].pack,
        languages=tuple(sorted({dialogue.language for name, dialogue in made.items() if name in kept})),
        dialogues=tuple(dialogue for name, dialogue in made.items() if name in kept),
        users={name: user for data in sets for name, user in data.users.items()},
        agents={name: agent for data in sets for name, agent in data.agents.items()},
        blueprints={name: blueprint for data in sets for name, blueprint in data.blueprints.items()},
        evidence={name: item for data in sets for name, item in data.evidence.items()},
        counts=[*merge_counts(before), *counts],
        settings={
            "fingerprint": hash_text("\n".join(entry["fingerprint"] for entry in told)),
            "command": f"streamdial merge {' '.join(entry['name'] for entry in told)} --out DIR",
            "sources": list({entry["id"]: entry for each in settings for entry in each.get("sources", ())}.values()),
            "models": settings[-1].get("models", {}),
            "thresholds": {
                "user_threshold": result.options.user_threshold,
                "agent_threshold": result.options.agent_threshold,
                "keep_ratio": result.options.ratio,
            },
            "prompts": {name: digest for each in settings for name, digest in each.get("prompts", {}).items()},
            "runs": [{key: value for key, value in entry.items() if key != "instance"} for entry in told],
        },
        dropped=list(result.sample.dropped),
        left_out={name: dialogue for name, dialogue in made.items() if name not in kept},
        accounts=list({account.id: account for data in sets for account in data.accounts}.values()),
        filtered=read_filter_statistics(decided),
        communities=decided["communities"],
    )
