"""Facts out of prose: which thing has which value of which attribute, sentence by sentence, each with its quote."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.personas.prose_frames import find_free_too, find_room_for, finds_predicate, is_price, names_count
from streamdial.personas.prose_guards import (
    cut_tag,
    find_amount_trap,
    find_clause_trap,
    find_sentence_trap,
    finds_booking,
    finds_condition,
    finds_offer,
)
from streamdial.personas.prose_things import (
    cut_clause,
    find_stranger,
    find_thing,
    finds_several,
    is_landmark,
    names_both,
)
from streamdial.personas.prose_values import AttributeWords, Named, TextValue
from streamdial.records import Language
from streamdial.slots import (
    Quantity,
    SlotMention,
    SlotReader,
    find_numbers,
    measures_much,
    parse_value,
    read_quantities,
)

CARRY = 2
"""Sentences for which a thing that was named still is what is talked about."""
_END = re.compile(r"[!?;。！？；…]+|\.+(?=[\s\"”')]|$)|\n+")
_ABBREVIATION = re.compile(r"\b(?:st|mr|mrs|dr|no|vs|approx|ca|incl|excl|max|min|e\.g|i\.e)$", re.IGNORECASE)
_BARE_BEFORE = re.compile(
    r"^\s*(?:it|that|this one|这个|这款|它)?\s*(?:is|'s|takes|has|does|goes|要|是|有|就是)?\s*$", re.IGNORECASE
)
_BARE_AFTER = re.compile(r"^\s*[.!。！]?\s*$")
"""Around a value that is all its sentence says: "It takes 28 minutes" answers what was asked."""


class ProseFact(NamedTuple):
    """A fact that prose states.

    Attributes:
        entity: The thing, or `EVERYTHING` where it holds for the account.
        slot: The attribute.
        value: Canonical value.
        number: Its number, where it has one.
        unit: Its unit, where it has one.
        text: The value as written.
        quote: The sentence it stands in.
        start: Place of the sentence in the text, in characters.
        end: End of the sentence in the text.
        found: Whether the thing is `named` in the sentence, `carried` over from one before, or the account (`shared`).
    """

    entity: str
    slot: str
    value: str
    number: float | None
    unit: str | None
    text: str
    quote: str
    start: int
    end: int
    found: str


def split_prose(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of a text's sentences, in characters; a line ends a sentence, a decimal point does not."""
    start = 0
    for match in _END.finditer(text):
        if match[0] == "." and _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start()]):
            continue
        if text[start : match.end()].strip():
            yield start + len(text[start:]) - len(text[start:].lstrip()), match.end()
        start = match.end()
    if text[start:].strip():
        yield start + len(text[start:]) - len(text[start:].lstrip()), len(text.rstrip())


class ProseReader:
    """Reads facts out of prose of one language.

    Args:
        pack: The domain pack.
        language: Language of the texts.
        entities: Names of what is sold.
    """

    def __init__(self, pack: DomainPack, language: Language, entities: Iterable[str] = ()) -> None:
        self.pack, self.language = pack, language
        self.reader = SlotReader(pack, language, entities)
        self.words = AttributeWords(pack, language)
        self._left_out = {
            name
            for name, slot in pack.slots.items()
            if slot.booking or slot.stock or slot.account or slot.type in ("date", "time", "entity")
        }

    def read(self, text: str, dropped: Counter[str], *, topic: str = "", lasting: bool = False) -> list[ProseFact]:
        """Return the facts of one paragraph or answer.

        A value belongs to the thing named last before it in its sentence, else to the only one named after it, else to
        what was named at most `CARRY` sentences before. What holds for the account (parking, opening hours) belongs to
        `EVERYTHING` where its sentence names nothing; so does what "both" have where two things are known.

        Args:
            text: One paragraph or answer.
            dropped: Gets one for each value that is no fact, by reason: those of `find_sentence_trap`,
                `find_clause_trap` and `find_amount_trap`, `condition`, `no_thing`, `several_things`, `unknown_thing`,
                `one_version`, `no_attribute`, `other_attribute`, `booking`, `no_predicate`,
                `not_the_price`, `two_values`, `not_read_back`.
            topic: What is talked about before the text begins, by a heading or the question.
            lasting: Whether the topic holds until another thing is named, however long.
        """
        facts: list[ProseFact] = []
        carried, since = topic, 0
        for start, end in split_prose(text):
            sentence = cut_tag(_fold(text[start:end]), self.language)
            texts = self.words.find_texts(sentence)
            mentions = self._find_mentions(sentence, texts)
            named = [mention for mention in mentions if mention.slot == self.pack.entity_slot]
            before = carried
            since = 0 if named else since + 1
            if named:
                carried = named[0].value if len({mention.value for mention in named}) == 1 else ""
            elif since > CARRY and not (lasting and carried == topic):
                carried = ""
            trap = find_sentence_trap(sentence, self.language)
            values = [mention for mention in mentions if mention.slot not in self._left_out]
            if trap:
                dropped[trap] += len(values) + (0 if values else len(texts))
                carried = "" if trap == "others_thing" else carried
                continue
            if not values and not texts:
                continue
            stranger = find_stranger(sentence, mentions, self.pack.entity_slot, self.language)
            both = not named and len(self.reader.entities) == 2 and names_both(sentence, self.language)
            if stranger or (not named and not both and finds_several(sentence, self.language)):
                dropped["unknown_thing" if stranger else "several_things"] += len(values) + len(texts)
                carried = ""
                continue
            read = list(self._read_sentence(sentence, mentions, texts, before if named else carried, dropped, both))
            values_of = Counter((fact.entity, fact.slot) for fact in {fact[:3]: fact for fact in read}.values())
            for fact in read:
                if values_of[fact.entity, fact.slot] > 1:
                    dropped["two_values"] += 1
                else:
                    facts.append(fact._replace(quote=sentence, start=start, end=end))
        return facts

    def may_hold(self, slot: str) -> bool:
        """Tell whether prose may say a slot's value: bookings, stock and the account's own name are said elsewhere."""
        return slot in self.pack.slots and slot not in self._left_out

    def read_back(self, sentence: str, place: int, value: str, entity: str, slot: str) -> ProseFact | str:
        """Return what somebody else took for a fact of a sentence as one, or the reason why it is none.

        Args:
            sentence: The sentence.
            place: Place of the value in it, in characters.
            value: The value as written there.
            entity: The thing, or `EVERYTHING`.
            slot: The attribute.
        """
        schema, end = self.pack.slots[slot], place + len(value)
        clause, offset = cut_clause(sentence, place, end)
        trap = find_sentence_trap(sentence, self.language)
        before = clause[: max(place - offset, 0)]
        trap = trap or find_clause_trap(clause, before, self.language, denial=schema.type != "text")
        if schema.type in ("money", "quantity", "count"):
            trap = trap or ("condition" if finds_condition(clause, self.language) else None)
            counted = schema.type == "count"
            trap = trap or find_amount_trap(sentence[:place], sentence[end:], counted=counted)
            whole = [
                one
                for one in read_quantities(sentence, language=self.language)[0]
                if one.start < end and place < one.end
            ]
            # A part of a number is another number: 20 of 20.98万.
            if trap is None and (len(whole) != 1 or len(find_numbers(value)) != 1 or not _spans(whole[0], place, end)):
                return "not_read_back"
        parsed = None if trap else parse_value(self.pack, schema, value, self.language)
        if parsed is None:
            return trap or "not_read_back"
        return ProseFact(entity, slot, *parsed, value, sentence, 0, 0, "named" if entity else "shared")

    def _find_mentions(self, sentence: str, texts: list[TextValue]) -> list[SlotMention]:
        """Return the values and names of a sentence; one that only says where something is owns nothing."""
        places = [one for one in texts if self.words.is_place(one.slot)]
        mentions = [
            mention
            for mention in self.reader.find_values(sentence)
            if mention.slot != self.pack.entity_slot
            or not (
                is_landmark(sentence, mention.start, mention.end)
                or any(one.start <= mention.start and mention.end <= one.end for one in places)
            )
        ]
        if self.language == "en":
            for more in (find_room_for(self.pack, sentence), find_free_too(self.pack, sentence, self.words)):
                if more and not any(one.start < more.end and more.start < one.end for one in mentions):
                    mentions.append(more)
        return sorted(mentions, key=lambda mention: mention.start)

    def _read_sentence(
        self,
        sentence: str,
        mentions: list[SlotMention],
        texts: list[TextValue],
        carried: str,
        dropped: Counter[str],
        both: bool,
    ) -> Iterator[ProseFact]:
        attributes = self.words.find(sentence.lower())
        for value in texts:
            clause = cut_clause(sentence, value.start, value.end)[0]
            reason = find_clause_trap(clause, "", self.language, denial=False)
            reason = reason or ("condition" if finds_offer(clause) else None)
            entity, found = self._find_thing(sentence, mentions, value.slot, value, carried, both)
            if reason or found not in ("named", "carried", "shared"):
                dropped[reason or found] += 1
                continue
            said = sentence[value.start : value.end]
            parsed = parse_value(self.pack, self.pack.slots[value.slot], said, self.language)
            if parsed is None:
                dropped["not_read_back"] += 1
                continue
            yield ProseFact(entity, value.slot, *parsed, said, sentence, 0, 0, found)
        for mention in mentions:
            if mention.slot in self._left_out or any(
                one.start < mention.end and mention.start < one.end for one in texts
            ):
                continue
            slot, reason = self._judge(sentence, mention, mentions, attributes)
            entity, found = self._find_thing(sentence, mentions, slot, mention, carried, both)
            if reason is None and found not in ("named", "carried", "shared"):
                reason = found
            parsed = parse_value(self.pack, self.pack.slots[slot], mention.surface, self.language)
            if reason is None and (parsed is None or parsed[0] != mention.value):
                reason = "not_read_back"
            if reason or parsed is None:
                dropped[reason or "not_read_back"] += 1
                continue
            said = mention.surface
            if said not in sentence:  # "free" is said of two at once
                said = sentence[sentence.lower().rfind("free", 0, mention.start) : mention.end]
            yield ProseFact(entity, slot, parsed[0], parsed[1], mention.unit, said, sentence, 0, 0, found)

    def _judge(
        self, sentence: str, mention: SlotMention, mentions: list[SlotMention], attributes: list[Named]
    ) -> tuple[str, str | None]:
        """Return the slot a value is of and why it is no fact, None where it is one."""
        slot = self.pack.slots[mention.slot]
        clause, offset = cut_clause(sentence, mention.start, mention.end)
        before = clause[: mention.start - offset]
        typed = slot.type in ("money", "quantity", "count")
        trap = find_clause_trap(clause, before, self.language)
        if trap is None and finds_condition(clause, self.language):
            trap = "condition"
        if trap is None and typed:
            trap = find_amount_trap(sentence[: mention.start], sentence[mention.end :], counted=slot.type == "count")
        if trap is None and slot.type == "count" and finds_booking(sentence):
            trap = "booking"
        if trap:
            return mention.slot, trap
        rivals = (one for one in mentions if one.slot == mention.slot and offset <= one.start < offset + len(clause))
        if not typed and any(one.value != mention.value for one in rivals):
            return mention.slot, "two_values"
        if not typed:
            blank = _blank(sentence, mentions, mention)
            held = finds_predicate(self.pack, mention, blank, offset, self.language)
            return mention.slot, None if held else "no_predicate"
        return self._judge_amount(sentence, mention, mentions, attributes, offset, offset + len(clause))

    def _judge_amount(
        self,
        sentence: str,
        mention: SlotMention,
        mentions: list[SlotMention],
        attributes: list[Named],
        start: int,
        end: int,
    ) -> tuple[str, str | None]:
        slot = self.pack.slots[mention.slot]
        amounts = [
            one
            for one in mentions
            if one is not mention and self.pack.slots[one.slot].type in ("money", "quantity", "count")
        ]
        entities = [one for one in mentions if one.slot == self.pack.entity_slot]
        # A name may hold the word for an attribute: a "family room" is no room size.
        named = [
            one for one in attributes if not any(name.start < one.end and one.start < name.end for name in entities)
        ]
        within = [one for one in named if start <= one.start < end]
        nearest = _find_nearest(within or named, mention, amounts)
        if slot.type == "money":
            clause = sentence[start:end]
            return mention.slot, is_price(self.pack, mention, nearest, entities, sentence, clause, start, self.language)
        if nearest and nearest.slot != mention.slot:
            other = self.pack.slots[nearest.slot]
            # The same unit measures another attribute of the pack here.
            if other.type == slot.type and mention.unit in other.units and nearest.slot not in self._left_out:
                return nearest.slot, None
            return mention.slot, "other_attribute"
        if (
            nearest is None
            and slot.type == "count"
            and names_count(sentence[start : mention.start], sentence[mention.end : end], self.language)
        ):
            return mention.slot, None
        bare = _BARE_BEFORE.match(sentence[: mention.start]) and _BARE_AFTER.match(sentence[mention.end :])
        return mention.slot, "no_attribute" if nearest is None and measures_much(mention.surface) and not bare else None

    def _find_thing(
        self,
        sentence: str,
        mentions: list[SlotMention],
        slot: str,
        value: SlotMention | TextValue,
        carried: str,
        both: bool,
    ) -> tuple[str, str]:
        named = [one for one in mentions if one.slot == self.pack.entity_slot]
        shared = both or self.pack.slots[slot].shared
        return find_thing(sentence, named, value.start, value.end, carried, self.language, shared=shared)


def _spans(quantity: Quantity, start: int, end: int) -> bool:
    """Tell whether a place holds all numbers of a quantity."""
    return start <= quantity.numbers[0].start and quantity.numbers[-1].end <= end


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return folded if len(folded) == len(text) else text


def _blank(sentence: str, mentions: Iterable[SlotMention], kept: SlotMention) -> str:
    """Return a sentence with its other values and names made the sign ¤, of the same length."""
    for one in mentions:
        if one is not kept:
            sentence = sentence[: one.start] + "¤" * (one.end - one.start) + sentence[one.end :]
    return sentence


def _find_nearest(named: Iterable[Named], mention: SlotMention, amounts: list[SlotMention]) -> Named | None:
    """Return the attribute named nearest to an amount, no other amount between; what stands after it counts double."""
    best: tuple[int, Named] | None = None
    for one in named:
        low, high = (one.end, mention.start) if one.start < mention.start else (mention.end, one.start)
        if any(low <= other.start < high for other in amounts):
            continue
        distance = max(high - low, 0) * (1 if one.start < mention.start else 2)
        if best is None or distance < best[0]:
            best = (distance, one)
    return best[1] if best else None
