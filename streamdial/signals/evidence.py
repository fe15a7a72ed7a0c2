"""What of a vertical a recording shows: the density of its evidence, and how like its lines the talk is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from streamdial.domains import DomainPack, load_seeds
from streamdial.models import Embedder
from streamdial.records import Language
from streamdial.text import PhraseIndex, split_words

WINDOW_LINES = 20
"""Lines of chat or comments that are looked at together."""
WINDOW_SECONDS = 60.0
"""Seconds of speech that are looked at together."""
MOST_WINDOWS = 50
"""Windows looked at of each kind of source, spread over all of it."""
MOST_LINES = 100
"""Lines with evidence that are compared with the pack's, of each kind of source."""
LEAST_MARGIN = 0.03
"""So much nearer to the pack's lines than to general chat a line must be; chosen on the `dev` recordings."""
_LINE_CHARACTERS = 400
_NEAREST = 3

Window = tuple[str, ...]
SplitLine = tuple[str, list[str]]
"""A line with its words."""
Item = TypeVar("Item")


class WindowSampler:
    """Cuts a stream of lines into windows and keeps some of them, spread evenly, without knowing how many will come.

    Once twice `MOST_WINDOWS` are held every second one is let go, and from then on so many more are passed over: what
    is kept depends on the lines and their order alone.

    Args:
        size: Lines of a window.
    """

    def __init__(self, size: int = WINDOW_LINES) -> None:
        self._size = size
        self._lines: list[str] = []
        self._windows: list[Window] = []
        self._step = 1
        self._passed = 0

    def add(self, line: str) -> None:
        """Take in the next line."""
        self._lines.append(line)
        if len(self._lines) >= self._size:
            self.end_window()

    def end_window(self) -> None:
        """End the window that is open, however long it is."""
        if not self._lines:
            return
        if self._passed % self._step == 0:
            # A line that is pasted again and again counts once.
            self._windows.append(tuple(dict.fromkeys(self._lines)))
            if len(self._windows) >= 2 * MOST_WINDOWS:
                self._windows = self._windows[::2]
                self._step *= 2
        self._passed += 1
        self._lines = []

    def list_windows(self) -> list[Window]:
        """Return at most `MOST_WINDOWS` windows, in order; the last may be short."""
        self.end_window()
        return _spread(self._windows, MOST_WINDOWS)


class Evidence(NamedTuple):
    """What phrases of a vertical some windows hold.

    Attributes:
        density: Words that belong to such a phrase, per 1,000 words, weighed.
        phrases: Each phrase with its uses.
        lines: The lines that hold one, each with how many of its words belong to one.
    """

    density: float
    phrases: Counter[str]
    lines: list[tuple[str, int]]


def split_lines(windows: Iterable[Window]) -> list[SplitLine]:
    """Return the lines of windows with their words, for all packs that look at them.

    Words are those of `split_words`: in Chinese a character is one, so that the share means the same in both languages.
    """
    return [(line, split_words(line)) for window in windows for line in window]


def measure_evidence(lines: Iterable[SplitLine], index: PhraseIndex, others: Sequence[PhraseIndex] = ()) -> Evidence:
    """Count the words of lines that belong to phrases of a vertical.

    Words that several verticals have, such as those of prices and places, count by one in so many, unless they are
    keywords. One phrase that only stands around a vertical counts up to as much as all its own do, and one of its own
    as much as all others: the underground is talked about with hotels and without any, and one word makes no subject.

    Args:
        lines: Lines with their words, see `split_lines`.
        index: The phrases, such as `DomainPack.evidence`, labelled `keyword`, `own` or `around`.
        others: The phrases of other verticals.
    """
    words = 0
    phrases: Counter[str] = Counter()
    weights: defaultdict[str, float] = defaultdict(float)
    owned: set[str] = set()
    holding: list[tuple[str, int]] = []
    for line, split in lines:
        words += len(split)
        places: set[int] = set()
        for hit in index.find(split):
            found = split[hit.start : hit.end]
            phrase = (" " if found[0].isascii() else "").join(found)
            sharing = 1 + sum(bool(other.get_labels(found)) for other in others)
            if hit.label == "keyword" or (hit.label == "own" and sharing == 1):
                owned.add(phrase)
            new = set(range(hit.start, hit.end)) - places
            if not new:
                continue
            places |= new
            phrases[phrase] += 1
            weights[phrase] += len(new) / (1 if hit.label == "keyword" else sharing)
        if places:
            holding.append((line, len(places)))
    own = sum(weights[phrase] for phrase in owned)
    total = sum(weights.values())
    counted = sum(min(weight, total - weight if phrase in owned else own) for phrase, weight in weights.items())
    return Evidence(1000 * counted / words if words else 0.0, phrases, holding)


def confirm_density(evidence: Evidence, pack: DomainPack, language: Language, embedder: Embedder) -> float:
    """Return the density of the evidence that stands in lines like those of the vertical's dialogues.

    `range` and `charging` are words of cars and of games. A line confirms its evidence if the mean cosine to the three
    nearest lines of the pack (prototypes of strategies, turns of seed dialogues) is greater by `LEAST_MARGIN` than
    that to the three nearest lines of general chat (the pack's lines of no intent). At most `MOST_LINES` lines, spread
    over all that hold evidence, are asked.

    Args:
        evidence: What `measure_evidence` found with the pack's phrases.
        pack: The domain pack.
        language: Language of the recording; lines of that language are compared.
        embedder: Encodes the lines.

    Returns:
        Words per 1,000 words; the density itself where the pack has no lines to compare with.
    """
    own = [text for strategy in pack.strategies.values() for text in strategy.prototypes.get(language, ())]
    own += [turn.utterance for seed in load_seeds(pack, language) for turn in seed.turns]
    none = pack.intents.get("none", {}).get(language, ())
    asked = _spread(evidence.lines, MOST_LINES)
    if not asked or not own or not none:
        return evidence.density
    vectors = embedder.embed([line[:_LINE_CHARACTERS] for line, _ in asked])
    near, away = (
        np.sort(vectors @ embedder.embed(lines).T, axis=1)[:, -_NEAREST:].mean(axis=1)
        for lines in (list(dict.fromkeys(own)), list(none))
    )
    counts = np.asarray([count for _, count in asked], dtype=float)
    return evidence.density * float(counts[near - away > LEAST_MARGIN].sum() / counts.sum())


def _spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many items, taken at even distances."""
    places = np.linspace(0, len(items) - 1, min(len(items), most)).round().astype(int)
    return [items[place] for place in places]
