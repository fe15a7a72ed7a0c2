"""Completion by the shell of commands whose options are made when they are used."""

from __future__ import annotations

import os
from collections.abc import Collection

_ASKED = "_STREAMDIAL_COMPLETE"
_WORDS = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Variables the scripts of Typer put the line into: bash, and the other shells."""


def lead_to_options(generated: Collection[str]) -> list[str] | None:
    """Return the words to run where a shell asks for the options of such a command; None otherwise.

    The command is run as if it stood alone on the line: the parser it makes then answers the shell, and nothing else
    happens.

    Args:
        generated: Names of the commands.
    """
    asked = os.environ.get(_ASKED, "")
    variable = next((name for name in _WORDS if name in os.environ), "")
    line = os.environ.get(variable, "")
    words = line.split()
    if not asked.startswith("complete_") or len(words) < 2 or words[1] not in generated:
        return None
    if len(words) == 2 and int(os.environ.get("COMP_CWORD", 2 if line[-1].isspace() else 1)) < 2:
        return None
    name = words[1]
    before, after = line.split(name, 1) if variable else ("", "")
    os.environ[variable] = f"{before.rstrip()} {after.lstrip()}"
    if "COMP_CWORD" in os.environ:
        os.environ["COMP_CWORD"] = str(int(os.environ["COMP_CWORD"]) - 1)
    del os.environ[_ASKED]
    # The name click makes of the name of the program, `streamdial run`.
    os.environ[f"_STREAMDIAL {name.replace('-', '_').upper()}_COMPLETE"] = asked
    return [name]
