"""Patterns of accounts on other networks (抖音号, Telegram, Line ID): names somebody can be found by."""

from __future__ import annotations

import re

from streamdial.patterns import compile_filtered
from streamdial.privacy._cues import UNIT, Rule, compile_rule, count_digits

_ZH = r"(?:抖音|快手|小红书|红薯|微博|陌陌|钉钉|飞书|探探|闲鱼|知乎|[b哔]站|贴吧|支付宝|电报|纸?飞机|推特|脸书|油管)"
_RARE = (
    r"(?:insta(?:gram)?|snap(?:chat)?|telegram|discord|skype|kakao(?:talk)?|viber|twitter|tiktok|facebook|whats\s?app"
    r"|weibo|douyin|linkedin|venmo|cash\s?app)"
)
_EN = rf"(?<![a-z])(?:{_RARE}|ig|ins|tg|tele|fb|line|signal|threads|reddit|twitch|steam|psn|xbox|paypal|zelle)(?![a-z])"
_NETWORK = rf"(?:{_ZH}|{_EN})"
_ID_WORD = r"(?:号码?|账号|帐号|账户|用户名|昵称|(?<![a-z])(?:id|handle|user\s?name|account|tag)(?![a-z]))"
_SAYS = r"(?:[:=]|就?是|为|叫|(?<![a-z])(?:is|it's)(?![a-z])|'s)"
_IS = rf"(?:[\s,]|{_SAYS})"
_NAME = r"(?P<mask>(?:t\.me/)?@?[a-z0-9_](?:[a-z0-9._\-]{2,28}[a-z0-9_]))(?![a-z0-9@])"
NETWORK_HINT = compile_filtered(
    r"抖音|快手|红书|红薯|微博|陌陌|钉钉|飞书|探探|闲鱼|知乎|[b哔]站|贴吧|支付宝|电报|飞机|推特|脸书|油管"
    r"|insta|snap|telegram|discord|skype|kakao|viber|twitter|tiktok|facebook|weibo|douyin|linkedin|venmo|line\s?id"
    r"|(?<![a-z])(?:ig|tg|fb)(?![a-z])",
    re.IGNORECASE,
)
"""What a text holds that names another network."""
_VERSION = re.compile(r"v?\d+(?:\.\d+)+[a-z]?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SITE = re.compile(r"www\..*|.*\.(?:com|cn|net|org)", re.IGNORECASE)


def _is_name(match: re.Match[str]) -> bool:
    """Tell a chosen name, with a letter and a digit or joint, from words, versions and addresses of sites."""
    name = match["mask"].lstrip("@")
    if _VERSION.fullmatch(name) or _SITE.fullmatch(name):
        return False
    return re.search("[a-z]", name, re.IGNORECASE) is not None and re.search(r"[\d._\-]", name) is not None


def _is_name_alone(match: re.Match[str]) -> bool:
    """Tell a name where nothing but the network is named before it: no product, such as iPhone15 or x50-pro."""
    name = match["mask"].lstrip("@")
    numbered = count_digits(name) >= 4 and _YEAR.search(name) is None
    return name == name.lower() and _is_name(match) and ("_" in name or "." in name or numbered)


NETWORK_RULES: tuple[Rule, ...] = (
    Rule("USER", compile_rule(rf"{_NETWORK}\s?的?\s?{_ID_WORD}(?:{_ID_WORD}|{_IS}){{0,6}}{_NAME}"), _is_name),
    Rule("USER", compile_rule(rf"{_NETWORK}\s?{_SAYS}{_IS}{{0,4}}{_NAME}"), _is_name_alone),
    Rule("USER", compile_rule(rf"(?<![a-z]){_RARE}\s{_NAME}"), _is_name_alone),
    Rule(
        "USER",
        compile_rule(rf"{_NETWORK}\s?的?\s?{_ID_WORD}{_IS}{{0,5}}(?P<mask>[1-9]\d{{5,14}})(?![\d,.]\d|\d|{UNIT})"),
    ),
    Rule("USER", compile_rule(r"discord[^\n]{0,24}?(?<![a-z0-9._])(?P<mask>[a-z0-9][a-z0-9._]{1,31}#\d{4})(?!\d)")),
)
"""Rules for names on networks that are neither WeChat nor QQ; the kind is that of a mention."""
