"""Answers that are a letdown: what was just asked for is lacking, or a drawback of the thing is owned up to."""

from __future__ import annotations

import re
from typing import Literal

from streamdial.domains import DomainPack
from streamdial.patterns import compile_filtered
from streamdial.personas.verdicts import judge_fact
from streamdial.planning.state import DialogueState
from streamdial.records import Inquiry, Turn

Letdown = Literal["lacks", "drawback"]
TELLS = ("answer", "handle_objection", "check_stock", "compare")
"""Acts of the agent that answer something."""
_REQUESTS = compile_filtered(
    r"\b(?:can|could|may) (?:i|we|you|my|our)\b|\bdo(?:es)? (?:it|you|they|the \w+) (?:have|offer|come with|take|do)\b"
    r"|\b(?:is|are) there\b|\bany\b|有没有|[能可]不[能可]|(?:能|可以|有)[^，。？?]*[吗么嘛不]",
    re.IGNORECASE,
)
"""A question that asks for something to be had or allowed; "do you use msg?" may hope for a no."""
_UNWELCOME = compile_filtered(
    r"\b(?:dress code|fees?|charges?|deposit|minimum|limits?|surcharge|supplement|noise|smell|queue|wait|catch)\b"
    r"|押金|服务费|低消|最低消费|费用|收费|收钱|加钱|加价|限制|限量|味道|异味|噪音|蚊子|排队|要钱",
    re.IGNORECASE,
)
"""What nobody is sorry to do without."""
_DENIES = compile_filtered(
    r"^(?:\W|i'm afraid|sorry|unfortunately)*(?:no\b(?! problem| worries| need)|(?:we|it|you|they|there)(?: is| are)? "
    r"(?:no\b|do not|don't|does not|doesn't|cannot|can't|can not|is not|isn't))"
    r"|^(?:不好意思|抱歉|很遗憾|可惜)|^(?:我们)?(?:这边|这里|店里|酒店)?(?:暂时|目前)?(?:没有|不能|不可以|不行|不接|不提供|没法|做不了)",
    re.IGNORECASE,
)
"""An answer that begins by saying no."""
_DRAWBACK = compile_filtered(
    r"\b(?:gets?|is|feels?|it's|runs?|bit|rather|quite|too|pretty|very|really) (?:\w+ )?(?:slow|sluggish|noisy|loud"
    r"|weak|cramped|narrow|heavy|thin|bumpy|uncomfortable|poor|flimsy|disappointing|unreliable)\b"
    r"|\b(?:struggles?|strains?|rattles?|overheats?|breaks? down|wears? out)\b"
    r"|(?:有点|比较|偏|挺|会|确实|太)(?:慢|吵|小|挤|窄|重|薄|颠|弱|硬|卡|旧|潮|费电)|爬坡吃力|动力不足|隔音(?:一般|不好|差)|不太(?:好|行|稳)",
    re.IGNORECASE,
)
"""An answer that owns up to something bad about the thing."""
_NO_DRAWBACK = re.compile(
    r"\b(?:not|never|no|n't|isn't|doesn't)\b|不(?:会|算|太)?(?:慢|吵|挤|重|卡)|不用担心", re.IGNORECASE
)


def is_lacking(pack: DomainPack, slot: str, value: str) -> bool:
    """Tell whether a value means that the thing is without the attribute: no private room, no pets."""
    return slot in pack.slots and value in pack.slots[slot].lacks


def find_letdown(state: DialogueState) -> Letdown | None:
    """Return what the agent's last turn takes away from the user who has just asked; None for nothing.

    `lacks`: a value says that the thing is without what was asked for, and no wish says that this is right; or the
    account's own answer says no to a question that asked for something. `drawback`: its answer says something bad of
    the thing. A verdict on a wish goes before both: what misses one is objected to.
    """
    last = state.last
    asked = state.turns[-2] if len(state.turns) > 1 else None
    if last is None or asked is None or last.role != "agent" or asked.role != "user" or last.act not in TELLS:
        return None
    return _find_lacking(state, last, asked) or _judge_words(state, last, asked)


def _find_lacking(state: DialogueState, last: Turn, asked: Turn) -> Letdown | None:
    wishes = state.held_wishes
    for slot in (slot for slot in last.tell if slot in asked.request and is_lacking(state.pack, slot, last.tell[slot])):
        verdict = judge_fact(state.knowledge, wishes, last.entity, slot, last.tell[slot])
        if verdict.kind == "irrelevant":
            return "lacks"
    return None


def _judge_words(state: DialogueState, last: Turn, asked: Turn) -> Letdown | None:
    """Judge the account's own answer, where it was given: by what was mined, so that a storyline knows it too."""
    mined = state.answers.find(asked.evidence, asked.entity or last.entity)
    if mined is None or mined.evidence[0] not in last.evidence:
        return None
    if _DRAWBACK.search(mined.text) and not _NO_DRAWBACK.search(mined.text):
        return "drawback"
    question = next((q.text for q in _list_questions(state) if set(q.evidence) & set(asked.evidence)), "")
    hoped = _REQUESTS.search(question) and not _UNWELCOME.search(question)
    return "lacks" if hoped and _DENIES.search(mined.text) else None


def _list_questions(state: DialogueState) -> tuple[Inquiry, ...]:
    drawn = state.storyline.questions if state.storyline is not None else ()
    return (*drawn, *state.user.primary_inquiries)
