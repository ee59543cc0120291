"""Reading a safetensors file: eight bytes with the length of a JSON header, the header, the numbers.

https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LONGEST_HEADER: Final = 100_000_000
"""Bytes; the limit of the format."""


def float32_tensors(path: Path) -> Mapping[str, NDArray[np.float32]]:
    """The tensors of single precision by name, as views of the mapped file. Others are left out.

    Raises ``ValueError`` for what is no safetensors file, and ``OSError``.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= LONGEST_HEADER:
            raise ValueError("the length of the header is out of range")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("the header is no object")
    numbers = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    return {name: _view(numbers, entry) for name, entry in header.items() if entry.get("dtype") == "F32"}


def _view(numbers: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[np.float32]:
    first, last = entry["data_offsets"]
    if not 0 <= first <= last <= len(numbers):
        raise ValueError("a tensor lies outside the file")
    return numbers[first:last].view("<f4").reshape(entry["shape"])
