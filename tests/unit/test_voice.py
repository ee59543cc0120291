"""What every voice detector must hear, and what it must not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.voice import FRAME, RATE, VoiceDetector, VoiceTrack, frame_count, frames_of, levels_db
from chunk_workers.voices.silero import SileroDetector
from chunk_workers.voices.webrtc import WebRtcDetector

Pcm = NDArray[np.int16]
SENTENCE = "The patient has had a cough for three days, and she is worried about her breathing at night."
CHUNK = 15 * RATE


@pytest.fixture(scope="module", params=[SileroDetector, WebRtcDetector], ids=lambda kind: kind.name)
def detector(request: pytest.FixtureRequest) -> VoiceDetector:
    make: Callable[[], VoiceDetector] = request.param
    return make()


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float64]:
    """A spoken sentence without the silence around it, its loudness 1."""
    path: Path = tmp_path_factory.mktemp("voice") / "sentence.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", SENTENCE, "-o", str(path)], check=True)
    samples = np.frombuffer(path.read_bytes()[44:], dtype="<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 300)
    spoken = samples[loud[0] : loud[-1]]
    spoken /= spoken.std()
    return spoken


def chunk(*placed: tuple[float, NDArray[np.float64]], dbfs: float, noise_dbfs: float = -80.0) -> Pcm:
    """15 s of faint hiss with sounds of the given loudness at the given seconds."""
    audio = np.random.default_rng(7).normal(size=CHUNK) * 32768.0 * 10.0 ** (noise_dbfs / 20.0)
    for second, sound in placed:
        first = int(second * RATE)
        piece = sound[: CHUNK - first]
        audio[first : first + len(piece)] += piece * 32768.0 * 10.0 ** (dbfs / 20.0)
    pcm: Pcm = np.clip(np.rint(audio), -32768, 32767).astype(np.int16)
    return pcm


def voiced(track: VoiceTrack, begin: float = 0.0, end: float = 15.0) -> float:
    """Share of the frames between two seconds that are more likely speech than not."""
    speech = np.frombuffer(track.speech, dtype=np.uint8)[int(begin * RATE / FRAME) : int(end * RATE / FRAME)]
    return float((speech >= 128).mean())


def hiss(dbfs: float) -> Pcm:
    return chunk(dbfs=0.0, noise_dbfs=dbfs)


def hum() -> Pcm:
    seconds = np.arange(CHUNK) / RATE
    return sum((np.sin(2 * np.pi * 50 * k * seconds) * 2500 / k for k in range(1, 8)), np.zeros(CHUNK)).astype(np.int16)


@pytest.mark.parametrize("dbfs", [-12.0, -25.0, -45.0])
def test_speech_is_found_where_it_is(detector: VoiceDetector, sentence: NDArray[np.float64], dbfs: float) -> None:
    track = detector.detect(chunk((3.0, sentence), (10.0, sentence), dbfs=dbfs))
    seconds = len(sentence) / RATE
    assert voiced(track, 3.0, 3.0 + seconds) > 0.8
    assert voiced(track, 10.0, 10.0 + seconds) > 0.8
    assert voiced(track, 0.0, 2.9) == 0.0
    assert voiced(track, 3.5 + seconds, 9.9) == 0.0


def deaf_frames(detector: VoiceDetector, sentence: NDArray[np.float64]) -> list[int]:
    """For chunks that begin in the middle of loud speech: how many frames pass until it is noticed."""
    loud = [first for first in range(0, len(sentence) - RATE, 1500) if abs(sentence[first : first + FRAME]).max() > 1]
    tracks = [detector.detect(chunk((0.0, sentence[first:]), dbfs=-20.0)) for first in loud]
    assert len(tracks) > 10
    return [int(np.flatnonzero(np.frombuffer(track.speech, dtype=np.uint8) >= 128)[0]) for track in tracks]


def test_speech_that_was_cut_by_the_chunks_begin_is_soon_found(
    detector: VoiceDetector, sentence: NDArray[np.float64]
) -> None:
    assert np.mean(deaf_frames(detector, sentence)) < 0.5


def test_silero_is_not_deaf_at_the_chunks_begin(sentence: NDArray[np.float64]) -> None:
    assert max(deaf_frames(SileroDetector(), sentence)) == 0


def test_a_short_word_in_a_silent_chunk_is_found(detector: VoiceDetector, sentence: NDArray[np.float64]) -> None:
    words = [sentence[first : first + RATE // 3] for first in range(0, len(sentence) - RATE // 2, 3000)]
    assert np.mean([voiced(detector.detect(chunk((7.0, word), dbfs=-20.0)), 7.0, 7.33) for word in words]) > 0.6


@pytest.mark.parametrize(
    "sound", [np.zeros(CHUNK, dtype=np.int16), hiss(-80.0), hiss(-50.0), hiss(-20.0), hum()],
    ids=["silence", "faint hiss", "hiss", "loud hiss", "hum"],
)  # fmt: skip
def test_what_is_no_speech_is_not_taken_for_it(detector: VoiceDetector, sound: Pcm) -> None:
    assert voiced(detector.detect(sound)) == 0.0


def test_the_same_samples_give_the_same_bytes_whatever_was_heard_before(
    detector: VoiceDetector, sentence: NDArray[np.float64]
) -> None:
    speech = chunk((1.0, sentence), dbfs=-20.0)
    before = speech.copy()
    first = detector.detect(speech).pack()
    detector.detect(hiss(-20.0))
    assert detector.detect(speech).pack() == first
    assert np.array_equal(speech, before)


@pytest.mark.parametrize("samples", [0, 1, FRAME - 1, FRAME, FRAME + 1, 5 * FRAME + 7])
def test_a_track_has_one_frame_for_each_begun_32_ms(detector: VoiceDetector, samples: int) -> None:
    track = detector.detect(np.ones(samples, dtype=np.int16))
    assert len(track) == frame_count(samples) == len(track.level)


def test_levels_are_decibels_of_the_sound_without_its_offset() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(FRAME) / RATE)
    pcm = np.concatenate((sine * 32767 * 0.1 + 2000, np.zeros(FRAME))).astype(np.int16)
    assert levels_db(frames_of(pcm)) == pytest.approx([-23.0, -127.5], abs=0.05)


def test_a_track_survives_packing() -> None:
    track = VoiceTrack(bytes([0, 128, 255]), bytes([1, 2, 3]))
    assert VoiceTrack.unpack(track.pack()) == track
    assert VoiceTrack.unpack(b"") == VoiceTrack(b"", b"")


def test_a_packed_track_of_odd_length_is_refused() -> None:
    with pytest.raises(ValueError, match="two bytes"):
        VoiceTrack.unpack(b"abc")


def test_a_track_with_a_level_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        VoiceTrack(b"ab", b"a")
