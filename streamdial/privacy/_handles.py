"""Patterns of handles: e-mail however it is disguised, WeChat and QQ under the names filters made people invent."""

from __future__ import annotations

import re

from streamdial.patterns import compile_filtered
from streamdial.privacy._cues import UNIT, Rule, compile_rule, count_digits
from streamdial.privacy._spelling import Piece, Reading, replace_pieces

_TLD = r"(?:com|cn|net|org|edu|gov|co|io|me|uk|hk|tw|info|top|cc|de|fr|jp|ca|au)"
_MAILBOX = (
    r"(?:gmail|googlemail|outlook|hotmail|yahoo|icloud|live|msn|proton|protonmail|aol|gmx|qq|vip\.qq|foxmail|163|126"
    r"|139|189|yeah|sina|sohu|aliyun|mail|fastmail|zoho)"
)
_JOINT = r"\s(?:dot|underscore|dash|hyphen|点|下划线)\s"
_LOCAL = rf"(?<![a-z0-9._%+\-])[a-z0-9][a-z0-9._%+\-]{{0,63}}?(?:{_JOINT}[a-z0-9]{{1,30}}){{0,4}}"
_BRACKET_AT = r"\s?[\[(<{【]\s?(?:at|a|@|艾特|圈a)\s?[\])>}】]\s?"
_SIGN_AT = r"\s?(?:艾特|圈a|a圈|小老鼠|🐶|🐕)\s?"
_DOT = r"(?:\s?[.。]\s?|\s?[\[(<{【]\s?(?:dot|点|\.)\s?[\])>}】]\s?|\s+dot\s+|\s?点\s?|🐶|🐕)"
_HOST = r"[a-z0-9][a-z0-9\-]{0,62}"

# A mailbox told by words or letters standing apart: "theo dot marsh sixty two at yahoo dot co dot uk".
_SAID_NUMBER = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|double|triple|[a-z]+teen|eleven|twelve|[零一二三四五六七八九]+)"
)
_SAID_JOINT = r"(?:\s?(?:点|下划线|[中横]?杠|减号)\s?|\s?[._\-]\s?|\s(?:dot|underscore|dash|hyphen|minus)\s)"
_SAID_LOCAL = (
    rf"(?<![a-z0-9._%+\-])(?:[a-z0-9](?:\s[a-z0-9]){{2,20}}|[a-z0-9]{{1,30}})"
    rf"(?:{_SAID_JOINT}(?:[a-z0-9](?:\s[a-z0-9]){{2,20}}|[a-z0-9]{{1,30}})){{0,5}}(?:\s?{_SAID_NUMBER}(?![a-z])){{0,5}}"
)
_SAID_AT = (
    r"(?:\s?(?:艾特|圈a|a圈|圈|小老鼠|🐶|🐕|@+)\s?|\s(?:at(?:\ssign)?)\s|\s?[\[(<{【]\s?(?:at|a|@|艾特)\s?[\])>}】]\s?)"
)
_SAID_HOST = (
    r"(?:(?:新浪|网易|搜狐|腾讯|谷歌|雅虎|阿里云?)\s?(?:163|126|qq|mail)?|hot\s?mail|g\s?mail|out\s?look|i\s?cloud|proton\s?mail|ya\s?hoo|q\s?q"
    r"|fox\s?mail|一六三|幺六三|1\s6\s3|1\s2\s6|163|126|139|sina|sohu|yeah|live|zoho|aol|me|fast\s?mail|[a-z0-9\-]{2,30})"
)
_SAID_DOT = r"(?:\s?(?:点儿?|。|\.)\s?|\sdot\s|\s?[\[(<{【]\s?(?:dot|点|\.)\s?[\])>}】]\s?)"

_HEART = r"[❤♥💕💗💓💚💛💙💜🧡♡]\ufe0f?"
_WECHAT = (
    r"(?=[微威薇维围徽卫私vw绿小g])(?:微[\s/.·\-]?[信❤♥芯心]|[威薇维围徽][\s-]?[信芯心❤♥]|卫\s?[❤♥]|私我?薇|私[聊信]\s?[v薇]|[微薇威](?=\s?[:=])|[微薇威]我|wei\s?信|(?<![a-z])wei\s?xin(?![a-z])|(?<![a-z])w\s?信|[v微]\s?亻\s?言|(?<![a-z0-9])v[我加]|[微薇威]\s?x(?:in)?(?![a-z])|[微薇威卫]xin|v\s?[信芯]"
    rf"|(?<![a-z])[vw]\s?{_HEART}\s?[信x]?|[微薇威]\s?{_HEART}|绿泡泡|绿色?的?小?(?:软件|图标|标|app)|小绿|卫星号?|(?<![a-z])green\s(?:chat|bubble|icon|app|one)(?:\s?(?:app|icon))?(?![a-z])"
    r"|(?<![a-z])(?:v+[\s./]?x|vv+|w[\s./]?x|weixin|w\-?e[\s\-]?c\-?h\-?a\-?t)(?![a-z]))"
)
_MINE = r"(?:我的?(?:[薇微威]|v(?![a-z])))"
_ADD = (
    r"(?:(?:加|\+|➕|添加)\s?(?:个|我|一下|下)?\s?(?:v\s?x?|薇|微|威|w\s?x)(?!ip|a\d|1\d(?!\d{4})"
    r"|[a-z]*\s*(?:群|套餐)))"
)
_LINK = (
    r"(?:[^\w\n]|号码?|账号|帐号|(?:就?是我?的?|同)(?:手机|电话)号?|同号|同步|名片?|id|是|为|就是|搜索?|加我?|我|叫|呗|吧|哈|呀|聊|信|联系|添加|发|有|多少|一下"
    r"|is|number|handle|username|name|user|contact|add|it's|me|at|on|us|'s"
    r"|i'?m|i\s+am|i|go(?:es)?\s+by|called|known\s+as|under|search|look\s+for|find|my|as|has|ping|there|here)"
)
_STRONG = r"(?:[:=>→➡]|号码?|账号|帐号|id|是|为|搜索?|叫|handle\sis|username)"
_NOT_HANDLES = (
    r"(?!(?:iphone|ipad|android|windows|harmony|official|please|group|version|store|video|number|wechat|weixin|anyone"
    r"|account|message|public)(?![\w-]))"
)
_TAIL = r"(?:[a-z0-9_\-]|\.(?=[a-z0-9]))"
_END = r"(?![a-z0-9_\-])"
_HANDLE = rf"{_NOT_HANDLES}(?P<mask>[a-z]{_TAIL}{{4,19}}){_END}"
_SAME = r"\W{0,3}(?:it'?s\s|is\s|the\s)*same(?:\s(?:as|number|no|is|my|the|phone|mobile|cell|one)|\s?[,:]|\sit's)*\s?"
# Handles that zh speakers choose: syllables of pinyin.
_PINYIN = r"(?P<mask>(?=[a-z]{6,20}(?![a-z0-9_]))(?:(?:[zcs]h?|[bpmfdtnlgkhjqxryw])(?:[aeiouv]{1,3}(?:ng?|r)?)){2,7})"
_CHAT = (
    r"(?=[微威薇徽vw加找搜扫私联dc滴🛰绿asfphg])(?:[微威薇徽][\s/.·\-]?[信芯]?|(?<![a-z0-9\-])(?:v+x?|wx|wechat|weixin)(?![a-z0-9])|[加找搜扫][我加]?|私我?|联系(?=[我:➕+🛰])|dd我|滴滴我|🛰|绿泡泡|绿色"
    r"|(?<![a-z])(?:(?:add|search|find|ping|hit)\s?me|dm)(?![a-z])|green\sapp)"
)
_NUMBER = rf"(?P<mask>[1-9]\d{{5,12}}|1[3-9]\d[\s\-]\d{{4}}[\s\-]\d{{4}})(?![\d,.]\d|\d|{UNIT})"

_QQ = (
    r"(?=[q扣抠叩蔻口秋球丘k企鹅🐧加+➕我的事m进入群裙p])(?:(?<!奇瑞)(?<![a-z])q\s?q(?![a-z])|[扣抠叩蔻]\s?[扣抠叩蔻]|[扣抠](?=[\s:号]{0,2}\d[\d\s\-.]{6})|[扣口]我|口口|秋秋|球球|丘丘|(?<![a-z])(?:qiu){2}|(?<![a-z])(?:kou){2}|企鹅|鹅号|鹅\s?:|🐧"
    r"|(?:加|\+|➕|我的?|的|事)\s?q(?![a-z])|(?<![a-z])q[我:号]|my\s+q(?![a-z])|(?<![a-z0-9])q\s?[:号]|(?<![a-z0-9])q\s?(?=\d{7})|[q扣]\s?[群裙]|扣[的是]|[加进入][群裙]|[群裙]号|penguin(?:\s(?:app|id|number)){0,2})"
)


def _looks_chosen(match: re.Match[str]) -> bool:
    """Tell whether a handle has a digit or a joint, as plain words do not."""
    return count_digits(match["mask"]) >= 1 or "_" in match["mask"] or "-" in match["mask"][1:-1]


def _looks_chosen_word(match: re.Match[str]) -> bool:
    handle = match["mask"]
    return handle == handle.lower() and len(handle) >= 7 and _looks_chosen(match)


def _looks_told(match: re.Match[str]) -> bool:
    handle = match["mask"]
    cased = handle != handle.upper() and re.search(r"\d{3}", handle) and len(handle) >= 7
    return _looks_joined(match) or bool(cased)


def _has_letter(match: re.Match[str]) -> bool:
    """Tell a handle, however short, from a mere number."""
    return len(re.findall(r"[a-z0-9]", match["mask"], re.IGNORECASE)) >= 3 and bool(
        re.search(r"[a-z]", match["mask"], re.IGNORECASE)
    )


def _looks_coded(match: re.Match[str]) -> bool:
    return count_digits(match["mask"]) >= 2 or "_" in match["mask"]


def _looks_joined(match: re.Match[str]) -> bool:
    """Tell a handle after loose words from a product: lower case with a joint, or letters and four digits."""
    handle = match["mask"]
    digits = count_digits(handle)
    coded = "_" in handle or digits >= 4 or (digits == 3 and len(handle) >= 7)
    return handle == handle.lower() and coded and not handle.startswith("iphone")


def _is_told_as_mail(match: re.Match[str]) -> bool:
    """Tell "ann.lee at firm.com" and "mail ann at firm.com" from "look at firm.com"."""
    local = re.split(r"[\s@#]", match[0], maxsplit=1)[0]
    before = match.string[max(0, match.start() - 30) : match.start()].lower()
    return bool(re.search(r"[\d._\-]", local) or re.search(r"mail|send|reach|write|contact|邮|发", before))


def _is_said_mail(match: re.Match[str]) -> bool:
    """Tell who says a mailbox from who is "at booking dot com"."""
    local = re.split(r"\sat\s", match[0], maxsplit=1)[0]
    return bool(local == match[0]) or _NO_MAILBOX.fullmatch(local) is None


HANDLE_RULES: tuple[Rule, ...] = (
    Rule(
        "EMAIL",
        compile_rule(
            rf"{_SAID_LOCAL}{_SAID_AT}{_SAID_HOST}(?:{_SAID_DOT}[a-z0-9]{{2,20}})?{_SAID_DOT}{_TLD}(?:{_SAID_DOT}(?:cn|uk|au|hk|tw|jp))?(?![a-z])"
        ),
        _is_said_mail,
    ),
    Rule(
        "EMAIL", compile_rule(r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){0,4}\.[a-z]{2,24}")
    ),
    Rule("EMAIL", compile_rule(rf"{_LOCAL}{_BRACKET_AT}{_HOST}(?:{_DOT}[a-z]{{2,24}}){{1,3}}(?![a-z])")),
    Rule("EMAIL", compile_rule(rf"{_LOCAL}(?:{_SIGN_AT}|@){_HOST}(?:{_DOT}{_TLD}){{1,2}}(?![a-z])")),
    Rule(
        "EMAIL",
        compile_rule(
            rf"(?<![a-z0-9._])[a-z0-9](?:[a-z0-9._\-·]{{0,40}})@{_HOST}(?:[·,，、。;；:]\s?{_TLD}){{1,2}}(?![a-z])"
        ),
    ),
    Rule("EMAIL", compile_rule(rf"{_LOCAL}\s@\s?{_HOST}(?:{_DOT}{_TLD}){{1,2}}(?![a-z])")),
    Rule(
        "EMAIL",
        compile_rule(
            rf"{_LOCAL}(?:\s+at\s+|[_\-]at[_\-]|\s?#\s?|\s?\*\s?|@\s?){_MAILBOX}(?:(?:{_DOT}|[_\-]dot[_\-]|,){_TLD}){{1,2}}(?![a-z])"
        ),
    ),
    Rule("EMAIL", compile_rule(rf"{_LOCAL}\s+at\s+{_HOST}(?:\.{_TLD}){{1,2}}(?![a-z])"), _is_told_as_mail),
    Rule(
        "EMAIL",
        compile_rule(rf"{_LOCAL}\s?[@#]\s?(?=\w*[a-z]){_HOST}(?:\s?\.\s?[a-z]{{2,6}}){{1,3}}(?![a-z])"),
        _is_told_as_mail,
    ),
    Rule("WECHAT", compile_rule(rf"(?<![a-z0-9])wxid_[a-z0-9]{{6,24}}{_END}")),
    Rule("WECHAT", compile_rule(rf"(?:{_WECHAT}|{_ADD}|{_MINE}){_LINK}{{0,10}}{_HANDLE}"), _looks_chosen),
    Rule("WECHAT", compile_rule(rf"(?<![a-z0-9])v\s?[:=.+]\s?{_HANDLE}"), _looks_chosen),
    Rule("WECHAT", compile_rule(rf"(?<![a-z0-9.])[vw]\s{_HANDLE}"), _looks_coded),
    Rule(
        "WECHAT", compile_rule(rf"(?<![a-z])(?:vx|wx|wechat|weixin)(?P<mask>[a-z]{_TAIL}{{4,19}}){_END}"), _looks_coded
    ),
    Rule("WECHAT", compile_rule(rf"{_WECHAT}{_LINK}{{0,6}}?{_STRONG}\s?{_HANDLE}")),
    Rule("WECHAT", compile_rule(rf"{_WECHAT}(?!支付|小程序)[^a-z0-9\n]{{1,16}}{_HANDLE}"), _looks_joined),
    Rule(
        "WECHAT",
        compile_rule(
            rf"(?<![a-z0-9_\-])(?P<mask>[a-z]{_TAIL}{{4,19}})[\s(,]{{0,2}}(?:这?就?是?我的?|(?:that'?s|is)\smy|on(?:\smy)?)?\s?(?:[微威薇]信|vx|wx|wechat|weixin)(?![a-z])"
        ),
        _looks_coded,
    ),
    Rule("WECHAT", compile_rule(rf"(?:(?<![a-z0-9])v{{1,3}}[我\s:,，+]{{0,3}}|[微薇威]信?[\s:,，]{{0,2}}){_PINYIN}")),
    Rule(
        "WECHAT",
        compile_rule(
            r"(?:[微薇威]|(?<![a-z0-9])v+x?(?![a-z0-9])|wx|wechat)[^\n]{0,24}?(?<![a-z0-9])(?P<mask>[a-z]{1,6}_?1[3-9]\d{9})(?!\d)"
        ),
    ),
    Rule("WECHAT", compile_rule(rf"{_CHAT}(?:[^a-z0-9\n]|on\s|at\s|i'?m\s|as\s){{0,14}}{_HANDLE}"), _looks_told),
    Rule(
        "WECHAT",
        compile_rule(
            rf"(?<![a-z0-9_\-@.])(?P<mask>[a-z]{_TAIL}{{4,19}}){_END}[^a-z0-9\n]{{0,8}}(?:(?:in|on|is|my|that'?s)\s){{0,3}}"
            r"(?:[微威薇]|(?<![a-z0-9])(?:v|vx|wx|wechat|weixin)(?![a-z0-9]))"
        ),
        _looks_chosen_word,
    ),
    Rule(
        "WECHAT",
        compile_rule(
            r"(?:[微薇威][信芯]|绿泡泡|wechat|(?<![a-z])(?:vx|wx))[^a-z0-9\n]{0,4}(?:sure|id|号|是|[\s:,，?]){0,6}(?P<mask>[a-z0-9](?:[\s、,，\-.][a-z0-9零一二三四五六七八九幺两洞](?![a-z0-9])){4,19})"
        ),
    ),
    Rule(
        "WECHAT",
        compile_rule(
            rf"{_WECHAT}{_LINK}{{0,8}}(?P<mask>(?:(?:大写|小写|数字)?[a-z0-9]{{1,12}}(?:\s?(?:下划线|[横中]?杠|点|然后|[\s、,，])\s?|(?=大写|小写))){{1,6}}"
            r"(?:大写|小写|数字)?(?:[\u4e00-\u9fff]{2,3}下划线)?[a-z]{0,8}\d{2,12})(?![a-z0-9])"
        ),
        _has_letter,
    ),
    Rule("WECHAT", compile_rule(rf"(?<![a-z])v我\s?(?P<mask>[a-z]{_TAIL}{{5,19}}){_END}")),
    Rule(
        "WECHAT",
        compile_rule(
            rf"(?:加|找|搜|是)[^a-z0-9\n]{{0,6}}{_HANDLE}[^a-z0-9\n]{{0,14}}(?:[微威薇]信|(?<![a-z])(?:vx|wx|wechat)(?![a-z]))"
        ),
        _looks_coded,
    ),
    Rule("WECHAT", compile_rule(rf"(?<![a-z])my\s+(?:wechat|weixin)\s+is\s+{_HANDLE}")),
    Rule(
        "WECHAT",
        compile_rule(
            rf"(?:微\s?信|[威薇维围徽]信|v信|(?<![a-z])(?:vx|wx)|{_ADD}(?![a-z])){_LINK}{{0,8}}"
            rf"{_NOT_HANDLES}(?P<mask>[a-z]{_TAIL}{{5,19}}){_END}"
        ),
    ),
    Rule(
        "WECHAT",
        compile_rule(
            rf"(?<![a-z0-9_\-])(?P<mask>[a-z]{_TAIL}{{5,19}})\s?\((?:[微威薇]信|vx|wx|wechat|weixin)(?:号|id)?\)"
        ),
    ),
    Rule("WECHAT", compile_rule(rf"(?:{_WECHAT}|{_ADD})(?:{_LINK}{{0,8}}|{_SAME}){_NUMBER}")),
    Rule("WECHAT", compile_rule(r"(?<![a-z0-9.])v\s?[:=]?\s?(?P<mask>1[3-9]\d{9})(?!\d)")),
)
"""Rules for handles with letters; they hold for the text as it is written."""

_QQ_NUMBER = (
    r"(?P<mask>[1-9]\d{4,11}(?!\s\d{4,6}(?!\d))"
    r"|[1-9]\d{0,5}(?:(?:[\s\-.*·]|[,，、\s]{0,2}(?:后[面边]|然后|再|接着|最后)是?\s?)\d{1,6}){1,11})"
)
_QQ_END = rf"(?![\d,.]\d|\d|@|{UNIT})"


_OTHER_NUMBER = compile_filtered(
    r"电话|手机|座机|微信|音乐|视频|播放|飞车|单号|订单|券|价|卡号|身份证|[元块万￥¥$]|call|phone|cell|text|order|wechat|price",
    re.IGNORECASE,
)


def _is_qq(match: re.Match[str]) -> bool:
    groups = re.findall(r"\d+", match["mask"])
    single = sum(len(group) == 1 for group in groups)
    shaped = single <= (len(groups) > 2) or single == len(groups)
    if re.search(
        r"insurance|(?<![a-z])ni(?![a-z])", match.string[max(0, match.start() - 20) : match.start()], re.IGNORECASE
    ):
        return False
    return shaped and 5 <= count_digits(match["mask"]) <= 12 and _is_varied(match)


def _is_varied(match: re.Match[str]) -> bool:
    """Tell a number from laughter (23333333), applause (66666666) and round amounts; 66668888 is a number."""
    digits = re.sub(r"\D", "", match["mask"])
    few = len(set(digits)) == 2 and len(digits) > 6 and re.search("^2+3+$|0000$", digits) is None
    return len(set(digits)) > 2 or few


def _is_long_qq(match: re.Match[str]) -> bool:
    between = match.string[match.start() : match.start("mask")]
    return 7 <= count_digits(match["mask"]) <= 12 and _is_varied(match) and not _OTHER_NUMBER.search(between)


QQ_RULES: tuple[Rule, ...] = (
    Rule(
        "QQ",
        compile_rule(
            rf"{_QQ}(?:群|裙|号码?|账号|帐号|id|是|为|我|前[面边半]|number|is|'s|[^\w\n])*{_QQ_NUMBER}{_QQ_END}"
        ),
        _is_qq,
    ),
    Rule(
        "QQ",
        compile_rule(
            rf"(?:(?<!奇瑞)(?<![a-z])q\s?q(?![a-z])|[扣抠]\s?[扣抠]|企鹅|🐧|q群)[^\d\n]{{1,24}}?"
            rf"(?!1[3-9]\d{{9}}(?!\d)){_QQ_NUMBER}{_QQ_END}"
        ),
        _is_long_qq,
    ),
    Rule(
        "QQ",
        compile_rule(
            r"(?<![\d.])(?P<mask>[1-9]\d{6,11}|[1-9]\d{1,4}(?:[\s\-.]\d{2,5}){1,4})[\s,(]{0,2}(?:(?:就?是|这个?是?|我的?|is|on|in|my|the|that'?s|<?[\-=←<]+|加)\s?){0,4}"
            r"(?:q\s?q(?!音乐|飞车)|q(?=[号群])|扣扣|企鹅|秋秋|球球)(?![a-z])"
        ),
        _is_long_qq,
    ),
)
"""Rules for numbers that only the word before them tells apart."""

_SHORT_JOIN = re.compile(r"(?<![a-z0-9'’])[a-z](?:\s(?:[a-z]|\d{1,12})(?![a-z0-9])){2,}", re.IGNORECASE)
_ALNUM_BEFORE = r"(?<=[a-z0-9_])"
_SIGN_WORDS = compile_filtered(
    rf"{_ALNUM_BEFORE}\s?(?P<under>下划线|\sunderscore\s)\s?(?=[a-z0-9])"
    rf"|{_ALNUM_BEFORE}\s?(?P<dash>中?横?杠|减号|\s(?:dash|hyphen)\s)\s?(?=[a-z0-9])"
    rf"|(?P<bracket>(?<=[a-z0-9])\s?[\[(<{{【]\s?(?:at|a|@|艾特|圈a?)\s?[\])>}}】]\s?(?=[a-z0-9]))"
    rf"|(?P<sign>(?<=[a-z0-9])\s?(?:艾特|圈a|a圈|圈|@{2, 3}|\s?at[\s\-]sign|小老鼠|🐶|🐕)\s?(?=[a-z0-9]))"
    rf"|(?P<dot>(?<=[a-z0-9])(?:\s?[\[(<{{【]\s?(?:dot|点|\.)\s?[\])>}}】]\s?(?=[a-z0-9])"
    r"|(?<=[a-z])(?:\s?点\s?|\s+dot\s+)(?=[a-z0-9])|(?:\s?点\s?|\s+dot\s+)(?=[a-z])))",
    re.IGNORECASE,
)
_SPOKEN_AT = compile_filtered(
    r"(?<=[a-z0-9])\s+at\s+(?=[a-z0-9\-]{2,40}(?:\s+dot\s+[a-z0-9\-]{2,40}){0,2}\s+dot\s+[a-z]{2,6}(?![a-z]))",
    re.IGNORECASE,
)


# Who logs in at a site dot com names no mailbox.
_NO_MAILBOX = re.compile(
    r"(?:in|on|up|out|off|us|me|you|it|is|are|was|be|t?here|live|online|back|look(?:ing)?|see|meet|find|found|book|visit"
    r"|check|log|sign|order|get|shop|buy|stream(?:ing)?|available|website|page|team|work(?:s|ing)?|store|menu)",
    re.IGNORECASE,
)


def read_handle(text: str) -> Reading | None:
    """Read the signs of handles and mailboxes told by words (下划线, dot, 艾特) and letters written apart.

    Args:
        text: Text with full-width characters folded.

    Returns:
        None where nothing is told so.
    """
    pieces: list[tuple[int, int, list[Piece]]] = []
    for match in _SHORT_JOIN.finditer(text):
        parts = match[0].split()
        if sum(part.isalpha() for part in parts) < 2 and any(len(part) > 1 for part in parts):
            continue
        for blank in re.finditer(r"\s", match[0]):
            pieces.append((match.start() + blank.start(), match.start() + blank.end(), []))
    for match in _SPOKEN_AT.finditer(text):
        local = re.split(r"[^\w.+\-]", text[max(0, match.start() - 40) : match.start()])[-1]
        if _NO_MAILBOX.fullmatch(local):
            continue
        pieces.append((*match.span(), [("@", *match.span())]))
    for match in _SIGN_WORDS.finditer(text):
        sign = {"under": "_", "dash": "-", "dot": "."}.get(str(match.lastgroup), "@")
        pieces.append((*match.span(), [(sign, *match.span())]))
    if not pieces:
        return None
    plain, begins, ends = replace_pieces(text, pieces)
    return Reading(plain, begins, ends, [])
