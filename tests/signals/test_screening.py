from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.models.speech import build_segment
from streamdial.records import Profile
from streamdial.signals import screen_recording


def test_a_matching_category_is_enough(pack: DomainPack) -> None:
    profile = Profile(id="p", source_id="p", name="x", categories=("Automotive",))
    assert screen_recording(pack, profile=profile, segments=[], pages=[])[:2] == (True, "category")


def test_keywords_in_speech_decide(pack: DomainPack) -> None:
    segment = build_segment("s", 0, 5, "this SUV is a hybrid, come for a test drive of the SUV", ())
    decision = screen_recording(pack, profile=None, segments=[segment], pages=[])
    assert decision.keep
    assert set(decision.matches) == {"suv", "hybrid", "test drive"}


def test_chat_alone_cannot_decide(pack: DomainPack) -> None:
    chat = ["nice car", "suv suv", "hybrid", "test drive"]
    assert not screen_recording(pack, profile=None, segments=[], pages=[], chat=chat).keep


def test_entertainment_is_dropped_as_such(pack: DomainPack) -> None:
    segment = build_segment("s", 0, 5, "next song request please, then karaoke", ())
    assert screen_recording(pack, profile=None, segments=[segment], pages=[])[:2] == (False, "entertainment")


def test_nothing_of_the_domain_is_dropped(pack: DomainPack) -> None:
    assert screen_recording(pack, profile=None, segments=[], pages=[])[:2] == (False, "no_domain_keyword")
