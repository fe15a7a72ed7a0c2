"""The page that prints prompts as a model sees them, each with its recorded answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.strong_cassette import LANGUAGES, CassetteModel, Entry, Frozen, read_answers, read_frozen
from benchmarks.strong_player import Played, open_player

TURNS = 3
"""Turns of each side shown of a dialogue that is made turn by turn."""
WHOLE = ("dialogue",)
"""Ways whose first dialogue is shown in full."""
NAMES = {"dialogue": "guided, by dialogue", "turn": "guided, by turn", "direct": "direct"}
_HEAD = """# Prompts of strong models with their answers

Printed by `python -m benchmarks.strong_recording --page > docs/strong_prompts.md`; a test compares. The dialogues are
those of `tests/data/strong_recorded`: made of the examples' mined streams, answered by a strong language model in the
author's chair, written for this project. Of dialogues by dialogue each language's first is shown whole; of those by
turn and direct the first turns. What a check refused is marked; so is what was written with a fault on purpose.
"""


def write_page(data: Path) -> str:
    """Return the page as Markdown.

    Args:
        data: Folder of the recording.
    """
    parts = [_HEAD]
    for frozen in filter(None, (read_frozen(language, data) for language in LANGUAGES)):
        model = CassetteModel(read_answers(data))
        with open_player(frozen, model) as player:
            for entry in _choose(frozen):
                played = player.play(entry)
                parts.append(f"## {entry.name}: {NAMES[entry.way]}\n")
                parts += _write_calls(played, model)
                parts += _write_dialogue(played)
    return "\n".join(parts).rstrip() + "\n"


def _choose(frozen: Frozen) -> Iterator[Entry]:
    for way in NAMES:
        yield from [entry for entry in frozen.entries if entry.way == way][:1]


def _write_calls(played: Played, model: CassetteModel) -> Iterator[str]:
    shown = played.asked if played.entry.way in WHOLE else played.asked[: 2 * TURNS]
    seen: set[str] = set()
    for call, request in shown:
        yield f"### `{call.removeprefix(f'{played.entry.name}.')}`\n"
        for message in request.messages:
            # What never changes is printed once; the history is the dialogue so far.
            if message.content in seen:
                continue
            seen.add(message.content)
            yield f"**{message.role}**\n\n{_fence(message.content)}\n"
        answer = model.answers.get(call)
        yield f"**answer**\n\n{_fence(answer.text if answer else '(none recorded)')}\n"


def _write_dialogue(played: Played) -> Iterator[str]:
    refused = {(refusal.turn, refusal.text): refusal.check for refusal in played.refusals}
    yield "### The dialogue\n"
    for turn in played.dialogue.turns:
        yield f"{turn.turn_id + 1}. {turn.role} ({turn.act}, {turn.realisation}): {turn.utterance}"
    yield ""
    for (number, text), check in refused.items():
        yield f"- refused in turn {number + 1}, {check}: {text}"
    if refused:
        yield ""


def _fence(text: str) -> str:
    return f"~~~text\n{text}\n~~~"
