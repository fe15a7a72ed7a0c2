"""MultiWOZ 2.1, as published: a dialogue's `log` with the state beside each system turn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamdial.corpora._dialogues import CorpusAct, CorpusDialogue, CorpusTurn
from streamdial.corpora._terms import load_terms

_ANY = re.compile(r"(?:do(?:es)?\s?n[o']?t\s?(?:care|matter)|do not care|any)", re.IGNORECASE)
_UNSET = {"", "not mentioned", "none", "[]"}


def read_multiwoz(entry: Mapping[str, Any], name: str) -> CorpusDialogue:
    """Return a dialogue of MultiWOZ 2.1 (Eric et al. 2020); user turns carry the state the next system turn notes.

    Slots are called as MultiWOZ 2.2 calls them: `hotel-pricerange`, `hotel-bookday`.

    Args:
        entry: The dialogue: `goal` and `log`.
        name: Its id, where the entry has none.
    """
    talk = CorpusDialogue(str(entry.get("dialogue_id", name)), "en")
    log = entry["log"]
    domain = ""
    for number, turn in enumerate(log):
        acts, domain = _list_acts(turn.get("dialog_act"), domain)
        user = number % 2 == 0
        following = log[number + 1].get("metadata") if user and number + 1 < len(log) else None
        talk.turns.append(
            CorpusTurn(
                "user" if user else "agent",
                turn["text"].strip(),
                tuple(acts),
                read_state(following) if following else None,
            )
        )
    return talk


def read_state(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of a system turn's metadata as `domain-slot` to value, unset slots left out."""
    state = {}
    for domain, parts in metadata.items():
        for prefix, part in (("", parts.get("semi", {})), ("book", parts.get("book", {}))):
            for slot, value in part.items():
                told = _read_value(value)
                if slot != "booked" and told.lower() not in _UNSET:
                    state[f"{domain}-{prefix}{slot.lower()}"] = told
    return state


def _read_value(value: Any) -> str:  # noqa: ANN401
    """Return a slot's value as one text: the first of a list or of alternatives (`cheap|moderate`)."""
    if isinstance(value, list):
        value = next((each for each in value if str(each).strip()), "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    told = re.split(r"[|<>]", str(value))[0].strip()
    return "dontcare" if _ANY.fullmatch(told) else told


def _list_acts(dialog_act: Any, domain: str) -> tuple[list[CorpusAct], str]:  # noqa: ANN401
    """Return the acts of a turn and the domain talked about; `Booking` is about the one talked about last."""
    names: Mapping[str, Any] = load_terms("corpora")["multiwoz"]
    acts: list[CorpusAct] = []
    if not isinstance(dialog_act, Mapping):
        return acts, domain  # "No Annotation"
    for title, pairs in dialog_act.items():
        where, _, act = title.partition("-")
        where = where.lower()
        domain = domain if where in ("booking", "general") else where
        if where == "booking" and act == "Inform":
            act = "Booking-Inform"
        for slot, value in pairs:
            short = slot.lower()
            full = (names["book"].get(short) if domain in names["booked"] else None) or names["slots"].get(short, "")
            told = "" if str(value).lower() in ("?", "none") else str(value)
            acts.append(CorpusAct(act, domain if full else "", full, told))
    return acts, domain
