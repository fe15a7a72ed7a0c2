"""Verification by execution: the calls of a dialogue are replayed on a fresh database, and the rubric is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import comb

from streamdial.environment.calls import RowChange, ToolCall, ToolResult
from streamdial.environment.database import RESERVATIONS, DomainDatabase, diff_states
from streamdial.environment.matching import write_cell
from streamdial.environment.schema import Row
from streamdial.environment.tools import Toolbox
from streamdial.slots import SlotReader
from streamdial.text import fold_text
from streamdial.tooluse.claims import OFFERS, SUCCESSES, find_false_words, says_value
from streamdial.tooluse.records import Act, ExpectedChange, ExpectedFact, Rubric, Step, TaskVerdict, ToolTask, ToolTurn


@dataclass
class Replay:
    """What became of a database when the calls of a dialogue were made again.

    Attributes:
        by_task: Changes by the task they were made for, several of one row taken together.
        differing: Ids of the calls that returned other rows than the dialogue says.
        changes: How the database differs at the end.
        entities: Rows of what is sold, by name.
    """

    by_task: dict[str, list[RowChange]] = field(default_factory=dict)
    differing: set[str] = field(default_factory=set)
    changes: tuple[RowChange, ...] = ()
    entities: dict[str, Row] = field(default_factory=dict)


class Recorder:
    """Makes calls on a copy of a database and notes what each changes.

    Args:
        database: As it was before the first call.
        toolbox: The tools.
    """

    def __init__(self, database: DomainDatabase, toolbox: Toolbox) -> None:
        self._copy = database.copy()
        self._toolbox = toolbox
        self._start = self._copy.snapshot(RESERVATIONS)
        self._before = self._start
        self.replay = Replay(entities=self._copy.snapshot(("entities",))["entities"])

    def call(self, call: ToolCall, task: str) -> ToolResult:
        """Make a call for a task."""
        result = self._toolbox.execute(call, self._copy)
        tool = self._toolbox.get(call.name)
        if tool is not None and tool.writes:
            after = self._copy.snapshot(RESERVATIONS)
            _compose(self.replay.by_task.setdefault(task, []), diff_states(self._before, after))
            self._before = after
        return result

    def close(self) -> None:
        """Note how the database differs in the end, and give it back."""
        self.replay.changes = diff_states(self._start, self._before)
        self._copy.close()


def replay_steps(steps: Iterable[Step], database: DomainDatabase, toolbox: Toolbox) -> Replay:
    """Make the calls of a dialogue again on a copy of its database, in order, and note what they change.

    Calls that were made to fail were not executed and are not now; simulated tools have nothing to be executed.
    """
    with closing(Recorder(database, toolbox)) as recorder:
        for step in steps:
            if toolbox.get(step.call.name) is None or step.result.fault is not None:
                continue
            if step.result.repeatable and recorder.call(step.call, step.task).rows != step.result.rows:
                recorder.replay.differing.add(step.call.id)
    return recorder.replay


def verify_tasks(
    tasks: Sequence[ToolTask],
    turns: Sequence[ToolTurn],
    database: DomainDatabase,
    toolbox: Toolbox,
    reader: SlotReader,
) -> tuple[tuple[TaskVerdict, ...], tuple[RowChange, ...]]:
    """Return the verdict of each task, and how the database differs in the end.

    Args:
        tasks: The tasks the user took up.
        turns: The whole dialogue.
        database: As it was before the first call.
        toolbox: The tools the calls were made of.
        reader: Finds values in the words.
    """
    steps = [step for turn in turns for step in turn.steps]
    replay = replay_steps(steps, database, toolbox)
    stray = [change for task, changes in replay.by_task.items() if not task for change in changes]
    words = find_false_words(turns, [task.wish.id for task in tasks], reader)
    verdicts = []
    for task in tasks:
        reasons = check_changes(task.rubric.changes, replay.by_task.get(task.wish.id, ()))
        own = [step for step in steps if step.task == task.wish.id]
        reasons += _check_calls(task.rubric, own, replay, toolbox)
        reasons += _Dialogue(task, turns, own, replay.entities, reader).check()
        reasons += words[task.wish.id]
        if stray:
            reasons.append("stray_write")
        verdicts.append(
            TaskVerdict(
                task=task.wish.id,
                kind=task.wish.kind,
                passed=not reasons,
                reasons=tuple(dict.fromkeys(reasons)),
                recovery=task.rubric.recovery,
            )
        )
    return tuple(verdicts), replay.changes


def check_changes(expected: Sequence[ExpectedChange], changes: Iterable[RowChange]) -> list[str]:
    """Return what is wrong with the changes made for a task: `missing_change:<table>`, `unexpected_change:<table>`."""
    left = list(changes)
    reasons = []
    for wanted in expected:
        found = next((change for change in left if _fits(wanted, change)), None)
        if found is None:
            reasons.append(f"missing_change:{wanted.table}")
        else:
            left.remove(found)
    return reasons + [f"unexpected_change:{change.table}" for change in left]


def passes_reference(tasks: Sequence[ToolTask], database: DomainDatabase, toolbox: Toolbox) -> bool:
    """Tell whether the reference calls of all tasks, made in order on a copy, end each task as its rubric says."""
    steps = []
    with closing(Recorder(database, toolbox)) as recorder:
        for task in tasks:
            for call in task.reference:
                result = recorder.call(call, task.wish.id)
                if result.failure is not None:
                    return False
                steps.append(Step(reasoning="", call=call, result=result, task=task.wish.id))
    replay = recorder.replay
    for task in tasks:
        own = [step for step in steps if step.task == task.wish.id]
        called = {step.call.name for step in own}
        if check_changes(task.rubric.changes, replay.by_task.get(task.wish.id, ())):
            return False
        if not set(task.rubric.required) <= called <= set(task.rubric.allowed):
            return False
        shown = {
            (str(row.get(database.schema.entity)), slot) for step in own for row in step.result.rows for slot in row
        }
        for fact in task.rubric.facts:
            if not any((entity, fact.slot) in shown for entity in fact.entities):
                return False
    return True


def measure_pass_hat(trials: Mapping[str, Sequence[bool]], k: int) -> float:
    """Return pass^k: the chance that k repeats of a task all pass, as a mean over the tasks.

    Estimated without bias as C(passes, k) / C(repeats, k) a task (Yao et al. 2024, tau-bench).

    Args:
        trials: Task to whether each repeat passed.
        k: Repeats that must all pass, at least 1.

    Raises:
        ValueError: If a task has fewer than k repeats, or there is no task.
    """
    if k < 1 or not trials or any(len(passed) < k for passed in trials.values()):
        raise ValueError(f"pass^{k} needs at least {max(k, 1)} repeats of every task, and a task")
    return sum(comb(sum(passed), k) / comb(len(passed), k) for passed in trials.values()) / len(trials)


def _compose(known: list[RowChange], fresh: Iterable[RowChange]) -> None:
    """Take later changes of a row together with earlier ones; a row that is as it was before is none."""
    for change in fresh:
        earlier = next((c for c in known if (c.table, c.key) == (change.table, change.key)), None)
        if earlier is None:
            known.append(change)
            continue
        known.remove(earlier)
        if earlier.before != change.after:
            known.append(change.model_copy(update={"before": earlier.before}))


def _fits(wanted: ExpectedChange, change: RowChange) -> bool:
    kind = "insert" if change.before is None else "update"
    after = change.after or {}
    return (
        change.table == wanted.table
        and kind == wanted.kind
        and all(after.get(column) in allowed for column, allowed in wanted.values.items())
    )


def _check_calls(rubric: Rubric, steps: Sequence[Step], replay: Replay, toolbox: Toolbox) -> list[str]:
    """Return what is wrong with the calls made for a task.

    Reading harms nothing. A tool of no named purpose may write where the rubric expects changes, which are checked; it
    stands in for a required one that writes where they came about, and for one that reads where it returned rows.
    """
    # Tools without the database behind them can change nothing of it, so no rubric names them.
    real = [step for step in steps if step.result.repeatable]
    tools = {step.call.name: toolbox.get(step.call.name) for step in real}
    others = {name for name, tool in tools.items() if tool is not None and tool.purpose == "other"}
    writing = {name for name, tool in tools.items() if tool is None or tool.writes}
    allowed = {*rubric.allowed, *(others if rubric.changes else ())}
    reasons = [f"call_not_allowed:{name}" for name in tools if name in writing - allowed]
    done = [step for step in real if step.result.failure is None and step.result.fault is None]
    called = {step.call.name for step in done}
    read = any(step.call.name in others - writing and step.result.rows for step in done)
    for name in rubric.required:
        tool = toolbox.get(name)
        met = called & others & writing if tool is not None and tool.writes else read
        if name not in called and not met:
            reasons.append(f"call_missing:{name}")
    if any(step.call.id in replay.differing for step in steps):
        reasons.append("replay_differs")
    return reasons


class _Dialogue:
    """The words and acts of one task against its rubric and the database."""

    def __init__(
        self,
        task: ToolTask,
        turns: Sequence[ToolTurn],
        steps: Sequence[Step],
        entities: Mapping[str, Row],
        reader: SlotReader,
    ) -> None:
        self.rubric = task.rubric
        self.steps = steps
        self.entities = entities
        self.reader = reader
        self.said = [
            (turn, act) for turn in turns if turn.role == "agent" for act in turn.acts if act.task == task.wish.id
        ]

    def check(self) -> list[str]:
        return [
            *self._check_offer(),
            *(f"fact_not_told:{fact.slot}" for fact in self.rubric.facts if not self._is_told(fact)),
            *(reason for _, act in self.said for reason in self._check_grounding(act)),
        ]

    def _check_offer(self) -> list[str]:
        if not self.rubric.offers:
            return []
        offers = [act for _, act in self.said if act.act in OFFERS]
        if not offers:
            return ["no_offer"]
        wanted = "recover" if self.rubric.recovery == "nearest" else "recommend"
        if offers[-1].act != wanted:
            return ["no_recovery" if wanted == "recover" else "not_found"]
        return [] if offers[-1].entity in self.rubric.offers else ["wrong_offer"]

    def _is_told(self, fact: ExpectedFact) -> bool:
        for turn, act in self.said:
            for entity, told in ((act.entity, act.tell), (act.other, act.tell_other)):
                known = write_cell(self.entities.get(entity, {}).get(fact.slot))
                if entity not in fact.entities or told.get(fact.slot) != known or not known:
                    continue
                # Chinese words are written with full-width commas, values without.
                if says_value(fold_text(turn.utterance), fact.slot, known, self.reader):
                    return True
        return False

    def _check_grounding(self, act: Act) -> list[str]:
        """Return what an act claims that neither the database nor a call's result says."""
        reasons = []
        for entity, told in ((act.entity, act.tell), (act.other, act.tell_other)):
            row = self.entities.get(entity, {})
            reasons += [
                f"ungrounded:{slot}" for slot, value in told.items() if slot in row and write_cell(row[slot]) != value
            ]
        rows = [row for step in self.steps if step.result.repeatable for row in step.result.rows]
        if act.act in SUCCESSES:
            written = [row for row in rows if act.reference and act.reference in row.values()]
            if not any(
                all(write_cell(row[slot]) == value for slot, value in act.tell.items() if slot in row)
                for row in written
            ):
                reasons.append("made_up_success")
        if act.act in ("say_free", "say_full", "offer_day"):
            found = [row for row in rows if "free" in row and act.entity in row.values()]
            day = next(iter(act.tell.values()), "")
            free = [row["free"] for row in found if day in row.values()]
            if not any(bool(units) == (act.act != "say_full") for units in free):
                reasons.append("made_up_availability")
        return reasons
