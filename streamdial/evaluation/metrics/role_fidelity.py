"""Role fidelity: whether both sides stay who they are."""

from __future__ import annotations

from streamdial.claims import leaves_role
from streamdial.evaluation.dialogues import DialogueSet
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.records import Role

SIDES: tuple[Role, ...] = ("user", "agent")


def measure_role_fidelity(known: DialogueSet, *, seed: int = 7) -> list[Statistic]:
    """Return the share of dialogues in which a side stays in its role in every turn, for each side.

    A side leaves its role where it speaks like the other one, as a model that plays somebody, or with a label before
    what it says. CharacterEval (Tu et al. 2024) asks a trained judge; these are patterns, and `role_fidelity` is a
    criterion of the judges beside.

    Args:
        known: The set.
        seed: Seed of the resamples.
    """
    ratios = []
    for side in SIDES:
        speaks = [any(turn.role == side for turn in talk.turns) for talk in known.talks]
        stays = [
            spoken and not any(turn.role == side and leaves_role(turn.role, turn.utterance) for turn in talk.turns)
            for talk, spoken in zip(known.talks, speaks, strict=True)
        ]
        figure = Statistic(f"{side}_role_fidelity", None, unit="share of dialogues")
        ratios.append(Ratio(figure, stays, speaks, f"the {side} says nothing"))
    return measure_ratios(ratios, seed=seed)
