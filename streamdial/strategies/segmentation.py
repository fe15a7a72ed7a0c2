"""Where a stream changes its topic: seams between lines, by likeness over time and likeness to anchors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from streamdial.models import Embedder, Vectors
from streamdial.records import Language
from streamdial.text import tokenize

Numbers = NDArray[np.float64]

WINDOW = 4
"""Lines on either side of a gap that are compared."""
NEAREST = 3
"""Lines that lie between two seams at least."""
WEIGHTS = (2.9, 5.5, 6.3, 11.7)
"""Weights of unlikeness, words not shared, what closed before, and what opens."""
BIAS = -12.7
LIKELY = 0.12
"""Least probability of a seam. This and the weights are fitted on the development half of `benchmarks/segments.py`."""
MENTIONS = 4
"""Lines that name a thing, on either side, by which it is told whether the talk has turned to another one."""
OPENING: dict[Language, tuple[str, ...]] = {
    "en": (
        "Hello, I am looking for something.",
        "Hi, can you help me find one?",
        "Next up we have something new.",
        "Let's move on to the next one.",
        "Our next caller is on the line.",
        "Now let me show you another one.",
        "I also have a question about something else.",
    ),
    "zh": (
        "你好，我想找一个。",
        "您好，能帮我推荐一家吗？",
        "接下来我们看下一款。",
        "好，我们来讲下一个。",
        "下一位连麦的朋友。",
        "现在给大家看另外一个。",
        "还想问一下别的。",
    ),
}
CLOSING: dict[Language, tuple[str, ...]] = {
    "en": (
        "Thank you, that is all I need.",
        "You're welcome, have a nice day.",
        "Bye, see you next time.",
        "Great, thanks for your help.",
        "Is there anything else I can help you with?",
        "That was all about this one.",
        "No, that is everything.",
    ),
    "zh": (
        "好的，谢谢你。",
        "不客气，祝您愉快。",
        "再见，下次见。",
        "谢谢您的帮助。",
        "还有什么可以帮您的吗？",
        "这一款就讲到这里。",
        "没有了，就这些。",
    ),
}
"""Anchors: what is said where a topic is taken up, and where it is left."""


def find_seams(
    lines: Sequence[str],
    language: Language,
    embedder: Embedder,
    *,
    named: Sequence[Collection[str]] = (),
    likely: float = LIKELY,
) -> list[int]:
    """Return the places of the lines that begin a new topic, ascending; the first line begins none.

    GPT-Calls (arXiv 2306.07941) has a model write anchors of each topic once, and then only follows each line's
    likeness to them over time. Here the anchors are those of taking up and leaving any topic, and the names of what is
    sold; beside them count, as in TextTiling (Hearst 1997), how unlike the lines before and behind a gap are, and how
    few telling words they share.

    Args:
        lines: What was said and written, in order.
        language: Language of the lines.
        embedder: Gives unit vectors.
        named: The things each line names, line by line; none where they are not known.
        likely: Least probability of a seam, but where the talk turns to another thing.
    """
    if len(lines) < 2 * NEAREST:
        return []
    chances = measure_seams(lines, language, embedder)
    ranked = [place for place in np.argsort(-chances, kind="stable").tolist() if chances[place] >= likely]
    seams: list[int] = []
    for place in (*ranked, *find_thing_seams(named)):
        if all(abs(place - seam) > NEAREST for seam in seams):
            seams.append(place)
    return sorted(seams)


def find_thing_seams(named: Sequence[Collection[str]]) -> list[int]:
    """Return the places from which on another thing is talked about, ascending.

    A line that names two compares them and tells nothing. A thing is what is talked about where three of four lines
    that name one name it.

    Args:
        named: The things each line names, line by line.
    """
    mentions = [(place, next(iter(names))) for place, names in enumerate(named) if len(names) == 1]
    most = MENTIONS - 1
    seams: list[int] = []
    current = ""
    for number, (place, thing) in enumerate(mentions):
        before = [name for _, name in mentions[max(0, number - MENTIONS) : number]]
        behind = [name for _, name in mentions[number : number + MENTIONS]]
        turned = before.count(thing) <= len(before) - most and len(before) >= most
        if thing != current and turned and behind.count(thing) >= most:
            seams.append(place)
            current = thing
    return seams


def measure_seams(lines: Sequence[str], language: Language, embedder: Embedder) -> Numbers:
    """Return how likely each line begins a new topic, shape (lines,); 0 for the first.

    Args:
        lines: What was said and written, in order.
        language: Language of the lines.
        embedder: Gives unit vectors.
    """
    features = describe_gaps(lines, language, embedder)
    chances = 1 / (1 + np.exp(-(features @ np.asarray(WEIGHTS) + BIAS)))
    chances[:1] = 0
    return np.asarray(chances, dtype=np.float64)


def describe_gaps(lines: Sequence[str], language: Language, embedder: Embedder) -> Numbers:
    """Return what is weighed before each line, shape (lines, 4), see `WEIGHTS`."""
    vectors = embedder.embed(list(lines))
    opens, closes = (
        (vectors @ embedder.embed(list(anchors[language])).T).max(axis=1) for anchors in (OPENING, CLOSING)
    )
    count = len(lines)
    words = [set(tokenize(line.lower())) for line in lines]
    seen = Counter(word for said in words for word in said)
    features = np.zeros((count, len(WEIGHTS)))
    for place in range(1, count):
        before, behind = slice(max(0, place - WINDOW), place), slice(place, place + WINDOW)
        features[place, 0] = 1 - _compare(vectors[before], vectors[behind])
        features[place, 1] = 1 - _share(words[before], words[behind], seen, count)
        # Who thanks is answered, so the line before the last may be the one that closed.
        features[place, 2] = closes[max(0, place - 2) : place].max() - closes[place]
    features[:, 3] = opens
    return features


def _compare(before: Vectors, behind: Vectors) -> float:
    left, right = before.mean(axis=0), behind.mean(axis=0)
    return float(left @ right / max(float(np.linalg.norm(left) * np.linalg.norm(right)), 1e-9))


def _share(before: Sequence[set[str]], behind: Sequence[set[str]], seen: Counter[str], count: int) -> float:
    """Return which part of the telling words of one side the other has, each by how rare it is in the stream."""
    left, right = set[str]().union(*before), set[str]().union(*behind)

    def weigh(words: set[str]) -> float:
        return sum(math.log(count / seen[word]) for word in sorted(words))

    return weigh(left & right) / max(min(weigh(left), weigh(right)), 1e-9)
