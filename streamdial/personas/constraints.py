"""Wishes with their hardness, each judged by the words around its own value; what changed, and what clashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from streamdial.domains import DomainPack, Slot
from streamdial.personas._wishing import OFFERED, OWNED, WISHING
from streamdial.personas.habits import Habits, Phrases, find_words, fold_words, load_habits
from streamdial.records import Conflict, Constraint, Hardness, Observed, UserQuestion
from streamdial.slots import SlotMention, SlotReader, read_quantities

WISHING_ACTS = ("inform", "ask_offer", "book")
"""Acts in which every value is wished for; in questions one must be told from what is asked about."""
_REACH = {"en": 22, "zh": 7}
"""Characters before a value within which a bound belongs to it."""
_CLAUSE = re.compile(
    r"(?:[,.;:!?](?!\d)|[，。；：！？、/|~]|\s(?:but|and|&|plus)\s|但是?|不过|(?<=[\u4e00-\u9fff])\s(?=[\u4e00-\u9fff\d]))"
)
_JOINS = ("and", "&", "plus", "、")
_OWN_SUBJECT = re.compile(r"\b(?:my|our|i|we|budget|price)\b|预算|价格|我们?")
_ALTERNATIVE = re.compile(
    r"\b(?:or|to|instead|vs|versus|not|between|and)\b|还是|或|到|至|不是|改成|换成|跟|和|对比|[-~/、]"
)

_DIGITS = {
    **{character: number for number, character in enumerate("零一二三四五六七八九")},
    **{str(number): number for number in range(1, 10)},
    **dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine"), range(2, 10), strict=True)),
    "两": 2,
}
_NUMBER = "|".join(sorted(_DIGITS, key=len, reverse=True))
_FAMILY = re.compile(rf"一家({_NUMBER})口|family of ({_NUMBER})\b")
_GROWN = re.compile(rf"({_NUMBER})大({_NUMBER})小")


class Wish(NamedTuple):
    """One value somebody wished for."""

    slot: str
    value: str
    hardness: Hardness
    counts_people: bool
    question: UserQuestion
    unit: str | None = None


@dataclass
class Wishes:
    """What the questions of one persona wish for.

    Attributes:
        constraints: One wish a slot, in the order the slots were first named.
        party: Slots that count people: the largest number of people told, with the questions that tell it.
        conflicts: Two values of one slot in one message.
        contradictory: Slots of which different viewers of the cluster want different things.
    """

    constraints: tuple[Constraint, ...] = ()
    party: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    contradictory: tuple[str, ...] = ()


def collect_wishes(questions: Sequence[UserQuestion], reader: SlotReader) -> Wishes:
    """Return the wishes of a persona's own questions; a later value of the same viewer replaces the earlier one.

    Args:
        questions: The questions in order of time.
        reader: Knows the names of what is sold, so that "Model 7" is no number.
    """
    found: dict[str, list[Wish]] = {}
    for question in questions:
        for wish in read_wishes(question, reader):
            found.setdefault(wish.slot, []).append(wish)
    wishes = Wishes()
    constraints: list[Constraint] = []
    contradictory: list[str] = []
    for slot, told in found.items():
        if len({wish.value for wish in told}) > 1 and len({_name_asker(wish.question) for wish in told}) > 1:
            contradictory.append(slot)
        people = [wish for wish in told if wish.counts_people]
        if people:
            most = max(float(wish.value) for wish in people)
            wishes.party[slot] = (most, tuple(w.question.id for w in people if float(w.value) == most))
        constraints.append(_settle(told))
    wishes.constraints = tuple(constraints)
    wishes.contradictory = tuple(contradictory)
    wishes.conflicts = tuple(conflict for q in questions for conflict in _find_double_values(q, reader))
    return wishes


def _settle(told: Sequence[Wish]) -> Constraint:
    last = told[-1]
    changed: list[Observed] = []
    for earlier, later in pairwise(told):
        if earlier.value != later.value:
            changed.append(Observed(text=earlier.value, evidence=(earlier.question.id,)))
    same = [wish for wish in told if wish.value == last.value]
    order: tuple[Hardness, ...] = ("flexible", "prefer", "must")
    hardness = max((wish.hardness for wish in same), key=order.index) if len(same) > 1 else last.hardness
    return Constraint(
        slot=last.slot,
        value=last.value,
        unit=last.unit,
        hardness=hardness,
        evidence=tuple(dict.fromkeys(wish.question.id for wish in same)),
        changed_from=tuple(changed),
    )


def read_wishes(question: UserQuestion, reader: SlotReader) -> list[Wish]:
    """Return the values of a question that are wished for, each with its hardness.

    In questions ("is the Cascade all-wheel drive?") a value is a wish where it is not what is asked, no thing is named
    and words of wishing stand somewhere, or where they stand in its clause, or where it belongs to an appointment or
    counts people. What somebody says in an objection, or of a thing that is theirs ("my 500 W scooter does 35 km, is
    that normal?"), is known to them, not wished for.
    """
    if question.act not in (*WISHING_ACTS, "ask", "compare", "negotiate"):
        return []
    pack, habits = reader.pack, load_habits()
    mentions = reader.find_values(question.text)
    wishes = []
    for slot, value in question.slots.items():
        schema = pack.slots.get(slot)
        if schema is None or not (schema.constraint or schema.booking):
            continue
        mention = next((m for m in mentions if m.slot == slot and m.value == value), None)
        if mention is not None and (
            _is_waived(question, mention, schema.booking, habits) or _is_owned(question, mention)
        ):
            continue
        people = counts_people(pack, slot, mention, question, habits)
        if question.act not in WISHING_ACTS and not (
            schema.booking or people or _is_wished(question, slot, mention, habits)
        ):
            continue
        hardness = judge_hardness(question, mention, mentions) if mention else "prefer"
        wishes.append(Wish(slot, value, hardness, people, question, _find_currency(schema, mention)))
    return wishes


def _find_currency(schema: Slot, mention: SlotMention | None) -> str | None:
    """Return the currency a wish names; a mention's own is the account's where none is named."""
    if mention is None or schema.type != "money":
        return None
    return next((quantity.currency for quantity in read_quantities(mention.surface, money=True)[0]), None)


def counts_people(
    pack: DomainPack, slot: str, mention: SlotMention | None, question: UserQuestion, habits: Habits
) -> bool:
    """Tell whether a value says how many people there are, not how many places are wanted."""
    schema = pack.slots[slot]
    if schema.type != "count" or schema.constraint != "min" or mention is None:
        return False
    around = question.text[max(0, mention.start - 12) : mention.end]
    return bool(find_words(mention.surface, habits.people, question.language)) or bool(
        re.search(r"(?:family|party|group) of\s*\S*$", around.lower())
    )


def _name_asker(question: UserQuestion) -> str:
    return question.asker or question.id


def _is_wished(question: UserQuestion, slot: str, mention: SlotMention | None, habits: Habits) -> bool:
    if slot not in question.asks and not question.entities and WISHING.search(question.text):
        return True
    if not question.entities and OFFERED.search(question.text):
        return True
    if mention is None:
        return False
    start, _, _ = _cut_clause(question.text, mention)
    before = question.text[start : mention.start]
    return bool(find_words(before, habits.hardness.wanted, question.language))


def _is_owned(question: UserQuestion, mention: SlotMention) -> bool:
    """Tell whether a value is told of something the writer has or had, in a clause that wishes for nothing else."""
    start, end, _ = _cut_clause(question.text, mention)
    clause = question.text[start:end]
    wanted = load_habits().hardness.wanted
    return bool(OWNED.search(clause)) and not find_words(clause, wanted, question.language)


def _is_waived(question: UserQuestion, mention: SlotMention, booking: bool, habits: Habits) -> bool:
    """Tell whether a value is said not to matter, or a day comes round again: "every weekend" is no appointment."""
    before = fold_words(question.text[: mention.start]).rstrip()
    language = question.language
    stem = before.removesuffix(" a").removesuffix(" an")
    if any(stem.endswith(phrase) for phrase in habits.hardness.waived[language]):
        return True
    if not booking:
        return False
    every = habits.hardness.every[language]
    return before.endswith(every) if language == "zh" else before.split()[-1:] in [[word] for word in every]


def judge_hardness(question: UserQuestion, mention: SlotMention, mentions: Sequence[SlotMention]) -> Hardness:
    """Return how much a wish binds, by the words of its own clause.

    A softening word wins over a binding one ("ideally under 40k"). A bound belongs to the value next to it, "must"
    and "need" to all that follows in the clause, and to the next clause where that only goes on with "and".
    """
    words, language, text = load_habits().hardness, question.language, question.text
    start, end, joined_from = _cut_clause(text, mention)
    before, after = text[start : mention.start], text[mention.end : end]
    others = [m.end for m in mentions if start <= m.end <= mention.start and m is not mention]
    near = text[max([start, mention.start - _REACH[language], *others]) : mention.start]
    following = [m.start for m in mentions if m.start >= mention.end]
    next_to = text[mention.end : min([end, mention.end + _REACH[language], *following])]

    def has(part: str, phrases: Phrases) -> bool:
        return bool(find_words(part, phrases, language))

    if has(before, words.flexible) or has(after, words.flexible):
        return "flexible"
    if has(near, words.flexible_before) or has(next_to, words.flexible_after):
        return "flexible"
    if has(near, words.bound_before) or has(next_to, words.bound_after):
        return "must"
    if has(before, words.must) or has(next_to, words.must_after):
        return "must"
    if joined_from is not None and not _OWN_SUBJECT.search(fold_words(before)):
        earlier = text[joined_from:start]
        if has(earlier, words.flexible):
            return "flexible"
        if has(earlier, words.must):
            return "must"
    return "prefer"


def _cut_clause(text: str, mention: SlotMention) -> tuple[int, int, int | None]:
    """Return start and end of a mention's clause, and the start of the one it goes on from with "and", if any."""
    start, joined = 0, None
    for match in _CLAUSE.finditer(text):
        if match.end() <= mention.start:
            joined = start if match[0].strip() in _JOINS else None
            start = match.end()
        elif match.start() >= mention.end:
            return start, match.start(), joined
    return start, len(text), joined


def _find_double_values(question: UserQuestion, reader: SlotReader) -> list[Conflict]:
    """Find a category said twice with different values in one message, with no "or" between them."""
    if question.act not in WISHING_ACTS:
        return []
    pack = reader.pack
    mentions = [m for m in reader.find_values(question.text) if pack.slots[m.slot].constraint == "equal"]
    conflicts = []
    for left, right in pairwise(sorted(mentions, key=lambda m: (m.slot, m.start))):
        between = fold_words(question.text[left.end : right.start])
        if left.slot == right.slot and left.value != right.value and not _ALTERNATIVE.search(between):
            name = pack.slots[left.slot].names[question.language]
            text = (
                f"{name}：{left.surface}与{right.surface}不能同时满足"
                if question.language == "zh"
                else f"{name}: {left.surface} and {right.surface} at once"
            )
            conflicts.append(Conflict(kind="two_values", text=text, slots=(left.slot,), evidence=(question.id,)))
    return conflicts


def find_party(text: str) -> int | None:
    """Return how many people a message says there are where no slot holds it: 一家四口, 两大一小, family of four."""
    lower = fold_words(text)
    if match := _FAMILY.search(lower):
        return _DIGITS[match[1] or match[2]]
    if match := _GROWN.search(lower):
        return _DIGITS[match[1]] + _DIGITS[match[2]]
    return None
