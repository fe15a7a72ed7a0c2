from __future__ import annotations

import pytest

from benchmarks.strong import build_account, load_answers, measure_checks
from streamdial.claims import Fault, Reading, Situation, find_confusion, list_promises
from streamdial.records import AgentPersona, AgentStyle, Observed, Provenance, Role


def situate(role: Role, focus: str = "", account: str = "car_en", scene: str = "o", **more: object) -> Situation:
    line = load_answers()[0][account]
    shown = line["scenes"][scene]
    fields = {
        "role": role,
        "language": line["language"],
        "knowledge": build_account(account)[0],
        "focus": focus,
        "wishes": line["wishes"],
        "stated": shown["stated"],
        "said": tuple(map(tuple, shown["said"])),
    }
    return Situation(**{**fields, **more})  # type: ignore[arg-type]


def read(text: str, situation: Situation, account: str = "car_en") -> Reading:
    return build_account(account)[1].read(text, situation)


def judge(text: str, situation: Situation, account: str = "car_en") -> str:
    fault = build_account(account)[1].judge(text, situation)
    return fault.check if fault else ""


def test_the_set_has_both_sides_both_languages_and_good_and_bad_in_about_equal_parts() -> None:
    answers = load_answers()[1]
    assert len(answers) >= 400
    assert len({answer["id"] for answer in answers}) == len(answers)
    for split in ("dev", "held"):
        part = [answer for answer in answers if answer["split"] == split]
        assert len(part) >= 200
        assert 0.4 <= sum(answer["good"] for answer in part) / len(part) <= 0.6
        assert {(answer["language"], answer["role"]) for answer in part} == {
            (language, role) for language in ("en", "zh") for role in ("user", "agent")
        }


def test_good_answers_pass_and_bad_ones_do_not_on_the_part_the_checks_were_built_on() -> None:
    figures = measure_checks("dev")
    assert figures["good_refused"] <= 0.02
    assert figures["bad_accepted"] <= 0.05
    assert figures["labels_read"] >= 0.95


def test_good_answers_pass_and_bad_ones_do_not_on_the_part_that_was_held_out() -> None:
    # Whoever looks which ones of them are refused has held nothing out.
    figures = measure_checks("held")
    assert figures["good_refused"] <= 0.02
    assert figures["bad_accepted"] <= 0.05
    assert figures["labels_read"] >= 0.9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Plug-in hybrids like the Model 7 have seven seats.", {"Model 7": {"energy": "plug_in_hybrid", "seats": "7"}}),
        (
            "A rear-wheel-drive sedan with 640 kilometres of range.",
            {"Calder": {"drive": "rwd", "body_type": "sedan", "range": "640"}},
        ),
        ("It's not an SUV.", {}),
        ("The Aster does 480 km, the Calder 640.", {"Aster": {"range": "480"}}),
    ],
)
def test_facts_are_read_by_thing_with_plurals_hyphens_and_negation(text: str, told: dict[str, dict[str, str]]) -> None:
    assert read(text, situate("agent", "Calder")).tell == told


def test_a_wish_a_revision_and_an_offer_are_told_apart() -> None:
    assert read("40k at most, an EV", situate("user")).inform == {"price": "40000", "energy": "electric"}
    pressed = situate("user", "Model 7", scene="n")
    assert read("I could go up to 44,000", pressed).revise == {"price": "44000"}
    assert read("could you do 42,000?", situate("user", "Model 7", scene="m")).offer == "42000"


def test_what_is_asked_and_compared_is_read() -> None:
    reading = read("How far does the Calder go compared to the Aster?", situate("user", "Calder"))
    assert reading.request == ("range",)
    assert reading.compare == ("Calder", "Aster")
    assert read("That's 160 km more than the Aster.", situate("agent", "Calder")).compare == ("Calder", "Aster")


@pytest.mark.parametrize("time", ["2pm", "2 pm", "14:00"])
def test_hours_are_read_however_they_are_spaced(time: str) -> None:
    assert read(f"Saturday, {time}", situate("user", "Calder", scene="m")).inform["visit_time"] == time


def test_a_figure_is_held_against_the_thing_it_is_said_of() -> None:
    assert not judge("The Aster goes 480 km.", situate("agent"))
    assert judge("The Aster goes 640 km.", situate("agent")) == "invented_number"
    assert judge("It goes 640 km.", situate("agent", "Aster")) == "invented_number"
    assert not judge("It goes 640 km.", situate("agent", "Calder"))


def test_a_question_mark_excuses_no_false_statement() -> None:
    assert judge("The Calder goes 900 km, would that do?", situate("agent")) == "invented_number"
    assert not judge("Would you like an SUV or a sedan?", situate("agent"))


def test_a_difference_is_checked_in_its_direction() -> None:
    assert not judge("The Aster costs $8,300 less than the Calder.", situate("agent"))
    assert not judge("With the Aster you'd save $8,300 against the Calder.", situate("agent"))
    assert judge("With the Calder you'd save $8,300 against the Aster.", situate("agent")) == "false_difference"
    assert judge("The Aster costs $8,300 more than the Calder.", situate("agent")) == "false_difference"


def test_on_order_is_neither_here_nor_gone() -> None:
    assert not judge("None on the lot, but we can order one.", situate("agent", "Model 7"))
    assert not judge("We don't keep the Model 7 on the lot, we can order one.", situate("agent", "Model 7"))
    assert not judge("It isn't in stock.", situate("agent", "Model 7"))
    assert judge("It's in stock.", situate("agent", "Model 7")) == "false_stock"
    assert judge("It's sold out.", situate("agent", "Model 7")) == "false_stock"


def test_who_has_no_charger_at_home_is_no_seller() -> None:
    assert not find_confusion("user", "we have no charger at home")
    assert not find_confusion("user", "we need seven seats because of all our camping")
    assert find_confusion("user", "our range of cars is wide")
    assert not find_confusion("user", "the calder is out of our reach then")
    assert find_confusion("user", "Certainly! The Aster is an excellent choice")


def test_only_who_has_spoken_may_not_greet() -> None:
    assert not judge("Hello! How can I help you?", situate("agent", said=(("user", "hi"),)))
    assert judge("Evening! It's electric.", situate("agent", "Calder", scene="m")) == "late_greeting"


def test_terms_are_held_against_what_the_page_says() -> None:
    fisher = situate("agent", "Fisher's Feast", "menu_en", "m")
    assert not judge("We're open from noon to 10pm.", fisher, "menu_en")
    assert judge("We're open until midnight.", fisher, "menu_en") == "invented_number"


def test_an_hour_that_is_free_says_nothing_of_what_is_sold() -> None:
    ordered = situate("agent", "Model 7")
    assert not judge("Saturday is taken, but Sunday is still free.", ordered)
    assert judge("The Model 7 is still free.", ordered) == "false_stock"


@pytest.mark.parametrize(
    "text", ["It works if you have a charger on your way.", "Fine as long as there's a charger near."]
)
def test_what_the_customer_may_have_is_no_feature(text: str) -> None:
    assert not judge(text, situate("agent", "Calder"))
    assert judge("It has a charger.", situate("agent", "Calder")) == "unlisted_feature"


def test_both_wishes_are_not_both_things() -> None:
    assert not judge("The Aster meets both: it does 480 km and has five seats.", situate("agent"))
    assert judge("Both the Aster and the Calder do 480 km.", situate("agent")) == "invented_number"


def test_a_feature_is_known_by_its_longer_name() -> None:
    assert judge("It has five seats and a lane assistant.", situate("agent", "Calder")) == "unlisted_feature"


def test_a_promise_with_a_figure_that_its_thing_does_not_have_was_misheard() -> None:
    knowledge = build_account("car_en")[0]
    kept = ("The Aster comes at $28,900 flat.", "Tyres are changed for $20.", "Aster or Calder, we add $500.")
    texts = (*kept, "We add $2,000 for the Aster.")
    agent = AgentPersona(
        id="a",
        domain=knowledge.pack.id,
        language="en",
        provenance=Provenance(source_id="s"),
        account="dealer",
        identity=Observed(text="a dealer", evidence=("r",)),
        style=AgentStyle(description="plain"),
        service_boundaries=tuple(Observed(text=text, evidence=("r",)) for text in texts),
    )
    assert list_promises(agent, knowledge) == kept


@pytest.mark.parametrize(
    ("focus", "text", "check"),
    [
        ("", "600元以内我记下了，早餐有什么要求吗？", ""),
        ("望湖大床房", "这间568元一晚，没超您的预算。", ""),
        ("望湖大床房", "568元一晚，没超您的600元。", ""),
        ("亲子家庭房", "798元一晚，没超您的预算。", "invented_number"),
        ("亲子家庭房", "798元一晚，没超您的600元。", "invented_number"),
        ("亲子家庭房", "能住4人，你们2人住很宽松。", ""),
        ("亲子家庭房", "祝二位玩得开心。", ""),
        ("亲子家庭房", "空房还有好多，不用急。", "false_stock"),
        ("望湖大床房", "我给您破例，再腾一间出来。", "invented_deal"),
        ("望湖大床房", "您好，这间有房。", "late_greeting"),
        ("望湖大床房", "隔音这块我没有准信，不敢乱说。", ""),
        ("望湖大床房", "隔音很好，不敢乱说别的。", "unlisted_feature"),
        ("望湖大床房", "这间是湖景，主要是因为", "cut_off"),
    ],
)
def test_what_a_chinese_expert_takes_up_is_held_against_the_thing(focus: str, text: str, check: str) -> None:
    assert judge(text, situate("agent", focus, "hotel_zh", "m"), "hotel_zh") == check


def test_a_wish_that_cannot_be_had_may_be_given_up() -> None:
    told = (("user", "想要湖景"), ("agent", "湖景没有了，园景还有。"))
    situation = situate("user", "竹韵双床房", "hotel_zh", "m", said=told)
    assert judge("没湖景啊，那园景也行。", situation, "hotel_zh") == ""
    assert judge("没湖景我才住。", situation, "hotel_zh") == "invented_value"
    assert judge("不客气，欢迎随时来咨询", situation, "hotel_zh") == "role_confusion"


def test_a_reason_is_told_in_the_language_of_the_prompt() -> None:
    deal = Fault("invented_deal", "'送您' is no offer you may make")
    assert deal.tell("zh") == "送您"
    assert deal.tell("en") == deal.reason
    assert Fault("invented_number", "700元 is nothing you know of 望湖").tell("zh") == "700元"
    assert Fault("invented_value", "you have no wish about view").tell("zh") == ""
    assert Fault("missing_value", "568元").tell("zh") == "568元"
