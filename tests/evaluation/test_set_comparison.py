from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from streamdial.errors import ConfigurationError
from streamdial.evaluation.comparison import Evaluation, Row, evaluate
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.judges.judging import Judging
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.runner import (
    EvaluationOptions,
    HumanEvalOptions,
    export_human_eval,
    find_output,
    run_evaluation,
)
from streamdial.evaluation.tables import format_number, format_value, render_markdown
from streamdial.testing import HashingEmbedder, ScriptedChatModel
from tests.blueprints.blueprint_material import make_blueprint
from tests.evaluation.evaluation_material import make_set, make_talk
from tests.evaluation.test_reading_sets import PUBLISHED
from tests.exports.conftest import make_user

EN = make_set(
    *(
        make_talk(f"is number {n} still there?", f"Number {n} is gone, {n + 1} is there.", key=f"e{n}")
        for n in range(12)
    ),
    name="english",
)
ZH = make_set(
    *(make_talk(f"第{n}个还有吗", f"第{n}个没有了，还有别的。", key=f"z{n}", language="zh") for n in range(12)),
    name="chinese",
)
MIXED = make_set(*EN.talks[:6], *ZH.talks[:6], name="mixed")


async def measure(own: DialogueSet, other: DialogueSet | None = None, **more: object) -> Evaluation:
    return await evaluate(own, other, embedder=HashingEmbedder(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("own", [EN, ZH, MIXED, make_set(EN.talks[0], name="one")], ids=lambda known: known.name)
async def test_every_figure_has_a_value_or_a_reason(own: DialogueSet) -> None:
    found = await measure(own)
    assert len({row.own.key for row in found.rows}) == len(found.rows) > 25
    for row in found.rows:
        assert row.own.section and row.other is None
        assert (row.own.value is None) <= bool(row.own.reason), row.own
        if row.own.low is not None and row.own.high is not None and row.own.value is not None:
            assert row.own.low <= row.own.value <= row.own.high, row.own
    json.dumps(found.to_dict(), allow_nan=False)


async def test_an_empty_set_is_measured_to_nothing_with_reasons() -> None:
    found = await measure(make_set())
    assert all(row.own.value is None and row.own.reason for row in found.rows)
    assert found.notes == ("set: no dialogue could be read",)


async def test_mixed_languages_are_told_apart_where_the_unit_is_another() -> None:
    keys = {row.own.key: row.own for row in (await measure(MIXED)).rows}
    assert keys["distinct_1_en"].unit == "share of words" and keys["distinct_1_zh"].unit == "share of characters"
    assert keys["turns_per_dialogue"].basis == "12 dialogues"


async def test_two_sets_are_compared_point_by_point_on_equal_terms() -> None:
    small = replace(EN, talks=EN.talks[:4], name="small")
    found = await measure(EN, small)
    rows = {row.own.key: row for row in found.rows}
    assert rows["distinct_1_en"].own.basis.startswith("3 x ")
    assert rows["duplicates_at_0.5"].own.basis == "3 x 4 dialogues"
    assert rows["turns_per_dialogue"].own.basis == "12 dialogues"
    assert rows["frechet"].other is None and rows["frechet"].own.section == "Nearness to small"
    assert rows["shared_with_other"].own.value == 0.0
    assert all(row.other is None or row.other.key == row.own.key for row in found.rows)


async def test_sets_of_two_languages_share_what_needs_no_words() -> None:
    rows = {row.own.key: row for row in (await measure(EN, ZH)).rows}
    assert rows["distinct_1_zh"].own.reason == "no text in the language"
    assert rows["distinct_1_zh"].other is not None and rows["distinct_1_zh"].other.value is not None
    assert rows["speaker_changes"].apart is False
    assert rows["frechet"].own.reason == "the sets have no language in common"


async def test_a_set_against_itself_is_nowhere_apart() -> None:
    found = await measure(EN, EN)
    assert found.other == "english (other)"
    assert not any(row.apart for row in found.rows)
    assert all(row.other is None or row.own.value == row.other.value for row in found.rows)


async def test_the_same_seed_gives_the_same_figures() -> None:
    assert (await measure(EN, ZH)).to_dict() == (await measure(EN, ZH)).to_dict()


async def test_without_an_embedder_what_needs_one_says_so() -> None:
    rows = {row.own.key: row.own for row in (await evaluate(EN, ZH, embedder=None)).rows}
    assert rows["vendi"].reason == rows["frechet"].reason == "no embedder"


def answer(request: object) -> str:
    text = request.messages[-1].content  # type: ignore[attr-defined]
    return json.dumps({"reason": "r", "choice": "A"} if "tie" in text else {"reason": "r", "score": 4})


async def test_judges_rate_both_sets_and_choose_between_them() -> None:
    made = replace(EN, talks=tuple(replace(talk, model="local/qwen2.5") for talk in EN.talks))
    judge = ScriptedChatModel(answer, "openai/Qwen2-7B")
    judging = Judging(judges=[judge], judged=3, criteria=["overall", "persona_fit"])
    found = await measure(made, replace(EN, name="other"), judging=judging)
    rows = {row.own.key: row for row in found.rows}
    assert rows["overall_agent"].own.value == rows["overall_agent"].other.value == 4.0  # type: ignore[union-attr]
    assert "persona_fit_user" not in rows, "nobody has a persona"
    assert (rows["overall_user_wins"].own.value, rows["overall_user_order_decides"].own.value) == (0.5, 1.0)
    assert found.judged["anchored"]["openai/Qwen2-7B"]["distance"] is not None
    sections = [row.own.section for row in found.rows]
    assert sections == sorted(sections, key=sections.index), "what belongs together stands together"
    told = " ".join(found.notes)
    assert "it may prefer its own kind" in told and "gave 4 to all" in told
    assert "points from the settled scores" in told


async def test_a_criterion_that_is_none_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(ConfigurationError, match="no criterion 'charm'"):
        await measure(EN, judging=Judging(judges=[ScriptedChatModel([])], criteria=["charm"]))


async def test_judges_check_what_persona_and_path_ask_for_and_see_a_real_dialogue() -> None:
    def check(request: object) -> str:
        text = request.messages[-1].content  # type: ignore[attr-defined]
        items = [number for number in range(1, 9) if f"{number}. «The " in text and "Check each" in text]
        if not items:
            return json.dumps({"reason": "r", "score": 4})
        return json.dumps({"reason": "r", "answers": [{"item": item, "holds": item == 1} for item in items]})

    blueprint = make_blueprint(("opening", "closing"), [("opening", "closing")])
    talks = tuple(replace(talk, user="u", blueprint=blueprint.id, path="path 0") for talk in EN.talks)
    known = replace(EN, talks=talks, users={"u": make_user("u")}, blueprints={blueprint.id: blueprint})
    judge = ScriptedChatModel(check, "m")
    judging = Judging(judges=[judge], judged=2, criteria=["overall"], requirements=True, guide=ZH)
    found = await measure(known, judging=judging)
    rows = {row.own.key: row.own for row in found.rows}
    assert (rows["requirements_user_held"].value, rows["requirements_user_held"].unit) == (1.0, "share of statements")
    assert rows["requirements_agent_held"].value == pytest.approx(1 / 3)
    assert "chinese has no dialogue in en: those are judged without a measure" in found.notes
    assert found.settings["guide"] == "chinese"


def test_the_table_says_what_is_missing_and_escapes_what_it_shows() -> None:
    own = Statistic("distinct_2", 0.5, 0.4, 0.6, "share", "9 words", language="zh", section="Diversity")
    other = replace(own, value=0.7, low=0.65, high=0.8)
    lacking = Statistic("vendi", None, reason="no | embedder", section="Diversity")
    once = Statistic("frechet", 0.25, section="Nearness", reason="once")
    rows = (Row(own, other), Row(lacking, lacking), Row(once))
    text = render_markdown(Evaluation("a|b", "c", rows, notes=("<b>note</b>",)))
    assert "| distinct 2 (zh) | 0.500 [0.400, 0.600] | 0.700 [0.650, 0.800] | yes | share | 9 words |" in text
    assert "| vendi | n/a | n/a |  | share | no \\| embedder |" in text
    assert "| frechet | 0.250 | share | once |" in text
    assert "# Evaluation: a\\|b against c" in text and "- &lt;b>note" in text


def test_numbers_have_three_digits_that_count() -> None:
    assert [format_number(value) for value in (0.1234, 12.345, 123.45, 12345.6)] == [
        "0.123",
        "12.35",
        "123.5",
        "12,346",
    ]
    assert format_value(Statistic("x", 2.0)) == "2.000"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "car"
    folder.mkdir()
    (folder / "dialogue_0.json").write_text(json.dumps(PUBLISHED, ensure_ascii=False), encoding="utf-8")
    return folder


async def test_an_evaluation_is_written_where_it_is_asked_for(published: Path, tmp_path: Path) -> None:
    options = EvaluationOptions(folder=str(published), embedder="none")
    assert find_output(options) is None, "nothing is written into another's files"
    _, files = await run_evaluation(options.model_copy(update={"json_path": str(tmp_path / "out" / "e.json")}))
    assert [file.name for file in files] == ["e.json", "e.md"]
    found = json.loads(files[0].read_text("utf-8"))
    assert found["set"] == "car" and found["figures"]["turns_per_dialogue"]["value"] == 1.5
    assert any("left out: no turns 1, unreadable 1" in note for note in found["notes"])
    (published / "sessions").mkdir()
    assert find_output(options) == published / "evaluation" / "evaluation.json"
    against = options.model_copy(update={"against": str(tmp_path / "multiwoz")})
    assert find_output(against) == published / "evaluation" / "against_multiwoz.json"


async def test_people_are_asked_and_their_answers_taken_in(published: Path, tmp_path: Path) -> None:
    sheets = HumanEvalOptions(folder=str(published), out=str(tmp_path / "people"), annotators=1)
    files = export_human_eval(sheets)
    answers = next(file for file in files if file.name == "answers_1.csv")
    lines = answers.read_text("utf-8-sig")
    answers.write_text(lines.replace(",,,,,,,,,,,,,", ",4,4,4,4,4,4,4,4,4,4,4,4,fine"), encoding="utf-8")
    options = EvaluationOptions(folder=str(published), embedder="none", answers=(str(answers),))
    evaluation, _ = await run_evaluation(options)
    rows = {row.own.key: row.own for row in evaluation.rows}
    assert rows["naturalness_agent"].value == 4.0 and rows["naturalness_agent"].section == "People"
    assert "people: 24 scores of 24 cells" in evaluation.notes
    with pytest.raises(ConfigurationError, match="has an export already"):
        export_human_eval(sheets)


async def test_what_was_asked_for_money_or_time_is_kept_until_the_dialogues_change(
    published: Path, tmp_path: Path
) -> None:
    given = {"folder": str(published), "out": str(tmp_path / "people"), "annotators": 1, "criteria": ("overall",)}
    files = export_human_eval(HumanEvalOptions.model_validate(given))
    answers = next(file for file in files if file.name == "answers_1.csv")
    answers.write_text(answers.read_text("utf-8-sig").replace(",,,", ",5,3,"), encoding="utf-8")
    out = str(tmp_path / "out.json")
    options = EvaluationOptions(folder=str(published), embedder="none", json_path=out)
    await run_evaluation(options.model_copy(update={"answers": (str(answers),)}))
    again, _ = await run_evaluation(options)
    assert {row.own.key: row.own.value for row in again.rows}["overall_user"] == 5.0
    assert "kept from an earlier evaluation of these dialogues: People" in again.notes
    more = json.loads((published / "dialogue_0.json").read_text("utf-8"))
    (published / "dialogue_1.json").write_text(json.dumps(more[:1], ensure_ascii=False), encoding="utf-8")
    changed, _ = await run_evaluation(options)
    assert "overall_user" not in {row.own.key for row in changed.rows}
    assert "an earlier evaluation has figures of People for other dialogues; they are not kept" in changed.notes


async def test_answers_that_cannot_be_used_are_told_before_judges_are_paid(published: Path, tmp_path: Path) -> None:
    options = EvaluationOptions(
        folder=str(published), embedder="none", judges=("openai/nobody",), answers=(str(tmp_path / "lost.csv"),)
    )
    with pytest.raises(ConfigurationError, match=r"no key\.json"):
        await run_evaluation(options)


@pytest.mark.parametrize("other", [make_set(name="none"), make_set(make_talk("?!", "...", key="q"), name="wordless")])
async def test_a_set_is_compared_with_one_that_says_nothing(other: DialogueSet) -> None:
    found = await measure(EN, other)
    for row in found.rows:
        assert row.own.value is not None or row.own.reason
        assert row.other is None or row.other.value is not None or row.other.reason
    rows = {row.own.key: row for row in found.rows}
    assert rows["turns_per_dialogue"].own.value == 2.0
    assert rows["distinct_1_en"].own.value is not None, "nothing of the other set is no size to cut this one to"
