"""Text of unknown origin: its encoding, as declared, as marked or as it fits best, and what could not be decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks and the encodings that read them; UTF-32 stands before UTF-16, whose mark it begins with."""
_CHINESE = ("gb18030", "big5")
_CANDIDATES = [*_CHINESE, "cp1252"]
# Browsers read gb2312 and gbk as gb18030 too, and latin-1 as cp1252.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312": "gb18030", "iso8859-1": "cp1252", "ascii": "utf-8"}
_SAMPLE = 1 << 15
_HIGH = re.compile(rb"[\x80-\xff]+")
# Pairs of high bytes: in Big5 and GBK beyond it two of five second bytes are low.
_GB2312 = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])+")
_MOST_REPLACED = 0.05


class Decoded(NamedTuple):
    """A text and how it was read.

    Attributes:
        text: The characters; what was not valid is U+FFFD.
        encoding: Python's name of the encoding.
        replaced: How many places were not valid in it.
    """

    text: str
    encoding: str
    replaced: int


def find_mark(data: bytes) -> str | None:
    """Return the encoding that a byte-order mark or the zero bytes of UTF-16 tell, or None."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding
    sample = data[:4096]
    if sample.count(0) < len(sample) // 5 or not sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _count_beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _fits_utf8(valid: int, replaced: int) -> bool:
    """Tell whether a text is UTF-8 with damage rather than another encoding.

    Args:
        valid: Characters beyond ASCII that were valid.
        replaced: Places that were not.
    """
    return replaced * 2 <= valid


def guess_encoding(sample: bytes) -> str:
    """Return the encoding that fits bytes best that are no UTF-8: charset-normalizer's, else the one with least damage.

    Asked are the encodings of the languages that are read, Chinese and English; of more, a short text fits several.
    Where bytes are damaged, none fits strictly, and that with the fewest invalid places is taken.

    Args:
        sample: Some KiB with characters beyond ASCII in them.
    """
    from charset_normalizer import from_bytes  # its tables take long to load, and most files are UTF-8

    # In a word or two the shape of the bytes tells more than any statistics of the language.
    runs = _HIGH.findall(sample)
    if all(_GB2312.fullmatch(run) for run in runs):
        return "gb18030"
    if all(len(run) == 1 and run[0] >= 0xC0 for run in runs):
        return "cp1252"
    best = from_bytes(sample[:_SAMPLE], cp_isolation=_CANDIDATES).best()
    if best is not None:
        return best.encoding
    damage = {name: sample.decode(name, "replace").count("\ufffd") for name in ("utf-8", *_CHINESE)}
    return min(damage, key=lambda name: damage[name])


def _sample_lines(data: bytes) -> bytes:
    """Return the lines with bytes beyond ASCII, up to what `guess_encoding` looks at."""
    if len(data) <= _SAMPLE:
        return data
    taken: list[bytes] = []
    size = 0
    lines = data.split(b"\n")
    # The first and the last may be cut in the middle of a character.
    for line in lines[1:-1] if len(lines) > 2 else lines:
        if not line.isascii():
            taken.append(line)
            size += len(line) + 1
            if size >= _SAMPLE:
                break
    return b"\n".join(taken)


def detect_encoding(chunks: Iterable[bytes]) -> str:
    """Tell the encoding of bytes that come in chunks, by mark, as UTF-8, or as fits best; all chunks are looked at.

    Args:
        chunks: The bytes, in order; the first is long enough to show a mark.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    beyond = replaced = size = 0
    sample: list[bytes] = []
    for number, chunk in enumerate(chunks):
        if not number and (marked := find_mark(chunk)):
            return marked
        if chunk.isascii():
            continue
        text = decoder.decode(chunk)
        wrong = max(0, text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd"))
        replaced += wrong
        beyond += _count_beyond_ascii(text) - wrong
        if wrong and size < _SAMPLE:
            sample.append(_sample_lines(chunk))
            size += len(sample[-1])
    return "utf-8" if _fits_utf8(beyond, replaced) else guess_encoding(b"\n".join(sample))


def decode_text(data: bytes, declared: str | None = None) -> Decoded:
    """Decode bytes: by their mark, as declared where that fits, as UTF-8 where that fits, else as fits best.

    A declared encoding fits where at most one place, or one in twenty beyond ASCII, is not valid in it: a damaged byte
    does not make a page another, a wrong declaration does. No mark is left at the beginning.

    Args:
        data: All bytes.
        declared: What the document or the server says of itself; an unknown name counts as none.
    """
    encoding = find_mark(data)
    names = [encoding] if encoding else [name for name in (_look_up(declared), "utf-8") if name]
    for name in names:
        text = data.decode(name, "replace")
        own = data.count(b"\xef\xbf\xbd") if name.startswith("utf-8") else 0
        replaced = max(0, text.count("\ufffd") - own)
        beyond = _count_beyond_ascii(text) - replaced
        if encoding or (
            _fits_utf8(beyond, replaced) if name == "utf-8" else replaced <= max(beyond >= 3, _MOST_REPLACED * beyond)
        ):
            return Decoded(text.removeprefix("\ufeff"), name, replaced)
    name = guess_encoding(_sample_lines(data))
    text = data.decode(name, "replace")
    return Decoded(text, name, text.count("\ufffd"))


def _look_up(declared: str | None) -> str | None:
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    # A document that can be read to its declaration is not in UTF-16, whatever it says.
    return None if name.startswith(("utf-16", "utf-32")) else _WIDER.get(name, name)
