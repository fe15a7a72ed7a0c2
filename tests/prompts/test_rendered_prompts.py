"""The prompts of strong models, guided and direct, as a model sees them.

Write the files anew after a change of prompts, and read them:

    STREAMDIAL_WRITE_PROMPTS=1 python -m pytest tests/prompts/test_rendered_prompts.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from streamdial.prompts import render_prompt
from streamdial.records import Language

RENDERED = Path(__file__).parent / "rendered"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TEXTS: dict[Language, dict[str, Any]] = {
    "en": {
        "domain": "Hotels",
        "thing": "Harbour Suite",
        "other": "Garden Room",
        "price": ("price per night", "$210", "$180"),
        "slots": ["price per night"],
        "own": "how much is the harbour suite?",
        "answer": "Breakfast is down by the water from seven.",
        "real": "It looks straight out over the harbour.",
        "identity": "Grand Quay, a hotel by the harbour",
        "line": "hi all",
        "voice": "Take your time, no rush.",
        "conflict": "the harbour view and the budget",
        "background": ("a couple with two children", "runs a small bakery", "matter-of-fact"),
        "manner": ("casual", "all in lower case"),
        "when": "Monday 5 pm",
        "customer": "customer",
    },
    "zh": {
        "domain": "酒店",
        "thing": "望湖大床房",
        "other": "花园双床房",
        "price": ("每晚价格", "588元", "500元"),
        "slots": ["每晚价格"],
        "own": "望湖大床房多少钱",
        "answer": "早餐七点开始，就在湖边。",
        "real": "推开窗就是湖。",
        "identity": "栖湖酒店，湖边的酒店",
        "line": "主播好",
        "voice": "您慢慢看，不着急。",
        "conflict": "想要湖景，又要控制预算",
        "background": ("夫妻俩，两个孩子", "开了家小面包店", "就事论事"),
        "manner": ("很随意",),
        "when": "周一下午5点",
        "customer": "顾客",
    },
}


def render_line(language: Language, **changes: object) -> str:
    values: dict[str, Any] = {
        **dict.fromkeys(("thing", "other", "when", "hours", "value", "wish", "own", "leads", "follows", "note"), ""),
        **{name: [] for name in ("slots", "before", "after", "names", "facts", "others", "lines")},
        **{"asks": False, "length": (3, 8)},
    }
    return render_prompt("guided_line", language, **{**values, **changes})


def render_all(name: str, language: Language) -> str:
    texts = TEXTS[language]
    slot, fact, wish = texts["price"]
    price = {"name": slot, "value": fact, "bound": ""}
    fault = render_prompt("guided_fault", language, reason="missing_value", why=fact)
    ask = render_line(
        language, role="user", key="ask", act="ask", thing=texts["thing"], slots=texts["slots"], asks=True,
        names=[texts["thing"]], own=texts["own"],
    )  # fmt: skip
    answer = render_line(
        language, role="agent", key="answer", act="answer", thing=texts["thing"], facts=[price], follows=texts["real"],
        after=[{"key": "miss", "value": fact, "wish": wish}], lines=[texts["voice"]],
    )  # fmt: skip
    objection = render_line(
        language, role="user", key="object.over", act="object", thing=texts["thing"], value=fact, wish=wish,
        facts=[{"name": slot, "value": wish, "bound": "max"}],
        before=[{"key": "react.neutral", "value": "", "wish": ""}],
    )  # fmt: skip
    comparison = render_line(
        language, role="agent", key="compare", act="compare", thing=texts["thing"], other=texts["other"],
        names=[texts["thing"], texts["other"]], facts=[price], others=[{**price, "value": wish}], length=(8, 16),
    )  # fmt: skip
    refusal = render_line(
        language, role="agent", key="refuse_hour", act="refuse", when=texts["when"], hours="9 - 17", length=(8, 16)
    )
    lines = {"1": ask, "2": answer, "3": objection, "4": comparison}
    people = {"background": texts["background"], "manner": texts["manner"]}
    wishes = [{"name": slot, "bound": "max", "value": wish, "hardness": "prefer", "earlier": []}]
    values: dict[str, dict[str, Any]] = {
        "guided_rules": {"domain": texts["domain"]},
        "guided_dialogue": {
            "outcome": "deferral",
            "causes": [
                {"kind": "over", "act": "object", "thing": texts["thing"], "slot": slot, "value": fact, "wish": wish}
            ],
            "wishes": wishes,
            "conflicts": [texts["conflict"]],
            **people,
            "user_lines": [texts["line"]],
            "identity": texts["identity"],
            "agent_lines": [texts["voice"]],
            "knowledge": {texts["thing"]: [f"{slot} {fact}"]},
            "history": [{"role": texts["customer"], "text": texts["line"]}],
            "turns": [
                *(
                    {"number": n, "role": "user" if int(n) % 2 else "agent", "fixed": "", "text": lines[n]}
                    for n in "1234"
                ),
                {"number": "5", "role": "user", "fixed": texts["answer"], "text": ""},
                {"number": "6", "role": "agent", "fixed": "", "text": refusal},
            ],
        },
        "guided_again": {
            "turns": [
                {
                    "number": 2,
                    "role": "agent",
                    "text": answer,
                    "refused": texts["voice"],
                    "fault": fault,
                    "before": texts["own"],
                    "after": texts["line"],
                }
            ]
        },
        "guided_user": {"domain": texts["domain"], "wishes": wishes, "lines": [texts["line"]], **people},
        "guided_agent": {"domain": texts["domain"], "identity": texts["identity"], "lines": [texts["voice"]]},
        "guided_turn": {
            "text": ask,
            "later": texts["slots"],
            "fault": fault,
            "refused": texts["voice"],
        },
        "direct_user": {
            "domain": texts["domain"],
            "objective": texts["own"],
            "wishes": wishes,
            "conflicts": [texts["conflict"]],
            **people,
            "questions": [texts["own"]],
            "doubts": [texts["conflict"]],
            "booking": texts["when"],
            "fixed": False,
            "lines": [texts["line"]],
            "outcome": "deferral",
            "reason": "family",
            "slots": [{"id": "price", "name": texts["slots"][0]}, {"id": "view", "name": "view"}],
        },
        "direct_agent": {
            "domain": texts["domain"],
            "identity": texts["identity"],
            "lines": [texts["voice"]],
            "promises": [],
            "knowledge": {texts["thing"]: [f"{slot} {fact}"], texts["other"]: [f"{slot} {wish}"]},
            "stages": [
                {"pack_stage": "needs_mining", "goal": texts["slots"][0]},
                {"pack_stage": "closing", "goal": texts["when"]},
            ],
            "slots": [{"id": "price", "name": texts["slots"][0]}, {"id": "view", "name": "view"}],
        },
        "direct_turn": {
            "role": "agent",
            "behaviours": ("objection_handling",),
            "references": [texts["voice"]],
            "reason": "",
            "check": "",
            "words": "",
            "refused": "",
            "opening": False,
            "booking": {"kind": "refuse_day", "when": texts["when"], "other": texts["when"]},
            "possible": ("answer", "handle_objection", "negotiate", "refuse"),
            "directive": {
                **{"note": "", "leave": False, "say": texts["slots"][:1]},
                **{"withhold": [], "settled": [], "recall": [], "claims": [], "attacks": []},
            },
            "advice": {
                "place": texts["slots"][0],
                "next": texts["when"],
                "node": texts["voice"],
                "value": texts["line"],
                "scenarios": [{"act": "answer", "action": texts["own"], "point": texts["slots"][0]}],
            },
        },
        "message_kinds": {"domain": texts["domain"], "lines": [texts["own"], texts["line"]]},
    }  # fmt: skip
    return render_prompt(name, language, **values[name])


NAMES = ("guided_rules", "guided_dialogue", "guided_again", "guided_user", "guided_agent", "guided_turn")
NAMES += ("direct_user", "direct_agent", "direct_turn", "message_kinds")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_what_was_read(name: str, language: Language) -> None:
    text = render_all(name, language)
    file = RENDERED / f"{name}.{language}.txt"
    if os.environ.get("STREAMDIAL_WRITE_PROMPTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_act_nobody_described_is_told_by_its_name(language: Language) -> None:
    assert render_line(language, role="user", key="wave.twice", act="wave").startswith("wave |")
    plain = render_line(
        language, role="user", key="greet", act="greet", before=[{"key": "ask", "value": "", "wish": ""}]
    )
    assert plain == render_line(language, role="user", key="greet", act="greet")
