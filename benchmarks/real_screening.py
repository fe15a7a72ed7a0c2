"""How often screening is wrong: recordings with a verdict each, put to every pack.

Run it as `python benchmarks/real_screening.py`, with `--split dev` for what the thresholds were chosen on. The
recordings are the invented ones of tests/data/screening, the examples, and, where the folder shared/data lies beside
the repository, real chat, comments and dialogues of it: half of the files for development, half to be scored on.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import yaml

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.models import Embedder, build_embedder
from streamdial.records import Language, Message, Page, Segment
from streamdial.signals import Decision, screen_recording
from streamdial.sources import open_recordings, read_recording

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
DATA = ROOT / "tests" / "data" / "screening"
DOMAINS = ("automotive", "hotel", "restaurant")
SALT = b"for screening only"
MOST = 2000
"""Lines taken of a real file."""
Split = Literal["dev", "test"]


@dataclass
class Case:
    """A recording and which packs must keep it.

    Attributes:
        belongs: Packs that must keep it; all others must drop it.
        either: Packs for which both verdicts are right.
    """

    name: str
    language: Language
    belongs: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    chat: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    speech: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def screen(self, domain: str, embedder: Embedder | None) -> Decision:
        """Return what a pack decides about it; a line of speech takes four seconds."""
        return screen_recording(
            load_pack(domain),
            language=self.language,
            profile=None,
            segments=[
                Segment(id=f"s{row}", source_id=self.name, start=4.0 * row, end=4.0 * row + 3, text=text)
                for row, text in enumerate(self.speech)
            ],
            pages=[
                Page(id=f"p{row}", source_id=self.name, url=f"p{row}.html", title="", text=text)
                for row, text in enumerate(self.pages)
            ],
            messages=[
                Message(id=f"{kind}{row}", source_id=self.name, text=text, kind=kind)
                for kind, texts in (("chat", self.chat), ("comment", self.comments))
                for row, text in enumerate(texts)
            ],
            embedder=embedder,
        )


def list_cases(split: Split) -> list[Case]:
    """Return the recordings of one half: invented ones, examples, and real ones where they are at hand."""
    told = yaml.safe_load((DATA / f"{split}.yaml").read_text("utf-8"))
    cases = [Case(**{key: tuple(value) if key in ("belongs", "either") else value for key, value in entry.items()})
             for entry in told]  # fmt: skip
    examples = {"dev": ["automotive_live"], "test": ["hotel_live_zh", "restaurant_live"]}[split]
    cases += [_read_files(ROOT / "examples" / name, belongs=(name.partition("_")[0],)) for name in examples]
    if SHARED.is_dir():
        cases += _list_real(split)
    return cases


_OTHERS = {
    "dev": (
        "danmaku/commentcorelibrary/boss.xml", "danmaku/commentcorelibrary/unowen.xml",
        "comments/bilibili_comments_lvlh2.csv", "live_chat/chat_downloader/2020_YouTube_Get_live_chat_replay.json",
        "danmaku/danmakuconvert_live/sample.xml",
    ),
    "test": (
        "danmaku/commentcorelibrary/mikunoshoushitsu.xml", "danmaku/danmakuflamemaster/comments.xml",
        "danmaku/danmakufactory/danmaku01.xml",
        "comments/RunningIntoSea_commentdata.jsonl.gz", "live_chat/pytchat/chatreplay.json",
    ),
}  # fmt: skip
"""Files of games, music, animation and talk: no pack may keep them."""


def _list_real(split: Split) -> Iterator[Case]:
    for path in _OTHERS[split]:
        yield _read_files(SHARED / path)
    talks: dict[Split, list[tuple[str, Callable[[], Iterable[str]], Language, tuple[str, ...]]]] = {
        "dev": [
            ("MultiWOZ hotel", lambda: _read_multiwoz("hotel"), "en", ("hotel",)),
            ("CrossWOZ restaurant", lambda: _read_crosswoz("餐馆"), "zh", ("restaurant",)),
            ("SGD hotels", lambda: _read_sgd("Hotels"), "en", ("hotel",)),
            ("profiles of cars", lambda: _read_profiles("car"), "zh", ("automotive",)),
            *_list_neighbours("sgd", ("Flights", "Homes", "Events"), "en"),
            *_list_neighbours("multiwoz", ("Train", "Taxi"), "en"),
            *_list_neighbours("crosswoz", ("地铁",), "zh"),
        ],
        "test": [
            ("MultiWOZ restaurant", lambda: _read_multiwoz("restaurant"), "en", ("restaurant",)),
            ("CrossWOZ hotel", lambda: _read_crosswoz("酒店"), "zh", ("hotel",)),
            ("SGD restaurants", lambda: _read_sgd("Restaurants"), "en", ("restaurant",)),
            ("SGD rental cars", lambda: _read_sgd("RentalCars"), "en", ()),
            ("profiles of hotels", lambda: _read_profiles("hotel"), "zh", ("hotel",)),
            ("profiles of restaurants", lambda: _read_profiles("restaurant"), "zh", ("restaurant",)),
            *_list_neighbours("sgd", ("Buses", "RideSharing", "Weather", "Travel"), "en"),
            *_list_neighbours("multiwoz", ("Attraction",), "en"),
            *_list_neighbours("crosswoz", ("出租", "景点"), "zh"),
        ],
    }
    for name, read, language, belongs in talks[split]:
        either = ("automotive",) if name == "SGD rental cars" else ()
        yield Case(name, language, belongs, either, chat=list(islice(read(), MOST)))


def _read_files(path: Path, belongs: tuple[str, ...] = ()) -> Case:
    """Read a file or folder with the project's readers; sound is left out."""
    counts = Counts("reading")
    (files,) = open_recordings([path], salt=SALT, counts=counts)
    files = files.leave_out(files.speech)
    recording = read_recording(files, transcriber=None, language=None, salt=SALT, counts=counts)
    case = Case(path.name, recording.language, belongs)
    for message in islice(recording.iterate_messages(), MOST):
        (case.comments if message.kind == "comment" else case.chat).append(message.text)
    case.speech = [segment.text for segment in recording.segments]
    case.pages = [page.text for page in recording.pages]
    return case


def _read_rows(path: str) -> Iterator[Any]:
    with gzip.open(SHARED / path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _read_multiwoz(domain: str) -> Iterator[str]:
    for row in _read_rows("multiwoz21/dialogues.jsonl.gz"):
        if [name for name, goal in row["goal"].items() if isinstance(goal, dict) and goal.get("info")] == [domain]:
            yield from (turn["text"] for turn in row["log"])


def _read_crosswoz(domain: str) -> Iterator[str]:
    for row in _read_rows("crosswoz/dialogues.jsonl.gz"):
        for message in row["messages"]:
            if {act[1] for act in message["dialog_act"]} <= {domain, "greet", "thank", "bye"} and any(
                act[1] == domain for act in message["dialog_act"]
            ):
                yield message["content"]


def _read_sgd(service: str) -> Iterator[str]:
    for row in _read_rows("sgd/dialogues.jsonl.gz"):
        if all(name.startswith(service) for name in row["services"]):
            yield from (turn["utterance"] for turn in row["turns"])


def _list_neighbours(
    corpus: str, subjects: tuple[str, ...], language: Language
) -> Iterator[tuple[str, Callable[[], Iterable[str]], Language, tuple[str, ...]]]:
    """Yield dialogues about subjects that are booked or asked about like those of the packs, and are none of them."""
    read = {"sgd": _read_sgd_turns, "multiwoz": _read_multiwoz_turns, "crosswoz": _read_crosswoz}[corpus]
    for subject in subjects:
        yield f"{corpus} {subject}", partial(read, subject), language, ()


def _read_sgd_turns(service: str) -> Iterator[str]:
    for row in _read_rows("sgd/dialogues.jsonl.gz"):
        for turn in row["turns"]:
            if {frame["service"].partition("_")[0] for frame in turn["frames"]} == {service}:
                yield turn["utterance"]


def _read_multiwoz_turns(domain: str) -> Iterator[str]:
    for row in _read_rows("multiwoz21/dialogues.jsonl.gz"):
        for turn in row["log"]:
            if {act.partition("-")[0] for act in turn.get("dialog_act", {})} - {"general"} == {domain}:
                yield turn["text"]


def _read_profiles(domain: str) -> Iterator[str]:
    for row in _read_rows(f"streamdial/{domain}_assistant_profile_stream.jsonl.gz"):
        yield from (text for text in row["profile"].values() if isinstance(text, str) and text != "未体现")


def count_wrong(cases: Iterable[Case], embedder: Embedder | None, *, show: bool = False) -> dict[str, float]:
    """Put recordings to all packs and count the wrong verdicts.

    Args:
        cases: The recordings.
        embedder: Encoder of the likeness; None lets density decide alone.
        show: Whether each verdict is printed.

    Returns:
        `screening_wrong`, `screening_verdicts` and `screening_recordings`.
    """
    wrong = verdicts = recordings = 0
    for case in cases:
        recordings += 1
        for domain in DOMAINS:
            if domain in case.either:
                continue
            decision = case.screen(domain, embedder)
            false = decision.keep != (domain in case.belongs)
            wrong += false
            verdicts += 1
            if show:
                mark = "WRONG" if false else "     "
                print(
                    f"{mark} {case.name[:34]:34} {domain:11} {decision.score:5.2f} {decision.reason} {decision.nearest}"
                )
    return {"screening_wrong": wrong, "screening_verdicts": verdicts, "screening_recordings": recordings}


def measure_screening() -> dict[str, float]:
    """Return the figures of the half that is scored on, with the offline encoder."""
    return count_wrong(list_cases("test"), build_embedder("use-multilingual"))


def main() -> None:
    """Print the verdicts and figures of one half, with and without an encoder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    split: Split = parser.parse_args().split
    cases = list_cases(split)
    for name, embedder in (("with the offline encoder", build_embedder("use-multilingual")), ("density alone", None)):
        print(f"== {name}")
        print(json.dumps(count_wrong(cases, embedder, show=True)))


if __name__ == "__main__":
    main()
