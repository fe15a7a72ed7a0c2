from __future__ import annotations

import pytest

from streamdial.text import (
    cut_pieces,
    detect_language,
    find_phrase,
    fold_text,
    hide_user_info,
    set_chinese_punctuation,
    simplify_chinese,
    split_words,
)


@pytest.mark.parametrize(
    "text",
    [
        "婴儿床有的，提前说一声就行。",
        "预算1,200元，要有浴缸！",
        "周六16:00可以吗？",
        "停车免费；泳池也开",
        "SU7，还是L7？",
    ],
)
def test_a_folded_chinese_sentence_gets_its_punctuation_back(text: str) -> None:
    assert set_chinese_punctuation(fold_text(text)) == text


def test_other_texts_keep_theirs() -> None:
    assert set_chinese_punctuation("Well, 1,200 dollars? Sure: 16:00!") == "Well, 1,200 dollars? Sure: 16:00!"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Сколько стоит машина?", "other"),
        ("ราคาเท่าไหร่", "other"),
        ("كم سعر السيارة", "other"),
        ("כמה זה עולה", "other"),
        ("कितने का है", "other"),
        ("πόσο κάνει", "other"),
        ("얼마예요", "other"),
        ("この車はいくらですか", "other"),
        ("Wie viel kostet das Auto?", "other"),
        ("¿cuánto cuesta el coche?", "other"),
        ("combien coûte la voiture", "other"),
        ("quanto custa o carro", "other"),
        ("quanto costa la macchina", "other"),
        ("giá bao nhiêu", "other"),
        ("berapa harganya", "other"),
        ("bhai iska kitna hai", "other"),
        ("zhe ge duo shao qian a", "other"),
        ("hi i am late to the show", "en"),
        ("車の价格多少", "zh"),
        ("多少钱(´Д`)", "zh"),
        ("Tesla Model Y 落地价", "zh"),
        ("nice (´Д`)", "en"),
        ("La Quinta de la Costa", "en"),
        ("El Camino price", "en"),
        ("Das Auto", "en"),
        ("crème brûlée?", "en"),
        ("do you have phở", "en"),
        ("how much is the jalapeño burger", "en"),
        ("merci", "en"),
        ("7?", "en"),
    ],
)
def test_other_languages_are_told_by_script_and_small_words(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_traditional_characters_are_compared_as_simplified_ones_one_for_one() -> None:
    text = "這台車多少錢，保固幾年 OK?"
    assert simplify_chinese(text) == "这台车多少钱，保固几年 OK?"
    assert split_words("優惠") == split_words("优惠")
    assert simplify_chinese("落地价多少钱") == "落地价多少钱"


def test_an_empty_phrase_stands_nowhere() -> None:
    assert find_phrase("any text", "") is None


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("--url https://me:se@cret@example.org/v?id=1", "--url https://***@example.org/v?id=1"),
        ("rtmp://token@example.org", "rtmp://***@example.org"),
        ("https://example.org/@channel mail a@b.org", "https://example.org/@channel mail a@b.org"),
    ],
)
def test_urls_tell_no_password(text: str, hidden: str) -> None:
    assert hide_user_info(text) == hidden


@pytest.mark.parametrize("before", range(1990, 2003))
def test_a_long_text_is_cut_and_no_figure_with_it(before: int) -> None:
    text = "很好" * (before // 2) + "好" * (before % 2) + "价格128000元" + "很好" * 900
    pieces = list(cut_pieces(text))
    assert "".join(piece for _, piece in pieces) == text
    assert [text[start : start + len(piece)] for start, piece in pieces] == [piece for _, piece in pieces]
    assert any("128000" in piece for _, piece in pieces)


def test_a_long_text_is_cut_behind_a_sentence_where_there_is_one() -> None:
    text = "It costs 46 thousand. " * 300
    assert all(piece.startswith("It costs") or piece.startswith(" It") for _, piece in cut_pieces(text))
    assert [piece for _, piece in cut_pieces("short")] == ["short"] and not list(cut_pieces(""))
