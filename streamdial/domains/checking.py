"""Checks a pack: all its faults at once, each with file, line and what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import yaml
from pydantic import ValidationError

from streamdial.domains._loading import PackFile, PackSource, get_shared, merge_files, read_chain, validate_body
from streamdial.domains._pack import DomainPack, Slot
from streamdial.domains._precedence import flatten_texts, list_terms
from streamdial.errors import ConfigurationError
from streamdial.records import Language

Severity = Literal["error", "warning"]
Place = tuple[str | int, ...]

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_IN_TEMPLATES = frozenset(("entity", "other", "facts", "other_facts", "needs", "slots"))
_FEW_KEYWORDS = 3
_CLOSING_ACTS = ("greet", "thank", "defer")
"""Acts of which a line that shows nothing else is small talk."""


class Fault(NamedTuple):
    """Something wrong with a pack.

    Attributes:
        severity: `error`: it cannot be used, or a part of it is never read. `warning`: something will be missed.
        place: Keys that lead to it.
        told: What is wrong.
        fix: What to do.
        file: File it stands in.
        line: Line there, from 1; 0 where the file is meant as a whole.
    """

    severity: Severity
    place: Place
    told: str
    fix: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return it as compilers write it: file:line: severity: place: what. To fix: ..."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        place = f"{'.'.join(map(str, self.place))}: " if self.place else ""
        return f"{where}: {self.severity}: {place}{self.told}. To fix: {self.fix}"


def check_pack(name: str) -> list[Fault]:
    """Return the faults of a pack, in the order of its lines; an empty list where it has none.

    Args:
        name: Id of a pack, or the path of a file.

    Raises:
        ConfigurationError: If there is no such pack, or it is no YAML: then nothing else can be told.
    """
    chain = read_chain(name)
    source = merge_files(chain)
    places = [_list_lines(file) for file in chain]
    found = [_locate(fault, chain, places) for fault in _find_faults(source)]
    return sorted(found, key=lambda fault: (fault.file != chain[0].where, fault.line, fault.place, fault.told))


def _find_faults(source: PackSource) -> Iterator[Fault]:
    try:
        pack = validate_body(source.body, collects=True)
    except ValidationError as error:
        for known in error.errors():
            place = tuple(key for key in known["loc"] if not _is_marker(key))
            yield Fault("error", place, known["msg"], _advise(known["type"]))
        return
    for path, told in pack.find_broken_references():
        yield Fault("error", path, told, "name one that exists, or add it")
    yield from _check_acts(pack)
    yield from _check_placeholders(pack)
    yield from _check_slots(pack)
    yield from _check_shared_words(pack)
    yield from _check_languages(pack)
    yield from _check_taken(source)


def _is_marker(key: str | int) -> bool:
    """Tell whether a part of a place is pydantic's own: the validator's name, or the key of a mapping itself."""
    return isinstance(key, str) and (key == "[key]" or key.startswith("function-"))


def _advise(kind: str) -> str:
    return {
        "extra_forbidden": "correct its spelling or take it out; docs/domains.md lists what there is",
        "missing": "add it, or inherit it with `extends: service`",
        "literal_error": "use one of the values named",
    }.get(kind, "correct it; docs/domains.md says what is expected")


def _check_acts(pack: DomainPack) -> Iterator[Fault]:
    common = get_shared()
    shown = common["templates"]["en"]
    known = {"user": {*shown["user"], *common["acts"]["user"]}, "agent": {*shown["agent"], *common["act_strategies"]}}
    named: list[tuple[Place, str, str]] = [
        (("acts", role, act), role, act) for role, acts in pack.acts.items() for act in acts
    ]
    for language, templates in pack.templates.items():
        named += [(("templates", language, "user", act), "user", act) for act in templates.user]
        named += [(("templates", language, "agent", act), "agent", act) for act in templates.agent]
    named += [(("strategies", name, "act"), "agent", strategy.act) for name, strategy in pack.strategies.items()]
    for place, role, act in named:
        if act not in known[role]:
            yield Fault("error", place, f"there is no act {act!r} of the {role}", _list(known[role]))


def _check_placeholders(pack: DomainPack) -> Iterator[Fault]:
    for language, templates in pack.templates.items():
        for role, acts in (("user", templates.user), ("agent", templates.agent)):
            for act, sentences in acts.items():
                for unknown in _list_unknown(sentences, _IN_TEMPLATES):
                    place = ("templates", language, role, act)
                    yield Fault("error", place, f"{{{unknown}}} is no placeholder", _list(_IN_TEMPLATES))
    for name, slot in pack.slots.items():
        for key, texts in (("need", slot.need), ("fact", slot.fact)):
            for text in texts.values():
                if set(_PLACEHOLDER.findall(text)) != {"value"}:
                    told = f"{text!r} must hold {{value}} and no other placeholder"
                    yield Fault("error", ("slots", name, key), told, "write {value} where the value goes")
        for unknown in _list_unknown(slot.question.values(), frozenset()):
            told = f"a question has no placeholders, this one has {{{unknown}}}"
            yield Fault("error", ("slots", name, "question"), told, "write the question out")


def _list_unknown(sentences: Iterable[str], known: frozenset[str]) -> list[str]:
    return sorted({gap for sentence in sentences for gap in _PLACEHOLDER.findall(sentence)} - known)


def _check_slots(pack: DomainPack) -> Iterator[Fault]:
    for name, slot in pack.slots.items():
        place = ("slots", name)
        if slot.type in ("category", "boolean") and not slot.values:
            yield Fault("error", place, "a category has no values, so nothing is ever read into it", "add `values`")
        if slot.type in ("quantity", "count") and not slot.units:
            yield Fault("error", place, "a number without units is never read", "add `units`, or make it a text")
        for language in pack.languages:
            for key in _list_needed(slot):
                if not getattr(slot, key).get(language):
                    told = f"has no `{key}` in {language}: {_WHY[key]}"
                    yield Fault("warning", (*place, key), told, f"add `{key}`")
    asked: dict[str, list[str]] = defaultdict(list)
    for name, slot in pack.slots.items():
        for phrase in {text.lower() for text in flatten_texts(slot.ask)}:
            asked[phrase].append(name)
    for phrase, names in sorted(asked.items()):
        if len(names) > 1:
            told = f"{phrase!r} asks for {_join(names)}; only the first is ever found by it"
            yield Fault("warning", ("slots", names[-1], "ask"), told, "leave it to one of them")
    yield from _check_values(pack)


_WHY = {
    "ask": "nobody's question is read as one about it",
    "headers": "no table is read into it",
    "question": "it is asked for by its bare name",
    "need": "the wish is worded by its bare name and value",
    "fact": "the fact is worded by its bare name and value",
}


def _list_needed(slot: Slot) -> list[str]:
    if slot.type == "entity":
        return ["headers"]
    if slot.booking:
        return ["ask"]
    needed = ["ask", "headers"]
    needed += ["question"] if slot.mined else []
    needed += ["need", "fact"] if slot.constraint and slot.type != "category" else []
    return needed


def _check_values(pack: DomainPack) -> Iterator[Fault]:
    spelled: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, slot in pack.slots.items():
        for value, texts in slot.values.items():
            for text in {text.lower() for text in flatten_texts(texts)}:
                spelled[text].append((name, value))
    for text, owners in sorted(spelled.items()):
        if len(owners) > 1:
            told = f"{text!r} is {_join(f'{slot}={value}' for slot, value in owners)}; the first hides the others"
            last, value = owners[-1]
            yield Fault("error", ("slots", last, "values", value), told, "spell them apart")


def _check_shared_words(pack: DomainPack) -> Iterator[Fault]:
    """Warn of own words by which a shared list sees small talk."""
    common = get_shared()["acts"]["user"]
    lists = {act: {text.lower() for text in flatten_texts(common[act])} for act in _CLOSING_ACTS}
    terms = list_terms({"topics": pack.topics, "screening": {"keywords": pack.screening.keywords}})
    for act, phrases in lists.items():
        for term in sorted(terms & phrases):
            told = f"{term!r} shows the act {act!r} in all verticals: a line with nothing else is small talk"
            yield Fault("warning", ("topics",), told, "write a longer phrase")


def _check_languages(pack: DomainPack) -> Iterator[Fault]:
    for language in pack.languages:
        keywords = pack.screening.keywords.get(language, ())
        if len(keywords) < _FEW_KEYWORDS:
            told = f"{len(keywords)} keywords in {language}: sources of the vertical are taken for others"
            yield Fault("warning", ("screening", "keywords"), told, f"name {_FEW_KEYWORDS} or more")
        if not pack.topics.get(language):
            told = f"no topics in {language}: questions beside the slots are dropped as about nothing of the vertical"
            yield Fault("warning", ("topics",), told, "list what viewers ask about")
        if language not in pack.templates:
            yield Fault("error", ("templates",), f"no templates in {language}", "leave the language out of `languages`")
    yield from _check_spoken(pack, pack.languages)


def _check_spoken(pack: DomainPack, languages: tuple[Language, ...]) -> Iterator[Fault]:
    for name, slot in pack.slots.items():
        for value, texts in slot.values.items():
            for language in languages:
                if not texts.get(language):
                    told = f"has no spelling in {language}: it is never read there, and told as {value!r}"
                    yield Fault("warning", ("slots", name, "values", value), told, "add one")
    for name, strategy in pack.strategies.items():
        for language in languages:
            if not strategy.prototypes.get(language):
                told = f"has no prototypes in {language}: nobody is seen to follow it"
                yield Fault("warning", ("strategies", name, "prototypes"), told, "add three lines of an expert")


def _check_taken(source: PackSource) -> Iterator[Fault]:
    """Warn where a class of the pack's own names what its slots or topics call theirs."""
    own, terms = source.own.get("chat"), list_terms(source.own)
    if isinstance(own, dict):
        for name in ("off_topic", "advertisement", "contact_baiting"):
            for phrase in sorted({text.lower() for text in flatten_texts(own.get(name))} & terms):
                told = f"{phrase!r} is a word of the pack and {name.replace('_', ' ')} at once"
                yield Fault("warning", ("chat", name), told, "take it out of one of the lists")


def _list(known: Iterable[str]) -> str:
    return f"use one of {', '.join(sorted(known))}"


def _join(names: Iterable[str]) -> str:
    return " and ".join(names)


def _list_lines(file: PackFile) -> dict[Place, int]:
    """Return the line of each key and item of a file, by the keys that lead to it."""
    found: dict[Place, int] = {}

    def walk(node: yaml.Node, place: Place) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = (*place, yaml.SafeLoader("").construct_object(key))
                found[below] = key.start_mark.line + 1
                walk(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                found[(*place, number)] = value.start_mark.line + 1
                walk(value, (*place, number))

    try:
        root = yaml.compose(file.text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:  # read_chain has parsed it
        raise ConfigurationError(str(error), where=file.where) from error
    if root is not None:
        walk(root, ())
    return found


def _locate(fault: Fault, chain: tuple[PackFile, ...], places: list[dict[Place, int]]) -> Fault:
    """Return a fault with the file and line of its place, or of the nearest part around it that is written."""
    for length in range(len(fault.place), 0, -1):
        for file, lines in zip(chain, places, strict=True):
            if line := lines.get(fault.place[:length]):
                return fault._replace(file=file.where, line=line)
    return fault._replace(file=chain[0].where)
