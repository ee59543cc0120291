"""The Whisper models that have a name: where the hub has them, and how large they are."""

from __future__ import annotations

from typing import Final

from session_core.errors import EngineUnavailable

SETTING: Final = "HEARKEN_WHISPER_MODEL"

_MEGABYTES: Final = {
    "tiny": 76,
    "base": 145,
    "small": 484,
    "medium": 1528,
    "large": 3087,
    "turbo": 1618,
    "distil-small": 332,
    "distil-medium": 789,
    "distil-large": 1513,
}
"""Two bytes for each parameter of the published models; those of one family differ by less than one in a hundred."""


def repositories() -> dict[str, str]:
    """The repository of each name, as faster-whisper has them. Raises ``EngineUnavailable`` where it is missing."""
    try:
        from faster_whisper.utils import _MODELS
    except ImportError as error:
        raise EngineUnavailable("faster-whisper is not installed: `pip install faster-whisper`") from error
    return dict(_MODELS)


def repository_of(named: str) -> str:
    """The repository of what is named, by a name of faster-whisper's or as owner/name.

    Raises ``EngineUnavailable`` for what can be neither.
    """
    known = repositories()
    if named in known:
        return known[named]
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(named)
        _owner, _name = named.split("/")
    except ValueError as error:  # of the hub's client for what the hub takes as no name, or for want of an owner
        raise EngineUnavailable(
            f"no Whisper model is called {named}: name a folder, owner/name, or one of {', '.join(known)}"
        ) from error
    return named


def about_bytes(named: str) -> int | None:
    """The size of what a download brings, None where it is not known without asking the hub."""
    if "turbo" in named:
        return _MEGABYTES["turbo"] * 1_000_000
    family = named.removesuffix(".en").partition("-v")[0]
    return _MEGABYTES[family] * 1_000_000 if family in _MEGABYTES else None
