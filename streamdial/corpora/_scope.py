"""Facts in the plain text of a published profile: what it sells, where, and on which terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from streamdial.corpora._terms import load_terms
from streamdial.corpora.free_form import Path, Span, split_spans, write_pointer
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import KnowledgeRow, Language, Provenance
from streamdial.slots import EVERYTHING, SlotReader

_CLAUSE = re.compile(r"\s*[;；。\n]\s*")
_ITEMS = re.compile(r"\s*(?:[、/]|(?<=\w)及(?=\w))\s*")
_BRACKET = re.compile(r"[（(]([^（）()]{2,40})[)）]")
_OFFERED = re.compile(r"车型|车系|系列|旗下|models?\b", re.IGNORECASE)
_SERVED = re.compile(r"服务(?:区域|范围|地区|覆盖)|(?:地区|区域)范围|service area", re.IGNORECASE)
_TOLD = re.compile(r"(?:方案)?(?:等?(?:介绍|讲解|说明|计算|查询|咨询|服务)|等)$")
_STRETCH = re.compile(r"\s*[，,。;；、\n（）()]\s*")
_LIST_END = re.compile(
    r"等|及(?=其)|的(?=新车|详细|基本)|[，,）)]|系列(?=$|车型|[，,）)])|(?:多款|多个|多家|不同).{0,4}(?=$|车)"
)
_FRINGE = re.compile(
    r"^(?:主要)?(?:是|为|包括|有|在|:|：)|(?:系列)?(?:车型|车系|等地?|各?商圈及区域|各?商圈|各个?区域|周边|地区)$"
)
_AREA = re.compile(
    r"(?:(?:地区|区域)范围|服务(?:区域|地区)|业务地区)(?:范围)?(?:主要)?(?:是|为|：|:|覆盖|包括|涵盖)?(?P<area>[^，,。；;（）()]{2,40})"
    r"|(?:提供|介绍|承接|推荐)(?P<city>(?:(?!提供|介绍|业务|范围|客户|用户|的)[\u4e00-\u9fff]){2,4}?)市?(?:地区|多个|多家|不同|各)"
    r"|service area(?: is|:)? (?P<english>[^,.;()]{2,60})",
    re.IGNORECASE,
)
_NO_AREA = re.compile(r"^(?:多|不同|各|全|客户|用户|餐厅|酒店|主要)")
_ONLY_LETTERS = re.compile(r"[\w \-·.+/—]+")
_MIN_ITEMS = 2
_FIGURE_ONLY = re.compile(r"^\d[\d.]*[TLVtlv]?$")
_MAX_NAME = 24
_MAX_KIND = 10
_MAX_TERMS = 40


class Statement(NamedTuple):
    """What a stretch of a text says: of `entity` (`""`: of all that is sold) the `slot` has the value `text`."""

    entity: str
    slot: str
    value: str
    span: Span


class ScopeReader:
    """Reads business scope and commitments as statements in the pack's terms; what is not plainly said gives none.

    - names of what is sold, in lists (`旗下A1、B2等多款车型`): of each, that it is there (the pack's entity slot);
    - kinds in lists (`涵盖川菜、西餐等`): of each, the category it is one of;
    - where it all is (`地区范围为X`), in packs with a slot for it;
    - terms that hold for all (`首付低至10%`), in the words of the text.

    Args:
        pack: The domain pack.
        language: Language of the profile.
    """

    def __init__(self, pack: DomainPack, language: Language) -> None:
        self._pack = pack
        words = load_terms("streamdial")["scope"]
        self._place: str | None = words["place"].get(pack.id)
        self._kind: str | None = words["kind"].get(pack.id)
        self._named: bool = pack.id in words["named"]
        self._terms: dict[str, list[str]] = words["terms"].get(pack.id, {})
        self._intro = re.compile("|".join(rf"{re.escape(word)}(?:[^、（(]{{0,8}}?品牌的?)?" for word in words["intro"]))
        self._subject = re.compile("|".join(map(re.escape, words["subjects"])), re.IGNORECASE)
        self._kinds = {word.lower() for word in words["kinds"]}
        self._unsaid = re.compile("|".join(map(re.escape, words["unsaid"])), re.IGNORECASE)
        self._reader = SlotReader(pack, language)

    def read(self, text: str, *, lists: bool = True) -> list[Statement]:
        """Return what a text says, each thing once, in order; its lists are read where they name what is sold."""
        found: dict[tuple[str, str], Statement] = {}
        for clause in split_spans(text, _CLAUSE):
            listed = self._read_lists(clause) if lists and not _SERVED.search(clause.text) else ()
            for statement in (*listed, *self._read_area(clause), *self._read_terms(clause)):
                found.setdefault((statement.entity, statement.slot), statement)
        return list(found.values())

    def read_names(self, text: str) -> list[Statement]:
        """Return the names of a text that lists what is sold and nothing else."""
        spans = split_spans(text, re.compile(r"\s*[、，,;；/\n]\s*"))
        return [self._state_name(span) for span in spans if self._is_name(span.text)]

    def _read_lists(self, clause: Span) -> Iterator[Statement]:
        for listed in _find_lists(clause, self._intro):
            kinds = [(span, self._find_kind(span.text)) for span in listed]
            yield from (Statement(span.text, self._kind or "", kind, span) for span, kind in kinds if kind)
            others = [span for span, kind in kinds if kind is None]
            # One subject among the items, and the list is one of subjects. Restaurants list their kinds alone.
            if self._named and _OFFERED.search(clause.text) and all(self._is_name(span.text) for span in others):
                yield from map(self._state_name, others)

    def _state_name(self, span: Span) -> Statement:
        return Statement(span.text, self._pack.entity_slot, span.text, span)

    def _is_name(self, text: str) -> bool:
        return (
            2 <= len(text) <= _MAX_NAME
            and bool(_ONLY_LETTERS.fullmatch(text))
            and text.lower() not in self._kinds
            and not any(pattern.search(text) for pattern in (self._subject, self._unsaid, _FIGURE_ONLY))
            and not self._intro.match(text)
            and not any(mention.surface == text for mention in self._reader.find_values(text))
        )

    def _find_kind(self, text: str) -> str | None:
        """Return the category a name ends with: 港式火锅 is hotpot."""
        if len(text) > _MAX_KIND or self._subject.search(text):
            return None
        mentions = self._reader.find_values(text)
        whole = [mention.value for mention in mentions if mention.slot == self._kind and mention.end == len(text)]
        return whole[0] if len(mentions) == len(whole) == 1 else None

    def _read_area(self, clause: Span) -> Iterator[Statement]:
        for match in _AREA.finditer(clause.text) if self._place else ():
            group = match.lastgroup or "area"
            span = _trim(Span(match.start(group), match.end(group), match[group]), _FRINGE)
            if self._place and len(span.text) >= 2 and not _NO_AREA.match(span.text) and not self._is_unsaid(span.text):
                moved = Span(clause.start + span.start, clause.start + span.end, span.text)
                yield Statement(EVERYTHING, self._place, span.text, moved)
                return

    def _read_terms(self, clause: Span) -> Iterator[Statement]:
        brackets = [Span(match.start(1), match.end(1), match[1]) for match in _BRACKET.finditer(clause.text)]
        for part in (*brackets, *split_spans(clause.text, _STRETCH)):
            if self._is_unsaid(part.text) or len(part.text) > _MAX_TERMS:
                continue
            for slot, words in self._terms.items():
                if any(word in part.text.lower() for word in words):
                    said = _trim(part, _TOLD)
                    moved = Span(clause.start + said.start, clause.start + said.end, said.text)
                    yield Statement(EVERYTHING, slot, said.text, moved)

    def _is_unsaid(self, text: str) -> bool:
        return bool(self._unsaid.search(text))


def _find_lists(clause: Span, intro: re.Pattern[str]) -> Iterator[Sequence[Span]]:
    """Yield the items of each list in a clause: after its introduction, up to 等, a comma or a bracket."""
    place = 0
    for piece in re.split(r"([，,（()）])", clause.text):
        if "、" in piece or place:
            cut = _LIST_END.search(piece)
            end = cut.start() if cut else len(piece)
            starts = [match.end() for match in intro.finditer(piece[: piece.find("、") if "、" in piece else end])]
            start = starts[-1] if starts else 0
            items = split_spans(piece[start:end], _ITEMS)
            offset = clause.start + place + start
            listed = [_trim(Span(offset + s.start, offset + s.end, s.text), _FRINGE) for s in items]
            if len(listed) >= _MIN_ITEMS:
                yield listed
        place += len(piece)


def _trim(span: Span, fringe: re.Pattern[str]) -> Span:
    while (match := fringe.search(span.text)) and len(match[0]) < len(span.text):
        start, end = (match.end(), len(span.text)) if match.start() == 0 else (0, match.start())
        span = Span(span.start + start, span.start + end, span.text[start:end])
    return span


def read_scope_rows(
    leaves: Iterable[tuple[str, Path, str]], profile_id: str, pack: DomainPack, language: Language, file: str | None
) -> list[KnowledgeRow]:
    """Return what the plain texts of a profile say as rows of knowledge; each quotes the stretch it is taken from.

    Args:
        leaves: Field of the profile (`boundaries`, `commitments`, ...), place and text.
        profile_id: Id of the profile.
        pack: The domain pack.
        language: Language of the profile.
        file: Name of the profile's file, where it is known.
    """
    reader = ScopeReader(pack, language)
    rows: dict[tuple[str, str], KnowledgeRow] = {}
    for field, path, text in leaves:
        for said in reader.read_names(text) if field == "names" else reader.read(text, lists=field == "boundaries"):
            place = f"{profile_id}#{write_pointer(path)}"
            row = KnowledgeRow(
                id=make_id("knowledge", profile_id, place, said.slot, said.span.start),
                domain=pack.id,
                language=language,
                provenance=Provenance(
                    source_id=profile_id,
                    url=file,
                    char_start=said.span.start,
                    char_end=said.span.end,
                    derived_from=(place,),
                ),
                entity=said.entity,
                slot=said.slot,
                value=said.value,
                text=said.span.text,
            )
            # What is told must stand there, letter by letter.
            if text[said.span.start : said.span.end] == row.text:
                rows.setdefault((row.entity, row.slot), row)
    return list(rows.values())
