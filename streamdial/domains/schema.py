"""The JSON Schema of a pack as it is written: editors complete and check a file by it."""

from __future__ import annotations

from typing import Any

from streamdial.domains._loading import BASES
from streamdial.domains._pack import DomainPack

_INHERITED = ("Slot", "Strategy", "StageTemplate", "KeySignal", "Screening")
"""Parts of which any field may be inherited."""


def write_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the file of a pack, made of the models it is checked by.

    Against the models everything but `id` and `names` may be left out, for it may be inherited, and an entry may be
    `null`, which takes away what is inherited.
    """
    schema = DomainPack.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "StreamDial domain pack"
    for name in _INHERITED:
        schema["$defs"][name].pop("required", None)
    schema["required"] = ["id", "names"]
    fields = schema["properties"]
    # What the package fills in itself.
    for name in ("intents", "strategy_lines", "strategy_cues"):
        fields.pop(name)
    schema["$defs"]["Slot"]["properties"].pop("foreign_headers")
    for name in ("slots", "strategies", "stages", "key_signals"):
        entry = fields[name]["additionalProperties"]
        fields[name]["additionalProperties"] = {"anyOf": [entry, {"type": "null"}]}
    extends = {
        "type": "string",
        "description": f"What it inherits from: {', '.join(BASES)}, the id of another pack, or the path of its file.",
        "examples": [*BASES],
    }
    schema["properties"] = {"extends": extends, **fields}
    return schema
