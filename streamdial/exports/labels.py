"""Names of acts, outcomes and reasons for people to read, in both languages."""

from __future__ import annotations

from streamdial.domains import DomainPack
from streamdial.records import Language

ACTS: dict[str, tuple[str, str]] = {
    "accept": ("Accepts", "接受"),
    "acknowledge": ("Takes note", "表示知道了"),
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
    "leave": ("Leaves", "离开"),
    "negotiate": ("Negotiates", "议价"),
    "no_answer": ("Has no answer", "暂无答案"),
    "no_preference": ("Has no preference", "没有要求"),
    "object": ("Objects", "提出异议"),
    "propose": ("Proposes an appointment", "邀约"),
    "recommend": ("Recommends", "推荐"),
    "recover": ("Offers the closest", "推荐相近"),
    "refuse": ("Refuses", "拒绝"),
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
    "real_line": ("line of the stream", "真实话语"),
    "seed_line": ("line of a seed dialogue", "种子对话话语"),
    "phrase": ("phrase", "话术库"),
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
    "thread": ("comment thread", "评论对话"),
    "stream": ("this stream", "本场直播"),
    "inventory": ("phrases of the package", "内置话术"),
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

TOOL_ACTS: dict[str, tuple[str, str]] = {
    "affirm": ("Confirms what was asked back", "确认"),
    "already_booked": ("Says it is booked already", "告知已有预订"),
    "anything_else": ("Offers more help", "询问还有何需要"),
    "ask_cancel": ("Asks back before cancelling", "取消前确认"),
    "ask_free": ("Asks what is free", "询问空位"),
    "ask_waitlist": ("Asks for the waitlist", "请求候补"),
    "cancel": ("Cancels", "取消"),
    "change": ("Changes a booking", "修改预订"),
    "confirm_cancel": ("Confirms it is cancelled", "确认取消"),
    "confirm_change": ("Confirms the change", "确认修改"),
    "no_booking": ("Finds no booking", "未查到预订"),
    "offer_day": ("Offers another day", "建议改期"),
    "offer_waitlist": ("Offers the waitlist", "建议候补"),
    "revise": ("Changes a wish", "改变要求"),
    "say_closed": ("Says it is closed", "告知不营业"),
    "say_free": ("Says it is free", "告知有空"),
    "say_full": ("Says it is full", "告知已满"),
    "trouble": ("Admits trouble", "告知系统异常"),
    "waitlisted": ("Puts on the waitlist", "登记候补"),
}
"""Acts of a dialogue with tools, and `revise`, which there changes a wish more often than it gives one up."""

TOOL_WORDS: dict[str, tuple[str, str]] = {
    "user-oriented": ("user-oriented", "以用户为中心"),
    "task-oriented": ("task-oriented", "以任务为中心"),
    "not_verified": ("not verified", "未通过验证"),
    "done": ("everything done", "全部办妥"),
    "silent": ("the agent said nothing", "客服无回应"),
    "simulated": ("simulated", "模拟"),
    "external": ("of the user's own", "自有"),
    "find": ("find", "查找"),
    "compare": ("compare", "对比"),
    "details": ("details", "详情"),
    "availability": ("availability", "查空位"),
    "book": ("book", "预订"),
    "hold": ("hold", "保留"),
    "change": ("change", "修改"),
    "cancel": ("cancel", "取消"),
    "nearest": ("nothing fits: offer the closest", "没有完全符合的：推荐最接近的"),
    "waitlist": ("full: the waitlist", "已满：登记候补"),
    "timeout": ("timeout", "超时"),
    "unavailable": ("not available", "服务不可用"),
    "invalid_arguments": ("invalid arguments", "参数无效"),
    "unknown_tool": ("unknown tool", "未知工具"),
    "unknown_entity": ("unknown name", "名称不存在"),
    "unknown_day": ("unknown day", "日期不存在"),
    "sold_out": ("sold out", "已满"),
    "still_available": ("still available", "仍有空位"),
    "unknown_booking": ("unknown booking", "预订不存在"),
    "unknown_hold": ("unknown hold", "保留记录不存在"),
    "contract_broken": ("answer breaks the contract", "应答不合约定"),
    "missing_change": ("change missing", "缺少应有的改动"),
    "unexpected_change": ("change nobody wanted", "多余的改动"),
    "stray_write": ("write outside any task", "任务之外的写入"),
    "call_not_allowed": ("call not allowed", "不允许的调用"),
    "call_missing": ("call missing", "缺少应有的调用"),
    "replay_differs": ("result differs when repeated", "重放结果不符"),
    "no_offer": ("no offer", "没有推荐"),
    "no_recovery": ("no way out offered", "没有给出替代方案"),
    "not_found": ("not found though there is one", "有符合的却未找到"),
    "wrong_offer": ("wrong offer", "推荐不符"),
    "fact_not_told": ("fact not told", "未告知应告知的信息"),
    "ungrounded": ("claim without ground", "无依据的说法"),
    "made_up_success": ("made-up success", "虚报成功"),
    "made_up_availability": ("made-up availability", "虚报空位"),
    "not_finished": ("talk not finished", "对话未完成"),
    "no_tasks": ("no tasks could be made", "未能生成任务"),
    "nothing_to_choose_from": ("nothing to choose from", "没有可选项"),
    "other_unit": ("other unit", "单位不同"),
    "unsuited": ("wishes and stock do not go together", "需求与库存不配"),
    "reference_failed": ("reference run failed", "参考执行失败"),
    "no_proposal": ("no proposal", "没有提出"),
    "bad_name": ("bad name", "名称不合规"),
    "duplicate_name": ("duplicate name", "名称重复"),
    "bad_example": ("bad example", "示例不可用"),
    "undeclared_parameter": ("undeclared parameter", "参数未声明"),
    "unbound_parameter": ("unbound parameter", "参数未使用"),
    "writes_nothing": ("writes nothing", "没有写入"),
    "empty_example": ("empty example", "示例无结果"),
    "untyped": ("result not as declared", "结果与声明不符"),
    "overbooks": ("overbooks", "超额预订"),
    "hostile_value": ("harmed by a hostile value", "恶意取值可造成破坏"),
    "not_read_only": ("reads only by name, and writes", "名为只读却有写入"),
    "forbidden": ("forbidden statement", "禁止的语句"),
    "syntax": ("syntax", "语法错误"),
    "unknown_column": ("unknown column", "未知列"),
    "unknown_table": ("unknown table", "未知表"),
    "many_statements": ("several statements", "多条语句"),
    "binding": ("parameters do not bind", "参数绑定错误"),
    "constraint": ("breaks a constraint", "违反约束"),
    "too_costly": ("too costly", "开销过大"),
    "other_people": ("agent or user not in this run", "客服或用户不在本次运行中"),
    "no_cut": ("no turn to go on from", "没有可续写的位置"),
    "not_in_store": ("not in the store", "库中没有"),
    "too_few_attributes": ("too few attributes to be wished for", "可提要求的属性太少"),
    "no_task": ("no task taken up", "未提出任务"),
    "call_after_words": ("call after the agent's own words", "客服发言后又调用"),
    "call_before_user": ("call before the user spoke", "用户发言前已调用"),
    "simulated_tool": ("calls a simulated tool", "调用了模拟工具"),
    "external_tool": ("calls a tool of the user's own", "调用了自有工具"),
    "reference_fails": ("reference calls do not reach the goal", "参考调用未达目标"),
}
"""Modes, tasks, failures of calls, and why a tool, a task or a dialogue was left out."""


def label(table: dict[str, tuple[str, str]], key: str, language: Language) -> str:
    """Return what a key is called in the language; a key the table does not know, with spaces for underscores."""
    if key in table:
        return table[key][0 if language == "en" else 1]
    return key.replace("_", " ")


def label_slot(pack: DomainPack, slot: str, language: Language) -> str:
    """Return the name of a slot; the key itself where the pack does not have it."""
    return pack.slots[slot].names.get(language, slot) if slot in pack.slots else slot


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
