"""What `streamdial phrases` does: prints the inventory, and has a model write more wordings into a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
import yaml

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.errors import ConfigurationError
from streamdial.files import write_atomically
from streamdial.models import ModelRuntime, build_chat_model
from streamdial.phrases import load_inventory
from streamdial.phrases.growing import grow_inventory
from streamdial.phrases.inventory import merge_phrases, read_phrases
from streamdial.records import Language
from streamdial.slots import SlotReader

LANGUAGES: dict[str, Language] = {"en": "en", "zh": "zh"}


def read_language(name: str) -> Language:
    """Return a language by its name.

    Raises:
        ConfigurationError: If it is neither en nor zh.
    """
    if name in LANGUAGES:
        return LANGUAGES[name]
    raise ConfigurationError(f"language {name!r} is not known.", fix="en or zh")


def print_inventory(domain: str, language: str, key: str) -> None:
    """Print the keys of an inventory with the number of their wordings, or the wordings of one key."""
    inventory = load_inventory(load_pack(domain), read_language(language))
    if not key:
        for name, number in sorted(inventory.list_keys().items()):
            typer.echo(f"{name:40} {number}")
        return
    left, _, right = key.partition(".")
    found = inventory.list_slot(left, right) if left not in ("user", "agent") else inventory.list_moves(left, right)  # type: ignore[arg-type]
    if not found:
        raise ConfigurationError(f"key {key!r} has no wordings.", fix="take one that `streamdial phrases list` names")
    for phrase in found:
        typer.echo(phrase.text)


async def grow_file(
    out: Path,
    domain: str,
    language: str,
    model: str,
    api_base: str | None,
    *,
    wanted: int,
    only: Sequence[str],
    seed: int,
) -> None:
    """Write new wordings into a file, beside those it holds, and say what was kept and why the rest was not."""
    pack, tongue = load_pack(domain), read_language(language)
    held = read_phrases(out) if out.is_file() else {}
    inventory = load_inventory(pack, tongue, str(out) if held else "")
    runtime = ModelRuntime(build_chat_model(model, api_base=api_base).model)
    counts = Counts("phrases")
    names = {"en": "Meridian", "zh": "启程"}
    reader = SlotReader(pack, tongue, [names[tongue]])
    try:
        grown = await grow_inventory(runtime, inventory, reader, counts, wanted=wanted, only=only, seed=seed)
    finally:
        await runtime.aclose()
    text = yaml.safe_dump(merge_phrases(held, grown), allow_unicode=True, sort_keys=True, width=200)
    write_atomically(out, text, published=True)
    dropped = ", ".join(f"{reason} {number}" for reason, number in counts.dropped.most_common()) or "none"
    typer.echo(f"{out}: {counts.kept} of {counts.made} wordings kept; dropped: {dropped}")
