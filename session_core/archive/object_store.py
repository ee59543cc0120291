"""The object store: a local folder or S3. It holds sealed bytes under names drawn at random, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from session_core.errors import Unavailable
from session_core.settings import Settings
from session_core.storage import archives
from session_core.storage.database import Database

if TYPE_CHECKING:
    from obstore.store import S3Config

READ_TIMEOUT_S = 10.0
"""Longest wait for one part of a file."""

CONNECT_TIMEOUT, REQUEST_TIMEOUT = timedelta(seconds=3), timedelta(seconds=60)
TRIES = 2
"""Of one request, by the library. Whoever asked tries again later, which the library's own minutes would only delay."""

PART_BYTES, PARTS_AT_ONCE = 5 * 1024 * 1024, 2
"""What a file is written in, and so what of it is in memory at once. S3 takes no smaller parts."""

MARKER = "database"
"""A file in the folder that names the database whose folder it is."""

READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredObject:
    id: UUID
    written_at: datetime


class ObjectStore:
    """Files of this installation, in a folder of its own. Every method raises :class:`Unavailable` where the store is
    away, and where a file is not there."""

    def __init__(self, store: LocalStore | S3Store, folder: UUID, root: Path | None) -> None:
        """``root``: where the store is, if it is a local folder."""
        self._store = store
        self._folder = folder.hex
        self._root = root / self._folder if root else None

    @classmethod
    async def connect(cls, settings: Settings, database: Database) -> ObjectStore | None:
        """As set; None where audio stays in Postgres."""
        if settings.archive_url is None:
            return None
        async with database.single() as connection:
            folder = await archives.folder(connection)
        return await asyncio.to_thread(cls.opened, settings, settings.archive_url, folder)

    @classmethod
    def opened(cls, settings: Settings, url: str, folder: UUID) -> ObjectStore:
        address = urlsplit(url)
        with _translated():
            if address.scheme == "s3":
                return cls(_s3(settings, url), folder, None)
            root = Path(unquote(address.path))
            store = LocalStore(root, mkdir=True)
            # The files are sealed; still, when and how much was recorded is nobody's business on this machine.
            (root / folder.hex).mkdir(mode=0o700, exist_ok=True)
            (root / folder.hex).chmod(0o700)
            return cls(store, folder, root)

    async def write(self, object_id: UUID, pieces: AsyncIterator[bytes]) -> None:
        """Write a file of which nothing is to be seen before it is whole. When this returns, it is on the disk."""
        with _translated():
            await self._store.put_async(
                self._path(object_id), pieces, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
            if self._root:
                await asyncio.to_thread(_to_disk, self._root / object_id.hex)

    async def read(self, object_id: UUID, offset: int, length: int) -> bytes:
        with _translated():
            async with asyncio.timeout(READ_TIMEOUT_S):
                found = bytes(await self._store.get_range_async(self._path(object_id), start=offset, length=length))
        if len(found) != length:
            raise Unavailable("a file in the object store is shorter than it was")
        return found

    async def stream(self, object_id: UUID) -> AsyncIterator[bytes]:
        """The whole file, piece by piece."""
        with _translated():
            async with asyncio.timeout(READ_TIMEOUT_S):
                found = await self._store.get_async(self._path(object_id))
            pieces = aiter(found.stream(min_chunk_size=READ_BYTES))
            while True:
                try:
                    async with asyncio.timeout(READ_TIMEOUT_S):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                yield piece

    async def remove(self, object_id: UUID) -> None:
        """Also of a file that is not there any more."""
        with _translated(), suppress(FileNotFoundError):
            await self._store.delete_async(self._path(object_id))

    async def belongs_to(self, epoch: str) -> bool:
        """Whether this folder is that of the database with this ``epoch``; nobody's becomes it."""
        marker = f"{self._folder}/{MARKER}"
        with _translated():
            async with asyncio.timeout(READ_TIMEOUT_S):
                try:
                    found = bytes(await (await self._store.get_async(marker)).bytes_async())
                except (FileNotFoundError, NotFoundError):
                    await self._store.put_async(marker, epoch.encode())
                    return True
        return found == epoch.encode()

    async def listed(self) -> AsyncIterator[list[StoredObject]]:
        """Every file that this installation has written, some at a time."""
        with _translated():
            async for batch in self._store.list(self._folder):
                yield [
                    StoredObject(UUID(name), each["last_modified"])
                    for each in batch
                    if _is_object(name := each["path"].rpartition("/")[2])
                ]

    async def remove_torn(self, before: datetime) -> None:
        """What writers left that died in the middle, in a local folder; S3 drops unfinished uploads by a rule of the
        bucket."""
        if self._root:
            with _translated():
                await asyncio.to_thread(_remove_torn, self._root, before.timestamp())

    def _path(self, object_id: UUID) -> str:
        return f"{self._folder}/{object_id.hex}"


@contextmanager
def _translated() -> Iterator[None]:
    """The library's own texts name addresses, so they are not passed on."""
    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        raise Unavailable("the object store is not reachable at the moment", retry_after_s=5.0) from error


def _s3(settings: Settings, url: str) -> S3Store:
    """What is not set is taken from where programs on AWS find it: ``AWS_*`` variables, the machine's role."""
    given: S3Config = {}
    if settings.archive_endpoint:
        given["endpoint"] = settings.archive_endpoint
    if settings.archive_region:
        given["region"] = settings.archive_region
    if settings.archive_access_key:
        given["access_key_id"] = settings.archive_access_key
    if settings.archive_secret_key:
        given["secret_access_key"] = settings.archive_secret_key.get_secret_value()
    return S3Store.from_url(
        url,
        config=given,
        client_options={
            "allow_http": bool(settings.archive_endpoint and settings.archive_endpoint.startswith("http:")),
            "connect_timeout": CONNECT_TIMEOUT,
            "timeout": REQUEST_TIMEOUT,
        },
        retry_config={"max_retries": TRIES, "retry_timeout": REQUEST_TIMEOUT},
    )


def _to_disk(path: Path) -> None:
    """The library leaves that to the system, which could still lose the file to a power cut, and its mode as well."""
    path.chmod(0o600)
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_torn(folder: Path, before: float) -> None:
    for path in folder.glob("*#*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def _is_object(name: str) -> bool:
    try:
        return UUID(name).hex == name
    except ValueError:
        return False
