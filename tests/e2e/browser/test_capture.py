"""Capture in real Chromium: what the server's decoder makes of the chunks is what was heard, where it was heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.e2e.browser.capture_page import CapturePage, Chunk, built, capture_page
from tests.sound import RATE, Pcm, say

SPEECH = (
    "Good morning, how have you been since the last visit? The pain in my left knee is better, but I still wake up "
    "at night. Have you been taking the tablets twice a day? Mostly yes, I forgot them on Sunday and on Tuesday."
)
Signal = NDArray[np.float64]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return say(SPEECH, tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
async def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await built(tmp_path_factory.mktemp("page"))


@pytest.fixture
async def page(build: Path, speech: Pcm) -> AsyncIterator[CapturePage]:
    async with capture_page(build, speech) as page:
        yield page
        assert page.complaints == []


def tone(samples: int, rate: int, hertz: float = 440.0) -> Signal:
    return 0.25 * np.sin(2 * np.pi * hertz * np.arange(samples) / rate)


def lag_of(piece: NDArray[np.generic], reference: NDArray[np.generic]) -> int:
    """Where ``piece`` is found best in ``reference``, in samples."""
    correlation = np.correlate(reference.astype(np.float64), piece.astype(np.float64), "valid")
    energy = np.convolve(reference.astype(np.float64) ** 2, np.ones(len(piece)), "valid")
    return int(np.argmax(correlation / np.sqrt(energy + 1.0)))


def repeated(speech: Pcm, seconds: float, rate: int = RATE) -> Signal:
    """The speech over and over, at another rate."""
    at = np.arange(round(seconds * rate)) * RATE / rate
    return np.interp(at, np.arange(len(speech)), speech / 32767, period=len(speech))


def shifts_at(decoded: Pcm, places: Iterable[int], original: Signal) -> list[int]:
    """By how many samples ``decoded`` is late in the 100 ms from each of these places on, where somebody speaks."""
    around, length, found = 400, RATE // 10, []
    for at in places:
        piece = decoded[at : at + length]
        if loudness(piece) > 300:
            found.append(around - lag_of(piece, original[at - around : at + around + length] * 32767))
    assert found, "nobody speaks at any of these places"
    return found


def loudness(piece: Pcm) -> float:
    return float(np.sqrt(np.mean(piece.astype(np.float64) ** 2)))


def put_together(chunks: Sequence[Chunk]) -> Pcm:
    """As the server does it: each chunk from its first sample on, cut off at its count, holes are silence."""
    timeline = np.zeros(max(chunk.end for chunk in chunks), dtype=np.int16)
    for chunk in chunks:
        timeline[chunk.first_sample : chunk.end] = chunk.decoded()[: chunk.sample_count]
    return timeline


@pytest.mark.parametrize("seconds", [1.0, 1.23, 15.0])
async def test_each_file_decodes_to_exactly_its_samples(page: CapturePage, speech: Pcm, seconds: float) -> None:
    size = round(seconds * RATE)
    await page.encode(repeated(speech, 2 * seconds + 0.2345), RATE, size, holes=[])
    rest = round(0.2345 * RATE)
    assert [chunk.sample_count for chunk in page.chunks] == [size, size, rest]
    assert [chunk.first_sample for chunk in page.chunks] == [0, size, 2 * size]
    assert [len(chunk.decoded()) for chunk in page.chunks] == [size, size, rest]
    assert {chunk.media_type for chunk in page.chunks} == {"audio/ogg"}
    # 32 kbit/s; a chunk's own share of headers and lead is small.
    assert len(page.chunks[0].body) < seconds * 32_000 / 8 * 1.15 + 1500


async def test_nothing_is_shifted_at_the_joints(page: CapturePage, speech: Pcm) -> None:
    size = RATE
    original = repeated(speech, 20)
    await page.encode(original, RATE, size, holes=[])
    decoded = put_together(page.chunks)
    joints = range(size, 19 * size, size)
    before = shifts_at(decoded, [joint - RATE // 10 for joint in joints], original)
    after = shifts_at(decoded, joints, original)
    assert len(before) >= 10
    assert len(after) >= 10
    assert max(abs(shift) for shift in before + after) <= 4  # 0.25 ms


async def test_a_tone_goes_on_through_the_joints(page: CapturePage) -> None:
    size = RATE
    await page.encode(tone(20 * size, RATE), RATE, size, holes=[])
    decoded = put_together(page.chunks).astype(np.float64) / 32767
    turning = np.exp(-2j * np.pi * 440 * np.arange(len(decoded)) / RATE)
    period = RATE * 11 // 440  # Eleven periods are a whole number of samples: 25 ms.
    heard = np.convolve(decoded * turning, np.ones(period) / period, "valid")
    joints = np.arange(size, 19 * size, size)
    jumps = np.angle(heard[joints] / heard[joints - period]) / (2 * np.pi * 440) * 1000
    level = np.abs(heard[400:-400]) * 2
    assert np.abs(jumps).max() < 0.2
    assert level.min() > 0.9 * 0.25
    assert level.max() < 1.1 * 0.25


async def test_other_rates_decode_to_their_length(page: CapturePage, speech: Pcm) -> None:
    """Browsers that capture at the device's own rate."""
    original = repeated(speech, 6)
    for rate in (44_100, 48_000):
        page.chunks.clear()
        await page.encode(repeated(speech, 6, rate), rate, rate, holes=[])
        assert [chunk.sample_count for chunk in page.chunks] == [rate] * 6
        assert all(abs(len(chunk.decoded()) - RATE) <= 1 for chunk in page.chunks)
        decoded = np.concatenate([chunk.decoded()[:RATE] for chunk in page.chunks])
        joints = range(RATE, 5 * RATE, RATE)
        shifts = shifts_at(decoded, [at for joint in joints for at in (joint - RATE // 10, joint)], original)
        assert max(abs(shift) for shift in shifts) <= 16  # 1 ms


async def test_a_hole_ends_a_chunk_and_moves_what_follows(page: CapturePage, speech: Pcm) -> None:
    original = repeated(speech, 4)
    await page.encode(original, RATE, 2 * RATE, holes=[(RATE + 100, 5 * RATE), (3 * RATE, 7)])
    assert [(chunk.first_sample, chunk.sample_count) for chunk in page.chunks] == [
        (0, RATE + 100),
        (6 * RATE + 100, 2 * RATE - 100),
        (8 * RATE + 7, RATE),
    ]
    spoken = np.concatenate([chunk.decoded()[: chunk.sample_count] for chunk in page.chunks])
    shifts = shifts_at(spoken, range(RATE // 10, len(spoken) - RATE // 5, RATE // 10), original)
    assert max(abs(shift) for shift in shifts) <= 4


def lags(timeline: Pcm, speech: Pcm, start: int, end: int) -> list[int]:
    """Where in the speech, which is heard over and over, each loud half second of the timeline comes from.

    A busy machine may starve the browser's fake microphone for a moment, which damages what is heard but moves
    nothing: pieces that resemble no place of the speech are left out, as long as they are few.
    """
    size = RATE // 2
    reference = np.concatenate([speech, speech[:size]])
    loud = [at for at in range(start, end - size + 1, size) if loudness(timeline[at : at + size]) > 300]
    found = [(at, lag_of(timeline[at : at + size], reference)) for at in loud]
    alike = [
        (lag - at) % len(speech)
        for at, lag in found
        if np.corrcoef(timeline[at : at + size], reference[lag : lag + size])[0, 1] > 0.9
    ]
    assert len(alike) >= 0.75 * len(loud)
    return alike


def shifts_against(timeline: Pcm, heard: Pcm, start: int) -> list[int]:
    """By how many samples each loud half second of the timeline is late against what was heard, counted from where
    the first of them was."""
    size = RATE // 2
    places = [
        (at, lag_of(timeline[at : at + size], heard))
        for at in range(start, len(timeline) - size + 1, size)
        if loudness(timeline[at : at + size]) > 300
    ]
    return [(at - heard_at) - (places[0][0] - places[0][1]) for at, heard_at in places]


async def test_a_microphone_is_recorded_without_a_gap(page: CapturePage, speech: Pcm) -> None:
    """The browser's fake microphone stands still for a moment whenever the machine does: what the browser gave is what
    must have been recorded, to the sample."""
    await page.page.evaluate("bench.callWitness()")
    assert await page.open(2.0, next_seq=5, next_sample=1_000) == RATE
    await page.page.evaluate("bench.capture.start()")
    await page.until("recording")
    await page.until_recorded(7 * RATE)
    state = await page.page.evaluate("bench.capture.state.get()")
    await page.page.evaluate("bench.capture.stop()")

    assert state["deviceLabel"]
    chunks = page.chunks
    assert [chunk.seq for chunk in chunks] == list(range(5, 5 + len(chunks)))
    assert chunks[0].first_sample == 1_000
    assert all(before.end == after.first_sample for before, after in pairwise(chunks))
    assert {chunk.sample_count for chunk in chunks[:-1]} == {2 * RATE}
    assert 0 < chunks[-1].sample_count < 2 * RATE
    end = await page.page.evaluate("bench.capture.state.get().recordedSamples")
    assert end == chunks[-1].end
    timeline = put_together(chunks)
    assert len(lags(timeline, speech, 1_000 + RATE, len(timeline))) >= 6
    shifts = shifts_against(timeline, await page.heard(), 1_000 + RATE)
    assert len(shifts) >= 6
    assert max(map(abs, shifts)) <= 4  # 0.25 ms


async def test_a_pause_is_a_hole_of_its_length(page: CapturePage, speech: Pcm) -> None:
    await page.open(2.0)
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(3 * RATE)
    await page.page.evaluate("bench.capture.pause()")
    assert await page.page.evaluate("bench.capture.state.get().phase") == "paused"
    paused_at = await page.page.evaluate("bench.capture.state.get().recordedSamples")
    await page.page.wait_for_timeout(2_500)
    assert await page.page.evaluate("bench.capture.state.get().recordedSamples") == paused_at
    assert page.chunks[-1].end == paused_at  # What was begun is put away at once.
    await page.page.evaluate("bench.capture.continue()")
    await page.until_recorded(paused_at + 5 * RATE)
    await page.page.evaluate("bench.capture.stop()")

    after = [chunk for chunk in page.chunks if chunk.first_sample >= paused_at]
    hole = after[0].first_sample - paused_at
    assert 2.4 * RATE < hole < 4 * RATE
    # The fake microphone speaks on while nobody listens: after the pause the timeline is where it would be anyway.
    timeline = put_together(page.chunks)
    before_pause = lags(timeline, speech, RATE, paused_at)
    after_pause = lags(timeline, speech, after[0].first_sample + RATE // 2, len(timeline))
    assert before_pause
    assert after_pause
    assert abs(np.median(after_pause) - np.median(before_pause)) < 0.1 * RATE


async def test_a_device_that_goes_away_is_replaced_and_its_absence_is_a_hole(page: CapturePage) -> None:
    await page.open(1.0)
    await page.page.evaluate("bench.hearTracks()")
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(3 * RATE // 2)
    await page.page.evaluate("bench.unplug()")
    await page.until("trouble", "unplugged")
    lost_at = await page.page.evaluate("bench.capture.state.get().recordedSamples")
    await page.page.wait_for_timeout(1_000)
    await page.page.evaluate("bench.plugIn()")
    await page.until("recording")
    await page.until_recorded(lost_at + 3 * RATE)
    await page.page.evaluate("bench.capture.stop()")

    after = [chunk for chunk in page.chunks if chunk.first_sample >= lost_at]
    assert 0.9 * RATE < after[0].first_sample - lost_at < 2.5 * RATE
    assert max(chunk.end for chunk in page.chunks if chunk.first_sample < lost_at) == lost_at


async def test_time_in_which_the_audio_clock_stood_is_a_hole(page: CapturePage) -> None:
    await page.page.evaluate("bench.hearContexts()")
    await page.open(1.0)
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(3 * RATE // 2)
    await page.page.evaluate("bench.suspendFor(1500)")
    lost_at = await page.page.evaluate("bench.capture.state.get().recordedSamples")
    await page.until_recorded(lost_at + 3 * RATE)
    await page.page.evaluate("bench.capture.stop()")

    holes = [
        after.first_sample - before.end for before, after in pairwise(page.chunks) if after.first_sample > before.end
    ]
    assert 1.3 * RATE < sum(holes) < 3 * RATE
    assert {"phase": "trouble", "trouble": "suspended"} in await page.page.evaluate("bench.states")


async def test_a_slow_outbox_is_told_and_nothing_is_lost(page: CapturePage) -> None:
    await page.open(0.5)
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(RATE)
    await page.page.evaluate("() => { bench.refuse = true }")
    await page.until("recording", "storage")
    await page.page.wait_for_timeout(1_500)
    await page.page.evaluate("() => { bench.refuse = false }")
    await page.until("recording")
    await page.page.evaluate("bench.capture.stop()")
    assert [chunk.seq for chunk in page.chunks] == list(range(len(page.chunks)))
    assert all(before.end == after.first_sample for before, after in pairwise(page.chunks))


async def test_without_an_encoder_chunks_are_pcm(page: CapturePage, speech: Pcm) -> None:
    await page.page.evaluate("() => { delete window.AudioEncoder }")
    await page.encode(repeated(speech, 2.5), RATE, RATE, holes=[])
    assert [(chunk.media_type, len(chunk.decoded())) for chunk in page.chunks] == [
        ("audio/wav", RATE),
        ("audio/wav", RATE),
        ("audio/wav", RATE // 2),
    ]
    assert np.abs(put_together(page.chunks) - repeated(speech, 2.5) * 32767).max() <= 1


@pytest.mark.parametrize(
    ("error", "trouble"),
    [("NotAllowedError", "refused"), ("NotFoundError", "no_microphone"), ("NotReadableError", "busy")],
)
async def test_a_microphone_that_cannot_be_had_is_told_and_tried_again(
    page: CapturePage, error: str, trouble: str
) -> None:
    await page.open(1.0)
    await page.page.evaluate("name => bench.denyMicrophone(name)", error)
    await page.page.evaluate("bench.capture.start()")
    await page.until("trouble", trouble)
    await page.page.evaluate("bench.denyMicrophone(null)")
    await page.page.evaluate("bench.capture.continue()")
    await page.until_recorded(RATE)
    await page.page.evaluate("bench.capture.stop()")
    assert page.chunks[0].first_sample == 0


async def test_an_audio_thread_that_could_not_be_fetched_is_fetched_at_the_next_attempt(page: CapturePage) -> None:
    (worklet,) = page.folder.glob("assets/capture_worklet*.js")
    away = worklet.rename(worklet.with_suffix(".away"))
    try:
        await page.open(1.0)
        await page.page.evaluate("bench.capture.start()")
        await page.until("trouble", "not_fetched")
    finally:
        away.rename(worklet)
    assert page.complaints
    page.complaints.clear()
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(RATE)
    await page.page.evaluate("bench.capture.stop()")
    assert page.chunks[0].first_sample == 0


@pytest.mark.parametrize("event", ["visibilitychange", "freeze"])
async def test_what_a_page_heard_is_put_away_when_it_is_hidden(page: CapturePage, event: str) -> None:
    await page.open(60.0)
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(2 * RATE)
    await page.page.evaluate(
        "event => {"
        "  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });"
        "  document.dispatchEvent(new Event(event));"
        "}",
        event,
    )
    await page.until_recorded(3 * RATE)
    assert [chunk.seq for chunk in page.chunks] == [0]
    await page.page.evaluate("bench.capture.stop()")
    first, second = page.chunks
    assert first.sample_count > 1.9 * RATE
    assert first.end == second.first_sample


async def test_switching_the_microphone_goes_on_with_the_same_timeline(page: CapturePage) -> None:
    await page.open(1.0)
    await page.page.evaluate("bench.capture.start()")
    await page.until_recorded(RATE)
    first = await page.page.evaluate("bench.capture.state.get().deviceLabel")
    devices = await page.page.evaluate("bench.microphones()")
    other = next(device for device in devices if device["label"] != first)
    await page.page.evaluate("id => bench.capture.switchTo(id)", other["deviceId"])
    switched_at = await page.page.evaluate("bench.capture.state.get().recordedSamples")
    assert await page.page.evaluate("bench.capture.state.get().deviceLabel") == other["label"]
    await page.until_recorded(switched_at + 2 * RATE)
    await page.page.evaluate("bench.capture.stop()")
    missing = page.chunks[-1].end - sum(chunk.sample_count for chunk in page.chunks)
    assert missing <= 0.1 * RATE
