"""`hearken stream` and `hearken watch` as programs, against a node that fails as scripted."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.scripted_node import Fault, ScriptedNode

RATE = 16_000
SECONDS = 6.5
CHUNKS = 13


@pytest.fixture
async def node() -> AsyncIterator[ScriptedNode]:
    node = ScriptedNode()
    await node.start()
    yield node
    await node.stop()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    noise = np.random.default_rng(7).integers(-9000, 9000, int(SECONDS * RATE), dtype=np.int16)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(noise.tobytes())
    return path


async def hearken(*arguments: object) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "hearken", *map(str, arguments))
    return await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def account(node: ScriptedNode, folder: Path, password: str = "right") -> Path:
    path = folder / "account.json"
    path.write_text(json.dumps({"url": node.url, "email": "a@example.org", "password": password}))
    return path


def arguments(node: ScriptedNode, recording: Path, speed: float = 0) -> list[object]:
    folder = recording.parent
    options = ["--account", account(node, folder), "--outbox", folder / "outbox", "--chunk-seconds", 0.5, "--json"]
    return ["stream", recording, "--speed", speed, *options]


async def finished(process: asyncio.subprocess.Process) -> tuple[int, dict[str, object], str]:
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out) if out.startswith(b"{") else {}, errors.decode()


def whole(node: ScriptedNode) -> bool:
    """Whether the node holds one session with each chunk once, at its place."""
    (session,) = node.sessions.values()
    places = [(first, count) for _, (first, count, _) in sorted(session.chunks.items())]
    return places == [(seq * RATE // 2, RATE // 2) for seq in range(CHUNKS)]


ALL_PARTS = "\n".join(f"part {seq}" for seq in range(CHUNKS))


async def test_a_file_arrives_whole_and_its_outbox_goes_once_the_session_is_sealed(
    node: ScriptedNode, recording: Path
) -> None:
    node.answers_after_s = 0.1
    code, summary, errors = await finished(await hearken(*arguments(node, recording)))
    assert (code, summary["state"], summary["transcript"]) == (0, "ready", ALL_PARTS), errors
    assert whole(node)
    assert 1 < node.most_under_way <= 3
    assert list((recording.parent / "outbox").iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "arrivals"),
    [
        (Fault.EMPTY_ACK, 2),
        (Fault.WRONG_ECHO, 2),
        (Fault.BUSY, 2),
        (Fault.BROKEN_BEFORE, 2),
        (Fault.BROKEN_AFTER, 1),  # the next connection is told that it is stored
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Fault) else "",
)
async def test_a_fault_loses_nothing(node: ScriptedNode, recording: Path, fault: Fault, arrivals: int) -> None:
    node.script = lambda seq, before: fault if seq in (0, 4, 12) and before == 0 else Fault.NONE
    code, summary, errors = await finished(await hearken(*arguments(node, recording)))
    assert (code, summary["transcript"]) == (0, ALL_PARTS), errors
    assert whole(node)
    assert [node.arrivals.count(seq) for seq in (0, 4, 12)] == [arrivals] * 3


async def test_what_is_refused_for_good_is_kept_and_told(node: ScriptedNode, recording: Path) -> None:
    node.script = lambda seq, before: Fault.REFUSED if seq == 3 else Fault.NONE
    code, summary, errors = await finished(await hearken(*arguments(node, recording)))
    assert (code, summary["state"], summary["refused"]) == (1, "ready", {"3": "bad_media"})
    assert "3 (bad_media)" in errors
    assert node.arrivals.count(3) == 1
    (kept,) = (recording.parent / "outbox").rglob("*.flac")
    assert kept.name == "000003_24000_8000.bad_media.flac"


async def test_a_killed_recorder_goes_on_with_the_same_session(node: ScriptedNode, recording: Path) -> None:
    first = await hearken(*arguments(node, recording, speed=0.5))
    await until_arrived(node, 5)
    first.kill()
    await first.wait()
    outbox = recording.parent / "outbox"
    assert [path.stat().st_mode & 0o777 for path in outbox.rglob("*.flac")] != []
    code, summary, errors = await finished(await hearken(*arguments(node, recording)))
    assert (code, summary["transcript"]) == (0, ALL_PARTS), errors
    assert "going on with an unfinished recording" in errors
    assert whole(node)


async def test_an_interrupted_recorder_says_so_and_goes_on_later(node: ScriptedNode, recording: Path) -> None:
    # Whoever started the tests in the background had them ignore it, and a program inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    first = await hearken(*arguments(node, recording, speed=0.5))
    await until_arrived(node, 3)
    first.send_signal(signal.SIGINT)
    code, _, errors = await finished(first)
    assert code == 130
    assert "run the same command again" in errors
    code, _, errors = await finished(await hearken(*arguments(node, recording)))
    assert code == 0, errors
    assert whole(node)


async def test_the_patient_is_told_from_a_file_and_stays_the_one_it_was_begun_for(
    node: ScriptedNode, recording: Path
) -> None:
    patient, other = recording.parent / "patient", recording.parent / "other"
    patient.write_text("4711 Quartz\n")
    other.write_text("4712 Onyx\n")
    first = await hearken(*arguments(node, recording, speed=0.5), "--patient", patient)
    await until_arrived(node, 1)
    first.kill()
    await first.wait()
    refused = await finished(await hearken(*arguments(node, recording), "--patient", other))
    assert refused[0] == 2
    assert "was begun for another patient" in refused[2]
    code, _, errors = await finished(await hearken(*arguments(node, recording), "--patient", patient))
    assert code == 0, errors
    assert whole(node)
    assert [session.patient_id for session in node.sessions.values()] == ["4711 Quartz"]
    assert not any(word in refused[2] + errors for word in ("Quartz", "Onyx"))


@pytest.mark.parametrize("held", ["", "x" * 301, "two\nlines"], ids=["nothing", "too much", "two lines"])
async def test_a_file_that_names_no_patient_is_a_wrong_argument(node: ScriptedNode, recording: Path, held: str) -> None:
    patient = recording.parent / "patient"
    patient.write_text(held)
    code, _, errors = await finished(await hearken(*arguments(node, recording), "--patient", patient))
    assert code == 2
    assert "must hold one line of 1 to 300 characters" in errors
    assert not node.sessions


async def test_recording_goes_on_while_the_node_is_away(node: ScriptedNode, recording: Path) -> None:
    process = await hearken(*arguments(node, recording, speed=4))
    await until_arrived(node, 3)
    await node.stop()
    held = recording.parent / "outbox"
    while len(list(held.rglob("*.flac"))) < CHUNKS:
        await asyncio.sleep(0.02)
    assert len(next(iter(node.sessions.values())).chunks) < CHUNKS
    await node.start()
    code, summary, errors = await finished(process)
    assert (code, summary["transcript"]) == (0, ALL_PARTS), errors
    assert whole(node)


async def test_a_restored_database_gets_again_what_it_lost(node: ScriptedNode, recording: Path) -> None:
    process = await hearken(*arguments(node, recording, speed=4))
    await until_arrived(node, 6)
    await node.stop()
    (session,) = node.sessions.values()
    for seq in (1, 2, 4):
        session.chunks.pop(seq, None)
    node.epoch = "restored"
    await node.start()
    code, summary, errors = await finished(process)
    assert (code, summary["transcript"]) == (0, ALL_PARTS), errors
    assert whole(node)


async def test_a_session_that_the_restored_database_never_had_is_started_anew(
    node: ScriptedNode, recording: Path
) -> None:
    process = await hearken(*arguments(node, recording, speed=4))
    await until_arrived(node, 4)
    await node.stop()
    node.sessions.clear()
    node.epoch = "restored"
    await node.start()
    code, summary, errors = await finished(process)
    assert (code, summary["transcript"]) == (0, ALL_PARTS), errors
    assert whole(node)


async def test_a_token_that_runs_out_is_renewed(node: ScriptedNode, recording: Path) -> None:
    process = await hearken(*arguments(node, recording, speed=4))
    await until_arrived(node, 4)
    await node.stop()
    node.token = "token-2"
    await node.start()
    code, _, errors = await finished(process)
    assert code == 0, errors
    assert whole(node)


async def test_a_wrong_password_is_said(node: ScriptedNode, recording: Path) -> None:
    account(node, recording.parent)
    command = arguments(node, recording)
    account(node, recording.parent, password="wrong")
    code, _, errors = await finished(await hearken(*command))
    assert code == 1
    assert "does not sign this account in" in errors


async def test_a_file_without_audio_is_a_wrong_argument(node: ScriptedNode, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no audio at all")
    code, _, errors = await finished(await hearken(*arguments(node, path)))
    assert code == 2
    assert "can't be read as audio" in errors
    assert not node.sessions


async def test_one_recording_is_streamed_by_one_command_at_a_time(node: ScriptedNode, recording: Path) -> None:
    first = await hearken(*arguments(node, recording, speed=0.5))
    await until_arrived(node, 1)
    code, _, errors = await finished(await hearken(*arguments(node, recording)))
    assert code == 1
    assert "being streamed by another command" in errors
    assert (await finished(first))[0] == 0
    assert whole(node)


async def test_a_viewer_sees_the_whole_session_live_and_afterwards(node: ScriptedNode, recording: Path) -> None:
    recorder = await hearken(*arguments(node, recording, speed=4))
    await until_arrived(node, 2)
    (session_id,) = node.sessions
    who = ("--account", account(node, recording.parent))
    live = await hearken("watch", session_id, *who)
    assert (await finished(recorder))[0] == 0
    late = await hearken("watch", session_id, *who)
    for viewer in (live, late):
        out, errors = await viewer.communicate()
        assert viewer.returncode == 0, errors
        lines = out.decode().splitlines()
        assert [line.split("  ")[-1] for line in lines if "part" in line] == ALL_PARTS.splitlines()
        assert "recorded 00:06, transcribed 00:06, holes: none" in lines[-1]


async def test_a_viewer_of_an_unknown_session_is_told(node: ScriptedNode, recording: Path) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    code, _, errors = await finished(await hearken("watch", nobody, "--account", account(node, recording.parent)))
    assert code == 1
    assert "does not show this session (not_found)" in errors


async def until_arrived(node: ScriptedNode, chunks: int) -> None:
    while len(node.arrivals) < chunks:
        await asyncio.sleep(0.01)
