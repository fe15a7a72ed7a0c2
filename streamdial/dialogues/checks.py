"""The checks a wording must pass before it becomes a turn."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from streamdial import claims
from streamdial.claims import MAX_LENGTH, Fault, find_confusion
from streamdial.domains import DomainPack
from streamdial.models.answers import cut_role
from streamdial.planning import TurnPlan, Value
from streamdial.privacy import mask_personal_data
from streamdial.records import Language, Role
from streamdial.slots import (
    DONT_CARE,
    SlotReader,
    find_numbers,
    format_number,
    format_value,
    has_unread_figures,
    states_parts,
)
from streamdial.text import blank_names, detect_language, find_phrase, fold_text, measure_length, tokenize

HARMLESS = 2
"""Numbers in words up to this ("one of them", 一下) are idioms, not facts."""
_LABEL = re.compile(
    r"\bhere(?:'s| is) the|rewritten|rewrit(?:e|ing)|改写|[«»{}]"
    r"|^(?:user|customer|agent|assistant|seller|answer|line|顾客|销售|顾问|句子)\s*[:：]",
    re.IGNORECASE,
)


_HALF_WIDTH = str.maketrans("，；：！？（）", ",;:!?()")


def has_value(text: str, pack: DomainPack, slot: str, value: Value, language: Language) -> bool:
    """Tell whether a slot value stands in a text, in any of its spellings; numbers are compared as numbers.

    A list in words stands there when each of its parts does: "5 stars, 9 airbags" in "5 stars and it has 9 airbags".
    """
    canonical, unit = value
    if canonical == DONT_CARE:
        return True
    lower = text.lower()
    schema = pack.slots[slot]
    if find_phrase(lower, format_value(pack, slot, canonical, language, unit).lower()) is not None:
        return True
    if schema.values:
        spelled = (s.lower() for group in schema.values.get(canonical, {}).values() for s in group)
        # A recogniser leaves hyphens out: all wheel drive.
        bare = lower.replace("-", " ")
        return any(
            find_phrase(lower, spelling) is not None or find_phrase(bare, spelling.replace("-", " ")) is not None
            for spelling in spelled
        )
    if schema.type in ("money", "quantity", "count"):
        wanted = {number.value for number in find_numbers(canonical)}
        return any(abs(number.value - value) < 1e-6 for number in find_numbers(text) for value in wanted)
    if canonical.lower().translate(_HALF_WIDTH) in lower.translate(_HALF_WIDTH):
        return True
    return schema.type == "text" and states_parts(text, canonical)


def check_wording(
    text: str,
    plan: TurnPlan,
    *,
    pack: DomainPack,
    language: Language,
    reader: SlotReader,
    earlier: Iterable[str],
    written: bool = False,
) -> str | None:
    """Return the first check a wording does not pass, or None; see `find_wording_fault`."""
    fault = find_wording_fault(
        text, plan, pack=pack, language=language, reader=reader, earlier=earlier, written=written
    )
    return fault.check if fault else None


def find_wording_fault(
    text: str,
    plan: TurnPlan,
    *,
    pack: DomainPack,
    language: Language,
    reader: SlotReader,
    earlier: Iterable[str],
    written: bool = False,
) -> Fault | None:
    """Return the first check a wording does not pass, with the words it is about where there are any; else None.

    Checks: `empty`, `label`, `too_long`, `language`, `missing_value`, `missing_entity`, `invented_number`,
    `invented_value`, `wrong_entity`, `role_confusion`, `repetition`, `no_question`, `personal_data`.

    Args:
        text: The wording.
        plan: What it must say.
        pack: The domain pack.
        language: Language asked for.
        reader: Knows the names of everything the account sells.
        earlier: What was said before in the dialogue.
        written: Whether it is of the inventory, which was written for the role.
    """
    tokens = tokenize(text)
    if not tokens:
        return Fault("empty", "")
    if _LABEL.search(text):
        return Fault("label", "")
    if measure_length(text, language) > MAX_LENGTH[language]:
        return Fault("too_long", "")
    stripped = blank_names(text, (plan.entity, plan.other))
    if detect_language(stripped) != language and len(tokenize(stripped)) > 3:
        return Fault("language", "")
    if fault := _check_facts(text, plan, pack, language, reader):
        return fault
    failure = (
        ("role_confusion" if not written and find_confusion(plan.role, text) else None)
        or _check_style(text, plan, reader)
        or ("repetition" if any(tokens == tokenize(said) for said in earlier) else None)
        or ("personal_data" if mask_personal_data(text, keep_public_addresses=plan.role == "agent") != text else None)
    )
    return Fault(failure, "") if failure else None


def _blank_known_words(text: str, plan: TurnPlan, pack: DomainPack, language: Language) -> str:
    """Return a text with spaces for words whose numbers are no facts: Model 3, 0-100 km/h time, 四驱, 第三排."""
    words = [plan.entity, plan.other]
    for slot in (*plan.values, *plan.tell_other, *plan.request):
        words.append(pack.slots[slot].names[language])
    for slot in plan.request:
        words += pack.slots[slot].ask.get(language, ())
    for slot, (value, _) in (*plan.values.items(), *plan.tell_other.items()):
        words += pack.slots[slot].values.get(value, {}).get(language, ())
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = re.sub(re.escape(word), lambda found: " " * len(found[0]), text, flags=re.IGNORECASE)
    return text


def _check_facts(text: str, plan: TurnPlan, pack: DomainPack, language: Language, reader: SlotReader) -> Fault | None:
    stated = [*plan.values.items(), *plan.tell_other.items()]
    missing = (pair for pair in stated if not has_value(text, pack, *pair, language))
    if (pair := next(missing, None)) is not None:
        slot, (value, unit) = pair
        return Fault("missing_value", format_value(pack, slot, value, language, unit))
    lower = text.lower()
    if plan.other and find_phrase(lower, plan.other.lower()) is None:
        return Fault("missing_entity", plan.other)
    # What was really said may name another thing beside: "the Max climbs that, the S5 gets slow".
    quoted = plan.answer or (plan.own_words if plan.key == "open" else "")
    things = {plan.entity.lower(), plan.other.lower(), *map(str.lower, reader.find_entities(quoted))}
    others = [name for name in reader.find_entities(text) if name.lower() not in things]
    if others:
        return Fault("wrong_entity", others[0])
    return _find_invention(text, plan, pack, language, reader)


def _find_invention(
    text: str, plan: TurnPlan, pack: DomainPack, language: Language, reader: SlotReader
) -> Fault | None:
    """Return the first figure or value in a text that its plan does not have."""
    stated = [*plan.values.items(), *plan.tell_other.items()]
    allowed = _list_numbers(plan.values) | _list_numbers(plan.tell_other) | _list_spoken_numbers(plan)
    # "From 0 to 100 in 6.4 s": the figures of a slot's own name are no facts, however they are joined.
    allowed |= _list_name_numbers(plan, pack, language) | _list_gaps(plan)
    rest = _blank_known_words(text, plan, pack, language)
    if has_unread_figures(rest):
        return Fault("invented_number", "")
    for number in find_numbers(rest):
        spelled_out = not text[number.start].isdigit()
        if number.value not in allowed and not (spelled_out and number.value <= HARMLESS):
            return Fault("invented_number", format_number(number.value))
    planned: dict[str, set[str]] = {}
    for slot, (value, _) in stated:
        planned.setdefault(slot, set()).add(value)
    for slot, value in list_spoken(plan):
        planned.setdefault(slot, set()).add(value)
    named = [value for _, (value, _) in stated]
    real = [plan.answer, *(move.text for move in plan.moves)]
    words = " ".join([*named, *plan.gaps.values(), *plan.when.values(), *real]).lower()
    lower = text.lower()
    asking = [phrase for slot in plan.request for phrase in pack.slots[slot].ask.get(language, ()) if phrase in lower]
    for mention in reader.find_values(text):
        read = (mention.value, mention.value.removeprefix("at "))  # "at noon" is noon
        if mention.slot == pack.entity_slot or set(read) & planned.get(mention.slot, set()):
            continue
        if mention.surface.lower() in words or _is_number(mention.value):
            continue  # part of a planned text, or a number that was allowed above
        if plan.act in ("ask", "request", "follow_up") and mention.slot in plan.request:
            continue  # "is it electric?" asks for the slot it names a value of
        if any(mention.surface.lower() in phrase.lower() for phrase in asking):
            continue  # 周末能用吗 asks how long a thing is valid
        return Fault("invented_value", mention.surface)
    return None


def list_spoken(plan: TurnPlan) -> list[tuple[str, str]]:
    """Return the (slot, value) pairs a turn may name beside its labels: wishes it refers to, times it cannot offer."""
    verdicts = [verdict for verdict in (plan.verdict, *(move.verdict for move in plan.moves)) if verdict is not None]
    pairs = [(verdict.slot, value) for verdict in verdicts for value in (verdict.wish, verdict.value) if value]
    pairs += [move.need for move in plan.moves if move.need is not None]
    return [*pairs, *plan.when.items()]


def _list_spoken_numbers(plan: TurnPlan) -> set[float]:
    verdicts = [verdict for verdict in (plan.verdict, *(move.verdict for move in plan.moves)) if verdict is not None]
    # What the account really said has figures of its own: a house number, the years of a warranty.
    real = [plan.answer, *(move.text for move in plan.moves)]
    texts = [*(value for _, value in list_spoken(plan)), *plan.gaps.values(), *real]
    found = {number.value for text in texts for number in find_numbers(text)}
    return found | {float(format_number(round(verdict.gap, 2))) for verdict in verdicts if verdict.gap}


def _list_name_numbers(plan: TurnPlan, pack: DomainPack, language: Language) -> set[float]:
    slots = {*plan.values, *plan.tell_other, *plan.request}
    return {number.value for slot in slots for number in find_numbers(pack.slots[slot].names[language])}


def _list_gaps(plan: TurnPlan) -> set[float]:
    """Return how far the two things a turn compares are apart, slot by slot."""
    found = set()
    for slot in plan.values.keys() & plan.tell_other.keys():
        one, other = find_numbers(plan.values[slot][0]), find_numbers(plan.tell_other[slot][0])
        if len(one) == len(other) == 1:
            found.add(float(format_number(round(abs(one[0].value - other[0].value), 2))))
    return found


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _list_numbers(values: Mapping[str, Value]) -> set[float]:
    return {number.value for value, _ in values.values() for number in find_numbers(value)}


def _check_style(text: str, plan: TurnPlan, reader: SlotReader) -> str | None:
    asks = plan.act in ("ask", "request", "compare", "propose") and (plan.role == "user" or plan.act != "compare")
    if asks and not ("?" in text or "？" in text or reader.find_asks(text)):
        return "no_question"
    return None


def find_misstep(
    role: Role, text: str, language: Language, names: Iterable[str], said: Collection[list[str]]
) -> str | None:
    """Return what is wrong with the manner of a turn, as `check: a sentence for the model`, or None.

    See `streamdial.claims.find_misstep`; a greeting in the middle is no misstep here.
    """
    fault = claims.find_misstep(role, text, language, names, said)
    return str(fault) if fault else None


def clean_wording(text: str) -> str:
    """Return a model's line without quotes, labels, line breaks and a second try on the next line."""
    first = next((line for line in fold_text_lines(text) if line), "")
    return cut_role(first).strip(" \"'“”«»")


def fold_text_lines(text: str) -> list[str]:
    """Return the lines of a text, each folded."""
    return [fold_text(line) for line in text.splitlines()]
