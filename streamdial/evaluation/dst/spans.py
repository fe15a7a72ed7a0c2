"""Spans of what was said that may be slot values, and the features a linear model judges them by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

MAX_TOKENS = 8
"""Longest span in tokens."""
_CJK = re.compile(r"[\u3400-\u9fff]")
_TOKEN = re.compile(r"[A-Za-z]+(?:['’.&-][A-Za-z]+)*|\d+(?:[:.,]\d+)*|[^\w\s]|[^\W\d_]+|\w")
_BREAK = frozenset("。！？；!?;…")
_DIGIT = re.compile(r"\d+")


class Token(NamedTuple):
    """A word, number or mark with its place in the text."""

    text: str
    start: int
    end: int


class Span(NamedTuple):
    """A run of tokens of one utterance.

    Attributes:
        side: `user`, or `agent` for what was said before.
        text: What stands there.
        first: Its first token.
        last: The token behind its last one.
    """

    side: str
    text: str
    first: int
    last: int


@lru_cache(maxsize=20_000)
def split_tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text: words, numbers and marks; Chinese is cut into words."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        if _CJK.search(match[0]):
            import rjieba

            place = match.start()
            for word in rjieba.cut(match[0]):
                tokens.append(Token(word, place, place + len(word)))
                place += len(word)
        else:
            tokens.append(Token(match[0], match.start(), match.end()))
    return tuple(tokens)


def list_spans(text: str, side: str) -> Iterator[Span]:
    """Yield the spans of an utterance: up to `MAX_TOKENS` tokens, none across the end of a sentence.

    A span neither begins nor ends with a mark, brackets that close inside it apart.
    """
    tokens = split_tokens(text)
    for first, begin in enumerate(tokens):
        if not begin.text[0].isalnum():
            continue
        for last in range(first + 1, min(len(tokens), first + MAX_TOKENS) + 1):
            end = tokens[last - 1]
            if end.text in _BREAK or (end.text == "." and not text[end.end : end.end + 1].isalnum()):
                break
            if end.text[0].isalnum() or end.text in ")）":
                yield Span(side, text[begin.start : end.end], first, last)


class Scene(NamedTuple):
    """What is known when a span is judged.

    Attributes:
        agent: What the agent said last.
        user: What the user says.
        state: The state before, in comparable values.
        recent: Slots that changed in the last turn that changed any: what the dialogue is about.
        before: What the user said the turn before.
    """

    agent: str
    user: str
    state: Mapping[str, str]
    recent: tuple[str, ...] = ()
    before: str = ""


def describe_span(span: Span, scene: Scene, known: Sequence[str], normal: str) -> list[str]:
    """Return the features of a span: its words and shape, its neighbours, what was asked, who knows it as a value.

    Args:
        span: The span.
        scene: Where it stands.
        known: Attributes that have it as a value in other dialogues of the training set.
        normal: The span's text in its plain comparable form.
    """
    tokens = split_tokens(scene.user if span.side == "user" else scene.agent)
    words = [token.text.lower() for token in tokens]
    side, inside = span.side[0], words[span.first : span.last]
    shape = describe_shape(span.text)
    before = [*["<s>"] * 3, *words[: span.first]][-3:]
    after = [*words[span.last : span.last + 3], *["</s>"] * 3][:3]
    edges = "".join(_tell_kind(tokens, place) for place in (span.first - 1, span.first, span.last - 1, span.last))
    found = [
        f"{side}|shape={shape}",
        f"{side}|length={len(inside)}",
        f"text={normal}",
        f"first={inside[0]}",
        f"last={inside[-1]}",
        f"{side}|b1={before[2]}",
        f"{side}|b2={before[1]} {before[2]}",
        f"{side}|b3={before[0]} {before[1]} {before[2]}",
        f"{side}|a1={after[0]}",
        f"{side}|a2={after[0]} {after[1]}",
        f"{side}|around={before[2]}_{after[0]}",
        f"{side}|b1={before[2]}|{shape}",
        f"{side}|a1={after[0]}|{shape}",
        f"{side}|edges={edges}",
        f"{side}|known={','.join(known)}",
        *(f"in={word}" for word in set(inside)),
        *(f"{side}|near={word}" for word in {*words[max(0, span.first - 5) : span.first]}),
        *(f"{side}|close={word}" for word in {*words[span.last : span.last + 4]}),
    ]
    for name in known:
        found += [f"knows={name}", f"{side}|knows={name}", f"{side}|knows={name}|b1={before[2]}"]
        found += [f"{side}|knows={name}|a1={after[0]}"]
    if span.side == "user":
        asked = _last_sentence(scene.agent)
        found += [f"asked={word}" for word in asked] + [f"asked={word}|{shape[:12]}" for word in asked]
        found += [f"asked={word}|knows={name}" for word in asked for name in known]
    else:
        said = _list_words(scene.user)
        found += [f"said={word}" for word in said]
        found += [f"said={word}|knows={name}" for word in said for name in known]
        found.append(f"again={normal in scene.user.lower()}")
    return [*found, *(f"held={slot}" for slot, value in scene.state.items() if value == normal)]


def describe_shape(text: str) -> str:
    """Return a text's outline: 9 a digit, Aa a word with a capital, a a small one, 字 a Chinese one; runs made one."""
    shapes: list[str] = []
    for token in split_tokens(text):
        if _DIGIT.search(token.text):
            shape = _DIGIT.sub("9", token.text)
        elif _CJK.search(token.text):
            shape = "字"
        elif token.text.isalpha():
            shape = "Aa" if token.text[0].isupper() else "a"
        else:
            shape = token.text
        if not shapes or shapes[-1] != shape:
            shapes.append(shape)
    return " ".join(shapes)


def _tell_kind(tokens: Sequence[Token], place: int) -> str:
    """Tell how a token looks beside a name: capital, small, number, mark, or none there."""
    if not 0 <= place < len(tokens):
        return "-"
    text = tokens[place].text
    if text[0].isdigit():
        return "9"
    if not text[0].isalpha():
        return "."
    return "字" if _CJK.match(text) else "A" if text[0].isupper() else "a"


@lru_cache(maxsize=4_000)
def _last_sentence(text: str) -> tuple[str, ...]:
    """Return the words of the last sentence that says something."""
    sentences = [part for part in re.split(r"[。！？!?;；]|\.(?=\s|$)", text) if part.strip()]
    return tuple(sorted({token.text.lower() for token in split_tokens(sentences[-1])})) if sentences else ()


def _list_words(text: str) -> frozenset[str]:
    return frozenset(token.text.lower() for token in split_tokens(text))


def describe_turn(scene: Scene) -> list[str]:
    """Return the features of a turn as a whole: runs of up to three words, what was asked, the state before."""
    words = [token.text.lower() for token in split_tokens(scene.user)]
    runs = {" ".join(words[start : start + size]) for size in (1, 2, 3) for start in range(len(words) - size + 1)}
    asked = _last_sentence(scene.agent)
    return [
        *(f"u={run}" for run in runs),
        *(f"asked={word}" for word in asked),
        *(f"asked={word}|{words[0]}" for word in asked if words),
        *(f"filled={slot}" for slot in scene.state),
        *(f"now={slot}={value}" for slot, value in scene.state.items()),
        *describe_topic(scene),
    ]


def describe_topic(scene: Scene) -> list[str]:
    """Return the features that tell what a turn is about: words of all that was said lately, what changed last."""
    return [
        *(f"topic={word}" for word in _list_words(scene.user)),
        *(f"heard={word}" for word in _list_words(scene.agent)),
        *(f"past={word}" for word in _list_words(scene.before)),
        *(f"recent={slot}" for slot in scene.recent),
    ]
