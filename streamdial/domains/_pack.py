"""Domain packs: what STREAM must know of a vertical, as one YAML file each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from streamdial.errors import ConfigurationError
from streamdial.records import FrozenModel, Language, Role
from streamdial.text import PhraseIndex, find_phrase

SlotType = Literal["entity", "money", "quantity", "count", "category", "date", "time", "text", "boolean"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def _key_text(given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
    """Put a bare wording under the language of the pack."""
    return {_get_language(info): given} if isinstance(given, str) else given


def _key_texts(given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
    """Put bare wordings under the language of the pack; a single one is a list of one."""
    if not isinstance(given, dict):
        given = {_get_language(info): given}
    return {key: [texts] if isinstance(texts, str) else texts for key, texts in given.items()}


def _get_language(info: ValidationInfo) -> Language:
    languages = (info.context or {}).get("languages") or LANGUAGES
    first: Language = languages[0]
    return first


def _fill_languages(texts: dict[Language, str]) -> dict[Language, str]:
    """Give a name to languages the pack leaves out: the one it has."""
    spare = next(iter(texts.values()), "")
    return {**texts, **{language: spare for language in LANGUAGES if language not in texts}}


Text = Annotated[dict[Language, str], BeforeValidator(_key_text, json_schema_input_type=str | dict[Language, str])]
"""One wording per language; a bare one is of the pack's first language."""
Names = Annotated[Text, AfterValidator(_fill_languages)]
"""A name per language; one that is left out is called as in another."""
_Wordings = str | tuple[str, ...]
Texts = Annotated[
    dict[Language, tuple[str, ...]],
    BeforeValidator(_key_texts, json_schema_input_type=_Wordings | dict[Language, _Wordings]),
]
"""Several wordings per language; bare ones are of the pack's first language."""


class PackModel(FrozenModel):
    """A part of a pack; what is said of its fields stands in its JSON Schema and in docs/domains.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Slot(PackModel):
    """One attribute of the domain: how it is called, asked for and normalised."""

    type: SlotType
    """What its values are: the thing itself (`entity`), `money`, a number with a unit (`quantity`), people, nights or
    pieces (`count`), one of some values (`category`, `boolean`), a `date` or `time` of a booking, or any `text`."""
    names: Names
    """What people call it: `price`, 价格."""
    ask: Texts = Field(default_factory=dict)
    """Phrases that show somebody asks for it: `how much`, 多少钱."""
    headers: Texts = Field(default_factory=dict)
    """Row and column names of specification tables that hold it (lower case)."""
    foreign_headers: tuple[str, ...] = ()
    """The same in languages the pack does not speak; from `_foreign_headers.yaml`."""
    units: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Canonical unit to the spellings that mean it: `{km: [km, kilometers, 公里]}`. The first key is the default."""
    values: dict[str, Texts] = Field(default_factory=dict)
    """For category and boolean slots: canonical value to its spellings; the first spelling is used in wordings."""
    question: Text = Field(default_factory=dict)
    """How the agent asks for it where no real line does: `What budget do you have in mind?`"""
    need: Text = Field(default_factory=dict)
    """The wish in a list of wishes: `a budget of {value}`."""
    fact: Text = Field(default_factory=dict)
    """The fact in a list of facts: `a range of {value}`."""
    constraint: Literal["max", "min", "equal"] | None = None
    """How a user's wish bounds the attribute: `max` for a budget, `min` for seats; None if it is never a wish."""
    mined: bool = False
    """Whether the agent asks the user for it while it finds out what the user needs."""
    booking: bool = False
    """Whether it belongs to the appointment or reservation at the end."""
    account: bool = False
    """Whether it names the account itself: nobody is handed over to a colleague for it."""
    shared: bool = False
    """Whether it holds for all the account sells where prose names no thing: parking, opening hours."""
    stock: bool = False
    """Whether it says if the thing can be had now: told when it is looked up, never as a selling point."""
    gone: tuple[str, ...] = ()
    """For a stock slot: the values that mean that it cannot be had."""
    not_held: tuple[str, ...] = ()
    """For a stock slot: the values that mean that it can be had, but not be kept for somebody."""
    lacks: tuple[str, ...] = ()
    """The values that mean that the thing is without it: a letdown for whoever has asked for it, wish or not."""

    def counts_as(self, other: Slot) -> bool:
        """Tell whether both are counted in the same unit: the people of a menu and the party of a table."""
        return not self.units.keys().isdisjoint(other.units)


class Strategy(PackModel):
    """A way experts lead a dialogue, recognised by lines like its prototypes."""

    stage: str
    """Stage of the dialogue it belongs to."""
    names: Names
    """What it is called."""
    act: str
    """Agent act the strategy shows itself in."""
    prototypes: Texts
    """Lines of an expert that follow it, three or more a language."""


class KeySignal(PackModel):
    """Something a customer does or lets drop that moves a dialogue: what it means for the business."""

    meaning: Text
    """What it says of the customer: `the price is what the decision hangs on`."""
    value: Text
    """What it is worth to the seller: `high: ready to decide`."""
    phrases: Texts = Field(default_factory=dict)
    """Words it is heard by, for a signal that is no act: a family that has to agree, an old car to trade in."""
    reason: str = ""
    """The reason for wanting time that it shows, where it shows one: `family`, `payday`, ..."""


class StageTemplate(PackModel):
    """A stage the vertical's dialogues go through."""

    names: Names
    """What it is called."""
    goals: Names
    """What the agent wants in it."""
    key_results: Names
    """What shows that it is done."""
    cues: Texts = Field(default_factory=dict)
    """Words a stage of a plan given from outside is recognised by: `价格`, `test drive`."""
    terminal: bool = False
    """Whether a dialogue may end in it."""


class Screening(PackModel):
    """Words that decide whether a source belongs to the vertical."""

    keywords: Texts
    """Words that name the trade and what it sells."""
    categories: tuple[str, ...] = ()
    """Categories and tags platforms give to such accounts and rooms."""
    certifications: tuple[str, ...] = ()
    """Words of the certifications such accounts have."""
    advertising: Texts = Field(default_factory=dict)
    """Words of advertisements by others."""
    entertainment: Texts = Field(default_factory=dict)
    """Words of rooms that only entertain."""


class ActTemplates(PackModel):
    """Sentences per act, by role: the last resort of the realiser. Placeholders are in braces."""

    user: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Sentences of the customer, by act."""
    agent: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Sentences of the agent, by act."""

    def get(self, role: Role, act: str) -> tuple[str, ...]:
        """Return the sentences of an act, an empty tuple where the pack has none."""
        return (self.user if role == "user" else self.agent).get(act, ())


class Retrieval(PackModel):
    """How real lines are looked up as samples for a turn."""

    count: int = Field(default=3, ge=0, le=20)
    """Lines shown for a turn."""
    least_similarity: float = Field(default=0.35, ge=-1, le=1)
    """Minimum cosine of what was said before a line and the message it is to follow."""
    diversity: float = Field(default=0.3, ge=0, le=1)
    """Weight of being unlike the lines chosen before (maximal marginal relevance); 0 takes the nearest."""


class DomainPack(PackModel):
    """All that is particular to a vertical. A new vertical is a new YAML file and no code."""

    id: str
    """Name of the vertical, as runs and records carry it."""
    names: Names
    """What the vertical is called: `Cameras`, 相机."""
    languages: tuple[Language, ...] = Field(
        default=LANGUAGES, min_length=1, exclude_if=lambda languages: languages == LANGUAGES
    )
    """Languages it speaks; bare texts are of the first one."""
    release_name: str
    """Prefix of ids in StreamDial's own files: car, hotel, restaurant; the id by default."""
    entity_slot: str
    """Slot that names what is sold: a car model, a room, a set menu."""
    currency: Names
    """Unit of money that a bare number in a text of that language means."""
    screening: Screening
    """Words that decide whether a source belongs to the vertical."""
    slots: dict[str, Slot]
    """Attributes by id: what is asked, told, wished for and booked."""
    stages: dict[str, StageTemplate]
    """Stages of the dialogues; all verticals share seven."""
    strategies: dict[str, Strategy]
    """Ways of leading a dialogue; `service` brings thirteen."""
    lexicon: Texts = Field(default_factory=dict)
    """Domain terms a recogniser may damage, beside the names found in profile and pages."""
    acts: dict[Role, dict[str, Texts]] = Field(default_factory=dict)
    """Phrases that show an act, for acts no slot phrase decides: objections, negotiation, booking, ..."""
    topics: Texts = Field(default_factory=dict)
    """What viewers ask about beside the slots: lift, corkage, 底盘. Evidence that a question belongs here."""
    chat: dict[str, Texts] = Field(default_factory=dict)
    """Word classes of chat: topic, reaction, rhetorical, off_topic, advertisement, contact_baiting."""
    intents: dict[str, Texts] = Field(default_factory=dict)
    """Lines of viewers with a clear intent, by act, and without one (`none`), for the second opinion."""
    strategy_lines: dict[str, Texts] = Field(default_factory=dict)
    """More prototypes by strategy, of all verticals; `other` holds what follows no strategy."""
    strategy_cues: dict[str, Texts] = Field(default_factory=dict)
    """Words and phrases a strategy is heard by."""
    act_strategies: dict[str, str] = Field(default_factory=dict)
    """Agent acts that are no strategy's own, with the strategy they belong to: check_stock -> product_answer."""
    key_signals: dict[str, KeySignal] = Field(default_factory=dict)
    """By user act, or by a name of the vertical's own for what is heard by its phrases."""
    retrieval: Retrieval = Retrieval()
    """How real lines are looked up while a dialogue is made."""
    offers: tuple[str, ...] = ()
    """Slots the agent offers when the price is negotiated, the first choice first."""
    _origin: str = PrivateAttr(default="")
    templates: dict[Language, ActTemplates]
    """Sentences by language, role and act, where nothing better words an act; all verticals share a set."""

    @model_validator(mode="after")
    def check_references(self, info: ValidationInfo) -> DomainPack:
        """Refuse a pack whose parts name what does not exist; whoever collects faults is given it as it is."""
        if faults := [] if (info.context or {}).get("collects") else list(self.find_broken_references()):
            raise ValueError("; ".join(told for _, told in faults))
        return self

    def find_broken_references(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield the place and the fault of each part that names what does not exist."""
        if self.entity_slot not in self.slots or self.slots[self.entity_slot].type != "entity":
            yield ("entity_slot",), f"entity_slot {self.entity_slot!r} must name a slot of type entity"
        for name, strategy in self.strategies.items():
            if strategy.stage not in self.stages:
                known = ", ".join(self.stages)
                yield (
                    ("strategies", name, "stage"),
                    f"strategy {name!r} names stage {strategy.stage!r}; the pack has {known}",
                )
        for name, slot in self.slots.items():
            if unknown := [value for value in (*slot.gone, *slot.not_held, *slot.lacks) if value not in slot.values]:
                told = f"slot {name!r} calls {', '.join(unknown)} gone or lacking, which are no values of it"
                yield ("slots", name), told
        if unknown := [slot for slot in self.offers if slot not in self.slots]:
            yield ("offers",), f"offers name the slots {', '.join(unknown)}, which the pack does not have"
        if not any(stage.terminal for stage in self.stages.values()):
            yield ("stages",), "no stage is terminal; a talk could never end"

    @property
    def origin(self) -> str:
        """Path of the file it was read from; empty for a pack of the package or made in memory."""
        return self._origin

    def place(self, origin: str) -> DomainPack:
        """Note the file it was read from, beside which its seeds may lie; return the pack."""
        self._origin = origin
        return self

    @cached_property
    def phrases(self) -> PhraseIndex:
        """All phrases of chat, labelled `topic`, `keyword`, `reaction`, ... and `act:negotiate`, `act:book`, ..."""
        classes: dict[str, list[str]] = {name: _flatten(texts) for name, texts in self.chat.items()}
        classes["topic"] = [*classes.get("topic", ()), *_flatten(self.topics)]
        classes["keyword"] = _flatten(self.screening.keywords)
        classes["screened"] = _flatten(self.screening.advertising)
        classes |= {f"act:{act}": _flatten(texts) for act, texts in self.acts.get("user", {}).items()}
        return PhraseIndex(classes)

    @cached_property
    def evidence(self) -> PhraseIndex:
        """The phrases that speak for the vertical, labelled `keyword`, `own` and `around`.

        Its keywords; what its slots are asked by and their values; its topics, and the slots that hold for everything
        sold, for a station has a location, too. A single Chinese character is none: 座 and 锅 stand in too many other
        words.
        """
        own: list[dict[Language, tuple[str, ...]]] = []
        around: list[dict[Language, tuple[str, ...]]] = [self.topics]
        for slot in self.slots.values():
            (around if slot.shared else own).extend((slot.ask, *slot.values.values()))
        classes: dict[str, list[dict[Language, tuple[str, ...]]]] = {
            "keyword": [self.screening.keywords],
            "own": own,
            "around": around,
        }
        return PhraseIndex(
            {
                label: [phrase for group in groups for phrase in _flatten(group) if len(phrase) > 1]
                for label, groups in classes.items()
            }
        )

    def get_slot(self, name: str) -> Slot:
        """Return a slot of the schema.

        Raises:
            ConfigurationError: If the pack has no slot of that name.
        """
        try:
            return self.slots[name]
        except KeyError:
            raise ConfigurationError(
                f"slot {name!r} is not in the {self.id} pack; it has {', '.join(self.slots)}.",
                fix="use one of these or add the slot to the pack",
            ) from None

    def find_signals(self, text: str) -> tuple[str, ...]:
        """Return the key signals a text shows by their phrases, in the pack's order."""
        if not text:
            return ()
        lower = text.lower()
        return tuple(
            name
            for name, phrases in self._signal_phrases
            if any(phrase in lower and find_phrase(lower, phrase) is not None for phrase in phrases)
        )

    @cached_property
    def _signal_phrases(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The phrases of each key signal in lower case."""
        return tuple(
            (name, tuple(phrase.lower() for phrase in _flatten(signal.phrases)))
            for name, signal in self.key_signals.items()
        )

    @cached_property
    def price_slot(self) -> str | None:
        """Name of the first slot of money, the price of what is sold; None where the pack has none."""
        return next((name for name, slot in self.slots.items() if slot.type == "money"), None)

    @cached_property
    def stock_slot(self) -> str | None:
        """Name of the slot that says whether a thing can be had now; None where the pack has none."""
        return next((name for name, slot in self.slots.items() if slot.stock), None)

    def find_strategy(self, act: str) -> str:
        """Return the strategy an agent's act belongs to, empty where it belongs to none."""
        own = next((name for name, strategy in self.strategies.items() if strategy.act == act), "")
        shared = self.act_strategies.get(act, "")
        return own or (shared if shared in self.strategies else "")

    def name_slots(self, names: Iterable[str], language: Language) -> list[str]:
        """Return slots by their names in a language; what is no slot of the pack stays as it is."""
        return [self.slots[name].names[language] if name in self.slots else name for name in names]

    def list_slots(self, *, mined: bool | None = None, booking: bool | None = None) -> tuple[str, ...]:
        """Return slot names in the pack's order, filtered by their flags where given."""
        return tuple(
            name
            for name, slot in self.slots.items()
            if (mined is None or slot.mined == mined) and (booking is None or slot.booking == booking)
        )


def _flatten(texts: Texts) -> list[str]:
    return [text for group in texts.values() for text in group]
