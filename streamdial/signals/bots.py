"""Lines of a room that no viewer wrote to be answered: the platform's notices, commands to bots."""

from __future__ import annotations

import re

_NOTICE = re.compile(
    # The platform about a viewer: came in, follows, shared, sent a gift, became a member.
    r"(?:进入|来到|加入)了?(?:本|我们的?|主播的?)?(?:直播间|粉丝团|房间)|(?:关注|分享|点赞|赞|推荐)了?(?:主播|直播间|本场直播|直播)"
    r"|送(?:出|给主播|了)(?:的|了)?.{0,16}?(?:[x×*✕]\s*\d+|\d+\s*个)|感谢.{0,16}送(?:的|出|来)|赠送.{0,10}[x×*✕]\s*\d+"
    r"|成为了?.{0,8}(?:粉丝|会员|舰长|守护|管理员)|开通了?.{0,6}(?:会员|舰长|守护|粉丝团)|升级到了?\s*\d*\s*级|点亮了?.{0,6}灯牌"
    r"|被(?:管理员|房管|系统)?(?:禁言|踢出)|^(?:系统(?:提示|消息|通知)?|直播间公告|公告|房管|机器人)\s*[:】]"
    r"|^\W?[\w.-]{2,25}\W? (?:has |just |is |have )*(?:joined (?:the|this|our) \w+|joined$|followed(?: the"
    r"| this| you|$)|following(?: the| you|$)"
    r"|subscribed|resubscribed|gifted|raided|raiding|hosted the|cheered|sent (?:a|an|\d+) \w+|donated"
    r"|tipped \$?\d|liked the|shared the|left the"
    r"|redeemed|became a (?:member|mod)|was (?:timed out|banned)|unlocked|entered the (?:room|giveaway|stream))"
    r"|^\[?(?:bot|nightbot|streamelements|moobot|automod|system (?:message|notice))\]?\s*:"
    r"|\bhas been (?:timed out|banned|deleted)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"^[!/](?=[a-z])[a-z]\w*(?: \S+){0,3}$", re.IGNORECASE)
_ASKS = re.compile(r"[?？吗么呢]|多少|怎么|什么|\b(?:how|what|which|when|where|can|could|who)\b", re.IGNORECASE)


def is_bot_line(text: str) -> bool:
    """Tell whether a folded text is a room notice (came in, follows, sent a gift) or a command to a bot.

    A line that asks something is none, whatever else stands in it: 加入粉丝团有优惠吗.
    """
    if _COMMAND.match(text):
        return True
    return bool(_NOTICE.search(text)) and not _ASKS.search(text)
