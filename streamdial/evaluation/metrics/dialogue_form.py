"""The form of dialogues: how often wordings repeat once their facts are taken out, and how often users react."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.evaluation.dialogues import EvaluatedDialogue, cut_dialogues
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import REQUESTED, Language, Role, Turn
from streamdial.slots import SlotReader
from streamdial.text import find_phrase, fold_text, measure_length

OFTEN = 3
"""Dialogues a form has to stand in to count as a repeated one."""
TAIL = 3
"""Turns at the end that are compared."""
LEAST_TURNS = 20
"""Turns an act has to have for its forms to be counted."""
VALUE = "_"
"""Stands for a name or value in a form."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MARKS = re.compile(r"[^\w#]+")
_ARTICLE = re.compile(rf"\ban (?=[{VALUE}#])")
_HAN_SPACE = re.compile(r"(?<=[\u4e00-\u9fff_#]) (?=[\u4e00-\u9fff_#])")
_REACTIONS: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:(?:and|but|yeah|yes|no|so)\b[\s,.!-]*)?"
        r"(?:o+h+|a+h+|h+m+|mm+|wow|ok(?:ay)?|kk?|alright|all right|right|great|nice|cool|perfect|excellent|awesome"
        r"|amazing|wonderful|lovely|fantastic|brilliant|good(?! (?:morning|afternoon|evening|day|night)\b)|fine|sweet"
        r"|(?:many )?thanks|thank you|thank u|thx|cheers|(?:it |this |which )?sounds"
        r"|(?:it |this )?looks (?:good|great|nice)"
        r"|(?:this|that)(?:'?s|'?ll| is| was| sounds| works| would| will| seems| looks| helps| makes)"
        r"(?! (?:be )?(?:all|it|everything)\b)"
        r"|too \w+|still too|a bit (?:too|much|more|pricey|small|expensive)|i see|got it|gotcha|understood|fair enough"
        r"|really|seriously|well|ha(?:ha)+|lol|nah|ouch|ugh|yikes|phew|not bad|no way|pity|what a (?:pity|shame)|shame"
        r"|sorry|interesting|impressive|fair|makes sense|glad|good to (?:know|hear)|then)(?![a-z])"
    ),
    "zh": re.compile(
        r"(?:[哦噢喔嗯恩唔啊哇哎唉诶哈嘿呀嗨]|好(?![像几多奇友])|行(?![程李])|那(?![个家里边儿天位些])|还不错|不错|挺|太|真"
        r"|可以(?!帮|给|推荐|告诉|请|.{0,12}[吗么])|明白|了解|知道了|清楚|谢|多谢|感谢|没问题|没关系|没事|原来|这样|这么|听起来|听着"
        r"|ok|收到|懂了|对[,，。!！的啊呀]|对$|是吗|是嘛|有点|还行|还可以|就这|算了|可惜|难怪|怪不得|厉害|也行|也好|都行|果然|居然)"
    ),
}


def opens_with_reaction(text: str, language: Language) -> bool:
    """Tell whether a turn opens with a reaction to what was said before: ok, that's good, too far, 好的, 那, 太贵了.

    By the words alone, so that sets with and without annotation are measured by one rule. Yes and no answer a question
    and are none; a good evening greets, and "that's all" ends.
    """
    folded = fold_text(text).lower().lstrip("\"'“”‘’ .,，。…-—~")
    return bool(_REACTIONS[language].match(folded))


def measure_reactions(talks: Sequence[EvaluatedDialogue]) -> tuple[list[int], list[int]]:
    """Return how many user turns after the first open with a reaction, and how many there are, a dialogue each."""
    later = [[turn for turn in talk.turns if turn.role == "user"][1:] for talk in talks]
    reacting = [
        sum(opens_with_reaction(turn.utterance, talk.language) for turn in turns)
        for talk, turns in zip(talks, later, strict=True)
    ]
    return reacting, [len(turns) for turns in later]


def measure_words(talks: Iterable[EvaluatedDialogue], role: Role, language: Language) -> float | None:
    """Return the mean length of a role's turns, in words for en and characters for zh; None where there are none."""
    lengths = [
        measure_length(turn.utterance, language)
        for talk in talks
        if talk.language == language
        for turn in talk.turns
        if turn.role == role
    ]
    return sum(lengths) / len(lengths) if lengths else None


class FormReader:
    """Reads the form of a turn: its words, lower case, without marks, a sign where a name, a value or a number stood.

    Args:
        pack: Domain pack that values are read with; None goes by annotation and digits alone.
        language: Language of the turns.
        names: Names of what is sold.
    """

    def __init__(self, pack: DomainPack | None, language: Language, names: Iterable[str] = ()) -> None:
        self._names = sorted({fold_text(name).lower() for name in names if name}, key=lambda name: (-len(name), name))
        self._reader = SlotReader(pack, language, self._names) if pack else None

    def read(self, turn: Turn) -> str:
        """Return the form of a turn; empty where nothing is said."""
        text = fold_text(turn.utterance).lower()
        values = [*turn.inform.values(), *turn.tell.values(), *turn.tell_other.values(), turn.entity, turn.other]
        known = {fold_text(value).lower() for value in values if value and value != REQUESTED}
        named = self._names if self._reader is None else ()
        spans = [span for value in (*known, *named) for span in _find_spans(text, value)]
        if self._reader is not None:
            spans += [(mention.start, mention.end) for mention in self._reader.find_values(text)]
        return _fold_form(_blank(text, spans))


def _find_spans(text: str, phrase: str) -> Iterable[tuple[int, int]]:
    start = find_phrase(text, phrase)
    while start is not None:
        yield start, start + len(phrase)
        start = find_phrase(text, phrase, start + len(phrase))


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with a sign in place of each span; those that overlap become one."""
    parts, place = [], 0
    for start, end in sorted(spans):
        if start >= place:
            parts += [text[place:start], f" {VALUE} "]
        place = max(place, end)
    return "".join([*parts, text[place:]])


def _fold_form(text: str) -> str:
    plain = _MARKS.sub(" ", _NUMBER.sub("#", text.replace("'", ""))).strip()
    return _HAN_SPACE.sub("", _ARTICLE.sub("a ", plain))


@lru_cache(maxsize=32)
def _find_pack(domain: str) -> DomainPack | None:
    return load_pack(domain) if domain in list_domains() else None


def list_forms(
    talks: Sequence[EvaluatedDialogue], *, names: Iterable[str] = (), packs: Mapping[str, DomainPack] | None = None
) -> list[list[str]]:
    """Return the forms of all turns, a dialogue each; the same code for every set.

    Args:
        talks: The dialogues.
        names: Names of what is sold, beside those the annotation of any dialogue has.
        packs: Domain packs by id, beside those that come with the package or a plugin.
    """
    given = set(names)
    sold: dict[tuple[str, Language], set[str]] = defaultdict(set)
    for talk in talks:
        sold[talk.domain, talk.language] |= {name for turn in talk.turns for name in (turn.entity, turn.other)}
    readers = {
        (domain, language): FormReader((packs or {}).get(domain) or _find_pack(domain), language, found | given)
        for (domain, language), found in sold.items()
    }
    return [[readers[talk.domain, talk.language].read(turn) for turn in talk.turns] for talk in talks]


def count_repeated(forms: Sequence[Sequence[str]], *, least: int = OFTEN) -> list[int]:
    """Return, a dialogue each, how many of its turns have a form that stands in at least so many dialogues."""
    spread = Counter(form for told in forms for form in set(told))
    return [sum(spread[form] >= least for form in told) for told in forms]


def find_repeated_tails(forms: Sequence[Sequence[str]], *, length: int = TAIL) -> list[bool]:
    """Return, a dialogue each, whether another one ends in turns of the same forms."""
    tails = [tuple(told[-length:]) for told in forms]
    known = Counter(tails)
    return [known[tail] > 1 for tail in tails]


class ActForms(NamedTuple):
    """How many forms an act of a role has, and in how many turns."""

    role: Role
    act: str
    forms: int
    turns: int


def count_forms_of_acts(
    talks: Sequence[EvaluatedDialogue], forms: Sequence[Sequence[str]], *, least_turns: int = LEAST_TURNS
) -> list[ActForms]:
    """Return the number of different forms of each act of each role that has at least so many turns, fewest first."""
    found: dict[tuple[Role, str], list[str]] = defaultdict(list)
    for talk, told in zip(talks, forms, strict=True):
        for turn, form in zip(talk.turns, told, strict=True):
            if turn.act:
                found[turn.role, turn.act].append(form)
    counted = (ActForms(role, act, len(set(told)), len(told)) for (role, act), told in found.items())
    return sorted(
        (entry for entry in counted if entry.turns >= least_turns), key=lambda entry: (entry.forms, entry.act)
    )


def measure_form(
    talks: Sequence[EvaluatedDialogue],
    *,
    names: Iterable[str] = (),
    packs: Mapping[str, DomainPack] | None = None,
    size: int | None = None,
    seed: int = 7,
) -> list[Statistic]:
    """Return how much of a set is said in repeated forms, and how often its users react.

    The larger a set, the more forms come back: a larger one is cut into parts, and forms are counted within theirs.

    Args:
        talks: The dialogues.
        names: Names of what is sold.
        packs: Domain packs by id.
        size: Dialogues of a part; None for one part of all.
        seed: Seed of parts and resamples.
    """
    figures = (
        Statistic("forms_in_3plus", None, unit="share of turns"),
        Statistic("identical_tails", None, unit="share of dialogues"),
        Statistic("reaction_share", None, unit="share of user turns"),
        Statistic("least_forms_of_an_act", None, unit="forms"),
    )
    if not talks:
        return [replace(figure, reason="no dialogues") for figure in figures]
    parts = cut_dialogues(talks, size, seed)
    told = [list_forms(part, names=names, packs=packs) for part in parts]
    basis = f"{len(parts)} x {size:,} dialogues" if len(parts) > 1 else ""
    mixed = [talk for part in parts for talk in part]
    reacting, later = measure_reactions(mixed)
    lengths = [len(talk.turns) for talk in mixed]
    measured = measure_ratios(
        [
            Ratio(replace(figures[0], basis=basis), [n for forms in told for n in count_repeated(forms)], lengths),
            Ratio(
                replace(figures[1], basis=basis),
                [same for forms in told for same in find_repeated_tails(forms)],
                [1] * len(mixed),
            ),
            Ratio(replace(figures[2], basis=basis), reacting, later, "no user speaks twice"),
        ],
        seed=seed,
    )
    acts = count_forms_of_acts(parts[0], told[0])
    if not acts:
        return [*measured, replace(figures[3], reason=f"no act has {LEAST_TURNS} turns")]
    least = acts[0]
    told_of = f"{least.role} {least.act}, {least.turns} turns"
    return [*measured, replace(figures[3], value=least.forms, basis=told_of, reason="a minimum has no interval")]
