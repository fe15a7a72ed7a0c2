"""Patterns of numbers that are personal: identity papers, bank cards, telephones, in zh and en.

Written for text whose full-width characters were folded to ASCII. Numbers are known by their form where the form is
their own, and by the word before them where it is not.
"""

from __future__ import annotations

import re

from streamdial.patterns import compile_filtered
from streamdial.privacy._cues import (
    CARD,
    CARD_BEFORE,
    CUED_RULES,
    DATE,
    EXTENSION,
    GAP,
    IS,
    NOT_PERSONS,
    NUMBERED_BEFORE,
    PAPER,
    PHONE_LINK,
    PHONE_WORD,
    UNIT,
    compile_rule,
    count_digits,
    follows,
    is_amount,
    is_persons,
    list_digits,
    varies,
)
from streamdial.privacy._cues import Rule as Rule

_AGAIN = re.compile(r"(\d{5})\d*\1")


def _is_card(match: re.Match[str]) -> bool:
    digits = list_digits(match)
    groups = re.findall(r"\d+", match[0])
    shaped = len(groups) <= 5 or len(groups) == len(digits)
    if not 15 <= len(digits) <= 19 or not shaped or follows(NOT_PERSONS, match):
        return False
    if follows(CARD_BEFORE, match):
        return True
    # 5201314520131452013 is love, not money; four groups of four may have few digits.
    by_fours = list(map(len, groups)) == [4] * 4 and len(set(groups)) > 1
    if not by_fours and (not varies(match) or _AGAIN.search("".join(map(str, digits)))):
        return False
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    grouped = len(groups) > 1
    return (
        total % 10 == 0
        or (match[0].startswith("62") and not grouped)
        or (digits[0] in (3, 4, 5, 6) and len(set(digits)) > (5 if grouped else 2) and len(digits) != 15)
    )


def _is_zh_id(match: re.Match[str]) -> bool:
    return re.fullmatch(rf"[1-9]\d{{5}}{DATE}\d{{3}}[\dxX]", re.sub(r"[^\dxX]", "", match[0])) is not None


def _is_grouped_phone(match: re.Match[str]) -> bool:
    return 8 <= count_digits(match["mask"]) <= 13 and len(set(re.findall(r"\d", match["mask"]))) > 2


def _is_long_number(match: re.Match[str]) -> bool:
    own = match[0].lower().split("ext")[0]
    return 9 <= count_digits(own) <= 15 and not is_amount(match, re.sub(r"\D", "", own))


def _is_mobile(match: re.Match[str]) -> bool:
    number = match["number"]
    if follows(NUMBERED_BEFORE, match, 24) or is_amount(match, re.sub(r"\D", "", number)):
        return False
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
    return shaped and second in "3456789" and varies(match)


def _is_landline(match: re.Match[str]) -> bool:
    own = re.split(r"转|分机|ext|x", match[0], flags=re.IGNORECASE)[0]
    return 10 <= count_digits(own) <= 16 and is_persons(match)


def _is_hotline(match: re.Match[str]) -> bool:
    return count_digits(match[0]) == 10 and varies(match)


def _has_paper_digits(match: re.Match[str]) -> bool:
    return count_digits(match["mask"]) >= 5


NUMBER_RULES: tuple[Rule, ...] = (
    *CUED_RULES,
    Rule("ID", compile_rule(r"(?<!\d)[1-9](?:[\s\-._/*]?\d){16}[\s\-._/*]?[\dx](?![\da-z])"), _is_zh_id),
    Rule("ID", compile_rule(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"), is_persons),
    Rule(
        "ID",
        compile_rule(
            rf"{PAPER}[\s,，]*{IS}(?P<mask>(?:[\u4e00-\u9fff]字第?)?(?:[a-z]{{0,2}}[\s\-]?[\d*](?:[\s\-]?[\da-z*]){{4,19}}?)(?:\(\d\))?|[a-z]{{1,6}}\d[\da-z]{{5,14}})"
            r"(?![\s\-]?\d|[a-z])"
        ),
        _has_paper_digits,
    ),
    Rule(
        "ID",
        compile_rule(
            rf"{PAPER}[^\d\n]{{1,24}}?(?P<mask>(?:[\u4e00-\u9fff]字第)?(?<![a-z])(?!1[3-9]\d{{9}}(?!\d))[a-z]{{0,2}}(?:\d{{6,18}}[a-z]?|\s?\d{{3,8}}(?:[\s\-]\d{{3,8}}){{1,3}}))(?![\da-z\-]|\s\d|{UNIT})"
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
        compile_filtered(r"(?<![A-Za-z\d])[A-CEGHJ-PR-TW-Z][A-NP-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![A-Za-z\d])"),
        is_persons,
    ),
    Rule("ID", compile_rule(r"(?<![\d\-])\d{3}-\d{2}-\d{4}(?![\d\-])")),
    Rule("ID", compile_rule(r"(?<![\da-z])[eg]\d{8}(?![\da-z])")),
    # A car's own number leads to its owner.
    Rule(
        "ID",
        compile_rule(
            r"(?:(?<![a-z])vin(?![a-z])|车架号|车辆识别(?:代码|代号|码))(?:号码?|number|no\.?|is|是|为|[\s:#])*"
            r"(?P<mask>(?=[a-z]*\d)[a-hj-npr-z0-9]{17})(?![a-z0-9])"
        ),
    ),
    Rule(
        "BANK_CARD",
        compile_rule(
            rf"(?:卡号|{CARD}[^\d\n]{{0,6}}(?:账号|账户|号码?|number|no\.?|acct)|(?:打款|收款|对公|银行)账[号户]){IS}"
            r"(?P<mask>\d(?:[\s\-]?\d){7,21})(?!\d)"
        ),
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
            rf"(?<![\d.])(?<!\(0\))(?:\(?(?:\+|00)?86\)?[\s\-(]{{0,2}}|\+\d{{1,3}}[\s\-]{{1,2}})?(?P<number>1(?:{GAP})?[3-9](?:(?:{GAP})?\d){{9}})(?!\d)"
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
            rf"{EXTENSION}(?!\d)"
        ),
        is_persons,
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![\d.])(?:\(0[1-9]\d{{0,3}}\)|0[1-9]\d{{1,3}})[\s\-]?\d{{3,4}}[\s\-]?\d{{3,4}}{EXTENSION}(?!\d)"
        ),
        _is_landline,
    ),
    Rule(
        "PHONE",
        compile_rule(
            r"(?<![\d.+])(?:\+?1[\s\-.]{0,2})?(?:\([2-9]\d{2}\)[\s\-.]{0,2}|[2-9]\d{2}[\s\-./]{1,2})\d{3}[\s\-./]{0,2}\d{4}"
            rf"{EXTENSION}(?!\d)"
        ),
        lambda match: varies(match) and not follows(NUMBERED_BEFORE, match, 24),
    ),
    Rule("PHONE", compile_rule(r"(?<![\d.])1[38]00[\s\-]\d{3}[\s\-]\d{2}[1-9](?![\d,.]\d|\d)"), is_persons),
    Rule("PHONE", compile_rule(r"(?<![\d.])[48]00[\s\-]?\d{3,4}[\s\-]?\d{3,4}(?!\d)"), _is_hotline),
    Rule(
        "PHONE",
        compile_rule(
            rf"{PHONE_WORD}{PHONE_LINK}(?P<mask>(?:\d{{7,13}}|\d{{3,4}}[\s\-]\d{{4}}|\d(?:\s\d){{6,11}}))(?![\d,.]\d|\d|\s\d|{UNIT})"
        ),
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?:{PHONE_WORD}|打给?){PHONE_LINK}(?P<mask>(?:\(0\)\s?)?\(?\d{{1,5}}\)?(?:[\s\-.]{{1,2}}\d{{2,5}}){{1,4}})(?![\d,.]\d|\d|\s\d|{UNIT})"
        ),
        _is_grouped_phone,
    ),
    Rule(
        "PHONE",
        compile_rule(r"(?<![a-z])number(?:'s|\s+is)\s+(?P<mask>\d{7,13}|\d{3}[\s\-]\d{4})(?![\d,.]\d|\d)"),
        is_persons,
    ),
    Rule(
        "PHONE",
        compile_rule(
            rf"(?<![\d.,])(?P<mask>[2-9]\d{{6,9}})(?=[\s,，。.]{{0,2}}(?:(?:please\s)?(?:call|text|ring|whatsapp)(?:\s+me)?(?![a-z])|打给?我|打这个|联系我|回电))(?!{UNIT})"
        ),
        is_persons,
    ),
    Rule("ID", compile_rule(r"(?<![\d.])(?!\d*?(\d{5})\d*?\1)\d{15,}(?!\d)"), is_persons),
)
"""Rules that also hold where the digits are spelled by zh characters."""
