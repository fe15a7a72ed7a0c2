"""Prompts: Jinja2 files, one per purpose and language. Mined text is always a value, never a template."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from streamdial.chat_tokens import drop_chat_tokens
from streamdial.errors import ConfigurationError
from streamdial.ids import hash_text
from streamdial.records import Language


def _defuse(value: object) -> object:
    """Take the tokens of chat templates out of what is filled in: a mined line must not end the prompt's turn."""
    return drop_chat_tokens(value) if isinstance(value, str) else value


_ENVIRONMENT = SandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False, finalize=_defuse
)


def quote_untrusted(text: str) -> str:
    """Return a mined text for use between « and »: the delimiters themselves cannot occur in it."""
    return " ".join(text.replace("«", "<").replace("»", ">").splitlines())


_ENVIRONMENT.filters["quote"] = quote_untrusted


@lru_cache(maxsize=64)
def read_prompt(name: str, language: Language) -> str:
    """Return the source of a prompt.

    Raises:
        ConfigurationError: If there is no such prompt in the language.
    """
    file = resources.files("streamdial.prompts").joinpath(f"{name}.{language}.j2")
    if not file.is_file():
        raise ConfigurationError(
            f"there is no prompt {name!r} in {language!r}.", fix="add the file to streamdial/prompts"
        )
    return file.read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def hash_prompt(name: str, language: Language) -> str:
    """Return the SHA-256 of a prompt's source, for provenance and fingerprints."""
    return hash_text(read_prompt(name, language))


@lru_cache(maxsize=64)
def _compile_prompt(name: str, language: Language) -> Template:
    template = _ENVIRONMENT.from_string(read_prompt(name, language))
    # Jinja keeps them as a chain of mappings and copies it for every rendering, which a plain dict makes cheap.
    template.globals = dict(template.globals)
    return template


def render_prompt(name: str, language: Language, /, **values: object) -> str:
    """Return a prompt filled with values; a missing value is an error.

    Raises:
        ConfigurationError: If there is no such prompt in the language.
    """
    return _compile_prompt(name, language).render(**values).strip()
