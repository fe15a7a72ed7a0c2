"""StreamDial's dialogue plans: free-form bodies in, blueprints out, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import JsonValue

from streamdial.corpora._atlas import Way, find_ways
from streamdial.corpora._entries import Entry, find_entries
from streamdial.corpora._signals import SignalReader
from streamdial.corpora._stages import StageReader
from streamdial.corpora._terms import find_class, find_part
from streamdial.corpora.free_form import Path, Placer, is_absent, write_document, write_pointer
from streamdial.corpora.streamdial_profiles import guess_language
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import StreamDialError
from streamdial.ids import make_id
from streamdial.records import Blueprint, FlowPath, KeyNode, Outcome, Provenance, Scenario, Stage, Transition

_TITLES = {"en": "Plan {}", "zh": "对话计划 {}"}
_PATHS: dict[str, dict[Outcome, str]] = {
    "en": {"success": "Success", "deferral": "Deferral", "drop_out": "Drop-out", "hand_over": "Hand-over"},
    "zh": {"success": "成功", "deferral": "延迟决策", "drop_out": "流失", "hand_over": "转人工"},
}


def read_plan(body: JsonValue, *, plan_id: str, pack: DomainPack, counts: Counts) -> Blueprint:
    """Return the blueprint a published plan describes.

    Stages keep their own titles and stand for the pack's stage their words point to; ways are led through them, with
    their own words in `steps`. What a plan needs to be followed and does not say (an end, a way) is filled in without
    evidence, and noted. Where each place went is in `layout`; `write_plan` writes the body back.

    Args:
        body: The plan: an object, as published.
        plan_id: Its id in the file.
        pack: The domain pack.
        counts: Gets notes on what was filled in and what had no field.

    Raises:
        StreamDialError: If the body is no object.
    """
    if not isinstance(body, dict) or not body:
        raise StreamDialError(f"the plan {plan_id} is no object with fields.", fix="give the body of `plan`")
    return _PlanReader(body, plan_id, pack, counts).read()


def write_plan(blueprint: Blueprint) -> dict[str, Any]:
    """Return the body of a plan out of the fields of a blueprint that was read from one.

    Raises:
        StreamDialError: If the blueprint has no layout: it was not read from a plan.
    """
    if blueprint.layout is None:
        raise StreamDialError(f"the blueprint {blueprint.id} was not read from a plan.", fix="export it instead")
    body = write_document(blueprint.model_dump(mode="json", exclude={"layout"}), blueprint.layout)
    assert isinstance(body, dict)
    return body


class _PlanReader:
    def __init__(self, body: dict[str, JsonValue], plan_id: str, pack: DomainPack, counts: Counts) -> None:
        self._body = body
        self._plan_id = plan_id
        self._pack = pack
        self._counts = counts
        self._language = guess_language(body)
        self._placer = Placer(body)
        self._stages = StageReader(self._placer, plan_id, pack, self._language)
        self._signals = SignalReader(pack, self._language)

    def read(self) -> Blueprint:
        """Return the blueprint."""
        parts = {key: find_part(key) for key in self._body}
        if unknown := [key for key, part in parts.items() if part is None]:
            self._counts.note(f"{self._plan_id}: no field for {', '.join(unknown)}; kept as it is")
        self._stages.read(self._list_parts(parts, "rhythm"))
        ways = [way for path, value in self._list_parts(parts, "atlas") for way in find_ways(value, path)]
        paths = self._make_paths(ways)
        nodes = self._read_nodes(self._list_parts(parts, "nodes"))
        stages = tuple(self._stages.stages)
        scenarios = self._read_scenarios(self._list_parts(parts, "scenarios"), stages)
        if self._stages.guessed:
            self._counts.note(f"{self._plan_id}: no words for the stage of: {', '.join(self._stages.guessed)}")
        return Blueprint(
            id=make_id("blueprint", self._pack.id, self._plan_id, self._body),
            domain=self._pack.id,
            language=self._language,
            provenance=Provenance(source_id=self._plan_id, derived_from=(self._plan_id,)),
            account=self._plan_id,
            title=_TITLES[self._language].format(self._plan_id),
            stages=stages,
            nodes=nodes,
            scenarios=scenarios,
            transitions=self._list_transitions(stages),
            paths=paths,
            origin="given",
            layout=self._placer.make_layout(),
        )

    def _list_parts(self, parts: dict[str, str | None], wanted: str) -> list[tuple[Path, JsonValue]]:
        return [((key,), self._body[key]) for key, part in parts.items() if part == wanted]

    def _list_transitions(self, stages: Sequence[Stage]) -> tuple[Transition, ...]:
        """Return the steps from stage to stage in the order of the overview; none leads on from an end.

        A last stage that is no end is led to one, without evidence.
        """
        steps = []
        start = self._stages.start
        before: Stage | None = None
        for stage in (start, *(stage for stage in stages if stage is not start)):
            if before:
                steps.append(Transition(source=before.name, target=stage.name, evidence=stage.evidence))
            if not self._pack.stages[stage.pack_stage].terminal:
                before = stage
        if before and all(step.source != before.name for step in steps):
            end = next(stage.name for stage in stages if self._pack.stages[stage.pack_stage].terminal)
            steps.append(Transition(source=before.name, target=end))
            self._counts.note(f"{self._plan_id}: nothing follows {before.title}; it is led to an end")
        return tuple(steps)

    def _make_paths(self, ways: Sequence[Way]) -> tuple[FlowPath, ...]:
        self._stages.complete(self._counts)
        paths: list[FlowPath] = []
        names: set[str] = set()
        for way in ways:
            number = len(paths)
            steps = [(path, span) for path, span in way.steps if not is_absent(span.text)]
            if not steps:
                continue
            title = way.title_text.strip()
            outcome = self._find_outcome(title, [span.text for _, span in steps])
            wanted = name = title or _PATHS[self._language][outcome]
            again = 2
            while name in names:
                name, again = f"{wanted} {again}", again + 1
            names.add(name)
            if name == way.title_text:
                way.place_title(self._placer, f"/paths/{number}/name")
            for position, (path, span) in enumerate(steps):
                self._placer.place(path, f"/paths/{number}/steps/{position}", span)
            paths.append(
                FlowPath(
                    name=name,
                    outcome=outcome,
                    stages=self._stages.follow([span.text for _, span in steps]),
                    steps=tuple(span.text for _, span in steps),
                    evidence=tuple(dict.fromkeys(self._name_place(path) for path, _ in steps)),
                )
            )
        if not paths:
            self._counts.note(f"{self._plan_id}: names no way; the overview stands in for one")
            name = _PATHS[self._language]["success"]
            paths.append(FlowPath(name=name, outcome="success", stages=self._stages.follow([])))
        return tuple(paths)

    def _find_outcome(self, title: str, steps: Sequence[str]) -> Outcome:
        found = find_class("outcomes", title) or find_class("outcomes", " ".join(steps[-2:])) or "success"
        return next(outcome for outcome in get_args(Outcome) if outcome == found)

    def _name_place(self, path: Path) -> str:
        return f"{self._plan_id}#{write_pointer(path)}"

    def _read_nodes(self, parts: Sequence[tuple[Path, JsonValue]]) -> tuple[KeyNode, ...]:
        nodes: dict[str, KeyNode] = {}
        order: dict[str, int] = {}
        for key, title, entry in self._number_entries(parts, "node", order):
            place = f"/nodes/{order[key]}"
            entry.place_title(self._placer, f"{place}/title")
            before = nodes.get(key)
            meaning = self._join(before.meaning if before else "", entry, "meaning", f"{place}/meaning")
            value = self._join(before.value if before else "", entry, "value", f"{place}/value")
            told = f"{title} {value} {meaning}"
            stage = (
                self._stages.find_mentioned(value)
                or self._stages.find_mentioned(meaning)
                or self._stages.find_by_words(title)
                or self._stages.find_by_words(told)
            )
            if stage is None:
                self._stages.guessed.append(title)
            nodes[key] = KeyNode(
                signal=self._signals.name_signal(title),
                meaning=meaning,
                stage=stage or self._stages.start.name,
                title=title,
                value=value,
                evidence=(*(before.evidence if before else ()), self._name_place(entry.path)),
            )
        return tuple(nodes.values())

    def _read_scenarios(self, parts: Sequence[tuple[Path, JsonValue]], stages: Sequence[Stage]) -> tuple[Scenario, ...]:
        kinds = {stage.pack_stage for stage in stages}
        scenarios: dict[str, Scenario] = {}
        order: dict[str, int] = {}
        for key, title, entry in self._number_entries(parts, "scenario", order):
            place = f"/scenarios/{order[key]}"
            entry.place_title(self._placer, f"{place}/title")
            before = scenarios.get(key)
            action = self._join(before.action if before else "", entry, "action", f"{place}/action")
            manner = self._join(before.manner if before else "", entry, "manner", f"{place}/manner")
            point = self._join(before.selling_point if before else "", entry, "selling_point", f"{place}/selling_point")
            act = find_class("agent_acts", action) or find_class("agent_acts", f"{title} {manner}") or "answer"
            strategies = (
                name for name, known in self._pack.strategies.items() if known.act == act and known.stage in kinds
            )
            scenarios[key] = Scenario(
                situation=self._signals.name_signal(title),
                act=act,
                strategy=next(strategies, ""),
                title=title,
                action=action,
                manner=manner,
                selling_point=point,
                evidence=(*(before.evidence if before else ()), self._name_place(entry.path)),
            )
        return tuple(scenarios.values())

    def _number_entries(
        self, parts: Sequence[tuple[Path, JsonValue]], part: str, order: dict[str, int]
    ) -> Iterator[tuple[str, str, Entry]]:
        """Yield entries with what tells them apart: the same title twice is one, spoken of in two places."""
        for path, value in parts:
            for entry in find_entries(value, path, part):
                title = entry.title_text
                if is_absent(title) and not entry.fields:
                    continue
                repeated = title in order and not any(":" in f for f, _ in entry.fields) and title
                key = title if repeated or (title and title not in order) else f"\n{len(order)}"
                order.setdefault(key, len(order))
                yield key, title, entry

    def _join(self, text: str, entry: Entry, field: str, place: str) -> str:
        """Return a field's text with the entry's leaves added as lines, their places noted."""
        lines = text.split("\n") if text else []
        for name, path in entry.fields:
            value = self._placer.leaves[path]
            if name != field or not isinstance(value, str) or "\n" in value or is_absent(value):
                continue
            self._placer.place(path, f"{place}#{len(lines)}")
            lines.append(value)
        return "\n".join(lines)
