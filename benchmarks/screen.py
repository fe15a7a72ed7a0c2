"""How well text on the screen is read: rendered videos with known text, in two languages and three sizes.

Reported, over all videos: `card_character_error`, `caption_character_error` (missing and made-up lines count in full),
`caption_time_error_s` (mean distance of begins and ends), `bullets_taken_for_cards`, `k_precision` and `k_recall` of
the facts of cards (hotel pack), `cpu_s_per_video_s` of reading, and `peak_mb` of the process.

Videos of the seeds 1, 3, 7, 11, 23, 101 and 102 were looked at while this was built; the figures are those of others.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from benchmarks.screen_videos import SIZES, Caption, Script, render_video, write_script
from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import PictureReader, build_picture_reader
from streamdial.screen import ScreenText, read_screen
from streamdial.text import fold_text

PACK = "hotel"


class Measured(NamedTuple):
    """Sums of one video."""

    card_errors: int
    card_characters: int
    caption_errors: int
    caption_characters: int
    time_error: float
    times: int
    bullets: int
    right: int
    told: int
    wanted: int
    cpu: float
    seconds: float


def strip_text(text: str) -> str:
    """Return a text for comparison: folded, without spaces and case; a colon of either width is one."""
    return "".join(fold_text(text).split()).lower().replace("：", ":").replace("￥", "¥")


def measure_video(script: Script, path: Path, reader: PictureReader, *, show: bool = False) -> Measured:
    """Read one video and compare it with its script."""
    counts = Counts("screen")
    before = time.process_time()
    screen = read_screen(path, reader, counts)
    cpu = time.process_time() - before
    card_errors, card_characters, bullets = compare_cards(script, screen)
    errors, characters, shift, times = compare_captions(script, screen, show=show)
    told = list_facts(script, screen)
    wanted = {fact for card in script.cards for fact in map(normalise, card.facts)}
    if show:
        print(path.name, f"cards {card_errors}/{card_characters} captions {errors}/{characters}", dict(counts.dropped))
        print("  missing", sorted(wanted - told), "false", sorted(told - wanted), f"{cpu:.1f} CPU s")
    return Measured(
        card_errors, card_characters, errors, characters, shift, times, bullets,
        len(told & wanted), len(told), len(wanted), cpu, script.seconds,
    )  # fmt: skip


def normalise(fact: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return a fact for comparison: of an offer's end the day alone."""
    thing, slot, value = fact
    return thing, slot, "".join(sign for sign in value if sign.isdigit()) if slot == "validity" else value


def compare_cards(script: Script, screen: ScreenText) -> tuple[int, int, int]:
    """Return wrong and all characters of the cards' lines, and how many texts of bullet chat are among them.

    Each wanted line is compared with one that was read, all of them so that the sum is least: a line that was missed
    counts in full and takes no other's. A wanted line costs its length at most.
    """
    read = [(card, [strip_text(line.text) for line in card.lines]) for card in screen.cards]
    errors = characters = 0
    for card in script.cards:
        lines = [
            text
            for shown, texts in read
            if min(shown.end, card.end) - max(shown.start, card.start) > 1
            for text in texts
        ]
        wanted = [strip_text(cell) for line in card.lines for cell in line.cells]
        characters += sum(map(len, wanted))
        costs = [
            [min(Levenshtein.distance(cell, text), len(cell)) for text in lines + [""] * len(wanted)] for cell in wanted
        ]
        cells, texts = linear_sum_assignment(costs)
        errors += sum(costs[cell][text] for cell, text in zip(cells, texts, strict=True))
    chat = {strip_text(text) for *_, text in script.bullets}
    return errors, characters, sum(text in chat for _, texts in read for text in texts)


def compare_captions(script: Script, screen: ScreenText, *, show: bool = False) -> tuple[int, int, float, int]:
    """Return wrong and all characters of the captions, the sum of the errors of begins and ends, and their number."""
    left = list(screen.captions)
    errors = characters = times = 0
    shift = 0.0
    for caption in script.captions:
        wanted = strip_text(caption.text)
        characters += len(wanted)
        near = [line for line in left if _overlap(line.start, line.end, caption) > 0]
        best = min(near, key=lambda line: Levenshtein.distance(wanted, strip_text(line.text)), default=None)
        if best is None or Levenshtein.distance(wanted, strip_text(best.text)) > 0.6 * len(wanted):
            errors += len(wanted)
            if show:
                print("  lost caption", caption)
            continue
        left.remove(best)
        errors += Levenshtein.distance(wanted, strip_text(best.text))
        shift += abs(best.start - caption.start) + abs(best.end - caption.end)
        times += 2
    if show and left:
        print("  made-up captions", [line.text for line in left])
    return errors + sum(len(strip_text(line.text)) for line in left), characters, shift, times


def _overlap(start: float, end: float, caption: Caption) -> float:
    return min(end, caption.end) - max(start, caption.start)


def list_facts(script: Script, screen: ScreenText) -> set[tuple[str, str, str]]:
    """Return the facts that knowledge has of the cards of a video."""
    from streamdial.personas import extract_knowledge
    from streamdial.signals import name_cards
    from streamdial.sources import make_card_pages

    pack = load_pack(PACK)
    pages = make_card_pages(screen.cards, source_id="video", url="", published=None, counts=Counts("cards"))
    pages = name_cards(pages, pack, script.language)
    rows = extract_knowledge(pages, [], pack, script.language, Counts("knowledge"))
    return {normalise((row.entity, row.slot, row.value)) for row in rows if row.holds}


def render_one(script: Script, path: Path) -> None:
    """Render a video in a process of its own, so that the memory of reading alone is measured."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(render_video, script, path).result()


def render_all(folder: Path, seed: int, seconds: float) -> Iterator[tuple[Script, Path]]:
    """Render a video per language and size."""
    for language in ("zh", "en"):
        for size in SIZES:
            script = write_script(language, size, seed=seed, seconds=seconds)  # type: ignore[arg-type]
            path = folder / f"{language}_{size}_{seed}_{seconds:.0f}.mp4"
            if not path.is_file():
                render_one(script, path)
            yield script, path


def report(measured: list[Measured]) -> dict[str, Any]:
    """Return the figures over all videos."""
    total = Measured(*(sum(values) for values in zip(*measured, strict=True)))
    return {
        "videos": len(measured),
        "video_s": round(total.seconds, 1),
        "card_character_error": round(total.card_errors / max(total.card_characters, 1), 4),
        "caption_character_error": round(total.caption_errors / max(total.caption_characters, 1), 4),
        "caption_time_error_s": round(total.time_error / max(total.times, 1), 3),
        "bullets_taken_for_cards": total.bullets,
        "k_precision": round(total.right / max(total.told, 1), 4),
        "k_recall": round(total.right / max(total.wanted, 1), 4),
        "cpu_s_per_video_s": round(total.cpu / total.seconds, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Render, read, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--videos", type=Path, help="folder in which rendered videos are kept")
    parser.add_argument("--show", action="store_true", help="tell what is wrong in each video")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.videos or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        reader = build_picture_reader()
        videos = list(render_all(folder, given.seed, given.seconds))
        figures = report([measure_video(script, path, reader, show=given.show) for script, path in videos])
    if given.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
