"""How long the measures that need no language model take over 10,000 dialogues of 17 turns.

Run it as `python -m benchmarks.evaluation_measures --json figures.json`; about a minute. The dialogues are lines of the
package's seed dialogues mixed, with rare words put in, so that they have the vocabulary of a large set.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine, measure_peak
from streamdial.domains import load_pack, load_seeds
from streamdial.evaluation import DialogueSet, EvaluatedDialogue, Statistic, measure_set
from streamdial.evaluation.dialogues import Fact, Plan
from streamdial.evaluation.metrics.embeddings import embed_turns, measure_vendi
from streamdial.evaluation.sets import find_pack
from streamdial.models import CachedEmbedder, build_embedder
from streamdial.records import Turn

DIALOGUES = 10_000
TURNS = 17
WORDS = 20_000
"""Rare words; drawn by Zipf's law, one in three turns."""


def make_set(count: int = DIALOGUES, *, seed: int = 7) -> DialogueSet:
    """Return a set of dialogues with personas, K, evidence and plans, the same one each time.

    Args:
        count: Dialogues.
        seed: Decides all of it.
    """
    rng = random.Random(seed)
    lines = {
        role: [
            turn
            for dialogue in load_seeds(load_pack("automotive"), "en")
            for turn in dialogue.turns
            if turn.role == role
        ]
        for role in ("user", "agent")
    }
    names = ["".join(rng.choices("abcdefghiklmnoprstuvwy", k=rng.randint(4, 9))) for _ in range(WORDS)]
    shares = [1 / rank for rank in range(1, WORDS + 1)]
    rare = rng.choices(names, shares, k=count * TURNS)
    evidence = {f"e{number}": " ".join(rng.choices(names, shares, k=20)) for number in range(5000)}
    told = {(turn.entity, slot, value) for turn in lines["agent"] for slot, value in turn.tell.items()}
    facts = [Fact(entity, slot, value, value) for entity, slot, value in sorted(told)]
    strategies = ("needs", "facts", "objection", "urgency", "appointment")
    talks = []
    for number in range(count):
        turns = []
        for place in range(TURNS):
            line = rng.choice(lines["user" if place % 2 == 0 else "agent"])
            word = f" {rare[number * TURNS + place]}" if rng.random() < 1 / 3 else ""
            change = {
                "turn_id": place,
                "utterance": line.utterance + word,
                "evidence": (f"e{rng.randrange(5000)}",),
                "strategy": rng.choice(strategies) if line.role == "agent" else "",
            }
            turns.append(line.model_copy(update=change))
        talks.append(_make_talk(number, turns, rng))
    plan = Plan("en", frozenset(strategies), frozenset(f"path {number}" for number in range(4)))
    return DialogueSet(
        name="made",
        talks=tuple(talks),
        evidence=evidence,
        knowledge={f"a{number}": facts for number in range(20)},
        people={f"u{number}": "en" for number in range(200)},
        plans={f"b{number}": plan for number in range(20)},
    )


def _make_talk(number: int, turns: Sequence[Turn], rng: random.Random) -> EvaluatedDialogue:
    agent = rng.randrange(20)
    return EvaluatedDialogue(
        id=f"t{number}",
        language="en",
        turns=tuple(turns),
        domain="automotive",
        user=f"u{rng.randrange(200)}",
        agent=f"a{agent}",
        blueprint=f"b{agent}",
        path=f"path {rng.randrange(4)}",
    )


def measure_time(embedder: CachedEmbedder | None, count: int = DIALOGUES) -> tuple[dict[str, float], list[Statistic]]:
    """Return seconds for all measures of a set, those of the encoder apart, and the figures.

    `measures_s_10000_dialogues` is everything that needs no encoder; `vendi_s_10000_dialogues` what an encoder adds for
    the sample that is embedded.

    Args:
        embedder: Encoder for the Vendi score; None leaves it out.
        count: Dialogues.
    """
    known = make_set(count)
    start = time.perf_counter()
    figures = measure_set(known, embedder=None, pack=find_pack(known))
    seconds = {"measures_s_10000_dialogues": time.perf_counter() - start}
    if embedder is not None:
        start = time.perf_counter()
        vendi = measure_vendi(embed_turns(known.talks, embedder))
        seconds["vendi_s_10000_dialogues"] = time.perf_counter() - start
        figures = [vendi if figure.name == vendi.name else figure for figure in figures]
    return seconds, figures


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--dialogues", type=int, default=DIALOGUES, help="dialogues measured")
    parser.add_argument("--embedder", default="use-multilingual", help="encoder, or none")
    given = parser.parse_args()
    print(describe_machine("streamdial", "numpy"))
    embedder = build_embedder(given.embedder) if given.embedder != "none" else None
    figures, measured = measure_time(embedder, given.dialogues)
    for figure in measured:
        told = "n/a" if figure.value is None else f"{figure.value:.4f}"
        print(f"  {figure.key:32} {told:>10}  {figure.unit}")
    print(f"\n{given.dialogues:,} dialogues of {TURNS} turns")
    for name, seconds in figures.items():
        print(f"  {name:32} {seconds:10.1f}")
    print(f"most memory: {measure_peak():.0f} MiB")
    sys.stdout.flush()
    if given.json:
        given.json.write_text(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
