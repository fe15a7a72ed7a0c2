"""Finds the names of what is sold where no table lists them: in titles, headings, services and repeated mentions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Language, Page, Profile
from streamdial.slots import SlotReader, list_entities, match_header
from streamdial.text import fold_text, measure_length

MIN_MENTIONS = 3
"""Times a name has to be said or written where no title, heading or profile has it."""
MOST = 40
"""Names taken at most, those mentioned most often first."""
_SHARE = 0.8
"""Share of the mentions of a Chinese name that have to begin alike for what stands before it to belong to it."""
_STOP = re.compile(r"[.!?;。！？；…]\s*$")
_TITLE_PART = re.compile(r"\s*[|_｜•·]\s*|\s[-–—]\s")
_SUFFIX = r"(?:[ -]?(?:Pro|Plus|PLUS|Max|MAX|Ultra|GT|Sport|Lite|Air|Mini|SE))"
_MODEL = re.compile(
    rf"(?<![A-Za-z0-9.])(?:(?:[A-Z][a-z]+[ -])?[A-Z]{{1,4}}[-.]?\d{{1,3}}[a-zA-Z]?{_SUFFIX}?"
    rf"|[A-Z][a-z]+ (?:[A-Z]?\d{{1,3}}[a-zA-Z]?|[A-Z](?![A-Za-z])){_SUFFIX}?|[A-Z][A-Za-z]*\d*{_SUFFIX})(?![A-Za-z0-9])"
)
_CHINESE_MODEL = re.compile(r"[\u4e00-\u9fff]{1,3}(?:EV|DM-?[ip]|PLUS|Plus|Pro|Max|MAX|L|S)\d{0,2}(?![A-Za-z0-9])")
_CHINESE_THING = re.compile(
    r"[\u4e00-\u9fff]{1,6}(?:大床房|双床房|双人房|单人房|家庭房|亲子房|标准间|套房"
    r"|[一二两三四五六七八九十双单]人餐|套餐)"
)
_BRACKETED = re.compile(r"[《「『]([^》」』《「『]{2,16})[》」』]")
_ENGLISH_THING = re.compile(r"\b(?:[A-Z][\w'-]+ ){1,3}(?:Room|Suite|Villa|Cabin|Menu|Platter|Set)\b")
_THE_NAME = re.compile(r"\bthe ((?:[A-Z][a-z][\w'-]*)(?: (?:[A-Z][\w'-]*|\d{1,3}))*)")
_HEADING_NAME = re.compile(r"^(?:The )?((?:[A-Z][\w'-]+)(?: (?:[A-Z][\w'-]*|\d{1,3}))*)(?=$|\s*[:：–—-])")
_NO_NAME = re.compile(
    r"^(?:WLTP|CLTC|EPA|NEDC|SUV|MPV|EV|PHEV|LED|USB\S*|CO2|[45]G|4S|[234]WD|AWD|[RF]WD|L[0-5]|V2L|V\d+|[HTPBF]\d"
    r"|ISO\S*|DC|AC"
    r"|(?:EP|VOL|DAY|PART|NO|TOP)[-.]?\d*|OK|PK|VIP|App|APP|TV|HD|WIFI|WiFi|Wi-Fi|Q[1-4]|A[1-4]|No\.?\d*"
    r"|[A-Z]\d?座|iOS.*|iPhone.*|January|February|March|April|May"
    r"|June|July|August|September|October|November|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Christmas"
    r"|Easter|New Year"
    r"|Internet|English|Chinese|German|French|Europe|America|China)$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:我们?家?|咱们?|你|您|他们?|这个?|那个?|今天|给大家|大家|来|去|看看?|买|要|选|订|定|住|吃|点|开|有|是"
    r"|的|了|和|跟|与|就|还|再|讲|说|介绍|推荐|一下"
    r"|喜欢|想|问|比|把|在|到|对|但|一[个间款份台套]|两[个间款份台套]|[一二两三四五六七八九十\d][个间款份台套])+)"
)

Reason = Literal["title", "heading", "service", "repeated"]


class Thing(NamedTuple):
    """A name of what is sold, why it is taken for one, and how often it was said or written."""

    name: str
    reason: Reason
    mentions: int


def find_things(
    pack: DomainPack,
    language: Language,
    *,
    title: str = "",
    profile: Profile | None = None,
    pages: Sequence[Page] = (),
    speech: Iterable[str] = (),
    chat: Iterable[str] = (),
    counts: Counts | None = None,
) -> list[Thing]:
    """Return the names of what an account sells that its titles, headings, profile, speech or chat show.

    A candidate has the form of a name: a bracketed one (《…》), a model's (ID.4, S1 Pro, 汉EV), a room's or a menu's,
    or, in English, capitalised words after "the". One in the recording's title, in a page's title or heading, or among
    the services of the profile is taken; one that is only said or written has to be so `MIN_MENTIONS` times, at least
    once in a sentence with a value or an attribute of the pack. The account's own name, units, values and attributes
    are none.

    Args:
        pack: The domain pack.
        language: Language of the recording.
        title: The recording's title.
        profile: The account's profile.
        pages: The account's pages.
        speech: Sentences of speech.
        chat: Messages.
        counts: Gets `asked` (candidates), `kept` and drops: `not_a_name`, `seen_too_seldom`, `no_attribute_near`.

    Returns:
        Those of the title first, then by mentions; at most `MOST`.
    """
    counts = counts or Counts("things")
    reader = SlotReader(pack, language)
    account = profile.name if profile else ""
    lines = [fold_text(line) for line in (*speech, *chat)]
    body = [fold_text(line) for page in pages for line in page.text.split("\n")]
    shown: dict[str, Reason] = {}
    for reason, texts in (
        ("title", [title, *(page.title for page in pages)]),
        ("heading", [line for line in body if _is_heading(line, language)]),
        ("service", list(profile.services) if profile else []),
    ):
        for text in texts:
            for part in _TITLE_PART.split(fold_text(text)):
                for name in {*_list_forms(part), *_list_heading_names(part, reason, body)}:
                    shown.setdefault(_cut_lead(name), reason)  # type: ignore[arg-type]
    heard: Counter[str] = Counter()
    near: Counter[str] = Counter()
    for text in (*lines, *body):
        names = set(_list_forms(text)) | {match[1] for match in _THE_NAME.finditer(text)}
        heard.update(names)
        if names and (reader.find_values(text) or reader.find_asks(text)):
            near.update(names)
    settled = _settle_beginnings(heard)
    told = _add_up(heard, settled)
    found: list[Thing] = []
    for name in dict.fromkeys([*shown, *told]):
        counts.asked += 1
        mentions = told.get(name, 0)
        if not _is_name(name, pack, reader, account):
            counts.drop("not_a_name")
        elif name in shown:
            found.append(Thing(name, shown[name], mentions))
        elif mentions < MIN_MENTIONS:
            counts.drop("seen_too_seldom")
        elif not any(near[old] for old, new in settled.items() if new == name):
            counts.drop("no_attribute_near")
        else:
            found.append(Thing(name, "repeated", mentions))
    found.sort(key=lambda thing: (thing.reason != "title", -thing.mentions, thing.name))
    counts.kept = counts.made = len(found[:MOST])
    return found[:MOST]


def name_cards(pages: Sequence[Page], pack: DomainPack, language: Language) -> list[Page]:
    """Return the pages, those that are cards with the thing they are about.

    It is what a heading of the card names: a thing of the pages' and cards' tables, else what has the form of a name.
    A card whose headings name none, or several, stays without one: nobody knows what its price is the price of.

    Args:
        pages: Pages of a recording, its cards among them.
        pack: The domain pack.
        language: Language of the recording.
    """
    tables = [table for page in pages for table in page.tables]
    known = SlotReader(pack, language, list_entities(pack, tables, language))
    named = []
    for page in pages:
        if page.shown is not None:
            about = _name_card(page.shown.headings, pack, known)
            about_all = [
                table if table.about is None else table.model_copy(update={"about": about}) for table in page.tables
            ]
            page = page.model_copy(update={"tables": tuple(about_all), "title": about or page.title})
        named.append(page)
    return named


def _name_card(headings: Sequence[str], pack: DomainPack, known: SlotReader) -> str:
    found = {name for heading in headings for name in known.find_entities(heading)}
    if not found:
        forms = {_cut_lead(form) for heading in headings for form in _list_forms(fold_text(heading))}
        found = {form for form in forms if _is_name(form, pack, known, "")}
    return next(iter(found)) if len(found) == 1 else ""


def _list_forms(text: str) -> Iterator[str]:
    """Yield what has the form of a name, each place once: brackets first, then models, rooms and menus."""
    taken: list[tuple[int, int]] = []
    for pattern in (_BRACKETED, _ENGLISH_THING, _CHINESE_THING, _CHINESE_MODEL, _MODEL):
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(left < end and start < right for left, right in taken):
                taken.append((start, end))
                yield match[match.re.groups]


def _list_heading_names(text: str, reason: str, body: Sequence[str]) -> Iterator[str]:
    """Yield the capitalised name a heading begins with, where the page speaks of "the NAME" below it."""
    if reason != "heading" or (match := _HEADING_NAME.match(text)) is None:
        return
    name = match[1]
    if any(re.search(rf"\bthe {re.escape(name)}\b", line, re.IGNORECASE) and name in line for line in body):
        yield name


def _is_heading(line: str, language: Language) -> bool:
    return bool(line) and not _STOP.search(line) and "|" not in line and measure_length(line, language) <= 12


def _cut_lead(name: str) -> str:
    """Return a Chinese name without the words a sentence has before it: 介绍一下云驰L → 云驰L."""
    cut = _LEAD.sub("", name)
    return cut if len(cut) >= 3 else name


def _settle_beginnings(heard: Counter[str]) -> dict[str, str]:
    """Return for each form the name it stands for: a Chinese one is cut to the beginning most of its mentions share."""
    settled: dict[str, str] = {}
    tails: dict[str, Counter[str]] = {}
    for form, number in heard.items():
        cut = _cut_lead(form)
        chinese = re.match(r"[\u4e00-\u9fff]", cut)
        match = (re.search(r"[A-Za-z].*$", cut) or re.search(r".{3}$", cut)) if chinese else None
        if match is None or match.start() == 0:
            settled[form] = cut
        else:
            tails.setdefault(match[0], Counter())[cut] += number
            settled[form] = cut
    for tail, forms in tails.items():
        names = sorted(forms, key=len)
        for form in names:
            # The shortest other form that this one ends with, where it is said more often than what stands before it.
            shorter = next(
                (name for name in names if name != form and form.endswith(name) and len(name) > len(tail)), ""
            )
            if shorter and forms[shorter] >= _SHARE * forms[form]:
                for old, new in settled.items():
                    if new == form:
                        settled[old] = shorter
    return settled


def _add_up(heard: Counter[str], settled: dict[str, str]) -> Counter[str]:
    told: Counter[str] = Counter()
    for form, number in heard.items():
        told[settled[form]] += number
    return told


def _is_name(name: str, pack: DomainPack, reader: SlotReader, account: str) -> bool:
    if not 2 <= len(name) <= 40 or _NO_NAME.match(name) or (account and name.lower() in account.lower()):
        return False
    lower = name.lower()
    if match_header(pack, name) is not None and lower in _list_words(pack):
        return False
    whole = (mention for mention in reader.find_values(name) if mention.start == 0 and mention.end == len(name))
    return next(whole, None) is None


def _list_words(pack: DomainPack) -> set[str]:
    slots = pack.slots.values()
    words = {called.lower() for slot in slots for called in slot.names.values()}
    words |= {
        word.lower()
        for slot in slots
        for texts in (slot.headers, slot.ask)
        for group in texts.values()
        for word in group
    }
    return words | {word.lower() for group in pack.lexicon.values() for word in group}
