from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.evaluation.dst.material import TrackingOptions
from streamdial.evaluation.dst.runner import find_tracking_output, run_tracking
from streamdial.evaluation.dst.sets import annotate_alike, read_made, read_real
from streamdial.models import build
from streamdial.records import Dialogue, Language, SeedDialogue, Turn
from streamdial.testing import HashingEmbedder, ScriptedChatModel
from tests.evaluation.test_reading_sets import write_multiwoz
from tests.exports.conftest import make_dialogue

pytest.importorskip("sklearn", reason="the extra `evaluate` is not installed")

LINES: dict[Language, tuple[str, str, str]] = {
    "en": ("I need {seats} seats.", "What may it cost?", "At most {price} dollars."),
    "zh": ("我要{seats}座的", "预算多少？", "{price}元以内"),
}


def make_turns(number: int, language: Language = "en") -> tuple[Turn, ...]:
    """A talk about seats and price; a different one for each number."""
    seats, price = str(4 + number % 5), str(20000 + 1000 * (number % 17))
    first, asks, second = LINES[language]
    return (
        Turn(turn_id=0, role="user", utterance=first.format(seats=seats), act="inform", inform={"seats": seats}),
        Turn(turn_id=1, role="agent", utterance=asks, act="request"),
        Turn(turn_id=2, role="user", utterance=second.format(price=price), act="inform", inform={"price": price}),
    )


def write_real(path: Path, numbers: Sequence[int], *, language: Language = "en", domain: str = "automotive") -> Path:
    """Write seed dialogues with the slots of the pack."""
    seeds = [
        SeedDialogue(id=f"{language}{n}", domain=domain, language=language, turns=make_turns(n, language))
        for n in numbers
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(seed.model_dump_json() for seed in seeds), encoding="utf-8")
    return path


def make_ours(numbers: Sequence[int], language: Language = "en") -> list[Dialogue]:
    return [make_dialogue(f"d{n:02d}", *make_turns(n, language), language=language) for n in numbers]


def write_run(folder: Path, dialogues: Sequence[Dialogue], kept: int) -> Path:
    """Write what is left of a run: shards and the filter's decision."""
    (folder / "dialogues").mkdir(parents=True)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    lines = "".join(dialogue.model_dump_json() + "\n" for dialogue in dialogues)
    (folder / "dialogues" / "shard-0.jsonl").write_text(lines, encoding="utf-8")
    (folder / "filter.json").write_text(json.dumps({"kept": [d.id for d in dialogues[:kept]]}), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closing(HashingEmbedder):
        def close(self) -> None:
            pass

    monkeypatch.setattr("streamdial.evaluation.dst.material.build_embedder", lambda name: Closing())


@pytest.fixture
def real(tmp_path: Path) -> Path:
    return write_real(tmp_path / "public" / "dialogues.jsonl", range(20))


async def test_the_protocol_is_run_on_a_run_and_written_beside_it(real: Path, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", make_ours(range(30, 42)), 5)
    options = TrackingOptions(folder=str(folder), real=(str(real),), shares=(0.1, 1.0), seeds=(0, 1))
    tracking, files = await run_tracking(options)
    assert (tracking.name, tracking.real, tracking.language) == ("run", ("dialogues.jsonl",), "en")
    assert (tracking.train, tracking.test, tracking.slots) == (14, 6, ("price", "seats"))
    assert [(trial.condition, trial.real, trial.synthetic) for trial in tracking.trials] == [
        ("constant state", 14, 0), ("look-up", 14, 0),
        ("real", 1, 0), ("real + filtered", 1, 5), ("real + random", 1, 5), ("real + semhash", 1, 5),
        ("real", 14, 0), ("real + filtered", 14, 5), ("real + random", 14, 5), ("real + semhash", 14, 5),
        ("filtered", 0, 5), ("random", 0, 5), ("semhash", 0, 5),
    ]  # fmt: skip
    assert [file.relative_to(folder).as_posix() for file in files] == [
        "evaluation/tracking.json",
        "evaluation/tracking.md",
    ]
    assert json.loads(files[0].read_text("utf-8"))["trials"][2]["means"]["jga"] is not None
    text = files[1].read_text("utf-8")
    assert "14 real dialogues to train on and 6 to score on" in text and "| real + semhash | 14 (100%) | 5 |" in text
    assert "slots of the pack the real dialogues never fill, left out: model," in text


async def test_files_to_score_on_are_not_trained_on(real: Path, tmp_path: Path) -> None:
    test = write_real(tmp_path / "public" / "test.jsonl", range(15, 25))
    tracking, files = await run_tracking(
        TrackingOptions(
            real=(str(real),), test=(str(test),), shares=(1.0,), seeds=(0,), domain="automotive", max_dialogues=4
        )
    )
    assert (tracking.train, tracking.test) == (15, 4)
    assert "5 real dialogues are among those scored on, and are not trained on" in tracking.notes
    assert "scored on 4 of 10 dialogues" in tracking.notes
    assert files == [], "nothing is written into another's files"


async def test_a_filter_that_dropped_nothing_has_nothing_to_be_compared_with(real: Path, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", make_ours(range(30, 34)), 4)
    tracking, _ = await run_tracking(TrackingOptions(folder=str(folder), real=(str(real),), shares=(1.0,), seeds=(0,)))
    assert [trial.condition for trial in tracking.trials][2:] == ["real", "real + filtered", "filtered"]
    assert any(note.startswith("the filter dropped nothing") for note in tracking.notes)


async def test_missing_states_unknown_slots_and_other_languages_are_counted(real: Path, tmp_path: Path) -> None:
    write_real(tmp_path / "public" / "dialogues_zh.jsonl", range(3), language="zh")
    silent = make_dialogue("d90", Turn(turn_id=0, role="user", utterance="Hi.", act="greet"))
    odd = make_dialogue(
        "d91",
        Turn(turn_id=0, role="user", utterance="A red one.", act="inform", inform={"colour_of_the_sky": "red"}),
        *make_turns(50)[1:],
    )
    folder = write_run(tmp_path / "run", [*make_ours(range(30, 33)), silent, odd, *make_ours([40], "zh")], 6)
    tracking, _ = await run_tracking(
        TrackingOptions(folder=str(folder), real=(str(real.parent),), shares=(1.0,), seeds=(0,))
    )
    assert tracking.language == "en"
    assert "real: other language 3" in tracking.notes
    assert "made: no state 1, other language 1, slot not in schema 1" in tracking.notes
    assert tracking.trials[-1].synthetic == 4


async def test_a_model_is_asked_on_the_same_dialogues(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedChatModel(lambda _: '{"changes": [{"slot": "sky", "value": "blue"}]}', "scripted")
    choice = build.ModelChoice(model, "planned", 2)
    monkeypatch.setattr("streamdial.evaluation.model_pool.build_chat_model", lambda name, **_: choice)
    tracking, _ = await run_tracking(
        TrackingOptions(
            real=(str(real),),
            shares=(1.0,),
            seeds=(0,),
            domain="automotive",
            models=("m",),
            shots=(0, 2),
            max_dialogues=2,
        )
    )
    asked = [(trial.condition, trial.real, trial.means["jga"]) for trial in tracking.trials[-2:]]
    assert asked == [("scripted, 0 examples", 0, 0.0), ("scripted, 2 examples", 2, 0.0)]
    assert any("of 8 turns, 0 answers could not be read" in note and "8 changes" in note for note in tracking.notes)
    assert "Seats" in model.requests[0].messages[0].content or "seats" in model.requests[0].messages[0].content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": ("nowhere",)}, "there is nothing at nowhere"),
        ({"folder": "nowhere"}, "there is nothing at nowhere"),
        ({"domain": "hotel"}, "has no dialogue about hotel.* with states"),
        ({"shares": (2.0,)}, r"a share of 2\.0"),
        ({"models": ("nobody",)}, "names no provider"),
    ],
)
async def test_what_cannot_be_done_is_said(real: Path, change: dict[str, object], message: str) -> None:
    options = TrackingOptions(real=(str(real),), shares=(1.0,), seeds=(0,)).model_copy(update=change)
    with pytest.raises(ConfigurationError, match=message):
        await run_tracking(options)


async def test_dialogues_of_another_domain_cannot_be_trained_on(real: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    hotel = [dialogue.model_copy(update={"domain": "hotel"}) for dialogue in make_ours(range(3))]
    write_run(folder, hotel, 3)
    options = TrackingOptions(folder=str(folder), real=(str(real),), domain="automotive", shares=(1.0,), seeds=(0,))
    with pytest.raises(ConfigurationError, match=r"no dialogue of run can be trained on \(mostly other domain 3\)"):
        await run_tracking(options)


def test_runs_data_sets_and_public_sets_are_told_apart(tmp_path: Path, real: Path) -> None:
    ours = make_ours(range(3))
    run = read_made(write_run(tmp_path / "run", ours, 2), Counts("made"))
    assert (run.label, len(run.kept), len(run.everything)) == ("filtered", 2, 3)
    export = tmp_path / "other" / "dataset"
    (export / "sessions").mkdir(parents=True)
    lines = [json.dumps({"dialogue": json.loads(dialogue.model_dump_json())}) for dialogue in ours]
    (export / "sessions" / "train.jsonl").write_text("\n".join([*lines, '{"no": "dialogue"}']), encoding="utf-8")
    counts = Counts("made")
    exported = read_made(export, counts)
    assert (exported.name, exported.label, len(exported.kept), exported.everything) == ("other", "synthetic", 3, ())
    assert counts.dropped == {"unreadable": 1}
    public = read_made(real.parent, Counts("made"))
    assert (public.label, len(public.kept)) == ("public", 20)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has not been filtered yet"):
        read_made(tmp_path / "half", Counts("made"))


def test_dialogues_that_come_twice_are_read_once(tmp_path: Path, real: Path) -> None:
    write_real(tmp_path / "public" / "dialogues_again.jsonl", range(5))
    counts = Counts("real")
    assert len(read_real([real.parent], None, counts)) == 20
    assert counts.dropped["twice"] == 5
    write_multiwoz(tmp_path / "public" / "dialogues_multiwoz.json")
    assert len(read_real([real.parent], None, Counts("real"))) == 21, "a set without a pack keeps its own slots"


def test_figures_lie_where_they_are_asked_for(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", make_ours(range(1)), 1)
    assert find_tracking_output(TrackingOptions(real=("x",))) is None
    assert find_tracking_output(TrackingOptions(real=("x",), folder=str(tmp_path))) is None
    given = TrackingOptions(real=("x",), folder=str(folder), json_path="y.json")
    assert find_tracking_output(given) == Path("y.json")


def test_ours_are_annotated_as_public_sets_are() -> None:
    pack = load_pack("restaurant")
    turns = (
        Turn(turn_id=0, role="user", utterance="A table for 6?", act="inform", inform={"people": "6"}),
        Turn(turn_id=1, role="agent", utterance="The Garden Set.", act="recommend", entity="Garden Set"),
        Turn(turn_id=2, role="user", utterance="That one.", act="accept", entity="Garden Set"),
    )
    ours = [make_dialogue("d", *turns).model_copy(update={"domain": "restaurant"})]
    (named,) = annotate_alike(ours, pack, ("restaurant_name", "party_size"))
    assert [turn.inform for turn in named.turns] == [
        {"people": "6", "party_size": "6"},
        {},
        {"restaurant_name": "Garden Set"},
    ]
    (own,) = annotate_alike(ours, pack, ("set_menu", "people", "party_size"))
    assert [turn.inform for turn in own.turns] == [{"people": "6"}, {}, {"set_menu": "Garden Set"}]
    assert annotate_alike(ours, None, ("restaurant_name",)) == ours
    (plain,) = annotate_alike(ours, pack, ("cuisine",))
    assert plain == ours[0]


async def test_slots_the_set_never_fills_are_left_out_on_request(real: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    seats_alone = [dialogue.model_copy(update={"turns": dialogue.turns[:1]}) for dialogue in make_ours(range(4))]
    write_run(folder, seats_alone, 4)
    given = {"folder": str(folder), "real": (str(real),), "domain": "automotive", "shares": (1.0,), "seeds": (0,)}
    every, _ = await run_tracking(TrackingOptions(**given))
    both, _ = await run_tracking(TrackingOptions(**given, scored="both"))
    assert every.slots == ("price", "seats")
    assert both.slots == ("seats",)
    assert "slots the set never fills, left out: price" in both.notes


async def test_a_tracker_learns_in_one_language_and_is_scored_in_another(tmp_path: Path) -> None:
    write_real(tmp_path / "public" / "dialogues_en.jsonl", range(10))
    write_real(tmp_path / "public" / "dialogues_zh.jsonl", range(6), language="zh")
    given = {"real": (str(tmp_path / "public"),), "domain": "automotive", "shares": (1.0,), "seeds": (0,)}
    across, _ = await run_tracking(TrackingOptions(**given, train_language="zh", test_language="en"))
    assert (across.train, across.test, across.language) == (6, 10, "en")
    assert "trained on real dialogues in zh, scored on those in en" in across.notes
    within, _ = await run_tracking(TrackingOptions(**given, test_language="zh"))
    assert (within.train + within.test, within.language) == (6, "zh")
    same, _ = await run_tracking(TrackingOptions(**given, train_language="en"))
    assert (same.train + same.test, same.language) == (10, "en")
    ours = write_run(tmp_path / "run", make_ours(range(8)), 8)
    both, _ = await run_tracking(TrackingOptions(**given, train_language="zh", test_language="en", folder=str(ours)))
    mixed = next(trial for trial in both.trials if trial.condition == "real + filtered")
    alone = next(trial for trial in both.trials if trial.condition == "real")
    assert (mixed.means["f1"] or 0) > (alone.means["f1"] or 0), "ours in the language scored on are of use"
