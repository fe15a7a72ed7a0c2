"""Grounding acts are told by the words of a turn, and done as often as people do them."""

from __future__ import annotations

import csv

import pytest

from benchmarks.dialogues import ROOT
from benchmarks.grounding_acts import LABELS, measure
from streamdial.evaluation.dialogues import DialogueSet, view_dialogue
from streamdial.evaluation.metrics.grounding_acts import label_acts, measure_grounding_acts, measure_kappa
from streamdial.planning.talk_view import StateView
from streamdial.records import Language
from streamdial.strategies import open_strategy
from streamdial.strategies.grounding import NOTES, list_done, load_shares
from tests.dialogues import material
from tests.dialogues.material import say
from tests.strategies.test_contract import make


@pytest.mark.parametrize(
    ("language", "text", "acts"),
    [
        ("en", "Sure, what day suits you?", {"acknowledge", "follow_up"}),
        ("en", "I can help with that. It costs $20.", {"acknowledge"}),
        ("en", "You mean the blue one?", {"clarify"}),
        ("en", "It has five seats. Anything else?", {"follow_up"}),
        ("en", "Good evening and welcome.", set()),
        ("en", "Yes, it does.", set()),
        ("en", "I'm sorry, there is none.", set()),
        ("en", "You're welcome, bye.", set()),
        ("en", "The pool is open. So a family room, right?", {"clarify"}),
        ("zh", "好的，您哪天来？", {"acknowledge", "follow_up"}),
        ("zh", "您是说靠湖的那间吗？", {"clarify"}),
        ("zh", "这家酒店周边没有景点呢。", set()),
        ("zh", "明白，含早餐。", {"acknowledge"}),
        ("zh", "好玩的地方有三个。", set()),
        ("zh", "可以免费停车。", set()),
        ("zh", "对不起，没有了。", set()),
    ],
)
def test_acts_are_told_by_words(language: Language, text: str, acts: set[str]) -> None:
    assert label_acts(text, language) == acts


def test_kappa_is_agreement_beyond_chance() -> None:
    yes, no = True, False
    assert measure_kappa([yes, yes, no, no], [yes, no, no, no]) == pytest.approx(0.5)
    assert measure_kappa([yes, no], [no, yes]) == -1
    assert measure_kappa([no, no], [no, no]) is None


def test_shares_are_of_the_agents_turns_behind_a_users() -> None:
    (made,) = make([])[:1]
    turns = (
        say("agent", "greet", "Okay, hello?"),
        say("user", "ask", "Sure?"),
        say("agent", "answer", "Sure, it has.", entity="Calder"),
        say("user", "ask", "And?"),
        say("agent", "answer", "It has. Anything else?"),
    )
    talk = view_dialogue(made.model_copy(update={"turns": turns}))
    found = {one.name: one.value for one in measure_grounding_acts(DialogueSet("mine", (talk,)))}
    assert found == {"grounding_acknowledge": 0.5, "grounding_clarify": 0.0, "grounding_follow_up": 0.5}
    assert measure_grounding_acts(DialogueSet("none", ())) == []
    chinese = view_dialogue(make([], "zh")[0])
    both = measure_grounding_acts(DialogueSet("both", (talk, talk, chinese)))
    assert [one.language for one in both] == ["en"] * 3 + ["zh"] * 3 and both[0].value == 0.5


def test_labels_by_hand_are_of_ids_alone_and_agree_with_the_labeller() -> None:
    with LABELS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 400 and all(row["dialogue"].isalnum() and row["turn"].isdigit() for row in rows)
    figures = measure(ROOT.parent / "shared" / "data")
    if not figures:
        pytest.skip("the public sets are not at hand")
    kappas = {name: value for name, value in figures.items() if name.startswith("kappa")}
    assert set(kappas) == {
        *("kappa_agent_acknowledge_en", "kappa_agent_follow_up_en", "kappa_user_acknowledge_en"),
        *("kappa_agent_acknowledge_zh", "kappa_user_acknowledge_zh"),
    }
    assert min(kappas.values()) > 0.8
    for language, shares in load_shares().items():
        for act, share in shares.items():
            assert figures[f"grounding_{act}_{language}"] == pytest.approx(share, abs=0.0006)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_turn_does_what_its_dialogue_is_behind_on(language: Language) -> None:
    asked = say("user", "ask", request={"range": "?"}, entity="Calder")
    state = material.build_state(language, turns=(asked,))

    def advise(**shares: float) -> tuple[tuple[str, ...], str, str]:
        strategy = open_strategy("grounding", {"shares": shares})
        advice = strategy.advise(StateView(state, "agent"))  # type: ignore[attr-defined]
        assert advice is not None
        return advice.moves, advice.inner["grounding"], advice.note

    none = {"acknowledge": 0.0, "clarify": 0.0, "follow_up": 0.0}
    assert advise(**none) == ((), "none", NOTES[language][""])
    assert advise(**none | {"follow_up": 1.0}) == (("offer_more",), "follow_up", NOTES[language]["follow_up"])
    assert advise(**none | {"acknowledge": 1.0})[0] == ("react.question",)
    state.add(say("agent", "answer", number=1, moves=("act:answer", "bridge:offer_more")))
    state.add(asked)
    assert advise(**none | {"follow_up": 0.5})[1] == "none"


def test_what_was_done_is_read_off_the_labels() -> None:
    assert list_done(say("agent", "request")) == {"follow_up"}
    assert list_done(say("agent", "answer", moves=("react:react.question", "act:answer"))) == {"acknowledge"}
    assert list_done(say("agent", "request", moves=("react:react.support.question",))) == {"clarify", "follow_up"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_no_share_nothing_is_asked_on(language: Language) -> None:
    strategy = open_strategy("grounding", {"shares": {"acknowledge": 0.0, "clarify": 0.0, "follow_up": 0.0}})
    names = [name for made in make([strategy], language) for turn in made.turns for name in turn.moves]
    assert "bridge:offer_more" not in names and "react:react.question" not in names
    often = make([open_strategy("grounding", {"shares": {"follow_up": 1.0}})], language)
    assert "bridge:offer_more" in [name for made in often for turn in made.turns for name in turn.moves]
