"""Slides: what a diarizer makes of each position of a window that slides over the session, a block of them at a time.

The positions lie on one grid, whatever is said where, so a block is a function of its audio alone: it can be made
while the session still runs, in any order and twice, and all blocks together are what one pass over the joined audio
would have made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from session_core.errors import Invalid

BLOCK: Final = 10
"""Slides that are made and kept together: few enough that little is left for Stop, many enough for a batch."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The window is ``window`` samples long and moves by ``step``, from the first sample of the session on."""

    window: int
    step: int

    def block(self, place: int, end: int) -> tuple[int, int]:
        """The samples of block ``place`` in a session that ends at ``end``; its last windows may reach beyond."""
        start = place * BLOCK * self.step
        return start, min(start + (BLOCK - 1) * self.step + self.window, end)

    def whole(self, reached: int) -> int:
        """How many blocks from the first on lie wholly before sample ``reached``."""
        return max(0, (reached - self.window - (BLOCK - 1) * self.step) // (BLOCK * self.step) + 1)

    def blocks(self, end: int) -> int:
        """How many blocks a session has that ends at ``end``."""
        return -(-self.slides(end) // BLOCK)

    def slides(self, samples: int) -> int:
        """Windows over so many samples. The last one is filled up with silence where it reaches beyond."""
        return max(0, -(-(samples - self.window) // self.step)) + 1 if samples > 0 else 0


@dataclass(frozen=True, slots=True, eq=False)
class Slides:
    """``activity``: shape (slides, frames, voices), how surely each of a window's voices speaks. ``embeddings``: shape
    (slides, voices, size), how each of them sounds. A voice has its number within one window only."""

    activity: NDArray[Any] = field(repr=False)
    embeddings: NDArray[Any] = field(repr=False)

    def pack(self) -> bytes:
        """As they are stored: every number as it is, about 3 kB a slide."""
        packed = BytesIO()
        np.savez_compressed(packed, activity=self.activity, embeddings=self.embeddings)
        return packed.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> Slides:
        """Inverse of ``pack``; :class:`Invalid` for anything else."""
        try:
            with np.load(BytesIO(packed), allow_pickle=False) as found:
                return cls(found["activity"], found["embeddings"])
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise Invalid("these are no slides") from error

    @classmethod
    def joined(cls, blocks: Sequence[Slides]) -> Slides:
        """Of consecutive blocks."""
        return cls(
            np.concatenate([block.activity for block in blocks]), np.concatenate([block.embeddings for block in blocks])
        )
