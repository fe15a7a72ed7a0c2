"""Dialogues that follow a given plan; how a strong model's answers are recorded and played back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from material import MATCH, PACK, build_expert, build_user, say

from benchmarks.dialogue_variety import measure_variety
from benchmarks.strong_cassette import (
    Answer,
    CassetteModel,
    Entry,
    Frozen,
    UnansweredError,
    build_answer,
    read_answers,
    read_folder,
    split_call,
    write_answers,
    write_frozen,
)
from benchmarks.strong_player import Played, list_lines, open_player
from benchmarks.strong_recording import step
from benchmarks.strong_replay import count_replays, find_unrelated, list_fallbacks, replay_all
from streamdial.models import ChatMessage, ChatRequest
from streamdial.planning import AgentPlanner, GivenPlan, UserPlanner
from streamdial.planning.storyline import Storyline
from streamdial.planning.turns import build_turn
from streamdial.testing import ObedientModel

EXPERT = build_expert("en")


def build_entry(way: str, number: int = 0) -> Entry:
    assignment: dict[str, Any] = {
        **{"number": number, "id": f"d{number}", "user": build_user("en").id, "agent": EXPERT.persona.id},
        **{"blueprint": EXPERT.blueprint.id, "path": EXPERT.blueprint.paths[0].name, "seed": number + 7},
        **{"strategy": "", "planned": [], "avoided": [], "then": [], "rules": False, "match": MATCH.model_dump()},
    }
    return Entry(f"en-{way}-{number:02d}", way, assignment, GivenPlan(Storyline("success")))


def freeze(*ways: str) -> Frozen:
    people = [
        {"type": type(record).__name__, "record": record.model_dump(mode="json")}
        for record in (build_user("en"), EXPERT.persona, EXPERT.blueprint)
    ]
    frozen = Frozen("en", PACK.id, {"min_turns": 8, "max_turns": 24}, tuple(people), ())
    with open_player(frozen, CassetteModel({})) as player:
        entries = (build_entry(way, number) for number, way in enumerate(ways))
        planned = tuple(entry._replace(given=player.plan(entry.assignment)) for entry in entries)
    return Frozen("en", PACK.id, frozen.limits, frozen.people, planned)


def play(frozen: Frozen, model: CassetteModel) -> list[Played]:
    with open_player(frozen, model) as player:
        return [player.play(entry) for entry in frozen.entries]


def request(seed: int) -> ChatRequest:
    return ChatRequest(messages=(ChatMessage(role="user", content="u"),), seed=seed, purpose="dialogue")


def test_what_was_recorded_is_played_back_whatever_planners_do_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = freeze("dialogue", "turn")
    answers: dict[str, Answer] = {}
    first = play(frozen, CassetteModel(answers, other=ObedientModel()))
    write_frozen(frozen, tmp_path)
    write_answers(answers.values(), tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("a planner was asked")

    monkeypatch.setattr(UserPlanner, "plan", refuse)
    monkeypatch.setattr(AgentPlanner, "plan", refuse)
    (replay,) = replay_all(tmp_path)
    assert replay.frozen == frozen
    assert [one.dialogue.turns for one in replay.played] == [one.dialogue.turns for one in first]
    for one in replay.played:
        planned = [build_turn(plan, number) for number, plan in enumerate(one.entry.given.plans)]
        assert all(plan.says_the_same(turn) for plan, turn in zip(planned, one.dialogue.turns, strict=True))
    figures = count_replays([replay])
    assert (figures["replayed_dialogue"], figures["replayed_turn"], figures["replayed_usable"]) == (1, 1, 2)
    assert figures["unanswered_calls"] == figures["prompts_changed"] == figures["fallbacks"] == 0
    assert figures["good_lines"] >= 16 and figures["good_lines_refused"] == 0
    assert write_frozen(frozen, tmp_path).read_bytes() == write_frozen(frozen, tmp_path).read_bytes()


def test_a_careless_line_is_caught_and_worded_again() -> None:
    frozen = freeze("dialogue")
    answers: dict[str, Answer] = {}
    play(frozen, CassetteModel(answers, other=ObedientModel("wrong_figure", stubborn=False, every=3)))
    whole = answers["en-dialogue-00.dialogue.00.0"]
    assert isinstance(whole.answer, dict)
    whole.careless = {str(line["turn"] - 1): "figure" for line in whole.answer["turns"] if line["turn"] % 3 == 0}
    (played,) = play(frozen, CassetteModel(answers))
    lines = list(list_lines(played, answers))
    assert {line.turn for line in lines if line.check} == {line.turn for line in lines if line.careless}
    assert {line.check for line in lines if line.check} == {"invented_number"}
    assert not list_fallbacks(played)


def test_what_nobody_answered_is_worded_by_the_house_and_counted() -> None:
    frozen = freeze("dialogue")
    (played,) = play(frozen, CassetteModel({}))
    assert list(played.missing) == ["en-dialogue-00.dialogue.00.0", "en-dialogue-00.dialogue.00.1"]
    fallbacks = list_fallbacks(played)
    assert fallbacks and {find_unrelated(played, number) for number in fallbacks} == {""}


def test_recording_goes_on_round_by_round_until_all_is_answered(tmp_path: Path) -> None:
    data, folder, answering = tmp_path / "data", tmp_path / "folder", ObedientModel()
    frozen = freeze("turn")
    write_frozen(frozen, data)
    plans = frozen.entries[0].given.plans
    rounds = 0
    while waiting := step(data, folder):
        rounds += 1
        assert (folder / "outline-en-turn-00.txt").is_file()
        (call,) = waiting
        prompt = (folder / f"{call}.txt").read_text(encoding="utf-8").partition("\n\n[schema of the answer]")[0]
        assert split_call(call)[2] < len(plans)
        text = answering._answer_guided(ChatRequest(messages=(ChatMessage(role="user", content=prompt),), seed=rounds))
        answering.requests.append(request(0))
        (folder / f"{call}.json").write_text(text, encoding="utf-8")
    assert rounds >= 6
    assert all(answer.prompt for answer in read_answers(data).values())
    assert not list(folder.glob("*.txt"))


def test_a_fault_made_on_purpose_stands_beside_the_words_and_not_in_the_answer(tmp_path: Path) -> None:
    line = {"id": "en-turn-01.user_turn.04.1", "utterance": "it is $1", "careless": "figure"}
    (tmp_path / "round.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    whole = {"turns": [{"turn": 3, "utterance": "hm", "careless": "promise"}, {"turn": 4, "utterance": "ok"}]}
    (tmp_path / "en-dialogue-00.dialogue.00.0.json").write_text(json.dumps(whole), encoding="utf-8")
    of_dialogue, of_turn = read_folder(tmp_path)
    assert (of_turn.answer, of_turn.careless) == ({"utterance": "it is $1"}, {"4": "figure"})
    assert of_dialogue.careless == {"2": "promise"}
    assert "careless" not in of_dialogue.text
    assert split_call(of_turn.id) == ("en-turn-01", "user_turn", 4, 1)


async def test_a_model_that_waits_stops_at_the_first_open_prompt() -> None:
    model = CassetteModel({"a.dialogue.00.0": build_answer("a.dialogue.00.0", {"turns": []})}, waits=True)
    model.begin("a")
    assert (await model.complete(request(5000))).text == '{"turns": []}'
    with pytest.raises(UnansweredError, match=r"a\.dialogue\.00\.1"):
        await model.complete(request(5001))


def test_a_line_of_the_house_that_has_nothing_to_do_with_its_place_is_found() -> None:
    asked = say("user", "ask", "how far does it go?", 0, request={"range": "?"}, entity="Aster")
    entry = build_entry("direct")
    (played,) = play(freeze("dialogue"), CassetteModel({}))
    for turn, why in (
        (say("agent", "recommend", "I'd take the Aster.", 1, entity="Aster"), "passes_over"),
        (say("agent", "answer", "480 km.", 1, entity="Aster", tell={"range": "480"}), ""),
        (say("agent", "no_answer", "I don't know.", 1, entity="Aster"), ""),
    ):
        dialogue = played.dialogue.model_copy(update={"turns": (asked, turn)})
        assert find_unrelated(played._replace(entry=entry, dialogue=dialogue), 1) == why
    greeting = say("agent", "answer", "Hello! 480 km.", 2, entity="Aster", tell={"range": "480"})
    dialogue = played.dialogue.model_copy(update={"turns": (say("agent", "greet", "hi", 0), asked, greeting)})
    assert find_unrelated(played._replace(entry=entry, dialogue=dialogue), 2) == "late_greeting"


def test_variety_is_told_by_arcs_lengths_and_the_turn_of_the_budget() -> None:
    (played,) = play(freeze("dialogue"), CassetteModel({}))
    one = played.dialogue
    turns = (say("user", "greet", "hi there", 0), say("agent", "greet", "hello", 1))
    stating = say("user", "inform", "at most $30,000", 2, inform={"price": "30000"})
    short = one.model_copy(update={"turns": (*turns, stating)})
    variety = measure_variety([short, short, one.model_copy(update={"turns": turns})], PACK)
    assert variety.arcs == pytest.approx(2 / 3)
    assert variety.budget == {3: 2, 0: 1}
    assert variety.turns == pytest.approx((2.2, 3, 3))
