from __future__ import annotations

from collections.abc import Sequence

from streamdial.pipeline.mining import build_viewer
from streamdial.records import UserQuestion
from streamdial.strategies import Mined, MinedRecording, RecordingStrategy, open_strategy
from streamdial.strategies.segmentation import CLOSING, NEAREST, OPENING, find_seams, find_thing_seams
from streamdial.testing import HashingEmbedder

TOPICS = {
    "en": (
        ["The pool opens at seven in the morning.", "Is the pool heated in the winter?", "The pool is heated to 28."],
        [
            "Parking costs ten a night.",
            "Is the garage high enough for a van?",
            "The garage takes most vans.",
        ],
    ),
    "zh": (
        ["泳池早上七点开放。", "冬天泳池加热吗？", "泳池水温二十八度。"],
        ["停车一晚十元。", "车库能停面包车吗？", "车库限高两米。"],
    ),
}


def mine(recording: MinedRecording) -> Mined:
    strategy = open_strategy("segments")
    assert isinstance(strategy, RecordingStrategy)
    return strategy.mine(recording)


def test_a_seam_lies_where_one_topic_is_left_and_another_taken_up() -> None:
    for language in ("en", "zh"):
        first, second = TOPICS[language]
        lines = [*first, CLOSING[language][0], OPENING[language][1], *second]
        assert find_seams(lines, language, HashingEmbedder()) == [4]
        assert find_seams(first, language, HashingEmbedder()) == []


def test_the_talk_turns_to_a_thing_that_most_lines_name_from_then_on() -> None:
    one, other, both = ("Aster",), ("Calder",), ("Aster", "Calder")
    named = [one, (), one, one, both, one, other, (), other, other, both, other]
    assert find_thing_seams(named) == [6]
    # Once beside the other thing is no turn, and none is seen before three lines have named one.
    assert find_thing_seams([one, one, one, other, one, one, one]) == []
    assert find_thing_seams([other, one, one, one, one]) == []
    assert find_thing_seams([one, one, one, other, other, other, one, one, one, other, other, other]) == [3, 6, 9]


def test_parts_of_a_stream_keep_to_a_thing(mined_recordings: dict[str, MinedRecording]) -> None:
    for recording in mined_recordings.values():
        mined = mine(recording)
        assert len(mined.seeds) > 3
        told = [[turn.entity for turn in seed.turns if turn.entity] for seed in mined.seeds]
        shares = [max(map(names.count, names)) / len(names) for names in told if len(names) > 2]
        assert sum(shares) / len(shares) > 0.7


def test_no_pair_reaches_over_a_seam(mined_recordings: dict[str, MinedRecording]) -> None:
    recording = mined_recordings["en"]
    mined = mine(recording)
    answered = {turn.evidence[1] for seed in mined.seeds for turn in seed.turns if turn.role == "agent"}
    assert not answered & set(mined.refused) and NEAREST > 1


def test_the_viewer_of_a_part_has_the_wishes_of_one_and_plain_questions_of_others(
    mined_recordings: dict[str, MinedRecording],
) -> None:
    recording = mined_recordings["en"]
    signals = recording.signals
    seeds = mine(recording).seeds
    viewers = [build_viewer(seed, signals) for seed in seeds]
    assert any(questions for questions, _ in viewers)
    for seed, (questions, pairs) in zip(seeds, viewers, strict=True):
        written = {question.text: question for question in signals.questions}
        asked = {question.id for question in questions}
        assert {pair.question_id for pair in pairs} <= asked and not asked & set(recording.questions)
        own = {written[question.text].asker for question in questions if question.slots}
        assert len(own) <= 1
        assert {question.asker for question in questions} <= {f"segments-{seed.id}"}
        assert all(len(values) == 1 for values in _collect_slots(questions).values())


def _collect_slots(questions: Sequence[UserQuestion]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for question in questions:
        for slot, value in question.slots.items():
            found.setdefault(slot, set()).add(value)
    return found
