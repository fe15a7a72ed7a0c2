from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Sequence

import pytest
from material import MATCH, PACK, TEXTS, build_bank, build_expert, build_reader, build_state, build_user, plan, say

from streamdial.dialogues import Borrowed, DialogueMaker, GenerationOptions
from streamdial.dialogues.backgrounds import count_people, draw_background, load_backgrounds
from streamdial.dialogues.checks import has_value
from streamdial.dialogues.goals import Goal
from streamdial.dialogues.guided import GuidedRealiser
from streamdial.dialogues.guided_checks import check_guided, clean_utterance
from streamdial.dialogues.guided_prompts import describe_knowledge
from streamdial.dialogues.messages import count_alternation_errors
from streamdial.dialogues.realising import Realiser
from streamdial.dialogues.turn_briefs import draw_length, list_real_lines, write_brief
from streamdial.errors import ConfigurationError, ModelError
from streamdial.models import ChatMessage, ChatRequest, GuidedBy
from streamdial.personas import Knowledge
from streamdial.planning import Move, TurnPlan
from streamdial.records import Constraint, Dialogue, KnowledgeRow, Language, Observed, Scenario
from streamdial.slots import DONT_CARE
from streamdial.testing import GuidedFault, ObedientModel, ScriptedChatModel

OTHER: dict[Language, str] = {"en": "Model 7", "zh": "鹿鸣7"}
LANGUAGES: tuple[Language, ...] = ("en", "zh")
WAYS: tuple[GuidedBy, ...] = ("turn", "dialogue")
COUNT = 6
REASONS: dict[GuidedFault, set[str]] = {
    "wrong_figure": {"guided_invented_number"},
    "missing_value": {"guided_missing_value", "guided_missing_entity"},
    "other_thing": {"guided_wrong_entity"},
    "ai_phrase": {"guided_artefact"},
    "empty": {"guided_empty"},
}


def make(
    language: Language, model: ScriptedChatModel, by: GuidedBy = "dialogue", *, count: int = COUNT, **more: object
) -> list[Dialogue]:
    expert = build_expert(language)
    texts = TEXTS[language]
    bookings = tuple(
        Constraint(slot=slot, value=value, evidence=("b1",))
        for slot, value in (("visit_date", texts["date"]), ("visit_time", texts["time"]))
    )
    options = GenerationOptions(realisation="guided", guided_by=by, max_turns=30)
    maker = DialogueMaker(
        PACK, language, expert, build_bank(language), model, borrowed=Borrowed(bookings=bookings), options=options
    )

    async def run() -> list[Dialogue]:
        made = []
        for number in range(count):
            path = expert.blueprint.paths[number % len(expert.blueprint.paths)].name
            dialogue, fault = await maker.make(
                build_user(language),
                path=path,
                seed=number,
                record_id=f"d{number}",
                match=MATCH,
                **more,  # type: ignore[arg-type]
            )
            assert fault is None or more.get("human_rules")
            made.append(dialogue)
        return made

    return asyncio.run(run())


def count_ways(dialogues: Sequence[Dialogue]) -> Counter[str]:
    return Counter(turn.realisation for dialogue in dialogues for turn in dialogue.turns)


def sum_checks(dialogues: Sequence[Dialogue]) -> Counter[str]:
    return sum((Counter(dialogue.checks) for dialogue in dialogues), Counter())


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_model_that_obeys_are_taken(language: Language, by: GuidedBy) -> None:
    model = ObedientModel()
    made = make(language, model, by)
    assert set(count_ways(made)) == {"model"}
    assert not any(name.startswith("guided_") for name in sum_checks(made))
    for dialogue in made:
        for turn in dialogue.turns:
            for slot, value in (*turn.inform.items(), *turn.tell.items(), *turn.tell_other.items()):
                assert value == DONT_CARE or has_value(turn.utterance, PACK, slot, (value, None), language)
    if by == "dialogue":
        assert len(model.requests) == len(made)
        assert {request.purpose for request in model.requests} == {"dialogue"}
    else:
        assert len(model.requests) == sum(len(dialogue.turns) for dialogue in made)
        assert {request.purpose for request in model.requests} == {"user_turn", "agent_turn"}
    assert all(count_alternation_errors(request.messages) == 0 for request in model.requests)


@pytest.mark.parametrize("fault", list(REASONS))
@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_that_disobeys_is_refused_and_the_inventory_speaks(
    language: Language, by: GuidedBy, fault: GuidedFault
) -> None:
    model = ObedientModel(fault, thing=OTHER[language])
    made = make(language, model, by)
    checks, ways = sum_checks(made), count_ways(made)
    refused = {name for name in checks if name.startswith("guided_")}
    assert refused - {"guided_replaced"} == refused & REASONS[fault] != set()
    # Each is asked for again once, and refused again.
    assert sum(checks[name] for name in REASONS[fault]) == 2 * checks["guided_replaced"]
    assert checks["guided_replaced"] == sum(ways.values()) - ways["model"]
    # What was refused is kept, by its turn; where the model said nothing there is nothing.
    kept = [words for dialogue in made for words in dialogue.refused]
    assert len(kept) <= 2 * checks["guided_replaced"] and bool(kept) == (fault != "empty")
    assert {f"guided_{words.check}" for words in kept} <= refused
    assert all(words.text != dialogue.turns[words.turn_id].utterance for dialogue in made for words in dialogue.refused)
    if fault != "missing_value":
        assert ways["model"] == 0
    planned = make(language, ObedientModel(), by)
    for dialogue, same in zip(made, planned, strict=True):
        assert [turn.act for turn in dialogue.turns] == [turn.act for turn in same.turns]
        assert not any("777" in turn.utterance or OTHER[language] in turn.utterance for turn in dialogue.turns)


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_turn_that_is_worded_right_the_second_time_is_taken(language: Language, by: GuidedBy) -> None:
    model = ObedientModel("wrong_figure", stubborn=False)
    made = make(language, model, by, count=2)
    turns = sum(len(dialogue.turns) for dialogue in made)
    assert count_ways(made) == {"model": turns}
    assert sum_checks(made)["guided_invented_number"] == turns
    assert [words.turn_id for one in made for words in one.refused] == [t.turn_id for one in made for t in one.turns]
    assert len(model.requests) == (2 * turns if by == "turn" else 2 * len(made))


def test_only_the_turns_that_did_not_pass_are_asked_for_again_with_what_stands_around_them() -> None:
    model = ObedientModel("wrong_figure", stubborn=False, every=5)
    (dialogue,) = make("en", model, count=1)
    first, second = (request.messages[-1].content for request in model.requests)
    asked = [int(number) for number in re.findall(r"^(\d+)\. ", second, re.MULTILINE)]
    assert asked == [number for number in range(1, len(dialogue.turns) + 1) if number % 5 == 0]
    assert f"before it: «{dialogue.turns[asked[0] - 2].utterance}»" in second
    assert f"after it: «{dialogue.turns[asked[0]].utterance}»" in second
    assert "777" in second and "a figure that is not in the turn" in second
    assert len(second) < len(first) / 2
    # What never changes stands first, for an endpoint's cache.
    assert model.requests[0].messages[0] == model.requests[1].messages[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_ways_and_the_planned_one_do_the_same(language: Language) -> None:
    ways = [make(language, ObedientModel(), by, count=3) for by in WAYS]
    for left, right in zip(*ways, strict=True):
        assert all(a.says_the_same(b) for a, b in zip(left.turns, right.turns, strict=True))


def test_an_answer_that_is_none_leaves_the_whole_talk_to_the_inventory() -> None:
    model = ScriptedChatModel(lambda request: "I would rather not.")
    (dialogue,) = make("en", model, count=1)
    assert "model" not in count_ways([dialogue])
    assert dialogue.checks["malformed"] == 2
    assert dialogue.checks["guided_missing_turn"] == 2 * len(dialogue.turns)
    assert dialogue.checks["guided_replaced"] == len(dialogue.turns)


@pytest.mark.parametrize("by", WAYS)
def test_a_model_that_is_down_or_a_spent_budget_stops_the_dialogue(by: GuidedBy) -> None:
    for kind in ("server", "budget"):
        error = ModelError("no more", transient=False, kind=kind)
        with pytest.raises(ModelError) as raised:
            make("en", ScriptedChatModel([error]), by, count=1)
        assert raised.value.kind == kind


def test_two_models_word_turn_by_turn() -> None:
    agent, user = ObedientModel(), ObedientModel()
    options = GenerationOptions(realisation="guided", max_turns=30)
    expert = build_expert()
    maker = DialogueMaker(PACK, "en", expert, build_bank(), agent, user_model=user, options=options)
    path = expert.blueprint.paths[0].name
    asyncio.run(maker.make(build_user(), path=path, seed=3, record_id="d", match=MATCH))
    assert {request.purpose for request in agent.requests} == {"agent_turn"}
    assert {request.purpose for request in user.requests} == {"user_turn"}


def test_a_customer_with_human_rules_is_worded_turn_by_turn() -> None:
    model = ObedientModel()
    made = make("en", model, count=4, human_rules=True)
    assert {request.purpose for request in model.requests} == {"user_turn", "agent_turn"}
    assert count_ways(made)["model"] > 0


def test_a_second_goal_goes_on_turn_by_turn() -> None:
    expert = build_expert()
    path = next(path.name for path in expert.blueprint.paths if path.outcome == "success")
    model = ObedientModel()
    (dialogue,) = make("en", model, count=1, then=[Goal(build_user(), path)])
    assert set(count_ways([dialogue])) == {"model"}
    purposes = Counter(request.purpose for request in model.requests)
    assert purposes["dialogue"] == 1
    if dialogue.goals:
        assert purposes["user_turn"] > 0


def test_a_dialogue_is_gone_on_with_from_what_was_said() -> None:
    whole = make("en", ObedientModel(), count=1)[0]
    model = ObedientModel()
    (dialogue,) = make("en", model, count=1, history=whole.turns[:4])
    assert dialogue.turns[:4] == whole.turns[:4]
    prompt = model.requests[0].messages[-1].content
    assert f"- customer: «{whole.turns[0].utterance}»" in prompt
    assert re.search(r"^5\. customer", prompt, re.MULTILINE)


def test_a_policy_can_be_named_in_any_mode() -> None:
    expert = build_expert()
    model = ObedientModel()
    options = GenerationOptions(agent_policy="guided", max_turns=30)
    maker = DialogueMaker(PACK, "en", expert, build_bank(), model, options=options)
    dialogue, _ = asyncio.run(
        maker.make(build_user(), path=expert.blueprint.paths[0].name, seed=3, record_id="d", match=MATCH)
    )
    assert {turn.realisation for turn in dialogue.turns if turn.role == "agent"} == {"model"}
    assert "model" not in {turn.realisation for turn in dialogue.turns if turn.role == "user"}
    unmodelled = DialogueMaker(PACK, "en", expert, build_bank(), None, options=options)
    with pytest.raises(ConfigurationError, match="needs a model"):
        asyncio.run(
            unmodelled.make(build_user(), path=expert.blueprint.paths[0].name, seed=3, record_id="d", match=MATCH)
        )


# One turn


def tell(**more: object) -> object:
    return plan("agent", "answer", entity="Aster", tell={"range": ("480", "km")}, **more)


def check(text: str, language: Language = "en", **more: object) -> str | None:
    state = build_state(language, turns=(say("user", "ask", "and the Aster?", entity="Aster"),))
    brief = write_brief(tell(**more), state, build_reader(language))  # type: ignore[arg-type]
    fault = check_guided(
        clean_utterance(text, language),
        brief,
        pack=PACK,
        reader=build_reader(language),
        said=[("user", "so it is")],
    )
    return fault.check if fault else None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It does «480 km» on a charge.", None),
        ('"It does 480 km on a charge."', None),
        ("", "empty"),
        ("It does quite a bit.", "missing_value"),
        ("It does 480 km, and 12 more downhill.", "invented_number"),
        ("It does 480 km, the Calder less.", "wrong_entity"),
        ("It does 480 km, and we throw in a free wallbox.", "invented_deal"),
        ("It does 480 km and has all-wheel drive.", "invented_value"),
        ("As an AI language model I can say it does 480 km.", "artefact"),
        ("I'm an AI, but it does 480 km.", "artefact"),
        ('{"utterance": "It does 480 km."}', "artefact"),
        ("[act: answer] It does 480 km.", "artefact"),
        ("(smiling) It does 480 km.", "artefact"),
        ("It does 480 km, call me on 555-013-4477 about it.", "invented_number"),
        ("续航是480 km，您放心开就好了", "language"),
        ("There's the usual 480 km in it.", None),
        ("You get 480 km out of it.", None),
        ("It does 480 km, and you get a piano with it.", "unlisted_feature"),
        ("It does 480 km on a charge and", "cut_off"),
        ("It does 480 km. I hope that helps with", "cut_off"),
    ],
)
def test_words_for_a_turn_are_refused_by_name(text: str, reason: str | None) -> None:
    assert check(text) == reason


@pytest.mark.parametrize(
    ("turn", "text", "reason"),
    [
        (plan("user", "ask", entity="Aster", request=("acceleration",)), "how fast is it from 0 to 100?", None),
        (
            plan("user", "ask", entity="Aster", request=("acceleration",)),
            "how quick is its acceleration, 0 to 90?",
            "invented_number",
        ),
        (plan("user", "ask", entity="Aster", request=("range",)), "nice colour, how far does it go?", None),
        (plan("user", "ask", entity="Aster", request=("range",)), "ok, how big is the trunk?", "other_question"),
        (plan("user", "ask", entity="Aster", request=("battery",)), "how big's the battery?", None),
        (plan("user", "defer"), "i'd like to see it before i'll take it", None),
        (plan("user", "defer"), "i see, i'll take it, put me down", "other_act"),
        (plan("agent", "answer", entity="Aster", tell={"acceleration": ("6.4", "s")}), "0 to 100 in 6.4 s.", None),
        (
            plan(
                "agent", "compare", entity="Aster", other="Calder",
                tell={"price": ("28900", "USD")}, tell_other={"price": ("37200", "USD")},
            ),
            "The Aster is $28,900 and the Calder $37,200, so you'd save $8,300 with the Aster.",
            None,
        ),
        (
            plan(
                "agent", "compare", entity="Aster", other="Calder",
                tell={"price": ("28900", "USD")}, tell_other={"price": ("37200", "USD")},
            ),
            "The Aster is $28,900 and the Calder $37,200, so you'd save $5,700 with the Aster.",
            "invented_number",
        ),
    ],
)  # fmt: skip
def test_a_line_does_what_was_planned_and_nothing_else(turn: TurnPlan, text: str, reason: str | None) -> None:
    state = build_state("en", turns=(say("agent", "answer", "The Aster it is.", entity="Aster"),))
    brief = write_brief(turn, state, build_reader("en"))
    fault = check_guided(text, brief, pack=PACK, reader=build_reader("en"), said=[])
    assert (fault.check if fault else None) == reason


@pytest.mark.parametrize("text", ["作为一个AI，我觉得续航480公里。", "我是人工智能，续航480公里。"])
def test_what_no_person_says_is_refused_in_chinese(text: str) -> None:
    state = build_state("zh", turns=(say("user", "ask", "晨曦呢？", entity="晨曦"),))
    turn = plan("agent", "answer", entity="晨曦", tell={"range": ("480", "km")})
    brief = write_brief(turn, state, build_reader("zh"))
    fault = check_guided(text, brief, pack=PACK, reader=build_reader("zh"), said=[])
    assert fault is not None and fault.check == "artefact"


def test_a_planned_value_is_no_claim_of_the_models_own_in_either_punctuation() -> None:
    state = build_state("zh", turns=(say("user", "ask", "晨曦的质保呢？", entity="晨曦"),))
    turn = plan("agent", "answer", entity="晨曦", tell={"warranty": ("电池终身质保,不限里程", None)})
    reader = build_reader("zh")
    brief = write_brief(turn, state, reader)
    text = clean_utterance("这款是电池终身质保,不限里程。", "zh")
    assert "，" in text
    assert check_guided(text, brief, pack=PACK, reader=reader, said=[]) is None


def test_what_was_agreed_may_be_taken_up_in_other_words_of_the_expert() -> None:
    said = (
        say("user", "book", "周五过来", inform={"visit_date": "周五"}),
        say("agent", "confirm", "好的，周五。", tell={}),
        say("user", "thank", "谢谢"),
    )
    reader = build_reader("zh")
    brief = write_brief(plan("agent", "close"), build_state("zh", turns=said), reader)
    assert check_guided("不客气，咱们周五见", brief, pack=PACK, reader=reader, said=[]) is None
    fault = check_guided("不客气，咱们周三见", brief, pack=PACK, reader=reader, said=[])
    assert fault is not None and fault.check == "invented_number"


def test_a_square_metre_stays_one() -> None:
    assert clean_utterance("这间36m²，不挤", "zh") == "这间36m²，不挤"


def test_a_thing_that_is_new_must_be_named() -> None:
    state, reader = build_state(), build_reader()
    recommendation = plan("agent", "recommend", entity="Aster", tell={"range": ("480", "km")})
    brief = write_brief(recommendation, state, reader)
    assert brief.names == ("Aster",)
    fault = check_guided("It does 480 km.", brief, pack=PACK, reader=reader, said=[])
    assert fault is not None and fault.check == "missing_entity"
    assert check_guided("The Aster does 480 km.", brief, pack=PACK, reader=reader, said=[]) is None


def test_the_accounts_own_sentence_is_added_by_code_and_asked_of_nobody() -> None:
    state, reader = build_state(turns=(say("user", "ask", "and the Aster?", entity="Aster"),)), build_reader()
    said = Move("bridge", "statement", text="The Aster sits five.", tells=("seats",))
    turn = plan(
        "agent", "answer", entity="Aster", tell={"range": ("480", "km"), "seats": ("5", "seats")}, moves=(said,)
    )
    brief = write_brief(turn, state, reader)
    assert "seats" not in brief.text.partition("| say:")[2].partition("|")[0]
    assert brief.join("It does 480 km.") == "It does 480 km. It sits five."
    assert "leave it out: «It sits five.»" in brief.text
    welcome = Move("react", "statement", text="We are by the old mill.")
    greeting = write_brief(plan("agent", "greet", moves=(welcome,)), build_state(), reader)
    assert greeting.join("What are you after?") == "We are by the old mill. What are you after?"


async def test_real_answers_and_open_questions_are_said_as_they_are() -> None:
    state, reader = build_state(turns=(say("user", "ask", "is it loud?", entity="Aster"),)), build_reader()
    model = ScriptedChatModel([])
    realiser = GuidedRealiser(Realiser(build_bank(), reader, None), "agent", model)
    turn = await realiser.realise(
        plan("agent", "answer", entity="Aster", answer="It hums a little in the rain."), state
    )
    assert "It hums a little in the rain." in turn.utterance
    assert turn.realisation == "real_line"
    state.add(turn)
    asked = plan("user", "ask", key="open", entity="Aster", own_words="does it fit a double bass?", evidence=("q9",))
    user = GuidedRealiser(Realiser(build_bank(), reader, None), "user", model)
    assert (await user.realise(asked, state)).utterance.endswith("oes it fit a double bass?")
    assert model.requests == []


def test_wishes_are_told_with_their_direction_and_what_is_booked_without() -> None:
    state, reader = build_state(), build_reader()
    wish = plan("user", "inform", inform={"price": ("40000", None)})
    assert "price at most «$40,000»" in write_brief(wish, state, reader).text
    given_up = plan("user", "revise", key="concede.over", inform={"price": ("45900", None)})
    assert "at most" not in write_brief(given_up, state, reader).text


def test_real_lines_are_those_of_this_account_in_this_situation_without_other_figures() -> None:
    state = build_state(turns=(say("user", "ask", "price?", entity="Aster", request={"price": "?"}),))
    lines = {
        "real": ("The price is a calm one for what you get.", ("pair", "use")),
        "seed": ("It is a calm one, sir.", ("seed#3",)),
        "figure": ("It stands at $27,000 these days.", ("pair", "use")),
        "name": ("The Calder is a calm one.", ("pair", "use")),
        "crowd": ("Welcome everyone to the stream tonight.", ("pair", "use")),
        "language": ("价格很合适的一款车。", ("pair", "use")),
    }
    scenarios = tuple(
        Scenario(situation="ask:price", act="answer", strategy=name, wording=text, evidence=evidence)
        for name, (text, evidence) in lines.items()
    )
    state.runner.blueprint = state.blueprint.model_copy(update={"scenarios": scenarios})
    answer = plan("agent", "answer", entity="Aster", tell={"price": ("28900", "USD")})
    assert list_real_lines(answer, state, build_reader()) == ["The price is a calm one for what you get."]
    assert list_real_lines(plan("agent", "negotiate", entity="Aster"), state, build_reader()) == []


def test_lengths_vary_and_fit_what_has_to_be_said() -> None:
    rng = random.Random(1)
    short = plan("user", "greet")
    long = plan("agent", "compare", tell={s: ("1", None) for s in "abc"}, tell_other={s: ("1", None) for s in "abc"})
    assert len({draw_length(short, "en", rng) for _ in range(50)}) == 2
    assert {draw_length(long, "en", rng) for _ in range(50)} == {(22, 38)}


def test_a_question_beside_a_reaction_has_room_and_a_single_fact_is_not_stretched() -> None:
    rng = random.Random(1)
    moves = (Move("react", "react.fits"), Move("bridge", "small_talk"))
    asking = plan("user", "ask", request=("price",), moves=moves)
    assert {draw_length(asking, "en", rng) for _ in range(50)} == {(6, 13), (11, 20)}
    telling = plan("agent", "answer", tell={"price": ("28900", "USD")})
    assert {draw_length(telling, "en", rng) for _ in range(50)} == {(8, 16)}


def test_what_is_known_stands_once_in_the_order_of_the_pack() -> None:
    facts = describe_knowledge(build_expert().knowledge, ["Calder", "Aster", "Calder"], "en")
    assert list(facts) == ["", "Aster", "Calder"]
    assert facts["Aster"][0] == "price $28,900"


def test_what_all_things_share_is_known_once_and_only_what_is_spoken_of_is_listed() -> None:
    def row(entity: str, slot: str, value: str, unit: str | None = None) -> KnowledgeRow:
        return (
            build_expert()
            .knowledge.rows[0]
            .model_copy(
                update={"id": f"k-{entity}-{slot}", "entity": entity, "slot": slot, "value": value, "unit": unit}
            )
        )

    rows = [
        row("", "warranty", "five years"),
        row("Aster", "warranty", "6 years"),
        row("Calder", "warranty", "8 years"),
        row("Aster", "energy", "electric"),
        row("Calder", "energy", "electric"),
        row("Aster", "range", "480", "km"),
    ]
    knowledge = Knowledge(rows, PACK)
    facts = describe_knowledge(knowledge, ("Aster", "Calder"), "en")
    assert facts == {
        "": ["power type fully electric"],
        "Aster": ["range 480 km", "warranty 6 years"],
        "Calder": ["warranty 8 years"],
    }
    assert describe_knowledge(knowledge, ("Aster",), "en", ("range",)) == {"Aster": ["range 480 km"]}


# Backgrounds


@pytest.mark.parametrize("language", LANGUAGES)
def test_backgrounds_are_drawn_by_seed_and_vary(language: Language) -> None:
    user = build_user(language)
    drawn = [draw_background(user, PACK, language, seed) for seed in range(60)]
    assert drawn[0] == draw_background(user, PACK, language, 0)
    assert len(set(drawn)) > 50
    assert not any(re.search(r"\d", text) for background in drawn for text in background)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_background_fits_itself_and_the_wishes(language: Language) -> None:
    lists = load_backgrounds()[language]
    people = {entry["text"]: entry for entry in lists["households"]}
    others = [*lists["jobs"], *(e for name in ("why_now", "worries") for es in lists[name].values() for e in es)]
    known = {entry["text"]: entry for entry in others}
    seven = build_user(language, constraints=(Constraint(slot="seats", value="7", evidence=("q",)),))
    assert count_people(seven, PACK) == (4, 7)
    for seed in range(120):
        household, *rest = draw_background(seven, PACK, language, seed)
        if household not in people:
            continue
        assert 4 <= people[household]["people"] <= 7
        for entry in (known[text] for text in rest if text in known):
            assert set(entry.get("age", people[household]["age"])) & set(people[household]["age"])
            assert entry.get("kids", people[household]["kids"]) == people[household]["kids"]


def test_impatience_that_was_seen_holds() -> None:
    user = build_user()
    style = user.style.model_copy(update={"impatience": Observed(text="hurry up", evidence=("q1",))})
    hasty = user.model_copy(update={"style": style})
    assert all(draw_background(hasty, PACK, "en", seed)[-1] == "has little patience" for seed in range(5))


def test_no_background_is_evidence_or_a_wish() -> None:
    made = make("en", ObedientModel(), count=3)
    for dialogue in made:
        assert {slot for turn in dialogue.turns for slot in turn.inform} <= {
            *(wish.slot for wish in build_user().constraints),
            *PACK.list_slots(booking=True),
            *PACK.list_slots(mined=True),
        }


def test_the_obedient_model_answers_nothing_else() -> None:
    model = ObedientModel()
    reply = asyncio.run(model.complete(ChatRequest(messages=(ChatMessage(role="user", content="hello"),))))
    assert json.loads(reply.text) == {}


@pytest.mark.parametrize(
    ("language", "line", "sign"), [("en", "we have two kids", "kids"), ("zh", "带老婆一起来", "partner")]
)
def test_what_a_viewer_wrote_comes_before_a_background(language: Language, line: str, sign: str) -> None:
    user = build_user(language, basic_information=(Observed(text=line, evidence=("q1",)),))
    people = {entry["text"]: entry for entry in load_backgrounds()[language]["households"]}
    drawn = [draw_background(user, PACK, language, seed)[0] for seed in range(60)]
    assert all(people[text][sign] for text in drawn if text in people)


def test_a_student_is_one() -> None:
    user = build_user(basic_information=(Observed(text="I'm a student so nothing fancy", evidence=("q1",)),))
    assert all("finishing a degree" in draw_background(user, PACK, "en", seed) for seed in range(20))
    assert not any("finishing a degree" in draw_background(build_user(), PACK, "en", seed) for seed in range(20))


def test_turn_by_turn_a_wish_that_comes_later_is_held_back() -> None:
    model = ObedientModel()
    make("en", model, "turn")
    users = [request for request in model.requests if request.purpose == "user_turn"]
    held = ["[Not in this line: " in request.messages[-1].content for request in users]
    assert any(held) and not all(held)
    agents = [request for request in model.requests if request.purpose == "agent_turn"]
    assert not any("[Not in this line" in request.messages[-1].content for request in agents)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mood_goes_with_the_patience_and_nobody_at_home_needs_somebody_at_home(language: Language) -> None:
    lists = load_backgrounds()[language]
    user = build_user(language)
    drawn = [draw_background(user, PACK, language, seed) for seed in range(300)]
    for background in drawn:
        mood, patience = background[-2:]
        assert patience not in lists["against"].get(mood, ()), background
    alone = {entry["text"] for entry in lists["households"] if entry["people"] == 1}
    social = {entry["text"] for entry in lists["worries"]["automotive"] if "alone" in entry}
    assert not any(alone & set(background) and social & set(background) for background in drawn)


@pytest.mark.parametrize(("language", "line"), [("en", "we are 5 people with two dogs"), ("zh", "我们一家四口想去")])
def test_a_household_has_as_many_as_the_persona_said(language: Language, line: str) -> None:
    user = build_user(language)
    style = user.style.model_copy(update={"sample_lines": (line,)})
    user = user.model_copy(update={"constraints": (), "style": style})
    people = 5 if language == "en" else 4
    assert count_people(user, PACK) == (people, people)
