"""The system message of a dialogue for training: who speaks, within which bounds, and the facts this dialogue needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from streamdial.domains import DomainPack
from streamdial.exports.dataset import DataSet, SystemPrompt
from streamdial.exports.labels import label_slot
from streamdial.exports.profiles import write_value
from streamdial.records import AgentPersona, Blueprint, Dialogue, KnowledgeRow, Language
from streamdial.slots import join_phrases

MAX_THINGS = 12
"""Things whose facts are listed; those the dialogue names come first."""
_SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "role": "You are the assistant of {name}.",
        "certified": "The account is this: {text}.",
        "sells": "You sell {things}.",
        "offers": "You help with {services}.",
        "style": "Your manner: {text}.",
        "bounds": (
            "Say only what stands here or follows from it. Where something is not known, say so or hand over to a "
            "person; promise nothing else."
        ),
        "called": "Say only what your tools return. What they do not know you do not know; promise nothing else.",
        "facts": "What is known:",
        "said": "What the account says about it:",
        "stages": "Lead the dialogue through these stages:",
    },
    "zh": {
        "role": "你是{name}的客服。",
        "certified": "账号信息：{text}。",
        "sells": "你介绍和销售{things}。",
        "offers": "你可以协助{services}。",
        "style": "说话方式：{text}。",
        "bounds": "只说这里写明的内容或由此得出的内容。不知道的就说不知道，或者转给人工；不另作承诺。",
        "called": "只说工具返回的内容。工具查不到的就说不知道；不另作承诺。",
        "facts": "已知信息：",
        "said": "账号的说法：",
        "stages": "对话按以下阶段推进：",
    },
}


def write_system_message(
    agent: AgentPersona, data: DataSet, dialogue: Dialogue | None = None, *, kind: SystemPrompt = "persona"
) -> str:
    """Return the system message of an agent in a dialogue; empty for the kind `none`.

    It says who the agent is and where its bounds are, in whole sentences, and lists of the knowledge what this dialogue
    needs: of everything on offer what the user wishes for and the price, of the things named also what was told, and
    the account's own statements that stand in the dialogue. What is not needed is left out: it would be the same text
    thousands of times.

    Args:
        agent: The agent persona.
        data: Its data set.
        dialogue: The dialogue; None for an agent that looks its facts up with tools.
        kind: What it holds.
    """
    if kind == "none":
        return ""
    said, pack = _SENTENCES[agent.language], data.pack
    mark = "" if agent.language == "zh" else " "
    name, *about = (part.strip() for part in agent.identity.text.split("，" if agent.language == "zh" else ", "))
    sentences = [said["role"].format(name=name)]
    if agent.certification:
        sentences.append(said["certified"].format(text=agent.certification.text.rstrip("。.")))
    elif about:
        sentences.append(said["certified"].format(text=about[0].rstrip("。.")))
    if services := _list_services(agent):
        sentences.append(said["offers"].format(services=join_phrases(services, agent.language)))
    if dialogue is not None and (things := sorted({row.entity for row in agent.knowledge if row.entity})):
        sentences.append(said["sells"].format(things=join_phrases(things, agent.language)))
    if agent.layout is not None and agent.style.description:
        # Of a profile that was given; what is counted of our own is no way to speak.
        sentences.append(said["style"].format(text=agent.style.description.rstrip("。.")))
    lines = [mark.join([*sentences, said["bounds" if dialogue is not None else "called"]])]
    if kind == "blueprint" and dialogue is not None:
        lines += _list_stages(data.blueprints[dialogue.blueprint_id], dialogue, said["stages"])
    if dialogue is not None:
        lines += _list_facts(agent, pack, dialogue, said["facts"])
        lines += _list_statements(agent, data, dialogue, said["said"])
    return "\n".join(lines)


def _list_services(agent: AgentPersona) -> list[str]:
    """Return the services among the boundaries: short names; no places, no sentences, no lists of what is sold."""
    place = agent.identity.text.replace("，", ",").split(",")[-1].strip()
    return [
        bound.text
        for bound in agent.service_boundaries
        if bound.text != place
        and len(bound.text.split()) <= 4
        and len(bound.text) <= 24
        and not set(bound.text) & set("：:.。,，;；")
    ]


def _list_facts(agent: AgentPersona, pack: DomainPack, dialogue: Dialogue, head: str) -> Iterator[str]:
    needed = _find_needed(pack, dialogue)
    rows: dict[str, dict[str, KnowledgeRow]] = {}
    for row in agent.knowledge:
        if row.slot in pack.slots:
            rows.setdefault(row.entity, {}).setdefault(row.slot, row)
    named = [name for name in needed if name]
    rest = sorted(name for name in rows if name and name not in needed)
    order = list(pack.slots)
    listed = []
    for name in [*named, *rest][:MAX_THINGS]:
        known = rows.get(name, {})
        slots = [slot for slot in order if slot in known and slot in {*needed[""], *needed.get(name, ())}]
        if slots:
            listed.append(_write_thing(name, [known[slot] for slot in slots], pack, agent.language))
    account = rows.get("", {})
    told = {slot for slots in needed.values() for slot in slots}
    if shared := [account[slot] for slot in order if slot in account and slot in told]:
        listed.append(_write_thing("", shared, pack, agent.language))
    if listed:
        yield head
        yield from listed


def _find_needed(pack: DomainPack, dialogue: Dialogue) -> Mapping[str, list[str]]:
    """Return what a dialogue needs to be known of each thing it names, and under "" of everything on offer."""
    everything = [pack.price_slot] if pack.price_slot else []
    needed: dict[str, list[str]] = {"": everything}
    for turn in dialogue.turns:
        if turn.role == "user":
            everything += turn.inform
        for name, slots in ((turn.entity, (*turn.tell, *turn.request)), (turn.other, turn.tell_other)):
            if name:
                needed.setdefault(name, []).extend(slots)
            else:
                everything += slots
    return needed


def _write_thing(name: str, rows: Iterable[KnowledgeRow], pack: DomainPack, language: Language) -> str:
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    space = "" if language == "zh" else " "
    facts = comma.join(
        f"{label_slot(pack, row.slot, language)}{space}{write_value(pack, row.slot, row.value, language, row.unit)}"
        for row in rows
    )
    return f"- {name}{colon}{facts}" if name else f"- {facts}"


def _list_statements(agent: AgentPersona, data: DataSet, dialogue: Dialogue, head: str) -> Iterator[str]:
    """Yield what the account itself said and this dialogue says again, each once: no table holds it."""
    texts = {row.id: row.text for row in agent.knowledge if row.slot not in data.pack.slots}
    found: dict[str, None] = {}
    for turn in dialogue.turns:
        if turn.role != "agent":
            continue
        for key in turn.evidence:
            item = data.evidence.get(key)
            if key in texts:
                found[texts[key]] = None
            elif item is not None and item.kind == "response" and not turn.tell:
                found[item.text] = None
    if found:
        yield head
        yield from (f"- {text}" for text in found)


def _list_stages(blueprint: Blueprint, dialogue: Dialogue, head: str) -> Iterator[str]:
    """Yield the stages of the path a dialogue takes, each with its goal."""
    path = next((path for path in blueprint.paths if path.name == dialogue.path), None)
    stages = {stage.name: stage for stage in blueprint.stages}
    names = path.stages if path is not None else tuple(dict.fromkeys(turn.stage for turn in dialogue.turns))
    listed = [stages[name] for name in names if name in stages]
    if listed:
        yield head
        colon = "：" if blueprint.language == "zh" else ": "
        yield from (f"{number}. {stage.title}{colon}{stage.goal}" for number, stage in enumerate(listed, start=1))
