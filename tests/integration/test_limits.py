"""What one user, and whoever is not signed in, may ask of a node: more is refused aloud, and costs it little."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from hearken.embedded import Services
from stream_server.edge import JSON_BYTES
from stream_server.stranger import GREETING_BYTES
from tests.installation import Installation, Node, Person, installation_on, until
from tests.peer import Peer, Refused, header, peer
from tests.sound import file_of, tone

SECOND = file_of(tone(1.0), "audio/wav")
SOCKET = "/socket.io/?EIO=4&transport=websocket"
FLOOD = 200
HELD_BACK = 1_000_000
"""Bytes that each socket of the flood sends of a message that it never finishes."""


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("limits"), logins_per_minute=1000) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node()


async def bearer(installation: Installation, node: Node, person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {await installation.token(node, person)}"}


async def refusal(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The error of a refusal that says when to come again, in the body and in the header alike."""
    error: dict[str, Any] = (await answer.json())["error"]
    assert answer.status == 429
    assert error["retryable"] is True
    assert int(answer.headers["Retry-After"]) >= error["retry_after_s"] > 0
    return error


async def connect_refused(node: Node, token: str) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        await Peer().connect(node.url, {"token": token, "protocol": 1})
    return dict(refused.value.data["data"])


# Strangers


class UnfinishedMessage:
    """A WebSocket, opened by hand, that has begun a message of several megabytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, node: Node) -> UnfinishedMessage:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        upgrade = (
            f"GET {SOCKET} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        writer.write(upgrade.encode())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x82\xff" + (2 * HELD_BACK).to_bytes(8, "big") + b"mask" + bytes(HELD_BACK))
        return cls(reader, writer)

    async def cut_off(self) -> None:
        """Return once the node has ended the connection."""
        try:
            while await self._reader.read(65_536):
                pass
        except ConnectionError:
            return
        finally:
            self._writer.close()


def highest_memory(node: Node) -> int:
    """The most resident memory that the node has had, in bytes."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{node.pid}/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) * 1024


async def test_a_flood_of_big_messages_from_strangers_is_cut_off_and_takes_no_memory(
    installation: Installation,
) -> None:
    node = await installation.start_node()
    before = highest_memory(node)
    flood = await asyncio.gather(*(UnfinishedMessage.begin(node) for _ in range(FLOOD)))
    async with asyncio.timeout(5):
        await asyncio.gather(*(one.cut_off() for one in flood))
    assert highest_memory(node) - before < FLOOD * HELD_BACK / 8
    async with peer(node.url, await installation.token(node, installation.ann)) as ann:
        await ann.start()
    await node.terminate()


async def test_what_a_stranger_says_is_counted_over_all_its_messages(installation: Installation, node: Node) -> None:
    async with installation.http.ws_connect(node.url + SOCKET) as socket:
        await socket.receive()
        connect = '40/session,{"token":"' + "x" * 1000 + '"}'
        said = 0
        while not socket.closed and said <= 2 * GREETING_BYTES:
            await socket.send_str(connect)
            said += len(connect)
            answer = await socket.receive()
            if answer.type is aiohttp.WSMsgType.TEXT:
                assert "unauthenticated" in answer.data
        assert GREETING_BYTES / 2 < said <= GREETING_BYTES + len(connect)


async def test_who_is_signed_in_sends_whole_chunks(installation: Installation, node: Node) -> None:
    audio = file_of(tone(15.0), "audio/wav")
    assert len(audio) > 10 * GREETING_BYTES
    async with peer(node.url, await installation.token(node, installation.ann)) as ann:
        session = await ann.start()
        await ann.ok("chunk", header(session, 0, audio, first_sample=0, sample_count=15 * 16_000), audio)


async def test_who_leaves_the_namespace_keeps_no_socket(installation: Installation, node: Node) -> None:
    token = await installation.token(node, installation.ann)
    async with installation.http.ws_connect(node.url + SOCKET) as socket:
        await socket.receive()
        await socket.send_str('40/session,{"token":"' + token + '"}')
        assert (await socket.receive_str()).startswith("40/session")
        await socket.send_str("41/session,")
        async with asyncio.timeout(5):
            while not socket.closed:
                await socket.receive()


@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh"])
async def test_a_body_that_anybody_may_send_is_small(installation: Installation, node: Node, path: str) -> None:
    async with installation.http.post(f"{node.url}/api/v1{path}", data=bytes(JSON_BYTES + 1)) as answer:
        assert answer.status == 413
        assert (await answer.json())["error"]["code"] == "too_large"


# Open connections


async def test_a_user_has_so_many_connections_and_streams_and_another_one_is_refused(
    installation: Installation,
) -> None:
    node = await installation.start_node(user_connections=2)
    token = await installation.token(node, installation.ann)
    ann = await bearer(installation, node, installation.ann)
    async with peer(node.url, token) as first:
        stream = f"{node.url}/api/v1/sessions/{await first.start()}/events"
        async with installation.http.get(stream, headers=ann) as second:
            assert second.status == 200
            refused = await connect_refused(node, token)
            assert (refused["code"], refused["retryable"]) == ("quota_exceeded", True)
            assert refused["retry_after_s"] > 0
            async with installation.http.get(stream, headers=ann) as third:
                assert (await refusal(third))["code"] == "quota_exceeded"
            async with peer(node.url, await installation.token(node, installation.bob)) as bob:
                await bob.start()
            second.close()

        async def stream_opens() -> bool:
            async with installation.http.get(stream, headers=ann) as again:
                return again.status == 200

        await until(stream_opens, 15)

    async def connects() -> bool:
        async with peer(node.url, token):
            return True

    await until(connects, 5)
    await node.terminate()


async def test_an_organisation_has_so_many_connections(installation: Installation) -> None:
    node = await installation.start_node(organisation_connections=1)
    token = await installation.token(node, installation.ann)
    async with peer(node.url, token), peer(node.url, await installation.token(node, installation.bob)):
        assert (await connect_refused(node, token))["code"] == "quota_exceeded"
    await node.terminate()


# Requests


async def test_requests_of_a_user_are_counted_over_every_edge_and_chunks_apart(installation: Installation) -> None:
    node = await installation.start_node(user_requests_per_minute=3)
    ann = await bearer(installation, node, installation.ann)
    async with peer(node.url, await installation.token(node, installation.ann)) as one:
        session = await one.start()
        await one.ok("session.resume", {"session_id": session})
        async with installation.http.get(f"{node.url}/api/v1/me", headers=ann) as answer:
            assert answer.status == 200
        for path in ("/sessions", f"/sessions/{session}/transcript", f"/sessions/{session}/events"):
            async with installation.http.get(f"{node.url}/api/v1{path}", headers=ann) as answer:
                assert (await refusal(answer))["code"] == "rate_limited"
        for event, request in (
            ("session.resume", {"session_id": session}),
            ("session.watch", {"session_id": session, "after": 0}),
            ("no such event", {}),
        ):
            error = (await one.ask(event, request))["error"]
            assert (error["code"], error["retryable"]) == ("rate_limited", True)
            assert 0 < error["retry_after_s"] <= 20
        await one.ok("chunk", header(session, 0, SECOND, first_sample=0, sample_count=16_000), SECOND)
    bob = await bearer(installation, node, installation.bob)
    async with installation.http.get(f"{node.url}/api/v1/me", headers=bob) as answer:
        assert answer.status == 200
    await node.terminate()


async def test_a_chunk_that_cannot_be_read_counts_as_a_chunk_on_every_edge(installation: Installation) -> None:
    node = await installation.start_node(user_chunks_per_minute=4)
    ann = await bearer(installation, node, installation.ann)
    async with peer(node.url, await installation.token(node, installation.ann)) as one:
        session = await one.start()
        good = header(session, 0, SECOND, first_sample=0, sample_count=16_000)
        for malformed in ((good | {"seq": "first"}, SECOND), (good,), (good | {"media_type": "text/plain"}, SECOND)):
            assert (await one.ask("chunk", *malformed))["error"]["code"] in ("invalid", "bad_media")
        put = f"{node.url}/api/v1/sessions/{session}/chunks/0?first_sample=0&sample_count=16000"
        async with installation.http.put(put, headers=ann, data=SECOND) as without_digest:
            assert (await without_digest.json())["error"]["code"] == "invalid"
        async with installation.http.put(put, headers=ann, data=SECOND) as without_digest:
            assert (await refusal(without_digest))["code"] == "rate_limited"
        for request in ((good,), (good, SECOND)):
            error = (await one.ask("chunk", *request))["error"]
            assert (error["code"], error["retryable"]) == ("rate_limited", True)
    async with peer(node.url, await installation.token(node, installation.bob)) as bob:
        session = await bob.start()
        await bob.ok("chunk", header(session, 0, SECOND, first_sample=0, sample_count=16_000), SECOND)
    await node.terminate()


async def test_renewals_of_tokens_are_counted_for_each_address(installation: Installation) -> None:
    node = await installation.start_node(user_requests_per_minute=2)
    refresh = f"{node.url}/api/v1/auth/refresh"
    for _ in range(2):
        async with installation.http.post(refresh, json={"refresh_token": str(uuid4())}) as answer:
            assert answer.status == 401
    async with installation.http.post(refresh, json={"refresh_token": str(uuid4())}) as answer:
        assert (await refusal(answer))["code"] == "rate_limited"
    await node.terminate()
