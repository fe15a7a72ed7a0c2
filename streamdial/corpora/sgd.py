"""The schema-guided form of dialogues: SGD, and MultiWOZ 2.2, which has the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streamdial.corpora._dialogues import CorpusAct, CorpusDialogue, CorpusTurn


def read_sgd(entry: Mapping[str, Any], name: str) -> CorpusDialogue:
    """Return a dialogue of SGD (Rastogi et al. 2020) or MultiWOZ 2.2 (Zang et al. 2020).

    Slots are called `Hotels_4-place_name` (service and slot); those of MultiWOZ 2.2 have their domain already. Where a
    state lists several spellings of a value, the one known before stays, else the first is taken.

    Args:
        entry: The dialogue: `turns` with `frames`.
        name: Its id, where the entry has none.
    """
    number = str(entry.get("dialogue_id", name))
    talk = CorpusDialogue(f"{entry['split']}/{number}" if "split" in entry else number, "en")
    states: dict[str, dict[str, str]] = {}
    for turn in entry["turns"]:
        user = turn["speaker"].upper() == "USER"
        acts: list[CorpusAct] = []
        for frame in turn.get("frames", []):
            service = frame["service"]
            acts += _list_acts(frame, service, user)
            if user and "state" in frame:
                states[service] = read_state(frame, states.get(service, {}))
        merged = {slot: value for state in states.values() for slot, value in state.items()}
        talk.turns.append(
            CorpusTurn("user" if user else "agent", turn["utterance"].strip(), tuple(acts), merged if user else None)
        )
    return talk


def read_state(frame: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    """Return a frame's state as `service-slot` to one value.

    Args:
        frame: A frame of a user turn.
        before: The service's state before the turn.
    """
    state = {}
    for slot, values in frame["state"]["slot_values"].items():
        name = _name_slot(frame["service"], slot)
        if values:
            told = [str(value) for value in values] if isinstance(values, list) else [str(values)]
            state[name] = before[name] if before.get(name) in told else told[0]
    return state


def _name_slot(service: str, slot: str) -> str:
    return slot if "-" in slot else f"{service}-{slot}"


def _list_acts(frame: Mapping[str, Any], service: str, user: bool) -> Iterator[CorpusAct]:
    asked = frame.get("state", {}).get("requested_slots", [])
    for action in frame.get("actions", []):
        slot = action["slot"] if action["slot"] not in ("intent", "count") else ""
        # What a user selects or denies is an act without a slot of its own.
        told = action.get("canonical_values") or action.get("values") or []
        yield _make_act(action["act"], service, slot, str(told[0]) if told else "")
    if "actions" in frame:
        return
    for slot in asked:
        yield _make_act("REQUEST", service, slot, "")
    for span in frame.get("slots", []):
        value = span.get("value", "")
        yield _make_act("INFORM", service, span["slot"], str(value[0] if isinstance(value, list) and value else value))
    if not user and not frame.get("slots"):
        return


def _make_act(act: str, service: str, slot: str, value: str) -> CorpusAct:
    domain, _, bare = _name_slot(service, slot).partition("-") if slot else ("", "", "")
    return CorpusAct(act, domain, bare, value)
