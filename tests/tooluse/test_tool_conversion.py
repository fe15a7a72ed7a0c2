from __future__ import annotations

from tool_material import Account

from streamdial.blueprints import induce_blueprint
from streamdial.counts import Counts
from streamdial.dialogues import AgentProfile, Line, LineBank
from streamdial.dialogues.lines import Signature
from streamdial.domains import load_seeds
from streamdial.environment import build_environment
from streamdial.personas import build_agent_persona
from streamdial.records import AccountMetadata, MatchScore, Provenance, Turn, accumulate_state
from streamdial.testing import HashingEmbedder
from streamdial.tooluse import Made, ToolDialogueMaker, ToolOptions, measure_density, sample_user_personas

MATCH = MatchScore(expertise=1, answerable=1, covered=1, alpha=1, beta=1, gamma=1, total=1)
REAL = Line(
    template="So how is the view from the {entity}?",
    signature=Signature("user", "ask", frozenset(), frozenset({"view"}), frozenset(), False),
    names_entity=True,
    previous="",
    evidence="question-1",
)


def build_maker(account: Account, *lines: Line, mode: str = "user-oriented") -> ToolDialogueMaker:
    metadata = AccountMetadata(
        id="account",
        domain=account.pack.id,
        language=account.language,
        provenance=Provenance(source_id="source"),
        account="account",
        name="The Inn",
    )
    persona = build_agent_persona(metadata, [], [], account.knowledge.rows, account.pack)
    seeds = load_seeds(account.pack, account.language)
    blueprint = induce_blueprint(
        persona, account.pack, strategies=[], questions={}, responses={}, pairs=[], seeds=seeds
    )
    world = build_environment(persona.id, account.schema, account.contents, account.toolbox.tools)
    return ToolDialogueMaker(
        world,
        account.pack,
        AgentProfile(persona, blueprint, account.knowledge),
        LineBank(lines, HashingEmbedder()),
        None,
        options=ToolOptions(mode=mode),  # type: ignore[arg-type]
    )


async def make(
    account: Account, count: int, *lines: Line, mode: str = "user-oriented", history: tuple[Turn, ...] = ()
) -> list[Made]:
    world = build_environment("agent", account.schema, account.contents, account.toolbox.tools)
    personas = sample_user_personas(world, account.knowledge, account.pack, count=40, seed=1, counts=Counts("drawn"))
    maker = build_maker(account, *lines, mode=mode)
    return [
        await maker.make(
            personas[seed % len(personas)],
            seed=seed,
            record_id=f"dialogue-{seed}",
            match=MATCH,
            counts=Counts("tasks"),
            history=history,
        )
        for seed in range(count)
    ]


async def test_a_plain_dialogue_says_the_same_and_carries_the_same_state() -> None:
    for name in ("hotel_en", "cars_en", "hotel_zh"):
        account = Account(name)
        for tools, plain in await make(account, 12):
            assert (plain.id, plain.turns[0].role) == (tools.id, "user")
            assert [turn.utterance for turn in plain.turns] == [turn.utterance for turn in tools.turns]
            assert accumulate_state(plain.turns) == next(t.state for t in reversed(tools.turns) if t.role == "user")
            assert all(turn.stage in account.pack.stages for turn in plain.turns)
            assert {turn.realisation for turn in plain.turns} <= {"template", "real_line"}
            path = {path.name: path.outcome for path in build_maker(account)._expert.blueprint.paths}
            assert path[plain.path] == plain.outcome


async def test_what_the_agent_tells_rests_on_rows_of_k_and_what_the_user_wants_on_the_persona() -> None:
    account = Account()
    rows = {row.id: row for row in account.knowledge.rows}
    for tools, plain in await make(account, 12):
        for made, told in zip(tools.turns, plain.turns, strict=True):
            for act in made.acts if made.role == "agent" else ():
                for slot, value in act.tell.items():
                    if (known := account.knowledge.get(act.entity, slot)) is not None:
                        assert known.id in told.evidence and rows[known.id].value == value


async def test_nothing_is_booked_twice_where_a_user_says_everything_at_once() -> None:
    for name in ("hotel_en", "cars_en", "menus_zh"):
        for tools, _ in await make(Account(name), 40, mode="task-oriented"):
            assert tools.verified, [verdict.reasons for verdict in tools.verdicts]
            bookings = [change for change in tools.changes if change.table == "bookings"]
            assert len(bookings) == sum(task.wish.kind == "book" and task.solvable for task in tools.tasks)


async def test_real_questions_of_viewers_are_asked_in_their_words_with_the_evidence() -> None:
    made = await make(Account(), 90, REAL)
    asked = [
        turn
        for tools, _ in made
        for turn in tools.turns
        if turn.realisation == "real_line" and "question-1" in turn.evidence
    ]
    assert asked and all("So how is the view from the" in turn.utterance for turn in asked)
    assert all(tools.verified for tools, _ in made)
    assert measure_density([tools for tools, _ in made]).turns > 10


async def test_a_dialogue_gone_on_from_keeps_its_turns_and_its_place_in_the_blueprint() -> None:
    history = (
        Turn(turn_id=0, role="user", utterance="Hi there!", act="greet", stage="opening"),
        Turn(turn_id=1, role="agent", utterance="Hello, welcome!", act="greet", stage="opening", strategy="opening"),
        Turn(turn_id=2, role="user", utterance="I'd like a lake view.", act="inform", inform={"view": "lake"}),
        Turn(turn_id=3, role="agent", utterance="Lovely.", act="accept", stage="needs_mining"),
    )
    for tools, plain in await make(Account(), 6, history=history):
        assert plain.turns[:4] == history
        assert [turn.given for turn in tools.turns[:5]] == [True] * 4 + [False]
        assert tools.turns[3].stage == "needs_mining" and tools.verified
