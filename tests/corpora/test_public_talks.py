from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from streamdial.corpora import map_slots, open_corpus, read_seeds
from streamdial.counts import Counts
from streamdial.domains import load_pack, load_seeds
from streamdial.errors import ConfigurationError
from streamdial.records import SeedDialogue, accumulate_state

MULTIWOZ: dict[str, Any] = {
    "MUL1.json": {
        "goal": {},
        "log": [
            {
                "text": "A hotel in the north with parking .",
                "metadata": {},
                "dialog_act": {"Hotel-Inform": [["Area", "north"], ["Parking", "yes"]]},
            },
            {
                "text": "The Acorn is nice . When ?",
                "metadata": {
                    "hotel": {"semi": {"area": "north", "parking": "yes"}, "book": {"booked": [], "people": ""}}
                },
                "dialog_act": {"Hotel-Recommend": [["Name", "The Acorn"]], "Booking-Request": [["Day", "?"]]},
            },
            {
                "text": "Friday for 2 . What is the postcode ?",
                "metadata": {},
                "dialog_act": {
                    "Hotel-Inform": [["People", "2"], ["Day", "friday"]],
                    "Hotel-Request": [["Post", "?"]],
                },
            },
            {
                "text": "Booked .",
                "metadata": {
                    "hotel": {
                        "semi": {"area": "north", "parking": "yes"},
                        "book": {"booked": [{"name": "x"}], "people": "2", "day": "friday"},
                    }
                },
                "dialog_act": {"Booking-Book": [["Ref", "X1"]]},
            },
            {"text": "Thanks", "metadata": {}, "dialog_act": {"general-thank": [["none", "none"]]}},
            {
                "text": "Bye",
                "metadata": {"hotel": {"semi": {"area": "north", "parking": "yes"}, "book": {"people": "2"}}},
                "dialog_act": "No Annotation",
            },
        ],
    }
}
SGD: dict[str, Any] = {
    "split": "dev",
    "dialogue_id": "1_1",
    "services": ["Hotels_4"],
    "turns": [
        {
            "speaker": "USER",
            "utterance": "A hotel in SF",
            "frames": [
                {
                    "service": "Hotels_4",
                    "actions": [
                        {"act": "INFORM", "slot": "location", "values": ["SF"], "canonical_values": ["San Francisco"]}
                    ],
                    "slots": [],
                    "state": {"requested_slots": [], "slot_values": {"location": ["SF"]}},
                }
            ],
        },
        {
            "speaker": "SYSTEM",
            "utterance": "Arc The.Hotel?",
            "frames": [
                {
                    "service": "Hotels_4",
                    "slots": [],
                    "actions": [{"act": "OFFER", "slot": "place_name", "values": ["Arc"], "canonical_values": ["Arc"]}],
                }
            ],
        },
        {
            "speaker": "USER",
            "utterance": "Is there wifi?",
            "frames": [
                {
                    "service": "Hotels_4",
                    "slots": [],
                    "actions": [{"act": "REQUEST", "slot": "has_wifi", "values": [], "canonical_values": []}],
                    "state": {
                        "requested_slots": ["has_wifi"],
                        "slot_values": {"location": ["San Francisco", "SF"], "place_name": ["Arc"]},
                    },
                }
            ],
        },
        {
            "speaker": "SYSTEM",
            "utterance": "Yes.",
            "frames": [
                {
                    "service": "Hotels_4",
                    "slots": [],
                    "actions": [
                        {"act": "INFORM", "slot": "has_wifi", "values": ["True"], "canonical_values": ["True"]}
                    ],
                }
            ],
        },
    ],
}
MULTIWOZ_22: dict[str, Any] = {
    "dialogue_id": "PMUL1.json",
    "services": ["hotel"],
    "turns": [
        {
            "turn_id": "0",
            "speaker": "USER",
            "utterance": "A cheap hotel, what is its phone?",
            "frames": [
                {
                    "service": "hotel",
                    "slots": [],
                    "state": {
                        "active_intent": "find_hotel",
                        "requested_slots": ["hotel-phone"],
                        "slot_values": {"hotel-pricerange": ["cheap"]},
                    },
                }
            ],
        },
        {
            "turn_id": "1",
            "speaker": "SYSTEM",
            "utterance": "The Acorn.",
            "frames": [{"service": "hotel", "slots": [{"slot": "hotel-name", "value": "The Acorn", "start": 0}]}],
        },
    ],
}
CROSSWOZ: dict[str, Any] = {
    "12": {
        "type": "单领域",
        "messages": [
            {
                "content": "你好，推荐个400-500元的酒店",
                "role": "usr",
                "dialog_act": [
                    ["General", "greet", "none", "none"],
                    ["Inform", "酒店", "价格", "400-500元"],
                    ["Request", "酒店", "名称", ""],
                ],
            },
            {
                "content": "推荐北京饭店",
                "role": "sys",
                "dialog_act": [["Inform", "酒店", "名称", "北京饭店"]],
                "sys_state_init": {"酒店": {"名称": "", "价格": "400-500元", "selectedResults": []}},
                "sys_state": {},
            },
        ],
    }
}
RISAWOZ: dict[str, Any] = {
    "dialogue_id": "car_1",
    "domains": ["汽车"],
    "dialogue": [
        {
            "turn_id": 0,
            "turn_domain": ["汽车"],
            "user_utterance": "想买SUV",
            "system_utterance": "看看途岳",
            "belief_state": {"inform slot-values": {"汽车-车型": "SUV"}, "turn_inform": {}, "turn request": []},
            "user_actions": [["Inform", "汽车", "车型", "SUV"]],
            "system_actions": [["Recommend", "汽车", "名称", "途岳"]],
        },
        {
            "turn_id": 1,
            "turn_domain": ["汽车"],
            "user_utterance": "几座？",
            "system_utterance": "5座",
            "belief_state": {"inform slot-values": {"汽车-车型": "SUV", "汽车-名称": "途岳"}},
            "user_actions": [["Request", "汽车", "座位数", ""]],
            "system_actions": [["Inform", "汽车", "座位数", "5"]],
        },
    ],
}


def write(folder: Path, value: object, *, lines: bool = False) -> Path:
    path = folder / "corpus.json"
    path.write_text(json.dumps([value]) if lines else json.dumps(value), encoding="utf-8")
    return path


def only(path: Path) -> SeedDialogue:
    (seed,) = open_corpus(path)
    return seed


def test_multiwoz_21_is_read_with_its_states(tmp_path: Path) -> None:
    seed = only(write(tmp_path, MULTIWOZ))
    assert (seed.id, seed.domain, seed.language) == ("MUL1.json", "hotel", "en")
    assert [turn.role for turn in seed.turns] == ["user", "agent"] * 3
    # The last turn has no annotation.
    assert [turn.act for turn in seed.turns] == ["inform", "recommend", "ask", "confirm", "thank", ""]
    assert seed.turns[0].inform == {"hotel-area": "north", "hotel-parking": "yes"}
    assert seed.turns[1].request == {"hotel-bookday": "?"}
    assert (seed.turns[1].tell, seed.turns[1].entity) == ({"hotel-name": "The Acorn"}, "The Acorn")
    assert seed.turns[2].inform == {"hotel-bookpeople": "2", "hotel-bookday": "friday"}
    assert seed.turns[2].request == {"hotel-postcode": "?"}


def test_sgd_keeps_the_spelling_it_knew(tmp_path: Path) -> None:
    seed = only(write(tmp_path, SGD, lines=True))
    assert seed.id == "dev/1_1"
    assert accumulate_state(seed.turns) == {"Hotels_4-location": "SF", "Hotels_4-place_name": "Arc"}
    assert [turn.act for turn in seed.turns] == ["inform", "recommend", "ask", "answer"]
    assert seed.turns[2].request == {"Hotels_4-has_wifi": "?"}


def test_multiwoz_22_has_the_same_form_and_its_own_slot_names(tmp_path: Path) -> None:
    seed = only(write(tmp_path, MULTIWOZ_22, lines=True))
    assert (seed.turns[0].inform, seed.turns[0].request) == ({"hotel-pricerange": "cheap"}, {"hotel-phone": "?"})
    assert seed.turns[1].tell == {"hotel-name": "The Acorn"}


def test_crosswoz_takes_the_state_its_wizard_searched_with(tmp_path: Path) -> None:
    seed = only(write(tmp_path, CROSSWOZ))
    assert (seed.id, seed.language, seed.domain) == ("12", "zh", "hotel")
    assert seed.turns[0].inform == {"酒店-价格": "400-500元"}
    assert [turn.act for turn in seed.turns] == ["inform", "recommend"]


def test_risawoz_is_read_by_exchanges(tmp_path: Path) -> None:
    seed = only(write(tmp_path, RISAWOZ, lines=True))
    assert seed.domain == "automotive"
    assert accumulate_state(seed.turns) == {"汽车-车型": "SUV", "汽车-名称": "途岳"}
    assert [turn.act for turn in seed.turns] == ["inform", "recommend", "ask", "answer"]
    mapped = map_slots(seed, load_pack("automotive"), Counts("slots"))
    assert accumulate_state(mapped.turns) == {"body_type": "suv", "model": "途岳"}
    assert mapped.turns[3].tell == {"seats": "5"}


def test_mapped_slots_are_the_packs_and_what_it_lacks_is_counted(tmp_path: Path) -> None:
    counts = Counts("slots")
    seed = map_slots(only(write(tmp_path, MULTIWOZ)), load_pack("hotel"), counts)
    assert seed.turns[2].inform == {"guests": "2", "check_in_date": "friday"}
    assert accumulate_state(seed.turns) == {"distance": "north", "parking": "free", "guests": "2"}  # no day in the end
    assert seed.turns[1].strategy == "recommendation"
    assert counts.dropped == {"no_slot_in_pack": 2}  # the postcode and the reference
    zh = map_slots(only(write(tmp_path, CROSSWOZ)), load_pack("hotel"), counts)
    assert zh.turns[0].inform == {"price": "500"}  # a wish for at most 500


def test_exchanges_about_other_domains_are_left_out(tmp_path: Path) -> None:
    counts = Counts("slots")
    assert map_slots(only(write(tmp_path, CROSSWOZ)), load_pack("restaurant"), counts).turns == ()
    assert counts.dropped == {"other_domain": 1}


def test_who_only_says_when_and_with_how_many_books(tmp_path: Path) -> None:
    talk = json.loads(json.dumps(MULTIWOZ))
    talk["MUL1.json"]["log"][2]["dialog_act"] = {"Hotel-Inform": [["Day", "friday"]]}
    talk["MUL1.json"]["log"][3]["metadata"]["hotel"]["book"].pop("people")
    seed = map_slots(only(write(tmp_path, talk)), load_pack("hotel"), Counts("slots"))
    assert (seed.turns[2].act, seed.turns[2].stage) == ("book", "appointment")


def test_an_unknown_form_and_broken_dialogues_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the first dialogue has title, text, as no set that is known has"):
        list(open_corpus(write(tmp_path, {"title": "x", "text": "y"})))
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([json.dumps(SGD), "{", json.dumps({"turns": [{}]})]), encoding="utf-8")
    counts = Counts("corpus")
    assert len(list(open_corpus(path, counts))) == 1
    assert counts.dropped == {"broken_line": 1, "unreadable": 1}


def test_a_run_takes_our_own_seeds_or_a_public_set(tmp_path: Path) -> None:
    pack = load_pack("hotel")
    counts = Counts("seeds")
    assert [seed.domain for seed in read_seeds(write(tmp_path, MULTIWOZ), pack, "en", counts)] == ["hotel"]
    assert (counts.asked, counts.kept) == (1, 1)
    assert read_seeds(write(tmp_path, MULTIWOZ), pack, "zh", counts) == ()
    assert counts.dropped == {"other_language": 1}
    own = tmp_path / "own.jsonl"
    own.write_text(only(write(tmp_path, SGD, lines=True)).model_dump_json() + "\n", encoding="utf-8")
    assert [seed.id for seed in read_seeds(own, pack, "en", counts)] == ["dev/1_1"]
    with pytest.raises(ConfigurationError, match="there is no seed file"):
        read_seeds(tmp_path / "none", pack, "en", counts)


def list_own_seeds() -> list[str]:
    file = resources.files("streamdial.domains").joinpath("seeds", "hotel.en.jsonl")
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
def test_our_own_seeds_are_read_as_lines_or_a_list_packed_or_not(tmp_path: Path, as_list: bool, packed: bool) -> None:
    lines = list_own_seeds()
    text = f"[{','.join(lines)}]" if as_list else "\n".join(lines)
    path = tmp_path / "own"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    counts = Counts("seeds")
    seeds = read_seeds(path, load_pack("hotel"), "en", counts)
    assert seeds == load_seeds(load_pack("hotel"), "en")
    assert (counts.asked, counts.kept, counts.dropped) == (len(lines), len(lines), {})


@pytest.mark.parametrize("place", [0, 2])
def test_a_broken_line_of_our_own_seeds_is_counted_wherever_it_stands(tmp_path: Path, place: int) -> None:
    lines = list_own_seeds()
    lines.insert(place, '{"id": ')
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    counts = Counts("seeds")
    assert len(read_seeds(path, load_pack("hotel"), "en", counts)) == len(lines) - 1
    assert dict(counts.dropped) == {"broken_line": 1}
    assert counts.notes[0].startswith(f"own.jsonl, line {place + 1}: ")


def test_a_public_set_with_a_broken_first_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sgd.jsonl"
    path.write_text("{\n" + json.dumps(SGD), encoding="utf-8")
    counts = Counts("seeds")
    assert len(read_seeds(path, load_pack("hotel"), "en", counts)) == 1
    assert counts.dropped == {"broken_line": 1}


def test_personal_data_of_a_public_set_is_masked(tmp_path: Path) -> None:
    talk = json.loads(json.dumps(CROSSWOZ))
    first, second = talk["12"]["messages"]
    first["content"] = "我电话13912345678，有500元以下的酒店吗"
    second["content"] = "北京饭店，电话13812345678，地址：北京市朝阳区建国路88号"
    second["dialog_act"] = [["Inform", "酒店", "名称", "北京饭店13812345678"]]
    talk["12"]["messages"] *= 2
    (seed,) = read_seeds(write(tmp_path, talk), load_pack("hotel"), "zh", Counts("seeds"))
    user, agent = seed.turns[:2]
    assert user.utterance == "我电话[PHONE]，有500元以下的酒店吗"
    # Where the hotel is, is no secret.
    assert agent.utterance == "北京饭店，电话[PHONE]，地址：北京市朝阳区建国路88号"
    assert "13812345678" not in seed.model_dump_json()
    assert user.inform == {"price": "500"}


def read_raw(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def list_multiwoz_states(entry: dict[str, Any]) -> dict[int, dict[str, list[str]]]:
    states = {}
    for number in range(1, len(entry["log"]), 2):
        state = {}
        for domain, parts in entry["log"][number]["metadata"].items():
            named = {f"{domain}-{slot.lower()}": value for slot, value in parts["semi"].items()}
            named |= {f"{domain}-book{slot}": value for slot, value in parts["book"].items() if slot != "booked"}
            state |= {name: [value] for name, value in named.items() if value not in ("", "not mentioned", "none")}
        states[number - 1] = state
    return states


def list_crosswoz_states(entry: dict[str, Any]) -> dict[int, dict[str, list[str]]]:
    messages = entry["messages"]
    return {
        number: {
            f"{domain}-{slot}": [value.strip()]
            for domain, slots in messages[number + 1]["sys_state_init"].items()
            for slot, value in slots.items()
            if slot != "selectedResults" and value.strip()
        }
        for number, message in enumerate(messages[:-1])
        if message["role"] == "usr"
    }


def list_sgd_states(entry: dict[str, Any]) -> dict[int, dict[str, list[str]]]:
    states, known = {}, {}
    for number, turn in enumerate(entry["turns"]):
        if turn["speaker"] == "USER":
            for frame in turn["frames"]:
                known[frame["service"]] = frame["state"]["slot_values"]
            states[number] = {f"{name}-{slot}": values for name, part in known.items() for slot, values in part.items()}
    return states


@pytest.mark.parametrize(
    ("name", "list_states"),
    [("multiwoz21", list_multiwoz_states), ("sgd", list_sgd_states), ("crosswoz", list_crosswoz_states)],
)
def test_states_equal_those_of_the_corpus(shared_data: Path, name: str, list_states: Any) -> None:
    path = shared_data / name / "dialogues.jsonl.gz"
    count = 0
    for entry, seed in zip(read_raw(path), open_corpus(path), strict=True):
        for number, state in list_states(entry).items():
            ours = accumulate_state(seed.turns[: number + 1])
            assert set(ours) == set(state)
            assert all(ours[slot] in values for slot, values in state.items())
            count += 1
    assert count > 100
