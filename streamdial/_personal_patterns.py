"""Patterns of personal data in zh and en, written for text whose full-width characters were folded to ASCII."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

Check = Callable[["re.Match[str]"], bool]


class Rule(NamedTuple):
    """One pattern: the group `mask`, or the whole match where there is none, is personal data of this kind."""

    kind: str
    pattern: re.Pattern[str]
    check: Check | None = None


UNIT = r"\s?(?:元(?!旦|宵)|块|万|亿|w\b|k\b|km|公里|台|人|dollars?|yuan|usd|rmb|%)"
"""What makes the number before it a price or a measure."""

_GAP = r"[\s\-_.·•–—~*]{1,3}"
_ZH_MOBILE = (
    r"(?:1[3-9]\d{9}"
    rf"|1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}"
    rf"|1[3-9]\d{_GAP}\d{{8}}"
    rf"|1[3-9]\d{_GAP}\d{{3}}{_GAP}\d{{5}}"
    rf"|1[3-9]\d\d{_GAP}\d{{3}}{_GAP}\d{{4}}"
    rf"|1[3-9]\d\d{_GAP}\d{{4}}{_GAP}\d{{3}}"
    rf"|1[3-9]\d{{3}}{_GAP}\d{{6}}"
    rf"|1{_GAP}[3-9](?:{_GAP}\d){{9}})"
)
_PHONE_WORD = (
    r"(?:电话|座机|热线|手机号|手机号码|联系方式|联系号码|致电|拨打|打给我|号码是"
    r"|(?<![a-z])(?:phone|tel|telephone|cell|mobile|whatsapp|call|text|dial|reach|ring)(?![a-z]))"
)
_DIGIT_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_WECHAT_WORD = (
    r"(?:微\s?信|威信|薇信|维信|围信|(?<![a-z])(?:v信|v\s?x|w\s?x|wechat|weixin|we\s?chat)(?![a-z])"
    r"|(?:加|\+|➕)\s?(?:个|我|一下|下)?\s?(?:v|薇|微)(?![a-z]))"
)
_LINK = r"(?:[\s:=>→,，~(（]|号码?|账号|帐号|同号|同步|id|是|为|就是|搜索?|加我?|我|is|number)"
_STRONG_LINK = r"(?:[:=>→]|号码?|账号|帐号|id|是|为|搜索?|\bis\b)"
_NOT_HANDLES = (
    r"(?!(?:iphone|ipad|android|windows|harmony|official|please|group|version|store|video|number|wechat|weixin|anyone"
    r"|account|message|public)(?![\w-]))"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Za-hj-np-z"
_ADDRESS_SURE = "Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Terrace|Parkway|Pkwy|Crescent"
_ADDRESS_MAYBE = "Drive|Dr|Court|Ct|Place|Pl|Way|Square|Sq|Close"
_ADDRESS_TAIL = (
    r"\.?(?:,?\s*(?:(?:Apt|Apartment|Unit|Suite|Flat)\.?\s*#?|#)\w{1,6})?"
    r"(?:,\s*[A-Z][a-z]{1,20}(?:\s[A-Z][a-z]{1,20}){0,2})?(?:,?\s*[A-Z]{2})?(?:\s\d{5}(?:-\d{4})?)?(?!\w)"
)
_EN_PERSONAL = (
    r"\b(?:i\s+live|we\s+live|living|lives|my\s+(?:home|house|place|address)|(?:home|shipping|delivery)\s+address"
    r"|ship|deliver|send|mail|come\s+to\s+my)\b[^.!?\n]{0,24}?"
)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _count_digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _varies(match: re.Match[str]) -> bool:
    # Runs such as 2333333 and 6666666 are laughter and applause, not numbers.
    return len({character for character in match[0] if character.isdigit()}) > 2


def _passes_luhn(match: re.Match[str]) -> bool:
    digits = [int(character) for character in match[0] if character.isdigit()]
    if not 16 <= len(digits) <= 19 or not _varies(match):
        return False
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0 or (match[0].isdigit() and match[0].startswith("62"))


def _is_long_number(match: re.Match[str]) -> bool:
    return 9 <= _count_digits(match[0]) <= 15


def _has_plate_digits(match: re.Match[str]) -> bool:
    return _count_digits(match["mask"]) >= 3


def _has_digit(match: re.Match[str]) -> bool:
    return _count_digits(match["mask"]) >= 1


def _is_no_year(match: re.Match[str]) -> bool:
    number = re.match(r"\d+", match["mask"])
    return number is None or not 1985 <= int(number[0]) <= 2040


NUMBER_RULES: tuple[Rule, ...] = (
    Rule(
        "QQ",
        _compile(
            r"(?:(?<![a-z])qq|扣扣|企鹅号|(?:加|\+)\s?q|q群)(?:群|号码?|是|为|[\s:=])*"
            rf"(?P<mask>[1-9]\d{{4,11}})(?![\d,.]\d|\d|{UNIT})"
        ),
    ),
    Rule(
        "ID",
        _compile(
            r"(?<!\d)[1-9]\d{5}[\s\-]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[\s\-]?\d{3}[\dx](?![\da-z])"
        ),
    ),
    Rule("ID", _compile(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"), _varies),
    Rule("ID", _compile(r"(?:身份证|证件|护照)(?:号码?|是|为|[\s:=])*(?P<mask>[a-z]?[\d*]{6,17}[\dx*])(?![\da-z])")),
    Rule("ID", _compile(r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])")),
    Rule("ID", _compile(r"(?<![\da-z])[eg]\d{8}(?![\da-z])")),
    Rule("BANK_CARD", _compile(r"(?<!\d)[1-9]\d{3}(?:[\s\-]?\d{4}){3}(?:[\s\-]?\d{1,3})?(?!\d)"), _passes_luhn),
    Rule(
        "BANK_CARD",
        _compile(
            r"(?:银行卡|卡号|card\s?(?:number|no\.?))(?:号码?|是|为|is|[\s:=])*(?P<mask>\d(?:[\s\-]?\d){11,18})(?!\d)"
        ),
    ),
    Rule("PHONE", _compile(rf"(?<![\d.])(?:(?:\+|00)?86[\s\-]?)?{_ZH_MOBILE}(?!\d)"), _varies),
    Rule(
        "PHONE",
        _compile(
            r"(?<![\d.])\(?0(?:10|2\d|[3-9]\d{2})\)?[\s\-–—]{0,2}[2-9]\d{2,3}[\s\-–—]?\d{4}"
            r"(?:\s?(?:转|-|ext\.?)\s?\d{1,5})?(?!\d)"
        ),
    ),
    Rule(
        "PHONE", _compile(r"(?<![\d.])(?:\+?1[\s\-.]?)?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[\s\-.])\d{3}[\s\-.]\d{4}(?!\d)")
    ),
    Rule("PHONE", _compile(r"(?<![\d.])[48]00[\s\-]\d{4}[\s\-]\d{3}(?!\d)")),
    Rule("PHONE", _compile(r"(?<![A-Za-z0-9)])\+\d{1,3}(?:[\s\-.]?\(?\d{1,5}\)?){2,5}(?!\d)"), _is_long_number),
    Rule(
        "PHONE",
        _compile(
            rf"{_PHONE_WORD}(?:号码?|是|为|number|me|us|at|on|is|to|[\s:：=,，])*"
            rf"(?P<mask>(?:\d{{7,13}}|\d{{3,4}}-\d{{4}}))(?![\d,.]\d|\d|{UNIT})"
        ),
    ),
    Rule("ID", _compile(r"(?<![\d.])\d{15,}(?!\d)"), _varies),
)
"""Rules that also hold where the digits are spelled by zh characters."""

TEXT_RULES: tuple[Rule, ...] = (
    Rule("EMAIL", _compile(r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){0,4}\.[a-z]{2,24}")),
    Rule(
        "EMAIL",
        _compile(
            r"(?<![\w.])[a-z0-9][a-z0-9._%+\-]{0,63}\s?[\[(]\s?(?:at|a|艾特)\s?[\])]\s?[a-z0-9\-]{1,63}"
            r"(?:\s?(?:\.|[\[(]\s?(?:dot|点)\s?[\])])\s?[a-z]{2,24}){1,3}(?![a-z])"
        ),
    ),
    Rule(
        "EMAIL",
        _compile(
            r"(?<![\w.])[a-z0-9][a-z0-9._%+\-]{0,63}\s+at\s+[a-z0-9\-]{1,63}(?:\s+dot\s+[a-z]{2,24}){1,3}(?![a-z])"
        ),
    ),
    Rule(
        "WECHAT",
        _compile(rf"{_WECHAT_WORD}{_LINK}{{0,8}}{_NOT_HANDLES}(?P<mask>[a-z][a-z0-9_\-]{{4,19}})(?![a-z0-9_\-])"),
        _has_digit,
    ),
    Rule(
        "WECHAT",
        _compile(
            rf"{_WECHAT_WORD}{_LINK}{{0,6}}?{_STRONG_LINK}\s?{_NOT_HANDLES}(?P<mask>[a-z][a-z0-9_\-]{{4,19}})(?![a-z0-9_\-])"
        ),
    ),
    Rule(
        "WECHAT",
        _compile(
            rf"(?:微\s?信|[威薇维围]信|(?:加|\+|➕)\s?(?:个|我)?\s?(?:v|薇|微)(?![a-z])|v信|(?<![a-z])vx){_LINK}{{0,8}}"
            rf"{_NOT_HANDLES}(?P<mask>[a-z][a-z0-9_\-]{{5,19}})(?![a-z0-9_\-])"
        ),
    ),
    Rule("WECHAT", _compile(rf"{_WECHAT_WORD}{_LINK}{{0,8}}(?P<mask>[1-9]\d{{5,12}})(?![\d,.]\d|\d|{UNIT})")),
)

LATE_RULES: tuple[Rule, ...] = (
    Rule(
        "PLATE",
        _compile(
            rf"(?P<mask>[{_PROVINCES}使领][{_LETTER}][·•\s.\-]?[{_LETTER}0-9]{{4,5}}[{_LETTER}0-9挂学警港澳])(?![a-z0-9])"
        ),
        _has_plate_digits,
    ),
    Rule("PLATE", _compile(rf"(?P<mask>新[{_LETTER}](?:[·•][{_LETTER}0-9]{{5,6}}|[df]?\d{{5}}))(?![a-z0-9])")),
    Rule(
        "PLATE",
        _compile(
            r"(?:licen[cs]e\s+plate|plate\s+number|number\s+plate)(?:\s+is|[\s:#])*"
            r"(?P<mask>(?=[a-z0-9\-\s]{0,4}\d)[a-z0-9]{1,4}[\s\-]?[a-z0-9]{2,5})(?![a-z0-9])"
        ),
        _has_digit,
    ),
    Rule("PHONE", _compile(rf"(?<![a-z]){_DIGIT_WORD}(?:[\s\-,]{{1,3}}{_DIGIT_WORD}){{6,18}}(?![a-z])")),
    Rule(
        "ADDRESS",
        re.compile(
            rf"(?<![\w,.$€£¥])(?P<mask>\d{{1,5}}[A-Za-z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][\w'.]{{0,20}}\s+){{1,4}}"
            rf"(?:{_ADDRESS_SURE}){_ADDRESS_TAIL})"
        ),
        _is_no_year,
    ),
    Rule(
        "ADDRESS",
        re.compile(
            rf"(?i:{_EN_PERSONAL})(?<![\w,.$€£¥])(?P<mask>\d{{1,5}}[A-Za-z]?\s+(?:[A-Za-z][\w'.]{{0,20}}\s+){{1,4}}"
            rf"(?i:{_ADDRESS_SURE}|{_ADDRESS_MAYBE}){_ADDRESS_TAIL})"
        ),
    ),
)

PERSONAL_EN = re.compile(_EN_PERSONAL + r"$", re.IGNORECASE)

_ROAD = re.compile(
    r"(?:大道|大街|胡同|[路街巷弄道])(?:[东南西北中]段)?\s?"
    r"(?P<number>[0-9]{1,5}|[一二三四五六七八九十百零〇]{1,6})(?:弄\s?[0-9]{1,4})?\s?号"
    r"(?P<detail>(?:院|楼)?(?:\s?[A-Za-z0-9一二三四五六七八九十]{1,4}\s?(?:号楼|号院|栋|幢|座|单元|层|楼|室|户)){0,5}"
    r"(?:\s?[0-9]{3,4}(?![0-9])室?)?)"
)
_HOME = re.compile(
    r"(?:小区|花园|公寓|家园|新村|苑|府|庭|湾|邸|大厦|城)\s?"
    r"(?P<number>[A-Za-z]?[0-9一二三四五六七八九十]{1,3})\s?(?:号楼|栋|幢|座)"
    r"(?P<detail>(?:\s?[A-Za-z0-9一二三四五六七八九十]{1,4}\s?(?:单元|层|楼|室|户)){1,3}(?:\s?[0-9]{3,4}(?![0-9])室?)?"
    r"|\s?-?\s?[0-9]{3,4}(?![0-9])(?:室|户)?)"
)
_BEFORE = re.compile(r"[\u4e00-\u9fff]{1,24}$")
_LEAD = re.compile(r".*(?:住在|家在|地址是|地址|住址|位于|寄到|寄给|送到|发到|我家|我住|家住|就在|在|到|去|是|的|我)")
_PERSONAL_ZH = re.compile(r"我家|我住|家住|住在|家在|住址|家庭地址|收货|收件|寄到|寄给|送到|快递|发到|送货|上门|本人")
_BUSINESS_ZH = re.compile(r"店|酒店|餐厅|展厅|公司|中心|营业|总部|门市|宾馆|饭馆|商场|导航")
_REGION = re.compile(r"[省市区县镇乡村]")


def find_zh_addresses(text: str, *, keep_public: bool) -> Iterator[tuple[int, int]]:
    """Yield the spans of street addresses with house numbers that may be a person's.

    An address told as a business's own (门店在……) stays. A bare "路 + number + 号" with a number up to 31 is more often
    a date and stays too, unless a region or a personal word stands before it.

    Args:
        text: Text with full-width characters folded.
        keep_public: Whether an address with neither room nor personal word stays, as on a business's page.
    """
    for pattern in (_ROAD, _HOME):
        for match in pattern.finditer(text):
            before = _BEFORE.search(text, max(0, match.start() - 24), match.start())
            if before is None:
                continue
            lead = _LEAD.match(before[0])
            start = before.start() + (lead.end() if lead else 0)
            if start >= match.start():
                continue
            context = text[max(0, start - 14) : start]
            personal = bool(_PERSONAL_ZH.search(context))
            if not personal:
                exact = bool(match["detail"].strip("院楼 "))
                if _BUSINESS_ZH.search(context) or (keep_public and not exact):
                    continue
                number = match["number"]
                is_date = not exact and not _REGION.search(text, start, match.start())
                if is_date and ((number.isdigit() and int(number) <= 31) or len(number) == 1):
                    continue
            yield start, match.end()
