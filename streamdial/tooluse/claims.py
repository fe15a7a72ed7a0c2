"""Claims in an agent's words: successes, reservation numbers, names, values, and what can be had on a day."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from streamdial.dialogues.checks import has_value
from streamdial.environment.tools import Purpose
from streamdial.slots import SlotReader
from streamdial.text import blank_names, find_phrase, fold_text
from streamdial.tooluse.records import Act, Step, ToolTurn

OFFERS = ("recommend", "recover")
SUCCESSES: dict[str, Purpose] = {
    "confirm": "book",
    "confirm_change": "change",
    "confirm_cancel": "cancel",
    "hold": "hold",
    "waitlisted": "waitlist",
}
"""Acts that claim that something was written, and what the call must have been for."""
DAY_ACTS = ("say_free", "say_full", "offer_day", "offer_waitlist")
"""Acts that say what can be had on a day."""

_ADVERBS = (
    r"(?: (?:now|just|already|also|all|both|officially|successfully|gone ahead and|went ahead and|finally|hereby))*"
)
_ME = rf"\b(?:i|we)(?: have|'ve|'d| had)?{_ADVERBS} "
_IS = rf"(?:\b(?:is|are|was|were|has been|have been|been|got|all)|'s|'re|'s been|'ve been|done[:,]?){_ADVERBS} "
_NOT_OUT = r"\b(?! (?:out|up|on|for the day|until|till|by|when|if|through|solid)\b)"
_ORDER = r"\b(?:booking|reservation|order|appointment|test drive|hold|stay|table|seats?|change|cancellation)s?"
_FOR_YOU = r"(?:给|为|帮|替)[您你]"
_ALREADY = rf"已经?(?:成功)?(?:{_FOR_YOU})?(?:成功)?(?:[将把].{{0,12}}?)?(?:成功)?"
_ZH_ORDER = r"(?:预[订定]|订单|订座|订位|订房|房间|位子|座位|桌位|试驾|行程|登记|候补|下单|修改|改签|取消|保留)"
_PLACED = rf"{_FOR_YOU}(?:先)?[^,。!?;:、您你]{{0,10}}?"
_DONE = r"(?!过|满|完|一空|出去|光)"
_CLAIMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (acts, re.compile(pattern, re.IGNORECASE))
    for acts, pattern in (
        (
            ("confirm_cancel",),
            rf"{_ME}cancel+ed\b|{_IS}cancel+ed\b|\bcancel+ed (?:it|your|the (?:booking|reservation|order))\b"
            rf"|\bcancellation (?:is|was|has been) (?:done|complete|confirmed)"
            rf"|{_ALREADY}取消|取消(?:好了|成功|完成|完毕|掉了)|{_PLACED}取消了",
        ),
        (
            ("waitlisted",),
            rf"{_ME}(?:put|added|placed) .{{0,30}}?\bwait(?:ing)?[ -]?list|\b(?:is|are|'re|been) (?:now |all )?"
            r"(?:on|added to|put on) the wait(?:ing)?[ -]?list|\bwait-?listed\b"
            rf"|候补(?:已经?)?(?:登记|排)?(?:好了|成功|完成|上了)|(?:{_ALREADY}|{_PLACED})(?:登记了?|排了?|加入了?).{{0,12}}?候补",
        ),
        (
            ("confirm_change",),
            rf"{_ME}(?:changed(?! (?:my|our))|moved|rescheduled|updated|switched|shifted|extended|amended)\b"
            rf"|{_IS}(?:changed|moved|rescheduled|updated|amended)\b"
            rf"|(?:修改|改签|更改|改期)(?:好了|成功|完成|完毕)|改好了|{_ALREADY}(?:修改|更改|改[好为到成签期])"
            rf"|{_PLACED}(?:修?改[了成到为]|调整到)|{_ZH_ORDER}已经?(?:修改|更改|改[好为到成签期])",
        ),
        (
            ("confirm", "hold", "confirm_change", "waitlisted"),
            rf"{_ME}(?:booked|reserved|secured|arranged|scheduled|held|confirmed(?! (?:that|with|whether|the (?:price|"
            r"rate|policy)))|put (?:\w+ ){1,4}(?:aside|down)|set (?:\w+ ){1,4}aside|placed a (?:hold|booking)"
            r"|(?:made|completed|processed|finali[sz]ed) (?:a|the|your|that) (?:booking|reservation|order))\b"
            rf"|\b(?:i|we)(?:'ve| have)(?: got)? (?:you|it|that){_ADVERBS} (?:booked|reserved|confirmed|scheduled)\b"
            r"|(?:^|[,.!:;-] ?)(?:booked|reserved|confirmed)\b(?= ?(?:[,.!]|$|for\b))|\b(?:is|are) on hold\b"
            rf"|{_IS}(?:booked|reserved|confirmed|secured|put aside|set aside|held(?! in\b)|kept for you){_NOT_OUT}"
            r"|预?[订定]好了|[订定]上了|留好了|约好了|登记好了|占好了|保留好了"
            r"|(?:预[订定]|登记|下单|保留|预约)(?:已经?)?(?:成功|完成|完毕)"
            rf"|{_ALREADY}(?:预[订定]|[订定](?:了|好|上|下)|下单|登记|保留|锁定|留[好了下]|安排(?!表)|预约|约[好了]){_DONE}|已经?确认您的"
            rf"|{_PLACED}(?:(?:预?[订定]|留|登记|下单|保留|锁定|约|安排|占)了|(?:留|保留)着|安排好){_DONE}"
            rf"|{_ZH_ORDER}[^,。!?;:、]{{0,6}}?已经?(?:确认|锁定|保留|生成|预[订定]|安排|提交){_DONE}",
        ),
        (
            tuple(SUCCESSES),
            r"\ball set\b|\b(?:it|that|everything)(?:'s| is)(?: all| now)? (?:sorted|taken care of|arranged)\b"
            rf"|{_ORDER}\b[^.!?,;]{{0,40}}?(?: (?:is|was|has been|have been)|'s){_ADVERBS} (?:completed?|made|done"
            r"|in place|finali[sz]ed|processed|successful|placed|scheduled)\b"
            rf"|{_ORDER} (?:confirmed|completed?|successful|made)\b"
            rf"|{_ORDER} (?:went|has gone|is|have gone) through\b"
            r"|搞定了|办好了|办妥了|弄好了|(?:都|已经?)(?:安排|办理?)(?:好|妥|完)了?|操作成功",
        ),
    )
)
"""Which acts make each kind of claim true, and how it is worded."""
_HEDGED_BEFORE = re.compile(
    r"\b(?:if|once|when|until|unless|before|after|whether|as soon as|in case|shall|should|could|can(?! confirm)"
    r"|may|might|would|will|not|never|cannot|no|nothing|none|want|wish|need|like|let me|get|someone|somebody|others?"
    r"|other guests?)\b|n't\b|'ll\b"
    r"|可以|(?<![性智功])能|要(?!求)|(?<!机)会|想|如果|若|一旦|等(?!级)|[未没]|无法|不|是否|别|请|被|其他|客人|才",
    re.IGNORECASE,
)
_HEDGED_AFTER = re.compile(r"\s*(?:之?后|以后|再|就会|的|才|吗|没有?|之前)")
_SENTENCE = re.compile(r"[^.!?;。]*(?:\.(?!\s|$)[^.!?;。]*)*[.!?;。]*")
_CLAUSE = re.compile(r"[,:、—]")
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])[BHW]\d{4,}(?!\d)")
_CANCELLED = re.compile(r"cancel|call(?:ed)? off|取消|退[订了掉]", re.IGNORECASE)
_FULL = re.compile(
    r"\b(?:(?:is|are|'s|was) (?:now |already |completely |unfortunately )*full\b(?! of| board| size)|fully booked"
    r"|booked (?:out|up|solid)|sold out|no longer (?:free|available)|unavailable|not (?:be )?(?:free|available)"
    r"|nothing (?:is |'s )?(?:free|left|available)|no (?:rooms?|tables?|seats?|vacanc\w+|availability)\b)"
    r"|n't (?:be )?(?:free|available)\b"
    r"|(?<![丰饱圆充不没未])满(?!意|足|减|额|分|\d)(?:了|房|员|座|位)?|(?:没有?|无)(?:空|房|位|名额)|售罄|卖完|订完|[订约]不[了到上]|不能订",
    re.IGNORECASE,
)
_NOT_FULL = re.compile(r"(?:\bnot|n't|\bnever)\s*(?:\w+ )?$|[未没不]$", re.IGNORECASE)
_FREE = re.compile(
    r"\b(?:is|are|'s|be) (?:still |also )?(?:free|available|open)\b|\bcan be (?:had|booked)\b|\bvacan\w+"
    r"|还有(?!什么|别的|其他|问题|需要)|有空|可[以]?订|能订|有房",
    re.IGNORECASE,
)


class Lack(NamedTuple):
    """What an act claims and the words do not say: `entity`, `reference` or a slot, and how it is written."""

    what: str
    value: str


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a folded text with the marks they end in; 6.5 and B.B. end none."""
    return [found[0].strip() for found in _SENTENCE.finditer(text) if found[0].strip()]


def find_false_success(text: str, acts: Sequence[Act], reader: SlotReader) -> str:
    """Return the words of a folded text that claim a success none of a turn's acts tells of, or nothing.

    A claim must be of the acts' kind (a cancellation is no booking), and its sentence must name one of their things
    where it names any. Questions, offers, conditions and negations claim nothing: "Shall I book it?", "once it is
    booked", 还没订好.
    """
    told = {act.act for act in acts}
    things = {act.entity for act in acts if act.act in SUCCESSES}
    for kinds, words, sentence in _find_claims(text):
        named = set() if told.isdisjoint(kinds) else set(reader.find_entities(sentence))
        if told.isdisjoint(kinds) or (named and named.isdisjoint(things)):
            return words
    return ""


def _find_claims(text: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield the claims of success in a folded text: the acts that make one true, its words and its sentence."""
    for kinds, pattern in _CLAIMS:
        if pattern.search(text) is None:
            continue
        for sentence in split_sentences(text):
            for found in pattern.finditer(sentence):
                before = _CLAUSE.split(sentence[: found.start()])[-1]
                after = _CLAUSE.split(sentence[found.end() :])
                asked = len(after) == 1 and sentence.endswith("?")
                if not (asked or _HEDGED_BEFORE.search(before) or _HEDGED_AFTER.match(after[0])):
                    yield kinds, found[0], sentence


def find_false_day(text: str, acts: Sequence[Act]) -> str:
    """Return the words of a folded text that say full where a turn's acts say free, or free where full; or nothing."""
    told = {act.act for act in acts}
    if not told & set(DAY_ACTS):
        return ""
    text = blank_names(text, [act.entity for act in acts])  # 满庭芳 is no full day
    full = next((m[0] for m in _FULL.finditer(text) if not _NOT_FULL.search(text[: m.start()])), "")
    if "say_free" in told and not told - {"say_free", "offer_day", "anything_else", "close", "propose", "request"}:
        return full
    if "offer_day" in told:
        return ""  # one day is full and another free
    if told & {"say_full", "offer_waitlist"} and "say_free" not in told and not full:
        free = _FREE.search(text)
        return free[0] if free else ""
    return ""


def find_references(text: str, names: Iterable[str]) -> list[str]:
    """Return the numbers of bookings, holds and places on the waitlist a text states, but for those within names."""
    return _REFERENCE.findall(blank_names(text, names)) if _REFERENCE.search(text) else []


def list_references(steps: Iterable[Step]) -> set[str]:
    """Return the numbers that calls returned; simulated tools return none."""
    return {
        found
        for step in steps
        if step.result.origin != "simulated"
        for row in step.result.rows
        for cell in row.values()
        if isinstance(cell, str)
        for found in _REFERENCE.findall(cell)
    }


def says_name(text: str, name: str) -> bool:
    """Tell whether a name stands in a folded text."""
    return find_phrase(text.lower(), fold_text(name).lower()) is not None


def says_value(text: str, slot: str, value: str, reader: SlotReader, unit: str | None = None) -> bool:
    """Tell whether a slot value stands in a folded text, in any of its spellings."""
    if slot not in reader.pack.slots:
        return False
    spelled = dict.fromkeys((value, fold_text(value)))
    return any(has_value(text, reader.pack, slot, (one, unit), reader.language) for one in spelled)


def find_lacks(text: str, act: Act, reader: SlotReader) -> list[Lack]:
    """Return what an act claims and a folded text does not say.

    An offer must be named, a success must state its number (of a cancelled one nobody needs it, if the cancellation is
    said), and everything told must be said; of what says whether a day is free the day will do. Free text may be said
    in other words.
    """
    lacks = []
    if act.act in OFFERS and not says_name(text, act.entity):
        lacks.append(Lack("entity", act.entity))
    gone = act.act == "confirm_cancel" and _CANCELLED.search(text)
    if act.act in SUCCESSES and act.reference and not gone and not says_name(text, act.reference):
        lacks.append(Lack("reference", act.reference))
    slots = reader.pack.slots
    told = [*act.tell.items(), *act.tell_other.items()]
    stated = [(slot, value) for slot, value in told if slot in slots and (slots[slot].type != "text")]
    missing = [Lack(slot, value) for slot, value in stated if not says_value(text, slot, value, reader)]
    if act.act in DAY_ACTS and len(missing) < len(stated):
        missing = []
    return [*lacks, *missing]


def find_false_words(turns: Sequence[ToolTurn], tasks: Collection[str], reader: SlotReader) -> dict[str, list[str]]:
    """Return what the agent's words lack or claim falsely, by task.

    Reasons: `words_lack:<entity, reference or slot>`; `made_up_reference`, a number no call of the dialogue has
    returned by then; `claims_in_words`, a success, or a day free or full, that no act of the turn tells of. What
    belongs to none of the tasks is told of all of them. Turns that were given are not looked at.

    Args:
        turns: The whole dialogue.
        tasks: Ids of its tasks.
        reader: Finds values and names in the words.
    """
    found: dict[str, list[str]] = {task: [] for task in tasks}

    def note(reason: str, named: Iterable[str]) -> None:
        for task in [task for task in dict.fromkeys(named) if task in found] or found:
            found[task].append(reason)

    for place, turn in enumerate(turns):
        if turn.role == "user" or turn.given:
            continue
        text = fold_text(turn.utterance)
        named = [act.task for act in turn.acts]
        for act in turn.acts:
            for lack in find_lacks(text, act, reader):
                note(f"words_lack:{lack.what}", (act.task,))
        if stated := find_references(text, reader.entities):
            earlier = turns[: place + 1]
            held = list_references(step for known in earlier for step in known.steps)
            heard = [known.utterance for known in earlier if known.role == "user" or known.given]
            held.update(one for line in heard for one in find_references(line, ()))
            if not held.issuperset(stated):
                note("made_up_reference", named)
        if find_false_success(text, turn.acts, reader) or find_false_day(text, turn.acts):
            note("claims_in_words", named)
    return found
