from __future__ import annotations

import numpy as np

from streamdial.domains import load_pack
from streamdial.personas.needs import QuestionJoiner, cluster_questions, compare_needs, name_short_forms
from streamdial.testing import HashingEmbedder
from tests.personas.test_constraints import write

EMBEDDER = HashingEmbedder(256)


def test_the_same_asker_comes_first_then_the_same_need() -> None:
    anna = [write("how far does the Meridian go", "ask", at=1), write("any discount", "negotiate", at=2)]
    price = [write("how much is the Cascade", "ask", asker=who, at=3) for who in ("ben", "carl")]
    same = write("how far does the Meridian go?", "ask", asker="dora", at=4)
    other = write("how far does the Cascade go?", "ask", asker="eve", at=5)
    questions = [*anna, *price, same, other]
    needs, alone = cluster_questions(questions, EMBEDDER.embed([q.text for q in questions]))
    assert [[q.id for q in need.own] for need in needs] == [[q.id for q in anna], [q.id for q in price]]
    assert [[q.id for q in need.others] for need in needs] == [[same.id], []]
    assert [need.viewers for need in needs] == [2, 2]
    assert [q.id for q in alone] == [other.id]


def test_every_question_belongs_to_one_need_at_most() -> None:
    questions = [
        write(text, "ask", asker=str(number % 7), at=number)
        for number, text in enumerate(["price of the Meridian", "range of the Cascade", "warranty", "any suv"] * 5)
    ]
    questions = list({q.id: q for q in questions}.values())
    needs, alone = cluster_questions(questions, EMBEDDER.embed([q.text for q in questions]))
    taken = [q.id for need in needs for q in (*need.own, *need.others)] + [q.id for q in alone]
    assert sorted(taken) == sorted(q.id for q in questions)


def test_needs_are_compared_by_what_is_asked_and_by_meaning() -> None:
    price, other = write("price of the Meridian", "ask"), write("how much is the Meridian", "ask")
    assert compare_needs(price, other, 0.5) == 0.75
    assert compare_needs(price, write("range of the Meridian", "ask"), 0.8) == 0.4
    # Another thing, or another value of one slot, is another need.
    assert compare_needs(price, write("price of the Cascade", "ask"), 1.0) == 0.0
    assert compare_needs(write("i want 5 seats"), write("i want 7 seats"), 1.0) == 0.0
    # Where neither names a slot the meaning alone counts.
    assert compare_needs(write("hello there", "ask"), write("hello you", "ask"), 0.7) == 0.7


def test_joined_questions_are_about_the_same_thing_and_agree_with_the_wishes() -> None:
    own = [write("how far does the Meridian go, i need 7 seats", "ask"), write("any discount", "negotiate")]
    warranty = write("warranty of the Meridian?", "ask", asker="ben")
    against = write("does the Meridian come with 5 seats and what trunk?", "ask", asker="carl")
    elsewhere = write("trunk of the Cascade?", "ask", asker="dora")
    questions = [*own, warranty, against, elsewhere]
    vectors = np.ones((len(questions), 4), dtype=np.float32) / 2
    needs, _ = cluster_questions(questions, vectors)
    joiner = QuestionJoiner(questions, vectors)
    assert joiner.join(needs[0], least=9) == [warranty]
    assert joiner.join(needs[0], least=2) == []


def test_a_chinese_name_cut_short_still_names_its_thing() -> None:
    pack = load_pack("hotel")
    full = write("望湖大床房多少钱", "ask", "zh")
    head, tail = write("望湖含早吗", "ask", "zh"), write("套房多大", "ask", "zh")
    named = name_short_forms([full, head, tail], pack, ["静谷大床房", "鹭鸣湖景套房"])
    assert [question.entities for question in named] == [("望湖大床房",), ("望湖大床房",), ("鹭鸣湖景套房",)]
    # Two suites: nobody knows which one is meant.
    assert name_short_forms([tail], pack, ["鹭鸣湖景套房", "望山亲子套房"])[0].entities == ()
