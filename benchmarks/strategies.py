"""What each strategy changes, on against off, without a model.

    python -m benchmarks.strategies [--example restaurant] [--dialogues 60] [--strategy NAME] [--json FILE]

For each strategy a run of an example is made with it in all dialogues, and compared dialogue by dialogue with a run
without (both have the same users, agents, paths and seeds). `NAME` is the difference of its own figure, `NAME_on` and
`NAME_off` the two means, `NAME_low` and `NAME_high` the 95% interval of the difference, resampled by dialogue.

| strategy | figure |
| --- | --- |
| `hidden_context` | wishes stated in the user's first two turns |
| `skeleton` | questions asked before anything is decided |
| `real_opening` | first turns that ask something |
| `ask_or_offer` | questions until a hotel of MultiWOZ is told from the others, against random order |
| `documents` | told facts that stand on the page, in dialogues made of pages alone |
| `counterfactual` | derived dialogues that are their parent up to a turn of the user, which differs in one slot alone |
| `policy_graph` | challenge of the behaviours that are shown |
| `human_rules` | wishes in a turn that states any |
| `warmup` | openings with small talk that the agent answers in kind |
| `segments` | questions of the stream that a user asks; `seams_...`: `benchmarks/segments.py` |
| `scenes` | dialogues that begin with a line of the host about a thing, and go on with what viewers asked at it |
| `threads` | exchanges of a thread behind the one that came before them, see `benchmarks/threads.py` |
| `beliefs` | share told of what the user did not know of the things it asks about |
| `support` | the agent's turns behind a complaint or a letdown that begin with a word on it |
| `fresh_facts` | different facts told of the thing that is talked of most |
| `rationale` | told facts whose reason lies in what the user said; off: facts drawn of the same things |
| `arsenal` | attacked turns that are declined with nothing told beyond what is known; `arsenal_end`: paths ended |
| `profile` | likeness of a user's turns to their own viewer's lines, less that to the lines of other viewers |
| `pressure` | replies that hold, of those to a user who insists on a wrong value |
| `lookahead` | dialogues that come to the end of their path, and turns |
| `clarify` | things offered in a dialogue with tools |
| `grounding` | distance of the shares of grounding acts from those of people's dialogues |
| `mood` | dialogues whose mood before the last decision has the sign of the ending; off: endings shuffled |
| `dialect` | turns of the user with a word of its region, of personas who are given one |
| `join` | joined dialogues that one person could have had, against random pairs |
| `second_goals` | goals of a dialogue |
| `episode` | questions of a later session that were answered before; off: sessions without memory |
| `hindsight`, `principle`, `perturb`, `refine`, `moderator` | see `benchmarks/strategies_after.py` |
| `user_likeness`, `learned_judge` | the same |
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dialogues import EXAMPLES, NO_MODEL, ROOT, make_run, read_made
from benchmarks.figures import find_interval, print_figures
from benchmarks.machine import describe_machine
from benchmarks.mined import MEASURES as MINED
from benchmarks.mined import compare_mined
from benchmarks.segments import measure_seams
from benchmarks.strategies_after import (
    compare_ends,
    compare_rules,
    compare_users,
    measure_learned_judge,
    measure_moderator,
    measure_refine,
    measure_variants,
    read_states,
)
from benchmarks.strategies_inside import (
    compare_grounding,
    compare_moods,
    compare_reasons,
    count_facts,
    measure_arsenal,
    measure_pressure,
    measure_support,
    reaches_end,
)
from benchmarks.strategies_join import measure_join
from benchmarks.strategies_memory import measure_episodes
from benchmarks.strategies_persona import compare_dialects, compare_profiles, measure_unknown, read_users
from benchmarks.strategies_tools import compare_clarified
from benchmarks.threads import measure_threads
from streamdial.domains import load_pack
from streamdial.files import read_lines
from streamdial.personas import Knowledge
from streamdial.pipeline.loading import open_records
from streamdial.records import AgentPersona, Dialogue, KnowledgeRow, Language, UserQuestion
from streamdial.strategies.ask_or_offer import find_widest
from streamdial.strategies.policy_graph import CHALLENGE

COUNT = 60
MORE = 3
"""Times as many dialogues of a strategy that acts in those of its own viewers alone."""
HOTEL_SLOTS = ("area", "pricerange", "stars", "type", "internet", "parking")
DRAWS = 20
"""Random orders a thing is asked for in."""
DECIDING = ("accept", "defer", "leave", "ask_hold", "ask_person", "book")


def count_early_wishes(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return how many wishes the user's first two turns state."""
    first = [turn for turn in dialogue.turns if turn.role == "user"][:2]
    return float(sum(len(turn.inform) for turn in first))


def count_questions(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return how many slots the user asks for, and things it compares, before it decides anything."""
    asked = 0
    for turn in (turn for turn in dialogue.turns if turn.role == "user"):
        if turn.act in DECIDING:
            break
        asked += len(turn.request) if turn.act == "ask" else turn.act == "compare"
    return float(asked)


def asks_first(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return 1 where the first turn asks something, else 0."""
    return float(dialogue.turns[0].act in ("ask", "compare"))


def count_asked(table: Mapping[str, Mapping[str, str]], target: str, rng: random.Random | None) -> int:
    """Return how many attributes are asked for until no further one parts what is left from a thing.

    Args:
        table: Values of all things by attribute, by name.
        target: The thing the user wants.
        rng: Draws the next one; the strategy chooses it if None.
    """
    left, free = list(table), list(table[target])
    for asked in range(len(free) + 1):
        widest, bits = find_widest(lambda name, slot: table[name][slot], left, free)
        if bits == 0:
            return asked
        slot = widest if rng is None else rng.choice(free)
        free.remove(slot)
        left = [name for name in left if table[name][slot] == table[target][slot]]
    return len(table[target])


def compare_orders(data: Path) -> dict[str, float]:
    """Return by how many questions asking for the widest attribute is quicker than asking at random, over hotels."""
    path = data / "multiwoz21" / "hotel_db.json"
    if not path.is_file():
        return {}
    hotels = json.loads(path.read_text(encoding="utf-8"))
    table = {hotel["name"]: {slot: str(hotel[slot]) for slot in HOTEL_SLOTS} for hotel in hotels}
    pairs = [
        (float(count_asked(table, name, None)), float(count_asked(table, name, random.Random(draw))))
        for name in table
        for draw in range(DRAWS)
    ]
    return describe("ask_or_offer", np.asarray(pairs))


def count_goals(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return how many goals a dialogue has."""
    return float(len(dialogue.goals) + 1)


def sum_challenge(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return the challenge of the behaviours a dialogue shows."""
    return float(sum(CHALLENGE[name] for name in dialogue.behaviours))


def measure_steps(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float | None:
    """Return how many wishes a turn states that states any; None where none does."""
    stated = [
        len(turn.inform) for turn in dialogue.turns if turn.role == "user" and turn.act in ("inform", "ask_offer")
    ]
    stated = [number for number in stated if number]
    return float(np.mean(stated)) if stated else None


def answers_small_talk(dialogue: Dialogue, agents: Mapping[str, Knowledge]) -> float:
    """Return 1 where the first turn is small talk and the agent's first one answers it in kind, else 0."""
    first, second = dialogue.turns[:2]
    kinds = [name.removeprefix("bridge:") for name in first.moves if name.startswith("bridge:small_talk")]
    return float(any(f"react:react.{kind}" in second.moves for kind in kinds))


def differs_in_one(derived: Dialogue, parent: Dialogue) -> bool:
    """Tell whether a dialogue is its parent up to a turn that states the same slots, one with another value."""
    pairs = zip(derived.turns, parent.turns, strict=False)
    turn, before = next(((one, other) for one, other in pairs if one != other), (None, None))
    if turn is None or before is None or turn.role != "user" or turn.inform.keys() != before.inform.keys():
        return False
    return sum(turn.inform[slot] != before.inform[slot] for slot in turn.inform) == 1


def measure_counterfactual(out: Path) -> dict[str, float]:
    """Return the share of the dialogues that were derived and differ in one slot, and their number."""
    lines = [line for journal in sorted((out / "dialogues").glob("*.journal")) for line in read_lines(journal)]
    pairs = [
        (Dialogue.model_validate(one["dialogue"]), Dialogue.model_validate(line["dialogue"]))
        for line in lines
        for one in line.get("derived", ())
        if one["fault"] is None
    ]
    right = [differs_in_one(derived, parent) for derived, parent in pairs]
    return {"counterfactual": float(np.mean(right)), "counterfactual_pairs": float(len(pairs))}


def measure_documents(folder: Path, example: str, dialogues: int) -> dict[str, float]:
    """Return the share of told facts whose text stands on a page, of dialogues made of an example's pages alone."""
    name = EXAMPLES[example][1]
    source = folder / "pages_only"
    shutil.copytree(ROOT / "examples" / name / "pages", source / "pages")
    shutil.copy(ROOT / "examples" / name / "profile.json", source)
    make_one(folder / "documents", example, dialogues, ["documents"], source)
    made, _ = read_run(folder / "documents")
    text = " ".join(strip_tags(page.read_text(encoding="utf-8")) for page in source.rglob("*.html"))
    with open_records(folder / "documents") as (store, _):
        rows = {row.id: row for row in store.get("knowledge", KnowledgeRow)}
    told = [
        any(source in rows and strip_tags(rows[source].text) in text for source in turn.evidence)
        for dialogue in made.values()
        for turn in dialogue.turns
        if turn.role == "agent" and turn.tell and turn.act not in ("confirm", "hold", "refuse")
    ]
    return {"documents": float(np.mean(told)), "documents_told": float(len(told)), "documents_made": float(len(made))}


def strip_tags(text: str) -> str:
    """Return what stands on a page as one line of text."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


Measure = Callable[[Dialogue, Mapping[str, Knowledge]], float | None]
MEASURES: dict[str, Measure] = {
    "hidden_context": count_early_wishes,
    "skeleton": count_questions,
    "real_opening": asks_first,
    "policy_graph": sum_challenge,
    "human_rules": measure_steps,
    "warmup": answers_small_talk,
    "second_goals": count_goals,
    "support": measure_support,
    "fresh_facts": count_facts,
}
INSIDE = ("mood", "grounding", "rationale", "pressure", "arsenal", "lookahead")
APART = (
    "threads",
    "ask_or_offer",
    "documents",
    "counterfactual",
    "episode",
    "join",
    "beliefs",
    "dialect",
    "profile",
    "clarify",
    *INSIDE,
)
"""Strategies whose figure needs more than a run with and one without."""
AFTER = ("hindsight", "principle", "perturb", "refine", "moderator", "user_likeness", "learned_judge")
"""Strategies behind a dialogue, and what its users are held against."""
NAMES = (*MEASURES, *MINED, *APART, *AFTER)
FORGETFUL = {"name": "episode", "options": {"memory": ""}}


def make_one(out: Path, example: str, dialogues: int, strategies: Sequence[Any], source: Path | None = None) -> None:
    """Make a run of an example, or of a part of it, with some strategies in all dialogues, without a model."""
    domain, folder = EXAMPLES[example]
    given = source or ROOT / "examples" / folder
    make_run(out, domain, given, NO_MODEL, dialogues, min_turns=8, screen_text="off", strategy=list(strategies))


def read_run(out: Path) -> tuple[dict[str, Dialogue], dict[str, Knowledge]]:
    """Return the usable dialogues of a run and what its agents know, by id."""
    with open_records(out) as (store, domain):
        pack = load_pack(domain)
        agents = {agent.id: Knowledge(agent.knowledge, pack) for agent in store.get("personas", AgentPersona)}
    return {dialogue.id: dialogue for dialogue, fault in read_made(out) if fault is None}, agents


def read_questions(out: Path) -> dict[str, UserQuestion]:
    """Return the questions of a run by id."""
    with open_records(out) as (store, _):
        return {question.id: question for question in store.get("signals", UserQuestion)}


def compare(
    name: str, on: Mapping[str, Dialogue], off: Mapping[str, Dialogue], agents: Mapping[str, Knowledge]
) -> dict[str, float]:
    """Return the difference a strategy makes in its own figure, over the dialogues both runs hold."""
    measure = MEASURES[name]
    pairs = [(measure(on[key], agents), measure(off[key], agents)) for key in on if key in off]
    both = np.asarray([(left, right) for left, right in pairs if left is not None and right is not None])
    return describe(name, both)


def describe(name: str, both: NDArray[np.float64]) -> dict[str, float]:
    """Return the figures of a strategy from its (on, off) pairs."""
    differences = both[:, 0] - both[:, 1]
    low, high = find_interval(len(differences), lambda draw: differences[draw].mean())
    return {
        name: float(differences.mean()),
        f"{name}_on": float(both[:, 0].mean()),
        f"{name}_off": float(both[:, 1].mean()),
        f"{name}_low": low,
        f"{name}_high": high,
        f"{name}_pairs": float(len(both)),
    }


def compare_episodes(folder: Path, example: str, dialogues: int) -> dict[str, float]:
    """Return what sessions with memory remember, and what they ask twice against sessions without."""
    make_one(folder / "episodes", example, dialogues, ["episode"])
    make_one(folder / "forgetful", example, dialogues, [FORGETFUL])
    figures, pairs = measure_episodes(folder / "episodes", folder / "forgetful")
    return figures | describe("episode", np.asarray(pairs))


def compare_after(names: Sequence[str], folder: Path, example: str, dialogues: int, data: Path) -> dict[str, float]:
    """Return the figures of strategies that act behind a dialogue."""
    figures: dict[str, float] = {}
    plain = folder / "off"
    if not plain.is_dir():
        make_one(plain, example, dialogues, [])
    for name in ("hindsight", "principle", "perturb"):
        if name in names:
            make_one(folder / name, example, dialogues, [name])
    if "hindsight" in names:
        more, pairs = compare_ends(folder / "hindsight")
        figures |= more | describe("hindsight", np.asarray(pairs))
    if "principle" in names:
        figures |= describe("principle", np.asarray(compare_rules(folder / "principle", plain)))
    if "perturb" in names:
        figures |= measure_variants(folder / "perturb")
    if "refine" in names:
        figures |= measure_refine(read_states(plain))
    if "moderator" in names:
        figures |= measure_moderator(read_states(plain), data)
    if "user_likeness" in names:
        runs: dict[Language, Path] = {}
        parts: dict[Language, str] = {"en": "restaurant", "zh": "zh"}
        for language, part in parts.items():
            runs[language] = folder / f"users_{language}"
            make_one(runs[language], part, dialogues, [])
        figures |= compare_users(runs, data)
    if "learned_judge" in names:
        figures |= measure_learned_judge(data)
    return figures


def compare_beliefs(folder: Path, example: str, dialogues: int) -> dict[str, float]:
    """Return how much of what its user did not know a dialogue tells, with beliefs and without."""
    for out, chosen in (("off", []), ("beliefs", ["beliefs"])):
        if not (folder / out).is_dir():
            make_one(folder / out, example, dialogues, chosen)
    (off, agents), (on, _), users = read_run(folder / "off"), read_run(folder / "beliefs"), read_users(folder / "off")
    pairs = [
        (measure_unknown(on[key], agents, users), measure_unknown(off[key], agents, users)) for key in on if key in off
    ]
    return describe("beliefs", np.asarray([pair for pair in pairs if None not in pair]))


def compare_profiled(folder: Path, example: str, dialogues: int) -> dict[str, float]:
    """Return how like their own viewers users are, more than like the others, with profiles and without."""
    for out, chosen in (("profile_off", []), ("profile", ["profile"])):
        make_one(folder / out, example, dialogues, chosen)
    figures, found = compare_profiles(folder / "profile", folder / "profile_off")
    for name, pairs in found.items():
        figures |= describe(name, np.asarray(pairs))
    return figures


def measure_inside(names: Sequence[str], folder: Path, example: str, dialogues: int) -> dict[str, float]:
    """Return the figures of strategies inside a dialogue that are more than the mean of a count."""
    figures: dict[str, float] = {}
    for name in names:
        for out, chosen in ((folder / "off", []), (folder / name, [name])):
            if not out.is_dir():
                make_one(out, example, dialogues, chosen)
        on, off = (read_run(out) for out in (folder / name, folder / "off"))
        if name == "mood":
            with open_records(folder / name) as (_, domain):
                pack = load_pack(domain)
            pairs = compare_moods(list(on[0].values()), read_users(folder / name), pack)
            figures |= describe(name, np.asarray(pairs))
        elif name == "pressure":
            figures |= measure_pressure(list(on[0].values()))
        elif name == "arsenal":
            figures |= measure_arsenal(list(on[0].values()), on[1])
            ends = [(reaches_end(on[0][key]), reaches_end(off[0][key])) for key in on[0] if key in off[0]]
            figures |= describe("arsenal_end", np.asarray(ends))
        elif name == "lookahead":
            shared = [key for key in on[0] if key in off[0]]
            pairs = [(reaches_end(on[0][key]), reaches_end(off[0][key])) for key in shared]
            figures |= describe(name, np.asarray(pairs))
            for side, made in (("on", on[0]), ("off", off[0])):
                figures[f"lookahead_turns_{side}"] = float(np.mean([len(made[key].turns) for key in shared]))
        elif name == "rationale":
            figures |= describe(name, np.asarray(compare_reasons(list(on[0].values()), on[1])))
        else:
            figures |= compare_grounding(on[0], off[0])
    return figures


def measure_apart(names: Sequence[str], folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Return the figures that need more than a run with a strategy and one without."""
    figures: dict[str, float] = {}
    if "segments" in names:
        figures |= measure_seams(given.data)
    if "threads" in names:
        figures |= measure_threads(given.data)
    if "documents" in names:
        figures |= measure_documents(folder, given.example, given.dialogues)
    if "counterfactual" in names:
        make_one(folder / "derived", given.example, given.dialogues, ["counterfactual"])
        figures |= measure_counterfactual(folder / "derived")
    if "episode" in names:
        figures |= compare_episodes(folder, given.example, given.dialogues)
    if "beliefs" in names:
        figures |= compare_beliefs(folder, given.example, given.dialogues)
    if "dialect" in names:
        more, pairs = compare_dialects(folder / "off", given.dialogues)
        figures |= more | describe("dialect", np.asarray(pairs))
    if "profile" in names:
        figures |= compare_profiled(folder, given.example, MORE * given.dialogues)
    if "clarify" in names:
        more, pairs = compare_clarified(folder / "clarify", given.dialogues)
        figures |= more | describe("clarify", np.asarray(pairs))
    inside = [name for name in names if name in INSIDE]
    figures |= measure_inside(inside, folder, given.example, given.dialogues)
    if "join" in names:
        make_one(folder / "joined", given.example, given.dialogues, ["join"])
        figures |= measure_join(folder / "joined")
    if {*names} & {*AFTER}:
        figures |= compare_after(names, folder, given.example, given.dialogues, given.data)
    return figures


def main() -> None:
    """Make the runs and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", choices=list(EXAMPLES), default="restaurant")
    parser.add_argument("--dialogues", type=int, default=COUNT)
    parser.add_argument("--strategy", action="append", choices=NAMES, help="Only these.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="Folder of the public sets.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine('polars')}\n")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        names = arguments.strategy or NAMES
        compared = [name for name in names if name in MEASURES]
        if compared or {*names} & {*MINED, "dialect"}:
            make_one(Path(folder) / "off", arguments.example, arguments.dialogues, ())
            off, agents = read_run(Path(folder) / "off")
            asked = read_questions(Path(folder) / "off")
        figures |= compare_orders(arguments.data) if "ask_or_offer" in names else {}
        for name in compared:
            make_one(Path(folder) / name, arguments.example, arguments.dialogues, [name])
            figures |= compare(name, read_run(Path(folder) / name)[0], off, agents)
        for name in (name for name in names if name in MINED):
            out = Path(folder) / name
            make_one(out, arguments.example, MORE * arguments.dialogues, [name])
            made = list(read_run(out)[0].values())
            figures |= compare_mined(name, made, list(off.values()), {**read_questions(out), **asked})
        figures |= measure_apart(names, Path(folder), arguments)
    print_figures(figures, as_json=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
