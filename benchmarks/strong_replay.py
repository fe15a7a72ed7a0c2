"""Recorded answers of a strong model, replayed through every way dialogues are made with one, with the real checks.

    python -m benchmarks.strong_replay [--json] [--show] [--print FOLDER]

The answers were written for this project by a strong language model that saw the prompts, good ones and careless ones;
see `benchmarks.strong_recording`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.dialogue_variety import measure_variety, print_variety
from benchmarks.figures import print_figures
from benchmarks.strong_cassette import (
    DATA,
    LANGUAGES,
    Answer,
    CassetteModel,
    Frozen,
    hash_request,
    read_answers,
    read_frozen,
    split_call,
)
from benchmarks.strong_player import Line, Played, list_lines, open_player
from benchmarks.strong_prompts import count_tokens, find_uncorrected
from streamdial.claims.manner import find_misstep
from streamdial.dialogues.messages import count_alternation_errors
from streamdial.dialogues.turn_briefs import find_fixed
from streamdial.dialogues.validation import ANSWERS
from streamdial.domains import load_pack
from streamdial.planning.turns import build_turn
from streamdial.records import AgentResponse, Turn

WORDED = ("model", "direct")
"""Realisations of turns in the model's own words."""
SETTLING = ("no_preference", "revise", "defer", "leave", "ask_person", "decline")
"""Acts with which a user passes over no question of the agent's."""


def list_fallbacks(played: Played) -> list[int]:
    """Return the numbers of the turns that the house worded though the model was asked for them."""
    plans = played.entry.given.plans if played.entry.way != "direct" else ()
    fixed = {number for number, plan in enumerate(plans) if find_fixed(plan)}
    turns = enumerate(played.dialogue.turns)
    return [number for number, turn in turns if turn.realisation not in WORDED and number not in fixed]


def find_unrelated(played: Played, number: int) -> str:
    """Return why a turn of the house has nothing to do with its place in the dialogue; empty where it has.

    `other_plan`: it does or states something else than was planned. `late_greeting`: its side has spoken before, and it
    greets. `passes_over`: the other side has just asked for something, and it neither tells nor settles that.
    """
    turns, plans = played.dialogue.turns, played.entry.given.plans
    turn, before = turns[number], turns[number - 1] if number else None
    guided = played.entry.way != "direct"
    if guided and (number >= len(plans) or not build_turn(plans[number], number).says_the_same(turn)):
        return "other_plan"
    spoken = any(earlier.role == turn.role for earlier in turns[:number])
    misstep = find_misstep(turn.role, turn.utterance, played.dialogue.language, (), (), has_spoken=spoken)
    if spoken and (turn.act == "greet" or (misstep is not None and misstep.check == "late_greeting")):
        return "late_greeting"
    return "passes_over" if before is not None and _passes_over(before, turn) else ""


def _passes_over(before: Turn, turn: Turn) -> bool:
    if not before.request or before.role == turn.role:
        return False
    said = {*turn.tell, *turn.tell_other, *turn.inform, *turn.request}
    return not said & set(before.request) and turn.act not in (ANSWERS if turn.role == "agent" else SETTLING)


class Replay(NamedTuple):
    """The dialogues of a language, replayed, and the answers they were made of."""

    frozen: Frozen
    played: Sequence[Played]
    answers: dict[str, Answer]

    @property
    def lines(self) -> list[Line]:
        """All recorded turns that were judged."""
        return [line for played in self.played for line in list_lines(played, self.answers)]


def replay_all(data: Path = DATA) -> list[Replay]:
    """Replay what was recorded: of each dialogue for which there is an answer at all."""
    answers, replays = read_answers(data), []
    begun = {split_call(call)[0] for call in answers}
    for frozen in filter(None, (read_frozen(language, data) for language in LANGUAGES)):
        model = CassetteModel(answers)
        with open_player(frozen, model) as player:
            played = [player.play(entry) for entry in frozen.entries if entry.name in begun]
        replays.append(Replay(frozen, played, answers))
    return replays


def count_replays(replays: Sequence[Replay]) -> dict[str, float]:
    """Return the figures of replayed dialogues.

    Dialogues by language and way; good lines refused and careless ones let through; turns the house worded, and those
    of them that are unrelated; calls nobody had answered; prompts: their errors, tokens a dialogue by way, and how many
    are others than those that were answered.
    """
    figures: dict[str, float] = {}
    for replay in replays:
        figures[f"replayed_dialogues_{replay.frozen.language}"] = len(replay.played)
    played = [one for replay in replays for one in replay.played]
    for way in ("dialogue", "turn", "direct"):
        of_way = [one for one in played if one.entry.way == way]
        if of_way:
            cost = sum(count_tokens(request.messages) for one in of_way for _, request in one.asked)
            figures[f"replayed_{way}"] = len(of_way)
            figures[f"replayed_tokens_{way}"] = round(cost / len(of_way))
    lines = [line for replay in replays for line in replay.lines]
    good, careless = [one for one in lines if not one.careless], [one for one in lines if one.careless]
    answers = {call: answer for replay in replays for call, answer in replay.answers.items()}
    asked = [(call, request) for one in played for call, request in one.asked]
    return {
        **figures,
        "replayed_usable": sum(one.fault is None for one in played),
        "good_lines": len(good),
        "good_lines_refused": sum(bool(line.check) for line in good),
        "careless_lines": len(careless),
        "careless_let_through": sum(not line.check for line in careless),
        "fallbacks": sum(len(list_fallbacks(one)) for one in played),
        "unrelated_fallbacks": sum(
            bool(find_unrelated(one, number)) for one in played for number in list_fallbacks(one)
        ),
        "unanswered_calls": sum(len(one.missing) for one in played),
        "replayed_alternation_errors": sum(count_alternation_errors(request.messages) for _, request in asked),
        "replayed_uncorrected_speech": sum(len(_find_misheard(replay)) for replay in replays),
        "prompts": len(asked),
        "prompts_changed": sum(hash_request(one) != answers[call].prompt for call, one in asked if call in answers),
    }


def _find_misheard(replay: Replay) -> list[str]:
    people = (person for person in replay.frozen.people if person["type"] == "AgentResponse")
    responses = [AgentResponse.model_validate(person["record"]) for person in people]
    return find_uncorrected([request for one in replay.played for _, request in one.asked], responses)


def measure_replay(split: str = "held", *, data: Path = DATA) -> dict[str, float]:
    """Return the figures of what was recorded; none where nothing is.

    Args:
        split: Part of the set of answers; the recorded dialogues do not depend on it.
        data: Folder of the recording.
    """
    replays = replay_all(data)
    return count_replays(replays) if any(replay.played for replay in replays) else {}


def show_lines(replays: Sequence[Replay]) -> None:
    """Print what was refused though good, let through though careless, and what the house said in its place."""
    lines = [line for replay in replays for line in replay.lines]
    print("refused:", dict(Counter(line.check for line in lines if line.check).most_common()))
    print("careless:", dict(Counter(line.careless for line in lines if line.careless).most_common()))
    for line in lines:
        if bool(line.check) != bool(line.careless):
            print("+" if line.check else "-", line.call, line.turn, line.careless or line.check, "|", line.text)
    for played in (one for replay in replays for one in replay.played):
        if played.fault:
            print("!", played.entry.name, played.fault)
        for number in list_fallbacks(played):
            why = find_unrelated(played, number) or "related"
            print("=", played.entry.name, number, why, "|", played.dialogue.turns[number].utterance)


def write_dialogues(replays: Sequence[Replay], folder: Path) -> None:
    """Write every dialogue as plain text, for reading."""
    folder.mkdir(parents=True, exist_ok=True)
    for played in (one for replay in replays for one in replay.played):
        turns = (f"{turn.role} ({turn.act}, {turn.realisation}): {turn.utterance}" for turn in played.dialogue.turns)
        head = f"{played.entry.name}: {played.dialogue.outcome}, {played.fault or 'usable'}"
        (folder / f"{played.entry.name}.txt").write_text("\n".join([head, *turns]) + "\n", encoding="utf-8")


def main() -> None:
    """Replay, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--show", action="store_true", help="list what was judged wrongly, and what the house said")
    parser.add_argument("--print", type=Path, metavar="FOLDER", help="write the dialogues there, for reading")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recording")
    arguments = parser.parse_args()
    replays = [replay for replay in replay_all(arguments.data) if replay.played]
    if not replays:
        parser.error(f"nothing is recorded in {arguments.data}; see benchmarks.strong_recording")
    figures = count_replays(replays)
    if arguments.print:
        write_dialogues(replays, arguments.print)
    print_figures(figures, as_json=arguments.json)
    if arguments.json:
        return
    if arguments.show:
        show_lines(replays)
    print()
    print_variety(
        {
            replay.frozen.language: measure_variety(
                [one.dialogue for one in replay.played], load_pack(replay.frozen.domain)
            )
            for replay in replays
        }
    )


if __name__ == "__main__":
    main()
