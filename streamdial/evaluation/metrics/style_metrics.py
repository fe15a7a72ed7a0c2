"""Style: lengths, questions, turn-taking, and two ways in which generated dialogues go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby, pairwise

from streamdial.claims import find_confusion
from streamdial.evaluation.dialogues import UNITS, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Language, Role, Turn

SIDES: tuple[Role, ...] = ("user", "agent")
LOOP = 3
"""Farewells in a row that are a loop; the generator stops its dialogues by the same rule."""
_LONGEST_FAREWELL: Mapping[Language, int] = {"en": 16, "zh": 24}
_ASKS = re.compile(
    r"[?？]"
    r"|^(?:(?:and|so|ok|okay|hi|hello|hey|also|but|then|well)\b[\s,!.]*)*"
    r"(?:what|which|who|when|where|why|how|is|are|do|does|did|can|could|would|will|should|may|any)\b"
    r"|多少|多久|多大|多远|多长|什么|怎么|哪[里些个家款种天位]|有没有|能不能|可不可以|是不是|行不行|几[点个座天位楼晚号]"
    r"|[吗呢么][\s。！!~～]*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\bthank|\bbye\b|goodbye|\byou(?:'| a)?re welcome|\bmy pleasure|\bhave a (?:good|nice|great|lovely|wonderful|safe)"
    r"|\benjoy your\b|\bsee you\b|\btake care\b|\bno problem\b|\bthat(?:'| i)?s all\b|\bcheers\b"
    r"|谢谢|多谢|感谢|再见|拜拜|不客气|不谢|慢走|祝您|祝你|回头见|回见|欢迎下次|路上(?:慢|小心|注意)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"[0-9]")


def is_question(text: str) -> bool:
    """Tell whether a turn asks something: a question mark, or the words of a question where chat leaves the mark out.

    By the wording alone, so that sets with and without acts are measured by one rule.
    """
    return bool(_ASKS.search(text.strip()))


def is_farewell(turn: Turn, length: int, language: Language) -> bool:
    """Tell whether a turn only thanks or says goodbye: short, a phrase of farewell, no question and no figure."""
    return (
        0 < length <= _LONGEST_FAREWELL[language]
        and bool(_FAREWELL.search(turn.utterance))
        and not is_question(turn.utterance)
        and not _DIGIT.search(turn.utterance)
    )


def count_longest_farewell(talk: EvaluatedDialogue) -> int:
    """Return the largest number of farewells in a row in a dialogue."""
    told = [is_farewell(turn, len(said), talk.language) for turn, said in zip(talk.turns, talk.tokens, strict=True)]
    return max((len(list(run)) for bidding, run in groupby(told) if bidding), default=0)


def measure_style(talks: Sequence[EvaluatedDialogue], *, seed: int = 7) -> list[Statistic]:
    """Return lengths, question rates, turn-taking, role confusion and farewell loops, with their intervals.

    Lengths of turns are told by language, in words for en and characters for zh. A role is confused where a line speaks
    like the other side, by the patterns the generator's own checks use; what those read on real dialogues is what they
    read by mistake.
    """
    ratios = [
        Ratio(
            Statistic("turns_per_dialogue", None, unit="turns"), [len(talk.turns) for talk in talks], [1] * len(talks)
        )
    ]
    for language in sorted({talk.language for talk in talks}):
        for side in SIDES:
            figure = Statistic(f"{side}_turn_length", None, unit=f"{UNITS[language]}s", language=language)
            spoken = _sum_turns(talks, side, lambda turn, said: len(said), language)
            ratios.append(Ratio(figure, spoken, _sum_turns(talks, side, lambda turn, said: 1, language)))
        user, agent = (_sum_turns(talks, side, lambda turn, said: len(said), language) for side in SIDES)
        figure = Statistic("user_share_of_text", None, language=language)
        ratios.append(Ratio(figure, user, [mine + yours for mine, yours in zip(user, agent, strict=True)]))
    for side in SIDES:
        turns = _sum_turns(talks, side, lambda turn, said: 1)
        asks = _sum_turns(talks, side, lambda turn, said: is_question(turn.utterance))
        confused = _sum_turns(talks, side, lambda turn, said: find_confusion(turn.role, turn.utterance))
        missing = f"the {side} says nothing"
        ratios.append(Ratio(Statistic(f"{side}_question_rate", None, unit="share of turns"), asks, turns, missing))
        ratios.append(Ratio(Statistic(f"{side}_role_confusion", None, unit="share of turns"), confused, turns, missing))
    switches = [sum(left.role != right.role for left, right in pairwise(talk.turns)) for talk in talks]
    steps = [max(len(talk.turns) - 1, 0) for talk in talks]
    ratios.append(Ratio(Statistic("speaker_changes", None, unit="share of steps"), switches, steps, "no second turn"))
    loops = [count_longest_farewell(talk) >= LOOP for talk in talks]
    ratios.append(Ratio(Statistic("farewell_loops", None, unit="share of dialogues"), loops, [1] * len(talks)))
    return measure_ratios(ratios, seed=seed)


def _sum_turns(
    talks: Sequence[EvaluatedDialogue],
    side: Role,
    value: Callable[[Turn, list[str]], float],
    language: Language | None = None,
) -> list[float]:
    """Return the sum of a value over the turns of a side, a dialogue each; 0 for dialogues of another language."""
    return [
        sum(value(turn, said) for turn, said in zip(talk.turns, talk.tokens, strict=True) if turn.role == side)
        if language in (None, talk.language)
        else 0.0
        for talk in talks
    ]
