"""How the published StreamDial profiles and plans are read: round trips, leaves in typed fields, plans that pass.

Run it as `python benchmarks/round_trip.py FOLDER --json round_trip.json`, FOLDER holding `*assistant_profile*` and
`*dialogue_plan*` files; some ten seconds for 429 profiles and 220 plans.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from machine import describe_machine
from pydantic import JsonValue

from streamdial.blueprints import find_failed_checks
from streamdial.corpora import count_leaves, read_plan, read_profile, write_plan, write_profile
from streamdial.corpora._files import read_entries
from streamdial.counts import Counts
from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.errors import StreamDialError

Figures = dict[str, float]


def measure_round_trip(folder: Path) -> Figures:
    """Return the figures of all profiles and plans of a folder.

    Args:
        folder: Holds the published files; their names begin with the release name of their domain.

    Returns:
        `streamdial_round_trip_share`: share of bodies that are written back exactly, keys in their order too;
        `streamdial_profile_leaves_in_fields`, `streamdial_plan_leaves_in_fields`: share of the leaves that show
        something which stand in typed fields; `streamdial_plans_passing`: share of plans that pass all checks;
        `streamdial_profiles_knowing`, `streamdial_profiles_naming`: share of profiles with a row of a slot the pack
        knows, and with one of a named thing that is sold.
    """
    packs = {pack.release_name: pack for pack in map(load_pack, list_domains())}
    found: Counter[str] = Counter()
    for name in ("profile", "plan"):
        for entry, pack in _list_entries(folder, name, packs):
            found[name] += 1
            try:
                _measure_body(entry[name], entry[f"{name}_id"], name, pack, found)
            except StreamDialError as error:
                found[f"{name} refused"] += 1
                print(f"  {entry[f'{name}_id']}: {error}")
    figures = {
        "streamdial_round_trip_share": (found["profile same"] + found["plan same"])
        / max(found["profile"] + found["plan"], 1),
        "streamdial_plans_passing": found["plan passes"] / max(found["plan"], 1),
        "streamdial_profiles_knowing": found["profile knows"] / max(found["profile"], 1),
        "streamdial_profiles_naming": found["profile names"] / max(found["profile"], 1),
        "streamdial_profiles": float(found["profile"]),
        "streamdial_plans": float(found["plan"]),
    }
    for name in ("profile", "plan"):
        shown = found[f"{name} typed"] + found[f"{name} rest"]
        figures[f"streamdial_{name}_leaves_in_fields"] = found[f"{name} typed"] / max(shown, 1)
    return figures


def _list_entries(folder: Path, name: str, packs: dict[str, DomainPack]) -> Iterator[tuple[dict[str, Any], DomainPack]]:
    pattern = {"profile": "*assistant_profile*", "plan": "*dialogue_plan*"}[name]
    for file in sorted(folder.glob(pattern)):
        if pack := packs.get(file.name.split("_")[0]):
            yield from ((entry, pack) for _, entry in read_entries(file))


def _measure_body(body: JsonValue, record_id: str, name: str, pack: DomainPack, found: Counter[str]) -> None:
    counts = Counts(name)
    if name == "profile":
        persona = read_profile(body, profile_id=record_id, pack=pack, counts=counts)
        written, layout = write_profile(persona), persona.layout
        known = [row for row in persona.knowledge if row.slot in pack.slots]
        found["profile knows"] += bool(known)
        found["profile names"] += any(row.entity for row in known)
    else:
        plan = read_plan(body, plan_id=record_id, pack=pack, counts=counts)
        written, layout = write_plan(plan), plan.layout
        found["plan passes"] += not find_failed_checks(plan, pack)
    assert layout is not None
    typed, rest, silent = count_leaves(layout)
    found.update({f"{name} typed": typed, f"{name} rest": rest, f"{name} silent": silent})
    found[f"{name} same"] += json.dumps(written) == json.dumps(body)


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the published files")
    parser.add_argument("--json", type=Path, help="file for the figures as one flat object")
    given = parser.parse_args()
    print(describe_machine("streamdial"))
    start = time.perf_counter()
    figures = measure_round_trip(given.folder)
    for name, value in figures.items():
        print(f"  {name.replace('_', ' '):40} {value:>9,.4g}")
    print(f"  {'seconds':40} {time.perf_counter() - start:>9.1f}")
    if given.json:
        given.json.write_text(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
