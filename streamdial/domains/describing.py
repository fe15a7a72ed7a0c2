"""Describes a pack in effect for people: slots and where they come from, what it took out of the shared lists."""

from __future__ import annotations

from streamdial.domains._loading import load_pack, merge_files, parse_pack, read_chain
from streamdial.domains._precedence import flatten_texts


def describe_pack(name: str) -> str:
    """Return a pack as it is in effect, inherited parts included, as Markdown.

    Args:
        name: Id of a pack, or the path of a file.

    Raises:
        ConfigurationError: If it cannot be loaded.
    """
    chain = read_chain(name)
    pack, source = load_pack(name), merge_files(chain)
    called = " / ".join(pack.names[language] for language in pack.languages)
    lines = [f"# {called} (`{pack.id}`)", ""]
    lines += [f"Files: {', '.join(file.where for file in chain)}. Languages: {', '.join(pack.languages)}.", ""]
    lines += ["| slot | type | from | wish | asked by | values |", "| --- | --- | --- | --- | --- | --- |"]
    bodies = [parse_pack(file).get("slots") or {} for file in chain]
    for slot, schema in pack.slots.items():
        origin = " and ".join(
            file.where for file, slots in zip(chain, bodies, strict=True) if isinstance(slots, dict) and slot in slots
        )
        asked = ", ".join(text for language in pack.languages for text in schema.ask.get(language, ())[:3])
        wish = f"{schema.constraint or ''}{' asked for' if schema.mined else ''}".strip()
        lines.append(f"| `{slot}` | {schema.type} | {origin} | {wish} | {asked} | {', '.join(schema.values)} |")
    topics = [text for language in pack.languages for text in pack.topics.get(language, ())]
    lines += ["", f"{len(topics)} topics: {', '.join(topics[:20])}{', …' if len(topics) > 20 else ''}"]
    lines += [f"{len(pack.strategies)} strategies: {', '.join(pack.strategies)}"]
    if taken := list(flatten_texts(source.dropped)):
        lines += [f"Taken out of the shared lists, for the pack calls it its own: {', '.join(taken)}"]
    return "\n".join(lines) + "\n"
