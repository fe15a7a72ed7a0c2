"""What is wrong with the manner of an utterance: who speaks, what is no speech at all, greetings out of place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from streamdial.claims.faults import Fault
from streamdial.privacy import mask_personal_data
from streamdial.records import Language, Role
from streamdial.text import detect_language, measure_length, tokenize

MAX_LENGTH: dict[Language, int] = {"en": 60, "zh": 110}
"""Words of English, or characters of Chinese, a turn of chat may have."""
_LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
_SELLER = re.compile(
    r"\b(?:welcome to|how (?:can|may) i (?:help|assist)|may i (?:help|know|ask)|we (?:offer|sell|carry)\b"
    r"|our (?:cars?|store|hotel|rooms?|menus?|models?|showroom|guests?|kitchen|chef)\b|i(?:'d"
    r"| would)? recommend (?:the|this|our|you)\b"
    r"|let me check|i'?ll check (?:that|it|for you)|i can (?:offer|show|book|arrange)|i(?:'d| would) be happy to"
    r"|i(?:'m| am) happy to (?:help|assist)|happy to help"
    r"|shall i (?:book|reserve|put|arrange)|would you like (?:me to|to (?:book|see|come|know|reserve|try))"
    r"|what would you like|what kind of \w+ would you"
    r"|(?:an? |is )(?:excellent|great|perfect|fantastic|wonderful|lovely) (?:choice|option|pick)|^(?:great"
    r"|excellent|good|perfect|lovely) (?:choice|question)"
    r"|perfect for (?:you|families|your)|suits? you|would suit you|(?:booked|reserved|check(?:ed)?"
    r"|arranged?) (?:[\w ]{0,25} )?for you\b|i(?:'ve| have) (?:booked|reserved|put you)"
    r"|thank(?:s| you) for (?:choosing|contacting|your interest|visiting|reaching out)"
    r"|look(?:ing)? forward to (?:your|welcoming|seeing you)|feel free to"
    r"|you need|you(?:'re| are) looking|are you looking|(?:do|would) you prefer|do you have in mind|do you need"
    r"|^you want|you can spend|you(?:'re| are) good with"
    r"|your (?:choice|budget|needs|arrival|stay|preferences))\b"
    r"|为您|给您|我们店|我们家的(?:车|套餐|房)|欢迎光临|推荐您|帮您|您的(?:预算|需求|理想|咨询|入住)|请问您|您需要|适合您|您可以来|选择[!。,].{0,6}您|期待您|感谢您的|[很好错想]的选择",
    re.IGNORECASE,
)
_CUSTOMER = re.compile(
    r"\b(?:my (?:budget|needs|limit|husband|wife|family)|i'?m looking for|i am looking for|i (?:need"
    r"|want) (?:an? |something|at least|to (?:buy|book|order))|can you recommend"
    r"|what do you recommend|could i (?:come|book)|how much is|short for me|too expensive for me"
    r"|i'?ll take (?:the|it)\b)"
    r"|我的预算|我想[买订要找]|我要[买订]|我需要|有推荐吗|有什么推荐|多少钱[？?]|帮我[订留查]",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"\bas an? (?:ai|artificial|large language|language model|virtual)\b|\bi(?:'m| am)(?: just| only)? an? (?:ai"
    r"|artificial|language|virtual)\b|\b(?:ai )?language model\b|\brole-?play"
    r"|\bas the (?:customer|agent|user|expert|seller|assistant)\b|\bin this (?:conversation|scenario|role)\b"
    r"|\bsystem prompt\b"
    r"|作为(?:一个|一名|一款)?(?:AI|人工智能|语言模型|大模型)|我是(?:一个|一名|一款)?(?:AI|人工智能|语言模型)|AI(?:助手|语言模型|模型)|语言模型|扮演",
    re.IGNORECASE,
)
_NO_SPEECH = re.compile(
    r"```|^\s*[\[{]\s*[\"'{]|\"(?:act|utterance|request|tell|inform|entity|stage)\"\s*:|^\s*\{|\}\s*$"
    r"|^\s*[\[【(（<*][^\]】)）>*]{1,40}[\]】)）>*]|\[[A-Za-z][A-Za-z _:]{1,30}\]|[【\[](?:行为|动作|act)\s*[:：]"
    r"|\{[a-z_]+\}|<[a-z_/]+>|\b(?:act|stage|slot)\s?=\s?\w|«|»",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:user|customer|agent|assistant|seller|expert|answer|reply|line|顾客|客户|用户|销售|顾问|专家|客服|句子)\s*[:：]"
    r"|\bhere(?:'s| is) (?:a|my|the) (?:next |possible |suggested )?(?:reply|message|response|turn|line|answer"
    r"|utterance)|in the (?:agent|customer|seller|user|expert)'s voice|\brewritten\b|以下是.{0,8}(?:回复|回答)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|howdy)(?: there| again| everyone| all)?\s*[,!.]|(?:good )?(?:morning|afternoon"
    r"|evening)\s*[,!.]|good (?:morning|afternoon|evening)\b|greetings\b|welcome\b(?! back)"
    r"|hello\b|hi there\b|hey there\b"
    r"|(?:您好|你好|大家好|哈喽|早上好|上午好|中午好|下午好|晚上好|早安|晚安)[呀啊哦]?[,!。~ ]|欢迎(?:光临|您|来到))",
    re.IGNORECASE,
)


def find_confusion(role: Role, text: str) -> bool:
    """Tell whether a line speaks like the other role: a customer who offers, a seller who has a budget."""
    return bool((_SELLER if role == "user" else _CUSTOMER).search(text))


def find_misstep(
    role: Role,
    text: str,
    language: Language,
    names: Iterable[str],
    said: Collection[list[str]],
    *,
    has_spoken: bool = False,
) -> Fault | None:
    """Return what is wrong with the manner of a turn, or None.

    Checks: `empty`, `no_speech` (JSON, tags, gaps), `label`, `out_of_role` (a model that speaks of itself), `language`,
    `too_long`, `late_greeting`, `role_confusion`, `repetition`, `personal_data`.

    Args:
        role: Who speaks.
        text: What is about to be said, folded.
        language: Language of the dialogue.
        names: Names of what is sold, which are written alike in every language.
        said: What was said before, as tokens.
        has_spoken: Whether the speaker has spoken before; whoever has greets no more.
    """
    tokens = tokenize(text)
    if not tokens:
        return Fault("empty", "say something")
    if _NO_SPEECH.search(text):
        return Fault("no_speech", "write what is said and nothing else: no JSON, tags or gaps")
    if _LABEL.search(text):
        return Fault("label", "write what is said and nothing before it")
    if _NO_PERSON.search(text):
        return Fault("out_of_role", "you are a person in this talk; do not speak of yourself as anything else")
    bare = text
    for name in names:
        if name:
            bare = re.sub(re.escape(name), " ", bare, flags=re.IGNORECASE)
    if len(tokens) > 3 and detect_language(bare) != language:
        return Fault("language", f"write in {_LANGUAGE_NAMES[language]}")
    if measure_length(text, language) > MAX_LENGTH[language]:
        return Fault("too_long", "say it in one or two short sentences")
    if has_spoken and _GREETING.search(text):
        return Fault("late_greeting", "the talk has begun; do not greet again")
    if find_confusion(role, text):
        return Fault("role_confusion", "you spoke like the other side")
    if tokens in said:
        return Fault("repetition", "this was said already")
    if mask_personal_data(text, keep_public_addresses=role == "agent") != text:
        return Fault("personal_data", "leave out addresses, numbers and accounts of people")
    return None
