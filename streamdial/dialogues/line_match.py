"""Which real lines can word a plan: by what they do, who said them and what they were said about."""

from __future__ import annotations

import re
from collections.abc import Collection

from streamdial.dialogues.lines import Line, Signature
from streamdial.planning import TurnPlan
from streamdial.planning.questions import CRITERION
from streamdial.records import Language

LOOSE = ("propose", "no_answer", "negotiate")
"""Acts whose questions may be put in any order."""
MAX_OWN_WORDS = {"en": 9, "zh": 10}
"""Maximum number of words of a seed's line beside its facts: what else it says was true of somebody else."""
MAX_EXPERT_WORDS = {"en": 5, "zh": 6}
"""The same for an agent, who must claim nothing that the knowledge base does not hold ("all fees in")."""
MAX_STREAM_WORDS = {"en": 8, "zh": 10}
"""The same for the account's own sentences about another of its things."""
_OF_ONE = re.compile(
    r"\b(?:only|most|best|least|last|even|too|also|same|both|just|no|not|never|still|worry|[a-z]{2,}est|[a-z]+n't)\b"
    r"|\b[a-z]{3,}er than\b|最|只|就|唯一|更|也|还|才|不|没|吧",
    re.IGNORECASE,
)
"""What may hold for one thing alone, or stand against another one."""
_CLAUSE = re.compile(r"[，,。；;.!！]\s*")
GREETING = re.compile(
    r"(?:(?:hi|hello|hey|welcome|good (?:evening|morning))\b|您好|你好|欢迎|哈喽|嗨|主播在|在吗)", re.IGNORECASE
)


def sign_plan(plan: TurnPlan) -> Signature:
    """Return what a line must do to stand for a plan."""
    request = frozenset[str]() if plan.act in LOOSE else frozenset(plan.request)
    return Signature(plan.role, plan.act, frozenset(plan.inform), request, frozenset(plan.tell), bool(plan.other))


def fits_speaker(
    line: Line, plan: TurnPlan, language: Language, *, own: Collection[str], outcome: str, opening: bool
) -> bool:
    """Tell whether a line fits who speaks, what it is about and how the dialogue ends.

    Wishes and doubts of other viewers carry their lives with them ("it's for my daughter"), so this persona says only
    its own. What an expert said of one thing may hold for that alone ("the biggest of all"), so it is said of that
    alone unless it is a bare fact (`is_pattern`), and a seed's line with facts must be little more than its facts, for
    either role. Goodbyes fit only dialogues of the same outcome.

    Args:
        line: The line.
        plan: What is to be said.
        language: Language of both.
        own: Ids of the signals the user persona was made from.
        outcome: How the dialogue is to end.
        opening: Whether the dialogue has hardly begun; nobody says hello in the middle of one.
    """
    if not opening and plan.act != "greet" and GREETING.match(line.template):
        return False
    if plan.act == "compare" and CRITERION.search(line.template) and line.evidence not in plan.evidence:
        return False
    from_stream = not line.outcome
    bare = line.count_own_words(language) <= _allow_own_words(plan, language)
    if plan.role == "user" and plan.act not in ("ask", "compare") and from_stream:
        return line.evidence in own
    if plan.role == "user" and plan.inform and plan.act != "book":
        return bare
    if plan.role == "agent" and line.signature.tell and plan.act != "confirm":
        return line.about == plan.entity or is_pattern(line, language) if from_stream else bare
    return plan.act not in ("thank", "close") or line.outcome in ("", outcome)


def is_pattern(line: Line, language: Language) -> bool:
    """Tell whether what an account said of one thing can be said of another: a bare fact without superlative.

    Each of its clauses holds a fact: what else is said may be true of that thing alone.
    """
    if any("{" not in clause for clause in _CLAUSE.split(line.template.rstrip("。.!！")) if clause):
        return False
    return line.count_own_words(language) <= MAX_STREAM_WORDS[language] and not _OF_ONE.search(line.template)


def _allow_own_words(plan: TurnPlan, language: Language) -> int:
    return MAX_OWN_WORDS[language] if plan.role == "user" else MAX_EXPERT_WORDS[language]
