"""Which recogniser runs: the one asked for, or the best that is present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chunk_workers.download import DownloadFailed, Untold, cached, pull
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
    ``allow_download``: whether a model named but not present may be fetched from the hub.
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
    """Load the recogniser. Raises ``EngineUnavailable`` with what is wrong and what to do.

    Touches the network only where ``allow_download`` is set and the model is not on this machine.
    """
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
        return Choice(sphinx, f"{sphinx.name} runs; Whisper hears much better and does not run here: {error.message}")
    return Choice(whisper, f"{whisper.name} runs, the best engine present")


def foretell(settings: EngineSettings) -> str:
    """One sentence on what ``choose`` would take, without loading it. Touches no network."""
    if settings.engine == "pocketsphinx":
        return "pocketsphinx would run, as set"
    named = settings.whisper_model or DEFAULT_WHISPER
    fetched = ""
    try:
        device, _ = usable_device(settings.device)
        if settings.allow_download and given_folder(named, SETTING) is None and _cached(named) is None:
            fetched = "be downloaded and "
        else:
            check_folder(_folder(named, allow_download=False))
    except EngineUnavailable as error:
        if settings.engine == "whisper":
            return f"no worker would start: {error.message}"
        return f"pocketsphinx would run; Whisper hears much better and would not run here: {error.message}"
    why = "as set" if settings.engine == "whisper" else "the best engine present"
    return f"whisper {Path(named).name} would {fetched}run on {device}, {why}"


def _whisper(settings: EngineSettings) -> Whisper:
    named = settings.whisper_model or DEFAULT_WHISPER
    return Whisper(
        _folder(named, settings.allow_download),
        label=Path(named).name,
        device=settings.device,
        device_index=settings.device_index,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


def _folder(named: str, allow_download: bool) -> Path:
    folder = given_folder(named, SETTING)
    if folder is not None:
        return folder
    complete = _cached(named)
    if complete is not None:
        return complete
    copied = f"or copy its folder here and set {SETTING} to that"
    if allow_download:
        try:
            return pull(repository_of(named), Untold())
        except DownloadFailed as error:
            raise EngineUnavailable(
                f"the Whisper model {named} could not be downloaded: {error.message}; {copied}"
            ) from error
    here = cached(repository_of(named))
    place = "is on this machine in part only, for its download broke off" if here.begun else "is not on this machine"
    raise EngineUnavailable(
        f"the Whisper model {named} {place}, and nothing is downloaded unless asked: `hearken models pull {named}` "
        f"fetches it, so does HEARKEN_ALLOW_DOWNLOAD=true; {copied}"
    )


def _cached(named: str) -> Path | None:
    """The folder in the hub's cache, None where a file of the model is missing."""
    folder = cached(repository_of(named)).folder
    return folder if folder is not None and not missing_files(folder) else None
