"""Models of the hub in its cache on this machine: what is there, whether it is right, and how the rest gets there.

The hub's client finds, asks and stores. It throws away what a download had that broke off, and compares no checksum:
files are taken with its ``http_get`` into the cache here, and handed to it when they are right.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol, Self

from chunk_workers.engines.whisper_folder import PATTERNS
from session_core.errors import HearkenError

_DIGEST: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ANSWER_S: Final = 10.0
_AGAIN: Final = "run it again, and it goes on from there"


class DownloadFailed(HearkenError):
    """The message says what is wrong and what to do, without paths and addresses: /readyz shows it to everybody. What
    has come is kept for the next try."""

    code, status, retryable = "unavailable", 503, True


class Telling(Protocol):
    """Who is told how a download goes."""

    def begin(self, total: int, had: int) -> None:
        """``total`` bytes are to be fetched, of which an earlier try ``had`` some."""

    def came(self, count: int) -> None:
        """So many bytes more."""

    def notice(self, text: str) -> None:
        """Something that a person should know."""


class Untold:
    """``Telling`` where nobody looks."""

    def begin(self, total: int, had: int) -> None: ...

    def came(self, count: int) -> None: ...

    def notice(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub has it. ``digest`` is its name in the cache: its SHA-256, or git's SHA-1 of a short file."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Published:
    """A repository as the hub has it now."""

    repository: str
    commit: str
    files: Sequence[HubFile]


@dataclass(frozen=True, slots=True)
class Cached:
    """A repository in the cache. ``folder`` is that of its newest version here, None where there is none."""

    root: Path
    folder: Path | None

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def begun(self) -> bool:
        """Whether a download left anything: of a file it may be nothing yet."""
        return self.folder is not None or any(self.blobs.glob("*"))


def cached(repository: str) -> Cached:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    root = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")
    newest = root / "refs" / "main"
    folder = root / "snapshots" / newest.read_text() if newest.is_file() else None
    return Cached(root, folder if folder is not None and folder.is_dir() else None)


def known_digest(path: Path) -> str | None:
    """What the hub said of a file of its cache, None for any other file."""
    if not path.is_symlink():
        return None
    name = path.readlink().name
    return name if _DIGEST.fullmatch(name) else None


def is_right(path: Path, digest: str) -> bool:
    """Reads the whole file."""
    with path.open("rb") as file:
        if len(digest) == 64:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
        head = b"blob %d\0" % path.stat().st_size
        return hashlib.file_digest(file, lambda: hashlib.sha1(head, usedforsecurity=False)).hexdigest() == digest


def pull(repository: str, telling: Telling) -> Path:
    """Fetch what is missing or damaged of a model, and return its folder. Raises ``DownloadFailed``.

    Asks the hub for nothing but the list of files and the files.
    """
    try:
        return _pull(repository, telling)
    except HearkenError:
        raise
    except Exception as error:  # the hub's client raises errors of its own, of its HTTP client and of the file system
        raise DownloadFailed(_reason(error, repository)) from error


def _pull(repository: str, telling: Telling) -> Path:
    from huggingface_hub import constants, snapshot_download

    # Without this the client tells which packages are installed and what started it, and asks the hub for a list of
    # programs that it might have been started by.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    blobs = cached(repository).blobs
    published = _published(repository)
    missing = [file for file in published.files if not _is_here(blobs, file, telling)]
    had = sum(_had(blobs, file) for file in missing)
    total = sum(file.size for file in missing)
    _need_room(total - had, blobs)
    blobs.mkdir(parents=True, exist_ok=True)
    telling.begin(total, had)
    for file in missing:
        if not _fetched(published, file, blobs, telling):
            telling.notice(f"{file.name} came damaged: it is fetched anew")
            if not _fetched(published, file, blobs, telling):
                raise DownloadFailed(f"{file.name} came damaged twice: a proxy on the way may change it; try another")
    folder = Path(snapshot_download(repository, allow_patterns=list(PATTERNS), tqdm_class=_silent()))
    # It asks the hub once more, and what it does not find here it fetches and compares with nothing.
    if cached(repository).folder != folder:
        raise DownloadFailed("the hub's cache cannot be written: let the user write it whom the worker runs as")
    if any(known_digest(folder / file.name) not in (file.digest, None) for file in published.files):
        raise DownloadFailed(f"{repository} was published anew meanwhile: run it again")
    return folder


def _published(repository: str) -> Published:
    from huggingface_hub import HfApi

    told = HfApi().model_info(repository, files_metadata=True, timeout=_ANSWER_S)
    files = [
        HubFile(each.rfilename, each.size or 0, each.lfs.sha256 if each.lfs else each.blob_id or "")
        for each in told.siblings or ()
        if any(fnmatch(each.rfilename, pattern) for pattern in PATTERNS)
    ]
    if told.sha is None or not all(_DIGEST.fullmatch(file.digest) for file in files):
        raise DownloadFailed("what answers is not the hub: check HF_ENDPOINT")
    if not any(file.name == "model.bin" for file in files):
        raise DownloadFailed(f"{repository} holds no model in CTranslate2's format: it needs a model.bin")
    return Published(repository, told.sha, files)


def _is_here(blobs: Path, file: HubFile, telling: Telling) -> bool:
    blob = blobs / file.digest
    if not blob.exists():
        return False
    if is_right(blob, file.digest):
        return True
    telling.notice(f"{file.name} on this machine is damaged: it is fetched anew")
    blob.unlink()
    return False


def _begun(blobs: Path, file: HubFile) -> Path:
    return blobs / f"{file.digest}.incomplete"


def _had(blobs: Path, file: HubFile) -> int:
    """So many bytes are here to go on from: none where there are more than the file has."""
    begun = _begun(blobs, file)
    size = begun.stat().st_size if begun.is_file() else 0
    return size if size <= file.size else 0


def _need_room(needed: int, blobs: Path) -> None:
    disk = next(parent for parent in blobs.parents if parent.is_dir())
    free = shutil.disk_usage(disk).free
    if free < needed:
        raise DownloadFailed(
            f"there is no room for the model: it needs {told_size(needed)} and the disk of the hub's cache has "
            f"{told_size(free)}: make room, or set HF_HOME to a folder on a larger disk"
        )


def _fetched(published: Published, file: HubFile, blobs: Path, telling: Telling) -> bool:
    """Whether the file came as the hub says it is. What came of one that breaks off stays."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    begun = _begun(blobs, file)
    with begun.open("ab") as taken:
        _lock(taken)
        if not _had(blobs, file):
            taken.seek(0)
            taken.truncate()
        http_get(
            hf_hub_url(published.repository, file.name, revision=published.commit),
            taken,
            resume_size=taken.tell(),
            # What is packed on the way cannot be asked for from the middle.
            headers=build_hf_headers() | {"Accept-Encoding": "identity"},
            expected_size=file.size,
            tqdm_class=_counting(telling),
        )
        taken.flush()
        os.fsync(taken.fileno())
        if not is_right(begun, file.digest):
            begun.unlink()
            return False
        begun.replace(blobs / file.digest)
    return True


def _lock(taken: BinaryIO) -> None:
    try:
        fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DownloadFailed("this model is being downloaded by another program: wait for that") from error


class _Counter:
    """As much of tqdm as the hub's client uses."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    def update(self, count: int) -> None:
        self._telling.came(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def _counting(telling: Telling) -> Any:
    return lambda **_: _Counter(telling)


def _silent() -> Any:
    from faster_whisper.utils import disabled_tqdm

    return disabled_tqdm


def _reason(error: Exception, repository: str) -> str:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return f"{repository} asks for consent on its page on the hub: give it there, and set HF_TOKEN"
    if isinstance(error, RepositoryNotFoundError):
        return f"the hub has no {repository}, or does not show it: check the name with `hearken models list`"
    if isinstance(error, HfHubHTTPError):
        return f"the hub answered {error.response.status_code}: try again later"
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, and nothing is downloaded: unset it, or copy the model's folder here"
    if any(each.errno == errno.ENOSPC for each in _causes(error)):
        return f"the disk became full: make room, and {_AGAIN}"
    if isinstance(error, OSError):
        return f"the download broke off ({os.strerror(error.errno) if error.errno else 'it ended early'}): {_AGAIN}"
    return (
        f"the connection to the hub failed ({type(error).__name__}): check the network (a proxy is taken from "
        f"HTTPS_PROXY, another hub's address from HF_ENDPOINT); {_AGAIN}"
    )


def _causes(error: BaseException | None) -> Iterator[OSError]:
    while error is not None:
        if isinstance(error, OSError):
            yield error
        error = error.__cause__


def told_size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
