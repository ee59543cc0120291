"""What a node takes, what it refuses, and that a refusal costs nothing else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hearken.embedded import Services
from session_core.envelope import Key, chunk_label, organisation_label, session_label
from tests.installation import PASSWORD, Installation, Node, installation_on, until
from tests.peer import Peer, Refused, header, peer
from tests.sound import file_of, silence_of, tone

LIMIT = 300_000


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("ingest"), logins_per_minute=1000) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node(
        max_chunk_bytes=LIMIT, max_chunk_seconds=20, allowed_origins="https://ok.example"
    )


@pytest.fixture(scope="module")
async def tokens(installation: Installation, node: Node) -> dict[str, str]:
    return {person.email: await installation.token(node, person) for person in (installation.ann, installation.bob)}


@pytest.fixture
async def ann(installation: Installation, node: Node, tokens: dict[str, str]) -> AsyncIterator[Peer]:
    async with peer(node.url, tokens[installation.ann.email]) as connected:
        yield connected


@pytest.fixture
async def bob(installation: Installation, node: Node, tokens: dict[str, str]) -> AsyncIterator[Peer]:
    async with peer(node.url, tokens[installation.bob.email]) as connected:
        yield connected


SECOND = file_of(tone(1.0), "audio/wav")


def chunk(session_id: str, seq: int, data: bytes = SECOND, **other: Any) -> Any:
    return header(session_id, seq, data, **{"first_sample": seq * 16000, "sample_count": 16000} | other)


async def test_hello_is_the_first_event_and_tells_the_limits(ann: Peer) -> None:
    await ann.wait_for("hello")
    event, hello = ann.heard[0]
    assert event == "hello"
    assert hello["protocol"] == 1
    assert hello["limits"]["max_chunk_bytes"] == LIMIT
    assert "audio/webm" in hello["limits"]["media_types"]


async def test_an_acknowledged_chunk_is_in_postgres_with_its_bytes_sealed(
    installation: Installation, ann: Peer
) -> None:
    session = await ann.start()
    answer = await ann.ok("chunk", chunk(session, 0), SECOND)
    assert answer["sha256"] == hashlib.sha256(SECOND).hexdigest()
    assert (answer["duplicate"], answer["contiguous_through"]) == (False, 0)
    row = (
        await installation.fetch(
            """SELECT c.org_id, c.audio, c.sha256, s.key AS session_key, o.key AS organisation_key
               FROM chunks c JOIN sessions s ON s.id = c.session_id JOIN organisations o ON o.id = c.org_id
               WHERE c.session_id = $1""",
            UUID(session),
        )
    )[0]
    assert SECOND[:64] not in row["audio"]
    organisation = Key(installation.settings.master_key_bytes).unwrap(
        row["organisation_key"], organisation_label(row["org_id"])
    )
    key = organisation.unwrap(row["session_key"], session_label(UUID(session)))
    assert key.open(row["audio"], chunk_label(UUID(session), 0)) == SECOND
    assert row["sha256"] == hashlib.sha256(SECOND).digest()


async def test_chunks_in_any_order_move_the_watermark_past_what_is_contiguous(ann: Peer) -> None:
    session = await ann.start()
    through = [(await ann.ok("chunk", chunk(session, seq), SECOND))["contiguous_through"] for seq in (1, 3, 0, 4, 2)]
    assert through == [-1, -1, 1, 1, 4]
    resumed = await ann.ok("session.resume", {"session_id": session})
    assert resumed["stored"] == [[0, 4]]
    assert resumed["sealed_through"] == -1


async def test_the_same_chunk_again_is_a_duplicate_and_other_bytes_are_a_conflict(
    installation: Installation, ann: Peer
) -> None:
    session = await ann.start()
    await ann.ok("chunk", chunk(session, 0), SECOND)
    assert (await ann.ok("chunk", chunk(session, 0), SECOND))["duplicate"] is True
    other = file_of(tone(1.0, hertz=300), "audio/wav")
    assert await ann.refused("chunk", chunk(session, 0, other), other) == "seq_conflict"
    kept = await installation.value("SELECT sha256 FROM chunks WHERE session_id = $1", UUID(session))
    assert kept == hashlib.sha256(SECOND).digest()


async def test_starting_again_with_the_same_client_ref_finds_the_same_session(ann: Peer, bob: Peer) -> None:
    ref = str(uuid4())
    session = await ann.start(client_ref=ref)
    await ann.ok("chunk", chunk(session, 0), SECOND)
    again = await ann.ok(
        "session.start", {"client_ref": ref, "media_type": "audio/wav", "sample_rate": 16000, "chunk_seconds": 15}
    )
    assert (again["session_id"], again["next_seq"]) == (session, 1)
    assert await bob.start(client_ref=ref) != session


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seq": -1}, "invalid"),
        ({"seq": "0"}, "invalid"),
        ({"seq": True}, "invalid"),
        ({"seq": 1.5}, "invalid"),
        ({"seq": 2**31}, "invalid"),
        ({"seq": 1_000_000}, "invalid"),
        ({"first_sample": -1}, "invalid"),
        ({"first_sample": 2**53}, "invalid"),
        ({"sample_count": 0}, "invalid"),
        ({"sample_count": 16000 * 21}, "too_large"),
        ({"sha256": "00" * 32}, "invalid"),
        ({"sha256": "nonsense"}, "invalid"),
        ({"media_type": "audio/midi"}, "bad_media"),
        ({"media_type": "audio/webm"}, "bad_media"),
        ({"media_type": None}, "invalid"),
        ({"session_id": "no uuid"}, "invalid"),
        ({"session_id": str(uuid4())}, "not_found"),
    ],
)
async def test_a_wrong_field_is_refused_by_its_code_and_the_session_goes_on(
    ann: Peer, change: dict[str, Any], code: str
) -> None:
    session = await ann.start()
    assert await ann.refused("chunk", chunk(session, 0) | change, SECOND) == code
    assert (await ann.ok("chunk", chunk(session, 0), SECOND))["contiguous_through"] == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_media"),
        (b"\x00garbage" * 100, "bad_media"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "bad_media"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nhttp://127.0.0.1/a.ts\n", "bad_media"),
        (b"RIFF\x00\x00\x00\x00WAVE" + bytes(LIMIT), "too_large"),
    ],
)
async def test_what_is_no_audio_is_refused(ann: Peer, data: bytes, code: str) -> None:
    session = await ann.start()
    assert await ann.refused("chunk", chunk(session, 0, data), data) == code
    await ann.ok("chunk", chunk(session, 0), SECOND)


async def test_a_small_file_that_unpacks_to_hours_is_refused(ann: Peer) -> None:
    bomb = silence_of(hours=2)
    session = await ann.start(media_type="audio/webm")
    fields = chunk(session, 0, bomb[:LIMIT], media_type="audio/webm")
    assert await ann.refused("chunk", fields | {"sample_count": 16000 * 15}, bomb[:LIMIT]) in ("bad_media", "too_large")


@pytest.mark.parametrize("message", [None, 7, "text", [], {}, {"session_id": None}])
async def test_a_message_that_is_no_request_is_invalid(ann: Peer, message: Any) -> None:
    for event in ("session.start", "session.resume", "session.stop", "session.watch", "chunk", "no.such.event"):
        assert await ann.refused(event, message) == "invalid"


async def test_a_chunk_without_or_with_two_attachments_is_invalid(ann: Peer) -> None:
    session = await ann.start()
    assert await ann.refused("chunk", chunk(session, 0)) == "invalid"
    assert await ann.refused("chunk", chunk(session, 0), SECOND, SECOND) == "invalid"
    assert await ann.refused("chunk", chunk(session, 0), "text") == "invalid"


async def test_an_attachment_in_a_field_is_understood(ann: Peer) -> None:
    session = await ann.start()
    stored = await ann.ok("chunk", chunk(session, 0) | {"data": SECOND})
    assert stored["sha256"] == hashlib.sha256(SECOND).hexdigest()


async def test_neighbours_that_overlap_are_refused(ann: Peer) -> None:
    session = await ann.start()
    await ann.ok("chunk", chunk(session, 0), SECOND)
    await ann.ok("chunk", chunk(session, 2), SECOND)
    assert await ann.refused("chunk", chunk(session, 1, first_sample=15_999), SECOND) == "invalid"
    assert await ann.refused("chunk", chunk(session, 1, first_sample=16_001), SECOND) == "invalid"
    assert await ann.refused("chunk", chunk(session, 3, first_sample=47_999), SECOND) == "invalid"
    await ann.ok("chunk", chunk(session, 1), SECOND)


async def test_another_organisations_session_does_not_exist(ann: Peer, bob: Peer) -> None:
    session = await ann.start()
    await ann.ok("chunk", chunk(session, 0), SECOND)
    for event, fields in (
        ("session.resume", {}),
        ("session.stop", {"last_seq": 0}),
        ("session.pause", {"at_sample": 0}),
        ("session.continue", {"at_sample": 0}),
        ("session.watch", {"after": 0}),
    ):
        assert await bob.refused(event, {"session_id": session} | fields) == "not_found"
    # The node has the session's key at hand by now; bob's organisation still has not.
    assert await bob.refused("chunk", chunk(session, 1), SECOND) == "not_found"
    assert (await ann.ok("session.resume", {"session_id": session}))["stored"] == [[0, 0]]


async def test_after_stop_a_chunk_behind_the_last_is_refused_and_one_that_is_missing_is_welcome(ann: Peer) -> None:
    session = await ann.start()
    await ann.ok("chunk", chunk(session, 1), SECOND)
    assert await ann.refused("session.stop", {"session_id": session, "last_seq": 0}) == "invalid"
    assert (await ann.ok("session.stop", {"session_id": session, "last_seq": 1}))["state"] == "sealing"
    assert (await ann.ok("session.stop", {"session_id": session, "last_seq": 1}))["state"] == "sealing"
    assert await ann.refused("session.stop", {"session_id": session, "last_seq": 5}) == "session_closed"
    assert await ann.refused("chunk", chunk(session, 2), SECOND) == "session_closed"
    assert await ann.refused("session.pause", {"session_id": session, "at_sample": 0}) == "session_closed"
    assert (await ann.ok("chunk", chunk(session, 0), SECOND))["contiguous_through"] == 1


async def test_pause_and_continue_are_states_that_may_be_said_twice(ann: Peer) -> None:
    session = await ann.start()
    for event, state in (("pause", "paused"), ("pause", "paused"), ("continue", "recording")):
        answer = await ann.ok(f"session.{event}", {"session_id": session, "at_sample": 0})
        assert answer["state"] == state


@pytest.mark.parametrize("auth", [None, {}, {"token": ""}, {"token": "x.y.z"}, {"token": 7}, "token", {"protocol": 1}])
async def test_without_a_valid_token_nobody_connects(node: Node, auth: Any) -> None:
    with pytest.raises(Refused) as refused:
        await Peer().connect(node.url, auth)
    assert refused.value.data["data"]["code"] in ("unauthenticated", "invalid")


async def test_a_token_of_another_installation_or_algorithm_is_forged(installation: Installation, node: Node) -> None:
    token = await installation.token(node, installation.ann)
    head, claims, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    flipped = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    for forged in (f"{none}.{claims}.", f"{head}.{claims}.{flipped}", f"{head}.{claims}."):
        with pytest.raises(Refused) as refused:
            await Peer().connect(node.url, {"token": forged})
        assert refused.value.data["data"]["code"] == "unauthenticated"


async def test_a_token_that_expires_ends_the_connection_with_a_word(installation: Installation) -> None:
    node = await installation.start_node(access_token_s=5)
    one = Peer()
    body = {"email": installation.ann.email, "password": PASSWORD}
    async with installation.http.post(f"{node.url}/api/v1/auth/login", json=body) as answer:
        await one.connect(node.url, {"token": (await answer.json())["access_token"]})
    assert await one.wait_for("bye") == {"code": "token_expired"}
    await until(lambda: not one.connected)
    await node.terminate()


async def test_signing_out_closes_connections_on_every_node(installation: Installation, node: Node) -> None:
    other = await installation.start_node()
    token = await installation.token(node, installation.ann)
    here, there = Peer(), Peer()
    await here.connect(node.url, {"token": token})
    await there.connect(other.url, {"token": token})
    async with installation.http.post(
        f"{node.url}/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        assert answer.status == 204
    await until(lambda: not here.connected and not there.connected)
    assert await there.wait_for("bye") == {"code": "signed_out"}
    await other.terminate()


async def test_too_much_is_refused_aloud_with_the_time_to_wait(installation: Installation) -> None:
    node = await installation.start_node(user_chunks_per_minute=2)
    async with peer(node.url, await installation.token(node, installation.ann)) as one:
        session = await one.start()
        for seq in (0, 1):
            await one.ok("chunk", chunk(session, seq), SECOND)
        answer = await one.ask("chunk", chunk(session, 2), SECOND)
        assert answer["error"]["code"] == "rate_limited"
        assert answer["error"]["retryable"] is True
        assert 0 < answer["error"]["retry_after_s"] <= 30
        assert (await one.wait_for("slow_down"))["retry_after_s"] > 0
    await node.terminate()


async def test_nothing_of_a_session_is_in_the_logs(installation: Installation, ann: Peer) -> None:
    await ann.start(title="Zebra Quartz", patient_id="patient-4711")
    await ann.refused("session.start", {"title": "Zebra Quartz"})
    said = installation.said()
    assert "Zebra" not in said
    assert "4711" not in said
    assert installation.ann.email not in said


async def test_a_session_whose_row_is_held_holds_up_no_other(installation: Installation, ann: Peer, bob: Peer) -> None:
    held, free = await ann.start(), await bob.start()
    owner = await asyncpg.connect(installation.owner_url)
    try:
        async with owner.transaction():
            await owner.execute("SELECT FROM sessions WHERE id = $1 FOR UPDATE", UUID(held))
            waiting = asyncio.create_task(ann.ok("chunk", chunk(held, 0), SECOND))
            for seq in range(8):
                await bob.ok("chunk", chunk(free, seq), SECOND)
            assert not waiting.done()
        assert (await waiting)["contiguous_through"] == 0
    finally:
        await owner.close()


async def test_the_librarys_own_events_come_from_the_library_alone(ann: Peer) -> None:
    for event in ("connect", "disconnect"):
        assert await ann.refused(event, {"token": "x"}) == "invalid"
    await ann.start()


async def test_who_announces_more_attachments_than_a_chunk_has_is_cut_off(
    installation: Installation, node: Node, tokens: dict[str, str]
) -> None:
    for hostile in ('450099-/session,["chunk",{}]', "no packet at all", "42/session,{}"):
        async with installation.http.ws_connect(f"{node.url}/socket.io/?EIO=4&transport=websocket") as socket:
            await socket.receive()
            await socket.send_str('40/session,{"token":"' + tokens[installation.ann.email] + '"}')
            assert (await socket.receive_str()).startswith("40/session")
            assert "hello" in await socket.receive_str()
            await socket.send_str("4" + hostile)
            if hostile.startswith("4"):
                await socket.send_bytes(bytes(1000))
            async with asyncio.timeout(10):
                while not socket.closed:
                    await socket.receive()
    assert "Traceback" not in installation.said()
