"""What the agent thinks before a call or an answer: what is known, what is missing, and why this call."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from streamdial.phrases import Phrase, join_clauses
from streamdial.phrases.inventory import deal
from streamdial.slots import join_phrases
from streamdial.tooluse.records import Act
from streamdial.tooluse.wording import PhraseWording
from streamdial.tooluse.words import load_words

LEADS = {"search": 1.0, "search_any": 1.0, "details": 0.5, "compare": 0.5, "availability": 0.5, "hold": 0.4, "ask": 0.6}
"""Thoughts that begin with what is known so far, and how often."""


class Thoughts:
    """Words the reasoning of one dialogue's agent.

    Args:
        wording: Writes values; its number deals the sentences out over a run.
        seed: Seed of the dialogue.
    """

    def __init__(self, wording: PhraseWording, seed: int = 0) -> None:
        self._wording = wording
        self._language = wording.language
        self._seed = seed
        self._words = load_words(wording.language).thoughts

    def explain(self, thought: str, about: Act, known: Mapping[str, str], place: int, **gaps: str) -> str:
        """Return a thought.

        Args:
            thought: Its key: `search`, `book`, `retry`, `say_offer`, ...
            about: What it is about; its values fill the gaps.
            known: What the customer has said of the matter so far, by slot.
            place: How many thoughts went before; no two of a dialogue need be alike.
            gaps: Texts for other gaps.
        """
        names = {name: slot.names[self._language] for name, slot in self._wording.pack.slots.items()}
        wished = {**known, **about.inform}
        texts = {
            "needs": join_phrases((self._wording.write_need(*item) for item in wished.items()), self._language),
            "slots": join_phrases((names[slot] for slot in (*about.request, *about.tell)), self._language),
            "entity": about.entity,
            "other": about.other,
            "day": about.tell.get(self._wording.schema.day, ""),
            "reference": about.reference,
            **gaps,
        }
        core = self._pick(thought, texts, place)
        lead = ""
        draws = Random(f"{self._seed}/{place}/{thought}").random() < LEADS.get(thought, 0.0)
        if draws and (texts["needs"] or thought == "search_any"):
            lead = self._pick("known" if texts["needs"] else "unknown", texts, place)
        return join_clauses([lead, core], self._language, [about.entity, about.other])

    def _pick(self, key: str, texts: Mapping[str, str], place: int) -> str:
        phrases = [Phrase(text) for text in self._words[key]]
        filled = [phrase for phrase in phrases if all(texts.get(gap) for gap in phrase.gaps)]
        if not filled:
            # What a sentence names is not known: a shorter one says that something is looked up.
            return self._pick("speak", texts, place) if key != "speak" else ""
        return deal(filled, f"thought.{key}", self._wording.number + self._seed % 97, place)[0].fill(texts)
