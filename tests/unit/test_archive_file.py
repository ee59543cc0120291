"""The file of a session's audio: what is written reads back, and no change of it goes unnoticed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

import orjson
import pytest

from session_core.archive.archive_file import MAGIC, ArchiveDamaged, ArchiveFile, ChunkBytes
from session_core.envelope import Key, archive_label, chunk_label

SESSION, OBJECT = uuid4(), uuid4()
KEY = Key.generate()
PLAIN = {0: b"first", 1: b"", 7: b"seventh" * 50}


async def stream(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def sealed(plain: dict[int, bytes]) -> list[ChunkBytes]:
    return [
        ChunkBytes(seq, hashlib.sha256(each).digest(), KEY.seal(each, chunk_label(SESSION, seq)))
        for seq, each in plain.items()
    ]


async def chunks(listed: list[ChunkBytes]) -> AsyncIterator[ChunkBytes]:
    for chunk in listed:
        yield chunk


async def written(listed: list[ChunkBytes]) -> tuple[ArchiveFile, bytes]:
    file = ArchiveFile(KEY, SESSION, OBJECT)
    return file, b"".join([piece async for piece in file.written(chunks(listed))])


@pytest.mark.parametrize("step", [1, 7, 100_000])
async def test_what_was_written_is_verified_in_pieces_of_any_size(step: int) -> None:
    file, data = await written(sealed(PLAIN))
    await file.verify(stream(data[at : at + step] for at in range(0, len(data), step)))


async def test_a_chunk_is_found_by_its_offset_as_it_was_sealed() -> None:
    listed = sealed(PLAIN)
    file, data = await written(listed)
    assert [(chunk.seq, data[chunk.offset : chunk.offset + chunk.length]) for chunk in file.chunks] == [
        (chunk.seq, chunk.sealed) for chunk in listed
    ]


async def test_the_file_can_be_read_with_the_session_key_alone() -> None:
    _, data = await written(sealed(PLAIN))
    assert data.endswith(MAGIC)
    end = len(data) - 16
    length = int.from_bytes(data[end : end + 8], "big")
    index = orjson.loads(KEY.open(data[end - length : end], archive_label(SESSION, OBJECT)))
    found = {seq: KEY.open(data[at : at + size], chunk_label(SESSION, seq)) for seq, at, size, _ in index}
    assert found == PLAIN
    assert [digest for *_, digest in index] == [hashlib.sha256(plain).hexdigest() for plain in PLAIN.values()]


async def test_a_flipped_bit_is_noticed_wherever_it_is() -> None:
    file, data = await written(sealed({0: b"one", 1: b"two"}))
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        with pytest.raises(ArchiveDamaged):
            await file.verify(stream([bytes(damaged)]))


async def test_a_file_that_is_cut_off_or_goes_on_is_noticed() -> None:
    file, data = await written(sealed({0: b"one", 1: b"two"}))
    for damaged in (*(data[:at] for at in range(len(data))), data + b"\0", data + data):
        with pytest.raises(ArchiveDamaged):
            await file.verify(stream([damaged]))


async def test_another_file_of_the_same_session_is_noticed() -> None:
    """Its chunks open, its index does not belong to this name."""
    listed = sealed(PLAIN)
    file, _ = await written(listed)
    other = ArchiveFile(KEY, SESSION, uuid4())
    pieces = [piece async for piece in other.written(chunks(listed))]
    with pytest.raises(ArchiveDamaged):
        await file.verify(stream(pieces))


async def test_bytes_that_are_not_those_of_the_digest_are_noticed() -> None:
    (chunk,) = sealed({0: b"other bytes"})
    file, data = await written([ChunkBytes(0, hashlib.sha256(b"what was acknowledged").digest(), chunk.sealed)])
    with pytest.raises(ArchiveDamaged):
        await file.verify(stream([data]))
