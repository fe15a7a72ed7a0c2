"""Mined answers: questions that no slot holds, and what the account really answered, whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from streamdial.personas import Knowledge, is_statement, is_testimony, word_testimony
from streamdial.planning.free_attributes import find_free_row, word_free_row
from streamdial.records import AgentResponse, Inquiry, Language, QAPair, UserQuestion
from streamdial.slots import SlotReader
from streamdial.text import measure_length, tokenize

MAX_LENGTH: dict[Language, int] = {"en": 45, "zh": 80}
MIN_LENGTH: dict[Language, int] = {"en": 4, "zh": 6}
MIN_SCORE = 0.45
"""Least score of a pair whose answer is given again."""
_CLAUSE = re.compile(r"[,，]\s*")
SAID = 0.4
"""Share of a known text's stems from which on a sentence says it."""
_SENTENCE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[.!?])\s+"),
    "zh": re.compile(r"(?<=[。！？!?])\s*"),
}
_TO_THE_CROWD = re.compile(
    r"\b(?:everyone|everybody|tonight|chat|stream|channel|subscribe|follow|like button|welcome|form below"
    r"|private message|tell me|let me ask|i see a|watching|comment|our evening|good night|good evening|see you)\b"
    r"|大家|公屏|直播间|小黄车|点赞|关注|家人们|私信|主播|有朋友|刚进来|刚才|弹幕|下单|抓紧|今晚|的朋友|问一下",
    re.IGNORECASE,
)
_NOT_ALONE = re.compile(
    r"^(?:yes|no|but|and|so|or|also|then)\b|^you can,|\b(?:cheaper|bigger|smaller|faster|quicker|longer|shorter|same"
    r"|closest|other|others|both|too)\b|^(?:有的|是的|适合|不麻烦|可以的|但是|所以|而且|也)|更|一样|便宜一些|最接近|多一个|同一|没有",
    re.IGNORECASE,
)
"""What makes a sentence the answer to another one, or compares with something that is not there."""
_ADVICE = re.compile(
    r"\b(?:recommend|take the|look at|should look|if you|for two|for a family)\b|推荐|建议|可以选|选这|看一下",
    re.IGNORECASE,
)
"""What advises somebody to take a thing: no news to whom it was offered already."""
_PRONOUN = re.compile(r"(?:it|they|that|this|these|those|both)\b|它|这个也", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|has|have|had|can|will|would|do|does|did|get|gets|take|takes|come|comes|go|goes|cost|costs|drive|"
    r"drives|lose|pay|hold|holds|fit|fits|find|keep|add|add(?:s|ed)|offer|offers|serve|serves|need|include|includes|start|"
    r"starts|end|ends|close|open|charge|cover|make|makes|put|bring|brings|sit|seat|seats|run|runs|give|gives|leave|say|"
    r"use|uses|cook|cooks|[a-z]+n't|it's|there's|that's|we're|you're)\b",
    re.IGNORECASE,
)
_REASSURES = re.compile(
    r"(?:please )?(?:do not|don't) worry\b[^.,;]*\.?|(?:no worries|no problem)[^.,;]*\.?"
    r"|(?:[^，。；]{0,12}(?:放心|(?:不用|别|不必)(?:太)?担心)[，。；]?)+",
    re.IGNORECASE,
)
"""What only reassures and answers nothing: the reason for it was said in another sentence, which was not found."""
ANSWERS_TO: dict[str, tuple[str, ...]] = {"object": ("handle_objection", "negotiate", "upsell", "recover")}
"""Acts an answer to a user's act follows; any where the act is not named."""
_GENERAL: dict[str, dict[Language, re.Pattern[str]]] = {
    "welcome": {
        "en": re.compile(
            r"^(?!.*\b(?:everyone|everybody|tonight|stream|chat)\b).*\bwelcome (?:to|at)\b", re.IGNORECASE
        ),
        "zh": re.compile(r"欢迎来到[^，,。！!]+"),
    },
    "place": {
        "en": re.compile(r"\b(?:you (?:will |can )?find us|we are at|our address|we're at)\b", re.IGNORECASE),
        "zh": re.compile(r"(?:我们(?:店)?(?:就)?在|地址(?:是|在)|位置在)[^。！!？?]+"),
    },
}
"""Sentences about the account itself."""
_QUESTION = re.compile(r"[?？]\s*$|[吗么呢][。！]?$")


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


@dataclass(frozen=True)
class Statement:
    """One sentence of an account about one of its things.

    Attributes:
        text: The sentence.
        entity: What it names.
        slots: Slots it states values of.
        act: Agent act of the strategy it follows.
        evidence: Id of the response.
    """

    text: str
    entity: str
    slots: tuple[str, ...]
    act: str
    evidence: str


class MinedAnswers:
    """Answers of one account by the id of the question they were given to, and its statements.

    Args:
        answers: Question id to answer.
        statements: Sentences that can be said of a thing unasked.
        questions: Questions without a slot that were answered.
    """

    def __init__(
        self,
        answers: Mapping[str, MinedAnswer] | None = None,
        statements: Sequence[Statement] = (),
        questions: Sequence[Inquiry] = (),
    ) -> None:
        self._answers = dict(answers or {})
        self.statements = tuple(statements)
        self.questions = tuple(questions)

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

    def find_statement(self, entity: str, slots: Collection[str], used: Collection[str]) -> Statement | None:
        """Return a sentence that states some attributes of a thing and nothing else; None where there is none."""
        about = (said for said in self.statements if said.entity == entity and said.slots)
        fitting = (said for said in about if said.evidence not in used)
        return next((said for said in fitting if set(said.slots) <= set(slots)), None)

    def list_general(self, what: str) -> list[Statement]:
        """Return what the account says of itself: a `welcome`, or the `place` it is found at."""
        return [said for said in self.statements if not said.entity and said.act == what]

    def list_statements(self, entity: str, acts: Collection[str]) -> list[Statement]:
        """Return what the account says of a thing where it follows a strategy of one of some acts."""
        return [said for said in self.statements if said.entity == entity and said.act in acts]


def clean_answer(text: str, language: Language) -> str:
    """Return the sentences of what was said to a crowd that can be said to one customer; empty where none can.

    Questions, what speaks to the audience of a stream, and repeats of the question go.
    """
    return _join(list_sayable(text, language), language)


def list_sayable(text: str, language: Language) -> list[str]:
    """Return the sentences of what was said to a crowd that can be said to one customer."""
    before = ""
    kept: list[str] = []
    for sentence in (part.strip() for part in _SENTENCE[language].split(text)):
        if not sentence or _QUESTION.search(sentence) or (language == "en" and not _VERB.search(sentence)):
            before = ""
            continue
        said = sentence if not _TO_THE_CROWD.search(sentence) else _cut_crowd(sentence, language)
        if said and _PRONOUN.match(said):
            # What refers to the sentence before is said together with it, or not at all.
            said = f"{kept.pop()}{' ' if language == 'en' else ''}{said}" if before and kept else ""
        before = said
        kept.append(said)
    return [part for part in kept if part]


def _join(sentences: Sequence[str], language: Language) -> str:
    joined = (" " if language == "en" else "").join(sentences)
    if language == "en":
        joined = re.sub(r"^(?:and|so|but|well),? (\w)", lambda found: found[1].upper(), joined, flags=re.IGNORECASE)
    if joined and joined[-1].isalnum():
        joined += "." if language == "en" else "。"
    return joined if MIN_LENGTH[language] <= measure_length(joined, language) <= MAX_LENGTH[language] else ""


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
    if not asked or len(clauses) < 2 or not _ADVICE.search(sentence):
        return sentence
    stating = [c for c in clauses if asked & {m.slot for m in reader.find_values(c)} and not _ADVICE.search(c)]
    whole = [c for c in stating if reader.language == "zh" or _VERB.search(c)]
    if not whole:
        return sentence
    text = (", " if reader.language == "en" else "，").join(whole).strip(" .。")
    return f"{text[0].upper()}{text[1:]}." if reader.language == "en" else f"{text}。"


def list_stems(text: str, language: Language) -> set[str]:
    """Return what a text is about as a set: longer words in English, pairs of characters in Chinese."""
    if language == "en":
        return {token[:5] for token in tokenize(text) if len(token) > 3}
    characters = [character for character in text if character.isalnum()]
    return {left + right for left, right in pairwise(characters)}


def list_said(text: str, entity: str, knowledge: Knowledge, language: Language) -> list[str]:
    """Return the ids of the texts known of a thing that a sentence says, in other words though it be."""
    said = list_stems(text, language)
    rows = (knowledge.get(entity, slot) for slot in dict.fromkeys(knowledge.list_slots(entity)))
    texts = {
        row.id: list_stems(row.value, language) for row in rows if row and knowledge.pack.slots[row.slot].type == "text"
    }
    return [name for name, stems in texts.items() if stems and len(stems & said) >= SAID * len(stems)]


def _cut_crowd(sentence: str, language: Language) -> str:
    """Return a Chinese sentence without its first clauses that speak to the audience; nothing of an English one."""
    if language == "en":
        return ""
    clauses = re.split("[，,]", sentence)
    while clauses and _TO_THE_CROWD.search(clauses[0]):
        clauses.pop(0)
    rest = re.sub(r"^(?:我理解，|这个您放心，|所以|但是|那么?)+", "", "，".join(clauses))
    return "" if _TO_THE_CROWD.search(rest) else rest


def collect_answers(
    pairs: Iterable[QAPair],
    questions: Iterable[UserQuestion],
    responses: Mapping[str, AgentResponse],
    knowledge: Knowledge,
    reader: SlotReader,
    acts: Mapping[str, str] | None = None,
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
        text = _join(sentences, reader.language)
        entities = reader.find_entities(text)
        if (
            not text
            or _REASSURES.fullmatch(text)
            or (entities and question.entities and not set(entities) & set(question.entities))
        ):
            continue
        slots = _read_slots(text, entities, knowledge, reader)
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
        for statement in _list_statements(response, (acts or {}).get(response.id, ""), knowledge, reader)
    ]
    statements += [
        Statement(row.text, row.entity, (), "answer", row.id)
        for row in knowledge.free
        if is_statement(row) and row.language == reader.language and _stands_alone(row.text)
    ]
    # Last of all: what a viewer told is said where the account itself has nothing to say.
    statements += [
        Statement(word_testimony(row), row.entity, (), "answer", row.id)
        for row in knowledge.free
        if is_testimony(row) and row.language == reader.language and _stands_alone(row.text)
    ]
    open_questions = [
        Inquiry(text=question.text, entities=question.entities, evidence=(question.id,), origin="same_need")
        for question in map(asked.__getitem__, found)
        if question.act == "ask" and not question.asks and not question.slots
    ]
    return MinedAnswers(found, statements, open_questions)


def _read_slots(text: str, entities: Sequence[str], knowledge: Knowledge, reader: SlotReader) -> tuple[str, ...] | None:
    """Return the slots a text states values of, or None where one is not what the knowledge base says of the thing."""
    pack = reader.pack
    left_out = {pack.entity_slot, *pack.list_slots(booking=True)}
    values = [mention for mention in reader.find_values(text) if mention.slot not in left_out]
    for mention in values:
        if len(entities) == 1:
            row = knowledge.get(entities[0], mention.slot)
            if row is None or row.value != mention.value:
                return None
        elif entities:
            return None
        else:
            # What is said of nothing by name holds for everything, or it is about something else.
            rows = [knowledge.get(name, mention.slot) for name in knowledge.entities]
            if any(row is None or row.value != mention.value for row in rows):
                return None
    return tuple(dict.fromkeys(mention.slot for mention in values))


def _list_general(response: AgentResponse, reader: SlotReader) -> Iterator[Statement]:
    """Yield the sentences of a response that say who the account is and where."""
    language = reader.language
    for sentence in (part.strip() for part in _SENTENCE[language].split(response.text)):
        for what, pattern in _GENERAL.items():
            found = pattern[language].search(sentence)
            if found and not reader.find_entities(sentence) and not reader.find_values(sentence):
                text = sentence if language == "en" else f"{found[0].rstrip('。，,')}。"
                if measure_length(text, language) <= MAX_LENGTH[language] // 2:
                    yield Statement(text, "", (), what, response.id)


def _stands_alone(text: str) -> bool:
    """Tell whether a sentence can be said unasked: it answers nothing, compares with nothing and advises nobody."""
    return not (_NOT_ALONE.search(text) or _ADVICE.search(text) or _TO_THE_CROWD.search(text))


def _list_statements(
    response: AgentResponse, act: str, knowledge: Knowledge, reader: SlotReader
) -> Iterator[Statement]:
    """Yield the sentences of a response that name one thing and can be said of it unasked, and those of the account."""
    language = reader.language
    yield from _list_general(response, reader)
    for sentence in _SENTENCE[language].split(response.text):
        text = clean_answer(sentence.strip(), language)
        entities = reader.find_entities(text)
        alone = _stands_alone(text) and act not in ("compare", "recover", "propose", "close", "greet")
        if not text or not alone or len(entities) != 1 or entities[0] not in knowledge.entities:
            continue
        booking = set(reader.pack.list_slots(booking=True))
        if any(mention.slot in booking for mention in reader.find_values(text)):
            continue  # what was arranged with somebody else
        slots = _read_slots(text, entities, knowledge, reader)
        if slots is not None:
            yield Statement(text, entities[0], slots, act, response.id)
