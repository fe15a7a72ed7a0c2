"""Slot values and figures in an utterance, with the morphology of speech: plurals, hyphens, spacing, paraphrases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from streamdial.claims.clauses import Clause, split_clauses
from streamdial.claims.lexicon import list_paraphrases
from streamdial.claims.things import Names, Thing, find_subject
from streamdial.domains import DomainPack
from streamdial.patterns import compile_filtered
from streamdial.slots import SlotReader, find_numbers

_TOKEN = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+(?:['’][a-z]+)?")
_NEGATED = compile_filtered(
    r"(?:\b(?:not|no|never|without|neither|nor|nothing|none of|rather than|instead(?: of)?|anything but|dont|doesnt"
    r"|isnt|wont|cant|didnt)\b|n['’]t\b)"
    r"(?:\s+(?!but\b|only\b)[\w'’-]+){0,3}\s*$|(?:不是|不要|不想要?|(?<!有)没有?|(?<!差)不(?![错过仅但光只止到足])|无(?!线)|(?<![特级区类分性个])别"
    r"|非(?!常)|不考虑)\w{0,2}$",
    re.IGNORECASE,
)
_TAKES_FOR_GRANTED = compile_filtered(
    r"^\W*(?:(?:and|but|so) )?(?:is|are|was|would|does|do|did|wo|ca|could|has|have)n['’]t\b", re.IGNORECASE
)
_COUNTS = compile_filtered(
    r"\b(?:seats?|sleeps?|serves?|feeds?|room for|enough for|fits|suitable for"
    r"|suitable for up to|we're|we are|party of|family of|group of|table for)\s+$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s*(?:of (?:us|you)\b(?! two)|people\b|persons\b|adults\b|guests\b|friends\b|[个位口]人|位(?!置))", re.IGNORECASE
)
_DENIED = compile_filtered(
    r"\b(?:do(?:es)?n['’]?t|do(?:es)? not|have(?:n['’]t| not)|nothing|none of|no (?:\w+ ){0,3}(?:that|at|for"
    r"|under|with)|simply don)\b"
    r"|没有(?!问题)|找不到|做不到|都不符合",
    re.IGNORECASE,
)
_IDIOMS = compile_filtered(
    r"\b(?:0\s?(?:-|–|to)\s?(?:100|60)|10\s?(?:-|–|to)\s?80\s?%?|zero to (?:hundred|sixty)|24/7|one of|the one"
    r"|this one|that one"
    r"|one (?:moment|second|more|thing|sec)|first|second|no one|anyone|each one|two of (?:you|us|them)"
    r"|of the two|the two"
    r"|one (?:day|stop)|another one|a million|hundred percent|100 ?(?:%|percent) (?:sure|electric|certain))\b"
    r"|百公里|零百|一下|一些|一点|一起|一样|一般|一定|一直|第一|万一|统一|唯一|一[款台辆间份套个位种边路家会次]"
    r"|[两二]款|两者|(?<![住睡坐纳])二位|两个(?=都|比|里)|四驱|两驱|周[一二三四五六]|星期[一二三四五六]|礼拜[一二三四五六]|九折|八折|十分|千万|三厢|两厢|双人|第三排",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """A value in an utterance.

    Attributes:
        slot: The slot it is a value of; empty for a figure that nothing types.
        value: The canonical value.
        number: The figure, where it is one.
        things: What it is said of; none where the talk is about nothing yet.
        negated: Whether it is denied: "not an SUV", 不要油车.
        clause: The clause it stands in.
    """

    slot: str
    value: str
    unit: str | None
    number: float | None
    start: int
    end: int
    surface: str
    things: tuple[str, ...]
    negated: bool
    clause: Clause


class Analysis(NamedTuple):
    """An utterance taken apart."""

    text: str
    bare: str
    """The text with the names of things blanked."""
    clauses: tuple[Clause, ...]
    things: tuple[Thing, ...]
    mentions: tuple[Mention, ...]
    focus: str

    def get_subject(self, start: int, end: int, clause: Clause) -> str:
        """Return what a place speaks of."""
        return find_subject(self.things, start, end, (clause.start, clause.end), self.focus)

    def get_clause(self, place: int) -> Clause:
        """Return the clause a place lies in."""
        inside = [clause for clause in self.clauses if clause.start <= place < clause.end]
        return inside[0] if inside else self.clauses[-1]

    def get_sentence(self, clause: Clause) -> str:
        """Return the sentence a clause belongs to."""
        parts = [other for other in self.clauses if other.sentence == clause.sentence]
        return self.text[parts[0].start : parts[-1].end]

    def denies(self, clause: Clause) -> bool:
        """Tell whether a clause says that something does not exist: "a seven-seater for that is nothing we have"."""
        return _DENIED.search(clause.text) is not None


@lru_cache(maxsize=512)
def analyse(text: str, reader: SlotReader, names: Names, focus: str, *, blank_short: bool = True) -> Analysis:
    """Return a folded utterance taken apart; it is kept, for a turn is judged first and then read.

    Args:
        text: The utterance.
        reader: Reads figures, days and hours of the domain.
        names: Finds the names of things.
        focus: What the talk is about.
        blank_short: Whether shortened names say nothing but which thing is meant.
    """
    clauses = split_clauses(text)
    things = tuple(names.find(text))
    bare = text
    for thing in things:
        whole = text[thing.start : thing.end].lower().startswith(thing.name.lower())
        if not (whole or blank_short):
            continue  # 我要双床房 names a room, and says what beds are wished for
        bare = bare[: thing.start] + " " * (thing.end - thing.start) + bare[thing.end :]
    analysis = Analysis(text, bare, clauses, things, (), focus)
    if not clauses:
        return analysis
    found = [*_find_figures(analysis, reader), *_find_categories(analysis, reader)]
    return analysis._replace(mentions=tuple(sorted(found, key=lambda mention: mention.start)))


def _find_figures(analysis: Analysis, reader: SlotReader) -> list[Mention]:
    bare = _IDIOMS.sub(lambda match: " " * len(match[0]), analysis.bare)
    pack = reader.pack
    typed = [
        mention
        for mention in reader.find_values(analysis.bare)
        if mention.slot != pack.entity_slot and not pack.slots[mention.slot].values
    ]
    found = []
    for mention in typed:
        clause = analysis.get_clause(mention.start)
        kind = pack.slots[mention.slot].type
        number = float(mention.value) if kind in ("money", "quantity", "count") else None
        # "One of us" counts nobody.
        if number is not None and not bare[mention.start : mention.end].removesuffix(" us").strip("$¥￥ "):
            continue
        found.append(_build(analysis, clause, mention.slot, mention.value, mention.unit, number, mention[3:5]))
    for figure in find_numbers(bare):
        if any(mention.start < figure.end and figure.start < mention.end for mention in typed):
            continue
        clause = analysis.get_clause(figure.start)
        counted = _COUNTS.search(bare[clause.start : figure.start]) or _COUNTED.match(bare, figure.end)
        if (slot := _find_count(pack)) and figure.value <= 20 and counted:
            unit = next(iter(pack.slots[slot].units), None)
            span = (figure.start, figure.end)
            found.append(_build(analysis, clause, slot, f"{figure.value:g}", unit, figure.value, span))
            continue
        value = f"{figure.value:g}" if figure.value < 1e5 else f"{figure.value:.0f}"
        found.append(_build(analysis, clause, "", value, None, figure.value, (figure.start, figure.end)))
    return found


def _find_count(pack: DomainPack) -> str:
    return next((name for name, slot in pack.slots.items() if slot.type == "count" and slot.mined), "")


def _build(
    analysis: Analysis,
    clause: Clause,
    slot: str,
    value: str,
    unit: str | None,
    number: float | None,
    span: tuple[int, int],
) -> Mention:
    start, end = span
    before = analysis.bare[clause.start : start]
    # "Wouldn't seven seats be handy?" takes them for granted.
    negated = _NEGATED.search(_TAKES_FOR_GRANTED.sub("", before)) is not None
    return Mention(
        slot,
        value,
        unit,
        number,
        start,
        end,
        analysis.text[start:end],
        _name(analysis, start, end, clause),
        negated,
        clause,
    )


_ELECTRIC_PART = re.compile(
    r"\s*(?:range|motors?|mode|driving|windows?|tailgate|续航|里程|模式|座椅|尾门|(?:能|可以?)?跑)", re.IGNORECASE
)
BOTH = compile_filtered(
    r"\bboth\b|\beither of\b|\bthe two (?:cars|models|rooms|menus|versions)\b|两款|两个都|两种|都(?=是|有|能|可以|含)",
    re.IGNORECASE,
)


def _name(analysis: Analysis, start: int, end: int, clause: Clause) -> tuple[str, ...]:
    sentence = analysis.get_sentence(clause)
    named = tuple(dict.fromkeys(thing.name for thing in analysis.things))
    if len(named) > 1 and BOTH.search(sentence):
        return named
    subject = analysis.get_subject(start, end, clause)
    return (subject,) if subject else ()


class _Spelling(NamedTuple):
    """A way to write a value: its tokens, and its rank among all ways, the longest first."""

    rank: int
    tokens: tuple[str, ...]
    slot: str
    value: str


@lru_cache(maxsize=64)
def _index_spellings(reader: SlotReader) -> dict[str, list[_Spelling]]:
    """Return the ways to write the values of all slots but that of stock, by the tokens they may begin with."""
    found = []
    for name, slot in reader.pack.slots.items():
        for value, texts in slot.values.items():
            for spelling in (one for group in texts.values() for one in group):
                found.append((tuple(_TOKEN.findall(spelling.lower())), name, value))
    found.sort(key=lambda row: -sum(map(len, row[0])))
    index: dict[str, list[_Spelling]] = {}
    for rank, (tokens, name, value) in enumerate(found):
        if tokens and not reader.pack.slots[name].stock:
            for first in tokens[:1] if len(tokens) > 1 else _list_plurals(tokens[0]):
                index.setdefault(first, []).append(_Spelling(rank, tokens, name, value))
    return index


def _list_plurals(word: str) -> tuple[str, ...]:
    """Return a word and how it may stand in the plural or genitive."""
    return (word, word + "s", word + "es", word + "'s") if word.isascii() else (word,)


def _find_categories(analysis: Analysis, reader: SlotReader) -> list[Mention]:
    pack, text = reader.pack, analysis.bare
    taken: list[tuple[int, int]] = []
    found: list[Mention] = []

    def take(slot: str, value: str, start: int, end: int) -> None:
        if value == "electric" and _ELECTRIC_PART.match(text, end):
            return
        if any(first < end and start < last for first, last in taken):
            return
        taken.append((start, end))
        clause = analysis.get_clause(start)
        mention = _build(analysis, clause, slot, value, None, None, (start, end))
        values = pack.slots[slot].values
        if mention.negated and len(values) == 2:
            other = next(key for key in values if key != value)
            mention = Mention(**{**mention.__dict__, "value": other, "negated": False})
        found.append(mention)

    for slot, value, pattern in list_paraphrases(reader.language).select(text):
        if slot in pack.slots and value in pack.slots[slot].values:
            for match in pattern.finditer(text):
                take(slot, value, match.start(), match.end())
    tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text.lower())]
    words = [token for token, _, _ in tokens]
    index = _index_spellings(reader)
    standing = [
        (spelling.rank, place, spelling)
        for place, word in enumerate(words)
        for spelling in index.get(word, ())
        if _stands_at(words, place, spelling.tokens)
    ]
    for _, place, spelling in sorted(standing):
        window = tokens[place : place + len(spelling.tokens)]
        if _is_close(window, text):
            take(spelling.slot, spelling.value, window[0][1], window[-1][2])
    return found


def _stands_at(words: list[str], place: int, spelling: tuple[str, ...]) -> bool:
    end = place + len(spelling)
    return (
        end <= len(words)
        and words[place : end - 1] == list(spelling[:-1])
        and words[end - 1] in _list_plurals(spelling[-1])
    )


def _is_close(window: list[tuple[str, int, int]], text: str) -> bool:
    """Tell whether only spaces and hyphens part the words of a phrase."""
    return all(not text[before[2] : after[1]].strip(" -–") for before, after in pairwise(window))


def share_unit(pack: DomainPack, slot: str) -> tuple[str, ...]:
    """Return the slots a figure of a slot's unit may belong to: a number of minutes tells a charging time."""
    if not slot:
        return tuple(name for name, other in pack.slots.items() if other.type in ("money", "quantity", "count"))
    schema = pack.slots[slot]
    if schema.type == "money":
        return tuple(name for name, other in pack.slots.items() if other.type == "money")
    spelled = {one for group in schema.units.values() for one in group}
    return tuple(
        name for name, other in pack.slots.items() if spelled & {one for group in other.units.values() for one in group}
    )
