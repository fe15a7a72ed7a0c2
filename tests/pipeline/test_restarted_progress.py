"""How far a run is, after a start in which shards are finished already."""

from __future__ import annotations

from pathlib import Path

from streamdial.dialogues import Tally
from streamdial.pipeline import RunSettings, open_run
from streamdial.pipeline.progress import Progress, count_finished


def open_half_finished(folder: Path) -> tuple[Progress, list[str]]:
    settings = RunSettings(domain="hotel", sources=(str(folder),), out=str(folder / "run"), dialogues=5, shard_size=2)
    run = open_run(settings)
    shards = [run.workspace.name_shard(first, stop) for first, stop in ((0, 2), (2, 4), (4, 5))]
    for name in (shards[0], shards[2], run.workspace.name_shard(4, 6)):  # the last was one of a larger run
        path = run.workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert count_finished(run, 5) == {shards[0]: 2, shards[2]: 1}
    return Progress(run, 5), shards


async def test_dialogues_of_finished_shards_count_as_made_before(tmp_path: Path) -> None:
    progress, shards = open_half_finished(tmp_path)
    progress.enter(Tally(whole=2, done=1), shards[1])
    figures = progress.measure()
    assert (figures.whole, figures.done, figures.before) == (5, 4, 4)
    assert figures.per_minute == 0.0
    progress.close()


async def test_a_finished_shard_that_is_made_again_counts_once(tmp_path: Path) -> None:
    progress, shards = open_half_finished(tmp_path)
    progress.enter(Tally(whole=2, done=2), shards[0])
    assert progress.measure().done == 3
    progress.close()
