"""SSI for one recording: its files in, five kinds of signal out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple, Protocol, TypeVar

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.lexicon import Lexicon, is_ordinary
from streamdial.models import Embedder
from streamdial.records import (
    AccountMetadata,
    AgentResponse,
    DialogueStrategy,
    Language,
    Message,
    Page,
    Profile,
    QAPair,
    Record,
    Segment,
    Signal,
    UserQuestion,
)
from streamdial.signals.accounts import describe_account
from streamdial.signals.callers import list_caller_messages, tell_voices_apart
from streamdial.signals.correction import Corrector, correct_sentences
from streamdial.signals.denoising import denoise_messages
from streamdial.signals.intents import SecondOpinion
from streamdial.signals.machine_text import is_machine_text
from streamdial.signals.message_kinds import MessageKind
from streamdial.signals.pairing import PairingOptions, pair_questions
from streamdial.signals.questions import ToldLine, ToldLines, count_echoes, extract_questions
from streamdial.signals.responses import extract_replies, extract_responses
from streamdial.signals.screening import Decision, Screen, screen_recording
from streamdial.signals.sentences import Sentence, split_sentences
from streamdial.signals.shown_things import name_shown_things
from streamdial.signals.strategies import classify_strategies
from streamdial.signals.things import Thing, find_things
from streamdial.signals.threads import ThreadPlace, pair_threads
from streamdial.slots import Fact, Facts, SlotReader, learn_table_style, list_entities, read_table

MOST_READ = 20_000
"""Messages looked through for names."""
_PLACE = re.compile(
    r"(?<=[在于到近离、，,。：: ])[\u4e00-\u9fff]{2,6}?(?:路|街|大道|广场|站|区|街道|商圈|湾|里)"
    r"|\b(?:[A-Z][a-z]+ ){1,3}(?:Street|Road|Avenue|Lane|Boulevard|Drive|Square|Station|Quarter|District|Arcade|Beach"
    r"|Park)\b"
)


Located = TypeVar("Located", bound=Record)


class RecordingLike(Protocol):
    """What SSI needs of a recording; `streamdial.sources.Recording` fits."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> Language: ...  # noqa: D102
    @property
    def recorded_on(self) -> str | None: ...  # noqa: D102
    @property
    def url(self) -> str | None: ...  # noqa: D102
    @property
    def profile(self) -> Profile | None: ...  # noqa: D102
    @property
    def segments(self) -> Sequence[Segment]: ...  # noqa: D102
    @property
    def pages(self) -> Sequence[Page]: ...  # noqa: D102
    def iterate_messages(self) -> Iterator[Message]: ...  # noqa: D102


@dataclass
class SignalSet:
    """The signals of one recording, and what became of the rest.

    Attributes:
        decision: Whether the recording belongs to the vertical; without it all other fields are empty.
        counts: One report per step, in order.
        names: Of what is sold: those of the pages' tables, else those of `find_things`.
        about: The one thing the recording's title names; empty where it names none or several.
        testimonies: What viewers tell of their own experience; they wish for nothing.
        advice: What viewers answer or explain to each other.
        small_talk: The first greetings, reactions and chatter of viewers, which ask for nothing; not stored.
        viewer_pairs: Questions of threads that another viewer answered; no answer of the account, and not stored.
    """

    decision: Decision
    account: AccountMetadata | None = None
    questions: list[UserQuestion] = field(default_factory=list)
    responses: list[AgentResponse] = field(default_factory=list)
    pairs: list[QAPair] = field(default_factory=list)
    strategies: list[DialogueStrategy] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)
    names: tuple[str, ...] = ()
    about: str = ""
    testimonies: list[ToldLine] = field(default_factory=list)
    advice: list[ToldLine] = field(default_factory=list)
    small_talk: list[ToldLine] = field(default_factory=list)
    viewer_pairs: list[QAPair] = field(default_factory=list)

    def __iter__(self) -> Iterator[Signal]:
        """Iterate over all signals, kind by kind."""
        account: Iterable[Signal] = (self.account,) if self.account else ()
        return chain(account, self.questions, self.responses, self.pairs, self.strategies)


def collect_facts(pages: Sequence[Page], pack: DomainPack, language: Language) -> Facts:
    """Return what the pages' tables say: (entity, slot) to the fact and its page's id; the first page counts."""
    facts: dict[tuple[str, str], tuple[Fact, str]] = {}
    for page in pages:
        style = learn_table_style(page.tables, page.text)
        for table in page.tables:
            for fact in read_table(pack, table, language, style)[0]:
                facts.setdefault((fact.entity, fact.slot), (fact, page.id))
    return facts


def build_reader(pack: DomainPack, language: Language, pages: Sequence[Page]) -> SlotReader:
    """Return a slot reader that knows the names of what the account's pages list."""
    tables = [table for page in pages for table in page.tables]
    return SlotReader(pack, language, list_entities(pack, tables, language))


def _find_things(recording: RecordingLike, pack: DomainPack, counts: Counts) -> list[Thing]:
    """Return the names a recording without tables shows; what a table lists needs no looking for."""
    return find_things(
        pack,
        recording.language,
        title=recording.name,
        profile=recording.profile,
        pages=recording.pages,
        speech=(sentence.text for sentence in split_sentences(recording.segments, recording.language)),
        chat=(message.text for message in islice(recording.iterate_messages(), MOST_READ)),
        counts=counts,
    )


class Preparation(NamedTuple):
    """A recording that belongs to the vertical, with its speech corrected by lexicon.

    Attributes:
        decision: Whether it belongs to the vertical; without it there are no sentences.
        screening: Report of the decision.
        reader: Knows the names of what the account sells.
        corrector: Knows what a recogniser may have damaged.
        sentences: What was said, by whomever, in order of time.
        correction: Report of the corrections.
        settled: Report of what a model settled, where one was asked.
        naming: Report of the names found without a table, where none had one.
    """

    decision: Decision
    screening: Counts
    reader: SlotReader
    corrector: Corrector
    sentences: list[Sentence]
    correction: Counts
    settled: Counts | None = None
    naming: Counts | None = None


def prepare_recording(
    recording: RecordingLike,
    pack: DomainPack,
    *,
    market: Lexicon | None = None,
    embedder: Embedder | None = None,
    screen: Screen = "drop",
) -> Preparation:
    """Screen a recording and correct its speech by lexicon and pages.

    Args:
        recording: A recording with its messages on the clock of its speech.
        pack: The domain pack.
        market: A compiled lexicon of the market, for correction.
        embedder: Compares the talk with the vertical's; without one the density of evidence decides alone.
        screen: What becomes of a recording that does not belong.
    """
    language = recording.language
    screening, correction = Counts("screening", asked=1), Counts("correction")
    decision = screen_recording(
        pack,
        language=language,
        profile=recording.profile,
        segments=recording.segments,
        pages=recording.pages,
        messages=recording.iterate_messages(),
        embedder=embedder,
        screen=screen,
    )
    reader = build_reader(pack, language, recording.pages)
    naming = None
    if decision.keep and not reader.entities:
        naming = Counts("things")
        reader = SlotReader(pack, language, [thing.name for thing in _find_things(recording, pack, naming)])
    corrector = Corrector(
        pack,
        language,
        names=(*reader.entities, *_name_account(recording.profile)),
        locations=list_locations(recording.profile, recording.pages),
        facts=collect_facts(recording.pages, pack, language),
        shown_by=_find_showing(recording.profile, recording.pages, pack, language),
        market=market,
    )
    if not decision.keep:
        screening.drop(decision.reason)
        screening.note(f"dropped: {decision.sentence}")
        return Preparation(decision, screening, reader, corrector, [], correction)
    screening.kept = screening.made = 1
    near = f", nearest other pack {decision.nearest}" if decision.nearest else ""
    screening.note(f"kept by {decision.reason}: {', '.join(decision.matches)} (score {decision.score:.2f}{near})")
    if decision.reason == "screen_warn":
        screening.note(decision.sentence)
    # Before sentences are told apart: a full stop within a tag or an address ends none.
    heard = [segment for segment in recording.segments if not is_machine_text(segment.text)]
    for _ in range(len(recording.segments) - len(heard)):
        correction.drop("machine_text")
    sentences = correct_sentences(split_sentences(heard, language), reader, corrector)
    correction.made = correction.kept = len(sentences)
    correction.asked = len(sentences) + correction.dropped["machine_text"]
    reasons = Counter(change.reason for sentence in sentences for change in sentence.corrections)
    if reasons:
        correction.note(f"repaired: {', '.join(f'{reason} {count}' for reason, count in sorted(reasons.items()))}")
    return Preparation(decision, screening, reader, corrector, sentences, correction, naming=naming)


def collect_signals(
    recording: RecordingLike,
    prepared: Preparation,
    embedder: Embedder,
    *,
    options: PairingOptions | None = None,
    kinds: Mapping[str, MessageKind] | None = None,
    account: str | None = None,
) -> SignalSet:
    """Make the signals of a prepared recording.

    Args:
        recording: The recording.
        prepared: What `prepare_recording` made of it.
        embedder: For pairing and strategies.
        options: Thresholds and weights of pairing.
        kinds: Kinds of messages by folded text that a model settled.
        account: Name of the account, where somebody gave it and no profile tells it.
    """
    if not prepared.decision.keep:
        return SignalSet(prepared.decision, counts=[prepared.screening])
    reader, pack, language = prepared.reader, prepared.reader.pack, recording.language
    chat, called, asked, answered = (
        Counts(name) for name in ("chat and comments", "callers", "questions", "responses")
    )
    voices = tell_voices_apart(prepared.sentences, language)
    messages = chain(
        recording.iterate_messages(), list_caller_messages(voices, called, source_id=recording.id, language=language)
    )
    echoes: Counter[str] = Counter()
    clean = denoise_messages(messages, pack, chat, echoes=echoes)
    opinion, told = SecondOpinion(pack, embedder, settled=kinds), ToldLines()
    found = list(extract_questions(clean, reader, asked, source_id=recording.id, opinion=opinion, told=told))
    questions = count_echoes(found, echoes, asked)
    standing = leave_out_older(prepared.corrector.facts, recording.pages, recording.recorded_on)
    places: dict[str, ThreadPlace] = {}
    said = extract_responses(voices.host, reader, standing, answered, source_id=recording.id)
    responses = [
        *name_shown_things(said, recording.pages, pack, language),
        *extract_replies(recording.iterate_messages(), reader, answered, source_id=recording.id, places=places),
    ]
    removed = sum(change.reason == "inconsistent" for response in responses for change in response.corrections)
    if removed:
        prepared.correction.note(f"taken out of the facts because a page says otherwise: {removed}")
    paired, strategic = Counts("QA pairs"), Counts("strategies")
    pairs = list(pair_questions(questions, responses, embedder, paired, options))
    answered_ids, threaded = {pair.question_id for pair in pairs}, Counts("pairs of threads")
    timeless = [question for question in questions if question.time is None and question.id not in answered_ids]
    threads = list(pair_threads(timeless, responses, told.advice, places, embedder, threaded, options))
    pairs += [pair for pair in threads if pair.answerer is None]
    by_viewers = [pair for pair in threads if pair.answerer is not None]
    strategies = list(classify_strategies(responses, pack, language, embedder, strategic))
    described = describe_account(
        recording.profile, pack, language, source_id=recording.id, name=recording.name, account=account
    )
    accounts = Counts("account", asked=1, made=1, kept=1)
    settled = [prepared.settled] if prepared.settled else []
    reports = [
        prepared.screening,
        *([prepared.naming] if prepared.naming else []),
        prepared.correction,
        *settled,
        chat,
        called,
        asked,
        answered,
        paired,
        threaded,
        strategic,
        accounts,
    ]
    for counts in (called, asked, answered, strategic, chat):
        counts.made = counts.made or counts.kept
    url = recording.url
    titled = reader.find_entities(recording.name)
    return SignalSet(
        prepared.decision,
        described,
        _name_page(questions, url),
        _name_page(responses, url),
        _name_page(pairs, url),
        _name_page(strategies, url),
        reports,
        names=reader.entities,
        about=titled[0] if len(titled) == 1 else "",
        testimonies=told.testimony,
        advice=told.advice,
        small_talk=told.small_talk,
        viewer_pairs=by_viewers,
    )


def extract_signals(
    recording: RecordingLike,
    pack: DomainPack,
    embedder: Embedder,
    *,
    options: PairingOptions | None = None,
    market: Lexicon | None = None,
) -> SignalSet:
    """Run SSI on one recording: screening, correction, denoising, questions, responses, pairing, strategies.

    Args:
        recording: A recording with its messages on the clock of its speech.
        pack: The domain pack.
        embedder: For pairing and strategies.
        options: Thresholds and weights of pairing.
        market: A compiled lexicon of the market, for correction.
    """
    prepared = prepare_recording(recording, pack, market=market, embedder=embedder)
    return collect_signals(recording, prepared, embedder, options=options)


def leave_out_older(facts: Facts, pages: Sequence[Page], recorded_on: str | None) -> Facts:
    """Return the facts of pages that are not older than the recording: what was said later is no contradiction."""
    older = {page.id for page in pages if page.published and recorded_on and page.published[:10] < recorded_on}
    return {key: (fact, page) for key, (fact, page) in facts.items() if page not in older}


def list_locations(profile: Profile | None, pages: Sequence[Page]) -> tuple[str, ...]:
    """Return the places an account names for itself: the profile's location, and streets and stations of its pages."""
    places = [profile.location] if profile else []
    for text in [profile.bio if profile else "", *(page.text for page in pages)]:
        places += [match[0].strip() for match in _PLACE.finditer(text)]
    named = (place for place in places if 2 <= len(place) <= 30 and not is_ordinary(place, "zh"))
    return tuple(dict.fromkeys(named))


def _name_page(records: list[Located], url: str | None) -> list[Located]:
    """Return signals with the recording's page, where they have no page of their own."""
    if url is None:
        return records
    return [
        record
        if record.provenance.url
        else record.model_copy(update={"provenance": record.provenance.model_copy(update={"url": url})})
        for record in records
    ]


def _find_showing(
    profile: Profile | None, pages: Sequence[Page], pack: DomainPack, language: Language
) -> dict[str, str]:
    """Return each name and location with the page or profile that shows it first."""
    shown: dict[str, str] = {}
    for page in pages:
        for form in (*list_entities(pack, list(page.tables), language), *list_locations(None, [page])):
            shown.setdefault(form, page.id)
    if profile:
        for form in (profile.name, *list_locations(profile, [])):
            shown.setdefault(form, profile.id)
    return shown


def _name_account(profile: Profile | None) -> tuple[str, ...]:
    return (profile.name,) if profile and profile.name else ()
