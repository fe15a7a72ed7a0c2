"""Patterns of numbers that are personal: identity papers, bank cards, telephones, in zh and en.

Written for text whose full-width characters were folded to ASCII. Numbers are known by their form where the form is
their own, and by the word before them where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

Check = Callable[["re.Match[str]"], bool]


class Rule(NamedTuple):
    """One pattern: the group `mask`, or the whole match where there is none, is personal data of this kind."""

    kind: str
    pattern: re.Pattern[str]
    check: Check | None = None


UNIT = r"\s?(?:元(?!旦|宵)|块|万|亿|w\b|k\b|km|公里|台|人|dollars?|yuan|usd|rmb|%)"
"""What makes the number before it a price or a measure."""

_GAP = r"(?:[\s\-_.·•–—~*/]{1,3}|[、,])"
_IS = r"(?:号码?|是|为|就是|number|no\.?|is|'s|[\s:=#,，])*"
_DATE = r"(?:18|19|20)\d{2}[\s\-]?(?:0[1-9]|1[0-2])[\s\-]?(?:0[1-9]|[12]\d|3[01])"
_EXTENSION = r"(?:\s?(?:转|分机|-|ext(?:ension)?\.?|x)\s?\d{1,5})?"
_PHONE_WORD = (
    r"(?:电话|座机|固话|热线|手机号|手机号码|联系方式|联系号码|联系人|致电|回电|拨打|打给我|打我|号码是"
    r"|(?<![a-z])(?:phone|ph|tel|telephone|landline|cell(?:phone)?|mob|mobile|hp|whatsapp|sms|call|text|txt|dial|reach|ring"
    r"|(?:my|his|her|our|contact|phone|mobile|cell)\s+(?:number|no\.?|digits))(?![a-z]))"
)
_PHONE_LINK = r"(?:号码?|是|为|number|number's|me|us|at|on|is|to|'s|[\s:=,，/])*"
_PAPER = (
    r"(?:身[份分]证|居留许可|证件|护照|通行证|港澳证|台胞证|回乡证|驾照|驾驶证|军官证|居住证|社保号?|医保号?|[一二]代证|1代证|2代证|学生证|士兵证|残疾证|档案号|(?<![a-z])(?:passport|ssn"
    r"|social(?:\s+security)?|nric|aadhaar|national\s+id|tax\s+(?:id|file\s+number)|national\s+insurance|ni\s+number|(?:licen[cs]e|dl|id)\s+(?:no\.?|number)|my\s+id(?=\s+is)|id\s+(?:card|number)|identity\s+card"
    r"|driv(?:er'?s?|ing)\s+licen[cs]e)(?![a-z]))"
)
_CARD = (
    r"(?:卡号|银行|[工建农中交招]行|储蓄卡|信用卡|打款|收款|转账|退到|汇到|账户|开户"
    r"|(?<![a-z])(?:card|visa|mastercard|amex|debit|credit|account|acct|routing|iban)(?![a-z]))"
)
# How people lead over from one part of a number to the next.
_LEAD_OVER = (
    r"(?:然后|第[\d一二三四]段|哦对|尾巴|finish(?:es)?|starts?|begins?|接着|接下来|再[来停]?|停一?下|[前后最末中结][面边间后尾]|尾号|开头|[前后末中]|[前后末中][\d一二三四五六七八九十]{1,3}[位段]|拆|断|空格?|换行|是|的|[那这]?几位"
    r"|(?<![a-z])(?:(?:the\s)?(?:first|middle|last|next|rest|remaining|second|final)(?:\s(?:two|three|four|five|six|seven|eight|nine|ten"
    r"|half|part|\d{1,2}(?!\d)))?(?:\s(?:digits|numbers|bit|part))?|then|and|is|are|with|space|dash|hyphen|dot|slash|so|it'?s"
    r"|end(?:s|ing)?(?:\s(?:in|with))?|after\sthat|followed\sby|(?:the\s)?area\scode)(?![a-z])|'s)"
)
_SIGN = r"[\s\-_.·•—–~*/,，、。;:|+…()]"
_LED = rf"(?:{_SIGN}{{0,3}}(?:{_LEAD_OVER}{_SIGN}{{0,3}}){{1,4}})"
_ID_PART = r"(?:(?-i:[A-Z]{1,5}(?!['a-z\u4e00-\u9fff]))|[a-z]{0,3}[\d*•x]{1,20}[a-z]{0,3}\d?)(?![a-z])"
_ID_RUN = rf"(?<![a-z]){_ID_PART}(?:(?:{_SIGN}{{0,3}}|{_LED}){_ID_PART}){{0,18}}"
_DIGIT_RUN = rf"\d{{1,19}}(?:(?:{_SIGN}{{1,3}}|{_LED})\d{{1,19}}){{1,10}}"
_COUNTED = re.compile(r"第\d[段位部]|[前后末中]\d{1,2}[位段]|(?:first|middle|last|next)\s\d{1,2}(?!\d)")
_ANY = r"(?:(?:第\d[段位部]|[前后末中]\d{1,2}[位段]|[^\d\n]){1,12})"
_NO_NUMBER_LINK = re.compile(
    r"电话|手机|座机|微信|[元块岁年月天万]|订单|单号|航班|版|phone|mobile|call|order|flight|code|model|version|price|[$¥€£]",
    re.IGNORECASE,
)
_CARD_BEFORE = re.compile(_CARD + r"[^\d\n]{0,24}$", re.IGNORECASE)
_AGAIN = re.compile(r"(\d{5})\d*\1")
_NOT_PERSONS = re.compile(
    r"(?:订单|单号|券码|券号|核销|流水|运单|快递|编号|货号|型号|激活码|兑换码|验证码|房号|房间号|直播间|发票号|税号|(?<![a-z])uid(?![a-z])"
    r"|(?<![a-z])(?:order|booking|confirmation|reservation|tracking|serial|model|vin|voucher|invoice|code|ref)(?![a-z]))"
    r"(?:(?!电话|手机|座机|热线|phone|call|mobile|cell)[^\d\n]){0,10}$",
    re.IGNORECASE,
)


def compile_rule(pattern: str) -> re.Pattern[str]:
    """Compile a pattern without regard to case."""
    return re.compile(pattern, re.IGNORECASE)


def count_digits(text: str) -> int:
    """Return how many characters of a text are digits."""
    return sum(character.isdigit() for character in text)


def _list_digits(match: re.Match[str]) -> list[int]:
    return [int(character) for character in match[0] if character.isdigit()]


def _varies(match: re.Match[str]) -> bool:
    # Runs such as 2333333 and 6666666 are laughter and applause, not numbers.
    return len(set(_list_digits(match))) > 2


def _follows(pattern: re.Pattern[str], match: re.Match[str], reach: int = 36) -> bool:
    return pattern.search(match.string, max(0, match.start() - reach), match.start()) is not None


def _is_card(match: re.Match[str]) -> bool:
    digits = _list_digits(match)
    groups = re.findall(r"\d+", match[0])
    shaped = len(groups) <= 5 or len(groups) == len(digits)
    if not 15 <= len(digits) <= 19 or not shaped or _follows(_NOT_PERSONS, match):
        return False
    if _follows(_CARD_BEFORE, match):
        return True
    # 5201314520131452013 is love, not money.
    if not _varies(match) or _AGAIN.search("".join(map(str, digits))):
        return False
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    grouped = len(groups) > 1
    return (
        total % 10 == 0
        or (match[0].startswith("62") and not grouped)
        or (digits[0] in (3, 4, 5, 6) and len(set(digits)) > (5 if grouped else 2) and len(digits) != 15)
    )


def _is_zh_id(match: re.Match[str]) -> bool:
    return re.fullmatch(rf"[1-9]\d{{5}}{_DATE}\d{{3}}[\dxX]", re.sub(r"[^\dxX]", "", match[0])) is not None


def _is_grouped_phone(match: re.Match[str]) -> bool:
    return 8 <= count_digits(match["mask"]) <= 13 and len(set(re.findall(r"\d", match["mask"]))) > 2


def _is_long_number(match: re.Match[str]) -> bool:
    return 9 <= count_digits(match[0].lower().split("ext")[0]) <= 15


def _is_mobile(match: re.Match[str]) -> bool:
    number = match["number"]
    groups = re.findall(r"\d+", number)
    single = all(len(group) == 1 for group in groups)
    second = [character for character in number if character.isdigit()][1]
    # A last digit alone is what is left of a number told by twos.
    paired = all(len(group) > 1 for group in groups[:-1]) and (len(groups[-1]) > 1 or len(groups) == 6)
    shaped = single or (paired and len(groups) <= 6)
    if re.search(r"\d[*/]\d", number) and [len(group) for group in groups] not in ([3, 4, 4], [3, 8]):
        return False  # A bed of 1800*2000*220.
    if [len(group) for group in groups] == [4, 4, 3] and all(
        re.search("00$|99$|88$|80$|50$", group) for group in groups[:2]
    ):
        return False  # Prices in a row.
    return shaped and second in "3456789" and _varies(match)


def _is_landline(match: re.Match[str]) -> bool:
    own = re.split(r"转|分机|ext|x", match[0], flags=re.IGNORECASE)[0]
    return 10 <= count_digits(own) <= 16 and _is_persons(match)


def _is_hotline(match: re.Match[str]) -> bool:
    return count_digits(match[0]) == 10 and _varies(match)


def _is_persons(match: re.Match[str]) -> bool:
    return _varies(match) and not _follows(_NOT_PERSONS, match)


def _has_paper_digits(match: re.Match[str]) -> bool:
    return count_digits(match["mask"]) >= 5


def _is_cued_paper(match: re.Match[str]) -> bool:
    symbols = sum(character.isdigit() or character in "*•xX" for character in match["mask"])
    link = match.string[match.start("link") : match.end("link")]
    return 5 <= symbols <= 24 and count_digits(match["mask"]) >= 4 and not _NO_NUMBER_LINK.search(link)


def _is_led(match: re.Match[str]) -> bool:
    """Tell a number told in parts ("first four …, then …") from numbers that happen to stand together."""
    return re.search(_LEAD_OVER, match["mask"], re.IGNORECASE) is not None and _varies(match)


def _strip_asides(match: re.Match[str]) -> str:
    told = re.sub(
        r"[前后末中][\d一二三四五六七八九十]{1,3}[位段]|(?:first|middle|last|next)\s\d{1,2}(?!\d)", "", match["mask"]
    )
    return "".join(filter(str.isdigit, told))


def _is_led_phone(match: re.Match[str]) -> bool:
    digits = _strip_asides(match)
    if not _is_led(match) or _NO_NUMBER_LINK.search(match.string[match.end() : match.end() + 1]):
        return False
    mobile = len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"
    told = re.search(r"number|phone|cell|call|text|reach|area\scode|电话|手机|打", match.string, re.IGNORECASE)
    return mobile or (bool(told) and len(digits) == 10 and digits[0] not in "01")


def _is_persons_paper(match: re.Match[str]) -> bool:
    return len(re.findall(r"\d+", match["mask"])) <= 6 and _varies(match)


def _is_looked_phone(match: re.Match[str]) -> bool:
    return 7 <= sum(character.isalnum() for character in match["mask"]) <= 13 and count_digits(match["mask"]) >= 5


def _is_foreign(match: re.Match[str]) -> bool:
    groups = re.findall(r"\d+", match[0])
    prices = sum(group.endswith("00") or group.endswith("99") for group in groups[1:])
    return 10 <= count_digits(match[0]) <= 14 and prices < 2 and _is_persons(match)


def _is_led_card(match: re.Match[str]) -> bool:
    digits = _strip_asides(match)
    told = re.search(rf"{_CARD}|卡", match.string, re.IGNORECASE)
    return _is_led(match) and 13 <= len(digits) <= 19 and (bool(told) or digits[0] in "3456")


def _is_cued_card(match: re.Match[str]) -> bool:
    symbols = sum(character.isdigit() or character in "*•xX" for character in match["mask"])
    link = match.string[match.start("link") : match.end("link")]
    return 12 <= symbols <= 22 and count_digits(match["mask"]) >= 4 and not _NO_NUMBER_LINK.search(link)


def _is_starred_paper(match: re.Match[str]) -> bool:
    return len(match[0]) in (15, 18) and not _follows(_CARD_BEFORE, match)


def _is_scattered_id(match: re.Match[str]) -> bool:
    """Tell an identity number by its form, whatever stands between its parts."""
    told = re.sub(_COUNTED, "", match[0])
    number = "".join(re.findall(r"[\dxX叉]", told)).replace("叉", "X")
    return re.fullmatch(rf"[1-9]\d{{5}}{_DATE}\d{{3}}[\dxX]", number) is not None and not re.search("[元块万]", told)


def _is_scattered_phone(match: re.Match[str]) -> bool:
    told = re.sub(_COUNTED, "", match["mask"])
    return _varies(match) and len(re.findall(r"\d+", told)) <= 6 and not _NO_NUMBER_LINK.search(told)


def _is_scattered_card(match: re.Match[str]) -> bool:
    told = re.sub(_COUNTED, "", match["mask"])
    return len(set(re.findall(r"\d", told))) > 3 and not _NO_NUMBER_LINK.search(told)


def _is_masked_card(match: re.Match[str]) -> bool:
    return 12 <= sum(character.isdigit() or character in "*•xX" for character in match[0]) <= 19


# After the word for a paper or card comes its number, however it is written.
_CUED_RULES: tuple[Rule, ...] = (
    Rule("ID", compile_rule(rf"(?<![\da-z])[1-9](?:{_ANY}?\d){{16}}{_ANY}?[\dx叉](?![\da-z])"), _is_scattered_id),
    Rule(
        "ID",
        compile_rule(rf"(?:{_PAPER}|证件?|证号)[^\d\n]{{0,20}}(?P<mask>[1-9](?:[\s\-.]?\d){{14}})(?!\d)"),
        _is_persons_paper,
    ),
    Rule(
        "ID",
        compile_rule(
            rf"(?:{_PAPER}|证件|护照|(?<![a-z])(?:ssn|social|dl|permit|nric|licen[cs]e(?!\s?plate)|id)(?![a-z]))"
            rf"(?P<link>[^\d\n*A-Z]{{0,20}}?|[^\d\n*]{{0,24}}?)(?P<mask>{_ID_RUN})(?!\d|{UNIT})"
        ),
        _is_cued_paper,
    ),
    Rule("ID", compile_rule(r"(?<![\d*])\d{3,10}[*•x]{4,12}\d{1,4}[\dx](?![\d*])"), _is_starred_paper),
    Rule("BANK_CARD", compile_rule(rf"(?<![\d.])(?P<mask>{_DIGIT_RUN})(?!\d)"), _is_led_card),
    Rule(
        "BANK_CARD",
        compile_rule(
            rf"(?:{_CARD}|卡)(?P<link>[^\d\n*]{{0,24}}?)(?P<mask>(?:[\d*•][\d*•x]{{0,18}})(?:(?:[\s\-_./·,，、]{{1,3}}|{_LED})[\d*•x]{{1,19}}){{0,9}})(?![\da-z]|{UNIT})"
        ),
        _is_cued_card,
    ),
    Rule(
        "BANK_CARD",
        compile_rule(rf"(?:{_CARD}|卡)[^\d\n]{{0,16}}(?P<mask>[3-6](?:{_ANY}?\d){{14,18}})(?![\d])"),
        _is_scattered_card,
    ),
    Rule("BANK_CARD", compile_rule(r"(?<![\da-z])[3-6]\d{3}(?:\s?[\dx*•]{4}){2}\s?\d{4}(?![\da-z])"), _is_masked_card),
    Rule("PHONE", compile_rule(rf"(?<![\d.])(?P<mask>{_DIGIT_RUN})(?!\d)"), _is_led_phone),
    Rule(
        "PHONE",
        compile_rule(rf"(?:{_PHONE_WORD}|手机|前[面三])[^\d\n]{{0,12}}(?P<mask>1(?:{_ANY}?\d){{10}})(?!\d|{UNIT})"),
        _is_scattered_phone,
    ),
    Rule("PHONE", compile_rule(r"(?:短号|小号|内线|分机)(?:是|为|[\s:])*(?P<mask>\d(?:[\s\-*]?\d){2,7})(?!\d)")),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![a-z]){_PHONE_WORD}{_PHONE_LINK}(?P<mask>(?=(?:\W?[a-z]?\W?\d){{4}})[\doisb(]{{2,5}}(?:[\s\-.)]{{1,2}}[\doisb]{{2,5}}){{1,4}})(?![\da-z])"
        ),
        _is_looked_phone,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![\d.])(?:00\s?\d{1,3}|\+\d{1,3}|88[56]|8[124]|6[0156]|4[469]|3[3-9])(?:[\s\-.]\(?\d{1,5}\)?){3,7}(?![\d%])"
        ),
        _is_foreign,
    ),
)

NUMBER_RULES: tuple[Rule, ...] = (
    *_CUED_RULES,
    Rule("ID", compile_rule(r"(?<!\d)[1-9](?:[\s\-._/*]?\d){16}[\s\-._/*]?[\dx](?![\da-z])"), _is_zh_id),
    Rule("ID", compile_rule(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"), _is_persons),
    Rule(
        "ID",
        compile_rule(
            rf"{_PAPER}[\s,，]*{_IS}(?P<mask>(?:[\u4e00-\u9fff]字第?)?(?:[a-z]{{0,2}}[\s\-]?[\d*](?:[\s\-]?[\da-z*]){{4,19}}?)(?:\(\d\))?|[a-z]{{1,6}}\d[\da-z]{{5,14}})"
            r"(?![\s\-]?\d|[a-z])"
        ),
        _has_paper_digits,
    ),
    Rule(
        "ID",
        compile_rule(
            rf"{_PAPER}[^\d\n]{{1,24}}?(?P<mask>(?:[\u4e00-\u9fff]字第)?(?<![a-z])(?!1[3-9]\d{{9}}(?!\d))[a-z]{{0,2}}(?:\d{{6,18}}[a-z]?|\s?\d{{3,8}}(?:[\s\-]\d{{3,8}}){{1,3}}))(?![\da-z\-]|\s\d|{UNIT})"
        ),
    ),
    Rule(
        "ID",
        compile_rule(
            r"(?<![a-z])(?:ssn|social|ss\s?(?:#|no\.?|num(?:ber)?))(?![a-z])[^\d\n]{0,24}"
            r"(?P<mask>\d{3}[\s./_\-]?\d{2}[\s./_\-]?\d{4})(?!\d)"
        ),
    ),
    Rule(
        "ID",
        compile_rule(
            r"(?<![a-z\d])(?P<mask>(?=(?:[a-z]*\d){4})[a-z\d]{7,18})[\s,(]{1,2}(?:[a-z']{1,10}\s){0,5}"
            r"(?:passport|ssn|social\s+security|national\s+(?:insurance|id)|nric|driv\w+\s+licen[cs]e)"
        ),
    ),
    Rule(
        "ID",
        re.compile(r"(?<![A-Za-z\d])[A-CEGHJ-PR-TW-Z][A-NP-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![A-Za-z\d])"),
        _is_persons,
    ),
    Rule("ID", compile_rule(r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])")),
    Rule("ID", compile_rule(r"(?<![\da-z])[eg]\d{8}(?![\da-z])")),
    Rule(
        "BANK_CARD",
        compile_rule(
            rf"(?:卡号|{_CARD}[^\d\n]{{0,6}}(?:账号|账户|号码?|number|no\.?|acct)|(?:打款|收款|对公|银行)账[号户]){_IS}"
            r"(?P<mask>\d(?:[\s\-]?\d){7,21})(?!\d)"
        ),
    ),
    Rule(
        "BANK_CARD", re.compile(r"(?<![A-Za-z\d])[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4})(?:\s?\d{4}){2,6}(?:\s?\d{1,3})?(?!\d)")
    ),
    Rule(
        "BANK_CARD",
        compile_rule(r"(?<![\d.])[1-9]\d{2,7}(?:[\s\-./_*]{0,2}\d{2,8}){1,5}(?!\d)"),
        _is_card,
    ),
    Rule("BANK_CARD", compile_rule(r"(?<![\d.])[3-6](?:[\s\-._/]\d){14,18}(?![\s\-.]?\d)"), _is_card),
    Rule("BANK_CARD", compile_rule(r"(?<![\d.])3[47]\d{2}(?:[\s\-]\d{6}[\s\-]\d{5})(?!\d)")),
    Rule("BANK_CARD", compile_rule(r"(?<![\d.])3[47]\d{13}(?!\d)"), _is_card),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![\d.])(?:\(?(?:\+|00)?86\)?[\s\-(]{{0,2}})?(?P<number>1(?:{_GAP})?[3-9](?:(?:{_GAP})?\d){{9}})(?!\d)"
        ),
        _is_mobile,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![A-Za-z0-9)])(?:\+|00(?=[1-9]\d{0,2}[\s\-]))\d{1,3}(?:[\s\-.]{0,2}\(?\d{1,5}\)?){2,5}(?:\s?ext\.?\s?\d{1,5})?(?!\d)"
        ),
        _is_long_number,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![\d.])(?:(?:\+|00)?86[\s\-]?)?\(?0(?:10|2\d|[3-9]\d{2})\)?[\s\-–—]{0,3}[2-9]\d{2,3}[\s\-–—]?\d{4}"
            rf"{_EXTENSION}(?!\d)"
        ),
        _is_persons,
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![\d.])(?:\(0[1-9]\d{{0,3}}\)|0[1-9]\d{{1,3}})[\s\-]?\d{{3,4}}[\s\-]?\d{{3,4}}{_EXTENSION}(?!\d)"
        ),
        _is_landline,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![\d.+])(?:\+?1[\s\-.]{0,2})?(?:\([2-9]\d{2}\)[\s\-.]{0,2}|[2-9]\d{2}[\s\-./]{1,2})\d{3}[\s\-./]{0,2}\d{4}"
            rf"{_EXTENSION}(?!\d)"
        ),
        lambda match: _varies(match),
    ),
    Rule("PHONE", compile_rule(r"(?<![\d.])1[38]00[\s\-]\d{3}[\s\-]\d{2}[1-9](?![\d,.]\d|\d)"), _is_persons),
    Rule("PHONE", compile_rule(r"(?<![\d.])[48]00[\s\-]?\d{3,4}[\s\-]?\d{3,4}(?!\d)"), _is_hotline),
    Rule(
        "PHONE",
        compile_rule(
            rf"{_PHONE_WORD}{_PHONE_LINK}(?P<mask>(?:\d{{7,13}}|\d{{3,4}}[\s\-]\d{{4}}|\d(?:\s\d){{6,11}}))(?![\d,.]\d|\d|\s\d|{UNIT})"
        ),
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?:{_PHONE_WORD}|打给?){_PHONE_LINK}(?P<mask>(?:\(0\)\s?)?\(?\d{{1,5}}\)?(?:[\s\-.]{{1,2}}\d{{2,5}}){{1,4}})(?![\d,.]\d|\d|\s\d|{UNIT})"
        ),
        _is_grouped_phone,
    ),
    Rule(
        "PHONE",
        compile_rule(r"(?<![a-z])number(?:'s|\s+is)\s+(?P<mask>\d{7,13}|\d{3}[\s\-]\d{4})(?![\d,.]\d|\d)"),
        _is_persons,
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![\d.,])(?P<mask>[2-9]\d{{6,9}})(?=[\s,，。.]{{0,2}}(?:(?:please\s)?(?:call|text|ring|whatsapp)(?:\s+me)?(?![a-z])|打给?我|打这个|联系我|回电))(?!{UNIT})"
        ),
        _is_persons,
    ),
    Rule("ID", compile_rule(r"(?<![\d.])(?!\d*?(\d{5})\d*?\1)\d{15,}(?!\d)"), _is_persons),
)
"""Rules that also hold where the digits are spelled by zh characters."""
