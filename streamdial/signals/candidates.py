"""Screens candidate sources: which of many accounts, rooms, videos and pages are worth mining, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.errors import ConfigurationError, SourceError
from streamdial.privacy import mask_personal_data
from streamdial.records import Language
from streamdial.signals._candidate_files import KINDS, NUMBERS, read_candidates
from streamdial.text import fold_text

_SLICE = 65_536
_TEXTS = ("name", "title", "description", "bio", "services", "certification", "tags", "categories")
_OWN = ("name", "title", "description", "bio")
_SPEAKING = ("name", "title", "tags")


@dataclass(frozen=True)
class CandidateOptions:
    """Thresholds of the screening of sources.

    Attributes:
        many_viewers: A room with more viewers than this is busy and ranks first.
        min_keywords: Different keywords that make a candidate one of the domain; one in name, title or tags is
            enough.
        min_comments: A sample with fewer comments says nothing about repetition.
        max_repeated: Share of repeated texts in the sample of comments from which on a candidate is dropped.
    """

    many_viewers: int = 1000
    min_keywords: int = 2
    min_comments: int = 5
    max_repeated: float = 0.6


class ScreeningResult(NamedTuple):
    """What screening decided.

    Attributes:
        kept: Every kept candidate with `rank` (1 is first), `reason`, `matches`, `busy` and `interaction`. Title,
            description and bio are left out, and personal data in the other texts is masked: the id leads back to the
            file named in `source`.
        dropped: Id, kind and platform of every other one, with `reason`, `matches` and `source`.
        summary: Counts by `kind`, `decision` and `reason`.
        counts: The report; what could not be read is in its notes.
    """

    kept: pl.DataFrame
    dropped: pl.DataFrame
    summary: pl.DataFrame
    counts: Counts


def screen_candidates(
    paths: Path | Sequence[Path], pack: DomainPack, *, options: CandidateOptions | None = None
) -> ScreeningResult:
    """Keep the candidates that belong to the pack's vertical, ranked; drop the others, each with its reason.

    A candidate belongs to the domain by a category or tag of the pack, by a certification or a service of it together
    with a keyword, or by keywords alone. Dropped are, the first reason that holds: `no_id`, `unknown_kind`,
    `duplicate`, `repeated_comments`, `advertising`, `entertainment`, `no_domain_match`, `no_service_goal` (keywords
    alone, and nothing of what the vertical sells or is asked about).

    Busy ones rank first: rooms with more than `many_viewers`, and whatever has as many comments as half of those
    rooms. Then the sum of log(1 + n) of viewers, comments and followers decides.

    Args:
        paths: JSONL, Parquet or CSV files with `id`, `kind` (account, room, video, page) and any of `platform`, `url`,
            `name`, `title`, `description`, `bio`, `tags`, `categories`, `certification`, `services`, `viewers`,
            `comments`, `followers`, `duration`, `comment_samples`. Lists may be lists or text; absent columns are
            noted.
        pack: The domain pack.
        options: Thresholds.

    Raises:
        SourceError: If a file is missing, of another format, or has no column `id` or `kind`.
    """
    options = options or CandidateOptions()
    counts = Counts("screening of sources")
    lazy = read_candidates([paths] if isinstance(paths, Path) else paths, counts)
    # Slice by slice, so that folded copies of all texts never stand in memory together.
    try:
        slices = lazy.collect().iter_slices(_SLICE)
    except pl.exceptions.PolarsError as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise SourceError(f"the candidates cannot be read: {reason}") from error
    judged = _drop_duplicates(pl.concat([_judge(part.lazy(), pack, options).collect() for part in slices]))
    kept = _rank(judged.filter(pl.col("reason").is_in(_KEEPING)), options)
    dropped = judged.filter(~pl.col("reason").is_in(_KEEPING)).select(
        "id", "kind", "platform", "reason", "matches", "source"
    )
    decision = pl.when(pl.col("reason").is_in(_KEEPING)).then(pl.lit("kept")).otherwise(pl.lit("dropped"))
    # What else a list calls a kind is its own text, and the summary is opened in spreadsheets.
    kind = pl.when(pl.col("kind").is_in(KINDS)).then(pl.col("kind")).otherwise(pl.lit("unknown"))
    summary = (
        judged.group_by(kind.alias("kind"), decision.alias("decision"), "reason")
        .len("count")
        .sort("kind", "decision", "count", "reason", descending=[False, True, True, False])
    )
    counts.asked += judged.height
    counts.made = counts.kept = kept.height
    for reason, count in dropped.group_by("reason").len().iter_rows():
        counts.drop(reason, count)
    return ScreeningResult(kept, dropped, summary, counts)


def write_screening(result: ScreeningResult, folder: Path) -> list[Path]:
    """Write kept.parquet, dropped.parquet and summary.csv, each whole or not at all, and return their paths.

    Raises:
        ConfigurationError: If the folder cannot be made or written.
    """
    paths = [folder / "kept.parquet", folder / "dropped.parquet", folder / "summary.csv"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, table in zip(paths, (result.kept, result.dropped, result.summary), strict=True):
            part = path.with_name(f"{path.name}.part")
            if path.suffix == ".csv":
                table.write_csv(part)
            else:
                table.write_parquet(part)
            part.replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"the lists of candidates cannot be written: {error.strerror or error}.",
            fix="choose a folder that can be written",
            where=str(folder),
        ) from error
    return paths


_KEEPING = ("category", "certification", "services", "keywords")


def _judge(lazy: pl.LazyFrame, pack: DomainPack, options: CandidateOptions) -> pl.LazyFrame:
    screening = pack.screening
    keywords = _build_pattern(word for words in screening.keywords.values() for word in words)
    service = _build_pattern(
        word
        for slot in pack.slots.values()
        for words in (*slot.ask.values(), [*slot.names.values()])
        for word in words
        if len(word) > 1
    )
    text = _fold(pl.concat_str(_TEXTS, separator=" | ", ignore_nulls=True))
    speaking = _fold(pl.concat_str(_SPEAKING, separator=" | ", ignore_nulls=True))
    labels = _fold(pl.concat_str("tags", "categories", separator="|", ignore_nulls=True)).str.extract_all(_ITEM)
    categories = [fold_text(name).lower() for name in screening.categories]
    certified = _build_pattern(screening.certifications)
    lazy = lazy.with_columns(text=text, label=labels.list.eval(pl.element().str.strip_chars())).with_columns(
        found=pl.col("text").str.extract_all(keywords).list.unique(maintain_order=True),
        adverts=pl.col("text").str.count_matches(_build_pattern(_list_words(screening.advertising))),
        shows=pl.col("text").str.contains(_build_pattern(_list_words(screening.entertainment))),
        spoken=speaking.str.contains(keywords),
        category=pl.col("label").list.set_intersection(pl.lit(categories, dtype=pl.List(pl.String))),
        certified=_fold(pl.col("certification")).str.extract_all(certified),
        serviced=_fold(pl.col("services")).str.contains(keywords).fill_null(False),
        goal=pl.col("text").str.contains(service) | (pl.col("services").fill_null("").str.len_chars() > 2),
        body=_hash_text(),
        repeated=_measure_repetition(options.min_comments),
    )
    by_category = pl.col("category").list.len() > 0
    any_word = pl.col("found").list.len() > 0
    by_certification = (pl.col("certified").list.len() > 0) & any_word
    by_keywords = (pl.col("found").list.len() >= options.min_keywords) | pl.col("spoken")
    strong = by_category | by_certification | pl.col("serviced")
    reasons = (
        (pl.col("id").fill_null("") == "", "no_id"),
        (~pl.col("kind").is_in(KINDS).fill_null(False), "unknown_kind"),
        (pl.col("repeated") >= options.max_repeated, "repeated_comments"),
        ((pl.col("adverts") >= 1) & ~strong & ~pl.col("goal") | (pl.col("adverts") >= 2), "advertising"),
        (pl.col("shows") & ~strong & (pl.col("found").list.len() < options.min_keywords), "entertainment"),
        (by_category, "category"),
        (by_certification, "certification"),
        (pl.col("serviced"), "services"),
        (~by_keywords, "no_domain_match"),
        (~pl.col("goal"), "no_service_goal"),
    )
    reason = pl.coalesce(pl.when(condition.fill_null(False)).then(pl.lit(name)) for condition, name in reasons)
    matches = pl.when(by_category).then("category").when(by_certification).then("certified").otherwise("found")
    return lazy.with_columns(reason=reason.fill_null("keywords"), matches=matches).drop(
        "text", "label", "found", "adverts", "shows", "spoken", "category", "certified", "serviced", "goal", "repeated",
        "comment_samples",
    )  # fmt: skip


def _drop_duplicates(judged: pl.DataFrame) -> pl.DataFrame:
    """Drop what comes again by id, or word for word, on one platform; the first one stays."""
    same_id = ~pl.struct("platform", "kind", "id").hash().is_first_distinct()
    same_text = pl.col("body").is_not_null() & ~pl.struct("platform", "kind", "body").hash().is_first_distinct()
    again = (same_id | same_text) & ~pl.col("reason").is_in(["no_id", "unknown_kind"])
    return judged.with_columns(
        reason=pl.when(again).then(pl.lit("duplicate")).otherwise("reason"),
        matches=pl.when(again).then(pl.lit([], dtype=pl.List(pl.String))).otherwise("matches"),
    ).drop("body")


def _hash_text() -> pl.Expr:
    text = _fold(pl.concat_str(_OWN, separator=" ", ignore_nulls=True)).str.strip_chars()
    return pl.when(text.str.len_chars() > 0).then(text.hash())


def _rank(kept: pl.DataFrame, options: CandidateOptions) -> pl.DataFrame:
    crowded = (pl.col("kind") == "room") & (pl.col("viewers").fill_null(0) > options.many_viewers)
    typical = kept.filter(crowded)["comments"].drop_nulls().median()
    active = pl.col("comments").fill_null(0) >= typical if isinstance(typical, float) and typical > 0 else pl.lit(False)
    interaction = pl.sum_horizontal(pl.col(name).fill_null(0).clip(lower_bound=0).log1p() for name in NUMBERS[:3])
    return (
        kept.drop("title", "description", "bio")
        .with_columns(_mask(kept[name]) for name in _PUBLISHED)
        .with_columns(busy=crowded | active, interaction=interaction.round(4))
        .sort("busy", "interaction", "id", descending=[True, True, False])
        .with_row_index("rank", offset=1)
    )


_PUBLISHED = ("name", "tags", "categories", "certification", "services")
"""Texts of a candidate that are written, masked."""


def _mask(texts: pl.Series) -> pl.Series:
    masked = {text: mask_personal_data(text) for text in texts.unique().drop_nulls()}
    return pl.Series(texts.name, [masked.get(text) for text in texts], dtype=pl.String)


_ITEM = r"[^\[\]\n\"|,;/、，；]+"


def _fold(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_lowercase()


def _list_words(by_language: Mapping[Language, Sequence[str]]) -> list[str]:
    return [word for words in by_language.values() for word in words]


def _build_pattern(phrases: Iterable[str]) -> str:
    """Return one expression for all phrases, at word borders where a phrase is alphabetic; the longest first."""
    folded = sorted({fold_text(phrase).lower() for phrase in phrases if phrase.strip()}, key=lambda p: (-len(p), p))
    if not folded:
        return r"[^\s\S]"
    return "|".join(f"{_border(phrase[0])}{re.escape(phrase)}{_border(phrase[-1])}" for phrase in folded)


def _border(character: str) -> str:
    return r"(?-u:\b)" if character.isascii() and character.isalnum() else ""


def _measure_repetition(least: int) -> pl.Expr:
    """Return the share of a sample's comments that repeat another one; 0 where the sample is too small."""
    samples = pl.col("comment_samples")
    length = samples.list.len()
    share = 1.0 - samples.list.n_unique() / length
    return pl.when(length >= least).then(share).otherwise(0.0).fill_null(0.0)
