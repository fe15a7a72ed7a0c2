"""One turn of the planned agent: an agenda decides what is asked, called and told."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from pydantic import JsonValue

from streamdial.domains import DomainPack
from streamdial.environment.calls import ToolResult
from streamdial.environment.matching import Ranked, build_filters, rank_rows, read_value, write_cell
from streamdial.environment.schema import DomainSchema
from streamdial.environment.templates import EVERYTHING
from streamdial.environment.tools import Purpose, Toolbox
from streamdial.tooluse.agent import Caller
from streamdial.tooluse.belief_state import BeliefState, Reservation
from streamdial.tooluse.records import Act
from streamdial.tooluse.wording import TemplateWording

MAX_QUESTIONS = 2
"""Wishes asked for before the first search."""
ENOUGH_WISHES = 2
"""Wishes after which nothing more is asked before the first search."""
MAX_TOLD = 3
_OFFER_RATE = 0.4
"""How often the agent asks if there is anything else when something was settled."""
_FINDING = ("ask_offer", "inform", "revise", "no_preference")


class ToolsDown(Exception):
    """A tool failed as often as it was tried."""


class AgentKit(NamedTuple):
    """What a planned agent works with.

    Attributes:
        toolbox: The tools it was given.
        schema: The schema they work on.
        pack: The domain pack.
        templates: Words its thoughts.
        retries: How often a call is made again that failed for a reason that may pass.
    """

    toolbox: Toolbox
    schema: DomainSchema
    pack: DomainPack
    templates: TemplateWording
    retries: int


class PlannedReply:
    """One turn of the agent while it is made.

    Args:
        kit: What the agent whose turn it is works with.
        belief: What it knows of the dialogue before the user's last turn.
        call: Makes a call.
        rng: Draws what is left open.
    """

    def __init__(self, kit: AgentKit, belief: BeliefState, call: Caller, rng: random.Random) -> None:
        self.schema = kit.schema
        self.belief = belief
        self.rng = rng
        self.acts: list[Act] = []
        self._kit = kit
        self._call = call
        self._task = ""

    async def answer(self, acts: Sequence[Act]) -> None:
        """Do what the acts of the user's last turn ask for, task by task; `acts` are what is to be said then."""
        for task, group in groupby(acts, key=lambda act: act.task):
            self._task = task
            own = list(group)
            self.belief.observe(True, own)
            try:
                await self._handle(own)
            except ToolsDown:
                self._say("trouble")
                break  # what else was asked for may build on this; the user will say it again
        else:
            await self._take_up()
        if not self.acts and self.belief.pending:
            self._ask_wish()
        if not self.acts:
            self._say("anything_else")
        elif self._has_settled() and self.rng.random() < _OFFER_RATE:
            self.acts.append(Act(act="anything_else"))

    async def _take_up(self) -> None:
        """Turn to what was asked for before it was known what it is about, now that something was offered."""
        belief = self.belief
        if not belief.focus:
            return
        try:
            for act in list(belief.pending.values()):
                self._task = act.task
                await self._handle([act.model_copy(update={"entity": belief.focus})])
            if belief.open is not None and not belief.open.entity:
                self._task = belief.open.task
                await self._reserve()
        except ToolsDown:
            self._say("trouble")

    def _ask_wish(self) -> None:
        """Ask for a wish, where a question is about nothing that was named or found yet."""
        wished = next((column.name for column in self.schema.wished), "")
        if wished:
            self._task = next(iter(self.belief.pending))
            self._say("request", request=(wished,))

    def conclude(self) -> str:
        """Return what was thought before the words."""
        asked = next((act for act in self.acts if act.request and act.act in ("request", "propose")), None)
        if any(act.act == "trouble" for act in self.acts):
            return self._kit.templates.explain("fail", Act(act="trouble"))
        if asked is not None:
            return self._kit.templates.explain("ask", Act(act="ask", request=asked.request))
        return self._kit.templates.explain("speak", Act(act="answer"))

    def _has_settled(self) -> bool:
        return any(act.reference or act.act in ("compare", "say_free") for act in self.acts)

    def _say(
        self,
        act: str,
        *,
        entity: str = "",
        other: str = "",
        request: tuple[str, ...] = (),
        tell: dict[str, str] | None = None,
        tell_other: dict[str, str] | None = None,
        reference: str = "",
    ) -> None:
        said = Act(
            act=act,
            task=self._task,
            entity=entity,
            other=other,
            request=request,
            tell=tell or {},
            tell_other=tell_other or {},
            reference=reference,
        )
        self.acts.append(said)
        self.belief.observe(False, [said])

    async def _use(self, purpose: Purpose, arguments: Mapping[str, JsonValue], thought: str, about: Act) -> ToolResult:
        """Make a call, again where it failed for a reason that may pass.

        Raises:
            ToolsDown: If it failed every time.
        """
        name = self._kit.toolbox.find(purpose).name
        reasoning = self._kit.templates.explain(thought, about)
        for _ in range(1 + self._kit.retries):
            step = await self._call(name, arguments, reasoning, self._task)
            self.belief.observe_steps([step])
            failure = step.result.failure
            if failure is None or not failure.transient:
                return step.result
            reasoning = self._kit.templates.explain("retry", Act(act="retry", reference=failure.kind))
        raise ToolsDown

    async def _handle(self, acts: Sequence[Act]) -> None:
        names = [act.act for act in acts]
        reserving = self.belief.open is not None and self.belief.open.task == self._task
        if reserving and any(name in ("book", "ask_hold", *_FINDING) for name in names):
            await self._reserve()
        elif any(name in _FINDING for name in names):
            await self._search()
        for act in acts:
            if not act.entity and act.task in self.belief.pending:
                continue
            match act.act:
                case "ask":
                    await self._answer(act)
                case "compare":
                    await self._compare(act)
                case "ask_free":
                    await self._check_day(act)
                case "change":
                    await self._change(act)
                case "cancel":
                    await self._cancel()
                case "ask_waitlist":
                    await self._join_waitlist()
                case "greet":
                    self._say("greet")
                case "accept" if not reserving and self.belief.focus:
                    slots = tuple(column.name for column in self.schema.booking)[:2]
                    self._say("propose", entity=self.belief.focus, request=slots)
                case "thank":
                    self._say("close")
                case _:
                    pass

    async def _search(self) -> None:
        belief = self.belief
        missing = [
            column.name
            for column in self.schema.wished
            if self._kit.pack.slots[column.name].mined and column.name not in (*belief.wishes, *belief.asked)
        ]
        known = belief.known_wishes
        unsure = not belief.offered and len(known) < ENOUGH_WISHES
        if unsure and missing and len(belief.asked) < MAX_QUESTIONS:
            self._say("request", request=(missing[0],))
            return
        about = Act(act="search", inform={slot: value for slot, value in known.items() if slot in self._list_columns()})
        thought = "search" if about.inform else "search_any"
        found = await self._use("search", build_filters(self.schema, known), thought, about)
        if found.rows:
            self._offer("recommend", Ranked(found.rows[0], (), 0.0))
            return
        for _ in range(1 + self._kit.retries):
            everything = await self._use("search", {"limit": EVERYTHING}, "search_all", about)
            if ranked := rank_rows(self.schema, everything.rows, known):
                break
        else:
            raise ToolsDown  # something is sold, so a search for everything that finds nothing has failed
        self._offer("recover" if ranked[0].broken else "recommend", ranked[0])

    def _list_columns(self) -> set[str]:
        return {column.name for column in self.schema.wished}

    def _offer(self, act: str, found: Ranked) -> None:
        price = [self.schema.price] if self.schema.price else []
        fresh = [slot for slot in self.belief.fresh if slot in self.belief.known_wishes]
        order = dict.fromkeys((*found.broken, *fresh, *price, *self.belief.known_wishes))
        if self.belief.offered and fresh and found.row[self.schema.entity] == self.belief.focus:
            order = dict.fromkeys((*found.broken, *fresh))  # what was told of it with the last offer is known
        tell = {slot: value for slot in order if (value := write_cell(found.row.get(slot)))}
        told = dict(list(tell.items())[: max(MAX_TOLD, len(found.broken))])
        self._say(act, entity=str(found.row[self.schema.entity]), tell=told)

    async def _reserve(self) -> None:
        belief, schema = self.belief, self.schema
        wanted = belief.open
        assert wanted is not None
        wanted.entity = wanted.entity or belief.focus
        if not wanted.entity:
            if not self.acts:
                await self._search()
            return
        needed = [column.name for column in schema.booking] if wanted.kind == "book" else [schema.day]
        missing = [slot for slot in needed if not self._is_usable(slot, wanted.slots.get(slot, ""))]
        if missing:
            self._say("request", request=tuple(missing[:2]))
            return
        kept = belief.hold is not None and belief.hold[1:] == (wanted.entity, wanted.slots[schema.day])
        held = belief.hold if kept and wanted.kind == "book" else None
        arguments: dict[str, JsonValue] = {schema.entity: wanted.entity, **self._type(wanted.slots, needed)}
        about = Act(act=wanted.kind, entity=wanted.entity, tell={schema.day: wanted.slots[schema.day]})
        if wanted.kind == "book" and held is None:
            asked = {schema.entity: wanted.entity, schema.day: wanted.slots[schema.day]}
            free = await self._use("availability", asked, "availability", about)
            if free.failure is None and not any(row.get("free") for row in free.rows):
                self._refuse(wanted)
                return
        if held is not None:
            arguments["hold_id"] = held[0]
        purpose: Purpose = "book" if wanted.kind == "book" else "hold"
        result = await self._use(purpose, arguments, purpose, about)
        if result.failure is not None or not result.rows:
            self._refuse(wanted)
            return
        row = result.rows[0]
        number = str(row["booking_id" if wanted.kind == "book" else "hold_id"])
        tell = {slot: write_cell(row[slot]) for slot in needed}
        self._say("confirm" if wanted.kind == "book" else "hold", entity=wanted.entity, tell=tell, reference=number)

    def _is_usable(self, slot: str, value: str) -> bool:
        column = self.schema.get_column(slot)
        if not value or column is None or read_value(column, value) is None:
            return False
        return slot != self.schema.day or value in self.schema.days

    def _type(self, slots: Mapping[str, str], names: Sequence[str]) -> dict[str, JsonValue]:
        typed: dict[str, JsonValue] = {}
        for name in names:
            column = self.schema.get_column(name)
            if column is not None and name in slots:
                typed[name] = read_value(column, slots[name])
        return typed

    def _refuse(self, wanted: Reservation) -> None:
        self._say("offer_waitlist", entity=wanted.entity, tell={self.schema.day: wanted.slots[self.schema.day]})

    async def _join_waitlist(self) -> None:
        wanted = self.belief.open
        day = wanted.slots.get(self.schema.day, "") if wanted is not None else ""
        if wanted is None or not day:
            self._say("request", request=(self.schema.day,))
            return
        about = Act(act="waitlist", entity=wanted.entity, tell={self.schema.day: day})
        asked: dict[str, JsonValue] = {self.schema.entity: wanted.entity, self.schema.day: day}
        result = await self._use("waitlist", asked, "waitlist", about)
        if result.failure is not None:
            free = result.failure.kind == "still_available"
            if free:
                self._say("say_free", entity=wanted.entity, tell={self.schema.day: day})
            else:
                self._say("no_answer", entity=wanted.entity, request=(self.schema.day,))
            return
        number = str(result.rows[0]["waitlist_id"])
        self._say("waitlisted", entity=wanted.entity, tell={self.schema.day: day}, reference=number)

    async def _answer(self, act: Act) -> None:
        entity = act.entity or self.belief.focus
        known = self.belief.rows.get(entity, {})
        if any(slot not in known for slot in act.request):
            about = Act(act="details", entity=entity, request=act.request)
            result = await self._use("details", {self.schema.entity: entity}, "details", about)
            known = dict(result.rows[0]) if result.rows else {}
        tell = {slot: value for slot in act.request if (value := write_cell(known.get(slot)))}
        unknown = tuple(slot for slot in act.request if slot not in tell)
        if tell:
            self._say("answer", entity=entity, tell=tell)
        if unknown:
            self._say("no_answer", entity=entity, request=unknown)

    async def _compare(self, act: Act) -> None:
        entity, other = act.entity or self.belief.focus, act.other
        about = Act(act="compare", entity=entity, other=other)
        result = await self._use("compare", {"first": entity, "second": other}, "compare", about)
        if len(result.rows) < 2:
            self._say("no_answer", entity=other or entity, request=act.request)
            return
        left, right = result.rows[0], result.rows[1]
        differing = [column.name for column in self.schema.columns if left[column.name] != right[column.name]]
        slots = [slot for slot in act.request or differing if None not in (left.get(slot), right.get(slot))][:MAX_TOLD]
        told, told_other = ({slot: write_cell(row[slot]) for slot in slots} for row in (left, right))
        self._say("compare", entity=entity, other=other, tell=told, tell_other=told_other)

    async def _check_day(self, act: Act) -> None:
        entity, day = act.entity or self.belief.focus, act.inform.get(self.schema.day, "")
        if not self._is_usable(self.schema.day, day):
            self._say("request", request=(self.schema.day,))
            return
        about = Act(act="availability", entity=entity, tell={self.schema.day: day})
        asked: dict[str, JsonValue] = {self.schema.entity: entity, self.schema.day: day}
        result = await self._use("availability", asked, "availability", about)
        if result.failure is not None:
            self._say("no_answer", entity=entity, request=(self.schema.day,))
            return
        free = any(row.get("free") for row in result.rows)
        self._say("say_free" if free else "say_full", entity=entity, tell={self.schema.day: day})

    async def _find_booking(self) -> str:
        if not self.belief.booking:
            await self._use("list", {}, "list", Act(act="list"))
        return self.belief.booking

    async def _change(self, act: Act) -> None:
        booking = await self._find_booking()
        if not booking:
            self._say("no_booking")
            return
        changed = [slot for slot, value in act.inform.items() if self._is_usable(slot, value)]
        about = Act(act="change", request=tuple(act.inform), reference=booking)
        asked: dict[str, JsonValue] = {"booking_id": booking, **self._type(act.inform, changed)}
        result = await self._use("change", asked, "change", about)
        if result.failure is not None:
            entity = act.entity or self.belief.focus
            self._say("say_full", entity=entity, tell={slot: act.inform[slot] for slot in changed})
            return
        row = result.rows[0]
        tell = {slot: write_cell(row[slot]) for slot in changed}
        self._say("confirm_change", entity=str(row[self.schema.entity]), tell=tell, reference=booking)

    async def _cancel(self) -> None:
        booking = await self._find_booking()
        if not booking:
            self._say("no_booking")
            return
        result = await self._use("cancel", {"booking_id": booking}, "cancel", Act(act="cancel", reference=booking))
        if result.failure is not None:
            self._say("no_booking")
            return
        self._say("confirm_cancel", entity=str(result.rows[0][self.schema.entity]), reference=booking)
