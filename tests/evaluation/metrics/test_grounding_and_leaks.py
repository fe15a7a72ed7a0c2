from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue, Fact
from streamdial.evaluation.metrics.grounding import (
    Claim,
    KnowledgeIndex,
    count_figures,
    find_support,
    measure_grounding,
)
from streamdial.evaluation.metrics.leakage import measure_personal_data, measure_shared_runs, measure_source_overlap
from streamdial.evaluation.metrics.recovery import count_recovered, measure_recovery, read_annotation, read_wording
from streamdial.records import Turn
from tests.evaluation.evaluation_material import make_set, make_talk, say

PACK = load_pack("automotive")
FACTS = (
    Fact("Meridian", "range", "540", "540 km"),
    Fact("Meridian", "price", "46900", "$46,900"),
    Fact("Juniper", "range", "380", "380 km"),
    Fact("", "warranty", "5 years", "5 years on every car"),
)
INDEX = KnowledgeIndex(FACTS, PACK, "en")


def talk_of(*turns: Turn, **more: str) -> EvaluatedDialogue:
    return EvaluatedDialogue("t", "en", turns, domain="automotive", user="u", agent="a", **more)


@pytest.mark.parametrize(
    ("entity", "slot", "value", "support"),
    [
        ("Meridian", "range", "540", "knowledge"),
        ("meridian", "range", "540", "knowledge"),
        ("Juniper", "range", "540", "none"),  # another car's
        ("Meridian", "range", "600", "none"),  # invented
        ("Meridian", "warranty", "5 years", "knowledge"),  # the account's own
        ("", "range", "380", "knowledge"),  # of any where none is named
        ("", "test_drive_day", "saturday", "user"),
        ("Meridian", "seats", "7", "evidence"),
        ("Meridian", "a_slot_of_another_pack", "7", "none"),
    ],
)
def test_a_claim_is_borne_out_by_knowledge_user_or_evidence(entity: str, slot: str, value: str, support: str) -> None:
    talk = talk_of(say("user", "saturday then", inform={"test_drive_day": "saturday"}), say("agent", "…"))
    assert find_support(Claim(1, entity, slot, value), talk, INDEX, ["it has 7 seats in three rows"]) == support


def test_what_the_user_says_later_bears_nothing_out() -> None:
    talk = talk_of(say("agent", "…"), say("user", "saturday", inform={"test_drive_day": "saturday"}))
    assert find_support(Claim(0, "", "test_drive_day", "saturday"), talk, INDEX, []) == "none"


def test_figures_in_the_wording_are_looked_up_without_annotation() -> None:
    talk = talk_of(
        say("user", "I have 30000 to spend"),
        say(
            "agent",
            "The Meridian goes 540 km, costs $46,900, and weighs 1,870 kg; one of 30000 like it.",
            entity="Meridian",
        ),
    )
    assert count_figures(talk, 1, INDEX, []) == (3, 4)
    assert count_figures(talk, 1, INDEX, ["weight 1870 kg"]) == (4, 4)


def test_a_figure_of_another_car_is_not_borne_out() -> None:
    assert count_figures(talk_of(say("agent", "It goes 380 km.", entity="Meridian")), 0, INDEX, []) == (0, 1)


def test_grounding_of_a_set_is_told_by_what_bears_it_out() -> None:
    known = make_set(
        talk_of(say("agent", "540 km", tell={"range": "540"}, entity="Meridian"), say("user", "ok")),
        talk_of(
            say("agent", "600 km", tell={"range": "600"}, entity="Meridian"),
            say(
                "agent",
                "380 against 540",
                tell={"range": "380"},
                entity="Juniper",
                tell_other={"range": "540"},
                other="Meridian",
            ),
        ),
        knowledge={"a": FACTS},
    )
    found = {figure.name: figure.value for figure in measure_grounding(known, PACK)}
    assert found["claims_supported"] == found["claims_from_knowledge"] == 3 / 4
    assert found["claims_from_user"] == found["claims_from_evidence"] == 0
    # 600 is annotated, so somebody meant to say it; that it is not in K the claims tell.
    assert found["figures_supported"] == 1.0


def test_sets_without_knowledge_have_nothing_to_bear_out() -> None:
    for known in (make_set(), make_set(make_talk("hi", "hello")), make_set(talk_of(say("agent", "540 km")))):
        assert {figure.reason for figure in measure_grounding(known, PACK)} == {"no K of the agents"}
    silent = make_set(talk_of(say("agent", "hello")), knowledge={"a": FACTS})
    assert {figure.reason for figure in measure_grounding(silent, PACK)} == {
        "no agent turn states a slot value",
        "no agent turn has a figure in it",
    }


def test_attributes_are_read_off_the_users_lines_alone() -> None:
    told = read_wording(["I want an electric car under $30,000", "how far does it go?"], PACK, "en", ["Meridian"])
    assert ("energy", "electric") in told.wishes and ("price", "30000") in told.wishes
    assert told.asked == {"range"}


def test_recovery_counts_the_annotation_that_the_wording_bears_out() -> None:
    turns = [
        say("user", "electric please, up to $30,000", inform={"energy": "electric", "price": "30000"}),
        say("agent", "ok"),
        say("user", "how far does it go?", request={"range": "?"}),
        say("user", "something", inform={"seats": "7"}),  # annotated and never said
    ]
    truth = read_annotation(turns)
    assert truth.wishes == {("energy", "electric"), ("price", "30000"), ("seats", "7")}
    told = read_wording([turn.utterance for turn in turns if turn.role == "user"], PACK, "en", [])
    assert count_recovered(truth, told) == (3, 4, 3)
    found = {figure.name: figure for figure in measure_recovery(make_set(talk_of(*turns)), PACK)}
    assert (found["attributes_recovered"].value, found["attributes_right"].value) == (3 / 4, 1.0)
    assert found["wishes_said"].reason == "no user persona with a wish can be read"


def test_a_wish_taken_back_and_no_preference_are_no_wishes() -> None:
    turn = say("user", "…", inform={"price": "", "energy": "dontcare", "seats": "7"})
    assert read_annotation([turn]).wishes == {("seats", "7")}


def test_sets_without_personas_or_a_pack_have_nothing_to_recover() -> None:
    for known, pack in ((make_set(make_talk("hi")), PACK), (make_set(talk_of(say("user", "hi"))), None)):
        assert all(figure.value is None and figure.reason for figure in measure_recovery(known, pack))


def test_runs_of_the_source_are_thirteen_words_or_twenty_characters() -> None:
    source = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    thirteen, twelve = " ".join(source.split()[:13]), " ".join(source.split()[:12])
    real = say("agent", f"Well, {thirteen}!", realisation="real_line")
    worded = say("agent", f"so {twelve} and on", realisation="model")
    known = make_set(EvaluatedDialogue("t", "en", (real, worded)), evidence={"e": source})
    found = {figure.name: figure.value for figure in measure_source_overlap(known)}
    assert found == {"source_overlap": 1 / 2, "source_overlap_worded": 0.0}
    text = "这款车的续航是五百四十公里而且充电只要二十八分钟"
    for length, value in ((20, 1.0), (19, 0.0)):
        chinese = make_set(make_talk(text[:length], language="zh"), evidence={"e": text})
        assert measure_source_overlap(chinese)[0].value == value


def test_shared_runs_are_counted_by_dialogue_and_language() -> None:
    line = "I am looking for a cheap place to stay in the north of the town please"
    own = [make_talk("hi", line), make_talk("hi", "hello")]
    assert measure_shared_runs(own, [make_talk(line.upper())]).value == 1 / 2
    assert measure_shared_runs(own, [make_talk("你好", language="zh")]).value == 0
    assert measure_shared_runs([], own).reason == "no dialogues"


def test_personal_data_is_counted_by_turn_and_placeholders_are_none() -> None:
    talks = [
        make_talk("my number is 13812345678", "Noted, [PHONE]"),
        make_talk("加我微信 lisi88888", "好", language="zh"),
    ]
    assert measure_personal_data(talks).value == 2 / 4
