"""Plays recorded dialogues: each through the real way it is made, with the real checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson

from benchmarks.strong_cassette import Answer, CassetteModel, Entry, Frozen, split_call
from benchmarks.strong_prompts import NAME, WAYS
from streamdial.dialogues.refusals import Refusal, collect_refusals
from streamdial.dialogues.turn_briefs import find_fixed
from streamdial.models import ChatRequest
from streamdial.pipeline import Pipeline
from streamdial.pipeline.background import run_blocking
from streamdial.pipeline.participants import LoadedParticipants
from streamdial.pipeline.run import Run, open_run
from streamdial.planning import GivenPlan
from streamdial.records import Dialogue

_PEOPLE = "cast/people.jsonl"


class Played(NamedTuple):
    """A dialogue that was played back.

    Attributes:
        entry: What it was made from.
        dialogue: The dialogue.
        fault: Why it cannot be used, where it cannot.
        asked: Prompts by call, in order.
        missing: Calls nobody had answered.
        refusals: Words that were refused.
    """

    entry: Entry
    dialogue: Dialogue
    fault: str | None
    asked: Sequence[tuple[str, ChatRequest]]
    missing: Sequence[str]
    refusals: Sequence[Refusal]


class Line(NamedTuple):
    """One recorded turn, and what became of it.

    Attributes:
        call: The call it answers.
        turn: Number of the turn.
        text: The words.
        careless: The fault it was given on purpose; empty for one that is meant to be good.
        check: The check that refused it; empty where none did.
    """

    call: str
    turn: int
    text: str
    careless: str
    check: str


def list_lines(played: Played, answers: Mapping[str, Answer]) -> Iterator[Line]:
    """Yield the recorded turns of a dialogue that were judged, in order."""
    refused = {(refusal.turn, refusal.attempt): refusal.check for refusal in played.refusals}
    fixed = {number for number, plan in enumerate(played.entry.given.plans) if find_fixed(plan)}
    for call in dict.fromkeys(call for call, _ in played.asked if call in answers):
        _, purpose, turn, attempt = split_call(call)
        answer = answers[call]
        if isinstance(answer.answer, str):
            continue
        if purpose == "dialogue":
            said = {line["turn"] - 1: line["utterance"] for line in answer.answer["turns"]}
        else:
            said = {turn: answer.answer["utterance"]}
        for number, text in said.items():
            # Of a dialogue's second answer only the turns that were asked for again are looked at.
            again = purpose == "dialogue" and attempt and (number, attempt - 1) not in refused
            if not again and not (purpose == "dialogue" and number in fixed):
                yield Line(call, number, text, answer.careless.get(str(number), ""), refused.get((number, attempt), ""))


class Player:
    """Makes the dialogues of a language out of what was frozen; see `open_player`."""

    def __init__(self, run: Run, frozen: Frozen, model: CassetteModel) -> None:
        self._run, self._model, self._settings = run, model, run.settings
        self._frozen = frozen
        self._known: dict[str, LoadedParticipants] = {}

    def _open(self, way: str) -> LoadedParticipants:
        self._run.settings = self._settings.replace(**WAYS[way])
        if way not in self._known:
            self._known[way] = LoadedParticipants(self._run, _PEOPLE, len(self._frozen.entries))
        return self._known[way]

    def plan(self, assignment: dict[str, object]) -> GivenPlan:
        """Return the plan of an assignment as today's planners make it."""
        return self._open("dialogue").plan_dialogue(assignment)

    def play(self, entry: Entry) -> Played:
        """Make a dialogue with what was recorded.

        Raises:
            UnansweredError: If the model waits for answers, at the first prompt without one.
        """
        known, model = self._open(entry.way), self._model
        model.begin(entry.name)
        # A model that decides for itself follows no plan; where it says nothing usable, today's planners speak.
        given = GivenPlan(entry.given.storyline) if entry.way == "direct" else entry.given
        with collect_refusals() as refusals:
            dialogue, fault = run_blocking(known.make_dialogue(entry.assignment, given))
        return Played(entry, dialogue, fault, model.asked, model.missing, refusals)


@contextmanager
def open_player(frozen: Frozen, model: CassetteModel) -> Iterator[Player]:
    """Open a folder of its own for the dialogues of a language, without any mining.

    Args:
        frozen: What they are made from.
        model: Says what was recorded.
    """
    with TemporaryDirectory() as folder:
        given = {"domain": frozen.domain, "sources": [folder], "out": str(Path(folder) / "run"), "model": NAME}
        with Pipeline(**given, **frozen.limits, **WAYS["dialogue"]) as making:  # type: ignore[arg-type]
            run = open_run(making.settings)
            run.files.write_lines(_PEOPLE, _write_people(frozen))
            run.__dict__["model"] = run.__dict__["user_model"] = model
            yield Player(run, frozen, model)


def _write_people(frozen: Frozen) -> Iterator[str]:
    for person in frozen.people:
        yield orjson.dumps(person).decode()
