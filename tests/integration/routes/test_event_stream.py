"""Server-sent events: replay, what happens, the beacon and the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest

from tests.caller import Caller, sign_in
from tests.installation import Installation, Node


class Stream:
    """Server-sent events as they arrive."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> dict[str, str]:
        """The fields of the next message; an empty one at the end of the stream."""
        fields: dict[str, str] = {}
        async for line in self._response.content:
            if line == b"\n":
                return fields
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
        return fields

    async def event(self) -> dict[str, Any]:
        """The next event that is no beacon."""
        while (message := await self.next()).get("event") == "head":
            pass
        found: dict[str, Any] = orjson.loads(message["data"])
        assert message["id"] == str(found["version"])
        assert message["event"] == found["type"]
        return found


@asynccontextmanager
async def stream(
    installation: Installation, node: Node, session: str, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    sent = {"Authorization": f"Bearer {await installation.token(node, installation.ann)}"} | headers
    url = f"{node.url}/api/v1/sessions/{session}/events{query}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=sent) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def toggled(ann: Caller, installation: Installation, session: str, ref: str) -> None:
    """One more event: the recorder vanishes and comes back."""
    await installation.execute(f"UPDATE sessions SET state = 'interrupted' WHERE id = '{session}'")
    assert await ann.session(client_ref=ref) == session


async def test_a_stream_replays_then_goes_on_with_what_happens(
    installation: Installation, node: Node, ann: Caller
) -> None:
    session = await ann.session(client_ref="replayed")
    await toggled(ann, installation, session, "replayed")
    async with stream(installation, node, session) as events:
        assert [(await events.event())["version"] for _ in range(2)] == [1, 2]
        (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": -1})).ok()
        live = await events.event()
        assert (live["version"], live["type"], live["data"]) == (3, "session.state", {"state": "sealing"})
        assert live["session_id"] == session


async def test_a_stream_begins_after_the_version_it_is_given(
    installation: Installation, node: Node, ann: Caller
) -> None:
    session = await ann.session(client_ref="skipped")
    for _ in range(3):
        await toggled(ann, installation, session, "skipped")
    async with stream(installation, node, session, "?after=2") as events:
        assert (await events.event())["version"] == 3
    async with stream(installation, node, session, "?after=0", **{"Last-Event-ID": "3"}) as events:
        assert (await events.event())["version"] == 4


async def test_a_stream_tells_the_head_every_few_seconds(installation: Installation, node: Node, ann: Caller) -> None:
    session = await ann.session()
    async with stream(installation, node, session, "?after=1") as events:
        beacon = await events.next()
        assert beacon["event"] == "head"
        assert orjson.loads(beacon["data"]) == {"session_id": session, "version": 1}


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30])
async def test_a_stream_after_no_version_is_refused(ann: Caller, after: str) -> None:
    session = await ann.session()
    assert (await ann("GET", f"/sessions/{session}/events", params={"after": after})).refused() == "invalid"


async def test_a_stream_ends_with_its_token_and_when_the_node_stops(installation: Installation, ann: Caller) -> None:
    session = await ann.session()
    node = await installation.start_node()
    short = await installation.start_node(access_token_s=2)
    token = (await sign_in(Caller(installation, short, None), installation.ann)).ok()["access_token"]
    async with (
        stream(installation, node, session) as draining,
        stream(installation, short, session, **{"Authorization": f"Bearer {token}"}) as expiring,
    ):
        assert (await draining.event())["version"] == (await expiring.event())["version"] == 1
        assert await expiring.next() == {}
        assert await node.terminate() == 0
        while told := await draining.next():
            assert told["event"] == "head"
    await short.terminate()
