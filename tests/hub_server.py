"""A server that speaks as much of the hub's protocol as a download needs, with one repository in it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGE = 1_000_000
"""The hub keeps larger files by their SHA-256, shorter ones as git does."""


@dataclass(frozen=True)
class Asked:
    path: str
    user_agent: str
    token: str | None


class HubServer:
    """``asked`` is every request that came, ``bodies`` the files whose content was sent, ``ranges`` what of them was
    asked for from the middle. As with the real one, large files lie on another host.

    ``stops_at``: the answer with model.bin stops there and says nothing more. ``breaks_at``: the connection is closed
    there, once. ``damages``: so many times a byte of model.bin is another on the way. ``page``: sent in place of every
    file. ``status``: answered to all.
    """

    def __init__(self, repository: str, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.commit = hashlib.sha1(repository.encode()).hexdigest()
        self.asked: list[Asked] = []
        self.bodies: list[str] = []
        self.ranges: list[str] = []
        self.stops_at: int | None = None
        self.stopped = threading.Event()
        self.breaks_at: int | None = None
        self.damages = 0
        self.page: bytes | None = None
        self.status: int | None = None
        self.closing = threading.Event()
        self.url = ""

    def tree(self) -> list[dict[str, object]]:
        return [self._entry(path) for path in sorted(self.folder.iterdir())]

    def model(self) -> dict[str, object]:
        siblings: list[dict[str, object]] = []
        for entry in self.tree():
            sibling = {"rfilename": entry["path"], "size": entry["size"], "blobId": entry["oid"]}
            if isinstance(lfs := entry.get("lfs"), dict):
                sibling["lfs"] = {**lfs, "sha256": lfs["oid"]}
            siblings.append(sibling)
        return {"id": self.repository, "sha": self.commit, "siblings": siblings}

    def _entry(self, path: Path) -> dict[str, object]:
        content = path.read_bytes()
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry: dict[str, object] = {"type": "file", "path": path.name, "size": len(content), "oid": blob}
        if len(content) > LARGE:
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return entry

    def etag(self, name: str) -> str:
        entry = self._entry(self.folder / name)
        lfs = entry.get("lfs")
        return str(lfs["oid"] if isinstance(lfs, dict) else entry["oid"])

    def sent(self, name: str) -> bytes:
        content = (self.folder / name).read_bytes() if self.page is None else self.page
        if name == "model.bin" and self.damages:
            self.damages -= 1
            return content[:-1] + bytes([content[-1] ^ 1])
        return content

    @contextmanager
    def running(self) -> Iterator[HubServer]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(Asked(path, self.headers["User-Agent"], self.headers["Authorization"]))
        if self.hub.status is not None:
            self._send(self.hub.status, b"")
        elif path in (f"/api/models/{self.hub.repository}", f"/api/models/{self.hub.repository}/revision/main"):
            self._send(200, json.dumps(self.hub.model()).encode())
        elif path.startswith(f"/api/models/{self.hub.repository}/tree/"):
            self._send(200, json.dumps(self.hub.tree()).encode())
        elif path.startswith((f"/{self.hub.repository}/resolve/", f"/elsewhere/{self.hub.repository}/")):
            self._file(path)
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(content), headers or {})
        if self.command == "GET":
            self.wfile.write(content)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def _file(self, path: str) -> None:
        name = path.rpartition("/")[2]
        if not (self.hub.folder / name).is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        size, etag = (self.hub.folder / name).stat().st_size, f'"{self.hub.etag(name)}"'
        headers = {"X-Repo-Commit": self.hub.commit, "Accept-Ranges": "bytes"}
        if size > LARGE and not path.startswith("/elsewhere/"):
            moved = f"http://localhost:{self.server.server_port}/elsewhere/{self.hub.repository}/{name}"  # type: ignore[attr-defined]
            self._send(302, b"", headers | {"Location": moved, "X-Linked-Etag": etag, "X-Linked-Size": str(size)})
            return
        headers["ETag"] = etag
        if self.command == "HEAD":
            self._head(200, size, headers)
            return
        content, start, status = self.hub.sent(name), 0, 200
        if self.headers["Range"] is not None:
            start, status = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")), 206
            if start >= len(content):
                self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                return
            self.hub.ranges.append(self.headers["Range"])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(status, len(content) - start, headers)
        self._body(name, content, start)

    def _body(self, name: str, content: bytes, start: int) -> None:
        self.hub.bodies.append(name)
        if name == "model.bin" and self.hub.breaks_at is not None:
            self.wfile.write(content[start : self.hub.breaks_at])
            self.hub.breaks_at, self.close_connection = None, True
        elif name == "model.bin" and self.hub.stops_at is not None:
            self.wfile.write(content[start : self.hub.stops_at])
            self.wfile.flush()
            self.hub.stopped.set()
            self.hub.closing.wait()
        else:
            self.wfile.write(content[start:])
