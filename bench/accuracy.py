"""Accuracy on anybody's recordings: ``python -m bench.accuracy FOLDER``, or ``make bench-accuracy DIR=FOLDER``.

Every recording of the folder that has a reference (``bench/reference.py`` says which are taken) is streamed through a
running installation of its own, in order and as fast as it is taken, and what comes out is compared. Engine, model and
what tells voices apart are those of the settings. Ends with code 0, or 1 where anything was not measured, or 2 where
the installation can't be started with these settings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

import aiohttp
import numpy as np
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

from bench.accuracy_report import Measured, Report, show
from bench.client import Client, Refused, client
from bench.comparison import compare
from bench.consultation import CHUNK_SECONDS
from bench.delivery import Delivery, deliver
from bench.heard import Heard, heard_in
from bench.installation import Installation, installation
from bench.machine import commit, this_machine
from bench.recordings import Recording, find_recordings
from bench.reference import Reference, UnusableReference
from bench.word_errors import Normalise
from chunk_workers.awaited_model import AwaitedModel
from chunk_workers.engines.choice import EngineSettings, awaited
from hearken.chunk_file import SAMPLE_RATE, Samples
from hearken.health import Health
from hearken.recording import UnreadableRecording, cut, read_blocks
from hearken.sign_in import Account
from hearken.supervisor import PartFailed
from session_core.errors import EngineUnavailable, HearkenError
from session_core.language import primary_subtag
from session_core.settings import PREFIX, Settings, SettingsError, variable

RECOGNITION = (
    *("engine", "whisper_model", "allow_download", "device", "compute_type", "recognisers", "recognise_timeout_s"),
    *("voice_detector", "diarizer", "diarizer_model"),
)
"""The settings that are taken from the environment. All others are those of a new installation: nothing that is
measured leaves it, and it touches nobody's database."""
LEAST_WAIT_S, LONGEST_WAIT = 600.0, 30
"""A recording is given up after so long, and so many times its length."""
END_S = 1.0
"""A reference that goes on for longer after the end of its audio belongs to other audio."""


class NotMeasured(Exception):
    """The message says why, as the end of a sentence about the recording."""


@dataclass(frozen=True)
class Asked:
    """How recordings are measured: the language that is told to the recogniser, if any; how much of each, if not all of
    it; and what text is compared after."""

    language: str | None
    seconds: float | None

    @cached_property
    def normalise(self) -> Normalise:
        english = self.language is None or primary_subtag(self.language) == "en"
        normalise: Normalise = EnglishTextNormalizer() if english else BasicTextNormalizer()
        return normalise


def main() -> int:
    args = _arguments()
    try:
        recordings, problems = find_recordings(args.folder)
    except OSError as error:
        _say(f"nothing was measured: {error.filename or args.folder} cannot be read ({os.strerror(error.errno or 0)})")
        return 1
    for problem in problems:
        _say(problem)
    if not recordings:
        _say("nothing was measured")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that whatever was started is stopped
    try:
        report = asyncio.run(_measure(recordings, problems, Asked(args.language, args.seconds)))
    except (SettingsError, PartFailed, EngineUnavailable) as error:
        # The end of the log is in the message, and the log itself is gone.
        _say(f"nothing was measured: {re.sub(r'; see .*[.]log$', '', str(error), flags=re.MULTILINE)}")
        return 2
    console = Console(stderr=args.json)
    if not console.is_terminal:
        console.width = 130
    show(console, report)
    if args.json:
        print(json.dumps(report.to_json(), indent=2))
    return 1 if report.problems else 0


async def _measure(recordings: list[Recording], problems: list[str], asked: Asked) -> Report:
    """``problems`` are those that are known before; what comes up on the way is put beside them."""
    machine, settings = this_machine(), recognition_settings(os.environ)
    measured: list[Measured] = []
    await _download(settings)
    async with installation(worker=True, settings={"engine": "auto", "provisional": "false"} | settings) as system:
        for problem in await _not_as_asked(system, settings):
            problems.append(problem)
            _say(problem)
        account = await system.new_account()
        for number, recording in enumerate(recordings, 1):
            name = recording.audio.name
            _say(f"{name} ({number} of {len(recordings)})")
            try:
                one = await _one(system, account, recording, asked)
            except NotMeasured as error:
                problems.append(f"{name} was not measured: {error}")
                _say(problems[-1])
                continue
            if one.failed:
                problems.append(f"{name}: {one.failed} windows failed, their words count as not heard")
                _say(problems[-1])
            measured.append(one)
    return Report(
        machine,
        commit(),
        {variable(key): value for key, value in settings.items()},
        f"whisper_normalizer {type(asked.normalise).__name__}",
        tuple(measured),
        tuple(problems),
    )


async def _download(settings: Mapping[str, str]) -> None:
    """Of a model that may be downloaded: a worker would hear with another engine until it is here. What is wrong with
    the settings is told by the parts. Raises ``EngineUnavailable``."""
    try:
        named = awaited(TypeAdapter(EngineSettings).validate_python(settings))
    except ValidationError:
        return
    if named is None:
        return
    _say(f"the Whisper model {named} is downloaded first")
    await AwaitedModel(named, 0, is_needed=True).download()


async def _not_as_asked(system: Installation, settings: Mapping[str, str]) -> list[str]:
    """The worker's own sentence, where a Whisper model was named and something else runs."""
    if "whisper_model" not in settings:
        return []
    async with Health(system.url) as health:
        wrong = [notice for notice in await health.engines() if not notice.startswith("whisper ")]
    return [f"THE WHISPER MODEL THAT WAS ASKED FOR IS NOT WHAT IS MEASURED: {notice}" for notice in wrong]


async def _one(system: Installation, account: Account, recording: Recording, asked: Asked) -> Measured:
    """Stream a recording and compare what comes of it. Raises :class:`NotMeasured`."""
    try:
        samples, reference = await asyncio.to_thread(_prepared, recording, asked.seconds)
    except (UnreadableRecording, UnusableReference) as error:
        raise NotMeasured(str(error)) from None
    length_s = len(samples) / SAMPLE_RATE
    longest_s = LEAST_WAIT_S + LONGEST_WAIT * length_s
    try:
        async with asyncio.timeout(longest_s), client(account) as recorder:
            heard = await _through(system, recorder, samples, asked.language, longest_s)
    except TimeoutError:
        raise NotMeasured(f"it took longer than {longest_s:.0f} s") from None
    except (Refused, HearkenError, aiohttp.ClientError) as error:
        raise NotMeasured(str(error)) from None
    accuracy = compare(reference, heard, length_s, asked.normalise)
    return Measured(recording.audio.name, accuracy, heard.recognisers, heard.failed)


def _prepared(recording: Recording, seconds: float | None) -> tuple[Samples, Reference]:
    """What is sent and what is known of it. Raises for audio or a reference that can't be used."""
    blocks = list(read_blocks(recording.audio))
    if not blocks:
        raise NotMeasured("there is no sound in it")
    samples, reference = np.concatenate(blocks), recording.reference
    length_s = len(samples) / SAMPLE_RATE
    if reference.end_s > length_s + END_S:
        raise UnusableReference(
            f"its reference ends at {reference.end_s:.1f} s, the audio at {length_s:.1f} s: they do not belong together"
        )
    if seconds is None or length_s <= seconds:
        return samples, reference
    reference, end_s = reference.first(seconds)
    if not end_s:
        raise NotMeasured(f"nobody pauses in its first {seconds:g} s, so they can't be measured alone")
    return samples[: round(end_s * SAMPLE_RATE)], reference


async def _through(
    system: Installation, recorder: Client, samples: Samples, language: str | None, longest_s: float
) -> Heard:
    session_id = await recorder.start(chunk_seconds=CHUNK_SECONDS, language=language)
    began = time.time()
    cuts = cut(iter([samples]), CHUNK_SECONDS * SAMPLE_RATE)
    await deliver(recorder, session_id, [Delivery(0.0, each) for each in cuts])
    state = await recorder.finished(session_id, longest_s)
    if state != "ready":
        raise NotMeasured(f"its session ended {state}")
    async with system.owner() as owner:
        return await heard_in(owner, UUID(session_id), await recorder.segments(session_id), began)


def recognition_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Those of the environment that decide what is recognised, and what is no setting, to be refused."""
    given = {key.removeprefix(PREFIX).lower(): value for key, value in environ.items() if key.startswith(PREFIX)}
    return {name: value for name, value in given.items() if name in RECOGNITION or name not in Settings.model_fields}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.accuracy", description="Measure accuracy on a folder of recordings with references."
    )
    parser.add_argument("folder", type=_folder, metavar="FOLDER", help="recordings, each with its reference beside it")
    parser.add_argument(
        "--language", metavar="TAG", help="what is spoken; default: recognised, and compared as English"
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="at most the first N seconds of each recording")
    parser.add_argument("--json", action="store_true", help="print JSON on stdout and the table on stderr")
    return parser.parse_args()


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{name} is a file" if folder.exists() else f"there is no folder {name}")
    return folder


def _seconds(given: str) -> float:
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{given} is no number of seconds above 0")
    return seconds


def _say(line: str) -> None:
    print(f"accuracy: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
