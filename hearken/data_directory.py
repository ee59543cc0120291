"""The folder of one installation: its lock, its master key, its first account, its logs."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hearken.supervisor import try_lock
from session_core.errors import HearkenError


class DirectoryInUse(HearkenError):
    """Another `hearken up` runs on the same folder."""

    retryable = False


@dataclass(frozen=True)
class DataDirectory:
    """The files of one installation below `path`, an absolute path."""

    path: Path

    @property
    def account_file(self) -> Path:
        return self.path / "first-account.json"

    def log(self, part: str) -> Path:
        return self.path / "logs" / f"{part}.log"

    def part_lock(self, part: str) -> Path:
        return self.path / "locks" / part

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder if need be and keep every other `hearken up` off it.

        Raises :class:`DirectoryInUse`. The lock goes with the process, so a killed one leaves none.
        """
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not try_lock(descriptor):
                raise DirectoryInUse(f"hearken is already running on {self.path}")
            yield
        finally:
            os.close(descriptor)

    def master_key(self) -> str:
        """The key that wraps all others, in base64: made at the first start, kept ever after."""
        file = self.path / "master.key"
        if not file.exists():
            write_private(file, base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        return file.read_text(encoding="ascii").strip()

    def first_account(self) -> dict[str, str] | None:
        """What `first-account.json` holds: url, email, password. None before there is one."""
        if not self.account_file.exists():
            return None
        return {name: str(value) for name, value in json.loads(self.account_file.read_text(encoding="utf-8")).items()}

    def write_first_account(self, url: str, email: str, password: str) -> None:
        account = {"url": url, "email": email, "password": password}
        write_private(self.account_file, json.dumps(account, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all, and on the disk when this returns."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put renames inside `folder` on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
