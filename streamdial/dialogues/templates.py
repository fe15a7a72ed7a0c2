"""Template sentences of the domain pack, filled with the facts of a plan."""

from __future__ import annotations

from itertools import pairwise

from streamdial.dialogues.lines import fill_placeholders
from streamdial.domains import DomainPack
from streamdial.planning import TurnPlan, Value
from streamdial.records import Language
from streamdial.slots import DONT_CARE, format_value, join_phrases


def fill_sentence(sentence: str, plan: TurnPlan, pack: DomainPack, language: Language) -> str:
    """Return a template sentence with the plan's facts in words."""
    questions = [pack.slots[slot].question.get(language, "") for slot in plan.request]
    if plan.role == "agent" and plan.act == "request" and all(questions):
        return " ".join(questions)
    slots = [pack.slots[slot].names[language] for slot in (plan.request or tuple(plan.inform))]
    texts = {
        "entity": plan.entity,
        "other": plan.other,
        "needs": _write_values(plan.inform, pack, language, as_need=plan.act != "revise"),
        "facts": _write_values(plan.tell, pack, language, as_need=False),
        "other_facts": _write_values(plan.tell_other, pack, language, as_need=False),
        "slots": join_phrases(slots, language),
    }
    return fill_placeholders(sentence, lambda name, _: texts[name])


def _write_values(values: dict[str, Value], pack: DomainPack, language: Language, *, as_need: bool) -> str:
    parts = []
    for slot, (value, unit) in values.items():
        if value == DONT_CARE:
            continue
        schema = pack.slots[slot]
        text = format_value(pack, slot, value, language, unit)
        default = "{value}" if schema.booking else f"{schema.names[language]}{{value}}"
        if language == "en" and not schema.booking:
            default = (
                f"{schema.names[language]}: {{value}}"
                if schema.type == "text"
                else f"{schema.names[language]} {{value}}"
            )
        phrase = (schema.need if as_need else schema.fact).get(language, default)
        parts.append(fill_placeholders(phrase, lambda *_, text=text: text))
    stated = [pack.slots[slot] for slot, (value, _) in values.items() if value != DONT_CARE]
    if all(schema.booking for schema in stated):
        return _join_appointment(parts, [schema.type for schema in stated], language)
    return join_phrases(parts, language)


def _join_appointment(parts: list[str], types: list[str], language: Language) -> str:
    """Join what an appointment consists of; in Chinese a day and its hour are one word."""
    if language == "en":
        return ", ".join(parts)
    text = parts[0] if parts else ""
    for (before, after), part in zip(pairwise(types), parts[1:], strict=True):
        text += part if (before, after) == ("date", "time") else f"，{part}"
    return text
