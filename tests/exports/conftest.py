"""A data set of two short talks, small enough to check by hand; and the report of one in a real browser."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.exports import DataSet, EvidenceItem, write_report
from streamdial.filtering import Drop
from streamdial.records import (
    AgentPersona,
    AgentStyle,
    Blueprint,
    Constraint,
    Dialogue,
    FlowPath,
    Inquiry,
    KeyNode,
    KnowledgeRow,
    Language,
    MatchScore,
    Observed,
    Provenance,
    Scenario,
    Stage,
    StrategyUse,
    Transition,
    Turn,
    UserPersona,
    UserStyle,
    Utterance,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
Show = Callable[..., "Page"]
NASTY = "</script><img src=x onerror=document.title='broken'><!-- {{ 7*7 }} `rm` | | \u2028"
"""What a viewer may write into the chat."""

MATCH = MatchScore(expertise=0.5, answerable=1.0, covered=0.5, alpha=0.4, beta=0.4, gamma=0.2, total=0.7)


def _record(key: str, language: Language) -> dict[str, object]:
    return {"id": key, "domain": "automotive", "language": language, "provenance": Provenance(source_id="stream")}


def make_row(key: str, slot: str, value: str, language: Language = "en") -> KnowledgeRow:
    return KnowledgeRow.model_validate(
        {**_record(key, language), "entity": "Meridian", "slot": slot, "value": value, "text": value}
    )


def make_user(key: str, language: Language = "en") -> UserPersona:
    return UserPersona.model_validate(
        {
            **_record(key, language),
            "objective": Observed(text="Find a car with seven seats", evidence=("q1",)),
            "primary_inquiries": (Inquiry(text="how far does it go?", asks=("range",), evidence=("q1",)),),
            "constraints": (Constraint(slot="seats", value="7", evidence=("q1",)),),
            "potential_utterances": tuple(Utterance(text=line, origin="own", evidence=("q1",)) for line in "abcde"),
            "style": UserStyle(mean_length=6.5, register_name="casual"),
        }
    )


def make_agent(key: str, language: Language = "en") -> AgentPersona:
    return AgentPersona.model_validate(
        {
            **_record(key, language),
            "account": "acc",
            "identity": Observed(text="Silver Leaf Motors", evidence=("acc",)),
            "style": AgentStyle(description="calm"),
            "commitments": (Observed(text="one", evidence=("r1",)), Observed(text="two", evidence=("r1",))),
            "strategies": (StrategyUse(strategy="product_answer", count=3, share=1.0, evidence=("s1",)),),
            "knowledge": (make_row("k2", "range", "540", language), make_row("k1", "price", "46900", language)),
        }
    )


def make_blueprint(key: str, language: Language = "en") -> Blueprint:
    return Blueprint.model_validate(
        {
            **_record(key, language),
            "account": "acc",
            "title": "How Silver Leaf sells",
            "stages": (
                Stage(name="clarification", title="Questions", goal="answer", key_result="answered"),
                Stage(name="closing", title="Closing", goal="say goodbye", key_result="ended"),
            ),
            "nodes": (KeyNode(signal="thank", meaning="5/6", stage="closing", evidence=("seed-1#2",)),),
            "scenarios": (
                Scenario(situation="ask:price", act="answer", strategy="product_answer", wording="It is $46,900."),
            ),
            "paths": (FlowPath(name="Success", outcome="success", stages=("clarification", "closing")),),
        }
    )


def make_given_blueprint(key: str) -> Blueprint:
    """Return a plan as it is given from outside: with words of its own, and a step no evidence was filled in for."""
    return make_blueprint(key).model_copy(
        update={
            "origin": "given",
            "scenarios": (
                Scenario(
                    situation="ask:price",
                    act="answer",
                    strategy="product_answer",
                    title="Price talk",
                    action="name the price",
                    manner="calm\nfor families",
                ),
            ),
            "transitions": (
                Transition(source="clarification", target="closing", evidence=("p1#/a",)),
                Transition(source="closing", target="clarification"),
            ),
            "paths": (
                FlowPath(
                    name="Success",
                    outcome="success",
                    stages=("clarification", "closing"),
                    steps=("ask", "price", "end"),
                ),
            ),
        }
    )


def make_dialogue(
    key: str, *turns: Turn, user: str = "u1", agent: str = "a1", plan: str = "b1", language: Language = "en"
) -> Dialogue:
    return Dialogue.model_validate(
        {
            **_record(key, language),
            "user_persona_id": user,
            "agent_persona_id": agent,
            "blueprint_id": plan,
            "turns": turns,
            "path": "Success",
            "outcome": "success",
            "stop_reason": "blueprint_end",
            "match": MATCH,
            "seed": 7,
            "checks": {"missing_value": 2},
        }
    )


def make_turns() -> tuple[Turn, ...]:
    return (
        Turn(
            turn_id=0,
            role="user",
            utterance="We need 7 seats, how far does the Meridian go?",
            act="ask",
            stage="clarification",
            inform={"seats": "7"},
            request={"range": "?"},
            entity="Meridian",
            evidence=("q1",),
            realisation="real_line",
        ),
        Turn(
            turn_id=1,
            role="agent",
            utterance="540 km on a full charge.",
            act="answer",
            stage="clarification",
            strategy="product_answer",
            tell={"range": "540"},
            entity="Meridian",
            evidence=("k2", "r1"),
            realisation="template",
        ),
        Turn(
            turn_id=2,
            role="user",
            utterance="Then five seats will do, thanks.",
            act="thank",
            stage="closing",
            inform={"seats": "5", "price": "50000"},
            evidence=("seed-1#2",),
            realisation="model",
        ),
    )


def make_evidence() -> dict[str, EvidenceItem]:
    items = (
        EvidenceItem("q1", "question", NASTY, "stream", 135.4, 135.4, "javascript:alert(1)"),
        EvidenceItem("r1", "response", "540 kilometers", "stream", 141.0, 146.0, "https://example.org/live"),
        EvidenceItem("k2", "knowledge", "Meridian · range: 540", "page"),
        EvidenceItem("seed-1#2", "seed", "thanks", "seed-1"),
    )
    return {item.id: item for item in items}


@pytest.fixture
def data() -> DataSet:
    """Dialogues d1 (three turns) and d2 (a greeting with mined text in it), given in the wrong order."""
    greeting = Turn(turn_id=0, role="agent", utterance=f"Hello {NASTY}", act="greet", stage="clarification")
    left_out = make_dialogue("d3", *make_turns())
    return DataSet(
        pack=load_pack("automotive"),
        languages=("en",),
        dialogues=(make_dialogue("d2", greeting, user="u2"), make_dialogue("d1", *make_turns())),
        users={"u2": make_user("u2"), "u1": make_user("u1")},
        agents={"a1": make_agent("a1")},
        blueprints={"b1": make_blueprint("b1")},
        evidence=make_evidence(),
        counts=(Counts("filter", asked=3, made=3, kept=2, dropped=Counter(repeats=1), notes=[NASTY]),),
        settings={
            "fingerprint": "v1:abc",
            "command": "streamdial run NAME",
            "sources": [{"id": "stream", "name": "Friday | evening"}, "b", "c"],
            "models": {"embedder": "m"},
            "thresholds": {"filter": {"user": 0.9}},
            "seed": 7,
        },
        dropped=(Drop("d3", "d1", 0.98, 0.95, "repeats"),),
        left_out={"d3": left_out},
    )


@pytest.fixture
def empty() -> DataSet:
    return DataSet(load_pack("automotive"), ("en",), (), {}, {}, {})


def reload(page: Page) -> None:
    """Reload a page as a reader does, who is slower than a browser's storage.

    Chromium hands on what a page stored beside the page: a reload within milliseconds may be the first there.
    """
    read = "() => JSON.stringify(Object.entries(localStorage).sort())"
    stored = page.evaluate(read)
    for _ in range(20):
        page.reload()
        if page.evaluate(read) == stored:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"the browser lost what the page stored: {stored}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        # Without its sandbox because containers run as root; the pages are our own.
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens the report of a data set; at the end nothing may have gone wrong or been asked for but the page."""
    told: list[str] = []
    contexts = []

    def open_report(data: DataSet, fragment: str = "", locale: str = "en-US", **options: object) -> Page:
        path = write_report(data, tmp_path / "index.html")
        context = browser.new_context(locale=locale, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        # A blob is a file in the browser's memory that the reader chose.
        own = re.compile(re.escape(path.as_uri()) + r"(?:#.*)?|blob:.*")
        page.on("request", lambda request: None if own.fullmatch(request.url) else told.append(request.url))
        page.set_default_timeout(5000)
        page.goto(f"{path.as_uri()}{fragment}")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert not told
