"""The data of the state tracking protocol: real dialogues in two parts, and sets to train on beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from streamdial.counts import Counts
from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.errors import ConfigurationError
from streamdial.evaluation.dst.prompted_tracker import describe_slots
from streamdial.evaluation.dst.protocol import SEEDS, SHARES, Synthetic
from streamdial.evaluation.dst.scores import list_slots
from streamdial.evaluation.dst.sets import (
    MadeSet,
    annotate_alike,
    find_language,
    hash_words,
    keep_language,
    keep_slots,
    list_shared_slots,
    name_apart,
    read_real,
    read_states,
)
from streamdial.evaluation.dst.states import StateDialogue, split_dialogues
from streamdial.evaluation.dst.subsamples import draw_subsamples, embed_whole
from streamdial.evaluation.dst.values import Normaliser, normalise_by_pack, normalise_value
from streamdial.models import build_embedder
from streamdial.options import Named
from streamdial.records import Dialogue, FrozenModel, Language

MADE = "made"
"""In front of the ids of synthetic dialogues."""


class TrackingOptions(FrozenModel):
    """What the protocol is asked to do: JSON values alone."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    COMMAND: ClassVar[str] = "track"
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("folder",)
    OLD_NAMES: ClassVar[Mapping[str, str]] = {"most": "max_dialogues"}

    folder: str | None = None
    """A run, an exported data set, or a public set to train on beside the real ones."""
    real: tuple[str, ...] = ()
    """File or folder of a public set with states."""
    test: tuple[str, ...] = ()
    """Such files to score on; else a share of the real ones is held back."""
    test_share: float = Field(default=0.3, gt=0, lt=1)
    """Share of the real dialogues that is held back."""
    shares: Annotated[tuple[float, ...], Named("shares", "--share")] = SHARES
    """Shares of the real dialogues to train on."""
    seeds: tuple[int, ...] = SEEDS
    """Seeds each mixture is trained with; a single number stands for that many seeds."""
    models: Annotated[tuple[str, ...], Named("models", "--model")] = ()
    """Language model that is tested as a tracker by prompting."""
    shots: tuple[int, ...] = (0, 4)
    """Numbers of examples such a model is shown."""
    max_dialogues: int | None = Field(default=None, ge=1)
    """Maximum number of dialogues to score on, for trackers and models alike."""
    api_base: str | None = None
    """Address of the model's endpoint."""
    json_path: Annotated[str | None, Named("json_path", "--json")] = None
    """File for the figures, a table in Markdown beside it; by default in `evaluation/` of a run or data set."""
    train_language: Language | None = None
    """Language of the real dialogues that are trained on; that of those scored on by default."""
    test_language: Language | None = None
    """Language of the dialogues that are scored on, and of the set; that of most real ones by default."""
    scored: Literal["real", "both"] = "real"
    """Slots that are tracked: all that the real dialogues fill, or those that the set fills, too."""
    embedder: str = "use-multilingual"
    """use-multilingual, or a sentence-transformers model."""
    domain: str | None = None
    """Domain pack whose slots are tracked; that of the folder by default."""
    max_tokens: int | None = None
    """Token budget of the models."""
    max_cost: float | None = None
    """Money budget of the models in US dollars."""

    @model_validator(mode="after")
    def require_real(self) -> TrackingOptions:
        """Refuse options that name nothing to score on."""
        if not self.real:
            raise ValueError(
                "no real dialogues were named, so there is nothing to score on: give --real with a file or folder of "
                "MultiWOZ, SGD, CrossWOZ or RiSAWOZ"
            )
        return self

    @field_validator("seeds", mode="before")
    @classmethod
    def count_seeds(cls, value: Any) -> Any:  # noqa: ANN401
        """Take a number for that many seeds from 0 on."""
        one = value[0] if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], str) else value
        return tuple(range(int(one))) if isinstance(one, str | int) else value


@dataclass(frozen=True)
class Material:
    """Everything the trackers see, with slots and values made comparable."""

    train: list[StateDialogue]
    test: list[StateDialogue]
    slots: tuple[str, ...]
    language: Language
    pack: DomainPack | None
    normalise: Normaliser
    synthetic: Synthetic | Callable[[int], Synthetic] = field(default_factory=dict)


def collect_material(
    options: TrackingOptions, made: MadeSet | None, counts: Mapping[str, Counts], notes: list[str]
) -> Material:
    """Return what the options name, read, split and cut to the slots it has in common.

    Args:
        options: The options.
        made: Dialogues to train on beside the real ones; None for none.
        counts: Reports of `real`, `test` and `made`, filled in.
        notes: Sentences for people, added to.

    Raises:
        ConfigurationError: If a set cannot be read, or no dialogue of `made` can be trained on.
    """
    pack = _find_pack(options.domain, made)
    real = read_real([Path(path) for path in options.real], pack, counts["real"])
    given = name_apart(read_real([Path(path) for path in options.test], pack, counts["test"]), "test")
    for part, found in (("real", real), *((("test", given),) if options.test else ())):
        if not found:
            about = f" about {pack.id}" if pack else ""
            raise ConfigurationError(
                f"{', '.join(getattr(options, part))} has no dialogue{about} with states ({list_drops(counts[part])}).",
                fix="name real dialogues of the domain: with states, and with slots the pack has",
            )
    language = options.test_language or find_language(given or real)
    train, test = _split_real(options, real, given, language, counts, notes)
    slots = list_shared_slots([*train, *test], pack)
    if options.train_language not in (None, language):
        # What one language alone fills can be neither learnt nor scored.
        slots = tuple(slot for slot in slots if slot in list_slots(train) and slot in list_slots(test))
        train, test = (keep_slots(part, slots, counts["real"]) for part in (train, test))
    if pack and (empty := [slot for slot in pack.slots if slot not in slots]):
        notes.append(f"slots of the pack the real dialogues never fill, left out: {', '.join(empty)}")
    if options.max_dialogues and len(test) > options.max_dialogues:
        notes.append(f"scored on {options.max_dialogues} of {len(test)} dialogues")
        test = test[: options.max_dialogues]
    normalise = lru_cache(maxsize=200_000)(normalise_by_pack(pack, language) if pack else normalise_value)
    material = Material(train, test, slots, language, pack, normalise)
    if made is not None and options.scored == "both":
        filled = list_slots(_read_made(made.kept, material, Counts("filled")))
        material = _keep_shared(material, [slot for slot in slots if slot in filled], counts, notes)
    return replace(material, synthetic=_draw_made(made, material, options, counts["made"], notes)) if made else material


def _split_real(
    options: TrackingOptions,
    real: list[StateDialogue],
    given: list[StateDialogue],
    language: Language,
    counts: Mapping[str, Counts],
    notes: list[str],
) -> tuple[list[StateDialogue], list[StateDialogue]]:
    """Return the real dialogues to train on and to score on, each of its language."""
    learnt = options.train_language or language
    if learnt != language:
        notes.append(f"trained on real dialogues in {learnt}, scored on those in {language}")
        train, test = ([dialogue for dialogue in real if dialogue.language == wanted] for wanted in (learnt, language))
        return train, given or test
    real, given = keep_language(real, language, counts["real"]), keep_language(given, language, counts["test"])
    if not options.test:
        parts = split_dialogues(real, {"train": 1 - options.test_share, "test": options.test_share})
        return parts["train"], parts["test"]
    held = {hash_words(dialogue) for dialogue in given}
    train = [dialogue for dialogue in real if hash_words(dialogue) not in held]
    if len(train) < len(real):
        notes.append(f"{len(real) - len(train)} real dialogues are among those scored on, and are not trained on")
    return train, given


def _find_pack(domain: str | None, made: MadeSet | None) -> DomainPack | None:
    if domain:
        return load_pack(domain)
    if made is not None and made.pack is not None:
        return made.pack
    named = Counter(dialogue.domain for dialogue in made.kept if isinstance(dialogue, Dialogue)) if made else Counter()
    return next((load_pack(name) for name, _ in named.most_common() if name in list_domains()), None)


def _keep_shared(material: Material, slots: Sequence[str], counts: Mapping[str, Counts], notes: list[str]) -> Material:
    """Return the material with the slots that both sides fill; a real dialogue left without any is left out."""
    if left := [slot for slot in material.slots if slot not in slots]:
        notes.append(f"slots the set never fills, left out: {', '.join(left)}")
    train, test = (keep_slots(part, slots, counts["real"]) for part in (material.train, material.test))
    return replace(material, slots=tuple(slots), train=train, test=test)


def _read_made(dialogues: Sequence[Any], material: Material, report: Counts) -> list[StateDialogue]:
    """Return made dialogues as the material has its own: annotated alike, of one language, with its slots alone."""
    ours = [one for one in dialogues if isinstance(one, Dialogue)]
    others = [one for one in dialogues if not isinstance(one, Dialogue)]
    named = [*annotate_alike(ours, material.pack, material.slots), *others]
    states = keep_language(read_states(named, material.pack, report), material.language, report)
    kept = keep_slots(states, material.slots, report)
    # What a set never fills it says nothing about: a street that is named there is no example of what is no address.
    filled = frozenset(list_slots(kept))
    return [replace(dialogue, annotated=filled) for dialogue in name_apart(kept, MADE)]


def _draw_made(
    made: MadeSet, material: Material, options: TrackingOptions, counts: Counts, notes: list[str]
) -> Synthetic | Callable[[int], Synthetic]:
    """Return the synthetic sets, by seed where there is something to draw from."""
    kept = _read_made(made.kept, material, counts)
    if not kept:
        raise ConfigurationError(
            f"no dialogue of {made.name} can be trained on ({list_drops(counts) or 'there is none'}).",
            fix="give real dialogues of its domain and language, or leave it out",
        )
    if not made.everything:
        return {made.label: kept}
    if len(made.everything) == len(made.kept):
        notes.append("the filter dropped nothing: unfiltered dialogues of equal size are the same ones")
        return {made.label: kept}
    # Only what can be trained on is drawn from, so that the sets are of equal size where it counts.
    usable = {dialogue.id: dialogue for dialogue in _read_made(made.everything, material, Counts("everything"))}
    held = [dialogue for dialogue in made.everything if f"{MADE}/{dialogue.id}" in usable]
    embedder = build_embedder(options.embedder)
    try:
        vectors = embed_whole(held, embedder)
    finally:
        embedder.close()
    ids = [f"{MADE}/{dialogue.id}" for dialogue in held]

    def draw(seed: int) -> Synthetic:
        drawn = draw_subsamples(ids, vectors, len(kept), seed=seed)
        return {made.label: kept, **{name: [usable[key] for key in chosen] for name, chosen in drawn.items()}}

    return draw


def describe_material(material: Material) -> dict[str, str]:
    """Return the slots with what a model is told of them: of a set without a pack, their names alone."""
    told = describe_slots(material.pack, material.language) if material.pack else {}
    return {slot: told.get(slot, slot) for slot in material.slots}


def list_drops(counts: Counts) -> str:
    """Return the drops of a report as a phrase."""
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in sorted(counts.dropped.items()))
