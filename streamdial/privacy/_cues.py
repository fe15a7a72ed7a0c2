"""Numbers told after a word for them: papers, cards and telephones in parts, spelled or half hidden.

After an explicit word for a paper or card nearly every run of digits is its number, however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from streamdial.patterns import FilteredPattern, compile_filtered

Check = Callable[["re.Match[str]"], bool]


class Rule(NamedTuple):
    """One pattern: the group `mask`, or the whole match where there is none, is personal data of this kind."""

    kind: str
    pattern: FilteredPattern
    check: Check | None = None


UNIT = r"\s?(?:元(?!旦|宵)|块|万|亿|w\b|k\b|km|公里|台|人|dollars?|yuan|usd|rmb|%)"
"""What makes the number before it a price or a measure."""

GAP = r"(?:[\s\-_.·•–—~*/]{1,3}|[、,])"
IS = r"(?:号码?|是|为|就是|number|no\.?|is|'s|[\s:=#,，])*"
DATE = r"(?:18|19|20)\d{2}[\s\-]?(?:0[1-9]|1[0-2])[\s\-]?(?:0[1-9]|[12]\d|3[01])"
EXTENSION = r"(?:\s?(?:转|分机|-|,?\s?ext(?:ension)?\.?|x)\s?\d{1,5})?"
PHONE_WORD = (
    r"(?:电话|座机|固话|热线|手机号|手机号码|联系方式|联系号码|联系人|致电|回电|拨打|打给我|打我|号码是"
    r"|(?<![a-z])(?:phone|ph|tel|telephone|landline|cell(?:phone)?|mob|mobile|hp|whatsapp|sms|call|text|txt|dial|reach|ring"
    r"|(?:my|his|her|our|contact|phone|mobile|cell)\s+(?:number|no\.?|digits))(?![a-z]))"
)
PHONE_LINK = r"(?:号码?|是|为|number|number's|me|us|at|on|is|to|'s|[\s:=,，/])*"
PAPER = (
    r"(?:身[份分]证|居留许可|证件|护照|通行证|港澳证|台胞证|回乡证|驾照|驾驶证|军官证|居住证|社保号?|医保号?|[一二]代证|1代证|2代证|学生证|士兵证|残疾证|档案号|(?<![a-z])(?:passport|ssn"
    r"|social(?:\s+security)?|nric|aadhaar|national\s+id|tax\s+(?:id|file\s+number)|national\s+insurance|ni\s+number|(?:licen[cs]e|dl|id)\s+(?:no\.?|number)|my\s+id(?=\s+is)|id\s+(?:card|number)|identity\s+card"
    r"|driv(?:er'?s?|ing)\s+licen[cs]e)(?![a-z]))"
)
CARD = (
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
_NEAR = 300
_COUNTED = re.compile(r"停1?下|第\d[段位部]|[前后末中]\d{1,2}[位段]|(?:first|middle|last|next)\s\d{1,2}(?!\d)")
_ANY = r"(?:(?:停1下|第\d[段位部]|[前后末中]\d{1,2}[位段]|[^\d\n:至~]){1,12})"
NO_NUMBER_LINK = compile_filtered(
    r"电话|手机|座机|微信|[元块岁年月天万]|订单|单号|航班|版|phone|mobile|call|order|flight|code|model|version|price|[$¥€£]",
    re.IGNORECASE,
)
CARD_BEFORE = re.compile(CARD + r"[^\d\n]{0,24}$", re.IGNORECASE)
NOT_PERSONS = re.compile(
    r"(?:订单|单号|券码|券号|核销|流水|运单|快递|编号|货号|型号|激活码|兑换码|验证码|条形?码|书号|房号|房间号|直播间|发票号|税号|(?<![a-z])uid(?![a-z])"
    r"|(?<![a-z])(?:order|booking|confirmation|reservation|tracking|serial|model|vin|voucher|invoice|code|ref|upc|ean|isbn)(?![a-z]))"
    r"(?:(?!电话|手机|座机|热线|phone|call|mobile|cell)[^\d\n]){0,10}$",
    re.IGNORECASE,
)


NUMBERED_BEFORE = re.compile(
    r"(?:订单|单号|流水号?|运单|编号|货号|券码|券号|核销码?|发票号?|取件码|(?<![a-z])(?:uid|order|tracking|invoice|booking"
    r"|confirmation|reservation|sku|isbn|ref(?:erence)?)(?![a-z]))"
    r"(?:号码?|编号|是|为|(?<![a-z])(?:number|no\.?|id|code|is)(?![a-z])|[\s:=#])*$",
    re.IGNORECASE,
)
"""What a number is that follows right after: of an order, a parcel or an account, and no telephone."""
COUNTED_BEFORE = re.compile(
    r"(?:价|额|价格|售价|总价|营收|收入|流水|播放量?|销量|观看|人气|gmv|revenue|views?|sales|total|price)(?:达到?|超过?|是|为|近|约|有"
    r"|was|is|of|by|[\s:+])*$",
    re.IGNORECASE,
)
_COUNTED_AFTER = re.compile(rf"{UNIT}|\s?(?:[次个票单件]|views?|plays|people|users)", re.IGNORECASE)


def is_amount(match: re.Match[str], digits: str) -> bool:
    """Tell an amount or a count from a telephone: round, with a unit behind it, or with a word for one before it."""
    end = match.end()
    return (
        digits.endswith("00000")
        or _COUNTED_AFTER.match(match.string, end) is not None
        or follows(COUNTED_BEFORE, match, 16)
    )


def compile_rule(pattern: str) -> FilteredPattern:
    """Compile a pattern without regard to case."""
    return compile_filtered(pattern, re.IGNORECASE)


def count_digits(text: str) -> int:
    """Return how many characters of a text are digits."""
    return sum(character.isdigit() for character in text)


def list_digits(match: re.Match[str]) -> list[int]:
    return [int(character) for character in match[0] if character.isdigit()]


def varies(match: re.Match[str]) -> bool:
    # Runs such as 2333333 and 6666666 are laughter and applause, not numbers.
    return len(set(list_digits(match))) > 2


def follows(pattern: re.Pattern[str], match: re.Match[str], reach: int = 36) -> bool:
    return pattern.search(match.string, max(0, match.start() - reach), match.start()) is not None


def search_near(pattern: str | re.Pattern[str], match: re.Match[str]) -> bool:
    """Tell whether a pattern stands near a match: a search of all of a long text for every match takes forever."""
    near = match.string[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    return re.search(pattern, near, re.IGNORECASE if isinstance(pattern, str) else 0) is not None


def is_persons(match: re.Match[str]) -> bool:
    return varies(match) and not follows(NOT_PERSONS, match)


def _is_cued_paper(match: re.Match[str]) -> bool:
    symbols = sum(character.isdigit() or character in "*•xX" for character in match["mask"])
    link = match.string[match.start("link") : match.end("link")]
    return 5 <= symbols <= 24 and count_digits(match["mask"]) >= 4 and not NO_NUMBER_LINK.search(link)


def _is_led(match: re.Match[str]) -> bool:
    """Tell a number told in parts ("first four …, then …") from numbers that happen to stand together."""
    return re.search(_LEAD_OVER, match["mask"], re.IGNORECASE) is not None and varies(match)


def _strip_asides(match: re.Match[str]) -> str:
    told = re.sub(
        r"[前后末中][\d一二三四五六七八九十]{1,3}[位段]|(?:first|middle|last|next)\s\d{1,2}(?!\d)", "", match["mask"]
    )
    return "".join(filter(str.isdigit, told))


def _is_led_phone(match: re.Match[str]) -> bool:
    digits = _strip_asides(match)
    if not _is_led(match) or NO_NUMBER_LINK.search(match.string[match.end() : match.end() + 1]):
        return False
    mobile = len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"
    shaped = len(digits) == 10 and digits[0] not in "01"
    return mobile or (shaped and search_near(r"number|phone|cell|call|text|reach|area\scode|电话|手机|打", match))


def _is_persons_paper(match: re.Match[str]) -> bool:
    return len(re.findall(r"\d+", match["mask"])) <= 6 and varies(match)


def _is_looked_phone(match: re.Match[str]) -> bool:
    return 7 <= sum(character.isalnum() for character in match["mask"]) <= 17 and count_digits(match["mask"]) >= 5


def _is_foreign(match: re.Match[str]) -> bool:
    groups = re.findall(r"\d+", match[0])
    prices = sum(group.endswith("00") or group.endswith("99") for group in groups[1:])
    return 10 <= count_digits(match[0]) <= 14 and prices < 2 and is_persons(match)


def _is_led_card(match: re.Match[str]) -> bool:
    digits = _strip_asides(match)
    return 13 <= len(digits) <= 19 and _is_led(match) and (digits[0] in "3456" or search_near(rf"{CARD}|卡", match))


def _is_cued_card(match: re.Match[str]) -> bool:
    symbols = sum(character.isdigit() or character in "*•xX" for character in match["mask"])
    link = match.string[match.start("link") : match.end("link")]
    return 12 <= symbols <= 22 and count_digits(match["mask"]) >= 4 and not NO_NUMBER_LINK.search(link)


def _is_before_paper(match: re.Match[str]) -> bool:
    link = match.string[match.end("mask") : match.end()]
    mobile = re.fullmatch(r"1[3-9]\d{9}", re.sub(r"\D", "", match["mask"]))
    return not NO_NUMBER_LINK.search(link) and mobile is None and is_persons(match)


def _is_starred_paper(match: re.Match[str]) -> bool:
    return len(match[0]) in (15, 18) and not follows(CARD_BEFORE, match)


def _is_scattered_id(match: re.Match[str]) -> bool:
    """Tell an identity number by its form, whatever stands between its parts."""
    told = re.sub(_COUNTED, "", match["mask"])
    number = "".join(re.findall(r"[\dxX叉]", told)).replace("叉", "X")
    return re.fullmatch(rf"[1-9]\d{{5}}{DATE}\d{{3}}[\dxX]", number) is not None and not re.search(
        "[元块万a-wyzA-WYZ]", told
    )


def _is_scattered_phone(match: re.Match[str]) -> bool:
    told = re.sub(_COUNTED, "", match["mask"])
    if re.search(r"\d\s?[a-z]", told, re.IGNORECASE):
        return False  # A phone of 256g.
    return varies(match) and len(re.findall(r"\d+", told)) <= 6 and not NO_NUMBER_LINK.search(told)


def _is_scattered_card(match: re.Match[str]) -> bool:
    told = re.sub(_COUNTED, "", match["mask"])
    return len(set(re.findall(r"\d", told))) > 3 and not NO_NUMBER_LINK.search(told)


def _is_masked_card(match: re.Match[str]) -> bool:
    return re.search("[*•xX]", match[0]) is not None


# After the word for a paper or card comes its number, however it is written.
CUED_RULES: tuple[Rule, ...] = (
    Rule(
        "BANK_CARD",
        compile_filtered(r"(?<![A-Za-z\d])[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4})(?:\s?\d{4}){2,6}(?:\s?\d{1,3})?(?!\d)"),
    ),
    Rule(
        "ID",
        compile_rule(rf"(?<![\da-z])(?=(?P<mask>[1-9](?:{_ANY}?\d){{16}}{_ANY}?[\dx叉])(?![\da-z]))"),
        _is_scattered_id,
    ),
    Rule(
        "ID",
        compile_rule(rf"(?:{PAPER}|证件?|证号)[^\d\n]{{0,20}}(?P<mask>[1-9](?:[\s\-.]?\d){{14}})(?!\d)"),
        _is_persons_paper,
    ),
    Rule(
        "ID",
        compile_rule(
            rf"(?:{PAPER}|证件|护照|(?<![a-z])(?:ssn|social|dl|permit|nric|licen[cs]e(?!\s?plate)|(?-i:ID)(?!\.))(?![a-z]))"
            rf"(?P<link>[^\d\n*A-Z]{{0,20}}?|[^\d\n*]{{0,32}}?)(?P<mask>(?:[a-z]\sas\sin\s[a-z]+[,\s]{{1,2}}|[\u4e00-\u9fff]字第?)?{_ID_RUN}号?)(?!\d|{UNIT})"
        ),
        _is_cued_paper,
    ),
    Rule(
        "ID",
        compile_rule(
            rf"(?<![a-z\d])(?P<mask>[a-z]{{0,2}}(?:[\s\-]?\d){{7,18}}x?)(?![\da-z])[^\d\n]{{0,14}}(?:{PAPER})"
        ),
        _is_before_paper,
    ),
    Rule("ID", compile_rule(r"(?<![\d*])\d{3,10}[*•x]{4,12}\d{1,4}[\dx](?![\d*])"), _is_starred_paper),
    Rule("BANK_CARD", compile_rule(rf"(?<![\d.])(?P<mask>{_DIGIT_RUN})(?!\d)"), _is_led_card),
    Rule(
        "BANK_CARD",
        compile_rule(
            rf"(?:{CARD}|卡)(?P<link>[^\d\n*]{{0,24}}?)(?P<mask>(?<![a-z])(?:[\d*•][\d*•x]{{0,18}})(?:(?:[\s\-_./·,，、]{{1,3}}|{_LED})[\d*•x]{{1,19}}){{0,9}})(?![\da-z]|{UNIT})"
        ),
        _is_cued_card,
    ),
    Rule(
        "BANK_CARD",
        compile_rule(rf"(?:{CARD}|卡)[^\d\n]{{0,16}}(?P<mask>[3-6](?:{_ANY}?\d){{14,18}})(?![\d])"),
        _is_scattered_card,
    ),
    Rule("BANK_CARD", compile_rule(r"(?<![\da-z])[3-6]\d{3}(?:\s?[\dx*•]{4}){2}\s?\d{4}(?![\da-z])"), _is_masked_card),
    Rule("PHONE", compile_rule(rf"(?<![\d.])(?P<mask>{_DIGIT_RUN})(?!\d)"), _is_led_phone),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?:{PHONE_WORD}|手机|前[面三])[^\d\n+]{{0,12}}(?P<mask>1(?:{_ANY}?[3-9])(?:{_ANY}?\d){{9}})(?!\d|{UNIT})"
        ),
        _is_scattered_phone,
    ),
    Rule("PHONE", compile_rule(rf"(?<![\d.+])\(?0[2378]\)?[\s\-]\d{{4}}[\s\-]\d{{4}}{EXTENSION}(?!\d)"), is_persons),
    Rule("PHONE", compile_rule(r"(?:短号|小号|内线|分机)(?:是|为|[\s:])*(?P<mask>\d(?:[\s\-*]?\d){2,7})(?!\d)")),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![a-z]){PHONE_WORD}{PHONE_LINK}(?P<mask>(?=(?:\W?[a-z]?\W?\d){{4}})[\doisb(]{{2,5}}(?:[\s\-.)]{{1,2}}[\doisb]{{2,5}}){{1,4}}{EXTENSION})(?![\da-z])"
        ),
        _is_looked_phone,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![\d.])(?:00\s?\d{1,3}|\+\d{1,3}|88[56]|8[124]|6[0156]|4[469]|3[3-9])"
            r"(?:[ \-]\(?\d{1,5}\)?){3,7}(?![\d%.])"
        ),
        _is_foreign,
    ),
)
