"""What is wrong with an utterance."""

from __future__ import annotations

import re
from typing import NamedTuple

from streamdial.records import Language

_SENTENCE = re.compile(r"(?:^|(?<=\s))[A-Za-z]{2,} [a-z]+")
_WORDS = re.compile(r"'(?P<quoted>[^']+)'|(?P<plain>\S*[\d\u3400-\u9fff]\S*) (?:is|costs|and)\b")


class Fault(NamedTuple):
    """A reason to refuse an utterance: the check it fails, and a sentence for whoever wrote it."""

    check: str
    reason: str

    def tell(self, language: Language) -> str:
        """Return the reason as a prompt in a language shows it: in Chinese only the words it is about, or nothing."""
        if language == "en" or not _SENTENCE.search(self.reason):
            return self.reason
        found = _WORDS.match(self.reason)
        return (found["quoted"] or found["plain"]) if found else ""

    def __str__(self) -> str:
        """Return it as a prompt and the checks of a plan have it: the check, then the sentence."""
        return f"{self.check}: {self.reason}"
