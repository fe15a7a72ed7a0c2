import json
import re
from importlib import resources

import pytest

from streamdial.domains import DomainPack, Slot, list_domains, load_pack
from streamdial.records import REQUESTED, Language, SeedDialogue, Turn

LANGUAGES: tuple[Language, ...] = ("en", "zh")
FILES = [(domain, language) for domain in list_domains() for language in LANGUAGES]
ACTS = {
    "user": {
        "greet", "inform", "ask_offer", "ask", "compare", "object", "negotiate", "accept", "book", "defer", "thank",
        "revise", "ask_hold",
    },
    "agent": {
        "greet", "request", "recommend", "answer", "no_answer", "compare", "handle_objection", "negotiate", "recover",
        "upsell", "propose", "confirm", "hand_over", "close", "explain_conflict", "check_stock", "hold",
    },
}  # fmt: skip


def read_seeds(domain: str, language: Language) -> list[SeedDialogue]:
    path = resources.files("streamdial.domains").joinpath("seeds", f"{domain}.{language}.jsonl")
    return [SeedDialogue.model_validate(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def list_wordings(slot: Slot, value: str, language: Language) -> list[str]:
    """Every way the annotated value may stand in a text."""
    if slot.type in ("category", "boolean"):
        return list(slot.values[value][language])
    wordings = [value]
    if slot.type == "money":
        number = int(value)
        wordings.append(f"{number:,}")
        wordings.append(f"{number / 10_000:g}万")
        wordings.append(f"{number // 10_000}万{number % 10_000 // 1000}")
    return wordings


def is_said(slot: Slot, value: str, language: Language, utterance: str) -> bool:
    text = utterance.lower()
    for wording in (one.lower() for one in list_wordings(slot, value, language)):
        if slot.type in ("money", "count", "quantity"):
            if re.search(rf"(?<![\d.,]){re.escape(wording)}(?![\d万]|[.,]\d)", text):
                return True
        elif wording in text:
            return True
    return False


def list_turns(domain: str, language: Language) -> list[tuple[str, Turn]]:
    return [(f"{seed.id}#{turn.turn_id}", turn) for seed in read_seeds(domain, language) for turn in seed.turns]


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_every_file_holds_enough_seeds_with_ids_of_their_own(domain: str, language: Language) -> None:
    seeds = read_seeds(domain, language)
    assert len(seeds) >= (8 if (domain, language) == ("automotive", "en") else 6)
    assert len({seed.id for seed in seeds}) == len(seeds)
    assert {(seed.domain, seed.language) for seed in seeds} == {(domain, language)}


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_every_outcome_occurs(domain: str, language: Language) -> None:
    assert {seed.outcome for seed in read_seeds(domain, language)} == {"success", "deferral", "drop_out", "hand_over"}


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_roles_alternate_and_the_user_begins(domain: str, language: Language) -> None:
    for seed in read_seeds(domain, language):
        assert 10 <= len(seed.turns) <= 16, seed.id
        assert [turn.turn_id for turn in seed.turns] == list(range(len(seed.turns))), seed.id
        assert [turn.role for turn in seed.turns] == ["user", "agent"] * (len(seed.turns) // 2), seed.id


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_acts_stages_and_strategies_are_known(domain: str, language: Language) -> None:
    pack = load_pack(domain)
    for place, turn in list_turns(domain, language):
        assert turn.act in ACTS[turn.role], place
        assert turn.stage in pack.stages, place
        if turn.role == "agent":
            assert turn.strategy in pack.strategies, place
        else:
            assert turn.strategy == "", place


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_each_side_annotates_only_what_is_its_own(domain: str, language: Language) -> None:
    for place, turn in list_turns(domain, language):
        assert not (turn.tell if turn.role == "user" else turn.inform), place
        assert set(turn.request.values()) <= {REQUESTED}, place


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_slots_exist_and_their_values_are_said(domain: str, language: Language) -> None:
    pack = load_pack(domain)
    for place, turn in list_turns(domain, language):
        assert turn.entity in turn.utterance, place
        assert set(turn.request) <= set(pack.slots), place
        for name, value in {**turn.inform, **turn.tell}.items():
            assert name in pack.slots, place
            slot = pack.slots[name]
            assert is_said(slot, value, language, turn.utterance), f"{place}: {name}={value} in {turn.utterance!r}"


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_no_digit_stands_in_an_utterance_without_annotation(domain: str, language: Language) -> None:
    for place, turn in list_turns(domain, language):
        said = "".join(re.findall(r"\d", turn.utterance))
        stated = "".join(re.findall(r"\d", "".join([*turn.inform.values(), *turn.tell.values(), turn.entity])))
        assert set(said) <= set(stated), f"{place}: {turn.utterance!r}"


@pytest.mark.parametrize(("domain", "language"), FILES)
def test_every_wish_is_asked_for_and_stated_somewhere(domain: str, language: Language) -> None:
    pack: DomainPack = load_pack(domain)
    turns = [turn for _, turn in list_turns(domain, language)]
    wishes = set(pack.list_slots(mined=True))
    assert wishes <= {name for turn in turns if turn.role == "user" for name in turn.inform}
    assert wishes <= {name for turn in turns if turn.role == "agent" for name in turn.request}


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("up to $42,000 please", "42000", True),
        ("预算28.5万", "285000", True),
        ("28万5能拿吗", "285000", True),
        ("it is 142,000", "42000", False),
        ("30万", "300000", True),
        ("3万", "300000", False),
    ],
)
def test_amounts_are_found_in_their_usual_forms(text: str, value: str, expected: bool) -> None:
    assert is_said(load_pack("automotive").slots["price"], value, "zh", text) is expected
