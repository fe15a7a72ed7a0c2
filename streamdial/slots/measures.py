"""Units of measure: how they are written (CLDR by way of Babel), what they convert to (pint)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pint import UnitRegistry

CLDR_UNITS = {
    "length-kilometer": "km", "length-meter": "m", "length-centimeter": "cm", "length-millimeter": "mm",
    "length-mile": "mi", "length-foot": "ft", "length-yard": "yd", "length-inch": "inch", "mass-kilogram": "kg",
    "mass-gram": "g", "mass-milligram": "mg", "mass-pound": "lb", "mass-ounce": "oz", "mass-tonne": "t",
    "volume-liter": "L", "volume-milliliter": "mL", "volume-gallon": "gal", "volume-cubic-foot": "ft3",
    "volume-cubic-meter": "m3", "volume-cubic-centimeter": "cm3", "duration-hour": "h",
    "duration-minute": "min", "duration-second": "s", "duration-day": "day", "duration-week": "week",
    "duration-month": "month", "duration-year": "year", "power-watt": "W", "power-kilowatt": "kW",
    "power-megawatt": "MW", "power-horsepower": "hp", "energy-kilowatt-hour": "kWh", "electric-volt": "V",
    "speed-kilometer-per-hour": "km/h", "speed-mile-per-hour": "mph", "speed-meter-per-second": "m/s",
    "area-square-meter": "m2", "area-square-foot": "ft2", "area-hectare": "ha", "temperature-celsius": "°C",
    "temperature-fahrenheit": "°F", "digital-gigabyte": "GB", "digital-megabyte": "MB", "digital-terabyte": "TB",
}  # fmt: skip
"""CLDR's units to what they are called here; pint knows these names but for those of `_PINT`."""
_PINT = {
    "m2": "m**2",
    "ft2": "ft**2",
    "ft3": "ft**3",
    "m3": "m**3",
    "cm3": "cm**3",
    "%": "percent",
    "°C": "degC",
    "°F": "degF",
    "里": "li_",
    "斤": "jin_",
    "PS": "PS",
}
_MORE = {
    "km": ("km", "kms", "kilometre", "kilometres", "公里", "千米"),
    "m": ("m", "metre", "metres", "米"), "cm": ("cm", "公分"), "mi": ("mi", "miles", "mile", "英里"),
    "ft": ("ft", "feet", "foot", "英尺"), "inch": ("inch", "inches", "英寸", "寸", "zoll"),
    "里": ("里", "华里"), "斤": ("斤", "市斤"), "kg": ("kg", "kgs", "kilo", "kilos", "公斤", "千克"), "g": ("g", "克"),
    "lb": ("lb", "lbs"), "t": ("t", "吨"),
    "L": ("l", "litre", "litres", "升", "公升"), "mL": ("ml", "毫升"),
    "h": ("h", "hr", "hrs", "hour", "hours", "小时", "个小时", "个钟", "钟头", "个钟头"),
    "min": ("min", "mins", "minute", "minutes", "分钟"), "s": ("s", "sec", "secs", "second", "seconds", "秒", "秒钟"),
    "day": ("天",), "week": ("wk", "wks", "周", "个星期", "星期", "个礼拜", "礼拜"), "month": ("个月", "个多月"),
    "year": ("yr", "yrs", "年"), "W": ("瓦",), "kW": ("kw", "kilowatts", "千瓦"),
    "hp": ("hp", "bhp", "horsepower", "马力"), "PS": ("ps", "л.с.", "л. с.", "匹"),
    "kWh": ("kwh", "kilowatt-hours", "kilowatt-hour", "kw·h", "kw h", "千瓦时", "度电"),
    "km/h": ("km/h", "kmh", "kph", "公里每小时"), "m2": ("m2", "m²", "㎡", "sqm", "sq m", "square metre",
    "square metres", "平米", "平方米", "平方", "平"), "ft2": ("sq ft", "sqft"), "%": ("%", "％", "percent", "per cent"),
    "ha": ("公顷",),
    "ft3": ("cu ft", "cubic feet"), "cm3": ("cc",),
    "m3": ("m3", "cubic metres", "立方米", "立方"), "°C": ("°c", "℃", "度c", "摄氏度"),
}  # fmt: skip
"""What is written beside CLDR's patterns: other plurals, British spellings, colloquial Chinese."""
_LEFT_OUT = {"in", "a", "an", "j", "с", "m", "d", "w", "тн", "pound", "pounds", "hr.", "y", "″", "′"}
"""Patterns of CLDR that are words or mean more than one thing."""
_OTHER_LANGUAGES = {
    "fr": {"an": "year", "ans": "year", "j": "day", "mois": "month"},
    "de": {"std": "h", "std.": "h", "tage": "day", "tagen": "day", "monaten": "month", "jahren": "year", "liter": "L"},
    "hi": {"किमी": "km", "घंटा": "h", "घंटे": "h", "मिनट": "min", "साल": "year", "महीने": "month", "लीटर": "L"},
    "ru": {"ч": "h", "часов": "h", "часа": "h", "час": "h", "с": "s", "лет": "year"},
}
_GUARDS = {
    "里": r"(?![面边头程外的])", "平": r"(?![台均时价安常板])", "秒": r"(?![杀针])", "米": r"(?![饭粉其线])",
    "克": r"(?![拉莱])", "周": r"(?![一二三四五六日天末边围年])", "年": r"(?![前底初款产代])", "寸": r"(?![步心照])",
    "天": r"(?![窗气猫幕])", "升": r"(?![级降])", "匹": r"(?![配])", "星期": r"(?![一二三四五六日天末])",
}  # fmt: skip
_LETTER = r"A-Za-zÀ-ÖØ-öø-ÿĀ-žЀ-ӿऀ-ॿ"


class MeasureMention(NamedTuple):
    """A unit of measure behind a number: its name, and where it ends."""

    unit: str
    end: int


@lru_cache(maxsize=8)
def list_spellings(language: str = "en") -> dict[str, str]:
    """Return what is written for a unit, in lower case, with the unit's name; English and Chinese are always in it.

    Args:
        language: Another language whose words are read too: de, fr, hi, ru, ...
    """
    from babel import Locale
    from babel.units import format_unit

    found: dict[str, str] = {}
    languages = ["en", "en_GB", "zh", *([language] if language in _OTHER_LANGUAGES else [])]
    for tongue in languages:
        locale = Locale.parse(tongue)
        for key, unit in CLDR_UNITS.items():
            for length in ("long", "short"):
                for count in (1, 2, 5, 1.5):
                    words = format_unit(count, key, length=length, locale=locale).lower()
                    spelled = re.sub(r"^[\d.,]+\s*", "", words).replace("\xa0", " ").strip()
                    if spelled and spelled not in _LEFT_OUT and not re.search(r"\d", spelled):
                        found.setdefault(spelled, unit)
    for unit, spellings in _MORE.items():
        found |= dict.fromkeys(spellings, unit)
    return found | _OTHER_LANGUAGES.get(language, {})


@lru_cache(maxsize=8)
def _compile_pattern(language: str) -> re.Pattern[str]:
    parts = []
    for word in sorted(list_spellings(language), key=len, reverse=True):
        spelled = re.escape(word)
        if word in ("m", "g", "t", "h", "s", "v"):
            spelled = f"(?-i:{word.replace('v', 'V')})"  # 5G is a network, 4M an amount, 5 v 5 a game
        ends = (
            rf"(?![{_LETTER}²³]|/\w)"
            if re.search(rf"[{_LETTER}]$", word)
            else r"(?![\d月:])"
            if word[-1].isdigit()
            else ""
        )
        guard = next((guard for word_end, guard in _GUARDS.items() if word.endswith(word_end)), "")
        parts.append(spelled + (ends or guard))
    # "5-minute", "5 km", 5公里; a dash before a digit is a range's.
    return re.compile(rf"[\s-]?(?P<unit>{'|'.join(parts)})", re.IGNORECASE)


def find_measure(text: str, place: int = 0, language: str = "en") -> MeasureMention | None:
    """Return the unit of measure written at a place, a space or dash before it allowed; None where there is none."""
    match = _compile_pattern(language).match(text, place)
    return MeasureMention(list_spellings(language)[match["unit"].lower()], match.end()) if match else None


@lru_cache(maxsize=512)
def name_measure(word: str) -> str | None:
    """Return the name of the unit that a word or sign means: kilometers is km; None where it is no measure (people)."""
    lower = word.lower()
    return list_spellings().get(lower)


@lru_cache(maxsize=1)
def _load_registry() -> UnitRegistry[float]:
    import pint

    registry: UnitRegistry[float] = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    registry.define("li_ = 500 * meter")
    registry.define("jin_ = 500 * gram")
    registry.define("PS = metric_horsepower")
    return registry


@lru_cache(maxsize=4096, typed=True)
def convert_measure(value: float, unit: str, target: str) -> float | None:
    """Return a value in another unit, to four significant digits where it does not come out even; None if it cannot be.

    Miles become kilometres, hours minutes; kilograms no kilometres. A temperature's zero is moved.

    Args:
        value: The value.
        unit: Its unit, as `find_measure` names it.
        target: The unit wanted.
    """
    if unit == target:
        return value
    from pint.errors import DimensionalityError

    registry = _load_registry()
    try:
        quantity = registry.Quantity(value, _PINT.get(unit, unit)).to(_PINT.get(target, target))
    except DimensionalityError:
        return None
    exact = float(quantity.magnitude)
    plain = round(exact, 2)
    return plain if abs(exact - plain) < 1e-9 * max(1.0, abs(exact)) else float(f"{exact:.4g}")
