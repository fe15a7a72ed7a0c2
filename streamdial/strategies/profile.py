"""A user who writes as one viewer really wrote, by all that viewer's lines."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamdial.records import Language, Message, Turn
from streamdial.strategies.directive import Directive
from streamdial.strategies.mined import OWN_LINES, Mined, MinedRecording
from streamdial.strategies.strategy import AdvisingStrategy, RecordingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.view import TalkView
from streamdial.text import detect_language, fold_text, tokenize

MOST_LINES = 60
"""Lines kept of one viewer, the first ones."""
NOTE: dict[Language, str] = {
    "en": "Write as in your own lines: as short or long, with their spelling, marks, small words and politeness.",
    "zh": "按你自己那些话的样子写：长短、标点、语气词和客气的程度都一样。",
}


class ProfileOptions(StrategyOptions):
    """Options of `profile`."""

    least: int = Field(default=4, ge=2, description="Lines a viewer must have written; of others nothing is inferred.")


class Profile(AdvisingStrategy, RecordingStrategy):
    """The user writes as the one viewer does whom the persona comes from, measured on all that viewer wrote.

    USP infers a profile from whole dialogues of a real person and trains a simulator on it. Here wishes and questions
    are that viewer's already; the way of writing is taken from every line of the viewer, greetings and thanks too. For
    each turn one of these lines is drawn, of those that ask where the turn asks; of several wordings the nearest is
    said, ended, spelt and softened as that line. Nothing is done for a persona of several viewers, or of one who
    wrote too little, which the run tells. Left out: traits of character that lines do not show, and the training.
    """

    NAME: ClassVar[str] = "profile"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "user simulators"
    PAPERS: ClassVar[tuple[str, ...]] = ("USP (arXiv 2502.18968)",)
    Options = ProfileOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return the lines the turn is written after; nothing where too few are known of the user."""
        user, lines = view.user, view.own_lines
        if user is None or user.language != view.language or len(lines) < self.options.least:
            return None
        return Directive(manner=tuple(lines), note=NOTE[view.language], inner={"profile_lines": str(len(lines))})

    def mine(self, recording: MinedRecording) -> Mined:
        """Return what each viewer wrote who asked something: dialogues of that viewer's lines alone, in their order.

        Their moves name the viewer's questions, by which a persona is known again.
        """
        asked: dict[str, list[str]] = {}
        for question in recording.signals.questions:
            if question.asker:
                asked.setdefault(question.asker, []).append(question.id)
        written: dict[str, list[Message]] = {asker: [] for asker in asked}
        for message in recording.iterate_messages():
            if message.author in written and not message.by_host and _is_line(message, recording.language):
                written[message.author].append(message)
        enough = {asker: found for asker, found in written.items() if len(found) >= self.options.least}
        seeds = []
        for asker, found in enough.items():
            moves = tuple(f"{OWN_LINES}{key}" for key in asked[asker])
            turns = [
                Turn(
                    turn_id=number,
                    role="user",
                    utterance=fold_text(message.text).strip(),
                    act="write",
                    moves=moves,
                    evidence=(message.id,),
                )
                for number, message in enumerate(found[:MOST_LINES])
            ]
            seeds.append(recording.build_seed(self.NAME, turns))
        few = len(written) - len(enough)
        told = f"{len(enough)} of {len(written)} who asked; {few} wrote fewer than {self.options.least} lines"
        return Mined(tuple(seeds), notes=(f"viewers with a profile: {told}",))


def _is_line(message: Message, language: Language) -> bool:
    """Tell whether a message shows how its writer writes: words of the language, nothing masked in it."""
    text = message.text.strip()
    return bool(tokenize(text)) and "[" not in text and (len(tokenize(text)) < 3 or detect_language(text) == language)
