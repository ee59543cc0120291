"""What a speaker embedder makes of a window, and that the bundled network is the published one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.plan import Stretch
from chunk_workers.speakers.dvector import LENGTH, SHORTEST, STEP, DVectors, places_of
from chunk_workers.speakers.embedding import Span, SpeakerEmbedder, Voiceprint, pack, unpack
from chunk_workers.speakers.mel import MelFrontEnd
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voice import FRAME, RATE, VoiceTrack
from session_core.errors import Invalid
from tests.sound import say

Pcm = NDArray[np.int16]
SENTENCE = "The patient has had a cough for three days, and she is worried about her breathing at night."
OTHER = "Take one tablet in the morning with a glass of water, and call us when the fever comes back."


@pytest.fixture(scope="module", params=[DVectors], ids=lambda kind: kind.__name__)
def embedder(request: pytest.FixtureRequest) -> SpeakerEmbedder:
    make: Callable[[], SpeakerEmbedder] = request.param
    return make()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pcm]:
    folder: Path = tmp_path_factory.mktemp("speech")
    return {
        "slt": say(SENTENCE, folder, voice="slt"),
        "slt again": say(OTHER, folder, voice="slt"),
        "rms": say(SENTENCE, folder, voice="rms"),
    }


def voice(embedder: SpeakerEmbedder, pcm: Pcm) -> NDArray[np.float32]:
    vectors = [each.vector for each in embedder.embed(pcm, [Span(RATE // 4, len(pcm) - RATE // 4)])]
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def test_a_voice_is_nearer_to_itself_saying_something_else_than_to_another_saying_the_same(
    embedder: SpeakerEmbedder, spoken: dict[str, Pcm]
) -> None:
    slt = voice(embedder, spoken["slt"])
    assert slt @ voice(embedder, spoken["slt again"]) > 0.9
    assert slt @ voice(embedder, spoken["rms"]) < 0.8


def test_vectors_have_the_size_announced_and_unit_length(embedder: SpeakerEmbedder, spoken: dict[str, Pcm]) -> None:
    prints = embedder.embed(spoken["slt"], [Span(0, len(spoken["slt"]))])
    assert all(each.vector.shape == (embedder.size,) and each.vector.dtype == np.float32 for each in prints)
    assert np.linalg.norm([each.vector for each in prints], axis=1) == pytest.approx(np.ones(len(prints)), abs=1e-5)


def test_a_voice_far_away_sounds_like_itself_nearby(embedder: SpeakerEmbedder, spoken: dict[str, Pcm]) -> None:
    far = (spoken["slt"] // 50).astype(np.int16)
    assert voice(embedder, far) @ voice(embedder, spoken["slt"]) > 0.98


def test_a_voice_far_away_in_a_rooms_noise_sounds_like_itself_nearby(
    embedder: SpeakerEmbedder, spoken: dict[str, Pcm]
) -> None:
    noise = np.random.default_rng(3).normal(0.0, 100.0, len(spoken["slt"]))
    near, far = ((spoken["slt"] * share + noise).astype(np.int16) for share in (1.0, 0.2))
    assert voice(embedder, far) @ voice(embedder, near) > 0.9


def test_without_a_pause_the_noise_is_not_known_and_nothing_is_taken_out(
    embedder: SpeakerEmbedder, spoken: dict[str, Pcm]
) -> None:
    speech = spoken["slt"][RATE // 2 : RATE // 2 + LENGTH]
    (alone,) = embedder.embed(speech, [Span(0, LENGTH)])
    (padded,) = embedder.embed(np.concatenate([speech, speech[: RATE // 8]]), [Span(0, LENGTH)])
    assert alone.vector @ padded.vector > 0.9999


def test_what_was_embedded_before_changes_nothing(embedder: SpeakerEmbedder, spoken: dict[str, Pcm]) -> None:
    spans = [Span(0, 2 * RATE), Span(2 * RATE + 100, 3 * RATE)]
    first = embedder.embed(spoken["slt"], spans)
    embedder.embed(spoken["rms"], spans)
    assert pack(embedder.embed(spoken["slt"], spans)) == pack(first)


def test_no_voiceprint_crosses_two_spans_or_leaves_them(embedder: SpeakerEmbedder, spoken: dict[str, Pcm]) -> None:
    spans = [Span(0, RATE), Span(2 * RATE, 4 * RATE)]
    for each in embedder.embed(spoken["slt"], spans):
        assert any(span.start <= each.start_ms * 16 and each.end_ms * 16 <= span.end for span in spans)


@pytest.mark.parametrize("pcm", [np.zeros(0, dtype=np.int16), np.zeros(20 * RATE, dtype=np.int16)])
def test_without_speech_there_are_no_voiceprints(embedder: SpeakerEmbedder, pcm: Pcm) -> None:
    assert embedder.embed(pcm, []) == []


@pytest.mark.parametrize("value", [0, -32768, 32767])
def test_constant_samples_give_finite_vectors(embedder: SpeakerEmbedder, value: int) -> None:
    prints = embedder.embed(np.full(3 * RATE, value, dtype=np.int16), [Span(0, 3 * RATE)])
    assert np.isfinite([each.vector for each in prints]).all()


@pytest.mark.parametrize("length", [SHORTEST, SHORTEST + 1, LENGTH - 1, LENGTH, LENGTH + 1, LENGTH + STEP, 20 * RATE])
def test_places_cover_a_span_with_steps_of_half_a_second_at_most(length: int) -> None:
    places = places_of(Span(1000, 1000 + length))
    assert (places[0].start, places[-1].end) == (1000, 1000 + length)
    assert all(place.end - place.start == min(length, LENGTH) for place in places)
    assert all(0 < after.start - before.start <= STEP for before, after in pairwise(places))


def test_a_syllable_has_no_voiceprint() -> None:
    assert places_of(Span(0, SHORTEST - 1)) == []


def glottal_hum() -> Pcm:
    """A harmonic sound whose pitch and timbre waver, the same everywhere."""
    at = np.arange(LENGTH) / RATE
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.1 * np.sin(2 * np.pi * 3 * at))) / RATE
    sound = sum(np.sin(k * phase) / k * (1 + 0.5 * np.sin(2 * np.pi * (1 + k % 3) * at)) for k in range(1, 25))
    return np.asarray(np.rint(8000 * sound / np.abs(sound).max()), dtype=np.int16)


def test_mel_spectra_are_those_of_librosa() -> None:
    spectra = MelFrontEnd().spectra(glottal_hum().astype(np.float32) / np.float32(32768))
    # librosa 0.11.0: feature.melspectrogram(y=..., sr=16000, n_fft=400, hop_length=160, n_mels=40).T
    known = {(0, 0): 0.662567, (1, 3): 0.231593, (50, 7): 0.0553651, (80, 20): 0.00782315, (160, 39): 4.17959e-06}
    assert spectra.shape == (161, 40)
    assert {place: float(spectra[place]) for place in known} == pytest.approx(known, rel=1e-4)


def test_the_network_is_that_of_resemblyzer() -> None:
    (found,) = DVectors().embed(glottal_hum(), [Span(0, LENGTH)])
    # resemblyzer 0.1.4: VoiceEncoder("cpu")(the sound's mel spectra at -23 dBFS), times 10,000.
    published = np.array(PUBLISHED.split(), dtype=np.float64) / 10_000
    assert found.vector @ published > 0.9999


@pytest.mark.parametrize("count", [0, 1, 7])
def test_packed_voiceprints_come_back(count: int) -> None:
    vectors = np.random.default_rng(1).random((count, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    prints = [Voiceprint(500 * n, 500 * n + 1600, vector) for n, vector in enumerate(vectors)]
    back = unpack(pack(prints))
    assert [(each.start_ms, each.end_ms) for each in back] == [(each.start_ms, each.end_ms) for each in prints]
    assert all(one.vector @ other.vector > 0.99999 for one, other in zip(prints, back, strict=True))
    assert pack(back) == pack(unpack(pack(back)))


@pytest.mark.parametrize("packed", [b"", b"hkv1", b"xxxx" + bytes(6), pack([]) + b"\0"])
def test_anything_else_is_refused(packed: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(packed)


def stretch(first: int, voiced: str, count: int | None = None) -> Stretch:
    """A chunk with one frame for each character, speech where it is ``x``."""
    speech = bytes(255 if each == "x" else 0 for each in voiced)
    return Stretch(first, len(voiced) * FRAME if count is None else count, VoiceTrack(speech, bytes(len(voiced))))


def frames(spans: list[Span]) -> list[tuple[float, float]]:
    return [(span.start / FRAME, span.end / FRAME) for span in spans]


def test_breath_is_taken_inside_a_span_and_longer_silence_ends_it() -> None:
    breath, pause = "." * 9, "." * 10
    found = speech_within([stretch(0, "..xxxx" + breath + "xxx" + pause + "xxxxx.")], 0, 100 * FRAME)
    assert frames(found) == [(2, 18), (28, 33)]


def test_clicks_are_no_speech() -> None:
    assert speech_within([stretch(0, "...xx....x....")], 0, 100 * FRAME) == []


def test_speech_goes_on_from_one_chunk_into_the_next() -> None:
    assert frames(speech_within([stretch(0, "....xx"), stretch(6 * FRAME, "xx....")], 0, 12 * FRAME)) == [(4, 8)]


def test_spans_are_counted_from_the_windows_first_sample_and_end_with_it() -> None:
    assert speech_within([stretch(0, "x" * 50)], 100, 20 * FRAME + 7) == [Span(0, 20 * FRAME + 7 - 100)]


def test_a_last_frame_that_is_not_full_ends_with_its_chunk() -> None:
    count = 9 * FRAME + 10
    assert speech_within([stretch(0, "x" * 10, count)], 0, 20 * FRAME) == [Span(0, count)]


def test_a_window_without_chunks_is_silent() -> None:
    assert speech_within([stretch(0, "xxxx")], 50 * FRAME, 60 * FRAME) == []


PUBLISHED = (
    "0 668 0 0 0 0 149 0 443 1152 1452 1430 959 0 0 1646 621 535 330 0 0 423 "
    "0 0 0 284 0 263 0 0 357 777 439 0 0 0 0 1291 0 0 0 0 1066 1186 "
    "265 69 0 413 1306 782 0 410 319 0 0 0 0 60 0 0 655 0 0 0 691 1169 "
    "0 0 0 0 0 696 0 1650 979 0 0 874 762 0 0 0 1916 890 0 0 0 853 "
    "0 1903 830 0 204 0 0 0 0 0 0 0 0 0 576 0 436 854 290 830 0 757 "
    "0 0 0 785 180 0 143 403 26 0 1359 1673 1000 0 783 737 1299 970 407 0 0 0 "
    "1720 0 499 0 815 803 945 774 0 0 141 204 0 0 1426 0 1240 257 552 503 0 776 "
    "0 702 5 0 336 695 0 0 1565 1470 26 534 549 0 944 0 0 0 0 525 0 1002 "
    "358 383 198 77 1197 0 0 0 968 0 0 891 0 421 827 1485 0 299 0 363 0 426 "
    "722 1238 0 536 1524 1350 0 72 0 234 0 0 0 0 355 486 0 1816 0 375 815 0 "
    "255 1015 0 0 796 760 0 422 0 0 0 0 0 0 710 554 470 399 1784 536 1435 806 "
    "777 0 0 104 587 78 1441 0 0 475 304 0 544 0 "
)
