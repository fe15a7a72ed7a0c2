"""Recordings put together from real material, run end to end: usable dialogues, or a plain word why not.

A recording is right where it gives at least eight dialogues of which every told fact stands in the source, or where it
ends with exit code 3 and says what is missing. No model words anything; speech is given as transcripts.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamdial.errors import StreamDialError
from streamdial.pipeline import Pipeline
from streamdial.records import AgentPersona, Dialogue
from streamdial.slots import EVERYTHING
from streamdial.text import fold_text

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
INVENTED = ROOT / "tests" / "data" / "recordings"
DIALOGUES = 12
ENOUGH = 8
"""Least dialogues of a recording that is usable."""
NOT_ENOUGH = 3
"""Exit code of a run that says what is missing."""


@dataclass(frozen=True)
class RealRecording:
    """One recording.

    Attributes:
        name: What it is called.
        domain: Vertical it is run in.
        usable: Whether it holds dialogues of that vertical at all, as a person would say.
        build: Puts its files into a folder, given the folder of real data; returns further options of the run.
    """

    name: str
    domain: str
    usable: bool
    build: Callable[[Path, Path], dict[str, Any]]


def _copy(folder: Path, *files: Path) -> dict[str, Any]:
    for file in files:
        shutil.copy(file, folder / file.name)
    return {}


def _build_game(folder: Path, data: Path) -> dict[str, Any]:
    """Live chat of entertainment rooms beside a transcript of talk that is about nothing one could buy."""
    return _copy(
        folder,
        data / "live_chat" / "chat_downloader" / "2020_YouTube_Get_live_chat_replay.json",
        data / "transcripts" / "webvtt_py" / "youtube_dl.vtt",
    )


def _build_danmaku(folder: Path, data: Path) -> dict[str, Any]:
    return _copy(folder, data / "danmaku" / "danmakufactory" / "danmaku01.xml")


def _build_scooter(folder: Path, _data: Path) -> dict[str, Any]:
    return _copy(folder, *sorted((INVENTED / "scooter").iterdir()))


def _build_given_agents(folder: Path, data: Path) -> dict[str, Any]:
    """What customers of CrossWOZ asked as comments, beside StreamDial's profiles and plans, with CrossWOZ as seeds."""
    asked = folder / "comments.csv"
    with asked.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["author", "text"])
        for number, dialogue in zip(range(60), _read_lines(data / "crosswoz" / "dialogues.jsonl.gz"), strict=False):
            for message in dialogue["messages"]:
                if message["role"] == "usr" and "酒店" in message["content"]:
                    writer.writerow([f"viewer{number}", message["content"]])
    given = folder.parent / f"{folder.name}-given"
    given.mkdir()
    for what in ("assistant_profile", "dialogue_plan"):
        with gzip.open(data / "streamdial" / f"hotel_{what}_stream.jsonl.gz", "rb") as packed:
            (given / f"{what}.jsonl").write_bytes(packed.read())
    with gzip.open(data / "crosswoz" / "dialogues.jsonl.gz", "rb") as packed:
        (given / "crosswoz.jsonl").write_bytes(packed.read())
    return {
        "profiles": str(given / "assistant_profile.jsonl"),
        "plans": str(given / "dialogue_plan.jsonl"),
        "seeds": str(given / "crosswoz.jsonl"),
    }


RECORDINGS = (
    RealRecording("game", "automotive", False, _build_game),
    RealRecording("danmaku", "automotive", False, _build_danmaku),
    RealRecording("scooter", "automotive", True, _build_scooter),
    RealRecording("given agents", "hotel", True, _build_given_agents),
)


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read_source_text(folders: Iterable[Path]) -> str:
    """Return all that stands in the files of some folders, folded."""
    files = (path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file())
    return fold_text("\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)).lower()


def find_wrong_facts(dialogues: Iterable[Dialogue], agents: dict[str, AgentPersona], source: str) -> list[str]:
    """Return the told facts that the agent does not know or whose words do not stand in the source.

    Args:
        dialogues: Dialogues of the run.
        agents: Agent personas by id.
        source: All the text of the recording, folded and in lower case.
    """
    wrong = []
    for dialogue in dialogues:
        rows = agents[dialogue.agent_persona_id].knowledge
        for turn in dialogue.turns:
            told = [(turn.entity, slot, value) for slot, value in turn.tell.items()]
            told += [(turn.other, slot, value) for slot, value in turn.tell_other.items()]
            for entity, slot, value in told:
                known = [row for row in rows if row.entity in (entity, EVERYTHING) and row.slot == slot]
                held = [row for row in known if row.value == value]
                if known and not any(fold_text(row.text).lower() in source for row in held):
                    wrong.append(f"{dialogue.id} turn {turn.turn_id}: {entity} {slot} = {value}")
    return wrong


def run_recording(recording: RealRecording, folder: Path, data: Path) -> dict[str, Any]:
    """Run a recording and return what came of it: exit code, dialogues, wrong facts, and what was said."""
    source = folder / "source"
    source.mkdir(parents=True)
    options = recording.build(source, data)
    try:
        with Pipeline(
            domain=recording.domain,
            sources=[str(source)],
            out=str(folder / "run"),
            dialogues=DIALOGUES,
            mode="planned",
            signals="rules",
            **options,
        ) as run:
            made = run.generate()
            agents = {agent.id: agent for agent in _read_agents(folder / "run")}
            wrong = find_wrong_facts(made.dialogues, agents, read_source_text([source, folder / "source-given"]))
            return {"exit": 0, "dialogues": len(made.dialogues), "wrong": wrong, "said": "", "missing": []}
    except StreamDialError as error:
        missing = list(getattr(error, "missing", ()))
        return {"exit": error.exit_code, "dialogues": 0, "wrong": [], "said": str(error), "missing": missing}


def _read_agents(run: Path) -> list[AgentPersona]:
    from streamdial.pipeline import open_records

    with open_records(run) as (store, _):
        return store.get("personas", AgentPersona)


def is_right(recording: RealRecording, found: dict[str, Any]) -> bool:
    """Tell whether a usable recording gave dialogues or was told what to add, and another one was refused."""
    if not recording.usable:
        return bool(found["exit"] == NOT_ENOUGH and found["said"])
    return bool(found["missing"] or (found["dialogues"] >= ENOUGH and not found["wrong"]))


def measure_recordings(keep: Path | None = None) -> dict[str, float]:
    """Return how many recordings are right and how many wrong facts they tell; those without data are left out.

    Args:
        keep: Folder the runs are kept in, to be read; thrown away without it.
    """
    right, wrong, tried = 0, 0, 0
    with tempfile.TemporaryDirectory() as thrown:
        for recording in RECORDINGS:
            if not DATA.is_dir() and recording.name != "scooter":
                continue
            found = run_recording(recording, (keep or Path(thrown)) / recording.name.replace(" ", "_"), DATA)
            tried += 1
            right += is_right(recording, found)
            wrong += len(found["wrong"])
            told = f"{found['dialogues']} dialogues, {len(found['wrong'])} wrong facts"
            print(f"{recording.name}: exit {found['exit']}, {told}")
            for line in (found["said"], *found["wrong"][:5]):
                if line:
                    print(f"  {line}")
    return {"recordings_right": right / max(tried, 1), "recordings": float(tried), "wrong_facts": float(wrong)}


if __name__ == "__main__":
    print(measure_recordings())
