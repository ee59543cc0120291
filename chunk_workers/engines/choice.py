"""Which recogniser runs: the one asked for, or the best that is present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chunk_workers.download import cached
from chunk_workers.engines.catalogue import SETTING, repository_of
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.engines.whisper import Whisper, usable_device
from chunk_workers.engines.whisper_folder import check_folder, missing_files
from chunk_workers.hub import given_folder
from chunk_workers.recognition import Recognizer
from session_core.errors import EngineUnavailable

EngineName = Literal["auto", "whisper", "pocketsphinx"]

DEFAULT_WHISPER: Final = "small"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``engine``: "auto" takes Whisper where a model is present, else pocketsphinx.

    ``whisper_model``: a folder in CTranslate2's format or a name on the hub ("small", "owner/name"); None is "small".
    ``allow_download``: whether a model named but not present may be fetched from the hub; see :func:`awaited`.
    ``device``: "auto", "cpu" or "cuda". ``compute_type``: "auto" or one of CTranslate2's ("int8", "float16", ...).
    ``device_index``: which of several GPUs. ``threads``: processor threads of the engine.
    ``niceness``: how far its process lets others go first, 0 to 19.
    """

    engine: EngineName = "auto"
    whisper_model: str | None = None
    allow_download: bool = False
    device: str = "auto"
    device_index: int = 0
    compute_type: str = "auto"
    threads: int = 1
    niceness: int = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that runs, loaded, and one sentence for people on why it is this one."""

    recognizer: Recognizer
    notice: str


def choose(settings: EngineSettings) -> Choice:
    """Load the recogniser. Raises ``EngineUnavailable`` with what is wrong and what to do. Touches no network."""
    if settings.engine == "pocketsphinx":
        sphinx = Sphinx()
        return Choice(sphinx, f"{sphinx.name} runs, as set")
    if settings.engine == "whisper":
        whisper = _whisper(settings)
        return Choice(whisper, f"{whisper.name} runs, as set")
    try:
        whisper = _whisper(settings)
    except EngineUnavailable as error:
        sphinx = Sphinx()
        return Choice(sphinx, instead_of_whisper(sphinx.name, error.message))
    return Choice(whisper, f"{whisper.name} runs, the best engine present")


def instead_of_whisper(engine: str, why: str) -> str:
    """What people are told of an engine that runs because Whisper does not."""
    return f"{engine} runs; Whisper hears much better and does not run here: {why}"


def awaited(settings: EngineSettings) -> str | None:
    """The name of the Whisper model that is to be downloaded before it can run, None where there is none."""
    if settings.engine == "pocketsphinx" or not settings.allow_download:
        return None
    named = settings.whisper_model or DEFAULT_WHISPER
    try:
        usable_device(settings.device)
        is_here = given_folder(named, SETTING) is not None or _cached(named) is not None
    except EngineUnavailable:  # whoever loads it says what is wrong
        return None
    return None if is_here else named


def foretell(settings: EngineSettings) -> str:
    """One sentence on what ``choose`` would take, without loading it. Touches no network."""
    if settings.engine == "pocketsphinx":
        return "pocketsphinx would run, as set"
    named = settings.whisper_model or DEFAULT_WHISPER
    to_come = awaited(settings) is not None
    try:
        device, _ = usable_device(settings.device)
        if not to_come:
            check_folder(_folder(settings))
    except EngineUnavailable as error:
        if settings.engine == "whisper":
            return f"no worker would start: {error.message}"
        return f"pocketsphinx would run; Whisper hears much better and would not run here: {error.message}"
    if settings.engine == "whisper":
        return f"whisper {Path(named).name} would {'be downloaded and ' if to_come else ''}run on {device}, as set"
    if to_come:
        return f"pocketsphinx would run until whisper {Path(named).name} is downloaded, then that on {device}"
    return f"whisper {Path(named).name} would run on {device}, the best engine present"


def _whisper(settings: EngineSettings) -> Whisper:
    usable_device(settings.device)  # where that is wrong, a model that is missing would be of no use
    return Whisper(
        _folder(settings),
        label=Path(settings.whisper_model or DEFAULT_WHISPER).name,
        device=settings.device,
        device_index=settings.device_index,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


def _folder(settings: EngineSettings) -> Path:
    named = settings.whisper_model or DEFAULT_WHISPER
    folder = given_folder(named, SETTING) or _cached(named)
    if folder is not None:
        return folder
    here = cached(repository_of(named))
    place = "is on this machine in part only" if here.begun else "is not on this machine"
    if settings.allow_download:
        raise EngineUnavailable(f"the Whisper model {named} {place}")
    broke_off = ", for its download broke off" if here.begun else ""
    raise EngineUnavailable(
        f"the Whisper model {named} {place}{broke_off}, and nothing is downloaded unless asked: `hearken models pull "
        f"{named}` fetches it, so does HEARKEN_ALLOW_DOWNLOAD=true; or copy its folder here and set {SETTING} to that"
    )


def _cached(named: str) -> Path | None:
    """The folder in the hub's cache, None where a file of the model is missing."""
    folder = cached(repository_of(named)).folder
    return folder if folder is not None and not missing_files(folder) else None
