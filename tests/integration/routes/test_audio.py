"""The audio of a whole session: what comes for which range, who may hear it, and what it costs the node."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import numpy as np
import psutil
import pytest

from chunk_workers.waveform import peaks_of
from session_core.envelope import Key
from session_core.principal import Principal
from session_core.ticket import LIFE_S, TicketSigner
from stream_server.wav import HEADER_BYTES, WavFile
from tests.caller import Caller, Reply
from tests.installation import Installation, Node, until
from tests.sound import RATE, Pcm, file_of, tone

HOLE = RATE // 2
TWO_HOURS = 2 * 3600 * RATE


def voice(seconds: float, hertz: float) -> Pcm:
    return tone(seconds, hertz=hertz)


async def put(caller: Caller, session: str, seq: int, first: int, pcm: Pcm, rate: int = RATE) -> None:
    query = {"first_sample": first, "sample_count": len(pcm)}
    (await caller.put(session, seq, file_of(pcm, "audio/wav", rate=rate), query=query)).ok()


async def audio(caller: Caller, session: str, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller("GET", f"/sessions/{session}/audio", headers=named)


class Recorded:
    """A session of three chunks: one from the start, one behind a hole, one that no decoder can read."""

    def __init__(self, session: str) -> None:
        first, second = voice(1, 440), voice(1.5, 660)
        self.session = session
        self.pieces = {0: (0, first), 1: (RATE + HOLE, second)}
        self.end = RATE + HOLE + len(second) + RATE
        self.pcm = np.zeros(self.end, dtype="<i2")
        for start, piece in self.pieces.values():
            self.pcm[start : start + len(piece)] = piece
        self.file = WavFile(self.end).header() + self.pcm.tobytes()


@pytest.fixture
async def recorded(ann: Caller) -> Recorded:
    made = Recorded(await ann.session())
    for seq, (start, piece) in made.pieces.items():
        await put(ann, made.session, seq, start, piece)
    query = {"first_sample": made.end - RATE, "sample_count": RATE}
    (await ann.put(made.session, 2, b"RIFF\x24\0\0\0WAVEnothing of use", query=query)).ok()
    return made


async def test_the_whole_timeline_is_one_file_and_what_is_missing_is_silence(ann: Caller, recorded: Recorded) -> None:
    reply = await audio(ann, recorded.session)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "audio/wav"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.body == recorded.file


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, None),
        (0, 44),
        (10, 50),
        (45, 46),
        (HEADER_BYTES + 2 * RATE - 3, HEADER_BYTES + 2 * (RATE + HOLE) + 5),
        (HEADER_BYTES + 2 * RATE + 8, HEADER_BYTES + 2 * RATE + 9),
        (2 * RATE, 1_000_000),
    ],
)
async def test_a_range_is_that_part_of_the_file(ann: Caller, recorded: Recorded, start: int, end: int | None) -> None:
    reply = await audio(ann, recorded.session, Range=f"bytes={start}-{'' if end is None else end - 1}")
    stop = min(end or len(recorded.file), len(recorded.file))
    assert reply.status == 206
    assert reply.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(recorded.file)}"
    assert reply.body == recorded.file[start:stop]


async def test_a_range_behind_the_end_is_refused_with_the_size(ann: Caller, recorded: Recorded) -> None:
    reply = await audio(ann, recorded.session, Range=f"bytes={len(recorded.file)}-")
    assert reply.refused(416) == "invalid"
    assert reply.headers["Content-Range"] == f"bytes */{len(recorded.file)}"


async def test_a_download_goes_on_only_while_the_audio_is_the_same(ann: Caller, recorded: Recorded) -> None:
    tag = (await audio(ann, recorded.session)).headers["ETag"]
    part = await audio(ann, recorded.session, Range="bytes=44-99", If_Range=tag)
    assert (part.status, part.headers["ETag"]) == (206, tag)
    await put(ann, recorded.session, 3, recorded.end, voice(0.5, 880))
    changed = await audio(ann, recorded.session, Range="bytes=44-99", If_Range=tag)
    assert changed.status == 200
    assert changed.headers["ETag"] != tag
    assert len(changed.body) == len(recorded.file) + RATE


async def test_head_tells_size_and_kind_alone(ann: Caller, recorded: Recorded) -> None:
    reply = await ann("HEAD", f"/sessions/{recorded.session}/audio")
    assert reply.status == 200
    assert reply.headers["Content-Length"] == str(len(recorded.file))
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.body == b""


async def test_a_session_without_a_chunk_is_an_empty_file(ann: Caller) -> None:
    assert (await audio(ann, await ann.session())).body == WavFile(0).header()


async def test_chunks_at_another_rate_follow_one_another_without_a_gap(ann: Caller) -> None:
    rate = 44_100
    session = await ann.session(sample_rate=rate)
    whole = tone(2, rate=rate)
    cut = 44_101
    await put(ann, session, 0, 0, whole[:cut], rate)
    await put(ann, session, 1, cut, whole[cut:], rate)
    heard = np.frombuffer((await audio(ann, session)).body[HEADER_BYTES:], "<i2").astype(int)
    assert len(heard) == 2 * RATE
    clean = tone(2).astype(int)
    one_sample = 8_000 * 2 * np.pi * 440 / RATE
    # But for the edges, where a resampler knows nothing of what lies behind.
    middle = [*range(200, RATE - 200), *range(RATE + 200, 2 * RATE - 200)]
    assert np.abs(heard - clean)[middle].max() < one_sample


async def test_only_what_is_asked_for_is_opened(installation: Installation, ann: Caller, recorded: Recorded) -> None:
    await installation.execute(f"UPDATE chunks SET audio = 'x' WHERE session_id = '{recorded.session}' AND seq = 0")
    start = HEADER_BYTES + 2 * RATE
    assert (await audio(ann, recorded.session, Range=f"bytes={start}-")).body == recorded.file[start:]
    assert (await audio(ann, recorded.session, Range=f"bytes={start - 2}-")).refused() == "internal"


async def test_what_breaks_off_in_the_middle_is_no_whole_answer(
    installation: Installation, ann: Caller, recorded: Recorded
) -> None:
    await installation.execute(f"UPDATE chunks SET audio = 'x' WHERE session_id = '{recorded.session}' AND seq = 1")
    with pytest.raises(aiohttp.ClientPayloadError):
        await audio(ann, recorded.session)
    end = HEADER_BYTES + 2 * RATE
    assert (await audio(ann, recorded.session, Range=f"bytes=0-{end - 1}")).body == recorded.file[:end]


async def ticket(caller: Caller, session: str) -> str:
    given = (await caller("POST", f"/sessions/{session}/audio/ticket")).ok()
    assert given["expires_in"] == LIFE_S
    assert given["url"].startswith(f"/api/v1/sessions/{session}/audio?ticket=")
    return str(given["url"])


async def test_a_ticket_needs_no_token(ann: Caller, nobody: Caller, recorded: Recorded) -> None:
    url = await ticket(ann, recorded.session)
    assert (await nobody("GET", url)).body == recorded.file
    assert (await nobody("GET", url, headers={"Range": "bytes=-7"})).body == recorded.file[-7:]


async def test_a_ticket_opens_nothing_else(ann: Caller, bob: Caller, nobody: Caller, recorded: Recorded) -> None:
    value = (await ticket(ann, recorded.session)).partition("ticket=")[2]
    other = await ann.session()
    for method, path in (
        ("GET", f"/sessions/{other}/audio"),
        ("GET", f"/sessions/{recorded.session}"),
        ("GET", f"/sessions/{recorded.session}/waveform"),
        ("POST", f"/sessions/{recorded.session}/audio/ticket"),
        ("DELETE", f"/sessions/{recorded.session}"),
    ):
        assert (await nobody(method, path, params={"ticket": value})).refused() == "unauthenticated"
        headers = {"Authorization": f"Bearer {value}"}
        assert (await nobody(method, path, headers=headers)).refused() == "unauthenticated"
    assert (await bob("GET", f"/sessions/{other}/audio", params={"ticket": value})).refused() == "unauthenticated"


async def test_forged_and_expired_tickets_are_refused(
    installation: Installation, ann: Caller, nobody: Caller, recorded: Recorded
) -> None:
    url = await ticket(ann, recorded.session)
    assert (await nobody("GET", url[:-2])).refused() == "unauthenticated"
    assert (await nobody("GET", f"/sessions/{recorded.session}/audio?ticket=")).refused() == "unauthenticated"
    row = (await installation.fetch("SELECT org_id, created_by FROM sessions WHERE id = $1", recorded.session))[0]
    whose = Principal(row["org_id"], row["created_by"], uuid4(), datetime.now(UTC))
    for master, at, code in (
        (installation.settings.master_key_bytes, timedelta(0), None),
        (installation.settings.master_key_bytes, timedelta(seconds=LIFE_S + 1), "unauthenticated"),
        (bytes(32), timedelta(0), "unauthenticated"),
    ):
        signed = TicketSigner(Key(master), "audio").sign(whose, UUID(recorded.session), datetime.now(UTC) - at)
        reply = await nobody("GET", f"/sessions/{recorded.session}/audio?ticket={signed}")
        assert reply.status == 200 if code is None else reply.refused() == code


async def test_a_ticket_ends_with_its_session(ann: Caller, nobody: Caller, recorded: Recorded) -> None:
    url = await ticket(ann, recorded.session)
    (await ann("DELETE", f"/sessions/{recorded.session}")).ok(204)
    assert (await nobody("GET", url)).refused() == "not_found"
    assert (await audio(ann, recorded.session)).refused() == "not_found"


async def test_a_session_that_is_too_long_for_the_format_is_refused(ann: Caller) -> None:
    session = await ann.session()
    await put(ann, session, 0, 38 * 3600 * RATE, voice(0.1, 440))
    assert (await audio(ann, session)).refused() == "too_large"
    assert (await ann("GET", f"/sessions/{session}/waveform")).refused() == "too_large"


def children(node: Node) -> list[psutil.Process]:
    """The decoders of a node."""
    return [child for child in psutil.Process(node.pid).children(recursive=True) if is_decoder(child)]


def is_decoder(process: psutil.Process) -> bool:
    """Not one that has ended since it was listed: each file's decoder lives for that file alone."""
    with suppress(psutil.NoSuchProcess):
        return "session_core.decoding.zygote" in process.cmdline()
    return False


def libraries(pid: int) -> str:
    """What the process has loaded; nothing of one that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/maps").read_text()
    return ""


def server(node: Node) -> int:
    """The process that listens."""
    family = [psutil.Process(node.pid), *psutil.Process(node.pid).children(recursive=True)]
    return next(one.pid for one in family if any(c.laddr.port == node.port for c in one.net_connections("tcp")))


async def test_the_decoder_is_another_process_from_the_first_request_until_the_node_ends(
    installation: Installation, recorded: Recorded
) -> None:
    node = await installation.start_node()
    caller = Caller(installation, node, await installation.token(node, installation.ann))
    assert (await ticket(caller, recorded.session)).startswith("/api")
    assert not children(node)
    await asyncio.gather(*(audio(caller, recorded.session) for _ in range(4)))
    decoders = children(node)
    assert decoders
    loaded = [found for decoder in decoders if (found := libraries(decoder.pid))]
    assert loaded
    assert all("libavcodec" in each for each in loaded)
    for library in ("libavcodec", "numpy"):
        assert library not in libraries(server(node))
    assert await node.terminate() == 0
    assert not any(decoder.is_running() for decoder in decoders)


async def test_a_listener_who_does_not_read_costs_the_node_no_memory(
    installation: Installation, node: Node, ann: Caller
) -> None:
    session = await ann.session()
    for seq, at in enumerate((0, TWO_HOURS - RATE)):
        await put(ann, session, seq, at, voice(1, 440))
    url = node.url + await ticket(ann, session)
    process = psutil.Process(server(node))
    assert (await audio(ann, session, Range="bytes=0-99")).status == 206
    before = process.memory_info().rss
    async with installation.http.get(url) as answer:
        assert answer.content_length == HEADER_BYTES + 2 * TWO_HOURS
        await answer.content.readexactly(1_000_000)
        # It has sent what the sockets between take, and waits.
        await until_still(process)
        assert process.memory_info().rss - before < 20_000_000
        answer.close()


async def until_still(process: psutil.Process) -> None:
    """Wait until the process has computed nothing for a while."""
    used = [-1.0]

    def is_still() -> bool:
        used.append(sum(process.cpu_times()[:2]))
        return len(used) > 10 and used[-1] == used[-10]

    await until(is_still)


async def waveform(caller: Caller, session: str) -> Any:
    return (await caller("GET", f"/sessions/{session}/waveform")).ok()


async def test_the_waveform_shows_what_is_decoded(installation: Installation, ann: Caller, recorded: Recorded) -> None:
    length = -(-recorded.end * 10 // RATE)
    assert await waveform(ann, recorded.session) == {"interval_ms": 100, "peaks": [0] * length}
    worker = await installation.start_worker()

    async def is_judged() -> bool:
        waiting = "SELECT count(*) FROM chunks WHERE session_id = $1 AND state = 'stored'"
        return not await installation.value(waiting, recorded.session)

    try:
        await until(is_judged)
    finally:
        worker.kill()
    expected = list(peaks_of(recorded.pcm, 0))
    assert max(expected) > 50
    assert (await waveform(ann, recorded.session))["peaks"] == expected
    kept = await installation.value("SELECT peaks FROM chunks WHERE session_id = $1 AND seq = 0", recorded.session)
    assert peaks_of(recorded.pcm[:RATE], 0) not in kept
    await installation.execute(f"UPDATE chunks SET peaks = NULL WHERE session_id = '{recorded.session}'")
    assert (await waveform(ann, recorded.session))["peaks"] == [0] * length
