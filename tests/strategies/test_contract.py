"""Every strategy of the registry acts alike in every way of making a dialogue, and is traced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence

import pytest

from streamdial.blueprints import BehaviourPlan
from streamdial.counts import Counts
from streamdial.dialogues import Assignment, DialogueMaker, GenerationOptions, ScriptedPolicy
from streamdial.dialogues.direct import DirectAgent, DirectUser
from streamdial.models import GuidedBy
from streamdial.planning import DialogueState, MinedAnswers, build_planners, list_turn_slots
from streamdial.planning.talk_view import find_directive
from streamdial.plugins import list_plugins
from streamdial.records import Dialogue, Habit, Language, Lineage, Observed, Turn, UserPersona
from streamdial.strategies import (
    OWN_LINES,
    AdvisingStrategy,
    DerivingStrategy,
    Directive,
    MemoryStrategy,
    MinedRecording,
    MiningStrategy,
    PlanningStrategy,
    RecordingStrategy,
    RewritingStrategy,
    Strategy,
    arrange_assignment,
    find_unmet,
    open_strategy,
)
from streamdial.strategies.dialect import load_dialects
from streamdial.strategies.join import Join
from streamdial.testing import ObedientModel, ScriptedChatModel
from streamdial.tooluse import ToolDialogue, run_tool_dialogue
from tests.dialogues import material
from tests.tooluse.tool_material import Account

NAMES = [plugin.name for plugin in list_plugins("strategy")]
ADVISING = [name for name in NAMES if isinstance(open_strategy(name), AdvisingStrategy)]
PERSONAL = ("beliefs", "dialect", "profile")
"""Those that rest on a persona, of which tasks know nothing."""
UNNEEDED = ("skeleton", "real_opening", "warmup", "support", "fresh_facts", "pressure", "arsenal", "lookahead")
"""Those that planned turns with tools have no need or no words for."""
LANGUAGES: tuple[Language, ...] = ("en", "zh")
SEEDS = range(4)
OWN: dict[Language, list[tuple[str, str]]] = {
    "en": [("hi there", "o#0"), ("how far does it go", "o#1"), ("ok cool", "o#2"), ("any electric ones", "o#3")],
    "zh": [("主播好呀", "o#0"), ("请问续航多少呀", "o#1"), ("好哒", "o#2"), ("有没有纯电的呀", "o#3")],
}
"""All that the viewer of a persona wrote."""


def build_user(language: Language, *, named: bool) -> UserPersona:
    """A viewer whose questions name a thing, or one who has to be asked what they want."""
    user = material.build_user(language)
    slot = {"en": "range", "zh": "续航里程"}[language]
    region = {"en": "british", "zh": "sichuan"}[language]
    dialect = (Habit(kind=region, words=("reckon",), evidence=("q0",)),)
    believed = {"does_not_know": (Observed(text=slot, evidence=("q0",)),)}
    user = user.model_copy(update={**believed, "style": user.style.model_copy(update={"dialect": dialect})})
    free = tuple(question for question in user.primary_inquiries if not question.entities)
    return user if named else user.model_copy(update={"primary_inquiries": free})


def build_answers(language: Language) -> MinedAnswers:
    """What was mined of a stream: the lines of the viewer who asked."""
    asked = build_user(language, named=True).primary_inquiries
    own = {source for question in asked if question.origin == "own" for source in question.evidence}
    return MinedAnswers(small_talk={f"{OWN_LINES}{key}": OWN[language] for key in own})


def make(
    strategies: Sequence[Strategy],
    language: Language = "en",
    model: ScriptedChatModel | None = None,
    guided_by: GuidedBy = "dialogue",
) -> list[Dialogue]:
    expert = material.build_expert(language)
    options = GenerationOptions(realisation="guided" if model else "planned", guided_by=guided_by, max_turns=30)
    answers = build_answers(language)
    bank = material.build_bank(language)
    maker = DialogueMaker(material.PACK, language, expert, bank, model, options=options, answers=answers)
    paths = [path.name for path in expert.blueprint.paths]

    async def run() -> list[Dialogue]:
        return [
            (
                await maker.make(
                    build_user(language, named=seed % 2 == 0),
                    path=paths[seed % len(paths)],
                    seed=seed,
                    record_id=f"d{seed}",
                    match=material.MATCH,
                    strategies=strategies,
                )
            )[0]
            for seed in SEEDS
        ]

    return asyncio.run(run())


def make_with_tools(strategies: Sequence[Strategy], name: str = "hotel_en") -> list[ToolDialogue]:
    account = Account(name)
    world = account.build_environment(knowledge=account.knowledge)

    async def run() -> list[ToolDialogue]:
        plans = [account.maker.make(seed, Counts("tasks")) for seed in SEEDS]
        return [
            await run_tool_dialogue(world, plan, seed=seed, strategies=strategies)
            for seed, plan in zip(SEEDS, plans, strict=True)
        ]

    return asyncio.run(run())


def check_lineage(made: Dialogue | ToolDialogue, strategy: Strategy) -> None:
    (lineage,) = made.lineage
    assert (lineage.kind, lineage.name, lineage.version) == (strategy.KIND, strategy.NAME, strategy.VERSION)
    assert lineage.turns == tuple(turn.turn_id for turn in made.turns if strategy.NAME in turn.by)


def count_effect(dialogues: Sequence[Dialogue | ToolDialogue], name: str) -> tuple[int, int]:
    """Turns that follow a strategy, and those that could not."""
    followed = sum(name in turn.by for made in dialogues for turn in made.turns)
    return followed, sum(made.checks.get(f"{name}_not_followed", 0) for made in dialogues)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ADVISING)
def test_planned_turns_follow_a_strategy_and_say_so(name: str, language: Language) -> None:
    strategy = open_strategy(name)
    dialogues = make([strategy], language)
    followed, unmet = count_effect(dialogues, name)
    assert followed > unmet
    for made in dialogues:
        check_lineage(made, strategy)


@pytest.mark.parametrize("guided_by", ["turn", "dialogue"])
@pytest.mark.parametrize("name", ADVISING)
def test_a_model_that_words_turns_is_told_the_note_and_keeps_the_plan(name: str, guided_by: GuidedBy) -> None:
    strategy, model = open_strategy(name), ObedientModel()
    dialogues = make([strategy], model=model, guided_by=guided_by)
    assert count_effect(dialogues, name)[0] > 0
    planned = make([strategy])
    assert [[turn.act for turn in made.turns] for made in dialogues] == [
        [turn.act for turn in made.turns] for made in planned
    ]
    notes = {advice.note for advice in list_advice(strategy) if advice.note}
    prompts = "\n".join(message.content for request in model.requests for message in request.messages)
    assert all(note in prompts for note in notes)
    for made in dialogues:
        check_lineage(made, strategy)


def list_advice(strategy: Strategy) -> list[Directive]:
    return [advice for advice, *_ in walk_turns(strategy)]


def walk_turns(strategy: Strategy) -> Iterator[tuple[Directive, DialogueState, Turn]]:
    """Turns of planned dialogues at which a strategy advises: what it says, the turns before, the turn, its role."""
    assert isinstance(strategy, AdvisingStrategy)
    for made in make([strategy]):
        for turn in made.turns:
            if turn.role != strategy.role:
                continue
            user = build_user("en", named=made.seed % 2 == 0)
            state = material.build_state(turns=made.turns[: turn.turn_id], seed=made.seed, user=user)
            state.advisers, state.answers = (strategy,), build_answers("en")
            if (advice := find_directive(state, strategy.role)) is not None:
                yield advice, state, turn


def write_answer(turn: Turn) -> str:
    def pairs(values: dict[str, str]) -> list[dict[str, str]]:
        return [{"slot": slot, "value": value} for slot, value in values.items()]

    answer = {"act": turn.act, "utterance": turn.utterance, "entity": turn.entity, "request": list(turn.request)}
    answer |= {"other": turn.other}
    return json.dumps({**answer, "inform": pairs(turn.inform), "tell": pairs(turn.tell)})


@pytest.mark.parametrize("name", ADVISING)
def test_a_model_that_decides_is_refused_where_it_breaks_a_strategy(name: str) -> None:
    strategy = open_strategy(name)
    assert isinstance(strategy, AdvisingStrategy)
    refused = binding = 0
    for advice, state, turn in walk_turns(strategy):
        if not advice.binding:
            continue
        binding += 1
        broken = break_turn(advice, turn)
        if broken is None:
            continue
        model = ScriptedChatModel([write_answer(broken), write_answer(turn)])
        side = (DirectUser if turn.role == "user" else DirectAgent)(
            model, material.build_bank(), material.build_reader(), ScriptedPolicy([turn])
        )
        asyncio.run(side.speak(state))
        if state.failed_checks.get("directive"):
            refused += 1
            assert len(model.requests) == 2
            assert "did not do what this turn must" in model.requests[1].messages[-1].content
    assert refused or not binding


def break_turn(advice: Directive, turn: Turn) -> Turn | None:
    """A turn that breaks what was advised, in words that say it; None where there is none in these words."""
    words = {
        "greet": Turn(turn_id=0, role="user", utterance="Hello there!", act="greet"),
        "accept": Turn(turn_id=0, role="user", utterance="Fine, I'll take it.", act="accept"),
        "defer": Turn(turn_id=0, role="user", utterance="I'd like to think it over first.", act="defer"),
        "acknowledge": Turn(turn_id=0, role="user", utterance="Sounds good to me.", act="acknowledge"),
        "request": Turn(
            turn_id=0, role="agent", utterance="What is your budget?", act="request", request={"price": "?"}
        ),
        "recommend": Turn(
            turn_id=0, role="agent", utterance="I'd suggest the Calder.", act="recommend", entity="Calder"
        ),
    }
    wish = Turn(turn_id=0, role="user", utterance="It should be electric.", act="inform", inform={"energy": "electric"})
    for candidate in (*(words[act] for act in advice.forbid if act in words), wish):
        if candidate.role == turn.role and find_unmet(advice, (candidate.act,), list_turn_slots(candidate)):
            return candidate
    return None


@pytest.mark.parametrize("account", ["hotel_en", "hotel_zh", "cars_en"])
@pytest.mark.parametrize("name", ADVISING)
def test_dialogues_with_tools_follow_a_strategy_or_say_why_not(name: str, account: str) -> None:
    strategy = open_strategy(name)
    dialogues = make_with_tools([strategy], account)
    assert sum(count_effect(dialogues, name)) > 0 or name in (*UNNEEDED, *PERSONAL)
    for made in dialogues:
        check_lineage(made, strategy)


PLANNING = [name for name in NAMES if isinstance(open_strategy(name), PlanningStrategy)]


@pytest.mark.parametrize("name", PLANNING)
def test_a_strategy_that_plans_changes_the_assignment_and_nothing_else(name: str) -> None:
    strategy = open_strategy(name)
    assert isinstance(strategy, PlanningStrategy)
    paths, pool = material.build_expert().blueprint.paths, [material.build_user(), material.build_user(id="other")]
    before = Assignment(
        id="a",
        number=0,
        user=pool[0],
        expert=0,
        path=next(path.name for path in paths if path.outcome == "success"),
        paths=paths,
        strategy="",
        match=material.MATCH,
        seed=5,
        behaviours=BehaviourPlan(avoided=frozenset({"negotiation"})),
    )
    after = arrange_assignment(before, [strategy], pool)
    assert after != before and after == arrange_assignment(before, [strategy], pool)
    assert (after.id, after.user, after.seed, after.behaviours.avoided) == ("a", before.user, 5, {"negotiation"})
    assert not after.behaviours.planned & after.behaviours.avoided
    assert make([strategy])[0].lineage == (Lineage(kind="planner", name=name),)


MINING = [name for name in NAMES if isinstance(open_strategy(name), RecordingStrategy)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MINING)
def test_a_strategy_that_mines_gives_dialogues_whose_turns_name_their_signals(
    name: str, language: Language, mined_recordings: dict[str, MinedRecording]
) -> None:
    strategy, recording = open_strategy(name), mined_recordings[language]
    assert isinstance(strategy, RecordingStrategy)
    mined = strategy.mine(recording)
    assert mined.seeds and mined == strategy.mine(recording)
    assert set(mined.refused) <= {pair.id for pair in recording.signals.pairs}
    assert len({seed.id for seed in mined.seeds}) == len(mined.seeds)
    signals = {**recording.questions, **recording.responses}
    for seed in mined.seeds:
        assert (seed.origin, seed.domain, seed.language) == (name, recording.pack.id, language)
        assert [turn.turn_id for turn in seed.turns] == list(range(len(seed.turns)))
        for turn in seed.turns:
            assert turn.evidence[0] not in signals or turn.utterance == signals[turn.evidence[0]].text
            assert turn.evidence


def test_without_strategies_the_planners_are_the_plain_ones() -> None:
    state = material.build_state()
    made = make([])
    assert not any(turn.by or turn.inner for dialogue in made for turn in dialogue.turns)
    assert all("lineage" not in dialogue.model_dump() for dialogue in made)
    assert state.storyline is None or [type(one).__name__ for one in build_planners(state, state.storyline)] == [
        "UserPlanner",
        "AgentPlanner",
    ]


def test_the_same_seed_makes_the_same_dialogues() -> None:
    strategies = [open_strategy(name) for name in ADVISING]
    assert make(strategies) == make([open_strategy(name) for name in ADVISING])


def test_every_strategy_of_the_registry_is_of_a_kind_that_is_called() -> None:
    kinds = {
        "user": AdvisingStrategy,
        "agent": AdvisingStrategy,
        "planner": PlanningStrategy,
        "miner": (MiningStrategy, RecordingStrategy),
        "derive": (DerivingStrategy, Join),
        "memory": MemoryStrategy,
        "rewriter": RewritingStrategy,
    }
    for name in NAMES:
        strategy = open_strategy(name)
        assert name == strategy.NAME and isinstance(strategy, kinds[strategy.KIND]), name
        assert strategy.FAMILY and strategy.PAPERS and strategy.VERSION
        assert type(strategy).__doc__ and type(strategy).Options.model_config["frozen"]


def test_a_user_with_tools_speaks_its_dialect_and_is_read_as_before() -> None:
    account, strategy = Account("hotel_zh"), open_strategy("dialect")
    world = account.build_environment(knowledge=account.knowledge)
    style = material.build_user("zh").style.model_copy(
        update={"dialect": (Habit(kind="northeastern", words=("咋",), evidence=("q0",)),)}
    )
    user = material.build_user("zh").model_copy(update={"style": style})
    assert "northeastern" in load_dialects()["zh"]

    async def run(strategies: Sequence[Strategy]) -> list[ToolDialogue]:
        return [
            await run_tool_dialogue(
                world, account.maker.make(seed, Counts("tasks")), seed=seed, persona=user, strategies=strategies
            )
            for seed in range(12)
        ]

    spoken, plain = asyncio.run(run([strategy])), asyncio.run(run([]))
    followed, _ = count_effect(spoken, "dialect")
    assert followed
    for made, before in zip(spoken, plain, strict=True):
        check_lineage(made, strategy)
        assert made.verified and [turn.acts for turn in made.turns] == [turn.acts for turn in before.turns]
