"""Mined answers: questions that no slot holds, and what the account really answered, whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from streamdial.personas import Knowledge, is_statement, is_testimony, word_testimony
from streamdial.planning.free_attributes import find_free_row, word_free_row
from streamdial.planning.sentences import ADVICE, VERB, join_sentences, list_sayable, list_stems, stands_alone
from streamdial.planning.statements import Statement, list_statements, read_slots
from streamdial.records import AgentResponse, Inquiry, QAPair, SeedDialogue, UserQuestion
from streamdial.slots import SlotReader

MIN_SCORE = 0.45
"""Least score of a pair whose answer is given again."""
NEWS = 1
"""Attributes beside those asked for that a sentence may state."""
_CLAUSE = re.compile(r"[,，]\s*")
_REASSURES = re.compile(
    r"(?:please )?(?:do not|don't) worry\b[^.,;]*\.?|(?:no worries|no problem)[^.,;]*\.?"
    r"|(?:[^，。；]{0,12}(?:放心|(?:不用|别|不必)(?:太)?担心)[，。；]?)+",
    re.IGNORECASE,
)
"""What only reassures and answers nothing: the reason for it was said in another sentence, which was not found."""
ANSWERS_TO: dict[str, tuple[str, ...]] = {"object": ("handle_objection", "negotiate", "upsell", "recover")}
"""Acts an answer to a user's act follows; any where the act is not named."""


@dataclass(frozen=True)
class MinedAnswer:
    """What an account really answered.

    Attributes:
        text: Its sentences that can be said to one customer.
        entities: What they name; empty where they hold for the whole account.
        slots: Slots they state values of.
        evidence: Ids of the response, and of the pair.
    """

    text: str
    entities: tuple[str, ...]
    slots: tuple[str, ...]
    evidence: tuple[str, ...]


class MinedAnswers:
    """Answers of one account by the id of the question they were given to, and its statements.

    Args:
        answers: Question id to answer.
        statements: Sentences that can be said of a thing unasked.
        questions: Questions without a slot that were answered.
        small_talk: What viewers wrote by the way, by kind, each with the id of where it stands.
    """

    def __init__(
        self,
        answers: Mapping[str, MinedAnswer] | None = None,
        statements: Sequence[Statement] = (),
        questions: Sequence[Inquiry] = (),
        small_talk: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    ) -> None:
        self._answers = dict(answers or {})
        self.statements = tuple(statements)
        self.questions = tuple(questions)
        self.small_talk = dict(small_talk or {})

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, questions: Iterable[str], entity: str) -> MinedAnswer | None:
        """Return the answer to one of some questions that fits a thing; None where there is none.

        An answer that names things is given of these alone, or where nothing is talked about yet.
        """
        for question in questions:
            answer = self._answers.get(question)
            if answer is None:
                continue
            # One that names another thing would leave open which of the two is talked about from then on.
            if not answer.entities or not entity or entity in answer.entities:
                return answer
        return None

    def find_statement(
        self,
        entity: str,
        slots: Collection[str],
        used: Collection[str],
        *,
        told: Collection[tuple[str, str]] = (),
        turn: int = 0,
    ) -> Statement | None:
        """Return a sentence that states attributes that were asked for; None where there is none.

        It may state one more that was not told yet ("It costs $24,900 and has four seats"). What states most of what
        was asked and least beside it comes first; equals take turns.

        Args:
            entity: The thing it is to be about; what holds for everything may be said of it too.
            slots: What was asked.
            used: Ids of what was said before.
            told: (thing, slot) pairs that were told.
            turn: Decides among equals.
        """
        asked = set(slots)

        def weigh(said: Statement) -> tuple[int, int]:
            return -len(asked & set(said.slots)), len(set(said.slots) - asked)

        fitting = [
            said
            for said in self.statements
            if said.entity in (entity, "")
            and said.evidence not in used
            and asked & set(said.slots)
            and len(set(said.slots) - asked) <= NEWS
            and not any((entity, slot) in told for slot in set(said.slots) - asked)
        ]
        best = min(map(weigh, fitting), default=None)
        equals = [said for said in fitting if weigh(said) == best]
        return equals[turn % len(equals)] if equals else None

    def list_general(self, what: str) -> list[Statement]:
        """Return what the account says of itself: a `welcome`, or the `place` it is found at."""
        return [said for said in self.statements if not said.entity and not said.slots and said.act == what]

    def list_statements(self, entity: str, acts: Collection[str]) -> list[Statement]:
        """Return what the account says of a thing where it follows a strategy of one of some acts."""
        return [said for said in self.statements if said.alone and said.entity == entity and said.act in acts]


def _choose_sentences(sentences: Sequence[str], question: UserQuestion, reader: SlotReader) -> list[str]:
    """Return the sentences of an answer that answer a question: a host answers several viewers in one go.

    Those that state what was asked; else those that share most words with the question, and all where one is alone.
    """
    asked = set(question.asks)
    sentences = [_cut_advice(sentence, asked, reader) for sentence in sentences]
    if len(sentences) < 2:
        return list(sentences)
    stating = [s for s in sentences if asked & {mention.slot for mention in reader.find_values(s)}]
    if stating:
        return stating
    words = list_stems(question.text, reader.language)
    shared = [len(words & list_stems(sentence, reader.language)) for sentence in sentences]
    most = max(shared)
    return [s for s, count in zip(sentences, shared, strict=True) if most and count * 2 >= most] or [sentences[0]]


def _cut_advice(sentence: str, asked: set[str], reader: SlotReader) -> str:
    """Return of a sentence that advises somebody else the clauses that state what was asked, where they can stand."""
    clauses = _CLAUSE.split(sentence)
    if not asked or len(clauses) < 2 or not ADVICE.search(sentence):
        return sentence
    stating = [c for c in clauses if asked & {m.slot for m in reader.find_values(c)} and not ADVICE.search(c)]
    whole = [c for c in stating if reader.language == "zh" or VERB.search(c)]
    if not whole:
        return sentence
    text = (", " if reader.language == "en" else "，").join(whole).strip(" .。")
    return f"{text[0].upper()}{text[1:]}." if reader.language == "en" else f"{text}。"


def collect_answers(
    pairs: Iterable[QAPair],
    questions: Iterable[UserQuestion],
    responses: Mapping[str, AgentResponse],
    knowledge: Knowledge,
    reader: SlotReader,
    acts: Mapping[str, str] | None = None,
    mined: Iterable[SeedDialogue] = (),
) -> MinedAnswers:
    """Return the answers of an account that can be given again, the best pair of each question.

    An answer that says something else than the knowledge base, or only a part of whose sentences can be said to one
    customer and that part says nothing, is none. A question nobody answered is answered by the attribute it names,
    where a page has it under a name that is no slot's.

    Args:
        pairs: Which answer followed which question.
        questions: The questions.
        responses: The account's own answers by id.
        knowledge: What it may not contradict.
        reader: Reads slots; its language is that of the dialogues.
        acts: Agent act of a response by id, from its strategy.
        mined: Dialogues that strategies mined; what is small talk among their turns is said again.
    """
    asked = {question.id: question for question in questions}
    found: dict[str, MinedAnswer] = {}
    for pair in sorted(pairs, key=lambda pair: (-pair.score.total, pair.id)):
        response, question = responses.get(pair.response_id), asked.get(pair.question_id)
        if response is None or question is None or response.language != reader.language or pair.question_id in found:
            continue
        if pair.score.total < MIN_SCORE:
            continue
        fitting = ANSWERS_TO.get(question.act)
        if fitting is not None and (acts or {}).get(response.id) not in fitting:
            continue
        sentences = _choose_sentences(list_sayable(response.text, reader.language), question, reader)
        text = join_sentences(sentences, reader.language)
        text = text[:1].upper() + text[1:]  # a recogniser begins some sentences small
        entities = reader.find_entities(text)
        if (
            not text
            or _REASSURES.fullmatch(text)
            or (entities and question.entities and not set(entities) & set(question.entities))
        ):
            continue
        slots = read_slots(text, entities, knowledge, reader)
        if slots is None:
            continue
        found[pair.question_id] = MinedAnswer(text, entities, slots, (response.id, pair.id))
    for question in asked.values():
        row = find_free_row(question, knowledge) if question.language == reader.language else None
        if row is not None and question.id not in found:
            named = (row.entity,) if row.entity else ()
            found[question.id] = MinedAnswer(word_free_row(row), named, (), (row.id,))
    statements = [
        statement
        for response in responses.values()
        if response.language == reader.language
        for statement in list_statements(response, (acts or {}).get(response.id, ""), knowledge, reader)
    ]
    statements += [
        Statement(row.text, row.entity, (), "answer", row.id)
        for row in knowledge.free
        if is_statement(row) and row.language == reader.language and stands_alone(row.text)
    ]
    # Last of all: what a viewer told is said where the account itself has nothing to say.
    statements += [
        Statement(word_testimony(row), row.entity, (), "answer", row.id)
        for row in knowledge.free
        if is_testimony(row) and row.language == reader.language and stands_alone(row.text)
    ]
    open_questions = [
        Inquiry(text=question.text, entities=question.entities, evidence=(question.id,), origin="same_need")
        for question in map(asked.__getitem__, found)
        if question.act == "ask" and not question.asks and not question.slots
    ]
    talk: dict[str, list[tuple[str, str]]] = {}
    for seed in mined:
        for turn in seed.turns:
            for kind in turn.moves if seed.language == reader.language else ():
                talk.setdefault(kind, []).append((turn.utterance, f"{seed.id}#{turn.turn_id}"))
    return MinedAnswers(found, statements, open_questions, talk)
