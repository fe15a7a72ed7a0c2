"""Decides whether a viewer's line shows a clear and authentic intent, and which; with the reason where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

from streamdial.domains import DomainPack
from streamdial.models import Embedder
from streamdial.signals import _cues
from streamdial.signals._lines import ViewerLine
from streamdial.signals.denoising import find_chat_noise, fold_message
from streamdial.signals.message_kinds import WANTING, KindDecision, MessageKind, MessageKindClassifier
from streamdial.signals.prototypes import PrototypeClassifier
from streamdial.slots import SlotMention, SlotReader
from streamdial.text import detect_language, measure_length

MAX_LENGTH = {"en": 60, "zh": 120}
"""A message longer than this (words, characters) is no question to a host."""

UNSURE = ("no_topic", "no_intent")
"""Reasons of the rules that a second opinion may overrule."""
MARGIN = 0.4
"""A line that the second opinion leans to by this much shows an intent, whatever else speaks for it."""
RULED = 0.4
"""So much less will do where the rules found an act."""
EVIDENT = 0.3
"""And so much less where the line names something of the vertical, or a service act."""
AGREED = 0.3
"""And so much less where its kind says the same."""
RULED_ACT = 0.6
"""What the rules' act counts beside the scores of acts."""
RULED_WANTING = 0.2
"""Likelihood of a question or need that will do where the rules found an act in a line of the vertical."""
LIKELY_WANTING = 0.3
"""And where they found none in it: the second opinion has the last word."""
SURE_KIND = 0.6
"""A likelihood of no complaint that overrules the rules where they found an objection."""
_NO_KIND = {"chatter": "chatter", "other": "other_kind"}
"""Reasons that stand behind a more exact one of the rules; what a testimony is by its kind no rule knows better."""
_RARE_ACTS = 0.2
"""How much a score gives way to the frequency of its act among the pack's lines, per unit of its logarithm."""


@dataclass(frozen=True)
class IntentDecision:
    """What was decided about a line.

    Attributes:
        reason: Why it shows no clear and authentic intent; None if it shows one. One of the reasons of
            `find_chat_noise`, `other_language`, `too_long`, `no_intent`, `no_topic` (asks, but nothing of the
            vertical), `off_topic`, `reaction`, `rhetorical`, `small_talk`, `doubtful` (the second opinion is against),
            and what it is instead of a question or need: `complaint`, `testimony`, `advice`, `chatter`, `other_kind`.
        act: The user act where there is an intent: negotiate, object, book, compare, ask_offer, ask, inform.
        asks: Slots the line asks about, the entity slot left out.
        mentions: Slot values it states.
        evident: Whether it names something of the vertical, points at what is shown, or asks for a service.
        bare: Whether it is nothing but a topic of the vertical, which asks about it.
        kind: What it is, whatever its topic; None where nobody was asked.
    """

    reason: str | None
    act: str | None = None
    asks: tuple[str, ...] = ()
    mentions: tuple[SlotMention, ...] = ()
    evident: bool = False
    bare: bool = False
    kind: KindDecision | None = None


class SecondOpinion:
    """Tells kinds of lines, and compares them with a pack's lines of clear intent, by act, and of none.

    Args:
        pack: Brings the lines, of all languages.
        embedder: Embeds them and what is compared with them.
        settled: Kinds by folded text that a model decided.
    """

    def __init__(
        self, pack: DomainPack, embedder: Embedder, *, settled: Mapping[str, MessageKind] | None = None
    ) -> None:
        lines = {act: [text for group in texts.values() for text in group] for act, texts in pack.intents.items()}
        none = lines.pop("none", [])
        clear = [text for texts in lines.values() for text in texts]
        self._shares = {act: len(texts) / len(clear) for act, texts in lines.items() if texts}
        self._intents = PrototypeClassifier({"clear": clear, "none": none}, embedder)
        self._acts = PrototypeClassifier(lines, embedder)
        self.kinds = MessageKindClassifier(embedder, settled=settled)

    def lean(self, texts: Sequence[str]) -> list[float]:
        """Return for each folded text how far it leans to an intent: about 1 clearly so, about -1 clearly not."""
        scores = self._intents.score(texts)
        if scores.shape[1] < 2:
            return [0.0] * len(texts)
        return [float(value) for value in (scores[:, 0] - scores[:, 1]) / 2]

    def score_acts(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Return for each folded text a score per act, about -1 to 2; the rarer an act's lines, the more it gets."""
        bonus = [-_RARE_ACTS * log(self._shares[act]) for act in self._acts.classes]
        return [
            {act: float(score) + more for act, score, more in zip(self._acts.classes, row, bonus, strict=True)}
            for row in self._acts.score(texts)
        ]


def decide_intent(text: str, reader: SlotReader, opinion: SecondOpinion | None = None) -> IntentDecision:
    """Decide about a viewer's line as it was written: fold, find noise, judge.

    Args:
        text: The raw line.
        reader: Reads slots of the domain; its language is the stream's.
        opinion: Second opinion, see `judge_texts`.
    """
    folded = fold_message(text)
    if reason := find_chat_noise(folded, reader.pack):
        return IntentDecision(reason)
    return judge_texts([folded], reader, opinion)[0]


def judge_texts(
    texts: Sequence[str],
    reader: SlotReader,
    opinion: SecondOpinion | None = None,
    *,
    live: Sequence[bool] | None = None,
) -> list[IntentDecision]:
    """Decide about lines that are folded and no noise: by rules, by what they are, then by a second opinion.

    Rules find an intent by what a line names; a line that asks or says something in words they do not know is left as
    `no_topic` or `no_intent`. What is no question and no need has none, whatever it names, except an objection: a
    complaint about the vertical that somebody can still answer. Where the rules found an act in a line of the
    vertical, less likelihood of a question will do, and none where it is nothing but its topic.

    Where the rules are unsure the second opinion must lean to an intent, clearly so where nothing in the line is of
    the vertical: live rooms are full of chat about other things. Where rules found an intent it must only not be
    against (`doubtful`). The act is the best by the scores of both. What is a reaction, rhetorical, off topic, small
    talk or another language stays so.

    The constants were chosen on the development set, on the pack's own lines held out in turn, and on real chat of
    rooms of other kinds, where nearly nothing is an intent.

    Args:
        texts: Folded lines; one batch is embedded together.
        reader: Reads slots of the domain.
        opinion: The second opinion; without it the rules decide alone, with less recall and more false alarms.
        live: Whether each was written to a stream that runs, where complaints are answered; all by default.
    """
    decisions = [judge_text(text, reader) for text in texts]
    if opinion is None:
        return decisions
    kinds = opinion.kinds.classify(texts)
    decisions = [
        _weigh_kind(decision, kind, text, answered)
        for decision, kind, text, answered in zip(decisions, kinds, texts, live or [True] * len(texts), strict=True)
    ]
    rows = [row for row, decision in enumerate(decisions) if decision.act or decision.reason in UNSURE]
    accepted = []
    for row, lean in zip(rows, opinion.lean([texts[row] for row in rows]), strict=True):
        decision = decisions[row]
        needed = MARGIN - (RULED if decision.act else 0.0) - (EVIDENT if decision.evident else 0.0)
        if decision.act and _agrees(decision):
            needed -= AGREED
        if lean >= needed:
            accepted.append(row)
        elif decision.act:
            decisions[row] = replace(decision, reason="doubtful", act=None)
    for row, scores in zip(accepted, opinion.score_acts([texts[row] for row in accepted]), strict=True):
        decision = decisions[row]
        if decision.act:
            scores[decision.act] = scores.get(decision.act, 0.0) + RULED_ACT
        if decision.act != "object" and decision.kind is not None and decision.kind.kind in WANTING:
            scores.pop("object", None)  # what no rule hears as a doubt is one only where it complains
        best = "object" if _is_complaint(decision) else max(scores, key=scores.__getitem__)
        decisions[row] = replace(decision, reason=None, act=best)
    return decisions


def _agrees(decision: IntentDecision) -> bool:
    """Tell whether a kind fits the act the rules found."""
    wanting = decision.kind is not None and decision.kind.kind in WANTING
    return wanting or (decision.act == "object" and _is_complaint(decision))


def _is_complaint(decision: IntentDecision) -> bool:
    return decision.kind is not None and decision.kind.kind == "complaint"


def _weigh_kind(decision: IntentDecision, kind: KindDecision, text: str, live: bool) -> IntentDecision:
    """Return a decision of the rules with the kind, and without its act where the kind has none."""
    decision = replace(decision, kind=kind)
    if decision.reason == "other_language" or kind.kind in WANTING:
        return decision
    least = RULED_WANTING if decision.act else LIKELY_WANTING
    if (decision.act and decision.bare) or (decision.evident and kind.wanting >= least):
        return decision
    if kind.kind == "complaint":
        # A host answers what is said to their face; below a recording only what is still open can be answered.
        open_yet = live or (decision.act == "object" and bool(_cues.ANSWERABLE.search(text)))
        if open_yet and (decision.evident or decision.act == "object") and decision.reason != "too_long":
            return decision
    elif decision.act == "object":
        doubted = decision.evident and live and kind.confidence < SURE_KIND
        if doubted or (kind.kind == "chatter" and _cues.ANSWERABLE.search(text)):
            return decision
    if kind.kind in _NO_KIND and decision.act is None and decision.reason not in UNSURE:
        return decision
    return replace(decision, reason=_NO_KIND.get(kind.kind, kind.kind), act=None)


def judge_text(text: str, reader: SlotReader) -> IntentDecision:
    """Decide about a line that is folded and no noise, by rules alone.

    Acts are looked for from the most to the least specific: negotiate, object, book, compare, ask_offer, ask, a bare
    topic, a stated wish. What a line is about (`topic`) must be of the vertical; an exclamation, a rhetorical
    question or chat about the host is none, unless it also asks for something definite.
    """
    if detect_language(text) == "other":
        return IntentDecision("other_language")
    if measure_length(text, reader.language) > MAX_LENGTH[reader.language]:
        return IntentDecision("too_long")
    line = ViewerLine(text, reader)
    reason = _find_objection(line)
    act = None if reason else _find_act(line)
    asks = tuple(slot for slot in line.asks if slot != reader.pack.entity_slot)
    if act is None:
        reason = reason or _name_reason(line)
    return IntentDecision(reason, act, asks, tuple(line.mentions), line.evident, line.bare)


def _find_objection(line: ViewerLine) -> str | None:
    """Return what speaks against an intent so clearly that no act is looked for."""
    definite = line.shows("negotiate") or line.shows("object") or line.shows("book")
    if ("off_topic" in line.labels or _cues.PERSONAL.search(line.text)) and not line.on_topic and not definite:
        return "off_topic"
    exclaimed = _cues.EXCLAIMED.search(line.text) and not line.asking
    if ("rhetorical" in line.labels or exclaimed) and not (definite or (line.topical_asks and line.asking)):
        return "rhetorical"
    if line.shows("thank") and not (line.questioning or line.pleading or definite):
        return "small_talk"
    return None


def _find_act(line: ViewerLine) -> str | None:
    calm = not line.emotional
    if (line.shows("negotiate") or _cues.PERCENT_OFF.search(line.text)) and (calm or line.questioning):
        return "negotiate"
    worded = any(hit.label == "act:object" and hit.end - hit.start > 1 for hit in line.hits)
    if line.shows("object") and (calm or line.on_topic) and (worded or line.near_topic or not line.terse):
        return "object"
    if (_cues.TWO_SIDES.search(line.text) or line.shows("compare")) and (
        len(line.entities) >= 2 or (_cues.TWO_SIDES.search(line.text) and (calm or line.asking))
    ):
        return "compare"
    if line.shows("book") and (
        line.asking or line.stated or line.entities or line.pleading or (line.first_person and calm)
    ):
        return "book"
    return _find_question(line, calm) or _find_wish(line, calm)


def _find_question(line: ViewerLine, calm: bool) -> str | None:
    entity_slot = line.reader.pack.entity_slot
    others = set(line.asks) - {entity_slot}
    for_offer = (line.shows("ask_offer") or entity_slot in line.asks) and not (line.entities and others)
    grounded = line.on_topic or line.first_person or line.pleading
    if for_offer and (line.questioning or line.wishes or (calm and grounded)):
        return "ask_offer"
    if line.asking and (line.on_topic or _cues.EXISTENCE.search(line.text) or (line.near_topic and calm)):
        return "ask_offer" if line.wishes and not others else "ask"
    if line.questioning and line.on_topic and calm:
        return "ask"
    if others and line.pleading:
        return "ask"
    if line.entities and line.questioning:
        return "ask"
    social = line.shows("greet") or line.shows("thank") or "off_topic" in line.labels
    topical = line.topical_asks or any(hit.label == "topic" for hit in line.hits)
    if line.terse and topical and calm and not social and not line.wishes:
        return "ask"
    return None


def _find_wish(line: ViewerLine, calm: bool) -> str | None:
    if not calm or _cues.POSITIVE_PAST.search(line.text):
        return None
    if len(line.stated) >= 2:
        return "inform"
    counted = any(mention.value[:1].isdigit() for mention in line.wishes)
    if line.wishes and (counted or line.shows("inform")):
        return "inform"
    if line.shows("inform") and (line.stated or line.on_topic) and not line.shows("greet"):
        return "inform"
    if line.first_person and line.on_topic and _cues.FIGURE.search(line.text):
        return "inform"
    return None


def _name_reason(line: ViewerLine) -> str:
    if line.emotional:
        return "reaction"
    if line.shows("greet") or line.shows("thank") or line.shows("defer"):
        return "small_talk"
    return "no_topic" if line.questioning else "no_intent"
