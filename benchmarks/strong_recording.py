"""Records how a strong model answers, for `benchmarks.strong_replay`: a model by its name, or an author round by round.

    python -m benchmarks.strong_recording --freeze              # mine the examples, keep what dialogues are made from
    python -m benchmarks.strong_recording --step                # take the answers in the folder, write the next prompts
    python -m benchmarks.strong_recording --model openai/NAME   # have a model answer all that is open
    python -m benchmarks.strong_recording --page > docs/strong_prompts.md

A prompt stands in the folder as `CALL.txt`, with the schema of the answer. The answer is put beside it as `CALL.json`,
or as a line with `"id": "CALL"` in any `.jsonl`; `"careless": "KIND"` beside an utterance says that it was written with
a fault on purpose. Answers may be there before their prompt is: a turn that was not reached yet is named likewise, and
of a dialogue worded turn by turn `outline-NAME.txt` shows the plan of all its turns.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from benchmarks.dialogues import EXAMPLES, ROOT
from benchmarks.strong_cassette import (
    ANSWERS,
    DATA,
    LANGUAGES,
    Answer,
    CassetteModel,
    Entry,
    Frozen,
    UnansweredError,
    hash_request,
    read_answers,
    read_folder,
    read_frozen,
    split_call,
    write_answers,
    write_frozen,
)
from benchmarks.strong_page import write_page
from benchmarks.strong_player import Played, Player, open_player
from benchmarks.strong_prompts import WAYS, run_example
from benchmarks.strong_replay import replay_all
from streamdial.models import ChatRequest
from streamdial.models.build import build_chat_model
from streamdial.pipeline.settings import RunSettings

COUNTS = (12, 4, 4)
"""Dialogues of a language by dialogue, by turn and direct."""
FOLDER = ROOT / "runs" / "strong_recording"


def freeze_example(language: str, counts: Sequence[int] = COUNTS) -> Frozen:
    """Mine an example and return what its first dialogues are made from, each with its plan.

    Dialogues of several goals, and with users that follow human rules, are left out: not every way makes them.

    Args:
        language: Language of the example.
        counts: Dialogues by dialogue, by turn and direct.
    """
    domain, example = EXAMPLES[language]
    wanted = [way for way, count in zip(WAYS, counts, strict=True) for _ in range(count)]
    with TemporaryDirectory() as out:
        mining = run_example(Path(out), domain, ROOT / "examples" / example, 2 * len(wanted))
        next(mining)
        mining.close()
        people = tuple(orjson.loads(line) for line in _find(out, "people-*.jsonl").read_bytes().splitlines())
        planned = orjson.loads(_find(out, "assignments-*.json").read_bytes())
    plain = [assignment for assignment in planned if not assignment["rules"] and not assignment["then"]]
    limits = RunSettings.model_validate({"domain": domain, "sources": ["."], "out": "."}).dialogues
    bare = Frozen(language, domain, {"min_turns": limits.min_turns, "max_turns": limits.max_turns}, people, ())
    with open_player(bare, CassetteModel({})) as player:
        entries = tuple(
            Entry(f"{language}-{way}-{number:02d}", way, assignment, player.plan(assignment))
            for number, (way, assignment) in enumerate(zip(wanted, plain, strict=False))
        )
    return Frozen(language, domain, bare.limits, people, entries)


def _find(out: str, pattern: str) -> Path:
    return next((Path(out) / "cast").glob(pattern))


def write_prompt(call: str, request: ChatRequest, folder: Path) -> Path:
    """Write a prompt in full, as the model sees it, with the schema its answer must fit."""
    parts = [f"[{message.role}]\n{message.content}" for message in request.messages]
    parts.append(f"[schema of the answer]\n{json.dumps(request.json_schema, ensure_ascii=False)}")
    path = folder / f"{call}.txt"
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return path


def step(data: Path, folder: Path, *, model: str = "", only: str = "") -> list[str]:
    """Go on with every dialogue as far as answers go; return the calls that wait for one.

    Answers that were used are kept with the recording, each with the hash of its prompt; the others stay in the folder.

    Args:
        data: Folder of the recording.
        folder: Folder of prompts and answers.
        model: Name of a model that answers what is open; an author does where it is empty.
        only: Only dialogues whose names begin so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = read_answers(data)
    answers = {**kept, **{answer.id: answer for answer in read_folder(folder)}}
    used: dict[str, Answer] = {call: one for call, one in kept.items() if not call.startswith(only)}
    other = build_chat_model(model).model if model else None
    for old in folder.glob("*.txt"):
        old.unlink()
    calls: list[str] = []
    for frozen in filter(None, (read_frozen(language, data) for language in LANGUAGES)):
        teller = CassetteModel(answers, other=other, waits=True)
        waiting: list[tuple[str, ChatRequest, Entry]] = []
        with open_player(frozen, teller) as player:
            for entry in (entry for entry in frozen.entries if entry.name.startswith(only)):
                try:
                    _tell(player.play(entry))
                except UnansweredError as open_call:
                    waiting.append((open_call.call, open_call.request, entry))
                for call, request in teller.asked:
                    if call in answers:
                        answers[call].prompt = hash_request(request)
                        used[call] = answers[call]
            for call, request, entry in waiting:
                write_prompt(call, request, folder)
                if entry.way == "turn" and (outline := _outline(player, entry)) is not None:
                    write_prompt(f"outline-{entry.name}", outline, folder)
            calls += [call for call, _, _ in waiting]
    if used or kept:
        write_answers(used.values(), data)
    return calls


def _outline(player: Player, entry: Entry) -> ChatRequest | None:
    """Return what a dialogue worded turn by turn will come to: its prompt, were it worded in one call."""
    try:
        player.play(entry._replace(name=f"outline-{entry.name}", way="dialogue"))
    except UnansweredError as outline:
        return outline.request
    return None


def _tell(played: Played) -> None:
    """Print what became of a dialogue that is finished."""
    made = Counter(turn.realisation for turn in played.dialogue.turns)
    told = ", ".join(f"{name} {count}" for name, count in made.items())
    print(f"{played.entry.name}: done, {told}; {played.fault or 'usable'}")
    for refusal in played.refusals:
        print(f"  turn {refusal.turn}, try {refusal.attempt}: {refusal.check} ({refusal.reason}): {refusal.text}")


def main() -> None:
    """Freeze, go on, or print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--freeze", action="store_true", help="make what dialogues are made from, then the prompts")
    parser.add_argument("--step", action="store_true", help="take answers, write the prompts that wait for one")
    parser.add_argument("--model", default="", help="name of a model that answers")
    parser.add_argument("--page", action="store_true", help="print the page of prompts with their answers")
    parser.add_argument("--only", default="", metavar="NAME", help="only dialogues whose names begin so")
    parser.add_argument("--counts", type=int, nargs=3, default=COUNTS, help="dialogues by dialogue, by turn, direct")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recording")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of prompts and answers")
    arguments = parser.parse_args()
    if arguments.page:
        print(write_page(replay_all(arguments.data)), end="")
        return
    if arguments.freeze:
        if any(arguments.data.glob(ANSWERS)):
            parser.error(
                f"{arguments.data / ANSWERS} holds answers to what was frozen before; delete it first, and the "
                f"answers in {arguments.folder}, or they would be given to other prompts"
            )
        for language in LANGUAGES:
            path = write_frozen(freeze_example(language, arguments.counts), arguments.data)
            print(f"{path.name}: {path.stat().st_size:,} bytes")
    if not (arguments.freeze or arguments.step or arguments.model):
        parser.error("nothing to do; name --freeze, --step, --model or --page")
    waiting = step(arguments.data, arguments.folder, model=arguments.model, only=arguments.only)
    for call in waiting:
        print(f"waits: {call}, turn {split_call(call)[2]}")
    print(f"{len(waiting)} prompts wait in {arguments.folder}" if waiting else "all dialogues are recorded")


if __name__ == "__main__":
    main()
