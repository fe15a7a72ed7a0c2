"""Which attribute a clause names, and the values in words that attributes of text have: hours, addresses, terms."""

from __future__ import annotations

import re
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.records import Language
from streamdial.slots import find_numbers
from streamdial.text import find_phrase

LONGEST: dict[Language, int] = {"en": 120, "zh": 50}
"""Characters a value in words may have; a longer one is a story."""
_ASKING = re.compile(
    r"\b(?:how|what|which|when|where|who|can|could|do|does|is|are|or|any|get|my|us|you|we|close to|for|still|fit|for)\b"
    r"|[吗么呢]|还有|哪|啥|可否|有没有|还是|订满|怎么"
)
_TAIL_OF_ASKING = re.compile(r"(?:要|能)?(?:多少(?:钱|公里|平|度电|座)?|多久|多远|多大|几[个座晚天点].*|几|什么.*)$")
_COPULA: dict[Language, str] = {
    "en": (
        r"(?: (?:for|of) (?:that|it|this one|the place))?\s*(?::|\bis\b|\bare\b|\bruns?\b|\bcomes to\b|'s\b|=)\s*"
        r"(?:(?:now|currently|from)\s+(?=\d))?"
    ),
    "zh": (
        r"(?:的)?(?:时间|政策|规则|地址)?\s*(?:(?:[:：]|是在|是|为|在)[:：]?\s*"
        r"|(?=\s*(?:[\d周每全终免可随一二两三四五六七八九十早上中下晚]|不可|不能|不支持)))"
    ),
}
_EVALUATION = re.compile(
    r"^(?:very|really|quite|so|too|pretty|great|good|excellent|nice|fine|not|also|just|what|why|how|where|that|this|it"
    r"|yours?|ours?|important|subject|different|the same|up to you|available|coming|being|based|well|only|one"
    r"|here|there"
    r"|a bit|hard|easy|true|ok(?:ay)?|right|clear|below|as follows|included)\b"
    r"|^(?:很|非常|挺|比较|特别|相当|超级|什么|怎么|哪|谁|你|您|我|咱|他|它|这|那|一样|不错|可以的|肯定|真|最|更"
    r"|有点|大家|如下|啥|没问题)",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"\b(?:free|full(?:y)?|refundable|non-?refundable|no refunds?|at no (?:cost|charge)|without (?:charge|a fee))\b"
    r"|免费|随时|不可|不能|不支持|不予|支持|全额|可以?(?=[取退改])|过期|无理由",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:street|road|avenue|lane|boulevard|drive|square|way|row|crescent|place|quay|court|st|rd|ave)\b"
    r"|[路街道巷胡同号里弄院楼村镇]",
    re.IGNORECASE,
)
_AT: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:located (?:at|on|in)|find us (?:at|on|in)|(?:we|they|it)(?: are| is|'re|'s) (?:at|on)|stands (?:at"
        r"|on)|(?:find|reach|locate) (?:them|it|the \w+) (?:at|on)|(?:and|it's) at(?= \d))\s+",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"(?:位于|坐落于|坐落在|开在|地址(?:是在|在|是|[:：]))\s*"),
}
_CLOCK = re.compile(
    r"\b\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)(?![a-z])|\b\d{1,2}:\d{2}\b|\b(?:noon|midnight)\b"
    r"|(?:\d{1,2}|[一二两三四五六七八九十]{1,3})点(?!半?钟?就)|24小时|\b24 hours\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\bdaily\b|周|星期|每天|全天|营业|假", re.IGNORECASE
)
_SPAN_OF_TIME = (
    r"(?:(?:\d+|one|two|three|four|five|six|seven|eight|ten|twelve)[\s-](?:years?|months?)(?:\s?(?:or|/"
    r"|,)\s?[\d,]+\s?(?:km|miles))?"
    r"|lifetime|unlimited|(?:\d+|[一二两三四五六七八十]+)(?:年|个月)(?:\s?(?:或|/)?\s?(?:\d+"
    r"|[一二两三四五六七八十]+)万?公里)?|终身)"
)
_GIVEN_BACK = re.compile(r"refund|cancel|退|取消")
_CONJUNCTION = re.compile(
    r"^(?:and|so|but|also|or|then|well|yes|no|sure|ok(?:ay)?|另外|而且|还有|然后|所以|那么|就是|那|嗯|对)[,，]?\s*",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,，;；](?!\d{3}\b)\s*")
_NEXT = re.compile(
    r",?\s+(?:(?:and|with)\s+(?:(?:the|its|their|it|it's|there|we|you|they|a|an|that|has|is)\s|phone|post ?code|postal)"
    r"|in post ?code|(?:that|which|where|who)\s)",
    re.IGNORECASE,
)
"""Where an English value in words ends and the next fact begins."""
_VERB = re.compile(
    r"\b(?:is|are|was|has|have|can|will|we|you|it|they|shall|would|do|does|and their|and its|phone|post ?code"
    r"|postal code)\b|[是有能可您你我们]|电话|邮编|评分",
    re.IGNORECASE,
)


class Named(NamedTuple):
    """An attribute named in a text: its slot and place in characters."""

    slot: str
    start: int
    end: int


class TextValue(NamedTuple):
    """A value in words: its slot and place in characters."""

    slot: str
    start: int
    end: int


class AttributeWords:
    """Finds the attributes that a text names, by the names, headers and asking nouns of the pack's slots.

    Args:
        pack: The domain pack.
        language: Language of the texts; Chinese ones name attributes in English too (WiFi), not the other way round.
    """

    def __init__(self, pack: DomainPack, language: Language) -> None:
        self.pack, self.language = pack, language
        self._words = sorted(
            ((word, name) for name, slot in pack.slots.items() for word in self._list_words(slot)),
            key=lambda row: (-len(row[0]), row[1]),
        )
        texts = {
            name: slot
            for name, slot in pack.slots.items()
            if slot.type == "text" and not (slot.account or slot.booking)
        }
        self._texts = {name: [word for word, owner in self._words if owner == name] for name in texts}
        self._called = {name: {called.lower() for called in slot.names.values()} for name, slot in texts.items()}
        self._headers = {
            name: {word.lower() for words in slot.headers.values() for word in words} for name, slot in texts.items()
        }

    def _list_words(self, slot: Slot) -> set[str]:
        words = {slot.names[self.language].lower(), *(word.lower() for word in slot.headers.get(self.language, ()))}
        for phrase in slot.ask.get(self.language, ()):
            noun = _TAIL_OF_ASKING.sub("", phrase.lower())
            if len(noun) >= 2 and not _ASKING.search(noun):
                words.add(noun)
        return {word for word in words if len(word) >= 2 and word not in ("from", "class", "for", "hours", "in stock")}

    def find(self, text: str) -> list[Named]:
        """Return the attributes named in a lower-case text, in order and without overlaps; "charges" names charging."""
        found: list[Named] = []
        for word, name in self._words:
            for start, end in self._find_word(text, word):
                if not any(
                    other.start < end and start < other.end
                    for other in found
                    if other.slot == name or other.end - other.start > end - start
                ):
                    found.append(Named(name, start, end))
        return sorted(found, key=lambda named: named.start)

    def _find_word(self, text: str, word: str) -> list[tuple[int, int]]:
        if self.language == "en" and word.isalpha() and len(word) >= 5:
            stem = re.sub(r"(?:ing|es|s|e)$", "", word)
            return [match.span() for match in re.finditer(rf"\b{re.escape(stem)}(?:ing|es|ed|s|e)?\b", text)]
        places: list[tuple[int, int]] = []
        start = 0
        while (place := find_phrase(text, word, start)) is not None:
            places.append((place, place + len(word)))
            start = place + len(word)
        return places

    def find_texts(self, sentence: str) -> list[TextValue]:
        """Return the values in words that a sentence states: "Parking: behind the house", 营业时间10:00-22:00.

        The value follows the attribute's name and a copula (or a number, in Chinese), or it is a span of time before
        the name (an 8-year warranty), an address after "located at", a clause of terms (free cancellation until ...)
        or, for hours, a clause with a time of day. What only judges ("is great") is none.
        """
        found: list[TextValue] = []
        lower = sentence.lower()
        for name, words in self._texts.items():
            value = (
                self._find_place(sentence, name)
                or min(
                    (value for word in words for value in self._find_after(sentence, lower, name, word)), default=None
                )
                or self._find_span(sentence, words, name)
                or self._find_clause(sentence, words, name)
            )
            if value and not any(one.start < value.end and value.start < one.end for one in found):
                found.append(value)
        return sorted(found, key=lambda value: value.start)

    def _find_after(self, sentence: str, lower: str, name: str, word: str) -> list[TextValue]:
        found: list[TextValue] = []
        if word not in self._called[name] | self._headers[name]:
            return found
        for begin, end in self._find_word(lower, word):
            match = re.compile(r"(?:\s(?:policy|time|hours))?" + _COPULA[self.language], re.IGNORECASE).match(
                sentence, end
            )
            if match is None:
                continue
            start, stop = match.end(), self._find_end(sentence, match.end(), name)
            if self._is_value(name, sentence[start:stop], colon=match[0].strip() in (":", "：")):
                # 月供3000 is no financing of "3000": a part keeps its own name.
                found.append(
                    TextValue(
                        name, start if match[0] or any(called in word for called in self._called[name]) else begin, stop
                    )
                )
        return found

    def _is_value(self, name: str, text: str, *, colon: bool) -> bool:
        if not 2 <= len(text) <= LONGEST[self.language] or _EVALUATION.match(text):
            return False
        if self.is_place(name) and not (
            _PLACE.search(text) and (self.language == "zh" or re.search(r"\d|^[A-Z]", text))
        ):
            return False
        stated = bool(find_numbers(text) or _TERMS.search(text) or _CLOCK.search(text) or _PLACE.search(text))
        return colon or stated or (self.language == "zh" and len(text) <= 20 and not self.find(text.lower()))

    def is_place(self, name: str) -> bool:
        """Tell whether a slot says where something is."""
        return bool(
            {"address", "地址"} & {word.lower() for words in self.pack.slots[name].headers.values() for word in words}
        )

    def _find_place(self, sentence: str, name: str) -> TextValue | None:
        if not self.is_place(name) or (match := _AT[self.language].search(sentence)) is None:
            return None
        text = sentence[match.end() : self._find_end(sentence, match.end(), name)]
        fits = self._is_value(name, text, colon=False)
        return TextValue(name, match.end(), match.end() + len(text)) if fits else None

    def _find_span(self, sentence: str, words: list[str], name: str) -> TextValue | None:
        lower = sentence.lower()
        for word in words:
            if word not in lower:
                continue
            before = re.search(
                rf"({_SPAN_OF_TIME})[\s-]?(?:(?:的|整车|battery |full |car |manufacturer's "
                rf"|factory ){{0,2}}){re.escape(word)}",
                sentence,
                re.IGNORECASE,
            )
            after = re.search(rf"{re.escape(word)} of ({_SPAN_OF_TIME})", sentence, re.IGNORECASE)
            if match := before or after:
                return TextValue(name, *match.span(1))
        return None

    def _find_clause(self, sentence: str, words: list[str], name: str) -> TextValue | None:
        """Return a whole clause as the value: terms of cancelling, or a time of day of an attribute of time."""
        slot = self.pack.slots[name]
        timed = any(re.search(r"\b(?:hours|time)\b|时间", called) for called in slot.names.values())
        if not (_CLOCK if timed else _TERMS).search(sentence):
            return None
        stems = {re.sub(r"\s?(?:policy|time|hours|opening )$|opening |政策|时间|规则", "", word) for word in words}
        stems = {stem for stem in stems if len(stem) >= 2 and (timed or _GIVEN_BACK.search(stem))}
        start = 0
        for end in [*(match.start() for match in _CLAUSE_END.finditer(sentence)), len(sentence)]:
            clause = sentence[start:end]
            lower = clause.lower()
            stated = _CLOCK.search(clause) if timed else _TERMS.search(clause)
            if stated and any(find_phrase(lower, stem) is not None for stem in stems):
                lead = _CONJUNCTION.match(clause.lstrip())
                begin = start + len(clause) - len(clause.lstrip()) + (lead.end() if lead else 0)
                stop = start + len(clause.rstrip(" .!。！"))
                if 4 <= stop - begin <= LONGEST[self.language]:
                    return TextValue(name, begin, stop)
            match = _CLAUSE_END.match(sentence, end)
            start = match.end() if match else end
        return None

    def _continues(self, name: str, rest: str) -> bool:
        """Tell whether a clause may go on with a value: of hours with more of them, of a Chinese place with another."""
        if self.is_place(name):
            return self.language == "en" or bool(_PLACE.search(rest))
        timed = any(re.search(r"\bhours\b|时间", called) for called in self._called[name])
        return not timed or bool(_CLOCK.search(rest) or _DAY.search(rest))

    def _find_end(self, sentence: str, start: int, name: str) -> int:
        """Return where a value in words ends: before a clause that says something else, and before the full stop."""
        end = len(sentence)
        for match in _CLAUSE_END.finditer(sentence, start):
            nearest = _CLAUSE_END.search(sentence, match.end())
            rest = sentence[match.end() : nearest.start() if nearest else len(sentence)]
            other = any(named.slot != name for named in self.find(rest.lower())) or not self._continues(name, rest)
            if match[0][0] in ";；" or _VERB.search(rest) or _CONJUNCTION.match(rest) or other or len(rest) > 40:
                end = match.start()
                break
        if self.language == "en" and (following := _NEXT.search(sentence, start, end)):
            end = following.start()
        return start + len(sentence[start:end].rstrip(" .!。！~呀哦啊呢哈的"))
