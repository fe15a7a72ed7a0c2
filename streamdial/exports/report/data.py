"""The report's data: short keys, evidence by number, values in words."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from streamdial.blueprints import build_graph, list_ends
from streamdial.exports._templates import read_asset
from streamdial.exports.dataset import DataSet, EvidenceItem
from streamdial.exports.labels import (
    ACTS,
    TOOL_ACTS,
    TOOL_WORDS,
    WORDS,
    describe_situation,
)
from streamdial.exports.moments import build_moment_template
from streamdial.exports.phase_labels import PHASES, REASONS
from streamdial.exports.profiles import describe_meaning, write_value
from streamdial.exports.report.dialogues import DialogueWriter
from streamdial.exports.report.plots import collect_plots
from streamdial.exports.report.tools import collect_tool_statistics
from streamdial.exports.statistics import count_statistics, flatten_settings
from streamdial.exports.tool_labels import TOOL_COLUMNS, TOOL_PHASES
from streamdial.ids import dump_canonical_json, hash_text
from streamdial.personas import Dispute, Knowledge
from streamdial.records import AgentPersona, Blueprint, Conflict, KnowledgeRow, Language, Observed, UserPersona
from streamdial.tooluse import ToolDialogue


def iterate_report_data(data: DataSet) -> Iterator[tuple[str, Any]]:
    """Yield what the report's script reads, each with the name of the element it lies in; a `chunk` comes many times.

    Evidence nothing points at is left out; knowledge is in the agents.
    """
    return _Collector(data).iterate()


def name_run(data: DataSet) -> str:
    """Return what the page knows its run by: the fingerprint, or a hash of the ids where there is none."""
    ids = sorted(dialogue.id for dialogue in data.dialogues)
    return str(data.settings.get("fingerprint") or hash_text(dump_canonical_json(ids))[:16])


def _list_statistics(data: DataSet) -> dict[str, Any]:
    statistics = count_statistics(data)
    return {**asdict(statistics), "anonymity": statistics.anonymity._asdict()}


def _list_filter(data: DataSet) -> dict[str, Any] | None:
    if data.filtered is None:
        return None
    grid, sizes, largest, tried, drawn = data.filtered
    crowds = Counter(data.communities.values())
    ranks = {crowd: rank for rank, (crowd, size) in enumerate(crowds.most_common()) if size > 1}
    # As the columns of dialogues have them.
    shown = [dialogue.id for dialogue in data.list_dialogues()] + sorted(data.left_out)
    places = {name: place for place, name in enumerate(shown)}
    told = data.settings.get("thresholds", {})
    return {
        "grid": grid,
        "sizes": {str(size): count for size, count in sizes.items()},
        "largest": largest,
        "tried": [[*step[:3], sorted(places[name] for name in step.dropped if name in places)] for step in tried],
        # Place of the dialogue, both dimensions, and its community by size; -1 for one alone.
        "map": [
            [places[name], *point, ranks.get(data.communities.get(name, -1), -1)]
            for name, point in (drawn.points.items() if drawn else ())
            if name in places
        ],
        "map_share": drawn.share if drawn else 0,
        "thresholds": [told.get(f"{side}_threshold") for side in ("user", "agent")],
    }


class _Collector:
    def __init__(self, data: DataSet) -> None:
        self.data = data
        self.pack = data.pack
        self.numbers: dict[str, int] = {}
        self.pages: dict[str, int] = {}

    def iterate(self) -> Iterator[tuple[str, Any]]:
        data, pack = self.data, self.pack
        head = {
            "texts": json.loads(read_asset("report", "texts.json")),
            "measures": json.loads(read_asset("report", "measures.json")),
            "notes": json.loads(read_asset("report", "notes.json")),
            "domain": pack.names,
            "domain_id": pack.id,
            "run": name_run(data),
            "labels": {
                "act": ACTS,
                "word": {**REASONS, **WORDS},
                "phase": PHASES,
                "slot": {key: _both(slot.names) for key, slot in pack.slots.items()},
                "stage": {key: _both(stage.names) for key, stage in pack.stages.items()},
                "strategy": {key: _both(strategy.names) for key, strategy in pack.strategies.items()},
            },
            "figures": _list_statistics(data),
            "plots": collect_plots(data),
            "counts": [count.to_dict() for count in data.counts],
            "media": dict(sorted(data.media.items())),
            "sources": _name_sources(data.settings.get("sources")),
            "settings": list(flatten_settings(data.settings)),
            "users": {key: self.read_user(data.users[key]) for key in sorted(data.users)},
            "agents": {key: self.read_agent(data.agents[key]) for key in sorted(data.agents)},
            "blueprints": {key: self.read_blueprint(data.blueprints[key]) for key in sorted(data.blueprints)},
            "dropped": [list(drop) for drop in data.dropped],
            "filter": _list_filter(data),
        }
        # The pages of facts, each beside what a moment of it is opened by.
        head["pages"] = [[url, build_moment_template(url)] for url in self.pages]
        left = [data.left_out[key] for key in sorted(data.left_out)]
        tools: Mapping[str, ToolDialogue] = {}
        if data.tool_use is not None:
            tools = data.tool_use.dialogues
            self.add_tools(head)
        yield "data", head
        yield from DialogueWriter(pack, self.number, tools).write(data.list_dialogues(), left)
        yield "evidence", self.list_evidence()

    def add_tools(self, head: dict[str, Any]) -> None:
        """Add what only the page of a set with tools has: its figures, and names for them."""
        head["tools"] = collect_tool_statistics(self.data)
        head["texts"] |= json.loads(read_asset("report", "tool_texts.json"))
        labels = head["labels"]
        labels["act"] = {**labels["act"], **TOOL_ACTS}
        labels["column"] = TOOL_COLUMNS
        labels["word"] = {**TOOL_WORDS, **labels["word"]}
        labels["phase"] = {**labels["phase"], **TOOL_PHASES}

    def list_evidence(self) -> dict[str, Any]:
        """Return the pieces of evidence in the order of their numbers; what repeats is written once."""
        tables: tuple[dict[str, int], ...] = ({}, {}, {})
        lengths: dict[str, float] = {}
        rows = []
        pictures: dict[bytes, int] = {}
        for key in self.numbers:
            item = self.data.evidence.get(key) or EvidenceItem(key, "unknown", "", "")
            words = (item.kind, item.source, item.url or "")
            codes = [table.setdefault(word, len(table)) for table, word in zip(tables, words, strict=True)]
            rows.append([item.id, *codes, item.text, item.start, item.end])
            if key in self.data.pictures:
                rows[-1].append(pictures.setdefault(self.data.pictures[key], len(pictures)))
            if item.start is not None:
                lengths[item.source] = max(lengths.get(item.source, 0.0), item.end or item.start)
        kinds, sources, urls = (list(table) for table in tables)
        # Beside each page what a moment of it is opened by.
        pages = [[url, build_moment_template(url)] for url in urls]
        told = {"kinds": kinds, "sources": sources, "urls": pages, "lengths": lengths, "rows": rows}
        written = [f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}" for picture in pictures]
        return {**told, "pictures": written} if written else told

    def number(self, ids: Iterable[str]) -> list[int]:
        return [self.numbers.setdefault(key, len(self.numbers)) for key in ids]

    def read_observed(self, observed: Iterable[Observed | Conflict]) -> list[dict[str, Any]]:
        return [{"x": statement.text, "v": self.number(statement.evidence)} for statement in observed]

    def read_user(self, user: UserPersona) -> dict[str, Any]:
        return {
            "l": user.language,
            "objective": self.read_observed([user.objective])[0],
            "basics": self.read_observed(user.basic_information),
            "needs": self.read_observed(user.core_requirements),
            "constraints": [
                {
                    "slot": wish.slot,
                    "x": write_value(self.pack, wish.slot, wish.value, user.language, wish.unit),
                    "h": wish.hardness,
                    "bound": self.pack.slots[wish.slot].constraint if wish.slot in self.pack.slots else None,
                    "v": self.number(wish.evidence),
                }
                for wish in user.constraints
            ],
            "inquiries": [
                {
                    "x": inquiry.text,
                    "a": inquiry.act,
                    "asks": list(inquiry.asks),
                    "o": inquiry.origin,
                    "v": self.number(inquiry.evidence),
                }
                for inquiry in user.primary_inquiries
            ],
            "knows": self.read_observed(user.knows),
            "unknown": self.read_observed(user.does_not_know),
            "utterances": [[line.text, line.origin] for line in user.potential_utterances],
            "conflicts": self.read_observed(user.conflicts),
            "viewers": user.demand.viewers if user.demand else None,
            "style": user.style.model_dump(mode="json", include={"register_name", "mean_length", "sample_lines"}),
            "habits": [[habit.kind, list(habit.words)] for habit in (*user.style.habits, *user.style.dialect)],
            "impatience": self.read_observed([user.style.impatience] if user.style.impatience else []),
        }

    def read_agent(self, agent: AgentPersona) -> dict[str, Any]:
        return {
            "l": agent.language,
            "identity": self.read_observed([agent.identity])[0],
            "certification": self.read_observed([agent.certification] if agent.certification else []),
            "style": {
                "x": agent.style.description,
                "v": self.number(agent.style.evidence[: len(agent.style.sample_lines)]),
            },
            "lines": list(agent.style.sample_lines),
            "boundaries": self.read_observed(agent.service_boundaries),
            "commitments": self.read_observed(agent.commitments),
            "strategies": [[use.strategy, use.count] for use in agent.strategies],
            "knowledge": [self.read_fact(row, agent.language) for row in agent.knowledge],
            "disputes": [self.read_dispute(dispute, agent.language) for dispute in self.list_disputes(agent)],
        }

    def read_fact(self, row: KnowledgeRow, language: Language) -> list[Any]:
        """Return thing, attribute, value in words, number, unit, words of the source, its id, second, page, date."""
        at = row.provenance
        slot = self.pack.slots.get(row.slot)
        unit = row.unit or (next(iter(slot.units), "") if slot and row.number is not None else "")
        text = write_value(self.pack, row.slot, row.value, language, row.unit)
        page = self.pages.setdefault(at.url, len(self.pages)) if at.url else -1
        return [
            row.entity,
            row.slot,
            text,
            row.number,
            unit,
            row.text,
            at.source_id,
            at.start,
            page,
            row.observed_at,
        ]

    def list_disputes(self, agent: AgentPersona) -> list[Dispute]:
        return Knowledge((*agent.knowledge, *agent.other_versions), self.pack).list_disputes()

    def read_dispute(self, dispute: Dispute, language: Language) -> dict[str, Any]:
        row = dispute.holds
        said = dict.fromkeys(write_value(self.pack, o.slot, o.value, language, o.unit) for o in dispute.others)
        return {
            "n": row.entity,
            "slot": row.slot,
            "x": write_value(self.pack, row.slot, row.value, language, row.unit),
            "other": list(said),
            "v": self.number((row.id, *(other.id for other in dispute.others))),
        }

    def read_blueprint(self, blueprint: Blueprint) -> dict[str, Any]:
        situations = {n.signal for n in blueprint.nodes} | {s.situation for s in blueprint.scenarios}
        situations |= {trigger for edge in build_graph(blueprint).es for trigger in edge["triggers"][:2]}
        return {
            "l": blueprint.language,
            "title": blueprint.title,
            "origin": blueprint.origin,
            "stages": [stage.model_dump(exclude={"evidence"}) for stage in blueprint.stages],
            "words": {
                key: [describe_situation(self.pack, key, "en"), describe_situation(self.pack, key, "zh")]
                for key in sorted(situations)
            },
            "nodes": [
                {
                    "signal": node.signal,
                    "meaning": [describe_meaning(node.meaning, "en"), describe_meaning(node.meaning, "zh")],
                    "stage": node.stage,
                    "title": node.title,
                    "v": self.number(node.evidence),
                }
                for node in blueprint.nodes
            ],
            "scenarios": [
                {
                    **scenario.model_dump(
                        include={
                            "situation",
                            "title",
                            "action",
                            "manner",
                            "act",
                            "strategy",
                            "selling_point",
                            "wording",
                        }
                    ),
                    "v": self.number(scenario.evidence),
                }
                for scenario in blueprint.scenarios
            ],
            "paths": [path.model_dump(include={"name", "outcome", "stages", "steps"}) for path in blueprint.paths],
            "edges": [[edge.source, edge.target, *edge["triggers"][:2]] for edge in build_graph(blueprint).es],
            "ends": list(list_ends(blueprint, self.pack)),
        }


def _name_sources(sources: object) -> dict[str, str]:
    listed = sources if isinstance(sources, (list, tuple)) else ()
    return {
        str(source["id"]): str(source["name"])
        for source in listed
        if isinstance(source, Mapping) and source.get("id") and source.get("name")
    }


def _both(names: Mapping[Language, str]) -> list[str]:
    return [names.get("en", ""), names.get("zh", "")]
