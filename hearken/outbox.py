"""The outbox: chunks of one recording on disk, from before they are sent until their session is sealed.

Layout, folders of mode 700 and files of mode 600::

    ROOT/CLIENT_REF/recording.json              what is being recorded, and as which session
    ROOT/CLIENT_REF/lock                        held while a recorder runs
    ROOT/CLIENT_REF/chunks/SEQ_FIRST_COUNT.EXT  one complete audio file each
    ROOT/CLIENT_REF/refused/SEQ_FIRST_COUNT.CODE.EXT

A file is written under another name, flushed to the device and renamed, so that a file with its right
name is whole whatever is switched off when. No name says whose recording it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hearken.chunk_file import MEDIA_TYPES, SAMPLE_RATE, Codec, RecordedChunk
from session_core.errors import Invalid, Unavailable

_EXTENSIONS: dict[Codec, str] = {"flac": "flac", "opus": "ogg", "wav": "wav"}
_CHUNK_NAME = re.compile(r"(\d+)_(\d+)_(\d+)\.(?:([a-z_]+)\.)?(flac|ogg|wav)")


class OutboxBusy(Unavailable):
    """Another recorder holds the unfinished outbox of this recording."""


class OutboxDamaged(Invalid):
    """The outbox holds something that this program did not write."""


class Manifest(BaseModel):
    """What an outbox knows besides its chunks.

    ``source`` is the sha256 of what is recorded; ``last_seq`` is set once the recording has ended, ``finished``
    once its session has, and only refused chunks are left for people to look at.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_ref: str = Field(default_factory=lambda: str(uuid.uuid4()))
    source: str
    codec: Codec
    chunk_samples: int = Field(ge=1)
    title: str | None = None
    patient_id: str | None = None
    language: str | None = None
    session_id: str | None = None
    epoch: str | None = None
    last_seq: int | None = None
    finished: bool = False

    def start_request(self) -> dict[str, object]:
        """The body of ``session.start``; always the same one, so that asking twice starts one session."""
        request: dict[str, object] = {
            "client_ref": self.client_ref,
            "media_type": MEDIA_TYPES[self.codec],
            "sample_rate": SAMPLE_RATE,
            "chunk_seconds": self.chunk_samples / SAMPLE_RATE,
        }
        optional = {"title": self.title, "patient_id": self.patient_id, "language": self.language}
        return request | {key: value for key, value in optional.items() if value is not None}


class Outbox:
    """One recording on disk. Open with :func:`open_outbox`; not safe for use by two at once, and refuses it."""

    def __init__(self, folder: Path, manifest: Manifest, lock: int) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = lock
        self._remembering = threading.Lock()

    def add(self, seq: int, first_sample: int, sample_count: int, audio: bytes) -> RecordedChunk:
        """Keep a chunk; when this returns it outlives a power cut."""
        chunk = self._describe(seq, first_sample, sample_count, audio)
        _write_durably(self._path(chunk), audio)
        return chunk

    def chunks(self) -> Iterator[RecordedChunk]:
        """All chunks that are kept and not refused, in order."""
        for path, place in self._files(self._chunks):
            yield self._describe(*place, path.read_bytes())

    def read(self, chunk: RecordedChunk) -> bytes:
        return self._path(chunk).read_bytes()

    def next_seq(self) -> int:
        """The number of the first chunk that has not been recorded."""
        if self.manifest.last_seq is not None:
            return self.manifest.last_seq + 1
        kept = (place[0] for folder in (self._chunks, self._refused) for _, place in self._files(folder))
        return max(kept, default=-1) + 1

    def refused(self) -> dict[int, str]:
        """The chunks that were refused for good, with the reason."""
        return {place[0]: path.name.split(".")[1] for path, place in self._files(self._refused)}

    def set_aside(self, chunk: RecordedChunk, code: str) -> None:
        """Keep a chunk that was refused for good out of the way, and on disk."""
        path = self._path(chunk)
        reason = code if re.fullmatch(r"[a-z_]+", code) else "other"
        path.rename(self._refused / f"{path.stem}.{reason}{path.suffix}")
        _sync_folder(self._refused)
        _sync_folder(self._chunks)

    def release(self, chunk: RecordedChunk) -> None:
        """Forget a chunk that is safe in a sealed session."""
        self._path(chunk).unlink()

    def remember(self, **known: object) -> None:
        """Write what has become known (``session_id``, ``epoch``, ``last_seq``) before anything relies on it."""
        # The end of the recording is remembered from a thread, while the uploader remembers the session.
        with self._remembering:
            self.manifest = Manifest.model_validate(self.manifest.model_dump() | known)
            _write_durably(self.folder / "recording.json", self.manifest.model_dump_json().encode())

    def remove(self) -> None:
        """Delete the outbox; for a session that is sealed."""
        shutil.rmtree(self.folder)

    def close(self) -> None:
        """Let go of the lock; what is kept stays."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def _chunks(self) -> Path:
        return self.folder / "chunks"

    @property
    def _refused(self) -> Path:
        return self.folder / "refused"

    def _path(self, chunk: RecordedChunk) -> Path:
        place = f"{chunk.seq:06d}_{chunk.first_sample}_{chunk.sample_count}"
        return self._chunks / f"{place}.{_EXTENSIONS[self.manifest.codec]}"

    def _describe(self, seq: int, first_sample: int, sample_count: int, audio: bytes) -> RecordedChunk:
        digest = hashlib.sha256(audio).hexdigest()
        return RecordedChunk(seq, first_sample, sample_count, digest, MEDIA_TYPES[self.manifest.codec], len(audio))

    @staticmethod
    def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int, int]]]:
        for path in sorted(folder.iterdir()):
            match = _CHUNK_NAME.fullmatch(path.name)
            if match:
                yield path, (int(match[1]), int(match[2]), int(match[3]))


def open_outbox(root: Path, fresh: Manifest) -> Outbox:
    """The unfinished outbox of the recording ``fresh.source``, else a new one as ``fresh`` says; locked.

    An unfinished one keeps the codec, cut and names that it began with. Raises :class:`OutboxBusy`.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in sorted(root.iterdir()):
        outbox = _taken_up(folder, fresh.source)
        if outbox is not None:
            return outbox
    folder = root / fresh.client_ref
    for each in (folder, folder / "chunks", folder / "refused"):
        each.mkdir(mode=0o700)
    outbox = Outbox(folder, fresh, _take_lock(folder))
    outbox.remember()
    _sync_folder(root)
    return outbox


def _taken_up(folder: Path, source: str) -> Outbox | None:
    """The unfinished outbox of this recording in the folder, locked; None where there is none."""
    if not _unfinished(_read_manifest(folder), source):
        return None
    try:
        lock = _take_lock(folder)
    except FileNotFoundError:
        return None
    # Whoever held the lock until now may have finished it meanwhile.
    manifest = _read_manifest(folder)
    if manifest is None or not _unfinished(manifest, source):
        os.close(lock)
        return None
    return Outbox(folder, manifest, lock)


def _unfinished(manifest: Manifest | None, source: str) -> bool:
    return manifest is not None and manifest.source == source and not manifest.finished


def _read_manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json((folder / "recording.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError:
        raise OutboxDamaged(f"{folder / 'recording.json'} is not an outbox of this version") from None


def _take_lock(folder: Path) -> int:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise OutboxBusy("this recording is being streamed by another command") from None
    return lock


def _write_durably(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(file)
    temporary.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
