"""What a strategy advises for one turn, and whether a turn keeps it; every way of making a turn obeys the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from streamdial.records import Realisation, Recall

FREE_AFTER = ("greet", "inform", "no_preference", "ask_offer")
"""Acts of the user after which the agent is free to ask, offer or propose; anything else has to be answered."""
PARTING = ("leave", "thank", "defer", "close")
"""Acts by which somebody goes."""
ATTACK = "react.attack."
"""How moves begin that attack whoever answers; each is said before the act, in the place of any other reaction."""
REFUSAL = "react.refusal."
"""How moves begin that decline an attack, likewise."""
FORCED = (ATTACK, REFUSAL)
"""Moves that are said in any wording of their turn."""


@dataclass(frozen=True)
class Directive:
    """What one turn is to do beside its plan.

    What is planned is filtered and ranked by it; a model is told it, and its turn is refused where it breaks `say`,
    `withhold`, `settled`, `forbid` or `leave`. `prefer`, `strategy`, `recall`, `swaps` and `note` are wishes: a turn
    that cannot follow them stands.

    Attributes:
        prefer: Acts, the most wanted first.
        forbid: Acts the turn must not do.
        say: Slots the turn must state or ask for.
        withhold: Slots it must neither state nor ask for.
        moves: Moves to be made beside the act, as the inventory of phrases names them: `small_talk.praise`; in the
            words of the stream where a strategy mined some.
        adds: Slots of the thing talked about, the first of which the agent tells beside an answer.
        drop: Moves of the plan that are left out, by how their names begin; never one that states anything.
        needs: Wishes a reaction of `moves` names, by slot.
        spoken: Names of `inner` that are exported only where a reaction of `moves` was said, or a model was told.
        clarify: Whether an agent with tools asks, where several things fit what it searched for, before it offers one.
        claims: Wrong values the user holds on to, by slot; they are no wishes.
        settled: Slots it must not ask for: the speaker knows them.
        strategy: Strategy of the pack the agent's turn is to follow.
        note: One fixed sentence for a model, in the dialogue's language; never mined text.
        inner: Hidden state to be exported with the turn, such as a mood or a thought.
        leave: Whether the user goes now.
        recall: What of earlier dialogues the turn refers back to.
        swaps: Words that are said in the speaker's own way, each with what stands in its place; for words of the
            inventory, a model is told by `note`.
        manner: Real lines of the speaker, after which the turn is written; data, and for a model only the `note`.
        by: Names of the strategies it comes from.
    """

    prefer: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    needs: dict[str, str] = field(default_factory=dict)
    spoken: tuple[str, ...] = ()
    claims: dict[str, str] = field(default_factory=dict)
    clarify: bool = False
    settled: tuple[str, ...] = ()
    strategy: str = ""
    note: str = ""
    inner: dict[str, str] = field(default_factory=dict)
    leave: bool = False
    recall: tuple[Recall, ...] = ()
    swaps: dict[str, str] = field(default_factory=dict)
    manner: tuple[str, ...] = ()
    by: tuple[str, ...] = ()

    @property
    def binding(self) -> bool:
        """Whether a turn can break it."""
        return bool(self.forbid or self.say or self.withhold or self.settled or self.leave)

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing."""
        return not any(getattr(self, part.name) for part in fields(self) if part.name != "by")


def merge_directives(directives: Iterable[Directive]) -> Directive | None:
    """Return several directives as one, or None where there are none; what one forbids no other can want."""
    found = [directive for directive in directives if not directive.empty]
    if not found:
        return None
    forbid = _join(directive.forbid for directive in found)
    withhold = _join(directive.withhold for directive in found)
    inner: dict[str, str] = {}
    swaps: dict[str, str] = {}
    needs: dict[str, str] = {}
    claims: dict[str, str] = {}
    for directive in found:
        claims |= directive.claims
        inner |= directive.inner
        needs |= directive.needs
        swaps |= directive.swaps
    return Directive(
        prefer=tuple(act for act in _join(directive.prefer for directive in found) if act not in forbid),
        forbid=forbid,
        say=tuple(slot for slot in _join(directive.say for directive in found) if slot not in withhold),
        withhold=withhold,
        moves=_join(directive.moves for directive in found),
        adds=_join(directive.adds for directive in found),
        drop=_join(directive.drop for directive in found),
        needs=needs,
        claims=claims,
        clarify=any(directive.clarify for directive in found),
        spoken=_join(directive.spoken for directive in found),
        settled=_join(directive.settled for directive in found),
        strategy=next((directive.strategy for directive in found if directive.strategy), ""),
        note=" ".join(dict.fromkeys(directive.note for directive in found if directive.note)),
        inner=inner,
        leave=any(directive.leave for directive in found),
        recall=tuple(dict.fromkeys(recall for directive in found for recall in directive.recall)),
        swaps=swaps,
        manner=next((directive.manner for directive in found if directive.manner), ()),
        by=_join(directive.by for directive in found),
    )


def find_unmet(
    directive: Directive, acts: Sequence[str], slots: Iterable[str], asks: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return what of a directive a turn breaks, each as `part:name`; empty where it keeps it.

    Args:
        directive: What was advised.
        acts: Acts of the turn; a turn with tools may have several.
        slots: Slots it states, tells or asks for.
        asks: Those it asks for.
    """
    said, asked = set(slots), set(asks)
    broken = [f"forbid:{act}" for act in acts if act in directive.forbid]
    broken += [f"withhold:{slot}" for slot in directive.withhold if slot in said]
    broken += [f"settled:{slot}" for slot in directive.settled if slot in asked]
    broken += [f"say:{slot}" for slot in directive.say if slot not in said]
    if directive.leave and not any(act in PARTING for act in acts):
        broken.append("leave:")
    return tuple(broken)


def trace_directive(
    directive: Directive | None,
    acts: Sequence[str],
    slots: Iterable[str],
    *,
    realisation: Realisation,
    count: Callable[[str], None],
    asks: Iterable[str] = (),
    worded: bool = False,
    moves: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the fields `by` and `inner` of a turn that follows a directive; nothing of one that does not.

    A turn follows it that breaks nothing, and does what is only wished for where nothing else binds it. One that breaks
    it is counted as `NAME_not_followed`.

    Args:
        directive: What was advised; None for nothing.
        acts: Acts of the turn.
        slots: Slots it states, tells or asks for.
        realisation: How it was worded: a model was shown the note.
        count: Told the name of each failed check.
        asks: Slots it asks for.
        worded: Whether its words refer back, or are swapped, as was advised.
        moves: Its moves.
    """
    if directive is None:
        return {}
    if find_unmet(directive, acts, slots, asks):
        for name in directive.by:
            count(f"{name}_not_followed")
        return {}
    attacks = {f"react:{key}" for key in directive.moves if key.startswith(ATTACK)}
    # A model that words a plan is told of an attack only where the plan has it.
    told = bool(directive.note) and (realisation == "direct" or (realisation == "model" and attacks <= {*moves}))
    if directive.spoken and not told and not {*moves} & {f"react:{key}" for key in directive.moves}:
        kept = {name: value for name, value in directive.inner.items() if name not in directive.spoken}
        directive = replace(directive, inner=kept)
    followed = told or any(act in directive.prefer for act in acts) or bool({*directive.adds} & {*slots})
    # Not to ask what is known is kept by every other turn.
    bound = replace(directive, settled=()).binding
    shapes = bound or followed or worded or bool(directive.inner) or bool(directive.strategy)
    return {"by": directive.by, "inner": directive.inner} if shapes else {}


def rank_acts(possible: Iterable[str], directive: Directive) -> tuple[str, ...]:
    """Return the acts that are possible and not forbidden, those that are preferred first; all where none is left."""
    acts = list(possible)
    free = [act for act in acts if act not in directive.forbid] or acts
    ranks = {act: place for place, act in enumerate(directive.prefer)}
    return tuple(sorted(free, key=lambda act: ranks.get(act, len(ranks))))


def _join(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))
