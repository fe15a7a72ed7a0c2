"""SSI, the whole phase: one recording in, five kinds of signal out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Protocol

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.lexicon import Lexicon
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
    Segment,
    Signal,
    UserQuestion,
)
from streamdial.signals.accounts import describe_account
from streamdial.signals.correction import Corrector
from streamdial.signals.denoising import denoise_messages
from streamdial.signals.pairing import PairingOptions, pair_questions
from streamdial.signals.questions import extract_questions
from streamdial.signals.responses import extract_replies, extract_responses
from streamdial.signals.screening import Decision, screen_recording
from streamdial.signals.strategies import classify_strategies
from streamdial.slots import Fact, SlotReader, list_entities, read_table


class RecordingLike(Protocol):
    """What SSI needs of a recording; `streamdial.sources.Recording` fits."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> Language: ...  # noqa: D102
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
    """

    decision: Decision
    account: AccountMetadata | None = None
    questions: list[UserQuestion] = field(default_factory=list)
    responses: list[AgentResponse] = field(default_factory=list)
    pairs: list[QAPair] = field(default_factory=list)
    strategies: list[DialogueStrategy] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)

    def __iter__(self) -> Iterator[Signal]:
        """Iterate over all signals, kind by kind."""
        account: Iterable[Signal] = (self.account,) if self.account else ()
        return chain(account, self.questions, self.responses, self.pairs, self.strategies)


def collect_facts(
    pages: Sequence[Page], pack: DomainPack, language: Language
) -> dict[tuple[str, str], tuple[Fact, str]]:
    """Return what the pages' tables say: (entity, slot) to the fact and its page's id; the first page counts."""
    facts: dict[tuple[str, str], tuple[Fact, str]] = {}
    for page in pages:
        for table in page.tables:
            for fact in read_table(pack, table, language)[0]:
                facts.setdefault((fact.entity, fact.slot), (fact, page.id))
    return facts


def build_reader(pack: DomainPack, language: Language, pages: Sequence[Page]) -> SlotReader:
    """Return a slot reader that knows the names of what the account's pages list."""
    tables = [table for page in pages for table in page.tables]
    return SlotReader(pack, language, list_entities(pack, tables, language))


def extract_signals(
    recording: RecordingLike,
    pack: DomainPack,
    embedder: Embedder,
    *,
    options: PairingOptions | None = None,
    market: Lexicon | None = None,
) -> SignalSet:
    """Run SSI on one recording: screening, denoising, questions, responses, correction, pairing, strategies.

    Args:
        recording: A recording with its messages on the clock of its speech.
        pack: The domain pack.
        embedder: For pairing and strategies.
        options: Thresholds and weights of pairing.
        market: A compiled lexicon of the market, for correction.
    """
    language = recording.language
    screening = Counts("screening", asked=1)
    sample = [message.text for message in islice(recording.iterate_messages(), 500)]
    decision = screen_recording(
        pack, profile=recording.profile, segments=recording.segments, pages=recording.pages, chat=sample
    )
    if not decision.keep:
        screening.drop(decision.reason)
        return SignalSet(decision, counts=[screening])
    screening.kept = 1
    screening.note(f"kept by {decision.reason}: {', '.join(decision.matches)}")
    reader = build_reader(pack, language, recording.pages)
    facts = collect_facts(recording.pages, pack, language)
    corrector = Corrector(
        pack,
        language,
        names=(*reader.entities, *_name_account(recording.profile)),
        facts=facts,
        market=market,
    )

    chat, asked, answered = Counts("chat and comments"), Counts("questions"), Counts("responses")
    questions = list(
        extract_questions(
            denoise_messages(recording.iterate_messages(), pack, chat), reader, asked, source_id=recording.id
        )
    )
    responses = [
        *extract_responses(recording.segments, reader, corrector, answered, source_id=recording.id),
        *extract_replies(recording.iterate_messages(), reader, answered, source_id=recording.id),
    ]
    corrected = sum(bool(response.corrections) for response in responses)
    if corrected:
        answered.note(f"{corrected} responses corrected")
    paired, strategic = Counts("QA pairs"), Counts("strategies")
    pairs = list(pair_questions(questions, responses, embedder, paired, options))
    strategies = list(classify_strategies(responses, pack, language, embedder, strategic))
    account = describe_account(recording.profile, pack, language, source_id=recording.id, name=recording.name)
    accounts = Counts("account", asked=1, made=1, kept=1)
    for counts in (asked, answered, strategic, screening, chat):
        counts.made = counts.made or counts.kept
    return SignalSet(
        decision,
        account,
        questions,
        responses,
        pairs,
        strategies,
        [screening, chat, asked, answered, paired, strategic, accounts],
    )


def _name_account(profile: Profile | None) -> tuple[str, ...]:
    return (profile.name,) if profile and profile.name else ()
