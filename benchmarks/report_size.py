"""How long the report of 10,000 dialogues takes to open, to search and to filter, in a headless Chromium.

Run it as `python -m benchmarks.report_size --json figures.json`; about two minutes. It needs playwright and a Chromium
of the system. Dialogues are turns of the seed dialogues, mixed, each with a few words of its own drawn by Zipf's law,
with the acts, slots and evidence that turns of a run have.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import describe_machine
from streamdial.domains import DomainPack, load_pack, load_seeds
from streamdial.exports import DataSet, EvidenceItem, write_report
from streamdial.records import (
    AgentPersona,
    AgentStyle,
    Blueprint,
    Constraint,
    Dialogue,
    FlowPath,
    Inquiry,
    KnowledgeRow,
    MatchScore,
    Observed,
    Provenance,
    Stage,
    Turn,
    UserPersona,
    UserStyle,
    Utterance,
)

DIALOGUES = 10_000
TURNS = 17
WORDS = 20_000
"""Rare words; one to three in every second turn."""
USERS, AGENTS, ENTITIES, SOURCES = 800, 40, 8, 60
MOMENTS = 25_000
"""Questions, answers and rows that turns rest on; a stream of two hours has some hundred."""
OPENS = 3
TYPED = "the quiet trunk"
"""Stands in no dialogue as a whole, in thousands as far as it is typed at first."""

_FILTER = """async ([field, word]) => {
  const control = document.querySelector(field === "q" ? "#search" : `.filters select[name=${field}]`);
  const start = performance.now();
  control.value = word;
  control.dispatchEvent(new Event(field === "q" ? "input" : "change", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}"""


def make_data(count: int = DIALOGUES, *, seed: int = 7) -> DataSet:
    """Return a data set of that many dialogues of 17 turns, the same one each time.

    Args:
        count: Dialogues.
        seed: Decides all of it.
    """
    rng = random.Random(seed)
    pack = load_pack("automotive")
    names = ["".join(rng.choices("abcdefghiklmnoprstuvwy", k=rng.randint(4, 9))) for _ in range(WORDS)]
    shares = [1 / rank for rank in range(1, WORDS + 1)]
    lines = [turn for dialogue in load_seeds(load_pack("automotive"), "en") for turn in dialogue.turns]
    sides = [[turn for turn in lines if turn.role == role] for role in ("user", "agent")]
    evidence = dict(_make_evidence(rng, [turn.utterance for turn in lines], names, shares))
    moments = list(evidence)
    agents = {f"agent-{number:04d}": _make_agent(f"agent-{number:04d}", pack, rng) for number in range(AGENTS)}
    plans = {key.replace("agent", "plan"): _make_plan(key.replace("agent", "plan"), pack) for key in agents}
    users = {f"user-{number:04d}": _make_user(f"user-{number:04d}", rng, sides[0], moments) for number in range(USERS)}

    def make_turn(place: int) -> Turn:
        line = rng.choice(sides[place % 2])
        extra = rng.choices(names, shares, k=rng.choice((0, 0, 0, 1, 2, 3)))
        change = {
            "turn_id": place,
            "utterance": " ".join((line.utterance, *extra)),
            "evidence": tuple(rng.choices(moments, k=rng.choice((0, 1, 1, 2, 3)))),
            "strategy": rng.choice(list(pack.strategies)) if line.role == "agent" else "",
            "realisation": rng.choice(("real_line", "model", "template")),
        }
        return line.model_copy(update=change)

    dialogues = []
    for number in range(count):
        agent = rng.choice(list(agents))
        path = rng.choice(plans[agent.replace("agent", "plan")].paths)
        score = round(rng.random(), 4)
        dialogues.append(
            Dialogue.model_validate(
                {
                    **_record(f"{rng.getrandbits(128):032x}"),
                    "user_persona_id": rng.choice(list(users)),
                    "agent_persona_id": agent,
                    "blueprint_id": agent.replace("agent", "plan"),
                    "turns": tuple(make_turn(place) for place in range(TURNS)),
                    "path": path.name,
                    "outcome": path.outcome,
                    "stop_reason": rng.choice(("blueprint_end", "blueprint_end", "turn_cap", "left")),
                    "match": MatchScore(
                        expertise=score, answerable=0.5, covered=0.5, alpha=0.4, beta=0.4, gamma=0.2, total=score
                    ),
                    "seed": number,
                    "behaviours": tuple(rng.sample(("negotiation", "recovery", "upselling"), k=rng.randint(0, 2))),
                    "checks": {"missing_value": rng.randint(0, 3)},
                }
            )
        )
    return DataSet(pack, ("en",), tuple(dialogues), users, agents, plans, evidence)


def _record(key: str) -> dict[str, Any]:
    return {"id": key, "domain": "automotive", "language": "en", "provenance": Provenance(source_id="made")}


def _make_evidence(
    rng: random.Random, texts: list[str], names: list[str], shares: list[float]
) -> Iterator[tuple[str, EvidenceItem]]:
    for number in range(MOMENTS):
        start = round(rng.uniform(0, 7200), 2)
        key = f"{rng.getrandbits(128):032x}"
        text = " ".join((rng.choice(texts), *rng.choices(names, shares, k=3)))
        kind = rng.choice(("question", "response", "pair"))
        yield key, EvidenceItem(key, kind, text, f"source-{number % SOURCES:032d}", start, start + 6.5)


def _make_user(key: str, rng: random.Random, lines: list[Turn], moments: list[str]) -> UserPersona:
    said = [line.utterance for line in rng.sample(lines, k=6)]
    basis = tuple(rng.choices(moments, k=3))
    return UserPersona.model_validate(
        {
            **_record(key),
            "objective": Observed(text=said[0], evidence=basis),
            "constraints": (Constraint(slot="seats", value=rng.choice("4567"), evidence=basis),),
            "primary_inquiries": tuple(Inquiry(text=text, asks=("range",), evidence=basis) for text in said[:3]),
            "potential_utterances": tuple(Utterance(text=text, origin="own", evidence=basis) for text in said),
            "style": UserStyle(mean_length=6.5, register_name="casual"),
        }
    )


def _make_agent(key: str, pack: DomainPack, rng: random.Random) -> AgentPersona:
    slots = [name for name, slot in pack.slots.items() if not slot.booking][:8]
    rows = [
        KnowledgeRow.model_validate(
            {
                **_record(f"{key}-{entity}-{slot}"),
                "entity": f"Model {entity}",
                "slot": slot,
                "value": str(rng.randint(1, 900)),
                "text": f"{slot} of model {entity}",
            }
        )
        for entity in range(ENTITIES)
        for slot in slots
    ]
    return AgentPersona.model_validate(
        {
            **_record(key),
            "account": key,
            "identity": Observed(text=f"Dealer {key}", evidence=(key,)),
            "style": AgentStyle(description="calm"),
            "knowledge": tuple(rows),
        }
    )


def _make_plan(key: str, pack: DomainPack) -> Blueprint:
    names = list(pack.stages)
    stages = tuple(Stage(name=name, title=pack.stages[name].names["en"], goal="g", key_result="r") for name in names)
    paths = tuple(
        FlowPath(name=outcome.replace("_", " "), outcome=outcome, stages=tuple(names[place:]))
        for place, outcome in enumerate(("success", "deferral", "drop_out", "hand_over"))
    )
    return Blueprint.model_validate({**_record(key), "account": key, "title": key, "stages": stages, "paths": paths})


def open_page(page: Page, address: str) -> float:
    """Return seconds from the start of the navigation until the first row is drawn and the page answers."""
    page.goto("about:blank")
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#rows li a")
    page.evaluate("1")
    return time.perf_counter() - start


def measure_filters(page: Page, query: str) -> dict[str, float]:
    """Return milliseconds until the list is drawn again: the slowest letter of a query, and each select's change."""
    found = {"search": max(page.evaluate(_FILTER, ["q", query[:end]]) for end in range(1, len(query) + 1))}
    page.evaluate(_FILTER, ["q", ""])
    fields = page.evaluate("[...document.querySelectorAll('.filters select')].map((s) => [s.name, s.options[1].value])")
    for field, word in fields:
        found[field] = max(page.evaluate(_FILTER, [field, choice]) for choice in (word, ""))
    return found


def main() -> None:
    """Write the page, open it, filter it; print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    parser.add_argument("--dialogues", type=int, default=DIALOGUES, help="dialogues of the page")
    given = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        parser.error("there is no Chromium on this machine; install one with the system's package manager")
    data = make_data(given.dialogues)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        start = time.perf_counter()
        path = write_report(data, Path(folder) / "index.html")
        written, size = time.perf_counter() - start, path.stat().st_size / 1e6
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"{describe_machine('streamdial', 'playwright')}, Chromium {browser.version}, headless")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        address = f"{path.as_uri()}#dialogues"
        opened = [open_page(page, address) for _ in range(OPENS)]
        filtered = measure_filters(page, TYPED)
        browser.close()
    print(f"{given.dialogues:,} dialogues of {TURNS} turns: {size:.1f} MB, written in {written:.1f} s")
    print(f"opened in {', '.join(f'{seconds:.2f}' for seconds in opened)} s")
    for name, spent in filtered.items():
        print(f"  {name:10} {spent:7.1f} ms")
    if given.json:
        figures = {
            "report_open_s_10000": round(max(opened), 2),
            "report_filter_ms_10000": round(max(filtered.values()), 1),
            "report_mb_10000": round(size, 1),
        }
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
