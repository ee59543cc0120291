"""What tells voices apart: the diarizer asked for, or the best that is present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from chunk_workers.hub import cached_folder, given_folder
from chunk_workers.speakers.dvector import DVectors
from chunk_workers.speakers.pyannote import PyannoteDiarizer, is_installed
from session_core.errors import EngineUnavailable

DiarizerName = Literal["auto", "dvector", "pyannote"]
Diarizer: TypeAlias = DVectors | PyannoteDiarizer

SETTING: Final = "HEARKEN_DIARIZER_MODEL"
DEFAULT_PYANNOTE: Final = "pyannote/speaker-diarization-community-1"


@dataclass(frozen=True, slots=True)
class DiarizerSettings:
    """``diarizer``: "auto" takes pyannote.audio where its package and a pipeline are present, else d-vectors.

    ``model``: a folder with a pyannote.audio pipeline, or a name on the hub; None is DEFAULT_PYANNOTE.
    ``allow_download``: whether one that is named but not present may be fetched from the hub.
    ``device``: "auto", "cpu" or "cuda". ``threads``: processor threads of pyannote.audio; d-vectors take one.
    ``niceness``: how far the process lets others go first, 0 to 19.
    """

    diarizer: DiarizerName = "auto"
    model: str | None = None
    allow_download: bool = False
    device: str = "auto"
    threads: int = 1
    niceness: int = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """What tells voices apart, loaded, and one sentence for people on why it is this."""

    diarizer: Diarizer
    notice: str


def choose(settings: DiarizerSettings) -> Choice:
    """Load the diarizer. Raises ``EngineUnavailable`` with what is wrong and what to do.

    Touches the network only where ``allow_download`` is set and the pipeline is not on this machine.
    """
    if settings.diarizer == "dvector":
        vectors = DVectors()
        return Choice(vectors, f"{vectors.name} tells voices apart, as set")
    if settings.diarizer == "pyannote":
        pyannote = _pyannote(settings)
        return Choice(pyannote, f"{pyannote.name} tells voices apart, as set")
    try:
        pyannote = _pyannote(settings)
    except EngineUnavailable as error:
        vectors = DVectors()
        return Choice(vectors, f"{vectors.name} tells voices apart, not pyannote.audio: {error.message}")
    return Choice(pyannote, f"{pyannote.name} tells voices apart, the best diarizer present")


def _pyannote(settings: DiarizerSettings) -> PyannoteDiarizer:
    if not is_installed():
        raise EngineUnavailable(
            "pyannote.audio is not installed: `pip install --requirement requirements-pyannote.lock`"
        )
    named = settings.model or DEFAULT_PYANNOTE
    folder = _folder(named, settings.allow_download)
    return PyannoteDiarizer(folder, label=Path(named).name, device=settings.device, threads=settings.threads)


def _folder(named: str, allow_download: bool) -> Path:
    folder = given_folder(named, SETTING)
    if folder is not None:
        return folder
    if "/" not in named:
        raise EngineUnavailable(f"{SETTING} is neither a folder that exists nor owner/name on the hub")
    # Deferred: few installations look for anything on the hub.
    from huggingface_hub import snapshot_download

    return cached_folder(
        snapshot_download,
        named,
        allow_download=allow_download,
        setting=SETTING,
        what=f"the pipeline {named}",
        advice="accept its conditions on its page, set HF_TOKEN",
    )
