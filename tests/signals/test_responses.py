from __future__ import annotations

from streamdial.counts import Counts
from streamdial.models.speech import build_segment
from streamdial.records import Segment, Word
from streamdial.signals.correction import Corrector, correct_sentences
from streamdial.signals.responses import extract_responses
from streamdial.signals.sentences import split_sentences
from streamdial.slots import SlotReader


def speak(text: str, start: float, *, pace: float = 0.4) -> Segment:
    words = tuple(
        Word(text=word, start=start + pace * i, end=start + pace * (i + 1), probability=0.9)
        for i, word in enumerate(text.split())
    )
    return build_segment("s", start, words[-1].end, text, words)


def respond(reader: SlotReader, *segments: Segment) -> list[tuple[str, tuple[str, ...], dict[str, str]]]:
    corrector = Corrector(reader.pack, "en", names=reader.entities)
    sentences = correct_sentences(split_sentences(segments, "en"), reader, corrector)
    found = extract_responses(sentences, reader, {}, Counts("r"), source_id="rec")
    return [(response.text, response.entities, response.tells) for response in found]


def test_a_sentence_may_run_over_two_segments() -> None:
    sentences = list(split_sentences([speak("The range of the", 0.0), speak("Meridian is fine. Next.", 1.7)], "en"))
    assert [sentence.text for sentence in sentences] == ["The range of the Meridian is fine.", "Next."]
    assert sentences[0].start == 0.0


def test_a_segment_without_words_shares_its_time_by_length() -> None:
    segment = build_segment("s", 10.0, 20.0, "12345678。12345678。", ())
    sentences = list(split_sentences([segment], "zh"))
    assert [(s.start, s.end) for s in sentences] == [(10.0, 15.0), (15.0, 20.0)]


def test_speech_without_full_stops_is_cut_at_segment_borders_when_it_is_long() -> None:
    segments = [build_segment("s", 3.0 * i, 3.0 * i + 3, "这款车的空间真的很大坐七个人没问题", ()) for i in range(40)]
    sentences = list(split_sentences(segments, "zh"))
    assert {len(sentence.text) for sentence in sentences[:-1]} == {51}
    endless = [
        build_segment("s", 0.0, 900.0, "大" * 10, tuple(Word(text="大", start=i, end=i + 0.9) for i in range(900)))
    ]
    assert max(len(sentence.text) for sentence in split_sentences(endless, "zh")) <= 180


def test_each_thing_gets_its_own_answer(reader: SlotReader) -> None:
    found = respond(reader, speak("The range of the Meridian is 540 km. The Horizon goes 620 km far.", 0.0))
    assert found == [
        ("The range of the Meridian is 540 km.", ("Meridian",), {"range": "540"}),
        ("The Horizon goes 620 km far.", ("Horizon",), {"range": "620"}),
    ]


def test_a_run_on_sentence_is_split_at_the_next_name(reader: SlotReader) -> None:
    found = respond(
        reader, speak("the price of the Horizon is $36,800, the Cascade has all-wheel drive and space", 0.0)
    )
    assert [entities for _, entities, _ in found] == [("Horizon",), ("Cascade",)]


def test_it_means_what_was_named_before_a_short_pause(reader: SlotReader) -> None:
    found = respond(reader, speak("The Cascade is our electric SUV.", 0.0), speak("It costs $41,500 in all.", 3.9))
    assert found[1][1:] == (("Cascade",), {"price": "41500"})


def test_a_question_the_host_repeats_stays_with_its_answer(reader: SlotReader) -> None:
    found = respond(reader, speak("How much is the Meridian? The Meridian costs $46,900 with tax.", 0.0))
    assert len(found) == 1
    assert found[0][2] == {"price": "46900"}


def test_short_remarks_are_dropped_with_a_reason(reader: SlotReader) -> None:
    counts = Counts("r")
    assert not list(
        extract_responses(split_sentences([speak("Fine with me.", 0.0)], "en"), reader, {}, counts, source_id="rec")
    )
    assert counts.dropped == {"too_short": 1}


def test_a_range_is_told_as_no_single_value_and_what_may_be_two_is_noted(reader: SlotReader) -> None:
    ranged = respond(reader, speak("The Meridian costs $30,000 to $40,000 and seats 7 seats inside.", 0.0))
    assert [tells for _, _, tells in ranged] == [{"seats": "7"}]
    counts = Counts("responses")
    corrector = Corrector(reader.pack, "en", names=reader.entities)
    spoken = split_sentences([speak("The Meridian costs 500 kr and goes a really long way.", 0.0)], "en")
    found = list(extract_responses(correct_sentences(spoken, reader, corrector), reader, {}, counts, source_id="rec"))
    assert [response.tells for response in found] == [{}]
    assert counts.notes == ["numbers left out of responses: ambiguous_unit 1"]
