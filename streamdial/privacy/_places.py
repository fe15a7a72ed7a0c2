"""Patterns of number plates and of street addresses that may be a person's, in zh and en."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streamdial.patterns import compile_filtered
from streamdial.privacy._cues import Rule
from streamdial.privacy._plates import PLATE_RULES, SMALL
from streamdial.privacy._plates import ZH_PLATE_RULES as ZH_PLATE_RULES

_UNIT = r"(?:Apt|Apartment|Unit|Suite|Ste|Flat|Room|Rm|House|Villa)"
_SURE = "Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Terrace|Parkway|Pkwy|Crescent"
_MAYBE = (
    "Drive|Dr|Court|Ct|Place|Pl|Way|Square|Sq|Close|Circle|Cir|Trail|Row|Mews|Gardens|Grove|Hill|Parade|Pike|Walk|Quay"
    "|Rise|Plaza|Alley|Loop|Ridge|Path"
)
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|(?:[A-Z]{2,3}\s)?\d{5}(?:-\d{4})?"
    r"|[A-Z]{2,3}\s\d{4})"
)
_TOWN = r"[A-Z][a-z]{1,20}(?:\s[A-Z][a-z]{1,20}){0,2}"
_FLAT = (
    rf"(?:(?i:{_UNIT}\.?|Floor|Level|Building|Bldg|Tower|Block|Desk|Bed|Dorm|Door|Lot|Buzzer|Staircase)\s*#?\s?(?=\w*\d|[A-Z](?!\w))\w{{1,6}}(?![\w])|(?i:Street|Avenue|Cluster|Phase)\s\d{{1,3}}[A-Za-z]?(?!\w)|(?:top|bottom|side)\s(?:bell|buzzer)|#\s?\w{{1,6}}(?:-\d{{1,4}})?"
    r"|(?i:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|top|ground)\s+(?i:floor))"
)
_FRONT = (
    rf"(?:(?:(?:{_FLAT}(?:,\s*|\s+|/)){{1,3}}|\d{{1,4}}[A-Za-z]?/)"
    r"(?:[A-Z][a-z]{2,15}\s(?:House|Court|Building|Tower|Lodge),\s*)?)?"
    r"(?:(?:The\s)?(?:[A-Z][a-z']{2,15}\s){0,2}(?:House|Court|Building|Tower|Lodge|Cottage|Farm|Barn|Bakery|Mill|Villa|Hall|Manor"
    r"|Vicarage|Rectory|Chapel|Croft|Grange|Stables|Apartments|Residences|Heights|Towers),\s*)?"
)
_STATE = r"[A-Z]{2,3}(?![A-Za-z\d])"
_LAST = rf"(?:\s+(?:{_POSTCODE}|{_STATE}(?:\s\d{{4,5}})?))?"
_TAIL = (
    rf"\.?(?:\s(?:[NSEW]|NE|NW|SE|SW)\b)?(?:\s?,\s*(?:{_FLAT}|{_TOWN}{_LAST}|{_POSTCODE}|{_STATE}{_LAST})|\s+{_FLAT}"
    rf"|\s+{_POSTCODE})*(?!\w)(?!\s+(?:Food|Trips?|Edition|Test|Tires?|Show|Series|Version|Rac(?:e|ing)|Style)\b)"
)
_LOWER_TOWN = rf"(?:,\s*[a-z]{{3,15}}(?:\s[a-z]{{3,15}})?,?\s+(?:(?i:{_POSTCODE})|[a-z]{{2}}(?:\s\d{{5}})?)(?!\w))?"
_NUMBER = (
    rf"(?:\d{{1,5}}[A-Za-z]?|(?i:(?:(?:{SMALL})\s)?(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[\s\-](?:{SMALL}))?|{SMALL}|ten|eleven|twelve"
    r"|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)(?:\s(?i:hundred))?)"
)
# Before a number and a name that says not what kind of street it is.
_EN_HOME = (
    r"(?i:\b(?:(?:i|we|he|she|they)\s+(?:live|lives|stay)|i'?m\s+(?:living|staying)|my\s+(?:home|house|place|flat|apartment|door)"
    r"|our\s+(?:home|house|place|flat)|address|home(?=(?:'s)?\s+(?:is|at)\b)|ship|deliver(?:ed|y)?|send|mail|post"
    r"|pick(?:ed|ing)?(?:\s+(?:me|us|it|him|her|them))?[\s\-]?up|collect|drop(?:[\s\-]off)?|bring|moved)\b[^.!?\n\d]{0,24}?(?:\s(?:at|on|to|from|is|for|of)|[:,]|here|'s)\s+)"
)
_EN_CUE = (
    r"(?i:\b(?:deliver(?:y|ed)?|ship|send|drop|bring|mail|post|goes|we(?:'re|\sare)|i'?m|live[sd]?|living|staying|moved|address|home|dorm|office|pick\s?up"
    r"|find\sme|parcel|package)\b[^.!?\n\d]{0,28}?(?:\s(?:at|to|in|from|is|for|of|over)|[:,]|here|'s)\s+)"
)
_BUILDING = r"[A-Z][\w']{2,20}(?:\s[A-Z][\w']{1,20}){0,3}"
_NO_STREET = (
    r"(?!\w+s\b(?!\s[A-Z]))(?!(?:[A-Z]\w*\s){0,2}(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday"
    r"|Wednesday|Thursday|Friday|Saturday|Sunday|Weeks?|Days?|Hours?|Minutes?|Miles?|Nights?|People|Guests?|Adults?|Kids?|Friends?"
    r"|Tables?|Rooms?|Countries|Stars?|Model|Series|Mall|AM|PM|Dollars?|Pounds?|Euros?|Pieces?|Inch(?:es)?|Boxes|Bags|Sets?)\b)"
)
_STREET = (
    r"(?:(?:The|Rue|Via|Calle|Rua|Piazza)\s(?:(?:des?|du|di|del|della|la|las|los|les|do|da)\s){0,2})?"
    r"[A-Z][\w']{2,20}(?:\s[A-Z][\w']{1,20}){0,2}"
)
_NAME = r"(?:[A-Z][\w'.]{0,20}|\d{1,3}(?:st|nd|rd|th))"
_ANY_NAME = r"(?!(?i:my|your|our|the|this|that|a)\s)(?:[A-Za-z][\w'.]{0,20}|\d{1,3}(?:st|nd|rd|th))"
_SIDE = r"(?:[NSEW]\.?\s+|(?:North|South|East|West)\s+)?"
_BORDER = r"(?<![\w,.$€£¥/])"
_EN_PERSONAL = (
    r"\b(?:i\s+live|we\s+live|living|lives|i'?m\s+(?:living|staying)|my\s+(?:home|house|place|flat|apartment|address|door)"
    r"|(?:home|shipping|delivery|billing)\s+address|address\s+is|home(?:'s)?\s+(?:is|at)|installed|bring|moved\s+to|ship(?:ped)?|deliver(?:ed|y)?|send|sent|mail|parcel|collect|come\s+(?:to|by)|drop"
    r"|pick\s+(?:me|us|it|him|her|them|the\s+\w+)\s+up|pick\s*up|tow)\b[^.!?\n]{0,28}?"
)
_EN_BUSINESS = compile_filtered(
    r"\b(?:showroom|shop|store|hotel|restaurant|dealership|branch|office|located|location|venue|outlet|workshop|garage"
    r"|we(?:'re|\s+are)\s+(?:at|on|located|open)|find\s+us|visit\s+us|our\s+address|station|museum|bar|cafe|diner)\b[^.!?\n]{0,28}$",
    re.IGNORECASE,
)
PERSONAL_EN = compile_filtered(_EN_PERSONAL + r"$", re.IGNORECASE)


def _is_own_box(match: re.Match[str]) -> bool:
    """Tell a box that has a town or is told as one's own; the others take letters for a firm."""
    before = match.string[max(0, match.start() - 48) : match.start()]
    return "," in match["mask"] or PERSONAL_EN.search(before) is not None


def _is_home(match: re.Match[str]) -> bool:
    number = re.match(r"\d+", match["mask"])
    if number is not None and 1985 <= int(number[0]) <= 2040:
        return False
    before = match.string[max(0, match.start("mask") - 48) : match.start("mask")]
    return not _EN_BUSINESS.search(before) or PERSONAL_EN.search(before) is not None


PLACE_RULES: tuple[Rule, ...] = (
    *PLATE_RULES,
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_BORDER}(?P<mask>(?i:P\.?\s?O\.?\s+Box)\s+\d{{1,6}}(?:,\s*{_NUMBER}\s(?:{_NAME}\s){{1,3}}(?:{_SURE}))?(?:,\s*{_TOWN})?(?:,?\s*{_POSTCODE})?)(?!\w)"
        ),
        _is_own_box,
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_BORDER}(?i:Blk|Block)\s?\d{{1,4}}[A-Za-z]?,?\s{_TOWN},?\s#\d{{1,3}}-\d{{1,4}}[A-Za-z]?(?:,?\s(?:S\(?\d{{6}}\)?|{_POSTCODE}))?(?!\w)"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"(?i:{_EN_PERSONAL}){_BORDER}(?P<mask>\d{{1,5}}\s+(?i:(?:county|state)\s+road|highway|hwy|route|rte)\s\d{{1,4}}{_TAIL})"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_BORDER}(?P<mask>{_FRONT}\d{{1,5}}[A-Za-z]?\s+{_SIDE}(?:{_NAME}\s+){{1,4}}(?:{_SURE}){_TAIL})"
        ),
        _is_home,
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_BORDER}(?P<mask>{_FRONT}\d{{1,5}}[A-Za-z]?\s+{_SIDE}(?:{_NAME}\s+){{1,3}}(?:{_MAYBE})\.?"
            rf"(?=,|\s+{_FLAT}|\s+{_POSTCODE}){_TAIL})(?<!Close)(?<!Place)(?<!Way)(?<!Drive)(?<!Court)(?<!Square)"
        ),
        _is_home,
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"(?i:{_EN_PERSONAL}){_BORDER}(?P<mask>{_FRONT}\d{{1,5}}[A-Za-z]?\s+(?:{_ANY_NAME}\s+){{1,4}}"
            rf"(?i:{_SURE}|{_MAYBE}){_TAIL}{_LOWER_TOWN})"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_EN_CUE}{_BORDER}(?P<mask>(?:{_FLAT}[,\s]{{1,2}}){{1,3}}(?:{_NUMBER}\s)?{_BUILDING}(?:[,\s]{{1,2}}(?:{_FLAT}|{_POSTCODE}|{_TOWN}))*)(?!\w)"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_EN_CUE}{_BORDER}(?P<mask>(?:{_NUMBER}\s)?{_BUILDING},?\s{_FLAT}(?:[,\s]{{1,2}}(?:{_FLAT}|{_POSTCODE}|{_TOWN}))*)(?!\w)"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_EN_HOME}{_BORDER}(?P<mask>{_FRONT}{_NUMBER}\s(?:{_ANY_NAME}\s){{1,3}}(?i:{_SURE}|{_MAYBE}){_TAIL}{_LOWER_TOWN})"
        ),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(rf"{_EN_CUE}{_BORDER}(?P<mask>{_NUMBER}\s{_BUILDING},\s{_TOWN},?\s{_POSTCODE})(?!\w)"),
    ),
    Rule(
        "ADDRESS",
        compile_filtered(
            rf"{_EN_HOME}{_BORDER}(?P<mask>(?:(?:The\s)?{_TOWN},\s*)?{_FRONT}{_NUMBER}\s(?:bis\s|ter\s)?{_SIDE}{_NO_STREET}{_STREET}{_TAIL})(?=[,.;:!?)]|$|\s+[a-z—\-&])"
        ),
    ),
)
"""Plates and English addresses."""

_DIGIT = r"A-Za-z0-9一二三四五六七八九十零〇"
_ROOM = (
    rf"(?:\s?(?:[东西南北中]头)?(?:[0-9](?:\s[0-9]){{1,3}}|[{_DIGIT}甲乙丙丁]{{1,5}})\s?"
    r"(?:号楼|号院|栋|幢|座|舍|排|单元|层|楼|室|户|门|梯|房|弄|号|工位|车位|床|铺|[#＃]楼?))"
)
_BARE_ROOM = r"(?:\s?-?\s?(?:[0-9]{3,4}(?![0-9])|[0-9](?:\s[0-9]){2,3})室?|\s?[一二三四五六七八九零〇]{3,4}室?)"
_DASHED = r"(?:[0-9]{1,3}-(?:[0-9]{1,2}-[0-9]{1,4}|[0-9]{3,4})(?![0-9\-]))"
_PHASE = rf"(?:[东南西北中]?[{_DIGIT}]{{0,2}}\s?(?:期|区|组团))?\s?"
# What may follow a house number: rooms, and further names that lead to a building or room.
_MORE = re.compile(
    rf"(?:[\s,，、\-]{{0,2}}(?:[东西南北]侧[0-9]{{1,3}}工位|(?:工位|车位|床位)[A-Za-z]?-?[0-9]{{1,4}}|[A-Za-z][0-9]?-[0-9]{{1,4}}(?:车位|工位)?|地下[0-9一二三]层|大?院|附[0-9]{{1,3}}号|{_ROOM}|{_DASHED}|(?<=[栋幢座楼层元门梯室号院#塔])[A-Za-z]?{_BARE_ROOM}"
    rf"|(?:[\u4e00-\u9fff]{{2,12}}?(?:[东南西北][塔座楼]|{_PHASE}))(?={_ROOM}|{_DASHED}|[0-9]{{3,4}}(?![0-9元块万]))(?:[0-9]{{3,4}})?)){{1,12}}"
)
_ROAD = compile_filtered(
    r"(?:大道|大街|胡同|[路街巷弄道条])(?:[东南西北中一二三四五六]段)?\s?[甲乙丙丁]?"
    r"(?P<number>[0-9](?:\s?[0-9]){0,4}(?:-[0-9]{1,4})?|[一二三四五六七八九十百零〇]{1,6})\s?(?:支?弄\s?(?:[0-9]{1,4}|[一二三四五六七八九十百零〇]{1,5})\s?){0,2}[号#][楼院甲乙丙丁]?"
)
_HOME = compile_filtered(
    rf"(?P<estate>小区|家属院|学生公寓|社区|花园|公寓|家园|新村|苑|府|庭|湾|邸|大厦|[里坊庄园](?=[{_DIGIT}东南西北])|城)?{_PHASE}(?<![A-Za-z0-9])"
    rf"(?:(?P<number>[A-Za-z]?[0-9]{{1,3}}|[A-Za-z](?=[座栋幢])|[一二三四五六七八九十]{{1,3}})\s?(?:号楼|栋|幢|座|舍|排|号院|门|#楼?)(?:\s?[东西南北中]头)?(?:{_ROOM}|{_BARE_ROOM})|{_DASHED})"
    rf"|(?:别墅|小区|花园|家园|新村|山庄|公馆|苑|墅){_PHASE}[0-9]{{1,3}}号(?![楼线店门])"
    r"|(?:苑|庭|府|小区|花园|大厦|公寓|广场)(?:地下[一二三0-9]层|负[一二三0-9]层)\s?[A-Za-z]?[0-9]?-?[0-9]{1,4}号?车位"
    r"|[村屯庄寨][\u4e00-\u9fff]{0,4}[组队社]\s?[0-9]{1,4}号"
    r"|[村屯庄寨](?:[0-9一二三四五六七八九十]{1,3}\s?[组队社]\s?)?[0-9一二三四五六七八九十]{1,4}(?:号|[组社](?![0-9]))"
)
_BEFORE = re.compile(r"(?:[\u4e00-\u9fff]{3,12}[0-9]{1,2}号|[\u4e00-\u9fff]{1,24}(?:[0-9]{1,4})?)$")
_REGIONS = re.compile(r"(?:[\u4e00-\u9fff]{1,14}(?:省|市|州|盟|旗|区|县|镇|乡|村|街道|路|街)[\s,，\-·/]{1,2}){1,6}$")
_LEAD = re.compile(
    r".*(?:收件人?|收货|住在|家在|地址是|地址|住址|位于|[寄送](?:到|给|往|去|至)|(?:发货|配送|送餐|外送|送货)[到至]?|快递[寄送到]|我家|我住"
    r"|我们小区|搬到|老家|家里|家住|就在|在|到|去|写|是|的|我|[寄送住])"
)
_PERSONAL_ZH = compile_filtered(
    r"我家|我住|家住|住在|家在|住址|家庭地址|家里|老家|收货|收件|[寄送](?:到|给|往|去|至)|[寄送住]$|快递|发到|发货|配送|送餐|外送|送货"
    r"|上门|收件|收货|本人|接我|来接|取车|搬到|我们小区|外卖|配送|洗车|宿舍|我[妈爸]|爸妈|奶奶|外婆|婆婆|丈母娘"
)
_PERSONAL_AFTER = re.compile(r"[^。!?\n]{0,6}(?:接我|取车|上门|我家|外卖|送上|下午茶|寄这|能送|送过来|送吗|是我)")
_BUSINESS_ZH = re.compile(r"店|酒店|餐厅|展厅|公司|中心|营业|总部|门市|宾馆|饭馆|商场|导航|你们|房间")
_REGION = re.compile(r"[省市区县镇乡村]")


def find_zh_addresses(text: str, *, keep_public: bool) -> Iterator[tuple[int, int]]:
    """Yield the spans of street addresses with house numbers that may be a person's.

    An address told as a business's own (门店在……) stays. A bare "路 + number + 号" with a number up to 31 is more often
    a date and stays too, unless a region or a personal word stands before it. A building and room without a road is
    an address below an estate's name or after a personal word. Regions before the name and buildings, units and rooms
    after the number belong to the address.

    Args:
        text: Text with full-width characters folded.
        keep_public: Whether an address with neither room nor personal word stays, as on a business's page.
    """
    last = 0
    for match, is_road in sorted(
        [(match, True) for match in _ROAD.finditer(text)] + [(match, False) for match in _HOME.finditer(text)],
        key=lambda found: found[0].start(),
    ):
        if match.start() < last or (start := _find_start(text, match)) is None:
            continue
        more = _MORE.match(text, match.end())
        end = more.end() if more else match.end()
        context = text[max(0, start - 14) : start]
        personal = bool(_PERSONAL_ZH.search(context) or _PERSONAL_AFTER.match(text, end))
        if is_road:
            stays = not personal and _is_public(text, start, match, bool(more), keep_public)
        else:
            # The hotel's own buildings and rooms are spoken of like homes.
            business = _BUSINESS_ZH.search(text, start, match.start()) or (
                not personal and _BUSINESS_ZH.search(context)
            )
            stays = bool(business) or not (personal or match["estate"] or _REGION.search(text, start, match.start()))
        if not stays:
            last = end
            yield start, end


def _is_public(text: str, start: int, match: re.Match[str], exact: bool, keep_public: bool) -> bool:
    """Tell whether an address told without a personal word is a business's, or no address but a date."""
    if _BUSINESS_ZH.search(text, max(0, start - 14), start) or (keep_public and not exact):
        return True
    number = match["number"]
    if exact or _REGION.search(text, start, match.start()):
        return False
    return (number.isdigit() and int(number) <= 31) or len(number) == 1


def _find_start(text: str, match: re.Match[str]) -> int | None:
    """Return where the name of the place before a house number begins; None where no name stands there."""
    before = _BEFORE.search(text, max(0, match.start() - 24), match.start())
    if before is None:
        return None
    lead = _LEAD.match(before[0])
    start = before.start() + (lead.end() if lead else 0)
    if start >= match.start():
        return None
    if start == before.start() and (regions := _REGIONS.search(text, max(0, start - 48), start)):
        lead = _LEAD.match(re.split(r"[\s,，\-·/]", regions[0], maxsplit=1)[0])
        start = regions.start() + (lead.end() if lead else 0)
    return start
