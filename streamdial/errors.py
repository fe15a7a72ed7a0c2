"""Errors of the project: each message says what, which value, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Mapping


class StreamDialError(Exception):
    """Base of every error this project raises on purpose.

    Args:
        what: What went wrong, with the offending value.
        fix: What the reader can do about it; printed after the message.
        where: File, URL or place the error belongs to.
    """

    exit_code = 1

    def __init__(self, what: str, *, fix: str | None = None, where: str | None = None) -> None:
        self.what = what
        self.fix = fix
        self.where = where
        message = f"{where}: {what}" if where else what
        end = "" if message.endswith((".", "!", "?")) else "."
        super().__init__(f"{message}{end} To fix: {fix}" if fix else message)


class ConfigurationError(StreamDialError):
    """A setting, an option or a domain pack cannot be used."""

    exit_code = 2


class MissingExtraError(ConfigurationError):
    """An optional dependency is needed and not installed.

    Args:
        package: The package that could not be imported.
        extra: The extra of this project that installs it.
        needed_for: What the caller wanted to do.
    """

    def __init__(self, package: str, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the package {package!r}, which is not installed.",
            fix=f"pip install 'streamdial[{extra}]'",
        )


class SourceError(StreamDialError):
    """A source cannot be read at all; nothing of it was kept."""


class NothingLeftError(StreamDialError):
    """A phase kept nothing, so there is nothing for the next phase to work on.

    Args:
        phase: Name of the phase that kept nothing.
        reasons: What was dropped, by reason.
    """

    exit_code = 3

    def __init__(self, phase: str, reasons: dict[str, int]) -> None:
        self.phase = phase
        self.reasons = dict(reasons)
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=lambda item: -item[1]))
        super().__init__(
            f"{phase} kept nothing ({told or 'nothing came in'}).",
            fix="check that the source belongs to the domain, or name another with --domain",
        )


class MissingMaterialError(StreamDialError):
    """The sources hold too little for dialogues that are worth having.

    Args:
        found: What there is, "3 things, 41 facts, ...".
        missing: What is missing, each with what to add.
    """

    exit_code = 3

    def __init__(self, found: str, missing: Mapping[str, str]) -> None:
        self.missing = dict(missing)
        told = "; ".join(missing)
        added = "; ".join(f"{what}: add {fix}" for what, fix in missing.items())
        super().__init__(
            f"the sources are not enough for dialogues: {told}. There is: {found}",
            fix=f"{added}; or go on all the same with --allow-empty",
        )


class ModelError(StreamDialError):
    """A call to a language model failed.

    Args:
        what: What went wrong.
        transient: Whether the same call may succeed later.
        retry_after: Seconds the endpoint asked to wait, if it did.
        kind: Kind of failure. Of the call: rate_limit, server, timeout, connection, request. Of the answer, for which
            code may do without it: empty, truncated, malformed, filtered (by a content filter), context (the prompt is
            too long), functions (the endpoint knows none). Of all further calls: budget, quota (of the account), key.
        said: What the endpoint said, with its code and parameter.
    """

    ENDS = ("budget", "quota", "key")
    """Kinds after which no further call makes sense before somebody does something about it."""

    def __init__(
        self,
        what: str,
        *,
        transient: bool,
        kind: str,
        retry_after: float | None = None,
        fix: str | None = None,
        where: str | None = None,
        said: str = "",
    ) -> None:
        super().__init__(what, fix=fix, where=where)
        self.transient = transient
        self.kind = kind
        self.retry_after = retry_after
        self.said = said or what

    @property
    def ends(self) -> bool:
        """Whether no further call makes sense: a dialogue that is not made for it is left, not lost."""
        return self.kind in self.ENDS


class BlueprintError(StreamDialError):
    """A blueprint's graph does not pass its checks."""


class StoreError(StreamDialError):
    """The store cannot be opened, read or written.

    Args:
        what: What went wrong.
        transient: Whether the same call may succeed later.
        fix: What the reader can do about it.
        where: Folder of the store, or host of the server.
    """

    def __init__(self, what: str, *, transient: bool = False, fix: str | None = None, where: str | None = None) -> None:
        super().__init__(what, fix=fix, where=where)
        self.transient = transient


class FingerprintError(ConfigurationError):
    """A run folder was made with other settings than the ones asked for now."""
