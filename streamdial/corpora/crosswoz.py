"""CrossWOZ and RiSAWOZ: Chinese dialogues with the state beside each exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streamdial.corpora._dialogues import CorpusAct, CorpusDialogue, CorpusTurn
from streamdial.records import Language
from streamdial.text import measure_cjk_share

_UNSET = ("", "none", "None", "未提及")


def read_crosswoz(entry: Mapping[str, Any], name: str) -> CorpusDialogue:
    """Return a dialogue of CrossWOZ (Zhu et al. 2020).

    Its belief state is the query its wizard filled in before looking things up (`sys_state_init` of the next system
    turn). Slots are called `酒店-价格`.

    Args:
        entry: The dialogue: `messages`.
        name: Its id, where the entry has none.
    """
    talk = CorpusDialogue(str(entry.get("dialogue_id", name)), "zh", title=str(entry.get("type", "")))
    messages = entry["messages"]
    for number, message in enumerate(messages):
        user = message["role"] == "usr"
        following = messages[number + 1] if user and number + 1 < len(messages) else {}
        noted = following.get("sys_state_init") or following.get("sys_state")
        talk.turns.append(
            CorpusTurn(
                "user" if user else "agent",
                message["content"].strip(),
                tuple(_read_act(act) for act in message.get("dialog_act", [])),
                read_state(noted) if noted else None,
            )
        )
    return talk


def read_state(noted: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the wizard's query as `domain-slot` to value, empty slots and results left out."""
    return {
        f"{domain}-{slot}": _join(value)
        for domain, slots in noted.items()
        for slot, value in slots.items()
        if slot != "selectedResults" and _join(value) not in _UNSET
    }


def _join(value: Any) -> str:  # noqa: ANN401
    return " ".join(str(item) for item in value) if isinstance(value, list) else str(value).strip()


def _read_act(act: Sequence[str]) -> CorpusAct:
    name, domain, slot, value = (str(part) for part in act[:4])
    if name.lower() == "general":
        return CorpusAct(domain)  # ["General", "greet", "none", "none"]
    if name == "Select" and slot == "源领域":
        return CorpusAct("select-domain")
    if slot in ("none", ""):
        return CorpusAct(name)
    return CorpusAct(name, domain, slot, "" if value in _UNSET else value)


def read_risawoz(entry: Mapping[str, Any], name: str) -> CorpusDialogue:
    """Return a dialogue of RiSAWOZ (Quan et al. 2020) or X-RiSAWOZ: exchanges with `belief_state` and both actions.

    Args:
        entry: The dialogue: `dialogue`, a list of exchanges.
        name: Its id, where the entry has none.
    """
    said = "".join(str(exchange.get("user_utterance", "")) for exchange in entry["dialogue"])
    language: Language = "zh" if measure_cjk_share(said) > 0 else "en"
    domains = [str(domain) for domain in entry.get("domains", [])]
    talk = CorpusDialogue(str(entry.get("dialogue_id", name)), language, title="、".join(domains))
    for exchange in entry["dialogue"]:
        belief = exchange["belief_state"].get("inform slot-values", {})
        state = {slot: _join(value) for slot, value in belief.items() if _join(value) not in _UNSET}
        sides: tuple[tuple[str, Any], ...] = (("user", state), ("system", None))
        for side, known in sides:
            acts = tuple(_read_risawoz_act(act) for act in exchange.get(f"{side}_actions", []))
            text = str(exchange.get(f"{side}_utterance", "")).strip()
            talk.turns.append(CorpusTurn("user" if side == "user" else "agent", text, acts, known))
    return talk


def _read_risawoz_act(act: Sequence[str]) -> CorpusAct:
    name, domain, slot, value = [*(str(part).strip() for part in act), "", "", "", ""][:4]
    if slot.lower() in ("", "none"):
        return CorpusAct(domain if name.lower() == "general" and domain not in ("", "通用") else name)
    return CorpusAct(name, domain, slot, "" if value in _UNSET else value)
