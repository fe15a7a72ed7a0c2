"""Emotes of streaming sites: taken out before a text is judged, as they say nothing that can be answered."""

from __future__ import annotations

import re

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


def strip_emotes(text: str) -> str:
    """Return a text without emoji, `[doge]`, `:joy:`, kaomoji, text faces and emote words.

    To be called before the text is folded: folding takes kaomoji apart. Placeholders of masking stay.
    """
    return _SPACE.sub(" ", _EMOTE.sub(" ", text)).strip()
