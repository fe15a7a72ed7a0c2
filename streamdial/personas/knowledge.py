"""The knowledge base (K): what an agent knows, as typed rows from pages and speech."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.personas.prose_facts import ProseReader
from streamdial.personas.prose_rows import (
    HOST_CONFIDENCE,
    PAGE_CONFIDENCE,
    read_page_prose,
    read_reply,
    read_response,
    read_testimony,
)
from streamdial.personas.queries import fulfils
from streamdial.personas.rows import build_table_row
from streamdial.records import AgentResponse, Condition, Constraint, KnowledgeRow, Language, Message, Page
from streamdial.slots import EVERYTHING, find_aliases, format_value, learn_table_style, read_table


def extract_knowledge(
    pages: Sequence[Page],
    responses: Iterable[AgentResponse],
    pack: DomainPack,
    language: Language,
    counts: Counts,
    *,
    told_on: str | None = None,
    read_on: str | None = None,
    things: Iterable[str] = (),
    about: str = "",
    messages: Iterable[Message] = (),
    testimonies: Collection[str] = frozenset(),
    proposed: Iterable[KnowledgeRow] = (),
) -> list[KnowledgeRow]:
    """Return the rows of knowledge: tables of pages and cards, then prose, then what the host said, then viewers.

    Where two sources give different values both are kept, and `settle_versions` says which one holds. A value in words
    that prose gives where a table gives that attribute is the same in other words, and no version of its own.

    Args:
        pages: The account's pages.
        responses: The host's answers, already checked against the pages.
        pack: The domain pack.
        language: Language of the account.
        counts: Gets `asked` (cells and values in prose), `kept` (rows that hold) and drops: `known_already`, the
            reasons of tables that cannot be read, those of `ProseReader.read`, `inconsistent`, `in_other_words` and
            `replaced` (kept beside the row that holds).
        told_on: ISO date of the recording, where it is known.
        read_on: ISO date on which the pages were fetched: what stands there held then, whatever date they give. None
            for files, which may be of any age.
        things: Names of what is sold, as `find_things` found them; those of the tables need not be among them.
        about: The one thing the recording is about by its title; empty where there is none or several.
        messages: What viewers wrote, gone through once; what one of them states of a thing in reply to another counts
            least.
        testimonies: Ids of the messages that tell of own experience; kept as statements of theirs, never as attributes.
        proposed: Rows a model found, as `propose_rows` checked them.
    """
    found: list[KnowledgeRow] = []
    names = list(things)
    said = list(responses)
    for page in pages:
        style = learn_table_style(page.tables, page.text)
        for table in page.tables:
            facts, dropped = read_table(pack, table, language, style, free=True)
            counts.asked += len(facts) + sum(dropped.values())
            counts.dropped.update(dropped)
            names += [fact.entity for fact in facts if fact.entity]
            for fact in facts:
                found.append(build_table_row(fact, page, table, pack, language, read_on or page.published, said))
    aliases = find_aliases(names)
    found = [_rename(row, aliases) for row in found]
    names = [name for name in names if name not in aliases]
    for short, whole in aliases.items():
        counts.note(f"{short} and {whole} are taken for one thing, under its longer name")
    tabled = {(row.entity, row.slot) for row in found}
    reader = ProseReader(pack, language, names)
    missed: Counter[str] = Counter()
    replies: list[KnowledgeRow] = []
    experiences: list[KnowledgeRow] = []
    for message in messages:
        replies += read_reply(message, reader, missed, told_on=told_on)
        if message.id in testimonies:
            experiences += read_testimony(message, reader, missed, told_on=told_on, about=about)
    prose = [
        *(
            row
            for page in pages
            if page.shown is None  # the lines of a card are no sentences
            for row in read_page_prose(page, reader, missed, observed_at=read_on or page.published)
        ),
        *(row for response in said for row in read_response(response, reader, missed, told_on=told_on, about=about)),
        *proposed,
        *replies,
        *experiences,
    ]
    counts.asked += len(prose) + sum(missed.values())
    counts.dropped.update(+missed)
    for row in (_rename(row, aliases) for row in prose):
        reworded = (row.entity, row.slot) in tabled or (EVERYTHING, row.slot) in tabled
        if reworded and (row.slot not in pack.slots or pack.slots[row.slot].type == "text"):
            counts.drop("in_other_words")
        else:
            found.append(row)
    # The same value again, on another page or in another sentence, is no version of its own.
    distinct = {(row.entity, row.slot, row.value): row for row in reversed(found)}
    rows = settle_versions(row for row in found if distinct[row.entity, row.slot, row.value] is row)
    replaced = sum(row.replaced_by is not None for row in rows)
    for reason, number in (("known_already", len(found) - len(rows)), ("replaced", replaced)):
        if number:
            counts.drop(reason, number)
    counts.made = counts.kept = len(rows) - replaced
    return rows


def _rename(row: KnowledgeRow, aliases: Mapping[str, str]) -> KnowledgeRow:
    """Return a row under the longer of two names of its thing; its text keeps the name as it was written."""
    return row.model_copy(update={"entity": aliases[row.entity]}) if row.entity in aliases else row


def settle_versions(rows: Iterable[KnowledgeRow]) -> list[KnowledgeRow]:
    """Return rows of knowledge with each attribute's versions settled: one holds, the others name it in `replaced_by`.

    Of pages the one of the latest date holds, a dated one before one without date, and of one date a table before
    prose; of what was said the latest. What a host said replaces a page where both are dated and it is newer by a day,
    else the page holds. What a viewer said holds where nobody else says anything. Among equals what held before
    holds on, then the earlier in order.

    Args:
        rows: The account's pages, then its speech; rows that were settled before may be among them, in any order.

    A row whose page no longer says it (`gone_since`) holds nothing: another version takes its place, or none does.

    Returns:
        Every row once by id; of two with one id the newer.
    """
    versions: dict[tuple[str, str], dict[str, KnowledgeRow]] = {}
    for row in rows:
        group = versions.setdefault((row.entity, row.slot), {})
        if row.id not in group or _date(row) > _date(group[row.id]):
            group[row.id] = row
    settled: list[KnowledgeRow] = []
    for group in versions.values():
        current = _choose_current([row for row in group.values() if row.gone_since is None] or group.values())
        settled += [
            row.model_copy(update={"replaced_by": None if row is current else current.id}) for row in group.values()
        ]
    return settled


def mark_vanished(known: Iterable[KnowledgeRow], fresh: Sequence[KnowledgeRow], now: str) -> list[KnowledgeRow]:
    """Return the known rows, those marked that their own page no longer says, now that it was read again.

    A page that gives no fact at all any more, because it moved or cannot be read, takes nothing back.

    Args:
        known: Rows of knowledge.
        fresh: Rows of the pages as they were just read.
        now: ISO time of the reading.
    """
    read = {row.provenance.url for row in fresh if row.provenance.url}
    said = {(row.provenance.url, row.entity, row.slot) for row in fresh}
    return [
        row.model_copy(update={"gone_since": now})
        if row.gone_since is None
        and row.provenance.model_id is None  # what a model found in prose is not looked for again
        and row.provenance.url in read
        and (row.provenance.url, row.entity, row.slot) not in said
        else row
        for row in known
    ]


def word_row(row: KnowledgeRow, pack: DomainPack) -> str:
    """Return a row as a text to be found by its meaning: what it is about, the attribute's name, the value."""
    name = pack.slots[row.slot].names[row.language] if row.slot in pack.slots else row.slot
    mark = "：" if row.language == "zh" else ": "
    about = f"{row.entity} " if row.entity and row.language == "en" else row.entity
    return f"{about}{name}{mark}{row.text}"


def _choose_current(rows: Iterable[KnowledgeRow]) -> KnowledgeRow:
    ranks: dict[tuple[bool, float], list[KnowledgeRow]] = {}
    for row in rows:
        spoken = row.confidence < PAGE_CONFIDENCE
        ranks.setdefault((spoken, -row.confidence if spoken else 0), []).append(row)
    current: KnowledgeRow | None = None
    for _, group in sorted(ranks.items(), key=lambda rank: rank[0]):
        best = max(group, key=lambda row: (_date(row), row.confidence, row.replaced_by is None))
        if current is None or (
            best.confidence >= HOST_CONFIDENCE
            and current.observed_at
            and best.observed_at
            and _date(best)[:10] > _date(current)[:10]
        ):
            current = best
    assert current is not None, "a version has rows"
    return current


def _date(row: KnowledgeRow) -> str:
    return row.observed_at or ""


def _name_source(row: KnowledgeRow) -> str:
    return row.provenance.url or row.provenance.source_id


class Match(NamedTuple):
    """An entity that fulfils a query, with the row that fulfils each condition."""

    entity: str
    rows: tuple[KnowledgeRow, ...]


class Dispute(NamedTuple):
    """An attribute different sources give different values of: what holds, and what the others say."""

    holds: KnowledgeRow
    others: tuple[KnowledgeRow, ...]


class Knowledge:
    """The knowledge base of one account, ready to be queried.

    Args:
        rows: Rows of knowledge; those that no longer hold are passed over, except by `list_disputes`.
        pack: The domain pack.
    """

    def __init__(self, rows: Iterable[KnowledgeRow], pack: DomainPack) -> None:
        self.pack = pack
        everything = tuple(rows)
        self.rows = tuple(row for row in everything if row.holds and row.slot in pack.slots)
        # Under a name the pack does not know: nothing here can compare it, but who asks for it by name can be told.
        self.free = tuple(row for row in everything if row.holds and row.slot not in pack.slots)
        self._past = tuple(row for row in everything if not row.holds)
        self._by_key = {(row.entity, row.slot): row for row in self.rows}
        self.entities = tuple(dict.fromkeys(row.entity for row in self.rows if row.entity != EVERYTHING))
        described = {row.entity for row in self.rows if row.slot != pack.entity_slot}
        self._names_alone = {entity for entity in self.entities if entity not in described}

    def get(self, entity: str, slot: str) -> KnowledgeRow | None:
        """Return the row of an entity's attribute, else the one that holds for everything, else None."""
        return self._by_key.get((entity, slot)) or self._by_key.get((EVERYTHING, slot))

    def list_slots(self, entity: str) -> tuple[str, ...]:
        """Return the attributes known of an entity, in the order of the pages; its name is none."""
        name = self.pack.entity_slot
        return tuple(row.slot for row in self.rows if row.entity in (entity, EVERYTHING) and row.slot != name)

    def list_rows(self, entity: str) -> tuple[KnowledgeRow, ...]:
        """Return the row that `get` gives for each attribute known of an entity, in the order of the pages."""
        return tuple(row for slot in dict.fromkeys(self.list_slots(entity)) if (row := self.get(entity, slot)))

    def find(self, conditions: Iterable[Condition]) -> list[Match]:
        """Return the entities of which all conditions hold, in the order of the pages, with the rows that show it.

        A row that holds for everything the account sells counts for each entity. What is not known does not hold.
        """
        wanted = tuple(conditions)
        found = []
        for entity in self.entities:
            rows = [self.get(entity, condition.slot) for condition in wanted]
            if all(
                row is not None and fulfils(condition, value=row.value, number=row.number, unit=row.unit)
                for condition, row in zip(wanted, rows, strict=True)
            ):
                found.append(Match(entity, tuple(row for row in rows if row is not None)))
        return found

    def list_disputes(self) -> list[Dispute]:
        """Return the attributes of which another source says another value; an older state of one page is none."""
        others: dict[str, list[KnowledgeRow]] = {}
        for row in self._past:
            current = self._by_key.get((row.entity, row.slot))
            if current is not None and current.value != row.value and _name_source(current) != _name_source(row):
                others.setdefault(current.id, []).append(row)
        return [Dispute(row, tuple(others[row.id])) for row in self.rows if row.id in others]

    def satisfies(self, entity: str, slot: str, value: str, unit: str | None = None) -> bool | None:
        """Tell whether an entity meets a wish; None where that is not known.

        `max` wishes are met by at most the value, `min` wishes by at least it, others by the same value. A wish in
        another currency than the row's cannot be compared.

        Args:
            entity: Name of the entity.
            slot: The attribute.
            value: The value wished for.
            unit: The currency the wish names, if it names one.
        """
        row = self.get(entity, slot)
        if row is None or (unit and row.unit and self.pack.slots[slot].type == "money" and row.unit != unit):
            return None
        bound = self.pack.slots[slot].constraint
        if bound in ("max", "min") and row.number is not None:
            try:
                wished = float(value)
            except ValueError:
                return None
            return row.number <= wished if bound == "max" else row.number >= wished
        return row.value == value

    def compares(self, wish: Constraint) -> bool:
        """Tell whether a wish can be compared with what is known: it names no currency, or one something is sold in."""
        if wish.unit is None or self.pack.slots[wish.slot].type != "money":
            return True
        return any(row.unit in (wish.unit, None) for row in self.rows if row.slot == wish.slot)

    def contradicts(self, response: AgentResponse) -> bool:
        """Tell whether an answer about one thing tells another value than is known: it is about something else.

        "We can add a bed for 100" says a price, and not that of the room.
        """
        if len(response.entities) != 1:
            return False
        rows = ((self.get(response.entities[0], slot), value) for slot, value in response.tells.items())
        return any(row is not None and row.value != value for row, value in rows)

    def rank(self, constraints: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], float]]:
        """Return all entities, best first: (name, wishes it breaks, how far it is from them).

        An entity that breaks fewer wishes comes first; among equals, the one that misses by less; then the one that is
        least too large for the people counted; then the one with most room below `max` wishes used, that is, the
        dearest that still fits, as sellers recommend. One of which nothing but the name is known fits no wish: it is
        ranked only where there is none.
        """
        ranked = []
        for position, entity in enumerate(self.entities):
            if constraints and entity in self._names_alone:
                continue
            broken = tuple(slot for slot, value in constraints.items() if self.satisfies(entity, slot, value) is False)
            ranked.append(
                (
                    len(broken),
                    self._miss(entity, constraints),
                    self._exceed(entity, constraints),
                    -self._use(entity, constraints),
                    position,
                    entity,
                    broken,
                )
            )
        return [(entity, broken, miss) for _, miss, *_, entity, broken in sorted(ranked)]

    def _miss(self, entity: str, constraints: Mapping[str, str]) -> float:
        miss = 0.0
        for slot, value in constraints.items():
            row = self.get(entity, slot)
            if self.satisfies(entity, slot, value) is not False or row is None:
                continue
            # Whom a thing has no place for cannot be left at home: farther off than another kind of anything.
            miss += 1.0 if self.pack.slots[slot].type == "count" else 0.0
            try:
                miss += abs((row.number or 0.0) - float(value)) / max(abs(float(value)), 1e-9)
            except ValueError:
                miss += 1.0
        return round(miss, 6)

    def _exceed(self, entity: str, constraints: Mapping[str, str]) -> float:
        """Return how much larger than needed it is: nobody offers four people a set for eight first."""
        more = 0.0
        for slot, value in constraints.items():
            row, schema = self.get(entity, slot), self.pack.slots[slot]
            if row is None or row.number is None or schema.type != "count" or schema.constraint != "min":
                continue
            if value.replace(".", "", 1).isdigit():
                more += max(row.number - float(value), 0.0) / max(float(value), 1.0)
        return round(more, 6)

    def _use(self, entity: str, constraints: Mapping[str, str]) -> float:
        for slot, value in constraints.items():
            row = self.get(entity, slot)
            if self.pack.slots[slot].constraint == "max" and row is not None and row.number is not None:
                return round(row.number / max(float(value), 1e-9), 6)
        return 0.0

    def describe(self, row: KnowledgeRow, language: Language) -> str:
        """Return a row's value as it is written in a sentence."""
        return format_value(self.pack, row.slot, row.value, language, row.unit)
