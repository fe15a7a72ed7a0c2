"""What the host shows and says at a moment, and what viewers write at it, is how a dialogue begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from streamdial.records import AgentResponse, QAPair, SeedDialogue, Turn
from streamdial.strategies.mined import Mined, MinedRecording
from streamdial.strategies.strategy import RecordingStrategy, StrategyKind, StrategyOptions

SHOWN = re.compile(
    r"\b(?:it|its|this|that|these|those|this one|that one)\b|这[个款间种套台]?|那[个款间种套台]|它", re.IGNORECASE
)
"""What points at the thing that is shown."""


SHOWING = ("recommend", "upsell", "answer", "compare", "check_stock")
"""Acts by which something is shown; others answer a doubt, a bargain or a booking."""


class ScenesOptions(StrategyOptions):
    """Options of `scenes`."""

    seconds: float = Field(default=45.0, ge=5, le=600, description="How long a scene lasts at most.")
    exchanges: int = Field(default=6, ge=1, le=30, description="Answered questions of a scene that are kept at most.")


class Scenes(RecordingStrategy):
    """A line of the host about one thing opens a dialogue, and the bullets written at it are what its user asks.

    TikTalk takes a video scene with the bullet chat at it for the context of a dialogue. Here the scene is what the
    host says of a thing until another one is talked about; the dialogue of its viewer begins with a line of it that
    agrees with the pages and answers nobody, and a question that only points ("how much is it?") asks of the thing.
    Left out: the picture itself, of which the screen's cards and captions are read before.
    """

    NAME: ClassVar[str] = "scenes"
    KIND: ClassVar[StrategyKind] = "miner"
    FAMILY: ClassVar[str] = "mining"
    PAPERS: ClassVar[tuple[str, ...]] = ("TikTalk (arXiv 2301.05880)",)
    Options = ScenesOptions

    def mine(self, recording: MinedRecording) -> Mined:
        """Return a dialogue of each scene at which something was asked that the host answered."""
        answered = sorted(
            (
                (question.time, pair)
                for pair in recording.signals.pairs
                if (question := recording.questions[pair.question_id]).time is not None
            ),
            key=lambda item: (item[0], item[1].id),
        )
        seeds = []
        scenes = list(self._list_scenes(recording))
        for begin, end, lines in scenes:
            pairs = [pair for time, pair in answered if begin <= time < end]
            fitting = [pair for pair in pairs if self._fits(pair, lines[0], recording)]
            if fitting:
                seeds.append(self._build_seed(recording, lines, fitting[: self.options.exchanges]))
        return Mined(tuple(seeds), notes=(f"scenes: {len(scenes)}, of which {len(seeds)} were asked about",))

    def _list_scenes(self, recording: MinedRecording) -> Iterator[tuple[float, float, list[AgentResponse]]]:
        """Yield (begin, end, lines): what is said of a thing until the host speaks of another one."""
        said = sorted(
            (one for one in recording.signals.responses if one.channel == "speech" and one.start is not None),
            key=lambda one: (one.start or 0.0, one.id),
        )
        named = [one for one in said if len(one.entities) == 1 and recording.find_act(one) in SHOWING]
        for place, line in enumerate(named):
            if place and named[place - 1].entities == line.entities:
                continue
            later = next((one for one in named[place:] if one.entities != line.entities), None)
            begin = line.start or 0.0
            end = min(begin + self.options.seconds, later.start or begin) if later else begin + self.options.seconds
            yield begin, end, [one for one in named[place:] if begin <= (one.start or 0.0) < end]

    def _fits(self, pair: QAPair, line: AgentResponse, recording: MinedRecording) -> bool:
        """Tell whether a bullet may be about the scene: neither it nor its answer names another thing."""
        named = (*recording.questions[pair.question_id].entities, *recording.responses[pair.response_id].entities)
        return set(named) <= set(line.entities) and pair.response_id != line.id

    def _build_seed(self, recording: MinedRecording, lines: list[AgentResponse], pairs: list[QAPair]) -> SeedDialogue:
        line, answers = lines[0], {pair.response_id for pair in pairs}
        (thing,) = line.entities
        turns = [
            Turn(
                turn_id=0,
                role="agent",
                utterance=line.text,
                act="recommend",
                tell=line.tells,
                entity=thing,
                evidence=(line.id, *(one.id for one in lines[1:] if one.id not in answers)),
            )
        ]
        # What answered several is said once.
        firsts = {pair.response_id: pair for pair in reversed(pairs)}
        for pair in (pair for pair in pairs if firsts[pair.response_id] is pair):
            asked, told = recording.build_exchange(pair, len(turns))
            if not asked.entity and asked.request and SHOWN.search(asked.utterance):
                asked = asked.model_copy(update={"entity": thing})
            turns += (asked, told)
        return recording.build_seed(self.NAME, turns)
