"""Planning and recognising on a real Postgres: whatever order a session arrives in, it ends as the same transcript."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunk_workers.chunk_audio import Samples
from chunk_workers.voice import FRAME, RATE
from hearken.embedded import Services
from session_core.correction import CorrectedPlace
from session_core.decoding.pcm import to_16k
from session_core.decoding.sandbox import DecodeCrashed
from session_core.errors import BadMedia
from session_core.messages.segment import word_from_wire
from session_core.segment import Word
from session_core.speaker import speaker_within
from tests.checker import log_final_writes
from tests.installation import installation_on
from tests.scripted_clinic import Clinic
from tests.scripted_play import Happening, Play, content, newest, shown
from tests.scripted_recording import SPEECH, SPELT, Piece, Recording

# One test plays dozens of sessions, which takes minutes where the machine is busy. What a timeout interrupts goes on
# beside the example that is played next, in the same clinic.
pytestmark = pytest.mark.timeout(900)


@st.composite
def recordings(draw: st.DrawFn, worst: Sequence[str] = ("cut off", "undecodable", "deadly")) -> Recording:
    """Up to a minute and a half of turns and pauses, in uneven chunks, with pauses of the recorder and now and then
    a file that is no ``whole`` one."""
    rate = draw(st.sampled_from([16_000, 44_100]))
    turns = draw(
        st.lists(
            st.tuples(st.sampled_from([2, 40, 150, 400, 1000]), st.sampled_from([4, 8, 20, 60, 150])),
            min_size=1,
            max_size=8,
        )
    )
    symbols: list[int] = []
    number = 0
    for spoken, silent in turns:
        for at in range(0, spoken, 13):
            number += 1
            symbols += [SPEECH + number] * min(13, spoken - at)
        symbols += [0] * silent
    pcm = np.repeat(np.array(symbols[: 90 * RATE // FRAME], dtype=np.int16), FRAME)

    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    at = first = 0
    while at < len(pcm):
        count = draw(st.sampled_from([1, 2, 6, 6, 6, 11])) * rate - draw(st.sampled_from([0, 0, 1, 77]))
        start, end = to_16k(first, rate), to_16k(first + count, rate)
        samples = np.zeros(end - start, dtype=np.int16)
        taken = pcm[at : at + len(samples)]
        samples[: len(taken)] = taken
        # What the recorder calls a file, and content of which two files are never equal.
        data = b"RIFF____WAVE" + hashlib.sha256(b"%d" % len(pieces) + samples.tobytes()).digest()
        kind = draw(st.sampled_from(["whole"] * 12 + list(worst)))
        if kind == "cut off":
            decoded[data] = samples[: len(samples) // 3]
        else:
            decoded[data] = {"whole": samples, "undecodable": BadMedia, "deadly": DecodeCrashed}[kind]  # type: ignore[assignment]
        pieces.append(Piece(len(pieces), first, count, data))
        at += len(samples)
        first += count + draw(st.sampled_from([0] * 8 + [rate // 10, 5 * rate]))
    return Recording(rate, tuple(pieces), decoded)


@st.composite
def deliveries(draw: st.DrawFn, pieces: int) -> tuple[list[Happening], frozenset[int]]:
    """Chunks in any order, some twice and some never, with planning, recognition, retries and Stop anywhere
    among them."""
    lost = draw(st.frozensets(st.integers(0, pieces - 1), max_size=1))
    sent = [seq for seq in draw(st.permutations(range(pieces))) if seq not in lost]
    if draw(st.booleans()):
        sent.sort(key=lambda seq: seq // 3)
    steps: list[Happening] = []
    names = st.sampled_from(
        ["patient", "hasty", "hasty", "hear one", "hear all", "hear and plan", "stale", "failing", "retry", "steps"]
    )
    for seq in sent:
        steps += [("send", seq)] * draw(st.sampled_from([1, 1, 1, 2]))
        steps += [(name, 0) for name in draw(st.lists(names, max_size=3))]
    steps.insert(draw(st.integers(0, len(steps))), ("stop", 0))
    return steps, lost


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("planning")) as installation,
        Clinic.on(installation, connections=2) as made,
    ):
        await log_final_writes(installation)
        yield made


async def in_order(
    clinic: Clinic, recording: Recording, lost: frozenset[int], language: str | None = None
) -> dict[str, Any]:
    play = Play(clinic, recording, language)
    await play.start()
    for piece in recording.pieces:
        if piece.seq not in lost:
            await play.send(piece.seq)
    await play.stop()
    return await play.settle()


@settings(max_examples=30)
@given(data=st.data())
async def test_any_delivery_with_anything_in_between_ends_as_the_same_transcript(
    clinic: Clinic, data: st.DataObject
) -> None:
    recording = data.draw(recordings())
    steps, lost = data.draw(deliveries(len(recording.pieces)))
    play = Play(clinic, recording)
    await play.start()
    for step in steps:
        await play.do(step)
    transcript, straight = await play.settle(), await in_order(clinic, recording, lost)
    assert content(transcript) == content(straight)
    assert transcript["coverage"] == straight["coverage"]
    assert transcript["state"] == straight["state"] == "ready"

    log = await play.log()
    assert [event["version"] for event in log] == list(range(1, transcript["head"] + 1))
    assert shown(log) == transcript["segments"]
    assert newest(log, "coverage") == transcript["coverage"]
    assert (newest(log, "segment.provisional") or {"text": ""})["text"] == ""

    written = await clinic.installation.fetch("SELECT window_id FROM final_writes WHERE session_id = $1", play.session)
    assert all(count == 1 for count in Counter(row["window_id"] for row in written).values())
    told = {event["data"]["seq"] for event in log if event["type"] == "quality.warning"}
    broken = [
        piece.seq
        for piece in recording.pieces
        if piece.seq not in lost and isinstance(recording.decoded[piece.data], type)
    ]
    assert sorted(told) == broken


def unlabelled(transcript: dict[str, Any]) -> list[dict[str, Any]]:
    return [segment | {"speaker": None} for segment in content(transcript)]


edits = st.tuples(st.sampled_from(["correct", "correct", "remove", "take back", "label"]), st.integers(0, 40))


def words_of(transcript: dict[str, Any]) -> list[Word]:
    """What was recognised, in order of time."""
    listed = [segment["words"] for segment in transcript["segments"] if not segment["edited"]]
    return [word_from_wire(word) for words in listed for word in words]


@settings(max_examples=30)
@given(data=st.data())
async def test_what_people_wrote_outlives_whatever_is_delivered_and_heard_afterwards(
    clinic: Clinic, data: st.DataObject
) -> None:
    recording = data.draw(recordings(("cut off",)))
    steps, lost = data.draw(deliveries(len(recording.pieces)))
    for edit in data.draw(st.lists(edits, max_size=12)):
        steps.insert(data.draw(st.integers(len(steps) // 3, len(steps))), edit)
    play = Play(clinic, recording)
    await play.start()
    for step in steps:
        await play.do(step)
    transcript, straight = await play.settle(), await in_order(clinic, recording, lost)

    segments = {segment["id"]: segment for segment in transcript["segments"]}
    assert {name: segment["text"] for name, segment in segments.items() if segment["edited"]} == {
        name: segment["text"] for name, segment in play.written.items() if segment["text"]
    }
    places = [
        CorrectedPlace(UUID(name), segment["start_ms"], segment["end_ms"]) for name, segment in play.written.items()
    ]
    free = [word for word in words_of(straight) if not any(place.covers(word) for place in places)]
    assert words_of(transcript) == free
    for segment in transcript["segments"]:
        labels, place = [*play.labels.values()], (segment["start_ms"], segment["end_ms"])
        assert speaker_within(labels, *place, heard=segment["speaker"]) == segment["speaker"]
    assert transcript["coverage"] == straight["coverage"]
    assert shown(await play.log()) == transcript["segments"]

    for name in list(play.written):
        await play.change(name, {"text": None})
    plain = await play.settle()
    assert unlabelled(plain) == unlabelled(straight)
    log = await play.log()
    assert [event["version"] for event in log] == list(range(1, plain["head"] + 1))
    assert shown(log) == plain["segments"]


spoken_languages = st.tuples(st.just("speak"), st.integers(0, len(SPELT) - 1)) | st.just(("hear and speak", 0))


@settings(max_examples=30)
@given(data=st.data())
async def test_whatever_languages_people_say_are_spoken_the_session_ends_as_if_the_last_had_been_known_from_the_start(
    clinic: Clinic, data: st.DataObject
) -> None:
    recording = data.draw(recordings(("cut off",)))
    steps, lost = data.draw(deliveries(len(recording.pieces)))
    for said in data.draw(st.lists(spoken_languages, min_size=1, max_size=6)):
        steps.insert(data.draw(st.integers(len(steps) // 3, len(steps))), said)
    play = Play(clinic, recording, data.draw(st.sampled_from([None, *SPELT])))
    await play.start()
    for step in steps:
        await play.do(step)
    transcript = await play.settle()
    straight = await in_order(clinic, recording, lost, transcript["language"])
    assert content(transcript) == content(straight)
    assert transcript["coverage"] == straight["coverage"]
    assert transcript["state"] == straight["state"] == "ready"
    log = await play.log()
    assert [event["version"] for event in log] == list(range(1, transcript["head"] + 1))
    assert shown(log) == transcript["segments"]
    assert newest(log, "session.language") == (transcript["language"] and {"language": transcript["language"]})


@settings(max_examples=20)
@given(data=st.data())
async def test_a_retry_with_a_mended_decoder_ends_as_if_it_had_never_been_broken(
    clinic: Clinic, data: st.DataObject
) -> None:
    sound = data.draw(recordings(("cut off",)))
    steps, lost = data.draw(deliveries(len(sound.pieces)))
    broken = data.draw(st.dictionaries(st.sampled_from(sound.pieces), st.sampled_from([BadMedia, DecodeCrashed])))
    play = Play(clinic, replace(sound, decoded=sound.decoded | {piece.data: how for piece, how in broken.items()}))
    await play.start()
    for step in steps:
        await play.do(step)
    await play.settle()
    play.recording.decoded.update(sound.decoded)
    transcript, straight = await play.settle(), await in_order(clinic, sound, lost)
    assert content(transcript) == content(straight)
    assert transcript["coverage"] == straight["coverage"]
    assert transcript["state"] == straight["state"] == "ready"
    log = await play.log()
    assert shown(log) == transcript["segments"]
    assert newest(log, "coverage") == transcript["coverage"]


def spoken(seconds: int) -> Recording:
    """One chunk of one turn without a pause."""
    pcm = np.repeat(SPEECH + np.arange(seconds * 2, dtype=np.int16), RATE // 2)
    return Recording(RATE, (Piece(0, 0, len(pcm), b"RIFF____WAVE"),), {b"RIFF____WAVE": pcm})


async def test_a_tail_that_failed_is_tried_anew_when_it_is_closed(clinic: Clinic) -> None:
    play = Play(clinic, spoken(5))
    await play.start()
    for step in ("send", "hasty", "failing", "stop", "hasty", "hear all"):
        await play.do((step, 0))
    assert await play.failed() == set()
    transcript = await play.settle()
    assert len(transcript["segments"]) == 1


async def test_what_failed_in_a_closed_window_is_told_and_heard_after_a_retry(clinic: Clinic) -> None:
    play = Play(clinic, spoken(5))
    await play.start()
    for step in ("send", "stop", "hasty", "failing"):
        await play.do((step, 0))
    (failed,) = await play.failed()
    told = newest(await play.log(), "window.failed")
    assert told is not None
    assert (told["window_id"], told["code"]) == (failed, "internal")
    assert newest(await play.log(), "session.state") == {"state": "failed"}
    assert newest(await play.log(), "step.failed") == {"step": "transcribe", "code": "nothing_recognised"}
    assert len((await play.settle())["segments"]) == 1


async def test_a_hole_that_is_tried_again_stays_shown_until_its_chunk_is_decoded(clinic: Clinic) -> None:
    """The retry comes between the decoding and the planning of another run."""
    piece = spoken(5).pieces[0]
    pieces = tuple(
        replace(piece, seq=seq, first_sample=seq * 5 * RATE, data=b"RIFF____WAVE%d" % seq) for seq in range(3)
    )
    pcm = spoken(5).decoded[piece.data]
    recording = Recording(RATE, pieces, {pieces[0].data: pcm, pieces[1].data: BadMedia, pieces[2].data: pcm})
    play = Play(clinic, recording)
    await play.start()
    for step in (("send", 0), ("send", 1), ("send", 2), ("stop", 0), ("hasty", 0), ("hear all", 0)):
        await play.do(step)
    covered = {"recorded_ms": 15_000, "transcribed_ms": 15_000, "holes": [[5_000, 10_000]]}
    assert newest(await play.log(), "coverage") == covered
    await play.plan_around(play.retry())
    assert newest(await play.log(), "coverage") == covered
    recording.decoded[pieces[1].data] = pcm
    assert (await play.settle())["coverage"]["holes"] == []


async def test_planning_that_meets_a_late_chunk_before_it_is_decoded_does_not_forget_where_the_end_was(
    clinic: Clinic,
) -> None:
    """A chunk comes after the session was sealed without it, between the decoding and the planning of another run."""
    first, second = spoken(5), spoken(4)
    data = b"RIFF____WAVE2"
    # So short a gap is no hole: what is behind it belongs to the window before it.
    piece = replace(second.pieces[0], seq=1, first_sample=5 * RATE + RATE // 10, data=data)
    audio = first.decoded | {data: second.decoded[second.pieces[0].data]}
    recording = Recording(RATE, (*first.pieces, piece), audio)
    play = Play(clinic, recording)
    await play.start()
    for step in (("send", 0), ("stop", 0), ("hasty", 0), ("hear all", 0)):
        await play.do(step)
    await play.plan_around(play.send(1))
    assert content(await play.settle()) == content(await in_order(clinic, recording, frozenset()))
