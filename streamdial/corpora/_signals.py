"""Signals and situations given in words, as the keys the code uses: `ask:price`, `object`, `inform:seats`."""

from __future__ import annotations

from streamdial.blueprints import name_situation
from streamdial.corpora._terms import find_class
from streamdial.domains import DomainPack
from streamdial.records import Language
from streamdial.slots import SlotReader

_WITH_SLOT = {"ask", "inform", "object", "compare", "negotiate"}
_BUDGET = {"zh": ("预算", "价位", "人均"), "en": ("budget",)}


class SignalReader:
    """Returns the key of a signal that is given in words.

    Args:
        pack: The domain pack.
        language: Language of the plan.
    """

    def __init__(self, pack: DomainPack, language: Language) -> None:
        self._pack = pack
        self._language: Language = language
        self._reader = SlotReader(pack, language)
        self._names = [
            (called.lower(), name)
            for name, slot in pack.slots.items()
            if slot.type not in ("entity", "date", "time")
            for called in (slot.names.get(language, ""), *slot.headers.get(language, ()))
            if len(called) > 1
        ]
        self._names.sort(key=lambda row: -len(row[0]))

    def name_signal(self, text: str) -> str:
        """Return the key of a signal, as `name_situation` writes it; empty where the words point to no user act.

        Words that name an attribute alone give `slot:<name>`.
        """
        slot = self._find_slot(text)
        act = find_class("user_acts", text)
        if act is None:
            return f"slot:{slot}" if slot else ""
        return name_situation(act, [slot] if slot and act in _WITH_SLOT else [])

    def _find_slot(self, text: str) -> str | None:
        lower = text.lower()
        if any(word in lower for word in _BUDGET[self._language]):
            return self._pack.price_slot
        if asked := self._reader.find_asks(text):
            return asked[0]
        named = next((name for called, name in self._names if called in lower), None)
        return named or next((mention.slot for mention in self._reader.find_values(text)), None)
