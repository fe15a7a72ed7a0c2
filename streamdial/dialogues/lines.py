"""Real lines, delexicalised: what was said, with the facts taken out, so that other facts can be put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from streamdial.domains import DomainPack
from streamdial.records import (
    AgentResponse,
    DialogueStrategy,
    Language,
    QAPair,
    Realisation,
    Role,
    SeedDialogue,
    Turn,
    UserQuestion,
)
from streamdial.slots import SlotReader, find_numbers, format_number, format_value
from streamdial.text import find_phrase, fit_article, measure_length

MAX_LINE_LENGTH = {"en": 40, "zh": 70}
_PLACEHOLDER = re.compile(r"\{(\w+)(#?)\}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*")


class Signature(NamedTuple):
    """What a line does: two lines of one signature can stand for each other."""

    role: Role
    act: str
    inform: frozenset[str]
    request: frozenset[str]
    tell: frozenset[str]
    other: bool


@dataclass(frozen=True)
class Line:
    """A real line with placeholders for its facts.

    Attributes:
        template: The text with `{slot}` for a whole value, `{slot#}` for its number alone, `{entity}` and `{other}`.
        signature: What it does.
        names_entity: Whether it names what it is about.
        previous: What the other role had said before it.
        evidence: Id of the signal or seed turn it comes from.
        outcome: Outcome of the dialogue it comes from; empty for a line of a stream.
        about: What the line was really said about; empty where it named nothing.
    """

    template: str
    signature: Signature
    names_entity: bool
    previous: str
    evidence: str
    outcome: str = ""
    about: str = ""

    @property
    def realisation(self) -> Realisation:
        """How a turn worded by it came about."""
        return "seed_line" if self.outcome else "real_line"

    def count_own_words(self, language: Language) -> int:
        """Return the length of what is left of the line without its facts, in the language's unit."""
        return measure_length(_PLACEHOLDER.sub(" ", self.template), language)

    def fill(
        self,
        pack: DomainPack,
        language: Language,
        values: Mapping[str, tuple[str, str | None]],
        entity: str,
        other: str,
    ) -> str:
        """Return the line with other facts in it.

        Args:
            pack: The domain pack.
            language: Language of the line.
            values: Slot to (canonical value, unit).
            entity: What the line is to be about.
            other: What it is compared with.
        """

        def write(name: str, number_only: bool) -> str:
            if name in ("entity", "other"):
                return entity if name == "entity" else other
            value, unit = values[name]
            if number_only:
                return f"{float(value):,.0f}" if float(value) >= 10_000 else format_number(float(value))
            return format_value(pack, name, value, language, unit)

        return fill_placeholders(self.template, write)


def fill_placeholders(template: str, write: Callable[[str, bool], str]) -> str:
    """Return a template with its placeholders filled, `a` and `an` before them put right.

    Args:
        template: A text with `{name}` and `{name#}`.
        write: Gives the text for a name; the second argument says whether `#` asked for the number alone.
    """
    text, place = "", 0
    for match in _PLACEHOLDER.finditer(template):
        value = write(match[1], bool(match[2]))
        text += fit_article(template[place : match.start()], value) + value
        place = match.end()
    return text + template[place:]


def delexicalise(
    text: str, reader: SlotReader, values: Mapping[str, str], entity: str = "", other: str = ""
) -> tuple[str, bool] | None:
    """Return (template, whether it names the entity), or None if not every fact of the line could be taken out.

    Args:
        text: A real line.
        reader: Reads slots of the domain.
        values: The facts the line is known to state: slot to canonical value.
        entity: What it is about, if it names it.
        other: The second thing it names.
    """
    if "{" in text or "}" in text:
        return None  # a viewer's braces are no placeholders
    spans: list[tuple[int, int, str]] = []
    lower = text.lower()
    for placeholder, name in (("{entity}", entity), ("{other}", other)):
        place = find_phrase(lower, name.lower()) if name else None
        while place is not None:
            spans.append((place, place + len(name), placeholder))
            place = find_phrase(lower, name.lower(), place + len(name))
    stated = reader.find_values(text)
    mentions = [mention for mention in stated if mention.slot != reader.pack.entity_slot]
    for slot, value in values.items():
        if slot == reader.pack.entity_slot:
            continue
        mention = next((m for m in mentions if m.slot == slot and _is_same(m.value, value)), None)
        if mention is not None:
            start, end, placeholder = _place_value(reader.pack, slot, mention.start, mention.end, mention.surface)
        elif (place := find_phrase(lower, value.lower())) is not None:
            number_only = "#" if reader.pack.slots[slot].type in ("money", "quantity", "count") else ""
            start, end, placeholder = place, place + len(value), f"{{{slot}{number_only}}}"
        elif number := next((n for n in find_numbers(text) if _is_same(format_number(n.value), value)), None):
            start, end, placeholder = number.start, number.end, f"{{{slot}#}}"
        else:
            return None
        spans.append((start, end, placeholder))
    spans.sort()
    if any(left[1] > right[0] for left, right in pairwise(spans)):
        return None
    template = text
    for start, end, placeholder in reversed(spans):
        template = template[:start] + placeholder + template[end:]
    rest = _PLACEHOLDER.sub(" ", template)
    if any(character.isdigit() for character in rest):
        return None
    if any(not any(start < m.end and m.start < end for start, end, _ in spans) for m in stated):
        return None
    return template, "{entity}" in template


def _is_same(left: str, right: str) -> bool:
    if left == right:
        return True
    try:
        return float(left) == float(right)
    except ValueError:
        return left.lower() == right.lower()


def _place_value(pack: DomainPack, slot: str, start: int, end: int, surface: str) -> tuple[int, int, str]:
    """Return the part of a value to take out: its number where the unit can stay (7-seater), else all of it."""
    if pack.slots[slot].type in ("quantity", "count"):
        number = find_numbers(surface)
        if number and not number[0].scaled and (number[0].end < len(surface) or number[0].start):
            return start + number[0].start, start + number[0].end, f"{{{slot}#}}"
        if number and number[0].start == 0 and number[0].end == len(surface):
            return start, end, f"{{{slot}#}}"
    return start, end, f"{{{slot}}}"


def build_line(turn: Turn, reader: SlotReader, *, previous: str, evidence: str, outcome: str = "") -> Line | None:
    """Return a turn as a line.

    None if its facts cannot all be taken out, if it takes a wish back, or if it is too long to be one turn.
    """
    if measure_length(turn.utterance, reader.language) > MAX_LINE_LENGTH[reader.language]:
        return None
    slot = reader.pack.entity_slot
    other = turn.other or turn.inform.get(slot, "") or turn.tell.get(slot, "")
    stated = {**turn.inform, **turn.tell}
    if not all(stated.values()):
        return None  # what takes a wish back is no pattern for stating one
    found = delexicalise(turn.utterance, reader, stated, turn.entity, other if other != turn.entity else "")
    if found is None:
        return None
    template, names_entity = found
    signature = Signature(
        turn.role,
        turn.act,
        frozenset(turn.inform) - {slot},
        frozenset(turn.request),
        frozenset(turn.tell) - {slot},
        "{other}" in template,
    )
    return Line(template, signature, names_entity, previous, evidence, outcome, turn.entity)


def collect_lines(
    reader: SlotReader,
    *,
    seeds: Sequence[SeedDialogue],
    questions: Sequence[UserQuestion] = (),
    responses: Mapping[str, AgentResponse] | None = None,
    pairs: Iterable[QAPair] = (),
    acts: Mapping[str, str] | None = None,
    mined: Iterable[SeedDialogue] = (),
) -> list[Line]:
    """Return the lines of seeds and signals in one language, each template once.

    Args:
        reader: Knows the names the account sells.
        seeds: Seed dialogues.
        questions: Real questions.
        responses: Real answers by id.
        pairs: Which answer followed which question.
        acts: Agent act of a response by id, from its strategy.
        mined: Dialogues that strategies mined of the signals: what was said before a question is known from them.
    """
    lines: dict[tuple[str, Signature], Line] = {}
    slots = reader.pack.slots

    def add(
        turn: Turn, reading: SlotReader, previous: str, evidence: str, outcome: str = "", *, spoken: bool = False
    ) -> None:
        line = build_line(turn, reading, previous=previous, evidence=evidence, outcome=outcome)
        if line is not None and spoken:
            template = keep_facts(line.template)
            line = replace(line, template=template[:1].upper() + template[1:])
        if line is not None:
            lines.setdefault((line.template, line.signature), line)

    before = _list_before(mined)
    for asking in questions:
        if asking.language == reader.language:
            add(_question_to_turn(asking), reader, before.get(asking.id, ""), asking.id)
    by_id = responses or {}
    asked = {question.id: question for question in questions}
    for pair in pairs:
        response, question = by_id.get(pair.response_id), asked.get(pair.question_id)
        if response is not None and response.language == reader.language:
            act = (acts or {}).get(response.id, "answer")
            if question is not None and question.act == "ask" and set(question.asks) & set(response.tells):
                act = "answer"  # it tells what was asked, whatever else it sounds like
            turn = _response_to_turn(response, act)
            if turn is not None:
                add(turn, reader, pair.question, response.id, spoken=True)
    for seed in seeds:
        names = {turn.entity for turn in seed.turns if turn.entity} | {
            name
            for turn in seed.turns
            for name in (turn.inform.get(reader.pack.entity_slot), turn.tell.get(reader.pack.entity_slot))
            if name
        }
        reading = SlotReader(reader.pack, reader.language, names)
        previous = ""
        for turn in seed.turns:
            # The signals of a thread are lines already; what its viewers wrote beside is theirs alone, but for thanks.
            own = not seed.origin or (turn.role == "user" and turn.act == "thank")
            # A free text stands in a sentence of its own making: another one does not fit in.
            if own and not any(slots[slot].type == "text" for slot in turn.tell if slot in slots):
                add(turn, reading, previous, f"{seed.id}#{turn.turn_id}", "" if seed.origin else seed.outcome)
            previous = turn.utterance
    return list(lines.values())


def _list_before(mined: Iterable[SeedDialogue]) -> dict[str, str]:
    """Return what an agent had said before a question, by the question's id."""
    pairs = (pair for seed in mined for pair in pairwise(seed.turns))
    return {turn.evidence[0]: last.utterance for last, turn in pairs if turn.role == "user" and turn.evidence}


def keep_facts(template: str) -> str:
    """Return the sentences of a spoken line that state a fact; those around them were for the stream's other viewers.

    "The range is {range}. Too short for you? I understand." is an answer only in its first sentence. A line without
    any stays as it is.
    """
    sentences = [sentence for sentence in _SENTENCE.split(template) if "{" in sentence]
    return " ".join(sentences) if " " in template and sentences else "".join(sentences) or template


def _question_to_turn(question: UserQuestion) -> Turn:
    entity, other = (*question.entities, "", "")[:2]
    asks = question.asks if question.act in ("ask", "object", "compare") else ()
    return Turn(
        turn_id=0,
        role="user",
        utterance=question.text,
        act=question.act,
        inform=question.slots,
        request=dict.fromkeys(asks, "?"),
        entity=entity,
        other=other,
    )


def _response_to_turn(response: AgentResponse, act: str) -> Turn | None:
    # What a host says to a crowd fits one customer only while it is about one thing and asks nothing.
    if len(response.entities) != 1 or "?" in response.text or "？" in response.text:
        return None
    if act not in ("answer", "recommend", "handle_objection", "negotiate", "upsell", "recover"):
        return None
    return Turn(
        turn_id=0, role="agent", utterance=response.text, act=act, tell=response.tells, entity=response.entities[0]
    )


def map_acts(uses: Iterable[DialogueStrategy], pack: DomainPack) -> dict[str, str]:
    """Return the dialogue act of each answer by its id, as its strategy has it; strategies the pack lacks have none."""
    known = pack.strategies
    return {use.response_id: known[use.strategy].act for use in uses if use.strategy in known}
