"""Pages that fail when they are stale."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic_core import PydanticUndefined

from chunk_workers.lease import WorkersLost
from chunk_workers.model_process import ModelCrashed
from chunk_workers.recognition import UnsupportedLanguage
from session_core.archive.archive_file import ArchiveDamaged
from session_core.decoding.sandbox import DecodeCrashed
from session_core.errors import ALL_ERRORS, BadMedia, Internal, Unavailable
from session_core.messages.event import Event
from session_core.messages.requests import REQUESTS
from session_core.settings import Settings, SettingsError, variable
from session_core.voice_sample import MOST_BYTES as SAMPLE_BYTES
from stream_server.edge import JSON_BYTES
from stream_server.http.artifact import ArtifactRoutes
from stream_server.http.audio import AudioRoutes
from stream_server.http.description import DescriptionRoutes
from stream_server.http.event_stream import EventStreamRoutes
from stream_server.http.export import ExportRoutes
from stream_server.http.health import HealthRoutes
from stream_server.http.notes import NoteRoutes
from stream_server.http.review import ReviewRoutes
from stream_server.http.route import Route
from stream_server.http.search import SearchRoutes
from stream_server.http.session import SessionRoutes
from stream_server.http.sign_in import SignInRoutes
from stream_server.http.vocabulary import VOCABULARY_BYTES, VocabularyRoutes
from stream_server.http.voice import VoiceRoutes
from stream_server.speakers import UNMERGES_PER_MINUTE
from stream_server.stranger import GREETING_BYTES, GREETING_S

ROOT = Path(__file__).resolve().parents[2]


def page(name: str) -> str:
    return (ROOT / name).read_text()


def shown_default(value: object) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`" if value < 1e6 else f"`{value:.0f}`"
    return f"`{value}`"


def settings_table() -> list[str]:
    return [
        f"| `{variable(name)}` | {shown_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]


def routes() -> list[Route]:
    """Every route of a node, made without the parts behind them: they are only called when asked."""
    nothing: list[object] = [None] * 5
    groups = (SignInRoutes(*nothing), SessionRoutes(*nothing[:2]), EventStreamRoutes(*nothing[:4]))  # type: ignore[arg-type]
    audio = AudioRoutes(*nothing[:3])  # type: ignore[arg-type]
    search = SearchRoutes(*nothing[:1])  # type: ignore[arg-type]
    review = ReviewRoutes(*nothing[:4])  # type: ignore[arg-type]
    beside = (audio, review, NoteRoutes(*nothing[:2]), HealthRoutes(*nothing[:3]), DescriptionRoutes(()))  # type: ignore[arg-type]
    export = ExportRoutes(*nothing[:1])  # type: ignore[arg-type]
    published = (ArtifactRoutes(*nothing[:1]), VoiceRoutes(*nothing[:1]), VocabularyRoutes(*nothing[:1]))  # type: ignore[arg-type]
    return [route for group in (*groups, *beside, search, export, *published) for route in group.routes()]


def test_the_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = [line for line in page("README.md").splitlines() if line.startswith("| `HEARKEN_")]
    assert listed == settings_table()


def test_a_setting_of_few_values_names_them_all() -> None:
    missing = [
        (name, value)
        for name, field in Settings.model_fields.items()
        if get_origin(field.annotation) is Literal
        for value in get_args(field.annotation)
        if f"`{value}`" not in str(field.description)
    ]
    assert missing == []


def test_the_protocol_page_names_every_request_event_and_error_code() -> None:
    text = page("docs/protocol.md")
    types = Event.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    names = [request[0] for request in REQUESTS] + list(types) + [error.code for error in ALL_ERRORS]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_protocol_page_gives_each_error_its_status_and_whether_to_retry() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+ \| \w+) \|", page("docs/protocol.md"), re.M))
    expected = {error.code: f"{error.status} | {'yes' if error.retryable else 'no'}" for error in ALL_ERRORS}
    assert rows == expected


def test_the_protocol_page_gives_the_limits_as_they_are_by_default() -> None:
    by_default = Settings(master_key=base64.b64encode(bytes(32)).decode())
    rows = dict(re.findall(r"^\| ([^`|]+) \| ([^`|]+) \| `", page("docs/protocol.md"), re.M))
    gigabyte = 1_000_000_000
    assert rows == {
        "connections, event streams and audio downloads of one user": f"{by_default.user_connections} open",
        "the same of one organisation": f"{by_default.organisation_connections:,} open",
        "requests of one user over Socket.IO and HTTP together, chunks apart": (
            f"{by_default.user_requests_per_minute:,} a minute"
        ),
        "chunks of one user": (
            f"{by_default.user_chunks_per_minute:,} and {by_default.user_bytes_per_minute // gigabyte} GB a minute"
        ),
        "chunks of one organisation": f"{by_default.organisation_bytes_per_minute // gigabyte} GB a minute",
        "attempts to sign in, for one account and for one address": f"{by_default.logins_per_minute} a minute",
        "renewals of tokens from one address": f"{by_default.user_requests_per_minute:,} a minute",
        "a chunk, over Socket.IO or HTTP": (
            f"{by_default.max_chunk_bytes // 1_000_000} MB and {by_default.max_chunk_seconds:.0f} s"
        ),
        "the body of an HTTP request that is no chunk": f"{JSON_BYTES // 1024} KB",
        "the body with a vocabulary": f"{VOCABULARY_BYTES // 1000} KB",
        "a sample of a voice, before Base64": f"{SAMPLE_BYTES // 1_000_000} MB",
        "merges of speakers that one user takes back or makes into others": f"{UNMERGES_PER_MINUTE} a minute",
    }
    assert f"no valid token within {GREETING_S:.0f} s, or that sends more than {GREETING_BYTES // 1024} KB" in page(
        "docs/protocol.md"
    ).replace("\n  ", " ")


def test_the_protocol_page_names_what_a_window_can_fail_with() -> None:
    told = page("docs/protocol.md").partition("- **`window.failed`**")[2].partition("\n- ")[0]
    broken = (Unavailable, ModelCrashed, DecodeCrashed)
    faults = (Internal, WorkersLost, ArchiveDamaged)
    raised = {error.code for error in (UnsupportedLanguage, BadMedia, *broken, *faults)}
    assert set(re.findall(r"`([a-z_]+)` \(", told)) == raised


def test_the_protocol_page_names_every_field_of_every_request_and_answer() -> None:
    rows = {line.split("`")[1]: line for line in page("docs/protocol.md").splitlines() if line.startswith("| `")}
    missing = [
        (event, name)
        for event, request, answer in REQUESTS
        for name in (*request.model_fields, *answer.model_fields)
        if name not in rows[event]
    ]
    assert missing == []


def test_the_protocol_page_lists_every_route_and_no_other() -> None:
    text = page("docs/protocol.md")
    existing = {f"{route.method} {route.path}" for route in routes() if route.path.startswith("/api/v1")}
    listed = set(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`?]+)` \|", text, re.M))
    assert listed == existing
    beside = [route.path for route in routes() if not route.path.startswith("/api/v1")]
    assert [path for path in beside if f"`{path}`" not in text] == []


def test_a_misspelt_setting_is_refused_with_the_name_that_was_meant() -> None:
    with pytest.raises(SettingsError, match="HEARKEN_LEASE is not a setting; did you mean HEARKEN_LEASE_S"):
        Settings.from_environ({"HEARKEN_LEASE": "3"})


def test_what_does_not_go_together_is_said_in_plain_words() -> None:
    key = base64.b64encode(bytes(32)).decode()
    with pytest.raises(SettingsError) as error:
        Settings.from_environ(
            {"HEARKEN_DATABASE_URL": "postgresql://db", "HEARKEN_MASTER_KEY": key, "HEARKEN_NOTE_WRITER": "gemini"}
        )
    assert str(error.value) == "the note writer gemini needs HEARKEN_GEMINI_API_KEY"


def test_an_archive_that_is_no_address_is_refused_with_an_example() -> None:
    with pytest.raises(SettingsError, match="HEARKEN_ARCHIVE_URL: is neither a folder, as file:///srv/archive, nor"):
        Settings.from_environ({"HEARKEN_ARCHIVE_URL": "/srv/archive"})


def test_wrong_values_are_all_named_at_once_without_showing_secrets() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({"HEARKEN_PORT": "high", "HEARKEN_MASTER_KEY": "c2VjcmV0"})
    assert "HEARKEN_PORT" in str(error.value)
    assert "HEARKEN_MASTER_KEY" in str(error.value)
    assert "c2VjcmV0" not in str(error.value)
