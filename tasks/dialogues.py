"""IDG as tasks: the assignments of a run, then shards of dialogues."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import Any

from prefect import task

from streamdial.blueprints import BehaviourPlan
from streamdial.counts import Counts
from streamdial.dialogues import (
    DialogueMaker,
    Expert,
    GenerationOptions,
    LineBank,
    assign_dialogues,
    borrow,
    collect_lines,
)
from streamdial.errors import ModelError
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.personas import Knowledge
from streamdial.records import (
    AgentPersona,
    AgentResponse,
    Blueprint,
    Dialogue,
    DialogueStrategy,
    MatchScore,
    QAPair,
    UserPersona,
    UserQuestion,
)
from streamdial.runs import RunSettings, append_line, read_json, read_lines, write_json
from streamdial.slots import SlotReader
from tasks._caching import TASK_OPTIONS, compute_cache_key, is_worth_retrying
from tasks._resources import Run, open_run

logger = logging.getLogger("streamdial.progress")
REPORT_EVERY = 10.0
"""Seconds between two lines of progress."""


def _load_experts(run: Run, pairs: list[list[str]]) -> list[Expert]:
    personas = {persona.id: persona for persona in run.store.get("personas", AgentPersona)}
    blueprints = {blueprint.id: blueprint for blueprint in run.store.get("blueprints", Blueprint)}
    return [
        Expert(personas[persona], blueprints[blueprint], Knowledge(personas[persona].knowledge, run.pack))
        for persona, blueprint in pairs
    ]


@task(
    name="assign dialogues",
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
def plan_dialogues(settings: RunSettings, users: list[str], experts: list[list[str]], count: int) -> dict[str, Any]:
    """Decide who talks to whom along which path, and write it down.

    Args:
        settings: The run.
        users: Ids of the user personas.
        experts: (agent persona, blueprint) ids.
        count: Dialogues wanted; part of the arguments, because it is no part of the fingerprint.
    """
    run = open_run(settings)
    wanted = set(users)
    personas = [persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted]
    loaded = _load_experts(run, experts)
    shares = {str(outcome): share for outcome, share in settings.outcome_shares.items()}
    assignments = assign_dialogues(
        personas,
        loaded,
        run.embedder,
        count=count,
        seed=settings.seed,
        shares=shares,
        behaviour_shares=settings.behaviour_shares,
    )
    path = run.workspace.assignments.with_suffix(f".{count}.json")
    listed = [
        {
            "number": a.number,
            "id": a.id,
            "user": a.user.id,
            "agent": loaded[a.expert].persona.id,
            "blueprint": loaded[a.expert].blueprint.id,
            "path": a.path,
            "match": a.match.model_dump(),
            "seed": a.seed,
            "planned": sorted(a.behaviours.planned),
            "avoided": sorted(a.behaviours.avoided),
        }
        for a in assignments
    ]
    write_json(path, listed)
    return {"name": path.name, "hash": hash_text(dump_canonical_json(listed)), "count": len(listed)}


@task(
    name="dialogue shard",
    task_run_name="dialogues-{first}-{stop}",
    version="2",
    cache_key_fn=compute_cache_key,
    retry_condition_fn=is_worth_retrying,
    **TASK_OPTIONS,
)
async def make_shard(
    settings: RunSettings, assignments: str, content: str, first: int, stop: int, users: list[str], attempt: str
) -> dict[str, Any]:
    """Make the dialogues first to stop - 1 and write them as one shard.

    Each finished dialogue is journalled at once: a killed shard takes up after the last one. A dialogue that fails
    for good goes to the dead-letter file and holds nobody up.

    Args:
        settings: The run.
        assignments: Name of the file of the assignments.
        content: Hash of what it holds; part of what decides the answer.
        first: Number of the first dialogue.
        stop: Number after the last one.
        users: Ids of the user personas; part of what decides the answer.
        attempt: Empty until a dialogue was lost; see `flows.phases.name_attempt`.
    """
    run = open_run(settings)
    shard = run.workspace.shard(first, stop)
    journal = shard.with_suffix(".journal")
    done = {line["id"]: line for line in read_lines(journal)}
    listed = [
        entry for entry in read_json(run.workspace.assignments.parent / assignments) if first <= entry["number"] < stop
    ]
    earlier = Counter(letter["id"] for letter in read_lines(run.workspace.dead_letters))
    wanted = set(users)
    people = {persona.id: persona for persona in run.store.get("personas", UserPersona) if persona.id in wanted}
    makers = _build_makers(run, listed, list(people.values()))
    counts = Counts("dialogues", asked=len(listed))
    progress = _Progress(run, len(listed), len(done))
    failed: list[str] = []

    async def make(entry: dict[str, Any]) -> None:
        if entry["id"] in done:
            return
        maker = makers[entry["agent"], entry["blueprint"]]
        try:
            dialogue, fault = await maker.make(
                people[entry["user"]],
                path=entry["path"],
                seed=entry["seed"],
                record_id=entry["id"],
                match=MatchScore.model_validate(entry["match"]),
                behaviours=BehaviourPlan(frozenset(entry["planned"]), frozenset(entry["avoided"])),
            )
        except ModelError as error:
            failed.append(entry["id"])
            letter = {"id": entry["id"], "number": entry["number"], "reason": error.kind, "message": error.what}
            letter["attempts"] = 1 + earlier[entry["id"]]
            append_line(run.workspace.dead_letters, {**letter, "shard": shard.name, "time": round(time.time())})
            progress.failed += 1
            return
        line = {"id": entry["id"], "fault": fault, "dialogue": dialogue.model_dump(mode="json")}
        append_line(journal, line)
        done[entry["id"]] = line
        progress.done += 1

    reporting = asyncio.create_task(progress.report())
    try:
        await asyncio.gather(*(make(entry) for entry in listed))
    finally:
        reporting.cancel()
    kept = _store_dialogues(run, [done[entry["id"]] for entry in listed if entry["id"] in done], counts)
    counts.dropped.update({"dead_letter": len(failed)} if failed else {})
    run.workspace.write_shard(shard, (dialogue.model_dump_json() for dialogue in kept))
    progress.log()
    return {
        "name": shard.name,
        "failed": failed,
        "counts": [counts.to_dict()],
        "usage": run.model.usage.to_dict(),
    }


def _store_dialogues(run: Run, lines: list[dict[str, Any]], counts: Counts) -> list[Dialogue]:
    kept = []
    for line in lines:
        counts.made += 1
        if line["fault"]:
            counts.drop(line["fault"])
            continue
        counts.kept += 1
        kept.append(Dialogue.model_validate(line["dialogue"]))
    checks: Counter[str] = Counter()
    for dialogue in kept:
        checks.update(dialogue.checks)
    if checks:
        told = ", ".join(f"{name} {count}" for name, count in checks.most_common())
        counts.note(f"wordings refused: {told}")
    return kept


def _build_makers(
    run: Run, listed: list[dict[str, Any]], people: list[UserPersona]
) -> dict[tuple[str, str], DialogueMaker]:
    keys = sorted({(entry["agent"], entry["blueprint"]) for entry in listed})
    options = GenerationOptions(
        realisation=run.realisation, most_turns=run.settings.most_turns, least_turns=run.settings.least_turns
    )
    signals = _Signals(run)
    lent = {
        language: borrow([persona for persona in people if persona.language == language], run.pack)
        for language in {persona.language for persona in people}
    }
    makers = {}
    for key, expert in zip(keys, _load_experts(run, [list(key) for key in keys]), strict=True):
        language = expert.persona.language
        makers[key] = DialogueMaker(
            run.pack,
            language,
            expert,
            _build_bank(run, expert, signals),
            run.model,
            borrowed=lent.get(language),
            options=options,
        )
    return makers


class _Signals:
    """The signals lines are taken from, read from the store once a shard."""

    def __init__(self, run: Run) -> None:
        self.responses = run.store.get("signals", AgentResponse)
        self.questions = run.store.get("signals", UserQuestion)
        self.pairs = run.store.get("signals", QAPair)
        strategies = run.store.get("signals", DialogueStrategy)
        known = run.pack.strategies
        self.acts = {s.response_id: known[s.strategy].act for s in strategies if s.strategy in known}


def _build_bank(run: Run, expert: Expert, signals: _Signals) -> LineBank:
    language = expert.persona.language
    own = set(expert.persona.provenance.derived_from)
    lines = collect_lines(
        SlotReader(run.pack, language, expert.knowledge.entities),
        seeds=run.load_seeds(language),
        questions=signals.questions,
        # Nobody speaks with another account's voice, and a line whose figures are about something else is no pattern.
        responses={
            response.id: response
            for response in signals.responses
            if response.id in own and not expert.knowledge.contradicts(response)
        },
        pairs=signals.pairs,
        acts=signals.acts,
    )
    return LineBank(lines, run.embedder)


class _Progress:
    """Tells now and then how far a shard is."""

    def __init__(self, run: Run, whole: int, done: int) -> None:
        self._run = run
        self._whole = whole
        self._before = done
        self._start = time.monotonic()
        self.done = done
        self.failed = 0

    async def report(self) -> None:
        """Log a line every ten seconds until cancelled."""
        while True:
            await asyncio.sleep(REPORT_EVERY)
            self.log()

    def log(self) -> None:
        """Log done, failed, calls, tokens, cost, speed and time left."""
        usage = self._run.model.usage
        minutes = max(time.monotonic() - self._start, 1e-6) / 60
        speed = (self.done - self._before) / minutes
        left = (self._whole - self.done - self.failed) / speed if speed else 0.0
        logger.info(
            "IDG: %d of %d dialogues, %d failed, %d calls (%d from cache, %d retried), %d tokens, $%.2f, "
            "%.1f dialogues/min%s",
            self.done,
            self._whole,
            self.failed,
            sum(usage.calls.values()),
            usage.cached,
            sum(usage.retries.values()),
            usage.prompt_tokens + usage.completion_tokens,
            usage.dollars,
            speed,
            f", {left:.1f} min left" if left else "",
        )
