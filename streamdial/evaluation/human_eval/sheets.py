"""The sheets of a human evaluation: dialogues blinded and shuffled, with hidden repeats, in three forms and a guide."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import orjson

from streamdial.errors import ConfigurationError
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.judges.criteria import DIMENSIONS, get_criterion
from streamdial.files import write_atomically, write_json
from streamdial.prompts import render_prompt
from streamdial.records import Language

REPEATS = 0.1
"""Share of the dialogues that come a second time, unmarked, to see whether a person agrees with himself."""
KEY_FILE = "key.json"
_SPEAKERS: Mapping[Language, tuple[str, str]] = {"en": ("Customer", "Expert"), "zh": ("顾客", "专家")}


class Item(NamedTuple):
    """A dialogue as a person sees it.

    Attributes:
        id: `item-0001`; says nothing about where it comes from.
        source: Name of its set; in the key alone.
        talk: The dialogue.
        repeats: Id of the item it repeats; empty for the first time. In the key alone.
    """

    id: str
    source: str
    talk: EvaluatedDialogue
    repeats: str = ""


def list_fields(criteria: Sequence[str] = DIMENSIONS) -> list[str]:
    """Return the columns to fill in: a criterion and a side each, `coherence_user`.

    Raises:
        ConfigurationError: If there is no criterion of a name.
    """
    return [f"{key}_{side}" for key in criteria for side in get_criterion(key).sides]


def choose_items(
    sets: Sequence[DialogueSet], *, count: int = 50, repeats: float = REPEATS, seed: int = 7
) -> list[Item]:
    """Return the same number of dialogues of each set, mixed, some of them twice; a repeat never follows at once.

    Args:
        sets: One set, or the two that are compared.
        count: Maximum number of dialogues in all; as many of each set, where it has as many.
        repeats: Share that comes twice; at least one where there are three or more.
        seed: Decides choice and order.

    Raises:
        ConfigurationError: If there is no dialogue to choose, or two sets have the same name.
    """
    if len({known.name for known in sets}) < len(sets):
        raise ConfigurationError(f"both sets are called {sets[0].name!r}.", fix="give one of the folders another name")
    rng = random.Random(seed)
    each = max(count // max(len(sets), 1), 1)
    chosen = [
        (known.name, talk) for known in sets for talk in rng.sample(list(known.talks), min(each, len(known.talks)))
    ]
    if not chosen:
        raise ConfigurationError("there is no dialogue to export.", fix="name a set with dialogues")
    rng.shuffle(chosen)
    half = (len(chosen) + 1) // 2
    again = min(max(round(len(chosen) * repeats), 1), half) if repeats and len(chosen) >= 3 else 0
    order: list[tuple[int, bool]] = [(place, False) for place in range(len(chosen))]
    # Some of the first half come again in the second, so that something lies between.
    for place in sorted(rng.sample(range(half), again)):
        order.insert(rng.randint(half + 1, len(order)), (place, True))
    ids: dict[int, str] = {}
    items = []
    for number, (place, repeated) in enumerate(order, start=1):
        name = f"item-{number:04d}"
        ids.setdefault(place, name)
        items.append(Item(name, *chosen[place], repeats=ids[place] if repeated else ""))
    return items


def write_items(
    items: Sequence[Item], folder: Path, *, criteria: Sequence[str] = DIMENSIONS, annotators: int = 2
) -> list[Path]:
    """Write what people get, in `for_people/`, and beside it the key that they must not see.

    `for_people/` has `answers_1.csv` and so on, one per person, to be filled in; `items.jsonl`; `label_studio.json`
    with `label_studio.xml`, its labelling interface; `guide.en.md` and `guide.zh.md`.

    Args:
        items: What `choose_items` chose.
        folder: Where; made if it is not there.
        criteria: What is scored.
        annotators: How many people score.

    Returns:
        The files.
    """
    people = folder / "for_people"
    fields = list_fields(criteria)
    files = {
        people / "items.jsonl": "".join(
            orjson.dumps(
                {"item": item.id, "dialogue": _list_lines(item.talk), "scores": dict.fromkeys(fields)}
            ).decode()
            + "\n"
            for item in items
        ),
        people / "label_studio.xml": _build_interface(fields, items),
    }
    for number in range(1, annotators + 1):
        files[people / f"answers_{number}.csv"] = _write_csv(items, fields)
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        asked = [get_criterion(key) for key in criteria]
        files[people / f"guide.{language}.md"] = render_prompt("people_guide", language, criteria=asked) + "\n"
    for path, text in files.items():
        write_atomically(path, text)
    tasks = [{"data": {"item": item.id, "dialogue": _list_lines(item.talk)}} for item in items]
    write_json(people / "label_studio.json", tasks)
    key = {item.id: {"set": item.source, "dialogue": item.talk.id, "repeats": item.repeats} for item in items}
    write_json(folder / KEY_FILE, {"criteria": list(criteria), "items": key})
    return [folder / KEY_FILE, *sorted([*files, people / "label_studio.json"])]


def _list_lines(talk: EvaluatedDialogue) -> list[dict[str, str]]:
    user, agent = _SPEAKERS[talk.language]
    return [{"author": user if turn.role == "user" else agent, "text": turn.utterance} for turn in talk.turns]


def _write_csv(items: Sequence[Item], fields: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["item", "dialogue", *fields, "comment"])
    for item in items:
        lines = [f"{line['author']}: {line['text']}" for line in _list_lines(item.talk)]
        writer.writerow([item.id, "\n".join(lines), *([""] * len(fields)), ""])
    # The mark tells spreadsheets that it is UTF-8; a cell that begins with a speaker's name is no formula.
    return "\ufeff" + text.getvalue()


def _build_interface(fields: Sequence[str], items: Sequence[Item]) -> str:
    """Return the labelling interface of Label Studio: the dialogue, and five stars a field."""
    zh = bool(items) and all(item.talk.language == "zh" for item in items)
    language: Language = "zh" if zh else "en"
    parts = ["<View>", '  <Paragraphs name="dialogue" value="$dialogue" layout="dialogue"/>']
    for name in fields:
        key, _, side = name.rpartition("_")
        title = f"{get_criterion(key).names[language]} · {_SPEAKERS[language][side == 'agent']}"
        parts.append(f'  <Header value="{escape(title)}"/>')
        parts.append(f'  <Rating name="{name}" toName="dialogue" maxRating="5"/>')
    return "\n".join([*parts, "</View>"]) + "\n"
