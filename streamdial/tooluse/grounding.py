"""Checks an agent's reply against what calls returned and the user said; made-up successes are refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from pydantic import JsonValue

from streamdial.claims.situation import list_figures
from streamdial.dialogues.checks import find_misstep
from streamdial.dialogues.direct_labels import SlotValue, normalise_value
from streamdial.environment.matching import is_met, write_cell
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Toolbox
from streamdial.models.answers import cut_role
from streamdial.slots import SlotReader, find_numbers, format_value
from streamdial.text import blank_names, find_phrase, fold_text, tokenize
from streamdial.tooluse.attribution import Attribution
from streamdial.tooluse.belief_state import BeliefState
from streamdial.tooluse.claims import (
    DAY_ACTS,
    OFFERS,
    SUCCESSES,
    find_false_day,
    find_false_success,
    find_lacks,
    find_references,
    list_references,
    says_name,
    says_value,
    split_sentences,
)
from streamdial.tooluse.grounding_values import find_strange_number, find_strange_value, list_phrases
from streamdial.tooluse.records import Act, Step, ToolTurn
from streamdial.tooluse.replies import NEEDS, Reply, SaidAct, tidy_text

_NAMED = (*OFFERS, "confirm", "hold", "waitlisted")
"""Acts that must name their thing, unless it is what the talk is about; a change may go by its number."""
_IDIOMS = {True: 2.0, False: 1.0}
"""Numbers in words, and in digits, up to which they claim nothing beside a unit: "two nights", "for 1 night"."""


class Refused(Exception):
    """A reply does not pass; the text is `check: a sentence for the model`."""


class ReplyCheck:
    """Checks what an agent wants to say against what calls returned in this dialogue and what the user said.

    Args:
        toolbox: Says what a call was for.
        reader: Reads values and names out of texts; knows the names of all that is sold.
        schema: The schema of the database.
    """

    def __init__(self, toolbox: Toolbox, reader: SlotReader, schema: DomainSchema) -> None:
        self.toolbox = toolbox
        self.reader = reader
        self.schema = schema
        self.figures = list_figures((*reader.entities, *list_phrases(reader.pack)))

    def read(self, reply: Reply, turns: Sequence[ToolTurn], steps: Sequence[Step]) -> tuple[str, tuple[Act, ...]]:
        """Return the utterance and its acts, each with the task it is for.

        Args:
            reply: What the agent wants to say.
            turns: The dialogue so far; the last turn is the user's.
            steps: The calls made since.

        Raises:
            Refused: If a check fails.
        """
        return _Reading(self, turns, steps).read(reply)


class _Reading:
    """One reply while it is checked."""

    def __init__(self, check: ReplyCheck, turns: Sequence[ToolTurn], steps: Sequence[Step]) -> None:
        self.schema = check.schema
        self.reader = check.reader
        self.pack = check.reader.pack
        self.turns = turns
        self.fresh = steps
        # No database stands behind what a simulated tool says.
        known = (*(step for turn in turns for step in turn.steps), *steps)
        self.steps = [step for step in known if step.result.origin != "simulated"]
        self.rows = [row for step in self.steps for row in step.result.rows]
        self.attribution = Attribution(turns, check.schema)
        self.belief = BeliefState(check.schema)
        self.belief.fold(turns[:-1])
        for _, group in groupby(turns[-1].acts, key=lambda act: act.task):
            self.belief.observe(True, list(group))
        self.belief.observe_steps(steps)
        self.said = [act for turn in turns if turn.role == "user" for act in turn.acts]
        self._check = check
        self._text = ""

    def read(self, reply: Reply) -> tuple[str, tuple[Act, ...]]:
        spoken = cut_role(tidy_text(reply.utterance))
        text = self._text = fold_text(spoken)
        said = [tokenize(turn.utterance) for turn in self.turns if turn.role == "agent"]
        if wrong := find_misstep("agent", text, self.schema.language, self.reader.entities, said):
            raise Refused(wrong)
        if not reply.acts:
            raise Refused("no_act: say in acts what the utterance does")
        acts = tuple(self._read_act(said_act) for said_act in reply.acts)
        self._check_words(text, acts)
        return spoken, acts

    def _read_act(self, said: SaidAct) -> Act:
        if said.act not in NEEDS:
            raise Refused(f"unknown_act: there is no act {said.act!r}")
        lacking = [name for name in NEEDS[said.act] if not getattr(said, name)]
        if lacking:
            raise Refused(f"incomplete_act: {said.act} needs {', '.join(lacking)}")
        written = self._find_written(said) if said.act in SUCCESSES else None
        row: Mapping[str, JsonValue] = written.result.rows[0] if written is not None else {}
        entity = self._read_name(said.entity) or str(row.get(self.schema.entity, ""))
        if row.get(self.schema.entity, entity) != entity:
            raise Refused(f"made_up_success: {said.reference} is of {row[self.schema.entity]}, not of {entity}")
        if said.reference and written is None and not any(said.reference in known.values() for known in self.rows):
            raise Refused(f"made_up_reference: no call has returned {said.reference}")
        if unknown := next((slot for slot in said.request if slot not in self.pack.slots), None):
            raise Refused(f"unknown_slot: there is no slot {unknown!r}")
        other = self._read_name(said.other)
        act = Act(
            act=said.act,
            entity=entity,
            other=other,
            request=tuple(said.request),
            tell={item.slot: self._ground(entity, item, row) for item in said.tell},
            tell_other={item.slot: self._ground(other, item, {}) for item in said.tell_other},
            reference=said.reference,
        )
        self._check_naming(act)
        self._check_day(act)
        self._check_excuse(act)
        act = act.model_copy(update={"task": self.attribution.find_for_act(act, written)})
        self._check_offer(act)
        return act

    def _find_written(self, said: SaidAct) -> Step:
        """Return the call that brought about what an act claims: the last one of its purpose with its number."""
        for step in reversed(self.steps):
            tool = self._check.toolbox.get(step.call.name)
            own = tool is not None and (
                tool.purpose == SUCCESSES[said.act] or (tool.purpose == "other" and tool.writes)
            )
            if own and step.result.rows and said.reference in step.result.rows[0].values():
                return step
        raise Refused(
            f"made_up_success: no call of yours has brought about {said.act} {said.reference}; call the function first"
        )

    def _read_name(self, name: str) -> str:
        """Return a name as calls or the user wrote it."""
        brought = [str(row[key]) for row in self.rows for key in (self.schema.entity,) if row.get(key)]
        known = {
            known.lower(): known for known in (*brought, *(n for act in self.said for n in (act.entity, act.other)))
        }
        if name.strip() and name.strip().lower() not in known:
            raise Refused(f"unknown_entity: no call has brought {name}")
        return known.get(name.strip().lower(), "")

    def _ground(self, entity: str, item: SlotValue, row: Mapping[str, JsonValue]) -> str:
        """Return a stated value as the calls or the user gave it."""
        column = self.schema.get_column(item.slot)
        if column is None:
            raise Refused(f"unknown_slot: there is no slot {item.slot!r}")
        known = self._list_known(entity, item.slot, row)
        plain = item.value.strip().lower()
        value = next((value for value in known if value.lower() == plain), None)
        if value is None and normalise_value(self.pack, self.schema.language, item) in known:
            value = normalise_value(self.pack, self.schema.language, item)
        if value is None:
            brought = f"it is {known[0]}" if known else "look it up first"
            raise Refused(
                f"invented_value: {item.slot} = {item.value} of {entity or 'nothing'} is not known; {brought}"
            )
        if not says_value(self._text, item.slot, value, self.reader, column.unit):
            words = format_value(self.pack, item.slot, value, self.schema.language, column.unit)
            raise Refused(f"missing_value: the utterance does not say {item.slot} = {value}; write {words}")
        return value

    def _list_known(self, entity: str, slot: str, row: Mapping[str, JsonValue]) -> list[str]:
        if slot in row:
            return [write_cell(row[slot])]
        if slot not in {column.name for column in self.schema.booking}:
            return list(filter(None, [write_cell(self.belief.rows.get(entity, {}).get(slot))]))
        brought = [write_cell(known[slot]) for known in reversed(self.rows) if slot in known]
        return list(filter(None, [*(act.inform.get(slot, "") for act in reversed(self.said)), *brought]))

    def _check_naming(self, act: Act) -> None:
        """Refuse words without the thing that is offered or reserved, or without the number of what was written."""
        lacks = {lack.what: lack.value for lack in find_lacks(self._text, act, self.reader)}
        named = act.act in OFFERS or act.entity != self.belief.focus
        if act.act in _NAMED and named and not says_name(self._text, act.entity):
            raise Refused(f"missing_entity: the utterance does not name what {act.act} is of; write {act.entity}")
        if "reference" in lacks:
            raise Refused(f"missing_reference: the utterance does not give the number; write {act.reference}")

    def _check_day(self, act: Act) -> None:
        """Refuse what is said to be free or full and was not looked up."""
        if act.act not in DAY_ACTS:
            return
        day = act.tell.get(self.schema.day)
        if day is None:
            raise Refused(f"incomplete_act: {act.act} needs {self.schema.day} in tell")
        free = [
            bool(row["free"])
            for row in self.rows
            if "free" in row and (row.get(self.schema.entity), row.get(self.schema.day)) == (act.entity, day)
        ]
        asked = {self.schema.entity: act.entity, self.schema.day: day}
        if act.act in ("offer_waitlist", "say_full"):
            free += [
                False for step in self.steps if _is_sold_out(step) and asked.items() <= step.call.arguments.items()
            ]
        if not free or free[-1] != (act.act in ("say_free", "offer_day")):
            raise Refused(f"made_up_availability: no call has shown that {act.entity} is so on {day}; look it up first")

    def _check_offer(self, act: Act) -> None:
        """Refuse an offer that is called what it is not: what meets all wishes, or what comes nearest."""
        if act.act not in ("recommend", "recover") or act.task != self.belief.search:
            return
        row = self.belief.rows.get(act.entity, {})
        wishes = {slot: value for slot, value in self.belief.known_wishes.items() if slot in row}
        columns = [column for column in self.schema.wished if column.name in wishes]
        broken = [column.name for column in columns if not is_met(column, row[column.name], wishes[column.name])]
        if broken and act.act == "recommend":
            raise Refused(
                f"breaks_wish: {act.entity} does not meet the wish for {', '.join(broken)}; "
                "offer what does, or say so plainly with the act recover"
            )
        if not broken and act.act == "recover":
            raise Refused(f"meets_all: {act.entity} meets every wish; the act is recommend")

    def _check_excuse(self, act: Act) -> None:
        """Refuse trouble where nothing failed, ignorance of what is known or can be looked up, a booking denied."""
        failures = [step.result.failure for step in self.fresh if step.result.failure is not None]
        if act.act == "trouble" and not any(failure.transient for failure in failures):
            raise Refused(
                "made_up_trouble: no call of this turn has failed for a reason that may pass; do what is asked"
            )
        if act.act == "no_booking" and self.belief.booking and not failures:
            raise Refused(f"denied_booking: there is the booking {self.belief.booking}")
        if act.act != "no_answer":
            return
        entity = act.entity or self.belief.focus
        row = self.belief.rows.get(entity, {})
        for slot in act.request if entity else ():
            if value := write_cell(row.get(slot)):
                raise Refused(f"known_value: {slot} of {entity} is {value}; tell it")
            if slot in {column.name for column in self.schema.columns} - set(row) and not failures:
                raise Refused(f"not_looked_up: look {slot} of {entity} up before you say that it is not known")

    def _check_words(self, text: str, acts: Sequence[Act]) -> None:
        """Refuse words that claim what no act does and no call has returned."""
        if claimed := find_false_success(text, acts, self.reader):
            raise Refused(
                f"made_up_success: {claimed!r} claims that something was done; name it with its act and reference"
            )
        if claimed := find_false_day(text, acts):
            raise Refused(f"made_up_availability: {claimed!r} is not what the acts say")
        heard = [turn.utterance for turn in self.turns if turn.role == "user" or turn.given]
        stated = find_references(text, self.reader.entities)
        held = {*list_references(self.steps), *(one for line in heard for one in find_references(line, ()))}
        if unknown := next((one for one in stated if one not in held), None):
            raise Refused(f"made_up_reference: no call has returned {unknown}")
        named = {self._read_name(name) for name in self.reader.find_entities(text)}
        named |= {name for act in acts for name in (act.entity, act.other) if name}
        cells = self._list_cells(named)
        wished = {pair for act in self.said for pair in act.inform.items()}
        figures = list_figures((*(str(value) for _, value in cells), *heard, *(value for _, value in wished)))
        unnamed = blank_names(text, self.reader.entities)  # 周五 before 四人锅 is no 54
        wrong = find_strange_number(unnamed, self._check.figures, figures) or self._find_strange_amount(
            unnamed, figures
        )
        if wrong:
            raise Refused(f"invented_number: {wrong} is nothing a call has brought of what the utterance names")
        known = {(slot, write_cell(value)) for slot, value in cells} | wished
        stock = self.pack.stock_slot
        if stock and any(act.act in DAY_ACTS for act in acts):
            known |= {(stock, value) for value in self.pack.slots[stock].values}
        days = {value for _, value in (*known, *self._list_asked())}
        for sentence in split_sentences(unnamed):
            if unknown := self._find_strange_day(sentence, days, heard):
                raise Refused(f"invented_value: {unknown} is nothing a call has brought of what the utterance names")
            if unknown := find_strange_value(sentence, self.reader, known):
                raise Refused(f"invented_value: {unknown} is nothing a call has brought of what the utterance names")

    def _list_cells(self, named: Collection[str]) -> set[tuple[str, JsonValue]]:
        """Return what calls have returned of some things, of all where none is named, and of no thing in particular."""
        key = self.schema.entity
        rows = [row for row in self.rows if not named or row.get(key) is None or row[key] in named]
        # The same rows come back again and again; what they hold is little.
        return {pair for row in rows for pair in row.items() if not isinstance(pair[1], list | dict)}

    def _list_asked(self) -> set[tuple[str, str]]:
        """Return what calls were made with: a day that is full returns no row."""
        return {
            (slot, value)
            for step in self.steps
            for slot, value in step.call.arguments.items()
            if isinstance(value, str)
        }

    def _find_strange_day(self, sentence: str, days: Collection[str], heard: Sequence[str]) -> str:
        """Return the first day a sentence states that stands nowhere the agent could know it from, or nothing."""
        if sentence.endswith("?"):
            return ""
        for day in self.schema.days:
            said = find_phrase(sentence.lower(), day.lower()) is not None
            if said and not any(day.lower() in text.lower() for text in (*days, *heard)):
                return day
        return ""

    def _find_strange_amount(self, text: str, figures: Collection[float]) -> str:
        """Return the first number with a unit of the schema that is none of some figures, however small, or nothing."""
        for mention in self.reader.find_values(text):
            column = self.schema.get_column(mention.slot)
            if column is None or mention.unit is None:
                continue
            for number in find_numbers(mention.surface):
                idiom = _IDIOMS[not mention.surface[number.start].isdigit()]
                if number.value not in figures and number.value > idiom:
                    return mention.surface
        return ""


def _is_sold_out(step: Step) -> bool:
    return step.result.failure is not None and step.result.failure.kind == "sold_out"
