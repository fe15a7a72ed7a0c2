"""The stages of a given plan, and the stage of the pack each one stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import JsonValue

from streamdial.corpora._entries import Entry, find_entries
from streamdial.corpora.free_form import ARROW, Path, Placer, Span, is_absent, split_spans, write_pointer
from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Language, Stage

_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_TOLD = re.compile(r"\s*[:：]\s*")


def strip_brackets(text: str) -> str:
    """Return a title without what stands in brackets: `试驾邀约（成功）` is 试驾邀约."""
    return _BRACKETS.sub("", text).strip()


class StageReader:
    """Reads the rhythm overview of a plan.

    Args:
        placer: Notes where each leaf went.
        plan_id: Id of the plan.
        pack: The domain pack.
        language: Language of the plan.

    Attributes:
        stages: The stages, in order.
        guessed: Titles whose place alone said which stage of the pack they stand for.
    """

    def __init__(self, placer: Placer, plan_id: str, pack: DomainPack, language: Language) -> None:
        self._placer = placer
        self._plan_id = plan_id
        self._pack = pack
        self._language: Language = language
        self._cues = [
            (cue.lower(), name)
            for name, stage in pack.stages.items()
            for cue in (stage.names[language], *(c for cues in stage.cues.values() for c in cues))
        ]
        self.stages: list[Stage] = []
        self.guessed: list[str] = []
        self._start = 0

    def find_kind(self, text: str) -> str | None:
        """Return the stage of the pack whose cue is in a text: the longest cue wins, among equals the last one."""
        lower = strip_brackets(text).lower() or text.lower()
        found = [(len(cue), lower.rfind(cue), name) for cue, name in self._cues if cue in lower]
        return max(found)[2] if found else None

    def read(self, parts: Sequence[tuple[Path, JsonValue]]) -> None:
        """Read the stages of the overview: objects with goals first, then ways and lists that name the same again."""
        entries = [entry for path, value in parts for entry in find_entries(value, path, "stage")]
        titles: list[tuple[Path, Span]] = []
        for entry in entries:
            if entry.title_path is None or entry.fields:
                self._add_entry(entry)
            else:
                titles += [(entry.title_path, span) for span in split_spans(entry.title_text, ARROW)]
        for path, span in titles:
            self._add_text(path, span)

    def _add_entry(self, entry: Entry) -> None:
        text = entry.title_text
        if entry.title_key is not None and len(entry.fields) == 1 and self._is_way(entry.fields[0][1]):
            leaf = entry.fields[0][1]
            for span in split_spans(str(self._placer.leaves[leaf]), ARROW):
                self._add_text(leaf, span)
            return
        number = len(self.stages)
        entry.place_title(self._placer, f"/stages/{number}/title")
        told = {"goal": "", "result": ""}
        for field, path in entry.fields:
            value = self._placer.leaves[path]
            if not isinstance(value, str) or "\n" in value or is_absent(value) or field not in told:
                continue
            name = "goal" if field == "goal" else "key_result"
            lines = told[field].split("\n") if told[field] else []
            self._placer.place(path, f"/stages/{number}/{name}#{len(lines)}")
            told[field] = "\n".join([*lines, value])
        self._add_stage(text, told["goal"], told["result"], entry.path)

    def _is_way(self, path: Path) -> bool:
        value = self._placer.leaves[path]
        return isinstance(value, str) and ARROW.search(value) is not None

    def _add_text(self, path: Path, span: Span) -> None:
        """Take a title in a way or a list, `title：goal` included."""
        if is_absent(span.text):
            return
        parts = split_spans(span.text, _TOLD)
        title = Span(span.start + parts[0].start, span.start + parts[0].end, parts[0].text) if parts else span
        if len(parts) != 2 or len(title.text) > 20:
            parts, title = [], span
        known = next((n for n, stage in enumerate(self.stages) if stage.title == title.text), None)
        number = len(self.stages) if known is None else known
        self._placer.place(path, f"/stages/{number}/title", title)
        if known is not None:
            return
        goal = ""
        if parts:
            goal = parts[1].text
            stretch = Span(span.start + parts[1].start, span.start + parts[1].end, goal)
            self._placer.place(path, f"/stages/{number}/goal", stretch)
        self._add_stage(title.text, goal, "", path)

    def _add_stage(self, title: str, goal: str, result: str, path: Path) -> None:
        kind = self.find_kind(title)
        if kind is None:
            kind = self.stages[-1].pack_stage if self.stages else next(iter(self._pack.stages))
            self.guessed.append(title)
        place = f"{self._plan_id}#{write_pointer(path)}"
        self.stages.append(self._make_stage(kind, title, goal, result, (place,)))

    def _make_stage(self, kind: str, title: str, goal: str, result: str, evidence: tuple[str, ...]) -> Stage:
        names = {stage.name for stage in self.stages}
        name, again = kind, 2
        while name in names:
            name, again = f"{kind}_{again}", again + 1
        return Stage(
            name=name, title=title, goal=goal, key_result=result, kind="" if name == kind else kind, evidence=evidence
        )

    def complete(self, counts: Counts) -> None:
        """Add what a dialogue cannot do without, in the pack's words and without evidence: a start and an end."""
        order = list(self._pack.stages)
        end = next(name for name, stage in self._pack.stages.items() if stage.terminal)
        if not self.stages or self._is_end(self.stages[0]):
            # Put behind, because the layout counts stages; the ways start with it all the same.
            self._start = len(self.stages)
            self.stages.append(self._borrow(order[0]))
            counts.note(f"{self._plan_id}: names no stage to start with; the pack's stands in for it")
        if not any(self._is_end(stage) for stage in self.stages):
            self.stages.append(self._borrow(end))
            counts.note(f"{self._plan_id}: names no end; the pack's stands in for it")

    @property
    def start(self) -> Stage:
        """The stage every way starts with."""
        return self.stages[self._start]

    def _borrow(self, kind: str) -> Stage:
        known = self._pack.stages[kind]
        return self._make_stage(
            kind, known.names[self._language], known.goals[self._language], known.key_results[self._language], ()
        )

    def _is_end(self, stage: Stage) -> bool:
        return self._pack.stages[stage.pack_stage].terminal

    def follow(self, steps: Sequence[str]) -> tuple[str, ...]:
        """Return the stages a way in words goes through: from the first one, no stage twice, to one that is an end.

        Steps that point to no stage are passed over. A way that names no end goes to the first end there is.
        """
        found = [self.start.name]
        ends = {stage.name for stage in self.stages if self._is_end(stage)}
        for step in steps or [stage.title for stage in self.stages]:
            name = self._find_titled(step) or self.find_by_words(step)
            if name and name not in found:
                found.append(name)
            if name in ends:
                break
        if found[-1] not in ends:
            found.append(next(stage.name for stage in self.stages if stage.name in ends))
        return tuple(found)

    def _find_titled(self, step: str) -> str | None:
        bare = strip_brackets(step)
        for stage in self.stages:
            if stage.title in (step, bare) or strip_brackets(stage.title) == bare:
                return stage.name
        return None

    def find_mentioned(self, text: str) -> str | None:
        """Return the stage whose title is in a text, the longest title first."""
        titles = sorted(self.stages, key=lambda stage: -len(stage.title))
        return next((stage.name for stage in titles if stage.title and stage.title in text), None)

    def find_by_words(self, text: str) -> str | None:
        """Return the plan's first stage that stands for the pack's stage a text points to."""
        kind = self.find_kind(text)
        return next((stage.name for stage in self.stages if stage.pack_stage == kind), None)
