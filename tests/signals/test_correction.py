from __future__ import annotations

import pytest

from streamdial.domains import load_pack
from streamdial.lexicon import LexiconEntry, build_lexicon
from streamdial.records import Correction, Language, Page
from streamdial.signals import collect_facts
from streamdial.signals.correction import Corrector, find_renamed_entities, rename_entities
from streamdial.slots import SlotReader


def correct(text: str, *names: str, language: Language = "en") -> tuple[str, list[tuple[str, str, str]]]:
    corrector = Corrector(load_pack("automotive"), language, names=names)
    corrected, changes = corrector.correct_terms(text)
    return corrected, [(change.before, change.after, change.reason) for change in changes]


def test_a_name_in_other_case_is_put_right_without_a_correction() -> None:
    assert correct("the meridian", "Meridian") == ("the Meridian", [])


@pytest.mark.parametrize(
    ("heard", "name", "reason"),
    [
        ("Silver leaf Motors", "Silverleaf Motors", "lexicon_exact"),
        ("Meridien", "Meridian", "lexicon_fuzzy"),
        ("bore alice", "Borealis", "lexicon_phonetic"),
        ("castrol EV", "Kestrel EV", "lexicon_phonetic"),
        ("Heart Family Set", "Hearth Family Set", "lexicon_fuzzy"),
    ],
)
def test_a_damaged_english_name_is_repaired_with_both_texts(heard: str, name: str, reason: str) -> None:
    assert correct(f"look at the {heard} tonight", name) == (f"look at the {name} tonight", [(heard, name, reason)])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the median price", "Meridian"),
        ("a medium car", "Meridian"),
        ("the Kestrel is here", "Kestrel EV"),
        ("we have several Meridians", "Meridian"),
        ("a trade-in is fine", "Harvest"),
        ("pay at the cashier", "Cassia"),
        ("trading in an old car", "Harvest"),
        ("Copper Ladle is full", "Copper Lane"),
    ],
)
def test_sound_words_are_left_alone(text: str, name: str) -> None:
    assert correct(text, name) == (text, [])


@pytest.mark.parametrize(
    ("text", "name", "right"),
    [
        ("推荐忘湖大床方给您", "望湖大床房", "推荐望湖大床房给您"),
        ("云蓝的空调真的省电", "云澜", "云澜的空调真的省电"),
        ("大家看星野一六", "星野E6", "大家看星野E6"),
        ("灵川pro最早九月", "凌川Pro", "凌川Pro最早九月"),
    ],
)
def test_a_chinese_name_is_repaired_by_its_sound(text: str, name: str, right: str) -> None:
    assert correct(text, name, language="zh")[0] == right


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("你们几月有活动", "霁月"),
        ("真的很有诚意", "晨翼"),
        ("从兰州过来的朋友", "澜舟"),
        ("这个自动泊车好用", "自动驻车"),
    ],
)
def test_chinese_words_that_sound_like_a_name_are_left_alone(text: str, name: str) -> None:
    assert correct(text, name, language="zh") == (text, [])


def test_an_ordinary_word_is_taken_for_a_name_when_the_price_told_with_it_is_that_names_alone(page: Page) -> None:
    pack = load_pack("automotive")
    facts = collect_facts([page], pack, "en")
    corrector = Corrector(pack, "en", names=["Meridian", "Horizon"], facts=facts)
    assert corrector.correct_terms("the median is roomy") == ("the median is roomy", [])
    assert corrector.correct_terms("the meridien costs $46,900")[0] == "the Meridian costs $46,900"
    text, changes = corrector.correct_terms("the horizons costs $36,800")
    assert (text, changes) == (
        "the Horizon costs $36,800",
        [Correction(before="horizons", after="Horizon", reason="evidence", evidence=("page",))],
    )


def test_a_repaired_name_tells_which_page_shows_it() -> None:
    corrector = Corrector(load_pack("automotive"), "en", names=["Meridian"], shown_by={"Meridian": "page-7"})
    ((change),) = corrector.correct_terms("the Meridien is here")[1]
    assert change.evidence == ("page-7",)


def test_what_stands_in_the_market_lexicon_is_somebody_elses_name() -> None:
    pack = load_pack("automotive")
    market = build_lexicon([LexiconEntry("Verona")])
    assert Corrector(pack, "en", names=["Verano"]).correct_terms("the Verona tonight")[0] == "the Verano tonight"
    assert Corrector(pack, "en", names=["Verano"], market=market).correct_terms("the Verona tonight") == (
        "the Verona tonight",
        [],
    )


def test_the_accounts_own_way_to_write_a_term_stands_before_the_packs() -> None:
    corrector = Corrector(load_pack("automotive"), "en", terms=["heat-pump"])
    assert corrector.correct_terms("a heap pump")[0] == "a heat-pump"


def test_a_wrong_name_is_found_by_the_figure_told_with_it(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    renamed = find_renamed_entities(["the Verizon costs $36,800"], reader, facts)
    assert renamed == {"Verizon": ("Horizon", "page")}
    text, (change,) = rename_entities("take the Verizon", renamed)
    assert text == "take the Horizon"
    assert change.reason == "evidence"
    assert change.evidence == ("page",)


def test_a_name_that_sounds_like_nothing_known_is_left(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    assert find_renamed_entities(["the Falcon costs $36,800"], reader, facts) == {}
