from __future__ import annotations

from dataclasses import replace

import pytest

from streamdial.planning import MinedAnswers
from streamdial.planning.obeying import add_moves
from streamdial.planning.questions import build_user_plan
from streamdial.records import Language
from streamdial.signals.questions import MOST_SMALL_TALK, ToldLine
from streamdial.strategies import MinedRecording, RecordingStrategy, open_strategy
from tests.dialogues import material
from tests.strategies.test_contract import make

LINES = {
    "en": ("evening all", "hi from the hills", "So cozy in there.", "Payday at last."),
    "zh": ("主播好", "晚上好", "环境真好。", "上班好辛苦。"),
}
NOT_KEPT = {
    "en": (
        "good night",
        "thanks, bye",
        "my neighbour works there",
        "is it hot",
        "call [PHONE]",
        "four is 4",
        "yum",
        "i cried",
    ),
    "zh": ("晚安", "谢谢主播", "我家娃肯定喜欢", "贵吗？", "加我[WECHAT]", "666", "哇", "看哭了"),
}


def mine(recording: MinedRecording, texts: tuple[str, ...], **options: int) -> list[tuple[str, str]]:
    told = [ToldLine(f"m{number}", text, None, "a", None, 1.0) for number, text in enumerate(texts)]
    signals = replace(recording.signals, small_talk=told)
    strategy = open_strategy("warmup", options)
    assert isinstance(strategy, RecordingStrategy)
    mined = strategy.mine(replace(recording, signals=signals))
    return [(seed.turns[0].utterance, *seed.turns[0].moves) for seed in mined.seeds]  # type: ignore[misc]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_greetings_and_small_talk_of_viewers_are_kept_by_kind(
    language: Language, mined_recordings: dict[str, MinedRecording]
) -> None:
    recording = mined_recordings[language]
    kept = mine(recording, (*LINES[language], *NOT_KEPT[language]))
    assert [kind for _, kind in kept] == ["greeting", "greeting", "small_talk.praise", "small_talk.mood"]
    assert len(mine(recording, LINES[language], lines=1)) == 3


def test_what_ssi_keeps_for_it_is_bounded_and_not_stored(mined_recordings: dict[str, MinedRecording]) -> None:
    for recording in mined_recordings.values():
        signals = recording.signals
        assert 0 < len(signals.small_talk) <= MOST_SMALL_TALK
        kept = {line.message_id for line in signals.small_talk}
        assert not any(kept & set(signal.provenance.derived_from) for signal in signals.questions)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_turn_is_small_talk_and_the_agent_answers_it_in_kind(language: Language) -> None:
    for made in make([open_strategy("warmup")], language):
        first, second, *rest = made.turns
        (move,) = (name for name in first.moves if name.startswith("bridge:small_talk."))
        assert first.act == "greet" and first.by == ("warmup",) and not first.inform and not first.request
        assert f"react:react.{move.removeprefix('bridge:')}" in second.moves
        assert not any("small_talk" in name for turn in rest for name in turn.moves)
        assert any(turn.inform or turn.request for turn in rest if turn.role == "user")


def test_it_is_said_in_a_viewers_words_where_there_are_some_and_they_are_its_evidence() -> None:
    state = material.build_state()
    state.answers = MinedAnswers(
        small_talk={"small_talk.praise": [("So cozy.", "s1#0")], "greeting": [("Hey.", "s2#0")]}
    )
    plans = []
    for seed in range(12):
        state.seed = seed
        plans.append(add_moves(build_user_plan("greet", state), ["small_talk.praise"], state))
    real = [plan for plan in plans if plan.moves[0].text]
    assert 0 < len(real) < len(plans)
    assert all(plan.moves[0].text == "So cozy." and "s1#0" in plan.evidence for plan in real)
    assert all(plan.key == "greet_warm" and ("s2#0" in plan.evidence) == bool(plan.own_words) for plan in plans)
    state.used.update({"s1#0", "s2#0"})
    again = add_moves(build_user_plan("greet", state), ["small_talk.praise"], state)
    assert not again.evidence and not again.moves[0].text and again.moves[0].key == "small_talk.praise"
