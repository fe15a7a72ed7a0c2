"""The knowledge of a published profile: lists of objects, objects written as texts, and plain sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from streamdial.corpora._terms import fold_key, load_terms
from streamdial.corpora.free_form import Path, Placer, Span, is_absent, read_literal, split_spans, write_pointer
from streamdial.domains import DomainPack
from streamdial.ids import make_id
from streamdial.records import KnowledgeRow, Language, Provenance
from streamdial.slots import EVERYTHING, SlotMention, SlotReader, find_numbers, match_header, parse_value

_SENTENCE = re.compile(r"\s*[;；。\n]\s*")
_NAMES = re.compile(r"\s*[、，,;；/]\s*")
_BRACKETED = re.compile(r"[(（\[].*?[)）\]]")
_LABEL = re.compile(r"\s*([^：:，,、。；;]{2,30})[：:]\s*(?=\S)")
_UNIT = re.compile(r"[(（\[]\s*([^\d\s()（）]+)\s*[)）\]]\s*$")
_RANGE = re.compile(r"\d\s*(?:[~～–—]|-|至|到)\s*\d|[<>＜＞≤≥]")
_FIGURE = re.compile(r"[约¥￥$\s]*\d[\d.,]*\s*\S{0,4}$")
_MEASURED = ("money", "quantity", "count")


class _Cell(NamedTuple):
    """One attribute of an object: key, text, where it stands (the leaf, and the stretch of it), how that is noted."""

    key: str
    text: str
    place: str
    span: Span
    note: Callable[[str], None]


class _Fact(NamedTuple):
    slot: str
    value: str
    number: float | None = None
    unit: str | None = None


class KnowledgeReader:
    """Makes rows of knowledge from the leaves under a profile's knowledge.

    A row has a slot of the pack where its header is known there and its value fits; else the header as it is given is
    its slot, so that it stays readable, and nothing that follows the pack uses it.

    Args:
        placer: Notes where each leaf went.
        profile_id: Id of the profile.
        pack: The domain pack.
        language: Language of the profile.
        file: Name of its file, where it is known.
    """

    def __init__(
        self, placer: Placer, profile_id: str, pack: DomainPack, language: Language, file: str | None = None
    ) -> None:
        self._placer = placer
        self._profile_id = profile_id
        self._file = file
        self._pack = pack
        self._language: Language = language
        self._leaves: list[Path] = []
        terms = load_terms("streamdial")["knowledge"]
        self._name_keys = {fold_key(key) for key in terms["name"]}
        self._headers: Mapping[str, str] = {fold_key(key): slot for key, slot in terms.get(pack.id, {}).items()}
        words = "|".join(re.escape(word) for word in terms["price"])
        self._before_price = re.compile(rf"(?:{words})(?:区间)?[为是约在至低仅只要：:\s]*$", re.IGNORECASE)
        self._subject = re.compile("|".join(map(re.escape, load_terms("streamdial")["scope"]["subjects"])))
        self._name_slot = next((n for n, s in pack.slots.items() if n.endswith("_name") and s.type == "text"), None)
        self._rows: list[KnowledgeRow] = []

    def add(self, path: Path) -> None:
        """Take a leaf under the knowledge."""
        self._leaves.append(path)

    def read(self) -> list[KnowledgeRow]:
        """Return the rows of all leaves taken, in order, and note their places."""
        objects = self._collect_objects()
        prose = [path for path in self._leaves if self._placer.is_free(path) and path not in objects]
        names = self._list_names(prose)
        reader = SlotReader(self._pack, self._language, names)
        done: set[int] = set()
        for path in self._leaves:
            cells = objects.get(path)
            if cells is None:
                self._read_prose(path, reader)
            elif id(cells) not in done:
                done.add(id(cells))
                self._read_object(cells)
        return self._rows

    def _collect_objects(self) -> dict[Path, list[_Cell]]:
        """Return the objects with a name, by every leaf they are made of."""
        groups: dict[Path, list[Path]] = {}
        found: dict[Path, list[_Cell]] = {}
        for path in self._leaves:
            value = self._placer.leaves[path]
            if isinstance(value, str) and (cells := self._read_literal_cells(path, value)):
                found[path] = cells
            elif isinstance(path[-1], str):
                groups.setdefault(path[:-1], []).append(path)
        for group in groups.values():
            cells = [cell for path in group if (cell := self._make_cell(path))]
            if any(fold_key(cell.key) in self._name_keys for cell in cells):
                found |= {path: cells for path in group}
        return found

    def _read_literal_cells(self, path: Path, text: str) -> list[_Cell]:
        cells = []
        for value in read_literal(text):
            if value.path and isinstance(value.path[-1], str):
                place = f"{self._name_place(path)}{write_pointer(value.path)}"
                cells.append(
                    _Cell(value.path[-1], value.span.text, place, value.span, self._make_note(path, value.span))
                )
        return cells if any(fold_key(cell.key) in self._name_keys for cell in cells) else []

    def _make_cell(self, path: Path) -> _Cell | None:
        value = self._placer.leaves[path]
        if isinstance(value, dict | list) or value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value)
        return _Cell(str(path[-1]), text, self._name_place(path), Span(0, len(text), text), self._make_note(path))

    def _name_place(self, path: Path) -> str:
        return f"{self._profile_id}#{write_pointer(path)}"

    def _make_note(self, path: Path, span: Span | None = None) -> Callable[[str], None]:
        return lambda field: self._placer.place(path, field, span)

    def _read_object(self, cells: Sequence[_Cell]) -> None:
        name = next(cell for cell in cells if fold_key(cell.key) in self._name_keys)
        kind = next((c for c in cells if c is not name and self._find_slot(c.key) == self._pack.entity_slot), None)
        entity = name.text
        # A hotel sells rooms: its name alone would be one thing with several prices.
        if kind and self._name_slot and not is_absent(kind.text):
            entity = f"{name.text}{'' if self._language == 'zh' else ' '}{kind.text}"
        first = len(self._rows)
        for cell in cells:
            # "None" is an answer here: the car has no cruise control.
            if cell is not name and (cell.text == "无" or not is_absent(cell.text)):
                fact = self._read_value(cell.key, cell.text) or _Fact(cell.key, cell.text)
                self._add_row(entity, fact, cell.span, cell.place, cell.note)
        if self._name_slot or len(self._rows) == first:
            fact = _Fact(self._name_slot or name.key, name.text)
            self._add_row(entity, fact, name.span, name.place, name.note)
        else:
            name.note(f"/knowledge/{first}/entity")

    def _find_slot(self, key: str) -> str | None:
        if name := self._headers.get(fold_key(key)) or match_header(self._pack, key):
            slot = self._pack.slots[name]
            known = {h for texts in slot.headers.values() for h in texts} | set(slot.names.values())
            # 酒店类型 is no name of a hotel: what takes any text takes it under its own header alone.
            if slot.type != "text" or fold_key(key) in {fold_key(h) for h in known} | set(self._headers):
                return name
        return None

    def _read_value(self, key: str, text: str) -> _Fact | None:
        """Return the fact a cell states in the pack's terms, or None where the pack has no slot or value for it."""
        name = self._find_slot(key)
        slot = self._pack.slots[name] if name else None
        if name is None or slot is None or slot.type == "entity":
            return self._guess_category(text)
        if slot.type in _MEASURED and (_RANGE.search(text) or len(find_numbers(text)) != 1):
            return None
        tries = [text]
        if slot.values:
            called = slot.names.get(self._language, "")
            tries += [f"{text}{called}", f"{called}{text}"]
        elif (unit := _UNIT.search(key)) and text.strip().replace(".", "").isdigit():
            tries = [f"{text}{unit[1]}"]
        for wording in tries:
            if parsed := parse_value(self._pack, slot, wording, self._language):
                return _Fact(name, *parsed)
        return self._guess_category(text)

    def _guess_category(self, text: str) -> _Fact | None:
        """Return the slot one of whose values is written in a text: `大床房` says which bed, `SUV` which body."""
        lower = text.lower()
        for name, slot in self._pack.slots.items():
            for value, texts in slot.values.items():
                if any(lower.startswith(spelling.lower()) for spelled in texts.values() for spelling in spelled):
                    return _Fact(name, value)
        return None

    def list_named(self) -> list[tuple[Path, str]]:
        """Return the leaves under a header of the entity slot: they list names of what is sold."""
        found = []
        for path in self._leaves:
            value = self._placer.leaves[path]
            key = next((part for part in reversed(path) if isinstance(part, str)), "")
            if isinstance(value, str) and self._find_slot(key) == self._pack.entity_slot:
                found.append((path, value))
        return found

    def _list_names(self, paths: Sequence[Path]) -> list[str]:
        """Return the names of what is sold that leaves under a header of the entity slot list."""
        names: dict[str, None] = {}
        wanted = set(paths)
        for path, value in self.list_named():
            for span in split_spans(_BRACKETED.sub("", value), _NAMES) if path in wanted else ():
                if 2 <= len(span.text) <= 30 and not is_absent(span.text):
                    names.setdefault(span.text)
        return list(names)

    def _read_prose(self, path: Path, reader: SlotReader) -> None:
        value = self._placer.leaves[path]
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if not isinstance(value, str) or is_absent(value):
            return
        # 核心配置 -> 迈腾B9 -> text: the key names what is sold.
        named = isinstance(path[-1], str) and len(path) > 2 and match_header(self._pack, key) is None
        for span in split_spans(value, _SENTENCE):
            entity = next(iter(reader.find_entities(span.text)), key if named else EVERYTHING)
            # 官方指导价 -> "A1豪华型：206900元": the label is what the figure is of, be A1 known or not.
            label = _LABEL.match(span.text)
            named_so = label and (entity == EVERYTHING or entity in label[1])
            if label and named_so and not self._subject.search(label[1]) and match_header(self._pack, label[1]) is None:
                rest = span.text[label.end() :]
                labelled = self._read_value(key, rest) if self._is_plain(key, rest) else None
                if facts := self._find_facts(rest, reader) or ([labelled] if labelled else []):
                    self._add_facts(label[1].strip(), facts, span, path)
                    continue
            told = self._read_value(key, span.text) if self._is_plain(key, span.text) else None
            facts = self._find_facts(span.text, reader) or [told or _Fact(key, span.text)]
            if entity == EVERYTHING and facts[0].slot in self._pack.slots:
                # A figure of nobody knows what must not hold for everything that is sold.
                facts = [_Fact(key, span.text)]
            self._add_facts(entity, facts, span, path)

    def _add_facts(self, entity: str, facts: Sequence[_Fact], span: Span, path: Path) -> None:
        place = self._name_place(path)
        self._add_row(entity, facts[0], span, place, self._make_note(path, span), start=span.start)
        for fact in facts[1:]:
            self._add_row(entity, fact, span, place, None, start=span.start)

    def _is_plain(self, key: str, text: str) -> bool:
        """Tell whether a text can be the value of its key as it stands: a figure among other words may be another's."""
        name = self._find_slot(key)
        return name is None or self._pack.slots[name].type not in _MEASURED or bool(_FIGURE.match(text))

    def _find_facts(self, text: str, reader: SlotReader) -> list[_Fact]:
        facts: dict[str, _Fact] = {}
        for mention in reader.find_values(text):
            slot = self._pack.slots[mention.slot]
            if slot.type not in (*_MEASURED, "category") or mention.slot in facts:
                continue
            if mention.start and text[mention.start - 1] == "/":  # 6/7座 is two values
                continue
            if slot.type == "money" and not self._before_price.search(text[: mention.start]):
                continue
            facts[mention.slot] = _Fact(mention.slot, mention.value, _read_number(slot.type, mention), mention.unit)
        return list(facts.values())

    def _add_row(
        self,
        entity: str,
        fact: _Fact,
        span: Span,
        place: str,
        note: Callable[[str], None] | None,
        start: int | None = None,
    ) -> None:
        if note:
            note(f"/knowledge/{len(self._rows)}/text")
        self._rows.append(
            KnowledgeRow(
                id=make_id("knowledge", self._profile_id, place, fact.slot, start),
                domain=self._pack.id,
                language=self._language,
                provenance=Provenance(
                    source_id=self._profile_id,
                    url=self._file,
                    char_start=span.start,
                    char_end=span.end,
                    derived_from=(place,),
                ),
                entity=entity,
                slot=fact.slot,
                value=fact.value,
                number=fact.number,
                unit=fact.unit,
                text=span.text,
            )
        )


def _read_number(kind: str, mention: SlotMention) -> float | None:
    return float(mention.value) if kind in _MEASURED else None
