"""Sides of a run as an OpenAI-compatible endpoint: conversations go on, are begun anew from their messages, and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import streamdial as sd
from streamdial.deployments._people import RunPeople
from streamdial.deployments._served_personas import ServedSide
from tests.conftest import ROOT

Client = TestClient[Any, Any]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> RunPeople:
    folder = tmp_path_factory.mktemp("served") / "run"
    sd.run(
        ROOT / "examples" / "restaurant_live", domain="restaurant", dialogues=2, out=folder, embedder="use-multilingual"
    )
    return RunPeople.read(folder)


async def open_side(people: RunPeople, role: Any, **more: Any) -> Client:
    client: Client = TestClient(TestServer(ServedSide(people, role, **more).build_app()))
    await client.start_server()
    return client


@pytest.fixture
async def agent(people: RunPeople) -> AsyncIterator[Client]:
    client = await open_side(people, "agent")
    yield client
    await client.close()


@pytest.fixture
async def user(people: RunPeople) -> AsyncIterator[Client]:
    client = await open_side(people, "user", stop_token="###STOP###")
    yield client
    await client.close()


async def say(client: Client, messages: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/chat/completions", json={"messages": messages, **more})
    assert answer.status == 200, await answer.text()
    body: dict[str, Any] = await answer.json()
    return body


def read(body: dict[str, Any]) -> str:
    text: str = body["choices"][0]["message"]["content"]
    return text


def hear(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def told(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


async def test_an_agent_answers_by_its_knowledge_and_goes_on(agent: Client, people: RunPeople) -> None:
    thing = next(row.entity for row in people.pairs[0][0].knowledge if row.slot == "price")
    price = next(row.value for row in people.pairs[0][0].knowledge if row.slot == "price" and row.entity == thing)
    first = [hear(f"How much is the {thing}?")]
    answer = await say(agent, first)
    assert price in read(answer)
    assert answer["streamdial"]["tell"]["price"] == price
    second = await say(agent, [*first, told(read(answer)), hear("Thanks. And how many people is it for?")])
    assert read(second)
    assert second["streamdial"]["ended"] == ""


async def test_a_conversation_the_endpoint_does_not_know_is_led_through_the_same_lines(people: RunPeople) -> None:
    lines = ["Hello, do you have something for 2 people?", "Not spicy, please.", "That sounds good."]
    seen = []
    for anew in (False, True):
        client, messages = await open_side(people, "agent"), []
        for line in lines:
            if anew:
                await client.close()
                client = await open_side(people, "agent")
            messages += [hear(line)]
            messages += [told(read(await say(client, messages)))]
        await client.close()
        seen.append(messages)
    assert seen[0] == seen[1]


async def test_a_user_speaks_first_whatever_it_is_welcomed_with_and_ends_with_the_token(user: Client) -> None:
    messages = [{"role": "system", "content": "You are a customer."}, hear("Hi! How can I help?")]
    opened = await say(user, messages)
    assert read(opened)
    assert read(opened) == read(await say(user, []))
    for _ in range(40):
        messages += [told(read(opened)), hear("I am afraid we have nothing like that.")]
        opened = await say(user, messages)
        if opened["streamdial"]["ended"]:
            break
    assert read(opened) == "###STOP###"


async def test_personas_are_listed_and_asked_for_by_name(user: Client, people: RunPeople) -> None:
    listed = [model["id"] for model in (await (await user.get("/v1/models")).json())["data"]]
    assert listed[0] == "user"
    assert len(listed) == 1 + len(people.users)
    answer = await say(user, [], model=listed[-1])
    assert f"user:{answer['streamdial']['user']}" == listed[-1]
    assert (await user.post("/v1/chat/completions", json={"model": "user:nobody", "messages": []})).status == 400
    assert (await user.post("/v1/chat/completions", json={"messages": "hello"})).status == 400
    assert (await user.post("/v1/chat/completions", json={"messages": [told("hello")]})).status == 400


async def test_an_answer_can_be_streamed(user: Client) -> None:
    answer = await user.post("/v1/chat/completions", json={"messages": [], "stream": True})
    lines = [line for line in (await answer.text()).splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    assert read(await say(user, [])) in lines[0]


async def test_more_conversations_than_cores_may_wait(user: Client) -> None:
    for seed in range(12):
        assert read(await say(user, [], seed=seed))
