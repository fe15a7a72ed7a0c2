"""Packs that inherit, leave languages out, and win over the shared lists."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from streamdial.domains import list_domains, load_pack
from streamdial.errors import ConfigurationError
from streamdial.signals.intents import decide_intent
from streamdial.slots import SlotReader

PACKS = Path(__file__).parent / "packs"
LINES = [
    (vertical, line)
    for vertical, lines in yaml.safe_load((PACKS / "lines.yaml").read_text(encoding="utf-8")).items()
    for line in lines
]
COSMETICS = """\
extends: service
id: cosmetics
languages: [zh]
names: 彩妆
entity_slot: item
screening: {keywords: [彩妆, 口红, 粉底]}
topics: [色号, 显白, 拔干]
slots:
  item: {type: entity, names: 单品, headers: [单品]}
  delivery: null
"""


def write_pack(folder: Path, text: str, name: str = "own.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_five_foreign_verticals_bring_sixty_lines() -> None:
    assert len(LINES) == 60
    for vertical in {vertical for vertical, _ in LINES}:
        assert len((PACKS / f"{vertical}.yaml").read_text(encoding="utf-8").splitlines()) <= 66


@pytest.mark.parametrize(("vertical", "line"), LINES)
def test_no_line_of_a_foreign_vertical_is_dropped_for_want_of_a_word(vertical: str, line: str) -> None:
    pack = load_pack(str(PACKS / f"{vertical}.yaml"))
    decision = decide_intent(line, SlotReader(pack, pack.languages[0]))
    assert decision.reason is None, decision
    assert decision.act is not None


def test_a_pack_wins_over_what_the_shared_lists_call_off_topic(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path, COSMETICS))
    decision = decide_intent("这个口红什么色号", SlotReader(pack, "zh"))
    assert (decision.reason, decision.act) == (None, "ask")
    # For who sells something else both stay chat about the host.
    assert decide_intent("这个口红什么色号", SlotReader(load_pack("automotive"), "zh")).reason == "off_topic"


def test_what_any_vertical_is_asked_about_takes_nothing_from_the_shared_lists(tmp_path: Path) -> None:
    text = COSMETICS.replace("topics: [", "topics: [colour, ")
    pack = load_pack(write_pack(tmp_path, text))
    assert "hair colour" in pack.chat["off_topic"]["en"]
    assert "色号" not in pack.chat["off_topic"]["zh"]


def test_word_classes_of_a_pack_are_added_to_the_shared_ones(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path, COSMETICS + "chat: {off_topic: [色号墙]}\n"))
    assert {"色号墙", "发型"} <= set(pack.chat["off_topic"]["zh"])


@pytest.mark.parametrize("domain", list_domains())
def test_a_pack_of_the_package_keeps_what_it_means_to_be_off_topic(domain: str) -> None:
    shared = load_pack("automotive").chat["off_topic"]
    for language, phrases in load_pack(domain).chat["off_topic"].items():
        assert set(phrases) == set(shared[language])


def test_slots_and_strategies_are_inherited_and_taken_away(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path, COSMETICS))
    assert list(pack.slots)[-1] == "item"
    assert {"price", "opening_hours", "visit_date"} <= set(pack.slots)
    assert "delivery" not in pack.slots
    assert len(pack.strategies) == 13
    assert pack.price_slot == "price"
    assert pack.stock_slot == "availability"


def test_an_inherited_slot_is_changed_by_the_keys_that_are_written(tmp_path: Path) -> None:
    text = COSMETICS.replace("  delivery: null\n", "  price: {ask: [几个米]}\n  offer: null\n")
    pack = load_pack(write_pack(tmp_path, text))
    assert pack.slots["price"].ask == {"zh": ("几个米",)}
    assert pack.slots["price"].type == "money"
    assert pack.offers == ()


def test_bare_texts_are_of_the_language_of_the_pack_and_names_serve_all(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path, COSMETICS))
    assert pack.languages == ("zh",)
    assert pack.names == {"zh": "彩妆", "en": "彩妆"}
    assert pack.topics == {"zh": ("色号", "显白", "拔干")}
    assert pack.release_name == "cosmetics"
    assert load_pack("hotel").languages == ("en", "zh")


def test_a_pack_extends_one_that_lies_beside_it(tmp_path: Path) -> None:
    write_pack(tmp_path, COSMETICS)
    more = "extends: own.yaml\nid: lipsticks\nnames: 口红\ntopics: [持久]\n"
    pack = load_pack(write_pack(tmp_path, more, "lipsticks.yaml"))
    assert (pack.id, pack.names["zh"], pack.entity_slot) == ("lipsticks", "口红", "item")
    assert pack.topics == {"zh": ("持久",)}


def test_an_edited_pack_is_read_anew(tmp_path: Path) -> None:
    path = write_pack(tmp_path, COSMETICS)
    assert "持妆" not in load_pack(path).topics["zh"]
    write_pack(tmp_path, COSMETICS.replace("topics: [", "topics: [持妆, "))
    assert "持妆" in load_pack(path).topics["zh"]


def test_a_pack_that_extends_itself_or_nothing_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="extends itself"):
        load_pack(write_pack(tmp_path, COSMETICS.replace("service", "own.yaml")))
    with pytest.raises(ConfigurationError, match="'shop' is not known"):
        load_pack(write_pack(tmp_path, COSMETICS.replace("service", "shop")))
    with pytest.raises(ConfigurationError, match="name one pack"):
        load_pack(write_pack(tmp_path, COSMETICS.replace("service", "[service]")))


def test_the_first_fault_says_how_many_more_there_are(tmp_path: Path) -> None:
    text = COSMETICS.replace("topics:", "topcis:").replace("type: entity", "type: thing")
    with pytest.raises(ConfigurationError, match=r"\(and 1 more\).*domains check"):
        load_pack(write_pack(tmp_path, text))


def test_general_chat_about_what_a_pack_sells_does_not_speak_against_its_lines() -> None:
    phones = load_pack(str(PACKS / "phones.yaml")).intents["none"]["zh"]
    assert "这游戏在手机上能装吗" not in phones
    assert "这游戏在手机上能装吗" in load_pack("automotive").intents["none"]["zh"]


def test_a_pack_that_extends_itself_by_another_name_of_its_path_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "a.yaml").write_text("id: a\nextends: ../p/a.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="extends itself"):
        load_pack(str(folder / "a.yaml"))
