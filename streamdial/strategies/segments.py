"""A long stream is cut where its topic changes, and each part becomes a dialogue of one topic."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from pydantic import Field

from streamdial.records import QAPair, SeedDialogue, Turn
from streamdial.strategies.mined import Mined, MinedRecording
from streamdial.strategies.segmentation import LIKELY, find_seams
from streamdial.strategies.strategy import RecordingStrategy, StrategyKind, StrategyOptions

REACH = 30.0
"""Seconds before a seam in which a viewer may ask for what comes behind it: who writes is quicker than who speaks."""
ACROSS = "across_a_seam"


class SegmentsOptions(StrategyOptions):
    """Options of `segments`."""

    likely: float = Field(default=LIKELY, gt=0, lt=1, description="Least probability at which the topic changes.")
    exchanges: int = Field(default=8, ge=1, le=30, description="Answered questions of a part that are kept at most.")


class _Line(NamedTuple):
    time: float
    text: str


class Segments(RecordingStrategy):
    """Each part of a stream on one topic, with its viewers' questions and the host's answers, is one dialogue.

    GPT-Calls segments calls: a large model writes anchors once, and likeness to them over time shows where a topic
    begins; TADAM reads a dialogue by its topics. Here a question and an answer on different sides of a seam are no
    pair, and the questions of one part become one user, so that a dialogue keeps to a topic. Left out: the model that
    writes anchors of each topic; ours are those of taking up and leaving any topic, and the names of what is sold.
    """

    NAME: ClassVar[str] = "segments"
    KIND: ClassVar[StrategyKind] = "miner"
    FAMILY: ClassVar[str] = "mining"
    PAPERS: ClassVar[tuple[str, ...]] = ("GPT-Calls (arXiv 2306.07941)", "TADAM (arXiv 2009.12539)")
    Options = SegmentsOptions

    def mine(self, recording: MinedRecording) -> Mined:
        """Return a dialogue of each part with an answered question, and the pairs that a seam parts."""
        asked = [question for question in recording.questions.values() if question.time is not None]
        lines = sorted(
            (
                *(_Line(sentence.start, sentence.text) for sentence in recording.sentences),
                *(_Line(question.time or 0.0, question.text) for question in asked),
            ),
        )
        seams = find_seams(
            [line.text for line in lines],
            recording.language,
            recording.embedder,
            named=[recording.reader.find_entities(line.text) for line in lines],
            likely=self.options.likely,
        )
        begins = [lines[seam].time for seam in seams]
        refused: dict[str, str] = {}
        kept: dict[int, list[QAPair]] = {}
        for pair in recording.signals.pairs:
            question, response = recording.questions[pair.question_id], recording.responses[pair.response_id]
            if question.time is None or response.start is None:
                continue
            part = bisect_right(begins, response.start)
            if bisect_right(begins, question.time) <= part <= bisect_right(begins, question.time + REACH):
                kept.setdefault(part, []).append(pair)
            else:
                refused[pair.id] = ACROSS
        seeds = tuple(self._build_seed(recording, part, kept[part]) for part in sorted(kept))
        notes = (f"parts on one topic: {len(seams) + 1}, of which {len(seeds)} have an answered question",)
        return Mined(seeds, refused, notes if lines else ())

    def _build_seed(self, recording: MinedRecording, part: int, pairs: Sequence[QAPair]) -> SeedDialogue:
        turns: list[Turn] = []
        answers: set[str] = set()
        for pair in sorted(pairs, key=lambda pair: (recording.responses[pair.response_id].start or 0.0, pair.id)):
            # What answered several is said once.
            if pair.response_id not in answers and len(answers) < self.options.exchanges:
                answers.add(pair.response_id)
                turns += recording.build_exchange(pair, len(turns))
        return recording.build_seed(self.NAME, turns, part, [turn.evidence for turn in turns])
