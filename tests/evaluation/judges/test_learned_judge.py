"""A judge learnt from made votes whose rule is known."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError
from streamdial.evaluation.dialogues import EvaluatedDialogue
from streamdial.evaluation.judges.learned import (
    LEAST,
    Scored,
    fit_judge,
    list_features,
    list_votes,
    measure_learned,
    read_judge,
    write_judge,
)
from streamdial.evaluation.runner import EvaluationOptions, HumanEvalOptions, export_human_eval, run_evaluation
from streamdial.records import Language
from tests.evaluation.evaluation_material import make_talk

pytest.importorskip("sklearn")
WORDS: dict[Language, tuple[str, str]] = {
    "en": ("room lake quiet early late cheap", " "),
    "zh": ("房 湖 静 早 晚 便", ""),
}


def draw_talk(number: int, language: Language = "en") -> EvaluatedDialogue:
    """A dialogue whose agent says as many words as the number is large, its user any number."""
    rng = random.Random(number)
    words, gap = WORDS[language]
    lines = []
    for _ in range(4):
        lines += [gap.join(rng.choices(words.split(), k=rng.randint(2, 9)))]
        lines += [gap.join(rng.choices(words.split(), k=2 + number % 25))]
    return make_talk(*lines, key=f"t{number}", language=language)


def vote(talk: EvaluatedDialogue) -> float:
    """The rule that is to be learnt: the longer the agent, the better."""
    return float(1 + 4 * (int(talk.id[1:]) % 25) // 24)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_rule_behind_votes_is_learnt_and_holds_for_dialogues_not_seen(language: Language) -> None:
    talks = [draw_talk(number, language) for number in range(120)]
    judge = fit_judge(Scored(talk, "agent", "overall", vote(talk)) for talk in talks[:80])
    told = judge.fields["overall_agent"]
    assert told.scores == 80 and told.spearman is not None and told.kappa is not None
    assert told.spearman > 0.9 and told.kappa > 0.8
    for talk in talks[80:]:
        assert judge.score(talk, "overall_agent") == pytest.approx(vote(talk), abs=1)


def test_votes_without_a_rule_are_told_to_be_none() -> None:
    rng = random.Random(3)
    judge = fit_judge(Scored(draw_talk(n), "user", "overall", rng.randint(1, 5)) for n in range(100))
    told = judge.fields["overall_user"]
    assert told.spearman is not None and abs(told.spearman) < 0.35
    assert told.kappa is not None and abs(told.kappa) < 0.3


def test_several_votes_for_one_dialogue_are_one_mean() -> None:
    talks = [draw_talk(number) for number in range(40)]
    two = [Scored(t, "agent", "overall", vote(t) + off) for t in talks for off in (-0.5, 0.5)]
    one = [Scored(t, "agent", "overall", vote(t)) for t in talks]
    assert fit_judge(two) == fit_judge(one)


def test_too_few_or_equal_votes_teach_nothing() -> None:
    few = [Scored(draw_talk(n), "agent", "overall", vote(draw_talk(n))) for n in range(LEAST - 1)]
    with pytest.raises(ConfigurationError, match=f"has {LEAST - 1} dialogues"):
        fit_judge(few)
    with pytest.raises(ConfigurationError, match="no judge can be learnt"):
        fit_judge([one._replace(score=3.0) for one in (*few, *few)])


def test_a_judge_is_read_back_as_it_was_and_says_how_far_it_agrees(tmp_path: Path) -> None:
    talks = [draw_talk(number) for number in range(50)]
    judge = fit_judge(Scored(talk, "agent", "overall", vote(talk)) for talk in talks)
    path = write_judge(judge, tmp_path / "judge.json")
    again = read_judge(path)
    assert again == judge
    (figure,) = measure_learned(again, talks)
    assert figure.name == "overall_agent_learned" and figure.section == "Learned judge"
    assert figure.value == pytest.approx(sum(map(vote, talks)) / 50, abs=0.2)
    assert figure.basis.startswith("learnt from 50 dialogues; unseen: rho 0.9")
    path.write_text(path.read_text(encoding="utf-8").replace('"turns"', '"moons"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="another version"):
        read_judge(path)
    (tmp_path / "no.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no learned judge can be read"):
        read_judge(tmp_path / "no.json")


def test_votes_of_a_panel_are_its_combined_ratings() -> None:
    talk = draw_talk(1)
    rating = {"kind": "rating", "criterion": "overall", "side": "user", "subjects": ["s/t1"], "value": 4.0}
    judged = {
        "answers": [
            rating,
            {**rating, "value": None},
            {**rating, "kind": "choice"},
            {**rating, "subjects": ["s/other"]},
        ]
    }
    assert list_votes(judged, {"s/t1": talk}) == [Scored(talk, "user", "overall", 4.0)]
    assert list_votes({}, {}) == []
    assert len(list_features(talk, "user")) == len(list_features(make_talk("hi"), "agent"))


def write_seeds(folder: Path, talks: list[EvaluatedDialogue]) -> Path:
    """The dialogues in the form of MultiWOZ 2.1."""
    body = {talk.id: {"goal": {}, "log": [{"text": t.utterance, "metadata": {}} for t in talk.turns]} for talk in talks}
    folder.mkdir()
    (folder / "dialogues.json").write_text(json.dumps(body), encoding="utf-8")
    return folder


def test_people_teach_a_judge_that_scores_another_set(tmp_path: Path) -> None:
    own = write_seeds(tmp_path / "own", [draw_talk(number) for number in range(60)])
    sheets = tmp_path / "sheets"
    export_human_eval(HumanEvalOptions(folder=str(own), out=str(sheets), count=60, annotators=1, criteria=("overall",)))
    path = sheets / "for_people" / "answers_1.csv"
    key = json.loads((sheets / "key.json").read_text(encoding="utf-8"))["items"]
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for row in rows:
            score = round(vote(draw_talk(int(key[row["item"]]["dialogue"][1:]))))
            writer.writerow({**row, "overall_agent": score, "overall_user": 3})
    judge = tmp_path / "judge.json"
    options = EvaluationOptions(
        folder=str(own), answers=(str(path),), fit_judge=str(judge), embedder="none", json_path=str(tmp_path / "a.json")
    )
    _, files = asyncio.run(run_evaluation(options))
    assert judge in files and list(read_judge(judge).fields) == ["overall_agent"]
    other = write_seeds(tmp_path / "other", [draw_talk(number) for number in range(100, 125)])
    options = EvaluationOptions(
        folder=str(other), learned_judge=str(judge), embedder="none", json_path=str(tmp_path / "b.json")
    )
    evaluation, _ = asyncio.run(run_evaluation(options))
    (row,) = [row for row in evaluation.rows if row.own.section == "Learned judge"]
    assert row.own.value == pytest.approx(sum(vote(draw_talk(n)) for n in range(100, 125)) / 25, abs=0.4)
