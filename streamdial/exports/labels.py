"""What acts, outcomes and reasons are called for people, in both languages."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.records import Language

ACTS: dict[str, tuple[str, str]] = {
    "accept": ("Accepts", "接受"),
    "answer": ("Answers", "解答"),
    "ask": ("Asks", "询问"),
    "ask_offer": ("Asks for an offer", "求推荐"),
    "book": ("Books", "预约"),
    "close": ("Says goodbye", "道别"),
    "compare": ("Compares", "对比"),
    "confirm": ("Confirms", "确认登记"),
    "defer": ("Defers", "暂缓决定"),
    "greet": ("Greets", "问候"),
    "hand_over": ("Hands over", "转交同事"),
    "handle_objection": ("Handles an objection", "处理异议"),
    "inform": ("States a wish", "说明需求"),
    "negotiate": ("Negotiates", "议价"),
    "no_answer": ("Has no answer", "暂无答案"),
    "no_preference": ("Has no preference", "没有要求"),
    "object": ("Objects", "提出异议"),
    "propose": ("Proposes an appointment", "邀约"),
    "recommend": ("Recommends", "推荐"),
    "recover": ("Offers the closest", "推荐相近"),
    "request": ("Asks for a wish", "了解需求"),
    "thank": ("Thanks", "致谢"),
    "upsell": ("Upsells", "推荐升级"),
}

WORDS: dict[str, tuple[str, str]] = {
    "success": ("Success", "成功"),
    "deferral": ("Deferral", "暂缓"),
    "drop_out": ("Drop-out", "流失"),
    "hand_over": ("Hand-over", "转交"),
    "blueprint_end": ("blueprint end", "蓝图走完"),
    "turn_cap": ("turn cap", "轮次上限"),
    "repetition": ("repetition", "重复"),
    "farewell_loop": ("farewell loop", "反复道别"),
    "budget": ("budget", "预算用尽"),
    "error": ("error", "错误"),
    "real_line": ("real line", "真实话语"),
    "model": ("model", "模型"),
    "template": ("template", "模板"),
    "direct": ("direct", "模型直接生成"),
    "given": ("given", "给定"),
    "question": ("question", "观众提问"),
    "response": ("host response", "主播回答"),
    "pair": ("question and answer", "问答对"),
    "strategy": ("strategy", "策略"),
    "account": ("account profile", "账号资料"),
    "unknown": ("not in this export", "未导出"),
    "knowledge": ("knowledge", "知识"),
    "seed": ("seed dialogue", "种子对话"),
    "must": ("must", "必须"),
    "prefer": ("prefers", "偏好"),
    "flexible": ("flexible", "可商量"),
    "casual": ("casual", "随意"),
    "plain": ("plain", "平实"),
    "polite": ("polite", "礼貌"),
    "repeats": ("repeats", "重复"),
    "repeats_indirectly": ("repeats indirectly", "间接重复"),
    "induced": ("induced", "归纳所得"),
    "drafted": ("drafted by a model", "模型起草"),
}


def label(table: dict[str, tuple[str, str]], key: str, language: Language) -> str:
    """Return what a key is called in the language; a key the table does not know, with spaces for underscores."""
    if key in table:
        return table[key][0 if language == "en" else 1]
    return key.replace("_", " ")


def label_slot(pack: DomainPack, slot: str, language: Language) -> str:
    """Return the name of a slot; the key itself where the pack does not have it."""
    return pack.slots[slot].names.get(language, slot) if slot in pack.slots else slot


def label_stage(pack: DomainPack, stage: str, language: Language) -> str:
    """Return the name of a stage; the key itself where the pack does not have it."""
    return pack.stages[stage].names.get(language, stage) if stage in pack.stages else stage


def label_strategy(pack: DomainPack, strategy: str, language: Language) -> str:
    """Return the name of a strategy; the key itself where the pack does not have it."""
    return pack.strategies[strategy].names.get(language, strategy) if strategy in pack.strategies else strategy


def describe_situation(pack: DomainPack, key: str, language: Language) -> str:
    """Return a signal or situation of a blueprint in words.

    Args:
        pack: The domain pack.
        key: A user act (`ask`), an act with its slot (`ask:price`) or a slot (`slot:price`).
        language: Language of the words.
    """
    act, _, slot = key.partition(":")
    if not slot:
        return label(ACTS, act, language)
    name = label_slot(pack, slot, language)
    if act == "slot":
        return {"en": f"States: {name}", "zh": f"提到{name}"}[language]
    return {"en": f"{label(ACTS, act, language)}: {name}", "zh": f"{label(ACTS, act, language)}（{name}）"}[language]
