"""The object store: a folder and S3 behave alike, and what it cannot do now it says so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from session_core.archive import object_store
from session_core.archive.object_store import PART_BYTES, ObjectStore
from session_core.errors import Internal, Unavailable
from session_core.settings import Settings
from tests.object_stores import gate_before, on_s3, s3_server

FOLDER = uuid4()
SETTINGS = Settings(master_key="A" * 43 + "=")
SPACED = "a folder of ünusual name"


@pytest.fixture(scope="module")
def s3() -> Iterator[int]:
    with s3_server() as port:
        yield port


def on(settings: Settings) -> ObjectStore:
    assert settings.archive_url is not None
    return ObjectStore.opened(settings, settings.archive_url, FOLDER)


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        return on(on_s3(SETTINGS, request.getfixturevalue("s3")))
    return on(SETTINGS.model_copy(update={"archive_url": (tmp_path / SPACED).as_uri()}))


async def pieces(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def listed(objects: ObjectStore) -> dict[UUID, datetime]:
    return {each.id: each.written_at async for batch in objects.listed() for each in batch}


async def test_a_file_of_many_parts_is_read_whole_and_in_ranges(objects: ObjectStore) -> None:
    data, written = os.urandom(2 * PART_BYTES + 12_345), uuid4()
    await objects.write(written, pieces(data))
    assert b"".join([piece async for piece in objects.stream(written)]) == data
    for start, length in ((0, 1), (PART_BYTES - 10, 20), (len(data) - 5, 5)):
        assert await objects.read(written, start, length) == data[start : start + length]
    with pytest.raises(Unavailable, match="shorter"):
        await objects.read(written, len(data) - 5, 6)


async def test_a_file_is_listed_with_its_time_until_it_is_removed(objects: ObjectStore) -> None:
    written = uuid4()
    await objects.write(written, pieces(b"some bytes"))
    assert abs((await listed(objects))[written] - datetime.now(UTC)) < timedelta(minutes=1)
    await objects.remove(written)
    assert written not in await listed(objects)
    await objects.remove(written)


async def test_what_is_not_there_is_not_available(objects: ObjectStore) -> None:
    with pytest.raises(Unavailable):
        await objects.read(uuid4(), 0, 1)
    with pytest.raises(Unavailable):
        await anext(objects.stream(uuid4()))


async def test_a_file_whose_source_breaks_off_is_not_there(objects: ObjectStore) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(2 * PART_BYTES)
        raise Internal("as the test says")

    written = uuid4()
    with pytest.raises(Internal, match="as the test says"):
        await objects.write(written, breaking())
    assert written not in await listed(objects)


async def test_a_folder_and_its_files_are_for_the_own_account_alone(tmp_path: Path) -> None:
    objects = on(SETTINGS.model_copy(update={"archive_url": tmp_path.as_uri()}))
    written = uuid4()
    await objects.write(written, pieces(b"sealed"))
    folder = tmp_path / FOLDER.hex
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / written.hex).stat().st_mode & 0o777 == 0o600


async def test_what_a_dead_writer_left_in_a_folder_is_removed_when_it_is_old(tmp_path: Path) -> None:
    objects = on(SETTINGS.model_copy(update={"archive_url": tmp_path.as_uri()}))
    whole = uuid4()
    await objects.write(whole, pieces(b"whole"))
    folder = tmp_path / FOLDER.hex
    torn, writing = folder / f"{uuid4().hex}#1", folder / f"{uuid4().hex}#2"
    for path in (torn, writing, folder / whole.hex):
        path.write_bytes(b"part")
    for path in (torn, folder / whole.hex):
        os.utime(path, (0, 0))
    await objects.remove_torn(datetime.now(UTC) - timedelta(hours=1))
    assert {path.name for path in folder.iterdir()} == {whole.hex, writing.name}


async def test_a_file_in_a_folder_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noticed(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noticed)
    written = uuid4()
    await on(SETTINGS.model_copy(update={"archive_url": tmp_path.as_uri()})).write(written, pieces(b"bytes"))
    folder = tmp_path / FOLDER.hex
    assert synced == [str(folder / written.hex), str(folder), str(tmp_path)]


async def test_a_folder_that_cannot_be_written_is_not_available(tmp_path: Path) -> None:
    (tmp_path / FOLDER.hex).write_bytes(b"a file where the folder would be")
    with pytest.raises(Unavailable):
        await on(SETTINGS.model_copy(update={"archive_url": tmp_path.as_uri()})).write(uuid4(), pieces(b"bytes"))


async def test_a_server_that_is_away_or_says_nothing_is_not_available(s3: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gate_before(s3) as gate:
        objects, written = on(on_s3(SETTINGS, gate.port)), uuid4()
        await objects.write(written, pieces(b"some bytes"))
        gate.shut()
        monkeypatch.setattr(object_store, "READ_TIMEOUT_S", 0.3)
        with pytest.raises(Unavailable):
            await objects.read(written, 0, 4)
        with pytest.raises(Unavailable):
            await anext(objects.stream(written))
        monkeypatch.undo()
        gate.open()
        assert await objects.read(written, 0, 4) == b"some"
    with pytest.raises(Unavailable):
        await objects.read(written, 0, 4)
    with pytest.raises(Unavailable):
        await objects.write(uuid4(), pieces(b"some bytes"))


async def test_a_bucket_that_is_not_there_is_told_without_its_name(s3: int) -> None:
    settings = on_s3(SETTINGS, s3).model_copy(update={"archive_url": "s3://a-bucket-that-is-not-there/prefix"})
    with pytest.raises(Unavailable) as refused:
        await on(settings).write(uuid4(), pieces(b"some bytes"))
    assert "bucket" not in str(refused.value)


@pytest.mark.parametrize("url", ["/some/folder", "file://", "file:///", "s3:///prefix", "gs://bucket", "s3:bucket"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"neither a folder.* nor a bucket"):
        Settings(master_key="A" * 43 + "=", archive_url=url)
