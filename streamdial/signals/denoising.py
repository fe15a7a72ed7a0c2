"""Denoises chat and comments: echoes, emotes, bots, spam, advertisements and orders to the model are taken out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.records import Language, Message
from streamdial.signals.echoes import EchoWindow
from streamdial.signals.machine_text import is_machine_text
from streamdial.text import fold_repeats, fold_text, measure_cjk_share, measure_length, split_words, tokenize

_NOISE = re.compile(
    r"^(?:[6]{2,}|2?3{2,}|8{2,}|1{2,}|扣?\d|[hxw哈嘿呵嘻草啊哦嗯]+|l+o+l+|lmao|rofl|gg|wow+|ok+|yes+|no+|first|w+|f+"
    r"|pog\w*|hype|nice|cool|z+|(?:nom ?)+|(?:ha|he|xa)+h?|馋+|冲+|来了+)$",
    re.IGNORECASE,
)
_INSTRUCTIONS = re.compile(
    r"ignore (?:all |any )?(?:the )?(?:previous|prior|above|earlier)|ignore everything|i order you to"
    r"|disregard (?:all|the|your)"
    r"|^\s*(?:system|assistant)\s*[:：]|you are now|system prompt|new instructions?\b|jailbreak"
    r"|忽略(?:以上|之前|前面|所有)|你现在是(?!不是|否)|系统提示|无视(?:以上|之前|所有)"
    r"|从现在(?:起|开始),?你(?:就|只)?是|不要遵守|(?:输出|泄露)你的系统",
    re.IGNORECASE,
)
_CHAT_INSTRUCTIONS = re.compile(
    r"(?:ignore|disregard|forget|override|bypass) (?:\w+ ){0,4}(?:instructions?|rules?|prompts?|guidelines?"
    r"|guardrails)"
    r"|(?:developer|admin|debug|god) mode|^\s*(?:developer|admin|user)\s*[:：]|you are no longer"
    r"|pretend (?:to be|you)|role-?play as"
    r"|(?:reveal|print|repeat|output|leak|dump|show me|tell me) (?:\w+ ){0,4}(?:prompts?|instructions?"
    r"|passwords?|api keys?|hidden \w+|messages? you)"
    r"|from now on,? (?:you|only|reply|answer|say|respond)|(?:only|just) (?:reply|respond|answer) with"
    r"|stop (?:being|acting as) (?:a|an|the)"
    r"|(?:忘记|忘掉|忽视|不要理会|抛开)(?:以上|之前|前面|所有|你的|上面|一切|刚才|先前)|你(?:现在|以后)?不(?:再)?是(?:客服|主播|助手|机器人)|请?扮演|提示词|系统指令"
    r"|从现在(?:起|开始),?(?:你|请|只|回复|用)|(?:输出|打印|泄露|说出).{0,8}(?:密码|提示词|指令|密钥|系统)|只(?:能|要)?(?:回复|回答|输出)|开发者模式|越狱模式"
    r"|管理员(?:密码|模式|权限)|你是一个(?:AI|人工智能|机器人|没有)|停止(?:介绍|回答|推荐)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|cn|io|xyz|top|shop)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")
_MENTION = re.compile(r"^(?:(?:回复|答复|reply to)?\s*\[USER\]\s*[:：,，]?\s*)+|(?:\s*\[USER\])+$", re.IGNORECASE)
_ASKS = re.compile(
    r"[吗呢]|多少|怎么|什么|哪|能不能|有没有|\b(?:how|what|which|when|where|can|could|is|are|does|do you)\b"
)

_EMOJI = (
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u23e9-\u23fa"
    "\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f]+"
)
_EMOTE = re.compile(
    _EMOJI
    # (@_@), of which masking made a mention.
    + r"|[(（]?\[USER\][@＠](?!\w)[;；]?[)）]?"
    # [doge], [微笑], [比心]: no [PHONE], which masking writes, and no [7座].
    + r"|\[(?![A-Z_]+\])[^\[\]\s\d]{1,12}\]"
    + r"|:[a-zA-Z][\w+-]{1,31}:"
    # Kaomoji: brackets around anything but letters, digits and Chinese characters.
    + r"|[_ヽヾ\\/〜~oO]?[(（](?=[^()（）]*[^\s\w()（）])[^()（）A-Za-z0-9\u4e00-\u9fff]{1,14}[)）][_ノﾉ/\\〜~]?"
    + r"|(?<![\w=<>-])(?:[:;=][-'^]?[DPp()3o]+|[xX]D+|T[_.]T|[;QT]A[;QT]|\^[_.]*\^|>[_.]<|=[_.]=|-_-+|o[_.]O"
    + r"|O[_.]o|orz|<3+)(?!\w)"
    # The words of Twitch's own emotes, and of the extensions everybody has.
    + r"|(?<!\w)(?:Kappa(?:Pride)?|Pog(?:Champ|gers|U)?|LUL(?:W)?|KEKW|OMEGALUL|monka(?:S|W|Hmm)|[Pp]epe\w+"
    + r"|[Ff]eels\w+Man"
    + r"|BibleThump|ResidentSleeper|NotLikeThis|CoolStoryBob|Jebaited|TriHard|HeyGuys|VoHiYo|SeemsGood|catJAM|Sadge"
    + r"|Pepega|PauseChamp|WutFace|SwiftRage|DansGame|KonCha|BlessRNG|EZ|peepo\w+)(?!\w)"
)
_SPACE = re.compile(r"\s+")
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
_NOTICE_ASKS = re.compile(r"[?？吗么呢]|多少|怎么|什么|\b(?:how|what|which|when|where|can|could|who)\b", re.IGNORECASE)
LONG = {"en": 30, "zh": 50}
"""A line of more words or characters is prose, a review say: single words prove nothing there, only many do."""


class CleanMessage(NamedTuple):
    """A message that passed, with its folded text without emotes."""

    message: Message
    text: str


def strip_emotes(text: str) -> str:
    """Return a text without emoji, `[doge]`, `:joy:`, kaomoji, text faces and emote words.

    To be called before the text is folded: folding takes kaomoji apart. Placeholders of masking stay.
    """
    return _SPACE.sub(" ", _EMOTE.sub(" ", text)).strip()


def is_bot_line(text: str) -> bool:
    """Tell whether a folded text is a room notice (came in, follows, sent a gift) or a command to a bot.

    A line that asks something is none, whatever else stands in it: 加入粉丝团有优惠吗. Nor is prose that does not begin
    as one.
    """
    if _COMMAND.match(text):
        return True
    notice = _NOTICE.match(text) if is_prose(text) else _NOTICE.search(text)
    return notice is not None and not _NOTICE_ASKS.search(text)


def is_prose(text: str) -> bool:
    """Tell whether a folded text is longer than what is written in passing: 30 words, or 50 characters of Chinese."""
    return measure_length(text, "zh") > (LONG["zh"] if measure_cjk_share(text) >= 0.3 else LONG["en"])


def fold_message(text: str) -> str:
    """Return what is judged of a message: without emotes, without whom it is for, in one width, with repeats folded."""
    return fold_repeats(fold_text(_MENTION.sub("", strip_emotes(text))))


def gives_orders(text: str) -> bool:
    """Tell whether a folded text orders a model about, whoever says it."""
    return _INSTRUCTIONS.search(text) is not None


def find_noise(text: str, pack: DomainPack) -> str | None:
    """Return why a folded text says nothing that could be asked or answered, whoever says it, or None.

    Reasons: `no_text`, `instruction_to_model`, `machine_text`, `advertisement`, `contact_baiting`, `noise`.
    """
    return _find_noise(text, _count_labels(text, pack))


def _count_labels(text: str, pack: DomainPack) -> Counter[str]:
    return Counter(hit.label for hit in pack.phrases.find(split_words(text)))


def _find_noise(text: str, labels: Counter[str]) -> str | None:
    # Whom a line is for says nothing about it.
    text = text.replace("[USER]", " ").strip()
    if not tokenize(text):
        return "no_text"
    if gives_orders(text):
        return "instruction_to_model"
    if is_machine_text(text):
        return "machine_text"
    links = sum(1 for word in text.split() if _LINK.search(word))
    if links or labels["screened"]:
        cues = links + labels["screened"] + labels["advertisement"] + labels["contact_baiting"]
        if cues >= _count_needed(text, 1):
            return "advertisement"
    rest = _PLACEHOLDER.sub("", text)
    if rest != text and len(tokenize(rest)) < 4:
        return "contact_baiting"
    if _NOISE.match(text.strip(" !?.,~。！？，～…")):
        return "noise"
    return None


def _count_needed(text: str, needed: int) -> int:
    """Return how many cues make an advertisement of a text: in prose three, and one more for each such length again."""
    if not is_prose(text):
        return needed
    language: Language = "zh" if measure_cjk_share(text) >= 0.3 else "en"
    return 2 + measure_length(text, "zh") // LONG[language]


def find_chat_noise(text: str, pack: DomainPack) -> str | None:
    """Return why a viewer's folded text is not to be answered, or None.

    Stricter than `find_noise`: what a host may say ("send us a private message") is baiting when a viewer does.

    Reasons: those of `find_noise` and `bot`.
    """
    if is_bot_line(text):
        return "bot"
    labels = _count_labels(text, pack)
    if reason := _find_noise(text, labels):
        return reason
    if _CHAT_INSTRUCTIONS.search(text):
        return "instruction_to_model"
    # One such word in a question may be what it is about: 旧车回收多少钱, "can you text me the address".
    needed = _count_needed(text, 2 if _ASKS.search(text.lower()) else 1)
    if labels["advertisement"] + labels["contact_baiting"] < needed:
        return None
    return "contact_baiting" if labels["contact_baiting"] > labels["advertisement"] else "advertisement"


def denoise_messages(
    messages: Iterable[Message], pack: DomainPack, counts: Counts, *, echoes: Counter[str] | None = None
) -> Iterator[CleanMessage]:
    """Yield the messages that may say something, each text once per time window; memory stays flat.

    Args:
        messages: In any order of files; echoes are looked for among the last 2,000 different texts.
        pack: Brings the words of advertisements.
        counts: Gets `asked` (all), `kept`, and drops: the reasons of `find_chat_noise`, and `repeat` (by the same
            viewer), `echo` (by another one), `spam_wave` (by many at once).
        echoes: Gets, for a kept message's id, how many other viewers said the same: evidence of demand. A wave
            counts as its first viewers only. Grows with the messages that had an echo.
    """
    window = EchoWindow()
    for message in messages:
        counts.asked += 1
        text = fold_message(message.text)
        # What the account itself writes may repeat and link; it is read as a response.
        reason = find_noise(text, pack) if message.by_host else find_chat_noise(text, pack)
        if reason is None and (echo := window.find_echo(message, text)):
            reason = echo[0]
            if echoes is not None and reason == "echo":
                echoes[echo[1]] += 1
        if reason:
            counts.drop(reason)
        else:
            counts.kept += 1
            yield CleanMessage(message, text)
