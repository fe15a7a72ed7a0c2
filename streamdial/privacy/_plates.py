"""Patterns of number plates, in zh and en."""

from __future__ import annotations

import re

from streamdial.patterns import compile_filtered
from streamdial.privacy._cues import Rule, compile_rule, count_digits, search_near

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滇"
_LETTER = "A-HJ-NP-Za-hj-np-z"
_PLATE_WORD = (
    r"(?i:(?<![a-z])(?:licen[cs]e(?:\s+plates?)?|number\s+plates?|plates?|tags?|reg|rego|registration)(?![a-z])"
    r"(?:\s+(?:number|no\.?|is|are|reads?|it'?s)(?![a-z])|'s(?![a-z])|[\s:#,])*)"
)
_PLATE_FORM = r"(?:[A-Z]{2}[\s\-])?[A-Z0-9]{1,4}[\s\-]?[A-Z0-9]{2,5}(?:[\s\-][A-Z0-9]{2,4})?"
_CAR_WORD = re.compile(
    r"\b(?:my\s+(?:car|truck|suv|van|ride)|park(?:ed|ing)?|valet|tow(?:ed|ing)?|fiesta|lights\s(?:on|are)|boot|block(?:s|ing|ed)?|garage)\b",
    re.I,
)
SMALL = "one|two|three|four|five|six|seven|eight|nine"
_SPELLED = (
    r"(?:alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|romeo"
    rf"|sierra|tango|uniform|victor|whiskey|whisky|x[\s\-]?ray|yankee|zulu|{SMALL}|zero|oh|[a-z]|\d{{1,2}})"
)
_SPELLED_DIGIT = re.compile(rf"(?:{SMALL}|zero|oh|\d)$", re.IGNORECASE)


def _has_plate_digits(match: re.Match[str]) -> bool:
    return count_digits(match["mask"]) >= 2


def _is_spaced_plate(match: re.Match[str]) -> bool:
    parts = re.findall(r"[A-Za-z0-9]+", match["mask"])
    return count_digits(match["mask"]) >= 3 and (len(parts) <= 3 or all(len(part) <= 2 for part in parts))


def _is_plate(match: re.Match[str]) -> bool:
    symbols = [character for character in match["mask"] if character.isalnum()]
    digits = sum(character.isdigit() for character in symbols)
    return 5 <= len(symbols) <= 10 and 2 <= digits < len(symbols)


def _is_spelled_plate(match: re.Match[str]) -> bool:
    symbols = re.findall(r"[a-z]+|\d", re.sub(r"x[\s\-]ray", "x", match["mask"].lower()))
    digits = sum(_SPELLED_DIGIT.match(symbol) is not None for symbol in symbols)
    return 5 <= len(symbols) <= 9 and 0 < digits < len(symbols)


def _is_parked(match: re.Match[str]) -> bool:
    return search_near(_CAR_WORD, match)


_PLATE_GAP = r"(?:[\s·•.\-_/,，、*+|]{0,3}|[\s,，、]{0,2}(?:然后|接着|再|点|杠|空|后[面边])是?[\s,，、]{0,2})"
_LETTER_SOUNDS = "诶贝必比毕西迪弟伊易艾吉基鸡爱杰开凯艾勒"


def _is_led_plate(match: re.Match[str]) -> bool:
    symbols = re.findall(r"[A-Za-z0-9]", match["mask"])
    parts = re.findall(r"[A-Za-z0-9]+", match["mask"])
    told = re.search("[挂学警港澳领使]$", match["mask"])
    single = all(len(part) == 1 for part in parts)
    return (5 if told else 6) <= len(symbols) <= 7 and count_digits(match["mask"]) >= 2 and (single or len(parts) <= 4)


def _is_soldiers(match: re.Match[str]) -> bool:
    return search_near("[军车牌]", match)


ZH_PLATE_RULES: tuple[Rule, ...] = (
    Rule(
        "PLATE",
        compile_rule(
            rf"(?P<mask>[{_PROVINCES}]{_PLATE_GAP}[{_LETTER}](?:{_PLATE_GAP}[{_LETTER}0-9]){{4,6}}{_PLATE_GAP}[挂学警港澳领使]?)(?![a-z0-9])"
        ),
        _is_led_plate,
    ),
    Rule(
        "PLATE",
        compile_rule(
            rf"(?P<mask>[{_PROVINCES}]\s?(?:[{_LETTER_SOUNDS}]|(?:ei|bi|xi|di|yi|ai|ji|kai))\s?(?:[a-z0-9]\s?){{4,5}})(?!\d|[元块万])"
        ),
        _has_plate_digits,
    ),
    Rule(
        "PLATE",
        compile_rule(rf"(?<![a-z])wj[\s\-]?(?:[{_PROVINCES}]|\d{{2}})[\s·•\-]?(?:\d[\s\-]?){{4}}[\da-z](?![a-z0-9])"),
    ),
    Rule("PLATE", compile_filtered(r"[军海空北沈兰济南广成东西中战][A-HJ-NP-Z][\s·•\-]?\d{5}(?!\d)"), _is_soldiers),
    Rule(
        "PLATE",
        compile_rule(
            rf"(?P<mask>[{_PROVINCES}使领][{_LETTER}][·•\s.\-]?[{_LETTER}0-9]{{4,5}}[{_LETTER}0-9挂学警港澳])(?![a-z0-9])"
        ),
        _has_plate_digits,
    ),
    Rule(
        "PLATE",
        compile_rule(
            rf"(?P<mask>[{_PROVINCES}][\s·•]?[{_LETTER}](?:[\s·•.\-]{{0,3}}[{_LETTER}0-9]){{5,6}})"
            r"(?![a-z0-9])"
        ),
        _is_spaced_plate,
    ),
    Rule(
        "PLATE",
        compile_rule(rf"(?P<mask>新[{_LETTER}](?:[·•](?:[·•\s]?[{_LETTER}0-9]){{5,6}}|[df]?\d{{5}}))(?![a-z0-9])"),
    ),
)
"""Chinese plates; they also hold where the digits are spelled by zh characters."""

PLATE_RULES: tuple[Rule, ...] = (
    *ZH_PLATE_RULES,
    Rule(
        "PLATE",
        compile_filtered(
            r"(?<![A-Za-z0-9])(?P<mask>[A-Z0-9]{1,4}[\s\-]?[A-Z0-9]{2,5})(?=\s(?i:is\smy\s(?:plate|tag|reg)))"
        ),
        _is_plate,
    ),
    Rule(
        "PLATE",
        compile_filtered(
            r"(?:车牌|车号|牌照)(?:号码?|是|为|[\s:])*(?P<mask>[A-Z](?=[A-Z]{0,3}\d)[A-Z0-9]{4,7})(?![A-Za-z0-9])"
        ),
    ),
    Rule("PLATE", compile_rule(r"使\s?\d{3}[·\s.\-]?\d{3}(?!\d)|(?<!\d)\d{6}使(?=$|[^\w])")),
    Rule(
        "PLATE",
        compile_filtered(
            rf"{_PLATE_WORD}(?:[^\d\n]{{0,20}}?(?<![A-Za-z0-9]))(?P<mask>(?=[^\n]{{0,12}}\d)[A-Z0-9]{{1,8}}(?:[\s\-*·•/]{{1,2}}[A-Z0-9]{{1,5}}(?![A-Za-z0-9])){{1,7}})(?![A-Za-z0-9])"
        ),
        _is_plate,
    ),
    Rule(
        "PLATE",
        compile_filtered(
            r"(?i:(?<![a-z])(?:silver|white|black|red|blue|gr[ae]y|green|gold|brown|orange|yellow|beige|maroon)\s)(?:[A-Za-z]+,?\s){1,3}(?P<mask>(?=[A-Z0-9\s]*\d)(?=[A-Z0-9\s]*[A-Z])[A-Z0-9]{3,4}[\s\-](?!(?:19|20)[0-9][0-9])[A-Z0-9]{3,4}|[A-Z]{2,3}\d{3,4}[A-Z]{0,2})(?![A-Za-z0-9])"
        ),
        _is_plate,
    ),
    Rule(
        "PLATE", compile_filtered(rf"{_PLATE_WORD}(?P<mask>{_PLATE_FORM}|[A-Z0-9]{{8,10}})(?![A-Za-z0-9])"), _is_plate
    ),
    Rule(
        "PLATE",
        compile_filtered(
            rf"{_PLATE_WORD}(?P<mask>[a-z0-9]{{5,8}}|[a-z]{{2}}\d{{2}}\s[a-z]{{3}}|[a-z]{{3}}\s\d{{3,4}})(?![A-Za-z0-9])"
        ),
        _is_plate,
    ),
    Rule(
        "PLATE",
        compile_rule(rf"{_PLATE_WORD}(?P<mask>{_SPELLED}(?:[\s,\-]{{1,2}}{_SPELLED}(?![a-z0-9])){{4,8}})"),
        _is_spelled_plate,
    ),
    Rule(
        "PLATE",
        compile_filtered(
            rf"{_PLATE_WORD}[^\d\n]{{1,20}}?(?<![A-Za-z0-9])(?P<mask>[A-Z0-9]{{6,8}}|[A-Z]{{3}}[\s\-]\d{{3,4}})(?![A-Za-z0-9])"
        ),
        _is_plate,
    ),
    Rule(
        "PLATE",
        compile_filtered(
            r"(?<![A-Za-z0-9])(?:[A-Z]{2}\d{2}\s?[A-Z]{3}|\d[A-Z]{3}\d{3}|[A-Z]{3}-\d{3,4}|[a-z]{2}\d{2}\s?[a-z]{3})(?![A-Za-z0-9])"
        ),
        _is_parked,
    ),
)
"""All plates."""
