"""Grows the inventory: a model writes wordings once for a move, slot and verdict; what cannot be read back is left out.

The cost grows with the vertical, not with the dialogues.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from streamdial.counts import Counts
from streamdial.models import ChatMessage, ChatModel, ChatRequest, try_structured
from streamdial.phrases.inventory import Inventory, Phrase
from streamdial.phrases.reading_back import find_fault, is_alike
from streamdial.prompts import render_prompt
from streamdial.records import Role
from streamdial.slots import SlotReader

WANTED = 40
"""Wordings of a key from which on it is not grown."""
SHOWN = 8
"""Wordings of a key that the model is shown."""
ASKED = 12
"""Wordings asked for in one call."""
MAX_TOKENS = 900


class Key(NamedTuple):
    """A list of the inventory: `slots`, slot and key, or a role and the key of a move."""

    role: Role | None
    slot: str
    name: str

    def __str__(self) -> str:
        """Return it as it is listed: `range.ask`, `user.greet`."""
        return f"{self.slot or self.role}.{self.name}"


class Wordings(BaseModel):
    """What the model answers."""

    model_config = ConfigDict(extra="ignore")

    phrases: list[str] = []


def list_short(inventory: Inventory, *, wanted: int = WANTED) -> Iterator[tuple[Key, tuple[Phrase, ...]]]:
    """Yield the keys of an inventory that have fewer wordings than wanted, with those they have."""
    for (role, name), phrases in inventory.moves.items():
        if len(phrases) < wanted:
            yield Key(role, "", name), phrases
    for (slot, name), phrases in inventory.slots.items():
        if len(phrases) < wanted:
            yield Key(None, slot, name), phrases


async def grow_key(
    model: ChatModel, key: Key, known: Sequence[Phrase], reader: SlotReader, counts: Counts, *, seed: int = 0
) -> list[str]:
    """Return new wordings for a key, each read back and unlike the others.

    Args:
        model: Writes them.
        key: Which key.
        known: The wordings it has; their gaps are those a new one may have.
        reader: Reads slots of the vertical in the language of the phrases.
        counts: Gets `asked`, `made`, `kept` and the reasons of drops: those of `find_fault`, `alike` and `unusable`
            (the model's answer).
        seed: Seed of the call.

    Raises:
        ModelError: If the model failed for good.
    """
    gaps = sorted({gap for phrase in known for gap in phrase.gaps})
    counts.asked += ASKED
    prompt = render_prompt(
        "phrases",
        reader.language,
        domain=reader.pack.names[reader.language],
        role=key.role or ("user" if key.name in ("ask", "wish", "wish_short", "need") else "agent"),
        key=str(key),
        gaps=gaps,
        known=[phrase.text for phrase in known[:SHOWN]],
        count=ASKED,
    )
    request = ChatRequest(
        messages=(ChatMessage(role="user", content=prompt),),
        max_tokens=MAX_TOKENS,
        temperature=0.9,
        seed=seed,
        purpose="phrases",
    )
    answer = await try_structured(model, request, Wordings)
    if answer is None:
        counts.drop("unusable")
        return []
    kept: list[str] = []
    for text in (line.strip() for line in answer.phrases):
        counts.made += 1
        fault = find_fault(Phrase(text), key.slot, key.name, gaps, reader)
        if fault is None and is_alike(text, [*(phrase.text for phrase in known), *kept]):
            fault = "alike"
        if fault is not None:
            counts.drop(fault)
        else:
            kept.append(text)
    counts.kept += len(kept)
    return kept


async def grow_inventory(
    model: ChatModel,
    inventory: Inventory,
    reader: SlotReader,
    counts: Counts,
    *,
    wanted: int = WANTED,
    only: Sequence[str] = (),
    seed: int = 0,
) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return new wordings for every key that has fewer than wanted, laid out as a file of phrases.

    Args:
        model: Writes them.
        inventory: What there is.
        reader: Reads slots of the vertical in the language of the phrases.
        counts: See `grow_key`.
        wanted: Wordings of a key from which on it is not grown.
        only: Keys to grow, as `list_keys` names them; all where there are none.
        seed: Seed of the calls.

    Raises:
        ModelError: If the model failed for good.
    """
    grown: dict[str, dict[str, dict[str, list[str]]]] = {"moves": {}, "slots": {}}
    for key, known in list_short(inventory, wanted=wanted):
        if only and str(key) not in only:
            continue
        if phrases := await grow_key(model, key, known, reader, counts, seed=seed):
            part, name = ("slots", key.slot) if key.slot else ("moves", str(key.role))
            grown[part].setdefault(name, {})[key.name] = phrases
    return grown
