"""What is wrong with the manner of an utterance: who speaks, what is no speech at all, greetings out of place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache

from streamdial.claims.faults import Fault
from streamdial.claims.lexicon import load_lexicon
from streamdial.patterns import FilteredPattern, compile_filtered
from streamdial.privacy import mask_personal_data
from streamdial.records import Language, Role
from streamdial.text import blank_names, detect_language, measure_length, tokenize

MAX_LENGTH: dict[Language, int] = {"en": 60, "zh": 110}
"""Words of English, or characters of Chinese, a turn of chat may have."""
_LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
_NO_PERSON = compile_filtered(
    r"\bas an? (?:ai|artificial|large language|language model|virtual)\b|\bi(?:'m| am)(?: just| only)? an? (?:ai"
    r"|artificial|language|virtual)\b|\b(?:ai )?language model\b|\brole-?play"
    r"|\bas the (?:customer|agent|user|expert|seller|assistant)\b|\bin this (?:conversation|scenario|role)\b"
    r"|\bsystem prompt\b|\b(?:as|i'm|i am) (?:an? )?(?:chat ?bot|bot)\b|\bopenai\b|\bmy training\b"
    r"|\bvirtual assistant\b"
    r"|作为(?:一个|一名|一款)?(?:AI|人工智能|语言模型|大模型)|我是(?:一个|一名|一款)?(?:AI|人工智能|语言模型)|AI(?:助手|语言模型|模型)|语言模型|扮演|作为(?:一个)?机器人"
    r"|我是(?:一个)?(?:机器人|虚拟助手)|智能助手",
    re.IGNORECASE,
)
_NO_SPEECH = compile_filtered(
    r"```|^\s*[\[{]\s*[\"'{]|\"(?:act|utterance|request|tell|inform|entity|stage)\"\s*:|^\s*\{|\}\s*$"
    r"|^\s*[\[【(（<*][^\]】)）>*]{1,40}[\]】)）>*]|\[[A-Za-z][A-Za-z _:]{1,30}\]|[【\[](?:行为|动作|act)\s*[:：]"
    r"|\{[a-z_]+\}|<[a-z_/]+>|\b(?:act|stage|slot)\s?=\s?\w|«|»|\*\*|\*[a-z ]{3,30}\*|^#+ |^(?:act|utterance"
    r"|行为)\s*[:：=]",
    re.IGNORECASE,
)
_LABEL = compile_filtered(
    r"^(?:user|customer|agent|assistant|seller|expert|answer|reply|line|顾客|客户|用户|销售|顾问|专家|客服|句子)\s*[:：]"
    r"|\bhere(?:'s| is) (?:a|my|the) (?:next |possible |suggested )?(?:reply|message|response|turn|line|answer"
    r"|utterance)|in the (?:agent|customer|seller|user|expert)'s voice|\brewritten\b|以下是.{0,8}(?:回复|回答)",
    re.IGNORECASE,
)
_GREETING = compile_filtered(
    r"^(?:(?:hi|hello|hey|hiya|howdy)(?: there| again| everyone| all)?\s*[,!.]|(?:good )?(?:morning|afternoon"
    r"|evening)\s*[,!.]|good (?:morning|afternoon|evening)\b|greetings\b|welcome\b(?! back)"
    r"|good day\b|dear (?:customer|guest|sir|madam)|nice to meet you|hello\b|hi there\b|hey there\b"
    r"|(?:您好|你好|大家好|哈喽|哈啰|嗨|嘿|亲爱的"
    r"|早上好|上午好|中午好|下午好|晚上好|早安|晚安)[呀啊哦]?[,，!！。~ ]|欢迎(?:光临|您|来到|咨询))",
    re.IGNORECASE,
)

_CUT = compile_filtered(
    r"(?:\b(?:and|or|but|the|an?|of|because|if|than|your|my|our|their)|[,，、:：]"
    r"|因为|所以|而且|但是|不过|如果|以及|或者|并且|和)$",
    re.IGNORECASE,
)
"""What no sentence ends with."""
_ENDED = re.compile(r"[.!?…)\"']$")
_SENTENCE = re.compile(r"[a-z]{2}[.!?] [A-Z]")


@cache
def _compile_voice(voice: str) -> FilteredPattern:
    return compile_filtered("|".join(load_lexicon()["voices"][voice]), re.IGNORECASE)


def find_confusion(role: Role, text: str) -> bool:
    """Tell whether a line speaks like the other role: a customer who offers, a seller who has a budget."""
    return _compile_voice("seller" if role == "user" else "customer").search(text) is not None


def leaves_role(role: Role, text: str) -> bool:
    """Tell whether a line is not what its side would say: the other side's, a model's own, or one with a label."""
    return any((find_confusion(role, text), _NO_PERSON.search(text) is not None, _LABEL.search(text) is not None))


def find_cut(role: Role, text: str, language: Language) -> Fault | None:
    """Return a fault where a whole line breaks off: at a word no sentence ends with, or without its last full stop.

    Customers leave full stops out; an expert who writes whole sentences in English ends the last one too.
    """
    open_end = role == "agent" and language == "en" and _SENTENCE.search(text) and not _ENDED.search(text)
    return Fault("cut_off", "the line breaks off; write it to its end") if open_end or _CUT.search(text) else None


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
    `cut_off`, `too_long`, `late_greeting`, `role_confusion`, `repetition`, `personal_data`.

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
    if len(tokens) > 3 and detect_language(blank_names(text, names)) != language:
        return Fault("language", f"write in {_LANGUAGE_NAMES[language]}")
    if fault := find_cut(role, text, language):
        return fault
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
