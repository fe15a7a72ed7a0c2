"""What an agent may say: what calls have brought in the talk, and what the user said; made-up successes are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from pydantic import JsonValue

from streamdial.dialogues.checks import blank_names, find_misstep, has_value
from streamdial.dialogues.direct import SlotValue, normalise_value
from streamdial.dialogues.known import find_strange_number, find_strange_value, list_figures, list_phrases
from streamdial.slots import SlotReader, format_value
from streamdial.text import fold_text, tokenize
from streamdial.tooluse.attribution import Attribution
from streamdial.tooluse.belief import Belief
from streamdial.tooluse.matching import is_met, write_cell
from streamdial.tooluse.records import Act, Step, ToolTurn
from streamdial.tooluse.replies import NEEDS, Reply, SaidAct, tidy_text
from streamdial.tooluse.schema import DomainSchema
from streamdial.tooluse.tools import Purpose, Toolbox

WRITING: dict[str, Purpose] = {
    "confirm": "book",
    "confirm_change": "change",
    "confirm_cancel": "cancel",
    "hold": "hold",
    "waitlisted": "waitlist",
}
"""Acts that tell of a success, and what the call must have been for."""
_DAYS = ("say_free", "say_full", "offer_waitlist")
"""Acts that say what can be had on a day."""
_SUCCESS = re.compile(
    r"\b(?:i(?:'ve| have)|we(?:'ve| have)|(?:has|have) been|(?:is|are|you're|it's|all)(?: now| all)?) "
    r"(?:just |now |successfully )?(?:booked|reserved|cancel+ed|changed|moved|confirmed|put aside|held|on the waitlist)"
    r"\b(?! (?:out|up|on|for the day|until))"
    r"|(?:订|留|改|约|登记|取消|预订)好了|(?:预订|预定|登记|修改|取消)成功"
    r"|已经?(?:[给为帮]您)?(?:将.{0,12})?(?:预订(?!满)|预定(?!满)|下单|取消|改[好为到成]|登记|保留|留[好了])",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])[BHW]\d{4,}(?!\d)")


class Refused(Exception):
    """A reply does not pass; the text is `check: a sentence for the model`."""


class ReplyCheck:
    """Checks what an agent wants to say against what calls have brought in this talk and what the user said.

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
            turns: The talk so far; the last turn is the user's.
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
        self.steps = [*(step for turn in turns for step in turn.steps), *steps]
        self.rows = [row for step in self.steps for row in step.result.rows]
        # The same rows come back again and again; what they hold is little.
        self.cells = {pair for row in self.rows for pair in row.items() if not isinstance(pair[1], list | dict)}
        self.attribution = Attribution(turns, check.schema)
        self.belief = Belief(check.schema)
        self.belief.fold(turns[:-1])
        for _, group in groupby(turns[-1].acts, key=lambda act: act.task):
            self.belief.observe(True, list(group))
        self.belief.observe_steps(steps)
        self.said = [act for turn in turns if turn.role == "user" for act in turn.acts]
        self._check = check
        self._text = ""

    def read(self, reply: Reply) -> tuple[str, tuple[Act, ...]]:
        spoken = tidy_text(reply.utterance)
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
        written = self._find_written(said) if said.act in WRITING else None
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
        self._check_day(act)
        act = act.model_copy(update={"task": self.attribution.find_for_act(act, written)})
        self._check_offer(act)
        return act

    def _find_written(self, said: SaidAct) -> Step:
        """Return the call that brought about what an act claims: the last one of its purpose with its number."""
        for step in reversed(self.steps):
            tool = self._check.toolbox.get(step.call.name)
            own = tool is not None and (tool.purpose == WRITING[said.act] or (tool.purpose == "other" and tool.writes))
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
        stated = (value, column.unit)
        if not has_value(self._text, self.pack, item.slot, stated, self.schema.language, self.reader):
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

    def _check_day(self, act: Act) -> None:
        """Refuse what is said to be free or full and was not looked up."""
        if act.act not in _DAYS:
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
        if act.act == "offer_waitlist":
            free += [
                False for step in self.steps if _is_sold_out(step) and asked.items() <= step.call.arguments.items()
            ]
        if not free or free[-1] != (act.act == "say_free"):
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

    def _check_words(self, text: str, acts: Sequence[Act]) -> None:
        """Refuse words that claim what no act does and no call has brought."""
        if _SUCCESS.search(text) and not any(act.act in WRITING for act in acts):
            raise Refused(
                "made_up_success: the utterance claims that something was done; name it with its act and reference"
            )
        held = {str(value) for _, value in self.cells}
        if unknown := next((found for found in _REFERENCE.findall(text) if found not in held), None):
            raise Refused(f"made_up_reference: no call has returned {unknown}")
        for name in self.reader.find_entities(text):
            self._read_name(name)
        heard = [turn.utterance for turn in self.turns if turn.role == "user" or turn.given]
        unnamed = blank_names(text, self.reader.entities)  # 周五 before 四人锅 is no 54
        if unknown := find_strange_number(unnamed, self._check.figures, list_figures((*held, *heard))):
            raise Refused(f"invented_number: {unknown} is nothing a call has brought")
        known = {(slot, write_cell(value)) for slot, value in self.cells}
        wished = {pair for act in self.said for pair in act.inform.items()}
        stock = self.pack.stock_slot
        if stock and any(act.act in _DAYS for act in acts):
            known |= {(stock, value) for value in self.pack.slots[stock].values}
        if unknown := find_strange_value(text, self.reader, known | wished):
            raise Refused(f"invented_value: {unknown} is nothing a call has brought")


def _is_sold_out(step: Step) -> bool:
    return step.result.failure is not None and step.result.failure.kind == "sold_out"
