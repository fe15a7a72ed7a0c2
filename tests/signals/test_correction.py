from __future__ import annotations

import pytest

from streamdial.records import Page
from streamdial.signals import collect_facts
from streamdial.signals.correction import (
    Lexicon,
    allow_edits,
    check_against_facts,
    find_renamed_entities,
    fold_sound,
    rename_entities,
)
from streamdial.slots import SlotReader


@pytest.mark.parametrize(("length", "edits"), [(4, 0), (5, 1), (8, 1), (9, 2), (14, 2)])
def test_longer_words_may_differ_in_more_letters(length: int, edits: int) -> None:
    assert allow_edits(length) == edits


def test_sounds_that_are_confused_fold_to_one() -> None:
    assert fold_sound("知") == fold_sound("资")
    assert fold_sound("宁") == fold_sound("林")
    assert fold_sound("大床房") == fold_sound("大床方")


def test_a_name_written_with_its_own_letters_is_put_right_without_a_correction() -> None:
    assert Lexicon(["Silverleaf Motors"]).correct("welcome to Silver leaf Motors") == (
        "welcome to Silverleaf Motors",
        Lexicon(["Silverleaf Motors"]).correct("welcome to Silver leaf Motors")[1],
    )
    text, changes = Lexicon(["Meridian"]).correct("the meridian")
    assert text == "the Meridian"
    assert changes == []


def test_a_near_spelling_is_repaired_with_both_texts() -> None:
    text, (change,) = Lexicon(["Meridian"]).correct("the Meridien is here")
    assert text == "the Meridian is here"
    assert (change.before, change.after, change.reason) == ("Meridien", "Meridian", "lexicon_fuzzy")


@pytest.mark.parametrize("text", ["the median price", "a medium car", "no terms at all"])
def test_sound_words_are_left_alone(text: str) -> None:
    assert Lexicon(["Meridian", "Harvest", "warranty"]).correct(text) == (text, [])


def test_a_chinese_name_is_repaired_by_its_sound() -> None:
    text, (change,) = Lexicon(["望湖大床房"]).correct("推荐忘湖大床方给您")
    assert text == "推荐望湖大床房给您"
    assert (change.before, change.reason) == ("忘湖大床方", "lexicon_phonetic")


def test_two_characters_are_never_repaired_by_sound_alone() -> None:
    assert Lexicon(["含早"]).correct("他寒早起") == ("他寒早起", [])


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


def test_a_figure_that_contradicts_the_page_is_not_told(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    mentions = [m for m in reader.find_values("the Meridian is $26,900 with 7 seats") if m.slot != "model"]
    checked = check_against_facts(mentions, ["Meridian"], facts)
    assert checked.tells == {"seats": "7"}
    assert [(c.before, c.after, c.reason) for c in checked.corrections] == [("$26,900", "", "inconsistent")]


def test_two_per_cent_off_is_the_same_figure(reader: SlotReader, page: Page) -> None:
    facts = collect_facts([page], reader.pack, "en")
    mentions = [m for m in reader.find_values("about $47,000") if m.slot != "model"]
    assert check_against_facts(mentions, ["Meridian"], facts).tells == {"price": "47000"}
