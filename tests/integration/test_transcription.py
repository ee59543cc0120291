"""From chunks to a transcript: any order, holes, late chunks, Stop, what cannot be decoded, retries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from hearken.embedded import Services
from tests.installation import Installation, Node, installation_on, own_installation, until
from tests.peer import Peer, header, peer
from tests.sound import RATE, Pcm, file_of, say

CHUNK_S = 6
TURNS = (
    "Good morning. How are you feeling today?",
    "I have had a bad cough for about two weeks and it keeps me awake at night.",
    "Do you have any pain in your chest, or a fever?",
    "No fever, but my back hurts when I cough.",
    "Please take these pills with water every morning, and come back to see me on Monday.",
)


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    settings = {"logins_per_minute": 1000, "hole_wait_s": 2, "seal_wait_s": 3, "reconcile_every_s": 0.5}
    async with installation_on(services, tmp_path_factory.mktemp("transcription"), **settings) as own:
        await own.start_worker()
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node()


@pytest.fixture(scope="module")
async def ann(installation: Installation, node: Node) -> AsyncIterator[Peer]:
    async with peer(node.url, await installation.token(node, installation.ann)) as connected:
        yield connected


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    folder = tmp_path_factory.mktemp("speech")
    pause = np.zeros(RATE * 7 // 10, dtype=np.int16)
    return np.concatenate([part for turn in TURNS for part in (say(turn, folder), pause)])


def pieces(pcm: Pcm) -> list[bytes]:
    return [file_of(pcm[at : at + CHUNK_S * RATE], "audio/flac") for at in range(0, len(pcm), CHUNK_S * RATE)]


class Recording:
    """A session that is sent chunk by chunk, in whatever order a test likes."""

    def __init__(self, one: Peer, session: str, pcm: Pcm) -> None:
        self.one = one
        self.session = session
        self.pcm = pcm
        self.files = pieces(pcm)

    async def send(self, *seqs: int) -> None:
        for seq in seqs:
            first = seq * CHUNK_S * RATE
            count = min(CHUNK_S * RATE, len(self.pcm) - first)
            fields = header(
                self.session, seq, self.files[seq], first_sample=first, sample_count=count, media_type="audio/flac"
            )
            await self.one.ok("chunk", fields, self.files[seq])

    async def stop(self, last_seq: int | None = None) -> None:
        last = len(self.files) - 1 if last_seq is None else last_seq
        await self.one.ok("session.stop", {"session_id": self.session, "last_seq": last})


async def recording(one: Peer, pcm: Pcm) -> Recording:
    session = await one.start(media_type="audio/flac", chunk_seconds=CHUNK_S)
    await one.ok("session.watch", {"session_id": session, "after": 0})
    return Recording(one, session, pcm)


async def ready(installation: Installation, node: Node, session: str, state: str = "ready") -> dict[str, Any]:
    """The transcript, once the session is ready, or ``state``, and planning has seen everything."""

    async def is_ready() -> bool:
        rows = await installation.fetch(
            "SELECT state, revision = planned_revision AS planned FROM sessions WHERE id = $1", UUID(session)
        )
        return bool(rows[0]["state"] == state and rows[0]["planned"])

    await until(is_ready, within_s=90)
    transcript: dict[str, Any] = await installation.get(node, installation.ann, f"/sessions/{session}/transcript")
    return transcript


async def until_given_up(installation: Installation, count: int) -> None:
    """Wait until so many chunks were found undecodable."""

    async def are() -> bool:
        return bool(await installation.value("SELECT count(*) FROM chunks WHERE state = 'undecodable'") == count)

    await until(are)


async def retry(installation: Installation, node: Node, session: str) -> None:
    """Have what failed in a session that was ready tried again."""
    token = await installation.token(node, installation.ann)
    async with installation.http.post(
        f"{node.url}/api/v1/sessions/{session}/retry",
        json={"step": "transcribe"},
        headers={"Authorization": f"Bearer {token}"},
    ) as answer:
        assert await answer.json() == {"state": "transcribing"}


def text(transcript: dict[str, Any]) -> str:
    return "\n".join(f"{segment['start_ms']} {segment['text']}" for segment in transcript["segments"])


def shown(events: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What a viewer shows at the end: the newest of each final segment that was not withdrawn."""
    segments = {event["data"]["id"]: event["data"]["text"] for event in events if event["type"] == "segment.final"}
    return {segment: words for segment, words in segments.items() if words}


@pytest.fixture(scope="module")
async def in_order(installation: Installation, node: Node, ann: Peer, speech: Pcm) -> dict[str, Any]:
    session = await recording(ann, speech)
    await session.send(*range(len(session.files)))
    await session.stop()
    return await ready(installation, node, session.session)


async def test_real_speech_becomes_words_with_times(in_order: dict[str, Any], speech: Pcm) -> None:
    said = " ".join(segment["text"] for segment in in_order["segments"])
    for word in ("morning", "cough", "weeks", "pain", "fever", "water", "monday"):
        assert word in said.lower()
    times = [word["s"] for segment in in_order["segments"] for word in segment["words"]]
    assert times == sorted(times)
    assert in_order["coverage"] == {
        "recorded_ms": len(speech) * 1000 // RATE,
        "transcribed_ms": len(speech) * 1000 // RATE,
        "holes": [],
    }
    assert in_order["language"] == "en"


@pytest.mark.parametrize("order", ["backwards", "odd first, all twice"])
async def test_any_order_of_delivery_gives_the_same_text(
    installation: Installation, node: Node, ann: Peer, speech: Pcm, in_order: dict[str, Any], order: str
) -> None:
    session = await recording(ann, speech)
    count = len(session.files)
    seqs = list(range(count))[::-1] if order == "backwards" else [*range(1, count, 2), *range(count)]
    await session.send(*seqs)
    await session.stop()
    assert text(await ready(installation, node, session.session)) == text(in_order)


async def test_a_chunk_that_comes_after_the_session_is_ready_heals_its_hole(
    installation: Installation, node: Node, ann: Peer, speech: Pcm, in_order: dict[str, Any]
) -> None:
    session = await recording(ann, speech)
    missing = 1
    await session.send(*(seq for seq in range(len(session.files)) if seq != missing))
    await session.stop()
    holed = await ready(installation, node, session.session)
    assert holed["coverage"]["holes"] == [[6000, 12000]]
    assert text(holed) != text(in_order)
    await session.send(missing)
    healed = await ready(installation, node, session.session)
    assert healed["coverage"]["holes"] == []
    assert text(healed) == text(in_order)
    viewed = {segment["id"]: segment["text"] for segment in healed["segments"]}
    await until(lambda: shown(ann.events(session.session)) == viewed)
    versions = [event["version"] for event in ann.events(session.session)]
    assert versions == list(range(1, len(versions) + 1))


async def test_the_last_chunk_may_come_after_the_session_was_sealed_without_it(
    installation: Installation, node: Node, ann: Peer, speech: Pcm, in_order: dict[str, Any]
) -> None:
    session = await recording(ann, speech)
    last = len(session.files) - 1
    await session.send(*range(last))
    await session.stop()
    without = await ready(installation, node, session.session)
    assert without["coverage"]["holes"] == [[last * 6000, last * 6000 + 6000]]
    await session.send(last)
    assert text(await ready(installation, node, session.session)) == text(in_order)


async def test_a_hole_is_waited_for_then_passed_while_the_session_goes_on(
    installation: Installation, ann: Peer, speech: Pcm
) -> None:
    session = await recording(ann, speech)
    await session.send(0, *range(2, len(session.files)))

    def coverage() -> dict[str, Any]:
        found = [event["data"] for event in ann.events(session.session) if event["type"] == "coverage"]
        return found[-1] if found else {"holes": [], "transcribed_ms": 0}

    await until(lambda: coverage()["holes"] == [[6000, 12000]])
    await until(lambda: coverage()["transcribed_ms"] >= 12000, within_s=60)
    assert (await ann.ok("session.resume", {"session_id": session.session}))["state"] == "recording"


async def test_what_cannot_be_decoded_becomes_a_marked_hole_and_the_session_lives(
    installation: Installation, node: Node, ann: Peer, speech: Pcm
) -> None:
    session = await recording(ann, speech)
    session.files[1] = session.files[1][:50] + bytes(range(256)) * 40
    whole = session.files[2]
    session.files[2] = whole[: len(whole) // 2]
    await session.send(*range(len(session.files)))
    await session.stop()
    transcript = await ready(installation, node, session.session)
    (first, second) = transcript["coverage"]["holes"]
    assert first == [6000, 12000]
    assert 12000 < second[0] < 18000
    assert second[1] == 18000
    warnings = [event["data"] for event in ann.events(session.session) if event["type"] == "quality.warning"]
    assert [(warning["code"], warning["seq"]) for warning in warnings] == [("undecodable_chunk", 1)]
    stored = await installation.value("SELECT count(*) FROM chunks WHERE session_id = $1", UUID(session.session))
    assert stored == len(session.files)
    assert transcript["segments"]


async def test_what_still_cannot_be_decoded_after_a_retry_is_the_same_hole_again(
    installation: Installation, node: Node, ann: Peer, speech: Pcm
) -> None:
    session = await recording(ann, speech[: 3 * CHUNK_S * RATE])
    session.files[1] = session.files[1][:50] + bytes(range(256)) * 40
    await session.send(*range(len(session.files)))
    await session.stop()
    before = await ready(installation, node, session.session)
    assert before["coverage"]["holes"] == [[6000, 12000]]
    await retry(installation, node, session.session)
    after = await ready(installation, node, session.session)
    assert (after["segments"], after["coverage"]) == (before["segments"], before["coverage"])
    await until(lambda: len(ann.events(session.session)) == after["head"])
    since = [event for event in ann.events(session.session) if event["version"] > before["head"]]
    states = [event["data"]["state"] for event in since if event["type"] == "session.state"]
    assert states == ["transcribing", "labelling", "noting", "ready"]
    assert [event["data"]["seq"] for event in since if event["type"] == "quality.warning"] == [1]
    assert not [event for event in since if event["type"] in ("coverage", "segment.final")]


async def test_chunks_that_a_broken_decoder_gave_up_are_heard_after_it_was_mended(
    tmp_path: Path, speech: Pcm, in_order: dict[str, Any]
) -> None:
    async with own_installation(tmp_path, reconcile_every_s=0.3, logins_per_minute=1000) as own:
        node = await own.start_node()
        broken = await own.start_worker(decode_timeout_s=0.0001, provisional=False)
        async with peer(node.url, await own.token(node, own.ann)) as one:
            session = await recording(one, speech)
            await session.send(0, 1)
            await until_given_up(own, 2)
            await broken.terminate()
            await own.start_worker()
            await session.send(*range(2, len(session.files)))
            await session.stop()
            holed = await ready(own, node, session.session)
            assert holed["coverage"]["holes"] == [[0, 12000]]
            await retry(own, node, session.session)
            healed = await ready(own, node, session.session)
            assert text(healed) == text(in_order)
            assert healed["coverage"] == in_order["coverage"]
            viewed = {segment["id"]: segment["text"] for segment in healed["segments"]}
            await until(lambda: shown(one.events(session.session)) == viewed)


async def test_a_session_without_chunks_and_one_of_silence_become_ready(
    installation: Installation, node: Node, ann: Peer
) -> None:
    empty = await recording(ann, np.zeros(0, dtype=np.int16))
    await empty.stop(-1)
    assert (await ready(installation, node, empty.session))["segments"] == []
    silent = await recording(ann, np.zeros(RATE * 15, dtype=np.int16))
    await silent.send(0, 1, 2)
    await silent.stop()
    transcript = await ready(installation, node, silent.session)
    assert transcript["segments"] == []
    assert transcript["coverage"] == {"recorded_ms": 15000, "transcribed_ms": 15000, "holes": []}


async def test_pauses_are_holes_that_nobody_waits_for(
    installation: Installation, node: Node, ann: Peer, speech: Pcm
) -> None:
    session = await ann.start(media_type="audio/flac", chunk_seconds=CHUNK_S)
    data = file_of(speech[: CHUNK_S * RATE], "audio/flac")
    count = CHUNK_S * RATE
    for seq, first in enumerate((0, 3 * count)):
        fields = header(session, seq, data, first_sample=first, sample_count=count, media_type="audio/flac")
        await ann.ok("chunk", fields, data)
    await ann.ok("session.stop", {"session_id": session, "last_seq": 1})
    transcript = await ready(installation, node, session)
    assert transcript["coverage"]["holes"] == [[6000, 18000]]
    spoken = [segment for segment in transcript["segments"] if segment["start_ms"] < 6000]
    again = [segment for segment in transcript["segments"] if segment["start_ms"] >= 18000]
    assert [segment["text"] for segment in spoken] == [segment["text"] for segment in again]


async def test_words_show_before_their_window_is_closed(ann: Peer, speech: Pcm) -> None:
    session = await recording(ann, speech)
    await session.send(0)

    def shown() -> list[str]:
        events = (event for event in ann.events(session.session) if event["data"].get("text"))
        return [event["type"] for event in events if event["type"].startswith("segment.")]

    await until(shown)
    assert shown()[0] == "segment.provisional"


async def test_a_recorder_that_vanishes_is_interrupted_comes_back_and_is_sealed_by_itself(
    installation: Installation, tmp_path: Path, speech: Pcm
) -> None:
    settings = {"interrupted_after_s": 1.5, "seal_interrupted_after_s": 6, "reconcile_every_s": 0.3}
    async with own_installation(tmp_path, **settings) as own:
        node = await own.start_node()
        await own.start_worker()
        async with peer(node.url, await own.token(node, own.ann)) as one:
            session = await recording(one, speech)
            await session.send(0)

            def states() -> list[str]:
                found = [event for event in one.events(session.session) if event["type"] == "session.state"]
                return [event["data"]["state"] for event in found]

            await until(lambda: states()[-1:] == ["interrupted"])
            assert (await one.ok("session.resume", {"session_id": session.session}))["state"] == "recording"
            await until(lambda: states()[-1:] == ["ready"], within_s=60)
            assert states() == [
                "recording",
                "interrupted",
                "recording",
                "interrupted",
                "sealing",
                "transcribing",
                "labelling",
                "noting",
                "ready",
            ]


async def test_a_window_that_fails_is_shown_and_can_be_tried_again(
    installation: Installation, tmp_path: Path, speech: Pcm
) -> None:
    async with own_installation(tmp_path, reconcile_every_s=0.3, logins_per_minute=1000) as own:
        node = await own.start_node()
        hasty = await own.start_worker(recognise_timeout_s=0.01, max_attempts=2, retry_base_s=0.1, provisional=False)
        token = await own.token(node, own.ann)
        async with peer(node.url, token) as one:
            session = await recording(one, speech)
            await session.send(*range(len(session.files)))
            await session.stop()
            failed = await ready(own, node, session.session, "failed")
            assert failed["segments"] == []
            codes = [event["data"]["code"] for event in one.events(session.session) if event["type"] == "window.failed"]
            assert set(codes) == {"unavailable"}
            await hasty.terminate()
            await own.start_worker()
            await retry(own, node, session.session)
            assert "cough" in text(await ready(own, node, session.session))
