"""Media types of the files that are taken. Imports next to nothing: the process that decodes knows them too."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from session_core.errors import BadMedia

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "audio/webm": "webm",
        "audio/ogg": "ogg",
        "audio/mp4": "mp4",
        "audio/wav": "wav",
        "audio/flac": "flac",
        "audio/mpeg": "mp3",
    }
)
"""Media types that are taken, each with its container; see ``container.container_of``."""

_ALIASES = MappingProxyType(
    {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/x-flac": "audio/flac", "audio/x-m4a": "audio/mp4"}
)


def media_type_of(value: str) -> str:
    """``Audio/WebM; codecs=opus`` -> ``audio/webm``; :class:`BadMedia` for what is not taken."""
    bare = value.split(";", 1)[0].strip().lower()
    bare = _ALIASES.get(bare, bare)
    if bare not in MEDIA_TYPES:
        raise BadMedia("this media type is not taken; hello.limits.media_types lists those that are")
    return bare
