"""Makes the records of all readers: cleans, masks, counts, gives ids."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path

from streamdial.counts import Counts
from streamdial.ids import make_id
from streamdial.models import mask_words
from streamdial.privacy import Pseudonymizer, mask_personal_data
from streamdial.records import Message, Segment, Word
from streamdial.sources._files import clean_text, make_source_id
from streamdial.sources.addresses import clean_comment_url

MAX_CHARACTERS = 20_000
"""Maximum number of characters of a line; a longer one is nobody's words, and dropped as `too_long`."""
_BUCKETS = 1 << 16
_ADDRESSED = re.compile(r"\s*(?:回复|答复|reply to)?\s*[@＠]([^\s:：,，@＠]{1,40})", re.IGNORECASE)


class RecordMaker:
    """Makes the messages and segments of one file; every item asked for is kept or dropped with a reason.

    Args:
        path: The file, whose bytes decide the source id.
        pseudonyms: Gives authors their pseudonyms.
        counts: Gets asked, made, kept and dropped.

    Raises:
        SourceError: If the file cannot be read.
    """

    def __init__(self, path: Path, pseudonyms: Pseudonymizer, counts: Counts) -> None:
        self.source_id = make_source_id(path)
        self.place = path.name
        self.counts = counts
        self._pseudonyms = pseudonyms
        # Identical items are told apart by how often they came before. A table of fixed size keeps memory flat on
        # files with millions of lines; two texts that share a bucket merely skip numbers.
        self._seen = array("I", bytes(4 * _BUCKETS))
        self._named: dict[str, str] = {}

    def drop(self, reason: str) -> None:
        """Count one item of the file as dropped."""
        self.counts.asked += 1
        self.counts.drop(reason)

    def _count_before(self, key: str) -> int:
        bucket = zlib.crc32(key.encode("utf-8", "surrogatepass")) % _BUCKETS
        self._seen[bucket] += 1
        return self._seen[bucket] - 1

    def _prepare(self, text: str, *, keep_public: bool) -> str | None:
        if len(text) > MAX_CHARACTERS:
            self.drop("too_long")
            return None
        masked = mask_personal_data(clean_text(text), keep_public_addresses=keep_public)
        if not masked:
            self.drop("empty")
            return None
        self.counts.asked += 1
        self.counts.keep()
        return masked

    def make_message(
        self,
        text: str,
        *,
        time: float | None,
        author: str | None,
        kind: str = "chat",
        parent: str | None = None,
        likes: int | None = None,
        by_host: bool = False,
        url: str | None = None,
        name: str | None = None,
    ) -> Message | None:
        """Make a message, or count why not.

        Args:
            text: Text as the file has it.
            time: Seconds, already checked; None for a comment.
            author: Name or number as the file has it; it is pseudonymised here and goes no further.
            kind: `chat`, `comment` or `paid`.
            parent: Id of the message this one answers.
            likes: Likes, where the file tells.
            by_host: Whether the account itself wrote it.
            url: Its own page, where the file tells; what is no http(s) URL is left out.
            name: Name the author is mentioned by, where `author` is a number.
        """
        masked = self._prepare(text, keep_public=by_host)
        if masked is None:
            return None
        seconds = None if time is None else round(time, 3) + 0.0
        number = self._count_before(f"{seconds}|{masked}")
        addressed = _ADDRESSED.match(text) if time is None else None
        mentioned = self._named.get(addressed[1], addressed[1]) if addressed else None
        if author and name:
            self._named[name.lstrip("@")] = author
        return Message.model_validate(
            {
                "id": make_id("message", self.source_id, seconds, masked, number),
                "source_id": self.source_id,
                "text": masked,
                "time": seconds,
                "author": self._pseudonyms.name(author) if author and author.strip() else None,
                "kind": kind,
                "parent": parent,
                "mention": self._pseudonyms.name(mentioned) if mentioned else None,
                "likes": likes,
                "by_host": by_host,
                "url": clean_comment_url(url),
            }
        )

    def make_segment(
        self,
        text: str,
        *,
        start: float,
        end: float,
        words: Sequence[Word] = (),
        speaker: str | None = None,
    ) -> Segment | None:
        """Make a segment, or count why not.

        Args:
            text: Text as the file has it.
            start: Seconds, already checked.
            end: Seconds, already checked.
            words: Words as the file has them; those that hold personal data are masked here.
            speaker: Label of the recogniser (`SPEAKER_00`) or a name, which is pseudonymised.
        """
        # A host tells where the shop is; where somebody lives stays masked.
        masked = self._prepare(text, keep_public=True)
        if masked is None:
            return None
        start, end = round(start, 3) + 0.0, round(end, 3) + 0.0
        number = self._count_before(f"{start}|{end}|{masked}")
        probabilities = [word.probability for word in words if word.probability is not None]
        return Segment(
            id=make_id("segment", self.source_id, start, end, masked, number),
            source_id=self.source_id,
            start=start,
            end=end,
            text=masked,
            words=mask_words(words),
            speaker=self._name_speaker(speaker),
            confidence=round(sum(probabilities) / len(probabilities), 4) if probabilities else None,
        )

    def _name_speaker(self, speaker: str | None) -> str | None:
        if not speaker or not speaker.strip():
            return None
        label = speaker.strip()
        plain = label.upper().removeprefix("SPEAKER").strip(" _-")
        return label if plain.isdigit() or not plain else self._pseudonyms.name(label)
