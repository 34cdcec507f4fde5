"""The stream of live events over a real socket: what is missed, who may see it, and when it ends."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from nms.access import UserRole
from nms.views.api import live
from nms.views.api.stream import EventHub
from tests.views.city import City


@dataclass(frozen=True)
class Event:
    topic: str
    number: int
    data: dict[str, Any]


@asynccontextmanager
async def served(city: City) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(city.application(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def listening(address: str, token: str, last: int | None = None) -> AsyncIterator[AsyncIterator[Event]]:
    headers = {"Authorization": f"Bearer {token}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    async with (
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
        client.stream("GET", f"{address}/stream", headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield heard(response.aiter_lines())


async def heard(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    found: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            found[name] = value
        elif "event" in found:
            yield Event(found["event"], int(found["id"]), json.loads(found["data"]))
        if not line:
            found = {}


async def until_changed(events: AsyncIterator[Event]) -> list[Event]:
    found = []
    async for event in events:
        found.append(event)
        if event.topic == "changed":
            break
    return found


async def test_who_comes_back_gets_what_happened_meanwhile_and_nothing_twice(city: City) -> None:
    city.judge("sw-tesoreria")
    token = city.token(UserRole.VIEWER)
    async with served(city) as address:
        async with listening(address, token, last=0) as events:
            first = await until_changed(events)
        city.judge("rt-seguridad")
        async with listening(address, token, last=first[-1].number) as events:
            second = await until_changed(events)
            city.judge("rt-seguridad", None)
            city.now += 3600
            city.judge("rt-seguridad", None)
            city.hub.publish()
            third = await until_changed(events)
    keys = [{event.data["key"] for event in part[:-1]} for part in (first, second)]
    assert keys[0] >= {"device-down/sw-tesoreria"}
    assert keys[1] >= {"device-down/rt-seguridad"}
    assert "device-down/sw-tesoreria" not in keys[1]
    numbers = [event.number for part in (first, second, third) for event in part if event.topic == "happened"]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == third[-1].number


async def test_a_reader_of_one_department_hears_of_no_other_and_yet_knows_where_it_is(city: City) -> None:
    city.judge("sw-tesoreria")
    token = city.token(UserRole.VIEWER, departments=("catastro",))
    async with served(city) as address, listening(address, token, last=0) as events:
        (only,) = await until_changed(events)
    assert only.topic == "changed"
    assert only.number == city.reads.events("es", limit=1)[0].number


async def test_a_stream_ends_when_its_token_does(city: City) -> None:
    token = city.token(UserRole.VIEWER)
    async with served(city) as address, listening(address, token, last=0) as events:
        await until_changed(events)
        city.tokens.revoke(city.tokens.rows()[0].id)
        async with asyncio.timeout(30):
            assert [event async for event in events] == []
        assert city.hub.readers == 0


async def test_a_number_from_another_life_of_the_records_is_no_reason_to_wait_for_ever(city: City) -> None:
    token = city.token(UserRole.VIEWER)
    async with served(city) as address, listening(address, token, last=10**9) as events:
        await until_changed(events)
        city.judge("sw-tesoreria")
        city.hub.publish()
        assert len(await until_changed(events)) > 1


async def test_one_token_opens_so_many_streams_and_no_more(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 1)
    token, other = city.token(UserRole.VIEWER), city.token(UserRole.VIEWER)
    async with served(city) as address, listening(address, token, last=0) as events:
        await until_changed(events)
        async with httpx.AsyncClient(trust_env=False) as client:
            refused = await client.get(f"{address}/stream", headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        async with listening(address, other, last=0) as others:
            await until_changed(others)


async def test_a_reader_who_was_away_for_a_thousand_changes_is_told_once() -> None:
    hub = EventHub()
    reader = hub.subscribe()
    assert await anext(reader) is False
    for _ in range(1000):
        hub.publish()
    assert [await anext(reader), await anext(reader)] == [True, False]
    await reader.aclose()
    assert hub.readers == 0
