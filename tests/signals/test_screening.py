from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import yaml

from streamdial.domains import DomainPack, load_pack
from streamdial.models import CachedEmbedder, build_embedder
from streamdial.models.speech import build_segment
from streamdial.records import Message, Page, Profile
from streamdial.signals import Decision, screen_recording
from streamdial.signals.evidence import MOST_WINDOWS, WindowSampler, measure_evidence, split_lines
from streamdial.text import PhraseIndex
from tests.conftest import ROOT

INVENTED: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/data/screening/dev.yaml").read_text("utf-8"))


def make_messages(texts: Iterable[str]) -> list[Message]:
    return [Message(id=f"m{row}", source_id="s", text=text) for row, text in enumerate(texts)]


def screen(pack: DomainPack, *, profile: Profile | None = None, speech: Sequence[str] = (), **given: Any) -> Decision:
    segments = [build_segment("s", 5.0 * row, 5.0 * row + 4, text, ()) for row, text in enumerate(speech)]
    given = {"language": "en", "pages": (), **given}
    return screen_recording(pack, profile=profile, segments=segments, **given)


def test_a_matching_category_is_enough(pack: DomainPack) -> None:
    profile = Profile(id="p", source_id="p", name="x", categories=("Automotive",))
    assert screen(pack, profile=profile)[:4] == (True, "category", ("automotive",), 1.0)


def test_a_certification_needs_a_keyword_beside_it(pack: DomainPack) -> None:
    profile = Profile(id="p", source_id="p", name="x", certification="authorised dealer", bio="family and friends")
    assert screen(pack, profile=profile).reason == "certification"
    assert not screen(pack, profile=profile.model_copy(update={"certification": "authorised"})).keep


def test_words_of_the_vertical_in_speech_decide(pack: DomainPack) -> None:
    decision = screen(pack, speech=["this SUV is a hybrid, come for a test drive of the SUV"])
    assert decision[:2] == (True, "evidence")
    assert set(decision.matches) == {"suv", "hybrid", "test drive"}
    assert decision.score > 0.5


def test_one_word_around_the_vertical_counts_as_far_as_its_own_words_do() -> None:
    index = PhraseIndex({"keyword": ["hotel"], "own": ["bed"], "around": ["metro"]})
    assert measure_evidence(split_lines([("metro metro metro metro",)]), index).density == 0
    lines = split_lines([("metro metro metro hotel bed",)])
    assert measure_evidence(lines, index).density == pytest.approx(1000 * (1 + 1 + 2) / 5)


def test_words_of_several_verticals_weigh_less_unless_they_are_keywords() -> None:
    index = PhraseIndex({"keyword": ["hotel"], "own": ["price", "bed"]})
    other = PhraseIndex({"own": ["price", "hotel"]})
    lines = split_lines([("hotel price bed none",)])
    assert measure_evidence(lines, index).density == 750
    assert measure_evidence(lines, index, [other]).density == 625


@pytest.mark.parametrize("kind", ["chat", "comment"])
def test_chat_or_comments_may_decide_alone(pack: DomainPack, kind: str) -> None:
    texts = ["how big is the boot", "suv or sedan", "is it a hybrid", "test drive on monday?"]
    messages = [message.model_copy(update={"kind": kind}) for message in make_messages(texts)]
    assert screen(pack, messages=messages).keep


def test_a_page_may_decide_alone(pack: DomainPack) -> None:
    page = Page(id="p", source_id="p", url="p.html", title="", text="Our SUV\n500 km range, 7 seats, fast charging")
    assert screen(pack, pages=[page]).keep


def test_words_far_between_do_not_make_a_recording_of_the_vertical(pack: DomainPack) -> None:
    chatter = ["what a lovely song this is and how well you sing it tonight"] * 3
    lines = [f"{line} {number}" for number in range(40) for line in chatter]
    decision = screen(pack, messages=make_messages([*lines, "nice suv", "hybrid", "test drive"]))
    assert decision[:2] == (False, "thin_evidence")
    assert decision.score < 0.5
    assert "at least 50" in decision.sentence
    assert "--screen warn" in decision.sentence


def test_talk_of_another_pack_is_told_to_be_of_it(pack: DomainPack) -> None:
    lines = ["is breakfast included", "does the suite have a bathtub", "check in at noon?", "any parking", "suv suv"]
    decision = screen(pack, messages=make_messages([*lines, "hybrid car"]))
    assert decision[:2] == (False, "other_vertical")
    assert decision.nearest == "hotel"


def test_what_does_not_belong_is_kept_where_the_settings_say_so(pack: DomainPack) -> None:
    for wanted in ("keep", "warn"):
        decision = screen(pack, speech=["a song for you"], screen=wanted)
        assert decision[:2] == (True, f"screen_{wanted}")
        assert decision.score == 0


def test_entertainment_is_dropped_as_such(pack: DomainPack) -> None:
    assert screen(pack, speech=["next song request please, then karaoke"])[:2] == (False, "entertainment")


def test_nothing_of_the_domain_is_dropped(pack: DomainPack) -> None:
    assert screen(pack)[:2] == (False, "no_domain_keyword")


def test_windows_are_spread_over_all_that_was_written() -> None:
    sampler = WindowSampler(10)
    for number in range(100_000):
        sampler.add(str(number))
    windows = sampler.list_windows()
    assert len(windows) == MOST_WINDOWS
    starts = [int(window[0]) for window in windows]
    assert starts == sorted(starts)
    assert starts[0] < 5_000
    assert starts[-1] > 90_000


def test_a_line_pasted_again_and_again_counts_once(pack: DomainPack) -> None:
    sampler = WindowSampler()
    for _ in range(20):
        sampler.add("best suv")
    assert measure_evidence(split_lines(sampler.list_windows()), pack.evidence).phrases == {"suv": 1}


def test_chinese_evidence_is_counted_by_characters(pack: DomainPack) -> None:
    evidence = measure_evidence(split_lines([("续航多少公里", "哈哈哈哈")]), pack.evidence)
    assert evidence.phrases == {"续航": 1, "公里": 1}
    assert evidence.density == 400


@pytest.mark.models
@pytest.mark.parametrize("told", INVENTED, ids=lambda told: told["name"])
def test_invented_recordings_get_their_verdict_of_every_pack(told: dict[str, Any]) -> None:
    embedder: CachedEmbedder = build_embedder("use-multilingual")
    for domain in ("automotive", "hotel", "restaurant"):
        if domain in told.get("either", ()):
            continue
        decision = screen(
            load_pack(domain),
            language=told["language"],
            speech=told.get("speech", ()),
            pages=[Page(id="p", source_id="p", url="", title="", text=text) for text in told.get("pages", ())],
            messages=make_messages([*told.get("chat", ()), *told.get("comments", ())]),
            embedder=embedder,
        )
        assert decision.keep == (domain in told["belongs"]), (domain, decision)
