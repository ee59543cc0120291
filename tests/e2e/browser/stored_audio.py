"""What the server stored of a recording, against the sound that the browser's microphone played."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from session_core.decoding.decoder import DecodeLimits, decode
from session_core.envelope import Key, chunk_label
from session_core.keyring import Keyring
from session_core.storage.database import Database
from tests.installation import Installation
from tests.sound import RATE, Pcm

Signal = NDArray[np.float64]

BLOCK_S = 0.1
"""Sound goes from the microphone to the chunks in blocks of this length: one that is lost or doubled must show. A
browser that is short of processor time fills in some milliseconds of silence itself, which is no loss of ours;
test_capture.py measures the joints to the sample."""

CLOCK_S = 0.1
"""Two who read the browser's audio clock read it alike to this, which is half of what is declared as missing."""

EXCERPT_S = 1.5
CLEAR = 1.5
"""How many times higher than anywhere else a correlation must be to count as found."""


@dataclass(frozen=True)
class StoredChunk:
    seq: int
    first_sample: int
    sample_count: int
    pcm: Pcm

    @property
    def end(self) -> int:
        return self.first_sample + self.sample_count


async def stored_chunks(installation: Installation, session_id: str) -> list[StoredChunk]:
    """Every chunk of a session, opened and decoded as the server does it."""
    rows = await installation.fetch(
        """
        SELECT org_id, seq, first_sample, sample_count, media_type, audio FROM chunks WHERE session_id = $1 ORDER BY seq
        """,
        UUID(session_id),
    )
    if not rows:
        return []
    key = await _key(installation, rows[0]["org_id"], UUID(session_id))
    return await asyncio.to_thread(_decoded, rows, key, UUID(session_id))


def _decoded(rows: Sequence[Any], key: Key, session_id: UUID) -> list[StoredChunk]:
    return [
        StoredChunk(
            row["seq"],
            row["first_sample"],
            row["sample_count"],
            decode(
                key.open(row["audio"], chunk_label(session_id, row["seq"])),
                row["media_type"],
                DecodeLimits(max_samples=60 * RATE),
            ),
        )
        for row in rows
    ]


async def _key(installation: Installation, org_id: UUID, session_id: UUID) -> Key:
    settings = installation.settings
    database = await Database.connect(settings.database_url, connections=1, timeout_s=10)
    try:
        return await Keyring(database, Key(settings.master_key_bytes)).session(org_id, session_id)
    finally:
        await database.close()


def holes(chunks: Sequence[StoredChunk]) -> list[tuple[int, int]]:
    """Stretches that the recorder itself declared as missing."""
    return [(before.end, after.first_sample) for before, after in pairwise(chunks) if after.first_sample > before.end]


def unexplained(chunks: Sequence[StoredChunk], stood_still_s: float) -> list[tuple[int, int]]:
    """The holes; none where all of them together are no longer than the browser's audio stood still meanwhile."""
    found = holes(chunks)
    missing_s = sum(gap_to - gap_from for gap_from, gap_to in found) / RATE
    return [] if missing_s <= stood_still_s + CLOCK_S and stood_still_s > CLOCK_S else found


def complaints(chunks: Sequence[StoredChunk], played: Pcm) -> list[str]:
    """Whatever contradicts that the chunks are the captured sound, sample for sample: numbers that are missing,
    files of another length than they say, and joints without a hole at which sound was lost or doubled.

    ``played`` is what the microphone played, 16 kHz. A chunk in which nobody speaks cannot be placed and is left out.
    """
    found = [f"chunk {index} is not there" for index, chunk in enumerate(chunks) if chunk.seq != index]
    found += [
        f"chunk {chunk.seq} says {chunk.sample_count} samples and holds {len(chunk.pcm)}"
        for chunk in chunks
        if len(chunk.pcm) < chunk.sample_count
    ]
    for before, after in pairwise(chunks):
        if after.first_sample != before.end:
            continue
        length = min(round(EXCERPT_S * RATE), before.sample_count, after.sample_count)
        here = _place(before.pcm[before.sample_count - length : before.sample_count], played)
        there = _place(after.pcm[:length], played)
        if here is None or there is None:
            continue
        drift = there - here - length
        if abs(drift) >= BLOCK_S * RATE:
            found.append(f"{1000 * drift / RATE:.0f} ms are lost between chunks {before.seq} and {after.seq}")
    return found


async def kept(installation: Installation, session_id: str, played: Pcm) -> list[StoredChunk]:
    """The chunks of a session that was stopped; they must be all, and what was captured."""
    chunks = await stored_chunks(installation, session_id)
    assert complaints(chunks, played) == []
    assert await installation.value("SELECT last_seq FROM sessions WHERE id = $1", UUID(session_id)) == chunks[-1].seq
    return chunks


def placed(chunks: Sequence[StoredChunk], played: Pcm) -> int:
    """How many of the chunks can be found in what was played."""
    return sum(_place(_loudest(chunk.pcm), played) is not None for chunk in chunks)


def _loudest(pcm: Pcm) -> Pcm:
    length = min(len(pcm), round(EXCERPT_S * RATE))
    power = np.cumsum(np.concatenate(([0.0], pcm.astype(float) ** 2)))
    at = int(np.argmax(power[length:] - power[:-length]))
    return pcm[at : at + length]


def _place(pcm: Pcm, played: Pcm) -> int | None:
    """Where in ``played`` the sound lies, by correlation; None where that is not clear."""
    size = 1 << (len(played) + len(pcm)).bit_length()
    spectrum = np.fft.rfft(_whitened(played), size) * np.conj(np.fft.rfft(_whitened(pcm), size))
    match = np.abs(np.fft.irfft(spectrum, size)[: len(played)])
    best = int(np.argmax(match))
    elsewhere = np.delete(match, np.s_[max(0, best - RATE // 40) : best + RATE // 40]).max()
    return best if match[best] > CLEAR * elsewhere else None


def _whitened(pcm: Pcm) -> Signal:
    """The first difference: speech has most of its power in low tones, whose correlation has broad peaks."""
    return np.diff(pcm.astype(float), prepend=0.0)
