"""Small sets of dialogues, made to be checked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.records import Language, Turn


def say(role: str, text: str, number: int = 0, **more: Any) -> Turn:
    return Turn.model_validate({"turn_id": number, "role": role, "utterance": text, "act": more.pop("act", ""), **more})


def make_talk(*lines: str, key: str = "t", language: Language = "en", **more: Any) -> EvaluatedDialogue:
    """A dialogue whose lines are the user's and the agent's in turn."""
    turns = tuple(say("agent" if number % 2 else "user", line, number) for number, line in enumerate(lines))
    return EvaluatedDialogue(id=key, language=language, turns=turns, **more)


def make_set(*talks: EvaluatedDialogue, name: str = "set", **more: Any) -> DialogueSet:
    return DialogueSet(name=name, talks=tuple(talks), **more)


def make_talks(dialogues: Sequence[Sequence[str]], language: Language = "en") -> list[EvaluatedDialogue]:
    return [make_talk(*lines, key=f"t{number}", language=language) for number, lines in enumerate(dialogues)]
