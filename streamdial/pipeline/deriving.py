"""Dialogues that strategies make out of finished ones: further ones, later sessions, two joined to one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from streamdial.dialogues import join_dialogues, validate_dialogue
from streamdial.ids import make_id
from streamdial.phrases import load_inventory
from streamdial.pipeline.participants import LoadedParticipants
from streamdial.records import Dialogue, Session, UserPersona
from streamdial.strategies import DerivingStrategy, FirstTurn, Setting, Strategy, merge_lineage, open_strategies
from streamdial.strategies.episode import SESSION_STEP, Episode
from streamdial.strategies.join import Join, Seam


class Deriver:
    """Makes what the strategies of finished dialogues derive from them.

    Args:
        known: The participants of the run.
    """

    def __init__(self, known: LoadedParticipants) -> None:
        self._known = known

    async def derive_dialogues(
        self, entry: Mapping[str, Any], dialogue: Dialogue, *, now: bool = False
    ) -> list[tuple[Dialogue, str | None, UserPersona]]:
        """Make the dialogues that the assignment's strategies derive from a finished one, each with its user.

        Args:
            entry: The assignment.
            dialogue: The dialogue.
            now: Whether its agent knew what is so now, see `LoadedParticipants.make_dialogue`.
        """
        derived = []
        strategies = open_strategies(entry)
        user, before = self._known.users[dialogue.user_persona_id], () if now else strategies
        for strategy in (one for one in strategies if isinstance(one, DerivingStrategy)):
            rng = random.Random(f"{entry['seed']}/{strategy.NAME}")
            derived += await self._derive(entry, strategy, (dialogue,), user, rng, before)
        return derived

    async def _derive(
        self,
        entry: Mapping[str, Any],
        strategy: DerivingStrategy,
        chain: tuple[Dialogue, ...],
        user: UserPersona,
        rng: random.Random,
        before: Sequence[Strategy],
    ) -> list[tuple[Dialogue, str | None, UserPersona]]:
        """Make what a strategy derives from the last dialogue of a chain, and what it derives from that."""
        models = entry.get("models", ())
        agent = self._known.get_agent(entry["agent"], entry["blueprint"])
        alike = tuple(one for one in self._known.users.values() if one.language == user.language)
        setting = Setting(user, alike, agent.knowledge, agent.blueprint)
        derived = []
        for number, begun in enumerate(strategy.go_on(chain, setting, rng)):
            first = [FirstTurn(begun, strategy.NAME)] if begun.first is not None else []
            identity = make_id("derived", chain[-1].id, strategy.NAME, number)
            # What goes on from a dialogue knows what that one knew; a session of its own knows what is so now.
            then = before if begun.session is None else ()
            maker = self._known.get_maker(entry["agent"], entry["blueprint"], before=then, models=models)
            made, fault = await maker.make(
                begun.user,
                path=begun.path or chain[-1].path,
                seed=entry["seed"] + begun.later,
                record_id=identity,
                match=chain[-1].match,
                number=entry["number"] + begun.later * SESSION_STEP,
                history=begun.history,
                strategies=[*first, *begun.advisers],
                memory=begun.memory,
            )
            traced = strategy.trace([turn.by for turn in made.turns]).model_copy(update={"parents": (chain[-1].id,)})
            if begun.first is not None and len(begun.history) not in traced.turns:
                fault = fault or "first_turn_not_followed"
            remembered = merge_lineage(made.lineage) if begun.advisers else ()
            named = self._known.name_models(models) if models else {}
            made = made.model_copy(update={"lineage": (traced, *remembered), "session": begun.session, "models": named})
            if fault is None:
                made, fault = strategy.finish(made, chain[-1])
            derived.append((made, fault, begun.user))
            if fault is None:
                derived += await self._derive(entry, strategy, (*chain, made), begun.user, rng, before)
        return derived

    def join_dialogues(self, lines: Sequence[dict[str, Any]], planned: Sequence[Mapping[str, Any]]) -> None:
        """Add to journalled dialogues those that they make with others of them, where their strategies join.

        Args:
            lines: What was journalled of the dialogues of a shard; gets what is derived.
            planned: The assignments of the run.
        """
        joining = {
            entry["id"]: (entry, strategy)
            for entry in planned
            for strategy in open_strategies(entry)
            if isinstance(strategy, Join)
        }
        usable = [line for line in lines if not line["fault"]] if joining else []
        pool = [Dialogue.model_validate(line["dialogue"]) for line in usable]
        for line, first in zip(usable, pool, strict=True):
            if line["id"] not in joining:
                continue
            entry, strategy = joining[line["id"]]
            known = self._known.get_agent(entry["agent"], entry["blueprint"]).knowledge
            for seam in strategy.pair(first, pool, self._known.users, known):
                if (joined := self._join(seam, strategy, entry)) is not None:
                    line.setdefault("derived", []).append(joined)

    def _join(self, seam: Seam, strategy: Join, entry: Mapping[str, Any]) -> dict[str, Any] | None:
        phrases = self._known.run.settings.dialogues.phrases or ""
        inventory = load_inventory(self._known.run.pack, seam.first.language, phrases)
        made = join_dialogues(seam, inventory, name=strategy.NAME, number=entry["number"])
        if made is None:
            return None
        parents = (seam.first.id, seam.second.id)
        traced = strategy.trace([turn.by for turn in made.turns]).model_copy(update={"parents": parents})
        before = [
            one.model_copy(update={"turns": tuple(n for n, turn in enumerate(made.turns) if one.name in turn.by)})
            for one in merge_lineage((*seam.first.lineage, *seam.second.lineage))
            if one.name != strategy.NAME
        ]
        made = made.model_copy(update={"lineage": (traced, *before)})
        known = self._known.get_agent(entry["agent"], entry["blueprint"]).knowledge
        fault = validate_dialogue(made, self._known.run.pack, min_turns=0, knowledge=known)
        user = self._known.users[made.user_persona_id]
        return {"fault": fault, "dialogue": made.model_dump(mode="json"), "user": user.model_dump(mode="json")}

    def looks_back(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether a strategy of an assignment has its agent know what was so earlier."""
        agent = self._known.get_agent(entry["agent"], entry["blueprint"]).persona
        deriving = (one for one in open_strategies(entry) if isinstance(one, DerivingStrategy))
        return any(one.look_back(agent) is not agent for one in deriving)

    def begin_episode(self, entry: Mapping[str, Any], dialogue: Dialogue) -> Dialogue:
        """Return a dialogue as the first session of an episode, with the strategy that made it one."""
        parts = [one.trace(()) for one in open_strategies(entry) if isinstance(one, Episode)]
        session = Session(episode=dialogue.id, number=1)
        return dialogue.model_copy(update={"session": session, "lineage": (*dialogue.lineage, *parts)})
