"""How many dialogues the user opens."""

from __future__ import annotations

from streamdial.evaluation import Measured, Metric, Statistic


def measure_openings(of: Measured) -> list[Statistic]:
    talks = [talk for talk in of.known.talks if talk.turns]
    opened = sum(talk.turns[0].role == "user" for talk in talks)
    return [Statistic("opened_by_user", opened / len(talks) if talks else None)]


OPENINGS = Metric("Openings", measure_openings)
