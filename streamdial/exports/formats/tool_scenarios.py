"""What a simulated user is told of the tasks of a dialogue, and what is asserted of recovery: in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamdial.domains import DomainPack
from streamdial.environment.schema import DomainSchema
from streamdial.exports.labels import WORDS, label, label_slot
from streamdial.personas import word_bound
from streamdial.records import Constraint, Language, UserPersona
from streamdial.tooluse import ToolDialogue, ToolTask
from streamdial.tooluse.records import TaskKind

_STEPS: dict[Language, dict[TaskKind, str]] = {
    "en": {
        "find": "Find a {thing}: {wishes}.",
        "details": "Ask about {about}: {asks}.",
        "compare": "Have {about} compared with {other}: {asks}.",
        "availability": "Ask whether {about} is free: {wishes}.",
        "book": "Book {about}: {wishes}.",
        "hold": "Have {about} kept without booking it: {wishes}.",
        "change": "Change the booking of {about}: {wishes}.",
        "cancel": "Cancel the booking of {about}.",
    },
    "zh": {
        "find": "找{thing}：{wishes}。",
        "details": "询问{about}的{asks}。",
        "compare": "把{about}和{other}作比较：{asks}。",
        "availability": "询问{about}是否还有：{wishes}。",
        "book": "预订{about}：{wishes}。",
        "hold": "先保留{about}，不预订：{wishes}。",
        "change": "修改{about}的预订：{wishes}。",
        "cancel": "取消{about}的预订。",
    },
}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "after": "what step {number} is about",
        "choose": " Where several would do, take the {name}.",
        "nearest": " If nothing meets all of it, the closest will do.",
        "waitlist": " If it is full, have yourself put on the waitlist.",
        "user-oriented": "One step after the other and one detail at a time; go on when a step is settled.",
        "task-oriented": "Say everything you want in your first message.",
        "judge_nearest": "The agent says that nothing meets all wishes and offers what comes closest: {names}.",
        "judge_waitlist": "The agent says that {names} is full on {day}, uses the waitlist and claims no booking.",
        "number": "{number}. {text}",
        "or": " or ",
        "list": "; ",
        "colon": ": ",
    },
    "zh": {
        "after": "第{number}步所指的那个",
        "choose": "有多个符合时选{name}。",
        "nearest": "没有完全符合的，最接近的也可以。",
        "waitlist": "如果已满，就登记候补。",
        "user-oriented": "按步骤来，每次只说一点，用自己的话说；一步办妥再说下一步。",
        "task-oriented": "第一句话就把所有要求说完。",
        "judge_nearest": "客服说明没有完全符合的，并推荐最接近的：{names}。",
        "judge_waitlist": "客服说明{names}在{day}已满，为顾客登记候补，没有声称预订成功。",
        "number": "{number}. {text}",
        "or": "或",
        "list": "；",
        "colon": "：",
    },
}  # fmt: skip


def describe_scenario(
    made: ToolDialogue, user: UserPersona | None, pack: DomainPack, schema: DomainSchema
) -> dict[str, Any]:
    """Return tau2's `user_scenario`: who the user is and what it wants, and nothing of tools or rubrics.

    Args:
        made: The dialogue whose tasks it had.
        user: Its persona; None where the wishes are nobody's.
        pack: The domain pack.
        schema: The database's schema, for the name of what is sold.
    """
    language, words = made.language, _WORDS[made.language]
    steps = [_describe_task(task, made.tasks, pack, schema, language) for task in made.tasks]
    asked = dict.fromkeys(slot for task in made.tasks for slot in task.wish.asks)
    named = dict.fromkeys(name for task in made.tasks for name in (task.wish.entity, task.wish.other) if name)
    known = [*(statement.text for statement in (user.knows if user else ())), *named]
    unknown = [*(statement.text for statement in (user.does_not_know if user else ()))]
    unknown += [label_slot(pack, slot, language) for slot in asked]
    numbered = [words["number"].format(number=number, text=text) for number, text in enumerate(steps, start=1)]
    return {
        "persona": _describe_persona(user),
        "instructions": {
            "domain": made.domain,
            "reason_for_call": steps[0] if steps else "",
            "known_info": words["list"].join(known) or None,
            "unknown_info": words["list"].join(unknown) or None,
            "task_instructions": "\n".join([*numbered, words[made.mode]]),
        },
    }


def list_assertions(tasks: Sequence[ToolTask], language: Language) -> list[str]:
    """Return what must hold of the tasks that cannot be met, a sentence each."""
    words = _WORDS[language]
    listed = []
    for number, task in enumerate(tasks, start=1):
        if task.rubric.recovery is None:
            continue
        names = task.rubric.offers
        day = ""
        for change in task.rubric.changes:
            if change.table == "waitlist":
                first, second = (list(map(str, values)) for values in list(change.values.values())[:2])
                names, day = tuple(first), second[0]
        text = words[f"judge_{task.rubric.recovery}"].format(names=words["or"].join(names), day=day)
        listed.append(words["number"].format(number=number, text=text))
    return listed


def _describe_task(
    task: ToolTask, tasks: Sequence[ToolTask], pack: DomainPack, schema: DomainSchema, language: Language
) -> str:
    wish, words = task.wish, _WORDS[language]
    numbers = {other.wish.id: number for number, other in enumerate(tasks, start=1)}
    about = wish.entity or words["after"].format(number=numbers.get(wish.after, 1))
    text = _STEPS[language][wish.kind].format(
        thing=label_slot(pack, schema.entity, language),
        about=about,
        other=wish.other,
        wishes=words["list"].join(
            _describe_wish(slot, value, pack, task, language) for slot, value in wish.wishes.items()
        ),
        asks=words["list"].join(label_slot(pack, slot, language) for slot in wish.asks),
    )
    if task.rubric.recovery:
        text += words[task.rubric.recovery]
    if len(task.rubric.offers) > 1:
        # tau2 compares with one end state, so what the user takes must be said.
        text += words["choose"].format(name=task.rubric.offers[0])
    return text


def _describe_wish(slot: str, value: str, pack: DomainPack, task: ToolTask, language: Language) -> str:
    wish = Constraint(slot=slot, value=value, evidence=(task.wish.id,))
    return f"{label_slot(pack, slot, language)}{_WORDS[language]['colon']}{word_bound(pack, wish, language)}"


def _describe_persona(user: UserPersona | None) -> str | None:
    if user is None:
        return None
    told = [statement.text for statement in (*user.basic_information, *user.core_requirements)]
    told.append(label(WORDS, user.style.register_name, user.language))
    return _WORDS[user.language]["list"].join(told)
