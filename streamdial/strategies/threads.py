"""Comment threads become dialogues: who replies to whom, who is mentioned, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from pydantic import Field

from streamdial.records import QAPair, SeedDialogue, Turn
from streamdial.signals.threads import ThreadPlace, follow_threads
from streamdial.strategies.mined import Mined, MinedRecording
from streamdial.strategies.strategy import RecordingStrategy, StrategyKind, StrategyOptions


class ThreadsOptions(StrategyOptions):
    """Options of `threads`."""

    exchanges: int = Field(default=8, ge=1, le=30, description="Answered questions of a thread that are kept at most.")


class _Exchange(NamedTuple):
    """A question with the account's reply, and where both stand."""

    pair: QAPair
    asked: str
    told: str
    at: ThreadPlace


@dataclass
class _Chain:
    """Exchanges that follow each other in one thread.

    Attributes:
        exchanges: In the thread's order.
        messages: Ids of its messages, the thread's first one among them.
        askers: Those who asked in it.
    """

    exchanges: list[_Exchange] = field(default_factory=list)
    messages: set[str] = field(default_factory=set)
    askers: set[str] = field(default_factory=set)


class Threads(RecordingStrategy):
    """What viewers asked below a comment, and what the account replied, is one dialogue for each branch of the thread.

    DialoGPT takes each path of a Reddit thread, from its first comment to a leaf, for a dialogue. SSI pairs a question
    with its reply, and the blueprint orders replies by their depth; here the pairs of one branch follow each other, and
    a question that names nothing asks of what the thread is about, where that is one thing. Left out: answers of other
    viewers, which bind nobody, and filters of the language of a path, which SSI has done.
    """

    NAME: ClassVar[str] = "threads"
    KIND: ClassVar[StrategyKind] = "miner"
    FAMILY: ClassVar[str] = "mining"
    PAPERS: ClassVar[tuple[str, ...]] = ("DialoGPT (arXiv 1911.00536)",)
    Options = ThreadsOptions

    def mine(self, recording: MinedRecording) -> Mined:
        """Return a dialogue of each branch in which the account replied."""
        places: dict[str, ThreadPlace] = {}
        roots: dict[str, str] = {}
        for message in follow_threads(recording.iterate_messages(), places):
            if message.time is None and message.parent is None:
                roots[message.id] = message.text
        exchanges = sorted(self._list_exchanges(recording, places), key=lambda one: (one.at.place, one.pair.id))
        seeds = []
        for chain in join_exchanges(exchanges):
            root = roots.get(chain.exchanges[0].at.root, "")
            seeds.append(self._build_seed(recording, chain, recording.reader.find_entities(root)))
        longer = sum(len(seed.turns) > 2 for seed in seeds)
        return Mined(tuple(seeds), notes=(f"branches of threads: {len(seeds)}, of which {longer} go on",))

    def _list_exchanges(self, recording: MinedRecording, places: dict[str, ThreadPlace]) -> Iterator[_Exchange]:
        for pair in recording.signals.pairs:
            asked = recording.questions[pair.question_id].provenance.derived_from[0]
            told = recording.responses[pair.response_id].provenance.derived_from[0]
            if asked in places and told in places:
                yield _Exchange(pair, asked, told, places[asked])

    def _build_seed(self, recording: MinedRecording, chain: _Chain, named: Sequence[str]) -> SeedDialogue:
        turns: list[Turn] = []
        topics = set(named)
        for exchange in chain.exchanges[: self.options.exchanges]:
            asked, told = recording.build_exchange(exchange.pair, len(turns))
            if not asked.entity and len(topics) == 1:
                asked = asked.model_copy(update={"entity": next(iter(topics))})
            topics |= {*recording.questions[exchange.pair.question_id].entities}
            topics |= {*recording.responses[exchange.pair.response_id].entities}
            turns += (asked, told)
        return recording.build_seed(self.NAME, turns)


def join_exchanges(exchanges: Sequence[_Exchange]) -> list[_Chain]:
    """Return the branches of threads, each with the exchanges that follow each other in it.

    A question goes on with the branch whose message it answers: a reply below a reply, or one that mentions somebody of
    it. In a flat thread, where all answer the first comment, one that mentions nobody goes on with what its own viewer
    asked before, else with the first comment where that was asked too; else it begins a branch.

    Args:
        exchanges: In order.
    """
    by_thread: dict[str, list[_Chain]] = {}
    for exchange in exchanges:
        chains = by_thread.setdefault(exchange.at.root, [])
        chain = _find_chain(exchange, chains)
        if chain is None:
            chain = _Chain(messages={exchange.at.root})
            chains.append(chain)
        chain.exchanges.append(exchange)
        chain.messages |= {exchange.asked, exchange.told}
        chain.askers |= {exchange.at.author or exchange.asked}
    return [chain for chains in by_thread.values() for chain in chains]


def _find_chain(exchange: _Exchange, chains: Sequence[_Chain]) -> _Chain | None:
    """Return the branch a question goes on with, the last one of several; None where it begins one."""
    at = exchange.at
    author = at.author or exchange.asked
    tests = (
        lambda chain: at.parent not in (None, at.root) and at.parent in chain.messages,
        lambda chain: author in chain.askers,
        lambda chain: at.mention is not None and at.mention in chain.askers,
        lambda chain: at.parent == at.root and chain.exchanges[0].asked == at.root,
    )
    return next((chain for test in tests for chain in reversed(chains) if test(chain)), None)
