"""What acts, outcomes and reasons are called for people, in both languages."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.records import Language

ACTS: dict[str, tuple[str, str]] = {
    "accept": ("Accepts", "接受"),
    "answer": ("Answers", "解答"),
    "ask": ("Asks", "询问"),
    "ask_hold": ("Asks to keep it", "请求保留"),
    "ask_offer": ("Asks for an offer", "求推荐"),
    "ask_person": ("Asks for a person", "要求人工"),
    "book": ("Books", "预约"),
    "check_stock": ("Looks up the stock", "查询库存"),
    "close": ("Says goodbye", "道别"),
    "compare": ("Compares", "对比"),
    "confirm": ("Confirms", "确认登记"),
    "decline": ("Declines", "婉拒"),
    "defer": ("Defers", "暂缓决定"),
    "explain_conflict": ("Names the conflict", "说明冲突"),
    "follow_up": ("Picks the talk up", "跟进"),
    "greet": ("Greets", "问候"),
    "hand_over": ("Hands over", "转交同事"),
    "handle_objection": ("Handles an objection", "处理异议"),
    "hold": ("Keeps it", "保留"),
    "inform": ("States a wish", "说明需求"),
    "insist": ("Insists", "坚持"),
    "negotiate": ("Negotiates", "议价"),
    "no_answer": ("Has no answer", "暂无答案"),
    "no_preference": ("Has no preference", "没有要求"),
    "object": ("Objects", "提出异议"),
    "propose": ("Proposes an appointment", "邀约"),
    "recommend": ("Recommends", "推荐"),
    "recover": ("Offers the closest", "推荐相近"),
    "request": ("Asks for a wish", "了解需求"),
    "revise": ("Gives a wish up", "放宽要求"),
    "silence": ("Says nothing", "沉默"),
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
    "left": ("the customer left", "顾客离开"),
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
    "own": ("own words", "本人原话"),
    "same_need": ("same need", "同类需求"),
    "worded": ("worded", "改写"),
    "lower_case": ("all lower case", "全小写"),
    "no_final_punctuation": ("no full stop", "句末不加标点"),
    "repeated_punctuation": ("repeated punctuation", "重复标点"),
    "emoji": ("emoji", "表情"),
    "kaomoji": ("emoticons", "颜文字"),
    "laughter": ("laughter", "笑声"),
    "abbreviations": ("abbreviations", "缩写"),
    "particles": ("particles", "语气词"),
    "mixed_languages": ("mixes languages", "中英夹杂"),
    "address": ("calls viewers", "称呼"),
    "british": ("British words", "英式用语"),
    "american_south": ("Southern US words", "美国南方用语"),
    "scottish": ("Scottish words", "苏格兰用语"),
    "australian": ("Australian words", "澳洲用语"),
    "northeastern": ("northeastern Mandarin", "东北话"),
    "cantonese": ("Cantonese", "粤语"),
    "sichuan": ("Sichuan words", "四川话"),
    "wu": ("Wu words", "吴语"),
    "beijing": ("Beijing words", "北京话"),
    "henan": ("Henan words", "河南话"),
    "asked_breaks_wish": ("asks about what breaks a wish", "所问与需求不符"),
    "party_exceeds_wish": ("more people than places wished for", "人数多于所要座位"),
    "party_exceeds_capacity": ("more people than there is room for", "人数超出容量"),
    "nothing_fits": ("nothing meets all wishes", "没有满足全部要求的选择"),
    "over_budget": ("over the budget", "超出预算"),
    "two_values": ("two values at once", "同时要两种取值"),
    "official": ("official account", "官方账号"),
    "certified": ("certified in the trade", "行业认证"),
    "claimed": ("says so itself", "自称"),
    "repeats": ("repeats", "重复"),
    "repeats_indirectly": ("repeats indirectly", "间接重复"),
    "requirement_mining": ("requirement mining", "需求挖掘"),
    "constraint_conflict": ("constraint conflict", "约束冲突"),
    "negotiation": ("negotiation", "议价"),
    "recovery": ("recovery", "替代方案"),
    "inventory_check": ("inventory check", "库存查询"),
    "reservation_holding": ("reservation holding", "预留"),
    "objection_handling": ("objection handling", "异议处理"),
    "upselling": ("up-selling", "升级推荐"),
    "induced": ("induced", "归纳所得"),
    "drafted": ("drafted by a model", "模型起草"),
}

REASONS: dict[str, tuple[str, str]] = {
    "act_without_counterpart": ("the form has no such act", "格式无此动作"),
    "advertisement": ("advertisement", "广告"),
    "asked_alone": ("asked once only", "仅一人问过"),
    "bad_line": ("line cannot be read", "无法读取的行"),
    "bad_time": ("no usable time", "时间无效"),
    "body": ("body cannot be read", "内容无法读取"),
    "bot": ("bot", "机器人"),
    "broken_json": ("broken JSON", "JSON损坏"),
    "broken_line": ("broken line", "损坏的行"),
    "broken_row": ("broken row", "损坏的行"),
    "broken_xml": ("broken XML", "XML损坏"),
    "by_host": ("said by the host", "主播所说"),
    "conflict": ("conflict", "冲突"),
    "conflict_stands": ("conflict stands", "冲突未解"),
    "contact_baiting": ("asks for contact", "引流"),
    "contradicts_itself": ("contradicts itself", "自相矛盾"),
    "doubtful": ("doubtful", "存疑"),
    "draft_failed_checks": ("draft failed the checks", "草稿未过检查"),
    "draft_unusable": ("draft unusable", "草稿不可用"),
    "duplicate": ("duplicate", "重复"),
    "echo": ("echo", "跟读"),
    "empty": ("empty", "空"),
    "instruction_to_model": ("order to a model", "对模型的指令"),
    "invented_number": ("invented number", "编造数字"),
    "known_already": ("known already", "已知"),
    "low_score": ("low score", "得分低"),
    "no_agent_turn": ("no expert turn", "无客服话语"),
    "no_exchange": ("no exchange", "无往来"),
    "no_intent": ("no intent", "无意图"),
    "no_keywords": ("no keywords", "无关键词"),
    "no_slot_in_pack": ("no slot of the domain", "无领域槽位"),
    "no_state": ("no state", "无状态"),
    "no_text": ("no text", "无文字"),
    "no_time": ("no time", "无时间"),
    "no_topic": ("no topic", "无主题"),
    "no_turns": ("no turns", "无轮次"),
    "no_user_turn": ("no user turn", "无用户话语"),
    "noise": ("noise", "噪声"),
    "not_answered": ("not answered", "未回答"),
    "not_best": ("not the best pair", "非最佳配对"),
    "off_topic": ("off topic", "离题"),
    "other_domain": ("other domain", "其他领域"),
    "other_entity": ("about something else", "所指不同"),
    "other_language": ("other language", "其他语言"),
    "other_meaning": ("other meaning", "含义不同"),
    "private_field": ("private field", "隐私字段"),
    "reaction": ("reaction", "情绪反应"),
    "repeat": ("repeat", "重复"),
    "replaced": ("replaced by a newer one", "已被更新"),
    "rhetorical": ("rhetorical", "反问"),
    "rolled_up": ("rolled-up caption", "滚动字幕"),
    "same_id": ("same id", "编号相同"),
    "script": ("other script", "文字不符"),
    "second_entity": ("second entity", "第二对象"),
    "slot_not_in_schema": ("slot not in the schema", "槽位不在模式中"),
    "small_talk": ("small talk", "闲聊"),
    "spam_wave": ("spam wave", "刷屏"),
    "stage_not_reached": ("stage not reached", "阶段不可达"),
    "too_few_utterances": ("too few utterances", "话语过少"),
    "too_little_said": ("too little said", "内容过少"),
    "too_long": ("too long", "过长"),
    "too_short": ("too short", "过短"),
    "twice": ("twice", "出现两次"),
    "unknown_attribute": ("unknown attribute", "未知属性"),
    "unpaired": ("unpaired", "未配对"),
    "unreadable": ("unreadable", "无法读取"),
    "unusable_answer": ("unusable answer", "回答不可用"),
    "value_not_in_schema": ("value not in the schema", "取值不在模式中"),
    "vanished": ("vanished", "已消失"),
    "wording_unusable": ("wording unusable", "措辞不可用"),
}
"""Why something was dropped; a reason that is not here is shown as it is, with spaces."""

PHASES: dict[str, tuple[str, str]] = {
    "QA pairs": ("QA pairs", "问答配对"),
    "account": ("account", "账号"),
    "agent personas": ("agent personas", "客服画像"),
    "blueprints": ("blueprints", "对话蓝图"),
    "callers": ("callers", "连麦"),
    "chat and comments": ("chat and comments", "弹幕与评论"),
    "chat export": ("chat export", "对话格式导出"),
    "correction": ("correction", "语音纠错"),
    "correction by model": ("correction by model", "模型纠错"),
    "dialogues": ("dialogues", "对话"),
    "filter": ("filter", "去重"),
    "given plans": ("given plans", "给定蓝图"),
    "given profiles": ("given profiles", "给定画像"),
    "knowledge": ("knowledge", "知识"),
    "multiwoz export": ("MultiWOZ export", "MultiWOZ导出"),
    "questions": ("questions", "观众提问"),
    "reading": ("reading", "读取"),
    "responses": ("responses", "主播回答"),
    "screening": ("screening", "筛选"),
    "screening of sources": ("screening of sources", "来源筛选"),
    "sgd export": ("SGD export", "SGD导出"),
    "sharegpt export": ("ShareGPT export", "ShareGPT导出"),
    "strategies": ("strategies", "策略"),
    "strategies by model": ("strategies by model", "模型识别策略"),
    "user personas": ("user personas", "用户画像"),
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
