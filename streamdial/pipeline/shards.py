"""Works through a shard of dialogues: each is journalled, a failure becomes a dead letter, what is left is counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from streamdial.counts import Counts
from streamdial.dialogues import Tally, produce
from streamdial.files import Journal, read_lines
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.logs import log_about
from streamdial.models import Usage
from streamdial.pipeline.dead_letters import DeadLetters
from streamdial.pipeline.progress import Progress
from streamdial.pipeline.results import Assignments, MadeShard
from streamdial.pipeline.run import Run
from streamdial.telemetry import DIALOGUES, TRACER

OPEN_PER_CALL = 4
"""Dialogues open for each call that may be in flight: enough that one always has something to ask."""


def count_open(run: Run) -> int:
    """Return how many dialogues of a run are open at once in each of its processes."""
    return max(64, -(-OPEN_PER_CALL * run.model.gate.maximum // run.processes)) if run.words_turns else 64


def write_assignments(
    run: Run, listed: Sequence[dict[str, Any]], participants: str, counts: Sequence[Counts] = ()
) -> Assignments:
    """Write down the dialogues to be made.

    Args:
        run: The run.
        listed: What is known of each dialogue; `id` and `number` at least.
        participants: Name of the file of the participants.
        counts: Reports of which users may ask and which dialogues can be continued.
    """
    body = dump_canonical_json(list(listed))
    name = f"cast/assignments-{len(listed)}.json"
    run.files.write(name, body)
    return Assignments(name, hash_text(body), len(listed), participants, list(counts))


def read_assignments(run: Run, name: str, content: str) -> list[dict[str, Any]]:
    """Return the dialogues to be made, read once in a process.

    Args:
        run: The run.
        name: File `write_assignments` wrote.
        content: Hash of what it holds.
    """
    planned: list[dict[str, Any]] = run.shared.get(("assignments", content)) or orjson.loads(run.files.read(name))
    run.shared["assignments", content] = planned
    return planned


class Shard(NamedTuple):
    """What became of a shard.

    Attributes:
        name: Name of its file.
        lines: What was journalled of each dialogue that was made, in the order of the assignments.
        counts: `asked`, and the drops `dead_letter` and `budget`; what became of the lines is the caller's to count.
        entries: What was added to the dead letters.
        failed: Ids of the dialogues that are lost.
        left: Dialogues a budget no longer allowed.
    """

    name: str
    lines: list[dict[str, Any]]
    counts: Counts
    entries: list[dict[str, Any]]
    failed: list[str]
    left: int

    def report(self, run: Run, counts: Sequence[Counts], **more: Any) -> MadeShard:  # noqa: ANN401
        """Return the result of a shard's step, its cells or trials among it."""
        usage = (run.model.usage if run.words_turns else Usage()).to_dict()
        return MadeShard(self.name, self.entries, self.failed, self.left, list(counts), usage, **more)


def _quote_end(line: dict[str, Any]) -> str:
    """Return the last line of a dialogue that was journalled."""
    turns = (line.get("dialogue") or {}).get("turns") or [{}]
    return str(turns[-1].get("utterance", ""))


async def work_through(
    run: Run,
    planned: Sequence[dict[str, Any]],
    first: int,
    stop: int,
    attempt: str,
    progress: Progress,
    make: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
) -> Shard:
    """Make the dialogues first to stop - 1 that are not journalled yet.

    Args:
        run: The run.
        planned: All assignments of the run; each has `id` and `number`.
        first: Number of the first dialogue.
        stop: Number after the last one.
        attempt: Which try at the shard this is, see `DeadLetters.name_attempt`.
        progress: Told how far it is.
        make: Makes one dialogue and returns what is to be journalled, among it `fault`: why it cannot be used, or None.
    """
    name = run.workspace.name_shard(first, stop)
    journal_path = (run.workspace.root / name).with_suffix(".journal")
    done = {line["id"]: line for line in read_lines(journal_path)}
    listed = planned[first:stop]
    letters = DeadLetters(run.workspace.dead_letters)
    known = len(letters.entries)
    lost, earlier = letters.lost, letters.count_attempts()
    tally = Tally(whole=len(listed), done=len(done))
    journal = Journal(journal_path)

    async def make_one(entry: dict[str, Any]) -> None:
        with log_about(dialogue=entry["id"]), TRACER.start_as_current_span("dialogue", attributes={"id": entry["id"]}):
            line = {"id": entry["id"], **await make(entry)}
            journal.append(line)
            done[entry["id"]] = line
            progress.last = _quote_end(line)
            if entry["id"] in lost:
                letters.append("back", entry["number"], attempt, id=entry["id"])
        DIALOGUES.add(1, {"fault": line["fault"] or "none"})

    def fail(entry: dict[str, Any], reason: str, message: str) -> None:
        attempts = 1 + earlier[entry["id"]]
        letters.append(
            "lost", entry["number"], attempt, id=entry["id"], reason=reason, message=message, attempts=attempts
        )

    progress.enter(tally, name)
    try:
        waiting = (entry for entry in listed if entry["id"] not in done)
        await produce(waiting, make_one, fail, tally=tally, open_at_once=count_open(run))
    finally:
        progress.close()
        journal.close()
    if tally.left or letters.name_attempt(first, stop, retry=False) != attempt:
        letters.append("left", first, attempt, count=tally.left, reason=tally.end[0], message=tally.end[1])
    counts = Counts("dialogues", asked=len(listed))
    failed = [entry["id"] for entry in listed if entry["id"] in letters.lost]
    counts.dropped.update(
        {reason: number for reason, number in (("dead_letter", len(failed)), (tally.end[0], tally.left)) if number}
    )
    lines = [done[entry["id"]] for entry in listed if entry["id"] in done]
    return Shard(name, lines, counts, letters.entries[known:], failed, tally.left)
