"""Cause, world and source: whether things happen for a reason, and whose questions and words a dialogue is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from streamdial.dialogues.causes import (
    Breach,
    lacks_cause,
    list_breaches,
    list_goal_starts,
    list_unoffered,
)
from streamdial.domains import DomainPack
from streamdial.evaluation.dialogues import DialogueSet, EvaluatedDialogue
from streamdial.evaluation.metrics.intervals import Ratio, Statistic, measure_ratios
from streamdial.personas import Knowledge
from streamdial.records import QAPair, Turn, UserPersona, UserQuestion

ASKING = ("ask", "compare", "object")
"""Acts of the user that are about something the persona wants to know or doubts."""


def count_unoffered(talk: EvaluatedDialogue, pack: DomainPack) -> int:
    """Return how many acceptances of a dialogue are of what the agent had not offered."""
    return len(list_unoffered(talk.turns, pack, list_goal_starts(talk.turns, talk.goals)))


def has_uncaused_dropout(talk: EvaluatedDialogue, pack: DomainPack) -> bool:
    """Tell whether a dialogue is dropped out of for nothing that was said in it."""
    start = list_goal_starts(talk.turns, talk.goals)[-1]
    return lacks_cause(talk.turns[start:], talk.outcome, pack)


def find_breaches(
    talk: EvaluatedDialogue,
    pack: DomainPack,
    knowledge: Knowledge | None = None,
    users: Mapping[str, UserPersona] | None = None,
) -> list[Breach]:
    """Return the turns of a dialogue that go against stock, hours or a wish that is a must.

    Args:
        talk: The dialogue.
        pack: The domain pack.
        knowledge: The agent's knowledge base; None judges stock by what was told, and no hours.
        users: User personas by id.
    """
    found = {start: users[key] for start, key in _list_users(talk) if users and key in users}
    return list_breaches(talk.turns, pack, knowledge, found)


def _list_users(talk: EvaluatedDialogue) -> list[tuple[int, str]]:
    """Return the first turn of each goal with the id of its persona."""
    starts = list_goal_starts(talk.turns, talk.goals)
    return list(zip(starts, [*(goal.user_persona_id for goal in talk.goals), talk.user], strict=True))


def count_own_questions(talk: EvaluatedDialogue, users: Mapping[str, UserPersona]) -> tuple[int, int]:
    """Return how many questions and objections of a dialogue its persona really had, and how many there are.

    One is the persona's where the turn rests on a message of one of its inquiries, or asks for a slot of one. Turns of
    a persona that is not known are not counted.
    """
    people = _list_users(talk)
    own = whole = 0
    for number, turn in enumerate(talk.turns):
        if turn.role != "user" or turn.act not in ASKING:
            continue
        persona = users.get([key for start, key in people if start <= number][-1])
        if persona is not None:
            whole += 1
            own += _is_own(turn, persona)
    return own, whole


def _is_own(turn: Turn, persona: UserPersona) -> bool:
    sources = {source for inquiry in persona.primary_inquiries for source in inquiry.evidence}
    slots = {slot for inquiry in persona.primary_inquiries for slot in inquiry.asks}
    return bool(sources & set(turn.evidence) or slots & set(turn.request))


def count_stream_turns(talk: EvaluatedDialogue, responses: Collection[str]) -> tuple[int, int]:
    """Return how many agent turns are said in words of the stream, and how many there are.

    A real line counts where it is of one of the account's own answers, and so does a turn of several moves of which one
    is; lines of seed dialogues are of no stream.

    Args:
        talk: The dialogue.
        responses: Ids of the account's answers.
    """
    turns = [turn for turn in talk.turns if turn.role == "agent"]
    said = (
        turn
        for turn in turns
        if (turn.realisation == "real_line" or bool(getattr(turn, "moves", False)))
        and any(source in responses for source in turn.evidence)
    )
    return sum(1 for _ in said), len(turns)


def count_page_turns(talk: EvaluatedDialogue, sentences: Collection[str]) -> int:
    """Return how many agent turns say a sentence that stands on a page of the account.

    They are no words of the stream, and `count_stream_turns` does not count them.

    Args:
        talk: The dialogue.
        sentences: Ids of the rows of knowledge that are sentences of pages, kept whole.
    """
    return sum(turn.role == "agent" and any(key in sentences for key in turn.evidence) for turn in talk.turns)


def find_slotless(questions: Iterable[UserQuestion], pairs: Iterable[QAPair]) -> set[str]:
    """Return the ids of the mined questions that neither ask for a slot nor state one, and were answered.

    "A plug-in hybrid for under $42,000?" is a wish, "can I come on Saturday?" a booking.
    """
    answered = {pair.question_id for pair in pairs}
    slotless = (q for q in questions if q.act == "ask" and not q.asks and not q.slots)
    return {question.id for question in slotless} & answered


def measure_slotless_used(talks: Iterable[EvaluatedDialogue], slotless: Collection[str]) -> float | None:
    """Return the share of questions without slot that are asked somewhere; None where there are none.

    One that is evidence of a wish alone was not asked; a discount is asked for by bargaining, a call by asking for a
    person.
    """
    acts = (*ASKING, "negotiate", "ask_person")
    asked = (turn for talk in talks for turn in talk.turns if turn.role == "user" and turn.act in acts)
    used = {source for turn in asked for source in turn.evidence}
    return len(used & set(slotless)) / len(slotless) if slotless else None


def measure_causes(known: DialogueSet, pack: DomainPack | None, *, seed: int = 7) -> list[Statistic]:
    """Return the shares of a set that happen without cause or against the world, and those that are of the stream.

    Args:
        known: The set; agents, users and kinds of evidence decide what can be told.
        pack: The domain pack.
        seed: Seed of the resamples.
    """
    figures = (
        Statistic("accept_without_offer", None, unit="share of acceptances"),
        Statistic("dropout_without_cause", None, unit="share of drop-outs"),
        Statistic("against_world", None, unit="share of dialogues"),
        Statistic("own_question_share", None, unit="share of questions"),
        Statistic("stream_share_agent", None, unit="share of agent turns"),
    )
    talks = [talk for talk in known.talks if pack is not None and talk.domain == pack.id and talk.outcome]
    if pack is None or not talks:
        reason = "no dialogues of a run in the domain of a pack"
        return [Statistic(figure.name, None, unit=figure.unit, reason=reason) for figure in figures]
    books = {key: Knowledge(agent.knowledge, pack) for key, agent in known.agents.items()}
    responses = {key for key, kind in known.kinds.items() if kind == "response"}
    own = [count_own_questions(talk, known.users) for talk in talks]
    stream = [count_stream_turns(talk, responses) for talk in talks]
    breaches = [bool(find_breaches(talk, pack, books.get(talk.agent), known.users)) for talk in talks]
    return measure_ratios(
        [
            Ratio(
                figures[0], [count_unoffered(talk, pack) for talk in talks], _count_acts(talks, "accept"), "no accept"
            ),
            Ratio(
                figures[1],
                [has_uncaused_dropout(talk, pack) for talk in talks],
                [talk.outcome == "drop_out" for talk in talks],
                "nobody drops out",
            ),
            Ratio(figures[2], breaches, [1] * len(talks)),
            Ratio(figures[3], [mine for mine, _ in own], [whole for _, whole in own], "no personas in the set"),
            Ratio(
                figures[4],
                [mine for mine, _ in stream],
                [whole if responses else 0 for _, whole in stream],
                "the set has no evidence of a stream",
            ),
        ],
        seed=seed,
    )


def _count_acts(talks: Sequence[EvaluatedDialogue], act: str) -> list[int]:
    return [sum(turn.role == "user" and turn.act == act for turn in talk.turns) for talk in talks]
