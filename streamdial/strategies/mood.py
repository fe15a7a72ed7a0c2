"""A user has a mood: what happened changes it, a thought follows, and then the reply."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streamdial.records import Language
from streamdial.strategies.directive import PARTING, Directive
from streamdial.strategies.strategy import AdvisingStrategy, StrategyKind, StrategyOptions
from streamdial.strategies.turn_events import LIMIT, WEIGHTS, track_levels
from streamdial.strategies.view import TalkView

MOODS = ((-3, "annoyed"), (-1, "uneasy"), (0, "calm"), (2, "pleased"), (LIMIT, "delighted"))
"""Names of moods, each with the highest level it is said of."""
VOICED = 2
"""Level either way from which a mood may be put into words, when it is reached."""
HIGH = ("acknowledge", "accept")
LOW = ("object", "negotiate", "ask_person")
THOUGHTS: dict[Language, dict[str, str]] = {
    "en": {
        "gone": "So I can't have it. What a pity.",
        "refused": "I had counted on that time.",
        "dear": "That's more than I meant to spend.",
        "missed": "That's not what I was hoping for.",
        "denied": "So there's nothing to be done about it.",
        "contradicted": "They won't have it. I was sure I'd heard otherwise.",
        "unanswered": "They don't know. I had hoped for an answer.",
        "evaded": "That's not what I asked.",
        "repeated": "We've been through this already.",
        "settled": "Good, that's arranged.",
        "better": "That's even better than I hoped.",
        "met": "That's what I was looking for.",
        "answered": "Good, now I know.",
        "": "Let's see where this goes.",
    },
    "zh": {
        "gone": "看来是买不到了，真可惜。",
        "refused": "我本来就指望那个时间的。",
        "dear": "比我打算花的要多。",
        "missed": "和我想的不一样。",
        "denied": "看来没得商量了。",
        "contradicted": "对方说不是，可我明明听说过的。",
        "unanswered": "对方也不清楚，我还以为能问到呢。",
        "evaded": "我问的不是这个。",
        "repeated": "这个刚才已经说过了。",
        "settled": "好，总算定下来了。",
        "better": "比我想的还好。",
        "met": "这正是我想要的。",
        "answered": "好，这下清楚了。",
        "": "先看看再说。",
    },
}
NOTES: dict[Language, dict[str, str]] = {
    "en": {
        "annoyed": "You are annoyed by how this goes, and it may be heard; stay civil.",
        "uneasy": "You are a little let down; you sound cooler than before.",
        "calm": "You are calm, neither won over nor put off.",
        "pleased": "You are pleased with how this goes, and it may be heard.",
        "delighted": "You are delighted, and it is heard.",
    },
    "zh": {
        "annoyed": "你对这次沟通有点恼火，可以听得出来，但要有礼貌。",
        "uneasy": "你有点失望，语气比之前冷淡一些。",
        "calm": "你心情平静，没被打动，也没觉得不好。",
        "pleased": "你聊得挺满意，可以听得出来。",
        "delighted": "你非常高兴，语气里听得出来。",
    },
}


class MoodOptions(StrategyOptions):
    """Options of `mood`."""

    patience: int = Field(default=4, ge=2, le=LIMIT, description="How far below calm the user leaves.")
    voiced: bool = Field(default=True, description="Whether a mood that is reached is put into words.")


class Mood(AdvisingStrategy):
    """Before each turn the user's mood moves by what just happened; a thought follows, then the reply.

    SAGE has an agent predict its change of emotion and an inner thought before each reply, and ends at either extreme.
    Here code computes both from the labels: wishes met and missed, what cannot be had, questions answered or passed
    over, repetition, bookings made or refused. Mood, level, change, cause and thought stand in `Turn.inner`. In
    dialogues with tools the tasks decide when the user goes. Left out: the emotion as a model sees it.
    """

    NAME: ClassVar[str] = "mood"
    KIND: ClassVar[StrategyKind] = "user"
    FAMILY: ClassVar[str] = "emotion"
    PAPERS: ClassVar[tuple[str, ...]] = ("SAGE (arXiv 2505.02847)",)
    Options = MoodOptions

    def advise(self, view: TalkView) -> Directive | None:
        """Return the mood of the turn, and what it makes the user do."""
        levels = track_levels(view.turns, view.wishes, view.pack)
        level, cause = levels[-1] if levels else (0, "")
        before = levels[-2][0] if len(levels) > 1 else 0
        mood = name_mood(level)
        inner = {
            "mood": mood,
            "mood_level": str(level),
            "mood_change": f"{level - before:+d}",
            "mood_cause": cause,
            "thought": THOUGHTS[view.language][cause],
        }
        gone = any(turn.role == "user" and turn.act in PARTING for turn in view.turns)
        leaves = -level >= self.options.patience and WEIGHTS.get(cause, 0) < 0 and bool(view.path) and not gone
        return Directive(
            prefer=HIGH if level > VOICED else LOW if level <= -VOICED else (),
            moves=_voice(before, level) if self.options.voiced else (),
            note=NOTES[view.language][mood],
            inner={name: value for name, value in inner.items() if value},
            leave=leaves,
        )


def name_mood(level: int) -> str:
    """Return the name of a level of mood."""
    return next(name for highest, name in MOODS if level <= highest)


def _voice(before: int, level: int) -> tuple[str, ...]:
    """Return the word on a mood that was just reached; nothing where it was there before."""
    if before < VOICED <= level:
        return ("react.mood.up",)
    if before > -VOICED >= level:
        return ("react.mood.down",)
    return ("react.mood.relief",) if before <= -VOICED < level else ()
