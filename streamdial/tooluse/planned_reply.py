"""One turn of the planned agent: an agenda decides what is asked, called and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from pydantic import JsonValue

from streamdial.environment.matching import Ranked, build_filters, rank_rows, write_cell
from streamdial.environment.templates import EVERYTHING
from streamdial.strategies.ask_or_offer import find_widest
from streamdial.tooluse.planned_booking import BookingReply
from streamdial.tooluse.planned_turn import ToolsDown
from streamdial.tooluse.records import Act

MAX_QUESTIONS = 2
"""Wishes asked for before the first search."""
ENOUGH_WISHES = 2
"""Wishes after which nothing more is asked before the first search."""
MAX_TOLD = 3
_OFFER_RATE = 0.4
"""How often the agent asks if there is anything else when something was settled."""
_FINDING = ("ask_offer", "inform", "revise", "no_preference")
_SAYS = {
    "recommend": "say_offer",
    "recover": "say_nearest",
    "answer": "say_facts",
    "no_answer": "say_unknown",
    "compare": "say_compare",
    "say_free": "say_free",
    "say_full": "say_full",
    "say_closed": "say_full",
    "offer_waitlist": "say_full",
    "confirm": "say_done",
    "confirm_change": "say_done",
    "confirm_cancel": "say_done",
    "hold": "say_done",
    "waitlisted": "say_done",
    "ask_cancel": "ask_cancel",
    "request": "ask",
    "propose": "ask",
    "trouble": "fail",
    "close": "close",
}
"""Acts of the agent, and the thought before their words."""


class PlannedReply(BookingReply):
    """One turn of the agent while it is made; see `PlannedTurn`."""

    clarifies = False
    """Whether it asks where several things fit what it searched for."""

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
                await self._go_on_booking()
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
        failed = next((act for act in self.acts if act.act == "trouble"), None)
        main = failed or asked or next((act for act in self.acts if act.act in _SAYS), Act(act="speak"))
        return self._think(_SAYS.get(main.act, "speak"), main)

    def _has_settled(self) -> bool:
        settled = ("confirm", "confirm_change", "confirm_cancel", "hold", "waitlisted", "compare", "say_free")
        return any(act.act in settled for act in self.acts)

    async def _handle(self, acts: Sequence[Act]) -> None:
        names = [act.act for act in acts]
        reserving = self.belief.open is not None and self.belief.open.task == self._task
        if reserving and any(name in ("book", "ask_hold", *_FINDING) for name in names):
            await self._go_on_booking()
        elif any(name in _FINDING for name in names):
            await self._search()
        for act in acts:
            if not act.entity and act.task in self.belief.pending:
                continue
            handlers = {
                "ask": self._answer,
                "compare": self._compare,
                "ask_free": self._check_day,
                "change": self._change,
                "cancel": self._ask_cancel,
                "affirm": self._cancel,
                "ask_waitlist": self._join_waitlist,
            }
            if act.act in handlers:
                await handlers[act.act](act)
            elif act.act == "greet":
                self._say("greet")
            elif act.act == "thank":
                self._say("close")
            elif act.act == "accept" and not reserving and self.belief.focus:
                slots = tuple(column.name for column in self.schema.booking)[:2]
                self._say("propose", entity=self.belief.focus, request=slots)

    async def _go_on_booking(self) -> None:
        """Go on with the open reservation, of what the dialogue is about; look for something where that is nothing."""
        wanted = self.belief.open
        assert wanted is not None
        wanted.entity = wanted.entity or self.belief.focus
        if wanted.entity:
            await self._reserve()
        elif not self.acts:
            await self._search()

    async def _search(self) -> None:
        belief = self.belief
        missing = [
            column.name
            for column in self.schema.wished
            if self._kit.pack.slots[column.name].mined and column.name not in (*belief.wishes, *belief.asked)
        ]
        known = belief.known_wishes
        unsure = not belief.offered and len(known) < ENOUGH_WISHES
        if unsure and missing and belief.questions < MAX_QUESTIONS:
            self._say("request", request=(missing[0],))
            return
        about = Act(act="search", inform={slot: value for slot, value in known.items() if slot in self._list_columns()})
        thought = "search" if about.inform else "search_any"
        found = await self._use("search", build_filters(self.schema, known), thought, about)
        if self.clarifies and not belief.offered and (slot := self._find_telling(found.rows)):
            self._say("request", request=(slot,))
            return
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

    def _find_telling(self, rows: Sequence[Mapping[str, JsonValue]]) -> str:
        """Return the attribute that tells the things found apart best, of those not asked for; empty for none."""
        belief, slots = self.belief, self._kit.pack.slots
        names = {str(row[self.schema.entity]): row for row in rows}
        free = [
            column.name
            for column in self.schema.wished
            if slots[column.name].mined and column.name not in (*belief.wishes, *belief.asked)
        ]
        if len(names) < 2 or belief.questions > MAX_QUESTIONS:
            return ""
        return find_widest(lambda name, slot: write_cell(names[name].get(slot)) or None, names, free)[0]

    def _list_columns(self) -> set[str]:
        return {column.name for column in self.schema.wished}

    def _offer(self, act: str, found: Ranked) -> None:
        price = [self.schema.price] if self.schema.price else []
        fresh = [slot for slot in self.belief.fresh if slot in self.belief.known_wishes]
        order = dict.fromkeys((*found.broken, *fresh, *price, *self.belief.known_wishes))
        if self.belief.offered and fresh and found.row[self.schema.entity] == self.belief.focus:
            order = dict.fromkeys(fresh)  # what was told of it with the last offer is known, what it misses as well
        tell = {slot: value for slot in order if (value := write_cell(found.row.get(slot)))}
        told = dict(list(tell.items())[: max(MAX_TOLD, len(found.broken))])
        self._say(act, entity=str(found.row[self.schema.entity]), tell=told)

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
