"""A blind judge: what somebody who sees the user's lines alone can tell of the persona behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import fmean
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.evaluation.metrics.recovery import Told, read_annotation, read_wording
from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.records import Dialogue, Language
from streamdial.slots import parse_value

_ORDERS: dict[Language, str] = {
    "en": (
        "You read one line a customer wrote to a seller of {domain}. Name the WISHES it states (an attribute with the"
        " value the customer wants, such as a budget) and the attributes it ASKS about. Most lines have one of them or"
        " none. What is only asked about is no wish.\n\nAttributes:\n{slots}\n\nExamples:\n"
        'something under 900 please\n{{"wishes": [{{"slot": "price", "value": "900"}}], "asked": []}}\n\n'
        'how much is it?\n{{"wishes": [], "asked": ["price"]}}\n\n'
        'hello / thanks, bye / let me think\n{{"wishes": [], "asked": []}}\n\nAnswer with such JSON only.'
    ),
    "zh": (
        "下面是顾客写给{domain}卖家的一句话。请列出这句话提出的要求（属性及顾客想要的取值，如预算），以及询问的属性。"
        "多数句子只有其中一项或都没有。只是询问的不算要求。\n\n属性：\n{slots}\n\n例子：\n"
        '900以内的\n{{"wishes": [{{"slot": "price", "value": "900"}}], "asked": []}}\n\n'
        '多少钱\n{{"wishes": [], "asked": ["price"]}}\n\n'
        '你好 / 谢谢 / 我再想想\n{{"wishes": [], "asked": []}}\n\n只用这样的JSON回答。'
    ),
}


def read_truth(dialogue: Dialogue) -> Told:
    """Return what the user of a dialogue really stated and asked, by its annotation.

    What the persona holds and the dialogue never says cannot be recovered and is not asked.
    """
    return read_annotation(dialogue.turns)


def list_lines(dialogue: Dialogue) -> list[str]:
    """Return all a judge sees: the user's utterances, without annotation, persona or the agent's side."""
    return [turn.utterance for turn in dialogue.turns if turn.role == "user"]


def judge_by_rules(dialogue: Dialogue, pack: DomainPack, entities: Sequence[str]) -> Told:
    """Read wishes and asked slots off the lines with the slot reader: what a judge that knows the schema can reach."""
    return read_wording(list_lines(dialogue), pack, dialogue.language, entities)


def _build_schema(pack: DomainPack) -> type[BaseModel]:
    """Return the answer's schema with the pack's slots as the only ones."""
    slots: Any = Literal[tuple(name for name in pack.slots if name != pack.entity_slot)]
    config = ConfigDict(extra="forbid")
    wish = create_model("Wish", __config__=config, slot=(slots, ...), value=(str, Field(max_length=30)))
    return create_model(
        "Judgement",
        __config__=config,
        wishes=(list[wish], Field(max_length=4)),  # type: ignore[valid-type]
        asked=(list[slots], Field(max_length=3)),
    )


def _describe_slots(pack: DomainPack, language: Language) -> str:
    lines = []
    for name, slot in pack.slots.items():
        if name == pack.entity_slot:
            continue
        values = f" ({' / '.join(slot.values)})" if slot.values else ""
        lines.append(f"{name}: {slot.names[language]}{values}")
    return "\n".join(lines)


async def judge_by_model(dialogue: Dialogue, pack: DomainPack, model: ChatModel, unusable: Counts) -> Told:
    """Ask a model line by line; it sees the schema and one line, and an answer that cannot be used says nothing.

    Counts get `asked` (lines), `kept` and the drop `unusable`.
    """
    language = dialogue.language
    orders = _ORDERS[language].format(domain=pack.names[language], slots=_describe_slots(pack, language))
    schema = _build_schema(pack)

    async def judge(line: str) -> Told:
        request = ChatRequest(
            messages=(ChatMessage(role="system", content=orders), ChatMessage(role="user", content=line)),
            max_tokens=120,
            temperature=0.0,
            purpose="judge",
        )
        unusable.asked += 1
        answer = await try_structured(model, request, schema)
        if answer is None:
            unusable.drop("unusable")
        else:
            unusable.kept += 1
        body = answer.model_dump() if answer else {"wishes": [], "asked": []}
        found = ((wish["slot"], _normalise(pack, language, **wish)) for wish in body["wishes"])
        return Told(frozenset((slot, value) for slot, value in found if value is not None), frozenset(body["asked"]))

    told = await asyncio.gather(*(judge(line) for line in list_lines(dialogue)))
    return Told(
        frozenset(wish for line in told for wish in line.wishes),
        frozenset(slot for line in told for slot in line.asked),
    )


def _normalise(pack: DomainPack, language: Language, slot: str, value: str) -> str | None:
    """Return a judge's value in the form of the annotation; None where the slot cannot have it."""
    if value in pack.slots[slot].values:
        return value
    parsed = parse_value(pack, pack.slots[slot], value, language)
    return parsed[0] if parsed else None


def score_judgements(truths: Sequence[Told], judged: Sequence[Told]) -> dict[str, float]:
    """Return recovery and precision, each the mean over dialogues, and recovery of wishes and of questions alone.

    Recovery of a dialogue is the share of what was stated and asked that the judge names, a value only where it is the
    same after normalisation; precision the share of what the judge names that is true. Dialogues that state and ask
    nothing are left out of recovery, judges that name nothing out of precision.
    """
    recovered, precise, wishes, questions = [], [], [], []
    for (stated, asked), (told, guessed) in zip(truths, judged, strict=True):
        hits = len(_fold(stated) & _fold(told)) + len(asked & guessed)
        if stated or asked:
            recovered.append(hits / (len(stated) + len(asked)))
        if told or guessed:
            precise.append(hits / (len(told) + len(guessed)))
        if stated:
            wishes.append(len(_fold(stated) & _fold(told)) / len(stated))
        if asked:
            questions.append(len(asked & guessed) / len(asked))
    return {
        "recovery": _mean(recovered),
        "precision": _mean(precise),
        "wishes": _mean(wishes),
        "questions": _mean(questions),
    }


def _fold(wishes: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((slot, value.lower().strip(" .")) for slot, value in wishes)


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def judge_all(dialogues: Sequence[tuple[Dialogue, DomainPack]], model: ChatModel, unusable: Counts) -> list[Told]:
    """Judge dialogues one after another with a model, and close it; counts are those of `judge_by_model`."""

    async def run() -> list[Told]:
        try:
            return [await judge_by_model(dialogue, pack, model, unusable) for dialogue, pack in dialogues]
        finally:
            await model.aclose()

    return asyncio.run(run())
