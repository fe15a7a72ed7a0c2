"""Tools a model proposes from the schema: each is executed before it is accepted, and bad ones are dropped."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import closing

from pydantic import BaseModel, Field

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment.database import RESERVATIONS, DomainDatabase, StatementRefused, quote, write_tables
from streamdial.environment.schema import ColumnType, Row, Scalar
from streamdial.environment.tools import REPLY, Parameter, ResultField, Tool, find_untyped, find_wrong_argument
from streamdial.models import ChatMessage, ChatModel, ChatRequest
from streamdial.models.structured import try_structured
from streamdial.prompts import render_prompt

HOSTILE = ("' OR '1'='1", "x'; DROP TABLE entities; --", '" OR 1=1 --', "NULL); DELETE FROM stock; --")
"""What is put into every text parameter of a proposed tool."""
REPETITIONS = 8
"""How often a writing tool is tried in a row: more than there can be of anything, so that one that overbooks does."""
MAX_TOKENS = 3000
_NAME = re.compile(r"[a-z][a-z0-9_]{2,47}")


class ProposedParameter(BaseModel):
    """An argument a model proposes."""

    name: str
    type: ColumnType
    description: str
    required: bool = True


class ProposedField(BaseModel):
    """A column of the result a model proposes."""

    name: str
    type: ColumnType


class ProposedTool(BaseModel):
    """A function as a model proposes it."""

    name: str
    description: str
    writes: bool
    """Whether it inserts or updates; everything else must be read-only."""
    parameters: list[ProposedParameter]
    sql: str
    returns: list[ProposedField] = Field(min_length=1)
    example: dict[str, str | int | float]
    """Arguments of a call that returns at least one row."""


class Proposals(BaseModel):
    """What a model answers."""

    tools: list[ProposedTool]


async def propose_tools(
    model: ChatModel,
    database: DomainDatabase,
    pack: DomainPack,
    counts: Counts,
    *,
    taken: Collection[str] = (),
    count: int = 8,
    seed: int = 0,
) -> tuple[Tool, ...]:
    """Ask a model for tools over a database and return those that pass `check_tool`.

    Args:
        model: Who proposes.
        database: What they are for; it is copied, never written to.
        pack: The domain pack.
        counts: Gets `asked` (tools wanted), `made` (proposed), `kept` and drops by the reason of `check_tool`;
            `no_proposal` for all of them where the model gave nothing usable.
        taken: Names of tools there are already.
        count: Tools wanted.
        seed: Seed of the call.

    Raises:
        ModelError: If the call itself fails.
    """
    language = database.schema.language
    prompt = render_prompt(
        "tooluse_tools",
        language,
        domain=pack.names[language],
        tables=write_tables(database.schema),
        rows=[str(row) for row in database.execute("SELECT * FROM entities LIMIT 3", {})],
        days=database.schema.days,
        taken=sorted(taken),
        count=count,
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),), max_tokens=MAX_TOKENS, seed=seed, purpose="tools"
    )
    counts.asked += count
    answer = await try_structured(model, request, Proposals)
    if answer is None:
        counts.drop("no_proposal", count)
        return ()
    kept: list[Tool] = []
    for proposal in answer.tools:
        counts.made += 1
        checked = check_tool(proposal, database, taken={*taken, *(tool.name for tool in kept)})
        if isinstance(checked, Tool):
            kept.append(checked)
            counts.kept += 1
        else:
            counts.drop(checked)
    return tuple(kept)


def check_tool(proposal: ProposedTool, database: DomainDatabase, *, taken: Collection[str] = ()) -> Tool | str:
    """Return the tool a proposal becomes, or the reason why it becomes none.

    Checked by execution on copies of the database, in this order: `bad_name`, `duplicate_name`, `bad_example` (the
    example does not fit the parameters), the reasons of `StatementRefused` (a statement that writes where the tool says
    it reads, several statements, an unknown column, no parse, too costly, ...), `undeclared_parameter`,
    `unbound_parameter` (a declared one is pasted into the text or left out), `empty_example`, `untyped`,
    `writes_nothing`, `harms_others` (a booking, a hold or a place on the waitlist that was there is changed),
    `unknown_day` (a day nothing can be had on is written), `overbooks`, and `hostile_value` (a value of `HOSTILE`
    changes what it must not).

    Args:
        proposal: What a model proposed.
        database: What the tool is for; it is not changed.
        taken: Names of tools there are already.
    """
    if not _NAME.fullmatch(proposal.name):
        return "bad_name"
    if proposal.name in taken or proposal.name == REPLY:
        return "duplicate_name"
    parameters = tuple(Parameter.model_validate(parameter.model_dump()) for parameter in proposal.parameters)
    if find_wrong_argument(parameters, dict(proposal.example)):
        return "bad_example"
    tool = Tool(
        name=proposal.name,
        description=proposal.description,
        parameters=parameters,
        returns=tuple(ResultField.model_validate(field.model_dump()) for field in proposal.returns),
        writes=proposal.writes,
        sql=proposal.sql,
        origin="model",
    )
    try:
        return _find_flaw(tool, proposal.example, database) or tool
    except StatementRefused as refused:
        return refused.reason


class _Recorder(dict[str, Scalar]):
    """Arguments that note which of them SQLite really asks for."""

    def __init__(self, values: dict[str, Scalar]) -> None:
        super().__init__()
        self.values_given = values
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> Scalar:
        self.asked.add(name)
        return self.values_given.get(name)


def _find_flaw(tool: Tool, example: dict[str, str | int | float], database: DomainDatabase) -> str:
    recorder = _Recorder(dict(example))
    with closing(database.copy()) as scratch:
        before = scratch.snapshot()
        rows = scratch.execute(tool.sql, recorder, writes=tool.writes)
        changed = scratch.snapshot() != before
    declared = {parameter.name for parameter in tool.parameters}
    if recorder.asked - declared:
        return "undeclared_parameter"
    if declared - recorder.asked:
        return "unbound_parameter"
    if tool.writes and not changed:
        return "writes_nothing"
    if all(cell is None for row in rows for cell in row.values()):
        return "empty_example"
    if find_untyped(rows, tool.returns):
        return "untyped"
    if tool.writes and (flaw := _find_harm(tool, example, database)):
        return flaw
    return "hostile_value" if _is_harmed(tool, example, database) else ""


def _find_harm(tool: Tool, example: dict[str, str | int | float], database: DomainDatabase) -> str:
    """Return what a writing tool does to a database with other people's reservations when it is called repeatedly."""
    with closing(_occupy(database, example)) as scratch:
        before, lacking = scratch.snapshot(), _count_overbooked(scratch)
        for count in range(REPETITIONS):
            try:
                tool.execute(example, scratch)
            except StatementRefused:
                if not count:
                    raise
                break
        after = scratch.snapshot()
        if _count_lost(before, after):
            return "harms_others"
        if _writes_strange_day(after, scratch):
            return "unknown_day"
        return "overbooks" if _count_overbooked(scratch) > lacking else ""


def _is_harmed(tool: Tool, example: dict[str, str | int | float], database: DomainDatabase) -> bool:
    """Tell whether a hostile text changes what was there, or is written as a day."""
    texts = [parameter.name for parameter in tool.parameters if parameter.type == "text"]
    for name in texts:
        for value in HOSTILE:
            with closing(_occupy(database, example)) as scratch:
                before = scratch.snapshot()
                try:
                    tool.execute({**example, name: value}, scratch)
                except StatementRefused as refused:
                    if refused.reason != "constraint":
                        return True
                after = scratch.snapshot()
                if _count_lost(before, after) or _writes_strange_day(after, scratch):
                    return True
    return False


def _occupy(database: DomainDatabase, example: dict[str, str | int | float]) -> DomainDatabase:
    """Return a copy on which others have booked, held and wait, under the first numbers there are.

    Where there is a choice they take what is free and the example does not ask for, so that it can still be had.
    """
    schema = database.schema
    entity, day = quote(schema.entity), quote(schema.day)
    stock = database.execute(f"SELECT {entity} AS name, day FROM availability ORDER BY free DESC", {})
    asked = {str(value) for value in example.values()}
    stock.sort(key=lambda row: {str(row["name"]), str(row["day"])} <= asked)
    scratch = database.copy()
    for sql, taken in zip(
        (
            f"INSERT INTO bookings ({entity}, {day}, booking_id, status) VALUES (:name, :day, 'B1001', 'booked')",
            f"INSERT INTO holds ({entity}, {day}, hold_id, status) VALUES (:name, :day, 'H1001', 'held')",
            f"INSERT INTO waitlist ({entity}, {day}, waitlist_id) VALUES (:name, :day, 'W1001')",
        ),
        stock,
        strict=False,
    ):
        scratch.execute(sql, taken, writes=True)
    return scratch


def _count_overbooked(database: DomainDatabase) -> int:
    return sum(-int(row["free"] or 0) for row in database.execute("SELECT free FROM availability WHERE free < 0", {}))


def _writes_strange_day(after: dict[str, dict[str, Row]], database: DomainDatabase) -> bool:
    day, days = database.schema.day, database.schema.days
    return any(row[day] not in days for table in RESERVATIONS for row in after[table].values())


def _count_lost(before: dict[str, dict[str, Row]], after: dict[str, dict[str, Row]]) -> int:
    return sum(row != after[table].get(key) for table, rows in before.items() for key, row in rows.items())
