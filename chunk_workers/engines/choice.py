"""Which recogniser runs: the one asked for, or the best that is present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.engines.whisper import Whisper
from chunk_workers.recognition import Recognizer
from session_core.errors import EngineUnavailable

EngineName = Literal["auto", "whisper", "pocketsphinx"]
DEFAULT_WHISPER = "small"


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
        _folder(settings.whisper_model, settings.allow_download),
        label=Path(named).name,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


def _folder(asked: str | None, allow_download: bool) -> Path:
    """The folder of a model: itself where one is asked for, else its place in the hub's cache on this machine."""
    named = asked or DEFAULT_WHISPER
    path = Path(named).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or named.startswith((".", "~")):
        raise EngineUnavailable("the folder that HEARKEN_WHISPER_MODEL names does not exist")
    try:
        from faster_whisper import available_models, download_model
    except ImportError as error:
        raise EngineUnavailable("faster-whisper is not installed: `pip install faster-whisper`") from error
    if "/" not in named and named not in available_models():
        known = ", ".join(available_models())
        raise EngineUnavailable(f"HEARKEN_WHISPER_MODEL is neither a folder nor a known name: {known}, or owner/name")
    try:
        return Path(download_model(named, local_files_only=not allow_download))
    except Exception as error:  # the hub's client raises errors of its own, of requests and of the file system
        if allow_download:
            raise EngineUnavailable(
                f"the Whisper model could not be downloaded ({type(error).__name__}): check the name and the network, "
                "or copy its folder here and set HEARKEN_WHISPER_MODEL to that"
            ) from error
        absent = f"the Whisper model {asked} is not on this machine" if asked else "no Whisper model is on this machine"
        raise EngineUnavailable(
            f"{absent}, and nothing is downloaded unless asked: set HEARKEN_ALLOW_DOWNLOAD=true, "
            "or copy a model's folder here and set HEARKEN_WHISPER_MODEL to that"
        ) from error
