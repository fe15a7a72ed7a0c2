"""What a recogniser made up is told from what people say."""

from __future__ import annotations

import pytest

from streamdial.models import Decoding, find_made_up
from streamdial.models.transcript_guard import is_loop


@pytest.mark.parametrize(
    "text",
    [
        "thank you thank you thank you thank you",
        "well thank you thank you thank you thank you",
        "go go go go go go",
        "谢谢谢谢谢谢谢谢",
        "the car is the car is the car is the car is the car",
        "续航很长续航很长续航很长续航很长",
        "今天给大家介绍一下这款车，它真的非常不错。谢谢大家，谢谢大家，谢谢大家，谢谢大家，谢谢大家",
        "the price is 46,900 and I will tell you more " + "about the seat and " * 5,
    ],
)
def test_one_phrase_over_and_over_is_a_loop(text: str) -> None:
    assert is_loop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the range is six hundred kilometers",
        "thank you thank you thank you",
        "go go go go",
        "no no no no that is not at all what I wanted to say about the price of this car",
        "好的好的，续航六百二十公里，快充三十分钟",
        "对对对对对",
        "好的好的好的好的",
        "three two one three two one",
        "一二三四五六七八九十",
        "ten twenty thirty forty fifty sixty",
    ],
)
def test_other_speech_is_none(text: str) -> None:
    assert not is_loop(text)


def test_a_text_of_any_length_is_judged_in_time() -> None:
    assert not is_loop(" ".join(str(number) for number in range(20_000)))


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching.",
        "Thanks for watching! Please subscribe to our channel.",
        "Subtitles by the Amara.org community",
        "See you in the next video!",
        "♪",
        "字幕by 林小雨",
        "(字幕:小鱼)",
        "字幕由 Amara.org 社区提供",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "请不吝點贊訂閱轉發打賞支持明鏡與點點欄目",
        "感谢观看，我们下期再见",
    ],
)
def test_credits_and_calls_of_video_channels_are_stock_phrases(text: str) -> None:
    assert find_made_up([(text, None)]) == ["stock_phrase"]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching, the Aster costs 31,500 dollars.",
        "Thank you for watching and the Aster costs 31,500 dollars.",
        "Subscribe to the newsletter for the price list.",
        "谢谢大家",
        "这个视频的字幕是我自己做的",
        "点关注不迷路，今天的价格是五万八",
    ],
)
def test_a_host_s_own_words_are_not(text: str) -> None:
    assert find_made_up([(text, None)]) == [None]


@pytest.mark.parametrize(
    ("text", "decoding", "reason"),
    [
        ("the seat is red", Decoding(0.93, -1.3, 1.2), "no_speech"),
        ("the seat is red", Decoding(0.93, None, None), "no_speech"),
        ("the seat is red", Decoding(0.93, -0.4, 1.2), None),
        ("the seat is red", Decoding(0.2, -1.3, 1.2), None),
        ("the seat is red", Decoding(0.1, -0.2, 2.6), "repetition_loop"),
        ("Thank you.", Decoding(0.93, -0.4, 1.2), "silence_hallucination"),
        ("Thank you.", Decoding(0.1, -0.4, 1.2), None),
        ("谢谢大家。", Decoding(0.7, -0.4, None), "silence_hallucination"),
        ("[Music]", None, "no_speech"),
        ("(掌声)", None, "no_speech"),
        ("...", None, "no_speech"),
    ],
)
def test_the_recogniser_s_own_figures_decide(text: str, decoding: Decoding | None, reason: str | None) -> None:
    assert find_made_up([(text, decoding)]) == [reason]


def judge(*lines: str) -> list[str]:
    return [line for line, reason in zip(lines, find_made_up([(each, None) for each in lines]), strict=True) if reason]


def test_of_segments_that_come_again_and_again_the_first_stays() -> None:
    found = find_made_up([(text, None) for text in ["we start", *["And so it goes on."] * 7, "we end"]])
    assert found == [None, None, *["repetition_loop"] * 6, None]


def test_two_segments_that_take_turns_are_a_loop_too() -> None:
    assert judge("a b c", *["first of two", "second of two"] * 4, "d e f") == ["first of two", "second of two"] * 3


def test_what_people_repeat_stays() -> None:
    chorus = ["sing it loud, sing it low", "over the hills we go"]
    assert not judge(*["对"] * 5)
    assert not judge(*["three two one"] * 3)
    assert not judge(*["the room is six hundred and eighty eight a night"] * 2)
    assert not judge(chorus[0], "one", chorus[0], "two", chorus[0], "three", chorus[0], "four", chorus[0])
    assert not judge("", "", "", "", "", "", "")
