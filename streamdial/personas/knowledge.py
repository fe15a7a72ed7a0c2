"""K: what the agent knows, as typed rows out of pages and speech."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import AgentResponse, KnowledgeRow, Language, Page, Provenance
from streamdial.slots import EVERYTHING, format_value, read_table


def extract_knowledge(
    pages: Sequence[Page],
    responses: Iterable[AgentResponse],
    pack: DomainPack,
    language: Language,
    counts: Counts,
    *,
    told_on: str | None = None,
    read_on: str | None = None,
) -> list[KnowledgeRow]:
    """Return the rows of K: what the pages' tables say, then what the host said of exactly one thing.

    Where two sources give different values both are kept, and `settle_versions` says which one holds.

    Args:
        pages: The account's pages.
        responses: The host's answers, already checked against the pages.
        pack: The domain pack.
        language: Language of the account.
        counts: Gets `asked` (cells and spoken facts), `kept` (rows that hold) and drops: `known_already`, the reasons
            of tables that cannot be read, and `replaced` (kept beside the row that holds).
        told_on: ISO date of the recording, where it is known.
        read_on: ISO date on which the pages were fetched: what stands there held then, whatever date they give. None
            for files, which may be of any age.
    """
    found: list[KnowledgeRow] = []
    for page in pages:
        for table in page.tables:
            facts, dropped = read_table(pack, table, language)
            counts.asked += len(facts) + sum(dropped.values())
            counts.dropped.update(dropped)
            for fact in facts:
                provenance = Provenance(
                    source_id=page.source_id, url=page.url, char_start=table.char_start, derived_from=(page.id,)
                )
                row = KnowledgeRow(
                    id=make_id("knowledge", pack.id, page.id, fact.entity, fact.slot, fact.value),
                    domain=pack.id,
                    language=language,
                    provenance=provenance,
                    entity=fact.entity,
                    slot=fact.slot,
                    value=fact.value,
                    number=fact.number,
                    unit=fact.unit,
                    text=fact.text,
                    observed_at=read_on or page.published,
                )
                found.append(row)
    for response in responses:
        spoken = list(_read_speech(response, pack, told_on))
        counts.asked += len(spoken)
        found += spoken
    # The same value again, on another page or in another sentence, is no version of its own.
    distinct = {(row.entity, row.slot, row.value): row for row in reversed(found)}
    rows = settle_versions(row for row in found if distinct[row.entity, row.slot, row.value] is row)
    replaced = sum(row.replaced_by is not None for row in rows)
    for reason, number in (("known_already", len(found) - len(rows)), ("replaced", replaced)):
        if number:
            counts.drop(reason, number)
    counts.made = counts.kept = len(rows) - replaced
    return rows


def settle_versions(rows: Iterable[KnowledgeRow]) -> list[KnowledgeRow]:
    """Return rows of K with each attribute's versions settled: one holds, the others name it in `replaced_by`.

    Of pages the one of the latest date holds, a dated one before one without date; of what was said the latest. What
    was said replaces a page where both are dated and it is newer by a day, else the page holds. Among equals what held
    before holds on, then the earlier in order.

    Args:
        rows: The account's pages, then its speech; rows that were settled before may be among them, in any order.

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
        current = _choose_current(group.values())
        settled += [
            row.model_copy(update={"replaced_by": None if row is current else current.id}) for row in group.values()
        ]
    return settled


def _choose_current(rows: Iterable[KnowledgeRow]) -> KnowledgeRow:
    pages: list[KnowledgeRow] = []
    spoken: list[KnowledgeRow] = []
    for row in rows:
        (spoken if row.confidence < 1 else pages).append(row)
    best = [max(group, key=lambda row: (_date(row), row.replaced_by is None)) for group in (pages, spoken) if group]
    if len(best) == 1:
        return best[0]
    page, said = best
    newer = page.observed_at and said.observed_at and _date(said)[:10] > _date(page)[:10]
    return said if newer else page


def _date(row: KnowledgeRow) -> str:
    return row.observed_at or ""


def _read_speech(response: AgentResponse, pack: DomainPack, told_on: str | None) -> Iterable[KnowledgeRow]:
    if len(response.entities) != 1:
        return
    for slot, value in response.tells.items():
        schema = pack.slots[slot]
        if schema.booking or schema.type in ("date", "time", "entity"):
            continue
        number = float(value) if schema.type in ("money", "quantity", "count") else None
        yield KnowledgeRow(
            id=make_id("knowledge", pack.id, response.id, slot, value),
            domain=pack.id,
            language=response.language,
            provenance=Provenance(
                source_id=response.provenance.source_id,
                start=response.start,
                end=response.end,
                derived_from=(response.id,),
            ),
            entity=response.entities[0],
            slot=slot,
            value=value,
            number=number,
            unit=pack.currency[response.language] if schema.type == "money" else next(iter(schema.units), None),
            text=response.text,
            observed_at=told_on,
            confidence=0.8,
        )


class Knowledge:
    """K of one account, ready to be asked.

    Args:
        rows: Rows of K; those that were replaced are passed over.
        pack: The domain pack.
    """

    def __init__(self, rows: Iterable[KnowledgeRow], pack: DomainPack) -> None:
        self.pack = pack
        self.rows = tuple(row for row in rows if row.replaced_by is None)
        self._by_key = {(row.entity, row.slot): row for row in self.rows}
        self.entities = tuple(dict.fromkeys(row.entity for row in self.rows if row.entity != EVERYTHING))

    def get(self, entity: str, slot: str) -> KnowledgeRow | None:
        """Return the row of an entity's attribute, else the one that holds for everything, else None."""
        return self._by_key.get((entity, slot)) or self._by_key.get((EVERYTHING, slot))

    def list_slots(self, entity: str) -> tuple[str, ...]:
        """Return the attributes known of an entity, in the order of the pages."""
        return tuple(row.slot for row in self.rows if row.entity in (entity, EVERYTHING))

    def satisfies(self, entity: str, slot: str, value: str) -> bool | None:
        """Tell whether an entity meets a wish; None where K does not know.

        `max` wishes are met by at most the value, `min` wishes by at least it, others by the same value.
        """
        row = self.get(entity, slot)
        if row is None:
            return None
        bound = self.pack.slots[slot].constraint
        if bound in ("max", "min") and row.number is not None:
            try:
                wished = float(value)
            except ValueError:
                return None
            return row.number <= wished if bound == "max" else row.number >= wished
        return row.value == value

    def rank(self, constraints: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], float]]:
        """Return all entities, best first: (name, wishes it breaks, how far it is from them).

        An entity that breaks fewer wishes comes first; among equals, the one that misses by less; then the one with
        most room below `max` wishes used, that is, the dearest that still fits, as sellers recommend.
        """
        ranked = []
        for position, entity in enumerate(self.entities):
            broken = tuple(slot for slot, value in constraints.items() if self.satisfies(entity, slot, value) is False)
            ranked.append(
                (
                    len(broken),
                    self._miss(entity, constraints),
                    -self._use(entity, constraints),
                    position,
                    entity,
                    broken,
                )
            )
        return [(entity, broken, miss) for _, miss, _, _, entity, broken in sorted(ranked)]

    def _miss(self, entity: str, constraints: Mapping[str, str]) -> float:
        miss = 0.0
        for slot, value in constraints.items():
            row = self.get(entity, slot)
            if self.satisfies(entity, slot, value) is not False or row is None:
                continue
            try:
                miss += abs((row.number or 0.0) - float(value)) / max(abs(float(value)), 1e-9)
            except ValueError:
                miss += 1.0
        return round(miss, 6)

    def _use(self, entity: str, constraints: Mapping[str, str]) -> float:
        for slot, value in constraints.items():
            row = self.get(entity, slot)
            if self.pack.slots[slot].constraint == "max" and row is not None and row.number is not None:
                return round(row.number / max(float(value), 1e-9), 6)
        return 0.0

    def describe(self, row: KnowledgeRow, language: Language) -> str:
        """Return a row's value as it is written in a sentence."""
        return format_value(self.pack, row.slot, row.value, language, row.unit)
