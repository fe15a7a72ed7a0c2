"""All measures of one set that need no language model, and of two sets on equal terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.evaluation.dialogues import TalkSet
from streamdial.evaluation.metrics.adherence import measure_set_adherence
from streamdial.evaluation.metrics.bleu import SAMPLED, count_bleu_turns, measure_self_bleu
from streamdial.evaluation.metrics.coverage import measure_coverage
from streamdial.evaluation.metrics.duplicates import measure_duplicates
from streamdial.evaluation.metrics.embeddings import embed_turns, measure_vendi
from streamdial.evaluation.metrics.fidelity import measure_fidelity
from streamdial.evaluation.metrics.grounding import measure_grounding
from streamdial.evaluation.metrics.intervals import Figure
from streamdial.evaluation.metrics.leakage import measure_personal_data, measure_shared_runs, measure_source_overlap
from streamdial.evaluation.metrics.mtld import measure_mtld
from streamdial.evaluation.metrics.ngrams import measure_ngrams
from streamdial.evaluation.metrics.recovery import measure_recovery
from streamdial.evaluation.metrics.style_metrics import measure_manners
from streamdial.models import Embedder
from streamdial.records import Language


@dataclass(frozen=True)
class Limits:
    """Sizes two sets have in common: what depends on size is measured on as much of each.

    Attributes:
        dialogues: Dialogues.
        languages: By language: tokens, turns long enough for BLEU-4, dialogues.
    """

    dialogues: int
    languages: Mapping[Language, tuple[int, int, int]]

    def get(self, language: Language) -> tuple[int, int, int]:
        """Return tokens, turns and dialogues of a language; of one that neither has, nothing."""
        return self.languages.get(language, (0, 0, 0))


def find_limits(sets: Sequence[TalkSet]) -> Limits:
    """Return the smaller sizes of two sets; of what only one of them has, such as a language, its own."""
    languages = sorted({language for known in sets for language in known.languages})
    found = {}
    for language in languages:
        parts = [known.of_language(language) for known in sets]
        tokens = (sum(len(turn) for talk in talks for turn in talk.tokens) for talks in parts)
        turns = (min(count_bleu_turns(talks), SAMPLED) for talks in parts)
        found[language] = (_find_smaller(tokens), _find_smaller(turns), _find_smaller(len(talks) for talks in parts))
    return Limits(_find_smaller(len(known.talks) for known in sets), found)


def _find_smaller(sizes: Iterable[int]) -> int:
    """Return the smallest size above 0; 0 where there is none."""
    return min((size for size in sizes if size), default=0)


def find_pack(known: TalkSet, domain: str | None = None) -> DomainPack | None:
    """Return the domain pack of a set: the one named, else that of most of its dialogues; None where there is none."""
    if domain:
        return load_pack(domain)
    domains = Counter(talk.domain for talk in known.talks)
    packs = [name for name, _ in domains.most_common() if name in list_domains()]
    return load_pack(packs[0]) if packs else None


def measure_set(
    known: TalkSet,
    *,
    embedder: Embedder | None,
    pack: DomainPack | None = None,
    limits: Limits | None = None,
    languages: Iterable[Language] | None = None,
    seed: int = 7,
) -> list[Figure]:
    """Return every figure of a set, with sections; what cannot be measured has a reason instead of a value.

    Args:
        known: The set.
        embedder: Encoder for the Vendi score; None leaves it out.
        pack: Domain pack, for what needs slots; see `find_pack`.
        limits: Sizes to measure on, where it is compared with another set.
        languages: Languages to tell apart; by default those of the set.
        seed: Seed of samples and resamples.
    """
    figures: list[Figure] = []

    def add(section: str, made: Iterable[Figure]) -> None:
        figures.extend(replace(figure, section=section) for figure in made)

    size = limits.dialogues or None if limits else None
    add("Manners", measure_manners(known.talks, seed=seed))
    for language in sorted(languages or known.languages):
        talks = known.of_language(language)
        tokens, turns, dialogues = (size or None for size in limits.get(language)) if limits else (None,) * 3
        add("Diversity", measure_ngrams(talks, language, size=tokens, seed=seed))
        add("Diversity", [measure_self_bleu(talks, language, size=turns or SAMPLED, dialogues=dialogues, seed=seed)])
        add("Diversity", [measure_mtld(talks, language, seed=seed)])
    add("Diversity", [_try_vendi(known, embedder, size, seed)])
    add("Diversity", measure_duplicates(known.talks, size=size, seed=seed))
    add("Coverage", measure_coverage(known, seed=seed))
    add("Fidelity", measure_set_adherence(known, seed=seed))
    add("Fidelity", measure_recovery(known, pack, seed=seed))
    add("Grounding", measure_grounding(known, pack, seed=seed))
    add("Leaks", measure_source_overlap(known, seed=seed))
    add("Leaks", [measure_personal_data(known.talks, seed=seed)])
    return figures


def _try_vendi(known: TalkSet, embedder: Embedder | None, size: int | None, seed: int) -> Figure:
    if embedder is None:
        return Figure("vendi", None, unit="dialogues in effect", reason="no embedder")
    if not known.talks:
        return Figure("vendi", None, unit="dialogues in effect", reason="no dialogues")
    return measure_vendi(embed_turns(known.talks, embedder, seed=seed), size=size, seed=seed)


def measure_nearness(own: TalkSet, other: TalkSet, embedder: Embedder | None, *, seed: int = 7) -> list[Figure]:
    """Return how near a set is to another one, taken as real: in meaning, and in runs of the same words.

    In meaning, only dialogues of the languages both have are compared.

    Args:
        own: The set.
        other: The reference.
        embedder: Encoder; None leaves meaning out.
        seed: Seed of samples and resamples.
    """
    shared = sorted({*own.languages} & {*other.languages})
    names = ("frechet", "precision", "recall")
    figures: list[Figure] = []
    if embedder is None or not shared:
        reason = "no embedder" if embedder is None else "the sets have no language in common"
        figures += [
            Figure(name, None, unit="distance" if name == "frechet" else "share of turns", reason=reason)
            for name in names
        ]
    else:
        mine, theirs = ([talk for talk in known.talks if talk.language in shared] for known in (own, other))
        vectors = [embed_turns(talks, embedder, seed=seed) for talks in (mine, theirs)]
        figures += measure_fidelity(vectors[0], vectors[1], seed=seed)
    figures.append(measure_shared_runs(own.talks, other.talks, seed=seed))
    return [replace(figure, section=f"Nearness to {other.name}") for figure in figures]
