"""Decides whether a recording belongs to the vertical at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.records import Page, Profile, Segment
from streamdial.text import contains_phrase, fold_text


class Decision(NamedTuple):
    """Keep or drop, with the reason and the words that decided."""

    keep: bool
    reason: str
    matches: tuple[str, ...] = ()


def screen_recording(
    pack: DomainPack,
    *,
    profile: Profile | None,
    segments: Iterable[Segment],
    pages: Iterable[Page],
    chat: Iterable[str] = (),
) -> Decision:
    """Decide whether a recording belongs to the pack's vertical.

    Kept if the profile's categories or certification match the pack, or if at least two different keywords (three
    uses in all) occur in profile, speech, pages or chat.

    Args:
        pack: The domain pack.
        profile: The account, where one is given.
        segments: Its speech.
        pages: Its web pages.
        chat: A sample of the chat; it counts, but cannot decide alone.
    """
    if profile is not None:
        told = [category.lower() for category in profile.categories]
        if matched := tuple(name for name in pack.screening.categories if name.lower() in told):
            return Decision(True, "category", matched)
    keywords = [word.lower() for words in pack.screening.keywords.values() for word in words]
    texts = [segment.text for segment in segments] + [page.text for page in pages]
    if profile is not None:
        texts += [profile.bio, profile.certification, *profile.services]
    own = _count_keywords(keywords, texts)
    counts = own + _count_keywords(keywords, chat)
    if own and len(counts) >= 2 and sum(counts.values()) >= 3:
        return Decision(True, "keywords", tuple(word for word, _ in counts.most_common(5)))
    certification = fold_text(profile.certification).lower() if profile else ""
    certified = tuple(word for word in pack.screening.certifications if contains_phrase(certification, word.lower()))
    if certified and own:
        return Decision(True, "certification", certified)
    entertainment = [word.lower() for words in pack.screening.entertainment.values() for word in words]
    if _count_keywords(entertainment, texts):
        return Decision(False, "entertainment")
    return Decision(False, "no_domain_keyword", tuple(counts))


def _count_keywords(keywords: list[str], texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        lower = fold_text(text).lower()
        counts.update(word for word in keywords if contains_phrase(lower, word))
    return counts
