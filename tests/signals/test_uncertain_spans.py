from __future__ import annotations

from collections.abc import Sequence

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import ChatModel
from streamdial.models.speech import build_segment
from streamdial.records import Correction, Page, Word
from streamdial.signals import collect_facts
from streamdial.signals.correction import Corrector, correct_sentences
from streamdial.signals.sentences import Sentence, split_sentences
from streamdial.signals.uncertain_spans import UncertainSpan, find_uncertain_spans, repair_uncertain_spans
from streamdial.slots import SlotReader
from streamdial.testing import ScriptedChatModel


def prepare(page: Page, *lines: str) -> tuple[list[Sentence], SlotReader, Corrector]:
    pack = load_pack("automotive")
    reader = SlotReader(pack, "en", ["Meridian", "Cascade", "Horizon"])
    corrector = Corrector(pack, "en", names=reader.entities, facts=collect_facts([page], pack, "en"))
    sentences = [Sentence(line, line, 5.0 * i, 5.0 * i + 3, (f"seg{i}",)) for i, line in enumerate(lines)]
    return correct_sentences(sentences, reader, corrector), reader, corrector


def show(doubts: Sequence[UncertainSpan]) -> list[tuple[str, str, str]]:
    return [(doubt.heard, doubt.kind, doubt.candidates[0].form) for doubt in doubts]


async def repair(page: Page, answer: str, *lines: str) -> tuple[list[Sentence], Counts, ScriptedChatModel]:
    sentences, reader, corrector = prepare(page, *lines)
    model, counts = ScriptedChatModel([answer] * 4), Counts("model correction")
    assert isinstance(model, ChatModel)
    return await repair_uncertain_spans(sentences, reader, corrector, model, counts), counts, model


def test_a_sound_sentence_raises_no_doubt(page: Page) -> None:
    sentences, reader, corrector = prepare(page, "The Meridian costs $46,900 and seats seven.")
    assert find_uncertain_spans(sentences[0], reader, corrector) == []


def test_words_the_recogniser_was_unsure_of_are_joined_into_one_doubt(page: Page) -> None:
    words = [("take", 0.9), ("the", 0.9), ("cask", 0.3), ("eight.", 0.2)]
    spoken = tuple(Word(text=t, start=i, end=i + 0.9, probability=p) for i, (t, p) in enumerate(words))
    (sentence,) = split_sentences([build_segment("s", 0, 4, "take the cask eight.", spoken)], "en")
    assert sentence.unsure == ("cask eight",)
    _, reader, corrector = prepare(page)
    assert show(find_uncertain_spans(sentence, reader, corrector)) == [("cask eight", "unsure", "Cascade")]


def test_a_figure_the_page_gives_otherwise_is_in_doubt_with_the_pages_value(page: Page) -> None:
    sentences, reader, corrector = prepare(page, "The Meridian costs $64,900 today.")
    (doubt,) = find_uncertain_spans(sentences[0], reader, corrector)
    assert (doubt.heard, doubt.kind) == ("$64,900", "conflict")
    assert doubt.candidates == (("$46,900", ("page",)),)


def test_an_unknown_capitalised_word_is_in_doubt_if_something_known_is_like_it(page: Page) -> None:
    sentences, reader, corrector = prepare(page, "please look at Orizona now", "please look at Zbygniew now")
    assert show(find_uncertain_spans(sentences[0], reader, corrector)) == [("Orizona", "unknown_name", "Horizon")]
    assert find_uncertain_spans(sentences[1], reader, corrector) == []


async def test_what_the_model_picks_is_put_in_with_its_evidence(page: Page) -> None:
    (sentence,), counts, model = await repair(
        page, '{"choices": [{"part": 1, "choice": 1}]}', "The Meridian costs $64,900 today."
    )
    assert sentence.text == "The Meridian costs $46,900 today."
    assert sentence.corrections[-1] == Correction(before="$64,900", after="$46,900", reason="model", evidence=("page",))
    assert (counts.asked, counts.kept) == (1, 1)
    assert "«The Meridian costs $64,900 today.»" in model.requests[0].messages[0].content


async def test_what_the_model_leaves_or_invents_changes_nothing(page: Page) -> None:
    line = "The Meridian costs $64,900 today."
    (kept,), left, _ = await repair(page, '{"choices": [{"part": 1, "choice": 0}]}', line)
    (same,), invented, _ = await repair(page, '{"choices": [{"part": 1, "choice": 7}]}', line)
    (also,), broken, _ = await repair(page, "no idea", line)
    assert kept.text == same.text == also.text == line
    assert dict(left.dropped) == {"conflict_stands": 1}
    assert dict(invented.dropped) == {"no_such_choice": 1}
    assert dict(broken.dropped) == {"unusable_answer": 1}


async def test_sentences_without_doubt_cost_no_call(page: Page) -> None:
    _, counts, model = await repair(page, "{}", "The trunk is large.", "We like it a lot.")
    assert (counts.asked, len(model.requests)) == (0, 0)
