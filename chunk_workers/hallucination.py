"""Words that a recogniser heard where nobody speaks: pocketsphinx in a cough or a chair, Whisper in a pause.

Windows are planned by voice, so most of such sounds never reach a recogniser; what lies between two sentences does.
Both engines' words go through here, once, on their way into the database. The voice tracks are those that planning
made of the chunks; only a window with little speech, of which the detector was not certain, is listened to once more
before it is recognised. So it costs next to nothing and hangs on the audio alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chunk_workers.plan import SPEECH, Stretch
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voice import FRAME, RATE, VoiceDetector
from session_core.segment import Word

FAINT: Final = 51
"""Speech probability (of 255) of a frame in which somebody may be speaking, far below the one that plans windows: a
word that is lost is worse than one too many."""

MARGIN: Final = RATE * 300 // 1000
"""Samples (300 ms) around a word in which a voice counts for it: recognisers time words to some tenths of a second, and
the detector misses soft beginnings and ends."""

CERTAIN: Final = 240
"""Speech probability (of 255) that no sound reached."""

BRIEF: Final = RATE * 2 // FRAME
"""Voiced frames, two seconds: so much speech is not there by chance."""

SILENCE: Final = RATE // 2
"""Samples before and after what is heard backwards."""

STRETCHED_MS: Final = 1000
"""A longer word was stretched over a pause, or is what a recogniser made of a noise in one."""

PADDING: Final = RATE * 100 // 1000
"""Samples (100 ms) that a stretched word keeps on each side of the voice in it."""

_SAMPLES_A_MS: Final = RATE // 1000


def is_doubtful(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    """Whether the voice in ``[start, end)`` is brief, and the detector was never certain of it."""
    begins, voice = _frames(stretches)
    heard = voice[(begins < end) & (begins + FRAME > start)]
    return bool(np.count_nonzero(heard >= SPEECH) < BRIEF and heard.max(initial=0) < CERTAIN)


def is_voice_backwards(detector: VoiceDetector, pcm: NDArray[np.int16]) -> bool:
    """Whether the detector takes the sound for speech backwards, too.

    Speech it does. A hum or a note that sets in suddenly, which it takes for the onset of a word, it does not.
    """
    silence = np.zeros(SILENCE, dtype=np.int16)
    track = detector.detect(np.concatenate([silence, pcm[::-1], silence]))
    return max(track.speech, default=0) >= SPEECH


def is_speech(detector: VoiceDetector, stretches: Sequence[Stretch], pcm: NDArray[np.int16], start: int) -> bool:
    """Whether ``pcm``, which planning took for speech and which begins at ``start``, is worth recognising."""
    return not is_doubtful(stretches, start, start + len(pcm)) or is_voice_backwards(detector, pcm)


def spoken(words: Iterable[Word], stretches: Sequence[Stretch], start: int, end: int) -> tuple[Word, ...]:
    """Those of the words of ``[start, end)`` that somebody may have spoken. Their times count from ``start``.

    A stretched word takes the time of the longest speech in it, and goes where there is none. ``stretches`` are sorted
    and hold every chunk that has samples in there; what lies between them is absent, and nobody speaks in it.
    """
    if not stretches:
        return ()
    begins, voice = _frames(stretches)
    inside = (begins < end) & (begins + FRAME > start)
    voiced = begins[inside & (voice >= FAINT)] - start

    def near(word: Word) -> bool:
        first = int(np.searchsorted(voiced, word.start_ms * _SAMPLES_A_MS - MARGIN - FRAME, "right"))
        return first < len(voiced) and bool(voiced[first] < word.end_ms * _SAMPLES_A_MS + MARGIN)

    def shortened(word: Word) -> Word | None:
        first, last = (start + ms * _SAMPLES_A_MS for ms in (word.start_ms, word.end_ms))
        longest = max(speech_within(stretches, first, last), key=lambda span: span.end - span.start, default=None)
        if longest is None:
            return None
        since = word.start_ms + max(longest.start - PADDING, 0) // _SAMPLES_A_MS
        until = min(word.start_ms + (longest.end + PADDING) // _SAMPLES_A_MS, word.end_ms)
        return replace(word, start_ms=since, end_ms=until)

    kept = (shortened(word) if word.end_ms - word.start_ms > STRETCHED_MS else word for word in words if near(word))
    return tuple(word for word in kept if word is not None)


def _frames(stretches: Sequence[Stretch]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each frame begins, and its probability of speech."""
    return (
        np.concatenate([each.first + FRAME * np.arange(len(each.track), dtype=np.int64) for each in stretches]),
        np.concatenate([np.frombuffer(each.track.speech, dtype=np.uint8) for each in stretches]),
    )
