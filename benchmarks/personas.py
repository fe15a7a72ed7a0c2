"""What the personas rest on, how fast they are made, and whether a blind judge finds them again in the dialogues.

Run it as `python benchmarks/personas.py --json personas.json`; about five minutes on two cores, nearly all of them the
judge's. It works on the two example streams: the hotel's transcript, and the script of the car dealer in place of
recognised speech. `--judge none` leaves the judge out; `--run FOLDER` judges the dialogues of a finished run instead
of ones made here from real lines and templates without a model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from judging import judge_all, judge_by_rules, read_truth, score_judgements
from machine import describe_machine
from streams import Stream, read_streams

from streamdial.blueprints import induce_blueprint
from streamdial.counts import Counts
from streamdial.dialogues import (
    AgentProfile,
    DialogueMaker,
    LineBank,
    assign_dialogues,
    borrow,
    collect_lines,
)
from streamdial.domains import DomainPack, load_pack
from streamdial.files import read_lines
from streamdial.models import CachedEmbedder, ChatModel, build_chat_model, build_embedder
from streamdial.personas import Knowledge, build_agent_persona, build_user_personas
from streamdial.records import AgentPersona, Dialogue, Record, UserPersona
from streamdial.slots import SlotReader

Figures = dict[str, float]
STRUCTURE = {"id", "domain", "language", "provenance", "account", "layout"}
"""Fields that say which record it is, not what was observed."""
COPIES = 25
"""How often the example's viewers are doubled, each copy as other viewers, for the time at size."""
SHARES = {"success": 0.5, "deferral": 0.2, "drop_out": 0.15, "hand_over": 0.15}
MIN_TURNS = 8


def build_personas(stream: Stream, embedder: CachedEmbedder, counts: Counts) -> tuple[list[UserPersona], AgentPersona]:
    """Return the personas of a stream, as a run makes them."""
    signals = stream.signals
    assert signals.account is not None
    knowledge = {signals.account.provenance.source_id: Knowledge(stream.rows, stream.pack)}
    users = build_user_personas(
        signals.questions, stream.pack, embedder, counts,
        language=stream.language, seeds=stream.seeds, knowledge=knowledge,
    )  # fmt: skip
    return users, build_agent_persona(signals.account, signals.responses, signals.strategies, stream.rows, stream.pack)


def list_leaves(value: object, evidence: tuple[str, ...] = ()) -> Iterator[tuple[object, tuple[str, ...]]]:
    """Yield every leaf that holds something, with the evidence of the statement it is part of.

    A statement is an object with `evidence`; a row of K, which is a record of its own, rests on what it was derived
    from. A leaf that is part of no statement comes with no evidence, and so counts as a field without any.
    """
    if isinstance(value, dict):
        if "evidence" in value:
            evidence = tuple(value["evidence"])
        elif "provenance" in value and "slot" in value:
            evidence = tuple(value["provenance"]["derived_from"])
        for name, part in value.items():
            if name != "evidence" and name not in STRUCTURE:
                yield from list_leaves(part, evidence)
    elif isinstance(value, list):
        for part in value:
            yield from list_leaves(part, evidence)
    elif value not in (None, ""):
        yield value, evidence


def count_evidence(personas: Sequence[Record], known: set[str]) -> tuple[int, int]:
    """Return how many leaf fields have evidence of which every id is really there, and how many there are."""
    found = [
        bool(evidence) and set(evidence) <= known
        for persona in personas
        for _, evidence in list_leaves(persona.model_dump(mode="json"))
    ]
    return sum(found), len(found)


def measure_evidence(streams: Sequence[Stream], embedder: CachedEmbedder) -> Figures:
    """Count fields with evidence, needs and personas of both streams."""
    figures: Figures = {}
    shown = whole = 0
    for stream in streams:
        counts = Counts("user personas")
        users, agent = build_personas(stream, embedder, counts)
        right, fields = count_evidence([*users, agent], stream.list_ids())
        shown, whole = shown + right, whole + fields
        lines = [line for user in users for line in user.potential_utterances]
        rows = [
            ("leaf fields", fields, f"{right} with evidence that is there"),
            ("questions", counts.asked, f"of {len({q.asker for q in stream.signals.questions})} viewers"),
            ("distinct needs", counts.made, f"dropped: {dict(counts.dropped) or 'none'}"),
            ("personas", counts.kept, f"{sum(bool(user.conflicts) for user in users)} with a conflict of wishes"),
            ("viewers they stand for", sum(user.demand.viewers for user in users if user.demand), ""),
            ("potential utterances", len(lines), ", ".join(
                f"{origin} {sum(line.origin == origin for line in lines)}"
                for origin in ("own", "same_need", "seed", "worded"))),
            ("commitments", len(agent.commitments), ""),
            ("sources disagree", len(Knowledge((*agent.knowledge, *agent.other_versions), stream.pack).list_disputes()),
             f"of {len(agent.knowledge)} rows of K"),
        ]  # fmt: skip
        print_table(f"Personas, {stream.name}", rows)
        figures[f"needs_found_{stream.language}"] = counts.made
        figures[f"personas_{stream.language}"] = counts.kept
    figures["persona_evidence_share"] = shown / whole
    print_table("Evidence", [("share of fields", shown / whole, f"{shown} of {whole}")])
    return figures


def measure_speed(streams: Sequence[Stream], embedder: CachedEmbedder) -> Figures:
    """Time the making of personas with all embeddings in the cache, and that of a stream many times as large."""
    personas = 0
    spent = []
    for turn in range(5):
        start = time.perf_counter()
        made = [build_personas(stream, embedder, Counts("user personas")) for stream in streams]
        spent.append(time.perf_counter() - start)
        personas = sum(len(users) + 1 for users, _ in made) if not turn else personas
    stream = streams[0]
    copies = [
        question.model_copy(update={"id": f"{question.id}-{copy}", "asker": f"{question.asker}-{copy}"})
        for copy in range(COPIES)
        for question in stream.signals.questions
    ]
    start = time.perf_counter()
    users = build_user_personas(
        copies, stream.pack, embedder, Counts("user personas"), language=stream.language, seeds=stream.seeds
    )
    large = time.perf_counter() - start
    figures = {"personas_per_s": personas / median(spent), "personas_per_s_large": len(users) / large}
    rows = [
        ("personas a second", figures["personas_per_s"], f"{personas} personas, median of {len(spent)} runs"),
        (f"with {len(copies)} questions", figures["personas_per_s_large"], f"{len(users)} personas in {large:.1f} s"),
    ]  # fmt: skip
    print_table("Speed, without model and embedding", rows)
    return figures


def make_dialogues(streams: Sequence[Stream], embedder: CachedEmbedder, count: int) -> list[tuple[Dialogue, Stream]]:
    """Make dialogues of both streams from real lines and templates, without a model; the same ones each time."""
    made: list[tuple[Dialogue, Stream]] = []
    for stream in streams:
        users, agent = build_personas(stream, embedder, Counts("user personas"))
        expert = build_expert(stream, agent)
        bank = LineBank(
            collect_lines(
                SlotReader(stream.pack, stream.language, expert.knowledge.entities),
                seeds=stream.seeds,
                questions=stream.signals.questions,
                responses=stream.responses,
                pairs=stream.signals.pairs,
                acts={
                    strategy.response_id: stream.pack.strategies[strategy.strategy].act
                    for strategy in stream.signals.strategies
                    if strategy.strategy in stream.pack.strategies
                },
            ),
            embedder,
        )
        maker = DialogueMaker(stream.pack, stream.language, expert, bank, None, borrowed=borrow(users, stream.pack))
        wanted = count // len(streams)
        for plan in assign_dialogues(users, [expert], embedder, count=3 * wanted, seed=7, shares=SHARES):
            dialogue, fault = asyncio.run(
                maker.make(
                    plan.user, path=plan.path, seed=plan.seed, record_id=plan.id, match=plan.match,
                    behaviours=plan.behaviours,
                )
            )  # fmt: skip
            if fault is None and wanted:
                made.append((dialogue, stream))
                wanted -= 1
    return made


def build_expert(stream: Stream, agent: AgentPersona) -> AgentProfile:
    """Return the agent persona of a stream with its induced blueprint and K."""
    blueprint = induce_blueprint(
        agent,
        stream.pack,
        strategies=stream.signals.strategies,
        questions={question.id: question for question in stream.signals.questions},
        responses=stream.responses,
        pairs=stream.signals.pairs,
        seeds=stream.seeds,
    )
    return AgentProfile(agent, blueprint, Knowledge(agent.knowledge, stream.pack))


def read_run(folder: Path, count: int) -> list[Dialogue]:
    """Return a sample of the dialogues of a finished run, the same one each time."""
    lines = [line for path in sorted(folder.rglob("*.journal")) for line in read_lines(path) if not line["fault"]]
    chosen = random.Random(7).sample(lines, min(count, len(lines)))
    return [Dialogue.model_validate(line["dialogue"]) for line in chosen]


def measure_recovery(
    dialogues: Sequence[tuple[Dialogue, DomainPack, Sequence[str]]], judge: ChatModel | None
) -> Figures:
    """Score the judge and, as the upper reference, the slot reader on the same lines."""
    truths = [read_truth(dialogue) for dialogue, _, _ in dialogues]
    told = {"rules": [judge_by_rules(dialogue, pack, names) for dialogue, pack, names in dialogues]}
    answers = Counts("judged lines")
    if judge is not None:
        told["model"] = judge_all([(dialogue, pack) for dialogue, pack, _ in dialogues], judge, answers)
    figures: Figures = {}
    if answers.asked:
        figures["persona_judge_unusable_share"] = answers.dropped["unusable"] / answers.asked
        print_table("Lines judged", [("lines", answers.asked, ""), ("unusable", answers.dropped["unusable"], "")])
    facts = sum(len(stated) + len(asked) for stated, asked in truths)
    for name, judged in told.items():
        scores = score_judgements(truths, judged)
        title = f"Blind recovery by {judge.model_id if judge and name == 'model' else 'the slot reader'}"
        rows = [(key, value, "") for key, value in scores.items()]
        print_table(title, [("dialogues", len(truths), f"{facts} facts stated or asked"), *rows])
        prefix = "persona_recovery" if name == "model" else "persona_recovery_rules"
        figures |= {prefix: scores["recovery"], f"{prefix}_precision": scores["precision"]}
    return figures


def print_table(title: str, rows: Sequence[tuple[str, float, str]]) -> None:
    """Print figures below a title."""
    print(f"\n{title}")
    for name, value, note in rows:
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
        print(f"  {name:24} {shown:>10}  {note}".rstrip())
    sys.stdout.flush()


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--judge", default="local/qwen2.5-coder-1.5b", help="model that judges, or none")
    parser.add_argument("--sample", type=int, default=16, help="dialogues judged")
    parser.add_argument("--run", type=Path, help="folder of a finished run whose dialogues are judged")
    parser.add_argument("--domain", default="automotive", help="pack of that run")
    given = parser.parse_args()
    print(describe_machine("streamdial", "pydantic", "numpy", "xllamacpp"))
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder = build_embedder("use-multilingual", Path(folder) / "vectors.sqlite")
        streams = read_streams(embedder)
        figures |= measure_evidence(streams, embedder) | measure_speed(streams, embedder)
        judged: list[tuple[Dialogue, DomainPack, Sequence[str]]]
        if given.run:
            pack = load_pack(given.domain)
            judged = [(dialogue, pack, ()) for dialogue in read_run(given.run, given.sample)]
        else:
            made = make_dialogues(streams, embedder, given.sample)
            judged = [(d, s.pack, Knowledge(s.rows, s.pack).entities) for d, s in made]
        judge = None if given.judge == "none" else build_chat_model(given.judge).model
        figures |= measure_recovery(judged, judge)
        embedder.close()
    if given.json:
        given.json.write_text(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
