"""What a run's strategies mine: dialogues of a recording and their viewers, and which dialogues are theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from streamdial.corpora import read_thread_dialogues
from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.personas.needs import agree, name_asker
from streamdial.personas.utterances import ABOUT_ONESELF
from streamdial.pipeline.run import Run
from streamdial.pipeline.settings import BaseSettings
from streamdial.planning import MinedAnswers
from streamdial.planning.sentences import list_sayable
from streamdial.records import Dialogue, QAPair, SeedDialogue, Turn, UserQuestion
from streamdial.signals import SignalSet
from streamdial.signals.extraction import Preparation
from streamdial.slots import SlotReader, has_unread_figures
from streamdial.sources import Recording
from streamdial.strategies import MinedRecording, MiningStrategy, RecordingStrategy, Strategy, open_strategy

PLAIN = ("ask", "compare")
"""Acts of another viewer that the viewer of a mined dialogue may have asked too."""


def open_acting(settings: BaseSettings) -> list[Strategy]:
    """Return the strategies of a run; with a share of 0 none acts."""
    chosen = (choice for choice in settings.strategies.list_choices() if choice.share)
    return [open_strategy(choice.name, choice.options) for choice in chosen]


def open_reading(settings: BaseSettings) -> list[MiningStrategy]:
    """Return those that find readers in pages."""
    return [strategy for strategy in open_acting(settings) if isinstance(strategy, MiningStrategy)]


def open_mining(settings: BaseSettings) -> list[RecordingStrategy]:
    """Return those that mine recordings."""
    return [strategy for strategy in open_acting(settings) if isinstance(strategy, RecordingStrategy)]


def mine_recording(run: Run, recording: Recording, prepared: Preparation, signals: SignalSet) -> SignalSet:
    """Have the run's strategies mine a recording; return its signals as they stand then.

    What stands in its comment threads is read without any. The strategies' dialogues are put into the store, each has
    a viewer who asks what was asked in it; pairs that a strategy refuses are gone, counted by reason.
    """
    if not signals.decision.keep:
        return signals
    given = MinedRecording(
        id=recording.id,
        language=recording.language,
        pack=run.pack,
        signals=signals,
        sentences=prepared.sentences,
        embedder=run.embedder,
        iterate_messages=recording.iterate_messages,
    )
    threads = Counts("dialogues of comment threads")
    _keep(run, read_thread_dialogues(given, threads, url=recording.url))
    if threads.asked:
        signals.counts.append(threads)
    questions: list[UserQuestion] = []
    pairs: list[QAPair] = []
    for strategy in open_mining(run.settings):
        counts = Counts(strategy.NAME)
        mined = strategy.mine(given)
        counts.kept = len(mined.seeds)
        counts.asked = counts.made = counts.kept + len(mined.refused)
        counts.dropped.update(mined.refused.values())
        signals.pairs = [pair for pair in signals.pairs if pair.id not in mined.refused]
        viewers = 0
        for seed in mined.seeds:
            # Kept apart until all have mined: the next strategy reads what was really written alone.
            asked, answered = build_viewer(seed, signals)
            viewers += bool(asked)
            questions += asked
            pairs += answered
        for note in mined.notes:
            counts.note(note)
        if viewers:
            counts.note(f"dialogues with a viewer of their own: {viewers}")
        signals.counts.append(counts)
        _keep(run, mined.seeds)
    signals.questions += questions
    signals.pairs += pairs
    return signals


def _keep(run: Run, seeds: Sequence[SeedDialogue]) -> None:
    if seeds:
        run.store.put("exemplars", seeds, {"text": run.embedder.embed([seed.turns[0].utterance for seed in seeds])})


def build_viewer(seed: SeedDialogue, signals: SignalSet) -> tuple[list[UserQuestion], list[QAPair]]:
    """Return what the viewer of a mined dialogue asks, and how that was answered; nothing where it is somebody's own.

    The viewer wishes what the first who asked in it wished; of others it takes the plain questions alone, for what they
    tell of themselves is their own. Each question is the one that was really written, by another asker.

    Args:
        seed: A dialogue whose turns name the signals they were.
        signals: The signals of its recording.
    """
    known = {question.id: question for question in signals.questions}
    turns = [turn for turn in seed.turns if turn.role == "user" and turn.evidence and turn.evidence[0] in known]
    asked = [known[turn.evidence[0]] for turn in turns]
    if len(asked) < 2:
        return [], []
    lead = name_asker(asked[0])
    own = [question for question in signals.questions if name_asker(question) == lead]
    filled = any(turn.entity and not question.entities for turn, question in zip(turns, asked, strict=True))
    if not filled and {question.id for question in own} == {question.id for question in asked}:
        return [], []
    taken: dict[str, UserQuestion] = {}
    for turn, question in zip(turns, asked, strict=True):
        plain = question.act in PLAIN and not question.slots and not ABOUT_ONESELF.search(question.text)
        if (name_asker(question) != lead and not plain) or not agree(question, taken.values()):
            continue
        named = tuple(name for name in (turn.entity, turn.other) if name)
        taken[question.id] = question.model_copy(
            update={
                "id": make_id("viewer", seed.id, question.id),
                "asker": name_viewer(seed),
                "entities": question.entities or named,
                "echoes": 0,
            }
        )
    if len(taken) < 2:
        return [], []
    pairs = [
        pair.model_copy(update={"id": make_id("pair", copy.id, pair.response_id), "question_id": copy.id})
        for pair in signals.pairs
        if (copy := taken.get(pair.question_id)) is not None
    ]
    return list(taken.values()), pairs


def name_viewer(seed: SeedDialogue) -> str:
    """Return the name of the viewer of a mined dialogue."""
    return f"{seed.origin}-{seed.id}"


def open_scene(seed: SeedDialogue, answers: MinedAnswers, knowledge: Knowledge) -> tuple[Turn, ...]:
    """Return the turn a dialogue begins with that was mined with a line of the account before it.

    It is a sentence of that line, or of one the turn names beside it, that can be said to one customer unasked and says
    what the knowledge base says; else one of that line that names the thing and states no value. None where there is
    none.

    Args:
        seed: The mined dialogue.
        answers: What the account said, checked.
        knowledge: What it knows.
    """
    line, stock = seed.turns[0], knowledge.pack.stock_slot
    left = knowledge.get(line.entity, stock) if stock else None
    if stock and left is not None and left.value in knowledge.pack.slots[stock].gone:
        return ()
    said_of = [one for one in answers.statements if one.entity == line.entity and one.alone]
    fitting = [one for source in line.evidence for one in said_of if one.evidence == source]
    if fitting:
        said = fitting[0]
        rows = [row for slot in said.slots if (row := knowledge.get(said.entity, slot)) is not None]
        text, evidence = said.text, (said.evidence, *(row.id for row in rows))
        tell = {row.slot: row.value for row in rows}
    else:
        reader = SlotReader(knowledge.pack, seed.language, [line.entity])
        bare = [one for one in list_sayable(line.utterance, seed.language) if _names_alone(one, line.entity, reader)]
        if not bare:
            return ()
        text, evidence, tell = bare[0], line.evidence[:1], {}
    stage = "recommendation" if "recommendation" in knowledge.pack.stages else line.stage
    changed = {"utterance": text, "stage": stage, "tell": tell, "evidence": evidence, "realisation": "real_line"}
    return (line.model_copy(update={**changed, "by": (seed.origin,)}),)


def _names_alone(sentence: str, thing: str, reader: SlotReader) -> bool:
    """Tell whether a sentence names a thing, asks nothing and states no value."""
    values = [mention for mention in reader.find_values(sentence) if mention.slot != reader.pack.entity_slot]
    return thing in sentence and not values and not has_unread_figures(sentence) and sentence[-1] not in "?？"


def list_asked(strategies: Iterable[Strategy], questions: Iterable[UserQuestion]) -> dict[str, set[str]]:
    """Return the ids of the questions of those whom strategies of the kind `miner` found, by strategy.

    Such a strategy acts in the dialogues of these, whatever its share.

    Args:
        strategies: The strategies of a run.
        questions: All questions of it.
    """
    mining = {strategy.NAME: f"{strategy.NAME}-" for strategy in strategies if strategy.KIND == "miner"}
    found: dict[str, set[str]] = {name: set() for name in mining}
    for question in questions if mining else ():
        for name, begin in mining.items():
            if (question.asker or "").startswith(begin):
                found[name].add(question.id)
    return found


def trace_asked(dialogue: Dialogue, asked: Mapping[str, Collection[str]]) -> Dialogue:
    """Return a dialogue whose turns name the strategies that found what they ask.

    Args:
        dialogue: A finished dialogue.
        asked: Ids of questions by strategy, from `list_asked`.
    """
    theirs = {one.name: asked[one.name] for one in dialogue.lineage if one.name in asked}
    if not theirs:
        return dialogue
    turns = tuple(_mark(turn.evidence, turn.by, theirs) for turn in dialogue.turns)
    lineage = tuple(
        one.model_copy(update={"turns": tuple(number for number, by in enumerate(turns) if one.name in by)})
        if one.name in theirs
        else one
        for one in dialogue.lineage
    )
    marked = tuple(turn.model_copy(update={"by": by}) for turn, by in zip(dialogue.turns, turns, strict=True))
    return dialogue.model_copy(update={"turns": marked, "lineage": lineage})


def _mark(evidence: Sequence[str], by: tuple[str, ...], asked: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    found = (name for name, ids in asked.items() if any(source in ids for source in evidence))
    return tuple(dict.fromkeys((*by, *found)))
