"""Which recogniser runs: the one asked for, or the best that is present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.engines.whisper import Whisper
from chunk_workers.hub import cached_folder, given_folder
from chunk_workers.recognition import Recognizer
from session_core.errors import EngineUnavailable

EngineName = Literal["auto", "whisper", "pocketsphinx"]

SETTING: Final = "HEARKEN_WHISPER_MODEL"
DEFAULT_WHISPER: Final = "small"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``engine``: "auto" takes Whisper where a model is present, else pocketsphinx.

    ``whisper_model``: a folder in CTranslate2's format or a name on the hub ("small", "owner/name"); None is "small".
    ``allow_download``: whether a model named but not present may be fetched from the hub.
    ``device``: "auto", "cpu" or "cuda". ``compute_type``: "auto" or one of CTranslate2's ("int8", "float16", ...).
    ``threads``: processor threads of the engine. ``niceness``: how far its process lets others go first, 0 to 19.
    """

    engine: EngineName = "auto"
    whisper_model: str | None = None
    allow_download: bool = False
    device: str = "auto"
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


def _whisper(settings: EngineSettings) -> Whisper:
    named = settings.whisper_model or DEFAULT_WHISPER
    return Whisper(
        _folder(named, settings.allow_download),
        label=Path(named).name,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


def _folder(named: str, allow_download: bool) -> Path:
    folder = given_folder(named, SETTING)
    if folder is not None:
        return folder
    try:
        from faster_whisper import available_models, download_model
    except ImportError as error:
        raise EngineUnavailable("faster-whisper is not installed: `pip install faster-whisper`") from error
    if "/" not in named and named not in available_models():
        known = ", ".join(available_models())
        raise EngineUnavailable(f"{SETTING} is neither a folder nor a known name: {known}, or owner/name")
    return cached_folder(
        download_model,
        named,
        allow_download=allow_download,
        setting=SETTING,
        what=f"the Whisper model {named}",
        advice="check the name and the network",
    )
