"""Personal data: found and replaced by typed placeholders; names replaced by salted pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from streamdial.errors import ConfigurationError
from streamdial.patterns import FilteredTable, compile_filtered
from streamdial.privacy._handles import HANDLE_RULES, QQ_RULES, read_handle
from streamdial.privacy._networks import NETWORK_HINT, NETWORK_RULES
from streamdial.privacy._patterns import NUMBER_RULES, Rule
from streamdial.privacy._places import PERSONAL_EN, PLACE_RULES, ZH_PLATE_RULES, find_zh_addresses
from streamdial.privacy._spelling import Reading, read_numbers
from streamdial.privacy.hotlines import HOTLINE, is_kept_hotline

SALT_BYTES = 32

# Every character maps to exactly one other, so places in the folded text are places in the text.
_FOLD = {
    0x3000: " ",
    0x00A0: " ",
    0x24EA: "0",
    ord("➕"): "+",
    ord("﹣"): "-",
    ord("−"): "-",
    ord("‐"): "-",
    ord("‑"): "-",
}
# Full-width, encircled, bold and Roman letters and digits.
_FOLD |= {
    code: folded
    for first, last in ((0xFF01, 0xFF5E), (0x2160, 0x217F), (0x2460, 0x24E9), (0x1D400, 0x1D7FF))
    for code in range(first, last + 1)
    if len(folded := unicodedata.normalize("NFKC", chr(code))) == 1
}
# Digits in brackets, in black discs, raised or lowered.
_FOLD |= {
    code: str(value)
    for first, last in ((0x2070, 0x2089), (0x2474, 0x247C), (0x24FF, 0x24FF), (0x2776, 0x2793), (0x1F101, 0x1F10A))
    for code in range(first, last + 1)
    if (value := unicodedata.digit(chr(code), None)) is not None
}
_FOLD |= {ord("ν"): "v", ord("Ⅴ"): "V"}
# Marks that do not show and keycaps around digits: they are left out before anything is looked for.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f\u20e3\u00ad]")

_ZH_DIGITS = "零〇洞一二三四五六七八九幺两拐勾壹贰叁肆伍陆柒捌玖"
_ANY_HINT = compile_filtered(
    rf"[0-9@]|[a-z]\s?[{_ZH_DIGITS}]|vv|[{_ZH_DIGITS}]{{3}}|[微威薇维围徽卫vν]\s?[信芯心x❤♥星]|v[\s./]?x|wx|私我?薇|(?<![a-z0-9])v我|weixin|wei\s?xin|亻言|微[/.·\-\s]信|w\s?信|we\s?chat|绿泡泡|绿色软件"
    r"|[加+➕]\s?[个我一]?\s?[v薇微威]|[v微薇威]\s?[:=]|私[聊信]|v[我加]|w-?e-chat|我[薇微威]|[a-z0-9]\s?#\s?[a-z]|qiuqiu|koukou|[微薇威]我|wei信|艾特|圈|小老鼠|🐶|🐕"
    r"|[\[(<{【]\s?at?\s?[\])>}】]|[\s_\-]at[\s_\-]|\sdot\s"
    r"|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|double|triple|ten|eleven|twelve|[a-z]{3,5}teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b"
    r"|[路街道弄巷][一二三四五六七八九十百]{1,5}[弄号]|[村屯庄寨][一二三四五六七八九十]"
    r"|[a-z0-9]_[a-z0-9]|绿色|\bgreen\s(?:chat|app|bubble|icon)|w-e-c",
    re.IGNORECASE,
)
# Numerals in a row, digits told in words or by letters, linked by words, handles told by words: read before.
_SPELLED_HINT = compile_filtered(
    rf"[{_ZH_DIGITS}]{{2}}|[0-9][{_ZH_DIGITS}]|[{_ZH_DIGITS}][0-9]|[0-9][oоilzзsb]{{1,3}}[\s\-]?[0-9]|[il|]\d\d|[oо]\d{{2}}|\d{{3}}[\s.]{{0,2}}[|()…—\]】」>#&=^]|(?:ling|yi|er|san|si|wu|liu|qi|ba|jiu|yao)[\s\-]?[0-9{_ZH_DIGITS}]|@@|\d-\d-\d-\d|\d\s\d{{1,3}}\s|\d\s[/,\-]\s\d|\d叉"
    rf"|\d[,，\s]{{0,2}}(?:然后|接着|再|后|中|最|末|空|[呃额嗯]|then|and|last|second|next)|[a-z]\s[a-z0-9{_ZH_DIGITS}]\s[a-z0-9]|下划线|艾特|圈|小老鼠|🐶|🐕|横杠|[a-z]杠|减号|\d点[a-z]|[a-z]点"
    r"|[\[(<{【]\s?(?:at?|dot|@|点|\.)\s?[\])>}】]|\s(?:dot|underscore|dash)\s"
    r"|(?<![a-z])(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)(?![a-z])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"[0-9]")
_FEWEST_DIGITS = 4
_MENTION = compile_filtered(
    r"(?:(?<![A-Za-z0-9._%+\-])@|(?<=[A-Za-z])@(?=[\u4e00-\u9fff])|(?:^|(?<=回复)|(?<=reply to))\s?@\s(?=[^\W\d])"
    r"(?!(?:me|us|you|the|my|our|your|home|work)\b))"
    r"(?P<name>[^\s@:,。!?;()\[\]【】、<>]{1,30})"
)
_NEXT_MENTION = re.compile(r"@(?P<name>[^\s@:,。!?;()\[\]【】、<>]{1,30})")
_ROLE = re.compile(
    r"(?:主播|up主?|客服|小助手|店家|老板|官方|所有人|任何人|全体|(?:everyone|all|host|here)(?![a-z]))", re.IGNORECASE
)
_AMOUNT = re.compile(r"[$¥€£]?\d[\d.]*(?:元|块|万|折|点|k|w|%|[ap]m)?(?![\w])|\d{1,2}[点时]", re.IGNORECASE)


class PersonalSpan(NamedTuple):
    """A stretch of text that is personal data.

    Attributes:
        kind: `PHONE`, `ID`, `BANK_CARD`, `PLATE`, `WECHAT`, `QQ`, `EMAIL`, `ADDRESS` or `USER` (an @mention, a name on
            another network).
        start: Index of its first character.
        end: Index after its last character.
    """

    kind: str
    start: int
    end: int


def _tabulate(*rules: Rule) -> FilteredTable[Rule]:
    return FilteredTable(rules, lambda rule: rule.pattern)


_HANDLES = _tabulate(*HANDLE_RULES)
_NETWORKS = _tabulate(*NETWORK_RULES)
_NUMBERS = _tabulate(*QQ_RULES, *NUMBER_RULES)
_PLACES = _tabulate(*PLACE_RULES)
_TOLD = _tabulate(*HANDLE_RULES, *ZH_PLATE_RULES)
_TOLD_NUMBERS = _tabulate(*HANDLE_RULES, *QQ_RULES, *NUMBER_RULES, *ZH_PLATE_RULES)


def _apply(rules: FilteredTable[Rule], text: str) -> Iterator[PersonalSpan]:
    for kind, pattern, check in rules.select(text):
        group = "mask" if "mask" in pattern.pattern.groupindex else 0
        for match in pattern.finditer(text):
            if check is None or check(match):
                start, end = match.span(group)
                yield _spare_hotline(PersonalSpan(kind, start, end), text)


def _spare_hotline(span: PersonalSpan, text: str) -> PersonalSpan:
    kept = span.kind == "PHONE" and is_kept_hotline(text, span.start, span.end)
    return span._replace(kind=HOTLINE) if kept else span


def _find_mentions(text: str) -> Iterator[PersonalSpan]:
    for first in _MENTION.finditer(text):
        match: re.Match[str] | None = first
        # A masked mention uncovers the one right behind it.
        while match:
            if not _ROLE.match(match["name"]) and not _AMOUNT.match(match["name"]):
                yield PersonalSpan("USER", match.start(), match.end())
            match = _NEXT_MENTION.match(text, match.end())


def _find_all(text: str, keep_public: bool) -> Iterator[PersonalSpan]:
    folded = text.translate(_FOLD)
    # What is told in words or parts is read first: of a split number, the plain rules would take a part.
    if _SPELLED_HINT.search(folded) and (reading := _read(folded)):
        yield from (_spare_hotline(span, folded) for span in _find_told(reading))
    yield from _apply(_HANDLES, folded)
    if NETWORK_HINT.search(folded):
        yield from _apply(_NETWORKS, folded)
    # Most lines hold a price or a model name and no number long enough to be anybody's.
    if len(_DIGIT.findall(folded)) >= _FEWEST_DIGITS:
        yield from _apply(_NUMBERS, folded)
    for span in _apply(_PLACES, folded):
        told_personally = PERSONAL_EN.search(folded, max(0, span.start - 48), span.start)
        if span.kind != "ADDRESS" or not keep_public or told_personally:
            yield span
    for start, end in find_zh_addresses(folded, keep_public=keep_public):
        yield PersonalSpan("ADDRESS", start, end)
    yield from _find_mentions(folded)


def _read(text: str) -> Reading | None:
    """Read the numbers of a text, and then its handles; None where all is told plainly."""
    numbers = read_numbers(text)
    handles = read_handle(numbers.text if numbers else text)
    if numbers is None or handles is None:
        return numbers or handles
    return Reading(
        handles.text,
        [numbers.begins[begin] for begin in handles.begins],
        [numbers.ends[end - 1] for end in handles.ends],
        numbers.told,
    )


def _find_told(reading: Reading) -> Iterator[PersonalSpan]:
    rules = _TOLD_NUMBERS if len(_DIGIT.findall(reading.text)) >= _FEWEST_DIGITS else _TOLD
    for kind, start, end in _apply(rules, reading.text):
        yield PersonalSpan(kind, *reading.locate(start, end))
    for start, end, digits in reading.told:
        yield PersonalSpan("BANK_CARD" if digits >= 15 else "PHONE", start, end)


def find_personal_data(text: str, *, keep_public_addresses: bool = False) -> list[PersonalSpan]:
    """Find phone, ID and card numbers, plates, handles, e-mail, home addresses and @mentions.

    Patterns by hand for zh and en; full-width digits, usual separators and digits spelled by zh characters are seen
    through. Prices, ranges, years, dates and model names are left alone. Where two finds overlap, the more specific
    one wins. Addresses told as a shop's or hotel's own (门店在……) are no personal data, nor are service numbers
    (400-123-4567, toll-free), unless `mask_hotlines` asks for them or somebody calls one their own.

    Args:
        text: Any text.
        keep_public_addresses: Leave addresses that have neither a room number nor a personal word, as a page or
            profile of a business gives them.

    Returns:
        Spans in order, without overlap.
    """
    places: list[int] | None = None
    if _INVISIBLE.search(text):
        places = [place for place, character in enumerate(text) if not _INVISIBLE.match(character)]
        length = len(text)
        text = "".join(text[place] for place in places)
        places.append(length)
    hinted = text.translate(_FOLD)
    if not _ANY_HINT.search(hinted) and not NETWORK_HINT.search(hinted):
        return []
    taken: list[PersonalSpan] = []
    for span in _find_all(text, keep_public_addresses):
        place = bisect_left(taken, span.start, key=attrgetter("start"))
        free_before = place == 0 or taken[place - 1].end <= span.start
        if free_before and (place == len(taken) or span.end <= taken[place].start):
            taken.insert(place, span)
    taken = [span for span in taken if span.kind != HOTLINE]
    if places is not None:
        taken = [PersonalSpan(kind, places[start], places[end]) for kind, start, end in taken]
    return taken


def mask_personal_data(text: str, *, keep_public_addresses: bool = False) -> str:
    """Replace personal data by typed placeholders such as `[PHONE]`; masking twice changes nothing more.

    Args:
        text: Any text.
        keep_public_addresses: As for `find_personal_data`.
    """
    # A placeholder can uncover its neighbour (@A@A): again until nothing is found; each round masks at least one.
    while spans := find_personal_data(text, keep_public_addresses=keep_public_addresses):
        parts: list[str] = []
        last = 0
        for span in spans:
            parts += (text[last : span.start], f"[{span.kind}]")
            last = span.end
        text = "".join((*parts, text[last:]))
    return text


class Pseudonymizer:
    """Gives each name the same pseudonym under one salt, and unrelated ones under another.

    Args:
        salt: Secret bytes; whoever has them can test guesses of names.

    Raises:
        ConfigurationError: If the salt is shorter than 16 bytes.
    """

    def __init__(self, salt: bytes) -> None:
        if len(salt) < 16:
            raise ConfigurationError(
                f"the salt for pseudonyms has {len(salt)} bytes; at least 16 are needed.",
                fix="use load_salt, which makes 32 random bytes",
            )
        self._salt = salt

    def name(self, raw: str) -> str:
        """Return the pseudonym of a name or number: `u_` and the first 40 bits of its HMAC-SHA256 in hexadecimal."""
        digest = hmac.new(self._salt, raw.strip().encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"u_{digest[:10]}"


def load_salt(path: Path) -> bytes:
    """Read the salt of pseudonyms, or make one readable by its owner alone where there is none.

    Several processes may call this at once: one of them makes the file, the others wait for it.

    Args:
        path: Salt file; its folder is made where it does not exist.

    Raises:
        ConfigurationError: If the file cannot be made or read, or is not a salt.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read_salt(path)
        salt = os.urandom(SALT_BYTES)
        with os.fdopen(descriptor, "wb") as file:
            file.write(salt)
        return salt
    except OSError as error:
        raise ConfigurationError(
            f"the salt file cannot be used: {error.strerror or error}.",
            fix="choose a folder that can be written",
            where=str(path),
        ) from error


def _read_salt(path: Path) -> bytes:
    deadline = time.monotonic() + 2.0
    while True:
        salt = path.read_bytes()
        if len(salt) == SALT_BYTES:
            return salt
        # Another process may have made the file and not yet written it.
        if len(salt) > SALT_BYTES or time.monotonic() > deadline:
            raise ConfigurationError(
                f"the salt file has {len(salt)} bytes; {SALT_BYTES} were expected.",
                fix="delete it: a new one is made, and all pseudonyms change",
                where=str(path),
            )
        time.sleep(0.02)
