from streamdial.counts import Counts
from streamdial.evaluation.dst.states import StateTurn, read_state_dialogues, rename_slots, split_dialogues
from streamdial.records import Role, SeedDialogue, Turn


def make_seed(key: str, *turns: tuple[Role, str, dict[str, str]]) -> SeedDialogue:
    return SeedDialogue(
        id=key,
        domain="hotel",
        language="en",
        turns=tuple(
            Turn(turn_id=number, role=role, utterance=text, act="inform", inform=inform)
            for number, (role, text, inform) in enumerate(turns)
        ),
    )


TALK = make_seed(
    "s1",
    ("agent", "Hello.", {}),
    ("agent", "Where to?", {}),
    ("user", "The north, four stars.", {"area": "north", "stars": "4"}),
    ("agent", "None there.", {}),
    ("user", "Then any stars.", {"stars": ""}),
)


def test_a_user_turn_has_all_the_agent_said_before_it() -> None:
    (dialogue,) = read_state_dialogues([TALK], Counts("states"))
    assert dialogue.turns == (
        StateTurn("Hello. Where to?", "The north, four stars.", {"area": "north", "stars": "4"}),
        StateTurn("None there.", "Then any stars.", {"area": "north"}),
    )
    assert dialogue.list_changes() == [{"area": "north", "stars": "4"}, {"stars": ""}]


def test_dialogues_without_states_and_slots_beside_the_schema_are_counted() -> None:
    counts = Counts("states")
    silent = make_seed("s2", ("user", "Hi.", {}))
    agent = make_seed("s3", ("agent", "Hi.", {}))
    found = read_state_dialogues([TALK, silent, agent], counts, slots=("area",))
    assert [dialogue.turns[0].state for dialogue in found] == [{"area": "north"}]
    assert (counts.asked, counts.kept) == (3, 1)
    assert dict(counts.dropped) == {"slot_not_in_schema": 2, "no_state": 1, "no_user_turn": 1}


def test_slots_are_renamed_and_others_left_out() -> None:
    (dialogue,) = rename_slots(read_state_dialogues([TALK], Counts("states")), {"area": "Hotels-area"})
    assert [dict(turn.state) for turn in dialogue.turns] == [{"Hotels-area": "north"}] * 2


def test_parts_hold_each_dialogue_once_and_do_not_depend_on_the_order() -> None:
    dialogues = read_state_dialogues(
        [make_seed(f"s{number}", ("user", "north", {"area": "north"})) for number in range(20)], Counts("states")
    )
    shares = {"train": 0.5, "dev": 0.2, "test": 0.3}
    parts = split_dialogues(dialogues, shares)
    assert {name: len(part) for name, part in parts.items()} == {"train": 10, "dev": 4, "test": 6}
    assert sorted(d.id for part in parts.values() for d in part) == sorted(d.id for d in dialogues)
    assert split_dialogues(dialogues[::-1], shares) == parts
    assert split_dialogues(dialogues, shares, seed=1) != parts
