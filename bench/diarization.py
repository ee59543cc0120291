"""Diarization: who spoke when, and who said which word, by the bundled embedder and the pure functions after it.

The audio goes the way it goes in a session: chunks of 15 s, voice tracks, planned windows, voiceprints of each window;
then one clustering. Nothing of the running system is in between, so what Stop waits for beside the database is
measured on an hour of joined consultations.

Meetings (``meeting/*.flac`` with ``.rttm`` beside them): diarization error rate and confusion by pyannote.metrics, no
collar, overlapping speech included. Consultations: concatenated minimum-permutation word error rate by meeteval,
divided by the word error rate, both after whisper_normalizer's English rules. The words are pocketsphinx's.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from meeteval.wer import cp_word_error_rate
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate
from whisper_normalizer.english import EnglishTextNormalizer

from bench.consultation import CHUNK_SECONDS, Consultation, NoAudio, Scorer, WordErrors, consultations
from bench.machine import this_machine
from bench.outcome import Measure, Outcome
from chunk_workers.diarization import Speakers, diarize
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.fold import Heard, fold
from chunk_workers.plan import Stretch, Window, plan
from chunk_workers.recognition import recognise_one
from chunk_workers.speaker_words import label_words
from chunk_workers.speakers.dvector import DVectors
from chunk_workers.speakers.embedding import Voiceprint
from chunk_workers.speakers.speech import speech_within
from chunk_workers.voices.silero import SileroDetector
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.recording import read_blocks
from session_core.segment import Word

HOUR_S = 3600
Spoken = tuple[float, float, str]


@dataclass(frozen=True, slots=True)
class Embedded:
    """``cpu_s`` is what the voiceprints took."""

    seconds: float
    prints: tuple[Voiceprint, ...]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Meeting:
    name: str
    samples: Samples
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """Shares of the time spoken in the reference."""

    total: float
    confusion: float


async def measure_diarization(folder: Path) -> Outcome:
    machine = this_machine()
    talks, meetings = consultations(folder), _meetings(folder / "meeting")
    heard = asyncio.create_task(_heard([each.samples for each in talks]))
    recordings = {each.name: each.samples for each in meetings} | {each.name: each.samples for each in talks}
    embedded = {name: await asyncio.to_thread(embed, samples) for name, samples in recordings.items()}
    errors = {each.name: _errors(each, embedded[each.name]) for each in meetings}
    labelled = [
        _attributed(each, words, diarize(embedded[each.name].prints), folder)
        for each, words in zip(talks, await heard, strict=True)
    ]
    cp, plain = (sum(column[1:], column[0]) for column in zip(*labelled, strict=True))
    clustering = _hour([embedded[each.name] for each in talks])
    share = sum(each.cpu_s for each in embedded.values()) / sum(each.seconds for each in embedded.values())
    confusion = float(np.mean([each.confusion for each in errors.values()]))
    return Outcome(
        "diarization",
        machine,
        (
            Measure("cpWER / WER, consultations", cp.errors / plain.errors, most=1.10),
            Measure("speaker confusion, meetings", confusion, most=0.12),
            Measure("diarization error rate, meetings", float(np.mean([each.total for each in errors.values()]))),
            Measure("CPU of diarization / length of the audio", share + clustering.cpu_s / HOUR_S, most=0.02),
            Measure("clustering of an hour", clustering.took_s, "s", most=1.0),
            Measure("CPU of it", clustering.cpu_s, "s"),
        ),
        (
            *(f"{name}: error rate {one.total:.3f}, confusion {one.confusion:.3f}" for name, one in errors.items()),
            *(
                f"{each.name}: cpWER {one.rate:.4f}, WER {other.rate:.4f}"
                for each, (one, other) in zip(talks, labelled, strict=True)
            ),
            "the number of speakers was found everywhere",
        ),
    )


def embed(samples: Samples) -> Embedded:
    """The voiceprints of a recording, window by window."""
    embedder, stretches = DVectors(), _stretches(samples)
    began = time.process_time()
    prints = [
        each.moved(window.start * 1000 // SAMPLE_RATE)
        for window in _windows(stretches)
        for each in embedder.embed(
            samples[window.start : window.end], speech_within(stretches, window.start, window.end)
        )
    ]
    return Embedded(len(samples) / SAMPLE_RATE, tuple(prints), time.process_time() - began)


def recognised(samples: Samples) -> list[Word]:
    """The words of a recording, planned and folded as in a session."""
    engine, heard = Sphinx(), []
    for window in _windows(_stretches(samples)):
        offset = window.start * 1000 // SAMPLE_RATE
        words = recognise_one(engine, samples[window.start : window.end], "en").words
        moved = (Word(word.text, word.start_ms + offset, word.end_ms + offset, word.probability) for word in words)
        heard.append(Heard(window, tuple(moved)))
    return [word for utterance in fold(heard) for word in utterance.words]


async def _heard(recordings: list[Samples]) -> list[list[Word]]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        return list(await asyncio.gather(*(loop.run_in_executor(pool, recognised, each) for each in recordings)))


def _stretches(samples: Samples) -> list[Stretch]:
    detector, size = SileroDetector(), CHUNK_SECONDS * SAMPLE_RATE
    chunks = ((first, samples[first : first + size]) for first in range(0, len(samples), size))
    return [Stretch(first, len(chunk), detector.detect(chunk)) for first, chunk in chunks]


def _windows(stretches: list[Stretch]) -> tuple[Window, ...]:
    return plan(stretches, cut=0, overlaps_previous=False, ended=True).windows


def _meetings(folder: Path) -> list[Meeting]:
    found = sorted(folder.glob("*.flac"))
    if not found:
        raise NoAudio(f"there are no .flac with an .rttm beside each in {folder}")
    return [Meeting(path.stem, np.concatenate(list(read_blocks(path))), _rttm(path)) for path in found]


def _rttm(audio: Path) -> tuple[Spoken, ...]:
    lines = [line.split() for line in audio.with_suffix(".rttm").read_text(encoding="utf-8").splitlines()]
    return tuple((float(line[3]), float(line[3]) + float(line[4]), line[7]) for line in lines)


def _errors(meeting: Meeting, embedded: Embedded) -> Errors:
    found = [(turn.start_ms / 1000, turn.end_ms / 1000, str(turn.speaker)) for turn in diarize(embedded.prints).turns]
    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    everything = Timeline([Segment(0.0, embedded.seconds)])
    counted = metric(_annotation(meeting.spoken), _annotation(found), uem=everything, detailed=True)
    return Errors(counted["diarization error rate"], counted["confusion"] / counted["total"])


def _annotation(spoken: tuple[Spoken, ...] | list[Spoken]) -> Annotation:
    annotation = Annotation()
    for index, (start, end, speaker) in enumerate(spoken):
        annotation[Segment(start, end), index] = speaker
    return annotation


def _attributed(
    talk: Consultation, words: list[Word], speakers: Speakers, folder: Path
) -> tuple[WordErrors, WordErrors]:
    """Errors with the speakers counted, and without."""
    normalise = EnglishTextNormalizer()
    described = json.loads((folder / f"{talk.name}.json").read_text(encoding="utf-8"))
    reference: dict[str, list[str]] = {}
    for utterance in sorted(described["utterances"], key=lambda each: each["start"]):
        reference.setdefault(utterance["speaker"], []).append(utterance["text"])
    hypothesis: dict[str, list[str]] = {}
    said: list[int | None] = label_words(words, speakers.turns)
    for word, speaker in zip(words, said, strict=True):
        hypothesis.setdefault(str(speaker), []).append(word.text)
    cp = cp_word_error_rate(
        {speaker: normalise(" ".join(texts)) for speaker, texts in reference.items()},
        {speaker: normalise(" ".join(texts)) for speaker, texts in hypothesis.items()},
    )
    return WordErrors(cp.errors, cp.length), Scorer().count(talk.reference, " ".join(word.text for word in words))


@dataclass(frozen=True, slots=True)
class Timed:
    took_s: float
    cpu_s: float


def _hour(talks: list[Embedded]) -> Timed:
    """What clustering an hour of talk takes."""
    prints: list[Voiceprint] = []
    start = 0.0
    while start < HOUR_S:
        for talk in talks:
            prints += [each.moved(round(start * 1000)) for each in talk.prints]
            start += talk.seconds
    hour = [each for each in prints if each.end_ms <= HOUR_S * 1000]
    took, cpu = time.monotonic(), time.process_time()
    diarize(hour)
    return Timed(time.monotonic() - took, time.process_time() - cpu)
