"""What a CTranslate2 file says of itself, read without its weights."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_KNOWN_VERSION: Final = 6
"""CTranslate2 has written this one since before it knew Whisper."""


class DamagedModelFile(Exception):
    """The file ends too early, goes on behind its end, or is no CTranslate2 file."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """``kind`` is the name of CTranslate2's specification, ``shapes`` has that of each of its variables."""

    kind: str
    shapes: dict[str, tuple[int, ...]]


def read_model_file(path: Path) -> ModelFile:
    """Walk over the whole file from header to header. Raises ``DamagedModelFile`` and ``OSError``.

    The format is that of ``ModelSpec._serialize`` in ctranslate2/specs/model_spec.py.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            (version,) = _numbers(file, "<I")
            if version != _KNOWN_VERSION:
                raise DamagedModelFile
            kind = _text(file)
            _revision, variables = _numbers(file, "<II")
            shapes = {}
            for _ in range(variables):
                name = _text(file)
                (rank,) = _numbers(file, "<B")
                shapes[name] = _numbers(file, f"<{rank}I")
                _dtype, length = _numbers(file, "<BI")
                file.seek(length, os.SEEK_CUR)
            (aliases,) = _numbers(file, "<I")
            for _ in range(2 * aliases):
                _text(file)
        except UnicodeDecodeError as error:
            raise DamagedModelFile from error
        if file.tell() != size:
            raise DamagedModelFile
    return ModelFile(kind, shapes)


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, _bytes(file, struct.calcsize(form)))


def _text(file: BinaryIO) -> str:
    (length,) = _numbers(file, "<H")
    return _bytes(file, length).rstrip(b"\0").decode("ascii")


def _bytes(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise DamagedModelFile
    return found
