"""What recorded dialogues are made from, and the answers a strong model gave: read, written, and played back.

What a dialogue is made from is kept with the recording: participants, assignments, and for each dialogue its storyline
with the plans of its turns. So neither mining nor planners nor their draws can break what was recorded. An answer is
known by its dialogue, purpose, turn and attempt; of its prompt only the hash is kept, to tell which have changed since.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from streamdial.dialogues.messages import read_call
from streamdial.errors import ModelError
from streamdial.files import read_lines, write_atomically
from streamdial.ids import hash_text
from streamdial.models import ChatModel, ChatReply, ChatRequest
from streamdial.planning import GivenPlan

DATA = Path(__file__).parents[1] / "tests" / "data" / "strong_recorded"
LANGUAGES = ("en", "zh")
ANSWERS = "answers-*.jsonl"
"""Files of answers, one a language."""


class Entry(NamedTuple):
    """A dialogue to be recorded: its name (`en-turn-12`), the way it is made, its assignment, its plan."""

    name: str
    way: str
    assignment: dict[str, Any]
    given: GivenPlan


@dataclass(frozen=True)
class Frozen:
    """What the recorded dialogues of a language are made from.

    Attributes:
        language: Their language; the ending of the file's name.
        domain: Their domain pack.
        limits: `min_turns` and `max_turns` as they were.
        people: Participants and signals, as a run writes them down.
        entries: The dialogues.
    """

    language: str
    domain: str
    limits: dict[str, int]
    people: tuple[dict[str, Any], ...]
    entries: tuple[Entry, ...]


@cache
def _adapt() -> TypeAdapter[GivenPlan]:
    return TypeAdapter(GivenPlan)


def write_frozen(frozen: Frozen, data: Path) -> Path:
    """Write what dialogues are made from; the same content gives the same bytes."""
    head = {"domain": frozen.domain, "limits": frozen.limits}
    entries = [
        {**entry._asdict(), "given": _adapt().dump_python(entry.given, mode="json", exclude_defaults=True)}
        for entry in frozen.entries
    ]
    lines = (head, *({"person": person} for person in frozen.people), *({"entry": entry} for entry in entries))
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    path = data / f"frozen-{frozen.language}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return path


def read_frozen(language: str, data: Path) -> Frozen | None:
    """Return what the dialogues of a language are made from; None where nothing is recorded."""
    path = data / f"frozen-{language}.jsonl.gz"
    if not path.is_file():
        return None
    head, *lines = (json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines())
    entries = [line["entry"] for line in lines if "entry" in line]
    return Frozen(
        language,
        head["domain"],
        head["limits"],
        tuple(line["person"] for line in lines if "person" in line),
        tuple(Entry(**{**entry, "given": _adapt().validate_python(entry["given"])}) for entry in entries),
    )


@dataclass
class Answer:
    """An answer of the strong model.

    Attributes:
        id: Dialogue, purpose, turn and attempt, see `name_call`.
        answer: The answer, or its text where it is no JSON.
        careless: Number of a turn to the kind of fault it was given on purpose; all others are meant to be good.
        prompt: Hash of the prompt it answers; empty as long as it was not asked for.
    """

    id: str
    answer: dict[str, Any] | str
    careless: dict[str, str] = field(default_factory=dict)
    prompt: str = ""

    @property
    def text(self) -> str:
        """The answer as a model gives it."""
        return self.answer if isinstance(self.answer, str) else json.dumps(self.answer, ensure_ascii=False)


def name_call(dialogue: str, request: ChatRequest) -> str:
    """Return the name of a call: dialogue, purpose, turn and attempt (`en-turn-12.user_turn.04.0`)."""
    turn, attempt = read_call(request.seed)
    return f"{dialogue}.{request.purpose}.{turn:02d}.{attempt}"


def split_call(name: str) -> tuple[str, str, int, int]:
    """Return dialogue, purpose, turn and attempt of a call by its name."""
    dialogue, purpose, turn, attempt = name.rsplit(".", 3)
    return dialogue, purpose, int(turn), int(attempt)


def hash_request(request: ChatRequest) -> str:
    """Return the hash of a prompt."""
    return hash_text("\n".join(f"{message.role}\n{message.content}" for message in request.messages))[:12]


def build_answer(name: str, given: Mapping[str, Any]) -> Answer:
    """Return an answer as its author wrote it: `careless` stands beside the words it is about.

    Args:
        name: The call.
        given: The answer; in each of its `turns`, or in the whole, `careless` names a fault made on purpose.
    """
    turn = split_call(name)[2]
    answer = {key: value for key, value in given.items() if key not in ("id", "careless")}
    careless = {str(turn): given["careless"]} if "careless" in given else {}
    if isinstance(listed := answer.get("turns"), list):
        careless |= {str(line["turn"] - 1): line["careless"] for line in listed if "careless" in line}
        answer["turns"] = [{key: line[key] for key in line if key != "careless"} for line in listed]
    return Answer(name, answer, careless)


def read_answers(data: Path) -> dict[str, Answer]:
    """Return the recorded answers by the name of the call."""
    return {line["id"]: Answer(**line) for path in sorted(data.glob(ANSWERS)) for line in read_lines(path)}


def write_answers(answers: Iterable[Answer], data: Path) -> None:
    """Write recorded answers, a file a language, in the order of their names; files of others stay as they are."""
    lines: dict[str, list[str]] = {}
    for answer in sorted(answers, key=lambda one: one.id):
        language = answer.id.split("-", 1)[0]
        lines.setdefault(language, []).append(json.dumps(vars(answer), ensure_ascii=False) + "\n")
    for language, written in lines.items():
        write_atomically(data / ANSWERS.replace("*", language), "".join(written))


def read_folder(folder: Path) -> Iterator[Answer]:
    """Yield the answers that were put beside the prompts: `CALL.json`, or lines with an `id` in any `.jsonl`."""
    for path in sorted(folder.glob("*.json")):
        yield build_answer(path.stem, json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(folder.glob("*.jsonl")):
        for line in read_lines(path):
            yield build_answer(line["id"], line)


class UnansweredError(Exception):
    """A prompt nobody has answered yet.

    Args:
        call: Its name.
        request: The prompt.
    """

    def __init__(self, call: str, request: ChatRequest) -> None:
        super().__init__(call)
        self.call, self.request = call, request


class CassetteModel:
    """A strong model that says what was recorded.

    Args:
        answers: Recorded answers by call; what another model answers is added.
        other: Answers what was not recorded; None where nobody does.
        waits: Whether the dialogue stops where nobody does; else the model gives nothing usable there.

    Attributes:
        asked: Everything the dialogue at hand asked, in order, by call.
        missing: Calls nobody answered.
    """

    model_id = "recorded"

    def __init__(self, answers: dict[str, Answer], *, other: ChatModel | None = None, waits: bool = False) -> None:
        self.answers, self._other, self._waits = answers, other, waits
        self._dialogue = ""
        self.asked: list[tuple[str, ChatRequest]] = []
        self.missing: list[str] = []

    def begin(self, dialogue: str) -> None:
        """Answer for another dialogue from now on."""
        self._dialogue, self.asked, self.missing = dialogue, [], []

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the recorded answer.

        Raises:
            UnansweredError: If there is none and the dialogue is to wait for it.
            ModelError: If there is none and it is not.
        """
        call = name_call(self._dialogue, request)
        self.asked.append((call, request))
        known = self.answers.get(call)
        if known is None and self._other is not None:
            known = Answer(call, _read_text((await self._other.complete(request)).text), {}, hash_request(request))
            self.answers[call] = known
        if known is not None:
            return ChatReply(text=known.text, model=self.model_id)
        if self._waits:
            raise UnansweredError(call, request)
        self.missing.append(call)
        raise ModelError(f"{call} was not recorded", transient=False, kind="malformed")

    async def aclose(self) -> None:
        """Hold nothing."""


def _read_text(text: str) -> dict[str, Any] | str:
    try:
        answer = json.loads(text)
    except ValueError:
        return text
    return answer if isinstance(answer, dict) else text
