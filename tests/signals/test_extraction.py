from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.models import CachedEmbedder
from streamdial.models.speech import build_segment
from streamdial.personas import extract_knowledge
from streamdial.records import Language, Message, Page, Profile, Segment
from streamdial.signals import extract_signals


@dataclass
class SmallRecording:
    pages: list[Page]
    messages: list[Message]
    segments: list[Segment]
    id: str = "rec"
    name: str = "small"
    language: Language = "en"
    recorded_on: str | None = None
    url: str | None = None
    profile: Profile | None = field(
        default_factory=lambda: Profile(id="p", source_id="p", name="Silverleaf", categories=("cars",))
    )

    def iterate_messages(self) -> Iterator[Message]:
        return iter(self.messages)


def build_recording(page: Page) -> SmallRecording:
    texts = ["how much is the Meridian?", "666", "need 7 seats under $48,000", "how far does the Horizon go?"]
    messages = [
        Message(id=f"m{i}", source_id="c", text=text, time=float(i), author=f"u_{i}") for i, text in enumerate(texts)
    ]
    segments = [
        build_segment("s", 10, 14, "The price of the Meridian is $46,900.", ()),
        build_segment("s", 16, 20, "The Horizon goes 620 km on one charge.", ()),
    ]
    return SmallRecording([page], messages, segments)


def test_all_five_kinds_come_out_with_their_seconds(pack: DomainPack, embedder: CachedEmbedder, page: Page) -> None:
    signals = extract_signals(build_recording(page), pack, embedder)
    assert signals.account is not None
    assert signals.account.name == "Silverleaf"
    assert [question.time for question in signals.questions] == [0.0, 2.0, 3.0]
    assert [response.start for response in signals.responses] == [10.0, 16.0]
    assert {(pair.question, pair.answer) for pair in signals.pairs} >= {
        ("how much is the Meridian?", "The price of the Meridian is $46,900.")
    }
    assert signals.strategies
    kinds = {type(signal).__name__ for signal in signals}
    assert kinds == {"AccountMetadata", "UserQuestion", "AgentResponse", "QAPair", "DialogueStrategy"}


def test_the_same_recording_twice_gives_the_same_ids(pack: DomainPack, embedder: CachedEmbedder, page: Page) -> None:
    first = [signal.id for signal in extract_signals(build_recording(page), pack, embedder)]
    second = [signal.id for signal in extract_signals(build_recording(page), pack, embedder)]
    assert first == second
    assert len(set(first)) == len(first)


def test_a_foreign_recording_gives_nothing_but_its_reason(
    pack: DomainPack, embedder: CachedEmbedder, page: Page
) -> None:
    recording = SmallRecording([], [], [], profile=None)
    signals = extract_signals(recording, pack, embedder)
    assert list(signals) == []
    assert signals.counts[0].dropped == {"no_domain_keyword": 1}


def test_every_step_accounts_for_all_it_was_given(pack: DomainPack, embedder: CachedEmbedder, page: Page) -> None:
    for counts in extract_signals(build_recording(page), pack, embedder).counts:
        if counts.phase != "QA pairs":
            assert counts.asked == counts.kept + sum(counts.dropped.values()), counts.phase


def test_signals_of_a_recording_carry_its_page_and_a_comment_its_own(
    pack: DomainPack, embedder: CachedEmbedder, page: Page
) -> None:
    recording = build_recording(page)
    recording.url = "https://youtu.be/abc"
    comment = Message(id="c", source_id="c", text="how much is the Horizon?", kind="comment", url="https://youtu.be/c")
    recording.messages.append(comment)
    signals = extract_signals(recording, pack, embedder)
    of_stream = [*signals.questions[:3], *signals.responses, *signals.strategies]
    assert {signal.provenance.url for signal in of_stream} == {"https://youtu.be/abc"}
    assert [pair.provenance.url for pair in signals.pairs]
    assert signals.questions[-1].provenance.url == "https://youtu.be/c"
    rows = extract_knowledge([], signals.responses, pack, "en", Counts("knowledge"))
    assert rows
    assert {(row.provenance.url, row.provenance.start) for row in rows} <= {
        ("https://youtu.be/abc", 10.0),
        ("https://youtu.be/abc", 16.0),
    }
