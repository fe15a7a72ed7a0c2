"""What the dialogues of a run are worth, counted without a judge.

    python -m benchmarks.dialogues --json dialogues.json                 # each example, no model; references
    python -m benchmarks.dialogues --model local/qwen2.5-coder-1.5b      # the same, worded by a model
    python -m benchmarks.dialogues --run runs/demo --json dialogues.json # a run that is there

Figures of an example end in its language (`forms_in_3plus_zh`; the third example's in `_restaurant`), those of a public
set in its name; without an ending stands the worst of the examples, the sum of counts. Slot values, endings and repeats
are looked at on all dialogues that were made, those dropped as unusable too; forms, causes and sources on the usable
ones. Both before the filter.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.machine import describe_machine
from streamdial.claims import find_confusion
from streamdial.dialogues.checks import has_value
from streamdial.domains import DomainPack, load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue, draw_dialogues, view_dialogue
from streamdial.evaluation.metrics.dialogue_causes import (
    count_own_questions,
    count_page_turns,
    count_stream_turns,
    count_unoffered,
    find_breaches,
    find_slotless,
    has_uncaused_dropout,
    measure_slotless_used,
)
from streamdial.evaluation.metrics.dialogue_form import (
    count_forms_of_acts,
    count_repeated,
    find_repeated_tails,
    list_forms,
    measure_reactions,
    measure_words,
)
from streamdial.evaluation.reading import read_dialogue_set
from streamdial.files import read_lines
from streamdial.models import build_embedder
from streamdial.models.build import ModelChoice
from streamdial.personas import Knowledge, is_statement
from streamdial.pipeline import Pipeline
from streamdial.pipeline.loading import open_records
from streamdial.pipeline.run import open_run
from streamdial.records import AgentPersona, AgentResponse, Dialogue, QAPair, Turn, UserPersona, UserQuestion
from streamdial.slots import DONT_CARE
from streamdial.testing import ScriptedChatModel
from streamdial.text import tokenize

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {
    "en": ("automotive", "automotive_live"),
    "zh": ("hotel", "hotel_live_zh"),
    "restaurant": ("restaurant", "restaurant_live"),
}
"""Ending of the figures to the domain and folder of an example; one that is not there is left out."""
REFERENCES = {"crosswoz": "crosswoz", "multiwoz": "multiwoz21"}
"""Ending of the figures to the folder of a public set beside the repository; likewise."""
COUNT = 100
NO_MODEL = "none"
SUMMED = ("accept_without_offer", "dropout_without_cause", "against_world")
LOW_IS_GOOD = (
    "forms_in_3plus",
    "identical_tails",
    "template_rate",
    "role_confusion",
    "duplicate_rate",
    "refused_per_turn",
)
APART = ("page_share_agent", "words_user", "words_agent", "mean_turns")
"""Figures no worst of which can be told."""
NEAR = 0.9
"""Cosine of both sides from which on two dialogues count as near-duplicates; that of the filter."""


def read_made(run: Path) -> list[tuple[Dialogue, str | None]]:
    """Return all dialogues of a run in their order, each with the reason it was dropped for, if it was."""
    lines = [line for journal in sorted((run / "dialogues").glob("*.journal")) for line in read_lines(journal)]
    return [(Dialogue.model_validate(line["dialogue"]), line["fault"]) for line in lines]


def measure_faithfulness(turns: Sequence[Turn], pack: DomainPack, language: Any) -> tuple[int, int]:  # noqa: ANN401
    """Return (slot values that stand in the words of their turn, slot values labelled)."""
    found = labelled = 0
    for turn in turns:
        for slot, value in (*turn.inform.items(), *turn.tell.items(), *turn.tell_other.items()):
            if value in (DONT_CARE, ""):
                continue
            labelled += 1
            found += has_value(turn.utterance, pack, slot, (value, None), language)
    return found, labelled


def count_duplicates(dialogues: Sequence[Dialogue], embedder: Any) -> float:  # noqa: ANN401
    """Return the share of dialogues that both sides of an earlier one say nearly the same as."""
    sides = []
    for role in ("user", "agent"):
        texts = [[turn.utterance for turn in d.turns if turn.role == role] for d in dialogues]
        rows = [
            np.average(embedder.embed(said), axis=0, weights=[max(len(tokenize(t)), 1) for t in said]) for said in texts
        ]
        matrix = np.asarray(rows)
        sides.append(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))
    near = np.minimum(sides[0] @ sides[0].T, sides[1] @ sides[1].T) >= NEAR
    return float(np.mean([near[row, :row].any() for row in range(len(near))]))


def compute_distinct(dialogues: Sequence[Dialogue], n: int) -> float:
    """Return the share of n-grams that differ, over all utterances (Li et al. 2016)."""
    grams: Counter[tuple[str, ...]] = Counter()
    for dialogue in dialogues:
        for turn in dialogue.turns:
            tokens = tokenize(turn.utterance)
            grams.update(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    return len(grams) / max(sum(grams.values()), 1)


def measure(run: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the figures of a run: the flat ones, and what is told beside them."""
    made = read_made(run)
    if not made:
        raise SystemExit(f"{run} holds no dialogues")
    dialogues = [dialogue for dialogue, _ in made]
    pack = load_pack(dialogues[0].domain)
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    values = [measure_faithfulness(dialogue.turns, pack, dialogue.language) for dialogue in dialogues]
    checks = sum((Counter(dialogue.checks) for dialogue in dialogues), Counter())
    realisations = Counter(turn.realisation for turn in turns)
    same_role = sum(left.role == right.role for d in dialogues for left, right in pairwise(d.turns))
    figures = {
        "ended_on_path": float(np.mean([dialogue.stop_reason == "blueprint_end" for dialogue in dialogues])),
        "evidence_turn_share": float(np.mean([bool(turn.evidence) for turn in turns])),
        "slot_faithfulness": sum(found for found, _ in values) / max(sum(whole for _, whole in values), 1),
        "template_rate": realisations["template"] / len(turns),
        "role_confusion": float(np.mean([find_confusion(turn.role, turn.utterance) for turn in turns])),
        "duplicate_rate": count_duplicates(dialogues, build_embedder("use-multilingual")),
        "mean_turns": len(turns) / len(dialogues),
        "distinct_2": compute_distinct(dialogues, 2),
        "refused_per_turn": sum(checks.values()) / len(turns),
    }
    told = {
        "dialogues": len(dialogues),
        "dropped": Counter(fault for _, fault in made if fault),
        "realisations": realisations,
        "checks": checks,
        "behaviours": Counter(name for dialogue in dialogues for name in dialogue.behaviours),
        "same_role_twice": same_role,
        "model": dialogues[0].provenance.model_id,
    }
    return figures, told


class Material(NamedTuple):
    """The usable dialogues of a run as the metrics see them, with the records they are made of."""

    talks: list[EvaluatedDialogue]
    pack: DomainPack
    users: dict[str, UserPersona]
    agents: dict[str, Knowledge]
    responses: frozenset[str]
    slotless: frozenset[str]

    @property
    def names(self) -> set[str]:
        """Names of what the accounts sell."""
        return {name for knowledge in self.agents.values() for name in knowledge.entities}


def read_material(run: Path) -> Material:
    """Return the usable dialogues of a run and its records."""
    with open_records(run) as (store, domain):
        pack = load_pack(domain)
        return Material(
            [view_dialogue(dialogue) for dialogue, fault in read_made(run) if fault is None],
            pack,
            {persona.id: persona for persona in store.get("personas", UserPersona)},
            {agent.id: Knowledge(agent.knowledge, pack) for agent in store.get("personas", AgentPersona)},
            frozenset(response.id for response in store.get("signals", AgentResponse)),
            frozenset(find_slotless(store.get("signals", UserQuestion), store.get("signals", QAPair))),
        )


def measure_forms(talks: Sequence[EvaluatedDialogue], names: set[str]) -> tuple[dict[str, float], list[Any]]:
    """Return the figures of form of any set, and how many forms each frequent act has."""
    forms = list_forms(talks, names=names)
    acts = count_forms_of_acts(talks, forms)
    reacting, later = measure_reactions(talks)
    language = Counter(talk.language for talk in talks).most_common(1)[0][0]
    figures = {
        "forms_in_3plus": sum(count_repeated(forms)) / max(sum(map(len, forms)), 1),
        "identical_tails": float(np.mean(find_repeated_tails(forms))),
        "reaction_share": sum(reacting) / max(sum(later), 1),
        "words_user": measure_words(talks, "user", language) or 0.0,
        "words_agent": measure_words(talks, "agent", language) or 0.0,
    }
    if acts:
        figures["least_forms_of_an_act"] = float(acts[0].forms)
    return figures, acts


def measure_run(material: Material) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the figures of form, cause and source of a run, and what is told beside them."""
    talks, pack = material.talks, material.pack
    figures, acts = measure_forms(talks, material.names)
    breaches = [find_breaches(talk, pack, material.agents.get(talk.agent), material.users) for talk in talks]
    own = [count_own_questions(talk, material.users) for talk in talks]
    stream = [count_stream_turns(talk, material.responses) for talk in talks]
    sentences = {row.id for known in material.agents.values() for row in known.free if is_statement(row)}
    paged = [count_page_turns(talk, sentences) for talk in talks]
    used = measure_slotless_used(talks, material.slotless)
    figures |= {
        "accept_without_offer": float(sum(count_unoffered(talk, pack) for talk in talks)),
        "dropout_without_cause": float(sum(has_uncaused_dropout(talk, pack) for talk in talks)),
        "against_world": float(sum(map(len, breaches))),
        "own_question_share": sum(mine for mine, _ in own) / max(sum(whole for _, whole in own), 1),
        "stream_share_agent": sum(mine for mine, _ in stream) / max(sum(whole for _, whole in stream), 1),
        "page_share_agent": sum(paged) / max(sum(whole for _, whole in stream), 1),
        **({} if used is None else {"slotless_used": used}),
    }
    told = {
        "usable": len(talks),
        "slotless": len(material.slotless),
        "forms": [f"{entry.role} {entry.act} {entry.forms}/{entry.turns}" for entry in acts[:6]],
        "breaches": Counter(breach.kind for found in breaches for breach in found),
    }
    return figures, told


def measure_reference(name: str, data: Path) -> dict[str, float] | None:
    """Return the figures of form of a public set, of as many dialogues drawn from it; None where it is not there."""
    path = data / REFERENCES[name] / "dialogues.jsonl.gz"
    if not path.is_file():
        return None
    return measure_forms(draw_dialogues(read_dialogue_set(path).talks, COUNT, 7), set())[0]


def find_worst(figures: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the worst of the examples for each figure, the sum of counts."""
    worst = {}
    for name in dict.fromkeys(name for part in figures.values() for name in part):
        values = [part[name] for part in figures.values() if name in part]
        if name not in APART:
            worst[name] = sum(values) if name in SUMMED else max(values) if name in LOW_IS_GOOD else min(values)
    return worst


def make_run(
    out: Path,
    domain: str,
    source: Path,
    model: str,
    dialogues: int,
    **more: Any,  # noqa: ANN401
) -> None:
    """Make a run, with more of its options where they are given.

    Without a model, one that says nothing is in its place and all is worded by lines and templates.
    """
    name = "local/qwen2.5-coder-1.5b" if model == NO_MODEL else model
    options = {"mode": "planned", "signals": "rules"} if model == NO_MODEL else {}
    given = {"min_turns": 10, **options, **more}
    with Pipeline(
        domain=domain, sources=[str(source)], out=str(out), model=name, dialogues=dialogues, **given
    ) as making:
        if model == NO_MODEL:
            silent = ScriptedChatModel(lambda request: "", model_id=NO_MODEL)
            open_run(making.settings).choice = ModelChoice(silent, "planned", 64)
        making.generate()


def main() -> None:
    """Make a run of each example if none is named, measure them and the references, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="Folder of a run; by default one is made of each example.")
    parser.add_argument("--model", default=NO_MODEL, help="Model that words the dialogues; none by default.")
    parser.add_argument("--dialogues", type=int, default=COUNT)
    parser.add_argument("--example", action="append", choices=list(EXAMPLES), help="Only these examples.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="Folder of the public sets.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('xllamacpp')}\n")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for ending in arguments.example or EXAMPLES if arguments.run is None else [""]:
            run = arguments.run or Path(folder) / ending
            if arguments.run is None:
                domain, example = EXAMPLES[ending]
                if not (ROOT / "examples" / example).is_dir():
                    continue
                make_run(run, domain, ROOT / "examples" / example, arguments.model, arguments.dialogues)
            figures, told = measure(run)
            more, beside = measure_run(read_material(run))
            found[ending] = {**figures, **more}
            _print_told(ending or run.name, {**told, **beside})
    references = {name: part for name in REFERENCES if (part := measure_reference(name, arguments.data))}
    _print_table({**found, **references})
    if arguments.json:
        flat = found[""] if arguments.run else find_worst(found)
        parts = references if arguments.run else {**found, **references}
        flat |= {f"{name}_{ending}": value for ending, part in parts.items() for name, value in part.items()}
        arguments.json.write_text(json.dumps(flat, indent=1) + "\n", encoding="utf-8")


def _print_told(name: str, told: dict[str, Any]) -> None:
    print(f"## {name}: {told['dialogues']} dialogues, {told['usable']} usable; {told['model']}\n")
    for key in ("realisations", "checks", "behaviours", "dropped", "breaches"):
        listed = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in told[key].most_common())
        print(f"{key}: {listed or 'none'}\n")
    print(f"fewest forms (forms/turns): {', '.join(told['forms'])}; questions without slot: {told['slotless']}\n")


def _print_table(columns: dict[str, dict[str, float]]) -> None:
    names = dict.fromkeys(name for part in columns.values() for name in part)
    print(f"| figure | {' | '.join(column or 'run' for column in columns)} |")
    print(f"| --- |{' --- |' * len(columns)}")
    for name in names:
        told = (f"{part[name]:.3f}" if name in part else "" for part in columns.values())
        print(f"| {name} | {' | '.join(told)} |")


if __name__ == "__main__":
    main()
