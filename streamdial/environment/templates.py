"""The tools every domain has, made from its schema without a model."""

from __future__ import annotations

from collections.abc import Mapping

from streamdial.domains import DomainPack
from streamdial.environment.database import quote
from streamdial.environment.hours import write_hour
from streamdial.environment.matching import name_filter
from streamdial.environment.schema import DomainSchema
from streamdial.environment.tools import Guard, Parameter, Purpose, ResultField, Tool
from streamdial.records import Language

DEFAULT_LIMIT = 5
"""Rows of a search where the agent asks for no other number."""
EVERYTHING = 100
"""Rows of a search for all there is."""
_MESSAGES: dict[Language, dict[str, str]] = {
    "en": {
        "unknown_entity": "nothing of that name is sold",
        "unknown_day": "that day cannot be booked",
        "closed_day": "closed on that day",
        "out_of_hours": "closed at that hour; open from {} to {}",
        "sold_out": "nothing is free on that day",
        "still_available": "there is something free on that day; it can be booked",
        "unknown_booking": "there is no such booking that stands",
        "unknown_hold": "there is no such hold on this",
    },
    "zh": {
        "unknown_entity": "没有这个名称",
        "unknown_day": "这一天不能预订",
        "closed_day": "这一天不营业",
        "out_of_hours": "该时间不营业，营业时间为{}到{}",
        "sold_out": "当天已满",
        "still_available": "当天还有空位，可以直接预订",
        "unknown_booking": "没有这个有效预订",
        "unknown_hold": "没有对应的保留记录",
    },
}
_BOUNDS: dict[str, dict[Language, str]] = {
    "max": {"en": "{} at most", "zh": "{}上限"},
    "min": {"en": "{} at least", "zh": "{}下限"},
    "equal": {"en": "{}", "zh": "{}"},
}


Texts = Mapping[str, Mapping[str, str]]
"""Purpose of a tool to its `name` and what it says of itself by language; `{entity}` is what is sold."""


def build_template_tools(schema: DomainSchema, pack: DomainPack, texts: Texts) -> tuple[Tool, ...]:
    """Return the tools of a domain: search, details, compare, availability, list, hold, book, change, cancel, waitlist.

    Args:
        schema: The schema of the database they are for.
        pack: The domain pack; gives the names of the slots.
        texts: What the tools are called and say of themselves.
    """
    return _Templates(schema, pack, texts).build()


def list_template_names(entity: str, texts: Texts) -> tuple[str, ...]:
    """Return the names of the tools of `build_template_tools` over a table of entities called so."""
    return tuple(tool["name"].format(entity=entity) for tool in texts.values())


class _Templates:
    def __init__(self, schema: DomainSchema, pack: DomainPack, texts: Texts) -> None:
        self.schema = schema
        self.pack = pack
        self.texts = texts
        self.entity = quote(schema.entity)
        self.day = quote(schema.day)
        self.details = tuple(ResultField(name=column.name, type=column.type) for column in schema.columns)
        self.named = ResultField(name=schema.entity, type="text")

    def build(self) -> tuple[Tool, ...]:
        return (
            self._build_search(),
            self._build_details(),
            self._build_comparison(),
            self._build_availability(),
            self._build_list(),
            self._build_hold(),
            self._build_booking(),
            self._build_change(),
            self._build_cancel(),
            self._build_waitlist(),
        )

    def _make(
        self,
        purpose: Purpose,
        parameters: tuple[Parameter, ...],
        returns: tuple[ResultField, ...],
        sql: str,
        *,
        guards: tuple[Guard, ...] = (),
        writes: bool = False,
    ) -> Tool:
        texts = self.texts[purpose]
        called = self.pack.slots[self.schema.entity].names[self.schema.language]
        return Tool(
            name=texts["name"].format(entity=self.schema.entity),
            description=texts[self.schema.language].format(entity=called),
            purpose=purpose,
            parameters=parameters,
            returns=returns,
            writes=writes,
            guards=guards,
            sql=sql,
        )

    def _describe(self, slot: str, unit: str | None = None) -> str:
        name = self.pack.slots[slot].names[self.schema.language]
        return f"{name} ({unit})" if unit else name

    def _entity(self, *, name: str = "", required: bool = True) -> Parameter:
        slot = self.schema.entity
        return Parameter(name=name or slot, type="text", description=self._describe(slot), required=required)

    def _day_of(self, *, required: bool = True) -> Parameter:
        day = self.schema.day
        return Parameter(
            name=day,
            type="text",
            description=self._describe(day),
            required=required,
            values=(*self.schema.days, *self.schema.closed),
        )

    def _bookings(self, *, required: bool) -> tuple[Parameter, ...]:
        return tuple(
            self._day_of(required=required)
            if column.name == self.schema.day
            else Parameter(
                name=column.name,
                type=column.type,
                description=self._describe(column.name, column.unit),
                required=required,
            )
            for column in self.schema.booking
        )

    def _guard(self, reason: str, sql: str) -> Guard:
        return Guard(reason=reason, message=_MESSAGES[self.schema.language][reason], sql=sql)

    def _is_open_on_day(self) -> tuple[Guard, ...]:
        schema = self.schema
        if not schema.closed:
            return ()
        days = ", ".join(f"'{day}'" for day in schema.closed)
        sql = f"SELECT :{schema.day} IS NULL OR :{schema.day} NOT IN ({days})"
        return (self._guard("closed_day", sql),)

    def _is_open(self) -> tuple[Guard, ...]:
        """Return the guards that refuse closed days and hours outside the opening hours, where any are known."""
        schema, found = self.schema, list(self._is_open_on_day())
        times = [column.name for column in schema.booking if self.pack.slots[column.name].type == "time"]
        if schema.opens is not None and schema.closes is not None and times:
            hour = f"hour_of(:{times[0]})"
            guard = self._guard(
                "out_of_hours", f"SELECT {hour} IS NULL OR ({hour} >= {schema.opens} AND {hour} < {schema.closes})"
            )
            span = [write_hour(hour, schema.language) for hour in (schema.opens, schema.closes)]
            found.append(guard.model_copy(update={"message": guard.message.format(*span)}))
        return tuple(found)

    def _knows_entity(self, name: str = "") -> Guard:
        return self._guard(
            "unknown_entity", f"SELECT 1 FROM entities WHERE {self.entity} = :{name or self.schema.entity}"
        )

    def _knows_day(self) -> Guard:
        return self._guard("unknown_day", f"SELECT 1 FROM stock WHERE day = :{self.schema.day}")

    def _select_free(self) -> str:
        schema = self.schema
        return f"SELECT free FROM availability WHERE {self.entity} = :{schema.entity} AND day = :{schema.day}"

    def _build_search(self) -> Tool:
        schema = self.schema
        parameters, tests = [], []
        for column in schema.wished:
            name = name_filter(column)
            sign = {"max": "<=", "min": ">=", "equal": "="}[column.bound or "equal"]
            text = _BOUNDS[column.bound or "equal"][schema.language].format(self._describe(column.name, column.unit))
            parameters.append(Parameter(name=name, type=column.type, description=text, values=column.values))
            tests.append(f"(:{name} IS NULL OR {quote(column.name)} {sign} :{name})")
        free = f"SELECT {self.entity} FROM availability WHERE day = :{schema.day} AND free > 0"
        tests.append(f"(:{schema.day} IS NULL OR {self.entity} IN ({free}))")
        order = f"{quote(schema.price)}, {self.entity}" if schema.price else self.entity
        # A search shows what can be searched by; the rest is for `details`, as real ones do.
        shown = [column for column in schema.columns if column.bound]
        listed = ", ".join((self.entity, *(quote(column.name) for column in shown)))
        return self._make(
            "search",
            (*parameters, self._day_of(required=False), Parameter(name="limit", type="integer")),
            (self.named, *(ResultField(name=column.name, type=column.type) for column in shown)),
            f"SELECT {listed} FROM entities WHERE {' AND '.join(tests)} ORDER BY {order} "
            f"LIMIT COALESCE(:limit, {DEFAULT_LIMIT})",
        )

    def _build_details(self) -> Tool:
        sql = f"SELECT * FROM entities WHERE {self.entity} = :{self.schema.entity}"
        return self._make(
            "details", (self._entity(),), (self.named, *self.details), sql, guards=(self._knows_entity(),)
        )

    def _build_comparison(self) -> Tool:
        return self._make(
            "compare",
            (self._entity(name="first"), self._entity(name="second")),
            (self.named, *self.details),
            f"SELECT * FROM entities WHERE {self.entity} IN (:first, :second) ORDER BY {self.entity} <> :first",
            guards=(self._knows_entity("first"), self._knows_entity("second")),
        )

    def _build_availability(self) -> Tool:
        return self._make(
            "availability",
            (self._entity(), self._day_of()),
            (self.named, ResultField(name=self.schema.day, type="text"), ResultField(name="free", type="integer")),
            f"SELECT {self.entity}, day AS {self.day}, free FROM availability "
            f"WHERE {self.entity} = :{self.schema.entity} AND day = :{self.schema.day}",
            guards=(self._knows_entity(), *self._is_open_on_day(), self._knows_day()),
        )

    def _list_returned(self) -> tuple[ResultField, ...]:
        booking = tuple(ResultField(name=column.name, type=column.type) for column in self.schema.booking)
        return (
            ResultField(name="booking_id", type="text"),
            self.named,
            *booking,
            ResultField(name="status", type="text"),
        )

    def _write_returned(self) -> str:
        return ", ".join(quote(field.name) for field in self._list_returned())

    def _build_list(self) -> Tool:
        sql = f"SELECT {self._write_returned()} FROM bookings ORDER BY booking_id"
        return self._make("list", (), self._list_returned(), sql)

    def _build_hold(self) -> Tool:
        schema = self.schema
        sql = (
            "INSERT INTO holds SELECT 'H' || (1001 + COUNT(*)), "
            f":{schema.entity}, :{schema.day}, 'held' FROM holds RETURNING hold_id, {self.entity}, {self.day}"
        )
        returns = (
            ResultField(name="hold_id", type="text"),
            self.named,
            ResultField(name=schema.day, type="text"),
        )
        guards = (
            self._knows_entity(),
            *self._is_open_on_day(),
            self._knows_day(),
            self._guard("sold_out", self._select_free()),
        )
        return self._make("hold", (self._entity(), self._day_of()), returns, sql, guards=guards, writes=True)

    def _build_booking(self) -> Tool:
        schema = self.schema
        held = (
            f"SELECT 1 FROM holds WHERE hold_id = :hold_id AND {self.entity} = :{schema.entity} "
            f"AND {self.day} = :{schema.day} AND status = 'held'"
        )
        guards = (
            self._knows_entity(),
            *self._is_open(),
            self._knows_day(),
            self._guard("unknown_hold", f"SELECT :hold_id IS NULL OR EXISTS ({held})"),
            self._guard("sold_out", f"SELECT :hold_id IS NOT NULL OR ({self._select_free()}) > 0"),
        )
        values = ", ".join(f":{column.name}" for column in schema.booking)
        sql = (
            f"INSERT INTO bookings SELECT 'B' || (1001 + COUNT(*)), :{schema.entity}, {values}, :hold_id, 'booked' "
            f"FROM bookings RETURNING {self._write_returned()}"
        )
        parameters = (self._entity(), *self._bookings(required=True), Parameter(name="hold_id", type="text"))
        return self._make("book", parameters, self._list_returned(), sql, guards=guards, writes=True)

    def _knows_booking(self) -> Guard:
        return self._guard(
            "unknown_booking", "SELECT 1 FROM bookings WHERE booking_id = :booking_id AND status = 'booked'"
        )

    def _build_change(self) -> Tool:
        schema = self.schema
        entity, day = f":{schema.entity}", f":{schema.day}"
        same = f"COALESCE({entity}, b.{self.entity}) = b.{self.entity} AND COALESCE({day}, b.{self.day}) = b.{self.day}"
        free = (
            f"SELECT a.free FROM availability a WHERE a.{self.entity} = COALESCE({entity}, b.{self.entity}) "
            f"AND a.day = COALESCE({day}, b.{self.day})"
        )
        known = f"SELECT {entity} IS NULL OR EXISTS (SELECT 1 FROM entities WHERE {self.entity} = {entity})"
        day_known = f"SELECT {day} IS NULL OR EXISTS (SELECT 1 FROM stock WHERE day = {day})"
        guards = (
            self._knows_booking(),
            self._guard("unknown_entity", known),
            *self._is_open(),
            self._guard("unknown_day", day_known),
            self._guard(
                "sold_out", f"SELECT ({same}) OR ({free}) > 0 FROM bookings b WHERE b.booking_id = :booking_id"
            ),
        )
        kept = ", ".join(
            f"{quote(name)} = COALESCE(:{name}, {quote(name)})"
            for name in (schema.entity, *(column.name for column in schema.booking))
        )
        sql = (
            f"UPDATE bookings SET {kept} WHERE booking_id = :booking_id AND status = 'booked' "
            f"RETURNING {self._write_returned()}"
        )
        parameters = (
            Parameter(name="booking_id", type="text", required=True),
            self._entity(required=False),
            *self._bookings(required=False),
        )
        return self._make("change", parameters, self._list_returned(), sql, guards=guards, writes=True)

    def _build_cancel(self) -> Tool:
        sql = (
            "UPDATE bookings SET status = 'cancelled' WHERE booking_id = :booking_id AND status = 'booked' "
            f"RETURNING {self._write_returned()}"
        )
        parameters = (Parameter(name="booking_id", type="text", required=True),)
        return self._make(
            "cancel", parameters, self._list_returned(), sql, guards=(self._knows_booking(),), writes=True
        )

    def _build_waitlist(self) -> Tool:
        schema = self.schema
        sql = (
            f"INSERT INTO waitlist SELECT 'W' || (1001 + COUNT(*)), :{schema.entity}, :{schema.day} FROM waitlist "
            f"RETURNING waitlist_id, {self.entity}, {self.day}"
        )
        returns = (
            ResultField(name="waitlist_id", type="text"),
            self.named,
            ResultField(name=schema.day, type="text"),
        )
        guards = (
            self._knows_entity(),
            *self._is_open_on_day(),
            self._knows_day(),
            self._guard("still_available", f"SELECT ({self._select_free()}) <= 0"),
        )
        return self._make("waitlist", (self._entity(), self._day_of()), returns, sql, guards=guards, writes=True)
