"""Decides whether a recording belongs to the vertical at all, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.models import Embedder
from streamdial.records import Language, Message, Page, Profile, Segment
from streamdial.signals.evidence import (
    WINDOW_SECONDS,
    Evidence,
    Window,
    WindowSampler,
    confirm_density,
    measure_evidence,
    split_lines,
)
from streamdial.text import contains_phrase, fold_text

Screen = Literal["keep", "warn", "drop"]
"""What becomes of a recording that does not belong: nothing, a note, or it is dropped."""
LEAST_DENSITY = 50.0
"""Words of evidence per 1,000 words from which on talk is the vertical's; chosen on the `dev` recordings."""
_LEAST_PHRASES = 2
_LEAST_USES = 3
_OTHER_DENSITY = 1.25
"""A pack with so many times the evidence is the one a recording belongs to; on `dev` recordings 1 to 2 do as well."""
_PAGE_CHARACTERS = 400


class Decision(NamedTuple):
    """Keep or drop, with the reason and the words that decided.

    Attributes:
        reason: Kept by `category`, `certification`, `evidence`, or `screen_keep` and `screen_warn` where the settings
            keep what does not belong; dropped for `no_domain_keyword` (fewer than two different phrases or three
            uses), `entertainment` (the same, and words of shows), `thin_evidence`, `unlike_domain`, `other_vertical`,
            `pack_language` (the pack does not speak the language of the recording).
        matches: The phrases of the vertical that were found most often.
        score: 0 to 1; from 0.5 on it belongs. 1 where the profile decides.
        nearest: Id of the other pack that comes nearest; empty where none has any evidence.
        sentence: What was found and, where it does not belong, what would make it pass: for people.
    """

    keep: bool
    reason: str
    matches: tuple[str, ...] = ()
    score: float = 0.0
    nearest: str = ""
    sentence: str = ""


class _Kind(NamedTuple):
    """What one kind of source says: evidence, how dense it is in lines like the pack's, and the other pack with most.

    Attributes:
        foreign: Whether it belongs to the other pack.
    """

    name: str
    evidence: Evidence
    density: float
    other: str
    other_density: float
    foreign: bool

    @property
    def score(self) -> float:
        """0 to 1: a half at the limit, and less than that where it belongs to the other pack."""
        return self.density / (
            self.density + (max(self.other_density, LEAST_DENSITY) if self.foreign else LEAST_DENSITY)
        )


def screen_recording(
    pack: DomainPack,
    *,
    language: Language,
    profile: Profile | None,
    segments: Iterable[Segment],
    pages: Iterable[Page],
    messages: Iterable[Message] = (),
    embedder: Embedder | None = None,
    screen: Screen = "drop",
) -> Decision:
    """Decide whether a recording belongs to the pack's vertical.

    It belongs if the profile's categories match the pack, or its certification together with a keyword. Else speech,
    chat, comments and pages are each looked at in windows spread over the recording (20 lines, 60 s of speech, some
    400 characters of a page), and one of them may decide alone: if at least `LEAST_DENSITY` of 1,000 words belong to
    phrases of the vertical and, with an encoder, stand in lines that are more like the pack's lines than like general
    chat. Talk that has a quarter more evidence of another pack belongs there.

    Args:
        pack: The domain pack.
        language: Language of the recording.
        profile: The account, where one is given.
        segments: Its speech.
        pages: Its web pages.
        messages: Its chat and comments; read through once.
        embedder: Compares lines with the pack's; without one density decides alone.
        screen: What becomes of a recording that does not belong: `keep` and `warn` keep it, with a sentence that says
            so.
    """
    verdict = _judge(pack, language, profile, segments, pages, messages, embedder)
    if verdict.keep or screen == "drop":
        return verdict
    sentence = f"kept, for --screen is {screen}, though it does not seem to belong: {verdict.sentence}"
    return verdict._replace(keep=True, reason=f"screen_{screen}", sentence=sentence)


def _judge(
    pack: DomainPack,
    language: Language,
    profile: Profile | None,
    segments: Iterable[Segment],
    pages: Iterable[Page],
    messages: Iterable[Message],
    embedder: Embedder | None,
) -> Decision:
    if language not in pack.languages:
        speaks = " and ".join(pack.languages)
        told_of = (
            f"it is in {language}, and the pack {pack.id} speaks {speaks}. Add {language} to its `languages` and texts"
        )
        return Decision(False, "pack_language", sentence=f"{told_of}, or give sources in {speaks}.")
    if profile is not None:
        told = [category.lower() for category in profile.categories]
        if matched := tuple(name for name in pack.screening.categories if name.lower() in told):
            return Decision(True, "category", matched, 1.0, sentence=f"its profile is in {', '.join(matched)}")
    segments, pages = list(segments), list(pages)
    certified = _find_certification(pack, profile, segments, pages)
    if certified:
        return Decision(True, "certification", certified, 1.0, sentence=f"certified as {', '.join(certified)}")
    sampled = _sample_windows(profile, segments, pages, messages)
    kinds = [_measure_kind(name, windows, pack, language, embedder) for name, windows in sampled.items() if windows]
    phrases = sum((kind.evidence.phrases for kind in kinds), Counter[str]())
    matches = tuple(word for word, _ in phrases.most_common(5))
    if len(phrases) < _LEAST_PHRASES or sum(phrases.values()) < _LEAST_USES:
        shows = _flatten(pack.screening.entertainment)
        own = [line for name in ("speech", "pages") for window in sampled[name] for line in window]
        reason = "entertainment" if _uses_any(shows, own) else "no_domain_keyword"
        return Decision(False, reason, matches, 0.0, _name_nearest(kinds), _say_nothing_found(pack, language, matches))
    best = max(kinds, key=lambda kind: (not kind.foreign, kind.density))
    if best.foreign:
        reason = "other_vertical"
    elif best.score >= 0.5:
        reason = "evidence"
    else:
        reason = "thin_evidence" if best.evidence.density < LEAST_DENSITY else "unlike_domain"
    return Decision(
        reason == "evidence",
        reason,
        matches,
        round(best.score, 3),
        best.other,
        _describe(best, reason, matches, pack),
    )


def _find_certification(
    pack: DomainPack, profile: Profile | None, segments: Sequence[Segment], pages: Sequence[Page]
) -> tuple[str, ...]:
    """Return the pack's words of a certification, where the account has one and one keyword at least is used."""
    if profile is None or not profile.certification:
        return ()
    told = fold_text(profile.certification).lower()
    certified = tuple(word for word in pack.screening.certifications if contains_phrase(told, word.lower()))
    if not certified:
        return ()
    texts = [profile.bio, profile.certification, *profile.services]
    texts += [segment.text for segment in segments] + [page.text for page in pages]
    return certified if _uses_any(_flatten(pack.screening.keywords), texts) else ()


def _sample_windows(
    profile: Profile | None, segments: Sequence[Segment], pages: Sequence[Page], messages: Iterable[Message]
) -> dict[str, list[Window]]:
    samplers = {name: WindowSampler() for name in ("chat", "comments")}
    for message in messages:
        samplers["comments" if message.kind == "comment" else "chat"].add(message.text)
    # A window of speech ends with its minute, one of a page with its length.
    spoken, written = WindowSampler(10_000), WindowSampler(10_000)
    minute = 0
    for segment in segments:
        if (now := int(segment.start // WINDOW_SECONDS)) != minute:
            spoken.end_window()
            minute = now
        spoken.add(segment.text)
    texts = [page.text for page in pages]
    if profile is not None:
        texts.append("\n".join((profile.bio, profile.certification, *profile.services)))
    for text in texts:
        length = 0
        for line in text.splitlines():
            written.add(line)
            length += len(line)
            if length >= _PAGE_CHARACTERS:
                written.end_window()
                length = 0
        written.end_window()
    return {
        "speech": spoken.list_windows(),
        "pages": written.list_windows(),
        **{name: sampler.list_windows() for name, sampler in samplers.items()},
    }


def _measure_kind(
    name: str, windows: list[Window], pack: DomainPack, language: Language, embedder: Embedder | None
) -> _Kind:
    lines = split_lines(windows)
    others = [load_pack(other) for other in list_domains() if other != pack.id]
    packs = [pack, *others]
    found = {
        each.id: measure_evidence(lines, each.evidence, [other.evidence for other in packs if other is not each])
        for each in packs
    }
    evidence = found[pack.id]
    other = max(others, key=lambda other: found[other.id].density)
    density, most = evidence.density, found[other.id].density
    if embedder is not None and density >= LEAST_DENSITY:
        density = confirm_density(evidence, pack, language, embedder)
        if density >= LEAST_DENSITY and most >= _OTHER_DENSITY * density:
            most = confirm_density(found[other.id], other, language, embedder)
    foreign = most >= max(_OTHER_DENSITY * density, LEAST_DENSITY)
    return _Kind(name, evidence, density, other.id if most else "", most, foreign)


def _name_nearest(kinds: Sequence[_Kind]) -> str:
    return max(kinds, key=lambda kind: kind.other_density).other if kinds else ""


def _say_nothing_found(pack: DomainPack, language: Language, matches: Sequence[str]) -> str:
    found = f"only {', '.join(matches)} was found" if matches else "nothing was found"
    wanted = ", ".join(pack.screening.keywords.get(language, ())[:4])
    return (
        f"{found} of what {pack.names['en'].lower()} are talked about by; at least two different words such as "
        f"{wanted} are needed, three uses in all. {_say_remedy(pack)}"
    )


def _describe(kind: _Kind, reason: str, matches: Sequence[str], pack: DomainPack) -> str:
    told = (
        f"of 1,000 words in its {kind.name}, {kind.evidence.density:.0f} belong to words of {pack.names['en'].lower()} "
        f"({', '.join(matches)})"
    )
    if reason == "evidence":
        return told
    if reason == "thin_evidence":
        told += f"; at least {LEAST_DENSITY:.0f} are needed"
    elif reason == "other_vertical":
        told += f", but {kind.other_density:.0f} to words of {kind.other}"
    else:
        told += (
            f", but only {kind.density:.0f} stand in lines that are more like the vertical's than like general chat; "
            f"at least {LEAST_DENSITY:.0f} are needed"
        )
    return f"{told}. {_say_remedy(pack)}"


def _say_remedy(pack: DomainPack) -> str:
    category = next(iter(pack.screening.categories), pack.id)
    return f"If it belongs here, give its profile the category {category}, or run with --screen warn."


def _flatten(texts: Mapping[Language, Sequence[str]]) -> list[str]:
    return [text for group in texts.values() for text in group]


def _uses_any(words: Iterable[str], texts: Iterable[str]) -> bool:
    wanted = [word.lower() for word in words]
    folded = (fold_text(text).lower() for text in texts)
    return any(contains_phrase(text, word) for text in folded for word in wanted)
