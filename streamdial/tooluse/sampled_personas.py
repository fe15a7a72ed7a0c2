"""User personas for a table that has no real users: their wishes are sampled from its rows."""

from __future__ import annotations

import random
from collections.abc import Iterable
from statistics import fmean

from streamdial.counts import Counts
from streamdial.domains import DomainPack
from streamdial.environment.environment import EnvironmentRecord
from streamdial.ids import make_id
from streamdial.personas import Knowledge
from streamdial.records import Constraint, Inquiry, Observed, Provenance, UserPersona, UserStyle, Utterance
from streamdial.text import measure_length
from streamdial.tooluse.dialogue_view import DialogueView
from streamdial.tooluse.records import Act
from streamdial.tooluse.wishes import Unsuited, WishMaker
from streamdial.tooluse.wording import PhraseWording

INQUIRIES = 3
"""Things a persona wants to be told, where the table has so many columns."""


def sample_user_personas(
    world: EnvironmentRecord, knowledge: Knowledge, pack: DomainPack, *, count: int, seed: int, counts: Counts
) -> list[UserPersona]:
    """Return user personas whose wishes at least one row meets; each field names the rows it was drawn from.

    Nothing else is known of them: no demand, no habits, and lines worded by templates (`worded`). Two of the same
    wishes and questions are one.

    Args:
        world: The database.
        knowledge: The knowledge base it was made from.
        pack: The domain pack.
        count: Personas wanted; fewer come of a small table.
        seed: Decides all of them; a larger count begins with those of a smaller one.
        counts: Gets `asked`, `made`, `kept` and the drops `too_few_attributes` (the row that was drawn has fewer than
            two to be wished for), `same_wishes` and `too_few_utterances`.
    """
    drawer = _Drawer(world, knowledge, pack)
    drawn: dict[str, UserPersona] = {}
    for number in range(count):
        counts.asked += 1
        try:
            persona = drawer.draw(random.Random(f"{seed}:{number}:persona"))
        except Unsuited:
            counts.drop("too_few_attributes")
            continue
        counts.made += 1
        if persona is None:
            counts.drop("too_few_utterances")
        elif persona.id in drawn:
            counts.drop("same_wishes")
        else:
            drawn[persona.id] = persona
            counts.kept += 1
    return list(drawn.values())


class _Drawer:
    def __init__(self, world: EnvironmentRecord, knowledge: Knowledge, pack: DomainPack) -> None:
        self._world = world
        self._knowledge = knowledge
        self._pack = pack
        self._language = world.database.language
        self._wishes = WishMaker(world.database, world.contents.rows, pack)
        self._words = PhraseWording(world.database, pack)

    def draw(self, rng: random.Random) -> UserPersona | None:
        wishes = self._wishes.draw_wishes(rng)
        met = self._wishes.list_fitting(wishes)[0]
        open_slots = [column.name for column in self._world.database.columns if column.name not in wishes]
        known = [slot for slot in open_slots if self._knowledge.get(met, slot) is not None]
        asked = rng.sample(known, k=min(INQUIRIES, len(known)))
        rows = {slot: row.id for slot in (*wishes, *asked) if (row := self._knowledge.get(met, slot)) is not None}
        whole = tuple(rows[slot] for slot in wishes)
        objective = self._say(rng, Act(act="ask_offer", inform=wishes))
        lines = [(objective, whole), (self._say(rng, Act(act="ask_offer")), whole)]
        lines += [(self._say(rng, Act(act="inform", inform={slot: wishes[slot]})), (rows[slot],)) for slot in wishes]
        questions = {slot: self._say(rng, Act(act="ask", request=(slot,))) for slot in asked}
        lines += [(text, (rows[slot],)) for slot, text in questions.items()]
        lines += [(self._say(rng, Act(act="book", entity=met)), whole), (self._say(rng, Act(act="thank")), whole)]
        unique = dict(reversed(lines))
        utterances = tuple(Utterance(text=text, origin="worded", evidence=source) for text, source in unique.items())
        if len(utterances) < 5:
            return None
        source = self._knowledge.rows[0].provenance.source_id
        return UserPersona(
            id=make_id("drawn_persona", self._world.id, sorted(wishes.items()), sorted(asked)),
            domain=self._pack.id,
            language=self._language,
            provenance=Provenance(source_id=source, derived_from=tuple(rows.values())),
            objective=Observed(text=objective, evidence=whole),
            core_requirements=tuple(
                Observed(text=self._say(rng, Act(act="inform", inform={slot: value})), evidence=(rows[slot],))
                for slot, value in wishes.items()
            ),
            primary_inquiries=tuple(
                Inquiry(text=text, asks=(slot,), evidence=(rows[slot],)) for slot, text in questions.items()
            ),
            constraints=tuple(
                Constraint(slot=slot, value=value, evidence=(rows[slot],)) for slot, value in wishes.items()
            ),
            potential_utterances=utterances,
            style=UserStyle(mean_length=round(fmean(self._measure(unique)), 1)),
        )

    def _say(self, rng: random.Random, act: Act) -> str:
        number = rng.randrange(1000)
        return self._words.word_act("user", act, DialogueView((), f"{number}", number))

    def _measure(self, lines: Iterable[str]) -> list[float]:
        return [float(measure_length(line, self._language)) for line in lines]
