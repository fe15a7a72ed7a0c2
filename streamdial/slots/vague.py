"""Numbers that more belongs to than is said, so that no value is written: 20多万, 十几个, "20-odd thousand"."""

from __future__ import annotations

_DIGITS = "零〇一二两三四五六七八九"
# A number begins where its row of figures does and has a bounded length, so that long rows of them cost little.
_ZH = rf"(?:(?<![\d.,])\d[\d.,]{{0,14}}|(?<![{_DIGITS}十百千万亿])[{_DIGITS}十百千万亿]{{1,12}})\s?[十百千万亿]{{0,3}}"
_FROM = rf"(?:{_ZH}\s?(?:[-–—~～]|到|至)\s?)?"
_ROUND = rf"(?:(?<![\d.,])\d{{0,9}}0|(?<![{_DIGITS}十百千])[{_DIGITS}十百千]{{0,9}}[十百千])"
_COUNTED = "十百千万亿个块元天年岁公里米斤分小秒人位台辆平度次种名家张份页"
_WORDS = (
    r"(?:ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundred|thousand|million)"
)
_EN = rf"(?:(?<![\w.,])\d[\d,.]{{0,14}}\d|\b{_WORDS})"
_LARGE = r"(?:hundred|thousand|grand|million|k|lakhs?|crores?)"
_FIGURES = r"(?<![\d.,])\d[\d.,' \u00a0\u202f]{0,14}"

VAGUE = "|".join(
    (
        # 20多万, 三百多块, 20余公里; no 20万多少钱.
        rf"{_FROM}{_ZH}[wWkK]?(?:多(?![少久大远长高重功媒快退花送加给])(?:一?点点?)?|余(?=[{_COUNTED}])|好几)",
        # 十来万; "20万来一台" orders one.
        rf"{_FROM}{_ROUND}\s?来(?=[{_COUNTED}])",
        rf"{_FROM}{_ROUND}几(?![座点号折级楼口])",
        rf"(?<![{_DIGITS}\d])几(?:[十百千]{{1,2}}[万亿]{{1,2}}|十)|(?<![次人位座])数(?:[十百千]{{1,2}}[万亿]{{1,2}}|十)"
        r"|[上近成][百千][万亿](?![别不要记])",
        rf"{_FROM}{_ZH}[wWkK]?(?:元|块钱?|公里|千米|岁|个|平米?)?(?:多?出头|开外|挂零|有余)",
        # 两个多小时, 一年多.
        rf"{_ZH}个多(?=小时|月|星期|礼拜|钟头)"
        rf"|(?:{_ZH}|半)(?:年|天|个?小时|个?月|分钟|公里|块|斤|米)多(?=$|[\s,，.。!！?？的了吧呢啊一点])",
        rf"{_EN}(?:\s?k)?(?:\sand)?(?:[\s-](?:(?:some\s)?odd|something(?! (?:else|like|about|for|in)))\b"
        rf"|-some\b|\ssome(?=\s{_LARGE}\b))(?:\s{_LARGE}\b)?",
        r"\b(?:low|mid|high|early|late|upper)[\s-]\d{1,3}0s\b",
        rf"{_EN}[\s-]?ish\s{_LARGE}\b",
        rf"\b(?:a\s)?(?:few|several|many|couple(?:\sof)?)\s{_LARGE}\b"
        rf"|\b(?:tens|dozens|hundreds)\sof\s(?:hundred|thousand|million|lakh)s\b",
        rf"\bgut\s{_FIGURES}(?<=\d\d)(?!\d)|{_FIGURES}(?<=\d)\sund\s(?:ein\spaar|etwas)\b"
        rf"|\b(?:ein\spaar|mehrere|einige)\s(?:hundert|tausend)\b",
        rf"{_FIGURES}(?<=\d)(?:\s?€|\s?euros?)?\set\s(?:quelques|des\spoussières)\b",
    )
)
"""Pattern of them, with the beginning of a range that ends in one; not of "about 20", which is a value."""
