"""Measures one set by all metrics that need no language model, and two sets on equal terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from streamdial.domains import DomainPack, list_domains, load_pack
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.metrics.adherence import measure_set_adherence
from streamdial.evaluation.metrics.bleu import SAMPLED, count_bleu_turns, measure_self_bleu
from streamdial.evaluation.metrics.contradictions import measure_contradictions
from streamdial.evaluation.metrics.coverage import measure_coverage
from streamdial.evaluation.metrics.dialogue_causes import measure_causes
from streamdial.evaluation.metrics.dialogue_form import measure_form
from streamdial.evaluation.metrics.duplicates import measure_duplicates
from streamdial.evaluation.metrics.elicitation import measure_elicitation
from streamdial.evaluation.metrics.embeddings import embed_turns, measure_vendi
from streamdial.evaluation.metrics.fidelity import measure_fidelity
from streamdial.evaluation.metrics.flips import measure_flips
from streamdial.evaluation.metrics.grounding import measure_grounding
from streamdial.evaluation.metrics.grounding_acts import measure_grounding_acts
from streamdial.evaluation.metrics.intervals import Statistic
from streamdial.evaluation.metrics.leakage import measure_personal_data, measure_shared_runs, measure_source_overlap
from streamdial.evaluation.metrics.lexical import measure_lexical
from streamdial.evaluation.metrics.metric import Limits, Measured, Metric
from streamdial.evaluation.metrics.mtld import measure_mtld
from streamdial.evaluation.metrics.ngrams import measure_ngrams
from streamdial.evaluation.metrics.recall import measure_recall
from streamdial.evaluation.metrics.recovery import measure_recovery
from streamdial.evaluation.metrics.role_fidelity import measure_role_fidelity
from streamdial.evaluation.metrics.satisfaction import measure_satisfaction
from streamdial.evaluation.metrics.style_metrics import measure_style
from streamdial.evaluation.metrics.user_likeness import measure_user_likeness
from streamdial.models import Embedder
from streamdial.plugins import list_plugins
from streamdial.records import Language


def find_limits(sets: Sequence[DialogueSet]) -> Limits:
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


def find_pack(known: DialogueSet, domain: str | None = None) -> DomainPack | None:
    """Return the domain pack of a set: the one named, else the one its run kept, else that of most of its dialogues."""
    if domain:
        return load_pack(domain)
    if known.pack is not None:
        return known.pack
    domains = Counter(talk.domain for talk in known.talks)
    packs = [name for name, _ in domains.most_common() if name in list_domains()]
    return load_pack(packs[0]) if packs else None


def measure_set(
    known: DialogueSet,
    *,
    embedder: Embedder | None,
    pack: DomainPack | None = None,
    limits: Limits | None = None,
    languages: Iterable[Language] | None = None,
    seed: int = 7,
) -> list[Statistic]:
    """Return the figures of every metric, with sections; what cannot be measured has a reason instead.

    Args:
        known: The set.
        embedder: Encoder for the Vendi score; None leaves it out.
        pack: Domain pack, for what needs slots; see `find_pack`.
        limits: Sizes to measure on, where it is compared with another set.
        languages: Languages to tell apart; by default those of the set.
        seed: Seed of samples and resamples.
    """
    measured = Measured(known, embedder, pack, limits, tuple(sorted(languages or known.languages)), seed)
    figures: list[Statistic] = []
    for plugin in list_plugins("metric"):
        metric: Metric = plugin.load()
        figures += [replace(figure, section=metric.section) for figure in metric.measure(measured)]
    return figures


def _measure_words(of: Measured) -> Iterator[Statistic]:
    """Yield n-grams, self-BLEU and MTLD, language by language."""
    for language in of.languages:
        talks = of.known.of_language(language)
        tokens, turns, dialogues = (size or None for size in of.limits.get(language)) if of.limits else (None,) * 3
        yield from measure_ngrams(talks, language, size=tokens, seed=of.seed)
        yield measure_self_bleu(talks, language, size=turns or SAMPLED, dialogues=dialogues, seed=of.seed)
        yield measure_mtld(talks, language, seed=of.seed)


def _measure_lexical(of: Measured) -> Iterator[Statistic]:
    for language in of.languages:
        yield from measure_lexical(of.known.of_language(language), language, seed=of.seed)


def _measure_form(of: Measured) -> list[Statistic]:
    names = {fact.entity for facts in of.known.knowledge.values() for fact in facts if fact.entity}
    packs = {of.pack.id: of.pack} if of.pack else {}
    return measure_form(of.known.talks, names=names, packs=packs, size=of.size, seed=of.seed)


def _measure_vendi(of: Measured) -> Iterator[Statistic]:
    if of.embedder is None or not of.known.talks:
        reason = "no embedder" if of.embedder is None else "no dialogues"
        yield Statistic("vendi", None, unit="dialogues in effect", reason=reason)
    else:
        yield measure_vendi(embed_turns(of.known.talks, of.embedder, seed=of.seed), size=of.size, seed=of.seed)


MANNERS = Metric("Manners", lambda of: measure_style(of.known.talks, seed=of.seed))
WORDS = Metric("Diversity", _measure_words)
VENDI = Metric("Diversity", _measure_vendi)
DUPLICATES = Metric("Diversity", lambda of: measure_duplicates(of.known.talks, size=of.size, seed=of.seed))
FORM = Metric("Form", _measure_form)
CAUSES = Metric("Cause and world", lambda of: measure_causes(of.known, of.pack, seed=of.seed))
COVERAGE = Metric("Coverage", lambda of: measure_coverage(of.known, seed=of.seed))
ADHERENCE = Metric("Fidelity", lambda of: measure_set_adherence(of.known, seed=of.seed))
RECOVERY = Metric("Fidelity", lambda of: measure_recovery(of.known, of.pack, seed=of.seed))
GROUNDING = Metric("Grounding", lambda of: measure_grounding(of.known, of.pack, seed=of.seed))
GROUNDING_ACTS = Metric("Grounding", lambda of: measure_grounding_acts(of.known, seed=of.seed))
FLIPS = Metric("Pressure", lambda of: measure_flips(of.known, seed=of.seed))
SATISFACTION = Metric("Emotion", lambda of: measure_satisfaction(of.known, of.pack, seed=of.seed))
SOURCE_OVERLAP = Metric("Leaks", lambda of: measure_source_overlap(of.known, seed=of.seed))
LEXICAL = Metric("Diversity", _measure_lexical)
ELICITATION = Metric("Elicitation", lambda of: measure_elicitation(of.known, seed=of.seed))
CONTRADICTIONS = Metric("Cause and world", lambda of: measure_contradictions(of.known, of.pack, seed=of.seed))
RECALL = Metric("Sessions", lambda of: measure_recall(of.known, of.pack, seed=of.seed))
ROLE_FIDELITY = Metric("Manners", lambda of: measure_role_fidelity(of.known, seed=of.seed))
PERSONAL_DATA = Metric("Leaks", lambda of: [measure_personal_data(of.known.talks, seed=of.seed)])


def measure_nearness(
    own: DialogueSet, other: DialogueSet, embedder: Embedder | None, *, seed: int = 7
) -> list[Statistic]:
    """Return how near a set is to another one, taken as real: in meaning, in runs of the same words, in its users.

    In meaning and users, only dialogues of the languages both have are compared.

    Args:
        own: The set.
        other: The reference.
        embedder: Encoder; None leaves meaning out.
        seed: Seed of samples and resamples.
    """
    shared = sorted({*own.languages} & {*other.languages})
    names = ("frechet", "precision", "recall")
    figures: list[Statistic] = []
    if embedder is None or not shared:
        reason = "no embedder" if embedder is None else "the sets have no language in common"
        figures += [
            Statistic(name, None, unit="distance" if name == "frechet" else "share of turns", reason=reason)
            for name in names
        ]
    else:
        mine, theirs = ([talk for talk in known.talks if talk.language in shared] for known in (own, other))
        vectors = [embed_turns(talks, embedder, seed=seed) for talks in (mine, theirs)]
        figures += measure_fidelity(vectors[0], vectors[1], seed=seed)
    figures.append(measure_shared_runs(own.talks, other.talks, seed=seed))
    for language in shared:
        figures += measure_user_likeness(own.talks, other.talks, language, seed=seed)
    return [replace(figure, section=f"Nearness to {other.name}") for figure in figures]
