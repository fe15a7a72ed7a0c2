"""Potential utterances of a persona: its intents in varied words, from real lines with its own facts in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from streamdial.domains import DomainPack
from streamdial.personas.constraints import Wishes
from streamdial.personas.habits import find_words, load_habits
from streamdial.records import Constraint, Inquiry, Language, SeedDialogue, UserQuestion, Utterance
from streamdial.slots import SlotMention, SlotReader, find_numbers, format_value, has_unread_figures, join_phrases
from streamdial.text import tokenize

MIN_UTTERANCES = 5
MAX_UTTERANCES = 10
_OPEN_ACTS = ("negotiate", "ask_offer")
"""Acts that say enough without a slot; "ask" and "object" without one may be about anything."""
_LOOKED_AT = 60
"""Different lines of viewers kept for one intent."""
_PER_INTENT = 2
"""Maximum number of borrowed lines for one intent: the others want a turn too."""

ABOUT_ONESELF = re.compile(
    r"\b(?:my|mine|wife|husband|kids?|child|children|baby|twins?|daughter|son|student|dogs?|cats?|friends?|colleagues?"
    r"|i(?:'m| am|m| have| own| live| drive|ve|'ve))\b"
    r"|我[家是有]|老公|老婆|孩子|小孩|娃|宝宝|学生|爸妈|老人|父母|女生|同事|纪念日|生日|蜜月|出差",
    re.IGNORECASE,
)
"""What only the one who wrote it can say."""
_ASKS: dict[Language, tuple[str, ...]] = {
    "en": ("What about the {}?", "Could you tell me the {}?", "I'd like to know the {}."),
    "zh": ("{}怎么样？", "想问下{}。", "{}呢？"),
}
"""Questions about an attribute of no thing in particular; the pack's templates name one."""
_NUMBER = re.compile(r"\d+")
_CLAUSE = re.compile(r"[,;.!?:，。；！？：~](?!\d)|(?<=[\u4e00-\u9fff])\s")
_WE = re.compile(r"\b(?:we|our|us)\b|我们", re.IGNORECASE)


class LinePool:
    """Lines of viewers and of seed dialogues by what they do, to be borrowed with other facts in them.

    Args:
        questions: What viewers wrote.
        seeds: Seed dialogues of the same language.
        pack: The domain pack.
        language: Language of the lines.
    """

    def __init__(
        self,
        questions: Iterable[UserQuestion],
        seeds: Iterable[SeedDialogue],
        pack: DomainPack,
        language: Language,
    ) -> None:
        self.pack, self.language = pack, language
        self._readers: dict[tuple[str, ...], SlotReader] = {}
        self._mentions: dict[tuple[str, tuple[str, ...]], list[SlotMention]] = {}
        self._lines: dict[tuple[str, frozenset[str], frozenset[str]], dict[tuple[str, tuple[str, ...]], Utterance]] = {}
        for question in questions:
            line = Utterance(text=question.text, origin="same_need", evidence=(question.id,))
            self._add(question.act, question.asks, question.slots, line, question.entities)
        for seed in seeds:
            for turn in seed.turns:
                if turn.role == "user" and seed.language == language:
                    named = tuple(name for name in (turn.entity, turn.other) if name)
                    line = Utterance(text=turn.utterance, origin="seed", evidence=(f"{seed.id}#{turn.turn_id}",))
                    self._add(turn.act, turn.request, turn.inform, line, named)

    def _add(
        self, act: str, asks: Iterable[str], states: Iterable[str], line: Utterance, named: tuple[str, ...]
    ) -> None:
        known = self._lines.setdefault((act, frozenset(asks), frozenset(states)), {})
        if line.origin == "seed" or len(known) < _LOOKED_AT:
            known.setdefault((line.text, named), line)

    def read(self, text: str, named: tuple[str, ...]) -> list[SlotMention]:
        """Return the values and the given names in a line; each line is read once."""
        if named not in self._readers:
            self._readers[named] = SlotReader(self.pack, self.language, named)
        if (text, named) not in self._mentions:
            self._mentions[text, named] = self._readers[named].find_values(text)
        return self._mentions[text, named]

    def find(
        self, act: str, asks: Iterable[str], states: Iterable[str] = ()
    ) -> list[tuple[Utterance, tuple[str, ...]]]:
        """Return the lines of an act that ask and state just these slots, each with the things it names."""
        known = self._lines.get((act, frozenset(asks), frozenset(states)), {})
        return [(line, named) for (_, named), line in known.items()]


def collect_utterances(
    own: Sequence[UserQuestion],
    others: Sequence[UserQuestion],
    inquiries: Sequence[Inquiry],
    wishes: Wishes,
    pool: LinePool,
) -> tuple[Utterance, ...]:
    """Return what such a user may say, at most `MAX_UTTERANCES`; fewer where no line with the same intent is there.

    First the persona's own lines, then those of viewers who asked the same, then lines of other viewers and of seed
    dialogues that do the same, with this persona's thing and values in place of theirs, last the pack's templates. A
    borrowed line is left out if a fact in it cannot be replaced, or a figure is left that the persona did not say.

    Args:
        own: The persona's own messages in order of time.
        others: Messages of viewers who asked the same.
        inquiries: Its inquiries, joined ones too.
        wishes: Its wishes.
        pool: Lines to borrow.
    """
    asked = {source for inquiry in inquiries for source in inquiry.evidence}
    lines = [Utterance(text=question.text, origin="own", evidence=(question.id,)) for question in own]
    lines += [
        Utterance(text=question.text, origin="same_need", evidence=(question.id,))
        for question in others
        if question.id in asked
    ]
    constraints = wishes.constraints
    filler = _Filler(own, constraints, wishes.party, pool)
    mine = [inquiry for inquiry in inquiries if inquiry.origin == "own"]
    borrowed = [list(islice(_borrow(filler, *intent), _PER_INTENT)) for intent in _list_intents(mine, constraints)]
    for turn in range(_PER_INTENT):
        lines += [found[turn] for found in borrowed if len(found) > turn]
    lines += list(_word_templates(inquiries, constraints, pool))
    distinct: dict[str, Utterance] = {}
    for line in lines:
        distinct.setdefault(_fold(line.text), line)
    return tuple(distinct.values())[:MAX_UTTERANCES]


def _fold(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


_Intent = tuple[str, tuple[str, ...], dict[str, Constraint], tuple[str, ...], tuple[str, ...]]
"""Act, slots asked, wishes stated, the thing it is about, evidence."""


def _list_intents(inquiries: Sequence[Inquiry], constraints: Sequence[Constraint]) -> Iterator[_Intent]:
    """Yield what the persona wants to say: each inquiry, then each wish alone and the first two together."""
    for inquiry in inquiries:
        if inquiry.asks or inquiry.act in _OPEN_ACTS:
            yield inquiry.act, inquiry.asks, {}, inquiry.entities, inquiry.evidence
    for group in [[wish] for wish in constraints] + ([list(constraints[:2])] if len(constraints) > 1 else []):
        wishes = {wish.slot: wish for wish in group}
        for act in ("inform", "ask_offer", "book"):
            yield act, (), wishes, (), tuple(dict.fromkeys(s for wish in group for s in wish.evidence))


class _Filler:
    """Puts a persona's facts into lines of others."""

    def __init__(
        self, own: Sequence[UserQuestion], constraints: Sequence[Constraint], party: Iterable[str], pool: LinePool
    ) -> None:
        self.pool = pool
        self._party = set(party)
        self.own = {question.id for question in own}
        self._numbers = {number.value for question in own for number in find_numbers(question.text)}
        for wish in constraints:
            self._numbers |= {number.value for number in find_numbers(wish.value)}

    def fill(
        self, line: Utterance, named: tuple[str, ...], entities: tuple[str, ...], wishes: Mapping[str, Constraint]
    ) -> Utterance | None:
        """Return a line with the persona's facts, or None where a fact of its own would stay in it."""
        pack = self.pool.pack
        if len(named) > 1 or (named and not entities) or self._tells_of_another(line.text, wishes):
            return None
        spans: list[tuple[int, int, str]] = []
        for mention in self.pool.read(line.text, named):
            if mention.slot == pack.entity_slot:
                spans.append((mention.start, mention.end, entities[0]))
            elif mention.slot in wishes and (value := self._write(mention, wishes[mention.slot])):
                spans.append((mention.start, mention.end, value))
            else:
                return None
        if len(spans) != len(wishes) + bool(named) or _says_more(line.text, spans):
            return None
        text = line.text
        for start, end, filled in sorted(spans, reverse=True):
            text = text[:start] + filled + text[end:]
        if has_unread_figures(text) or any(number.value not in self._numbers for number in find_numbers(text)):
            return None
        sources = tuple(source for wish in wishes.values() for source in wish.evidence)
        return Utterance(text=text, origin=line.origin, evidence=tuple(dict.fromkeys((*line.evidence, *sources))))

    def _write(self, mention: SlotMention, wish: Constraint) -> str | None:
        """Return a wish as it stands in the place of a mention; None where "6 people" would become seats."""
        pack, language = self.pool.pack, self.pool.language
        if pack.slots[wish.slot].type != "count":
            return format_value(pack, wish.slot, wish.value, language)
        people = find_words(mention.surface, load_habits().people, language)
        number = _NUMBER.match(mention.surface)
        if number is None or (people and wish.slot not in self._party):
            return None
        return mention.surface.replace(number[0], wish.value, 1)

    def _tells_of_another(self, text: str, wishes: Mapping[str, Constraint]) -> bool:
        return bool(ABOUT_ONESELF.search(text)) or (not wishes and bool(_WE.search(text)))


def _says_more(text: str, spans: Sequence[tuple[int, int, str]]) -> bool:
    """Tell whether a line has a clause of weight beside the one with its facts, or beside its first one of weight."""
    clauses, start = [], 0
    for match in [*_CLAUSE.finditer(text), None]:
        end = match.start() if match else len(text)
        filled = any(start <= place < end for place, _, _ in spans)
        if filled or len(tokenize(text[start:end])) >= 3:
            clauses.append(filled)
        start = match.end() if match else end
    return len(clauses) > 1 and not (spans and all(clauses))


def _borrow(
    filler: _Filler,
    act: str,
    asks: tuple[str, ...],
    wishes: dict[str, Constraint],
    entities: tuple[str, ...],
    evidence: tuple[str, ...],
) -> Iterator[Utterance]:
    pool, named = filler.pool, entities[:1]
    seen: set[str] = set()
    for line, mentioned in pool.find(act, asks, wishes):
        if line.evidence[0] in filler.own or line.evidence[0] in evidence:
            continue
        filled = filler.fill(line, mentioned, named, wishes)
        if filled is not None and _fold(filled.text) not in seen:
            seen.add(_fold(filled.text))
            yield filled


def _word_templates(
    inquiries: Sequence[Inquiry], constraints: Sequence[Constraint], pool: LinePool
) -> Iterator[Utterance]:
    """Yield the pack's sentences for what the persona wants: its wishes, then its own inquiries."""
    pack, language = pool.pack, pool.language
    templates = pack.templates[language]
    wishes = [wish for wish in constraints if not pack.slots[wish.slot].booking and pack.slots[wish.slot].need]
    if wishes:
        needs = join_phrases([_word_need(pack, wish, language) for wish in wishes[:2]], language)
        evidence = tuple(dict.fromkeys(source for wish in wishes[:2] for source in wish.evidence))
        for act in ("inform", "ask_offer"):
            for text in templates.get("user", act):
                yield Utterance(text=text.replace("{needs}", needs), origin="worded", evidence=evidence)
    for inquiry in inquiries:
        if inquiry.origin != "own" or inquiry.act not in ("ask", "object", "negotiate", "compare"):
            continue
        facts = {
            "slots": join_phrases([pack.slots[slot].names[language] for slot in inquiry.asks], language),
            "entity": inquiry.entities[0] if inquiry.entities else "",
            "other": inquiry.entities[1] if len(inquiry.entities) > 1 else "",
        }
        for text in templates.get("user", inquiry.act):
            if all(value or f"{{{name}}}" not in text for name, value in facts.items()):
                for name, value in facts.items():
                    text = text.replace(f"{{{name}}}", value)
                yield Utterance(text=text, origin="worded", evidence=inquiry.evidence)
        if inquiry.act == "ask" and inquiry.asks and not inquiry.entities:
            for text in _ASKS[language]:
                yield Utterance(text=text.format(facts["slots"]), origin="worded", evidence=inquiry.evidence)


def _word_need(pack: DomainPack, wish: Constraint, language: Language) -> str:
    return pack.slots[wish.slot].need[language].replace("{value}", format_value(pack, wish.slot, wish.value, language))
