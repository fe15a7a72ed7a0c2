"""A user writes as the one viewer did whom it comes from; of several viewers, or too few lines, nothing is inferred."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

import pytest

from streamdial.planning import DialogueState, MinedAnswers
from streamdial.planning.talk_view import StateView
from streamdial.policies import read_manner
from streamdial.records import Dialogue, Language, Message
from streamdial.strategies import OWN_LINES, MinedRecording, RecordingStrategy, open_strategy
from streamdial.strategies.profile import Profile
from tests.dialogues import material
from tests.strategies.test_contract import OWN, build_answers, build_user, make


def open_profile(**options: int) -> Profile:
    strategy = open_strategy("profile", options)
    assert isinstance(strategy, Profile)
    return strategy


def build_state(language: Language = "en", answers: MinedAnswers | None = None) -> DialogueState:
    state = material.build_state(user=build_user(language, named=True))
    state.answers = answers if answers is not None else build_answers(language)
    return state


def list_made(dialogues: list[Dialogue]) -> list[str]:
    return [t.utterance for one in dialogues for t in one.turns if t.role == "user" and t.realisation != "real_line"]


def test_all_lines_of_a_viewer_who_asked_are_mined_and_the_others_are_counted(
    mined_recordings: dict[str, MinedRecording],
) -> None:
    recording = mined_recordings["zh"]
    strategy = open_profile(least=5)
    assert isinstance(strategy, RecordingStrategy)
    mined = strategy.mine(recording)
    written: dict[str, list[str]] = {}
    for message in recording.iterate_messages():
        written.setdefault(message.author or "", []).append(message.id)
    askers = {question.id: question.asker for question in recording.signals.questions}
    assert len(mined.seeds) > 2
    for seed in mined.seeds:
        (viewer,) = {askers[move.removeprefix(OWN_LINES)] for turn in seed.turns for move in turn.moves}
        assert len(seed.turns) >= 5 and {turn.evidence[0] for turn in seed.turns} <= set(written[viewer or ""])
        assert {key for key, asker in askers.items() if asker == viewer} == {
            move.removeprefix(OWN_LINES) for move in seed.turns[0].moves
        }
    few = len(set(askers.values())) - len(mined.seeds)
    assert mined.notes == (
        f"viewers with a profile: {len(mined.seeds)} of {len(set(askers.values()))} who asked; "
        f"{few} wrote fewer than 5 lines",
    )


def test_what_was_masked_or_is_in_another_language_shows_no_way_of_writing(
    mined_recordings: dict[str, MinedRecording],
) -> None:
    recording = mined_recordings["en"]
    asker = next(question.asker for question in recording.signals.questions if question.asker)
    texts = ("hi all", "is it far", "call [PHONE]", "请问这个套餐多少钱一位呀", "thanks", "👍")

    def iterate() -> Iterator[Message]:
        for number, text in enumerate(texts):
            yield Message(id=f"m{number}", source_id="s", text=text, author=asker)

    (seed,) = open_profile(least=2).mine(replace(recording, iterate_messages=iterate)).seeds
    assert [turn.utterance for turn in seed.turns] == ["hi all", "is it far", "thanks"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_users_write_as_their_viewer_and_say_the_same(language: Language) -> None:
    plain, made = make([], language), make([open_profile()], language)
    for dialogue, before in zip(made, plain, strict=True):
        assert [turn.act for turn in dialogue.turns] == [turn.act for turn in before.turns]
        assert [turn.inform for turn in dialogue.turns] == [turn.inform for turn in before.turns]
        assert all(turn.inner == {"profile_lines": "4"} for turn in dialogue.turns if turn.role == "user")
    own, near, far = (
        [read_manner(text, language) for text in texts]
        for texts in ([text for text, _ in OWN[language]], list_made(made), list_made(plain))
    )
    wanted, found, without = (fmean(one.length for one in lines) for lines in (own, near, far))
    assert abs(found - wanted) < abs(without - wanted)
    assert fmean(not one.end for one in near) > 0.8 > fmean(not one.end for one in far)
    if language == "en":
        assert fmean(one.lower for one in near) > 0.9 > fmean(one.lower for one in far)


def test_of_several_viewers_or_too_few_lines_nothing_is_inferred() -> None:
    assert open_profile().advise(StateView(build_state(), "user")) is not None
    assert open_profile(least=5).advise(StateView(build_state(), "user")) is None
    answers = build_answers("en")
    mixed = dict(answers.small_talk)
    first = next(iter(mixed))
    mixed[first] = [("somebody else", "x#0")] * 4
    if len(mixed) > 1:
        assert StateView(build_state(answers=MinedAnswers(small_talk=mixed)), "user").own_lines == ()
    assert StateView(build_state(answers=MinedAnswers()), "user").own_lines == ()


def test_it_is_nothing_to_a_user_of_another_language() -> None:
    state = build_state()
    state.user = state.user.model_copy(update={"language": "zh"})
    assert open_profile().advise(StateView(state, "user")) is None


def test_lines_of_a_viewer_are_no_part_of_the_note() -> None:
    advice = open_profile().advise(StateView(build_state(), "user"))
    assert advice is not None and advice.manner == tuple(text for text, _ in OWN["en"])
    assert not any(text in advice.note for text, _ in OWN["en"])
