"""State tracking data in the two formats that trackers read: SGD, and MultiWOZ 2.2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.exports.dataset import DataSet
from streamdial.exports.formats.chunks import cut_into_chunks
from streamdial.exports.profiles import write_value
from streamdial.exports.splits import Splits
from streamdial.files import write_json
from streamdial.records import Dialogue, Language, Turn, accumulate_state
from streamdial.slots import DONT_CARE, SlotReader

Form = Literal["sgd", "multiwoz"]

CHUNK = 1000
"""Dialogues a file."""
FOLDERS = {"train": "train", "validation": "dev", "test": "test"}
"""Parts as both sets call them."""
_ACTS = {
    "accept": "AFFIRM",
    "affirm": "AFFIRM",
    "anything_else": "REQ_MORE",
    "ask_offer": "INFORM_INTENT",
    "book": "INFORM_INTENT",
    "close": "GOODBYE",
    "confirm": "NOTIFY_SUCCESS",
    "confirm_cancel": "NOTIFY_SUCCESS",
    "confirm_change": "NOTIFY_SUCCESS",
    "decline": "NEGATE",
    "no_answer": "NOTIFY_FAILURE",
    "no_booking": "NOTIFY_FAILURE",
    "propose": "OFFER_INTENT",
    "thank": "THANK_YOU",
    "trouble": "NOTIFY_FAILURE",
}
"""Acts of ours that SGD has a word for beside those its slots tell (INFORM, REQUEST, OFFER)."""
_TOLD_BY_SLOTS = {"answer", "ask", "ask_free", "change", "inform", "recommend", "recover", "request"}


def write_schema_guided(data: DataSet, splits: Splits, folder: Path, form: Form) -> tuple[list[Path], Counts]:
    """Write `schema.json` and `{train,dev,test}/dialogues_001.json`, 1000 dialogues a file.

    One service, called by the pack's id, with one intent to find and one to book. User frames hold the state: the value
    normalised by the pack, then as it was said where that differs. Spans are given where the value stands in the
    utterance. SGD has acts and slots of its own (`price`); MultiWOZ 2.2 no acts, and slots with their domain
    (`hotel-price`). A schema lies in each folder of SGD, as its readers want it.

    Args:
        data: The data set.
        splits: Which dialogue belongs to which part.
        folder: Folder of the form; files of an earlier, longer export are removed.
        form: `sgd` or `multiwoz`.

    Returns:
        The files, and what the form has no place for: `act_without_counterpart` (turns; SGD alone) and `second_entity`
        (turns that tell of two things).
    """
    writer = _Writer(data, form)
    schema = [writer.describe_service()]
    written = [write_json(folder / "schema.json", schema, published=True)]
    by_id = {dialogue.id: dialogue for dialogue in data.dialogues}
    for part, name in FOLDERS.items():
        if form == "sgd":
            written.append(write_json(folder / name / "schema.json", schema, published=True))
        rows = (writer.write_dialogue(by_id[key]) for key in splits.parts[part])
        files = [
            write_json(folder / name / f"dialogues_{number:03d}.json", chunk, published=True)
            for number, chunk in enumerate(cut_into_chunks(rows, CHUNK), start=1)
        ]
        written += files
        for old in {*(folder / name).glob("dialogues_*.json")} - {*files}:
            old.unlink()
    return written, writer.counts


class _Writer:
    def __init__(self, data: DataSet, form: Form) -> None:
        self.data = data
        self.pack: DomainPack = data.pack
        self.form = form
        self.counts = Counts(f"{form} export", asked=len(data.dialogues))
        self.service = self.pack.id if form == "multiwoz" else f"{self.pack.id}_1"
        self.booking = frozenset(self.pack.list_slots(booking=True))
        entities = {row.entity for agent in data.agents.values() for row in agent.knowledge}
        self._readers = {language: SlotReader(self.pack, language, entities) for language in ("en", "zh")}

    def name_slot(self, slot: str) -> str:
        return f"{self.service}-{slot}" if self.form == "multiwoz" else slot

    def describe_service(self) -> dict[str, Any]:
        slots = [
            {
                "name": self.name_slot(name),
                "description": slot.names.get("en", name),
                "is_categorical": bool(slot.values),
                "possible_values": [*slot.values, DONT_CARE] if slot.values else [],
            }
            for name, slot in self.pack.slots.items()
        ]
        wishes = [name for name, slot in self.pack.slots.items() if slot.constraint and not slot.booking]
        intents = (
            (f"find_{self.pack.id}", False, (), wishes),
            (f"book_{self.pack.id}", True, sorted(self.booking), (self.pack.entity_slot,)),
        )
        return {
            "service_name": self.service,
            "description": self.pack.names["en"],
            "slots": slots,
            "intents": [
                {
                    "name": name,
                    "description": f"{name.split('_')[0]} {self.pack.names['en'].lower()}",
                    "is_transactional": books,
                    "required_slots": [self.name_slot(slot) for slot in required],
                    "optional_slots": {self.name_slot(slot): DONT_CARE for slot in optional},
                    "result_slots": [self.name_slot(slot) for slot in self.pack.slots],
                }
                for name, books, required, optional in intents
            ],
        }

    def write_dialogue(self, dialogue: Dialogue) -> dict[str, Any]:
        self.counts.keep()
        said: dict[tuple[str, str], str] = {}
        books = False
        turns = []
        for number, turn in enumerate(dialogue.turns):
            spans = self.find_spans(turn, dialogue.language)
            said |= {(span["slot"], span["value"]): span["said"] for span in spans}
            books = books or turn.act == "book" or bool(self.booking & turn.inform.keys())
            frame: dict[str, Any] = {"service": self.service, "slots": [self.write_span(span) for span in spans]}
            if self.form == "sgd":
                frame["actions"] = list(self.list_actions(turn, said, books=books))
            else:
                frame["actions"] = []
                self.count_second(turn)
            if turn.role == "user":
                state = accumulate_state(dialogue.turns[: number + 1])
                frame["state"] = self.write_state(turn, state, said, books=books)
            body: dict[str, Any] = {"speaker": "USER" if turn.role == "user" else "SYSTEM", "utterance": turn.utterance}
            if self.form == "multiwoz":
                body["turn_id"] = str(number)
            turns.append({**body, "frames": [frame]})
        return {"dialogue_id": dialogue.id, "services": [self.service], "turns": turns}

    def write_state(
        self, turn: Turn, state: Mapping[str, str], said: Mapping[tuple[str, str], str], *, books: bool
    ) -> dict[str, Any]:
        return {
            "active_intent": f"{'book' if books else 'find'}_{self.pack.id}",
            "requested_slots": [self.name_slot(slot) for slot in turn.request],
            "slot_values": {
                self.name_slot(slot): list(dict.fromkeys((value, said.get((slot, value), value))))
                for slot, value in state.items()
            },
        }

    def write_span(self, span: Mapping[str, Any]) -> dict[str, Any]:
        place = {"slot": self.name_slot(span["slot"]), "start": span["start"], "exclusive_end": span["end"]}
        return {**place, "value": span["value"]} if self.form == "multiwoz" else place

    def find_spans(self, turn: Turn, language: Language) -> list[dict[str, Any]]:
        """Return where the values of a turn stand in it; one that is only meant has no span."""
        found = []
        values = turn.inform or turn.tell
        mentions = self._readers[language].find_values(turn.utterance) if values else []
        lower = turn.utterance.lower()
        for slot, value in values.items():
            mention = next((m for m in mentions if (m.slot, m.value) == (slot, value)), None)
            if mention:
                start, end = mention.start, mention.end
            else:
                texts = (value, write_value(self.pack, slot, value, language))
                written = next((text for text in texts if value and text.lower() in lower), None)
                if written is None:
                    continue
                start = lower.index(written.lower())
                end = start + len(written)
            found.append({"slot": slot, "value": value, "start": start, "end": end, "said": turn.utterance[start:end]})
        return found

    def list_actions(self, turn: Turn, said: Mapping[tuple[str, str], str], *, books: bool) -> Iterator[dict[str, Any]]:
        offers = turn.role == "agent" and turn.act in ("recommend", "recover")
        act = _ACTS.get(turn.act)
        if act in ("INFORM_INTENT", "OFFER_INTENT"):
            intent = f"{'book' if books or act == 'OFFER_INTENT' else 'find'}_{self.pack.id}"
            yield _make_action(act, "intent", intent, intent)
        elif act:
            yield _make_action(act)
        elif turn.act and turn.act not in _TOLD_BY_SLOTS:
            self.counts.drop("act_without_counterpart")
        for slot, value in (*turn.inform.items(), *turn.tell.items()):
            yield _make_action("OFFER" if offers else "INFORM", slot, value, said.get((slot, value), value))
        for slot in turn.request:
            yield _make_action("REQUEST", slot)
        if offers and turn.entity and self.pack.entity_slot not in turn.tell:
            yield _make_action("OFFER", self.pack.entity_slot, turn.entity, turn.entity)
        self.count_second(turn)

    def count_second(self, turn: Turn) -> None:
        if turn.tell_other:
            self.counts.drop("second_entity")


def _make_action(act: str, slot: str = "", value: str = "", said: str = "") -> dict[str, Any]:
    return {
        "act": act,
        "slot": slot,
        "values": [said] if value else [],
        "canonical_values": [value] if value else [],
    }
