"""The page that prints prompts as a model sees them, each with its recorded answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.strong_cassette import Answer
from benchmarks.strong_player import Played, list_lines
from benchmarks.strong_replay import Replay

TURNS = 3
"""Turns of each side shown of a dialogue that is made turn by turn."""
WHOLE = ("dialogue",)
"""Ways whose first dialogue is shown in full."""
NAMES = {"dialogue": "guided, by dialogue", "turn": "guided, by turn", "direct": "direct"}
_HEAD = """# Prompts of strong models with their answers

Printed by `python -m benchmarks.strong_recording --page > docs/strong_prompts.md`; a test compares. The dialogues are
those of `tests/data/strong_recorded`: made of the examples' mined streams, and answered in rounds, some answers ahead,
by a strong language model that was given the prompts of the day; they were reworded since, and the page shows today's.
Of each way the first dialogue of a language is shown: by dialogue whole, by turn and direct the first turns. A message
that was printed before in the same dialogue, under either role, is left out: what is sent always runs system, user,
assistant, user. Below a dialogue stand the lines a check refused; behind the check stands the kind of the fault where
it was made on purpose. Without a kind the line was meant to be good.
"""


def write_page(replays: Sequence[Replay]) -> str:
    """Return the page as Markdown.

    Args:
        replays: The dialogues of each language, replayed.
    """
    parts = [_HEAD]
    for replay in replays:
        for played in _choose(replay.played):
            parts.append(f"## {played.entry.name}: {NAMES[played.entry.way]}\n")
            parts += _write_calls(played, replay.answers)
            parts += _write_dialogue(played, replay.answers)
    return "\n".join(parts).rstrip() + "\n"


def _choose(played: Sequence[Played]) -> Iterator[Played]:
    for way in NAMES:
        yield from [one for one in played if one.entry.way == way][:1]


def _write_calls(played: Played, answers: Mapping[str, Answer]) -> Iterator[str]:
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
        answer = answers.get(call)
        yield f"**answer**\n\n{_fence(_write_answer(answer))}\n"


def _write_answer(answer: Answer | None) -> str:
    """Return an answer as it was given; of a whole dialogue each turn on a line of its own."""
    if answer is None:
        return "(none recorded)"
    lines = answer.answer.get("turns") if isinstance(answer.answer, dict) else None
    if lines is None:
        return answer.text
    return '{"turns": [\n' + ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n]}"


def _write_dialogue(played: Played, answers: Mapping[str, Answer]) -> Iterator[str]:
    yield "### The dialogue\n"
    for turn in played.dialogue.turns:
        yield f"{turn.turn_id + 1}. {turn.role} ({turn.act}, {turn.realisation}): {turn.utterance}"
    yield ""
    told = False
    for line in list_lines(played, answers):
        if line.check or line.careless:
            marks = ", ".join(filter(None, (f"refused: {line.check}" if line.check else "let through", line.careless)))
            yield f"- turn {line.turn + 1} ({marks}): {line.text}"
            told = True
    if told:
        yield ""


def _fence(text: str) -> str:
    return f"~~~text\n{text}\n~~~"
