"""The report's dialogues: columns to filter by, words to search in, and the rest in parts that are read when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from streamdial.domains import DomainPack
from streamdial.exports.formats.chunks import cut_into_chunks
from streamdial.exports.profiles import write_value
from streamdial.exports.report.tools import write_tool_record
from streamdial.records import Dialogue, Language, Turn
from streamdial.tooluse import ToolDialogue

CHUNK = 200
"""Dialogues of a part: read in a few milliseconds, and few enough parts."""
SEPARATOR = "\t"
"""Between the turns of a dialogue; a tab inside a turn is shown as a space anyway."""
SINGLE = ("language", "domain", "outcome", "stop", "path", "user", "agent", "blueprint")
"""Columns that hold one word per dialogue."""
SEVERAL = ("way", "stage", "act", "strategy", "behaviour", "mechanism")
"""Columns that hold several words per dialogue."""


class DialogueWriter:
    """Writes dialogues with words as numbers; a page of ten thousand opens because it reads few of them.

    Args:
        pack: Puts values into words.
        number: Gives the numbers of pieces of evidence.
        tools: Calls, results and tasks of the dialogues that have any, by id.
    """

    def __init__(
        self,
        pack: DomainPack,
        number: Callable[[Iterable[str]], list[int]],
        tools: Mapping[str, ToolDialogue] | None = None,
    ) -> None:
        self.pack = pack
        self.number = number
        self.tools = tools or {}
        self.words: dict[str, dict[str, int]] = {field: {} for field in (*SINGLE, *SEVERAL)}

    def write(self, kept: Sequence[Dialogue], left: Sequence[Dialogue]) -> Iterator[tuple[str, Any]]:
        """Yield parts (`chunk`, each by itself), columns with their vocabulary (`talks`) and words (`texts`).

        The parts come first: one of them is in memory at a time, and the vocabulary is whole when they are written.

        Args:
            kept: Dialogues of the set; they are the first in all that is yielded.
            left: Those that were dropped.
        """
        dialogues = [*kept, *left]
        for chunk in cut_into_chunks(map(self.write_body, dialogues), CHUNK):
            if chunk:
                yield "chunk", chunk
        columns: dict[str, list[Any]] = {field: [] for field in (*SINGLE, *SEVERAL)}
        for dialogue in dialogues:
            for field, value in self.write_row(dialogue).items():
                columns[field].append(value)
        yield (
            "talks",
            {
                **columns,
                "id": [dialogue.id for dialogue in dialogues],
                "turns": [len(dialogue.turns) for dialogue in dialogues],
                "first": [_find_opening(dialogue.turns) for dialogue in dialogues],
                "kept": len(kept),
                "chunk": CHUNK,
                "several": SEVERAL,
                "words": {field: list(words) for field, words in self.words.items()},
            },
        )
        yield "texts", [_join(dialogue.turns) for dialogue in dialogues]

    def write_row(self, dialogue: Dialogue) -> dict[str, Any]:
        """Return what a dialogue is filtered by."""
        single = (
            dialogue.language,
            dialogue.domain,
            dialogue.outcome,
            dialogue.stop_reason,
            dialogue.path,
            dialogue.user_persona_id,
            dialogue.agent_persona_id,
            dialogue.blueprint_id,
        )
        turns = dialogue.turns
        several: tuple[Iterable[str], ...] = (
            (turn.realisation for turn in turns),
            (turn.stage for turn in turns),
            (turn.act for turn in turns),
            (turn.strategy for turn in turns),
            dialogue.behaviours,
            (one.name for one in dialogue.lineage),
        )
        return {
            **{field: self.code(field, word) for field, word in zip(SINGLE, single, strict=True)},
            **{
                field: [self.code(field, word) for word in dict.fromkeys(words) if word]
                for field, words in zip(SEVERAL, several, strict=True)
            },
        }

    def code(self, field: str, word: str) -> int:
        """Return the number of a word of a column."""
        words = self.words[field]
        return words.setdefault(word, len(words))

    def write_body(self, dialogue: Dialogue) -> list[Any]:
        """Return the turns without their words, and the record, in which what is empty is left out."""
        record = {
            "m": {name: round(value, 4) for name, value in dialogue.match.model_dump().items()},
            "c": dialogue.checks,
            "seed": dialogue.seed,
            "model": dialogue.provenance.model_id,
            "strategy": dialogue.strategy,
            "planned": list(dialogue.planned_behaviours),
            "goals": [[goal.path, goal.outcome] for goal in dialogue.goals],
            "tool": write_tool_record(self.tools[dialogue.id], self.pack) if dialogue.id in self.tools else None,
            "session": _write_session(dialogue),
            "said": [[said.turn_id, said.before, said.reason, said.reviewer] for said in dialogue.revisions],
        }
        return [
            [self.write_turn(turn, dialogue.language) for turn in dialogue.turns],
            {key: value for key, value in record.items() if value or value == 0},
        ]

    def write_turn(self, turn: Turn, language: Language) -> list[Any]:
        """Return role, act, stage, strategy, wording, evidence, slots, things, mechanisms, hidden state, as `talks.js`.

        Empty fields at the end are left out, words are numbers, -1 for none.
        """
        coded = (("act", turn.act), ("stage", turn.stage), ("strategy", turn.strategy), ("way", turn.realisation))
        row: list[Any] = [
            int(turn.role == "agent"),
            *(self.code(field, word) if word else -1 for field, word in coded),
            self.number(turn.evidence),
            self.write_slots(turn.inform, language),
            list(turn.request),
            self.write_slots(turn.tell, language),
            turn.entity,
            turn.other,
            self.write_slots(turn.tell_other, language),
            [self.code("mechanism", name) for name in turn.by],
            [list(state) for state in turn.inner.items()],
        ]
        while row[-1] in ("", []):
            row.pop()
        return row

    def write_slots(self, slots: Mapping[str, str], language: Language) -> list[list[str]]:
        """Return slots with their values in words; a slot that was taken back keeps its empty value."""
        return [[slot, value and write_value(self.pack, slot, value, language)] for slot, value in slots.items()]


def _write_session(dialogue: Dialogue) -> list[Any]:
    """Return number, time since the one before and id of the first session; nothing for a dialogue by itself."""
    session = dialogue.session
    return [session.number, session.gap, session.episode] if session is not None else []


def _find_opening(turns: Sequence[Turn]) -> int:
    return next((place for place, turn in enumerate(turns) if turn.role == "user"), 0)


def _join(turns: Iterable[Turn]) -> str:
    return SEPARATOR.join(_clean(turn.utterance for turn in turns))


def _clean(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield text.replace(SEPARATOR, " ")
