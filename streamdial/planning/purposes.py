"""Questions that ask more than their slot holds: whether a stroller fits is not answered by litres alone."""

from __future__ import annotations

import re

from streamdial.planning.moves import Move, TurnPlan
from streamdial.planning.state import DialogueState
from streamdial.records import Turn
from streamdial.slots import find_numbers

_PURPOSE = re.compile(
    r"\b(?:fits?|enough|suit(?:s|able)?|manage|cope|ok(?:ay)? (?:for|with)|good (?:for|with)|room for|make it to)\b"
    r"|[放装塞坐睡]得下|够(?:不够|用|住|吃|坐|放|装|跑|开)?[^，。]*[吗么嘛]|够不够|[能可]放|能装|合适[吗么]|适合[^，。]*[吗么]",
    re.IGNORECASE,
)
"""Asks whether something will do for a purpose."""
_QUALITY = re.compile(
    r"\b(?:fast|quick|stable|reliable|strong)\b|快[吗么不]|稳定?[吗么不]|卡[吗么不]|强[吗么不]", re.IGNORECASE
)
"""Asks how good something is that is only known to be there."""
CONCLUDING = ("fits", "better", "over", "short", "other", "miss")
"""Bridges that say what a fact means for the user."""


def qualify_answer(plan: TurnPlan, state: DialogueState, last: Turn) -> tuple[Move, ...]:
    """Return what an answer by the figure or the text alone owes to the question as it was worded.

    `react.partly` stands before a text that says nothing of the word asked for, where the same attribute of another
    thing does; `no_promise` behind a figure that leaves open whether the thing will do, how good it is, or whether a
    worry is groundless. Nothing where the account answers in its own words, where the fact is judged by a wish, and
    before a dialogue has words.
    """
    if plan.act != "answer" or plan.answer or last.act not in ("ask", "object") or not last.utterance:
        return ()
    if any(_passes_over(plan, slot, state, last.utterance) for slot in last.request if slot in plan.tell):
        return (Move("react", "react.partly"),)
    kinds = {state.pack.slots[slot].type for slot in last.request if slot in plan.tell}
    concluded = any(move.key in CONCLUDING for move in plan.moves)
    if last.act == "object":
        # A worry is about more than the figure: nobody promises that it is groundless.
        return (Move("bridge", "no_promise"),) if not concluded else ()
    # What a figure in the question asks for is answered by a figure.
    purpose = "quantity" in kinds and _PURPOSE.search(last.utterance) and not find_numbers(last.utterance)
    quality = "category" in kinds and _QUALITY.search(last.utterance)
    return (Move("bridge", "no_promise"),) if (purpose or quality) and not concluded else ()


def _passes_over(plan: TurnPlan, slot: str, state: DialogueState, question: str) -> bool:
    """Tell whether a text leaves out the word it was asked by, which the text of another thing has."""
    schema = state.pack.slots[slot]
    if schema.type != "text":
        return False
    text, _ = plan.tell[slot]
    question = question.lower()
    others = [row.value.lower() for row in state.knowledge.rows if row.slot == slot and row.entity != plan.entity]
    words = [word.lower() for word in schema.ask.get(state.language, ()) if word.lower() in question]
    words = [word for word in words if word not in schema.names[state.language].lower()]  # "refund" is all of it
    return bool(words) and all(word not in text.lower() and any(word in other for other in others) for word in words)
