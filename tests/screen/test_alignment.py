from __future__ import annotations

from streamdial.records import Segment, Word
from streamdial.screen import align_captions


def caption(text: str, start: float, end: float, confidence: float = 0.98) -> Segment:
    return Segment(id=f"c{start}", source_id="video", start=start, end=end, text=text, confidence=confidence)


def heard(text: str, start: float, end: float, probability: float = 0.9) -> Segment:
    step = (end - start) / len(text)
    words = tuple(
        Word(text=sign, start=start + n * step, end=start + (n + 1) * step, probability=probability)
        for n, sign in enumerate(text)
    )
    return Segment(id=f"s{start}", source_id="speech", start=start, end=end, text=text, words=words)


def test_a_caption_takes_the_place_of_what_was_heard_and_gets_its_marks() -> None:
    aligned = align_captions(
        [caption("望湖大床房直播间一晚568", 0.4, 4.1)], [heard("忘湖大床方直播间，一晚568。", 0.0, 4.0)], ""
    )
    (segment,) = aligned.segments
    assert segment.text == "望湖大床房直播间，一晚568。"
    assert segment.heard == "忘湖大床方直播间，一晚568。"
    assert aligned.corrected == 1 and aligned.verbatim


def test_marks_at_the_border_of_two_captions_stand_where_the_words_end() -> None:
    captions = [caption("望湖大床房含早的含双早", 0, 2), caption("早餐在湖边吃", 2, 4), caption("大床房多少钱", 4, 5.6)]
    captions.append(caption("一晚568", 5.6, 8))
    speech = [
        heard("望湖大床房含早的，含双", 0, 2),
        heard("早，早餐在湖边吃。", 2, 4),
        heard("大床房多少", 4, 5.6),
        heard("钱？一晚568。", 5.6, 8),
    ]
    texts = [segment.text for segment in align_captions(captions, speech, "").segments]
    assert texts == ["望湖大床房含早的，含双早，", "早餐在湖边吃。", "大床房多少钱？", "一晚568。"]


def test_a_caption_that_was_read_badly_stands_beside_what_was_heard() -> None:
    aligned = align_captions(
        [caption("望糊大末房", 0, 2, confidence=0.6), caption("一晚五百六十八", 2, 4)],
        [heard("望湖大床房", 0, 2), heard("一晚五百六十八", 2, 4)],
        "",
    )
    assert [(segment.text, segment.shown) for segment in aligned.segments] == [
        ("望湖大床房", "望糊大末房"), ("一晚五百六十八", ""),
    ]  # fmt: skip


def test_where_nothing_was_heard_the_captions_are_the_transcript() -> None:
    aligned = align_captions([caption("大家晚上好", 0, 2), caption("欢迎来到直播间", 2, 4)], [], "")
    assert [segment.text for segment in aligned.segments] == ["大家晚上好", "欢迎来到直播间"]
    assert aligned.added == 2


def test_slogans_that_nobody_says_are_no_transcript() -> None:
    said = [heard("今天我们看一下这几个房型", 0, 4), heard("泳池早上七点开门", 4, 8)]
    aligned = align_captions([caption("限时特惠立即抢购", 0, 4), caption("关注不迷路加粉丝团", 4, 8)], said, "")
    assert aligned.segments == said and not aligned.verbatim


def test_speech_without_captions_stays_as_it_was() -> None:
    said = [heard("今天我们看一下这几个房型", 0, 4), heard("泳池早上七点开门", 20, 24)]
    aligned = align_captions([caption("今天我们看一下这几个房形", 0, 4)], said, "")
    assert [segment.text for segment in aligned.segments] == ["今天我们看一下这几个房形", "泳池早上七点开门"]
