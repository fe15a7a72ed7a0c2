"""Whether the branches of comment threads are told apart: dialogues of public sets written below one comment.

    python -m benchmarks.threads [--data ../shared/data] [--json FILE]

Two dialogues of CrossWOZ (zh) or MultiWOZ (en) stand below one comment, their exchanges in turns, as in a flat thread:
every line answers the first comment. The account mentions whom it answers; one viewer in five is another one, and every
other of these mentions the first. `threads_LANGUAGE` is the share of exchanges behind the first of a dialogue whose
exchange before them is the one that really came before; `_off` in the order of the thread, `_low` and `_high` the 95%
interval of the difference, resampled by thread.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import find_interval, print_figures
from benchmarks.machine import describe_machine
from benchmarks.segments import SETS
from streamdial.corpora.seeds import open_corpus
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.records import AgentResponse, Language, Message, Provenance, SeedDialogue, UserQuestion
from streamdial.signals import Decision, SignalSet
from streamdial.signals.threads import ThreadPlace, follow_threads, pair_threads
from streamdial.strategies import MinedRecording, RecordingStrategy, open_strategy
from streamdial.testing import HashingEmbedder

THREADS = 40
ANOTHER = 0.2
"""Share of exchanges that another viewer asks in."""
SILENT = 0.5
"""Share of those other viewers who mention nobody."""


def write_thread(dialogues: Sequence[SeedDialogue], number: int) -> list[Message]:
    """Return a thread with the exchanges of some dialogues in turns; ids tell dialogue and exchange."""
    rng = random.Random(number)
    root = Message(id=f"t{number}", source_id="s", text="...", author="root", kind="comment")
    lines = [root]
    left = {place: list(pairwise(dialogue.turns))[::2] for place, dialogue in enumerate(dialogues)}
    counts = dict.fromkeys(left, 0)
    while open_yet := [place for place, exchanges in left.items() if exchanges]:
        place = rng.choice(open_yet)
        asked, told = left[place].pop(0)
        first = f"v{number}-{place}"
        other = counts[place] > 0 and rng.random() < ANOTHER
        author = f"{first}-{counts[place]}" if other else first
        named = first if other and rng.random() >= SILENT else None
        for role, turn in (("user", asked), ("agent", told)):
            lines.append(
                Message(
                    id=f"{number}/{place}/{counts[place]}/{role}",
                    source_id="s",
                    text=turn.utterance,
                    author="host" if role == "agent" else author,
                    kind="comment",
                    parent=root.id,
                    mention=author if role == "agent" else named,
                    by_host=role == "agent",
                )
            )
        counts[place] += 1
    return lines


def mine_thread(messages: Sequence[Message], language: Language) -> list[list[str]]:
    """Return the exchanges of each dialogue that is found, by the ids of their questions."""
    pack, embedder = load_pack("hotel"), HashingEmbedder()
    shared = {"domain": pack.id, "language": language}
    places: dict[str, ThreadPlace] = {}
    list(follow_threads(messages, places))
    questions = [
        UserQuestion(
            id=f"q {one.id}",
            provenance=Provenance(source_id="s", derived_from=(one.id, str(one.parent))),
            text=one.text,
            raw_text=one.text,
            asker=one.author,
            act="ask",
            **shared,
        )
        for one in messages[1:]
        if not one.by_host
    ]
    replies = [
        AgentResponse(
            id=f"r {one.id}",
            provenance=Provenance(source_id="s", derived_from=(one.id,)),
            text=one.text,
            raw_text=one.text,
            channel="reply",
            **shared,
        )
        for one in messages
        if one.by_host
    ]
    pairs = list(pair_threads(questions, replies, [], places, embedder, Counts("pairs of threads")))
    decision = Decision(True, "", (), 0.0)
    signals = SignalSet(decision, questions=questions, responses=replies, pairs=pairs)
    strategy = open_strategy("threads", {"exchanges": 30})
    assert isinstance(strategy, RecordingStrategy)
    mined = strategy.mine(MinedRecording("s", language, pack, signals, (), embedder, lambda: iter(messages)))
    return [[turn.evidence[0] for turn in seed.turns if turn.role == "user"] for seed in mined.seeds]


def count_right(orders: Sequence[Sequence[str]]) -> int:
    """Return how many exchanges stand behind the one that came before them in their dialogue."""
    right = 0
    for before, behind in (pair for order in orders for pair in pairwise(order)):
        (_, place, number, _), (_, other, following, _) = before.split("/"), behind.split("/")
        right += place == other and int(number) + 1 == int(following)
    return right


def _measure_gain(counts: NDArray[np.int64], draw: NDArray[np.int64]) -> float:
    on, off, whole = counts[draw].sum(axis=0)
    return float((on - off) / whole)


def measure_threads(data: Path) -> dict[str, float]:
    """Return the figures of each set that is there."""
    figures: dict[str, float] = {}
    for language, name in SETS.items():
        path = data / name / "dialogues.jsonl.gz"
        dialogues = list(islice(open_corpus(path), 2 * THREADS)) if path.is_file() else []
        rows = []
        for number, (one, other) in enumerate(zip(dialogues[::2], dialogues[1::2], strict=False)):
            messages = write_thread((one, other), number)
            asked = [f"q {message.id}" for message in messages[1:] if not message.by_host]
            following = sum(question.split("/")[2] != "0" for question in asked)
            rows.append((count_right(mine_thread(messages, language)), count_right([asked]), following))
        if rows:
            counts = np.asarray(rows)
            low, high = find_interval(len(counts), partial(_measure_gain, counts))
            on, off, whole = counts.sum(axis=0)
            figures |= {f"threads_{language}": on / whole, f"threads_{language}_off": off / whole}
            figures |= {f"threads_{language}_low": low, f"threads_{language}_high": high}
    return figures


def main() -> None:
    """Mine the threads and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="Folder of the public sets.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('numpy')}\n")
    figures = measure_threads(arguments.data)
    print_figures(figures, as_json=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
